"""Linear heads on codes: what is predicted from standardised weights of topics, and the loss it is trained on."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from sklearn.linear_model import LogisticRegression, RidgeCV

from textsc.coding.softmax import softmax

__all__ = ["HEADS", "Head", "LogitHead", "SoftmaxHead", "SquaredHead"]

SMALL = 1e-3  # ε: weights below it count as a topic that is not there
RIDGES = tuple(10.0 ** (k / 2) for k in range(13))  # of which leave-one-out chooses


def _root(w: np.ndarray) -> np.ndarray:
    out: np.ndarray = w / np.sqrt(np.abs(w) + SMALL)
    return out


def _expanded(W: np.ndarray, roots: bool) -> np.ndarray:
    codes = np.asarray(W, dtype=np.float64)
    return np.concatenate([codes, _root(codes)], axis=1) if roots else codes


@dataclass(frozen=True, eq=False)
class Head(ABC):
    """Outputs A φ + a of standardised features of a code: its weights w, and with ``roots`` their roots √w too.

    A topic that is there at all says much, twice as much of it little more: the roots let the head say so. A root is
    w/√(|w| + ε), for weights of either sign, so its slope is finite where a topic is not there.

    To add one: write a subclass with the methods below and enter it in `HEADS`.

    Parameters
    ----------
    weights : array of shape (n_outputs, n_features)
        A; the roots come after the weights, n_features = 2 n_components.
    intercept : array of shape (n_outputs,)
        a.
    location, scale : array of shape (n_features,)
        Mean and standard deviation of the features, fixed.
    roots : bool

    Examples
    --------
    >>> head = SoftmaxHead(np.eye(2), np.zeros(2), location=np.ones(2), scale=np.ones(2))
    >>> head.outputs(np.array([[1.0, 3.0]])).tolist()
    [[0.0, 2.0]]
    """

    weights: np.ndarray
    intercept: np.ndarray
    location: np.ndarray
    scale: np.ndarray
    roots: bool = False

    def features(self, W: np.ndarray) -> np.ndarray:
        """Return standardised features of codes of shape (n_documents, n_components)."""
        out: np.ndarray = (_expanded(W, self.roots) - self.location) / self.scale
        return out

    def outputs(self, W: np.ndarray) -> np.ndarray:
        """Return A φ + a, (n_documents, n_outputs)."""
        out: np.ndarray = self.features(W) @ self.weights.T + self.intercept
        return out

    def slope(self, W: np.ndarray, error: np.ndarray) -> np.ndarray:
        """Return the gradient in the codes, given that in the outputs, (n_documents, n_outputs)."""
        gradient: np.ndarray = error @ (self.weights / self.scale)
        if not self.roots:
            return gradient
        plain, rooted = np.split(gradient, 2, axis=1)
        size = np.abs(np.asarray(W, dtype=np.float64))
        out: np.ndarray = plain + rooted * (size / 2 + SMALL) / (size + SMALL) ** 1.5
        return out

    def effects(self) -> np.ndarray:
        """Return what each topic adds to each output when its weight rises from its mean by a standard deviation.

        Of shape (n_outputs, n_components).
        """
        if not self.roots:
            return self.weights
        n = self.location.shape[0] // 2
        mean, spread = self.location[:n], self.scale[:n]
        rise = _root(mean + spread) - _root(mean)
        out: np.ndarray = self.weights[:, :n] + self.weights[:, n:] * rise / self.scale[n:]
        return out

    @classmethod
    def of_codes(cls, W: np.ndarray, n_outputs: int, weights: np.ndarray, *, roots: bool) -> Self:
        """Return the head that says nothing, standardised by the given codes and weights of documents."""
        features = _expanded(W, roots)
        location = np.average(features, axis=0, weights=weights)
        scale = np.sqrt(np.average((features - location) ** 2, axis=0, weights=weights))
        scale = np.where(scale > 1e-12, scale, 1.0)
        return cls(np.zeros((n_outputs, features.shape[1])), np.zeros(n_outputs), location, scale, roots)

    @classmethod
    @abstractmethod
    def fit(
        cls,
        W: np.ndarray,
        targets: np.ndarray,
        weights: np.ndarray,
        *,
        n_outputs: int,
        roots: bool = False,
        strength: float = 1.0,
    ) -> Self:
        """Return the head for codes that stay as they are: where training starts.

        ``strength`` is the C of a logistic regression; ridge regressions choose their own.
        """

    @abstractmethod
    def predictions(self, W: np.ndarray) -> np.ndarray:
        """Return what is expected of a document: probabilities or values, (n_documents, n_outputs)."""

    @abstractmethod
    def losses(self, W: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the loss of each document, (n_documents,), and its gradient in the outputs."""


