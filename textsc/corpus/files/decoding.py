"""From bytes to lines of text, with the repairs that were needed, in constant memory."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from itertools import chain

from textsc.corpus.files.bytefiles import BrokenGzipError, ByteFile, SpooledBytes, gunzip
from textsc.corpus.files.charsets import SAMPLE, by_mark, decode, detect, marked_encoding, replaced, transcoded
from textsc.corpus.records import CorpusError

__all__ = [
    "BINARY",
    "BrokenGzipError",
    "ByteFile",
    "CorpusError",
    "SpooledBytes",
    "TextLines",
    "decode",
    "gunzip",
    "lines",
    "without_bom",
]

BINARY = "it is not text: it holds NUL bytes"
LONE_RETURNS = "its lines end in a carriage return alone, and are read so"
_HEAD = 1 << 16  # bytes by which the line ends of a file are told


class TextLines:
    r"""The lines of a file as text, once: UTF-8, or what the mark, `ByteFile.encoding` or the content say.

    Parameters
    ----------
    source : ByteFile
        The bytes.
    keep_ends : bool, default False
        Whether a line keeps its end, LF or CRLF.

    Attributes
    ----------
    remarks : list of str
        Clauses about the file as a whole, known once the first line is.
    failure : BrokenGzipError or None
        What ended the lines before their time.

    Yields
    ------
    tuple of str and (str or None)
        A line and, where it needed a repair, a clause that says so.

    Examples
    --------
    >>> import io
    >>> found = TextLines(SpooledBytes(io.BytesIO(b"caf\xc3\xa9\r\ncaf\xe9\n"), name="menu"))
    >>> list(found)
    [('café', None), ('café', 'not UTF-8, read as windows-1252')]
    """

    def __init__(self, source: ByteFile, *, keep_ends: bool = False) -> None:
        self.remarks: list[str] = []
        self.failure: BrokenGzipError | None = None
        self._source = source
        self._keep_ends = keep_ends

    def __iter__(self) -> Iterator[tuple[str, str | None]]:
        try:
            yield from self._lines()
        except BrokenGzipError as error:
            self.failure = error

    def _lines(self) -> Iterator[tuple[str, str | None]]:
        encoding = self._source.encoding
        head, chunks = _peeked(self._source.chunks(), _HEAD)
        if encoding is None:
            encoding = marked_encoding(b"".join(head))
            if encoding is not None:
                self.remarks.append(by_mark(encoding))
        if encoding is not None:
            chunks = transcoded(chunks, encoding, name=self._source.name)
            head, chunks = _peeked(chunks, _HEAD)
        if any(b"\r" in chunk for chunk in head) and not any(b"\n" in chunk for chunk in head):
            self.remarks.append(LONE_RETURNS)
            chunks = (chunk.replace(b"\r", b"\n") for chunk in chunks)
        raw = lines(without_bom(chunks), keep_ends=self._keep_ends)
        yield from _decoded(raw) if encoding is None else _checked(raw, encoding)


def _decoded(raw: Iterator[bytes]) -> Iterator[tuple[str, str | None]]:
    """Read lines as UTF-8, and those that are not as what the first of them together look like."""
    for line in raw:
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            break
        yield text, None
    else:
        return
    ahead, rest = _peeked(chain([line], raw), SAMPLE)
    charset = detect(piece for piece in ahead if decode(piece)[1] is not None)
    for line in rest:
        yield decode(line, charset)


def _checked(raw: Iterable[bytes], encoding: str) -> Iterator[tuple[str, str | None]]:
    note = replaced(encoding)
    for line in raw:
        text = line.decode("utf-8")
        yield text, note if "\ufffd" in text else None


def _peeked(pieces: Iterable[bytes], size: int) -> tuple[list[bytes], Iterator[bytes]]:
    """Give the first pieces, of `size` bytes or somewhat more, and all pieces."""
    pieces = iter(pieces)
    found: list[bytes] = []
    failure: BrokenGzipError | None = None
    try:
        for piece in pieces:
            found.append(piece)
            size -= len(piece)
            if size <= 0:
                break
    except BrokenGzipError as error:
        failure = error

    def everything() -> Iterator[bytes]:
        yield from found
        if failure is not None:
            raise failure
        yield from pieces

    return found, everything()


def without_bom(chunks: Iterator[bytes]) -> Iterator[bytes]:
    r"""Drop a UTF-8 byte-order mark; turn UTF-16 and UTF-32 with a byte-order mark into UTF-8.

    Parameters
    ----------
    chunks : iterator of bytes
        The content in pieces.

    Yields
    ------
    bytes
        The content in pieces, without a mark.

    Examples
    --------
    >>> b"".join(without_bom(iter(["día".encode("utf-16")]))).decode()
    'día'
    """
    head, chunks = _peeked(chunks, len(codecs.BOM_UTF32_LE))
    start = b"".join(head)
    encoding = marked_encoding(start)
    if encoding is not None:
        yield from transcoded(chunks, encoding, name="the text")
        return
    if not start.startswith(codecs.BOM_UTF8):
        yield from chunks
        return
    for _ in head:
        next(chunks)
    yield start.removeprefix(codecs.BOM_UTF8)
    yield from chunks


def lines(chunks: Iterable[bytes], *, keep_ends: bool = False) -> Iterator[bytes]:
    r"""Split a stream into lines, ended by LF or CRLF; the last one may lack its end.

    Parameters
    ----------
    chunks : iterable of bytes
        The content in pieces; a line may run over many of them.
    keep_ends : bool, default False
        Whether a line keeps its end.

    Yields
    ------
    bytes
        Each line.

    Examples
    --------
    >>> list(lines([b"a\r\n\nb", b"c"]))
    [b'a', b'', b'bc']
    """
    end, unwanted = (b"\n", b"") if keep_ends else (b"", b"\r")
    pending: list[bytes] = []
    for chunk in chunks:
        first, *rest = chunk.split(b"\n")
        pending.append(first)
        if rest:
            yield b"".join(pending).removesuffix(unwanted) + end
            for line in rest[:-1]:
                yield line.removesuffix(unwanted) + end
            pending = [rest[-1]]
    last = b"".join(pending)
    if last:
        yield last.removesuffix(unwanted)
