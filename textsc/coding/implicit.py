"""The derivative of the code: from the gradient of a loss in the codes to its gradient in all that the codes depend on.

The code ŵ is where F(w) = ∇φ(w) − c + λ_d P'(w) vanishes. Differentiating that condition, not the solver, gives for a
loss with gradient g in ŵ: solve H v = g with H = BᵀA''B + λ_d diag P''(ŵ); every derivative is then −vᵀ∂F.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from textsc.arrays import Array, namespace
from textsc.coding.conjugate import Solution, solve_scaled
from textsc.coding.inference import Codes
from textsc.coding.objective import Objective
from textsc.coding.prior import LegendrePrior
from textsc.coding.restriction import Restriction
from textsc.columns import product_width
from textsc.rows import sparse_matmul

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
    V : array of shape (n_documents, n_components)
        The solutions v of H v = g; ∂ℓ/∂x = Bv, which is ``V @ components`` of the basis.
    lam : array of shape (n_documents,)
        ∂ℓ/∂λ_d = −vᵀP'(ŵ).
    mean : array of shape (n_documents, n_components)
        ∂ℓ/∂p for each document and component: λ_d v/p (KL), λ_d v w/(p √(w² + 4p²)) (signed KL).
    residual : array of shape (n_documents,)
        Relative residual of the scaled system, so the accuracy is known.
    n_products : int array of shape (n_documents,)
        Products with the exact Hessian, of two products with the basis each.
    """

    components: Array
    background: Array
    V: Array
    lam: Array
    mean: Array
    residual: Array
    n_products: Array


def code_gradients(
    objective: Objective,
    basis: Restriction,
    X: Any,
    lam_d: Array,
    codes: Codes,
    g: Array,
    *,
    tol: float = 1e-3,
    max_products: int = 200,
) -> CodeGradients:
    """Return the gradients of a loss in the basis, the background, the data, λ_d and p: eq. (12), contracted with g.

    The system is solved in the scaled form (λ_d I + S BᵀA''B S) e = S g, v = S e, S = P''(ŵ)^−½, whose spectrum is
    bounded below by λ_d, by conjugate gradients with exact Hessian products; no K x K matrix a document is made. Memory
    is that of `product_width` documents over the features, however many there are and however long their solve took.

    Parameters
    ----------
    objective : Objective
        With a KL prior, signed or not.
    basis : Restriction
    X : rows as the loss takes them, of shape (n_documents, n_features)
    lam_d : array of shape (n_documents,)
    codes : Codes
        Of these rows, all converged. The derivative is that of the minimum, so its error is that of the codes.
    g : array of shape (n_documents, n_components)
        ∂ℓ/∂ŵ.
    tol : float
        Relative residual to reach.
    max_products : int
        Where the solution is given as it is; its residual says how far it is.

    Returns
    -------
    CodeGradients

    Raises
    ------
    TypeError
        If the prior has corners or borders: then the code has no derivative everywhere.
    ValueError
        If a code is not converged: what is no minimum has no such derivative.

    References
    ----------
    Bradley and Bagnell (2008), section 3.3 and the supplement, section C, eq. 12.

    Examples
    --------
    >>> import numpy as np
    >>> from textsc.coding import KLPrior, LinearSquared, infer_codes
    >>> objective = Objective(LinearSquared(), KLPrior(1.0), lam=1.0)
    >>> basis, x, lam = objective.pair.bind(np.eye(1), np.zeros(1)), np.array([[2.0]]), np.ones(1)
    >>> codes = infer_codes(objective, basis, x, lam, tol=1e-14)
    >>> gradients = code_gradients(objective, basis, x, lam, codes, np.ones((1, 1)))
    >>> bool(abs(gradients.V[0, 0] - 1 / (1 + 1 / codes.W[0, 0])) < 1e-6)  # dŵ/dx = 1/(1 + λ/ŵ)
    True
    """
    xp = namespace(lam_d, codes.W, g)
    prior = objective.prior
    if not isinstance(prior, LegendrePrior):
        raise TypeError(f"code_gradients: codes are differentiable under the KL priors, not under {prior.name!r}.")
    _refuse_open(codes)
    W, g = xp.matrix_transpose(codes.W), xp.matrix_transpose(g)
    components, background = xp.zeros_like(basis.components), xp.zeros_like(basis.background)
    # Documents with a weak prior need most steps: they are put side by side.
    order = xp.argsort(lam_d, stable=True)
    solutions, solved = [], []
    for index in _tiles(order, product_width(xp, basis.components.shape[1])):
        W_tile = xp.take(W, index, axis=1)
        curvature = basis.curvature_at(W_tile)
        S = xp.sqrt(prior.metric(W_tile))
        right, lam = S * xp.take(g, index, axis=1), xp.take(lam_d, index)
        found = solve_scaled(curvature, basis.mean_curvature, lam, S, right, tol=tol, max_products=max_products)
        V_tile = S * found.E
        first, second = curvature.partial_derivatives(W_tile, V_tile)
        components, background = components - first, background - second
        solutions.append(found)
        solved.append(V_tile)
    V, residual, n_products = _in_order(order, solved, solutions, like=W)
    return CodeGradients(
        components=components + xp.matrix_transpose(sparse_matmul(X.T, xp.matrix_transpose(V))),
        background=background,
        V=xp.matrix_transpose(V),
        lam=-xp.sum(V * prior.dual(W), axis=0),
        mean=xp.matrix_transpose(lam_d * V * prior.mean_derivative(W)),
        residual=residual,
        n_products=n_products,
    )


def _refuse_open(codes: Codes) -> None:
    xp = namespace(codes.W)
    left = xp.nonzero(~codes.converged)[0]
    if left.shape[0]:
        raise ValueError(
            f"code_gradients: the derivative is that of a minimum, but {left.shape[0]} of {codes.W.shape[0]} codes are "
            f"not converged, the first is row {int(left[0])}; solve them further or leave them out."
        )


def _tiles(order: Array, width: int) -> Iterator[Array]:
    for start in range(0, order.shape[0], width):
        yield order[start : min(start + width, order.shape[0])]


def _in_order(
    order: Array, solved: list[Array], solutions: list[Solution], *, like: Array
) -> tuple[Array, Array, Array]:
    """Put what was found tile by tile back into the order of the documents."""
    xp = namespace(order)
    if not solved:
        return xp.zeros_like(like), xp.zeros_like(like[0, :]), order
    back = xp.argsort(order)
    return (
        xp.take(xp.concat(solved, axis=1), back, axis=1),
        xp.take(xp.concat([found.residual for found in solutions]), back),
        xp.take(xp.concat([found.n_products for found in solutions]), back),
    )
