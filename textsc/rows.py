"""Rows of counts or numbers, sparse or dense, of any library: products with them, and some of them.

Sparse rows are SciPy's beside arrays of NumPy, and on a device what `textsc.arrays.to_device` makes of them there.
"""

from typing import Any

import numpy as np
import scipy.sparse as sp

from textsc.arrays import LANES, Array, namespace, on_host, whole_lanes

__all__ = ["dense_rows", "sparse_matmul", "take_rows"]


def sparse_matmul(counts: Any, dense: Array) -> Array:
    """Return counts @ dense for a sparse or dense left factor, in the library of ``dense``.

    Parameters
    ----------
    counts : sparse matrix or array of shape (n, m)
        Where ``dense`` is.
    dense : array of shape (m, k)

    Examples
    --------
    >>> sparse_matmul(sp.csr_array(np.eye(2)), np.ones((2, 1))).tolist()
    [[1.0], [1.0]]
    """
    xp = namespace(dense)
    if not _is_array(counts):
        # A transposed factor would be added up by atomic operations, in no fixed order; as rows it is not.
        return (counts if on_host(xp) else counts.tocsr()) @ dense
    n_rows = counts.shape[0]
    if n_rows == 0 or not on_host(xp):
        return counts @ dense
    rows = whole_lanes(xp.arange(n_rows))
    counts = xp.take(counts, rows, axis=0)
    blocks = [counts[start : start + LANES, :] @ dense for start in range(0, rows.shape[0], LANES)]
    return xp.concat(blocks, axis=0)[:n_rows, :]


def dense_rows(rows: Any, part: slice, *, like: Array) -> Array:
    """Return some rows of a sparse or dense matrix as a dense array of the type of ``like``, where they are.

    Parameters
    ----------
    rows : sparse matrix or array of shape (n, m)
    part : slice
    like : array

    Examples
    --------
    >>> dense_rows(sp.csr_array(np.eye(2)), slice(0, 1), like=np.ones(1)).tolist()
    [[1.0, 0.0]]
    """
    chosen = rows[part, :]
    return namespace(like).astype(chosen if _is_array(chosen) else chosen.toarray(), like.dtype)


def take_rows(rows: Any, index: Array) -> Any:
    """Return chosen rows of a sparse or dense matrix.

    Examples
    --------
    >>> take_rows(np.eye(2), np.array([1])).tolist()
    [[0.0, 1.0]]
    """
    return namespace(rows).take(rows, index, axis=0) if _is_array(rows) else rows[index]


def _is_array(rows: Any) -> bool:
    return isinstance(rows, np.ndarray) or not (sp.issparse(rows) or hasattr(rows, "tocsr"))
