"""What is said of topics when they are learned."""

from typing import Any

import numpy as np

from textsc.evaluation.coherence import topic_coherence
from textsc.evaluation.cooccurrence import count_documents
from textsc.evaluation.topicassessment import GROUP
from textsc.evaluation.topiclists import distinct_words

__all__ = ["coherence_of"]

N_WORDS = 10


def coherence_of(model: Any, X: Any) -> np.ndarray | None:
    """Return the coherence of the topics of a model over documents: the mean NPMI of their ten best words.

    Pairs are counted among the words of a hundred topics at once, so that memory does not grow with K².

    Parameters
    ----------
    model : SparseCoding
        With a basis.
    X : CSR array of shape (n_documents, n_features)
        Counts.

    Returns
    -------
    array of shape (n_components,), float64, or None
        None for the linear pair, whose columns are no words.

    Examples
    --------
    >>> from textsc.estimators import SparseCoding
    >>> X = np.repeat([[9, 6, 0, 0], [0, 0, 7, 8]], 20, axis=0)
    >>> coherence_of(SparseCoding(2, random_state=0).fit(X), X).round(2).tolist()
    [-0.33, -0.33]
    """
    if model.pair != "softmax":
        return None
    best = np.argsort(-model.topic_word_scores_, axis=1, kind="stable")[:, :N_WORDS]
    topics = [[str(column) for column in row] for row in best.tolist()]
    columns = [str(column) for column in range(X.shape[1])]
    found = []
    for first in range(0, len(topics), GROUP):
        group = topics[first : first + GROUP]
        counts = count_documents(X, columns, distinct_words(group, n_words=N_WORDS))
        found.append(topic_coherence(group, counts, measure="npmi", n_words=N_WORDS))
    return np.concatenate(found)
