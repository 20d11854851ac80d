"""How often words occur, alone and in pairs, in documents or in windows that slide over them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

__all__ = ["Cooccurrence", "count_documents"]

_Longs = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Cooccurrence:
    """Occurrences of words, alone and in pairs.

    Attributes
    ----------
    words : tuple of str
        The words that were counted, each once.
    n_windows : int
        Documents or windows that were looked at; those that hold none of the words are among them.
    occurrences : ndarray of shape (n_words,), int64
        How many of them hold each word.
    pairs : ndarray of shape (n_words, n_words), int64
        How many of them hold both words; symmetric, and the diagonal is `occurrences`.

    Examples
    --------
    >>> counts = count_documents(np.array([[1, 2], [0, 1]]), ["cat", "dog"], ["dog", "cat", "cow"])
    >>> counts.n_windows, counts.occurrences.tolist(), counts.absent
    (2, [2, 1, 0], ('cow',))
    """

    words: tuple[str, ...]
    n_windows: int
    occurrences: _Longs
    pairs: _Longs

    @property
    def absent(self) -> tuple[str, ...]:
        """The words that never occur."""
        return tuple(word for word, times in zip(self.words, self.occurrences.tolist(), strict=True) if times == 0)


def count_documents(X: Any, feature_names: Sequence[str], words: Iterable[str]) -> Cooccurrence:
    """Count in how many documents words are, alone and in pairs.

    Parameters
    ----------
    X : array or sparse array of shape (n_documents, n_features)
        Counts; a word is in a document where its count is above 0.
    feature_names : sequence of str
        The words of the columns.
    words : iterable of str
        Which words to count; those that no column has never occur. Repeats are left out.

    Returns
    -------
    Cooccurrence
        Exact, over all rows of X.

    Raises
    ------
    ValueError
        There is not one name for each column, or a name is repeated.

    Examples
    --------
    >>> count_documents(np.array([[1, 2], [0, 1]]), ["cat", "dog"], ["dog", "cat"]).pairs.tolist()
    [[2, 1], [1, 1]]
    """
    if len(feature_names) != X.shape[1]:
        raise ValueError(
            f"count_documents: one name for each column of X is needed, got {len(feature_names)} for {X.shape[1]}."
        )
    asked = _each_once(words)
    column = {word: i for i, word in enumerate(feature_names)}
    if len(column) < len(feature_names):
        raise ValueError("count_documents: the names of the columns must be different, and some are repeated.")
    known = np.array([i for i, word in enumerate(asked) if word in column], dtype=np.intp)
    chosen = sp.csr_array(X)[:, [column[asked[i]] for i in known]]
    chosen.sum_duplicates()
    held = sp.csr_array(chosen > 0, dtype=np.int64)
    pairs = np.zeros((len(asked), len(asked)), dtype=np.int64)
    pairs[np.ix_(known, known)] = (held.T @ held).toarray()
    return Cooccurrence(asked, int(X.shape[0]), pairs.diagonal().copy(), pairs)


def _each_once(words: Iterable[str]) -> tuple[str, ...]:
    if isinstance(words, str | bytes):
        raise ValueError(f"Counting words: a list of words is needed, got the single string {words!r:.40}.")
    return tuple(dict.fromkeys(words))
