"""Bag-of-words files of triplets, document, word and count: Matrix Market and UCI."""

from __future__ import annotations

import os
import re
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from textsc.corpus.bags.bagreader import BagReader, Row, collected, shown
from textsc.corpus.bags.entries import EntryParser, Sizes
from textsc.corpus.bags.lineblocks import LineBlocks
from textsc.corpus.bags.rowsort import RowSorter
from textsc.corpus.bags.vocabularies import MOST_COLUMNS, Vocabulary
from textsc.corpus.files.decoding import ByteFile
from textsc.corpus.files.jsonlines import Fields
from textsc.corpus.records import MOST, CorpusError

__all__ = ["MatrixMarketReader", "UciReader"]

_SIZE = re.compile(rb"[0-9]{1,18}")
# Documents without words cost no bytes: more of them than this are a damaged header.
_EMPTY_ROWS, _EMPTY_PER_ENTRY = 1_000_000, 1000


@dataclass(frozen=True, slots=True)
class _Sorted:
    """The entries by rows; `cut` is the row from which on some are missing, with the reason."""

    entries: RowSorter
    cut: tuple[int, str] | None


class _TripletReader(BagReader):
    """A header and an entry a line; entries may come in any order, and rows without one are empty."""

    def __init__(
        self,
        source: ByteFile,
        fields: Fields | None = None,
        *,
        vocabulary: str | os.PathLike[str] | Sequence[str] | None = None,
    ) -> None:
        super().__init__(source, fields, vocabulary=vocabulary)
        self._sizes = self._header(LineBlocks(source))
        self._check_sizes()
        self._sorted: _Sorted | None = None
        self._n_given = 0
        self._parser = EntryParser(self._sizes, name=self.name, hint=self.hint)

    @abstractmethod
    def _header(self, found: LineBlocks) -> Sizes:
        """Read the header."""

    def _check_sizes(self) -> None:
        sizes = self._sizes
        if sizes.n_rows > _EMPTY_ROWS + _EMPTY_PER_ENTRY * sizes.n_entries or sizes.n_rows > MOST:
            raise CorpusError(
                f"{self.name}: its header declares {sizes.n_rows:,} documents and {sizes.n_entries:,} entries, which "
                "cannot be right. Check the header."
            )
        if self._named is None and sizes.n_columns > MOST_COLUMNS:
            raise CorpusError(
                f"{self.name}: its header declares {sizes.n_columns:,} words, and without a vocabulary at most "
                f"{MOST_COLUMNS:,} are read. Check the header, or give their names with --vocabulary "
                "(vocabulary in Python)."
            )
        if self._named is not None:
            self._named = self._fitting(self._named)

    def _fitting(self, named: Vocabulary) -> Vocabulary:
        n_columns, n_words = self._sizes.n_columns, len(named.columns)
        if n_words < n_columns:
            raise CorpusError(
                f"{named.name} has {n_words:,} words, and {self.name} has {n_columns:,} columns. "
                "Give the vocabulary that belongs to it with --vocabulary (vocabulary in Python)."
            )
        if n_words == n_columns:
            return named
        longer = f"{named.name} has {n_words:,} words; the first {n_columns:,} are for its columns"
        if n_words == self._sizes.n_rows:
            longer += (
                " (it has as many words as rows: rows must be documents; write the transposed matrix if they are not)"
            )
        return replace(named, note="; ".join(filter(None, (longer, named.note))))

    @property
    def fraction(self) -> float | None:
        return self._n_given / self._sizes.n_rows if self._sizes.n_rows else None

    def _unnamed(self) -> Vocabulary:
        return Vocabulary.numbered(self._sizes.n_columns)

    def _rows(self) -> Iterator[Row]:
        if self._sorted is None:
            self._sorted = self._sort()
        assert self.vocabulary is not None
        names, cut = self.vocabulary.columns, self._sorted.cut
        for row, (columns, counts, lines) in self._sorted.entries.rows():
            self._n_given = row + 1
            where = f"{self.name}, line {lines[0]}" if lines.size else f"{self.name}, document {row + 1}"
            if cut is not None and row >= cut[0]:
                yield Row(where, problem=cut[1])
            elif lines.size and counts.min() < 0:
                first = int(np.argmax(counts < 0))
                yield Row(f"{self.name}, line {lines[first]}", problem=self._parser.problem(int(counts[first])))
            else:
                bag, note = collected(columns.tolist(), counts.tolist(), names)
                yield Row(where, bag, note=note)

    def _sort(self) -> _Sorted:
        """Read all entries once."""
        sizes, found = self._sizes, LineBlocks(self._source)
        sorter, n_entries, last, ordered = RowSorter(sizes.n_rows, sizes.n_entries), 0, 0, True
        self._header(found)
        for block in found.blocks():
            entries = self._parser.parse(block, found.number)
            if not entries.size:
                continue
            n_entries += entries.shape[1]
            if n_entries > sizes.n_entries:
                line = int(entries[3, sizes.n_entries - n_entries])
                raise CorpusError(
                    f"{self.name}, line {line}: it holds more entries than the {sizes.n_entries:,} that its header "
                    "declares. Check the header, or write the file again."
                )
            ordered = ordered and entries[0, 0] >= last and bool((np.diff(entries[0]) >= 0).all())
            last = int(entries[0, -1])
            sorter.add(entries)
        return _Sorted(sorter, self._cut(found, n_entries, last, ordered))

    def _cut(self, found: LineBlocks, n_entries: int, last: int, ordered: bool) -> tuple[int, str] | None:
        """Say from which row on entries are missing, and why; None where none is."""
        if n_entries == self._sizes.n_entries:
            return None
        damage = f"the gzip stream is broken ({found.broken})" if found.broken else "the file ends"
        problem = f"{damage} after {n_entries:,} of {self._sizes.n_entries:,} entries"
        if not ordered:
            raise CorpusError(
                f"{self.name}, line {found.number}: {problem}, and they are not in the order of documents, so that any "
                "document may lack some. Get the whole file."
            )
        return last, f"{problem}, so that some of its words may be missing"


