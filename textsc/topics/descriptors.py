"""The words of a topic, how much they are its own, and how much of a corpus it is."""

from collections.abc import Sequence

import numpy as np

from textsc.topics.documents import code_shares

__all__ = [
    "STRENGTH",
    "exclusivity",
    "prevalence",
    "spectral_peaks",
    "top_words",
    "topic_word_distributions",
    "topic_word_scores",
]

STRENGTH = 2.5
STEPS = 60
LEAST, MOST = 0.05, 6.0


def topic_word_distributions(
    components: np.ndarray, background: np.ndarray, *, strength: float = STRENGTH
) -> np.ndarray:
    """Return each topic as a distribution over words, Q_k = softmax(b0 + s_k B_k).

    The weight s_k is chosen so that KL(Q_k‖u) = ``strength``, u = softmax(b0): topics are shown at one distance from
    the corpus, whatever the scale of their columns. It is kept in [0.05, 6], so a topic whose words are a large share
    of the corpus may stay nearer.

    Parameters
    ----------
    components : array of shape (n_components, n_features)
        Bᵀ.
    background : array of shape (n_features,)
        b0.
    strength : float
        In nats. Lower gives more frequent words, higher more exclusive ones.

    Returns
    -------
    array of shape (n_components, n_features), float64
        Rows on the simplex.

    Examples
    --------
    >>> import numpy as np
    >>> Q = topic_word_distributions(np.array([[1.0, -1.0]]), np.zeros(2), strength=0.1)
    >>> Q.round(2).tolist()
    [[0.72, 0.28]]
    """
    basis = np.asarray(components, dtype=np.float64)
    log_u = np.asarray(background, dtype=np.float64)
    log_u = log_u - _log_sum_exp(log_u[None, :])
    low = np.full((len(basis), 1), LEAST)
    high = np.full((len(basis), 1), MOST)
    for _ in range(STEPS):
        middle = (low + high) / 2
        far = _divergence(middle * basis, log_u) > strength
        low, high = np.where(far, low, middle), np.where(far, middle, high)
    Q: np.ndarray = np.exp(_log_softmax(log_u + (low + high) / 2 * basis))
    return Q


