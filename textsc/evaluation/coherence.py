"""Whether the words of a topic belong together: coherence, by how often they occur together.

``u_mass``, ``c_uci``, ``c_npmi`` and ``c_v`` are those of gensim's CoherenceModel and give its numbers. ``npmi`` is
the stricter measure by documents: a pair of words that are never together counts −1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from textsc.evaluation.cooccurrence import Cooccurrence
from textsc.evaluation.topiclists import leading_words

__all__ = ["EPSILON", "MEASURES", "Measure", "topic_coherence"]

#: What gensim adds to the probability of a pair before it takes the logarithm.
EPSILON = 1e-12

_Numbers = NDArray[np.intp]
_Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure of coherence.

    Attributes
    ----------
    score : callable
        From counts and the numbers of a topic's words in them, at least two, to the topic's value.
    window : int or None
        Words in the windows that it is usually counted in; None for whole documents.
    least : float
        The value of a topic of which fewer than two words occur: that of two words that are
        everywhere, yet never together.
    keeps_absent : bool
        Whether words that never occur are scored. Else they are left out, as gensim leaves out
        words that are not in its dictionary.
    """

    score: Callable[[Cooccurrence, _Numbers], float]
    window: int | None
    least: float
    keeps_absent: bool = False


def topic_coherence(
    topics: Iterable[Sequence[str]], counts: Cooccurrence, *, measure: str, n_words: int = 10
) -> _Floats:
    """Return the coherence of each topic.

    With P(i), P(i, j) the shares of documents or windows that hold a word or a pair, and ε = 1e-12:

    - ``u_mass``: mean over i > j of log((P(i, j) + ε) / P(j)); of documents.
    - ``c_uci``: mean over pairs of log((P(i, j) + ε) / (P(i) P(j))); of windows of 10 words.
    - ``c_npmi``: the same, each divided by −log(P(i, j) + ε); of windows of 10 words.
    - ``c_v``: mean over i of the cosine of n_i and Σ_j n_j, where n_i are the values of ``c_npmi`` of i with all words
      of the topic; of windows of 110 words.
    - ``npmi``: mean over pairs of log(P(i, j) / (P(i) P(j))) / −log P(i, j), where a pair that is never together
      counts −1, and one that is always there 1; of documents.

    The value is never NaN. A word that never occurs (``counts.absent``) is left out; for ``npmi`` each of its pairs
    counts −1. A topic with fewer than two words that occur gets what a pair would get whose words are everywhere but
    never together: log ε (−27.6) for ``u_mass`` and ``c_uci``, −1 for ``c_npmi`` and ``npmi``, 0 for ``c_v``. A word
    that is repeated within a topic counts as in gensim; for ``npmi`` repeats are left out.

    Parameters
    ----------
    topics : iterable of sequences of str
        The words of each topic, best first.
    counts : Cooccurrence
        Of all these words: from `count_documents` or `count_windows`.
    measure : str
        A name in `MEASURES`.
    n_words : int, default 10
        How many words of each topic; absent ones are left out of these, and not replaced.

    Returns
    -------
    ndarray of shape (n_topics,), float64
        One value a topic.

    Raises
    ------
    ValueError
        There is no such measure, a word was not counted, or a topic is no list of words.

    References
    ----------
    Mimno et al. (2011), "Optimizing semantic coherence in topic models" (u_mass).
    Newman et al. (2010), "Automatic evaluation of topic coherence" (c_uci).
    Lau, Newman and Baldwin (2014), "Machine reading tea leaves" (npmi).
    Röder, Both and Hinneburg (2015), "Exploring the space of topic coherence measures" (c_npmi, c_v).

    Examples
    --------
    >>> from textsc.evaluation.cooccurrence import count_documents
    >>> X = np.array([[1, 1, 0], [2, 1, 0], [0, 0, 3], [0, 0, 1]])
    >>> counts = count_documents(X, ["cat", "dog", "ship"], ["cat", "dog", "ship"])
    >>> topic_coherence([["cat", "dog"], ["cat", "ship"]], counts, measure="npmi").tolist()
    [1.0, -1.0]
    """
    if measure not in MEASURES:
        raise ValueError(f"topic_coherence: there is no measure {measure!r}; give one of {', '.join(MEASURES)}.")
    chosen = MEASURES[measure]
    number = {word: i for i, word in enumerate(counts.words)}
    values = []
    for k, words in enumerate(leading_words(topics, n_words=n_words)):
        missing = [word for word in words if word not in number]
        if missing:
            raise ValueError(
                f"topic_coherence: the word {missing[0]!r} of topic {k} was not counted; "
                "count distinct_words(topics, n_words=...)."
            )
        ids = np.array([number[word] for word in words], dtype=np.intp)
        if not chosen.keeps_absent:
            ids = ids[counts.occurrences[ids] > 0]
        values.append(chosen.score(counts, ids) if len(ids) > 1 else chosen.least)
    return np.array(values, dtype=np.float64)


