"""Work on the columns of arrays of any library: what the array API standard does only slowly, or with room to spare.

Columns are documents. Each is computed alike wherever it stands among the others.
"""

import numpy as np

from textsc.arrays import LANES, Array, Namespace, device_of, in_place, namespace, on_host

__all__ = [
    "column_dots",
    "combine_rows",
    "empty",
    "keep_columns",
    "places",
    "product_width",
    "replace_columns",
    "safe_ratio",
    "stacked_dots",
]


# Numbers that a product over the features may give at once on a device: 256 MiB of float32. A call takes some ten
# microseconds to start, as long as an H100 takes for a hundred documents and 10,000 words.
DEVICE_NUMBERS = 1 << 26


def column_dots(left: Array, right: Array) -> Array:
    """Return Σ_k left_kn right_kn for each column n, summed in the order of k.

    Examples
    --------
    >>> import numpy as np
    >>> column_dots(np.ones((3, 2)), np.arange(6.0).reshape(3, 2)).tolist()
    [6.0, 9.0]
    """
    if isinstance(left, np.ndarray):  # NumPy's einsum multiplies and adds in one go and needs no room between
        return np.einsum("kn,kn->n", left, right)
    return namespace(left, right).sum(left * right, axis=0)


def empty(shape: tuple[int, ...], *, like: Array) -> Array:
    """Return room of the library, the type and the device of an array.

    Examples
    --------
    >>> empty((2, 3), like=np.ones(1, dtype=np.float32)).dtype
    dtype('float32')
    """
    if type(like) is np.ndarray:
        return np.empty(shape, dtype=like.dtype)
    return namespace(like).empty(shape, dtype=like.dtype, device=device_of(like))


def safe_ratio(numerators: Array, denominators: Array) -> Array:
    """Divide where the denominator is positive; zero elsewhere.

    Examples
    --------
    >>> import numpy as np
    >>> safe_ratio(np.ones(4), np.array([2.0, 0.0, -1.0, np.nan])).tolist()
    [0.5, 0.0, 0.0, 0.0]
    """
    xp = namespace(numerators, denominators)
    sound = denominators > 0
    ratios = numerators / xp.where(sound, denominators, xp.ones_like(denominators))
    return xp.where(sound, ratios, xp.zeros_like(ratios))


def stacked_dots(stack: Array, values: Array) -> Array:
    """Return Σ_k stack_jkn values_kn, of shape (n_stacked, n_columns).

    Examples
    --------
    >>> import numpy as np
    >>> stacked_dots(np.ones((2, 3, 1)), np.arange(3.0)[:, None]).tolist()
    [[3.0], [3.0]]
    """
    if isinstance(stack, np.ndarray):
        return np.einsum("jkn,kn->jn", stack, values)
    return namespace(stack, values).sum(stack * values, axis=1)


def combine_rows(stack: Array, weights: Array) -> Array:
    """Return Σ_j stack_jkn weights_jn, of shape (n_rows, n_columns).

    Examples
    --------
    >>> import numpy as np
    >>> combine_rows(np.ones((2, 3, 1)), np.array([[1.0], [2.0]])).tolist()
    [[3.0], [3.0], [3.0]]
    """
    if isinstance(stack, np.ndarray):
        return np.einsum("jkn,jn->kn", stack, weights)
    return namespace(stack, weights).sum(stack * weights[:, None, :], axis=0)


def keep_columns(new: Array, old: Array, kept: Array) -> Array:
    """Return ``new`` with the columns that are ``kept`` as in ``old``, written over ``new`` on the host.

    Parameters
    ----------
    new, old : array of shape (..., n_columns)
    kept : bool array of shape (n_columns,)

    Examples
    --------
    >>> import numpy as np
    >>> keep_columns(np.ones((2, 2)), np.zeros((2, 2)), np.array([True, False])).tolist()
    [[0.0, 1.0], [0.0, 1.0]]
    """
    xp = namespace(new, old)
    if not on_host(xp):
        return xp.where(kept, old, new)
    if kept.any():  # where() takes as long as ten products; few columns are kept as a rule
        new[..., kept] = old[..., kept]
    return new


def places(mask: Array, n: int) -> Array:
    """Return where a mask is true, n times in all, in rising order; n is known, so no device is asked for it.

    Parameters
    ----------
    mask : bool array of shape (n_columns,)
    n : int

    Examples
    --------
    >>> places(np.array([False, True, True]), 2).tolist()
    [1, 2]
    """
    xp = namespace(mask)
    if on_host(xp):
        found: Array = np.nonzero(mask)[0]
        return found
    return xp.argsort(xp.astype(~mask, xp.int8), stable=True)[:n]


def product_width(xp: Namespace, n_features: int) -> int:
    """Return how many documents' activations are made at once: `LANES`, or on a device as many as fill it.

    Examples
    --------
    >>> product_width(namespace(np.ones(1)), 10_000)
    128
    """
    if on_host(xp):
        return LANES
    return max(1, DEVICE_NUMBERS // max(1, n_features) // LANES) * LANES


def replace_columns(old: Array, index: Array, values: Array) -> Array:
    """Return a copy of ``old`` with some columns replaced.

    Parameters
    ----------
    old : array of shape (..., n_columns)
    index : int array of shape (n,)
        Each column once.
    values : array of shape (..., m), m >= n
        What is beyond n is left out.

    Examples
    --------
    >>> import numpy as np
    >>> replace_columns(np.zeros((1, 3)), np.array([2, 0]), np.array([[1.0, 2.0, 9.0]])).tolist()
    [[2.0, 0.0, 1.0]]
    """
    xp = namespace(old, index, values)
    if in_place(xp):
        new = old.copy()
        new[..., index] = values[..., : index.shape[0]]
        return new
    hits = xp.arange(old.shape[-1], device=device_of(old))[:, None] == index
    found = xp.take(values, xp.argmax(xp.astype(hits, xp.int64), axis=1), axis=-1)
    return xp.where(xp.any(hits, axis=1), found, old)
