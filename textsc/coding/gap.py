"""The duality gap, with room for rounding: a certificate that holds in the arithmetic it is computed in."""

from typing import Any

from textsc.arrays import Array, namespace
from textsc.coding.priors import Prior

__all__ = ["certified_gap"]

ROUNDING = 4.0  # units in the last place of c and of Bᵀr, each a sum of products that partly cancel


def certified_gap(prior: Prior, c: Array, lam: Array, theta: Array, W: Array, G: Array, *, eps: Any = None) -> Array:
    """Return λ_d D_P(w, w⁺), w⁺ = ∇P*((c − Bᵀr)/λ_d), enlarged by what rounding may have hidden.

    An error ε of c − Bᵀr moves the dual point by ε/λ_d, and θ itself is rounded. The distance of w⁺ from w is taken
    longer by as much, so that where λ_d is too small for the precision the gap says so: it grows, to +inf if need be.

    Parameters
    ----------
    prior : Prior
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
    precision = float(xp.finfo(c.dtype).eps) if eps is None else float(eps)
    size = 1 + xp.max(xp.abs(c), axis=0) + xp.max(xp.abs(G), axis=0)
    step = (c - G) / lam - theta
    doubt = precision * (ROUNDING * size / lam + 2 * (1 + xp.abs(theta)))
    # The divergence is largest at an end of [step − doubt, step + doubt]: which one is plain unless it holds 0.
    step = xp.where(step < -doubt, step - doubt, xp.abs(step) + doubt)
    gap = lam * prior.divergence(W, step)
    return xp.where(xp.isfinite(gap), gap, xp.full_like(gap, xp.inf))
