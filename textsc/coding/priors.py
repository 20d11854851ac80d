"""Priors on a code: convex, separable, each known by its gradient map.

A prior P is of Legendre type: P' maps the domain of a weight one-to-one onto the real line, so that a code can be held
as w or as its dual θ = P'(w), and w = ∇P*(θ) never leaves the domain. The solver works in θ and asks a prior for four
things only: the two maps, the value, and the curvature.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

from textsc.arrays import Array, namespace

__all__ = ["PRIORS", "KLPrior", "Prior"]


class Prior(ABC):
    """A separable convex prior P(w) = Σ_k P_k(w_k).

    To add one: write a subclass with the methods below and enter it in `PRIORS`. Weights have the component index
    first, (n_components, n_documents); ``mean`` broadcasts against them.
    """

    name: str

    @abstractmethod
    def primal(self, theta: Array) -> Array:
        """Return w = ∇P*(θ)."""

    @abstractmethod
    def dual(self, weights: Array) -> Array:
        """Return θ = P'(w)."""

    @abstractmethod
    def value(self, weights: Array, theta: Array) -> Array:
        """Return P(w) summed over components, for w and its own dual θ."""

    @abstractmethod
    def metric(self, weights: Array) -> Array:
        """Return 1/P''(w) = dw/dθ, positive."""

    @abstractmethod
    def divergence(self, weights: Array, step: Array) -> Array:
        """Return D_P(w, w⁺) summed over components, where w⁺ has the dual θ + step; +inf where it overflows."""

    @abstractmethod
    def limit_step(self, step: Array, cap: Array) -> Array:
        """Shorten a step in θ so that no weight grows by more than the model can be trusted for."""

    @abstractmethod
    def retract(self, theta: Array, change: Array) -> Array:
        """Return the dual of a code near w + change that lies in the domain, exact to first order in the change."""

    @abstractmethod
    def bound_dual(self, theta: Array) -> Array:
        """Clip θ to where w is a normal number of its type."""


@dataclass(frozen=True, eq=False)
class KLPrior(Prior):
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

    mean: Array
    name = "kl"

    def __post_init__(self) -> None:
        """Check the domain once, at the door."""
        smallest, largest = self._range()
        if not (smallest > 0 and math.isfinite(largest)):
            raise ValueError(f"KLPrior: the prior mean must be positive and finite, got {smallest} to {largest}.")

    def _range(self) -> tuple[float, float]:
        if isinstance(self.mean, float | int):
            return float(self.mean), float(self.mean)
        xp = namespace(self.mean)
        return float(xp.min(self.mean)), float(xp.max(self.mean))

    def primal(self, theta: Array) -> Array:
        """Return w = p exp(θ)."""
        xp = namespace(theta)
        return self.mean * xp.exp(theta)

    def dual(self, weights: Array) -> Array:
        """Return θ = log(w/p)."""
        xp = namespace(weights)
        tiny = xp.finfo(weights.dtype).smallest_normal
        return xp.log(xp.clip(weights, min=tiny) / self.mean)

    def value(self, weights: Array, theta: Array) -> Array:
        """Return Σ w θ − w + p."""
        xp = namespace(weights)
        return xp.sum(weights * (theta - 1) + self.mean, axis=0)

    def metric(self, weights: Array) -> Array:
        """Return w."""
        return weights

    def divergence(self, weights: Array, step: Array) -> Array:
        """Return KL(w‖w⁺) = Σ w (exp(step) − 1 − step)."""
        xp = namespace(weights)
        return xp.sum(weights * xp.clip(xp.expm1(step) - step, min=0), axis=0)

    def limit_step(self, step: Array, cap: Array) -> Array:
        """Scale the step until no weight grows by more than exp(cap); clip what shrinks by more than exp(-4).

        Only growth is dangerous. A cap on shrinkage too would let one weight on its way to zero hold all others back.
        """
        xp = namespace(step)
        largest = xp.max(step, axis=0)
        scale = xp.where(largest > cap, cap / xp.where(largest > cap, largest, xp.ones_like(largest)), 1.0)
        return xp.clip(step * xp.astype(scale, step.dtype), min=-4.0)

    def retract(self, theta: Array, change: Array) -> Array:
        """Return log((w + change)/p) where a weight grows, θ + max(change/w, -4) where it shrinks."""
        xp = namespace(theta)
        relative = change / self.primal(theta)
        return theta + xp.where(relative > 0, xp.log1p(xp.clip(relative, min=0)), xp.clip(relative, min=-4.0))

    def bound_dual(self, theta: Array) -> Array:
        """Clip θ to [-40, 80], and to where p exp(θ) is a normal number.

        A weight of p exp(-40) adds nothing that a gap could show, and is not too far down to come back.
        """
        xp = namespace(theta)
        tiny = float(xp.finfo(theta.dtype).smallest_normal)
        low = max(-40.0, math.log(4 * tiny) - math.log(self._range()[0]))
        return xp.clip(theta, min=low, max=80.0)


PRIORS: dict[str, type[KLPrior]] = {"kl": KLPrior}
