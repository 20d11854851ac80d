"""Which words a corpus is counted with: what the options say, and what holds where they say nothing."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from textsc.cli.values import count_or_share, language_name, stop_word_list

if TYPE_CHECKING:
    from textsc.corpus.readers import Reader
    from textsc.corpus.text import TextCounts

__all__ = ["encoder_for", "encoder_of_words", "given_settings"]


def given_settings(
    *,
    language: str | None = None,
    stop_words: str | None,
    ngrams: int | None = None,
    min_df: str | None,
    max_df: str | None,
    max_words: int | None,
) -> dict[str, Any]:
    """Read the options about words that were given.

    Parameters
    ----------
    language, stop_words, min_df, max_df : str or None
        As written on the command line; None where they were not.
    ngrams, max_words : int or None
        Likewise.

    Returns
    -------
    dict
        Settings of `TextCounts`, those that were given only.

    Raises
    ------
    UsageProblem
        A value is not one of its option.

    Examples
    --------
    >>> given_settings(stop_words="none", min_df="3", max_df=None, max_words=None)
    {'stop_words': None, 'min_df': 3}
    """
    found: dict[str, Any] = {}
    if language is not None:
        found["language"] = language_name(language)
    if ngrams is not None:
        found["ngrams"] = ngrams
    if stop_words is not None:
        found["stop_words"] = stop_word_list(stop_words)
    if min_df is not None:
        found["min_df"] = count_or_share("--min-df", min_df)
    if max_df is not None:
        found["max_df"] = count_or_share("--max-df", max_df)
    if max_words is not None:
        found["max_words"] = max_words
    return found


def encoder_for(reader: Reader, given: dict[str, Any]) -> TextCounts | None:
    """Make the encoder of a corpus: texts have limits of their own, bags of words only those given.

    Parameters
    ----------
    reader : Reader
        Of the corpus.
    given : dict
        As from `given_settings`.

    Returns
    -------
    TextCounts or None
        To be fitted; None where all words of the file are to stay, in its order.

    Examples
    --------
    >>> from textsc.corpus import open_corpus
    >>> encoder_for(open_corpus("lee"), {"min_df": 3})
    TextCounts(min_df=3)
    """
    from textsc.corpus.bags.allwords import AS_THEY_ARE
    from textsc.corpus.bags.bagreader import BagReader
    from textsc.corpus.text import TextCounts

    if not isinstance(reader, BagReader):
        return TextCounts(**given)
    return TextCounts(**{**AS_THEY_ARE, **given}) if given else None


def encoder_of_words(words: Collection[str], *, language: str | None, stop_words: str | None) -> TextCounts:
    """Make an encoder that knows some words and no others.

    Parameters
    ----------
    words : collection of str
        As the tokeniser gives them; what has a space is an n-gram. They are no stop words.
    language, stop_words : str or None
        As written on the command line; None where they were not.

    Returns
    -------
    TextCounts
        As if fitted; its vocabulary is in alphabetical order.

    Raises
    ------
    UsageProblem
        A value is not one of its option.

    Examples
    --------
    >>> encoder = encoder_of_words({"the", "cat"}, language=None, stop_words=None)
    >>> encoder.transform(["The cat and the dog"]).toarray().tolist()
    [[1, 2]]
    """
    from textsc.corpus.text import TextCounts
    from textsc.corpus.words.language import find_language
    from textsc.corpus.words.stopwords import resolve

    name = "english" if language is None else language_name(language)
    left_out = resolve("auto" if stop_words is None else stop_word_list(stop_words), find_language(name))
    parameters = {
        "language": name,
        "ngrams": max((word.count(" ") + 1 for word in words), default=1),
        "min_length": min((2, *(len(word) for word in words))),
    }
    state = {"vocabulary": sorted(words), "dropped_limits": False, "n_documents": 0}
    return TextCounts.from_json({"parameters": parameters, "stop_words": sorted(left_out - {*words}), **state})
