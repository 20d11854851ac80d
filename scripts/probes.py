"""Looks into the solver from outside: where its time goes, and its certificates by the formula."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from typing import Any
from unittest.mock import patch

import numpy as np
import scipy.sparse as sp
from benchmarks import measured

from textsc import SparseCoding, arrays


def exact_gaps(model: SparseCoding, X: sp.csr_array, W: np.ndarray, *, rows: int = 64) -> np.ndarray:
    """Return the duality gaps of codes in float64, by the formula and not by the solver: nats per token.

    gap = λ_d Σ w log(w/w⁺) − w + w⁺, w⁺ = p exp(Bᵀ(x − r)/λ_d), λ_d = λ/N_d; 0 for documents without a token.
    """
    B, b0, p = model.components_.astype(np.float64), model.background_.astype(np.float64), model.prior_mean_
    gaps = np.zeros(X.shape[0])
    for start in range(0, X.shape[0], rows):
        part = slice(start, start + rows)
        n = np.asarray(X[part].sum(axis=1), dtype=np.float64).ravel()[:, None]
        w = W[part].astype(np.float64)
        Z = b0 + w @ B
        R = np.exp(Z - Z.max(axis=1, keepdims=True))
        R /= R.sum(axis=1, keepdims=True)
        lam = model.lam_ / np.maximum(n, 1)
        theta = ((X[part] @ B.T) / np.maximum(n, 1) - R @ B.T) / lam
        logs = np.log(np.where(w > 0, w, 1.0) / p) - theta
        found = (lam * (w * logs - w + p * np.exp(theta))).sum(axis=1)
        gaps[part] = np.where(n[:, 0] > 0, found, 0.0)
    return gaps


@contextmanager
def clocked() -> Iterator[dict[str, float]]:
    """Take the processor's seconds of matrix products and exponentials while the context lasts, on one thread.

    All that knows the insides of the product is here: those of a pass go through two functions of `textsc.arrays`, or
    where it is compiled, through one of `textsc.coding.lanes`.
    """
    functions = [("gemm", arrays.matmul_into), ("exp", arrays.exp_into)]
    if find_spec("numba"):
        from textsc.coding import lanes

        functions.append(("exp", lanes.exp_in_place))
    clock = {"gemm": 0.0, "exp": 0.0}

    def timed(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*values: Any) -> Any:
            start = time.thread_time()
            found = function(*values)
            clock[name] += time.thread_time() - start
            return found

        return call

    with ExitStack() as stack:
        for name, function in functions:
            for module in [one for path, one in sys.modules.items() if path.startswith("textsc.")]:
                if getattr(module, function.__name__, None) is function:
                    stack.enter_context(patch.object(module, function.__name__, timed(name, function)))
        yield clock


def shares_of_time(model: SparseCoding, X: sp.csr_array) -> dict[str, float]:
    """Return the shares of our time on one thread: products over the vocabulary, exponentials, the rest."""
    model = model.set_params(n_jobs=1, device="cpu")
    with clocked() as clock:
        spent, _ = measured(lambda: model.codes(X))
    shares = {name: value / spent.cpu_s for name, value in clock.items()}
    return {**shares, "rest": 1 - shares["gemm"] - shares["exp"]}
