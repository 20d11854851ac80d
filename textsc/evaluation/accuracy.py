"""How well features tell classes apart: a linear classifier whose settings come from the training part alone."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

__all__ = ["FOLDS", "STRENGTHS", "Accuracy", "classification_accuracy", "standardised_views", "tuned_accuracy"]

STRENGTHS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
FOLDS = 3
ITERATIONS = 1000


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Accuracy on the test part, and the settings that the training part chose.

    Attributes
    ----------
    value : float
        Share of the test documents whose label is predicted.
    view : str
        Which form of the features.
    strength : float
        C of the logistic regression, the inverse of its penalty.
    """

    value: float
    view: str
    strength: float


def classification_accuracy(
    train: npt.ArrayLike,
    train_labels: Sequence[Any],
    test: npt.ArrayLike,
    test_labels: Sequence[Any],
    *,
    seed: int = 0,
) -> float:
    """Return the accuracy of logistic regression on standardised features.

    C (of 0.003, 0.01, 0.03, 0.1, 0.3 and 1) and the form of the features (`standardised_views`) are chosen by
    three-fold cross-validation on the training part, alike for every method.

    Parameters
    ----------
    train, test : arrays of shape (n_documents, n_features)
        Features, such as codes or shares of topics.
    train_labels, test_labels : sequences of length n_documents
        A label that the training part lacks counts as missed.
    seed : int
        Of the folds.

    Returns
    -------
    float
        In [0, 1].

    Raises
    ------
    ValueError
        Rows and labels differ in number, or there is no row.

    Examples
    --------
    >>> features = [[0.9, 0.1], [0.8, 0.1], [0.1, 0.7], [0.2, 0.9]]
    >>> classification_accuracy(features, ["a", "a", "b", "b"], [[1.0, 0.0], [0.1, 1.0]], ["a", "b"])
    1.0
    """
    return tuned_accuracy(standardised_views(train, test), train_labels, test_labels, seed=seed).value


def standardised_views(train: npt.ArrayLike, test: npt.ArrayLike) -> dict[str, tuple[Any, Any]]:
    """Return two forms of features: as they are, and the square roots of their shares, both standardised.

    The second is sign(x) √(|x| / Σ|x|): it brings features that a few documents dominate nearer to a normal
    distribution. Means and deviations are those of the training rows.

    Parameters
    ----------
    train, test : arrays of shape (n_documents, n_features)

    Returns
    -------
    dict of str to pair of arrays, float64
        ``weights`` and ``roots``: the training and the test part.

    Examples
    --------
    >>> standardised_views([[1.0, 3.0], [3.0, 3.0]], [[5.0, 3.0]])["weights"][1].tolist()
    [[3.0, 0.0]]
    """
    a, b = np.asarray(train, dtype=np.float64), np.asarray(test, dtype=np.float64)
    return {"weights": _standardised(a, b), "roots": _standardised(_roots(a), _roots(b))}


def tuned_accuracy(
    views: Mapping[str, tuple[Any, Any]],
    train_labels: Sequence[Any],
    test_labels: Sequence[Any],
    *,
    strengths: Sequence[float] = STRENGTHS,
    seed: int = 0,
) -> Accuracy:
    """Fit logistic regression with the view and the C that do best in cross-validation on the training part.

    Parameters
    ----------
    views : mapping of str to pair of arrays or sparse matrices
        Forms of the same features: the training and the test part.
    train_labels, test_labels : sequences
    strengths : sequence of float
        Values of C to try, smallest first; of equals the first view and the smallest C wins.
    seed : int
        Of the folds, in which classes are spread evenly.

    Returns
    -------
    Accuracy

    Raises
    ------
    ValueError
        Rows and labels differ in number, or there is no row.

    Examples
    --------
    >>> tuned_accuracy({"raw": (np.eye(2), np.eye(2))}, ["a", "b"], ["a", "c"])
    Accuracy(value=0.5, view='raw', strength=0.003)
    """
    classes, codes = np.unique(np.array([str(label) for label in train_labels]), return_inverse=True)
    wanted = np.array([str(label) for label in test_labels])
    for part, labels in ((0, codes), (1, wanted)):
        rows = {pair[part].shape[0] for pair in views.values()}
        if rows != {len(labels)} or not len(labels):
            raise ValueError(
                f"tuned_accuracy: one label for each row of the {'test' if part else 'training'} part is needed, and "
                f"at least one; got {len(labels)} labels for {sorted(rows)} rows."
            )
    folds = _folds(codes, seed)
    scores = {
        (name, strength): _cross_validated(pair[0], codes, folds, strength)
        for name, pair in views.items()
        for strength in strengths
    }
    name, strength = max(scores, key=lambda key: scores[key])
    predicted = _predicted(views[name][0], codes, views[name][1], strength)
    return Accuracy(float(np.mean(classes[predicted] == wanted)), name, strength)


def _cross_validated(X: Any, y: npt.NDArray[np.intp], folds: npt.NDArray[np.intp], strength: float) -> int:
    """Count the rows that are predicted by a classifier that has not seen them."""
    n_right = 0
    for fold in range(FOLDS):
        inside, outside = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        if len(inside) and len(outside):
            n_right += int(np.sum(_predicted(X[inside], y[inside], X[outside], strength) == y[outside]))
    return n_right


def _predicted(X: Any, y: npt.NDArray[np.intp], new: Any, strength: float) -> npt.NDArray[np.intp]:
    if len(np.unique(y)) == 1:
        return np.full(new.shape[0], y[0])
    model = LogisticRegression(C=strength, max_iter=ITERATIONS)
    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        found: npt.NDArray[np.intp] = model.fit(X, y).predict(new)
    return found


def _folds(y: npt.NDArray[np.intp], seed: int) -> npt.NDArray[np.intp]:
    """Deal the rows of each class out to the folds in turn; a class may have fewer rows than there are folds."""
    order = np.random.default_rng(seed).permutation(len(y))
    order = order[np.argsort(y[order], kind="stable")]
    folds = np.empty(len(y), dtype=np.intp)
    folds[order] = np.arange(len(y)) % FOLDS
    return folds


def _roots(X: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    sizes = np.abs(X)
    sums = sizes.sum(axis=1, keepdims=True)
    found: npt.NDArray[np.float64] = np.sign(X) * np.sqrt(sizes / np.where(sums > 0, sums, 1.0))
    return found


def _standardised(
    train: npt.NDArray[np.float64], test: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    scale = np.where(deviation > 0, deviation, 1.0)
    return (train - mean) / scale, (test - mean) / scale
