"""The models of a comparison by name: ours at its defaults, and its peers as their users run them."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Self

import scipy.sparse as sp

from textsc.estimators import SparseCoding
from textsc.evaluation.ldapeers import GensimLda, SklearnLda, TomotopyLda
from textsc.evaluation.likelihood import completion_log_likelihood
from textsc.evaluation.nmfpeers import NmfKl, NmfTfidf
from textsc.evaluation.peer import Matrix, Peer, at_work

__all__ = ["PEERS", "Textsc", "installed_version", "known_peers"]


class Textsc(Peer):
    """`textsc.SparseCoding` at its defaults; words are ranked by its `topic_word_scores_`.

    Examples
    --------
    >>> import numpy as np
    >>> X = sp.csr_array(np.repeat([[9, 6, 0, 0], [0, 0, 7, 8]], 20, axis=0))
    >>> peer = Textsc.fit(X, n_topics=2, seed=0)
    >>> peer.perplexity(X, X) < 4
    True
    """

    title = "textsc"
    package = "textsc"
    module = "textsc.estimators"

    def __init__(self, model: SparseCoding) -> None:
        self.model = model
        self.topic_word = model.topic_word_scores_

    @classmethod
    def fit(cls, X: sp.csr_array, *, n_topics: int, seed: int) -> Self:
        """Learn topics."""
        return cls.of(SparseCoding(n_topics, random_state=seed), X)

    @classmethod
    def of(cls, model: SparseCoding, X: sp.csr_array) -> Self:
        """Fit a model with settings of one's own."""
        with at_work():
            return cls(model.fit(X))

    def encode(self, X: sp.csr_array) -> Matrix:
        """Return the codes."""
        with at_work():
            codes = self.model.codes(X)
        self.n_not_converged += int((~codes.converged).sum())
        features: Matrix = codes.W
        return features

    def log_likelihood(self, features: Matrix, held_out: sp.csr_array) -> float:
        """Return the likelihood under softmax(b0 + Bw), in logs throughout."""
        return completion_log_likelihood(features, self.model.components_, self.model.background_, held_out)


#: The models of a comparison by the names that options and results call them.
PEERS: dict[str, type[Peer]] = {
    "textsc": Textsc,
    "sklearn_lda": SklearnLda,
    "gensim_lda": GensimLda,
    "tomotopy_lda": TomotopyLda,
    "nmf_kl": NmfKl,
    "nmf_tfidf": NmfTfidf,
}


def installed_version(name: str) -> str | None:
    """Return the version of the package that a peer needs, or None where it is not installed.

    Parameters
    ----------
    name : str
        Of `PEERS`.

    Examples
    --------
    >>> installed_version("sklearn_lda") is None
    False
    """
    try:
        return version(PEERS[name].package)
    except PackageNotFoundError:
        return None


def known_peers(names: Iterable[str] | None = None) -> dict[str, type[Peer]]:
    """Return the peers of these names, in the order of `PEERS`; all of them by default.

    Raises
    ------
    ValueError
        A name is not known.

    Examples
    --------
    >>> list(known_peers(["nmf_kl", "textsc"]))
    ['textsc', 'nmf_kl']
    """
    wanted: Any = PEERS if names is None else list(names)
    unknown = [name for name in wanted if name not in PEERS]
    if unknown:
        raise ValueError(f"No model is called {unknown[0]!r}; known are {', '.join(PEERS)}.")
    return {name: peer for name, peer in PEERS.items() if name in wanted}
