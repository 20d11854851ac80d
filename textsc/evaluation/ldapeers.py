"""Latent Dirichlet allocation as three libraries fit it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, ClassVar, Self

import numpy as np
import scipy.sparse as sp

from textsc.evaluation.peer import Matrix, Peer, at_work, shares

__all__ = ["GensimLda", "SklearnLda", "TomotopyLda"]

PASSES = 10  # over the documents, of the variational methods
BATCH = 512
SWEEPS = 400  # of the Gibbs sampler
INFERENCE = 100  # sweeps over a new document: tomotopy's default


class _Mixture(Peer):
    """A model whose features are shares of topics: r = θφ."""

    topics: Matrix

    @property
    def topic_word(self) -> Matrix:  # type: ignore[override]
        """φ: each topic as a distribution over words, by which the users of LDA rank them."""
        return self.topics

    def word_probabilities(self, features: Matrix) -> Matrix:
        """Return θφ."""
        found: Matrix = features @ self.topics
        return found


class SklearnLda(_Mixture):
    """scikit-learn's `LatentDirichletAllocation`, online: 10 passes in batches of 512, priors 1/K as by default.

    References
    ----------
    Hoffman, Blei and Bach (2010), "Online learning for latent Dirichlet allocation".

    Examples
    --------
    >>> X = sp.csr_array(np.repeat([[9, 6, 0, 0], [0, 0, 7, 8]], 20, axis=0))
    >>> peer = SklearnLda.fit(X, n_topics=2, seed=0)
    >>> peer.topic_word.shape, peer.encode(X[:3]).shape
    ((2, 4), (3, 2))
    """

    title = "LDA (scikit-learn)"
    package = "scikit-learn"
    module = "sklearn.decomposition"

    def __init__(self, model: Any) -> None:
        self._model = model
        self.topics = shares(model.components_)

    @classmethod
    def fit(cls, X: sp.csr_array, *, n_topics: int, seed: int) -> Self:
        """Learn topics."""
        from sklearn.decomposition import LatentDirichletAllocation

        model = LatentDirichletAllocation(
            n_topics, learning_method="online", batch_size=BATCH, max_iter=PASSES, random_state=seed
        )
        with at_work():
            return cls(model.fit(X))

    def encode(self, X: sp.csr_array) -> Matrix:
        """Return the mean shares under the variational posterior."""
        with at_work():
            found: Matrix = np.asarray(self._model.transform(X), dtype=np.float64)
        return found


class GensimLda(_Mixture):
    """gensim's `LdaModel`: 10 passes, all else as by default.

    Examples
    --------
    >>> X = sp.csr_array(np.repeat([[9, 6, 0, 0], [0, 0, 7, 8]], 20, axis=0))
    >>> peer = GensimLda.fit(X, n_topics=2, seed=0)
    >>> bool((peer.encode(X[:3]) == peer.encode(X[:3])).all())
    True
    """

    title = "LDA (gensim)"
    package = "gensim"
    module = "gensim.models"

    def __init__(self, model: Any, seed: int) -> None:
        self._model = model
        self._seed = seed
        self.topics = shares(model.get_topics())

    @classmethod
    def fit(cls, X: sp.csr_array, *, n_topics: int, seed: int) -> Self:
        """Learn topics."""
        from gensim.models import LdaModel

        names = {v: str(v) for v in range(X.shape[1])}
        with at_work():
            model = LdaModel(_pairs(X), n_topics, id2word=names, passes=PASSES, eval_every=None, random_state=seed)
        return cls(model, seed)

    def encode(self, X: sp.csr_array) -> Matrix:
        """Return the mean shares under the variational posterior."""
        # gensim draws where inference starts; drawn anew, a document has one answer.
        self._model.random_state = np.random.RandomState(self._seed)
        with at_work():
            gamma, _ = self._model.inference(_pairs(X))
        return shares(gamma)


class TomotopyLda(_Mixture):
    """tomotopy's `LDAModel`: 400 sweeps of collapsed Gibbs sampling on one thread; new documents get 100 sweeps.

    Priors are tomotopy's own (α = 0.1, learned as it goes; η = 0.01). A document without a known word has uniform
    shares.

    Examples
    --------
    >>> TomotopyLda.package  # which has to be installed
    'tomotopy'
    """

    title = "LDA (tomotopy)"
    package = "tomotopy"
    module = "tomotopy"
    sweeps: ClassVar[int] = SWEEPS

    def __init__(self, model: Any, n_words: int) -> None:
        self._model = model
        self._known = [int(word) for word in model.used_vocabs]
        counts = np.asarray(model.get_count_by_topics(), dtype=np.float64)
        topics = np.array([model.get_topic_word_dist(k) for k in range(model.k)], dtype=np.float64)
        # Words that no training document holds have what the prior gives them.
        eta = float(model.eta)
        self.topics = np.tile(eta / (counts[:, None] + n_words * eta), (1, n_words))
        self.topics[:, self._known] = topics
        self.topics = shares(self.topics)

    @classmethod
    def fit(cls, X: sp.csr_array, *, n_topics: int, seed: int) -> Self:
        """Learn topics."""
        model = cls.library().LDAModel(k=n_topics, seed=seed, min_cf=0, rm_top=0)
        for words in _spelled(X):
            if words:
                model.add_doc(words)
        model.train(cls.sweeps, workers=1)
        return cls(model, X.shape[1])

    def encode(self, X: sp.csr_array) -> Matrix:
        """Return the shares of topics after the last sweep over each document, apart from the others."""
        known = set(map(str, self._known))
        texts = [[word for word in words if word in known] for words in _spelled(X)]
        rows = [d for d, words in enumerate(texts) if words]
        found = np.full((len(texts), self._model.k), 1.0 / self._model.k)
        if rows:
            documents = [self._model.make_doc(texts[d]) for d in rows]
            thetas, _ = self._model.infer(documents, iterations=INFERENCE, workers=1)
            found[rows] = shares(thetas)
        return found


def _pairs(X: sp.csr_array) -> list[list[tuple[int, int]]]:
    """Give documents as gensim takes them."""
    ends = X.indptr.tolist()
    columns, counts = X.indices.tolist(), X.data.tolist()
    return [list(zip(columns[a:b], counts[a:b], strict=True)) for a, b in pairwise(ends)]


def _spelled(X: sp.csr_array) -> list[list[str]]:
    """Give documents as lists of tokens, which are the numbers of the words."""
    return [[str(v) for v, n in document for _ in range(int(n))] for document in _pairs(X)]
