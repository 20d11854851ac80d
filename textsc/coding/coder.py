"""From rows of a matrix to certified codes: what a fitted basis does to new data."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from textsc.arrays import namespace, open_device, to_device, to_host
from textsc.coding.device import Room, device_rows, in_halves, one_of_few
from textsc.coding.inference import Codes, infer_codes, passes_allowed
from textsc.coding.objective import Objective
from textsc.coding.restriction import Restriction

__all__ = ["Coder"]

LEAST_ROWS, MOST_ROWS = 1024, 4096
BLOCK_NUMBERS = 1 << 19  # weights of a block: some thirty arrays of this size are held


@dataclass(frozen=True)
class Coder:
    """Codes rows with a fixed basis: host arrays in, host arrays out, the solve on a device.

    Parameters
    ----------
    objective : Objective
    basis : Restriction
        ``objective.pair.bind(components, background)``, on the device.
    unit : float
        What rows are divided by (linear pair); 1 for text.
    tol : float
        Duality gap to reach.
    device : {"cpu", "cuda"}
    room : Room
        What the device was found to have room for.

    Examples
    --------
    >>> import numpy as np, scipy.sparse as sp
    >>> from textsc.coding import KLPrior, SoftmaxKL
    >>> objective = Objective(SoftmaxKL(), KLPrior(0.5), lam=1.0)
    >>> basis = objective.pair.bind(np.array([[1.0, -1.0]]), np.zeros(2))
    >>> codes = Coder(objective, basis, tol=1e-9)(sp.csr_array([[9, 1], [0, 0]]))
    >>> codes.W.round(3).tolist(), codes.converged.tolist()
    ([[0.943], [0.5]], [True, True])
    """

    objective: Objective
    basis: Restriction
    unit: float = 1.0
    tol: float = 1e-4
    device: str = "cpu"
    room: Room = field(default_factory=Room, repr=False, compare=False)

    @property
    def block_rows(self) -> int:
        """How many rows are best coded together: the last documents of a block share the passes that they need."""
        n_components = int(self.basis.components.shape[0])
        total_bytes = open_device(self.device).total_bytes
        if total_bytes is not None:
            return device_rows(total_bytes, n_components, np.dtype(self._dtype).itemsize)
        return max(LEAST_ROWS, min(MOST_ROWS, BLOCK_NUMBERS // n_components))

    def __call__(self, X: Any) -> Codes:
        """Code the rows of X, of shape (n_documents, n_features).

        A row that the data say nothing about (no token) gets the prior's own minimum (KL: p), with gap 0. A row that
        cannot be certified in float32 is coded again in float64; its gap is that of the code as delivered.
        """
        if self.device == "cpu":
            return self._code(X)
        with one_of_few(), open_device(self.device).queue():
            return self._code(X)

    def _code(self, X: Any) -> Codes:
        dtype = self._dtype
        data, n_tokens = self.objective.pair.prepare(X, self.unit)
        n_components = self.basis.components.shape[0]
        W = np.empty((len(n_tokens), n_components), dtype=dtype)
        W[:] = to_host(self.objective.prior.minimum(self._device(np.zeros((n_components, 1), dtype=dtype))))[:, 0]
        gap, n_passes = np.zeros(len(n_tokens)), np.zeros(len(n_tokens), dtype=np.int32)
        rows = np.flatnonzero(n_tokens > 0)
        if len(rows):
            W[rows], gap[rows], n_passes[rows] = self._solve(self.basis, data[rows], n_tokens[rows])
        left = np.flatnonzero(~(gap <= self.tol))
        if len(left) and dtype != np.float64 and self.objective.prior.certifiable:
            W_left, gap_left, passes = self._solve_again(X[left])
            better = gap_left < gap[left]
            W[left[better]], gap[left[better]] = W_left[better], gap_left[better]
            n_passes[left] += passes
        return Codes(W, gap, n_passes, gap <= self.tol)

    @property
    def _dtype(self) -> Any:
        """The type of the basis, as NumPy calls it."""
        return np.dtype(np.float64 if "float64" in str(self.basis.components.dtype) else np.float32)

    def _device(self, values: Any) -> Any:
        return to_device(values, self.device)

    def _inputs(self, data: Any, n_tokens: np.ndarray, dtype: Any) -> tuple[Any, Any]:
        """Return rows and λ_d where the solve takes them, in the type of the basis."""
        strength = self.objective.strength(n_tokens).astype(dtype)
        return self._device(data.astype(dtype, copy=False)), self._device(strength)

    def _solve(self, basis: Restriction, data: Any, n_tokens: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        dtype = self._dtype if basis is self.basis else np.dtype(np.float64)
        # What float32 does not certify soon is left to float64.
        limit = passes_allowed(self.objective.prior, thorough=dtype == np.float64)

        def solve(rows: slice) -> tuple[np.ndarray, ...]:
            X, lam_d = self._inputs(data[rows], n_tokens[rows], dtype)
            found = infer_codes(self.objective, basis, X, lam_d, tol=self.tol, max_passes=limit)
            return to_host(found.W), to_host(found.gap), to_host(found.n_passes)

        W, gap, n_passes = self._joined(solve, len(n_tokens))
        return W, gap, n_passes

    def _solve_again(self, X: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Code rows in float64 from their counts on; the gap is that of the code rounded as it is delivered."""
        exact = self.basis.astype(namespace(self.basis.components).float64)
        data, n_tokens = self.objective.pair.prepare(X.astype(np.float64), self.unit)
        W, _, n_passes = self._solve(exact, data, n_tokens)
        W = W.astype(self._dtype)
        codes = np.ascontiguousarray(W.T, dtype=np.float64)

        def gaps(rows: slice) -> tuple[np.ndarray, ...]:
            inputs = self._inputs(data[rows], n_tokens[rows], np.float64)
            return (to_host(self.objective.gap(exact, self._device(codes[:, rows]), *inputs)),)

        (gap,) = self._joined(gaps, len(n_tokens))
        return W, gap, n_passes

    def _joined(self, work: Callable[[slice], tuple[np.ndarray, ...]], n_rows: int) -> list[np.ndarray]:
        """Return what work gives for all rows, done in parts where the device has no room."""
        parts = in_halves(work, slice(0, n_rows), device=self.device, room=self.room)
        return [values[0] if len(values) == 1 else np.concatenate(values) for values in zip(*parts, strict=True)]
