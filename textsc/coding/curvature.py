"""Products with the Hessian BᵀA''(b0 + Bw)B of the potential, at the codes of a batch of documents.

The Hessian itself, K x K a document, is never made: a product is Bᵀ(A''(BD)), two products with the basis.
Arrays have the component index first, (n_components, n_documents).
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Self

from textsc.arrays import Array, exp_into, matmul_into, namespace

__all__ = ["Curvature", "GramCurvature", "SoftmaxCurvature"]


class Curvature(ABC):
    """BᵀA''(b0 + Bw_d)B for the codes w_d of a batch, as an operator, and what it shares with the gradient in B."""

    @abstractmethod
    def product(self, D: Array) -> Array:
        """Return BᵀA''_d B D_d for each document, of the shape of D, (n_components, n_documents)."""

    @abstractmethod
    def take(self, index: Array) -> Self:
        """Return the operator for some of the documents."""

    @abstractmethod
    def partial_derivatives(self, W: Array, V: Array) -> tuple[Array, Array]:
        """Return Σ_d w_d (A''Bv_d)ᵀ + v_d r_dᵀ, (n_components, n_features), and Σ_d A''Bv_d, (n_features,).

        These are the derivatives of Σ_d v_dᵀ∇φ(w_d) in Bᵀ and in b0, with v_d held fixed.
        """


@dataclass(frozen=True, eq=False)
class SoftmaxCurvature(Curvature):
    """A'' = diag r − rrᵀ, with the reconstructions r of the batch kept.

    The mean Bᵀr is known, so the second term costs no sweep over the features: BᵀA''Bd = Bᵀ(r ∘ Bd) − (Bᵀr)(Bᵀr)ᵀd.

    Parameters
    ----------
    basis : array of shape (n_features, n_components)
    components : array of shape (n_components, n_features)
        The same, the other way round in memory.
    R : array of shape (n_features, n_documents)
    means : array of shape (n_components, n_documents)
        Bᵀr.
    room : array of the shape of R
        Written over by every product.

    Examples
    --------
    >>> import numpy as np
    >>> one = SoftmaxCurvature.at(np.eye(2), np.eye(2), np.zeros(2), np.zeros((2, 1)))
    >>> one.product(np.array([[1.0], [0.0]])).tolist()
    [[0.25], [-0.25]]
    """

    basis: Array
    components: Array
    R: Array
    means: Array
    room: Array

    @classmethod
    def at(cls, basis: Array, components: Array, background: Array, W: Array) -> Self:
        """Reconstruct the documents of codes W."""
        xp = namespace(components, W)
        R = basis @ W
        R += background[:, None]
        R -= xp.max(R, axis=0)
        R = exp_into(R)
        R /= xp.sum(R, axis=0)
        return cls(basis, components, R, components @ R, xp.empty_like(R))

    def product(self, D: Array) -> Array:
        """Return Bᵀ(r ∘ Bd) − (Bᵀr)(Bᵀr)ᵀd."""
        xp = namespace(D)
        change = matmul_into(self.basis, D, self.room)
        change *= self.R
        return self.components @ change - self.means * xp.sum(self.means * D, axis=0)

    def take(self, index: Array) -> Self:
        """Return the operator for some of the documents."""
        xp = namespace(self.R)
        R = xp.take(self.R, index, axis=1)
        return replace(self, R=R, means=xp.take(self.means, index, axis=1), room=xp.empty_like(R))

    def partial_derivatives(self, W: Array, V: Array) -> tuple[Array, Array]:
        """Return the sums over documents, with A''Bv = r ∘ (Bv − (Bᵀr)ᵀv)."""
        xp = namespace(W)
        curved = matmul_into(self.basis, V, self.room)
        curved -= xp.sum(self.means * V, axis=0)
        curved *= self.R
        return W @ xp.matrix_transpose(curved) + V @ xp.matrix_transpose(self.R), xp.sum(curved, axis=1)


@dataclass(frozen=True, eq=False)
class GramCurvature(Curvature):
    """A'' = I: the Hessian is the Gram matrix BᵀB for every document.

    Parameters
    ----------
    components : array of shape (n_components, n_features)
    background : array of shape (n_features,)
    gram : array of shape (n_components, n_components)

    Examples
    --------
    >>> import numpy as np
    >>> GramCurvature(np.eye(2), np.zeros(2), np.eye(2)).product(np.ones((2, 1))).tolist()
    [[1.0], [1.0]]
    """

    components: Array
    background: Array
    gram: Array

    def product(self, D: Array) -> Array:
        """Return BᵀB D."""
        return self.gram @ D

    def take(self, index: Array) -> Self:
        """Return the same: the operator does not depend on the document."""
        return self

    def partial_derivatives(self, W: Array, V: Array) -> tuple[Array, Array]:
        """Return the sums over documents, with A''Bv = Bv and r = b0 + Bw."""
        xp = namespace(W)
        cross = W @ xp.matrix_transpose(V)
        total = (cross + xp.matrix_transpose(cross)) @ self.components
        total = total + xp.sum(V, axis=1)[:, None] * self.background[None, :]
        return total, xp.matrix_transpose(self.components) @ xp.sum(V, axis=1)
