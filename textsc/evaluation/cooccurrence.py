"""How often words occur, alone and in pairs, in documents or in windows that slide over them.

Windows are not visited: each stay of a word in them is an interval, and intervals are laid over each other.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

__all__ = ["Cooccurrence", "WindowCounter", "count_documents", "count_windows"]

_TOKENS = 1 << 18  # tokens that are counted at once
_MEETINGS = 1 << 20  # meetings of two words that are added up at once

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
    # In the order of the columns, so that the indices of the part need no sorting.
    known = sorted((i for i, word in enumerate(asked) if word in column), key=lambda i: column[asked[i]])
    chosen = sp.csr_array(X)[:, [column[asked[i]] for i in known]]
    chosen.sum_duplicates()
    held = sp.csr_array(chosen > 0, dtype=np.int64)
    pairs = np.zeros((len(asked), len(asked)), dtype=np.int64)
    pairs[np.ix_(known, known)] = (held.T @ held).toarray()
    return Cooccurrence(asked, int(X.shape[0]), pairs.diagonal().copy(), pairs)


def count_windows(token_lists: Iterable[Iterable[str]], words: Iterable[str], *, size: int) -> Cooccurrence:
    """Count in how many windows words are, alone and in pairs.

    A window is `size` tokens that follow each other in one text; it moves on by one token. A text that is not longer
    than a window is one window, an empty one too. All tokens take up their place, whether or not they are counted.

    As in gensim, whose numbers papers quote, a word that is in a window several times leaves with the first of them,
    and is counted again from where it next comes in. So frequent words count less than in all windows that hold them:
    on 20 Newsgroups pairs come out a tenth lower for windows of 10, a quarter for windows of 110.

    Parameters
    ----------
    token_lists : iterable of iterables of str
        The words of each text, in order; read once, and only a part of it is held. `TextCounts.token_lists` gives
        them.
    words : iterable of str
        Which words to count; repeats are left out.
    size : int
        Tokens in a window: 10 is usual for c_uci and c_npmi, 110 for c_v.

    Returns
    -------
    Cooccurrence
        Exact, over all texts.

    Raises
    ------
    ValueError
        The size is below 1, or a text is a string that was not cut into words.

    Notes
    -----
    Each stay of a word in the windows is an interval of windows; a pair is together where two such intervals overlap.
    Time grows with the occurrences of the words and their neighbours among each other, not with windows times words.

    Examples
    --------
    >>> counts = count_windows([["a", "cat", "saw", "a", "dog"], ["dog"]], ["cat", "dog"], size=4)
    >>> counts.n_windows, counts.pairs.tolist()
    (3, [[2, 1], [1, 2]])
    """
    counter = WindowCounter(words, size=size)
    for tokens in token_lists:
        counter.add(tokens)
    return counter.counts()


class WindowCounter:
    """What `count_windows` does, text by text: several counters can share one pass over a corpus.

    Parameters
    ----------
    words : iterable of str
        Which words to count.
    size : int
        Tokens in a window.

    Raises
    ------
    ValueError
        The size is below 1.

    Examples
    --------
    >>> near, far = WindowCounter(["cat", "dog"], size=2), WindowCounter(["cat", "dog"], size=10)
    >>> for text in ["cat saw dog", "dog saw cat"]:
    ...     near.add(text.split())
    ...     far.add(text.split())
    >>> int(near.counts().pairs[0, 1]), int(far.counts().pairs[0, 1])
    (0, 2)
    """

    def __init__(self, words: Iterable[str], *, size: int) -> None:
        if size < 1:
            raise ValueError(f"Windows: size must be at least 1 token, got {size}.")
        self.words = _each_once(words)
        self.size = size
        self._number = {word: i for i, word in enumerate(self.words)}
        self._n_windows = 0
        # Above the diagonal or below it, as the words of a pair happened to come.
        self._pairs = np.zeros((len(self.words), len(self.words)), dtype=np.int64)
        self._ids, self._ends = array("i"), [0]

    def add(self, tokens: Iterable[str]) -> None:
        """Count a text.

        Parameters
        ----------
        tokens : iterable of str
            Its words, in order.

        Raises
        ------
        ValueError
            It is a single string.
        """
        if isinstance(tokens, str | bytes):
            raise ValueError(f"Windows: a text must be a list of its words, got the single string {tokens!r:.40}.")
        self._ids.extend(map(self._number.get, tokens, repeat(-1)))
        self._ends.append(len(self._ids))
        if len(self._ids) + len(self._ends) >= _TOKENS:
            self._settle()

    def counts(self) -> Cooccurrence:
        """Give what was counted so far.

        Returns
        -------
        Cooccurrence
            Over all texts that were added.
        """
        self._settle()
        pairs = self._pairs + self._pairs.T
        occurrences = self._pairs.diagonal().copy()
        np.fill_diagonal(pairs, occurrences)
        return Cooccurrence(self.words, self._n_windows, occurrences, pairs)

    def _settle(self) -> None:
        """Count the texts that are held, and let go of them."""
        ids, ends = np.array(self._ids, dtype=np.int64), np.array(self._ends, dtype=np.int64)
        self._ids, self._ends = array("i"), [0]
        self._n_windows += int(np.maximum(np.diff(ends) - self.size + 1, 1).sum())
        words, starts, stops = _stays(ids, ends, self.size)
        np.add.at(self._pairs, (words, words), stops - starts + 1)
        flat = self._pairs.reshape(-1)
        for first, second in _meetings(starts, stops):
            together = np.minimum(stops[first], stops[second]) - starts[second] + 1
            np.add.at(flat, words[first] * len(self.words) + words[second], together)


def _each_once(words: Iterable[str]) -> tuple[str, ...]:
    if isinstance(words, str | bytes):
        raise ValueError(f"Counting words: a list of words is needed, got the single string {words!r:.40}.")
    return tuple(dict.fromkeys(words))


def _stays(ids: _Longs, ends: _Longs, size: int) -> tuple[_Longs, _Longs, _Longs]:
    """Find from which to which window each word stays: words, first and last windows, by first window.

    A window is named by the place of its first token. The token at p comes in with the window at p − size + 1, or the
    first one of its text. The word is then there until its leftmost token in that window leaves; what comes in before
    does not prolong the stay. So stays of one word do not overlap.
    """
    places = np.flatnonzero(ids >= 0)
    places = places[np.argsort(ids[places], kind="stable")]
    words = ids[places]
    text = np.searchsorted(ends, places, side="right") - 1
    entries = np.maximum(ends[text], places - size + 1)
    leftmost = np.searchsorted(words * len(ids) + places, words * len(ids) + entries)
    new = np.ones(len(places), dtype=bool)
    new[1:] = leftmost[1:] != leftmost[:-1]
    last_window = np.maximum(ends[text + 1] - size, ends[text])
    stops = np.minimum(places[leftmost], last_window)[new]
    words, starts = words[new], entries[new]
    order = np.argsort(starts, kind="stable")
    return words[order], starts[order], stops[order]


def _meetings(starts: _Longs, stops: _Longs) -> Iterator[tuple[_Longs, _Longs]]:
    """Give the numbers of all pairs of stays that overlap, the earlier first, a bounded number at once."""
    later = np.arange(1, len(starts) + 1)
    met = np.searchsorted(starts, stops, side="right") - later
    before = np.concatenate([[0], np.cumsum(met)])
    low = 0
    while low < len(starts):
        high = max(low + 1, int(np.searchsorted(before, before[low] + _MEETINGS, side="right")) - 1)
        first = np.repeat(np.arange(low, high), met[low:high])
        yield first, later[first] + np.arange(before[low], before[high]) - before[first]
        low = high