class MatrixMarketReader(_TripletReader):
    r"""Matrix Market, coordinate form: documents are rows, as gensim and scikit-learn have them.

    Parameters
    ----------
    source, fields, vocabulary
        As for `BagReader`.

    Raises
    ------
    CorpusError
        It is another form (array, complex, symmetric), or its header cannot be right.

    Examples
    --------
    >>> import io
    >>> from textsc.corpus.files.decoding import SpooledBytes
    >>> text = b"%%MatrixMarket matrix coordinate integer general\n2 2 2\n2 1 1\n1 2 3\n"
    >>> reader = MatrixMarketReader(SpooledBytes(io.BytesIO(text), name="pets"), vocabulary=["cat", "dog"])
    >>> [record.bag for record in reader]
    [{'dog': 3}, {'cat': 1}]
    """

    hint: ClassVar[str] = "An entry of a Matrix Market file is a document, a word and a count, as in: 1 7 2."

    def _header(self, found: LineBlocks) -> Sizes:
        banner = (found.line() or b"").lower().split()
        if len(banner) != 5 or banner[:2] != [b"%%matrixmarket", b"matrix"]:
            raise self._refused(1, f'it begins with "{shown(b" ".join(banner))}"')
        form, field, symmetry = banner[2:]
        if form != b"coordinate":
            raise self._refused(1, f'it is of the form "{shown(form)}"')
        if field not in (b"integer", b"unsigned-integer", b"real", b"double", b"pattern"):
            raise self._refused(1, f'it is of the field "{shown(field)}"')
        if symmetry != b"general":
            raise self._refused(1, f'it is of the symmetry "{shown(symmetry)}"')
        line = found.line()
        while line is not None and (not line.strip() or line.startswith(b"%")):
            line = found.line()
        sizes = (line or b"").split()
        if len(sizes) != 3 or not all(map(_SIZE.fullmatch, sizes)):
            raise CorpusError(
                f'{self.name}, line {found.number}: it should have the numbers of rows, columns and entries, and has "'
                f'{shown(line or b"")}". Check what the file is.'
            )
        return Sizes(int(sizes[0]), int(sizes[1]), int(sizes[2]), columns=2 if field == b"pattern" else 3)

    def _refused(self, line: int, got: str) -> CorpusError:
        return CorpusError(
            f"{self.name}, line {line}: a Matrix Market file of counts begins with %%MatrixMarket matrix coordinate, "
            f"then integer, real or pattern, then general; {got}. Write the counts in that form, a row a document."
        )


class UciReader(_TripletReader):
    r"""UCI's bag of words: three lines with the numbers of documents, words and entries, then the entries.

    Parameters
    ----------
    source, fields, vocabulary
        As for `BagReader`.

    Raises
    ------
    CorpusError
        The header is none, or cannot be right.

    Examples
    --------
    >>> import io
    >>> from textsc.corpus.files.decoding import SpooledBytes
    >>> reader = UciReader(SpooledBytes(io.BytesIO(b"2\n2\n2\n1 1 1\n1 2 3\n"), name="pets"))
    >>> [record.bag for record in reader]
    [{'word_0': 1, 'word_1': 3}, {}]
    """

    hint: ClassVar[str] = "An entry of a UCI file is a document, a word and a count, as in: 1 7 2."

    def _header(self, found: LineBlocks) -> Sizes:
        sizes = []
        for what in ("documents", "words", "entries"):
            line = (found.line() or b"").strip()
            if _SIZE.fullmatch(line) is None:
                raise CorpusError(
                    f'{self.name}, line {found.number}: it should be the number of {what}, and is "{shown(line)}". '
                    "A UCI file begins with the numbers of documents, words and entries, a line each."
                )
            sizes.append(int(line))
        return Sizes(*sizes)
