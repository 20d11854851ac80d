"""Sums of weighted rows in the registers of the processor: what the compiler of loops leaves in memory.

A product of a matrix with one vector is as fast as the matrix can be read, if the sums are held in registers while it
is. LLVM is told so here; it makes of the vectors what the processor has.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from textsc.arrays import Array

__all__ = ["WIDTH", "add_rows", "aligned_zeros"]

WIDTH = 16  # numbers of one vector
MOST = 4  # vectors held at a time
VECTOR = ir.VectorType(ir.FloatType(), WIDTH)
LANE_NUMBER = ir.IntType(32)
CONTRACT = ("contract",)  # multiply and add in one go


def _add_rows(
    typing: Any, out: Any, out_start: Any, weights: Any, weights_start: Any, rows: Any, first: Any, n_rows: Any, n: Any
) -> tuple[Any, Callable[..., Any]]:
    """Add Σ_j weights_j rows_j to n numbers, a multiple of `WIDTH`, in compiled code.

    Parameters
    ----------
    out, weights : float32 array of shape (any,)
    out_start, weights_start : int
        Where the numbers and the weights begin.
    rows : float32 array of shape (..., n)
        One piece of memory.
    first, n_rows, n : int

    Examples
    --------
    >>> import numpy as np
    >>> from numba import njit
    >>> rows, out = np.ones((2, 16), np.float32), np.zeros(16, np.float32)
    >>> njit(lambda out, rows: add_rows(out, 0, rows[1], 0, rows, 0, 2, 16))(out, rows)
    >>> out[:2].tolist()
    [2.0, 2.0]
    """
    index = types.intp
    return types.void(out, index, weights, index, rows, index, index, index), _generate


add_rows: Any = intrinsic(_add_rows)


def _generate(context: Any, builder: Any, signature: Any, arguments: tuple[Any, ...]) -> Any:
    out_start, weights_start, first, n_rows, n = (arguments[k] for k in (1, 3, 5, 6, 7))
    out, weights, rows = (context.make_array(signature.args[k])(context, builder, arguments[k]).data for k in (0, 2, 4))
    out, weights = _at(builder, out, out_start), _at(builder, weights, weights_start)
    rows = _at(builder, rows, builder.mul(first, n))
    step = ir.Constant(n.type, WIDTH * MOST)
    n_steps = builder.udiv(n, step)
    with cgutils.for_range(builder, n_steps) as loop:
        offset = builder.mul(loop.index, step)
        _add(builder, _at(builder, out, offset), _at(builder, rows, offset), weights, n_rows, n, MOST)
    offset = builder.mul(n_steps, step)
    rest = builder.udiv(builder.sub(n, offset), ir.Constant(n.type, WIDTH))
    for n_vectors in range(1, MOST):
        with builder.if_then(builder.icmp_signed("==", rest, ir.Constant(n.type, n_vectors))):
            _add(builder, _at(builder, out, offset), _at(builder, rows, offset), weights, n_rows, n, n_vectors)
    return context.get_dummy_value()


def _add(builder: Any, out: Any, rows: Any, weights: Any, n_rows: Any, n: Any, n_vectors: int) -> None:
    """Generate the sums for some vectors of the row."""
    places = [ir.Constant(n.type, WIDTH * k) for k in range(n_vectors)]
    sums = [cgutils.alloca_once(builder, VECTOR) for _ in places]  # type: ignore[no-untyped-call]
    for total, place in zip(sums, places, strict=True):
        builder.store(builder.load(_vector_at(builder, out, place), align=4), total)
    with cgutils.for_range(builder, n_rows) as loop:
        weight = builder.load(_at(builder, weights, loop.index))
        one = builder.insert_element(ir.Constant(VECTOR, ir.Undefined), weight, LANE_NUMBER(0))
        zeros = ir.Constant(ir.VectorType(LANE_NUMBER, WIDTH), [0] * WIDTH)
        factor = builder.shuffle_vector(one, one, zeros)
        row = _at(builder, rows, builder.mul(loop.index, n))
        for total, place in zip(sums, places, strict=True):
            numbers = builder.load(_vector_at(builder, row, place), align=4)
            product = builder.fmul(numbers, factor, flags=CONTRACT)
            builder.store(builder.fadd(builder.load(total), product, flags=CONTRACT), total)
    for total, place in zip(sums, places, strict=True):
        builder.store(builder.load(total), _vector_at(builder, out, place), align=4)


def _at(builder: Any, pointer: Any, place: Any) -> Any:
    return builder.gep(pointer, [place], inbounds=True)


def _vector_at(builder: Any, pointer: Any, place: Any) -> Any:
    return builder.bitcast(_at(builder, pointer, place), VECTOR.as_pointer())


def aligned_zeros(*shape: int) -> Array:
    """Return float32 zeros whose first number begins a line of the cache, so that no vector lies on two.

    Examples
    --------
    >>> aligned_zeros(3, 16).ctypes.data % 64
    0
    """
    size = int(np.prod(shape))
    room = np.zeros(size + WIDTH, dtype=np.float32)
    start = -room.ctypes.data % 64 // room.itemsize
    return room[start : start + size].reshape(shape)
