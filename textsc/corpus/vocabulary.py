"""Which of the words of a corpus become its vocabulary."""

from __future__ import annotations

from numbers import Integral

import numpy as np

from textsc.corpus.tally import WordCounts
from textsc.corpus.words import LONGEST

__all__ = ["NoWordsError", "choose_words", "why_no_words"]

# A share times a number of documents is off by less than this, relatively: 0.07 * 100 > 7.
_ROUNDING = 1e-12


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
    low, high = (limit if isinstance(limit, Integral) else limit * found.n_documents for limit in (min_df, max_df))
    frequency = found.document_frequency
    kept = np.flatnonzero((frequency >= low * (1 - _ROUNDING)) & (frequency <= high * (1 + _ROUNDING)))
    dropped = kept.size < min(2, frequency.size)
    if dropped:
        kept = np.arange(frequency.size)
    if max_words is not None and kept.size > max_words:
        least = np.partition(found.total[kept], -max_words)[-max_words]
        kept = kept[found.total[kept] >= least]
    order = sorted((-int(found.total[i]), found.words[i]) for i in kept)
    return [word for _, word in order[:max_words]], dropped


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
