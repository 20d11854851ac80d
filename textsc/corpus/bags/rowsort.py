"""Entries of a sparse matrix in the order of their rows, whatever their order in the file, on disk."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from textsc.corpus.files.temporary import TemporaryBytes

__all__ = ["Entries", "RowSorter"]

#: An array of shape (4, n_entries), int64: row, column, count and line of each entry.
Entries = NDArray[np.int64]

_PART = 1 << 19  # entries, and rows, that are put in order in memory at once
_MOST_PARTS = 1 << 12


class RowSorter:
    """Takes entries in any order, keeps them in a temporary file, and gives them by rows.

    Parameters
    ----------
    n_rows : int
        Rows of the matrix.
    n_entries : int
        About how many entries will come.

    Raises
    ------
    CorpusError
        There is no room for the temporary file.

    Examples
    --------
    >>> sorter = RowSorter(3, 2)
    >>> sorter.add(np.array([[2, 0], [5, 6], [1, 1], [10, 11]]))
    >>> [[row, *entries.tolist()] for row, entries in sorter.rows()]
    [[0, [6], [1], [11]], [1, [], [], []], [2, [5], [1], [10]]]
    """

    def __init__(self, n_rows: int, n_entries: int) -> None:
        self._n_rows = n_rows
        n_parts = min(max(n_rows, n_entries) // _PART + 1, _MOST_PARTS)
        self._width = max(1, -(-n_rows // n_parts))
        self._kept = TemporaryBytes()
        self._pieces: list[list[tuple[int, int]]] = [[] for _ in range(n_parts)]

    def add(self, entries: Entries) -> None:
        """Take entries.

        Parameters
        ----------
        entries : ndarray of shape (4, n_entries)
            Rows, columns, counts and lines. Numbers that fit no int32 are cut down to the largest.
        """
        part = entries[0] // self._width
        order = np.argsort(part, kind="stable")
        ends = np.flatnonzero(np.diff(part[order], append=-1)) + 1
        for piece in np.split(order, ends[:-1]) if order.size else []:
            data = np.ascontiguousarray(np.minimum(entries[:, piece], np.iinfo(np.int32).max), dtype=np.int32)
            self._pieces[int(part[piece[0]])].append((self._kept.size, piece.size))
            self._kept.append(data.tobytes())

    def rows(self) -> Iterator[tuple[int, NDArray[np.int32]]]:
        """Give every row, from the first, those without entries too.

        Yields
        ------
        tuple of int and ndarray of shape (3, n_entries_in_row), int32
            The row, and columns, counts and lines in the order in which they came.
        """
        for number, pieces in enumerate(self._pieces):
            start = number * self._width
            stop = min(start + self._width, self._n_rows)
            if start >= stop:
                return
            entries = self._read(pieces)
            entries = entries[:, np.argsort(entries[0], kind="stable")]
            ends = np.searchsorted(entries[0], np.arange(start, stop), side="right").tolist()
            first = 0
            for row, end in zip(range(start, stop), ends, strict=True):
                yield row, entries[1:, first:end]
                first = end

    def _read(self, pieces: list[tuple[int, int]]) -> NDArray[np.int32]:
        parts = [np.zeros((4, 0), dtype=np.int32)]
        for position, size in pieces:
            data = self._kept.read(position, size=16 * size)
            parts.append(np.frombuffer(data, dtype=np.int32).reshape(4, size))
        return np.concatenate(parts, axis=1)
