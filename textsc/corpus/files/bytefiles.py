"""The bytes of files and streams: read as often as they are wanted, ungzipped, in constant memory."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from textsc.corpus.files.temporary import TemporaryBytes
from textsc.corpus.records import CorpusError

__all__ = ["BrokenGzipError", "ByteFile", "SpooledBytes", "gunzip"]

CHUNK = 1 << 16
_GZIP_MAGIC = b"\x1f\x8b"


class BrokenGzipError(Exception):
    """A gzip stream that cannot be followed any further; what came before it is good."""


class ByteFile:
    """The bytes of one file, ungzipped, as often as they are wanted.

    Parameters
    ----------
    path : pathlib.Path
        A regular file.
    name : str
        What messages call it.
    gzipped : bool
        Whether the bytes are a gzip stream.
    encoding : str, optional
        The encoding of their text, where it is known. By default readers find out.

    Raises
    ------
    CorpusError
        The file cannot be opened, is empty, or is not the gzip stream that it should be.
    """

    def __init__(self, path: Path, *, name: str, gzipped: bool, encoding: str | None = None) -> None:
        self.path = path
        self.name = name
        self.gzipped = gzipped
        self.encoding = encoding
        self._consumed = 0
        if not path.is_file():
            raise CorpusError(f"{name} is not a regular file. Give a file or a folder.")
        self._size = path.stat().st_size
        self._check_start()

    def _check_start(self) -> None:
        head = next(self._raw(), b"")
        self._consumed = 0
        if not head:
            raise CorpusError(f"{self.name} is empty. Give a file with at least one document.")
        if self.gzipped and not head.startswith(_GZIP_MAGIC):
            raise CorpusError(
                f"{self.name} is not a gzip file, whatever its name says. Take .gz off its name if it is plain text."
            )

    def _raw(self) -> Iterator[bytes]:
        self._consumed = 0
        try:
            with open(self.path, "rb", buffering=0) as file:
                while chunk := file.read(CHUNK):
                    self._consumed += len(chunk)
                    yield chunk
        except OSError as error:
            raise CorpusError(f"{self.name} cannot be read: {error.strerror}.") from error

    def chunks(self) -> Iterator[bytes]:
        """Pieces of the content, in order, from its start.

        Raises
        ------
        BrokenGzipError
            After the last good piece of a damaged gzip stream.
        """
        return gunzip(self._raw()) if self.gzipped else self._raw()

    @property
    def fraction(self) -> float | None:
        """Share of the bytes on disk that the running pass has taken, in [0, 1]."""
        return min(1.0, self._consumed / self._size) if self._size else None


class SpooledBytes(ByteFile):
    """A stream, copied to an anonymous temporary file so that it can be read twice.

    Parameters
    ----------
    stream : binary file
        Read to its end at once.
    name : str
        What messages call it.
    gzipped : bool, default False
        Whether the bytes are a gzip stream.
    encoding : str, optional
        As for `ByteFile`.

    Raises
    ------
    CorpusError
        The stream cannot be read, is empty, is not the gzip stream that it should be, or there is
        no room for the temporary file.
    """

    def __init__(self, stream: BinaryIO, *, name: str, gzipped: bool = False, encoding: str | None = None) -> None:
        self.name = name
        self.gzipped = gzipped
        self.encoding = encoding
        self._kept = TemporaryBytes()
        try:
            while chunk := stream.read(CHUNK):
                self._kept.append(chunk)
        except OSError as error:
            raise CorpusError(f"{name} cannot be read: {error.strerror or error}.") from error
        self._size = self._kept.size
        self._check_start()

    def _raw(self) -> Iterator[bytes]:
        self._consumed = position = 0
        # The place is kept here, not in the file: two passes may run at once.
        while chunk := self._kept.read(position, size=CHUNK):
            position += len(chunk)
            self._consumed = position
            yield chunk


def gunzip(chunks: Iterable[bytes]) -> Iterator[bytes]:
    r"""Ungzip a stream of one or more members, keeping all that comes before a damage.

    Parameters
    ----------
    chunks : iterable of bytes
        The compressed stream in pieces of any size.

    Yields
    ------
    bytes
        The content, in pieces.

    Raises
    ------
    BrokenGzipError
        The stream ends early or is damaged; raised after the last good piece.

    Examples
    --------
    >>> import gzip
    >>> b"".join(gunzip([gzip.compress(b"one\n"), gzip.compress(b"two\n")]))
    b'one\ntwo\n'
    """
    engine = zlib.decompressobj(wbits=31)
    for chunk in chunks:
        while chunk:
            if engine.eof:
                chunk = chunk.lstrip(b"\0")
                if not chunk:
                    break
                engine = zlib.decompressobj(wbits=31)
            before = engine.copy()
            try:
                piece = engine.decompress(chunk)
            except zlib.error as error:
                yield _salvage(before, chunk)
                reason = str(error).removeprefix("Error -3 while decompressing data: ")
                raise BrokenGzipError(reason) from error
            if piece:
                yield piece
            chunk = engine.unused_data
    if not engine.eof:
        raise BrokenGzipError("the file ends too early")


def _salvage(engine: zlib._Decompress, chunk: bytes) -> bytes:
    """Give what a damaged chunk holds before its damage, byte by byte."""
    good = bytearray()
    for i in range(len(chunk)):
        try:
            good += engine.decompress(chunk[i : i + 1])
        except zlib.error:
            break
    return bytes(good)
