"""The convex solve under the KL priors: a structured quasi-Newton method, batched over documents.

The potential on the span of the basis, φ(w), is the only thing that costs a pass over the vocabulary. It is modelled
around the current code by its value, its slope and a curvature that starts from one matrix shared by all documents and
learns by BFGS pairs; the prior is kept exact, so the model is minimised by Newton steps in the dual variable θ = P'(w),
which keep w in its domain. Nothing is stored per document but vectors. The few documents that this leaves open go to a
damped Newton method with the exact Hessian.

Inside, arrays have the component index first, (n_components, n_documents).
"""

from dataclasses import dataclass

from textsc.arrays import LANES, Array, namespace, overflow_to_inf, whole_lanes
from textsc.coding.gap import certified_gap
from textsc.coding.newton import damped_newton
from textsc.coding.prior import LegendrePrior
from textsc.coding.restriction import Restriction

__all__ = ["MAX_PASSES", "PATIENCE", "quasi_newton"]

MEMORY = 10  # BFGS pairs held before the model starts afresh
GROWTH = 3.0  # no weight grows by more than exp(3) in one step
PATIENCE = 40  # passes before a document goes to the damped Newton method
MAX_PASSES = 200
COMPACT = 0.8  # the batch is compacted when a smaller share of it is live


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
        Codes to start from; None: the minimum of the model at w = 0, which costs no pass.
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
        batch = _Batch(prior, basis, c, lam, start=start)
        pieces = [batch.retire(tol)]
        while batch.n_live > 0 and batch.passes < min(max_passes, PATIENCE):
            batch.step()
            pieces.append(batch.retire(tol))
            batch.compact()
        if batch.n_live > 0:
            pieces.append(batch.finish(tol, max_passes))
        return _gather(pieces)


@dataclass(frozen=True)
class _Piece:
    """Documents that left the batch together."""

    columns: Array
    W: Array
    gap: Array
    n_passes: Array


def _gather(pieces: list[_Piece]) -> tuple[Array, Array, Array]:
    """Put the pieces back into the order of the block."""
    xp = namespace(pieces[0].W)
    order = xp.argsort(xp.concat([piece.columns for piece in pieces]))
    return (
        xp.take(xp.concat([piece.W for piece in pieces], axis=1), order, axis=1),
        xp.take(xp.concat([piece.gap for piece in pieces]), order),
        xp.take(xp.concat([piece.n_passes for piece in pieces]), order),
    )


