"""What training through the code takes and gives: documents with labels, a plan, and what came of it."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

__all__ = ["Examples", "Plan", "Tuned"]


@dataclass(frozen=True, eq=False)
class Examples:
    """Documents to learn from.

    Parameters
    ----------
    X : rows as the loss takes them, none empty, of shape (n_documents, n_features)
    lam_d : array of shape (n_documents,), in the type of the solve
    targets : array of shape (n_documents,) or (n_documents, n_outputs)
        As the head takes them.
    weights : array of shape (n_documents,)
        Of a document in the mean loss; 0 where there is no label.
    part : int array of shape (n_documents,)
        Which of the bases a document is coded with: see `tune_basis`.

    Examples
    --------
    >>> Examples(np.eye(2), np.ones(2), np.array([0, 1]), np.ones(2), np.zeros(2, dtype=int)).take([1]).targets.tolist()
    [1]
    """

    X: Any
    lam_d: np.ndarray
    targets: np.ndarray
    weights: np.ndarray
    part: np.ndarray

    def take(self, rows: Any) -> Self:
        """Return some of the documents."""
        return replace(self, **{name: getattr(self, name)[rows] for name in self.__dataclass_fields__})


@dataclass(frozen=True)
class Plan:
    """How to train.

    Parameters
    ----------
    epochs : int
        Sweeps at most.
    batch_size : int
    rate : float
        Step of Adam on the basis at the start; it falls linearly to 0.
    head_rate : float
        The same for the head; 0 leaves it as it is.
    unsupervised : float
        Weight μ of the unsupervised loss, the mean over documents of J(ŵ), beside the mean loss of the labels.
    patience : int
        Where there are documents for validation: sweeps without a lower loss of theirs before training stops.

    Examples
    --------
    >>> Plan(epochs=4).batch_size
    256
    """

    epochs: int
    batch_size: int = 256
    rate: float = 0.02
    head_rate: float = 0.0
    unsupervised: float = 0.0
    patience: int = 2


@dataclass(frozen=True, eq=False)
class Tuned:
    """What training gives.

    Parameters
    ----------
    components : array of shape (n_components, n_features), float64
    head : Head
    losses, validation : tuple of float
        Mean loss of the labels in each sweep: of the training documents as they were met, and of those for validation
        after it.
    n_left_out : int
        How often a document took no part in its step because its code was not certified.
    mean_products : float
        Exact Hessian products a document and sweep.

    Examples
    --------
    >>> head = None
    >>> Tuned(np.zeros((1, 2)), head, (0.5,), (), 0, 4.0).losses
    (0.5,)
    """

    components: np.ndarray
    head: Any
    losses: tuple[float, ...]
    validation: tuple[float, ...]
    n_left_out: int
    mean_products: float
