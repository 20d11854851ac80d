"""The objective of one document: a pair, a prior and the strength of the prior."""

from dataclasses import dataclass
from typing import Any

from textsc.arrays import Array, device_of, namespace, overflow_to_inf, whole_lanes
from textsc.coding.gap import certified_gap, proximal_gap
from textsc.coding.pairs import MatchedPair
from textsc.coding.prior import LegendrePrior, Prior, ProximalPrior
from textsc.coding.restriction import Restriction
from textsc.rows import take_rows

__all__ = ["WEIGHTINGS", "Objective"]

WEIGHTINGS = ("poisson", "type")


@dataclass(frozen=True)
class Objective:
    """J(w) = A(b0 + Bw) − cᵀw + λ_d P(w), with c = Bᵀx: the loss D(x‖f(b0 + Bw)) but for a constant, plus the prior.

    Source: Bradley and Bagnell (2008), eq. 2; the supplement, eqs 13-14, for the constrained-Poisson weighting.

    Parameters
    ----------
    pair : MatchedPair
    prior : Prior
    lam : float
        λ > 0, the strength of the prior.
    weighting : {"poisson", "type"}
        ``"type"``: λ_d = λ for every document. ``"poisson"``: λ_d = λ/N_d, the exact MAP estimate under the
        constrained-Poisson likelihood, where a long document is believed more.

    Raises
    ------
    ValueError
        If λ is not positive and finite, or the weighting is unknown.

    Examples
    --------
    >>> import numpy as np
    >>> from textsc.coding import KLPrior, SoftmaxKL
    >>> objective = Objective(SoftmaxKL(), KLPrior(0.1), lam=4.0)
    >>> objective.strength(np.array([10.0, 400.0])).tolist()
    [0.4, 0.01]
    """

    pair: MatchedPair
    prior: Prior
    lam: float
    weighting: str = "poisson"

    def __post_init__(self) -> None:
        """Check the domain once, at the door."""
        if not 0 < self.lam < float("inf"):
            raise ValueError(f"Objective: lam must be positive and finite, got {self.lam}.")
        if self.weighting not in WEIGHTINGS:
            raise ValueError(f"Objective: weighting must be one of {WEIGHTINGS}, got {self.weighting!r}.")

    def strength(self, n_tokens: Array) -> Array:
        """Return λ_d for documents of the given lengths, of shape (n_documents,)."""
        xp = namespace(n_tokens)
        if self.weighting == "type":
            return xp.full_like(n_tokens, self.lam)
        return self.lam / n_tokens

    def weight(self, n_tokens: Array) -> Array:
        """Return the weight of each document in the loss of a corpus: N_d (Poisson) or 1 (type)."""
        xp = namespace(n_tokens)
        return n_tokens if self.weighting == "poisson" else xp.ones_like(n_tokens)

    def value(self, basis: Restriction, W: Array, X: Any, lam_d: Array) -> Array:
        """Return J(w), up to the constant A*(x) of the data, of shape (n_documents,).

        ``W`` has shape (n_components, n_documents), ``X`` holds rows as the loss takes them.
        """
        xp = namespace(W)
        phi, _ = basis.evaluate(W, basis.tangent(W))
        return phi - xp.sum(basis.linear_term(X) * W, axis=0) + lam_d * self.prior.penalty(W)

    def gap(self, basis: Restriction, W: Array, X: Any, lam_d: Array) -> Array:
        """Return a Fenchel duality gap, a bound of J(w) − J(ŵ), of shape (n_documents,).

        KL priors: λ_d D_P(w, ∇P*((c − Bᵀr)/λ_d)). L1 and L2: the gap at the dual point x + s(r − x). Uniform: +inf, for
        it has none. The gap has the unit of the loss (nats per token for text), is enlarged by what rounding may have
        hidden, and is +inf where the exponent overflows.

        ``W`` has shape (n_components, n_documents), ``X`` holds rows as the loss takes them.
        """
        xp = namespace(W)
        n_documents = W.shape[1]
        if n_documents == 0:
            return xp.zeros((0,), dtype=xp.float64, device=device_of(W))
        # In whole lanes, so that the bytes of a gap do not depend on the batch.
        lanes = whole_lanes(xp.arange(n_documents, device=device_of(W)))
        W, X, lam_d = xp.take(W, lanes, axis=1), take_rows(X, lanes), xp.take(lam_d, lanes)
        return self._gap(basis, W, X, lam_d)[:n_documents]

    def _gap(self, basis: Restriction, W: Array, X: Any, lam_d: Array) -> Array:
        c = basis.linear_term(X)
        with overflow_to_inf():
            _, slope = basis.evaluate(W, basis.tangent(W))
            if isinstance(self.prior, LegendrePrior):
                return certified_gap(self.prior, c, lam_d, self.prior.dual(W), W, slope)
            if isinstance(self.prior, ProximalPrior):
                return proximal_gap(self.prior, basis, X, c, lam_d, W, slope)
        raise TypeError(f"Objective: a prior is a LegendrePrior or a ProximalPrior, got {type(self.prior).__name__}.")
