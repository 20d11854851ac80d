"""The turns of documents, compiled: between two passes every lane learns from the last one and makes ready the next.

What `batch` does to documents that keep step, done to each when its turn comes. The arithmetic is in `kernels`. Where φ
is quadratic a pass is a product with K × K numbers: a document then stays until it is done.
"""

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from textsc.arrays import LANES, Array
from textsc.coding.batch import GROWTH
from textsc.coding.kernels import (
    DIAGONAL,
    FLOOR,
    MEAN,
    NEW,
    PRODUCT,
    SHARED,
    SLOPE,
    START,
    STRIDE,
    THETA,
    TRIAL,
    VECTOR,
    C,
    G,
    W,
    certificate,
    entry,
    exponential,
    learn,
    multiply,
    objective,
    propose,
)

__all__ = ["VECTORS", "Block", "Lanes", "Model", "advance", "solve_quadratic"]

VECTORS = 7  # what a lane keeps of its document: c, θ, w, ∇φ, the diagonal of its curvature, and the next θ and w

LAM, CAP, PHI, VALUE = range(4)
DOCUMENT, PAIRS, PASSES = range(3)

ZERO, HALF, ONE, TWO = np.float32(0), np.float32(0.5), np.float32(1), np.float32(2)
LESS, MOST_GROWTH = np.float32(0.3), np.float32(GROWTH)
SLACK = np.float32(8 * np.finfo(np.float32).eps)

inlined = njit(inline="always")  # compiled once, with `advance`


class Model(NamedTuple):
    """What all documents share."""

    curvature: Array
    rows: Array  # from FLOOR on: the least diagonal, p, ∇φ at w = p, the diagonal
    phi: Any  # at w = p
    total: Any  # Σ p
    bounds: Any  # of θ
    tol: float
    effort: Array  # Newton steps, and CG iterations in each, by the passes made
    warm: bool


class Block(NamedTuple):
    """The documents, in the order of the caller, and what is found of them."""

    order: Array
    c: Array
    lam: Array
    start: Array
    W: Array
    gap: Array
    n_passes: Array


class Lanes(NamedTuple):
    """The documents under way."""

    vectors: Array
    pairs: Array
    numbers: Array
    counts: Array
    lower: Array
    points: Array  # w, 1 and the shift against overflow, by tiles: what a pass takes
    sums: Array  # Bᵀe and Σe, by tiles: what it gives
    work: Array


@inlined
def move(work: Array, numbers: Array, lane: int, phi: Any, total: Any, n: int) -> bool:
    """Go to the trial where the objective is no higher, and say whether: see `Batch._move`."""
    value = objective(work, numbers[lane, LAM], phi, total, n)
    old, old_phi = numbers[lane, VALUE], numbers[lane, PHI]
    if not value <= old + SLACK * (ONE + abs(old_phi) + abs(old_phi - old)):
        return False
    for i in range(n):
        work[THETA + i] = work[TRIAL + i]
        work[W + i] = work[NEW + i]
        work[G + i] = work[SLOPE + i]
    numbers[lane, PHI], numbers[lane, VALUE] = phi, value
    return True


@inlined
def settled(work: Array, block: Block, document: int, passes: int, model: Model, n: int) -> bool:
    """Say whether a document is certified or has had its passes, and write it out if so."""
    gap = certificate(work, block.lam[document], n)
    if gap > model.tol and passes < len(model.effort):
        return False
    for k in range(block.W.shape[1]):
        block.W[document, k] = work[W + k]
    block.gap[document], block.n_passes[document] = gap, passes
    return True


@inlined
def begin(model: Model, block: Block, lanes: Lanes, lane: int, queue: Array, n: int) -> bool:
    """Begin with the next document that w = p does not serve; say whether there was one."""
    work, numbers = lanes.work, lanes.numbers
    while queue[0] < len(block.order):
        document = block.order[queue[0]]
        queue[0] += 1
        for i in range(n):
            work[C + i] = block.c[document, i]
            work[THETA + i] = work[TRIAL + i] = ZERO
            work[W + i] = work[NEW + i] = work[MEAN + i]
            work[G + i] = work[START + i]
            work[DIAGONAL + i] = work[SHARED + i]
        if not model.warm and settled(work, block, document, 0, model, n):
            continue
        lam = block.lam[document]
        numbers[lane, LAM], numbers[lane, CAP], numbers[lane, PHI] = lam, MOST_GROWTH, model.phi
        numbers[lane, VALUE] = objective(work, lam, model.phi, model.total, n)
        lanes.counts[lane, DOCUMENT], lanes.counts[lane, PAIRS], lanes.counts[lane, PASSES] = document, 0, 0
        return True
    return False


@inlined
def aim(model: Model, block: Block, lanes: Lanes, lane: int, n: int) -> None:
    """Decide on the next point of a document: where its model is least, or the start that was given."""
    work, counts = lanes.work, lanes.counts
    passes = counts[lane, PASSES]
    if model.warm and passes == 0:
        for i in range(n):
            work[TRIAL + i] = block.start[counts[lane, DOCUMENT], i]
            work[NEW + i] = work[MEAN + i] * exponential(work[TRIAL + i])
    else:
        n_newton, n_cg = model.effort[passes, 0], model.effort[passes, 1]
        lam, cap = lanes.numbers[lane, LAM], lanes.numbers[lane, CAP]
        propose(
            work, model.curvature, lanes.pairs, lane, counts[lane, PAIRS], lam, cap, model.bounds, n_newton, n_cg, n
        )


