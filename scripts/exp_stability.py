r"""How codes with the KL and the L1 prior move when the sound, or the basis, moves by 1 %, and how they share a weight.

    python scripts/exp_stability.py --unlabelled game_music_a --labelled game_music_b \
        --snippets 1000 --columns 4 --out scripts/results/stability.json

A basis is learned from the sounds of one folder, and snippets of the other are coded with it: with the KL prior at a
few λ, and with the L1 norm at the alpha that reconstructs them equally well. Then noise is added, to each snippet or to
each column of the basis, of 1 % of its norm; the columns are made of unit norm again. The change of a code is relative
to its norm. At last each of some columns in turn is given twice: what share of the weight of the two has the first
copy, how the code moves when the columns are handed over in reverse order, how much more the two weigh than the one
did, and how the rest of the code moves; also with KL codes for which the two copies do not share their p.
"""

import argparse
import warnings
from copy import deepcopy
from pathlib import Path

import numpy as np
from experiments import ResultFile, rounded
from music_data import N_SNIPPETS, read_clips
from music_models import BASIS, N_COMPONENTS
from sklearn.decomposition import sparse_encode
from sklearn.exceptions import ConvergenceWarning

from textsc import SparseCoding
from textsc.learning.duplicates import shared_mean

LAMS = (0.002, 0.02, 0.1)
NOISE = 0.01
TOL = 1e-7  # gap of our codes: far below what is measured
SEED = 0
NOT_SHARED = "kl, p not shared"
LEAST = 1e-2  # of the norm of a code: where the two copies weigh less, there is nothing to share


class Kl:
    """Codes with the KL prior."""

    def __init__(self, model: SparseCoding, lam: float, *, shared: bool = True) -> None:
        self._model, self.strength, self._shared = deepcopy(model).set_params(tol=TOL), lam, shared
        self._model.lam_, self._mean = lam, model.prior_mean_

    def __call__(self, X: np.ndarray, basis: np.ndarray) -> np.ndarray:
        """Return the codes of rows in the unit of the model."""
        model = self._model
        model.components_, model.unit_, model.n_components = basis, 1.0, len(basis)
        # A mean that is larger where the model would make it smaller stays what it was.
        model.prior_mean_ = self._mean if self._shared else self._mean**2 / shared_mean(basis, self._mean)
        return model.transform(X)


class L1:
    """Codes with the L1 norm, at 0 or above, by scikit-learn's coordinate descent."""

    def __init__(self, alpha: float) -> None:
        self.strength = alpha

    def __call__(self, X: np.ndarray, basis: np.ndarray) -> np.ndarray:
        """Return the codes of rows."""
        return sparse_encode(X, basis, algorithm="lasso_cd", alpha=self.strength, positive=True, max_iter=5_000)


def error(X: np.ndarray, basis: np.ndarray, W: np.ndarray) -> float:
    """Return the squared error of the reconstructions, relative to the squared norm."""
    return float(np.sum((X - W @ basis) ** 2) / np.sum(X**2))


def equal_alpha(X: np.ndarray, basis: np.ndarray, wanted: float, *, n_steps: int = 12) -> L1:
    """Return L1 at the alpha whose error is as wanted, by bisection of log alpha."""
    low, high = np.log(1e-4), np.log(1.0)
    for _ in range(n_steps):
        middle = (low + high) / 2
        found = error(X, basis, L1(float(np.exp(middle)))(X, basis))
        low, high = (middle, high) if found < wanted else (low, middle)
    return L1(float(np.exp((low + high) / 2)))


