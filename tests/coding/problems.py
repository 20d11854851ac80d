"""One table of small problems through which every pair, prior and solver runs.

A problem is a basis and a few documents, among them the awkward ones: one token, one distinct word, 50,000 tokens, a
spectrum of silence. Two columns of each basis are identical, so its curvature is singular.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import scipy.sparse as sp

from textsc.coding import PAIRS, PRIORS, Objective, Prior, infer_codes
from textsc.coding.pairs import MatchedPair
from textsc.coding.restriction import Restriction

# Every prior of the registry, and every sign that it takes, under a name of its own.
LEGENDRE = {"kl": ("kl", True), "signed_kl": ("signed_kl", False)}
PROXIMAL = {
    "l1": ("l1", True),
    "l1-signed": ("l1", False),
    "l2": ("l2", True),
    "l2-signed": ("l2", False),
    "uniform": ("uniform", True),
    "uniform-signed": ("uniform", False),
}
CASES = LEGENDRE | PROXIMAL
BOUNDED = ("kl", "signed_kl", "l1", "l1-signed", "l2", "l2-signed")  # those whose codes have a gap


def prior_of(case: str, mean=1.0) -> Prior:
    kind, positive = CASES[case]
    return PRIORS[kind].build(mean=mean, positive=positive)


@dataclass(frozen=True, eq=False)
class Problem:
    """Documents X (n_documents, n_features) and a basis Bᵀ (n_components, n_features) with its background."""

    pair: MatchedPair
    components: np.ndarray
    background: np.ndarray
    X: np.ndarray
    n_tokens: np.ndarray

    def bind(self, dtype=np.float64) -> Restriction:
        return self.pair.bind(self.components.astype(dtype), self.background.astype(dtype))

    @property
    def shape(self) -> tuple[int, int]:
        """(n_components, n_documents), the shape of codes inside the solver."""
        return len(self.components), len(self.X)

    def solver_inputs(self, lam, mean, *, weighting="type", case="kl", dtype=np.float64):
        """Return (objective, basis, X, lam_d): what the solver takes."""
        objective = Objective(self.pair, prior_of(case, mean), lam, weighting)
        basis = self.bind(dtype)
        lam_d = objective.strength(self.n_tokens).astype(dtype)
        return objective, basis, self.X.astype(dtype), lam_d


def zipf(n_words: int) -> np.ndarray:
    u = 1.0 / np.arange(1, n_words + 1)
    return u / u.sum()


def _counts(n_words: int, rng: np.random.Generator) -> np.ndarray:
    u = zipf(n_words)
    rows = [rng.multinomial(n, u) for n in (1, 2, 20, 200, 50_000)]
    few = np.zeros((4, n_words), dtype=int)
    few[0, -1] = 1  # the rarest word, once
    few[1, 0] = 300  # one distinct word
    few[2, :2] = 49_999, 1
    few[3] = 1  # dense
    return np.concatenate([np.array(rows), few])


def _text(components: np.ndarray, background: np.ndarray, rng: np.random.Generator) -> Problem:
    counts = _counts(components.shape[1], rng)
    n_tokens = counts.sum(axis=1).astype(np.float64)
    return Problem(PAIRS["softmax"](), components, background, counts / n_tokens[:, None], n_tokens)


def _sound(components: np.ndarray, background: np.ndarray, rng: np.random.Generator) -> Problem:
    X = np.abs(rng.normal(size=(7, components.shape[1])))
    X /= np.linalg.norm(X, axis=1, keepdims=True)
    X[0] = 0.0  # silence
    X[1] *= 5.0  # a loud one
    X[2] = np.eye(len(X[2]))[0]  # a pure tone
    X[3] = 0.6 * components[0] + 0.8 * components[-1]  # what the basis explains exactly
    return Problem(PAIRS["linear"](), components, background, X, np.ones(len(X)))


def _twins(components: np.ndarray) -> np.ndarray:
    components[1] = components[0]
    return components


def _unit_rows(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    rows = np.abs(rng.normal(size=shape))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@cache
def problem(name: str) -> Problem:
    rng = np.random.default_rng(sum(map(ord, name)))
    if name == "text-toy":
        return _text(np.array([[2.0, -1.0, -1.0], [2.0, -1.0, -1.0], [-1.0, 2.0, -1.0]]), np.zeros(3), rng)
    if name == "text":
        return _text(_twins(rng.normal(size=(8, 60))), np.log(zipf(60)), rng)
    if name == "text-wide":  # more topics than words
        return _text(_twins(rng.normal(size=(30, 10))), np.log(zipf(10)), rng)
    if name == "text-sharp":  # topics that each say a few words only
        loud = rng.random((12, 200)) < 0.05
        return _text(_twins(np.where(loud, 6.0, -2.0) + 0.1 * rng.normal(size=loud.shape)), np.log(zipf(200)), rng)
    if name == "sound":
        return _sound(_twins(_unit_rows((8, 40), rng)), np.zeros(40), rng)
    if name == "sound-wide":
        return _sound(_twins(_unit_rows((30, 10), rng)), np.zeros(10), rng)
    if name == "sound-signed":  # columns of either sign, and a background
        return _sound(_twins(rng.normal(size=(6, 12))), 0.1 * rng.normal(size=12), rng)
    raise KeyError(name)


TEXT = ("text-toy", "text", "text-wide", "text-sharp")
SOUND = ("sound", "sound-wide", "sound-signed")
PROBLEMS = TEXT + SOUND


def solve(task, lam, mean, *, weighting="type", case="kl", dtype=np.float64, **options):
    """Return the codes of a problem, and its λ_d."""
    inputs = task.solver_inputs(lam, mean, weighting=weighting, case=case, dtype=dtype)
    return infer_codes(*inputs, **options), inputs[3]


def zipf_corpus(n_documents: int, n_words: int, n_topics: int, *, seed: int) -> sp.csr_array:
    """Draw documents of 1 to 50,000 tokens from sparse topics over a Zipf background (an LDA generator)."""
    rng = np.random.default_rng(seed)
    u = zipf(n_words)
    topics = rng.dirichlet(np.maximum(0.03 * n_words * u, 1e-3), size=n_topics)
    topics = 0.8 * topics + 0.2 * u
    lengths = np.minimum(np.exp(rng.normal(4.5, 1.2, size=n_documents)).astype(int) + 1, 50_000)
    lengths[:6] = 1, 1, 2, 3, 20_000, 50_000
    shares = rng.dirichlet(np.full(n_topics, 0.1), size=n_documents)
    rows = [sp.csr_array(rng.multinomial(n, share @ topics)[None, :]) for n, share in zip(lengths, shares, strict=True)]
    counts = sp.csr_array(sp.vstack(rows, format="csr"))
    # One word many times; a whole document of rare words.
    extreme = np.zeros((2, n_words), dtype=counts.dtype)
    extreme[0, n_words // 2] = 300
    extreme[1, -20:] = 3
    return sp.csr_array(sp.vstack([counts, sp.csr_array(extreme)], format="csr"))
