"""The curvature of φ as the quasi-Newton method knows it: one matrix for all, and BFGS pairs of each document.

M_d = M + Σ_j (y_j y_jᵀ − b_j b_jᵀ). Nothing is stored per document but vectors, and all work on them is done for all
documents at once. Arrays have the component index first, (n_components, n_documents).
"""

from typing import Self

from textsc.arrays import Array, namespace, on_host
from textsc.columns import column_dots, combine_rows, empty, stacked_dots

__all__ = ["SecantCurvature"]

MEMORY = 10  # BFGS pairs held before the model starts afresh
LEAST_DIAGONAL = 0.1  # of the shared diagonal


class SecantCurvature:
    """M_d for the documents of a batch.

    Parameters
    ----------
    shared : array of shape (n_components, n_components)
        M.
    like : array of shape (n_components, n_documents)
        Of the shape and type of codes.

    Examples
    --------
    >>> import numpy as np
    >>> curvature = SecantCurvature(np.eye(2), np.zeros((2, 1)))
    >>> curvature.learn(np.array([[1.0], [0.0]]), np.array([[3.0], [0.0]]))
    >>> curvature.apply(np.ones((2, 1))).round(9).tolist()
    [[3.0], [1.0]]
    """

    def __init__(self, shared: Array, like: Array) -> None:
        xp = namespace(shared, like)
        self.shared = shared
        diagonal = xp.linalg.diagonal(shared)
        least = xp.astype(xp.astype(xp.max(diagonal), xp.float64) * 1e-6, diagonal.dtype)
        self._shared_diagonal = xp.maximum(diagonal, least)[:, None]
        self._stack: Array | None = None  # y_1, b_1, y_2, b_2, ...
        self._begin(like)

    def _begin(self, like: Array) -> None:
        xp = namespace(like)
        self.n_pairs = 0
        self._diagonal = self._shared_diagonal + xp.zeros_like(like)

    def apply(self, V: Array) -> Array:
        """Return M_d v of each document, a new array."""
        out = self.shared @ V
        if self.n_pairs == 0:
            return out
        held = self._room(V)[: 2 * self.n_pairs, :, :]
        weights = stacked_dots(held, V)
        weights[1::2, :] *= -1
        out += combine_rows(held, weights)
        return out

    def diagonal(self) -> Array:
        """Return the diagonal of M_d, held above a share of that of M: other than M_d it may lose its sign."""
        xp = namespace(self._diagonal)
        return xp.maximum(self._diagonal, LEAST_DIAGONAL * self._shared_diagonal)

    def learn(self, change: Array, slope_change: Array) -> None:
        """Append a pair: the slope of φ changed by y where the code changed by s, so M_d s is to be y.

        Where y says nothing (no change, or not finite), the pair is zero. ``slope_change`` is written over.
        """
        xp = namespace(change)
        if self.n_pairs == MEMORY:
            self._begin(change)
        b = self.apply(change)
        curved, secant = column_dots(change, b), column_dots(change, slope_change)
        tiny = float(xp.finfo(change.dtype).smallest_normal) ** 0.5
        finite = xp.isfinite(secant) & xp.isfinite(curved)
        sound = (secant > 1e-3 * curved) & (curved > tiny) & finite
        one, none = xp.ones_like(curved), xp.zeros_like(curved)
        slope_change *= xp.where(sound, 1 / xp.sqrt(xp.where(sound, secant, one)), none)
        b *= xp.where(sound, 1 / xp.sqrt(xp.where(sound, curved, one)), none)
        if not (on_host(xp) and bool(xp.all(finite))):  # 0 · inf
            slope_change = xp.where(xp.isfinite(slope_change), slope_change, xp.zeros_like(b))
            b = xp.where(xp.isfinite(b), b, xp.zeros_like(b))
        stack = self._room(change)
        stack[2 * self.n_pairs, :, :] = slope_change
        stack[2 * self.n_pairs + 1, :, :] = b
        self.n_pairs += 1
        self._diagonal += slope_change * slope_change
        self._diagonal -= b * b

    @classmethod
    def gather(cls, parts: list[tuple[Self, Array]]) -> Self:
        """Return the curvature of chosen documents of several batches that hold equally many pairs, side by side."""
        first, _ = parts[0]
        xp = namespace(first.shared)
        diagonal = xp.concat([xp.take(part._diagonal, index, axis=1) for part, index in parts], axis=1)
        chosen = cls(first.shared, diagonal)
        chosen.n_pairs, chosen._diagonal = first.n_pairs, diagonal
        for j in range(2 * first.n_pairs):
            vectors = [xp.take(part._room(diagonal)[j, :, :], index, axis=1) for part, index in parts]
            chosen._room(diagonal)[j, :, :] = vectors[0] if len(vectors) == 1 else xp.concat(vectors, axis=1)
        return chosen

    def _room(self, like: Array) -> Array:
        if self._stack is None:
            self._stack = empty((2 * MEMORY, *like.shape), like=like)
        return self._stack
