"""Slow and plain: one document, float64, written from the formulas and not from the package."""

from dataclasses import dataclass, replace

import numpy as np
import scipy.optimize
from problems import CASES
from scipy.special import kl_div, logsumexp, rel_entr, softmax


def penalty(prior, w, mean):
    """Return P of each weight."""
    if prior == "kl":
        return kl_div(w, mean)
    if prior == "signed_kl":
        return w * np.arcsinh(w / (2 * mean)) - np.sqrt(w**2 + 4 * mean**2) + 2 * mean
    return {"l1": np.abs(w), "l2": w**2 / 2, "uniform": 0 * w}[prior]


def slope(prior, w, mean):
    """Return P' of each weight, not at the corner of L1."""
    if prior == "kl":
        return np.log(w / mean)
    return {"signed_kl": np.arcsinh(w / (2 * mean)), "l1": np.sign(w), "l2": w, "uniform": 0 * w}[prior]


def conjugate(prior, u, lam, mean, positive):
    """Return (λP)* of each entry of a pull u."""
    with np.errstate(over="ignore"):
        if prior == "kl":
            return lam * mean * np.expm1(u / lam)
        if prior == "signed_kl":
            return lam * 2 * mean * (np.cosh(u / lam) - 1)
    u = np.maximum(u, 0) if positive else np.abs(u)
    if prior == "l2":
        return u**2 / (2 * lam)
    limit = lam * (1 + 1e-8) if prior == "l1" else 0.0
    return np.where(u <= limit, 0.0, np.inf)


@dataclass(frozen=True, eq=False)
class Document:
    """J(w) = D(x‖f(b0 + Bw)) + λ_d P(w) for one document, in full."""

    pair: str
    components: np.ndarray
    background: np.ndarray
    x: np.ndarray
    lam: float
    mean: float
    prior: str = "kl"
    positive: bool = True

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

    def penalty(self, w):
        return float(np.sum(penalty(self.prior, w, self.mean)))

    def objective(self, w):
        return self.loss(w) + self.lam * self.penalty(w)

    def pull(self, w):
        """Return Bᵀ(x − r)."""
        return self.components @ (self.x - self.reconstruction(w))

    def gradient(self, w):
        return -self.pull(w) + self.lam * slope(self.prior, w, self.mean)

    def hessian(self, w):
        """Return BᵀA''B, without the prior."""
        if self.pair == "linear":
            return self.components @ self.components.T
        r = self.reconstruction(w)
        slope = self.components @ r
        return (self.components * r) @ self.components.T - np.outer(slope, slope)

    def gap(self, w):
        """Return λ D_P(w, w⁺) of the KL priors, with P'(w⁺) = Bᵀ(x − r)/λ, where w⁺ may be far below any number."""
        ahead = self.pull(w) / self.lam
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            if self.prior == "kl":
                terms = w * (np.log(w / self.mean) - ahead - 1) + self.mean * np.exp(ahead)
            elif self.prior == "signed_kl":
                root = np.sqrt(w**2 + 4 * self.mean**2)
                terms = w * (np.arcsinh(w / (2 * self.mean)) - ahead) - root + 2 * self.mean * np.cosh(ahead)
            else:
                return self.full_gap(w)
        return self.lam * float(np.sum(terms))

    def dual_point(self, w):
        """Return r, or under L1 x + s(r − x) with s = min(1, λ/‖Bᵀ(x − r)‖∞), of the positive part where w ≥ 0."""
        r = self.reconstruction(w)
        if self.prior != "l1":
            return r
        pull = self.pull(w)
        largest = max(np.max(pull if self.positive else np.abs(pull)), 0.0)
        share = 1.0 if largest <= self.lam else self.lam / largest
        return self.x + share * (r - self.x)

    def dual_value(self, rho):
        """Return the Fenchel dual objective: −A*(ρ) + b0ᵀρ − (λP)*(Bᵀ(x − ρ))."""
        potential = np.sum(rel_entr(rho, 1.0)) if self.pair == "softmax" else np.sum(rho**2) / 2
        pull = self.components @ (self.x - rho)
        prior = np.sum(conjugate(self.prior, pull, self.lam, self.mean, self.positive))
        return float(-potential + self.background @ rho - prior)

    def primal_value(self, w):
        """Return A(b0 + Bw) − xᵀBw + λ P(w): J without what does not depend on w, as Fenchel's dual bounds it."""
        z = self.activation(w)
        potential = logsumexp(z) if self.pair == "softmax" else np.sum(z**2) / 2
        return float(potential - self.x @ (w @ self.components) + self.lam * self.penalty(w))

    def full_gap(self, w):
        """Return primal less dual, both computed in full."""
        return self.primal_value(w) - self.dual_value(self.dual_point(w))

    def least_gap(self, w):
        """Return the least gap of all feasible points x + s(r − x), each of which bounds J(w) − J(ŵ)."""
        if self.prior != "l1":
            return self.gap(w)
        last, primal = self.dual_point(w), self.primal_value(w)

        def gap(share):
            return primal - self.dual_value(self.x + share * (last - self.x))

        return min(gap(1.0), scipy.optimize.minimize_scalar(gap, bounds=(0, 1), method="bounded").fun)

    def divergence(self, w, v):
        """Return Bregman's D_P(w, v) = P(w) − P(v) − P'(v)(w − v)."""
        if self.prior == "kl":
            return float(np.sum(kl_div(w, v)))
        return self.penalty(w) - self.penalty(v) - float(slope(self.prior, v, self.mean) @ (w - v))


