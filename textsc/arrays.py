"""Arrays of any library: the only module that knows CuPy.

The mathematics is written to the Python array API standard and reads its namespace from the arrays that it gets, so
the same code runs on NumPy and on a GPU. What the standard lacks (in-place results, devices) is here.
"""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any, TypeAlias

import array_api_compat.numpy
import numpy as np
import scipy.sparse as sp
from array_api_compat import array_namespace, is_cupy_namespace, is_numpy_namespace
from array_api_compat import device as device_of

__all__ = [
    "DEVICES",
    "LANES",
    "Array",
    "CudaDevice",
    "Device",
    "DeviceError",
    "Namespace",
    "device_of",
    "exp_into",
    "in_place",
    "matmul_into",
    "namespace",
    "on_host",
    "open_device",
    "overflow_to_inf",
    "to_device",
    "to_host",
    "whole_lanes",
]

Array: TypeAlias = Any
Namespace: TypeAlias = Any

# Documents of one product. Wider tiles use the cores better (K = 100: 65, 57, 53 microseconds a document and pass at
# 64, 128, 256), narrower ones waste less on the lanes that the last documents of a block leave empty.
LANES = 128


class DeviceError(RuntimeError):
    """The device that was asked for is not there."""


def namespace(*arrays: Array) -> Namespace:
    """Return the array library that all arrays belong to.

    Raises
    ------
    TypeError
        If the arrays belong to different libraries.

    Examples
    --------
    >>> import numpy as np
    >>> namespace(np.ones(2), np.zeros(3)).sum(np.ones(2)).item()
    2.0
    """
    # The general look-up takes 15 microseconds, as long as a small product; nearly all arrays are NumPy's.
    for array in arrays:
        if type(array) is not np.ndarray:
            return array_namespace(*arrays)
    return array_api_compat.numpy


def overflow_to_inf() -> AbstractContextManager[None]:
    """Let NumPy give inf and nan without a warning, where the caller looks for them.

    Examples
    --------
    >>> import numpy as np
    >>> with overflow_to_inf():
    ...     float(np.exp(np.float32(100)))
    inf
    """
    return np.errstate(over="ignore", invalid="ignore", under="ignore")


def on_host(xp: Namespace) -> bool:
    """Say whether arrays lie in the memory of this program, so that looking at one costs nothing.

    Elsewhere a number that decides what is done next has to wait for all that was asked of the device before, and no
    more than one is asked for in an iteration; what NumPy finds cheaply in pieces is then done whole.

    Examples
    --------
    >>> import numpy as np
    >>> on_host(namespace(np.ones(1)))
    True
    """
    return bool(is_numpy_namespace(xp))


def in_place(xp: Namespace) -> bool:
    """Say whether a library writes results into given arrays.

    Examples
    --------
    >>> import numpy as np
    >>> in_place(namespace(np.ones(1)))
    True
    """
    return bool(is_numpy_namespace(xp) or is_cupy_namespace(xp))


def exp_into(values: Array) -> Array:
    """Return exp(values), written over ``values`` where the library can.

    Examples
    --------
    >>> import numpy as np
    >>> z = np.zeros(2)
    >>> exp_into(z) is z
    True
    """
    xp = namespace(values)
    return xp.exp(values, out=values) if in_place(xp) else xp.exp(values)


def matmul_into(left: Array, right: Array, out: Array) -> Array:
    """Return left @ right, written into ``out`` where the library can.

    Examples
    --------
    >>> import numpy as np
    >>> out = np.empty((2, 1))
    >>> matmul_into(np.eye(2), np.ones((2, 1)), out) is out
    True
    """
    xp = namespace(left, right)
    return xp.matmul(left, right, out=out) if in_place(xp) else xp.matmul(left, right)


def whole_lanes(index: Array) -> Array:
    """Lengthen a list of columns to a multiple of `LANES` by repeating its last entry.

    A library of matrix products picks its kernel, and so the order of its sums, by the shape of the factors. Products
    are therefore made `LANES` columns at a time: the bytes of a document's code do not depend on the batch it is in.

    Parameters
    ----------
    index : int array of shape (n,), not empty

    Examples
    --------
    >>> import numpy as np
    >>> padded = whole_lanes(np.arange(3))
    >>> padded[:5].tolist(), len(padded) == LANES
    ([0, 1, 2, 2, 2], True)
    """
    xp = namespace(index)
    missing = -index.shape[0] % LANES
    return xp.concat((index, xp.repeat(index[-1:], missing))) if missing else index


