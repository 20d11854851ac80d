"""Non-negative matrix factorisation X ≈ WH, of counts and of TF-IDF."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import scipy.sparse as sp
from sklearn.decomposition import NMF
from sklearn.feature_extraction.text import TfidfTransformer

from textsc.evaluation.peer import Matrix, Peer, at_work, shares

__all__ = ["NmfKl", "NmfTfidf"]

SMOOTHING = 0.05
ITERATIONS = 200  # scikit-learn's default


class _Factors(Peer):
    """What both factorisations share: H, by whose rows their users rank words, and W for documents."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self.topic_word = np.asarray(model.components_, dtype=np.float64)

    def _weights(self, rows: Any) -> Matrix:
        with at_work():
            found: Matrix = np.asarray(self._model.transform(rows), dtype=np.float64)
        return found


class NmfKl(_Factors):
    """scikit-learn's `NMF` of counts under the generalised KL divergence (multiplicative updates from NNDSVDa).

    It has no likelihood of its own; as a distribution over words stands the reconstruction, its row divided by its
    sum and smoothed with the word frequencies u of the training documents:

        r = (1 − ε) (wH) / Σ_v (wH)_v + ε u,    ε = 0.05,

    since the factorisation rules words out that come up all the same.

    Examples
    --------
    >>> X = sp.csr_array(np.repeat([[9, 6, 0, 0], [0, 0, 7, 8]], 20, axis=0))
    >>> peer = NmfKl.fit(X, n_topics=2, seed=0)
    >>> peer.word_probabilities(peer.encode(X[:1])).round(2).tolist()
    [[0.58, 0.39, 0.01, 0.01]]
    """

    title = "NMF (KL)"
    package = "scikit-learn"
    module = "sklearn.decomposition"

    def __init__(self, model: Any, X: sp.csr_array) -> None:
        super().__init__(model)
        self._frequencies = shares(np.asarray(X.sum(axis=0), dtype=np.float64)[None, :])

    @classmethod
    def fit(cls, X: sp.csr_array, *, n_topics: int, seed: int) -> Self:
        """Learn topics."""
        rows = _floats(X)
        model = NMF(
            n_topics,
            init=_start("nndsvda", rows, n_topics),
            solver="mu",
            beta_loss="kullback-leibler",
            max_iter=ITERATIONS,
            random_state=seed,
        )
        with at_work():
            return cls(model.fit(rows), X)

    def encode(self, X: sp.csr_array) -> Matrix:
        """Return W, with H fixed."""
        return self._weights(_floats(X))

    def word_probabilities(self, features: Matrix) -> Matrix:
        """Return r."""
        products = features @ self.topic_word
        sums = products.sum(axis=1, keepdims=True)
        rows = np.where(sums > 0, products / np.where(sums > 0, sums, 1.0), self._frequencies)
        found: Matrix = (1 - SMOOTHING) * rows + SMOOTHING * self._frequencies
        return found


class NmfTfidf(_Factors):
    """scikit-learn's `NMF` of TF-IDF under the squared loss (coordinate descent from NNDSVD), as most use it.

    Weighted words have no probabilities, so there is no perplexity.

    Examples
    --------
    >>> X = sp.csr_array(np.repeat([[9, 6, 0, 0], [0, 0, 7, 8]], 20, axis=0))
    >>> peer = NmfTfidf.fit(X, n_topics=2, seed=0)
    >>> peer.encode(X[:3]).shape, peer.perplexity(X, X)
    ((3, 2), None)
    """

    title = "NMF (TF-IDF)"
    package = "scikit-learn"
    module = "sklearn.decomposition"
    has_likelihood = False

    def __init__(self, model: Any, weigher: TfidfTransformer) -> None:
        super().__init__(model)
        self._weigher = weigher

    @classmethod
    def fit(cls, X: sp.csr_array, *, n_topics: int, seed: int) -> Self:
        """Learn topics."""
        rows = _floats(X)
        weigher = TfidfTransformer().fit(rows)
        model = NMF(n_topics, init=_start("nndsvd", X, n_topics), solver="cd", max_iter=ITERATIONS, random_state=seed)
        with at_work():
            return cls(model.fit(weigher.transform(rows)), weigher)

    def encode(self, X: sp.csr_array) -> Matrix:
        """Return W, with H fixed."""
        return self._weights(self._weigher.transform(_floats(X)))


def _floats(X: sp.csr_array) -> sp.csr_matrix:
    return sp.csr_matrix(X, dtype=np.float64)


def _start(wanted: str, X: Any, n_topics: int) -> str:
    """Give the start that was asked for, or a random one where singular vectors do not suffice."""
    return wanted if n_topics <= min(X.shape) else "random"
