r"""The derivative of the code beside unrolled differentiation and dense solves: time, memory and accuracy.

    python scripts/exp_gradients.py --corpus 20newsgroups.jsonl.gz --documents 256 \
        --out scripts/results/gradients_8000.json

One batch of documents, float32, one thread. The error is that of ∂ℓ/∂B against a solve to 1e-9 in float64 at codes of
gap 1e-9; memory is the highest that NumPy held beyond what it held before. Unrolled is reverse mode through the steps
θ ← θ − η F(θ) from w = p, every θ kept. The share is that of the derivative in a step of training: codes that start
from those in a basis that differs by 1 % of its standard deviation, as in the sweep before, and the derivative.
"""

import argparse
import time
import tracemalloc
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from experiments import ResultFile, read_parts, rounded

from textsc import SparseCoding
from textsc.coding import Codes, Objective, code_gradients, infer_codes
from textsc.coding.restriction import Restriction
from textsc.execution import one_thread_inside

RESIDUALS = (1e-1, 3e-2, 1e-2, 1e-3, 1e-5)
STEPS = (10, 30, 100, 300)
TILE = 64
MOVE = 0.01  # of the standard deviation of the basis, between two sweeps


@dataclass(frozen=True, eq=False)
class Batch:
    """Documents, their basis, and the gradient of a loss in their codes."""

    objective: Objective
    basis: Restriction
    X: Any
    lam_d: np.ndarray
    g: np.ndarray

    def codes(self, tol: float, start: np.ndarray | None = None) -> Codes:
        """Solve."""
        return infer_codes(self.objective, self.basis, self.X, self.lam_d, tol=tol, start=start)

    def near(self) -> np.ndarray:
        """Return codes in a basis that differs a little."""
        components = self.basis.components
        noise = np.random.default_rng(1).normal(size=components.shape).astype(components.dtype)
        moved = self.objective.pair.bind(components + MOVE * components.std() * noise, self.basis.background)
        codes = Batch(self.objective, moved, self.X, self.lam_d, self.g).codes(1e-3)
        return np.ascontiguousarray(codes.W.T)

    def astype(self, dtype: Any) -> "Batch":
        """Return the same in another type."""
        arrays = (self.X.astype(dtype), self.lam_d.astype(dtype), self.g.astype(dtype))
        return Batch(self.objective, self.basis.astype(dtype), *arrays)


def implicit(batch: Batch, codes: Codes, residual: float) -> tuple[np.ndarray, dict]:
    """Return ∂ℓ/∂B by the product's own way."""
    found = code_gradients(batch.objective, batch.basis, batch.X, batch.lam_d, codes, batch.g, tol=residual)
    return found.components, {"products": float(found.n_products.mean())}


def dense(batch: Batch, codes: Codes) -> np.ndarray:
    """Return ∂ℓ/∂B by a K x K solve a document."""
    total = np.zeros(batch.basis.components.shape)
    for d, w in enumerate(codes.W):
        root = np.sqrt(batch.objective.prior.metric(w[:, None])[:, 0])
        matrix = root[:, None] * batch.basis.hessian(w) * root + batch.lam_d[d] * np.eye(len(w), dtype=w.dtype)
        v = root * np.linalg.solve(matrix, root * batch.g[d])
        first, _ = batch.basis.curvature_at(w[:, None]).partial_derivatives(w[:, None], v[:, None])
        total += (batch.X[[d]].T @ v[None, :]).T - first
    return total


def unrolled(batch: Batch, n_steps: int) -> np.ndarray:
    """Return ∂ℓ/∂B by differentiating the steps of a plain solver."""
    total = np.zeros(batch.basis.components.shape)
    for start in range(0, len(batch.lam_d), TILE):
        rows = slice(start, start + TILE)
        total += _unrolled(batch, batch.X[rows], batch.lam_d[rows], batch.g[rows].T, n_steps)
    return total