def _probabilities(counts: Cooccurrence, ids: _Numbers) -> tuple[_Floats, _Floats]:
    """P(i) and P(i, j)."""
    n_windows = float(max(counts.n_windows, 1))
    return counts.occurrences[ids] / n_windows, counts.pairs[np.ix_(ids, ids)] / n_windows


def _u_mass(counts: Cooccurrence, ids: _Numbers) -> float:
    alone, together = _probabilities(counts, ids)
    later, earlier = np.tril_indices(len(ids), k=-1)
    return float(np.mean(np.log((together[later, earlier] + EPSILON) / alone[earlier])))


def _log_ratios(alone: _Floats, together: _Floats) -> _Floats:
    ratios: _Floats = np.log((together + EPSILON) / (alone[:, None] * alone))
    return ratios


def _normalised_log_ratios(alone: _Floats, together: _Floats) -> _Floats:
    ratios: _Floats = _log_ratios(alone, together) / -np.log(together + EPSILON)
    return ratios


def _c_uci(counts: Cooccurrence, ids: _Numbers) -> float:
    ratios = _log_ratios(*_probabilities(counts, ids))
    return float(np.mean(ratios[np.triu_indices(len(ids), k=1)]))


def _c_npmi(counts: Cooccurrence, ids: _Numbers) -> float:
    ratios = _normalised_log_ratios(*_probabilities(counts, ids))
    return float(np.mean(ratios[np.triu_indices(len(ids), k=1)]))


def _c_v(counts: Cooccurrence, ids: _Numbers) -> float:
    # gensim adds up the entries of a word that is repeated: in the vectors, and in their sum.
    different, times = np.unique(ids, return_counts=True)
    vectors = _normalised_log_ratios(*_probabilities(counts, different)) * times
    whole = times @ vectors
    lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(whole)
    cosines = np.divide(vectors @ whole, lengths, out=np.zeros(len(different)), where=lengths > 0)
    return float(cosines @ times / len(ids))


def _npmi(counts: Cooccurrence, ids: _Numbers) -> float:
    different = ids[np.sort(np.unique(ids, return_index=True)[1])]
    if len(different) < 2:
        return -1.0
    alone, together = _probabilities(counts, different)
    i, j = np.triu_indices(len(different), k=1)
    pair, apart = together[i, j], alone[i] * alone[j]
    values = np.where(pair == 0, -1.0, 1.0)
    between = (pair > 0) & (pair < 1)
    values[between] = np.log(pair[between] / apart[between]) / -np.log(pair[between])
    return float(np.mean(values))


#: The measures by name.
MEASURES: dict[str, Measure] = {
    "u_mass": Measure(_u_mass, window=None, least=float(np.log(EPSILON))),
    "c_uci": Measure(_c_uci, window=10, least=float(np.log(EPSILON))),
    "c_npmi": Measure(_c_npmi, window=10, least=-1.0),
    "c_v": Measure(_c_v, window=110, least=0.0),
    "npmi": Measure(_npmi, window=None, least=-1.0, keeps_absent=True),
}
