"""How well codes find documents that are about the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

__all__ = ["retrieval_precision"]

ROWS = 512  # queries whose cosines with the whole database are held at once


def retrieval_precision(
    database: Any,
    queries: Any,
    database_labels: npt.ArrayLike,
    query_labels: npt.ArrayLike,
    *,
    share: float = 0.02,
) -> float:
    """Return the precision of retrieval by the cosine of codes.

    For each query the nearest documents are a `share` of the database, at least one; the precision is how many of them
    have the query's label. Documents that are equally near at the border count each in part, as if they were drawn by
    lot, so that the order of the database is of no matter. A row of zeros is as near to all.

    Parameters
    ----------
    database : array or sparse array of shape (n_documents, n_features)
        Codes of the documents that are searched.
    queries : array or sparse array of shape (n_queries, n_features)
        Codes of others that should find them.
    database_labels, query_labels : array-like of shape (n_documents,) and (n_queries,)
        What the documents are about.
    share : float, default 0.02
        Of the database, rounded to a whole number of documents.

    Returns
    -------
    float
        Mean over the queries, in [0, 1].

    Raises
    ------
    ValueError
        There is not one label for each row, the numbers of features differ, a code is not finite, there is no row, or
        the share is not in (0, 1].

    References
    ----------
    Salakhutdinov and Hinton (2009), "Replicated softmax".

    Examples
    --------
    >>> database = np.array([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [0.1, 0.9]])
    >>> retrieval_precision(database, np.array([[1.0, 0.2]]), ["sea", "sea", "sky", "sky"], ["sea"], share=0.75)
    0.6666666666666666
    """
    if not 0 < share <= 1:
        raise ValueError(f"retrieval_precision: share must be above 0 and at most 1, got {share}.")
    labels, wanted = np.asarray(database_labels), np.asarray(query_labels)
    known, asked = _unit_rows(database, labels, "database"), _unit_rows(queries, wanted, "queries")
    if known.shape[1] != asked.shape[1]:
        raise ValueError(
            f"retrieval_precision: database and queries must have as many features, "
            f"got {known.shape[1]} and {asked.shape[1]}."
        )
    n_near = max(1, round(share * known.shape[0]))
    total = 0.0
    for start in range(0, asked.shape[0], ROWS):
        rows = slice(start, start + ROWS)
        cosines = asked[rows] @ known.T
        # Equal codes must tie, whatever the last digit of their cosine.
        near = np.round(cosines.toarray() if sp.issparse(cosines) else cosines, 12)
        total += _precisions(near, labels == wanted[rows, None], n_near).sum()
    return float(total / asked.shape[0])


def _precisions(cosines: npt.NDArray[np.float64], same: npt.NDArray[np.bool_], n_near: int) -> npt.NDArray[np.float64]:
    """Precision of each query, a row of cosines and of whether the label is the same."""
    border = np.partition(cosines, -n_near, axis=1)[:, -n_near, None]
    nearer, tied = cosines > border, cosines == border
    places_left = n_near - nearer.sum(axis=1)
    found = (nearer & same).sum(axis=1) + places_left * (tied & same).sum(axis=1) / tied.sum(axis=1)
    precisions: npt.NDArray[np.float64] = found / n_near
    return precisions


def _unit_rows(features: Any, labels: npt.NDArray[Any], name: str) -> Any:
    """Rows over their lengths, dense or CSR, in float64."""
    rows = sp.csr_array(features, dtype=np.float64) if sp.issparse(features) else np.asarray(features, np.float64)
    if rows.ndim != 2 or labels.shape != (rows.shape[0],) or rows.shape[0] == 0:
        raise ValueError(
            f"retrieval_precision: {name} needs rows and one label for each, "
            f"got shape {rows.shape} and labels of shape {labels.shape}."
        )
    if not np.isfinite(rows.data if sp.issparse(rows) else rows).all():
        raise ValueError(f"retrieval_precision: {name} must be finite, and some values are not.")
    lengths = np.sqrt(np.asarray((rows * rows).sum(axis=1), dtype=np.float64).reshape(-1))
    scale = 1 / np.where(lengths > 0, lengths, 1.0)
    return sp.diags_array(scale) @ rows if sp.issparse(rows) else rows * scale[:, None]
