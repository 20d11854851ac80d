"""Where a basis starts.

The objective has many good bases that predict alike; training hardly leaves the neighbourhood of its start. So a coarse
but readable topic solution is the default start, and a random one gives topics that predict but do not read.
"""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn import config_context
from sklearn.cluster import KMeans
from sklearn.decomposition import NMF, TruncatedSVD
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.preprocessing import normalize

from textsc.coding.softmax import softmax
from textsc.learning.associations import word_associations

__all__ = ["STARTS", "document_columns", "log_lift", "start_basis", "start_rows", "unit_columns", "word_frequencies"]

SMOOTHING = 0.5  # of a topic's words with the corpus's
NOISE = 0.1  # standard deviation of random columns
MOST_SPECTRA = 4_000
MOST_ROWS = 20_000  # a start is coarse: more rows or words than these change little and cost much
MOST_WORDS = 5_000
SHARPNESS = 3  # power of the shares of a document in the factors


def word_frequencies(background: np.ndarray) -> np.ndarray:
    """Return u = softmax(b0), of shape (n_features,), in float64.

    Examples
    --------
    >>> import numpy as np
    >>> word_frequencies(np.zeros(2)).tolist()
    [0.5, 0.5]
    """
    u: np.ndarray = softmax(background[None, :].astype(np.float64))[0]
    return u


def log_lift(word_weights: np.ndarray, background: np.ndarray, *, smoothing: float = SMOOTHING) -> np.ndarray:
    """Return columns that turn the background into given topics: B_vk = log((P_kv + α u_v)/((1 + α) u_v)).

    Parameters
    ----------
    word_weights : array of shape (n_components, n_features)
        Non-negative; rows are normalised to P.
    background : array of shape (n_features,)
        b0; u = softmax(b0).
    smoothing : float
        α > 0.

    Returns
    -------
    array of shape (n_components, n_features), float64

    Examples
    --------
    >>> import numpy as np
    >>> log_lift(np.array([[3.0, 1.0]]), np.zeros(2), smoothing=1e-9).round(3).tolist()
    [[0.405, -0.693]]
    """
    u = word_frequencies(background)
    totals = word_weights.sum(axis=1, keepdims=True)
    P = word_weights / np.where(totals > 0, totals, 1.0)
    P = np.where(totals > 0, P, u)
    out: np.ndarray = np.log((P + smoothing * u) / ((1 + smoothing) * u))
    return out


