"""Readers of files with one document a line: plain text and JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterator

from textsc.corpus.files.decoding import BINARY, ByteFile, TextLines
from textsc.corpus.files.filereader import Fields, FileReader, shown
from textsc.corpus.files.jsonlines import JsonLine, joined_notes
from textsc.corpus.records import Record

__all__ = ["JsonLinesReader", "LinesReader", "looks_like_json"]


class LinesReader(FileReader):
    r"""One document a line; an empty line is an empty document.

    Parameters
    ----------
    source : ByteFile
        The bytes.
    fields : Fields, optional
        Not used: a line has no fields. Names that are not the default ones are noted.
    encoding : str, optional
        Where the encoding is known, and the source does not say it.

    Examples
    --------
    >>> import io
    >>> from textsc.corpus.files.decoding import SpooledBytes
    >>> reader = LinesReader(SpooledBytes(io.BytesIO(b"the cat\n\nthe dog\n"), name="pets"))
    >>> [(record.id, record.text) for record in reader]
    [('0', 'the cat'), ('1', ''), ('2', 'the dog')]
    """

    has_fields = False

    def __init__(self, source: ByteFile, fields: Fields | None = None, *, encoding: str | None = None) -> None:
        super().__init__(source, fields)
        if source.encoding is None:
            source.encoding = encoding

    def _records(self, notes: list[str]) -> Iterator[Record]:
        lines = TextLines(self._source)
        row = 0
        for text, note in lines:
            where = f"{self.name}, line {row + 1}"
            if "\0" in text:
                yield Record(str(row), None, None, where, problem=BINARY)
            else:
                yield Record(str(row), text, None, where, note=note)
            row += 1
        yield from self._broken(lines, row, f"{self.name}, line {row + 1}")
        notes += self._remarks(lines)


class JsonLinesReader(FileReader):
    r"""One JSON object a line; a blank line is no document.

    Parameters
    ----------
    source : ByteFile
        The bytes.
    fields : Fields, optional
        What the fields of text, label and id are called.

    Examples
    --------
    >>> import io
    >>> from textsc.corpus.files.decoding import SpooledBytes
    >>> data = io.BytesIO(b'{"id": 7, "text": "the cat"}\n{"id": 8}\n')
    >>> for record in JsonLinesReader(SpooledBytes(data, name="pets")):
    ...     print(record.id, record.text, record.problem)
    7 the cat None
    8 None it has no field "text" (its fields: "id")
    """

    def _records(self, notes: list[str]) -> Iterator[Record]:
        lines = TextLines(self._source)
        row = number = 0
        # Names that the user gave and no row has had so far. The field of the text is said row by row.
        missed = {name: option for option, name in self._fields.options().items() if option != "--text-field"}
        names: list[str] = []
        for line, note in lines:
            number += 1
            if not line or line.isspace():
                continue
            where = f"{self.name}, line {number}"
            if "\0" in line:
                yield Record(str(row), None, None, where, problem=BINARY)
            else:
                found = JsonLine.parse(line, self._fields)
                if missed:
                    names = names or list(found.names)
                    missed = {name: option for name, option in missed.items() if name not in found.names}
                yield Record(
                    found.id if found.id is not None else str(row),
                    found.text,
                    found.label,
                    where,
                    problem=found.problem,
                    note=found.note if note is None else joined_notes(note, found.note),
                    hint=found.hint,
                )
            row += 1
        yield from self._broken(lines, row, f"{self.name}, line {number + 1}")
        notes += self._remarks(lines)
        for name, option in missed.items():
            notes.append(f"{self.name}: no row has a field {shown([name])} ({option}); the first has {shown(names)}.")


def looks_like_json(source: ByteFile) -> bool:
    r"""Tell JSON lines from plain text by the first line that is not blank.

    Parameters
    ----------
    source : ByteFile
        The bytes.

    Returns
    -------
    bool
        Whether that line is a JSON object, whatever its fields are.

    Examples
    --------
    >>> import io
    >>> from textsc.corpus.files.decoding import SpooledBytes
    >>> looks_like_json(SpooledBytes(io.BytesIO(b'\n{"body": "the cat"}\n'), name="pets"))
    True
    """
    for line, _ in TextLines(source):
        if line.strip():
            return line.lstrip().startswith("{") and _is_json(line)
    return False


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True
