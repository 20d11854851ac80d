"""Online learning of a basis: minibatches, persistent codes, a rule that moves the basis."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from typing import Any

import numpy as np

from textsc.arrays import namespace, to_device, to_host
from textsc.coding import LegendrePrior, Objective, infer_codes
from textsc.coding.device import Room, in_halves
from textsc.coding.restriction import Restriction
from textsc.learning.revival import dead_topics, new_columns
from textsc.learning.rules import RULES, Rule, RuleState

__all__ = ["Learner", "Progress", "learn_basis"]

BLOCK = 256  # rows of a minibatch that one thread takes
TOLERANCE = 1e-3  # gap of the codes while learning
PASSES = 3  # passes a minibatch; its codes go on from there in the next epoch
PLAIN = 10  # times as many passes where the solver is the plain one
FIRST_PASSES = 6

Run = Callable[..., Any]


@dataclass(frozen=True)
class Progress:
    """How far a fit is, for a progress bar; where labels are learned, with the loss of the minibatch."""

    stage: str
    done: int
    total: int
    loss: float | None = None


@dataclass(frozen=True)
class Learner:
    """A basis in the middle of learning: state in, state out.

    Parameters
    ----------
    objective : Objective
    background : array of shape (n_features,)
        b0, fixed.
    components : array of shape (n_components, n_features), float64
    state : RuleState
    dtype : numpy dtype
        Of the inner solve.
    rule : Rule
        How the basis moves.
    anchor : array of shape (n_components, n_features)
        B_0, where the basis started.
    ridge : array of shape (n_features,) or float
        Weight ρ_v of the penalty ½ Σ_kv ρ_v (B − B_0)_kv² beside the mean loss of a document, for a basis whose norm is
        free.
    device : {"cpu", "cuda"}
        Where documents are coded, and where basis, anchor, ridge and state are if the rule takes them there.
    """

    objective: Objective
    background: np.ndarray
    components: np.ndarray
    state: RuleState
    dtype: Any
    rule: Rule
    anchor: np.ndarray
    ridge: Any = 0.0
    device: str = "cpu"
    room: Room = field(default_factory=Room, repr=False, compare=False)

    @classmethod
    def begin(
        cls,
        objective: Objective,
        background: np.ndarray,
        components: np.ndarray,
        *,
        dtype: Any,
        rule: Rule | None = None,
        ridge: Any = 0.0,
        device: str = "cpu",
    ) -> "Learner":
        """Return the learner before its first step, by default with the rule of the pair."""
        components = np.asarray(components, dtype=np.float64)
        rule = rule or RULES[objective.pair.name]
        state = rule.begin(components)
        return cls(objective, background, components, state, dtype, rule, components, ridge, device)._at_home()

    def resumed(self, state: RuleState, anchor: np.ndarray) -> "Learner":
        """Return the learner with what an earlier one remembered, on the host."""
        return replace(self.on_host(), state=state, anchor=anchor)._at_home()

    def on_host(self) -> "Learner":
        """Return the same learner with all its arrays on the host."""
        return self if self.device == "cpu" else self._moved(to_host)

    def _at_home(self) -> "Learner":
        """Return the same learner with its arrays where its rule takes them."""
        there = self.device != "cpu" and self.rule.on_device
        return self._moved(partial(to_device, device=self.device)) if there else self

    def _moved(self, move: Callable[[Any], Any]) -> "Learner":
        state = replace(self.state, first=move(self.state.first), second=move(self.state.second))
        ridge = self.ridge if isinstance(self.ridge, float) else move(self.ridge)
        return replace(self, components=move(self.components), anchor=move(self.anchor), state=state, ridge=ridge)

    def document_terms(self, n_tokens: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return λ_d and the weight in the loss of documents of the given lengths, in the type of the solve."""
        lengths = n_tokens.astype(self.dtype)
        return self.objective.strength(lengths), self.objective.weight(lengths)

    def bind(self) -> Restriction:
        """Return the pair restricted to the current basis."""
        dtype, there = self.dtype, partial(to_device, device=self.device)
        components = self.components
        if isinstance(components, np.ndarray):
            components = there(components.astype(dtype))
        else:
            xp = namespace(components)
            components = xp.astype(components, xp.float64 if dtype == np.float64 else xp.float32)
        return self.objective.pair.bind(components, there(self.background.astype(dtype)))

    def step(
        self,
        X: Any,
        lam_d: np.ndarray,
        weights: np.ndarray,
        start: np.ndarray | None,
        *,
        run: Run,
        max_passes: int,
        decay: float,
    ) -> tuple["Learner", np.ndarray]:
        """Code a minibatch, move the basis, and return the new learner and the codes.

        Parameters
        ----------
        X : CSR array of shape (n_documents, n_features)
            Types, or spectra.
        lam_d, weights : array of shape (n_documents,)
            Strength of the prior, and weight of each document in the loss.
        start : array of shape (n_documents, n_components), optional
        run : Executor
        max_passes : int
        decay : float

        Returns
        -------
        Learner
        array of shape (n_documents, n_components)
        """
        work = partial(self._code_rows, self.bind(), X, lam_d, weights, start, max_passes)
        codes, sums = [], None
        parts = partial(in_halves, work, device=self.device, room=self.room)
        for W, exact in chain.from_iterable(run(parts, self._blocks(X))):
            codes.append(W)
            sums = exact if sums is None else tuple(a + b for a, b in zip(sums, exact, strict=True))
        total = float(weights.sum(dtype=np.float64))
        mean = tuple(s / total for s in sums or ())
        pull = self.ridge * (self.components - self.anchor)
        components, state = self.rule.update(self.components, mean, self.state, decay=decay, pull=pull)
        return replace(self, components=components, state=state), np.concatenate(codes)

    def _blocks(self, X: Any) -> list[slice]:
        """Return the blocks of a minibatch: what one thread takes, or all where a device does."""
        size = BLOCK if self.device == "cpu" else max(1, X.shape[0])
        return [slice(first, min(first + size, X.shape[0])) for first in range(0, X.shape[0], size)]

    def _code_rows(
        self,
        basis: Restriction,
        X: Any,
        lam_d: np.ndarray,
        weights: np.ndarray,
        start: np.ndarray | None,
        max_passes: int,
        rows: slice,
    ) -> tuple[np.ndarray, tuple[Any, ...]]:
        """Return the codes of some rows, and the sums that the rule needs, in float64, where the rule takes them."""
        there = partial(to_device, device=self.device)
        block = there(X[rows])
        codes = infer_codes(
            self.objective,
            basis,
            block,
            there(lam_d[rows]),
            start=None if start is None else there(start[rows].T),
            tol=TOLERANCE,
            max_passes=max_passes if isinstance(self.objective.prior, LegendrePrior) else PLAIN * max_passes,
        )
        sums = self.rule.statistics(basis, namespace(codes.W).matrix_transpose(codes.W), block, there(weights[rows]))
        if not self.rule.on_device:
            sums = tuple(to_host(s) for s in sums)
        return to_host(codes.W), tuple(namespace(s).astype(s, namespace(s).float64) for s in sums)

    def revive(
        self, X: Any, codes: np.ndarray, weights: np.ndarray, *, rng: np.random.Generator
    ) -> tuple["Learner", np.ndarray]:
        """Give topics that do nothing the columns of random documents, and weights as if nothing were known.

        Parameters
        ----------
        X : CSR array of shape (n_documents, n_features)
            Types, or spectra.
        codes : array of shape (n_documents, n_components)
        weights : array of shape (n_documents,)
        rng : numpy.random.Generator

        Returns
        -------
        Learner
        array of shape (n_documents, n_components)
        """
        pair, host = self.objective.pair.name, self.on_host()
        dead = dead_topics(host.components, self.background, codes, weights, pair=pair)
        if not len(dead):
            return self, codes
        components, anchor, codes = host.components.copy(), host.anchor.copy(), codes.copy()
        components[dead] = anchor[dead] = new_columns(X, len(dead), self.background, pair=pair, rng=rng)
        minimum = self.objective.prior.minimum(to_device(codes[:1].T, self.device))
        codes[:, dead] = to_host(minimum)[dead, 0]
        state = self.rule.forget(host.state, dead)
        return replace(host, components=components, anchor=anchor, state=state)._at_home(), codes