def documents(problem, lam_d, mean, *, case="kl", dtype=np.float64):
    """Return one `Document` for each row; ``dtype`` is what the solver saw of the numbers."""
    prior, positive = CASES[case]
    return [
        Document(
            problem.pair.name,
            problem.components.astype(dtype).astype(np.float64),
            problem.background.astype(dtype).astype(np.float64),
            x.astype(dtype).astype(np.float64),
            float(lam),
            mean,
            prior,
            positive,
        )
        for x, lam in zip(problem.X, lam_d, strict=True)
    ]


def recomputed_gaps(task, codes, lam_d, mean, *, case="kl", dtype=np.float64):
    """Return the gaps of codes by the formula, in float64."""
    rows = documents(task, lam_d, mean, case=case, dtype=dtype)
    return np.array([row.gap(w) for row, w in zip(rows, codes.W.astype(np.float64), strict=True)])


def check_certified(codes, gaps, tol, *, case="kl", noise=1e-12):
    """Check that all is certified, that the certificates are those recomputed, and that codes are in the domain."""
    assert np.all(np.isfinite(codes.W))
    if case == "kl":
        assert np.all(codes.W > 0)
    elif CASES[case][1]:
        assert np.all(codes.W >= 0)
    assert np.all(codes.converged)
    assert np.all(codes.gap <= tol)
    assert np.all(codes.gap >= 0)
    assert np.all(gaps <= tol * (1 + 1e-6) + max(noise, 1e-13))
    np.testing.assert_allclose(codes.gap, gaps, rtol=1e-3, atol=noise)


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
    """Minimise J by SciPy: a trust-region method for the KL priors, L-BFGS with bounds for the others."""
    if document.prior == "kl":
        return _kl_code(document)
    if document.prior == "signed_kl":
        return _signed_code(document)
    return _bounded_code(document)


def _trust_region(value, slope, hessian, start):
    options = {"gtol": 1e-11, "maxiter": 1000}
    return scipy.optimize.minimize(value, start, jac=slope, hess=hessian, method="trust-exact", options=options).x


def _kl_code(document):
    """Minimise J in θ = log(w/p): SciPy does not mind that J is not convex in θ."""

    def weights(theta):
        return document.mean * np.exp(np.minimum(theta, 50))

    def hessian(theta):
        w = weights(theta)
        return w[:, None] * document.hessian(w) * w + np.diag(w * (document.gradient(w) + document.lam))

    return weights(
        _trust_region(
            lambda theta: document.objective(weights(theta)),
            lambda theta: weights(theta) * document.gradient(weights(theta)),
            hessian,
            np.zeros(len(document.components)),
        )
    )


def _signed_code(document):
    """Minimise J in w, where the signed KL prior is smooth: P'' = 1/√(w² + 4p²)."""

    def hessian(w):
        return document.hessian(w) + document.lam * np.diag(1 / np.sqrt(w**2 + 4 * document.mean**2))

    return _trust_region(document.objective, document.gradient, hessian, np.zeros(len(document.components)))


def _bounded_code(document):
    """Minimise J over w ≥ 0, or any w; L1 of any sign as w = w⁺ − w⁻ with both at 0 or above, where it is linear."""
    if document.prior == "l1" and not document.positive:
        both = np.concatenate([document.components, -document.components])
        plus, minus = np.split(_bounded_code(replace(document, components=both, positive=True)), 2)
        return plus - minus
    n = len(document.components)
    return scipy.optimize.minimize(
        document.objective,
        np.full(n, 0.1),
        jac=lambda w: (
            -document.pull(w) + document.lam * (1.0 if document.prior == "l1" else slope(document.prior, w, 1))
        ),
        method="L-BFGS-B",
        bounds=[(0.0 if document.positive else None, None)] * n,
        options={"ftol": 1e-16, "gtol": 1e-9, "maxiter": 20_000, "maxfun": 100_000, "maxcor": 30},
    ).x
