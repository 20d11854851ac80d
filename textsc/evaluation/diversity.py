"""How much topics differ from each other, by their words alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from textsc.evaluation.topiclists import leading_words

__all__ = ["duplicate_topics", "inverted_rbo", "topic_diversity"]


def topic_diversity(topics: Iterable[Sequence[str]], *, n_words: int = 10) -> float:
    """Return the share of distinct words among the first words of all topics.

    Parameters
    ----------
    topics : iterable of sequences of str
        The words of each topic, best first.
    n_words : int, default 10
        How many words of each topic.

    Returns
    -------
    float
        In (0, 1]; 1 where no word is in two topics.

    Raises
    ------
    ValueError
        There is no word at all, or a topic is no list of words.

    References
    ----------
    Dieng, Ruiz and Blei (2020), "Topic modeling in embedding spaces".

    Examples
    --------
    >>> topic_diversity([["cat", "dog"], ["dog", "sun"]])
    0.75
    """
    words = [word for topic in leading_words(topics, n_words=n_words) for word in topic]
    if not words:
        raise ValueError("topic_diversity: the topics hold no words; give at least one topic with a word.")
    return len(set(words)) / len(words)


def inverted_rbo(topics: Iterable[Sequence[str]], *, n_words: int = 10, weight: float = 0.9) -> float:
    """Return 1 − the mean rank-biased overlap of the pairs of topics.

    With X_d the number of words that are among the first d of both of two lists of k words, and p the weight,

        RBO = X_k/k · p^k + (1 − p)/p · Σ_{d=1…k} X_d/d · p^d,

    the extrapolated form; 1 for equal lists, 0 for lists without a common word. Where one list is shorter, its
    agreement is taken to go on (equation 32 of the source). Unlike `topic_diversity` it asks where in the lists the
    common words are.

    Parameters
    ----------
    topics : iterable of sequences of str
        The words of each topic, best first; repeats within a topic are left out.
    n_words : int, default 10
        How many words of each topic.
    weight : float, default 0.9
        p, between 0 and 1: the smaller, the more the first words count.

    Returns
    -------
    float
        In [0, 1]; 1 where no two topics share a word, or where there are fewer than two topics.

    Raises
    ------
    ValueError
        The weight is not between 0 and 1, or a topic is no list of words.

    References
    ----------
    Webber, Moffat and Zobel (2010), "A similarity measure for indefinite rankings".
    Bianchi, Terragni and Hovy (2021), "Pre-training is a hot topic".

    Examples
    --------
    >>> inverted_rbo([["cat", "dog"], ["cat", "sun"], ["sea", "ship"]])
    0.8166666666666667
    """
    if not 0 < weight < 1:
        raise ValueError(f"inverted_rbo: weight must lie between 0 and 1, got {weight}.")
    lists = _without_repeats(topics, n_words)
    n_pairs = len(lists) * (len(lists) - 1) // 2
    if n_pairs == 0:
        return 1.0
    depths = _common_depths(lists)
    total = sum(
        _rank_biased_overlap(np.array(at), len(lists[first]), len(lists[second]), weight)
        for (first, second), at in sorted(depths.items())
    )
    return max(0.0, 1.0 - total / n_pairs)


def duplicate_topics(
    topics: Iterable[Sequence[str]], *, n_words: int = 10, share: float = 0.5
) -> list[tuple[int, int]]:
    """Return the pairs of topics that say the same.

    Parameters
    ----------
    topics : iterable of sequences of str
        The words of each topic, best first.
    n_words : int, default 10
        How many words of each topic.
    share : float, default 0.5
        Two topics are duplicates where they have at least this share of the shorter one's words in common.

    Returns
    -------
    list of (int, int)
        Numbers of topics from 0, the lower first, in ascending order.

    Raises
    ------
    ValueError
        The share is not in (0, 1], or a topic is no list of words.

    Examples
    --------
    >>> duplicate_topics([["cat", "dog"], ["sea", "ship"], ["dog", "cow"]])
    [(0, 2)]
    """
    if not 0 < share <= 1:
        raise ValueError(f"duplicate_topics: share must be above 0 and at most 1, got {share}.")
    lists = _without_repeats(topics, n_words)
    return [
        (first, second)
        for (first, second), at in sorted(_common_depths(lists).items())
        if len(at) >= share * min(len(lists[first]), len(lists[second]))
    ]


def _without_repeats(topics: Iterable[Sequence[str]], n_words: int) -> list[list[str]]:
    return [list(dict.fromkeys(topic)) for topic in leading_words(topics, n_words=n_words)]


def _common_depths(lists: list[list[str]]) -> dict[tuple[int, int], list[int]]:
    """For each pair of lists with common words, how deep one must read in both to have met each of these."""
    places: dict[str, list[tuple[int, int]]] = {}
    for number, words in enumerate(lists):
        for rank, word in enumerate(words, start=1):
            places.setdefault(word, []).append((number, rank))
    depths: dict[tuple[int, int], list[int]] = {}
    for found in places.values():
        for later, (second, rank) in enumerate(found):
            for first, other in found[:later]:
                depths.setdefault((first, second), []).append(max(rank, other))
    return depths


def _rank_biased_overlap(depths: NDArray[np.int64], n_first: int, n_second: int, weight: float) -> float:
    """Extrapolated overlap of two lists whose common words are met at these depths."""
    short, long = min(n_first, n_second), max(n_first, n_second)
    d = np.arange(1, long + 1)
    common = (depths[:, None] <= d).sum(axis=0)
    agreement = common / d
    carried = np.where(d > short, common[short - 1] * (d - short) / (short * d), 0.0)
    rest = (common[-1] - common[short - 1]) / long + common[short - 1] / short
    return float((1 - weight) / weight * ((agreement + carried) @ weight**d) + rest * weight**long)
