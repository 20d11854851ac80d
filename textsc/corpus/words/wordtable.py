"""The table that numbers words, and what is taken for documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from numbers import Real
from typing import TYPE_CHECKING

from textsc.corpus.records import ReadingOptionError, check_bag
from textsc.corpus.words.tokens import LONGEST, normalise, raw_tokens

if TYPE_CHECKING:
    from textsc.corpus.words.ngrams import NgramTable

__all__ = ["BREAK", "SHORT", "STOPPED", "UNKNOWN", "CountedWords", "WordTable", "checked_strings"]

#: What a `WordTable` gives for a token that is not in its vocabulary; a `BREAK` is no token.
UNKNOWN, STOPPED, SHORT, BREAK = -1, -2, -3, -4

_MEMO = 1 << 20  # forms remembered while a fixed vocabulary is applied


class WordTable(dict[str, int]):
    """The number of each form of a word: ``table[form]``, remembered once it was asked.

    Parameters
    ----------
    stop_words : iterable of str
        Normalised words that are left out; a word is met with and without its possessive 's.
    min_length : int
        Shorter words are `SHORT`; longer ones than `LONGEST` are `UNKNOWN`.
    words : iterable of str, optional
        The vocabulary. Without it the table learns: each new word gets the next number.
    split : callable, default `raw_tokens`
        From a text to the forms in it, and breaks between them.
    ngrams : NgramTable, optional
        The columns of words and n-grams by the numbers of their words; without it the number of a
        word is its column.

    Attributes
    ----------
    index : dict of str to int
        The number of each word, numbered from 0.
    stop_words : frozenset of str
        As given.
    split : callable
        As given.

    Examples
    --------
    >>> table = WordTable(stop_words=["the"], min_length=2)
    >>> [table[form] for form in ("the", "dog", "cat", "dog's", "a")]
    [-2, 0, 1, 0, -3]
    """

    def __init__(
        self,
        *,
        stop_words: Iterable[str],
        min_length: int,
        words: Iterable[str] | None = None,
        split: Callable[[str], list[str]] = raw_tokens,
        ngrams: NgramTable | None = None,
    ) -> None:
        super().__init__()
        self.ngrams = ngrams
        self.split = split
        self.index: dict[str, int] = {word: i for i, word in enumerate(words or ())}
        self._learns = words is None
        self.stop_words = frozenset(stop_words)
        self._min_length = min_length

    def __missing__(self, raw: str) -> int:
        number = self._number(raw)
        if len(raw) <= LONGEST:
            self[raw] = number
        return number

    def numbers(self, text: str) -> Iterator[int]:
        """Give the numbers of what is in a text.

        Parameters
        ----------
        text : str
            Any text.

        Returns
        -------
        iterator of int
            A number per token, or break, in order.

        Examples
        --------
        >>> list(WordTable(stop_words=[], min_length=2).numbers("cat dog cat"))
        [0, 1, 0]
        """
        return map(self.__getitem__, self.split(text))

    def _number(self, raw: str) -> int:
        if not raw[0].isalpha():
            return BREAK
        word = raw.removesuffix("'s")
        if len(word) < self._min_length:
            return SHORT
        if len(word) > LONGEST:
            return UNKNOWN
        if raw in self.stop_words or word in self.stop_words:
            return STOPPED
        if self._learns:
            return self.index.setdefault(word, len(self.index))
        return self.index.get(word, UNKNOWN)

    def as_it_is(self, word: str) -> int:
        """Give the number of a word that was counted elsewhere: neither shortened nor too short.

        Parameters
        ----------
        word : str
            Any string; stop words are compared in lower case.

        Returns
        -------
        int
            Its number, `STOPPED` or `UNKNOWN`.
        """
        number = self.index.get(word)
        if number is not None:
            return number
        if self.stop_words and normalise(word) in self.stop_words:
            return STOPPED
        return self.index.setdefault(word, len(self.index)) if self._learns else UNKNOWN

    def trim(self) -> None:
        """Forget forms where too many are remembered; the numbers stay as they are."""
        if not self._learns and len(self) > _MEMO:
            self.clear()


class CountedWords(dict[str, str]):
    """The word of each form, as `WordTable` counts it: ``words[form]``, remembered once it was asked; else "".

    Parameters
    ----------
    table : WordTable
        Says what is counted: all that is neither a stop word nor too short, known or not.

    Examples
    --------
    >>> words = CountedWords(WordTable(stop_words=["the"], min_length=2, words=["cat"]))
    >>> [words[form] for form in ("the", "dog's", "cat", "a")]
    ['', 'dog', 'cat', '']
    """

    def __init__(self, table: WordTable) -> None:
        super().__init__()
        self._table = table

    def __missing__(self, raw: str) -> str:
        word = raw.removesuffix("'s") if self._table[raw] >= UNKNOWN else ""
        if len(raw) <= LONGEST:
            self[raw] = word
        return word

    def lists(self, documents: Iterable[str | Mapping[str, int]]) -> Iterator[list[str]]:
        """Give the words of each text.

        Parameters
        ----------
        documents : iterable of str
            Taken one at a time.

        Yields
        ------
        list of str
            In order. A form gives the same string each time, so that many lists can be held.

        Raises
        ------
        ReadingOptionError
            A document is a mapping of words to counts.
        """
        for position, document in enumerate(documents):
            if not isinstance(document, str):
                raise ReadingOptionError(
                    f"Document {position} is words with counts, which have no order. "
                    "Give texts, or use a measure that counts whole documents."
                )
            yield list(filter(None, map(self.__getitem__, self._table.split(document))))
            self._table.trim()
            if len(self) > _MEMO:
                self.clear()


def checked_strings(raw_documents: Iterable[str | Mapping[str, int]]) -> Iterator[str | Mapping[str, int]]:
    """Pass on documents that are strings, or words with counts.

    Parameters
    ----------
    raw_documents : iterable of (str or mapping of str to int)
        Taken one at a time.

    Returns
    -------
    iterator of str
        The same.

    Raises
    ------
    ValueError
        It is a single string, a table or has no order, or one of its items is neither a string nor a
        mapping of words to whole numbers.

    Examples
    --------
    >>> list(checked_strings(["a", 7]))
    Traceback (most recent call last):
    ValueError: TextCounts expects strings, and document 1 is of type int. Give its text as a str.
    """
    problem = _not_documents(raw_documents)
    if problem is not None:
        raise ValueError(f"TextCounts expects an iterable of strings, one per document, and got {problem}")
    return _each_string(raw_documents)


def _not_documents(given: object) -> str | None:
    """Say what was given instead of documents one after the other; None where nothing speaks against it."""
    kind = type(given).__name__
    if isinstance(given, str | bytes):
        return f"a single {kind}. Put it in a list."
    if hasattr(given, "columns"):
        # Iterating over a table gives the names of its columns, which are strings.
        width = len(given.columns)
        return f"a {kind} with {width} column{'s' if width != 1 else ''}. Give one column, such as table['text']."
    if getattr(given, "ndim", 1) != 1:
        return f"a {kind} of {getattr(given, 'ndim', 0)} dimensions. Give one dimension, such as array[:, 0]."
    if isinstance(given, Mapping):
        return f"a {kind}, which goes through its keys and not in the order of rows. Give list(of_it.values())."
    if isinstance(given, set | frozenset):
        return f"a {kind}, which has no order. Give a list."
    if not isinstance(given, Iterable) and not hasattr(given, "__getitem__"):
        return f"a single {kind}. Give a list of strings."
    return None


def _each_string(raw_documents: Iterable[str | Mapping[str, int]]) -> Iterator[str | Mapping[str, int]]:
    for position, document in enumerate(raw_documents):
        if not isinstance(document, str):
            if not isinstance(document, Mapping):
                raise ValueError(_not_a_string(document, position))
            check_bag(document, name=f"Document {position}")
        yield document


def _not_a_string(document: object, position: int) -> str:
    kind = type(document).__name__
    # The missing values of pandas are known by name: it need not be installed.
    missing = document is None or kind in ("NAType", "NaTType")
    if missing or (isinstance(document, Real) and document != document):
        return (
            f"TextCounts expects strings, and document {position} holds no text ({document}). "
            "Leave it out, or put an empty string in its place."
        )
    advice = "Decode it first." if isinstance(document, bytes | bytearray) else "Give its text as a str."
    return f"TextCounts expects strings, and document {position} is of type {kind}. {advice}"
