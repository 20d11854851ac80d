"""Training through the code: the basis beneath a linear head on the codes, and the head where that is asked for.

The gradient of the loss reaches the basis through the derivative of each code (`textsc.coding.code_gradients`).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import Any, Self

import numpy as np

from textsc.arrays import Array, namespace, to_device, to_host
from textsc.coding import Objective
from textsc.coding.device import Room, in_halves
from textsc.learning.basis import BLOCK, Progress, Run
from textsc.learning.heads import Head
from textsc.learning.plan import Examples, Plan, Tuned
from textsc.learning.rules import AdamRule, RuleState
from textsc.learning.through import BlockSums, add_blocks, encode_block, train_block

__all__ = ["tune_basis"]

MEMORY = 0.98  # of the running mean over steps that is delivered


@dataclass(frozen=True, eq=False)
class _Trained:
    """What is trained, and what Adam remembers of each part."""

    components: Array
    head: Head
    states: tuple[RuleState, RuleState, RuleState]

    @classmethod
    def begin(cls, components: Array, head: Head) -> Self:
        rule = AdamRule()
        parts = (components, head.weights, head.intercept)
        return cls(components, head, (rule.begin(parts[0]), rule.begin(parts[1]), rule.begin(parts[2])))

    def step(self, gradients: tuple[Array, ...], *, rate: float, head_rate: float, unit_norm: bool) -> Self:
        parts = (self.components, self.head.weights, self.head.intercept)
        moved = [
            AdamRule(rate=r).update(part, (gradient,), state, decay=1.0)
            for r, part, gradient, state in zip(
                (rate, head_rate, head_rate), parts, gradients, self.states, strict=True
            )
        ]
        (components, first), (weights, second), (intercept, third) = moved
        if unit_norm:
            components = _unit(namespace(components).maximum(components, 0.0))
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


def _unit(components: Array) -> Array:
    xp = namespace(components)
    return components / xp.maximum(xp.linalg.vector_norm(components, axis=1, keepdims=True), 1e-12)


def _mix(a: Array, b: Array, *, share: float) -> Array:
    return (1 - share) * a + share * b


def tune_basis(
    objective: Objective,
    components: np.ndarray,
    background: np.ndarray,
    head: Head,
    examples: Examples,
    *,
    plan: Plan,
    rng: np.random.Generator,
    run: Run,
    offsets: np.ndarray | None = None,
    moving: np.ndarray | None = None,
    validation: Examples | None = None,
    report: Callable[[Progress], None] | None = None,
    device: str = "cpu",
) -> Tuned:
    """Lower the loss of a head by moving the basis, through the codes, and the head where the plan says so.

    Adam with a rate that falls linearly to 0; the mean over steps is delivered. A document whose code is not certified
    takes no part in its step, and is counted. Documents of part j are coded with B^(j) + Δ, where B^(j) is the basis
    without what the labels of part j say (cross-fitting), and Δ is the one correction that is learned; prediction uses
    B + Δ.

    Parameters
    ----------
    objective : Objective
        With a KL prior.
    components : array of shape (n_components, n_features)
        Bᵀ at the start.
    background : array of shape (n_features,)
    head : Head
    examples : Examples
    plan : Plan
    rng : numpy.random.Generator
        Shuffles.
    run : Executor
    offsets : array of shape (n_parts, n_last, n_features), optional
        B^(j) − B of the last columns of B; by default there is one part, and it is B.
    moving : bool array of shape (n_components,), optional
        Which topics are trained; by default all.
    validation : Examples, optional
        Documents that stop the training: the mean after the sweep with their lowest loss is delivered. They are coded
        with B + Δ.
    report : callable, optional
        Gets a `Progress`, with the mean loss of the minibatch.
    device : {"cpu", "cuda"}
        Where documents are coded, derivatives are found and the basis moves; the head is on the host.

    Returns
    -------
    Tuned

    References
    ----------
    Bradley and Bagnell (2008), section 3.3.

    Examples
    --------
    >>> import scipy.sparse as sp
    >>> from textsc.coding import KLPrior, SoftmaxKL
    >>> from textsc.learning.heads import SoftmaxHead
    >>> from textsc.learning.plan import Examples, Plan
    >>> head = SoftmaxHead(np.eye(2), np.zeros(2), location=np.zeros(2), scale=np.ones(2))
    >>> two = Examples(sp.csr_array(np.eye(2)), np.full(2, 0.1), np.array([0, 1]), np.ones(2), np.zeros(2, dtype=int))
    >>> tuned = tune_basis(Objective(SoftmaxKL(), KLPrior(0.5), 1.0), np.zeros((2, 2)), np.zeros(2), head, two,
    ...                    plan=Plan(epochs=1, rate=0.1), rng=np.random.default_rng(0), run=map)
    >>> bool(tuned.components[0, 0] > tuned.components[0, 1])
    True
    """
    training = _Training(objective, background, examples, plan, run, offsets, moving, device)
    now = average = best = _Trained.begin(training.put(np.asarray(components, dtype=np.float64)), head)
    losses: list[float] = []
    checks: list[float] = []
    for _ in range(plan.epochs):
        batches = list(_batches(examples.part, plan.batch_size, rng))
        sums = []
        for rows in batches:
            done = training.n_steps
            share = 1 - done / (plan.epochs * len(batches))
            now, found = training.step(now, rows, max(share, 0.0))
            average = average.towards(now, 1 - min(MEMORY, done / (done + 10)))
            sums.append((found.loss, found.weight))
            if report is not None:
                loss = found.loss / max(found.weight, 1e-300)
                report(Progress("training through the codes", done + 1, plan.epochs * len(batches), loss))
        training.end_sweep()
        losses.append(sum(loss for loss, _ in sums) / max(sum(weight for _, weight in sums), 1e-300))
        if validation is not None:
            checks.append(training.loss_of(average, validation))
            lowest = int(np.argmin(checks))
            best = average if lowest == len(checks) - 1 else best
            if len(checks) - 1 - lowest >= plan.patience:
                break
        else:
            best = average
    final = _unit(best.components) if training.unit_norm else best.components  # the mean of unit columns is shorter
    return Tuned(to_host(final), best.head, tuple(losses), tuple(checks), training.n_left_out, training.mean_products)


def _batches(part: np.ndarray, batch_size: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Cut a shuffle of the documents into minibatches, each from one part; the minibatches are shuffled too."""
    order = rng.permutation(len(part))
    found = []
    for number in np.unique(part):
        rows = order[part[order] == number]
        found += [rows[first : first + batch_size] for first in range(0, len(rows), batch_size)]
    for index in rng.permutation(len(found)):
        yield found[index]


