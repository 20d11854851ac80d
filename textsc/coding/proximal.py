"""The convex solve under priors with corners or borders: accelerated proximal gradient, batched over documents.

A plain reference for the comparison of priors, not a fast method: a step follows the gradient of the loss and applies
the proximal operator of the prior, with Nesterov's extrapolation, which starts afresh where the objective rises.
"""

from dataclasses import dataclass, fields, replace
from typing import Any

from textsc.arrays import Array, device_of, namespace, on_host, overflow_to_inf, whole_lanes
from textsc.coding.gap import completed_gap, scaled_gap
from textsc.coding.prior import ProximalPrior
from textsc.coding.restriction import Restriction
from textsc.columns import places
from textsc.rows import take_rows

__all__ = ["MAX_PASSES", "PATIENCE", "proximal_gradient"]

PATIENCE = 2_000  # passes
MAX_PASSES = 20_000
EASE = 0.97  # the step grows by as much with each success: curvature falls on the way


def proximal_gradient(
    prior: ProximalPrior,
    basis: Restriction,
    X: Any,
    c: Array,
    lam: Array,
    *,
    start: Array | None,
    tol: float,
    max_passes: int,
) -> tuple[Array, Array, Array]:
    """Minimise J(w) = φ(w) − cᵀw + λ_d P(w) for each document of a block.

    Parameters
    ----------
    prior, basis : ProximalPrior, Restriction
    X : rows as the loss takes them
        Enters the certificate only.
    c : array of shape (n_components, n_documents), n_documents > 0
    lam : array of shape (n_documents,)
    start : array of shape (n_components, n_documents) or None
        Codes to start from; None: where P is least.
    tol : float
    max_passes : int

    Returns
    -------
    W : array of shape (n_components, n_documents)
    gap, n_passes : array of shape (n_documents,)

    References
    ----------
    Beck and Teboulle (2009), FISTA; O'Donoghue and Candès (2015), adaptive restart.

    Examples
    --------
    >>> import numpy as np
    >>> from textsc.coding import L1Prior, LinearSquared
    >>> basis, x = LinearSquared().bind(np.eye(2), np.zeros(2)), np.array([[3.0, 0.5]])
    >>> W, gap, n_passes = proximal_gradient(L1Prior(), basis, x, x.T, np.ones(1), start=None, tol=1e-9, max_passes=50)
    >>> W.T.round(4).tolist()
    [[2.0, 0.0]]
    """
    with overflow_to_inf():
        xp = namespace(c, lam)
        solver = _Solver(prior, basis)
        n_live = c.shape[1]
        points = solver.begin(c, lam, start)
        pieces: list[tuple[Array, ...]] = []
        passes = 1
        while True:
            last = passes + 2 > max_passes
            gap = solver.certify(points, X, float("inf") if last else tol)[:n_live]
            done = xp.ones_like(gap, dtype=xp.bool) if last else gap <= tol
            # The one number of an iteration that a device is asked for.
            n_leaving = n_live if last else int(xp.sum(xp.astype(done, xp.int64)))
            leaving, staying = places(done, n_leaving), places(~done, n_live - n_leaving)
            if n_leaving > 0:
                columns, W = xp.take(points.columns, leaving), xp.take(points.W, leaving, axis=1)
                pieces.append((columns, W, xp.take(gap, leaving), xp.full_like(columns, passes)))
                n_live = staying.shape[0]
                if n_live == 0:
                    return _gather(pieces)
                points = points.take(whole_lanes(staying))
            points = solver.step(points)
            passes += 2


def _gather(pieces: list[tuple[Array, ...]]) -> tuple[Array, Array, Array]:
    """Put the pieces back into the order of the block."""
    columns, W, gap, n_passes = zip(*pieces, strict=True)
    xp = namespace(W[0])
    order = xp.argsort(xp.concat(columns))
    return (
        xp.take(xp.concat(W, axis=1), order, axis=1),
        xp.take(xp.concat(gap), order),
        xp.take(xp.concat(n_passes), order),
    )


@dataclass(frozen=True, eq=False)
class _Points:
    """The open documents in whole lanes, last axis: their codes, where they look ahead from, how far they dare to step.

    Whole lanes, for the bytes of a document's code must not depend on which others are left.
    """

    columns: Array
    c: Array
    lam: Array
    W: Array
    V: Array
    G: Array
    value: Array
    momentum: Array
    sharpness: Array

    def take(self, index: Array) -> "_Points":
        xp = namespace(self.c)
        return _Points(*(xp.take(a, index, axis=a.ndim - 1) for a in (getattr(self, f.name) for f in fields(self))))


