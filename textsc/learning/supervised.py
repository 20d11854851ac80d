"""Training through the code: a linear softmax head on the codes and the basis beneath it, together.

The gradient of the loss reaches the basis through the derivative of each code (`textsc.coding.code_gradients`).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Self

import numpy as np

from textsc.coding import Codes, Objective, code_gradients, infer_codes
from textsc.coding.inference import passes_allowed
from textsc.coding.restriction import Restriction
from textsc.coding.softmax import softmax
from textsc.learning.basis import BLOCK, Progress, Run
from textsc.learning.rules import AdamRule, RuleState

__all__ = ["Head", "tune_basis"]

TOLERANCE = 1e-3  # gap of the codes while training
HEAD_RATE = 0.3  # of the rate of the basis
MEMORY = 0.98  # of the running mean over steps that is delivered


@dataclass(frozen=True, eq=False)
class Head:
    """A linear softmax classifier of codes: log-odds (w − m)/s · Aᵀ + a.

    Parameters
    ----------
    weights : array of shape (n_classes, n_components)
        A.
    intercept : array of shape (n_classes,)
        a.
    location, scale : array of shape (n_components,)
        m and s, fixed.

    Examples
    --------
    >>> head = Head(np.eye(2), np.zeros(2), location=np.zeros(2), scale=np.ones(2))
    >>> head.probabilities(np.array([[0.0, 0.0]])).tolist()
    [[0.5, 0.5]]
    """

    weights: np.ndarray
    intercept: np.ndarray
    location: np.ndarray
    scale: np.ndarray

    def features(self, W: np.ndarray) -> np.ndarray:
        """Return standardised codes, of the shape of W, (n_documents, n_components)."""
        out: np.ndarray = (np.asarray(W, dtype=np.float64) - self.location) / self.scale
        return out

    def probabilities(self, W: np.ndarray) -> np.ndarray:
        """Return the probability of each class, (n_documents, n_classes)."""
        out: np.ndarray = softmax(self.features(W) @ self.weights.T + self.intercept)
        return out

    def on_codes(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the same head for codes as they are: coefficients (n_classes, n_components) and intercepts."""
        coefficients = self.weights / self.scale
        return coefficients, self.intercept - coefficients @ self.location


@dataclass(frozen=True, eq=False)
class _Trained:
    """What is trained, and what Adam remembers of each part."""

    components: np.ndarray
    head: Head
    states: tuple[RuleState, RuleState, RuleState]

    @classmethod
    def begin(cls, components: np.ndarray, head: Head) -> Self:
        rule = AdamRule()
        parts = (components, head.weights, head.intercept)
        return cls(components, head, (rule.begin(parts[0]), rule.begin(parts[1]), rule.begin(parts[2])))

    def step(self, gradients: tuple[np.ndarray, ...], *, rate: float, train_head: bool, unit_norm: bool) -> Self:
        slow = HEAD_RATE * rate if train_head else 0.0
        parts = (self.components, self.head.weights, self.head.intercept)
        moved = [
            AdamRule(rate=r).update(part, (gradient,), state, decay=1.0)
            for r, part, gradient, state in zip((rate, slow, slow), parts, gradients, self.states, strict=True)
        ]
        (components, first), (weights, second), (intercept, third) = moved
        if unit_norm:
            components = _unit(np.maximum(components, 0.0))
        head = replace(self.head, weights=weights, intercept=intercept)
        return replace(self, components=components, head=head, states=(first, second, third))

    def towards(self, other: Self, share: float) -> Self:
        """Return the mean of two, with the given share of the other; the states are the other's."""
        mix = partial(_mix, share=share)
        head = replace(
            self.head,
            weights=mix(self.head.weights, other.head.weights),
            intercept=mix(self.head.intercept, other.head.intercept),
        )
        return replace(other, components=mix(self.components, other.components), head=head)


def _unit(components: np.ndarray) -> np.ndarray:
    out: np.ndarray = components / np.maximum(np.linalg.norm(components, axis=1, keepdims=True), 1e-12)
    return out


def _mix(a: np.ndarray, b: np.ndarray, *, share: float) -> np.ndarray:
    out: np.ndarray = (1 - share) * a + share * b
    return out


