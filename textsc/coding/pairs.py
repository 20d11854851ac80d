"""Matched pairs: a transfer function and the loss that belongs to it, both from one convex potential.

A pair is a potential A(z). Its transfer is f = ∇A; its loss D(x‖f(z)) = A(z) − xᵀz + A*(x) ≥ 0 is zero where f(z) = x.
So for every pair the gradient of the loss in the activation is f(z) − x (supplement, eq. 9): that is all that
"matched" means.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import scipy.sparse as sp

from textsc.arrays import Array, namespace
from textsc.coding.linear import LinearRestriction
from textsc.coding.restriction import Restriction
from textsc.coding.softmax import SoftmaxRestriction, log_sum_exp, softmax

__all__ = ["COUNTINGS", "PAIRS", "LinearSquared", "MatchedPair", "SoftmaxKL"]

COUNTINGS = ("raw", "log")
PIECE = 1 << 20  # numbers squared and summed at once


class MatchedPair(ABC):
    """A convex potential, with its transfer and its loss. Rows are documents, (n_documents, n_features).

    To add one: write a subclass with the methods below and enter it in `PAIRS`.
    """

    name: ClassVar[str]

    @classmethod
    @abstractmethod
    def build(cls, *, counts: str) -> Self:
        """Return the pair for a way of counting, one of `COUNTINGS`; a pair that does not count ignores it."""

    @abstractmethod
    def potential(self, Z: Array) -> Array:
        """Return A(z), of shape (n_documents,)."""

    @abstractmethod
    def transfer(self, Z: Array) -> Array:
        """Return r = f(z) = ∇A(z), of the shape of Z."""

    @abstractmethod
    def conjugate(self, X: Array) -> Array:
        """Return A*(x), of shape (n_documents,)."""

    @abstractmethod
    def bind(self, components: Array, background: Array) -> Restriction:
        """Restrict the potential to φ(w) = A(b0 + Bw) for ``components`` = Bᵀ and ``background`` = b0."""

    @abstractmethod
    def prepare(self, X: Any, unit: float) -> tuple[Any, np.ndarray]:
        """Return rows as the loss takes them, and the length N_d that `Objective.strength` takes (0: no data)."""

    @abstractmethod
    def counted(self, X: Any) -> Any:
        """Return rows as they are believed: what a basis starts from, and what topics are counted from."""

    @abstractmethod
    def unit(self, X: Any) -> float:
        """Return the constant by which rows are divided before they are coded, found once from the training rows."""

    def loss(self, X: Array, Z: Array) -> Array:
        """Return D(x‖f(z)) = A(z) − xᵀz + A*(x), of shape (n_documents,)."""
        xp = namespace(X, Z)
        return self.potential(Z) - xp.sum(X * Z, axis=1) + self.conjugate(X)


@dataclass(frozen=True)
class SoftmaxKL(MatchedPair):
    """Softmax transfer and KL loss: A(z) = log Σ exp z, f = softmax, D = KL(x‖f(z)) for x on the simplex.

    Source: Bradley and Bagnell (2008), section 3.2; the supplement, section D, for its constrained-Poisson likelihood.

    Parameters
    ----------
    counts : {"raw", "log"}
        Whether a word counts n or log(1 + n): its repetitions within a document then say less.

    Raises
    ------
    ValueError
        If the way of counting is unknown.

    Examples
    --------
    >>> import numpy as np
    >>> pair = SoftmaxKL()
    >>> pair.transfer(np.log([[1.0, 3.0]])).tolist()
    [[0.25, 0.75]]
    >>> abs(pair.loss(np.array([[0.25, 0.75]]), np.log([[1.0, 3.0]]))).round(12).tolist()
    [0.0]
    """

    counts: str = "raw"
    name: ClassVar[str] = "softmax"

    def __post_init__(self) -> None:
        """Check the domain once, at the door."""
        if self.counts not in COUNTINGS:
            raise ValueError(f"SoftmaxKL: counts must be one of {COUNTINGS}, got {self.counts!r}.")

    @classmethod
    def build(cls, *, counts: str) -> Self:
        """Return the pair for a way of counting."""
        return cls(counts)

    def counted(self, X: Any) -> sp.csr_array:
        """Return counts as they are believed, in a floating-point type, CSR."""
        counts = sp.csr_array(X, dtype=X.dtype if X.dtype.kind == "f" else np.float32)
        return counts.log1p() if self.counts == "log" else counts

    def potential(self, Z: Array) -> Array:
        """Return log Σ exp z."""
        return log_sum_exp(Z)

    def transfer(self, Z: Array) -> Array:
        """Return softmax(z)."""
        return softmax(Z)

    def conjugate(self, X: Array) -> Array:
        """Return Σ x log x, the negative entropy, with 0 log 0 = 0."""
        xp = namespace(X)
        return xp.sum(X * xp.log(xp.where(X > 0, X, xp.ones_like(X))), axis=1)

    def prepare(self, X: Any, unit: float) -> tuple[Any, np.ndarray]:
        """Return types (rows that sum to 1, CSR) and the token counts they had."""
        counts = self.counted(X)
        n_tokens = np.asarray(counts.sum(axis=1, dtype=np.float64)).ravel()
        scale = np.repeat(np.where(n_tokens > 0, n_tokens, 1.0), np.diff(counts.indptr))
        types = (counts.data / scale).astype(counts.dtype)
        return sp.csr_array((types, counts.indices, counts.indptr), shape=counts.shape), n_tokens

    def unit(self, X: Any) -> float:
        """Return 1: types have no unit."""
        return 1.0

    def bind(self, components: Array, background: Array) -> SoftmaxRestriction:
        """Restrict log Σ exp z to the span of a basis."""
        return SoftmaxRestriction.build(components, background)


@dataclass(frozen=True)
class LinearSquared(MatchedPair):
    """Linear transfer and squared loss: A(z) = ½‖z‖², f(z) = z, D = ½‖x − z‖².

    Source: Bradley and Bagnell (2008), section 3.1; the supplement, section E, for its use on sound.

    Examples
    --------
    >>> import numpy as np
    >>> LinearSquared().loss(np.array([[1.0, 2.0]]), np.array([[0.0, 0.0]])).tolist()
    [2.5]
    """

    name: ClassVar[str] = "linear"

    @classmethod
    def build(cls, *, counts: str) -> Self:
        """Return the pair; spectra are not counted."""
        return cls()

    def counted(self, X: Any) -> Any:
        """Return the rows: they are no counts."""
        return X

    def potential(self, Z: Array) -> Array:
        """Return ½‖z‖²."""
        xp = namespace(Z)
        return xp.sum(Z * Z, axis=1) / 2

    def transfer(self, Z: Array) -> Array:
        """Return z."""
        return Z

    def conjugate(self, X: Array) -> Array:
        """Return ½‖x‖²."""
        return self.potential(X)

    def prepare(self, X: Any, unit: float) -> tuple[Any, np.ndarray]:
        """Return rows divided by the unit; their length is 1, so that λ_d = λ under either weighting."""
        rows = X if X.dtype.kind == "f" else X.astype(np.float32)
        return rows * rows.dtype.type(1 / unit), np.ones(X.shape[0])

    def unit(self, X: Any) -> float:
        """Return the root mean square norm of the rows, 1 where all are zero."""
        values = (X.data if sp.issparse(X) else np.ascontiguousarray(X)).reshape(-1)
        largest = max(float(np.max(values, initial=0.0)), -float(np.min(values, initial=0.0)))
        if largest == 0:
            return 1.0
        # In pieces: a copy in float64 of hours of sound would take gigabytes.
        pieces = (values[start : start + PIECE] for start in range(0, len(values), PIECE))
        total = sum(float(np.sum((piece.astype(np.float64) / largest) ** 2)) for piece in pieces)
        return largest * math.sqrt(total / X.shape[0])

    def bind(self, components: Array, background: Array) -> LinearRestriction:
        """Restrict ½‖z‖² to the span of a basis: only BᵀB and Bᵀ(x − b0) are left."""
        return LinearRestriction.build(components, background)


PAIRS: dict[str, type[SoftmaxKL] | type[LinearSquared]] = {
    "softmax": SoftmaxKL,
    "linear": LinearSquared,
}