@dataclass(frozen=True)
class _Solver:
    prior: ProximalPrior
    basis: Restriction

    def begin(self, c: Array, lam: Array, start: Array | None) -> _Points:
        """Start at given codes, or where P is least."""
        xp = namespace(c, lam)
        columns = whole_lanes(xp.arange(c.shape[1], device=device_of(c)))
        c, lam = xp.take(c, columns, axis=1), xp.take(lam, columns)
        start = None if start is None else xp.take(start, columns, axis=1)
        W = self.prior.proximal(self.prior.minimum(c) if start is None else start, 0 * lam)
        phi, G = self._evaluate(W)
        size = float(xp.linalg.matrix_norm(self.basis.curvature))
        return _Points(
            columns=columns,
            c=c,
            lam=lam,
            W=W,
            V=W,
            G=G,
            value=self._objective(c, lam, W, phi),
            momentum=xp.ones_like(lam),
            sharpness=xp.full_like(lam, max(size, float(xp.finfo(c.dtype).smallest_normal) ** 0.5)),
        )

    def step(self, at: _Points) -> _Points:
        """Follow the gradient from the point ahead; stay, with a shorter step, where the bound of φ does not hold."""
        xp = namespace(at.c)
        phi, slope = self._evaluate(at.V)
        W = self.prior.proximal(at.V - (slope - at.c) / at.sharpness, at.lam / at.sharpness)
        change = W - at.V
        bound = phi + xp.sum(slope * change, axis=0) + at.sharpness * xp.sum(change * change, axis=0) / 2
        phi_new, G = self._evaluate(W)
        noise = 16 * xp.finfo(at.c.dtype).eps * (1 + xp.abs(phi_new))
        held = phi_new <= bound + noise
        value = self._objective(at.c, at.lam, W, phi_new)
        fell = held & (value <= at.value + noise)
        # Where J rose the extrapolation is forgotten; where the step was too long it is halved.
        momentum = xp.where(fell, (1 + xp.sqrt(1 + 4 * at.momentum * at.momentum)) / 2, xp.ones_like(at.momentum))
        ahead = W + xp.where(fell, (at.momentum - 1) / momentum, xp.zeros_like(momentum)) * (W - at.W)
        return replace(
            at,
            W=xp.where(fell, W, at.W),
            V=xp.where(fell, ahead, xp.where(held, at.W, at.V)),
            G=xp.where(fell, G, at.G),
            value=xp.where(fell, value, at.value),
            momentum=momentum,
            sharpness=xp.where(held, (1.0 if self.basis.is_quadratic else EASE) * at.sharpness, 2 * at.sharpness),
        )

    def certify(self, at: _Points, X: Any, tol: float) -> Array:
        """Return gaps, complete where the part that costs no pass is at or below ``tol``, below the truth elsewhere."""
        xp = namespace(at.c)
        gap, share = scaled_gap(self.prior, at.c, at.lam, at.W, at.G)
        rest = xp.zeros_like(gap)
        near = (gap <= tol) & (share > 0)
        if not on_host(xp):  # where there is none near is not asked
            found = self.basis.dual_divergence(at.W, take_rows(X, at.columns), share)
            rest = xp.where(near, found, rest)
        elif bool(xp.any(near)):
            index = whole_lanes(xp.nonzero(near)[0])
            place = xp.maximum(xp.cumulative_sum(xp.astype(near, xp.int64)) - 1, 0)
            rows = take_rows(X, xp.take(at.columns, index))
            found = self.basis.dual_divergence(xp.take(at.W, index, axis=1), rows, xp.take(share, index))
            rest = xp.where(near, xp.take(found, place), rest)
        return completed_gap(gap, rest, at.c, at.G)

    def _evaluate(self, W: Array) -> tuple[Array, Array]:
        return self.basis.evaluate(W, self.basis.tangent(W))

    def _objective(self, c: Array, lam: Array, W: Array, phi: Array) -> Array:
        xp = namespace(W)
        return phi - xp.sum(c * W, axis=0) + lam * self.prior.penalty(W)
