"""Documents without labels, told by those that have one: topics of classes, counted again and again from both.

Few labels say little of the words of a class. Topics learned without labels say which documents are alike; the classes
that they suggest for the others make better topics of the classes, and these better suggestions.
"""

import numpy as np
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression

from textsc.coding.softmax import softmax
from textsc.learning.start import log_lift

__all__ = ["teach_unlabelled"]

ROUNDS = 8
TRUST = 30.0  # tokens of a document that are believed to be independent
STRENGTH = 0.1  # C of the logistic regression on codes that begins


def teach_unlabelled(
    X: sp.csr_array,
    W: np.ndarray,
    labels: np.ndarray,
    weights: np.ndarray,
    background: np.ndarray,
    *,
    n_classes: int,
    smoothing: float,
) -> np.ndarray:
    """Return the share of each class in each document without a label.

    A logistic regression on the roots of the codes begins. Then, in rounds, the log-lifts B of the classes are counted
    from all documents, each by its shares, and the shares of a document without a label become
    softmax(min(N, 30) · Bᵀx): naive Bayes, with no more trust in a long document than in 30 tokens.

    Parameters
    ----------
    X : CSR array of shape (n_documents, n_features)
        Counts, those with a label first.
    W : array of shape (n_documents, n_components)
        Codes in topics learned without labels.
    labels : int array of shape (n_labelled,)
        Class numbers.
    weights : array of shape (n_labelled,)
    background : array of shape (n_features,)
    n_classes : int
    smoothing : float
        α of the log-lifts.

    Returns
    -------
    array of shape (n_documents − n_labelled, n_classes)
        Rows on the simplex.

    References
    ----------
    Nigam, McCallum, Thrun and Mitchell (2000), "Text classification from labeled and unlabeled documents using EM".

    Examples
    --------
    >>> X = sp.csr_array([[5.0, 0, 0, 0], [0, 0, 5, 0], [3, 3, 0, 0], [0, 0, 3, 3], [0, 5, 0, 0], [0, 0, 0, 5]])
    >>> W = np.repeat([[0.0, 0.0]], 6, axis=0)
    >>> shares = teach_unlabelled(X, W, np.array([0, 1]), np.ones(2), np.zeros(4), n_classes=2, smoothing=0.5)
    >>> shares.argmax(axis=1).tolist()
    [0, 1, 0, 1]
    """
    n_labelled = len(labels)
    lengths = np.asarray(X.sum(axis=1), dtype=np.float64).ravel()
    trust = (np.minimum(lengths, TRUST) / np.maximum(lengths, 1e-12))[n_labelled:, None]
    known = np.zeros((n_labelled, n_classes))
    known[np.arange(n_labelled), labels] = weights
    shares = _first_guess(W, labels, weights, n_classes)
    for _ in range(ROUNDS):
        memberships = np.concatenate([known, shares])
        lifts = log_lift(np.asarray((X.T @ memberships).T, dtype=np.float64), background, smoothing=smoothing)
        shares = softmax(trust * np.asarray(X[n_labelled:] @ lifts.T))
    return shares


def _first_guess(W: np.ndarray, labels: np.ndarray, weights: np.ndarray, n_classes: int) -> np.ndarray:
    roots = np.sign(W) * np.sqrt(np.abs(W.astype(np.float64)))
    spread = roots.std(axis=0)
    features = (roots - roots.mean(axis=0)) / np.where(spread > 1e-12, spread, 1.0)
    n_labelled = len(labels)
    model = LogisticRegression(C=STRENGTH, max_iter=1_000).fit(features[:n_labelled], labels, sample_weight=weights)
    shares = np.zeros((len(W) - n_labelled, n_classes))
    shares[:, model.classes_] = model.predict_proba(features[n_labelled:])
    return shares
