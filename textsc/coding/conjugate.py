"""Conjugate gradients for the systems behind the derivative of the code: one a document, solved side by side.

The system is (λ_d I + S H S) e = S g with S = P''(w)^−½ and H the exact Hessian of φ at the document's code, known by
its products only. The preconditioner puts in the place of H its mean over typical codes, one matrix that all documents
share, and solves for it by a few conjugate-gradient steps of its own: they cost no pass over the features.
"""

from dataclasses import dataclass

from textsc.arrays import Array, device_of, namespace
from textsc.coding.curvature import Curvature
from textsc.columns import column_dots, places, safe_ratio

__all__ = ["Solution", "solve_scaled"]

INNER = 6  # steps on the shared curvature a product; with ten, 0.4 products fewer
COMPACT = 0.75  # finished documents are dropped when a smaller share is open


@dataclass(frozen=True, eq=False)
class Solution:
    """Solutions of the scaled systems.

    Parameters
    ----------
    E : array of shape (n_components, n_documents)
    residual : array of shape (n_documents,)
        ‖S g − (λ + S H S) e‖ / ‖S g‖, 0 where g is 0.
    n_products : int array of shape (n_documents,)
        Products with the exact Hessian that each document took.

    Examples
    --------
    >>> import numpy as np
    >>> Solution(np.zeros((1, 1)), np.zeros(1), np.zeros(1, dtype=int)).E.shape
    (1, 1)
    """

    E: Array
    residual: Array
    n_products: Array


def solve_scaled(
    curvature: Curvature, shared: Array, lam: Array, S: Array, right: Array, *, tol: float, max_products: int
) -> Solution:
    """Solve (λ_d I + S H S) e = right for each document, to a relative residual.

    A document is left as it is once its residual is at or below ``tol``.

    Parameters
    ----------
    curvature : Curvature
        H, at the codes.
    shared : array of shape (n_components, n_components)
        A curvature like H that all documents share.
    lam : array of shape (n_documents,)
    S, right : array of shape (n_components, n_documents)
    tol : float
    max_products : int

    Returns
    -------
    Solution

    References
    ----------
    Notay (2000), "Flexible conjugate gradients": the preconditioner is not the same matrix at every step.

    Examples
    --------
    >>> import numpy as np
    >>> from textsc.coding.curvature import GramCurvature
    >>> H, one = np.diag([1.0, 3.0]), np.ones((2, 1))
    >>> found = solve_scaled(GramCurvature(H, one[:, 0], H), H, np.ones(1), one, one, tol=1e-9, max_products=9)
    >>> found.E.round(6).tolist()
    [[0.5], [0.25]]
    """
    system = _System(curvature, shared, lam, S, right, tol)
    pieces = []
    for _ in range(max_products):
        if system.n_open == 0:
            break
        if system.n_open <= COMPACT * system.columns.shape[0]:
            pieces.append(system.drop_finished())
        system.step()
    pieces.append(system.piece(system.everything()))
    return _gather(pieces)


@dataclass(frozen=True, eq=False)
class _Piece:
    """Documents that left together."""

    columns: Array
    solution: Solution


def _gather(pieces: list[_Piece]) -> Solution:
    """Put the pieces back into the order of the documents."""
    xp = namespace(pieces[0].columns)
    if len(pieces) == 1:
        return pieces[0].solution
    order = xp.argsort(xp.concat([piece.columns for piece in pieces]))
    return Solution(
        xp.take(xp.concat([piece.solution.E for piece in pieces], axis=1), order, axis=1),
        xp.take(xp.concat([piece.solution.residual for piece in pieces]), order),
        xp.take(xp.concat([piece.solution.n_products for piece in pieces]), order),
    )


class _System:
    """The systems still open, and where each stands."""

    def __init__(self, curvature: Curvature, shared: Array, lam: Array, S: Array, right: Array, tol: float) -> None:
        xp = namespace(S, right)
        self.curvature, self.shared, self.tol = curvature, shared, tol
        self.diagonal = xp.linalg.diagonal(shared)[:, None]
        self.columns = xp.arange(S.shape[1], device=device_of(S))
        self.lam, self.S = lam, S
        self.E, self.rest = xp.zeros_like(right), right
        self.size = xp.sqrt(column_dots(right, right))
        self.residual = xp.where(self.size > 0, xp.ones_like(self.size), xp.zeros_like(self.size))
        self.n_products = xp.zeros_like(self.columns)
        self.direction = self._precondition(right)
        self.slope = column_dots(right, self.direction)
        self._look()

    def _look(self) -> None:
        xp = namespace(self.S)
        self.open = self.residual > self.tol
        # The one number a step that a device is asked for.
        self.n_open = int(xp.sum(xp.astype(self.open, xp.int64)))

    def step(self) -> None:
        """Take one step with one exact product; finished documents stay where they are."""
        xp = namespace(self.S)
        product = self.S * self.curvature.product(self.S * self.direction) + self.lam * self.direction
        length = safe_ratio(self.slope, column_dots(self.direction, product))
        length = xp.where(self.open, length, xp.zeros_like(length))
        self.E = self.E + length * self.direction
        change = length * product
        self.rest = self.rest - change
        self.n_products = self.n_products + xp.astype(self.open, self.n_products.dtype)
        self.residual = safe_ratio(xp.sqrt(column_dots(self.rest, self.rest)), self.size)
        self._look()
        if self.n_open == 0:
            return
        z = self._precondition(self.rest)
        along = -column_dots(change, z)
        self.direction = z + safe_ratio(along, self.slope) * self.direction
        self.slope = column_dots(self.rest, z)

    def _precondition(self, right: Array) -> Array:
        """Solve (λ + S M S) z = right roughly, M the shared curvature, by CG with its diagonal."""
        xp = namespace(right)
        jacobi = self.lam + self.S * self.S * self.diagonal
        solution, rest = xp.zeros_like(right), right
        z = rest / jacobi
        direction, slope = z, column_dots(rest, z)
        for number in range(INNER):
            product = self.S * (self.shared @ (self.S * direction)) + self.lam * direction
            length = safe_ratio(slope, column_dots(direction, product))
            solution = solution + length * direction
            if number == INNER - 1:
                break
            rest = rest - length * product
            z = rest / jacobi
            slope, previous = column_dots(rest, z), slope
            direction = z + safe_ratio(slope, previous) * direction
        return solution

    def everything(self) -> Array:
        """Return the places of all that are here."""
        xp = namespace(self.S)
        return xp.arange(self.columns.shape[0], device=device_of(self.S))

    def piece(self, index: Array) -> _Piece:
        """Return some documents as they are."""
        xp = namespace(self.S)
        solution = Solution(
            xp.take(self.E, index, axis=1), xp.take(self.residual, index), xp.take(self.n_products, index)
        )
        return _Piece(xp.take(self.columns, index), solution)

    def drop_finished(self) -> _Piece:
        """Take the finished documents out of the batch."""
        xp = namespace(self.S)
        done = self.piece(places(~self.open, self.columns.shape[0] - self.n_open))
        index = places(self.open, self.n_open)
        self.curvature = self.curvature.take(index)
        for name in ("S", "E", "rest", "direction"):
            setattr(self, name, xp.take(getattr(self, name), index, axis=1))
        for name in ("columns", "lam", "size", "residual", "n_products", "slope", "open"):
            setattr(self, name, xp.take(getattr(self, name), index))
        return done
