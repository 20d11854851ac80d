"""What is measured of topics: all at once, from counts of how often their words occur together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from textsc.evaluation.coherence import MEASURES, topic_coherence
from textsc.evaluation.cooccurrence import Cooccurrence, WindowCounter, count_documents
from textsc.evaluation.diversity import duplicate_topics, inverted_rbo, topic_diversity
from textsc.evaluation.topiclists import distinct_words, leading_words

__all__ = ["TopicAssessment", "TopicCounter", "assess_topics"]

GROUP = 100  # topics whose words are counted in pairs together: memory grows with the square of their number

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TopicAssessment:
    """Measures of topics.

    Attributes
    ----------
    coherence : dict of str to ndarray of shape (n_topics,)
        By the name of the measure: those by documents always, those by windows where there were any.
    diversity, inverted_rbo : float
        How much the topics differ.
    duplicates : list of (int, int)
        Pairs of topics that say the same.
    absent : tuple of str
        Words of the topics that are in no document.
    """

    coherence: dict[str, npt.NDArray[np.float64]]
    diversity: float
    inverted_rbo: float
    duplicates: list[tuple[int, int]]
    absent: tuple[str, ...]


def assess_topics(
    topics: Iterable[Sequence[str]],
    documents: Cooccurrence,
    windows: Mapping[int, Cooccurrence] | None = None,
    *,
    n_words: int = 10,
) -> TopicAssessment:
    """Measure topics by counts of how often their words occur together.

    Parameters
    ----------
    topics : iterable of sequences of str
        The words of each topic, best first.
    documents : Cooccurrence
        Of all these words, in documents.
    windows : mapping of int to Cooccurrence, optional
        The same in windows, by their size; a measure whose windows are not there is left out.
    n_words : int, default 10
        Words a topic.

    Returns
    -------
    TopicAssessment

    Raises
    ------
    ValueError
        As for `topic_coherence` and `topic_diversity`.

    Examples
    --------
    >>> from textsc.evaluation import count_documents
    >>> counts = count_documents(np.array([[1, 1, 0], [0, 1, 2]]), ["cat", "dog", "sea"], ["cat", "dog", "sea"])
    >>> found = assess_topics([["cat", "dog"], ["sea", "cat"]], counts)
    >>> found.coherence["npmi"].tolist(), found.diversity, sorted(found.coherence)
    ([0.0, -1.0], 0.75, ['npmi', 'u_mass'])
    """
    topics = leading_words(topics, n_words=n_words)
    return _assessment(topics, _coherence(topics, documents, windows or {}, n_words), documents.absent, n_words)


class TopicCounter:
    """Measures topics by a corpus whose texts pass by, one at a time, and whose counts are at hand after them.

    The same as `assess_topics`, in memory that does not grow with the square of the number of topics: pairs are counted
    among the words of a hundred topics at once.

    Parameters
    ----------
    topics : iterable of sequences of str
        The words of each topic, best first.
    sizes : iterable of int
        Of the windows; none where words have no order.
    n_words : int, default 10
        Words a topic.

    Examples
    --------
    >>> counter = TopicCounter([["cat", "dog"], ["sea", "cat"]], sizes=[10])
    >>> for text in (["cat", "saw", "dog"], ["dog", "sea", "sea"]):
    ...     counter.add(text)
    >>> found = counter.assess(np.array([[1, 1, 0], [0, 1, 2]]), ["cat", "dog", "sea"])
    >>> found.coherence["npmi"].tolist(), "c_npmi" in found.coherence, "c_v" in found.coherence
    ([0.0, -1.0], True, False)
    """

    def __init__(self, topics: Iterable[Sequence[str]], *, sizes: Iterable[int] = (), n_words: int = 10) -> None:
        self._n_words, sizes = n_words, list(sizes)
        self._topics = leading_words(topics, n_words=n_words)
        self._groups = [self._topics[first : first + GROUP] for first in range(0, len(self._topics), GROUP)]
        self._windows = [
            {size: WindowCounter(words, size=size) for size in sizes}
            for words in (distinct_words(group, n_words=n_words) for group in self._groups)
        ]

    def add(self, tokens: Iterable[str]) -> None:
        """Count the windows of a text, given as its words in order."""
        words = list(tokens)
        for counters in self._windows:
            for counter in counters.values():
                counter.add(words)

    def assess(self, X: Any, feature_names: Sequence[str]) -> TopicAssessment:
        """Measure the topics by the texts that were added, and by counts.

        Parameters
        ----------
        X : array or sparse array of shape (n_documents, n_features)
            Counts of the documents.
        feature_names : sequence of str
            The words of the columns.

        Returns
        -------
        TopicAssessment

        Raises
        ------
        ValueError
            As for `count_documents` and `topic_diversity`.
        """
        parts: list[dict[str, Values]] = []
        absent: dict[str, None] = {}
        for group, counters in zip(self._groups, self._windows, strict=True):
            documents = count_documents(X, feature_names, distinct_words(group, n_words=self._n_words))
            absent |= dict.fromkeys(documents.absent)
            windows = {size: counter.counts() for size, counter in counters.items()}
            parts.append(_coherence(group, documents, windows, self._n_words))
        coherence = {name: np.concatenate([part[name] for part in parts]) for name in (parts[0] if parts else ())}
        return _assessment(self._topics, coherence, tuple(absent), self._n_words)


def _coherence(
    topics: list[list[str]], documents: Cooccurrence, windows: Mapping[int, Cooccurrence], n_words: int
) -> dict[str, Values]:
    counts: dict[int | None, Cooccurrence] = {None: documents, **dict(windows.items())}
    return {
        name: topic_coherence(topics, counts[measure.window], measure=name, n_words=n_words)
        for name, measure in MEASURES.items()
        if measure.window in counts
    }


def _assessment(
    topics: list[list[str]], coherence: dict[str, Values], absent: tuple[str, ...], n_words: int
) -> TopicAssessment:
    return TopicAssessment(
        coherence=coherence,
        diversity=topic_diversity(topics, n_words=n_words),
        inverted_rbo=inverted_rbo(topics, n_words=n_words),
        duplicates=duplicate_topics(topics, n_words=n_words),
        absent=absent,
    )
