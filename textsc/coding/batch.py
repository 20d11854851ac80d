"""Documents that take the steps of the quasi-Newton method together: their points, their models, their certificates.

Nothing is stored per document but vectors; arrays have the component index first, (n_components, n_documents), and
every column is computed alike wherever it stands.
"""

from dataclasses import dataclass
from typing import Self

from textsc.arrays import LANES, Array, device_of, namespace, on_host, whole_lanes
from textsc.coding.gap import certified_gap
from textsc.coding.newton import damped_newton
from textsc.coding.prior import LegendrePrior
from textsc.coding.restriction import Restriction
from textsc.coding.secants import SecantCurvature
from textsc.columns import column_dots, keep_columns, places, replace_columns, safe_ratio

__all__ = ["Batch", "Piece", "Problem"]

GROWTH = 3.0  # no weight grows by more than exp(3) in one step


@dataclass(frozen=True)
class Problem:
    """What the documents of a block share, and the one point that all may start from and fall back on: w = p."""

    prior: LegendrePrior
    basis: Restriction
    tol: float
    W: Array
    phi: Array
    G: Array

    @classmethod
    def of(cls, prior: LegendrePrior, basis: Restriction, tol: float) -> Self:
        """Make the one pass at w = p that serves all documents."""
        W = prior.minimum(basis.components[:, :1])
        return cls(prior, basis, tol, W, *basis.evaluate(W, basis.tangent(W)))

    def effort(self, passes: int) -> tuple[int, int]:
        """Return Newton steps on the model and CG iterations in each: more where the start or the end needs them."""
        if self.basis.is_quadratic:
            return 1, (4 if passes < 3 else 8 if passes < 10 else 16 if passes < 20 else 30)
        if passes == 0:
            return 3, 3
        return 1, 3 if passes < 10 else 4


@dataclass(frozen=True)
class Piece:
    """Documents that left a batch together."""

    columns: Array
    W: Array
    gap: Array
    n_passes: Array