def learn_basis(
    learner: Learner,
    X: Any,
    lam_d: np.ndarray,
    weights: np.ndarray,
    *,
    epochs: int,
    batch_size: int,
    rng: np.random.Generator,
    run: Run,
    report: Callable[[Progress], None] | None = None,
) -> Learner:
    """Learn a basis by epochs over shuffled minibatches, each document's code kept from one epoch to the next.

    Parameters
    ----------
    learner : Learner
    X : CSR array of shape (n_documents, n_features)
        Types, or spectra; no empty rows.
    lam_d, weights : array of shape (n_documents,)
    epochs, batch_size : int
    rng : numpy.random.Generator
        Shuffles.
    run : Executor
    report : callable, optional
        Gets a `Progress` after each minibatch.

    Returns
    -------
    Learner

    Examples
    --------
    >>> import numpy as np, scipy.sparse as sp
    >>> from textsc.coding import KLPrior, SoftmaxKL
    >>> X = sp.csr_array(np.eye(4)[[0, 1, 0, 1]])
    >>> learner = Learner.begin(Objective(SoftmaxKL(), KLPrior(0.5), 4.0), np.zeros(4), np.eye(4)[:2], dtype=np.float64)
    >>> learner = learn_basis(learner, X, np.full(4, 0.1), np.ones(4), epochs=2, batch_size=4,
    ...                       rng=np.random.default_rng(0), run=map)
    >>> learner.state.n_steps
    2
    """
    n_documents = X.shape[0]
    codes: np.ndarray | None = None
    starts = range(0, n_documents, batch_size)
    total = epochs * len(starts)
    for epoch in range(epochs):
        order = rng.permutation(n_documents)
        fresh = np.zeros((n_documents, learner.components.shape[0]), dtype=learner.dtype)
        for number, first in enumerate(starts):
            rows = order[first : first + batch_size]
            done = epoch * len(starts) + number
            learner, fresh[rows] = learner.step(
                X[rows],
                lam_d[rows],
                weights[rows],
                None if codes is None else codes[rows],
                run=run,
                max_passes=FIRST_PASSES if codes is None else PASSES,
                decay=1 - 0.9 * done / total,
            )
            if report is not None:
                report(Progress("learning", done + 1, total))
        codes = fresh
        if epoch < epochs - 1:
            learner, codes = learner.revive(X, codes, weights, rng=rng)
    return learner
