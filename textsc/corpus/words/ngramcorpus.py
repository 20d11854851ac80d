"""N-grams of a corpus, learned and counted in memory that texts do not fill."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self, overload

import numpy as np
from numpy.typing import NDArray

from textsc.corpus.files.temporary import TemporaryBytes
from textsc.corpus.records import NO_ORDER, ReadingOptionError
from textsc.corpus.words.ngrams import NgramTable, extended
from textsc.corpus.words.runs import SortedRuns, summed
from textsc.corpus.words.tally import TextTally, WordCounts, tally_of
from textsc.corpus.words.wordtable import WordTable

__all__ = ["NgramCorpus"]

_BLOCK_TOKENS = 1 << 18
_BLOCK_ROWS = 1 << 13

_Longs = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Names(Sequence[str]):
    """The n-grams as text, each made when it is asked for."""

    words: list[str]
    keys: list[_Longs] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.words) + sum(step.size for step in self.keys)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [self[i] for i in range(len(self))[place]]
        if place < len(self.words):
            return self.words[place]
        left = place - len(self.words)
        for step in self.keys:
            if left < step.size:
                before, last = divmod(int(step[left]), len(self.words))
                return f"{self[before]} {self.words[last]}"
            left -= step.size
        raise IndexError(place)


class NgramCorpus:
    """A corpus as numbers of words in a temporary file, from which n-grams are learned and counted.

    Use it as a context manager; the file is gone at its end.

    Parameters
    ----------
    documents : iterable of str
        Read once.
    table : WordTable
        One that learns, and that splits with breaks between and after texts.

    Raises
    ------
    ValueError
        A document is not a text.
    CorpusError
        There is no room for the temporary file.

    Attributes
    ----------
    table : WordTable
        As given; it holds the words.
    n_documents : int
        Documents read.

    Examples
    --------
    >>> from textsc.corpus.words.tokens import broken_tokens
    >>> table = WordTable(stop_words=["the"], min_length=2, split=broken_tokens)
    >>> with NgramCorpus(["new york, new york the", "new york"], table) as corpus:
    ...     found = corpus.learn(longest=2, least=2)
    ...     list(found.words), found.total.tolist()
    (['new', 'york', 'new york'], [3, 3, 3])
    """

    def __init__(self, documents: Iterable[str | Mapping[str, int]], table: WordTable) -> None:
        self._kept = TemporaryBytes()
        self._sizes: list[tuple[int, int]] = []
        self.table = table
        self.n_documents = 0
        numbers, ends = array("i"), array("i", [0])
        for text in documents:
            if not isinstance(text, str):
                raise ReadingOptionError(NO_ORDER)
            numbers.extend(table.numbers(text))
            ends.append(len(numbers))
            if len(numbers) >= _BLOCK_TOKENS or len(ends) > _BLOCK_ROWS:
                self._keep(numbers, ends)
                numbers, ends = array("i"), array("i", [0])
        if len(ends) > 1:
            self._keep(numbers, ends)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._kept.close()

    def _keep(self, numbers: array[int], ends: array[int]) -> None:
        self._kept.append(numbers.tobytes())
        self._kept.append(ends.tobytes())
        self._sizes.append((len(numbers), len(ends)))
        self.n_documents += len(ends) - 1

    def _blocks(self) -> Iterator[tuple[NDArray[np.int32], NDArray[np.int32]]]:
        position = 0
        for sizes in self._sizes:
            stored = np.frombuffer(self._kept.read(position, size=4 * sum(sizes)), dtype=np.int32)
            position += stored.nbytes
            yield stored[: sizes[0]], stored[sizes[0] :]

    def learn(self, *, longest: int, least: float) -> WordCounts:
        """Count all words, and the n-grams that are in enough documents.

        An n-gram is in no more documents than a shorter one inside it. So only those are looked
        at whose parts are in enough documents, which leaves out none.

        Parameters
        ----------
        longest : int
            Words in the longest n-grams.
        least : float
            Documents that an n-gram is to be in.

        Returns
        -------
        WordCounts
            Words in the order in which they were met, then n-grams of two words, three, and so on.
        """
        words = list(self.table.index)
        rows = _table_of_words(len(words), np.ones(len(words), dtype=bool))
        frequency, total = np.zeros(len(words), dtype=np.int64), np.zeros(len(words), dtype=np.int64)
        for codes, ends in self._blocks():
            starts, nodes = next(rows.walk(codes))
            keys, documents, times = summed(nodes, _rows(ends)[starts])
            frequency[keys] += documents
            total[keys] += times
        tree = _table_of_words(len(words), frequency >= least)
        found: list[tuple[_Longs, _Longs, _Longs]] = []
        for length in range(2, longest + 1):
            keys, documents, times = self._longer(tree, length, least)
            if not keys.size:
                break
            found.append((keys, documents, times))
            nodes = np.arange(tree.width, tree.width + keys.size)
            tree = NgramTable(tree.width + keys.size, tree.first, (*tree.steps, (keys, nodes)))
        return WordCounts(
            _Names(words, [keys for keys, _, _ in found]),
            np.concatenate([frequency, *(documents for _, documents, _ in found)]),
            np.concatenate([total, *(times for _, _, times in found)]),
            self.n_documents,
        )

    def _longer(self, tree: NgramTable, length: int, least: float) -> tuple[_Longs, _Longs, _Longs]:
        """Count the n-grams of a length both of whose longest parts are nodes of the tree."""
        with SortedRuns() as runs:
            for codes, ends in self._blocks():
                *_, (starts, nodes) = tree.walk(codes)
                frequent = np.zeros(codes.size + 1, dtype=bool)
                frequent[starts] = True
                starts, keys = extended(starts, nodes, codes, length=length - 1, n_words=tree.first.size)
                both = frequent[starts + 1]
                runs.add(*summed(keys[both], _rows(ends)[starts[both]]))
            parts = list(runs.merged(least))
        keys, documents, times = (
            np.concatenate(column, dtype=np.int64) if column else np.zeros(0, dtype=np.int64)
            for column in (zip(*parts, strict=True) if parts else ([], [], []))
        )
        return keys, documents, times

    def counts(self, vocabulary: Sequence[str]) -> Iterator[TextTally]:
        """Count a vocabulary.

        Parameters
        ----------
        vocabulary : sequence of str
            Words and n-grams of the corpus, by column.

        Yields
        ------
        TextTally
            The next documents, in order.
        """
        tree = NgramTable.of(vocabulary, self.table.index)
        for codes, ends in self._blocks():
            yield tally_of(codes, ends, width=tree.width, ngrams=tree)


def _table_of_words(n_words: int, kept: NDArray[np.bool_]) -> NgramTable:
    return NgramTable(n_words, np.where(kept, np.arange(n_words), -1))


def _rows(ends: NDArray[np.int32]) -> NDArray[np.int32]:
    return np.repeat(np.arange(ends.size - 1, dtype=np.int32), np.diff(ends))