class _Batch:
    """The documents still open: the point of each, and the model of φ around it."""

    def __init__(self, prior: LegendrePrior, basis: Restriction, c: Array, lam: Array, *, start: Array | None) -> None:
        xp = namespace(c)
        self.prior, self.basis = prior, basis
        self.columns = whole_lanes(xp.arange(c.shape[1]))
        self.live = xp.arange(self.columns.shape[0]) < c.shape[1]
        self.c, self.lam = xp.take(c, self.columns, axis=1), xp.take(lam, self.columns)
        c, lam = self.c, self.lam
        self.cap = xp.full_like(lam, GROWTH)
        self.pairs: list[tuple[Array, Array]] = []
        diagonal = xp.linalg.diagonal(basis.curvature)
        self.curvature_diagonal = xp.clip(diagonal, min=float(xp.max(diagonal)) * 1e-6)[:, None]
        self.passes = 0 if start is None else 1
        # One pass for the single code w = p gives every document a point to start from and to fall back on.
        theta = xp.zeros_like(c[:, :1])
        W = prior.primal(theta)
        phi, G = basis.evaluate(W, basis.tangent(W))
        self.theta, self.W, self.G = (a + xp.zeros_like(c) for a in (theta, W, G))
        self.phi = phi + xp.zeros_like(lam)
        self.value = self._objective(self.theta, self.W, self.phi)
        if start is not None:
            theta = prior.bound_dual(prior.dual(xp.take(start, self.columns, axis=1)))
            W = prior.primal(theta)
            phi, G = basis.evaluate(W, basis.tangent(W))
            self._move(theta, W, phi, G)
        self._certify()

    def _move(self, theta: Array, W: Array, phi: Array, G: Array) -> Array:
        """Go to the given points where the objective is no higher there; return where."""
        xp = namespace(W)
        value = self._objective(theta, W, phi)
        slack = 8 * xp.finfo(W.dtype).eps * (1 + xp.abs(self.phi) + xp.abs(self.phi - self.value))
        better = value <= self.value + slack
        self.theta = xp.where(better, theta, self.theta)
        self.W = xp.where(better, W, self.W)
        self.G = xp.where(better, G, self.G)
        self.phi = xp.where(better, phi, self.phi)
        self.value = xp.where(better, value, self.value)
        return better

    def _objective(self, theta: Array, W: Array, phi: Array) -> Array:
        xp = namespace(W)
        return phi - xp.sum(self.c * W, axis=0) + self.lam * self.prior.value(W, theta)

    def _certify(self) -> None:
        self.gap = certified_gap(self.prior, self.c, self.lam, self.theta, self.W, self.G)

    def retire(self, tol: float) -> _Piece:
        """Take out the documents that are certified for the first time."""
        xp = namespace(self.c)
        ready = self.live & (xp.astype(self.gap, xp.float64) <= tol)
        self.live = self.live & ~ready
        self.n_live = int(xp.sum(xp.astype(self.live, xp.int64)))
        index = xp.nonzero(ready)[0]
        return self._piece(index)

    def _piece(self, index: Array) -> _Piece:
        xp = namespace(self.c)
        columns = xp.take(self.columns, index)
        return _Piece(
            columns,
            xp.take(self.W, index, axis=1),
            xp.astype(xp.take(self.gap, index), xp.float64),
            xp.full_like(columns, self.passes),
        )

    def compact(self) -> None:
        """Drop the columns of documents that are done, where that makes the batch much smaller."""
        xp = namespace(self.c)
        if self.n_live == 0 or self.n_live + LANES > COMPACT * self.columns.shape[0]:
            return
        live = xp.nonzero(self.live)[0]
        index = whole_lanes(live)
        self.live = xp.arange(index.shape[0]) < live.shape[0]
        for name in ("columns", "lam", "cap", "phi", "value", "gap"):
            setattr(self, name, xp.take(getattr(self, name), index))
        for name in ("c", "theta", "W", "G"):
            setattr(self, name, xp.take(getattr(self, name), index, axis=1))
        self.pairs = [(xp.take(y, index, axis=1), xp.take(b, index, axis=1)) for y, b in self.pairs]

    def step(self) -> None:
        """Minimise the model, make one pass at its minimum, learn from it, and move where the objective fell."""
        xp = namespace(self.c)
        theta = self._propose()
        W = self.prior.primal(theta)
        change = W - self.W
        phi, G = self.basis.evaluate(W, self.phi + xp.sum(self.G * change, axis=0))
        self.passes += 1
        if not self.basis.is_quadratic:
            self._learn(change, G - self.G)
        better = self._move(theta, W, phi, G)
        self.cap = xp.where(better, xp.clip(2 * self.cap, max=GROWTH), 0.3 * self.cap)
        self._certify()

    def _propose(self) -> Array:
        """Minimise the model by a few Newton steps in θ from the current point."""
        n_newton, n_cg = self._effort()
        diagonal = self._diagonal()
        theta, W = self.theta, self.W
        for _ in range(n_newton):
            F = self.G - self.c + self.lam * theta
            if theta is not self.theta:
                F = F + self._curve(W - self.W)
            step = self._newton(F, W, diagonal, n_cg)
            theta = self.prior.bound_dual(theta + self.prior.limit_step(theta, step, self.cap))
            W = self.prior.primal(theta)
        return theta

    def _effort(self) -> tuple[int, int]:
        """Return Newton steps on the model and CG iterations in each: more where the start or the end needs them."""
        if self.basis.is_quadratic:
            return 1, (4 if self.passes < 3 else 8 if self.passes < 10 else 16 if self.passes < 20 else 30)
        if self.passes == 0:
            return 4, 4
        return (1, 3) if self.passes < 10 else (2, 6)

    def _newton(self, F: Array, W: Array, diagonal: Array, n_cg: int) -> Array:
        """Return the step in θ that solves λ d + M_d (dw/dθ) d = −F, by CG and one Jacobi sweep.

        The CG solution e of (λ + S M_d S) e = −S F, S = (dw/dθ)^½, would give d = e/S, or −(F + M_d S e)/λ: both
        magnify its error where S or λ is small. A Jacobi sweep, (λ + S² diag) d = diag S e − F − M_d S e, does not.
        """
        xp = namespace(F)
        metric = self.prior.metric(W)
        S = xp.sqrt(metric)
        jacobi = self.lam + metric * diagonal
        residual = -S * F
        solution = xp.zeros_like(F)
        z = residual / jacobi
        direction = z
        rz = xp.sum(residual * z, axis=0)
        for _ in range(n_cg):
            product = self.lam * direction + S * self._curve(S * direction)
            length = _ratio(rz, xp.sum(direction * product, axis=0))
            solution = solution + length * direction
            residual = residual - length * product
            z = residual / jacobi
            rz, previous = xp.sum(residual * z, axis=0), rz
            direction = z + _ratio(rz, previous) * direction
        dw = S * solution
        return (diagonal * dw - F - self._curve(dw)) / jacobi

    def _curve(self, V: Array) -> Array:
        """Return M_d V: the shared curvature and the BFGS pairs of each document."""
        xp = namespace(V)
        out = self.basis.curvature @ V
        for y, b in self.pairs:
            out = out + y * xp.sum(y * V, axis=0) - b * xp.sum(b * V, axis=0)
        return out

    def _diagonal(self) -> Array:
        xp = namespace(self.c)
        out = self.curvature_diagonal
        for y, b in self.pairs:
            out = out + y * y - b * b
        return xp.maximum(out, 0.1 * self.curvature_diagonal)

    def _learn(self, change: Array, slope_change: Array) -> None:
        """Append the BFGS pair of a trial, taken or not: φ is convex, so its secant is true curvature either way."""
        xp = namespace(change)
        if len(self.pairs) == MEMORY:
            self.pairs = []
        b = self._curve(change)
        curved = xp.sum(change * b, axis=0)
        secant = xp.sum(change * slope_change, axis=0)
        tiny = float(xp.finfo(change.dtype).smallest_normal) ** 0.5
        sound = (secant > 1e-3 * curved) & (curved > tiny) & xp.isfinite(secant)
        one, none = xp.ones_like(curved), xp.zeros_like(change)
        y = xp.where(sound, slope_change / xp.sqrt(xp.where(sound, secant, one)), none)
        b = xp.where(sound, b / xp.sqrt(xp.where(sound, curved, one)), none)
        self.pairs.append((y, b))

    def finish(self, tol: float, max_passes: int) -> _Piece:
        """Hand what is left to the damped Newton method, as far as passes are left."""
        xp = namespace(self.c)
        index = xp.nonzero(self.live)[0]
        left = max_passes - self.passes
        if left <= 0:
            return self._piece(index)
        c, theta = (xp.take(a, index, axis=1) for a in (self.c, self.theta))
        lam = xp.take(self.lam, index)
        W, gap, steps = damped_newton(self.prior, self.basis, c, lam, theta, tol=tol, max_steps=left)
        return _Piece(xp.take(self.columns, index), W, gap, steps + self.passes)


def _ratio(numerator: Array, denominator: Array) -> Array:
    """Divide where the denominator is positive; zero elsewhere."""
    xp = namespace(numerator)
    sound = denominator > 0
    ratio = numerator / xp.where(sound, denominator, xp.ones_like(denominator))
    return xp.where(sound, ratio, xp.zeros_like(ratio))
