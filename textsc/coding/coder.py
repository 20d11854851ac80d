"""From rows of a matrix to certified codes: what a fitted basis does to new data."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from textsc.arrays import to_device, to_host
from textsc.coding.inference import Codes, infer_codes
from textsc.coding.objective import Objective
from textsc.coding.restriction import Restriction

__all__ = ["Coder"]


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

    def __call__(self, X: Any) -> Codes:
        """Code the rows of X, of shape (n_documents, n_features).

        A row that the data say nothing about (no token) gets the prior's own minimum p, with gap 0.
        """
        dtype = self.basis.components.dtype
        data, n_tokens = self.objective.pair.prepare(X, self.unit)
        rows = np.flatnonzero(n_tokens > 0)
        if len(rows) < len(n_tokens):
            data = data[rows]
        n_components = self.basis.components.shape[0]
        W = np.empty((len(n_tokens), n_components), dtype=dtype)
        W[:] = to_host(self.objective.prior.primal(self._device(np.zeros((n_components, 1), dtype=dtype))))[:, 0]
        gap, n_passes = np.zeros(len(n_tokens)), np.zeros(len(n_tokens), dtype=np.int32)
        if len(rows):
            found = self._solve(data, n_tokens[rows].astype(dtype))
            W[rows], gap[rows], n_passes[rows] = to_host(found.W), to_host(found.gap), to_host(found.n_passes)
        return Codes(W, gap, n_passes, gap <= self.tol)

    def _device(self, values: np.ndarray) -> Any:
        return to_device(values, self.device)

    def _solve(self, data: Any, n_tokens: np.ndarray) -> Codes:
        dtype = self.basis.components.dtype
        c = self.basis.linear_term(data.astype(dtype, copy=False))
        lam_d = self._device(self.objective.strength(n_tokens).astype(dtype))
        return infer_codes(self.objective, self.basis, c, lam_d, tol=self.tol)
