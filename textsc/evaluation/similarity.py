"""How well representations of documents agree with people on which are alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Agreement", "agreement_with_judgements", "cosine_similarity"]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement of one representation with the judgements.

    Attributes
    ----------
    name : str
        Of the representation.
    pearson, spearman : float
        Correlations over the pairs of documents, in [-1, 1]; NaN where all cosines are equal.
    """

    name: str
    pearson: float
    spearman: float


def cosine_similarity(features: Any) -> npt.NDArray[np.float64]:
    """Return the cosine of every two rows, x·y / (|x| |y|); 0 where a row is zero.

    Parameters
    ----------
    features : array or sparse matrix of shape (n_documents, n_features)
        One row a document.

    Returns
    -------
    ndarray of shape (n_documents, n_documents)
        Symmetric.

    Examples
    --------
    >>> cosine_similarity(np.array([[1.0, 0.0], [2.0, 0.0], [0.0, 3.0]])).tolist()
    [[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    dense = features.toarray() if hasattr(features, "toarray") else features
    rows = np.asarray(dense, dtype=np.float64)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    unit = rows / np.where(norms > 0, norms, 1.0)
    cosines: npt.NDArray[np.float64] = unit @ unit.T
    return cosines


def agreement_with_judgements(representations: Mapping[str, Any], judgements: npt.ArrayLike) -> list[Agreement]:
    """Correlate cosines with human judgements of similarity, over the pairs i < j.

    Parameters
    ----------
    representations : mapping of str to array or sparse matrix of shape (n_documents, n_features)
        Representations of the same documents, by name.
    judgements : array of shape (n_documents, n_documents)
        Only the part above the diagonal is read.

    Returns
    -------
    list of Agreement
        In the order of the representations.

    Raises
    ------
    ValueError
        A representation has another number of rows than there are judgements.

    Examples
    --------
    >>> features = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    >>> agreement_with_judgements({"same": features}, cosine_similarity(features))[0].pearson
    1.0
    """
    table = np.asarray(judgements, dtype=np.float64)
    upper = np.triu_indices(len(table), k=1)
    found = []
    for name, features in representations.items():
        if features.shape[0] != len(table):
            raise ValueError(
                f"agreement_with_judgements: {name!r} has {features.shape[0]} rows, but "
                f"{len(table)} documents were judged; give one row for each"
            )
        # Equal documents must tie, whatever the last digit of their cosine.
        cosines = cosine_similarity(features)[upper].round(12)
        judged = table[upper]
        ranks = _correlation(_ranks(cosines), _ranks(judged))
        found.append(Agreement(name, _correlation(cosines, judged), ranks))
    return found


def _ranks(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    from scipy.stats import rankdata

    ranks: npt.NDArray[np.float64] = rankdata(values)
    return ranks


def _correlation(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> float:
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.linalg.norm(a) * np.linalg.norm(b))
    return round(float(a @ b) / scale, 12) if scale > 0 else float("nan")
