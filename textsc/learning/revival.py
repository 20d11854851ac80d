"""Topics that do nothing, and a new start for them: columns of documents drawn at random."""

from typing import Any

import numpy as np

from textsc.learning.start import document_columns, start_rows, word_frequencies

__all__ = ["dead_topics", "new_columns"]

DEAD = 1e-3  # of the mean effect of all topics
TWINS = 1e-6  # 1 − correlation of two columns that would move as one for ever


def dead_topics(
    components: np.ndarray, background: np.ndarray, W: np.ndarray, weights: np.ndarray, *, pair: str
) -> np.ndarray:
    """Return the numbers of the topics that change next to nothing in any document.

    The effect of a topic is s_k Σ_d n_d |w_dk|, with n_d the weight of a document and s_k the length of the column B_k;
    under the softmax, which does not see a constant added to a column, its standard deviation under the frequencies
    of the words. A topic is dead where the effect is at most a thousandth of the mean over topics, because its column
    is flat or its weights are zero, and where its column is that of an earlier topic but for its length.

    Parameters
    ----------
    components : array of shape (n_components, n_features)
    background : array of shape (n_features,)
    W : array of shape (n_documents, n_components)
        Codes.
    weights : array of shape (n_documents,)
    pair : {"softmax", "linear"}

    Returns
    -------
    int array
        In rising order; empty where no topic does anything.

    Examples
    --------
    >>> B, W = np.array([[1.0, 0.0], [3.0, 3.0]]), np.ones((4, 2))
    >>> dead_topics(B, np.zeros(2), W, np.ones(4), pair="softmax").tolist()
    [1]
    """
    columns = components
    if pair == "softmax":
        u = word_frequencies(background)
        columns = (components - (components @ u)[:, None]) * np.sqrt(u)
    spread = np.linalg.norm(columns, axis=1)
    effect = spread * (weights.astype(np.float64) @ np.abs(W))
    if not effect.any():
        return np.zeros(0, dtype=np.int64)
    unit = columns / np.where(spread > 0, spread, 1.0)[:, None]
    twins = np.tril(unit @ unit.T > 1 - TWINS, k=-1).any(axis=1)
    return np.flatnonzero((effect <= DEAD * effect.mean()) | twins)


def new_columns(X: Any, n: int, background: np.ndarray, *, pair: str, rng: np.random.Generator) -> np.ndarray:
    """Return columns that each explain one document, of shape (n, n_features), float64.

    Parameters
    ----------
    X : array or CSR array of shape (n_documents, n_features)
        Types, or spectra.
    n : int
    background : array of shape (n_features,)
    pair : {"softmax", "linear"}
    rng : numpy.random.Generator

    Examples
    --------
    >>> import scipy.sparse as sp
    >>> X = sp.csr_array([[0.0, 1.0]])
    >>> new_columns(X, 1, np.zeros(2), pair="softmax", rng=np.random.default_rng(0)).argmax(axis=1).tolist()
    [1]
    """
    if pair == "softmax":
        return document_columns(X, n, background, rng=rng)
    return start_rows(X, n, method="random", rng=rng)