class Device:
    """The memory that arrays are in: here this program's own, with NumPy and SciPy.

    Examples
    --------
    >>> import numpy as np
    >>> Device().put(np.ones(2)).tolist()
    [1.0, 1.0]
    """

    total_bytes: int | None = None  # that all arrays share; None: nobody needs to reckon with it
    out_of_memory: tuple[type[BaseException], ...] = ()

    def put(self, values: Any) -> Any:
        """Return a NumPy array or a SciPy sparse matrix on the device; sparse stays sparse."""
        return values

    def queue(self) -> AbstractContextManager[Any]:
        """Return a context in which this thread's work waits for no other thread's, and transfers run beside it."""
        return nullcontext()

    def give_back(self) -> None:
        """Give back the memory that is held and not used."""


class CudaDevice(Device):
    """The current GPU, through CuPy.

    Counts and codes travel through pinned memory (CuPy's own) while another thread's kernels run: each thread has a
    stream. All streams wait for what is asked for outside of them, such as the basis.

    Raises
    ------
    DeviceError
        If CuPy, its driver or a GPU is missing.
    """

    def __init__(self) -> None:
        try:
            import cupy
            import cupyx.scipy.sparse
        except Exception as error:  # a broken installation fails in many ways
            raise _missing("CuPy", error) from error
        try:
            cupy.cuda.runtime.getDeviceCount()
            self.total_bytes = int(cupy.cuda.Device().mem_info[1])
        except Exception as error:  # the runtime, the driver
            raise _missing("a CUDA driver and a GPU", error) from error
        self.out_of_memory = (cupy.cuda.memory.OutOfMemoryError,)
        self._cupy, self._csr, self._threads = cupy, cupyx.scipy.sparse.csr_matrix, threading.local()

    def put(self, values: Any) -> Any:
        """Return a NumPy array or a SciPy sparse matrix on the device; the copy runs while the program goes on."""
        if not sp.issparse(values):
            return self._cupy.asarray(values)
        rows = sp.csr_matrix(values)
        if not rows.has_canonical_format:
            rows = rows.copy()  # the caller's arrays are his
            rows.sum_duplicates()
        found = self._csr(rows)
        found.has_canonical_format = True  # or the device would be asked
        return found

    def queue(self) -> AbstractContextManager[Any]:
        """Return this thread's stream."""
        if not hasattr(self._threads, "stream"):
            self._threads.stream = self._cupy.cuda.Stream()
        stream: AbstractContextManager[Any] = self._threads.stream
        return stream

    def give_back(self) -> None:
        """Empty the pool of memory."""
        self._cupy.get_default_memory_pool().free_all_blocks()


def _missing(what: str, error: Exception) -> DeviceError:
    return DeviceError(
        f"device 'cuda' needs CuPy, a CUDA driver and a GPU, but {what} cannot be used: "
        f"{str(error).rstrip('.') or type(error).__name__}. "
        "Install CuPy with: pip install 'textsc[cuda12]' (or cuda13), or use device 'cpu'."
    )


#: What makes a device ready, by its name.
DEVICES: dict[str, Callable[[], Device]] = {"cpu": cache(Device), "cuda": cache(CudaDevice)}


def open_device(name: str) -> Device:
    """Return a device by its name, ``"cpu"`` or ``"cuda"``.

    Raises
    ------
    DeviceError
        If it is not there.

    Examples
    --------
    >>> open_device("cpu").total_bytes is None
    True
    """
    return DEVICES[name]()


def to_device(values: Any, device: str) -> Any:
    """Copy a host array or a SciPy sparse matrix to a device: ``"cpu"`` (as it is) or ``"cuda"``.

    Raises
    ------
    DeviceError
        If CuPy, its driver or a GPU is missing.

    Examples
    --------
    >>> import numpy as np
    >>> to_device(np.ones(2), "cpu").tolist()
    [1.0, 1.0]
    """
    return open_device(device).put(values)


def to_host(values: Array) -> np.ndarray:
    """Copy an array of any library to the host.

    Examples
    --------
    >>> import numpy as np
    >>> to_host(np.ones(2)).tolist()
    [1.0, 1.0]
    """
    if type(values) is np.ndarray:
        return values
    xp = namespace(values)
    if is_cupy_namespace(xp):
        fetched: np.ndarray = values.get()
        return fetched
    return np.asarray(values.to_device(xp.__array_namespace_info__().default_device()))
