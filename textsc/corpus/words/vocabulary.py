"""Which of the words of a corpus become its vocabulary."""

from __future__ import annotations

import re
from collections.abc import Sequence
from numbers import Integral

import numpy as np
from numpy.typing import NDArray

from textsc.corpus.words.tally import WordCounts
from textsc.corpus.words.tokens import LONGEST

__all__ = ["UNSEGMENTED", "NoWordsError", "choose_words", "fewest", "is_unsegmented", "why_no_words"]

#: What is said of a corpus whose words are runs of words.
UNSEGMENTED = (
    "Most words are long runs of a script that is written without spaces. Put spaces between the words of the texts "
    "first; Chinese and Japanese can be cut into pairs of characters instead, by --language chinese or japanese."
)

# A share times a number of documents is off by less than this, relatively: 0.07 * 100 > 7.
_ROUNDING = 1e-12
_LONG_RUN = 6  # characters; a word of such a script seldom has more
# Thai, Lao, Burmese, Khmer, kana and Chinese characters.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]")


class NoWordsError(ValueError):
    """No word is left to make a vocabulary of."""


def choose_words(
    found: WordCounts, *, min_df: int | float, max_df: int | float, max_words: int | None
) -> tuple[list[str], bool]:
    """Choose the vocabulary, most frequent word first, ties in alphabetical order.

    Parameters
    ----------
    found : WordCounts
        At least one word.
    min_df, max_df : int or float
        Limits of the document frequency, as a number (int) or a share (float) of the documents.
    max_words : int or None
        Keep the words that are most frequent in total.

    Returns
    -------
    tuple of list of str and bool
        The words, and whether the limits were dropped because fewer than two would have remained.

    Examples
    --------
    >>> import numpy as np
    >>> found = WordCounts(["b", "a", "c"], np.array([2, 1, 1]), np.array([2, 3, 1]), 2)
    >>> choose_words(found, min_df=1, max_df=1.0, max_words=2)
    (['a', 'b'], False)
    >>> choose_words(found, min_df=2, max_df=1.0, max_words=None)
    (['a', 'b', 'c'], True)
    """
    frequency, high = found.document_frequency, max_df * (1 if isinstance(max_df, Integral) else found.n_documents)
    low = fewest(min_df, found.n_documents)
    kept = np.flatnonzero((frequency >= low) & (frequency <= high * (1 + _ROUNDING)))
    dropped = kept.size < min(2, frequency.size)
    if dropped:
        kept = np.arange(frequency.size)
    if max_words is not None and kept.size > max_words:
        least = np.partition(found.total[kept], -max_words)[-max_words]
        kept = kept[found.total[kept] >= least]
    order = sorted((-int(found.total[i]), found.words[i]) for i in kept.tolist())
    return [word for _, word in order[:max_words]], dropped


def fewest(min_df: int | float, n_documents: int) -> float:
    """Give the number of documents that a word is to be in.

    Parameters
    ----------
    min_df : int or float
        As a number (int) or a share (float) of the documents.
    n_documents : int
        All documents.

    Returns
    -------
    float
        The number, and a little room below it for rounding.

    Examples
    --------
    >>> round(fewest(0.07, 100), 6), round(fewest(2, 100), 6)
    (7.0, 2.0)
    """
    return min_df * (1 if isinstance(min_df, Integral) else n_documents) * (1 - _ROUNDING)


def is_unsegmented(words: Sequence[str], total: NDArray[np.int64]) -> bool:
    """Whether most words are runs of a script without spaces that nobody has cut into words.

    Parameters
    ----------
    words : sequence of str
        The words of a corpus.
    total : ndarray of shape (n_words,), int64
        How often each is there.

    Returns
    -------
    bool
        Whether more than half of the words are in such a script, and more than half of those are
        longer than 6 characters.

    Examples
    --------
    >>> is_unsegmented(["中国经济增长速度", "dog"], np.array([3, 1]))
    True
    """
    unspaced = np.fromiter((_UNSPACED.match(word) is not None for word in words), dtype=bool, count=len(words))
    long = np.fromiter((len(word) > _LONG_RUN for word in words), dtype=bool, count=len(words))
    n_unspaced = int(total[unspaced].sum())
    return 2 * n_unspaced > int(total.sum()) and 2 * int(total[unspaced & long].sum()) > n_unspaced


def why_no_words(n_documents: int, *, n_left_out: int) -> str:
    """Say why there is no word, and what to do.

    Parameters
    ----------
    n_documents : int
        Documents seen.
    n_left_out : int
        Forms that were stop words or too short.

    Returns
    -------
    str
        A sentence or two.

    Examples
    --------
    >>> why_no_words(0, n_left_out=0)
    'There is no document to learn a vocabulary from. Give at least one.'
    """
    if n_documents == 0:
        return "There is no document to learn a vocabulary from. Give at least one."
    documents = "1 document" if n_documents == 1 else f"{n_documents} documents"
    if n_left_out:
        return (
            f"No word is left of {documents}: all are stop words or too short. "
            "Keep stop words (stop_words=None), or give other documents."
        )
    return (
        f"There is no word in {documents}; a word starts with a letter and has at most {LONGEST} characters. "
        "Give documents with words."
    )
