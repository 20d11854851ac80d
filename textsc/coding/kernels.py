"""Compiled steps of the quasi-Newton method: one document after another, each from its row of numbers.

What `batch` and `secants` do to arrays of many documents, term for term, without the room that lies between: a
document's vectors stay in the first cache. Loops add up in the order that vectors of the processor give them, which is
the same for every document; nothing here sees two documents at once.

The vectors in work lie at fixed distances in one array, so that the compiler sees that they do not overlap.
"""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

import numpy as np
from numba import njit

from textsc.arrays import Array
from textsc.coding.entropies import SHRINK
from textsc.coding.gap import ROUNDING
from textsc.coding.quasinewton import MOST_COMPONENTS
from textsc.coding.registers import add_rows
from textsc.coding.secants import MEMORY

__all__ = ["certificate", "entry", "exponential", "exponentials", "learn", "objective", "propose"]

STRIDE = MOST_COMPONENTS + 16  # a multiple of 4,096 bytes would send all vectors to the same places of the cache

# Offsets of the vectors in work. The first seven are what a document keeps between passes.
C, THETA, W, G, DIAGONAL, TRIAL, NEW = (i * STRIDE for i in range(7))
FLOOR, MEAN, START, SHARED = (i * STRIDE for i in range(7, 11))
F, S, INVERSE, RESIDUAL, DIRECTION, VECTOR, PRODUCT, CHANGE, CURVED, SLOPE, WEIGHTS = (
    i * STRIDE for i in range(11, 22)
)
WORK = 22 * STRIDE

ZERO, ONE = np.float32(0), np.float32(1)
INF = np.float32(np.inf)
MAGNITUDE = np.int32(0x7FFFFFFF)
LEAST_STEP = np.float32(-SHRINK)
EPS = np.finfo(np.float32).eps
TWO_EPS, DOUBT = np.float32(2 * EPS), np.float32(EPS * ROUNDING)
TINY = np.float32(float(np.finfo(np.float32).smallest_normal) ** 0.5)
LEAST_SECANT = np.float32(1e-3)

# exp x = 2^n exp r, |r| ≤ log(2)/2, with the polynomial of Cephes' expf; log 2 in two parts.
LOG2E, ROUNDER = np.float32(1.44269504), np.float32(12582912)
LOG2_HIGH, LOG2_LOW = np.float32(0.693359375), np.float32(-2.12194440e-4)
P0, P1, P2 = np.float32(1.9875691500e-4), np.float32(1.3981999507e-3), np.float32(8.3334519073e-3)
P3, P4, P5 = np.float32(4.1665795894e-2), np.float32(1.6666665459e-1), np.float32(5.0000001201e-1)
LEAST, MOST = np.float32(-87.0), np.float32(88.0)
NEAR = np.float32(0.3)
BITS = np.int32(23)


# Infinities and nan keep their meaning; sums may be taken in another order, but not in what rounds on purpose.
SUMS = {"contract", "reassoc", "nsz"}
arithmetic = njit(fastmath={"contract"}, error_model="numpy")
function = njit(fastmath=SUMS, error_model="numpy")


