"""NumPy archives of columns that do not fit in memory, the same bytes for the same values."""

from __future__ import annotations

import contextlib
import os
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

__all__ = ["Column", "ScratchError", "TextColumn", "write_npz"]

_BLOCK = 1 << 20


class ScratchError(Exception):
    """A temporary file cannot be kept, said in one sentence."""


class _ScratchFile:
    """An anonymous temporary file whose failures are sentences."""

    def __init__(self, folder: str | None) -> None:
        self._folder = folder
        with self._explained():
            self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by `close`

    def write(self, data: bytes) -> None:
        with self._explained():
            self._file.write(data)

    def read(self, size: int) -> bytes:
        with self._explained():
            return self._file.read(size)

    def rewind(self) -> None:
        with self._explained():
            self._file.seek(0)

    def close(self) -> None:
        # Bytes that could not be written are tried once more, and are not wanted any longer.
        with contextlib.suppress(OSError):
            self._file.close()

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            place, advice = self._folder, "choose another place for the output"
            if place is None:
                place, advice = tempfile.tempdir or os.environ.get("TMPDIR"), "name another folder with TMPDIR"
            raise ScratchError(
                f"cannot keep a temporary file in {place or 'any folder'}: {error.strerror or error} "
                f"(free some space there or {advice})"
            ) from error


class Column:
    """A growing array of numbers, kept in a temporary file.

    Parameters
    ----------
    dtype : dtype
        Type of the numbers.
    width : int, optional
        Numbers in a row; without it the array has one dimension.
    folder : str, optional
        Where the temporary file is kept, by default the system's folder.

    Raises
    ------
    ScratchError
        The temporary file cannot be opened, written or read.

    Examples
    --------
    >>> column = Column(np.int64)
    >>> column.append([1, 2]), column.append([3])
    (None, None)
    >>> column.descr, column.shape
    ('<i8', (3,))
    >>> column.close()
    """

    def __init__(self, dtype: npt.DTypeLike, *, width: int | None = None, folder: str | None = None) -> None:
        self._file = _ScratchFile(folder)
        self._dtype = np.dtype(dtype).newbyteorder("<")
        self._width = width
        self._n_rows = 0

    @property
    def descr(self) -> str:
        """Type of the array, as .npy files write it."""
        return self._dtype.str

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the array so far."""
        return (self._n_rows,) if self._width is None else (self._n_rows, self._width)

    def append(self, values: npt.ArrayLike) -> None:
        """Add rows."""
        block = np.ascontiguousarray(values, dtype=self._dtype)
        self._file.write(block.tobytes())
        self._n_rows += len(block)

    def chunks(self) -> Iterator[bytes]:
        """Give the bytes of the array from its beginning."""
        self._file.rewind()
        while chunk := self._file.read(_BLOCK):
            yield chunk

    def close(self) -> None:
        """Remove the temporary file."""
        self._file.close()


class TextColumn:
    """A growing array of text, kept in a temporary file.

    Its type, NumPy's text of fixed width, is known only when all of it is.

    Parameters
    ----------
    folder : str, optional
        Where the temporary file is kept, by default the system's folder.

    Raises
    ------
    ScratchError
        The temporary file cannot be opened, written or read.

    Examples
    --------
    >>> column = TextColumn()
    >>> column.append(["a", "bcd"])
    >>> column.descr, column.shape
    ('<U3', (2,))
    >>> column.close()
    """

    def __init__(self, folder: str | None = None) -> None:
        self._file = _ScratchFile(folder)
        self._n_rows = 0
        self._widest = 1

    @property
    def descr(self) -> str:
        """Type of the array so far, as .npy files write it."""
        return f"<U{self._widest}"

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the array so far."""
        return (self._n_rows,)

    def append(self, values: Sequence[str]) -> None:
        """Add rows."""
        for value in values:
            encoded = value.encode("utf-32-le")
            self._file.write(len(encoded).to_bytes(8, "little") + encoded)
            self._widest = max(self._widest, len(value))
        self._n_rows += len(values)

    def chunks(self) -> Iterator[bytes]:
        """Give the bytes of the array from its beginning."""
        self._file.rewind()
        while size := self._file.read(8):
            text = self._file.read(int.from_bytes(size, "little"))
            yield text.ljust(4 * self._widest, b"\0")

    def close(self) -> None:
        """Remove the temporary file."""
        self._file.close()


def write_npz(file: BinaryIO, columns: Mapping[str, Column | TextColumn]) -> None:
    """Write columns as an archive that ``numpy.load`` reads without pickle.

    Parameters
    ----------
    file : file object
        Open for writing bytes; it need not seek, and stays open.
    columns : mapping of str to Column
        The arrays by name.

    Examples
    --------
    >>> import io
    >>> column, file = Column(np.float32), io.BytesIO()
    >>> column.append([0.5])
    >>> write_npz(file, {"x": column})
    >>> np.load(io.BytesIO(file.getvalue()))["x"]
    array([0.5], dtype=float32)
    >>> column.close()
    """
    with zipfile.ZipFile(file, "w") as archive:
        for name, column in columns.items():
            # A ZipInfo of its own has a fixed date; text is mostly padding and packs well.
            entry = zipfile.ZipInfo(f"{name}.npy")
            entry.external_attr = 0o644 << 16
            if isinstance(column, TextColumn):
                entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as member:
                _write_header(member, column)
                for chunk in column.chunks():
                    member.write(chunk)


def _write_header(member: Any, column: Column | TextColumn) -> None:
    header = {"descr": column.descr, "fortran_order": False, "shape": column.shape}
    np.lib.format.write_array_header_1_0(member, header)
