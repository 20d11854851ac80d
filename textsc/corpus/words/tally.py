"""Counting words: blocks of documents to sparse counts, in memory that texts do not fill."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from textsc.corpus.records import NO_ORDER, ReadingOptionError
from textsc.corpus.words.wordtable import SHORT, STOPPED, WordTable

if TYPE_CHECKING:
    from textsc.corpus.words.ngrams import NgramTable
    from textsc.corpus.words.spool import Spool

__all__ = ["TextTally", "WordCounts", "count_blocks", "joined", "learn", "tally_of"]

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
    words : sequence of str
        In the order in which they were met.
    document_frequency, total : ndarray of shape (n_words,), int64
        In how many documents, and how often, each word is.
    n_documents : int
        Documents seen.
    """

    words: Sequence[str]
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
            numbers.extend(table.numbers(document))
        else:
            if table.ngrams is not None:
                raise ReadingOptionError(NO_ORDER)
            counts.extend(repeat(1, len(numbers) - len(counts)))
            counts.extend(document.values())
            numbers.extend(map(table.as_it_is, document))
        ends.append(len(numbers))
        if len(numbers) >= _BLOCK_TOKENS or len(ends) > _BLOCK_ROWS:
            yield _tally(numbers, counts, ends, table)
            numbers, counts, ends = array("i"), array("i"), [0]
            table.trim()
    if len(ends) > 1:
        yield _tally(numbers, counts, ends, table)


def _tally(numbers: array[int], counts: array[int], ends: list[int], table: WordTable) -> TextTally:
    width = len(table.index) if table.ngrams is None else table.ngrams.width
    return tally_of(numbers, ends, counts=counts, width=width, ngrams=table.ngrams)


def tally_of(
    numbers: array[int] | NDArray[np.int32],
    ends: Sequence[int] | NDArray[np.int32],
    *,
    counts: Sequence[int] = (),
    width: int,
    ngrams: NgramTable | None = None,
) -> TextTally:
    """Count a block of documents.

    Parameters
    ----------
    numbers : array of int
        As from `WordTable.numbers`, one document after the other.
    ends : sequence of int
        Where the documents end; first a 0.
    counts : sequence of int
        How often each number stands for itself; shorter than `numbers` where the rest are ones.
    width : int
        Number of columns.
    ngrams : NgramTable, optional
        The columns; without it they are the numbers.

    Returns
    -------
    TextTally
        A row per document.

    Examples
    --------
    >>> tally_of(array("i", [0, 1, 0]), [0, 2, 3], width=2).X.toarray()
    array([[1, 1],
           [1, 0]], dtype=int32)
    """
    codes = np.array(numbers, dtype=np.int32)
    times = np.ones(codes.size, dtype=np.int32)
    times[: len(counts)] = counts
    n_rows = len(ends) - 1
    rows = np.repeat(np.arange(n_rows, dtype=np.int32), np.diff(ends))
    if ngrams is None:
        known = (codes >= 0) & (times > 0)
        places, columns, values = rows[known], codes[known], times[known]
    else:
        starts, columns = ngrams.columns(codes)
        places, values = rows[starts], times[starts]
    indptr = np.zeros(n_rows + 1, dtype=np.int32)
    np.cumsum(np.bincount(places, minlength=n_rows), out=indptr[1:])
    X = csr_array((values, columns, indptr), shape=(n_rows, width))
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