@dataclass
class Batch:
    """Documents that take their steps together: the point of each, and the model of φ around it.

    ``F`` is the slope of J in w at the point, G − c + λθ. Columns that are not live are done, or fill the lanes.
    """

    problem: Problem
    live: Array
    n_live: int
    columns: Array
    lam: Array
    cap: Array
    phi: Array
    value: Array
    c: Array
    theta: Array
    W: Array
    G: Array
    F: Array
    curvature: SecantCurvature

    @classmethod
    def open(cls, problem: Problem, c: Array, lam: Array, start: Array | None, part: slice) -> Self:
        """Begin with some documents of a block, at w = p, or at their start where J is lower."""
        xp = namespace(c)
        prior, basis = problem.prior, problem.basis
        columns = xp.arange(c.shape[1], device=device_of(c))[part]
        n_documents = columns.shape[0]
        columns = whole_lanes(columns)
        c, lam = xp.take(c, columns, axis=1), xp.take(lam, columns)
        theta, phi = xp.zeros_like(c), problem.phi + xp.zeros_like(lam)
        W, G = problem.W + theta, problem.G + theta
        batch = cls(
            problem=problem,
            live=xp.arange(columns.shape[0], device=device_of(c)) < n_documents,
            n_live=n_documents,
            columns=columns,
            lam=lam,
            cap=xp.full_like(lam, GROWTH),
            phi=phi,
            value=_objective(prior, c, lam, theta, W, phi),
            c=c,
            theta=theta,
            W=W,
            G=G,
            F=G - c,
            curvature=SecantCurvature(basis.curvature, c),
        )
        if start is not None:
            theta = prior.bound_dual(prior.dual(xp.take(start, columns, axis=1)))
            W = prior.primal(theta)
            batch._move(theta, W, *basis.evaluate(W, basis.tangent(W)))
        return batch

    def accept(self, theta: Array, W: Array, phi: Array, G: Array) -> None:
        """Learn from a pass at the given points, and move there where the objective fell."""
        xp = namespace(self.c)
        if not self.problem.basis.is_quadratic:
            self.curvature.learn(W - self.W, G - self.G)  # taken or not: φ is convex, so a secant is true curvature
        worse = self._move(theta, W, phi, G)
        self.cap = xp.where(worse, 0.3 * self.cap, xp.minimum(2 * self.cap, xp.full_like(self.cap, GROWTH)))

    def _move(self, theta: Array, W: Array, phi: Array, G: Array) -> Array:
        """Go to the given points, whose arrays are written over, where the objective is no higher; return where not."""
        xp = namespace(W)
        value = _objective(self.problem.prior, self.c, self.lam, theta, W, phi)
        slack = 8 * xp.finfo(W.dtype).eps * (1 + xp.abs(self.phi) + xp.abs(self.phi - self.value))
        worse = ~(value <= self.value + slack)
        self.theta = keep_columns(theta, self.theta, worse)
        self.W = keep_columns(W, self.W, worse)
        self.G = keep_columns(G, self.G, worse)
        self.phi = keep_columns(phi, self.phi, worse)
        self.value = keep_columns(value, self.value, worse)
        self.F = self._slope(self.theta)
        return worse

    def _slope(self, theta: Array) -> Array:
        """Return G − c + λθ, with G of the current point."""
        F = self.lam * theta
        F += self.G
        F -= self.c
        return F

    def propose(self, n_newton: int, n_cg: int) -> tuple[Array, Array]:
        """Minimise the model by a few Newton steps in θ from the current point; return θ and w."""
        prior = self.problem.prior
        diagonal = self.curvature.diagonal()
        theta, W, F = self.theta, self.W, self.F
        for nth in range(n_newton):
            if nth > 0:
                F = self._slope(theta)
                F += self.curvature.apply(W - self.W)
            step = self._newton(F, prior.metric(W), diagonal, n_cg)
            theta = prior.bound_dual(theta + prior.limit_step(theta, step, self.cap))
            W = prior.primal(theta)
        return theta, W

    def _newton(self, F: Array, metric: Array, diagonal: Array, n_cg: int) -> Array:
        """Return the step in θ that solves λ d + M_d (dw/dθ) d = −F, by CG and one Jacobi sweep.

        The CG solution e of (λ + S M_d S) e = S F, S = (dw/dθ)^½, would give d = −e/S, or (M_d S e − F)/λ: both
        magnify its error where S or λ is small. A Jacobi sweep, (λ + S² diag) d = M_d S e − F − diag S e, does not.
        """
        xp = namespace(F)
        S = xp.sqrt(metric)
        jacobi = metric * diagonal
        jacobi += self.lam
        residual = S * F
        direction = residual / jacobi
        rz = column_dots(residual, direction)
        change = curved = None  # S e and M_d S e
        for left in reversed(range(n_cg)):
            way = S * direction
            turned = self.curvature.apply(way)
            product = S * turned
            product += self.lam * direction
            length = safe_ratio(rz, column_dots(direction, product))
            way *= length
            turned *= length
            change, curved = (way, turned) if change is None else (change + way, curved + turned)
            if left:
                product *= length
                residual -= product
                z = residual / jacobi
                rz, previous = column_dots(residual, z), rz
                direction = safe_ratio(rz, previous) * direction
                direction += z
        change *= diagonal
        curved -= F
        curved -= change
        curved /= jacobi
        return curved

    def retire(self, passes: int) -> Piece:
        """Take out the documents that are certified for the first time."""
        xp = namespace(self.c)
        if not on_host(xp):
            return self._retire_together(passes)
        prior, tol = self.problem.prior, self.problem.tol
        gap = self.lam * prior.divergence(self.W, self.F / -self.lam)
        # What is above the tolerance even without room for rounding need not be looked at closely.
        near = xp.nonzero(self.live & (gap <= tol))[0]
        if near.shape[0] == 0:
            return self._piece(near, xp.astype(near, xp.float64), passes)
        gap = self._certificate(near)
        ready = xp.nonzero(gap <= tol)[0]
        near = xp.take(near, ready)
        piece = self._piece(near, xp.take(gap, ready), passes)
        if near.shape[0]:
            self.live = replace_columns(self.live, near, xp.zeros_like(near, dtype=xp.bool))
            self.n_live -= near.shape[0]
        return piece

    def _retire_together(self, passes: int) -> Piece:
        """Do the same by one look at all documents.

        The device is asked for one number, how many leave: the only one of an iteration of the solve.
        """
        xp = namespace(self.c)
        gap = certified_gap(self.problem.prior, self.c, self.lam, self.theta, self.W, self.G)
        ready = self.live & (gap <= self.problem.tol)
        n_ready = int(xp.sum(xp.astype(ready, xp.int64)))
        self.live, self.n_live = self.live & ~ready, self.n_live - n_ready
        index = places(ready, n_ready)
        return self._piece(index, xp.astype(xp.take(gap, index), xp.float64), passes)

    def _certificate(self, index: Array) -> Array:
        """Return the gaps of some documents, with room for rounding, in float64."""
        xp = namespace(self.c)
        lanes = whole_lanes(index) if index.shape[0] else index
        c, theta, W, G = (xp.take(a, lanes, axis=1) for a in (self.c, self.theta, self.W, self.G))
        gap = certified_gap(self.problem.prior, c, xp.take(self.lam, lanes), theta, W, G)
        return xp.astype(gap[: index.shape[0]], xp.float64)

    def _piece(self, index: Array, gap: Array, passes: int) -> Piece:
        xp = namespace(self.c)
        columns = xp.take(self.columns, index)
        return Piece(columns, xp.take(self.W, index, axis=1), gap, xp.full_like(columns, passes))

    def finish(self, passes: int, max_passes: int) -> Piece:
        """Hand what is left to the damped Newton method, as far as passes are left."""
        xp = namespace(self.c)
        index = places(self.live, self.n_live)
        left = max_passes - passes
        if left <= 0:
            return self._piece(index, self._certificate(index), passes)
        c, theta = (xp.take(a, index, axis=1) for a in (self.c, self.theta))
        W, gap, steps = damped_newton(
            self.problem.prior,
            self.problem.basis,
            c,
            xp.take(self.lam, index),
            theta,
            tol=self.problem.tol,
            max_steps=left,
        )
        return Piece(xp.take(self.columns, index), W, gap, steps + passes)

    @classmethod
    def gather(cls, parts: list[tuple[Self, Array]]) -> Self:
        """Return one batch of chosen documents of several, side by side; the last part may be lengthened by fill."""
        n_chosen = sum(index.shape[0] for _, index in parts)
        last, index = parts[-1]
        xp = namespace(index)
        parts = [*parts[:-1], (last, xp.concat((index, xp.repeat(index[-1:], -n_chosen % LANES))))]

        def chosen(name: str) -> Array:
            arrays = [xp.take(getattr(batch, name), index, axis=-1) for batch, index in parts]
            return arrays[0] if len(arrays) == 1 else xp.concat(arrays, axis=-1)

        names = ("columns", "lam", "cap", "phi", "value", "c", "theta", "W", "G", "F")
        return cls(
            problem=last.problem,
            live=xp.arange(n_chosen + -n_chosen % LANES, device=device_of(index)) < n_chosen,
            n_live=n_chosen,
            curvature=SecantCurvature.gather([(batch.curvature, index) for batch, index in parts]),
            **{name: chosen(name) for name in names},
        )


def _objective(prior: LegendrePrior, c: Array, lam: Array, theta: Array, W: Array, phi: Array) -> Array:
    return phi - column_dots(c, W) + lam * prior.value(W, theta)
