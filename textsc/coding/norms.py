"""The L1, L2 and uniform priors: for comparison (supplement, section A). They have corners, borders, or no minimum.

Weights have the component index first, (n_components, n_documents).
"""

from dataclasses import dataclass
from typing import Self

from textsc.arrays import Array, namespace
from textsc.coding.prior import ProximalPrior

__all__ = ["L1Prior", "L2Prior", "UniformPrior"]


@dataclass(frozen=True)
class _SignPrior(ProximalPrior):
    """A prior without a mean, on weights of any sign or at 0 or above."""

    positive: bool = True

    @classmethod
    def build(cls, *, mean: Array, positive: bool) -> Self:
        """Return the prior of a sign; it has no mean."""
        return cls(positive)

    def _domain(self, weights: Array) -> Array:
        xp = namespace(weights)
        return xp.maximum(weights, 0.0) if self.positive else weights


@dataclass(frozen=True)
class L1Prior(_SignPrior):
    """L1 prior (Laplace) P(w) = Σ |w|.

    Parameters
    ----------
    positive : bool
        Whether weights are kept at 0 or above.

    Examples
    --------
    >>> import numpy as np
    >>> L1Prior(positive=False).proximal(np.array([[-3.0], [0.5]]), np.ones(1)).tolist()
    [[-2.0], [0.0]]
    """

    name = "l1"

    def penalty(self, weights: Array) -> Array:
        """Return Σ |w|."""
        xp = namespace(weights)
        return xp.sum(xp.abs(weights), axis=0)

    def proximal(self, points: Array, strength: Array) -> Array:
        """Return the point moved towards 0 by the strength, 0 where it is nearer (soft threshold)."""
        xp = namespace(points)
        grown = xp.maximum(points - strength, 0.0)
        return grown if self.positive else grown - xp.maximum(-points - strength, 0.0)

    def feasible_share(self, pull: Array, lam: Array) -> Array:
        """Return min(1, λ/‖pull‖∞), of the positive part where weights are positive."""
        xp = namespace(pull)
        largest = xp.max(xp.abs(self._domain(pull)), axis=0)
        beyond = largest > lam
        return xp.where(beyond, lam / xp.where(beyond, largest, xp.ones_like(largest)), xp.ones_like(largest))

    def conjugate(self, pull: Array, lam: Array) -> Array:
        """Return 0."""
        xp = namespace(pull)
        return xp.zeros_like(lam)


@dataclass(frozen=True)
class L2Prior(_SignPrior):
    """L2 prior (Gaussian) P(w) = ½ Σ w².

    Parameters
    ----------
    positive : bool
        Whether weights are kept at 0 or above.

    Examples
    --------
    >>> import numpy as np
    >>> L2Prior(positive=False).proximal(np.array([[-3.0], [0.5]]), np.ones(1)).tolist()
    [[-1.5], [0.25]]
    """

    name = "l2"

    def penalty(self, weights: Array) -> Array:
        """Return ½ Σ w²."""
        xp = namespace(weights)
        return xp.sum(weights * weights, axis=0) / 2

    def proximal(self, points: Array, strength: Array) -> Array:
        """Return the point divided by 1 + strength."""
        return self._domain(points) / (1 + strength)

    def feasible_share(self, pull: Array, lam: Array) -> Array:
        """Return 1."""
        xp = namespace(lam)
        return xp.ones_like(lam)

    def conjugate(self, pull: Array, lam: Array) -> Array:
        """Return ‖pull‖²/2λ, of the positive part where weights are positive."""
        xp = namespace(pull)
        pull = self._domain(pull)
        return xp.sum(pull * pull, axis=0) / (2 * lam)


@dataclass(frozen=True)
class UniformPrior(_SignPrior):
    """Uniform prior P(w) = 0: no shrinkage, and no certificate, for the minimum may be far away or nowhere.

    Parameters
    ----------
    positive : bool
        Whether weights are kept at 0 or above.

    Examples
    --------
    >>> import numpy as np
    >>> UniformPrior().proximal(np.array([[-3.0], [0.5]]), np.ones(1)).tolist()
    [[0.0], [0.5]]
    """

    name = "uniform"
    certifiable = False

    def penalty(self, weights: Array) -> Array:
        """Return 0."""
        xp = namespace(weights)
        return xp.sum(0 * weights, axis=0)

    def proximal(self, points: Array, strength: Array) -> Array:
        """Return the point, or its positive part."""
        return self._domain(points)

    def feasible_share(self, pull: Array, lam: Array) -> Array:
        """Return nan: no share of a pull is feasible."""
        xp = namespace(lam)
        return xp.full_like(lam, xp.nan)

    def conjugate(self, pull: Array, lam: Array) -> Array:
        """Return 0."""
        xp = namespace(pull)
        return xp.zeros_like(lam)
