"""What all estimators check and say alike: rows, seeds, progress."""

from numbers import Integral
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.utils import check_random_state
from sklearn.utils.validation import validate_data

from textsc.learning import Progress

__all__ = ["checked_rows", "generator", "print_progress", "refuse_negative", "refuse_non_finite", "silent"]


def checked_rows(estimator: Any, X: Any, *, reset: bool) -> Any:
    """Return rows as scikit-learn checks them, in float32 or float64, dense or CSR; all finite and none below zero.

    Raises
    ------
    ValueError
        If X is refused, naming the place where one is to blame.

    Examples
    --------
    >>> from textsc import SparseCoding
    >>> checked_rows(SparseCoding(2), [[1, 0], [0, 2]], reset=True).dtype
    dtype('float32')
    """
    types = [np.float32, np.float64]
    X = validate_data(estimator, X, reset=reset, accept_sparse="csr", dtype=types, ensure_all_finite=False)
    refuse_non_finite(X, owner=type(estimator).__name__)
    refuse_negative(X, owner=type(estimator).__name__)
    return X


def refuse_negative(X: Any, *, owner: str) -> None:
    """Refuse rows with a value below zero.

    Raises
    ------
    ValueError
        Naming the first such row.

    Examples
    --------
    >>> refuse_negative(np.eye(2), owner="SparseCoding")
    """
    values = X.data if sp.issparse(X) else X
    if values.size and values.min() < 0:
        place = int(values.argmin())
        row = int(np.searchsorted(X.indptr, place, side="right")) - 1 if sp.issparse(X) else place // X.shape[1]
        raise ValueError(
            f"Negative values in data passed to {owner}: counts and spectra are 0 or more, got {values.min()} "
            f"in row {row}."
        )


def refuse_non_finite(X: Any, *, owner: str, name: str = "Input X", rows: str = "row") -> None:
    """Refuse a matrix that holds nan or an infinity.

    Raises
    ------
    ValueError
        Naming the first such row and column.

    Examples
    --------
    >>> refuse_non_finite(np.eye(2), owner="SparseCoding")
    """
    values = X.data if sp.issparse(X) else X
    finite = np.isfinite(values)
    if finite.all():
        return
    place = int(np.argmin(finite))
    if sp.issparse(X):
        row, column = int(np.searchsorted(X.indptr, place, side="right")) - 1, int(X.indices[place])
    else:
        row, column = divmod(place, X.shape[1])
    what = "NaN" if np.isnan(np.ravel(values)[place]) else "infinity"
    raise ValueError(
        f"{name} contains {what}: {owner} takes finite numbers only, the first that is not is in {rows} {row}, "
        f"column {column}."
    )


def generator(random_state: Any) -> np.random.Generator:
    """Return the one generator of a fit for a seed, a RandomState or None.

    Examples
    --------
    >>> int(generator(0).integers(10))
    8
    """
    if random_state is None:
        return np.random.default_rng()
    if isinstance(random_state, Integral):
        return np.random.default_rng(int(random_state))
    return np.random.default_rng(check_random_state(random_state).randint(2**31 - 1))


def silent(progress: Progress) -> None:
    """Say nothing.

    Examples
    --------
    >>> silent(Progress("coding", 1, 2))
    """


def print_progress(progress: Progress, *, owner: str = "SparseCoding") -> None:
    """Print about ten lines for each stage, as scikit-learn's own estimators do.

    Examples
    --------
    >>> print_progress(Progress("coding", 1, 2))
    [SparseCoding] coding: 1 of 2
    """
    if progress.done * 10 // progress.total != (progress.done - 1) * 10 // progress.total:
        print(f"[{owner}] {progress.stage}: {progress.done} of {progress.total}")  # noqa: T201
