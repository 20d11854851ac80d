"""A corpus in two parts, as every model of a comparison sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import scipy.sparse as sp

__all__ = ["Parts"]

Labels = tuple[str | None, ...]


@dataclass(frozen=True, eq=False)
class Parts:
    """Counts of a training and of a test part over one vocabulary, that of the training part.

    Attributes
    ----------
    train, test : csr_array of shape (n_documents, n_words)
        Counts.
    words : tuple of str
        The names of the columns.
    train_labels, test_labels : tuple of (str or None)
        One for each document; None where it has no label.
    texts : callable or None
        Gives the training texts as lists of tokens in order, as often as it is called; None where only counts are
        known. Windows slide over them.

    Examples
    --------
    >>> parts = Parts.of(np.eye(3, dtype=int), np.eye(3, dtype=int)[:1], ["a", "b", "c"])
    >>> parts.train.shape, parts.has_classes
    ((3, 3), False)
    """

    train: sp.csr_array
    test: sp.csr_array
    words: tuple[str, ...]
    train_labels: Labels
    test_labels: Labels
    texts: Callable[[], Iterable[Sequence[str]]] | None = None

    @classmethod
    def of(
        cls,
        train: Any,
        test: Any,
        words: Iterable[str],
        *,
        train_labels: Sequence[str | None] | None = None,
        test_labels: Sequence[str | None] | None = None,
        texts: Callable[[], Iterable[Sequence[str]]] | None = None,
        least_tokens: int = 1,
    ) -> Self:
        """Put parts together; documents with fewer tokens than `least_tokens` are left out of both.

        Parameters
        ----------
        train, test : arrays or sparse arrays of shape (n_documents, n_words)
            Counts.
        words : iterable of str
        train_labels, test_labels : sequences, optional
        texts : callable, optional
        least_tokens : int, default 1

        Raises
        ------
        ValueError
            The parts, the words and the labels do not go together, or a part is empty.
        """
        names = tuple(words)
        kept = []
        for part, counts, labels in (("training", train, train_labels), ("test", test, test_labels)):
            X = sp.csr_array(counts)
            y = tuple(labels) if labels is not None else (None,) * X.shape[0]
            if X.shape != (len(y), len(names)):
                raise ValueError(
                    f"Parts: the {part} part has the shape {X.shape}, but there are {len(y)} labels and "
                    f"{len(names)} words; give a row for each label and a column for each word."
                )
            rows = np.flatnonzero(np.asarray(X.sum(axis=1)).ravel() >= least_tokens)
            if not len(rows):
                raise ValueError(
                    f"Parts: no document of the {part} part has {least_tokens} or more tokens that the "
                    "vocabulary of the training part knows; give more or longer documents."
                )
            X = X[rows]
            X.sort_indices()
            kept.append((X, tuple(y[row] for row in rows)))
        (X, y), (X_test, y_test) = kept
        return cls(X, X_test, names, y, y_test, texts)

    @property
    def has_classes(self) -> bool:
        """Whether there is something to tell apart: classes to learn from, and a labelled test document.

        Classes are two or more, and have two documents or more on average: a label that is another one in nearly every
        document is a name.
        """
        known = [label for label in self.train_labels if label is not None]
        return 1 < len(set(known)) <= len(known) / 2 and any(label is not None for label in self.test_labels)