def tune_basis(
    objective: Objective,
    components: np.ndarray,
    background: np.ndarray,
    head: Head,
    X: Any,
    lam_d: np.ndarray,
    labels: np.ndarray,
    *,
    epochs: int,
    batch_size: int,
    rate: float,
    rng: np.random.Generator,
    run: Run,
    train_head: bool = True,
    report: Callable[[Progress], None] | None = None,
) -> tuple[np.ndarray, Head]:
    """Lower the cross-entropy of labels by moving the basis, through the codes, and the head.

    Adam with a rate that falls linearly to 0; the mean over steps is delivered. A document whose code is not certified
    takes no part in its step.

    Parameters
    ----------
    objective : Objective
        With a KL prior.
    components : array of shape (n_components, n_features)
        Bᵀ at the start.
    background : array of shape (n_features,)
    head : Head
    X : rows as the loss takes them, none empty
    lam_d : array of shape (n_documents,), in the type of the solve
    labels : int array of shape (n_documents,)
        Class numbers.
    epochs, batch_size : int
    rate : float
        Of the basis; that of the head is 0.3 of it.
    rng : numpy.random.Generator
        Shuffles.
    run : Executor
    train_head : bool
    report : callable, optional
        Gets a `Progress`, with the mean cross-entropy of the minibatch.

    Returns
    -------
    components : array of shape (n_components, n_features), float64
    Head

    References
    ----------
    Bradley and Bagnell (2008), section 3.3.

    Examples
    --------
    >>> import scipy.sparse as sp
    >>> from textsc.coding import KLPrior, SoftmaxKL
    >>> X, head = sp.csr_array(np.eye(2)), Head(np.eye(2), np.zeros(2), location=np.zeros(2), scale=np.ones(2))
    >>> B, _ = tune_basis(Objective(SoftmaxKL(), KLPrior(0.5), 1.0), np.zeros((2, 2)), np.zeros(2), head, X,
    ...                   np.full(2, 0.1), np.array([0, 1]), epochs=1, batch_size=2, rate=0.1,
    ...                   rng=np.random.default_rng(0), run=map)
    >>> bool(B[0, 0] > B[0, 1])
    True
    """
    now = average = _Trained.begin(np.asarray(components, dtype=np.float64), head)
    n_documents, dtype = X.shape[0], lam_d.dtype
    codes: np.ndarray | None = None
    starts = range(0, n_documents, batch_size)
    total = epochs * len(starts)
    for epoch in range(epochs):
        order = rng.permutation(n_documents)
        fresh = np.zeros((n_documents, len(components)), dtype=dtype)
        for number, first in enumerate(starts):
            rows = order[first : first + batch_size]
            done = epoch * len(starts) + number
            basis = objective.pair.bind(now.components.astype(dtype), background.astype(dtype))
            warm = None if codes is None else codes[rows]
            work = partial(_block, objective, basis, now.head, X[rows], lam_d[rows], labels[rows], warm)
            fresh[rows], gradients, loss = _sum(run(work, range(0, len(rows), BLOCK)))
            now = now.step(
                gradients,
                rate=rate * (1 - done / total),
                train_head=train_head,
                unit_norm=objective.pair.name == "linear",
            )
            average = average.towards(now, 1 - min(MEMORY, done / (done + 10)))
            if report is not None:
                report(Progress("training through the codes", done + 1, total, loss))
        codes = fresh
    # The mean of columns of unit norm is a little shorter.
    linear = objective.pair.name == "linear"
    return _unit(average.components) if linear else average.components, average.head


def _sum(blocks: Any) -> tuple[np.ndarray, tuple[np.ndarray, ...], float]:
    """Add blocks in their order, in float64, and divide by the number of certified documents."""
    codes, sums, loss, n_certified = [], None, 0.0, 0
    for W, block_sums, block_loss, n in blocks:
        codes.append(W)
        exact = tuple(np.asarray(s, dtype=np.float64) for s in block_sums)
        sums = exact if sums is None else tuple(a + b for a, b in zip(sums, exact, strict=True))
        loss, n_certified = loss + block_loss, n_certified + n
    scale = max(n_certified, 1)
    return np.concatenate(codes), tuple(s / scale for s in sums or ()), loss / scale


def _block(
    objective: Objective,
    basis: Restriction,
    head: Head,
    X: Any,
    lam_d: np.ndarray,
    labels: np.ndarray,
    start: np.ndarray | None,
    first: int,
) -> tuple[np.ndarray, tuple[np.ndarray, ...], float, int]:
    """Return the codes of a block, the sums of the gradients in B, A and a, the loss, and how many took part."""
    rows = slice(first, first + BLOCK)
    warm = None if start is None else start[rows].T
    # A document that is not certified soon takes no part: no price is paid to certify it.
    limit = passes_allowed(objective.prior, thorough=False)
    codes = infer_codes(objective, basis, X[rows], lam_d[rows], start=warm, tol=TOLERANCE, max_passes=limit)
    certified = np.flatnonzero(codes.converged)
    W, y = codes.W[certified], labels[rows][certified]
    features = head.features(W)
    P = softmax(features @ head.weights.T + head.intercept)
    loss = -float(np.sum(np.log(np.maximum(P[np.arange(len(y)), y], np.finfo(P.dtype).tiny))))
    error = P
    error[np.arange(len(y)), y] -= 1.0
    g = ((error @ head.weights) / head.scale).astype(codes.W.dtype)
    taking_part = Codes(*(getattr(codes, name)[certified] for name in ("W", "gap", "n_passes", "converged")))
    through = code_gradients(objective, basis, X[rows][certified], lam_d[rows][certified], taking_part, g)
    return codes.W, (through.components, error.T @ features, error.sum(axis=0)), loss, len(y)
