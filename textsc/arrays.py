"""Arrays of any library: the only module that knows CuPy.

The mathematics is written to the Python array API standard and reads its namespace from the arrays that it gets, so
the same code runs on NumPy and on a GPU. What the standard lacks (in-place results, sparse products, devices) is here.
"""

from contextlib import AbstractContextManager
from typing import Any, TypeAlias

import array_api_compat.numpy
import numpy as np
import scipy.sparse as sp
from array_api_compat import array_namespace, is_cupy_namespace, is_numpy_namespace

__all__ = [
    "LANES",
    "Array",
    "DeviceError",
    "Namespace",
    "dense_rows",
    "exp_into",
    "in_place",
    "matmul_into",
    "namespace",
    "overflow_to_inf",
    "sparse_matmul",
    "take_rows",
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


def sparse_matmul(counts: Any, dense: Array) -> Array:
    """Return counts @ dense for a sparse (host) or dense left factor, in the library of ``dense``.

    Parameters
    ----------
    counts : SciPy sparse array, or array, of shape (n, m)
    dense : array of shape (m, k)

    Examples
    --------
    >>> import numpy as np, scipy.sparse as sp
    >>> sparse_matmul(sp.csr_array(np.eye(2)), np.ones((2, 1))).tolist()
    [[1.0], [1.0]]
    """
    xp = namespace(dense)
    if sp.issparse(counts):
        if is_cupy_namespace(xp):
            from cupyx.scipy.sparse import csr_matrix

            counts = csr_matrix(counts)
        return counts @ dense
    n_rows = counts.shape[0]
    if n_rows == 0:
        return counts @ dense
    rows = whole_lanes(xp.arange(n_rows))
    counts = xp.take(counts, rows, axis=0)
    blocks = [counts[start : start + LANES, :] @ dense for start in range(0, rows.shape[0], LANES)]
    return xp.concat(blocks, axis=0)[:n_rows, :]


def dense_rows(rows: Any, part: slice, *, like: Array) -> Array:
    """Return some rows of a sparse (host) or dense matrix as a dense array of the library and type of ``like``.

    Parameters
    ----------
    rows : SciPy sparse array, or array, of shape (n, m)
    part : slice
    like : array

    Examples
    --------
    >>> import numpy as np
    >>> dense_rows(sp.csr_array(np.eye(2)), slice(0, 1), like=np.ones(1)).tolist()
    [[1.0, 0.0]]
    """
    xp = namespace(like)
    chosen = rows[part, :]
    if sp.issparse(chosen):
        chosen = xp.asarray(chosen.toarray())
    return xp.astype(chosen, like.dtype)


def take_rows(rows: Any, index: Array) -> Any:
    """Return chosen rows of a sparse (host) or dense matrix.

    Examples
    --------
    >>> import numpy as np
    >>> take_rows(np.eye(2), np.array([1])).tolist()
    [[0.0, 1.0]]
    """
    if sp.issparse(rows):
        return rows[to_host(index)]
    return namespace(rows).take(rows, index, axis=0)


def to_device(values: np.ndarray, device: str) -> Array:
    """Copy a host array to a device: ``"cpu"`` (as it is) or ``"cuda"``.

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
    if device == "cpu":
        return values
    return _cupy().asarray(values)


def to_host(values: Array) -> np.ndarray:
    """Copy an array of any library to the host.

    Examples
    --------
    >>> import numpy as np
    >>> to_host(np.ones(2)).tolist()
    [1.0, 1.0]
    """
    xp = namespace(values)
    return values.get() if is_cupy_namespace(xp) else np.asarray(values)


def _cupy() -> Any:
    try:
        import cupy

        cupy.cuda.runtime.getDeviceCount()
    except Exception as error:  # CuPy fails in many ways where a driver or a library is missing
        raise DeviceError(
            f"device 'cuda' needs CuPy, a CUDA driver and a GPU, but: {error or type(error).__name__}. "
            "Install CuPy with: pip install 'textsc[cuda12]' (or cuda13), or use device 'cpu'."
        ) from error
    return cupy
