"""The potential of a pair on the span of a basis, φ(w) = A(b0 + Bw): all of a pair that the solver sees.

The data enter the solve through c = Bᵀx only, and a pass over the features is one call of `Restriction.evaluate`.
Codes have the component index first, (n_components, n_documents): sums over components become additions of rows.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Self

from textsc.arrays import (
    LANES,
    Array,
    dense_rows,
    exp_into,
    matmul_into,
    namespace,
    overflow_to_inf,
    sparse_matmul,
    whole_lanes,
)

__all__ = ["LinearRestriction", "Restriction", "SoftmaxRestriction", "log_sum_exp", "softmax"]

# The curvature at w = 0 is taken 1.3 times too large: fewer steps overshoot (measured: 5.2 passes against 5.3 at 1.0
# and 5.6 at 1.6, with a third of the rejected steps).
SAFETY = 1.3

# Sums of exponentials above this mean a bound that is too far below.
FAR = 1e8


def log_sum_exp(Z: Array) -> Array:
    """Return log Σ exp z of each row.

    Examples
    --------
    >>> import numpy as np
    >>> log_sum_exp(np.full((1, 4), 1000.0)).round(3).tolist()
    [1001.386]
    """
    xp = namespace(Z)
    top = xp.max(Z, axis=1, keepdims=True)
    return top[:, 0] + xp.log(xp.sum(xp.exp(Z - top), axis=1))


def softmax(Z: Array) -> Array:
    """Return exp z / Σ exp z of each row.

    Examples
    --------
    >>> import numpy as np
    >>> softmax(np.array([[1000.0, 1000.0]])).tolist()
    [[0.5, 0.5]]
    """
    xp = namespace(Z)
    R = xp.exp(Z - xp.max(Z, axis=1, keepdims=True))
    return R / xp.sum(R, axis=1, keepdims=True)


class Restriction(ABC):
    """φ(w) = A(b0 + Bw) for one basis: its value, its derivatives, and what can be computed once."""

    components: Array
    background: Array
    curvature: Array
    is_quadratic: bool

    @abstractmethod
    def linear_term(self, X: Any) -> Array:
        """Return c = Bᵀx, or Bᵀ(x − b0) where φ has no constant part, of shape (n_components, n_documents)."""

    @abstractmethod
    def origin(self) -> tuple[Array, Array]:
        """Return φ(0), a scalar array, and ∇φ(0), of shape (n_components,)."""

    def tangent(self, W: Array) -> Array:
        """Return the tangent of φ at w = 0, a lower bound of φ(w), of shape (n_documents,)."""
        value, slope = self.origin()
        return value + slope @ W

    @abstractmethod
    def evaluate(self, W: Array, lower: Array) -> tuple[Array, Array]:
        """Return φ(w) and ∇φ(w) = Bᵀr: one full pass over the features.

        Parameters
        ----------
        W : array of shape (n_components, n_documents)
        lower : array of shape (n_documents,)
            A lower bound of φ(w), as convexity gives it from any earlier point.
        """

    @abstractmethod
    def hessian(self, w: Array) -> Array:
        """Return BᵀA''(b0 + Bw)B at one code of shape (n_components,)."""

    @abstractmethod
    def basis_gradient(self, W: Array, X: Any, weights: Array) -> Array:
        """Return Σ_d weights_d w_d (r_d − x_d)ᵀ, of shape (n_components, n_features).

        By the envelope theorem this is the gradient of the weighted sum of the minimal objectives in Bᵀ.
        """

    @abstractmethod
    def curved_gradient(self, W: Array, V: Array, X: Any) -> tuple[Array, Array]:
        """Return Σ_d w_d (A''Bv_d)ᵀ + v_d (r_d − x_d)ᵀ, (n_components, n_features), and Σ_d A''Bv_d, (n_features,).

        These are the derivatives of Σ_d v_dᵀ∇φ(w_d) − v_dᵀBᵀx_d in Bᵀ and in b0: eq. (12), contracted with v.
        """

    @abstractmethod
    def dual_divergence(self, W: Array, X: Any, share: Array) -> Array:
        """Return D_A*(r + share·(x − r), r), the divergence of a point between x and r from r, of shape (n_documents,).

        Parameters
        ----------
        W : array of shape (n_components, n_documents)
        X : rows as the loss takes them
        share : array of shape (n_documents,)
            In [0, 1].
        """

    @abstractmethod
    def astype(self, dtype: Any) -> Self:
        """Return the same restriction in another floating-point type."""


@dataclass(frozen=True, eq=False)
class SoftmaxRestriction(Restriction):
    """φ(w) = log Σ exp(b0 + Bw).

    The background, the shift against overflow and the sum of a row ride in the two matrix products, as further
    columns of B: a pass is a product, an exponential in place, and a product.
    """

    components: Array
    background: Array
    left: Array
    right: Array
    slope: Array
    curvature: Array
    is_quadratic = False

    @classmethod
    def build(cls, components: Array, background: Array) -> Self:
        """Compute what a basis needs once: the extended factors, and the slope and curvature at w = 0."""
        xp = namespace(components, background)
        ones = xp.ones_like(background)
        basis = xp.matrix_transpose(components)
        u = softmax(background[None, :])[0, :]
        slope = components @ u
        curvature = SAFETY * ((components * u) @ basis - slope[:, None] * slope[None, :])
        return cls(
            components=components,
            background=background,
            left=xp.concat((basis, background[:, None], ones[:, None]), axis=1),
            right=xp.concat((components, ones[None, :]), axis=0),
            slope=slope,
            curvature=curvature,
        )

    def linear_term(self, X: Any) -> Array:
        """Return c = Bᵀx; the constant b0ᵀx is the same for every code and left out."""
        xp = namespace(self.components)
        return xp.matrix_transpose(sparse_matmul(X, self.left[:, : self.components.shape[0]]))

    def origin(self) -> tuple[Array, Array]:
        """Return log Σ exp b0 and Bᵀ softmax(b0)."""
        return log_sum_exp(self.background[None, :])[0], self.slope

    def evaluate(self, W: Array, lower: Array) -> tuple[Array, Array]:
        """Return φ(w) and Bᵀr by one pass. ``lower`` keeps the sum of exponentials at or above one."""
        xp = namespace(W)
        with overflow_to_inf():
            sums = self._pass(W, lower)
        total = sums[-1, :]
        # The bound is within a few nats of φ but for the wildest steps. Those would overflow, or lose digits to the
        # large shift: they are done again from their true maximum.
        wild = ~((total > 0.5) & (total < FAR))
        if bool(xp.any(wild)):
            redo = whole_lanes(xp.nonzero(wild)[0])
            W_redo = xp.take(W, redo, axis=1)
            Z = self.background[:, None] + xp.matrix_transpose(self.components) @ W_redo
            exact = xp.max(Z, axis=0)
            where = xp.cumulative_sum(xp.astype(wild, xp.int64)) - 1
            where = xp.clip(where, min=0)
            sums = xp.where(wild[None, :], xp.take(self._pass(W_redo, exact), where, axis=1), sums)
            lower = xp.where(wild, xp.take(exact, where), lower)
            total = sums[-1, :]
        return lower + xp.log(total), sums[:-1, :] / total

    def _pass(self, W: Array, shift: Array) -> Array:
        xp = namespace(W)
        rows = xp.concat((W, xp.ones_like(shift)[None, :], -shift[None, :]), axis=0)
        n_features, n_documents = self.left.shape[0], W.shape[1]
        room = xp.empty((n_features * min(LANES, n_documents),), dtype=W.dtype)
        tiles = []
        for start in range(0, n_documents, LANES):
            tile = rows[:, start : min(start + LANES, n_documents)]
            Z = xp.reshape(room[: n_features * tile.shape[1]], (n_features, tile.shape[1]))
            tiles.append(self.right @ exp_into(matmul_into(self.left, tile, Z)))
        return tiles[0] if len(tiles) == 1 else xp.concat(tiles, axis=1)

    def hessian(self, w: Array) -> Array:
        """Return Bᵀ(diag r − rrᵀ)B at one code."""
        xp = namespace(w)
        r = softmax((self.background + w @ self.components)[None, :])[0, :]
        slope = self.components @ r
        centred = self.components - slope[:, None]
        return (centred * r) @ xp.matrix_transpose(centred)

    def basis_gradient(self, W: Array, X: Any, weights: Array) -> Array:
        """Return Σ_d weights_d w_d (softmax(b0 + Bw_d) − x_d)ᵀ."""
        xp = namespace(W)
        weighted = xp.matrix_transpose(W * weights)
        total = -xp.matrix_transpose(sparse_matmul(X.T, weighted))
        basis = self.left[:, : W.shape[0]]
        for start in range(0, W.shape[1], LANES):
            tile = slice(start, min(start + LANES, W.shape[1]))
            Z = self.background[:, None] + basis @ W[:, tile]
            R = exp_into(Z - xp.max(Z, axis=0))
            scale = weights[tile] / xp.sum(R, axis=0)
            total = total + (W[:, tile] * scale) @ xp.matrix_transpose(R)
        return total

    def curved_gradient(self, W: Array, V: Array, X: Any) -> tuple[Array, Array]:
        """Return the sums with A'' = diag r − rrᵀ, r = softmax(b0 + Bw)."""
        xp = namespace(W)
        total = -xp.matrix_transpose(sparse_matmul(X.T, xp.matrix_transpose(V)))
        background = xp.zeros_like(self.background)
        basis = self.left[:, : W.shape[0]]
        for start in range(0, W.shape[1], LANES):
            tile = slice(start, min(start + LANES, W.shape[1]))
            Z = self.background[:, None] + basis @ W[:, tile]
            R = exp_into(Z - xp.max(Z, axis=0))
            R = R / xp.sum(R, axis=0)
            change = basis @ V[:, tile]
            curved = R * (change - xp.sum(R * change, axis=0))
            total = total + W[:, tile] @ xp.matrix_transpose(curved) + V[:, tile] @ xp.matrix_transpose(R)
            background = background + xp.sum(curved, axis=1)
        return total, background

    def dual_divergence(self, W: Array, X: Any, share: Array) -> Array:
        """Return KL(r + share·(x − r)‖r)."""
        xp = namespace(W)
        basis = self.left[:, : W.shape[0]]
        sums = []
        for start in range(0, W.shape[1], LANES):
            tile = slice(start, min(start + LANES, W.shape[1]))
            R = xp.matrix_transpose(softmax(xp.matrix_transpose(self.background[:, None] + basis @ W[:, tile])))
            moved = share[tile] * (xp.matrix_transpose(dense_rows(X, tile, like=W)) - R)
            ratio = moved / xp.clip(R, min=float(xp.finfo(R.dtype).smallest_normal))
            left = xp.clip(ratio, min=-1.0)
            logs = xp.log1p(xp.where(left > -1, left, xp.zeros_like(left)))
            sums.append(xp.sum((R + moved) * logs - moved, axis=0))
        return xp.clip(xp.concat(sums), min=0)

    def astype(self, dtype: Any) -> Self:
        """Return the same restriction in another floating-point type."""
        xp = namespace(self.components)
        return self.build(xp.astype(self.components, dtype), xp.astype(self.background, dtype))


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

    def linear_term(self, X: Any) -> Array:
        """Return c = Bᵀ(x − b0)."""
        xp = namespace(self.components)
        product = sparse_matmul(X, xp.matrix_transpose(self.components))
        return xp.matrix_transpose(product) - (self.components @ self.background)[:, None]

    def origin(self) -> tuple[Array, Array]:
        """Return zeros."""
        xp = namespace(self.components)
        zero = xp.zeros((self.components.shape[0],), dtype=self.components.dtype)
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

    def curved_gradient(self, W: Array, V: Array, X: Any) -> tuple[Array, Array]:
        """Return the sums with A'' = I, r = b0 + Bw."""
        xp = namespace(W)
        cross = W @ xp.matrix_transpose(V)
        total = (cross + xp.matrix_transpose(cross)) @ self.components
        total = total + xp.sum(V, axis=1)[:, None] * self.background[None, :]
        total = total - xp.matrix_transpose(sparse_matmul(X.T, xp.matrix_transpose(V)))
        return total, xp.matrix_transpose(self.components) @ xp.sum(V, axis=1)

    def dual_divergence(self, W: Array, X: Any, share: Array) -> Array:
        """Return share² · ½‖x − b0 − Bw‖²."""
        xp = namespace(W)
        sums = []
        for start in range(0, W.shape[1], LANES):
            tile = slice(start, min(start + LANES, W.shape[1]))
            rest = dense_rows(X, tile, like=W) - self.background - xp.matrix_transpose(W[:, tile]) @ self.components
            sums.append(xp.sum(rest * rest, axis=1))
        return share * share * xp.concat(sums) / 2

    def astype(self, dtype: Any) -> Self:
        """Return the same restriction in another floating-point type."""
        xp = namespace(self.components)
        return self.build(xp.astype(self.components, dtype), xp.astype(self.background, dtype))
