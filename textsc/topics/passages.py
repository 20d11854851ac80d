"""The passage of a document that says most of what a topic says."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

__all__ = ["Passage", "best_passage"]


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of pieces of a text.

    Attributes
    ----------
    first, end : int
        The pieces from `first` up to, and without, `end`.
    score : float
        Sum of the scores of the different words in it.
    """

    first: int
    end: int
    score: float


def best_passage(
    words: Sequence[Sequence[int]],
    lengths: Sequence[int],
    begins: Sequence[bool],
    scores: np.ndarray,
    *,
    n_words: int,
) -> Passage:
    """Find the passage of a text in which a topic says most.

    A passage begins with a sentence and ends with one: it is as many whole sentences as have together at most
    ``n_words`` words. A sentence that is longer than that is cut: then a passage may begin with each of its pieces that
    says something of the topic.
    Among these the one with the highest sum of scores wins, each different word counted once, so that a
    word said ten times does not; among equal ones the first.

    Parameters
    ----------
    words : sequence of sequences of int
        The columns of the vocabulary that each piece of the text holds; pieces are what stands between spaces.
    lengths : sequence of int
        Words of each piece, unknown ones among them.
    begins : sequence of bool
        Whether a sentence begins with the piece; with the first one always.
    scores : array of shape (n_features,)
        Of one topic; what is not above 0 counts nothing.
    n_words : int
        Most words of a passage, unless its first piece has more.

    Returns
    -------
    Passage
        Of no pieces where the text has none.

    Examples
    --------
    >>> found = best_passage([[0], [], [1], [2]], [1, 1, 1, 1], [1, 0, 1, 0], np.array([1.0, 2.0, 3.0]), n_words=2)
    >>> found.first, found.end, found.score
    (2, 4, 5.0)
    """
    if not words:
        return Passage(0, 0, 0.0)
    values = np.maximum(np.asarray(scores, dtype=np.float64), 0.0)
    ends = np.concatenate([[0], np.cumsum(lengths)])
    sentences = [0, *(piece for piece in range(1, len(words)) if begins[piece]), len(words)]
    found = []
    for number, (first, end) in enumerate(pairwise(sentences)):
        if ends[end] - ends[first] > n_words:
            starts = [first, *(piece for piece in range(first + 1, end) if values[list(words[piece])].any())]
            found += [(piece, _reach(ends, piece, end, n_words)) for piece in starts]
        else:
            last = np.searchsorted(ends[sentences], ends[first] + n_words, side="right") - 1
            found.append((first, sentences[max(int(last), number + 1)]))
    best = max(found, key=lambda pair: _score(words, pair, values))  # the first of equals
    return Passage(*best, _score(words, best, values))


def _reach(ends: np.ndarray, first: int, end: int, n_words: int) -> int:
    """Say how far a passage can go within a sentence."""
    last = int(np.searchsorted(ends, ends[first] + n_words, side="right")) - 1
    return min(max(last, first + 1), end)


def _score(words: Sequence[Sequence[int]], pair: tuple[int, int], values: np.ndarray) -> float:
    held = {word for piece in words[slice(*pair)] for word in piece}
    return float(sum(values[word] for word in sorted(held)))
