"""The duality gap, with room for rounding: a certificate that holds in the arithmetic it is computed in."""

from typing import Any

from textsc.arrays import Array, namespace
from textsc.coding.prior import LegendrePrior, ProximalPrior
from textsc.coding.restriction import Restriction

__all__ = ["certified_gap", "completed_gap", "proximal_gap", "scaled_gap"]

ROUNDING = 8.0  # units in the last place of c and of Bᵀr, each a sum of products that partly cancel


def certified_gap(
    prior: LegendrePrior, c: Array, lam: Array, theta: Array, W: Array, G: Array, *, eps: Any = None
) -> Array:
    """Return λ_d D_P(w, w⁺), w⁺ = ∇P*((c − Bᵀr)/λ_d), enlarged by what rounding may have hidden.

    An error ε of c − Bᵀr moves the dual point by ε/λ_d, and θ itself is rounded. The distance of w⁺ from w is taken
    longer by as much, so that where λ_d is too small for the precision the gap says so: it grows, to +inf if need be.

    Parameters
    ----------
    prior : LegendrePrior
    c, theta, W, G : array of shape (n_components, n_documents)
        Bᵀx, the dual code, the code, and Bᵀr at the code.
    lam : array of shape (n_documents,)
        λ_d.
    eps : float, optional
        Relative precision of ``c`` and ``G``; by default that of their type.

    Returns
    -------
    array of shape (n_documents,)
        Never nan; +inf where the exponent overflows.

    Examples
    --------
    >>> import numpy as np
    >>> from textsc.coding import KLPrior
    >>> one = np.ones((1, 1))
    >>> certified_gap(KLPrior(1.0), 0 * one, np.ones(1), 0 * one, one, one).round(6).tolist()
    [0.367879]
    """
    xp = namespace(c, lam, W)
    step = (c - G) / lam - theta
    doubt = _doubt(c, G, eps) / lam + 2 * _precision(c, eps) * (1 + xp.abs(theta))
    # The divergence is largest at an end of [step − doubt, step + doubt]: which one is plain unless it holds 0.
    side = prior.steeper(theta)
    step *= side
    falls = xp.astype(step < -doubt, step.dtype)  # in place of where(), which takes as long as ten products
    step = side * (falls * (step - doubt) + (1 - falls) * (xp.abs(step) + doubt))
    gap = lam * prior.divergence(W, step)
    return xp.where(xp.isfinite(gap), gap, xp.full_like(gap, xp.inf))


def scaled_gap(prior: ProximalPrior, c: Array, lam: Array, W: Array, G: Array) -> tuple[Array, Array]:
    """Return the part of the gap that needs no pass, and the share 1 − s of the data in the dual point.

    The dual point is x + s(r − x) with the largest s ≤ 1 that is feasible. With u = Bᵀ(x − r) the gap is
    λP(w) − s uᵀw + (λP)*(su) + D(x + s(r − x)), where the last term is `Restriction.dual_divergence`. As in
    `certified_gap` u may be wrong in its last digits: s and the gap leave room for that.

    Parameters
    ----------
    prior : ProximalPrior
    c, W, G : array of shape (n_components, n_documents)
    lam : array of shape (n_documents,)

    Returns
    -------
    gap, share : array of shape (n_documents,)
        +inf and 1 where no dual point is feasible.

    Examples
    --------
    >>> import numpy as np
    >>> from textsc.coding import L2Prior
    >>> gap, share = scaled_gap(L2Prior(), np.ones((1, 1)), np.ones(1), np.zeros((1, 1)), np.zeros((1, 1)))
    >>> gap.round(9).tolist(), share.tolist()
    ([0.5], [0.0])
    """
    xp = namespace(c, lam, W)
    pull, doubt = c - G, _doubt(c, G, None)
    # The farthest that the pull may be from 0 on its side, on either side where the side is not known.
    farthest = xp.where(pull < -doubt, pull - doubt, xp.abs(pull) + doubt)
    s = prior.feasible_share(farthest, lam)
    feasible = xp.isfinite(s)
    s = xp.where(feasible, s, xp.zeros_like(s))
    gap = lam * prior.penalty(W) - s * xp.sum(pull * W, axis=0) + prior.conjugate(s * farthest, lam)
    gap = xp.maximum(gap, 0.0) + 2 * xp.sum(doubt * xp.abs(W), axis=0)
    return xp.where(feasible, gap, xp.full_like(gap, xp.inf)), 1 - s


def proximal_gap(prior: ProximalPrior, basis: Restriction, X: Any, c: Array, lam: Array, W: Array, G: Array) -> Array:
    """Return the duality gap at the dual point x + s(r − x): see `scaled_gap`, and `Objective.gap` for the arguments.

    Examples
    --------
    >>> import numpy as np
    >>> from textsc.coding import L1Prior, LinearSquared
    >>> basis, x = LinearSquared().bind(np.eye(1), np.zeros(1)), np.array([[2.0]])
    >>> proximal_gap(L1Prior(), basis, x, x.T, np.ones(1), np.array([[1.0]]), np.array([[1.0]])).round(9).tolist()
    [0.0]
    """
    xp = namespace(c, lam, W)
    gap, share = scaled_gap(prior, c, lam, W, G)
    rest = xp.where(share > 0, basis.dual_divergence(W, X, share), xp.zeros_like(gap))
    return completed_gap(gap, rest, c, G)


def completed_gap(gap: Array, divergence: Array, c: Array, G: Array) -> Array:
    """Return a gap with the divergence D that `scaled_gap` leaves out, never nan, in float64.

    Rounding moves r by some relative ε, and D by up to ε √(2D) (Pinsker's inequality; for squared loss Cauchy's).

    Examples
    --------
    >>> import numpy as np
    >>> completed_gap(np.ones(1), np.full(1, 0.5), np.zeros((1, 1)), np.zeros((1, 1))).round(9).tolist()
    [1.5]
    """
    xp = namespace(gap, divergence, c, G)
    room = xp.max(_doubt(c, G, None), axis=0) * xp.sqrt(2 * divergence)
    total = xp.astype(gap + divergence + room, xp.float64)
    return xp.where(xp.isfinite(total), total, xp.full_like(total, xp.inf))


def _precision(c: Array, eps: Any) -> float:
    xp = namespace(c)
    return float(xp.finfo(c.dtype).eps) if eps is None else float(eps)


def _doubt(c: Array, G: Array, eps: Any) -> Array:
    """Return how far c − Bᵀr may be wrong, for each document, of shape (1, n_documents)."""
    xp = namespace(c, G)
    size = 1 + xp.max(xp.abs(c), axis=0) + xp.max(xp.abs(G), axis=0)
    return _precision(c, eps) * ROUNDING * size[None, :]
