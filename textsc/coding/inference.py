"""From rows to certified codes: the convex solve, by the method that the prior needs."""

from dataclasses import dataclass
from typing import Any

from textsc.arrays import Array, device_of, namespace
from textsc.coding import proximal, quasinewton
from textsc.coding.objective import Objective
from textsc.coding.prior import LegendrePrior, Prior, ProximalPrior
from textsc.coding.restriction import Restriction

__all__ = ["Codes", "infer_codes", "passes_allowed"]

UNCERTIFIED_PASSES = 200


@dataclass(frozen=True)
class Codes:
    """Codes of documents with their certificates.

    Parameters
    ----------
    W : array of shape (n_documents, n_components)
        The codes ŵ.
    gap : array of shape (n_documents,)
        Duality gaps, in the unit of the loss (text: nats per token). J(w) − J(ŵ) ≤ gap, and D_P(w, ŵ) ≤ gap/λ_d.
    n_passes : int array of shape (n_documents,)
        Passes over the features that each document took.
    converged : bool array of shape (n_documents,)
        Whether the gap is at or below the tolerance.

    Examples
    --------
    >>> import numpy as np
    >>> codes = Codes(np.ones((1, 2)), np.zeros(1), np.ones(1, int), np.array([True]))
    >>> codes.W.shape
    (1, 2)
    """

    W: Array
    gap: Array
    n_passes: Array
    converged: Array


def passes_allowed(prior: Prior, *, thorough: bool) -> int:
    """Return the passes a document may take: until it is certified at any price, or until another way is better.

    Examples
    --------
    >>> from textsc.coding import KLPrior
    >>> passes_allowed(KLPrior(1.0), thorough=False)
    40
    """
    if not prior.certifiable:
        return UNCERTIFIED_PASSES  # nothing says that it is enough
    solver = quasinewton if isinstance(prior, LegendrePrior) else proximal
    return int(solver.MAX_PASSES if thorough else solver.PATIENCE)


def infer_codes(
    objective: Objective,
    basis: Restriction,
    X: Any,
    lam_d: Array,
    *,
    start: Array | None = None,
    tol: float = 1e-4,
    max_passes: int | None = None,
) -> Codes:
    """Minimise J(w) = φ(w) − cᵀw + λ_d P(w), c = Bᵀx, for each document of a block.

    Under the KL priors by a quasi-Newton method that sees of the data only c, under L1, L2 and uniform priors by
    proximal gradient. A document is written out the first time that its gap is at or below ``tol`` and not touched
    again, and every column is computed alike wherever it stands: its code does not depend on the others in the block.

    Parameters
    ----------
    objective : Objective
        Names the prior; λ itself enters through ``lam_d``.
    basis : Restriction
        ``objective.pair.bind(components, background)``.
    X : rows as the loss takes them, of shape (n_documents, n_features)
        See `MatchedPair.prepare`; a SciPy sparse array, or a dense one of the library of the basis.
    lam_d : array of shape (n_documents,)
        ``objective.strength(n_tokens)``.
    start : array of shape (n_components, n_documents), optional
        Codes to start from; by default the minimum of the model around w = p, which costs no pass.
    tol : float
        The duality gap to reach, in the unit of the loss.
    max_passes : int, optional
        Passes after which a document is returned as it is, not converged; by default what the method needs.

    Returns
    -------
    Codes

    Raises
    ------
    TypeError
        If arrays of different libraries are mixed.

    References
    ----------
    Bradley and Bagnell (2008), section 3: the code is the unique minimum; the methods are this project's own.

    Examples
    --------
    >>> import numpy as np
    >>> from textsc.coding import KLPrior, Objective, SoftmaxKL
    >>> objective = Objective(SoftmaxKL(), KLPrior(0.5), lam=1.0)
    >>> basis = objective.pair.bind(np.array([[2.0, -1, -1], [-1, 2.0, -1]]), np.zeros(3))
    >>> codes = infer_codes(objective, basis, np.array([[0.8, 0.1, 0.1]]), np.array([0.01]), tol=1e-9)
    >>> codes.W.round(3).tolist()
    [[0.715, 0.048]]
    """
    c = basis.linear_term(X)
    xp = namespace(c, lam_d, basis.components, *(() if start is None else (start,)))
    if c.shape[1] == 0:
        none = xp.zeros((0,), dtype=xp.int64, device=device_of(c))
        return Codes(xp.matrix_transpose(c), xp.astype(lam_d, xp.float64), none, none > 0)
    prior = objective.prior
    limit = passes_allowed(prior, thorough=True) if max_passes is None else max_passes
    if isinstance(prior, LegendrePrior):
        W, gap, n_passes = quasinewton.quasi_newton(prior, basis, c, lam_d, start=start, tol=tol, max_passes=limit)
    elif isinstance(prior, ProximalPrior):
        W, gap, n_passes = proximal.proximal_gradient(prior, basis, X, c, lam_d, start=start, tol=tol, max_passes=limit)
    else:
        raise TypeError(f"infer_codes: a prior is a LegendrePrior or a ProximalPrior, got {type(prior).__name__}.")
    return Codes(xp.matrix_transpose(W), gap, n_passes, gap <= tol)
