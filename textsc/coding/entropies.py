"""The KL priors, with and without a sign: for use. Their derivative maps the weights onto the real numbers.

Weights have the component index first, (n_components, n_documents); a mean p broadcasts against them.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from textsc.arrays import Array, namespace
from textsc.coding.prior import LegendrePrior, check_mean
from textsc.columns import column_dots

__all__ = ["KLPrior", "SignedKLPrior"]

FARTHEST = 80.0  # a weight of exp(80) p is a normal number of float32 for p to 1e3
SHRINK = 4.0  # in one step no weight falls below exp(-4) of what it was


@dataclass(frozen=True, eq=False)
class _MeanPrior(LegendrePrior):
    """A prior with a positive mean p."""

    mean: Array

    def __post_init__(self) -> None:
        """Check the domain once, at the door."""
        check_mean(type(self).__name__, *self._range)

    @classmethod
    def build(cls, *, mean: Array, positive: bool) -> Self:
        """Return the prior of a mean; its sign is its own."""
        return cls(mean)

    @cached_property
    def _range(self) -> tuple[float, float]:
        """Return the least and the largest mean: asked for once, for on a device the answer is waited for."""
        if isinstance(self.mean, float | int):
            return float(self.mean), float(self.mean)
        xp = namespace(self.mean)
        return float(xp.min(self.mean)), float(xp.max(self.mean))


@dataclass(frozen=True, eq=False)
class KLPrior(_MeanPrior):
    """Kullback-Leibler prior P(w) = Σ w log(w/p) − w + p on w ≥ 0, least at w = p.

    Source: Bradley and Bagnell (2008), section 3 and the supplement, section A.

    Parameters
    ----------
    mean : float or array of shape (n_components, 1)
        The prior mean p > 0, in the unit of the weights.

    Raises
    ------
    ValueError
        If a mean is not positive and finite.

    Examples
    --------
    >>> import numpy as np
    >>> prior = KLPrior(mean=0.5)
    >>> w = np.array([[0.5], [1.0]])
    >>> prior.value(w, prior.dual(w)).round(4).tolist()
    [0.1931]
    """

    name = "kl"

    @classmethod
    def build(cls, *, mean: Array, positive: bool) -> Self:
        """Return the prior of a mean.

        Raises
        ------
        ValueError
            If weights of any sign are asked for.
        """
        if not positive:
            raise ValueError(
                "KLPrior: the KL prior keeps weights at 0 or above, got positive=False; for weights of any sign take "
                "the prior 'signed_kl'."
            )
        return cls(mean)

    def primal(self, theta: Array) -> Array:
        """Return w = p exp(θ)."""
        xp = namespace(theta)
        weights = xp.exp(theta)
        weights *= self.mean
        return weights

    def dual(self, weights: Array) -> Array:
        """Return θ = log(w/p)."""
        xp = namespace(weights)
        tiny = float(xp.finfo(weights.dtype).smallest_normal)
        return xp.log(xp.maximum(weights, tiny) / self.mean)

    def value(self, weights: Array, theta: Array) -> Array:
        """Return Σ w θ − w + p."""
        xp = namespace(weights)
        total = xp.sum(self.mean + xp.zeros_like(weights[:, :1]))
        return column_dots(weights, theta - 1) + total

    def metric(self, weights: Array) -> Array:
        """Return w."""
        return weights

    def mean_derivative(self, weights: Array) -> Array:
        """Return 1/p."""
        xp = namespace(weights)
        return xp.ones_like(weights) / self.mean

    def divergence(self, weights: Array, step: Array) -> Array:
        """Return KL(w‖w⁺) = Σ w (exp(step) − 1 − step)."""
        return column_dots(weights, _surplus(step))

    def steeper(self, theta: Array) -> Array:
        """Return ones: growth."""
        xp = namespace(theta)
        return xp.ones_like(theta)

    def limit_step(self, theta: Array, step: Array, cap: Array) -> Array:
        """Scale the step until no weight grows by more than exp(cap); clip what shrinks by more than exp(-4).

        Only growth is dangerous. A cap on shrinkage too would let one weight on its way to zero hold all others back.
        """
        xp = namespace(step)
        return xp.maximum(step * _scale(step, cap), xp.full_like(cap, -SHRINK))

    def retract(self, theta: Array, change: Array) -> Array:
        """Return log((w + change)/p) where a weight grows, θ + max(change/w, -4) where it shrinks."""
        xp = namespace(theta)
        relative = change / self.primal(theta)
        return theta + xp.where(relative > 0, xp.log1p(xp.maximum(relative, 0.0)), xp.maximum(relative, -SHRINK))

    def bound_dual(self, theta: Array) -> Array:
        """Clip θ to [-40, 80], and to where p exp(θ) is a normal number.

        A weight of p exp(-40) adds nothing that a gap could show, and is not too far down to come back.
        """
        xp = namespace(theta)
        tiny = float(xp.finfo(theta.dtype).smallest_normal)
        low = max(-40.0, math.log(4 * tiny) - math.log(self._range[0]))
        return xp.minimum(xp.maximum(theta, low), FARTHEST)


@dataclass(frozen=True, eq=False)
class SignedKLPrior(_MeanPrior):
    """Signed KL prior P(w) = Σ w arcsinh(w/2p) − √(w² + 4p²) + 2p on weights of any sign, least at w = 0.

    It is the least value of the KL prior over all w⁺ − w⁻ = w, reached where w⁺w⁻ = p²: a code on B under this prior is
    the code on the doubled basis [−B B] under the KL prior, with the same objective and gap.

    Source: Bradley and Bagnell (2008), the supplement, Appendix B.

    Parameters
    ----------
    mean : float or array of shape (n_components, 1)
        p > 0, in the unit of the weights: |w| well below p is hardly penalised more than by a square.

    Raises
    ------
    ValueError
        If a mean is not positive and finite.

    Examples
    --------
    >>> import numpy as np
    >>> prior = SignedKLPrior(mean=0.5)
    >>> prior.primal(prior.dual(np.array([[-2.0], [0.25]]))).round(6).tolist()
    [[-2.0], [0.25]]
    """

    name = "signed_kl"

    def primal(self, theta: Array) -> Array:
        """Return w = 2p sinh θ."""
        xp = namespace(theta)
        return 2 * self.mean * xp.sinh(theta)

    def dual(self, weights: Array) -> Array:
        """Return θ = arcsinh(w/2p)."""
        xp = namespace(weights)
        return xp.asinh(weights / (2 * self.mean))

    def value(self, weights: Array, theta: Array) -> Array:
        """Return Σ w θ − 2p (cosh θ − 1)."""
        xp = namespace(weights)
        half = xp.sinh(theta / 2)
        return xp.sum(weights * theta - 4 * self.mean * half * half, axis=0)

    def metric(self, weights: Array) -> Array:
        """Return √(w² + 4p²)."""
        xp = namespace(weights)
        return xp.hypot(weights, xp.zeros_like(weights) + 2 * self.mean)

    def mean_derivative(self, weights: Array) -> Array:
        """Return w/(p √(w² + 4p²))."""
        return weights / (self.mean * self.metric(weights))

    def divergence(self, weights: Array, step: Array) -> Array:
        """Return Σ p e^θ (e^step − 1 − step) + p e^−θ (e^−step − 1 + step), the KL divergences of w⁺ and of w⁻."""
        xp = namespace(weights)
        theta = self.dual(weights)
        plus, minus = self.mean * xp.exp(theta), self.mean * xp.exp(-theta)
        return xp.sum(plus * _surplus(step) + minus * _surplus(-step), axis=0)

    def steeper(self, theta: Array) -> Array:
        """Return the sign of θ, 1 at 0: away from zero."""
        xp = namespace(theta)
        return xp.where(theta < 0, -xp.ones_like(theta), xp.ones_like(theta))

    def limit_step(self, theta: Array, step: Array, cap: Array) -> Array:
        """Scale the step until no |θ| grows by more than the cap; clip what shrinks by more than 4 or crosses zero."""
        xp = namespace(step)
        size = xp.abs(theta)
        outward = step * self.steeper(theta)
        outward = outward * _scale(outward, cap)
        inward = xp.where(size < SHRINK, size + cap, SHRINK + xp.zeros_like(size))
        return xp.maximum(outward, -inward) * self.steeper(theta)

    def retract(self, theta: Array, change: Array) -> Array:
        """Return arcsinh((w + change)/2p): every number is in the domain."""
        return self.dual(self.primal(theta) + change)

    def bound_dual(self, theta: Array) -> Array:
        """Clip θ to [-80, 80]."""
        xp = namespace(theta)
        return xp.minimum(xp.maximum(theta, -FARTHEST), FARTHEST)


def _surplus(step: Array) -> Array:
    """Return exp(step) − 1 − step, never below zero."""
    xp = namespace(step)
    surplus = xp.expm1(step)
    surplus -= step
    return xp.maximum(surplus, xp.zeros_like(step[0, :]))


def _scale(growth: Array, cap: Array) -> Array:
    """Return the factor of a document's step that brings its largest growth to the cap."""
    xp = namespace(growth)
    largest = xp.max(growth, axis=0)
    beyond = largest > cap
    return xp.astype(xp.where(beyond, cap / xp.where(beyond, largest, xp.ones_like(largest)), 1.0), growth.dtype)
