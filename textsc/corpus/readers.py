"""Readers: from a file, a folder or a stream to one `Record` per document."""

from __future__ import annotations

import os
import sys
from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from textsc.corpus import catalog
from textsc.corpus.decoding import (
    BINARY,
    BrokenGzipError,
    ByteFile,
    CorpusError,
    SpooledBytes,
    decode,
    lines,
    without_bom,
)
from textsc.corpus.jsonlines import Fields, JsonLine
from textsc.corpus.records import Reader, Record

__all__ = [
    "READERS",
    "CorpusError",
    "FolderReader",
    "JsonLinesReader",
    "LinesReader",
    "Reader",
    "Record",
    "open_corpus",
]


class _FileReader(Reader):
    """A reader of one file, line by line; `fields` says what its fields are called."""

    def __init__(self, source: ByteFile, fields: Fields | None = None) -> None:
        self.name = source.name
        self._source = source
        self._fields = fields if fields is not None else Fields()

    @property
    def fraction(self) -> float | None:
        return self._source.fraction

    def __iter__(self) -> Iterator[Record]:
        row = number = 0
        try:
            for line in lines(without_bom(self._source.chunks())):
                number += 1
                record = self._record(line, row, f"{self.name}, line {number}")
                if record is not None:
                    yield record
                    row += 1
        except BrokenGzipError as error:
            where = f"{self.name}, line {number + 1}"
            problem = f"the gzip stream is broken here ({error})"
            yield Record(str(row), None, None, where, problem=problem)

    @abstractmethod
    def _record(self, line: bytes, row: int, where: str) -> Record | None:
        """Give the document of one line; None where the line is none."""


class LinesReader(_FileReader):
    r"""One document a line; an empty line is an empty document.

    Parameters
    ----------
    source : ByteFile
        The bytes.
    fields : Fields, optional
        Not used: a line has no fields.
    encoding : str, optional
        Where the encoding is known. By default UTF-8, else windows-1252 with a note.

    Examples
    --------
    >>> import io
    >>> from textsc.corpus.decoding import SpooledBytes
    >>> reader = LinesReader(SpooledBytes(io.BytesIO(b"the cat\n\nthe dog\n"), name="pets"))
    >>> [(record.id, record.text) for record in reader]
    [('0', 'the cat'), ('1', ''), ('2', 'the dog')]
    """

    def __init__(self, source: ByteFile, fields: Fields | None = None, *, encoding: str | None = None) -> None:
        super().__init__(source, fields)
        self._encoding = encoding

    def _record(self, line: bytes, row: int, where: str) -> Record:
        if b"\0" in line:
            return Record(str(row), None, None, where, problem=BINARY)
        if self._encoding is not None:
            return Record(str(row), line.decode(self._encoding, "replace"), None, where)
        text, note = decode(line)
        return Record(str(row), text, None, where, note=note)


