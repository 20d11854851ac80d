"""Looks into the solver from outside: where its time goes, and its certificates by the formula."""

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import fields, replace
from typing import Any
from unittest.mock import patch

import numpy as np
import scipy.sparse as sp
from benchmarks import measured

from textsc import SparseCoding, arrays
from textsc.coding import softmax


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


class _Timed(np.ndarray):
    """A factor of matrix products that adds the time of each to a clock; what it gives is a plain array."""

    clock: dict[str, float]
    n_features: int

    def __array_finalize__(self, source: Any) -> None:
        self.clock = getattr(source, "clock", {})
        self.n_features = getattr(source, "n_features", 0)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        plain = [value.view(np.ndarray) if isinstance(value, _Timed) else value for value in inputs]
        start = time.thread_time()
        found = getattr(ufunc, method)(*plain, **options)
        if ufunc is np.matmul:
            wide = any(self.n_features in np.shape(value) for value in plain)
            self.clock["gemm" if wide else "small_gemm"] += time.thread_time() - start
        return found


@contextmanager
def clocked(n_features: int) -> Iterator[dict[str, float]]:
    """Take the processor's seconds of matrix products and exponentials while the context lasts, on one thread.

    All that knows the insides of the product is here: a restriction is a frozen dataclass of arrays, and exponentials
    go through `textsc.arrays.exp_into`.
    """
    clock = {"gemm": 0.0, "small_gemm": 0.0, "exp": 0.0}
    build, exp_into = softmax.SoftmaxRestriction.build, arrays.exp_into

    def timed_factor(array: Any) -> Any:
        if not isinstance(array, np.ndarray) or array.ndim != 2:
            return array
        factor = array.view(_Timed)
        factor.clock, factor.n_features = clock, n_features
        return factor

    def timed_build(cls: type, *values: Any, **options: Any) -> Any:
        made = build(*values, **options)
        return replace(made, **{f.name: timed_factor(getattr(made, f.name)) for f in fields(made) if f.init})

    def timed_exp(*values: Any, **options: Any) -> Any:
        start = time.thread_time()
        found = exp_into(*values, **options)
        clock["exp"] += time.thread_time() - start
        return found

    with ExitStack() as stack:
        stack.enter_context(patch.object(softmax.SoftmaxRestriction, "build", classmethod(timed_build)))
        for module in [one for name, one in sys.modules.items() if name.startswith("textsc.")]:
            if getattr(module, "exp_into", None) is exp_into:
                stack.enter_context(patch.object(module, "exp_into", timed_exp))
        yield clock


def shares_of_time(model: SparseCoding, X: sp.csr_array) -> dict[str, float]:
    """Return the shares of our time on one thread: products over the vocabulary, exponentials, the rest.

    ``small_gemm``, products of K x K, is a part of the rest.
    """
    model = model.set_params(n_jobs=1, device="cpu")
    with clocked(X.shape[1]) as clock:
        spent, _ = measured(lambda: model.codes(X))
    shares = {name: value / spent.cpu_s for name, value in clock.items()}
    return {**shares, "rest": 1 - shares["gemm"] - shares["exp"]}
