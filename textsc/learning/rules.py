"""How a basis moves: from sums over a minibatch to the next basis. One rule for each kind of pair.

A rule is a frozen value; what it remembers is a state that goes in and comes out.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from textsc.arrays import namespace
from textsc.coding.restriction import Restriction

__all__ = ["RULES", "AdamRule", "ColumnRule", "Rule", "RuleState"]


@dataclass(frozen=True)
class RuleState:
    """What a rule remembers between steps: two running means, and the number of steps."""

    first: np.ndarray
    second: np.ndarray
    n_steps: int = 0


class Rule(ABC):
    """Turns sums over documents into a new basis, Bᵀ of shape (n_components, n_features)."""

    on_device: ClassVar[bool] = False  # whether `update` takes arrays of any library, not only those of NumPy

    @abstractmethod
    def begin(self, components: np.ndarray) -> RuleState:
        """Return the state before the first step."""

    @abstractmethod
    def statistics(self, basis: Restriction, W: np.ndarray, X: Any, weights: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return the sums of a block that the rule needs; sums of blocks are added in block order.

        ``W`` has shape (n_components, n_documents), ``X`` (n_documents, n_features), ``weights`` (n_documents,).
        """

    @abstractmethod
    def update(
        self,
        components: np.ndarray,
        sums: tuple[np.ndarray, ...],
        state: RuleState,
        *,
        decay: float,
        pull: Any = 0.0,
    ) -> tuple[np.ndarray, RuleState]:
        """Return the basis after a step, in float64, and the state.

        ``decay`` falls from 1 to 0.1 over the fit. ``pull``, of the shape of B or a number, is the derivative of a
        penalty on a basis that nothing else bounds.
        """

    @abstractmethod
    def forget(self, state: RuleState, which: np.ndarray) -> RuleState:
        """Return the state without what it remembers of some columns of B, given by their numbers."""


@dataclass(frozen=True)
class AdamRule(Rule):
    """Adam on the envelope gradient Σ_d w_d (r_d − x_d)ᵀ, for a basis that no norm bounds (softmax).

    Source: Kingma and Ba (2015); the gradient needs no derivative of the codes (envelope theorem).

    Parameters
    ----------
    rate : float
        Step size at the start.

    Examples
    --------
    >>> import numpy as np
    >>> rule = AdamRule(rate=0.1)
    >>> B, state = rule.update(np.zeros((1, 2)), (np.array([[1.0, -1.0]]),), rule.begin(np.zeros((1, 2))), decay=1.0)
    >>> B.round(3).tolist()
    [[-0.1, 0.1]]
    """

    on_device: ClassVar[bool] = True
    rate: float = 0.025
    beta1: float = 0.9
    beta2: float = 0.999

    def begin(self, components: np.ndarray) -> RuleState:
        """Return zero moments."""
        xp = namespace(components)
        return RuleState(xp.zeros_like(components), xp.zeros_like(components))

    def statistics(self, basis: Restriction, W: np.ndarray, X: Any, weights: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return the gradient."""
        return (basis.basis_gradient(W, X, weights),)

    def update(
        self,
        components: np.ndarray,
        sums: tuple[np.ndarray, ...],
        state: RuleState,
        *,
        decay: float,
        pull: Any = 0.0,
    ) -> tuple[np.ndarray, RuleState]:
        """Step against the mean gradient in units of its running root mean square."""
        gradient = sums[0] + pull
        n_steps = state.n_steps + 1
        first = self.beta1 * state.first + (1 - self.beta1) * gradient
        second = self.beta2 * state.second + (1 - self.beta2) * gradient**2
        mean = first / (1 - self.beta1**n_steps)
        scale = namespace(second).sqrt(second / (1 - self.beta2**n_steps)) + 1e-8
        return components - self.rate * decay * mean / scale, RuleState(first, second, n_steps)

    def forget(self, state: RuleState, which: np.ndarray) -> RuleState:
        """Return the state with no moments of these columns; their next step is at most 3.2 rates long."""
        first, second = state.first.copy(), state.second.copy()
        first[which] = second[which] = 0.0
        return replace(state, first=first, second=second)


@dataclass(frozen=True)
class ColumnRule(Rule):
    """Exact minimisation column by column of Σ ½‖x − Bw‖², non-negative with unit norm (linear pair).

    Running sums Σ w wᵀ and Σ w xᵀ say all about the documents seen; older ones are forgotten.

    Source: Mairal et al. (2010), algorithm 2.

    Parameters
    ----------
    forgetting : float
        Factor on the older sums at each step, rising from 0.8 to this.

    Examples
    --------
    >>> import numpy as np
    >>> rule = ColumnRule()
    >>> B = np.array([[1.0, 0.0]])
    >>> B, _ = rule.update(B, (np.array([[1.0]]), np.array([[0.6, 0.8]])), rule.begin(B), decay=1.0)
    >>> B.round(2).tolist()
    [[0.6, 0.8]]
    """

    forgetting: float = 0.97

    def begin(self, components: np.ndarray) -> RuleState:
        """Return zero sums."""
        n_components = len(components)
        return RuleState(np.zeros((n_components, n_components)), np.zeros(components.shape))

    def statistics(self, basis: Restriction, W: np.ndarray, X: Any, weights: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return Σ w wᵀ and Σ w (x − b0)ᵀ."""
        weighted = W * weights
        sums = namespace(weighted).sum(weighted, axis=1)
        data = (X.T @ weighted.T).T - sums[:, None] * basis.background[None, :]
        return weighted @ W.T, data

    def update(
        self,
        components: np.ndarray,
        sums: tuple[np.ndarray, ...],
        state: RuleState,
        *,
        decay: float,
        pull: Any = 0.0,
    ) -> tuple[np.ndarray, RuleState]:
        """Sweep once over the columns; their norm is fixed, so there is nothing for a penalty to bound."""
        keep = 0.0 if state.n_steps == 0 else min(self.forgetting, 0.8 + 0.01 * state.n_steps)
        gram = keep * state.first + sums[0]
        data = keep * state.second + sums[1]
        basis = np.array(components, dtype=np.float64)
        for k in np.flatnonzero(np.diag(gram) > 0):
            column = np.maximum(basis[k] + (data[k] - gram[k] @ basis) / gram[k, k], 0.0)
            norm = np.linalg.norm(column)
            if norm > 0:
                basis[k] = column / norm
        return basis, RuleState(gram, data, state.n_steps + 1)

    def forget(self, state: RuleState, which: np.ndarray) -> RuleState:
        """Return the state without the sums in which these columns take part."""
        first, second = state.first.copy(), state.second.copy()
        first[which] = first[:, which] = second[which] = 0.0
        return replace(state, first=first, second=second)


RULES: dict[str, Rule] = {"softmax": AdamRule(), "linear": ColumnRule()}
