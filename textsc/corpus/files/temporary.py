"""Bytes that are kept in an anonymous temporary file, and what to say where there is no room."""

from __future__ import annotations

import contextlib
import tempfile
import weakref
from collections.abc import Iterator

from textsc.corpus.records import CorpusError

__all__ = ["TemporaryBytes"]


class TemporaryBytes:
    """Bytes in an anonymous temporary file, which is gone with the object.

    Raises
    ------
    CorpusError
        There is no folder for temporary files, or no room in it.

    Examples
    --------
    >>> kept = TemporaryBytes()
    >>> kept.append(b"one two")
    >>> kept.size, kept.read(4, size=10)
    (7, b'two')
    """

    def __init__(self) -> None:
        self.size = 0
        try:
            # Without a buffer a write that fails fails at once, and not again when the file is closed.
            self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115
        except OSError as error:
            reason = error.strerror or error
            raise CorpusError(
                f"No temporary file can be made: {reason}. Set TMPDIR to a folder that can be written to."
            ) from error
        self.close = weakref.finalize(self, self._file.close)

    def append(self, data: bytes) -> None:
        """Write bytes after all others.

        Parameters
        ----------
        data : bytes
            Written as a whole.

        Raises
        ------
        CorpusError
            There is no room.
        """
        rest = memoryview(data)
        with _named_folder():
            self._file.seek(self.size)
            while rest:
                # A disk that is nearly full takes a part, and refuses at the next write only.
                written = self._file.write(rest)
                self.size += written
                rest = rest[written:]

    def read(self, position: int, *, size: int) -> bytes:
        """Read bytes.

        Parameters
        ----------
        position : int
            The first of them.
        size : int
            How many; fewer where there are no more.

        Returns
        -------
        bytes
            As they were written.

        Raises
        ------
        CorpusError
            The file cannot be read.
        """
        parts = []
        with _named_folder():
            self._file.seek(position)
            while size > 0 and (part := self._file.read(size)):
                parts.append(part)
                size -= len(part)
        return b"".join(parts)


@contextlib.contextmanager
def _named_folder() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise CorpusError(
            f"The temporary file in {tempfile.gettempdir()} cannot be used: {reason}. "
            "Set TMPDIR to a folder with more room."
        ) from error
