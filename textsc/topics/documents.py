"""Where a topic speaks: the documents that are about it."""

from typing import Any

import numpy as np

__all__ = ["code_shares", "strongest_rows", "topic_evidence"]

DOUBT = 20.0  # tokens


def code_shares(W: np.ndarray) -> np.ndarray:
    """Return the share of each topic in each document, s = |w|/Σ|w|.

    Parameters
    ----------
    W : array of shape (n_documents, n_components)

    Returns
    -------
    array of shape (n_documents, n_components), float64
        Rows sum to 1; to 0 where a code is all zero.

    Examples
    --------
    >>> code_shares(np.array([[1.0, 3.0]])).tolist()
    [[0.25, 0.75]]
    """
    weights = np.abs(np.asarray(W, dtype=np.float64))
    out: np.ndarray = weights / np.maximum(weights.sum(axis=1, keepdims=True), np.finfo(np.float64).tiny)
    return out


def topic_evidence(
    X: Any, W: np.ndarray, components: np.ndarray, n_tokens: np.ndarray | None, *, doubt: float = DOUBT
) -> np.ndarray:
    """Return how much the words of documents speak for each topic: w_dk · (B_k·x_d) · N_d/(N_d + doubt).

    w_dk B_kv is what topic k adds to the activation of word v in document d, and so to the log of the word's
    probability before all are made to sum to 1; B_k·x_d is its mean over the document's own tokens. Both factors must
    be large: codes are dense, and the largest shares of a code belong to short documents that say little, while a
    document with the words of a topic may have them from another. The last factor doubts what is read off few tokens.

    Parameters
    ----------
    X : array or CSR array of shape (n_documents, n_features)
        Counts (x_d is a row divided by N_d), or spectra.
    W : array of shape (n_documents, n_components)
        Codes; where one is below 0, the document is not about the topic.
    components : array of shape (n_components, n_features)
        Bᵀ, centred.
    n_tokens : array of shape (n_documents,) or None
        N_d; None for spectra, which are taken as they are.
    doubt : float, default 20
        Tokens at which the evidence counts half.

    Returns
    -------
    array of shape (n_documents, n_components), float64
        In nats per token for counts; 0 or less where a document is not about a topic.

    Examples
    --------
    >>> X, B = np.array([[4, 0], [2, 2]]), np.array([[1.0, -1.0]])
    >>> topic_evidence(X, np.ones((2, 1)), B, np.array([4, 4]), doubt=0.0).tolist()
    [[1.0], [0.0]]
    """
    spoken = np.asarray(X @ np.asarray(components, dtype=np.float64).T)
    if n_tokens is not None:
        spoken = spoken / np.maximum(np.asarray(n_tokens, dtype=np.float64) + doubt, 1.0)[:, None]
    out: np.ndarray = np.maximum(np.asarray(W, dtype=np.float64), 0.0) * spoken
    return out


def strongest_rows(evidence: np.ndarray, n_rows: int) -> list[list[int]]:
    """Return the rows with the most evidence for each topic, best first; ties in the order of the rows.

    Parameters
    ----------
    evidence : array of shape (n_documents, n_components)
        As from `topic_evidence`.
    n_rows : int
        At most so many a topic; rows whose evidence is not above 0 are left out.

    Returns
    -------
    list of list of int
        One list a topic.

    Examples
    --------
    >>> strongest_rows(np.array([[0.1, 0.0], [0.3, 0.0]]), 1)
    [[1], []]
    """
    order = np.argsort(-evidence, axis=0, kind="stable")[:n_rows]
    return [[row for row in order[:, k].tolist() if evidence[row, k] > 0] for k in range(evidence.shape[1])]
