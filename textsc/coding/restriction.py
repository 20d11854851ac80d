"""The potential of a pair on the span of a basis, φ(w) = A(b0 + Bw): all of a pair that the solver sees.

The data enter the solve through c = Bᵀx only, and a pass over the features is one call of `Restriction.evaluate`.
Codes have the component index first, (n_components, n_documents): sums over components become additions of rows.
"""

from abc import ABC, abstractmethod
from typing import Any, Self

from textsc.arrays import Array
from textsc.coding.curvature import Curvature

__all__ = ["Restriction"]


class Restriction(ABC):
    """φ(w) = A(b0 + Bw) for one basis: its value, its derivatives, and what can be computed once."""

    components: Array
    background: Array
    curvature: Array
    is_quadratic: bool

    @property
    @abstractmethod
    def mean_curvature(self) -> Array:
        """Return what ∇²φ is on the whole; ``curvature`` is larger where that makes steps safe."""

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
    def curvature_at(self, W: Array) -> Curvature:
        """Return BᵀA''(b0 + Bw)B at codes of shape (n_components, n_documents), as an operator: see `Curvature`."""

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
