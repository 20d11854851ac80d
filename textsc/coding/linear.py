"""The squared norm ½‖z‖², restricted to the span of a basis: the Gram matrix says all."""

from dataclasses import dataclass
from typing import Any, Self

from textsc.arrays import Array, device_of, namespace
from textsc.coding.curvature import GramCurvature
from textsc.coding.restriction import Restriction
from textsc.columns import product_width
from textsc.rows import dense_rows, sparse_matmul

__all__ = ["LinearRestriction"]


@dataclass(frozen=True, eq=False)
class LinearRestriction(Restriction):
    """φ(w) = ½ wᵀ(BᵀB)w; the part of A(b0 + Bw) that is linear in w is in c = Bᵀ(x − b0), the constant left out."""

    components: Array
    background: Array
    curvature: Array
    is_quadratic = True

    @classmethod
    def build(cls, components: Array, background: Array) -> Self:
        """Compute the Gram matrix BᵀB."""
        xp = namespace(components, background)
        return cls(components, background, components @ xp.matrix_transpose(components))

    @property
    def mean_curvature(self) -> Array:
        """Return BᵀB."""
        return self.curvature

    def linear_term(self, X: Any) -> Array:
        """Return c = Bᵀ(x − b0)."""
        xp = namespace(self.components)
        product = sparse_matmul(X, xp.matrix_transpose(self.components))
        return xp.matrix_transpose(product) - (self.components @ self.background)[:, None]

    def origin(self) -> tuple[Array, Array]:
        """Return zeros."""
        xp = namespace(self.components)
        zero = xp.zeros((self.components.shape[0],), dtype=self.components.dtype, device=device_of(self.components))
        return zero[0], zero

    def evaluate(self, W: Array, lower: Array) -> tuple[Array, Array]:
        """Return ½ wᵀ(BᵀB)w and BᵀBw; the bound is not needed."""
        xp = namespace(W)
        slope = self.curvature @ W
        return xp.sum(W * slope, axis=0) / 2, slope

    def hessian(self, w: Array) -> Array:
        """Return BᵀB."""
        return self.curvature

    def basis_gradient(self, W: Array, X: Any, weights: Array) -> Array:
        """Return Σ_d weights_d w_d (b0 + Bw_d − x_d)ᵀ."""
        xp = namespace(W)
        weighted = W * weights
        second = weighted @ xp.matrix_transpose(W)
        first = xp.matrix_transpose(sparse_matmul(X.T, xp.matrix_transpose(weighted)))
        return second @ self.components + xp.sum(weighted, axis=1)[:, None] * self.background[None, :] - first

    def curvature_at(self, W: Array) -> GramCurvature:
        """Return BᵀB, whatever the codes, as an operator."""
        return GramCurvature(self.components, self.background, self.curvature)

    def dual_divergence(self, W: Array, X: Any, share: Array) -> Array:
        """Return share² · ½‖x − b0 − Bw‖²."""
        xp = namespace(W)
        sums = []
        width = product_width(xp, self.components.shape[1])
        for start in range(0, W.shape[1], width):
            tile = slice(start, min(start + width, W.shape[1]))
            rest = dense_rows(X, tile, like=W) - self.background - xp.matrix_transpose(W[:, tile]) @ self.components
            sums.append(xp.sum(rest * rest, axis=1))
        return share * share * xp.concat(sums) / 2

    def astype(self, dtype: Any) -> Self:
        """Return the same restriction in another floating-point type."""
        xp = namespace(self.components)
        return self.build(xp.astype(self.components, dtype), xp.astype(self.background, dtype))
