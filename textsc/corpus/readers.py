"""Finding the reader of a corpus: by its kind, its suffix, or what the user says."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from textsc.corpus.bags.bagreader import BagReader
from textsc.corpus.bags.linebags import LdaCReader, MalletReader, SvmLightReader
from textsc.corpus.bags.triplets import MatrixMarketReader, UciReader
from textsc.corpus.files.charsets import checked_encoding
from textsc.corpus.files.decoding import ByteFile, SpooledBytes
from textsc.corpus.files.filereader import Fields, FileReader
from textsc.corpus.files.folders import FolderReader
from textsc.corpus.files.linereaders import JsonLinesReader, LinesReader, looks_like_json
from textsc.corpus.files.parquet import ParquetReader
from textsc.corpus.files.separated import CsvReader, TsvReader
from textsc.corpus.records import CorpusError, Reader, ReadingOptionError, Record
from textsc.corpus.sound.soundfolders import SoundReader, is_sound_file, mostly_sounds

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
    "suffix_of",
]

#: The readers that are told by the suffix of a file, which may be followed by ``.gz``, or by ``format``.
READERS: dict[str, type[FileReader] | type[BagReader]] = {
    ".csv": CsvReader,
    ".jsonl": JsonLinesReader,
    ".parquet": ParquetReader,
    ".tsv": TsvReader,
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
_NEVER_GZIPPED = (".parquet",)


def open_corpus(
    source: str | os.PathLike[str],
    *,
    text_field: str = "text",
    label_field: str = "label",
    id_field: str = "id",
    encoding: str | None = None,
    format: str | None = None,  # noqa: A002 - as the option is called
    vocabulary: str | os.PathLike[str] | Sequence[str] | None = None,
    labels: str | os.PathLike[str] | None = None,
) -> Reader:
    """Find the reader of a corpus.

    Parameters
    ----------
    source : str or path
        A folder of .txt files, a .txt, .jsonl, .csv, .tsv (each also .gz) or .parquet file, a folder of
        sound files (one with more of these than of .txt files) or a sound file, ``-`` for standard
        input, or the name of a known corpus where no file has that name. A pipe or a character device
        is read like standard input where its suffix says nothing else: as JSON lines where its first
        line is a JSON object, else one document a line. Bag-of-words files are Matrix Market (.mtx,
        .mm), UCI (.uci, and ``docword.NAME.txt``), SVMlight (.svmlight, .svm), LDA-C (.ldac, .dat) and
        MALLET's text (.mallet).
    text_field, label_field, id_field : str
        What the fields of a JSON line or the columns of a table are called.
    encoding : str, optional
        The encoding of the text, as Python names it. By default the byte-order mark, else UTF-8, else
        what the lines look like that are not UTF-8, else windows-1252; all but UTF-8 is noted.
    format : str, optional
        How a file or standard input is read, whatever its suffix is: a suffix of `READERS` without
        its dot.
    vocabulary : path or sequence of str, optional
        The words of a bag-of-words file, in the order of its columns: a file with a word a line, or a
        gensim dictionary saved as text. By default it is looked for beside the file
        (`textsc.corpus.bags.vocabularies.find_vocabulary`); where there is none, words are called
        ``word_0``, ``word_1`` and so on.
    labels : path, optional
        Of sounds: a table with a column ``file`` and one of the name `label_field`, as
        `textsc.corpus.sound.labels.read_labels` takes it.

    Returns
    -------
    Reader
        Documents in order, as often as they are wanted.

    Raises
    ------
    CorpusError
        There is no such file or corpus, its format is not known, it is not what its suffix says, a
        column or the vocabulary is not there, or there is nothing in it.
    ReadingOptionError
        There is no such encoding or format, or it or a vocabulary has no meaning for this source.

    Examples
    --------
    >>> first = next(iter(open_corpus("lee")))
    >>> first.id, first.where, first.text[:33]
    ('0', 'lee, line 1', 'Hundreds of people have been forc')
    """
    name = os.fspath(source)
    fields = Fields(text=text_field, label=label_field, id=id_field)
    told = suffix_of(name)
    suffix = (told if told in READERS else None) if format is None else _suffix_of_format(format)
    if encoding is not None:
        checked_encoding(encoding)
    if vocabulary is not None and not issubclass(READERS.get(suffix or "", LinesReader), BagReader):
        raise ReadingOptionError(
            f"{name} is no bag-of-words file, so a vocabulary (--vocabulary) has no meaning for it: its words are "
            "found in its texts. Leave it out."
        )
    path = Path(name)
    sounds = name != "-" and (mostly_sounds(path) if path.is_dir() else os.path.lexists(path) and is_sound_file(name))
    if not os.path.lexists(path) and name != "-":
        _refuse_options(encoding=encoding, format=format, what=f"{name} is not a file")
        known = _open_known(name, fields)
        _refuse_labels(name, labels)
        return known
    if not sounds:
        _refuse_labels(name, labels)
    if name == "-":
        return _reader(_standard_input(encoding), None if format is None else suffix, fields, vocabulary)
    if sounds:
        _refuse_options(encoding=encoding, format=format, what=f"{name} holds sounds")
        return SoundReader(path, name=name, labels=labels, label_field=label_field)
    if path.is_dir():
        _refuse_options(encoding=None, format=format, what=f"{name} is a folder, which is read as .txt files")
        return FolderReader(path, name=name, encoding=encoding)
    gzipped = path.name.lower().endswith(".gz")
    if path.is_fifo() or path.is_char_device():
        return _reader(_spooled(path, name=name, gzipped=gzipped, encoding=encoding), suffix, fields, vocabulary)
    if suffix is None:
        raise CorpusError(_unknown(name, told, gzipped=gzipped))
    return _reader(ByteFile(path, name=name, gzipped=gzipped, encoding=encoding), suffix, fields, vocabulary)


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


def _refuse_labels(name: str, labels: str | os.PathLike[str] | None) -> None:
    if labels is not None:
        raise ReadingOptionError(f"{name} holds no sounds, so a table of labels (--labels) has no meaning for it.")


def _unknown(name: str, suffix: str, *, gzipped: bool) -> str:
    lack = "a suffix that no reader knows" if suffix else "no suffix before .gz" if gzipped else "no suffix"
    also = ", ".join(known for known in sorted(READERS) if known not in _NEVER_GZIPPED)
    if suffix == ".model":
        return f"{name} is called as models are, and a corpus is needed here. Give the corpus, the model before it."
    return (
        f"{name} has {lack}, so that its format is not known. Known are a folder of .txt files or of sounds, {also} "
        f"(each also with .gz), {', '.join(_NEVER_GZIPPED)} and - for standard input. If it is one of them under "
        f"another name, say which with --format ({_known_formats()})."
    )


def _reader(
    source: ByteFile,
    suffix: str | None,
    fields: Fields,
    vocabulary: str | os.PathLike[str] | Sequence[str] | None,
) -> Reader:
    """Give the reader of a format; without one that of JSON lines or of lines, whichever they look like."""
    if suffix is None:
        return (JsonLinesReader if looks_like_json(source) else LinesReader)(source, fields)
    kind = READERS[suffix]
    return kind(source, fields, vocabulary=vocabulary) if issubclass(kind, BagReader) else kind(source, fields)


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
    from textsc.corpus.known.openers import open_known

    return open_known(name, fields)