def start_basis(
    X: sp.csr_array,
    n_components: int,
    background: np.ndarray,
    *,
    method: str,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return a start for Bᵀ under the softmax transfer.

    Parameters
    ----------
    X : CSR array of shape (n_documents, n_features)
        Counts.
    n_components : int
        May exceed the number of documents and of features.
    background : array of shape (n_features,)
    method : {"nmf", "kmeans", "random"}
        ``"nmf"``: a non-negative factorisation of `word_associations`, and the documents where its groups of words
        occur. ``"kmeans"``: clusters of the documents. ``"random"``: noise; predicts as well, does not read.
    rng : numpy.random.Generator
        All draws come from it, on the host.

    Returns
    -------
    array of shape (n_components, n_features), float64

    Examples
    --------
    >>> import numpy as np, scipy.sparse as sp
    >>> X = sp.csr_array([[2, 0], [0, 2], [3, 0]])
    >>> B = start_basis(X, 2, np.zeros(2), method="nmf", rng=np.random.default_rng(0))
    >>> sorted(B.argmax(axis=1).tolist())
    [0, 1]
    """
    if method == "random":
        noise: np.ndarray = rng.normal(0.0, NOISE, size=(n_components, X.shape[1]))
        return noise
    if X.shape[0] > MOST_ROWS:
        X = X[np.sort(rng.choice(X.shape[0], MOST_ROWS, replace=False))]
    n_found = min(n_components, *X.shape, MOST_WORDS)
    with config_context(transform_output="default"):  # a user's set_output is not meant for what runs inside
        memberships = STARTS[method](X, n_found, int(rng.integers(2**31)))
    topics = np.asarray((X.T @ memberships).T, dtype=np.float64)
    topics = topics[topics.sum(axis=1) > 0]
    basis = log_lift(topics, background)
    return np.concatenate([basis, document_columns(X, n_components - len(basis), background, rng=rng)])


def document_columns(X: Any, n_columns: int, background: np.ndarray, *, rng: np.random.Generator) -> np.ndarray:
    """Return lifts of documents drawn at random, each with noise so that no two columns are the same.

    Parameters
    ----------
    X : CSR array of shape (n_documents, n_features)
        Counts or types.
    n_columns : int
    background : array of shape (n_features,)
    rng : numpy.random.Generator

    Returns
    -------
    array of shape (n_columns, n_features), float64

    Examples
    --------
    >>> import numpy as np, scipy.sparse as sp
    >>> X = sp.csr_array([[2, 0]])
    >>> document_columns(X, 3, np.zeros(2), rng=np.random.default_rng(0)).argmax(axis=1).tolist()
    [0, 0, 0]
    """
    rows = X[rng.integers(X.shape[0], size=n_columns)].toarray().astype(np.float64)
    columns: np.ndarray = log_lift(rows, background) + rng.normal(0.0, NOISE, size=rows.shape)
    return columns


def start_rows(X: Any, n_components: int, *, method: str, rng: np.random.Generator) -> np.ndarray:
    """Return a start for Bᵀ under the linear transfer: non-negative, of unit norm.

    Parameters
    ----------
    X : array or sparse array of shape (n_documents, n_features)
        What is negative counts as zero.
    n_components : int
        May exceed the number of rows; random rows fill up.
    method : {"nmf", "kmeans", "random"}
        Factors of a non-negative factorisation, centres of clusters, or random rows.
    rng : numpy.random.Generator

    Returns
    -------
    array of shape (n_components, n_features), float64

    Examples
    --------
    >>> import numpy as np
    >>> start_rows(np.array([[3.0, 4.0]]), 1, method="random", rng=np.random.default_rng(0)).round(1).tolist()
    [[0.6, 0.8]]
    """
    rows = X[np.sort(rng.permutation(X.shape[0])[:MOST_SPECTRA])]
    rows = np.maximum((rows.toarray() if sp.issparse(rows) else rows).astype(np.float64), 0.0)
    n_found = 0 if method == "random" else min(n_components, *rows.shape)
    found = np.zeros((0, X.shape[1]))
    if n_found:
        seed = int(rng.integers(2**31))
        with config_context(transform_output="default"), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            if method == "nmf":
                found = NMF(n_found, init="nndsvd", max_iter=50, random_state=seed).fit(rows).components_
            else:
                found = KMeans(n_found, n_init=1, random_state=seed).fit(rows).cluster_centers_
    chosen = rng.permutation(len(rows))[: n_components - n_found]
    if len(chosen) < n_components - n_found:
        more = rng.integers(len(rows), size=n_components - n_found - len(chosen))
        chosen = np.concatenate([chosen, more])
    basis = unit_columns(np.concatenate([found, rows[chosen]]))
    # A little noise keeps rows that were drawn twice, or that are silent, from being one column.
    return unit_columns(basis + 1e-3 * rng.random(basis.shape))


def unit_columns(components: np.ndarray) -> np.ndarray:
    """Return the columns of B, rows here, divided by their norms; one of zeros stays as it is.

    Examples
    --------
    >>> unit_columns(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist()
    [[0.6, 0.8], [0.0, 0.0]]
    """
    norms = np.linalg.norm(components, axis=1, keepdims=True)
    out: np.ndarray = components / np.where(norms > 0, norms, 1.0)
    return out


def _nmf(X: sp.csr_array, n_components: int, seed: int) -> np.ndarray:
    """Factorise the associations of words; a document belongs to the factors of its words."""
    frequent = np.argsort(-np.asarray(X.sum(axis=0)).ravel(), kind="stable")[:MOST_WORDS]
    X = X[:, np.sort(frequent)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a coarse start is all that is asked for
        model = NMF(n_components, init="nndsvd", tol=1e-3, max_iter=40, random_state=seed)
        factors = model.fit(word_associations(X)).components_
    tfidf = TfidfTransformer().fit_transform(sp.csr_matrix(X, dtype=np.float64).log1p())
    memberships: np.ndarray = normalize(tfidf @ normalize(factors.astype(np.float64)).T, norm="l1") ** SHARPNESS
    return memberships


def _kmeans(X: sp.csr_array, n_components: int, seed: int) -> np.ndarray:
    tfidf = TfidfTransformer().fit_transform(sp.csr_matrix(X, dtype=np.float64))
    rank = min(100, min(tfidf.shape) - 1)
    if rank < 2:
        space = tfidf.toarray()
    else:
        with np.errstate(invalid="ignore"):  # documents that are all the same have no variance to explain
            space = TruncatedSVD(rank, random_state=seed).fit_transform(tfidf)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer distinct documents than clusters
        labels = KMeans(n_components, n_init=1, random_state=seed).fit_predict(normalize(space))
    one_hot: np.ndarray = np.eye(n_components)[labels]
    return one_hot


STARTS: dict[str, Callable[[sp.csr_array, int, int], np.ndarray]] = {"nmf": _nmf, "kmeans": _kmeans}