def topic_word_scores(components: np.ndarray, background: np.ndarray, *, strength: float = STRENGTH) -> np.ndarray:
    """Return how much more a topic says a word than the corpus and the other topics do.

    With Q of `topic_word_distributions`, u = softmax(b0) and m_kv the mean of Q_jv over the topics j ≠ k, the score is
    Q_kv log(Q_kv / max(u_v, m_kv)): the word's share of KL(Q_k‖u), less where other topics say the word too, so that it
    stands where it tells most. It is read off the basis, not off the codes: codes are dense, so sums weighted by
    them mix topics.

    Parameters
    ----------
    components : array of shape (n_components, n_features)
    background : array of shape (n_features,)
    strength : float
        In nats.

    Returns
    -------
    array of shape (n_components, n_features), float64

    Examples
    --------
    >>> import numpy as np
    >>> scores = topic_word_scores(np.array([[1.0, -1.0]]), np.zeros(2), strength=0.1)
    >>> bool(scores[0, 0] > 0 > scores[0, 1])
    True
    """
    log_u = np.asarray(background, dtype=np.float64)
    log_u = log_u - _log_sum_exp(log_u[None, :])
    Q = topic_word_distributions(components, background, strength=strength)
    others = np.maximum(Q.sum(axis=0) - Q, 0.0) / max(len(Q) - 1, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        scores: np.ndarray = np.where(Q > 0, Q * (np.log(Q) - np.maximum(np.log(others), log_u)), 0.0)
    return scores


def top_words(scores: np.ndarray, names: Sequence[str], n_words: int = 10) -> list[list[str]]:
    """Return the names of the highest scores of each row, best first; ties in the order of the names.

    Raises
    ------
    ValueError
        If there is not one name for each column, or no word is asked for.

    Examples
    --------
    >>> import numpy as np
    >>> top_words(np.array([[0.1, 0.9, 0.5]]), ["a", "b", "c"], 2)
    [['b', 'c']]
    """
    if n_words < 1:
        raise ValueError(f"top_words: at least one word must be asked for, got {n_words}.")
    if len(names) != scores.shape[1]:
        raise ValueError(f"top_words: one name for each column is needed, got {len(names)} for {scores.shape[1]}.")
    order = np.argsort(-scores, axis=1, kind="stable")[:, :n_words]
    return [[names[v] for v in row] for row in order.tolist()]


def exclusivity(distributions: np.ndarray, scores: np.ndarray, *, n_words: int = 10) -> np.ndarray:
    """Return how far the first words of each topic are its own.

    Σ_v a_kv Q_kv / Σ_j Q_jv over the ``n_words`` best words of topic k, with a_kv their scores divided by the sum of
    these: the share of a word that falls to the topic, where all topics speak alike often. It is 1 where no other
    topic says the words, 1/2 where one other says them as much, 1/K where all do.

    Parameters
    ----------
    distributions : array of shape (n_components, n_features)
        Q of `topic_word_distributions`: rows on the simplex.
    scores : array of shape (n_components, n_features)
        As from `topic_word_scores`: they choose and weigh the words.
    n_words : int, default 10

    Returns
    -------
    array of shape (n_components,), float64
        In (0, 1]. A topic none of whose words scores above 0 weighs them alike.

    References
    ----------
    Bischof and Airoldi (2012), "Summarizing topical content with word frequency and exclusivity": the share of a word
    that falls to a topic.

    Examples
    --------
    >>> import numpy as np
    >>> Q = np.array([[0.8, 0.1, 0.1], [0.1, 0.1, 0.8]])
    >>> exclusivity(Q, np.log(3 * Q) * Q, n_words=1).round(2).tolist()
    [0.89, 0.89]
    """
    Q = np.asarray(distributions, dtype=np.float64)
    best = np.argsort(-scores, axis=1, kind="stable")[:, :n_words]
    own = np.take_along_axis(Q / np.maximum(Q.sum(axis=0), np.finfo(np.float64).tiny), best, axis=1)
    weights = np.maximum(np.take_along_axis(np.asarray(scores, dtype=np.float64), best, axis=1), 0.0)
    weights = np.where(weights.sum(axis=1, keepdims=True) > 0, weights, 1.0)
    out: np.ndarray = (weights * own).sum(axis=1) / weights.sum(axis=1)
    return out


def spectral_peaks(components: np.ndarray, n_peaks: int) -> list[list[int]]:
    """Return the columns of the highest peaks of each row, highest first: neighbours of a peak say nothing new.

    A peak is higher than the column before it, and at least as high as the one after it.

    Parameters
    ----------
    components : array of shape (n_components, n_features)
        Spectra; the columns are in the order of their frequencies.
    n_peaks : int
        At most so many; a row may have fewer.

    Returns
    -------
    list of list of int

    Examples
    --------
    >>> import numpy as np
    >>> spectral_peaks(np.array([[0.0, 0.9, 0.8, 0.1, 0.3, 0.0]]), 3)
    [[1, 4]]
    """
    values = np.asarray(components, dtype=np.float64)
    edge = np.full((len(values), 1), -np.inf)
    rises = values > np.hstack([edge, values[:, :-1]])
    falls = values >= np.hstack([values[:, 1:], edge])
    ranked = np.where(rises & falls, values, -np.inf)
    order = np.argsort(-ranked, axis=1, kind="stable")[:, :n_peaks]
    return [[v for v in row if ranked[k, v] > -np.inf] for k, row in enumerate(order.tolist())]


def prevalence(W: np.ndarray, n_tokens: np.ndarray) -> np.ndarray:
    """Return the share of the tokens that each topic accounts for, Σ_d N_d s_dk / Σ_d N_d with s = |w|/Σ|w|.

    Parameters
    ----------
    W : array of shape (n_documents, n_components)
    n_tokens : array of shape (n_documents,)

    Returns
    -------
    array of shape (n_components,), float64
        Sums to 1; to less where codes are all zero.

    Examples
    --------
    >>> import numpy as np
    >>> prevalence(np.array([[1.0, 1.0], [0.0, 2.0]]), np.array([2, 2])).tolist()
    [0.25, 0.75]
    """
    lengths = np.asarray(n_tokens, dtype=np.float64)
    total = lengths.sum()
    out: np.ndarray = lengths @ code_shares(W) / (total if total > 0 else 1.0)
    return out


def _log_sum_exp(Z: np.ndarray) -> np.ndarray:
    top = Z.max(axis=1, keepdims=True)
    out: np.ndarray = top + np.log(np.exp(Z - top).sum(axis=1, keepdims=True))
    return out


def _log_softmax(Z: np.ndarray) -> np.ndarray:
    out: np.ndarray = Z - _log_sum_exp(Z)
    return out


def _divergence(activation: np.ndarray, log_u: np.ndarray) -> np.ndarray:
    log_q = _log_softmax(log_u + activation)
    out: np.ndarray = np.sum(np.exp(log_q) * (log_q - log_u), axis=1, keepdims=True)
    return out