class JsonLinesReader(_FileReader):
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
    >>> from textsc.corpus.decoding import SpooledBytes
    >>> data = io.BytesIO(b'{"id": 7, "text": "the cat"}\n{"id": 8}\n')
    >>> for record in JsonLinesReader(SpooledBytes(data, name="pets")):
    ...     print(record.id, record.text, record.problem)
    7 the cat None
    8 None it has no field "text" (its fields: "id")
    """

    def _record(self, line: bytes, row: int, where: str) -> Record | None:
        if not line.strip():
            return None
        if b"\0" in line:
            return Record(str(row), None, None, where, problem=BINARY)
        text, note = decode(line)
        found = JsonLine.parse(text, self._fields)
        return Record(
            found.id if found.id is not None else str(row),
            found.text,
            found.label,
            where,
            problem=found.problem,
            note=note or found.note,
            hint=found.hint,
        )


class FolderReader(Reader):
    """A folder of .txt files, sub-folders included, in the order of their paths.

    Parameters
    ----------
    path : pathlib.Path
        The folder. The id of a document is its path in it, the label its first sub-folder.
    name : str
        What messages call it.

    Raises
    ------
    CorpusError
        A folder cannot be listed, or there is no .txt file in any.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     (pathlib.Path(folder) / "pets").mkdir()
    ...     _ = (pathlib.Path(folder) / "pets" / "cat.txt").write_text("the cat")
    ...     [(r.id, r.text, r.label) for r in FolderReader(pathlib.Path(folder), name=folder)]
    [('pets/cat.txt', 'the cat', 'pets')]
    """

    def __init__(self, path: Path, *, name: str) -> None:
        self.name = name
        self._path = path
        self._done = 0
        self._files = sorted(self._walk())
        if not self._files:
            raise CorpusError(
                f"There is no .txt file in the folder {name} or below it. "
                "Give a folder of .txt files, one document each."
            )

    def _walk(self) -> Iterator[str]:
        for folder, _, names in os.walk(self._path, onerror=self._refuse):
            for name in names:
                if name.lower().endswith(".txt"):
                    yield Path(folder, name).relative_to(self._path).as_posix()

    def _refuse(self, error: OSError) -> NoReturn:
        raise CorpusError(
            f"The folder {error.filename or self.name} cannot be listed: {error.strerror}. Check its permissions."
        ) from error

    @property
    def fraction(self) -> float | None:
        """Share of the files that the running iteration has taken, in [0, 1]."""
        return self._done / len(self._files)

    def __iter__(self) -> Iterator[Record]:
        self._done = 0
        for relative in self._files:
            record = self._record(relative)
            self._done += 1
            yield record

    def _record(self, relative: str) -> Record:
        # File names need not be UTF-8 on disk; ids must be, to be written again.
        identity = os.fsencode(relative).decode("utf-8", "replace")
        label = identity.split("/")[0] if "/" in identity else None
        where = f"{self.name.rstrip('/')}/{identity}"
        path = self._path / relative
        if not path.is_file():
            return Record(identity, None, label, where, problem="it is not a regular file")
        try:
            data = path.read_bytes()
        except OSError as error:
            return Record(identity, None, label, where, problem=f"{error.strerror}".lower())
        data = b"".join(without_bom(iter([data])))
        if b"\0" in data:
            return Record(identity, None, label, where, problem=BINARY)
        text, note = decode(data)
        return Record(identity, text, label, where, note=note)


#: The readers that are told by the suffix of a file; each may be followed by ``.gz``.
READERS: dict[str, type[_FileReader]] = {".jsonl": JsonLinesReader, ".txt": LinesReader}


def open_corpus(
    source: str | os.PathLike[str],
    *,
    text_field: str = "text",
    label_field: str = "label",
    id_field: str = "id",
) -> Reader:
    """Find the reader of a corpus.

    Parameters
    ----------
    source : str or path
        A folder of .txt files, a .txt or .jsonl file (also .gz), ``-`` for standard input with
        one document a line, or the name of a known corpus where no file has that name.
    text_field, label_field, id_field : str
        What the fields of a .jsonl file are called.

    Returns
    -------
    Reader
        Documents in order, as often as they are wanted.

    Raises
    ------
    CorpusError
        There is no such file or corpus, the suffix is unknown, or there is nothing in it.

    Examples
    --------
    >>> first = next(iter(open_corpus("lee")))
    >>> first.id, first.where, first.text[:33]
    ('0', 'lee, line 1', 'Hundreds of people have been forc')
    """
    name = os.fspath(source)
    fields = Fields(text=text_field, label=label_field, id=id_field)
    if name == "-":
        return LinesReader(SpooledBytes(sys.stdin.buffer, name="standard input"))
    path = Path(name)
    if not os.path.lexists(path):
        return _open_known(name)
    if path.is_dir():
        return FolderReader(path, name=name)
    stem, gzipped = path.name.lower(), path.name.lower().endswith(".gz")
    reader = READERS.get(os.path.splitext(stem.removesuffix(".gz"))[1])
    if reader is None:
        raise CorpusError(
            f"{name} has a suffix that no reader knows. Known are a folder of .txt files, "
            f"{', '.join(sorted(READERS))} (each also with .gz) and - for standard input."
        )
    return reader(ByteFile(path, name=name, gzipped=gzipped), fields)


def _open_known(name: str) -> Reader:
    known = catalog.cards()
    if name not in known:
        raise CorpusError(
            f"There is no file or folder {name}, and no known corpus of that name "
            f"(known: {', '.join(known)}). Check the path."
        )
    path = catalog.locate(name)
    source = ByteFile(path, name=name, gzipped=False)
    return LinesReader(source, encoding=known[name].encoding)
