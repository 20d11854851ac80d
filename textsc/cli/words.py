"""Which words a corpus is counted with: what the options say, and what holds where they say nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textsc.cli.values import count_or_share, language_name, stop_word_list

if TYPE_CHECKING:
    from textsc.corpus.readers import Reader
    from textsc.corpus.text import TextCounts

__all__ = ["encoder_for", "given_settings"]


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
