"""Readers of tables as text: .csv and .tsv, where one bad line costs one row."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from itertools import chain
from typing import ClassVar

from textsc.corpus.files.columns import Columns
from textsc.corpus.files.decoding import BINARY, ByteFile, TextLines
from textsc.corpus.files.filereader import Fields, FileReader
from textsc.corpus.files.jsonlines import joined_notes
from textsc.corpus.records import CorpusError, Record

__all__ = ["CsvReader", "SeparatedReader", "TsvReader"]

_LONGEST = 1 << 26  # characters of a row; a quotation mark that is never closed stops there
_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs"}
_REASONS = {
    "expected after": "a quoted field in it goes on after its closing quotation mark",
    "unexpected end of data": "a quoted field begins in it that never ends",
    "new-line character seen": "a carriage return stands in it outside quotation marks",
}
STRAY = "a stray quotation mark, read as it stands"


class SeparatedReader(FileReader):
    """A table as text, with a header line; a quoted field may run over lines, a blank line is no row.

    Rows are read strictly. One that cannot be read so is read alone, as a line with stray quotation
    marks; where that does not give as many fields as the header has, it is one unreadable row, and
    reading goes on with the next line. An empty field of label or id is none.

    Parameters
    ----------
    source : ByteFile
        The bytes.
    fields : Fields, optional
        What the columns of text, label and id are called.

    Raises
    ------
    CorpusError
        There is no column of such a name, or there are several.
    """

    #: What may separate columns; the first that gives the column of the text does.
    delimiters: ClassVar[str]
    #: How a line is read whose quotation marks are no quotation.
    stray_quoting: ClassVar[int]

    def __init__(self, source: ByteFile, fields: Fields | None = None) -> None:
        super().__init__(source, fields)
        # The limit is one for the whole process, and its default refuses a long text.
        csv.field_size_limit(max(csv.field_size_limit(), _LONGEST))
        header = next((line for line, _ in TextLines(source) if line.strip()), "")
        found = [_alone(header, delimiter, csv.QUOTE_MINIMAL, strict=True) or [] for delimiter in self.delimiters]
        names = [[name.strip() for name in row] for row in found]
        best = max(range(len(names)), key=lambda i: (self._fields.text in names[i], len(names[i]), -i))
        if not names[best]:
            raise CorpusError(f"{self.name} has no header line that can be read. Its first line must name its columns.")
        self._delimiter = self.delimiters[best]
        self._columns = Columns.find(names[best], self._fields, name=self.name)

    def _records(self, notes: list[str]) -> Iterator[Record]:
        lines = TextLines(self._source, keep_ends=True)
        table = _Table(lines, self._delimiter, width=self._columns.width, stray_quoting=self.stray_quoting)
        row = 0
        for number, values, note, problem in table:
            yield self._record(values, row, f"{self.name}, line {number}", note, problem)
            row += 1
        yield from self._broken(lines, row, f"{self.name}, line {table.number}")
        notes += self._remarks(lines)
        if self._delimiter != self.delimiters[0]:
            notes.append(f"{self.name}: its columns are separated by {_NAMES[self._delimiter]}.")

    def _record(self, values: list[str], row: int, where: str, note: str | None, problem: str | None) -> Record:
        if problem is not None:
            return Record(str(row), None, None, where, problem=problem, note=note)
        text, label, identity = self._columns.pick(values)
        if "\0" in text or "\0" in (label or "") or "\0" in (identity or ""):
            return Record(str(row), None, None, where, problem=BINARY)
        return Record(identity or str(row), text, label or None, where, note=note)


class CsvReader(SeparatedReader):
    r"""Columns separated by commas; by semicolons or tabs where the header line is.

    Examples
    --------
    >>> import io
    >>> from textsc.corpus.files.decoding import SpooledBytes
    >>> data = io.BytesIO(b'id,text\n7,"the cat,\nthe dog"\n8,too,many\n')
    >>> for record in CsvReader(SpooledBytes(data, name="pets")):
    ...     print(record.id, repr(record.text), record.problem)
    7 'the cat,\nthe dog' None
    1 None it has 3 fields, and the header 2
    """

    delimiters = ",;\t"
    stray_quoting = csv.QUOTE_MINIMAL


class TsvReader(SeparatedReader):
    r"""Columns separated by tabs; fields may be quoted as in a .csv, or not at all.

    Examples
    --------
    >>> import io
    >>> from textsc.corpus.files.decoding import SpooledBytes
    >>> data = io.BytesIO(b'id\ttext\n7\t"the cat\n8\tthe dog\n')
    >>> [record.text for record in TsvReader(SpooledBytes(data, name="pets"))]
    ['"the cat', 'the dog']
    """

    delimiters = "\t"
    # Many programs write tabs and never quote.
    stray_quoting = csv.QUOTE_NONE


class _EndlessError(Exception):
    """A row is longer than any that is believed."""


class _Lines:
    """Lines for a parser, which can be given back."""

    def __init__(self, lines: Iterator[tuple[str, str | None]]) -> None:
        self._lines = lines
        self._returned: deque[tuple[str, str | None]] = deque()
        self._size = 0
        self.taken: list[tuple[str, str | None]] = []
        self.note: str | None = None
        self.number = 1  # of the first line taken

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        found = self._returned.popleft() if self._returned else next(self._lines)
        line, note = found
        self.taken.append(found)
        self._size += len(line)
        if note is not None:
            self.note = note
        if self._size > _LONGEST and len(self.taken) > 1:
            raise _EndlessError
        return line

    def settle(self) -> None:
        """Begin the next row behind the lines taken."""
        self.number += len(self.taken)
        self.taken.clear()
        self.note, self._size = None, 0

    def give_back(self) -> None:
        """Keep only the first of the lines taken."""
        self._returned.extendleft(reversed(self.taken[1:]))
        del self.taken[1:]
        self.note = self.taken[0][1]


class _Table:
    """Rows of a table below its header: line, values, note and problem of each."""

    def __init__(self, lines: TextLines, delimiter: str, *, width: int, stray_quoting: int) -> None:
        self._lines = _Lines(iter(lines))
        self._delimiter = delimiter
        self._width = width
        self._stray_quoting = stray_quoting

    @property
    def number(self) -> int:
        """The line of the row that is being read."""
        return self._lines.number

    def __iter__(self) -> Iterator[tuple[int, list[str], str | None, str | None]]:
        lines = self._lines
        for line in lines:
            if line.strip():
                break
        lines.settle()
        parser = csv.reader(lines, delimiter=self._delimiter, strict=True)
        while True:
            reason = None
            values: list[str] = []
            try:
                values = next(parser)
            except StopIteration:
                return
            except (csv.Error, _EndlessError) as error:
                reason = _reason(error)
            if reason is None and len(values) == self._width:
                yield lines.number, values, lines.note, None
            elif reason is not None or values:
                yield self._repaired(values, reason)
            lines.settle()

    def _repaired(self, values: list[str], reason: str | None) -> tuple[int, list[str], str | None, str | None]:
        """Give the row of lines that are none by the rules."""
        lines = self._lines
        first, *others = (line for line, _ in lines.taken)
        fitting = sum(self._fits(line) for line in others)
        if others and 2 * fitting < len(others):
            # Lines that are no rows: what was read is one row, and broken.
            return lines.number, [], lines.note, reason or _ragged(len(values), self._width)
        lines.give_back()
        if others and reason is None:
            reason = _REASONS["unexpected end of data"]
        if self._fits(first):
            return lines.number, self._loose(first), joined_notes(lines.note, STRAY), None
        return lines.number, [], lines.note, reason or _ragged(len(values), self._width)

    def _fits(self, line: str) -> bool:
        return len(self._loose(line)) == self._width

    def _loose(self, line: str) -> list[str]:
        """Read a line as a row with stray quotation marks; empty where it is none."""
        return _alone(line, self._delimiter, self._stray_quoting, strict=False) or []


def _alone(line: str, delimiter: str, quoting: int, *, strict: bool) -> list[str] | None:
    """Read one line as a row; None where it is none, or does not end with its line."""
    # The parser asks for a second line where a quoted field is open at the end of the first.
    asked = chain([line.rstrip("\r\n") + "\n"], iter(_refuse, None))
    try:
        return next(csv.reader(asked, delimiter=delimiter, quoting=quoting, strict=strict))  # type: ignore[arg-type]
    except (csv.Error, _EndlessError):
        return None


def _refuse() -> str:
    raise _EndlessError


def _reason(error: Exception) -> str:
    if isinstance(error, _EndlessError):
        return f"a quoted field begins in it that does not end within {_LONGEST:,} characters"
    return next((said for part, said in _REASONS.items() if part in str(error)), f"it is not a row: {error}")


def _ragged(number: int, width: int) -> str:
    return f"it has {number} field{'' if number == 1 else 's'}, and the header {width}"
