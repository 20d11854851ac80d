"""The derivative of the code: from the gradient of a loss in the codes to its gradient in all that the codes depend on.

The code ŵ is where F(w) = ∇φ(w) − c + λ_d P'(w) vanishes. Differentiating that condition, not the solver, gives for a
loss with gradient g in ŵ: solve H v = g with H = BᵀA''B + λ_d diag P''(ŵ); every derivative is then −vᵀ∂F.
"""

from dataclasses import dataclass
from typing import Any

from textsc.arrays import Array, namespace
from textsc.coding.objective import Objective
from textsc.coding.prior import LegendrePrior
from textsc.coding.restriction import Restriction

__all__ = ["CodeGradients", "code_gradients"]


@dataclass(frozen=True, eq=False)
class CodeGradients:
    """Gradients of a loss through the codes.

    Parameters
    ----------
    components : array of shape (n_components, n_features)
        ∂ℓ/∂Bᵀ = −Σ_d [ŵ (A''Bv)ᵀ + v (r − x)ᵀ].
    background : array of shape (n_features,)
        ∂ℓ/∂b0 = −Σ_d A''Bv.
    V : array of shape (n_components, n_documents)
        The solutions v of H v = g; ∂ℓ/∂x = Bv.
    lam : array of shape (n_documents,)
        ∂ℓ/∂λ_d = −vᵀP'(ŵ).
    mean : array of shape (n_components, n_documents)
        ∂ℓ/∂p for each component and document: λ_d v/p (KL), λ_d v w/(p √(w² + 4p²)) (signed KL).
    """

    components: Array
    background: Array
    V: Array
    lam: Array
    mean: Array


def code_gradients(objective: Objective, basis: Restriction, X: Any, lam_d: Array, W: Array, g: Array) -> CodeGradients:
    """Return the gradients of a loss in the basis, the background, λ_d and p, by a dense solve of eq. (12).

    The system is solved in the scaled form (λ_d I + S BᵀA''B S) e = S g, v = S e, S = P''(ŵ)^−½, whose spectrum is
    bounded below by λ_d. One K x K system a document.

    Parameters
    ----------
    objective : Objective
        With a KL prior, signed or not.
    basis : Restriction
    X : rows as the loss takes them, of shape (n_documents, n_features)
    lam_d : array of shape (n_documents,)
    W : array of shape (n_components, n_documents)
        Codes ŵ: minima, certified. The derivative is that of the minimum, so its error is that of the codes.
    g : array of shape (n_components, n_documents)
        ∂ℓ/∂ŵ.

    Returns
    -------
    CodeGradients

    Raises
    ------
    TypeError
        If the prior has corners or borders: then the code has no derivative everywhere.

    References
    ----------
    Bradley and Bagnell (2008), section 3.3 and the supplement, section C, eq. 12.

    Examples
    --------
    >>> import numpy as np
    >>> from textsc.coding import KLPrior, LinearSquared, infer_codes
    >>> objective = Objective(LinearSquared(), KLPrior(1.0), lam=1.0)
    >>> basis, x, lam = objective.pair.bind(np.eye(1), np.zeros(1)), np.array([[2.0]]), np.ones(1)
    >>> W = infer_codes(objective, basis, x, lam, tol=1e-14).W.T
    >>> gradients = code_gradients(objective, basis, x, lam, W, np.ones((1, 1)))
    >>> bool(abs(gradients.V[0, 0] - 1 / (1 + 1 / W[0, 0])) < 1e-6)  # dŵ/dx = 1/(1 + λ/ŵ)
    True
    """
    xp = namespace(lam_d, W, g)
    prior = objective.prior
    if not isinstance(prior, LegendrePrior):
        raise TypeError(f"code_gradients: codes are differentiable under the KL priors, not under {prior.name!r}.")
    V = _solve(prior, basis, lam_d, W, g)
    components, background = basis.curved_gradient(W, V, X)
    return CodeGradients(
        components=-components,
        background=-background,
        V=V,
        lam=-xp.sum(V * prior.dual(W), axis=0),
        mean=lam_d * V * prior.mean_derivative(W),
    )


def _solve(prior: LegendrePrior, basis: Restriction, lam_d: Array, W: Array, g: Array) -> Array:
    """Return v with H v = g, document by document."""
    xp = namespace(W)
    S = xp.sqrt(prior.metric(W))
    scaled = S * g
    identity = xp.eye(W.shape[0], dtype=W.dtype)
    columns = []
    for d in range(W.shape[1]):
        s = S[:, d]
        matrix = lam_d[d] * identity + s[:, None] * basis.hessian(W[:, d]) * s[None, :]
        columns.append(s * xp.linalg.solve(matrix, scaled[:, d : d + 1])[:, 0])
    return xp.stack(columns, axis=1) if columns else xp.zeros_like(W)
