"""The convex solve under the KL priors: a structured quasi-Newton method, batched over documents.

The potential on the span of the basis, φ(w), is the only thing that costs a pass over the vocabulary. It is modelled
around the current code by its value, its slope and a curvature that starts from one matrix shared by all documents and
learns by BFGS pairs; the prior is kept exact, so the model is minimised by Newton steps in the dual variable θ = P'(w),
which keep w in its domain. Nothing is stored per document but vectors. The few documents that this leaves open go to a
damped Newton method with the exact Hessian.

Inside, arrays have the component index first, (n_components, n_documents).
"""

from functools import cache

import numpy as np

from textsc.arrays import LANES, Array, device_of, namespace, on_host, overflow_to_inf, whole_lanes
from textsc.coding.batch import Batch, Piece, Problem
from textsc.coding.entropies import KLPrior
from textsc.coding.linear import LinearRestriction
from textsc.coding.prior import LegendrePrior
from textsc.coding.restriction import Restriction
from textsc.coding.softmax import SoftmaxRestriction
from textsc.columns import column_dots, places, replace_columns

__all__ = ["MAX_PASSES", "PATIENCE", "quasi_newton"]

PATIENCE = 40  # passes before a document goes to the damped Newton method
MAX_PASSES = 200
MOST_COMPONENTS = 1024  # of the compiled method
COMPACT = 0.7  # batches are gathered anew when a smaller share of their columns is live
BATCH_NUMBERS = 51_200  # numbers of an array of a batch: fewer, and calls take the time; more, and memory does


def quasi_newton(
    prior: LegendrePrior,
    basis: Restriction,
    c: Array,
    lam: Array,
    *,
    start: Array | None,
    tol: float,
    max_passes: int,
) -> tuple[Array, Array, Array]:
    """Minimise J(w) = φ(w) − cᵀw + λ_d P(w) for each document of a block.

    A document is written out the first time that its gap is at or below ``tol`` and not touched again, and every
    column is computed alike wherever it stands: its code does not depend on the others in the block.

    Parameters
    ----------
    prior, basis : LegendrePrior, Restriction
    c : array of shape (n_components, n_documents), n_documents > 0
    lam : array of shape (n_documents,)
    start : array of shape (n_components, n_documents) or None
        Codes to start from; None: the minimum of the model around w = p, which costs no pass.
    tol : float
    max_passes : int

    Returns
    -------
    W : array of shape (n_components, n_documents)
    gap, n_passes : array of shape (n_documents,)

    Examples
    --------
    >>> import numpy as np
    >>> from textsc.coding import KLPrior, LinearSquared
    >>> basis = LinearSquared().bind(np.eye(2), np.zeros(2))
    >>> W, gap, n_passes = quasi_newton(KLPrior(1.0), basis, np.ones((2, 1)), np.ones(1), start=None, tol=1e-9,
    ...                                 max_passes=40)
    >>> W.round(6).tolist()
    [[1.0], [1.0]]
    """
    with overflow_to_inf():
        problem = Problem.of(prior, basis, tol)
        if _is_compiled(prior, basis, c):
            from textsc.coding.lanes import solve_in_lanes  # loads numba

            return solve_in_lanes(problem, c, lam, start=start, max_passes=max_passes)
        size = _batch_size(c)
        parts = [slice(first, min(first + size, c.shape[1])) for first in range(0, c.shape[1], size)]
        batches = [Batch.open(problem, c, lam, start, part) for part in parts]
        passes = 0 if start is None else 1
        pieces = [batch.retire(passes) for batch in batches]
        while any(batch.n_live for batch in batches) and passes < min(max_passes, PATIENCE):
            batches = _gathered(batches, size)
            passes += 1
            _step(batches, passes)
            pieces += [batch.retire(passes) for batch in batches]
        pieces += [batch.finish(passes, max_passes) for batch in batches if batch.n_live]
        return _in_order(pieces)


def _is_compiled(prior: LegendrePrior, basis: Restriction, c: Array) -> bool:
    """Say whether the compiled method takes a block: large or small, so that bytes do not depend on its size."""
    return (
        isinstance(c, np.ndarray)
        and c.dtype == np.float32
        and c.shape[0] <= MOST_COMPONENTS
        and isinstance(prior, KLPrior)
        and isinstance(basis, SoftmaxRestriction | LinearRestriction)
        and _has_numba()
    )


@cache
def _has_numba() -> bool:
    try:
        import numba
    except ImportError:  # it is not there, or not made for this NumPy
        return False
    return not vars(numba.config)["DISABLE_JIT"]


def _batch_size(c: Array) -> int:
    """Return how many documents take their steps together: on a device, which is asked once a batch and pass, all."""
    if not on_host(namespace(c)):
        return -(-int(c.shape[1]) // LANES) * LANES
    return max(1, BATCH_NUMBERS // int(c.shape[0]) // LANES) * LANES


def _step(batches: list[Batch], passes: int) -> None:
    """Propose a point for each document, make one pass for the live ones of all batches, and move them."""
    problem = batches[0].problem
    xp = namespace(batches[0].c)
    points = [batch.propose(*problem.effort(passes - 1)) for batch in batches]
    live = [places(batch.live, batch.n_live) for batch in batches]
    # By convexity the tangent at the old point is below φ.
    lower = [batch.phi + column_dots(batch.G, W - batch.W) for batch, (_, W) in zip(batches, points, strict=True)]
    lanes = whole_lanes(xp.arange(sum(batch.n_live for batch in batches), device=device_of(lower[0])))
    W_live = xp.concat([xp.take(W, index, axis=1) for (_, W), index in zip(points, live, strict=True)], axis=1)
    lower_live = xp.concat([xp.take(bound, index) for bound, index in zip(lower, live, strict=True)])
    phi, G = problem.basis.evaluate(xp.take(W_live, lanes, axis=1), xp.take(lower_live, lanes))
    first = 0
    for batch, (theta, W), index in zip(batches, points, live, strict=True):
        batch.accept(
            theta,
            W,
            replace_columns(batch.phi, index, phi[first:]),
            replace_columns(batch.G, index, G[:, first:]),
        )
        first += batch.n_live


def _gathered(batches: list[Batch], size: int) -> list[Batch]:
    """Return the batches as they are, or the live documents of all in fewer batches where that saves much."""
    batches = [batch for batch in batches if batch.n_live]
    n_live, n_columns = sum(batch.n_live for batch in batches), sum(batch.live.shape[0] for batch in batches)
    if n_live + LANES > COMPACT * n_columns:
        return batches
    gathered: list[Batch] = []
    parts: list[tuple[Batch, Array]] = []
    room = size
    for batch in batches:
        live = places(batch.live, batch.n_live)
        while live.shape[0]:
            parts.append((batch, live[: min(room, live.shape[0])]))
            live, room = live[parts[-1][1].shape[0] :], room - parts[-1][1].shape[0]
            if room == 0:
                gathered.append(Batch.gather(parts))
                parts, room = [], size
    return [*gathered, Batch.gather(parts)] if parts else gathered


def _in_order(pieces: list[Piece]) -> tuple[Array, Array, Array]:
    """Put the pieces back into the order of the block."""
    xp = namespace(pieces[0].W)
    order = xp.argsort(xp.concat([piece.columns for piece in pieces]))
    return (
        xp.take(xp.concat([piece.W for piece in pieces], axis=1), order, axis=1),
        xp.take(xp.concat([piece.gap for piece in pieces]), order),
        xp.take(xp.concat([piece.n_passes for piece in pieces]), order),
    )
