"""What TF32 would do to the certificate: the factors of all products of a pass rounded to ten bits of mantissa.

    python scripts/exp_tf32.py --documents 1000 --cases V2000_K50 V10000_K100 --out scripts/results/tf32.json

A GPU's tensor cores take float32 factors as TF32: the exponent as it is, the mantissa of 23 bits rounded to 10, sums in
float32. That is imitated in NumPy, for codes solved in plain float32 and for solves that use it throughout. Documents
and topics are made up (see devices.py); the error of c − Bᵀr, the gaps and what is certified are taken in float64.
"""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import scipy.sparse as sp
from benchmarks import rounded_deep
from devices import made_up, made_up_model
from encoders import Case
from experiments import ResultFile
from probes import exact_gaps

from textsc import SparseCoding
from textsc.coding import infer_codes
from textsc.coding import softmax as passes

DROPPED = 13  # bits of 23


def tf32(values: np.ndarray) -> np.ndarray:
    """Round to the ten bits of mantissa of TF32, to the nearest, ties to even.

    Examples
    --------
    >>> tf32(np.float32([1 + 2**-11, 1 + 3 * 2**-11, -3.0])).tolist()
    [1.0, 1.001953125, -3.0]
    """
    bits = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32)
    half = np.uint32((1 << (DROPPED - 1)) - 1)
    bits = bits + half + ((bits >> np.uint32(DROPPED)) & np.uint32(1))
    return (bits & np.uint32(~((1 << DROPPED) - 1) & 0xFFFFFFFF)).view(np.float32)


@contextmanager
def rounded_products() -> Iterator[None]:
    """Round the factors of the two products of a pass while the context lasts."""

    def matmul(left: np.ndarray, right: np.ndarray, out: np.ndarray) -> np.ndarray:
        return np.matmul(tf32(left), tf32(right), out=out)

    with patch.object(passes, "matmul_into", matmul):
        yield


def slopes(basis: Any, W: np.ndarray) -> np.ndarray:
    """Return Bᵀr of codes, (n_components, n_documents), as the solver finds it."""
    W = np.ascontiguousarray(W.T)
    exact = basis.astype(np.float64)
    lower = exact.evaluate(W.astype(np.float64), exact.tangent(W.astype(np.float64)))[0] - 1.0
    return basis.evaluate(W, lower.astype(W.dtype))[1]


def quantiles(values: np.ndarray) -> dict[str, float]:
    return {"median": float(np.median(values)), "p99": float(np.quantile(values, 0.99)), "max": float(values.max())}


def errors(model: SparseCoding, X: sp.csr_array) -> dict[str, Any]:
    """Return what rounding does to Bᵀr, and to what is certified, at each document's tolerance."""
    objective = model._objective(np.float32, "cpu")
    basis = objective.pair.bind(model.components_.astype(np.float32), model.background_.astype(np.float32))
    data, n_tokens = objective.pair.prepare(X, 1.0)
    lam = objective.strength(n_tokens).astype(np.float32)
    plain = infer_codes(objective, basis, data, lam, tol=model.tol, max_passes=40)
    exact = slopes(basis.astype(np.float64), plain.W.astype(np.float64))
    with rounded_products():
        off = slopes(basis, plain.W)
        rough = infer_codes(objective, basis, data, lam, tol=model.tol, max_passes=40)
    gaps = {"float32": exact_gaps(model, X, plain.W), "tf32": exact_gaps(model, X, rough.W)}
    claims = {"float32": plain, "tf32": rough}
    return {
        "error_of_slope": {
            "float32": quantiles(np.abs(slopes(basis, plain.W) - exact).max(axis=0)),
            "tf32": quantiles(np.abs(off - exact).max(axis=0)),
        },
        **{
            name: {
                "said_certified": float(np.mean(claims[name].converged)),
                "certified_in_float64": float(np.mean(gaps[name] <= model.tol)),
                "said_but_not": float(np.mean(claims[name].converged & (gaps[name] > model.tol))),
                "gap_in_float64": quantiles(gaps[name]),
                "passes": float(claims[name].n_passes.mean()),
            }
            for name in claims
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=2000)
    parser.add_argument("--cases", nargs="+", default=["V2000_K50", "V10000_K100"])
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    for case in map(Case.named, arguments.cases):
        X, topics = made_up(arguments.documents, case.n_words, case.n_topics)
        found = rounded_deep(errors(made_up_model(X, topics, device="cpu"), X))
        print(case.name, found, flush=True)
        if arguments.out is not None:
            results = ResultFile(arguments.out, {"documents": arguments.documents}, ("textsc", "numpy"))
            results.forget(model=case.name, setting={})
            results.add({"model": case.name, "setting": {}, "seed": 0, **found})


if __name__ == "__main__":
    main()
