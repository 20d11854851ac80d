"""What the columns of a table are: those of codes, and those of predictions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

__all__ = [
    "CodeRows",
    "Field",
    "PredictionRows",
    "Rows",
    "ValueRows",
    "code_fields",
    "prediction_fields",
    "value_fields",
]

_WITHOUT_VALUES = ("unreadable", "too_short")


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a table, or of a matrix several.

    Parameters
    ----------
    name : str
        Of the column, or of the array in an archive.
    dtype : dtype or None
        None: text.
    parts : tuple of str, optional
        Of a matrix, the names of its columns.

    Examples
    --------
    >>> Field("gap", np.dtype(float)).names
    ('gap',)
    """

    name: str
    dtype: np.dtype[Any] | None
    parts: tuple[str, ...] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its columns."""
        return (self.name,) if self.parts is None else self.parts


class Rows(Protocol):
    """A block of rows: an id and a status each, then the values of the fields of its table."""

    @property
    def ids(self) -> Sequence[str]:
        """Names of the documents."""

    @property
    def status(self) -> Sequence[str]:
        """What became of each; a row ``unreadable`` or ``too_short`` has no values."""

    def values(self) -> tuple[Any, ...]:
        """Give an array for each field, a matrix where it has parts; None for a field that all rows lack."""


def lost(rows: Rows) -> npt.NDArray[np.bool_]:
    """Tell which rows have nothing but their id and status.

    Examples
    --------
    >>> one = np.ones(2)
    >>> lost(CodeRows(["a", "b"], ["ok", "unreadable"], one, one, one, np.ones((2, 2)))).tolist()
    [False, True]
    """
    return np.array([status in _WITHOUT_VALUES for status in rows.status], dtype=bool)


@dataclass(frozen=True, slots=True)
class CodeRows:
    """A block of rows of a table of codes.

    Parameters
    ----------
    ids : sequence of str
        Names of the documents.
    status : sequence of str
        What became of each; the other columns of a row ``unreadable`` or ``too_short`` are not
        read.
    gap : ndarray of shape (n,)
        Duality gaps, in nats per token.
    n_tokens : ndarray of shape (n,), or None
        Tokens that the vocabulary knows; None for sound.
    oov_rate : ndarray of shape (n,), or None
        Share of the tokens that it does not know; None for sound.
    codes : ndarray of shape (n, n_topics)
        Topic weights, float32 or float64.

    Examples
    --------
    >>> one = np.ones(1)
    >>> rows = CodeRows(["a"], ["ok"], 0 * one, 5 * one, 0 * one, np.ones((1, 2)))
    >>> rows.codes.shape
    (1, 2)
    """

    ids: Sequence[str]
    status: Sequence[str]
    gap: npt.NDArray[np.float64]
    n_tokens: npt.NDArray[np.int64] | None
    oov_rate: npt.NDArray[np.float64] | None
    codes: npt.NDArray[Any]

    def values(self) -> tuple[Any, ...]:
        """Give the columns in the order of `code_fields`."""
        return self.gap, self.n_tokens, self.oov_rate, self.codes


def code_fields(n_topics: int, *, dtype: npt.DTypeLike = np.float32) -> tuple[Field, ...]:
    """Give the columns of a table of codes, after ``id`` and ``status``.

    Parameters
    ----------
    n_topics : int
        Number of columns of codes.
    dtype : dtype
        float32 or float64, the precision in which codes are kept.

    Examples
    --------
    >>> [name for field in code_fields(2) for name in field.names]
    ['gap', 'n_tokens', 'oov_rate', 'topic_0', 'topic_1']
    """
    return (
        Field("gap", np.dtype(np.float64)),
        Field("n_tokens", np.dtype(np.int64)),
        Field("oov_rate", np.dtype(np.float64)),
        Field("codes", np.dtype(dtype), tuple(f"topic_{k}" for k in range(n_topics))),
    )


@dataclass(frozen=True, slots=True)
class PredictionRows:
    """A block of rows of a table of predicted classes.

    Parameters
    ----------
    ids, status : sequence of str
        As in `CodeRows`.
    prediction : sequence of str
        The most probable class of each document.
    probabilities : ndarray of shape (n, n_classes)

    Examples
    --------
    >>> PredictionRows(["a"], ["ok"], ["sport"], np.array([[0.9, 0.1]])).values()[0]
    ['sport']
    """

    ids: Sequence[str]
    status: Sequence[str]
    prediction: Sequence[str]
    probabilities: npt.NDArray[np.float64]

    def values(self) -> tuple[Any, ...]:
        """Give the columns in the order of `prediction_fields`."""
        return self.prediction, self.probabilities


def prediction_fields(classes: Sequence[str]) -> tuple[Field, ...]:
    """Give the columns of a table of predicted classes, after ``id`` and ``status``.

    Parameters
    ----------
    classes : sequence of str
        As they are written.

    Examples
    --------
    >>> [name for field in prediction_fields(["law", "sport"]) for name in field.names]
    ['prediction', 'p_law', 'p_sport']
    """
    return (
        Field("prediction", None),
        Field("probabilities", np.dtype(np.float64), tuple(f"p_{label}" for label in classes)),
    )


@dataclass(frozen=True, slots=True)
class ValueRows:
    """A block of rows of a table of predicted numbers.

    Parameters
    ----------
    ids, status : sequence of str
        As in `CodeRows`.
    prediction : ndarray of shape (n,)

    Examples
    --------
    >>> ValueRows(["a"], ["ok"], np.array([0.5])).values()[0].tolist()
    [0.5]
    """

    ids: Sequence[str]
    status: Sequence[str]
    prediction: npt.NDArray[np.float64]

    def values(self) -> tuple[Any, ...]:
        """Give the columns in the order of `value_fields`."""
        return (self.prediction,)


def value_fields() -> tuple[Field, ...]:
    """Give the column of a table of predicted numbers, after ``id`` and ``status``.

    Examples
    --------
    >>> [name for field in value_fields() for name in field.names]
    ['prediction']
    """
    return (Field("prediction", np.dtype(np.float64)),)
