"""What is measured of codes and of predicted classes, as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from textsc.evaluation.retrieval import retrieval_precision

__all__ = [
    "ClassAssessment",
    "assess_classes",
    "explained_share",
    "retrieval_between_halves",
]

ROWS = 1024  # whose reconstructions are held at once


@dataclass(frozen=True, slots=True)
class ClassAssessment:
    """How well classes are predicted.

    Attributes
    ----------
    accuracy : float
        Share of the documents whose most probable class is theirs.
    log_loss : float
        −mean log of the probability of the right class, in nats, over those whose class is known; inf
        where one of them has the probability 0, NaN where there are none.
    n_known : int
        Documents whose class is one of those that are predicted; the others cannot be told right.
    """

    accuracy: float
    log_loss: float
    n_known: int


def assess_classes(
    probabilities: npt.NDArray[np.floating[Any]], classes: Sequence[str], labels: Sequence[str]
) -> ClassAssessment:
    """Measure predictions of classes.

    Parameters
    ----------
    probabilities : array of shape (n_documents, n_classes)
        Rows sum to 1.
    classes : sequence of str
        Of the columns.
    labels : sequence of str
        The class of each document, at least one.

    Returns
    -------
    ClassAssessment

    Examples
    --------
    >>> found = assess_classes(np.array([[0.5, 0.5], [0.2, 0.8]]), ["a", "b"], ["a", "c"])
    >>> found.accuracy, round(found.log_loss, 3), found.n_known
    (0.5, 0.693, 1)
    """
    number = {name: column for column, name in enumerate(classes)}
    columns = np.array([number.get(label, -1) for label in labels])
    known = np.flatnonzero(columns >= 0)
    with np.errstate(divide="ignore"):
        logs = np.log(np.asarray(probabilities, dtype=np.float64)[known, columns[known]])
    return ClassAssessment(
        accuracy=float(np.mean(np.argmax(probabilities, axis=1) == columns)),
        log_loss=float(-np.mean(logs)) if len(known) else float("nan"),
        n_known=len(known),
    )


def retrieval_between_halves(W: npt.NDArray[np.floating[Any]], labels: Sequence[str], *, seed: int = 0) -> float:
    """Return the precision with which one half of some documents finds those of its labels in the other.

    The halves are drawn at random; the first is searched with the documents of the second: see `retrieval_precision`.

    Parameters
    ----------
    W : array of shape (n_documents, n_components)
        Codes, at least two.
    labels : sequence of str
        Of the documents.
    seed : int

    Returns
    -------
    float
        In [0, 1].

    Raises
    ------
    ValueError
        There are fewer than two documents.

    Examples
    --------
    >>> retrieval_between_halves(np.repeat(np.eye(2), 10, axis=0), ["sea"] * 10 + ["sky"] * 10)
    1.0
    """
    order = np.random.default_rng(seed).permutation(len(W))
    searched, asking = np.sort(order[: (len(W) + 1) // 2]), np.sort(order[(len(W) + 1) // 2 :])
    names = np.asarray(labels)
    return retrieval_precision(W[searched], W[asking], names[searched], names[asking])


def explained_share(
    X: Any, W: npt.NDArray[np.floating[Any]], components: npt.NDArray[np.floating[Any]], *, unit: float = 1.0
) -> float:
    """Return the share of the squared norm of spectra that their codes explain, 1 − Σ‖x − sBw‖² / Σ‖x‖².

    Parameters
    ----------
    X : array or CSR array of shape (n_rows, n_features)
        A thousand rows of it are dense at a time.
    W : array of shape (n_rows, n_components)
    components : array of shape (n_components, n_features)
    unit : float
        s: what rows are divided by before they are coded.

    Returns
    -------
    float
        At most 1.

    Examples
    --------
    >>> explained_share(np.array([[2.0, 0.0], [0.0, 2.0]]), np.array([[1.0], [0.0]]), np.array([[2.0, 0.0]]))
    0.5
    """
    left = total = 0.0
    for start in range(0, len(W), ROWS):
        rows = slice(start, start + ROWS)
        x = np.asarray(X[rows].toarray() if sp.issparse(X) else X[rows], dtype=np.float64)
        residual = x - unit * (W[rows].astype(np.float64) @ components.astype(np.float64))
        left, total = left + float(np.sum(residual**2)), total + float(np.sum(x**2))
    return 1.0 - left / max(total, float(np.finfo(np.float64).tiny))