class _Training:
    """One training: what stays the same over its steps, the codes to start from, and what is counted."""

    def __init__(
        self,
        objective: Objective,
        background: np.ndarray,
        examples: Examples,
        plan: Plan,
        run: Run,
        offsets: np.ndarray | None,
        moving: np.ndarray | None,
        device: str,
    ) -> None:
        self.put = partial(to_device, device=device)
        self.device, self.room = device, Room()
        self.objective, self.examples, self.plan, self.run = objective, examples, plan, run
        self.dtype = examples.lam_d.dtype
        self.background = self.put(background.astype(self.dtype))
        self.offsets = None if offsets is None else self.put(offsets)
        self.moving = None if moving is None else self.put(moving[:, None])
        self.unit_norm = objective.pair.name == "linear"
        self.codes: np.ndarray | None = None
        self.fresh: np.ndarray | None = None
        self.n_steps = self.n_left_out = 0
        self.n_products, self.n_solved = 0, 0

    @property
    def mean_products(self) -> float:
        return self.n_products / max(self.n_solved, 1)

    def bind(self, components: Array, part: int | None) -> Any:
        """Return the pair restricted to the basis of a part, or to the one that predicts."""
        xp = namespace(components)
        if self.offsets is not None and part is not None and self.offsets.shape[1]:
            components = xp.asarray(components, copy=True)
            components[-self.offsets.shape[1] :, :] += self.offsets[part, :, :]
        return self.objective.pair.bind(xp.astype(components, self.background.dtype), self.background)

    def step(self, now: _Trained, rows: np.ndarray, share: float) -> tuple[_Trained, BlockSums]:
        """Code a minibatch, and move basis and head against the gradient."""
        batch = self.examples.take(rows)
        basis = self.bind(now.components, int(batch.part[0]))
        start = None if self.codes is None else self.codes[rows]
        work = partial(
            train_block, self.objective, basis, now.head, batch, start, self.plan.unsupervised, device=self.device
        )
        found = add_blocks(self._run(work, len(rows)))
        if self.fresh is None:
            self.fresh = np.zeros((len(self.examples.lam_d), now.components.shape[0]), dtype=self.dtype)
        self.fresh[rows] = found.codes
        self.n_steps += 1
        self.n_left_out += found.n_left_out
        self.n_products += found.n_products
        self.n_solved += found.n_solved
        components, weights, intercept = found.gradients(self.plan.unsupervised)
        if self.moving is not None:
            xp = namespace(components)
            components = xp.where(self.moving, components, xp.zeros_like(components))
        plan = self.plan
        rates = {"rate": plan.rate * share, "head_rate": plan.head_rate * share}
        return now.step((components, weights, intercept), **rates, unit_norm=self.unit_norm), found

    def _run(self, work: Callable[[slice], Any], n_rows: int) -> Iterator[Any]:
        """Do work on blocks of rows: what one thread takes, or all where a device does."""
        size = BLOCK if self.device == "cpu" else max(1, n_rows)
        blocks = [slice(first, min(first + size, n_rows)) for first in range(0, n_rows, size)]
        return chain.from_iterable(self.run(partial(in_halves, work, device=self.device, room=self.room), blocks))

    def end_sweep(self) -> None:
        """Keep the codes of this sweep: the next starts from them."""
        self.codes, self.fresh = self.fresh, None

    def loss_of(self, trained: _Trained, examples: Examples) -> float:
        """Return the mean loss of other documents, coded with the basis that predicts."""
        basis = self.bind(trained.components, None)
        work = partial(encode_block, self.objective, basis, examples, device=self.device)
        codes = np.concatenate(list(self._run(work, len(examples.lam_d))))
        losses, _ = trained.head.losses(codes, examples.targets)
        return float(np.sum(losses * examples.weights) / np.sum(examples.weights))
