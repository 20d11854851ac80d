"""Held-out likelihood by document completion.

Each token of a document goes to an observed or a held-out half. The code is found from the observed half; the score is
the likelihood of the other. The likelihood of the tokens that were coded would reward λ → 0.
"""

import warnings
from typing import Any

import numpy as np
import scipy.sparse as sp

__all__ = ["completion_log_likelihood", "split_tokens"]

ROWS = 512  # documents whose reconstruction over the vocabulary is held at once


def split_tokens(X: Any, *, seed: int = 0) -> tuple[sp.csr_array, sp.csr_array]:
    """Send each token to the observed or the held-out half with probability 1/2.

    Counts that are not whole hold no tokens to send: then each word of a document goes whole to one half, which is
    said, since such likelihoods do not compare with those of tokens.

    Parameters
    ----------
    X : array or sparse array of shape (n_documents, n_features)
        Counts.
    seed : int

    Returns
    -------
    observed, held_out : CSR arrays of shape (n_documents, n_features)
        In the type of X; they add up to X.

    Warns
    -----
    UserWarning
        If a count is not whole.

    References
    ----------
    Wallach et al. (2009), "Evaluation methods for topic models", document completion.

    Examples
    --------
    >>> import numpy as np
    >>> observed, held_out = split_tokens(np.array([[4, 0, 2]]))
    >>> (observed + held_out).toarray().tolist()
    [[4, 0, 2]]
    """
    counts = sp.csr_array(X, copy=True)
    counts.sum_duplicates()
    rng = np.random.default_rng(seed)
    whole = np.rint(counts.data).astype(np.int64)
    if np.array_equal(whole, counts.data):
        first = rng.binomial(whole, 0.5).astype(counts.dtype)
    else:
        place = int(np.flatnonzero(whole != counts.data)[0])
        row = int(np.searchsorted(counts.indptr, place, side="right")) - 1
        warnings.warn(
            f"Document completion sends tokens to one half or the other, but row {row} holds the count "
            f"{counts.data[place]}, which is no whole number of tokens: words are sent instead of tokens.",
            UserWarning,
            stacklevel=3,
        )
        first = counts.data * rng.integers(2, size=len(counts.data))
    return _half(counts, first), _half(counts, counts.data - first)


def _half(counts: sp.csr_array, values: np.ndarray) -> sp.csr_array:
    half = sp.csr_array((values.astype(counts.dtype), counts.indices.copy(), counts.indptr.copy()), shape=counts.shape)
    half.eliminate_zeros()
    return half


def completion_log_likelihood(
    W: np.ndarray, components: np.ndarray, background: np.ndarray, held_out: sp.csr_array
) -> float:
    """Return the mean log-likelihood of held-out tokens under softmax(b0 + Bw), in nats per token.

    Parameters
    ----------
    W : array of shape (n_documents, n_components)
        Codes of the observed halves.
    components : array of shape (n_components, n_features)
    background : array of shape (n_features,)
    held_out : CSR array of shape (n_documents, n_features)
        Counts.

    Returns
    -------
    float
        Minus the log of the perplexity; nan where no token is held out.

    Examples
    --------
    >>> import numpy as np, scipy.sparse as sp
    >>> completion_log_likelihood(np.zeros((1, 1)), np.ones((1, 4)), np.zeros(4), sp.csr_array([[1, 2, 0, 1]]))
    -1.3862943611198906
    """
    total, n_tokens = 0.0, float(held_out.sum(dtype=np.float64))
    if n_tokens == 0:
        return float("nan")
    for start in range(0, W.shape[0], ROWS):
        rows = slice(start, start + ROWS)
        Z = background + W[rows].astype(np.float64) @ components.astype(np.float64)
        top = Z.max(axis=1, keepdims=True)
        Z -= top + np.log(np.exp(Z - top).sum(axis=1, keepdims=True))
        total += float(held_out[rows].multiply(Z).sum())
    return total / n_tokens
