"""Counting words: blocks of documents to sparse counts, in memory that texts do not fill."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from textsc.corpus.temporary import TemporaryBytes
from textsc.corpus.words import SHORT, STOPPED, WordTable, raw_tokens

__all__ = ["TextTally", "WordCounts", "count_blocks", "joined", "learn"]

_BLOCK_TOKENS = 1 << 18
_BLOCK_ROWS = 1 << 13


@dataclass(frozen=True, slots=True)
class TextTally:
    """Counts of some documents.

    Attributes
    ----------
    X : csr_array of shape (n_documents, n_words_known), int32
        How often each word of the vocabulary is in each document; indices sorted.
    n_words : ndarray of shape (n_documents,), int64
        Tokens, before stop words and the vocabulary.
    n_counted : ndarray of shape (n_documents,), int64
        Tokens that are no stop words.
    """

    X: csr_array
    n_words: NDArray[np.int64]
    n_counted: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class WordCounts:
    """What is known of the words of a corpus after one pass.

    Attributes
    ----------
    words : list of str
        In the order in which they were met.
    document_frequency, total : ndarray of shape (n_words,), int64
        In how many documents, and how often, each word is.
    n_documents : int
        Documents seen.
    """

    words: list[str]
    document_frequency: NDArray[np.int64]
    total: NDArray[np.int64]
    n_documents: int


def count_blocks(documents: Iterable[str | Mapping[str, int]], table: WordTable) -> Iterator[TextTally]:
    """Count documents in blocks that hold a bounded number of tokens.

    Parameters
    ----------
    documents : iterable of (str or mapping of str to int)
        Texts, or words with counts; taken one at a time. The words of a mapping are taken as they are.
    table : WordTable
        Numbers the words; where it learns, later blocks have more columns.

    Yields
    ------
    TextTally
        The next documents, in order.

    Examples
    --------
    >>> table = WordTable(stop_words=[], min_length=2, words=["cat", "dog"])
    >>> next(count_blocks(["cat dog cat", "bird"], table)).X.toarray()
    array([[2, 1],
           [0, 0]], dtype=int32)
    """
    # How often each number stands for itself; shorter than `numbers` where the rest are ones.
    numbers, counts, ends = array("i"), array("i"), [0]
    for document in documents:
        if isinstance(document, str):
            numbers.extend(map(table.__getitem__, raw_tokens(document)))
        else:
            counts.extend(repeat(1, len(numbers) - len(counts)))
            counts.extend(document.values())
            numbers.extend(map(table.as_it_is, document))
        ends.append(len(numbers))
        if len(numbers) >= _BLOCK_TOKENS or len(ends) > _BLOCK_ROWS:
            yield _tally(numbers, counts, ends, len(table.index))
            numbers, counts, ends = array("i"), array("i"), [0]
            table.trim()
    if len(ends) > 1:
        yield _tally(numbers, counts, ends, len(table.index))


def _tally(numbers: array[int], counts: array[int], ends: list[int], width: int) -> TextTally:
    codes = np.array(numbers, dtype=np.int32)
    times = np.ones(codes.size, dtype=np.int32)
    times[: len(counts)] = counts
    n_rows = len(ends) - 1
    rows = np.repeat(np.arange(n_rows, dtype=np.int32), np.diff(ends))
    known = (codes >= 0) & (times > 0)
    indptr = np.zeros(n_rows + 1, dtype=np.int32)
    np.cumsum(np.bincount(rows[known], minlength=n_rows), out=indptr[1:])
    columns = codes[known]
    X = csr_array((times[known], columns, indptr), shape=(n_rows, width))
    X.sum_duplicates()
    return TextTally(
        X=X,
        n_words=_totals(rows, times, codes > SHORT, n_rows),
        n_counted=_totals(rows, times, codes > STOPPED, n_rows),
    )


def _totals(
    rows: NDArray[np.int32], times: NDArray[np.int32], chosen: NDArray[np.bool_], n_rows: int
) -> NDArray[np.int64]:
    # Sums of whole numbers in float64: exact.
    return np.bincount(rows[chosen], weights=times[chosen], minlength=n_rows).astype(np.int64)


def joined(tallies: Iterable[TextTally], *, width: int) -> TextTally:
    """Put blocks below each other.

    Parameters
    ----------
    tallies : iterable of TextTally
        Blocks with `width` columns.
    width : int
        Size of the vocabulary.

    Returns
    -------
    TextTally
        One for all documents; of no rows where there are no blocks.

    Examples
    --------
    >>> joined([], width=3).X.shape
    (0, 3)
    """
    blocks = list(tallies)
    lengths = [np.diff(block.X.indptr) for block in blocks]
    n_rows = sum(len(part) for part in lengths)
    indptr = np.zeros(n_rows + 1, dtype=np.int64)
    np.cumsum(_stacked(lengths, np.int64), out=indptr[1:])
    # int32 as long as it can hold the number of entries.
    kind = np.int32 if indptr[-1] <= np.iinfo(np.int32).max else np.int64
    data = _stacked([block.X.data for block in blocks], np.int32)
    indices = _stacked([block.X.indices for block in blocks], kind)
    return TextTally(
        X=csr_array((data, indices, indptr.astype(kind)), shape=(n_rows, width)),
        n_words=_stacked([block.n_words for block in blocks], np.int64),
        n_counted=_stacked([block.n_counted for block in blocks], np.int64),
    )


def _stacked(parts: list[NDArray[Any]], dtype: type[np.integer[Any]]) -> NDArray[Any]:
    return np.concatenate([np.zeros(0, dtype), *parts], dtype=dtype)


class Spool:
    """Blocks of counts in an anonymous temporary file, to be read again once.

    Use it as a context manager; the file is gone at its end.
    """

    def __init__(self) -> None:
        self._kept = TemporaryBytes()
        self._shapes: list[tuple[int, int]] = []

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *exception: object) -> None:
        self._kept.close()

    def write(self, tally: TextTally) -> None:
        """Append a block.

        Parameters
        ----------
        tally : TextTally
            Counts of the words that were met up to here.

        Raises
        ------
        CorpusError
            There is no room for the temporary file.
        """
        X = tally.X
        for part in (X.indptr, X.indices, X.data, tally.n_words, tally.n_counted):
            self._kept.append(np.ascontiguousarray(part, dtype=np.int32).tobytes())
        self._shapes.append((X.shape[0], X.nnz))

    def read(self, places: NDArray[np.int32], *, width: int) -> Iterator[TextTally]:
        """Give the blocks again, with the columns of a vocabulary.

        Parameters
        ----------
        places : ndarray of shape (n_words,), int32
            The column of each word that was met; -1 where it is left out.
        width : int
            Number of columns.
        """
        position = 0
        for n_rows, nnz in self._shapes:
            sizes = (n_rows + 1, nnz, nnz, n_rows, n_rows)
            stored = np.frombuffer(self._kept.read(position, size=4 * sum(sizes)), dtype=np.int32)
            position += stored.nbytes
            indptr, indices, data, n_words, n_counted = np.split(stored, np.cumsum(sizes[:-1]))
            columns = places[indices]
            kept = columns >= 0
            ends = np.concatenate([[0], np.cumsum(kept)])[indptr].astype(np.int32)
            X = csr_array((data[kept], columns[kept], ends), shape=(n_rows, width))
            X.sort_indices()
            yield TextTally(X, n_words.astype(np.int64), n_counted.astype(np.int64))


def learn(documents: Iterable[str | Mapping[str, int]], table: WordTable, *, spool: Spool | None = None) -> WordCounts:
    """Learn the words of a corpus in one pass.

    Parameters
    ----------
    documents : iterable of (str or mapping of str to int)
        As for `count_blocks`.
    table : WordTable
        One that learns; it holds the words afterwards.
    spool : Spool, optional
        Where the counts of each document are kept.

    Returns
    -------
    WordCounts
        The words and their frequencies.

    Examples
    --------
    >>> found = learn(["cat dog cat", "cat"], WordTable(stop_words=[], min_length=2))
    >>> found.words, found.document_frequency.tolist(), found.total.tolist()
    (['cat', 'dog'], [2, 1], [3, 1])
    """
    frequency = total = np.zeros(0, dtype=np.int64)
    n_documents = 0
    for tally in count_blocks(documents, table):
        X = tally.X
        frequency = _added(frequency, np.bincount(X.indices, minlength=X.shape[1]))
        weights = np.bincount(X.indices, weights=X.data, minlength=X.shape[1])
        total = _added(total, weights.astype(np.int64))
        n_documents += X.shape[0]
        if spool is not None:
            spool.write(tally)
    return WordCounts(list(table.index), frequency, total, n_documents)


def _added(old: NDArray[np.int64], new: NDArray[np.int64]) -> NDArray[np.int64]:
    result = new.astype(np.int64)
    result[: old.size] += old
    return result
