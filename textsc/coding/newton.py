"""Damped Newton with the exact Hessian, in float64: for the few documents that the quasi-Newton method leaves open.

One document at a time, one K x K Hessian a step: too dear for a corpus, safe for its stragglers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from textsc.arrays import Array, device_of, namespace, overflow_to_inf
from textsc.coding.gap import certified_gap
from textsc.coding.prior import LegendrePrior
from textsc.coding.restriction import Restriction

__all__ = ["damped_newton"]

LEAST = 1e-6  # of a Newton step: where no longer one lowers J, rounding rules and no step will


def damped_newton(
    prior: LegendrePrior,
    basis: Restriction,
    c: Array,
    lam: Array,
    theta: Array,
    *,
    tol: float,
    max_steps: int,
) -> tuple[Array, Array, Array]:
    """Minimise J from the given dual codes, document by document.

    The Newton direction of J in w is taken as a step in θ, along which J falls at first; it is halved until J falls
    enough (Armijo), so every step makes progress.

    Parameters
    ----------
    prior, basis : LegendrePrior, Restriction
    c, theta : array of shape (n_components, n_documents)
    lam : array of shape (n_documents,)
    tol : float
        The duality gap to reach.
    max_steps : int
        Passes that a document may take, backtracking included.

    Returns
    -------
    W : array of shape (n_components, n_documents)
    gap : array of shape (n_documents,), float64
    n_passes : int array of shape (n_documents,)

    Examples
    --------
    >>> import numpy as np
    >>> from textsc.coding import KLPrior, LinearSquared
    >>> basis = LinearSquared().bind(np.eye(2), np.zeros(2))
    >>> W, gap, n = damped_newton(KLPrior(1.0), basis, np.ones((2, 1)), np.ones(1), np.zeros((2, 1)), tol=1e-9,
    ...                           max_steps=50)
    >>> W.round(6).tolist(), bool(gap[0] <= 1e-9)
    ([[1.0], [1.0]], True)
    """
    xp = namespace(c, lam, theta)
    exact = basis.astype(xp.float64)
    eps = float(xp.finfo(c.dtype).eps)
    c64, lam64, theta64 = (xp.astype(a, xp.float64) for a in (c, lam, theta))
    with overflow_to_inf():
        solved = [
            _solve(
                _Problem(prior, exact, c64[:, j : j + 1], lam64[j : j + 1], c.dtype, eps),
                theta64[:, j : j + 1],
                tol=tol,
                max_steps=max_steps,
            )
            for j in range(c.shape[1])
        ]
    W = xp.concat([w for w, _, _ in solved], axis=1)
    gap = xp.concat([g for _, g, _ in solved])
    return xp.astype(W, c.dtype), gap, xp.asarray([n for _, _, n in solved], dtype=xp.int64, device=device_of(c))


@dataclass(frozen=True)
class _Problem:
    """One document, in float64, and the type that its code is delivered in."""

    prior: LegendrePrior
    basis: Restriction
    c: Array
    lam: Array
    dtype: Any
    eps: float


class _Point:
    """One code with all that one pass says of it: the code as it will be delivered, so that the gap is its own."""

    def __init__(self, problem: _Problem, theta: Array, lower: Callable[[Array], Array]) -> None:
        xp = namespace(theta)
        prior, c, lam = problem.prior, problem.c, problem.lam
        self.W = xp.astype(xp.astype(prior.primal(theta), problem.dtype), theta.dtype)
        self.theta = prior.dual(self.W)
        self.phi, self.G = problem.basis.evaluate(self.W, lower(self.W))
        self.F = self.G - c + lam * self.theta
        fit = xp.sum(c * self.W)
        self.value = self.phi[0] - fit + (lam * prior.value(self.W, self.theta))[0]
        self.noise = 4e-15 * (1 + xp.abs(self.phi[0]) + xp.abs(fit))
        self.gap = certified_gap(prior, c, lam, self.theta, self.W, self.G, eps=problem.eps)


def _solve(problem: _Problem, theta: Array, *, tol: float, max_steps: int) -> tuple[Array, Array, int]:
    xp = namespace(theta)
    prior = problem.prior
    point = _Point(problem, theta, problem.basis.tangent)
    best = point.W, point.gap
    spent, done = 1, bool(point.gap[0] <= tol)
    while spent < max_steps and not done:
        step = _direction(problem, point)
        tangent = partial(_tangent, point)
        trial, fraction = None, 1.0
        while trial is None and fraction > LEAST and spent < max_steps:
            new = _Point(problem, prior.bound_dual(prior.retract(point.theta, fraction * step)), tangent)
            spent += 1
            slope = xp.sum(point.F * (new.W - point.W))
            fell = new.value <= point.value + 1e-4 * xp.minimum(slope, 0.0) + point.noise
            # The one number that a device is asked for in a pass: 0 where J did not fall, 2 where that was the last.
            verdict = int(xp.astype(fell, xp.int64) * (1 + xp.astype(new.gap[0] <= tol, xp.int64)))
            if verdict:
                trial, done = new, verdict == 2
            fraction *= 0.25
        if trial is None:
            break
        point = trial
        closer = point.gap <= best[1]
        best = xp.where(closer, point.W, best[0]), xp.where(closer, point.gap, best[1])
    return *best, spent


def _tangent(point: _Point, W: Array) -> Array:
    """Bound φ(w) from below by its tangent at a point."""
    xp = namespace(W)
    return point.phi + xp.sum(point.G * (W - point.W), axis=0)


def _direction(problem: _Problem, point: _Point) -> Array:
    """Return S e with (λ I + S H S) e = −S F, S = P''(w)^−½: the Newton direction in w."""
    xp = namespace(point.W)
    S = xp.sqrt(problem.prior.metric(point.W))[:, 0]
    H = problem.basis.hessian(point.W[:, 0])
    matrix = problem.lam[0] * xp.eye(S.shape[0], dtype=S.dtype, device=device_of(S)) + S[:, None] * H * S[None, :]
    e = xp.linalg.solve(matrix, (-S * point.F[:, 0])[:, None])
    return e * S[:, None]
