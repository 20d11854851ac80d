"""Documents with labels, and the topics that their labels make."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Self

import numpy as np
import scipy.sparse as sp

from textsc.arrays import to_device
from textsc.coding import Coder
from textsc.estimators.sparse_coding import SparseCoding
from textsc.execution import Executor, block_slices
from textsc.learning.heads import Head
from textsc.learning.labeltopics import LabelTopics, label_directions, label_topics
from textsc.learning.plan import Examples
from textsc.learning.selftaught import teach_unlabelled
from textsc.learning.start import word_frequencies
from textsc.learning.through import TOLERANCE

__all__ = ["HELD_OUT", "Labelled", "add_topics", "cross_fitted_codes", "parts_of"]

HELD_OUT = -1  # the part of documents that only stop the training
# C n of a logistic regression on codes; C is at most 1. With 400, 1,000, 3,000 and 9,000 texts (20 Newsgroups, the last
# fifth of each class of the training part) the best C was about .1 to .3, .1, .03, .01, by accuracy and log-loss.
# Snippets of a clip say alike, so more of them are little more to learn from: of 200, 2,000 and 7,000 snippets of music
# the best C on other clips was about .03, .003 and .001.
STRENGTH = {"softmax": 100.0, "linear": 7.0}


@dataclass(frozen=True, eq=False)
class Labelled:
    """What is known of the documents.

    Parameters
    ----------
    targets : array of shape (n_documents,) or (n_documents, n_outputs)
        As the head takes them.
    weights : array of shape (n_documents,)
        Of a document in the mean loss.
    groups : array of shape (n_documents, n_groups)
        Membership of each document in the groups that get topics of their own; none where n_groups is 0.
    directions : array of shape (n_documents, n_directions)
        Numbers that get a topic each of the words that speak for much of them.

    Examples
    --------
    >>> Labelled(np.array([0, 1]), np.ones(2), np.eye(2), np.eye(2)).groups.shape
    (2, 2)
    """

    targets: np.ndarray
    weights: np.ndarray
    groups: np.ndarray
    directions: np.ndarray

    def fit_head(
        self, head: type[Head], W: np.ndarray, training: np.ndarray, *, roots: bool, pair: str = "softmax"
    ) -> Head:
        """Return a head for the codes of some of the documents."""
        n_outputs = int(self.targets.max()) + 1 if self.targets.ndim == 1 else self.targets.shape[1]
        weights = self.weights[training]
        strength = min(STRENGTH[pair], float(np.count_nonzero(weights))) / max(float(weights.sum()), 1e-12)
        return head.fit(
            W[training], self.targets[training], weights, n_outputs=n_outputs, roots=roots, strength=strength
        )

    def first(self, n_documents: int) -> Self:
        """Return what is known of the first documents."""
        return replace(self, **{name: getattr(self, name)[:n_documents] for name in self.__dataclass_fields__})

    def taught(self, model: SparseCoding, rows: Any, more: Any, *, smoothing: float) -> tuple[Any, Self]:
        """Return rows with others after them that have no label, and what their topics say of the classes of those.

        One of those counts as much as its most probable class is probable.
        """
        everything = sp.vstack([sp.csr_array(rows), sp.csr_array(more)], format="csr").astype(rows.dtype)
        shares = teach_unlabelled(
            model._used.matched().counted(everything),
            model._certified(everything, warn=False).W,
            self.targets,
            self.weights,
            model.background_,
            n_classes=self.groups.shape[1],
            smoothing=smoothing,
        )
        sure = shares.max(axis=1) * (np.asarray(more.sum(axis=1)).ravel() > 0) * self.weights.mean()
        scale = np.where(shares.max(axis=1) > 0, shares.max(axis=1), 1.0)[:, None]
        targets = np.concatenate([self.targets, shares.argmax(axis=1)])
        groups = np.concatenate([self.groups, shares / scale])
        told = replace(
            self,
            targets=targets,
            weights=np.concatenate([self.weights, sure]),
            groups=groups,
            directions=np.concatenate([self.directions, shares]),
        )
        return everything, told

    def examples(self, model: SparseCoding, rows: Any, part: np.ndarray, unlabelled: Any, rng: Any) -> Examples:
        """Return the documents with a token as training takes them; those without a label are dealt to the parts."""
        targets, weights = self.targets, self.weights
        if unlabelled is not None:
            n = unlabelled.shape[0]
            rows = sp.vstack([sp.csr_array(rows), sp.csr_array(unlabelled).astype(rows.dtype)], format="csr")
            targets = np.concatenate([targets, np.zeros((n, *targets.shape[1:]), dtype=targets.dtype)])
            weights = np.concatenate([weights, np.zeros(n)])
            part = np.concatenate([part, rng.integers(max(int(part.max()), 0) + 1, size=n)])
        objective = model._objective(rows.dtype, "cpu")
        data, n_tokens = objective.pair.prepare(rows, model.unit_)
        known = np.flatnonzero(n_tokens > 0)
        strength = objective.strength(n_tokens[known]).astype(rows.dtype)
        return Examples(data[known], strength, targets[known], weights[known], part[known])


def parts_of(n_documents: int, n_parts: int, rng: np.random.Generator) -> tuple[np.ndarray, int]:
    """Cut documents into parts of about equal size, at random; below two parts there is one.

    Examples
    --------
    >>> parts_of(4, 2, np.random.default_rng(0))
    (array([0, 0, 1, 1]), 2)
    """
    n_parts = max(1, min(n_parts, n_documents))
    return rng.permutation(np.arange(n_documents) % n_parts), n_parts


def add_topics(
    model: SparseCoding,
    rows: Any,
    labelled: Labelled,
    *,
    part: np.ndarray,
    n_parts: int,
    smoothing: float,
) -> np.ndarray:
    """Put topics of the labels beside those of a model; return B^(j) − B of them, (n_parts, n_new, n_features).

    Parameters
    ----------
    model : SparseCoding
        Is given the topics, the last of its `components_`.
    rows : CSR array of shape (n_documents, n_features)
        Counts.
    labelled : Labelled
    part : int array of shape (n_documents,)
        Documents of part −1 are not counted.
    n_parts : int
    smoothing : float
        α.
    """
    n_features = rows.shape[1]
    if model.pair != "softmax" or not labelled.groups.shape[1]:
        return np.zeros((n_parts, 0, n_features))
    training = np.flatnonzero(part != HELD_OUT)
    counts = model._used.matched().counted(rows[training])
    weighted = labelled.groups[training] * labelled.weights[training, None]
    counted, b0 = part[training], model.background_
    found = label_topics(counts, weighted, b0, smoothing=smoothing, part=counted, n_parts=n_parts)
    if labelled.directions.shape[1]:
        more = label_directions(
            counts,
            labelled.directions[training],
            b0,
            part=counted,
            n_parts=n_parts,
            weights=labelled.weights[training],
        )
        found = LabelTopics(
            np.concatenate([found.components, more.components]), np.concatenate([found.parts, more.parts], axis=1)
        )
    model._extend(found.components)
    offsets: np.ndarray = found.parts - found.components
    # The softmax does not see a constant, and the columns of the model are centred.
    centred: np.ndarray = offsets - (offsets @ word_frequencies(model.background_))[..., None]
    return centred


def cross_fitted_codes(
    model: SparseCoding,
    rows: Any,
    part: np.ndarray,
    offsets: np.ndarray,
    run: Executor,
    *,
    components: np.ndarray | None = None,
) -> np.ndarray:
    """Return the code of each document in the basis of its part, (n_documents, n_components).

    Parameters
    ----------
    model : SparseCoding
    rows : array or CSR array of shape (n_documents, n_features)
    part : int array of shape (n_documents,)
        A document of part −1 is coded with the basis that predicts.
    offsets : array of shape (n_parts, n_last, n_features)
    run : Executor
    components : array of shape (n_components, n_features), optional
        The basis that predicts; by default that of the model.
    """
    everything = model.components_ if components is None else components
    W = np.zeros((rows.shape[0], len(model.components_)), dtype=rows.dtype)
    for number in np.unique(part):
        components = everything.astype(np.float64)
        if number >= 0 and offsets.shape[1]:
            components[-offsets.shape[1] :] += offsets[number]
        members = np.flatnonzero(part == number)
        coder = _coder(model, components, rows.dtype)
        work = partial(_code, coder, rows[members])
        W[members] = np.concatenate(list(run(work, block_slices(len(members), coder.block_rows))))
    return W


def _coder(model: SparseCoding, components: np.ndarray, dtype: Any) -> Coder:
    coder = model.coder(dtype)
    basis = coder.objective.pair.bind(
        to_device(components.astype(dtype), model.device), to_device(model.background_.astype(dtype), model.device)
    )
    return replace(coder, basis=basis, tol=max(model.tol, TOLERANCE))


def _code(coder: Coder, rows: Any, part: slice) -> np.ndarray:
    W: np.ndarray = coder(rows[part]).W
    return W
