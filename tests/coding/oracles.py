"""Slow and plain: one document, float64, written from the formulas and not from the package."""

from dataclasses import dataclass

import numpy as np
import scipy.optimize
from scipy.special import kl_div, logsumexp, rel_entr, softmax


@dataclass(frozen=True, eq=False)
class Document:
    """J(w) = D(x‖f(b0 + Bw)) + λ_d Σ w log(w/p) − w + p for one document, in full."""

    pair: str
    components: np.ndarray
    background: np.ndarray
    x: np.ndarray
    lam: float
    mean: float

    def activation(self, w):
        return self.background + w @ self.components

    def reconstruction(self, w):
        z = self.activation(w)
        return softmax(z) if self.pair == "softmax" else z

    def loss(self, w):
        z = self.activation(w)
        if self.pair == "softmax":
            return float(np.sum(rel_entr(self.x, 1.0)) - self.x @ z + logsumexp(z) * self.x.sum())
        return float(np.sum((self.x - z) ** 2) / 2)

    def objective(self, w):
        return self.loss(w) + self.lam * float(np.sum(kl_div(w, self.mean)))

    def pull(self, w):
        """Return Bᵀ(x − r)."""
        return self.components @ (self.x - self.reconstruction(w))

    def gradient(self, w):
        return -self.pull(w) + self.lam * np.log(w / self.mean)

    def hessian(self, w):
        """Return BᵀA''B, without the prior."""
        if self.pair == "linear":
            return self.components @ self.components.T
        r = self.reconstruction(w)
        slope = self.components @ r
        return (self.components * r) @ self.components.T - np.outer(slope, slope)

    def gap(self, w):
        """Return λ Σ w log(w/w⁺) − w + w⁺ with log w⁺ = log p + Bᵀ(x − r)/λ, which may be far below any number."""
        ahead = self.pull(w) / self.lam
        with np.errstate(over="ignore", under="ignore"):
            terms = w * (np.log(w / self.mean) - ahead - 1) + self.mean * np.exp(ahead)
        return self.lam * float(np.sum(terms))

    def dual_value(self, w):
        """Return the Fenchel dual objective at ρ = f(z(w)): −A*(ρ) + b0ᵀρ − λ Σ p (exp(Bᵀ(x − ρ)/λ) − 1)."""
        r = self.reconstruction(w)
        conjugate = np.sum(rel_entr(r, 1.0)) if self.pair == "softmax" else np.sum(r**2) / 2
        prior = self.mean * np.sum(np.expm1(self.pull(w) / self.lam))
        return float(-conjugate + self.background @ r - self.lam * prior)

    def primal_value(self, w):
        """Return A(b0 + Bw) − xᵀBw + λ P(w): J without what does not depend on w, as Fenchel's dual bounds it."""
        z = self.activation(w)
        potential = logsumexp(z) if self.pair == "softmax" else np.sum(z**2) / 2
        return float(potential - self.x @ (w @ self.components) + self.lam * np.sum(kl_div(w, self.mean)))


def documents(problem, lam_d, mean, *, dtype=np.float64):
    """Return one `Document` for each row; ``dtype`` is what the solver saw of the numbers."""
    return [
        Document(
            problem.pair.name,
            problem.components.astype(dtype).astype(np.float64),
            problem.background.astype(dtype).astype(np.float64),
            x.astype(dtype).astype(np.float64),
            float(lam),
            mean,
        )
        for x, lam in zip(problem.X, lam_d, strict=True)
    ]


def recomputed_gaps(task, codes, lam_d, mean, dtype=np.float64):
    """Return the gaps of codes by the formula, in float64."""
    rows = documents(task, lam_d, mean, dtype=dtype)
    return np.array([row.gap(w) for row, w in zip(rows, codes.W.astype(np.float64), strict=True)])


def check_certified(codes, gaps, tol):
    """Check that all is certified, and that the certificates are those recomputed."""
    assert np.all(np.isfinite(codes.W))
    assert np.all(codes.W > 0)
    assert np.all(codes.converged)
    assert np.all(codes.gap <= tol)
    assert np.all(codes.gap >= 0)
    assert np.all(gaps <= tol * (1 + 1e-6) + 1e-13)
    np.testing.assert_allclose(codes.gap, gaps, rtol=1e-3, atol=1e-12)


def exponentiated_gradient(document, *, gap=1e-11, max_steps=200_000):
    """Minimise J by w ← w exp(−η ∇J(w)), the method of the paper (section 3), halving η where J rises."""
    w = np.full(len(document.components), float(document.mean))
    rate, value = 1.0 / document.lam, document.objective(w)
    for _ in range(max_steps):
        if document.gap(w) <= gap:
            return w
        with np.errstate(over="ignore", invalid="ignore"):
            trial = w * np.exp(-rate * document.gradient(w))
            trial_value = document.objective(trial) if np.all(trial < 1e100) else np.inf
        if trial_value <= value + 1e-14:
            w, value = np.maximum(trial, 1e-300), trial_value
        else:
            rate /= 2
    raise AssertionError(f"exponentiated gradient stopped at a gap of {document.gap(w)}")


def scipy_code(document):
    """Minimise J in θ = log(w/p) by SciPy's trust-region method, which does not mind that J is not convex in θ."""

    def weights(theta):
        return document.mean * np.exp(np.minimum(theta, 50))

    def hessian(theta):
        w = weights(theta)
        return w[:, None] * document.hessian(w) * w + np.diag(w * (document.gradient(w) + document.lam))

    found = scipy.optimize.minimize(
        lambda theta: document.objective(weights(theta)),
        np.zeros(len(document.components)),
        jac=lambda theta: weights(theta) * document.gradient(weights(theta)),
        hess=hessian,
        method="trust-exact",
        options={"gtol": 1e-11, "maxiter": 1000},
    )
    return weights(found.x)
