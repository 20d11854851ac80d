"""Readers: from a file, a folder or a stream to one `Record` per document."""

from __future__ import annotations

import os
import sys
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path

from textsc.corpus import catalog
from textsc.corpus.bags import BagReader
from textsc.corpus.decoding import (
    BINARY,
    BrokenGzipError,
    ByteFile,
    SpooledBytes,
    decode,
    lines,
    without_bom,
)
from textsc.corpus.folders import FolderReader
from textsc.corpus.jsonlines import Fields, JsonLine, joined_notes
from textsc.corpus.linebags import LdaCReader, MalletReader, SvmLightReader
from textsc.corpus.records import CorpusError, Reader, Record
from textsc.corpus.triplets import MatrixMarketReader, UciReader

__all__ = [
    "READERS",
    "CorpusError",
    "FolderReader",
    "JsonLinesReader",
    "LinesReader",
    "Reader",
    "Record",
    "open_corpus",
    "suffix_of",
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
            note=joined_notes(note, found.note),
            hint=found.hint,
        )


#: The readers that are told by the suffix of a file; each may be followed by ``.gz``.
READERS: dict[str, type[_FileReader] | type[BagReader]] = {
    ".jsonl": JsonLinesReader,
    ".txt": LinesReader,
    ".mtx": MatrixMarketReader,
    ".mm": MatrixMarketReader,
    ".uci": UciReader,
    ".svmlight": SvmLightReader,
    ".svm": SvmLightReader,
    ".ldac": LdaCReader,
    ".dat": LdaCReader,
    ".mallet": MalletReader,
}


def open_corpus(
    source: str | os.PathLike[str],
    *,
    text_field: str = "text",
    label_field: str = "label",
    id_field: str = "id",
    vocabulary: str | os.PathLike[str] | Sequence[str] | None = None,
) -> Reader:
    """Find the reader of a corpus.

    Parameters
    ----------
    source : str or path
        A folder of .txt files, a .txt or .jsonl file (also .gz), ``-`` for standard input with
        one document a line, or the name of a known corpus where no file has that name. A pipe or a
        character device is read like standard input where its suffix says nothing else.
        Bag-of-words files are told by their names: Matrix Market (.mtx, .mm), UCI (.uci, and
        ``docword.NAME.txt``), SVMlight (.svmlight, .svm), LDA-C (.ldac, .dat), MALLET's text (.mallet).
    text_field, label_field, id_field : str
        What the fields of a .jsonl file are called.
    vocabulary : path or sequence of str, optional
        The words of a bag-of-words file, in the order of its columns: a file with a word a line, or a
        gensim dictionary saved as text. By default it is looked for beside the file
        (`textsc.corpus.vocabularies.find_vocabulary`); where there is none, words are called
        ``word_0``, ``word_1`` and so on.

    Returns
    -------
    Reader
        Documents in order, as often as they are wanted.

    Raises
    ------
    CorpusError
        There is no such file or corpus, the suffix is unknown, or there is nothing in it; or a
        vocabulary is given for a corpus of texts, or cannot be read.

    Examples
    --------
    >>> first = next(iter(open_corpus("lee")))
    >>> first.id, first.where, first.text[:33]
    ('0', 'lee, line 1', 'Hundreds of people have been forc')
    """
    name = os.fspath(source)
    fields = Fields(text=text_field, label=label_field, id=id_field)
    suffix = suffix_of(name)
    if vocabulary is not None and not issubclass(READERS.get(suffix, LinesReader), BagReader):
        raise CorpusError(
            f"{name} is a corpus of texts, whose words are found in them: leave out the vocabulary, "
            "which is for bag-of-words files such as .mtx."
        )
    if name == "-":
        return LinesReader(_standard_input())
    path = Path(name)
    if not os.path.lexists(path):
        return _open_known(name)
    if path.is_dir():
        return FolderReader(path, name=name)
    gzipped = path.name.lower().endswith(".gz")
    if path.is_fifo() or path.is_char_device():
        return _reader(suffix, _spooled(path, name=name, gzipped=gzipped), fields, vocabulary)
    if suffix not in READERS:
        lack = "a suffix that no reader knows" if suffix else "no suffix before .gz" if gzipped else "no suffix"
        raise CorpusError(
            f"{name} has {lack}, so that its format is not known. Known are a folder of .txt files, "
            f"{', '.join(sorted(READERS))} (each also with .gz) and - for standard input."
        )
    return _reader(suffix, ByteFile(path, name=name, gzipped=gzipped), fields, vocabulary)


def suffix_of(name: str) -> str:
    """Tell the format of a file by its name.

    Parameters
    ----------
    name : str
        A file, plain or .gz.

    Returns
    -------
    str
        A suffix in lower case, which may be a key of `READERS`; ``.uci`` for UCI's own names.

    Examples
    --------
    >>> suffix_of("news.JSONL.gz"), suffix_of("docword.news.txt")
    ('.jsonl', '.uci')
    """
    stem = os.path.basename(name).lower().removesuffix(".gz")
    return ".uci" if stem.startswith("docword.") and stem.endswith(".txt") else os.path.splitext(stem)[1]


def _reader(
    suffix: str, source: ByteFile, fields: Fields, vocabulary: str | os.PathLike[str] | Sequence[str] | None
) -> Reader:
    kind = READERS.get(suffix, LinesReader)
    return kind(source, fields, vocabulary=vocabulary) if issubclass(kind, BagReader) else kind(source, fields)


def _standard_input() -> SpooledBytes:
    # None where the caller closed it; a program around this one may have put a stream of text there.
    stream = getattr(sys.stdin, "buffer", None)
    if stream is None:
        raise CorpusError("There is no standard input to read. Give a file, or send documents through a pipe.")
    return SpooledBytes(stream, name="standard input")


def _spooled(path: Path, *, name: str, gzipped: bool) -> SpooledBytes:
    try:
        stream = open(path, "rb", buffering=0)  # noqa: SIM115 - closed below; only opening may fail here
    except OSError as error:
        raise CorpusError(f"{name} cannot be read: {error.strerror}.") from error
    with stream:
        return SpooledBytes(stream, name=name, gzipped=gzipped)


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