class SoftmaxHead(Head):
    """One of several classes: cross-entropy of softmax probabilities. Targets are class numbers, (n_documents,).

    Examples
    --------
    >>> head = SoftmaxHead(np.eye(2), np.zeros(2), location=np.zeros(2), scale=np.ones(2))
    >>> head.predictions(np.array([[0.0, 0.0]])).tolist()
    [[0.5, 0.5]]
    """

    @classmethod
    def fit(
        cls,
        W: np.ndarray,
        targets: np.ndarray,
        weights: np.ndarray,
        *,
        n_outputs: int,
        roots: bool = False,
        strength: float = 1.0,
    ) -> Self:
        """Fit a logistic regression; a class that no document has is thought rare."""
        head = cls.of_codes(W, n_outputs, weights, roots=roots)
        present = np.unique(targets)
        if len(present) < 2:
            return head
        found = LogisticRegression(C=strength, max_iter=1_000).fit(head.features(W), targets, sample_weight=weights)
        rows, intercepts = found.coef_, found.intercept_
        if len(present) == 2:  # one row, for the second
            rows, intercepts = (np.concatenate([-a / 2, a / 2]) for a in (rows, intercepts))
        weights = np.zeros_like(head.weights)
        intercept = np.full(n_outputs, intercepts.min() - np.log(len(targets)))
        weights[present], intercept[present] = rows, intercepts
        return replace(head, weights=weights, intercept=intercept)

    def predictions(self, W: np.ndarray) -> np.ndarray:
        """Return the probability of each class."""
        out: np.ndarray = softmax(self.outputs(W))
        return out

    def losses(self, W: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return −log p of the true class, and p less 1 there."""
        P = self.predictions(W)
        rows = np.arange(len(targets))
        loss = -np.log(np.maximum(P[rows, targets], np.finfo(P.dtype).tiny))
        P[rows, targets] -= 1.0
        return loss, P


class SquaredHead(Head):
    """Numbers: half the squared error. Targets have shape (n_documents, n_outputs).

    Examples
    --------
    >>> head = SquaredHead(np.eye(1), np.zeros(1), location=np.zeros(1), scale=np.ones(1))
    >>> head.losses(np.array([[3.0]]), np.array([[1.0]]))[0].tolist()
    [2.0]
    """

    @classmethod
    def fit(
        cls,
        W: np.ndarray,
        targets: np.ndarray,
        weights: np.ndarray,
        *,
        n_outputs: int,
        roots: bool = False,
        strength: float = 1.0,
    ) -> Self:
        """Fit ridge regressions, their strength chosen by leave-one-out."""
        head = cls.of_codes(W, n_outputs, weights, roots=roots)
        found = RidgeCV(RIDGES).fit(head.features(W), targets, sample_weight=weights)
        rows = np.asarray(found.coef_, dtype=np.float64).reshape(head.weights.shape)
        return replace(head, weights=rows, intercept=np.asarray(found.intercept_, dtype=np.float64).reshape(-1))

    def predictions(self, W: np.ndarray) -> np.ndarray:
        """Return the values."""
        return self.outputs(W)

    def losses(self, W: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return ½ Σ (value − target)², and value − target."""
        error = self.outputs(W) - targets
        return np.sum(error**2, axis=1) / 2, error


class LogitHead(Head):
    """Any number of labels a document: independent log-odds. Targets are 0 or 1, (n_documents, n_outputs).

    Examples
    --------
    >>> head = LogitHead(np.eye(2), np.zeros(2), location=np.zeros(2), scale=np.ones(2))
    >>> head.predictions(np.array([[0.0, 0.0]])).tolist()
    [[0.5, 0.5]]
    """

    @classmethod
    def fit(
        cls,
        W: np.ndarray,
        targets: np.ndarray,
        weights: np.ndarray,
        *,
        n_outputs: int,
        roots: bool = False,
        strength: float = 1.0,
    ) -> Self:
        """Fit a logistic regression for each label; one that all or no documents have keeps its log-odds."""
        head = cls.of_codes(W, n_outputs, weights, roots=roots)
        features, rows, intercepts = head.features(W), [], []
        for column in targets.T:
            share = (weights @ column + 0.5) / (weights.sum() + 1.0)
            row, intercept = np.zeros(features.shape[1]), float(np.log(share / (1 - share)))
            if 0 < column.sum() < len(column):
                found = LogisticRegression(C=strength, max_iter=1_000).fit(features, column, sample_weight=weights)
                row, intercept = found.coef_[0], float(found.intercept_[0])
            rows.append(row)
            intercepts.append(intercept)
        return replace(head, weights=np.array(rows), intercept=np.array(intercepts))

    def predictions(self, W: np.ndarray) -> np.ndarray:
        """Return the probability of each label."""
        out: np.ndarray = 1.0 / (1.0 + np.exp(-np.clip(self.outputs(W), -500, 500)))
        return out

    def losses(self, W: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the sum over labels of −log of the probability of what is true, and p − target."""
        outputs = self.outputs(W)
        signed = np.where(targets > 0, outputs, -outputs)
        return np.sum(np.logaddexp(0.0, -signed), axis=1), self.predictions(W) - targets


HEADS: dict[str, type[Head]] = {"classes": SoftmaxHead, "numbers": SquaredHead, "labels": LogitHead}
