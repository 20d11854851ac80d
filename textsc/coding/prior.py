"""What a prior is: a separable convex penalty on the code, in one of the two forms that the solvers take."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Self

from textsc.arrays import Array

__all__ = ["LegendrePrior", "Prior", "ProximalPrior"]


class Prior(ABC):
    """A separable convex prior P(w) = Σ_k P_k(w_k).

    Weights have the component index first, (n_components, n_documents). To add a prior: write a subclass of
    `LegendrePrior` or `ProximalPrior` and enter it in `textsc.coding.priors.PRIORS`.
    """

    name: str
    certifiable: ClassVar[bool] = True  # whether a code under this prior has a duality gap

    @classmethod
    @abstractmethod
    def build(cls, *, mean: Array, positive: bool) -> Self:
        """Return the prior for a mean p and a sign; a prior takes of the two what it has.

        Raises
        ------
        ValueError
            If a value is outside the domain of the prior.
        """

    @abstractmethod
    def minimum(self, like: Array) -> Array:
        """Return the weights where P is least, of the shape and type of ``like``."""

    @abstractmethod
    def penalty(self, weights: Array) -> Array:
        """Return P(w) summed over components, of shape (n_documents,)."""


class LegendrePrior(Prior):
    """A prior whose derivative θ = P'(w) maps its domain one to one onto the real numbers.

    The solver then works in θ, which keeps the code in its domain without a constraint.
    """

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
    def mean_derivative(self, weights: Array) -> Array:
        """Return −∂P'(w)/∂p, of the shape of the weights."""

    @abstractmethod
    def divergence(self, weights: Array, step: Array) -> Array:
        """Return D_P(w, w⁺) summed over components, where w⁺ has the dual θ + step; +inf where it overflows."""

    @abstractmethod
    def steeper(self, theta: Array) -> Array:
        """Return the sign of the steps along which the divergence grows faster, of the shape of θ."""

    @abstractmethod
    def limit_step(self, theta: Array, step: Array, cap: Array) -> Array:
        """Shorten a step from θ so that no weight grows by more than the model can be trusted for."""

    @abstractmethod
    def retract(self, theta: Array, change: Array) -> Array:
        """Return the dual of a code near w + change that lies in the domain, exact to first order in the change."""

    @abstractmethod
    def bound_dual(self, theta: Array) -> Array:
        """Clip θ to where w is a normal number of its type."""

    def minimum(self, like: Array) -> Array:
        """Return ∇P*(0)."""
        return self.primal(0 * like)

    def penalty(self, weights: Array) -> Array:
        """Return P(w) summed over components."""
        return self.value(weights, self.dual(weights))


class ProximalPrior(Prior):
    """A prior with corners or a border, known by its proximal operator."""

    @abstractmethod
    def proximal(self, points: Array, strength: Array) -> Array:
        """Return argmin_w ½‖w − v‖² + strength · P(w) for each point v; ``strength`` has shape (n_documents,)."""

    @abstractmethod
    def feasible_share(self, pull: Array, lam: Array) -> Array:
        """Return the largest s ≤ 1 for which (λP)*(s·pull) is finite, of shape (n_documents,); nan where none is."""

    @abstractmethod
    def conjugate(self, pull: Array, lam: Array) -> Array:
        """Return (λP)*(pull) summed over components, for a pull where it is finite."""

    def minimum(self, like: Array) -> Array:
        """Return zeros."""
        return 0 * like


def check_mean(owner: str, smallest: float, largest: Any) -> None:
    """Refuse a prior mean that is not positive and finite.

    Raises
    ------
    ValueError
        If it is not.

    Examples
    --------
    >>> check_mean("KLPrior", 0.1, 0.2)
    """
    if not (smallest > 0 and largest < float("inf")):
        raise ValueError(f"{owner}: the prior mean must be positive and finite, got {smallest} to {largest}.")
