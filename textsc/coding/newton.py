"""Damped Newton with the exact Hessian, in float64: for the few documents that the quasi-Newton method leaves open.

One document at a time, one K x K Hessian a step: too dear for a corpus, safe for its stragglers.
"""

from typing import Any

from textsc.arrays import Array, namespace, overflow_to_inf
from textsc.coding.priors import Prior
from textsc.coding.restriction import Restriction

__all__ = ["damped_newton"]


def damped_newton(
    prior: Prior,
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
    prior, basis : Prior, Restriction
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
    c64, lam64, theta64 = (xp.astype(a, xp.float64) for a in (c, lam, theta))
    with overflow_to_inf():
        solved = [
            _solve(
                prior, exact, c64[:, j : j + 1], lam64[j : j + 1], theta64[:, j : j + 1], tol=tol, max_steps=max_steps
            )
            for j in range(c.shape[1])
        ]
    W = xp.concat([w for w, _, _ in solved], axis=1)
    gap = xp.concat([g for _, g, _ in solved])
    return xp.astype(W, c.dtype), gap, xp.asarray([n for _, _, n in solved], dtype=xp.int64)


class _Point:
    """One code with all that one pass says of it."""

    def __init__(self, prior: Prior, basis: Restriction, c: Array, lam: Array, theta: Array, lower: Array) -> None:
        xp = namespace(theta)
        self.theta = theta
        self.W = prior.primal(theta)
        self.phi, self.G = basis.evaluate(self.W, lower(self.W) if callable(lower) else lower)
        self.F = self.G - c + lam * theta
        fit = float(xp.sum(c * self.W))
        self.value = float(self.phi[0]) - fit + float((lam * prior.value(self.W, theta))[0])
        self.noise = 4e-15 * (1 + abs(float(self.phi[0])) + abs(fit))
        self.gap = lam * prior.divergence(self.W, -self.F / lam)


def _solve(
    prior: Prior,
    basis: Restriction,
    c: Array,
    lam: Array,
    theta: Array,
    *,
    tol: float,
    max_steps: int,
) -> tuple[Array, Array, int]:
    xp = namespace(c)
    phi0, slope0 = basis.origin()
    point = _Point(prior, basis, c, lam, theta, lambda W: phi0 + slope0 @ W)
    spent = 1
    while spent < max_steps and not float(point.gap[0]) <= tol:
        step = _direction(prior, basis, lam, point)
        fraction = 1.0
        while spent < max_steps:
            trial_theta = prior.bound_dual(prior.retract(point.theta, fraction * step))
            W = prior.primal(trial_theta)
            trial = _Point(
                prior,
                basis,
                c,
                lam,
                trial_theta,
                point.phi + xp.sum(point.G * (W - point.W), axis=0),
            )
            spent += 1
            slope = float(xp.sum(point.F * (W - point.W)))
            if trial.value <= point.value + 1e-4 * min(slope, 0.0) + point.noise:
                break
            fraction *= 0.25
        else:
            break
        point = trial
    return point.W, point.gap, spent


def _direction(prior: Prior, basis: Restriction, lam: Any, point: _Point) -> Array:
    """Return S e with (λ I + S H S) e = −S F, S = P''(w)^−½: the Newton direction in w."""
    xp = namespace(point.W)
    S = xp.sqrt(prior.metric(point.W))[:, 0]
    H = basis.hessian(point.W[:, 0])
    matrix = lam[0] * xp.eye(S.shape[0], dtype=S.dtype) + S[:, None] * H * S[None, :]
    e = xp.linalg.solve(matrix, (-S * point.F[:, 0])[:, None])
    return e * S[:, None]
