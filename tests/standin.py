"""A device without a GPU: arrays of array-api-strict beside its CPU, where a transfer that is not asked for raises.

What the program learns from the device is counted: every number that is read, every search whose answer has a size
that only the device knows, every array that is fetched or sent.
"""

from collections import Counter
from contextlib import contextmanager

import array_api_strict as xp
import numpy as np
import scipy.sparse as sp

from textsc.arrays import Device

PLACE = xp.Device("device1")
READS = ("__bool__", "__int__", "__float__", "__index__", "__complex__")
SEARCHES = ("nonzero", "unique_all", "unique_counts", "unique_inverse", "unique_values")


class NoRoomError(MemoryError):
    """As CuPy raises it."""


class StandInRows:
    """Sparse rows on the device: what the program uses of CuPy's."""

    def __init__(self, rows):
        self._rows = rows
        self.shape = rows.shape

    @property
    def T(self):  # noqa: N802
        return StandInRows(self._rows.T)

    def tocsr(self):
        return StandInRows(sp.csr_array(self._rows))

    def toarray(self):
        return xp.asarray(self._rows.toarray(), device=PLACE)

    def __getitem__(self, key):
        rows, *rest = key if isinstance(key, tuple) else (key,)
        assert rest in ([], [slice(None)])
        if not isinstance(rows, slice):
            assert rows.device == PLACE
            rows = rows._array
        return StandInRows(self._rows[rows])

    def __matmul__(self, dense):
        assert dense.device == PLACE
        return xp.asarray(self._rows @ dense._array, device=PLACE)


class StandIn(Device):
    """The device, with as much memory as it is given.

    Parameters
    ----------
    most_rows : int, optional
        Where more sparse rows are put there at once, there is no room.
    """

    total_bytes = 1 << 34
    out_of_memory = (NoRoomError,)

    def __init__(self, most_rows=None):
        self.most_rows = most_rows
        self.moved = Counter()

    def put(self, values):
        self.moved["put"] += 1
        if not sp.issparse(values):
            return xp.asarray(values, device=PLACE)
        if self.most_rows is not None and values.shape[0] > self.most_rows:
            self.moved["refused"] += 1
            raise NoRoomError("no room")
        return StandInRows(sp.csr_array(values))

    def give_back(self):
        self.moved["given back"] += 1


@contextmanager
def recording(monkeypatch):
    """Count what is read from arrays while the context lasts."""
    seen = Counter()
    kind = type(xp.zeros(1))

    def counted(name, function):
        def call(*values, **options):
            seen[name] += 1
            return function(*values, **options)

        return call

    def indexed(self, key, /):
        keys = key if isinstance(key, tuple) else (key,)
        seen["mask"] += any(isinstance(one, kind) and one.dtype == xp.bool for one in keys)
        return plain(self, key)

    plain = kind.__getitem__
    with monkeypatch.context() as patch:
        for name in READS:
            patch.setattr(kind, name, counted(name, getattr(kind, name)))
        for name in SEARCHES:
            patch.setattr(xp, name, counted(name, getattr(xp, name)))
        patch.setattr(kind, "to_device", counted("fetched", kind.to_device))
        patch.setattr(kind, "__getitem__", indexed)
        yield seen


def fetched(array):
    """Return an array of the device on the host, past the counter."""
    return array if isinstance(array, np.ndarray) else np.asarray(array._array)
