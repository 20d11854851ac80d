"""A stream as lines, one by one, and then as blocks of many whole lines."""

from __future__ import annotations

from collections.abc import Iterator

from textsc.corpus.files.decoding import BrokenGzipError, ByteFile, without_bom
from textsc.corpus.records import CorpusError

__all__ = ["LineBlocks"]

_BLOCK = 1 << 18  # bytes
_LONGEST = 1 << 20


class LineBlocks:
    r"""Short lines of a file.

    Parameters
    ----------
    source : ByteFile
        The bytes.

    Attributes
    ----------
    number : int
        How many lines were given.
    broken : str or None
        Why the stream could not be followed to its end.

    Examples
    --------
    >>> import io
    >>> from textsc.corpus.files.decoding import SpooledBytes
    >>> found = LineBlocks(SpooledBytes(io.BytesIO(b"a\r\nb\nc"), name="x"))
    >>> found.line(), list(found.blocks())
    (b'a', [b'b\nc\n'])
    """

    def __init__(self, source: ByteFile) -> None:
        self.number = 0
        self.broken: str | None = None
        self._name = source.name
        self._chunks = without_bom(source.chunks())
        self._rest = b""
        self._ended = False

    def line(self) -> bytes | None:
        """Give the next line without its end; None at the end of the file."""
        while b"\n" not in self._rest and self._read():
            pass
        if not self._rest:
            return None
        line, _, self._rest = self._rest.partition(b"\n")
        self.number += 1
        return line.removesuffix(b"\r")

    def blocks(self) -> Iterator[bytes]:
        r"""Give the lines that are left, many at a time, each ended by ``\n``."""
        while self._rest or not self._ended:
            while (len(self._rest) < _BLOCK or b"\n" not in self._rest) and self._read():
                pass
            end = self._rest.rfind(b"\n") + 1
            if self._ended:
                # What stands before a damage may be the half of a number.
                block = self._rest[:end] if self.broken else self._rest
                self._rest = b""
            else:
                block, self._rest = self._rest[:end], self._rest[end:]
            if block:
                block = block if block.endswith(b"\n") else block + b"\n"
                yield block.replace(b"\r\n", b"\n")
                self.number += block.count(b"\n")

    def _read(self) -> bool:
        """Take more of the stream; False at its end."""
        if self._ended:
            return False
        if len(self._rest) > _LONGEST and b"\n" not in self._rest:
            raise CorpusError(
                f"{self._name}, line {self.number + 1}: it has more than {_LONGEST:,} characters, so that it cannot be "
                "a line of this format. Check what the file is."
            )
        try:
            chunk = next(self._chunks, None)
        except BrokenGzipError as error:
            self.broken, chunk = str(error), None
        if chunk is None:
            self._ended = True
            return False
        self._rest += chunk
        return True
