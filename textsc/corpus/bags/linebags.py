"""Bag-of-words files with a document a line: SVMlight, LDA-C and MALLET's text."""

from __future__ import annotations

import os
import re
from abc import abstractmethod
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import ClassVar

from textsc.corpus.bags.bagreader import BagReader, Row, collected, shown, whole_number
from textsc.corpus.bags.vocabularies import MOST_COLUMNS, Vocabulary
from textsc.corpus.files.decoding import BINARY, BrokenGzipError, ByteFile, decode, lines, without_bom
from textsc.corpus.files.jsonlines import Fields
from textsc.corpus.records import MOST, CorpusError

__all__ = ["LdaCReader", "MalletReader", "SvmLightReader"]

_PAIRS = re.compile(rb"(?:\s++[0-9]{1,9}+:[0-9]{1,9}+(?!\S))*+\s*+")
_COLUMN = re.compile(rb"(?<!\S)([0-9]{1,9}):")
_INDEX = re.compile(rb"[0-9]{1,9}")
_COLONS = bytes.maketrans(b":", b" ")
_JAVA = b"\xac\xed\x00\x05"


class _BadRowError(Exception):
    """Why a line is no document, one clause."""


class _LineBagReader(BagReader):
    """A document a line; a blank line is none."""

    def _rows(self) -> Iterator[Row]:
        number = 0
        try:
            for line in lines(without_bom(self._source.chunks())):
                number += 1
                content = self._content(line)
                if content.strip():
                    yield self._row(content, f"{self.name}, line {number}")
        except BrokenGzipError as error:
            where = f"{self.name}, line {number + 1}"
            yield Row(where, problem=f"the gzip stream is broken here ({error})", last=True)

    def _row(self, line: bytes, where: str) -> Row:
        if b"\0" in line:
            return Row(where, problem=BINARY)
        try:
            return self._parsed(line, where)
        except _BadRowError as error:
            return Row(where, problem=str(error))

    def _content(self, line: bytes) -> bytes:
        """Give a line without its comment."""
        return line

    @abstractmethod
    def _parsed(self, line: bytes, where: str) -> Row:
        """Read one line."""


class _PairReader(_LineBagReader):
    """Columns and counts with a colon between; `_first` is the number of the first column."""

    @cached_property
    def _used(self) -> tuple[int, int]:
        """The smallest and the largest number of a column."""
        low, high = MOST_COLUMNS, -1
        try:
            for line in lines(without_bom(self._source.chunks())):
                used = list(map(int, _COLUMN.findall(self._content(line))))
                if used:
                    low = min(low, *used)
                    high = max(high, max((n for n in used if n <= MOST_COLUMNS), default=-1))
        except BrokenGzipError:
            # Reading the rows will say so.
            pass
        return low, high

    @property
    def _first(self) -> int:
        return 0

    def _unnamed(self) -> Vocabulary:
        return Vocabulary.numbered(min(self._used[1] - self._first + 1, MOST_COLUMNS))

    def _bag(self, pairs: bytes) -> tuple[dict[str, int], str | None]:
        """Read pairs, each with a blank before it."""
        if _PAIRS.fullmatch(pairs) is not None:
            numbers = list(map(int, pairs.translate(_COLONS).split()))
            columns, counts = numbers[::2], numbers[1::2]
        else:
            columns, counts = self._checked(pairs)
        assert self.vocabulary is not None
        names = self.vocabulary.columns
        if self._first:
            columns = [column - self._first for column in columns]
        if columns and not (min(columns) >= 0 and max(columns) < len(names)):
            raise _BadRowError(self._out_of_range(columns))
        return collected(columns, counts, names)

    def _checked(self, pairs: bytes) -> tuple[list[int], list[int]]:
        columns, counts = [], []
        for pair in pairs.split():
            index, colon, value = pair.partition(b":")
            if index == b"qid" and colon:
                continue
            if not colon or _INDEX.fullmatch(index) is None:
                raise _BadRowError(f'it has "{shown(pair)}" where a column, a colon and a count should be')
            count = whole_number(value)
            if count is None:
                raise _BadRowError(
                    f'the count of column {shown(index)} is "{shown(value)}", not a whole number from 0 to {MOST:,}'
                )
            columns.append(int(index))
            counts.append(count)
        return columns, counts

    def _out_of_range(self, columns: list[int]) -> str:
        assert self.vocabulary is not None
        n_columns, first = len(self.vocabulary.columns), self._first
        wrong = next(column for column in columns if not 0 <= column < n_columns) + first
        name = self.vocabulary.name
        last = n_columns + first - 1
        limit = f"{name} has words for {first} to {last}" if name else f"columns are read from {first} to {last}"
        return f"it has column {wrong}, and {limit}"


