"""Counting bags of words with all their words, as their file has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from textsc.corpus.text import NoWordsError, TextCounts
from textsc.corpus.words.tally import TextTally

__all__ = ["AS_THEY_ARE", "count_all_words"]

#: The settings of `TextCounts` that leave out no word.
AS_THEY_ARE: dict[str, Any] = {
    "stop_words": None,
    "min_df": 1,
    "max_df": 1.0,
    "max_words": None,
    "min_length": 1,
}


def count_all_words(
    documents: Iterable[str | Mapping[str, int]], words: list[str] | None
) -> tuple[TextTally, TextCounts]:
    """Count all words of some documents.

    Parameters
    ----------
    documents : iterable of mapping of str to int
        Read once.
    words : list of str or None
        The vocabulary, as it will be; None learns it, most frequent word first.

    Returns
    -------
    tuple of TextTally and TextCounts
        The counts, and the fitted encoder.

    Raises
    ------
    NoWordsError
        There is no word in any document.

    Examples
    --------
    >>> tally, encoder = count_all_words([{"dog": 2}, {}], ["cat", "dog"])
    >>> tally.X.toarray().tolist(), encoder.vocabulary_
    ([[0, 2], [0, 0]], ['cat', 'dog'])
    """
    if words is None:
        encoder = TextCounts(**AS_THEY_ARE)
        return encoder.fit_count(documents), encoder
    state = {"vocabulary": words, "stop_words": [], "dropped_limits": False, "n_documents": 0}
    encoder = TextCounts.from_json({"parameters": AS_THEY_ARE, **state})
    tally = encoder.count(documents)
    encoder.n_documents_ = tally.X.shape[0]
    if encoder.n_documents_ and not tally.n_words.any():
        raise NoWordsError(f"There is no word in its {encoder.n_documents_:,} documents. Give documents with words.")
    return tally, encoder
