"""The quasi-Newton method compiled: documents take turns in a number of lanes, each for as many passes as it needs.

The method is that of `quasinewton`, for float32 arrays of NumPy and the KL prior. Between two passes every lane learns
from the last one, and proposes the next point of its document or, that being certified, begins with another one. The
documents that the prior holds least come first: they need the most passes, and few lanes wait for the last.
"""

import numpy as np

from textsc.arrays import LANES, Array, overflow_to_inf
from textsc.coding.batch import Problem
from textsc.coding.kernels import WORK, exponentials
from textsc.coding.newton import damped_newton
from textsc.coding.quasinewton import PATIENCE
from textsc.coding.registers import WIDTH, aligned_zeros
from textsc.coding.secants import LEAST_DIAGONAL, MEMORY, SecantCurvature
from textsc.coding.softmax import FAR, LEAST_SUM, SoftmaxRestriction, log_sum_exp, softmax
from textsc.coding.turns import VECTORS, Block, Lanes, Model, advance, solve_quadratic

__all__ = ["solve_in_lanes"]

N_LANES = 2 * LANES
TILE_NUMBERS = 1 << 18  # more than where exponentials are slower: products are a tenth faster


def solve_in_lanes(
    problem: Problem, c: Array, lam: Array, *, start: Array | None, max_passes: int
) -> tuple[Array, Array, Array]:
    """Minimise J for each document of a block: see `quasi_newton` for the arguments and what is returned."""
    basis = problem.basis
    model = _model(problem, min(max_passes, PATIENCE), warm=start is not None)
    block = _block(problem, c, lam, start)
    lanes = _lanes(problem, model.rows.shape[1])
    queue = np.zeros(3, dtype=np.int64)
    with overflow_to_inf():
        if isinstance(basis, SoftmaxRestriction):
            room = basis.room(c, LANES, TILE_NUMBERS)
            advance(model, block, lanes, queue)
            while queue[1]:
                _evaluate(basis, lanes, int(queue[1]), room)
                advance(model, block, lanes, queue)
        else:
            solve_quadratic(model, block, lanes, queue)
    _finish(problem, block, c, max_passes)
    return block.W.T, block.gap, block.n_passes


def _evaluate(basis: SoftmaxRestriction, lanes: Lanes, n_lanes: int, room: Array) -> None:
    """Make a pass for the lanes in use, by whole tiles: see `SoftmaxRestriction.evaluate`."""
    for tile in range(-(-n_lanes // LANES)):
        lanes.sums[tile] = basis.sweep(lanes.points[tile], room, exp_in_place)
    total = lanes.sums[:, -1].ravel()[:n_lanes]
    for lane in np.flatnonzero(~((total > LEAST_SUM) & (total < FAR))).tolist():
        tile, place = divmod(lane, LANES)
        z = basis.background + lanes.points[tile, :-2, place] @ basis.components
        lanes.lower[lane] = log_sum_exp(z[None, :])[0]
        lanes.sums[tile, :-1, place] = basis.components @ softmax(z[None, :])[0]
        lanes.sums[tile, -1, place] = 1


def exp_in_place(Z: Array) -> Array:
    """Return exp(values), written over them."""
    exponentials(Z)
    return Z


def _finish(problem: Problem, block: Block, c: Array, max_passes: int) -> None:
    """Hand what is left open to the damped Newton method, as far as passes are left."""
    left = np.flatnonzero(~(block.gap <= problem.tol) & (block.n_passes < max_passes))
    if len(left):
        passes = int(block.n_passes[left[0]])  # all have had as many
        theta = problem.prior.dual(block.W[left].T)
        W, gap, steps = damped_newton(
            problem.prior,
            problem.basis,
            c[:, left],
            block.lam[left],
            theta,
            tol=problem.tol,
            max_steps=max_passes - passes,
        )
        block.W[left], block.gap[left], block.n_passes[left] = W.T, gap, passes + steps


def _model(problem: Problem, limit: int, *, warm: bool) -> Model:
    prior, basis = problem.prior, problem.basis
    diagonal = SecantCurvature(basis.curvature, problem.W).diagonal()
    rows = _lengthened(np.concatenate((LEAST_DIAGONAL * diagonal, problem.W, problem.G, diagonal), axis=1).T)
    far = np.full_like(problem.W, np.finfo(problem.W.dtype).max)
    return Model(
        curvature=_lengthened(basis.curvature),
        rows=rows,
        phi=problem.phi[0],
        total=problem.W.sum(),
        bounds=(prior.bound_dual(-far)[0, 0], prior.bound_dual(far)[0, 0]),
        tol=float(problem.tol),
        effort=np.array([problem.effort(passes) for passes in range(limit)], dtype=np.int64).reshape(limit, 2),
        warm=warm,
    )


def _block(problem: Problem, c: Array, lam: Array, start: Array | None) -> Block:
    n_components, n_documents = c.shape
    theta = (
        np.zeros((n_components, 0), c.dtype) if start is None else problem.prior.bound_dual(problem.prior.dual(start))
    )
    return Block(
        order=np.argsort(lam, kind="stable"),
        c=_lengthened(c.T),
        lam=np.ascontiguousarray(lam, dtype=c.dtype),
        start=_lengthened(theta.T),
        W=np.empty((n_documents, n_components), dtype=c.dtype),
        gap=np.empty(n_documents),
        n_passes=np.empty(n_documents, dtype=np.int64),
    )


def _lanes(problem: Problem, width: int) -> Lanes:
    """Return lanes that hold the point w = p: those that are not in use are passed through as well."""
    point = np.concatenate((problem.W[:, 0], np.array([1, -problem.phi[0]], dtype=np.float32)))
    return Lanes(
        vectors=aligned_zeros(N_LANES, VECTORS, width),
        pairs=aligned_zeros(N_LANES, 2 * MEMORY, width),
        numbers=np.zeros((N_LANES, 4), dtype=np.float32),
        counts=np.zeros((N_LANES, 3), dtype=np.int64),
        lower=np.full(N_LANES, problem.phi[0]),
        points=np.repeat(point[None, :, None], N_LANES // LANES, axis=0).repeat(LANES, axis=2),
        sums=np.empty((N_LANES // LANES, len(point) - 1, LANES), dtype=np.float32),
        work=aligned_zeros(WORK),
    )


def _lengthened(rows: Array) -> Array:
    """Return rows, each in one piece and followed by zeros up to a whole number of vectors of the processor."""
    longer = aligned_zeros(rows.shape[0], rows.shape[1] + -rows.shape[1] % WIDTH)
    longer[:, : rows.shape[1]] = rows
    return longer
