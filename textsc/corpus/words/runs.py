"""Counts by key, gathered on disk in sorted runs and added up in ranges of keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from textsc.corpus.files.temporary import TemporaryBytes

__all__ = ["SortedRuns", "summed"]

_STEP = 1 << 10  # one key of so many is remembered, to find the others
_AT_ONCE = 1 << 20  # keys in memory while runs are added up

_Longs = NDArray[np.int64]


def summed(keys: _Longs, rows: NDArray[np.int32]) -> tuple[_Longs, _Longs, _Longs]:
    """Count keys.

    Parameters
    ----------
    keys : ndarray of shape (n,), int64
        What is counted.
    rows : ndarray of shape (n,), int32
        The document of each, ascending.

    Returns
    -------
    tuple of ndarray, int64
        The different keys in ascending order, in how many documents each is, and how often.

    Examples
    --------
    >>> keys, documents, times = summed(np.array([7, 3, 7, 7]), np.array([0, 0, 0, 2], dtype=np.int32))
    >>> keys.tolist(), documents.tolist(), times.tolist()
    ([3, 7], [1, 2], [1, 3])
    """
    order = np.argsort(keys, kind="stable")
    keys, rows = keys[order], rows[order]
    is_new = np.concatenate([[True], keys[1:] != keys[:-1]])[: keys.size]
    is_new_row = is_new.copy()
    is_new_row[1:] |= rows[1:] != rows[:-1]
    firsts = np.flatnonzero(is_new)
    times = np.diff(firsts, append=keys.size)
    return keys[firsts], _added(is_new_row, firsts), times.astype(np.int64)


def _added(values: NDArray[Any], firsts: NDArray[np.intp]) -> _Longs:
    if not firsts.size:
        return np.zeros(0, dtype=np.int64)
    return np.add.reduceat(values, firsts, dtype=np.int64)


class SortedRuns:
    """Counts of keys from many blocks; use it as a context manager.

    Examples
    --------
    >>> with SortedRuns() as runs:
    ...     runs.add(np.array([3, 7]), np.array([1, 2]), np.array([1, 3]))
    ...     runs.add(np.array([7]), np.array([1]), np.array([5]))
    ...     [[part.tolist() for part in parts] for parts in runs.merged(2)]
    [[[7], [3], [8]]]
    """

    def __init__(self) -> None:
        self._kept = TemporaryBytes()
        self._runs: list[tuple[int, int, _Longs]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._kept.close()

    def add(self, keys: _Longs, documents: _Longs, times: _Longs) -> None:
        """Keep the counts of a block.

        Parameters
        ----------
        keys, documents, times : ndarray of shape (n,), int64
            As from `summed`.

        Raises
        ------
        CorpusError
            There is no room for the temporary file.
        """
        if keys.size:
            self._runs.append((self._kept.size, keys.size, keys[::_STEP].copy()))
            self._kept.append(np.stack([keys, documents, times]).tobytes())

    def merged(self, least: float) -> Iterator[tuple[_Longs, _Longs, _Longs]]:
        """Add the counts up.

        Parameters
        ----------
        least : float
            Keys that are in fewer documents are left out.

        Yields
        ------
        tuple of ndarray, int64
            Keys, in ascending order, with their documents and times; some of them, and then others.
        """
        if not self._runs:
            return
        samples = np.sort(np.concatenate([sample for _, _, sample in self._runs]))
        cuts = np.unique(samples[_AT_ONCE // _STEP :: _AT_ONCE // _STEP])
        top = np.iinfo(np.int64).max
        for low, high in zip([0, *cuts.tolist()], [*cuts.tolist(), top], strict=True):
            keys, documents, times = np.concatenate([self._part(run, low, high) for run in self._runs], axis=1)
            order = np.argsort(keys, kind="stable")
            keys = keys[order]
            firsts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]])[: keys.size])
            in_documents = _added(documents[order], firsts)
            enough = in_documents >= least
            yield keys[firsts][enough], in_documents[enough], _added(times[order], firsts)[enough]

    def _part(self, run: tuple[int, int, _Longs], low: int, high: int) -> NDArray[np.int64]:
        """Read the rows of a run whose keys are from `low` to below `high`."""
        position, size, sample = run
        start = max(0, int(np.searchsorted(sample, low, side="right")) - 1) * _STEP
        stop = min(size, int(np.searchsorted(sample, high)) * _STEP)
        lines = [self._kept.read(position + 8 * (i * size + start), size=8 * (stop - start)) for i in range(3)]
        rows = np.array([np.frombuffer(line, dtype=np.int64) for line in lines])
        return rows[:, (rows[0] >= low) & (rows[0] < high)]
