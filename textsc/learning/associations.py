"""Which words go together: normalised pointwise mutual information of pairs of words over documents.

Topics that people find coherent are made of words that occur in the same documents more often than chance has it. A
basis that starts from groups of such words stays readable while it learns to predict.
"""

import numpy as np
import scipy.sparse as sp

__all__ = ["word_associations"]

LEAST = 0.05  # NPMI; what is below counts as none
DOUBT = 1.5  # standard deviations of a count that are not believed
ROWS = 512  # words whose pairs are worked on at once


def word_associations(X: sp.csr_array) -> np.ndarray:
    """Return the positive part of the NPMI of every two words, less what chance may give.

    With n_i documents that hold word i, n_ij that hold both and D in all, and n_ij reduced by one and a half of its
    standard deviations under a Poisson law, m_ij = max(n_ij − 1.5 √n_ij, 0),

        M_ij = max(log(D m_ij / n_i n_j) / −log(m_ij / D) − 0.05, 0),   M_ii = 1.

    So a pair that was seen together once or twice says nothing, and rare words do not make topics of their own.

    Parameters
    ----------
    X : CSR array of shape (n_documents, n_features)
        Counts; whether a word is in a document is all that is used.

    Returns
    -------
    array of shape (n_features, n_features), float32
        Symmetric, in [0, 1].

    References
    ----------
    Bouma (2009), "Normalized (pointwise) mutual information in collocation extraction".

    Examples
    --------
    >>> X = sp.csr_array(np.repeat([[1, 1, 0], [0, 0, 1]], 50, axis=0))
    >>> word_associations(X).astype(float).round(2).tolist()
    [[1.0, 0.44, 0.0], [0.44, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    held = sp.csr_array((X > 0).astype(np.float32))
    n_documents, n_words = held.shape
    log_share = np.log(np.maximum(np.asarray(held.sum(axis=0)).ravel(), 1.0) / n_documents).astype(np.float32)
    columns = sp.csr_array(held.T)
    out = np.zeros((n_words, n_words), dtype=np.float32)
    for first in range(0, n_words, ROWS):
        rows = slice(first, first + ROWS)
        together = (columns[rows] @ held).toarray()
        together -= DOUBT * np.sqrt(together)
        found = together > 0
        log_pair = np.log(together, where=found, out=np.zeros_like(together)) - np.float32(np.log(n_documents))
        # A pair that is in nearly every document has −log close to 0; it is no more than chance either.
        npmi = (log_pair - log_share[rows, None] - log_share) / np.maximum(-log_pair, np.float32(1e-6))
        out[rows] = np.where(found, np.clip(npmi - LEAST, 0.0, 1.0), 0.0)
    np.fill_diagonal(out, 1.0)
    return out
