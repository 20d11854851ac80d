"""Finding the reader of a corpus: by its kind, its suffix, or what the user says."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from textsc.corpus.charsets import checked_encoding
from textsc.corpus.decoding import ByteFile, SpooledBytes
from textsc.corpus.filereader import Fields, FileReader
from textsc.corpus.folders import FolderReader
from textsc.corpus.linereaders import JsonLinesReader, LinesReader, looks_like_json
from textsc.corpus.parquet import ParquetReader
from textsc.corpus.records import CorpusError, Reader, ReadingOptionError, Record
from textsc.corpus.separated import CsvReader, TsvReader
from textsc.corpus.soundfolders import SoundReader, is_sound_file, mostly_sounds

__all__ = [
    "READERS",
    "CorpusError",
    "CsvReader",
    "FolderReader",
    "JsonLinesReader",
    "LinesReader",
    "ParquetReader",
    "Reader",
    "ReadingOptionError",
    "Record",
    "TsvReader",
    "open_corpus",
]

#: The readers that are told by the suffix of a file, which may be followed by ``.gz``, or by ``format``.
READERS: dict[str, type[FileReader]] = {
    ".csv": CsvReader,
    ".jsonl": JsonLinesReader,
    ".parquet": ParquetReader,
    ".tsv": TsvReader,
    ".txt": LinesReader,
}
_NEVER_GZIPPED = (".parquet",)


def open_corpus(
    source: str | os.PathLike[str],
    *,
    text_field: str = "text",
    label_field: str = "label",
    id_field: str = "id",
    encoding: str | None = None,
    format: str | None = None,  # noqa: A002 - as the option is called
) -> Reader:
    """Find the reader of a corpus.

    Parameters
    ----------
    source : str or path
        A folder of .txt files, a .txt, .jsonl, .csv, .tsv (each also .gz) or .parquet file, a folder of
        sound files (one with more of these than of .txt files) or a sound file, ``-`` for standard
        input, or the name of a known corpus where no file has that name. A pipe or a character device
        is read like standard input where its suffix says nothing else: as JSON lines where its first
        line is a JSON object, else one document a line.
    text_field, label_field, id_field : str
        What the fields of a JSON line or the columns of a table are called.
    encoding : str, optional
        The encoding of the text, as Python names it. By default the byte-order mark, else UTF-8, else
        what the lines look like that are not UTF-8, else windows-1252; all but UTF-8 is noted.
    format : str, optional
        How a file or standard input is read, whatever its suffix is: a suffix of `READERS` without
        its dot.

    Returns
    -------
    Reader
        Documents in order, as often as they are wanted.

    Raises
    ------
    CorpusError
        There is no such file or corpus, its format is not known, it is not what its suffix says, a
        column is not there, or there is nothing in it.
    ReadingOptionError
        There is no such encoding or format, or it has no meaning for this source.

    Examples
    --------
    >>> first = next(iter(open_corpus("lee")))
    >>> first.id, first.where, first.text[:33]
    ('0', 'lee, line 1', 'Hundreds of people have been forc')
    """
    name = os.fspath(source)
    fields = Fields(text=text_field, label=label_field, id=id_field)
    suffix = None if format is None else _suffix_of_format(format)
    if encoding is not None:
        checked_encoding(encoding)
    if name == "-":
        return _stream_reader(_standard_input(encoding), suffix, fields)
    path = Path(name)
    if not os.path.lexists(path):
        _refuse_options(encoding=encoding, format=format, what=f"{name} is not a file")
        return _open_known(name, fields)
    if is_sound_file(name) if not path.is_dir() else mostly_sounds(path):
        _refuse_options(encoding=encoding, format=format, what=f"{name} holds sounds")
        return SoundReader(path, name=name)
    if path.is_dir():
        _refuse_options(encoding=None, format=format, what=f"{name} is a folder, which is read as .txt files")
        return FolderReader(path, name=name, encoding=encoding)
    gzipped = path.name.lower().endswith(".gz")
    told = os.path.splitext(path.name.lower().removesuffix(".gz"))[1]
    if path.is_fifo() or path.is_char_device():
        suffix = suffix or (told if told in READERS else None)
        return _stream_reader(_spooled(path, name=name, gzipped=gzipped, encoding=encoding), suffix, fields)
    if suffix is None and told not in READERS:
        raise CorpusError(_unknown(name, told, gzipped=gzipped))
    return READERS[suffix or told](ByteFile(path, name=name, gzipped=gzipped, encoding=encoding), fields)


def _suffix_of_format(format: str) -> str:  # noqa: A002
    suffix = f".{format.lower().removeprefix('.')}"
    if suffix not in READERS:
        raise ReadingOptionError(f"--format {format} is not known; known are {_known_formats()}.")
    return suffix


def _known_formats() -> str:
    return ", ".join(suffix.removeprefix(".") for suffix in sorted(READERS))


def _refuse_options(*, encoding: str | None, format: str | None, what: str) -> None:  # noqa: A002
    for option, value in (("--encoding", encoding), ("--format", format)):
        if value is not None:
            raise ReadingOptionError(f"{what}, so {option} {value} has no meaning for it. Leave it out.")


def _unknown(name: str, suffix: str, *, gzipped: bool) -> str:
    lack = "a suffix that no reader knows" if suffix else "no suffix before .gz" if gzipped else "no suffix"
    also = ", ".join(known for known in sorted(READERS) if known not in _NEVER_GZIPPED)
    return (
        f"{name} has {lack}, so that its format is not known. Known are a folder of .txt files or of sounds, {also} "
        f"(each also with .gz), {', '.join(_NEVER_GZIPPED)} and - for standard input. If it is one of them under "
        f"another name, say which with --format ({_known_formats()})."
    )


def _stream_reader(source: SpooledBytes, suffix: str | None, fields: Fields) -> Reader:
    if suffix is not None:
        return READERS[suffix](source, fields)
    return (JsonLinesReader if looks_like_json(source) else LinesReader)(source, fields)


def _standard_input(encoding: str | None) -> SpooledBytes:
    # None where the caller closed it; a program around this one may have put a stream of text there.
    stream = getattr(sys.stdin, "buffer", None)
    if stream is None:
        raise CorpusError("There is no standard input to read. Give a file, or send documents through a pipe.")
    return SpooledBytes(stream, name="standard input", encoding=encoding)


def _spooled(path: Path, *, name: str, gzipped: bool, encoding: str | None) -> SpooledBytes:
    try:
        stream = open(path, "rb", buffering=0)  # noqa: SIM115 - closed below; only opening may fail here
    except OSError as error:
        raise CorpusError(f"{name} cannot be read: {error.strerror}.") from error
    with stream:
        return SpooledBytes(stream, name=name, gzipped=gzipped, encoding=encoding)


def _open_known(name: str, fields: Fields) -> Reader:
    from textsc.corpus.known import open_known

    return open_known(name, fields)
