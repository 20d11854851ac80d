"""What every topic model of a comparison can do, ours and its peers."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

__all__ = ["Matrix", "Peer", "at_work", "mixture_likelihood", "shares"]

Matrix = npt.NDArray[np.float64]

ROWS = 512  # documents whose distributions over the vocabulary are held at once
LEAST = 1e-300  # no probability is zero: a held-out token that a model rules out costs 691 nats


class Peer(ABC):
    """A fitted topic model behind the interface that all models of a comparison share.

    A new peer is a subclass with `fit`, `encode` and, where it has a likelihood, `word_probabilities`, and an entry
    in `textsc.evaluation.peers.PEERS`. Everything runs on one thread, so that times compare.

    Attributes
    ----------
    title : str
        What people call it.
    package : str
        The package that has to be installed; its version belongs to a result.
    module : str
        What `library` imports.
    has_likelihood : bool
        Whether there is a probability of a held-out token.
    topic_word : ndarray of shape (n_topics, n_words)
        The scores by which its users rank the words of a topic.
    n_not_converged : int
        Documents that `encode` has given so far without a certificate; 0 for models that give none.
    """

    title: ClassVar[str]
    package: ClassVar[str]
    module: ClassVar[str]
    has_likelihood: ClassVar[bool] = True

    topic_word: Matrix
    n_not_converged: int = 0

    @classmethod
    def library(cls) -> ModuleType:
        """Import what the model comes from; who measures the time of a fit does so before."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # compiled modules may warn as they are loaded
            return import_module(cls.module)

    @classmethod
    @abstractmethod
    def fit(cls, X: sp.csr_array, *, n_topics: int, seed: int) -> Self:
        """Learn topics from counts of shape (n_documents, n_words)."""

    @abstractmethod
    def encode(self, X: sp.csr_array) -> Matrix:
        """Return the features of documents, of shape (n_documents, n_topics); new ones and known ones alike."""

    def word_probabilities(self, features: Matrix) -> Matrix:
        """Return the distribution over words that features stand for, of shape (n_documents, n_words).

        Raises
        ------
        NotImplementedError
            The model has no likelihood.
        """
        raise NotImplementedError(f"{self.title} has no likelihood.")

    def log_likelihood(self, features: Matrix, held_out: sp.csr_array) -> float:
        """Return the mean log-likelihood of held-out tokens in nats, given the features of the observed halves."""
        return mixture_likelihood(self, features, held_out)

    def perplexity(self, observed: sp.csr_array, held_out: sp.csr_array) -> float | None:
        """Return the perplexity of held-out tokens, exp of minus their mean log-likelihood.

        Parameters
        ----------
        observed, held_out : CSR arrays of shape (n_documents, n_words)
            Halves of documents, as from `textsc.evaluation.likelihood.split_tokens`.

        Returns
        -------
        float or None
            None where the model has no likelihood, or no token is held out.
        """
        if not self.has_likelihood or held_out.sum() == 0:
            return None
        return float(np.exp(-self.log_likelihood(self.encode(observed), held_out)))


def mixture_likelihood(peer: Peer, features: Matrix, held_out: sp.csr_array) -> float:
    """Return the mean log-likelihood of held-out tokens, Σ_dv n_dv log r_dv / Σ_dv n_dv.

    Parameters
    ----------
    peer : Peer
        Gives r, a row on the simplex for each document.
    features : array of shape (n_documents, n_topics)
        Of the observed halves.
    held_out : CSR array of shape (n_documents, n_words)
        Counts n.

    Returns
    -------
    float
        In nats per token; nan where no token is held out.

    Examples
    --------
    >>> class Uniform(Peer):
    ...     def fit(cls, X, *, n_topics, seed): ...
    ...     def encode(self, X): ...
    ...     def word_probabilities(self, features):
    ...         return np.full((len(features), 4), 0.25)
    >>> mixture_likelihood(Uniform(), np.ones((1, 2)), sp.csr_array([[1, 2, 0, 1]]))
    -1.3862943611198906
    """
    total, n_tokens = 0.0, float(held_out.sum(dtype=np.float64))
    if n_tokens == 0:
        return float("nan")
    for start in range(0, held_out.shape[0], ROWS):
        rows = slice(start, start + ROWS)
        logs = np.log(np.maximum(peer.word_probabilities(features[rows]), LEAST))
        total += float(held_out[rows].multiply(logs).sum())
    return total / n_tokens


@contextmanager
def at_work() -> Iterator[None]:
    """Hold libraries to one thread, and to silence about iterations that end before they converge.

    A peer gets a fixed number of iterations; that it could go on is no news to who compares.

    Examples
    --------
    >>> with at_work():
    ...     warnings.warn("not yet", ConvergenceWarning)
    """
    with threadpool_limits(limits=1), warnings.catch_warnings(), np.errstate(invalid="ignore"):
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


def shares(weights: Any) -> Matrix:
    """Return non-negative rows divided by their sums; a row of zeros becomes uniform.

    Examples
    --------
    >>> shares([[1, 3], [0, 0]]).tolist()
    [[0.25, 0.75], [0.5, 0.5]]
    """
    rows = np.asarray(weights, dtype=np.float64)
    sums = rows.sum(axis=1, keepdims=True)
    found: Matrix = np.where(sums > 0, rows / np.where(sums > 0, sums, 1.0), 1.0 / rows.shape[1])
    return found