class SvmLightReader(_PairReader):
    r"""A label and pairs of column and count a line: ``1 3:2 7:1 # a comment``.

    Columns count from 1, or from 0 where the file uses column 0, as scikit-learn's reader has it.
    The label is kept as it is written; ``qid`` and comments are passed over.

    Parameters
    ----------
    source, fields, vocabulary
        As for `BagReader`.

    Examples
    --------
    >>> import io
    >>> from textsc.corpus.files.decoding import SpooledBytes
    >>> data = SpooledBytes(io.BytesIO(b"+1 1:2 2:1\n-1 2:5\n"), name="pets")
    >>> [(r.label, r.bag) for r in SvmLightReader(data, vocabulary=["cat", "dog"])]
    [('+1', {'cat': 2, 'dog': 1}), ('-1', {'dog': 5})]
    """

    hint: ClassVar[str] = "An SVMlight line is a label and pairs of column and count, as in: 1 3:2 7:1."

    @property
    def _first(self) -> int:
        return 0 if self._used[0] == 0 else 1

    def _content(self, line: bytes) -> bytes:
        return line.partition(b"#")[0]

    def _parsed(self, line: bytes, where: str) -> Row:
        label, *rest = line.split(None, 1)
        if b":" in label:
            raise _BadRowError(f'it begins with "{shown(label)}", which is no label')
        text, label_note = decode(label)
        bag, note = self._bag(b" " + rest[0] if rest else b"")
        return Row(where, bag, label=text, note=note or label_note)


class LdaCReader(_PairReader):
    r"""The number of pairs, and pairs of column and count a line: ``2 0:1 7:3``; columns count from 0.

    Parameters
    ----------
    source, fields, vocabulary
        As for `BagReader`.

    Examples
    --------
    >>> import io
    >>> from textsc.corpus.files.decoding import SpooledBytes
    >>> data = SpooledBytes(io.BytesIO(b"2 0:2 1:1\n0\n"), name="pets")
    >>> [r.bag for r in LdaCReader(data, vocabulary=["cat", "dog"])]
    [{'cat': 2, 'dog': 1}, {}]
    """

    hint: ClassVar[str] = (
        "A .dat or .ldac file is read as LDA-C: each line is a number of pairs, and the pairs, as in: 2 0:1 7:3."
    )

    def _parsed(self, line: bytes, where: str) -> Row:
        declared, *rest = line.split(None, 1)
        if _INDEX.fullmatch(declared) is None:
            raise _BadRowError(f'it begins with "{shown(declared)}", not with its number of pairs')
        pairs = b" " + rest[0] if rest else b""
        n_pairs = len(pairs.split())
        if n_pairs != int(declared):
            raise _BadRowError(f"it declares {int(declared):,} pairs and holds {n_pairs:,}")
        bag, note = self._bag(pairs)
        return Row(where, bag, note=note)


class MalletReader(_LineBagReader):
    r"""An id, a label and words a line, with blanks or tabs between: MALLET's text for import-file.

    Words are parted at blanks and taken as they are. ``__unknown__`` is no label, as gensim writes
    it. The binary instance lists that MALLET makes of such files are not read.

    Parameters
    ----------
    source, fields, vocabulary
        As for `BagReader`.

    Raises
    ------
    CorpusError
        It is a binary instance list.

    Examples
    --------
    >>> import io
    >>> from textsc.corpus.files.decoding import SpooledBytes
    >>> data = SpooledBytes(io.BytesIO(b"a pets cat dog cat\n"), name="pets")
    >>> [(r.id, r.label, r.bag) for r in MalletReader(data)]
    [('a', 'pets', {'cat': 2, 'dog': 1})]
    """

    hint: ClassVar[str] = "A MALLET line is an id, a label and words, with blanks between."
    spelled: ClassVar[bool] = True

    def __init__(
        self,
        source: ByteFile,
        fields: Fields | None = None,
        *,
        vocabulary: str | os.PathLike[str] | Sequence[str] | None = None,
    ) -> None:
        super().__init__(source, fields, vocabulary=vocabulary)
        if _head(source).startswith(_JAVA):
            raise CorpusError(
                f"{self.name} is a binary instance list of MALLET, which only MALLET reads. Give the text that it "
                "was made of (a document a line: id, label, words), or export it with MALLET as SVMlight."
            )

    def _parsed(self, line: bytes, where: str) -> Row:
        text, note = decode(line)
        identity, *rest = text.split(None, 2)
        if not rest:
            raise _BadRowError(f'it has "{shown(line.strip())}" and no label')
        label, *words = rest
        bag = dict(Counter(words[0].split() if words else ()))
        return Row(where, bag, id=identity, label=None if label == "__unknown__" else label, note=note)


def _head(source: ByteFile) -> bytes:
    try:
        return next(source.chunks(), b"")
    except BrokenGzipError:
        return b""