def _unrolled(batch: Batch, X: Any, lam: np.ndarray, g: np.ndarray, n_steps: int) -> np.ndarray:
    prior, basis = batch.objective.prior, batch.basis
    c = basis.linear_term(X)
    theta = np.zeros_like(c)
    length = 1 / (lam + np.sum(prior.primal(theta) * np.diag(basis.curvature)[:, None], axis=0))
    kept = []
    for _ in range(n_steps):
        kept.append(theta)
        W = prior.primal(theta)
        theta = theta - length * (basis.evaluate(W, basis.tangent(W))[1] - c + lam * theta)
    back = prior.metric(prior.primal(theta)) * g
    total = np.zeros(basis.components.shape)
    for theta in reversed(kept):
        W = prior.primal(theta)
        curvature, step = basis.curvature_at(W), length * back
        first, _ = curvature.partial_derivatives(W, step)
        total += (X.T @ step.T).T - first
        back = back - prior.metric(W) * curvature.product(step) - lam * step
    return total


def measured(work: Callable[[], Any], *, repeats: int = 3) -> tuple[Any, float, float]:
    """Return a result, its least seconds of CPU, and the megabytes that it took at most."""
    seconds = []
    for _ in range(repeats):
        started = time.process_time()
        found = work()
        seconds.append(time.process_time() - started)
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return found, min(seconds), peak


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", required=True, help="a corpus as textsc reads it")
    parser.add_argument("--words", type=int, default=8000)
    parser.add_argument("--topics", type=int, default=60)
    parser.add_argument("--documents", type=int, default=512)
    parser.add_argument("--epochs", type=int, default=4, help="of the basis")
    parser.add_argument("--out", type=Path, required=True, help="file of results")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")

    parts, head = read_parts(arguments.corpus, n_words=arguments.words)
    model = SparseCoding(arguments.topics, epochs=arguments.epochs, random_state=0).fit(parts.train)
    rng = np.random.default_rng(0)
    rows = rng.permutation(parts.train.shape[0])[: arguments.documents]
    coder = model.coder()
    X, n_tokens = coder.objective.pair.prepare(parts.train[rows], 1.0)
    lam_d = coder.objective.strength(n_tokens).astype(np.float32)
    g = rng.normal(size=(len(rows), arguments.topics)).astype(np.float32)
    batch = Batch(coder.objective, coder.basis, X, lam_d, g)
    head |= {"n_topics": arguments.topics, "n_documents": len(rows)}
    results = ResultFile(arguments.out, head, ("textsc", "numpy", "scipy"))
    with one_thread_inside():
        run(batch, results)


def run(batch: Batch, results: ResultFile) -> None:
    """Measure every way, and store what is found."""
    exact = batch.astype(np.float64)
    truth, _ = implicit(exact, exact.codes(1e-9), 1e-9)

    def add(model: str, setting: str, found: np.ndarray | None, seconds: float, peak: float, **more: float) -> None:
        entry = {"model": model, "setting": setting, "seed": 0, "seconds": seconds, "megabytes": peak, **more}
        if found is not None:
            entry["error"] = float(np.linalg.norm(found - truth) / np.linalg.norm(truth))
        results.forget(model=model, setting=setting, seed=0)
        results.add(rounded(entry))
        print(rounded(entry), flush=True)

    codes, seconds, peak = measured(lambda: batch.codes(1e-3))
    add("forward", "gap 1e-3", None, seconds, peak, passes=float(codes.n_passes.mean()))
    near = batch.near()
    codes, warm, peak = measured(lambda: batch.codes(1e-3, near))
    add("forward", "gap 1e-3, warm", None, warm, peak, passes=float(codes.n_passes.mean()))
    tight = batch.codes(1e-5)
    for residual in RESIDUALS:
        (found, more), seconds, peak = measured(lambda r=residual: implicit(batch, tight, r))
        add("implicit", f"residual {residual:g}", found, seconds, peak, share=seconds / (seconds + warm), **more)
    found, seconds, peak = measured(lambda: dense(batch, tight), repeats=1)
    add("dense", "", found, seconds, peak)
    for n_steps in STEPS:
        found, seconds, peak = measured(lambda n=n_steps: unrolled(batch, n), repeats=1)
        add("unrolled", f"{n_steps} steps", found, seconds, peak)


if __name__ == "__main__":
    main()