def with_noise(rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return rows with normal noise of 1 % of their norms; what would be negative is 0."""
    noise = rng.normal(size=rows.shape)
    norms = [np.linalg.norm(a, axis=1, keepdims=True) for a in (rows, noise)]
    return np.maximum(rows + NOISE * noise * norms[0] / norms[1], 0.0)


def change(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return the relative change of each code that is not all zeros."""
    norms = np.linalg.norm(before, axis=1)
    known = norms > 0
    return np.linalg.norm(after - before, axis=1)[known] / norms[known]


def moves(code: Kl | L1, X: np.ndarray, basis: np.ndarray) -> dict:
    """Return how codes move under noise."""
    rng = np.random.default_rng(SEED)
    W = code(X, basis)
    shifted = with_noise(basis, rng)
    shifted /= np.linalg.norm(shifted, axis=1, keepdims=True)
    found: dict = {"strength": code.strength, "error": error(X, basis, W), "zero": float(np.mean(~W.any(axis=1)))}
    for name, other in (("sound", code(with_noise(X, rng), basis)), ("basis", code(X, shifted))):
        sizes = change(W, other)
        found |= {f"{name}_median": float(np.median(sizes)), f"{name}_95": float(np.quantile(sizes, 0.95))}
    return found


def sharing(code: Kl | L1, X: np.ndarray, basis: np.ndarray, columns: np.ndarray) -> dict:
    """Return how two copies of a column share its weight, over some columns, each given twice in turn."""
    W, found = code(X, basis), []
    for k in columns:
        doubled = np.concatenate([basis, basis[k : k + 1]])
        twice, backwards = code(X, doubled), code(X, doubled[::-1])[:, ::-1]
        both, others = twice[:, k] + twice[:, -1], np.delete(np.arange(len(basis)), k)
        known = both > LEAST * np.linalg.norm(W, axis=1)
        share = twice[known, k] / both[known]
        one = {"share_mean": share.mean(), "share_sd": share.std(), "order_moves": np.mean(change(twice, backwards))}
        one |= {
            "sum_grows": both.sum() / W[:, k].sum() - 1,
            "rest_moves": np.mean(change(W[:, others], twice[:, others])),
        }
        found.append(one)
    return {name: float(np.mean([one[name] for one in found])) for name in found[0]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--unlabelled", type=Path, required=True, help="folder of sounds for the basis")
    parser.add_argument("--labelled", type=Path, required=True, help="folder of sounds that are coded")
    parser.add_argument("--snippets", type=int, default=2_000, help="how many are coded")
    parser.add_argument("--columns", type=int, default=8, help="how many are given twice, in turn")
    parser.add_argument("--cache", type=Path, help="folder for spectra, which are else made anew")
    parser.add_argument("--out", type=Path, required=True, help="file of results")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)

    learned = read_clips(arguments.unlabelled, N_SNIPPETS["unlabelled"], cache=arguments.cache).X
    heard = read_clips(arguments.labelled, N_SNIPPETS["labelled"], cache=arguments.cache).X
    model = SparseCoding(N_COMPONENTS, random_state=SEED, **BASIS).fit(learned.astype(np.float64))
    heard = heard[np.linalg.norm(heard, axis=1) > 0].astype(np.float64) / model.unit_
    X, basis = heard[:: -(-len(heard) // arguments.snippets)], model.components_
    # The columns that are used most: the others have little to share.
    columns = np.argsort(-Kl(model, LAMS[1])(X, basis).mean(axis=0), kind="stable")[: arguments.columns]
    head = {"unlabelled": arguments.unlabelled.name, "labelled": arguments.labelled.name, "noise": NOISE}
    head |= {"n_snippets": len(X), "n_components": len(basis), "n_columns": len(columns)}
    results = ResultFile(arguments.out, head, ("textsc", "numpy", "scikit-learn"))
    for lam in LAMS:
        kl = Kl(model, lam)
        setting = {"lam": lam}
        if results.holds(model="l1", setting=setting, seed=SEED):
            continue
        l1 = equal_alpha(X[::8], basis, error(X[::8], basis, kl(X[::8], basis)))
        for name, code in {"kl": kl, NOT_SHARED: Kl(model, lam, shared=False), "l1": l1}.items():
            found = sharing(code, X[::4], basis, columns)
            if name != NOT_SHARED:
                found |= moves(code, X, basis)
            results.add({"model": name, "setting": setting, "seed": SEED, **rounded(found)})
            print(name, lam, rounded(found), flush=True)


if __name__ == "__main__":
    main()