@inlined
def send(model: Model, block: Block, lanes: Lanes, lane: int, to: int, n: int) -> None:
    """Leave the next point of a document in a lane, ready for a pass."""
    work, numbers, counts = lanes.work, lanes.numbers, lanes.counts
    n_pairs = counts[lane, PAIRS]
    aim(model, block, lanes, lane, n)
    lower = ZERO
    for i in range(n):
        lower += work[G + i] * (work[NEW + i] - work[W + i])
    lanes.lower[to] = numbers[lane, PHI] + lower
    for v in range(VECTORS):
        for i in range(n):
            lanes.vectors[to, v, i] = work[v * STRIDE + i]
    tile, place = to // LANES, to % LANES
    last = lanes.points.shape[1] - 1
    for k in range(last - 1):
        lanes.points[tile, k, place] = work[NEW + k]
    lanes.points[tile, last, place] = -lanes.lower[to]
    if to != lane:
        for j in range(2 * n_pairs):
            for i in range(n):
                lanes.pairs[to, j, i] = lanes.pairs[lane, j, i]
        for j in range(4):
            numbers[to, j] = numbers[lane, j]
        for j in range(3):
            counts[to, j] = counts[lane, j]


@inlined
def receive(model: Model, block: Block, lanes: Lanes, lane: int, n: int) -> bool:
    """Learn from the pass that a lane has made, and say whether its document goes on."""
    work, counts = lanes.work, lanes.counts
    for v in range(VECTORS):
        for i in range(n):
            work[v * STRIDE + i] = lanes.vectors[lane, v, i]
    tile, place = lane // LANES, lane % LANES
    last = lanes.sums.shape[1] - 1
    total = lanes.sums[tile, last, place]
    for k in range(last):
        work[SLOPE + k] = lanes.sums[tile, k, place] / total
    phi = lanes.lower[lane] + np.log(total)
    if not (model.warm and counts[lane, PASSES] == 0):  # the given start is no step
        counts[lane, PAIRS] = learn(work, model.curvature, lanes.pairs, lane, counts[lane, PAIRS], n)
    return goes_on(model, block, lanes, lane, phi, n)


@inlined
def goes_on(model: Model, block: Block, lanes: Lanes, lane: int, phi: Any, n: int) -> bool:
    """Move a document where a pass has found it to gain, and say whether it needs another."""
    work, numbers, counts = lanes.work, lanes.numbers, lanes.counts
    moved = move(work, numbers, lane, phi, model.total, n)
    if not (model.warm and counts[lane, PASSES] == 0):
        cap = numbers[lane, CAP]
        numbers[lane, CAP] = min(TWO * cap, MOST_GROWTH) if moved else LESS * cap
    counts[lane, PASSES] += 1
    return not settled(work, block, counts[lane, DOCUMENT], counts[lane, PASSES], model, n)


@inlined
def share(model: Model, work: Array, n: int) -> None:
    """Set the vectors that all documents share."""
    for v in range(model.rows.shape[0]):
        for i in range(n):
            work[FLOOR + v * STRIDE + i] = model.rows[v, i]


def _compiled(version: int) -> tuple[Callable[..., None], Callable[..., None]]:
    @entry
    def advance(model: Model, block: Block, lanes: Lanes, queue: Array) -> None:
        queue[2] = version  # numba's cache then knows one version of the sources from another
        n = lanes.vectors.shape[2]
        share(model, lanes.work, n)
        in_use = queue[1]
        queue[1] = 0
        for lane in range(lanes.lower.shape[0]):
            stays = lane < in_use and receive(model, block, lanes, lane, n)
            if stays or begin(model, block, lanes, lane, queue, n):
                send(model, block, lanes, lane, queue[1], n)
                queue[1] += 1

    @entry
    def solve_quadratic(model: Model, block: Block, lanes: Lanes, queue: Array) -> None:
        queue[2] = version
        n = lanes.vectors.shape[2]
        work = lanes.work
        share(model, work, n)
        while begin(model, block, lanes, 0, queue, n):
            while True:
                aim(model, block, lanes, 0, n)
                for i in range(n):
                    work[VECTOR + i] = work[NEW + i]
                multiply(work, model.curvature, lanes.pairs, 0, 0)
                phi = ZERO
                for i in range(n):
                    work[SLOPE + i] = work[PRODUCT + i]
                    phi += work[NEW + i] * work[PRODUCT + i]
                if not goes_on(model, block, lanes, 0, HALF * phi, n):
                    break

    return advance, solve_quadratic


def _version() -> int:
    """Return a number that changes with the sources of this package and with `LANES`: what is compiled holds both."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return zlib.crc32(b"".join(file.read_bytes() for file in files), LANES)


advance, solve_quadratic = _compiled(_version())