def entry(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile what Python calls, to run without its lock; what is compiled is kept on disk where that can be written.

    Examples
    --------
    >>> entry(lambda x: 2 * x)(21)
    42
    """
    compiled = partial(njit, fastmath=SUMS, error_model="numpy", nogil=True)
    try:
        kept = compiled(cache=True)(function)
    except RuntimeError:  # neither this folder nor the user's own can be written to
        return compiled()(function)
    chosen = [kept]

    @wraps(function)
    def call(*arguments: Any) -> Any:
        try:
            return chosen[0](*arguments)
        except OSError:  # no room to keep it: only compiling writes, and nothing has run yet
            chosen[0] = compiled()(function)
            return chosen[0](*arguments)

    return call


@arithmetic
def series(r: Any) -> Any:
    return ((((P0 * r + P1) * r + P2) * r + P3) * r + P4) * r + P5


@arithmetic
def exponential(x: Any) -> Any:
    """Return exp x in float32 to within a unit in the last place; beyond [-87, 88], of the nearer end.

    Examples
    --------
    >>> import numpy as np
    >>> float(exponential(np.float32(0.0)))
    1.0
    """
    x = x if x < MOST else MOST
    x = x if x > LEAST else LEAST
    shifted = x * LOG2E + ROUNDER
    n = shifted - ROUNDER
    r = (x - n * LOG2_HIGH) - n * LOG2_LOW
    p = series(r) * (r * r) + r + ONE
    bits = np.float32(p).view(np.int32) + (np.float32(shifted).view(np.int32) << BITS)
    return np.int32(bits).view(np.float32)


@entry
def exponentials(Z: Array) -> None:
    """Write exp z over the numbers of a matrix.

    Examples
    --------
    >>> import numpy as np
    >>> Z = np.zeros((1, 2), dtype=np.float32)
    >>> exponentials(Z)
    >>> Z.tolist()
    [[1.0, 1.0]]
    """
    for i in range(Z.shape[0]):
        for j in range(Z.shape[1]):
            Z[i, j] = exponential(Z[i, j])


@arithmetic
def surplus(x: Any) -> Any:
    """Return exp x − 1 − x: by its series near zero, where the difference would cancel; inf where exp overflows."""
    far = exponential(x) - ONE - x
    far = far if x < MOST else INF
    return series(x) * x * x if abs(x) < NEAR else far


@function
def multiply(work: Array, shared: Array, pairs: Array, lane: int, n_pairs: int) -> None:
    """Set PRODUCT to M_d VECTOR."""
    n_rows, n = shared.shape
    for i in range(n):
        work[PRODUCT + i] = ZERO
    add_rows(work, PRODUCT, work, VECTOR, shared, 0, n_rows, n)
    for j in range(n_pairs):
        y = b = ZERO
        for i in range(n):
            y += pairs[lane, 2 * j, i] * work[VECTOR + i]
            b += pairs[lane, 2 * j + 1, i] * work[VECTOR + i]
        work[WEIGHTS + 2 * j] = y
        work[WEIGHTS + 2 * j + 1] = -b
    add_rows(work, PRODUCT, work, WEIGHTS, pairs, lane * pairs.shape[1], 2 * n_pairs, n)


@function
def precondition(work: Array, lam: Any, n: int) -> Any:
    """Begin CG at zero with Jacobi's preconditioner; return the residual's product with its preconditioned self."""
    rz = ZERO
    for i in range(n):
        diagonal = max(work[DIAGONAL + i], work[FLOOR + i])
        s = np.sqrt(work[NEW + i])
        inverse = ONE / (work[NEW + i] * diagonal + lam)
        residual = s * work[F + i]
        work[S + i], work[INVERSE + i], work[RESIDUAL + i] = s, inverse, residual
        work[DIRECTION + i] = residual * inverse
        work[VECTOR + i] = s * (residual * inverse)
        work[CHANGE + i] = work[CURVED + i] = ZERO
        rz += residual * (residual * inverse)
    return rz


@function
def newton_step(work: Array, shared: Array, pairs: Array, lane: int, n_pairs: int, lam: Any, n_cg: int, n: int) -> None:
    """Set CURVED to the step in θ from NEW with the slope F: see `Batch._newton`."""
    rz = precondition(work, lam, n)
    for left in range(n_cg - 1, -1, -1):
        multiply(work, shared, pairs, lane, n_pairs)
        curved = ZERO
        for i in range(n):
            d = work[DIRECTION + i]
            curved += d * (work[S + i] * work[PRODUCT + i] + lam * d)
        length = rz / curved if curved > ZERO else ZERO
        previous, rz = rz, ZERO
        for i in range(n):
            work[CHANGE + i] += length * work[VECTOR + i]
            work[CURVED + i] += length * work[PRODUCT + i]
            turned = work[S + i] * work[PRODUCT + i] + lam * work[DIRECTION + i]
            residual = work[RESIDUAL + i] - length * turned
            work[RESIDUAL + i] = residual
            rz += residual * (residual * work[INVERSE + i])
        if left == 0:
            break
        ratio = rz / previous if previous > ZERO else ZERO
        for i in range(n):
            d = ratio * work[DIRECTION + i] + work[RESIDUAL + i] * work[INVERSE + i]
            work[DIRECTION + i] = d
            work[VECTOR + i] = work[S + i] * d
    for i in range(n):
        diagonal = max(work[DIAGONAL + i], work[FLOOR + i])
        work[CURVED + i] = (work[CURVED + i] - work[F + i] - diagonal * work[CHANGE + i]) * work[INVERSE + i]


@function
def go(work: Array, cap: Any, bounds: Any, n: int) -> None:
    """Take the step in CURVED, shortened, from TRIAL and NEW: see `KLPrior.limit_step` and `bound_dual`."""
    low, high = bounds
    bits = np.int32(0)  # positive numbers are in the order of their bits
    for i in range(n):
        bits = max(bits, np.float32(work[CURVED + i]).view(np.int32))
    growth = np.int32(bits).view(np.float32)
    scale = cap / growth if growth > cap else ONE
    for i in range(n):
        step = work[CURVED + i] * scale
        step = step if step > LEAST_STEP else LEAST_STEP
        theta = work[TRIAL + i] + step
        theta = theta if theta > low else low
        theta = theta if theta < high else high
        work[TRIAL + i] = theta
        work[NEW + i] = work[MEAN + i] * exponential(theta)


@function
def propose(
    work: Array,
    shared: Array,
    pairs: Array,
    lane: int,
    n_pairs: int,
    lam: Any,
    cap: Any,
    bounds: Any,
    n_newton: int,
    n_cg: int,
    n: int,
) -> None:
    """Set TRIAL and NEW to where the model is least: see `Batch.propose`."""
    for i in range(n):
        work[TRIAL + i] = work[THETA + i]
        work[NEW + i] = work[W + i]
        work[F + i] = lam * work[THETA + i] + work[G + i] - work[C + i]
    for nth in range(n_newton):
        if nth > 0:
            for i in range(n):
                work[VECTOR + i] = work[NEW + i] - work[W + i]
            multiply(work, shared, pairs, lane, n_pairs)
            for i in range(n):
                work[F + i] = lam * work[TRIAL + i] + work[G + i] - work[C + i] + work[PRODUCT + i]
        newton_step(work, shared, pairs, lane, n_pairs, lam, n_cg, n)
        go(work, cap, bounds, n)


@function
def learn(work: Array, shared: Array, pairs: Array, lane: int, n_pairs: int, n: int) -> int:
    """Append a pair from the point and the trial, and return how many are held: see `SecantCurvature.learn`."""
    if n_pairs == MEMORY:
        n_pairs = 0
        for i in range(n):
            work[DIAGONAL + i] = work[SHARED + i]
    for i in range(n):
        work[VECTOR + i] = work[NEW + i] - work[W + i]
    multiply(work, shared, pairs, lane, n_pairs)
    curved = secant = ZERO
    for i in range(n):
        curved += work[VECTOR + i] * work[PRODUCT + i]
        secant += work[VECTOR + i] * (work[SLOPE + i] - work[G + i])
    of_y = of_b = ZERO
    if secant > LEAST_SECANT * curved and curved > TINY and secant < INF and curved < INF:
        of_y, of_b = ONE / np.sqrt(secant), ONE / np.sqrt(curved)
    for i in range(n):
        y = of_y * (work[SLOPE + i] - work[G + i]) if of_y > ZERO else ZERO
        b = of_b * work[PRODUCT + i] if of_b > ZERO else ZERO
        pairs[lane, 2 * n_pairs, i] = y
        pairs[lane, 2 * n_pairs + 1, i] = b
        work[DIAGONAL + i] += y * y - b * b
    return n_pairs + 1


@function
def objective(work: Array, lam: Any, phi: Any, total: Any, n: int) -> Any:
    """Return J at the trial."""
    fit = penalty = ZERO
    for i in range(n):
        fit += work[C + i] * work[NEW + i]
        penalty += work[NEW + i] * (work[TRIAL + i] - ONE)
    return phi - fit + lam * (penalty + total)


@function
def certificate(work: Array, lam: Any, n: int) -> Any:
    """Return the gap at the point, with room for rounding: see `certified_gap`."""
    of_c = of_g = np.int32(0)
    for i in range(n):
        of_c = max(of_c, np.float32(work[C + i]).view(np.int32) & MAGNITUDE)
        of_g = max(of_g, np.float32(work[G + i]).view(np.int32) & MAGNITUDE)
    size = ONE + np.int32(of_c).view(np.float32) + np.int32(of_g).view(np.float32)
    room = DOUBT * size / lam
    total = ZERO
    for i in range(n):
        theta = work[THETA + i]
        step = (work[C + i] - work[G + i]) / lam - theta
        doubt = room + TWO_EPS * (ONE + abs(theta))
        step = step - doubt if step < -doubt else abs(step) + doubt
        total += work[W + i] * surplus(step) if work[W + i] > ZERO else ZERO  # what fills up to whole vectors is 0
    gap = lam * total
    return gap if gap < INF else INF
