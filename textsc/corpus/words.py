"""From a text to its words: the tokeniser, and the table that numbers words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from numbers import Real

from textsc.corpus.records import check_bag

__all__ = [
    "LONGEST",
    "SHORT",
    "STOPPED",
    "UNKNOWN",
    "WordTable",
    "checked_strings",
    "normalise",
    "raw_tokens",
    "tokenise",
]

#: What a `WordTable` gives for a token that is not in its vocabulary.
UNKNOWN, STOPPED, SHORT = -1, -2, -3
#: Characters of a word; longer tokens are data, not language, and no vocabulary knows them.
LONGEST = 100

# The look-behind stands after the first letter so that the search can still skip to letters.
# It keeps the "nd" of "2nd" from becoming a word.
_ASCII = re.compile(r"[a-z](?<![a-z0-9][a-z])[a-z0-9]*(?:'[a-z0-9]+)*")
_BEYOND = re.compile("[\U00010000-\U0010ffff]")
_SOFT_HYPHEN = "\u00ad"
_MEMO = 1 << 20  # forms remembered while a fixed vocabulary is applied


@cache
def _classes() -> dict[str, list[tuple[int, int]]]:
    """Find the runs of code points that are letters (L), combining marks (M) and digits (N)."""
    found: dict[str, list[tuple[int, int]]] = {"L": [], "M": [], "N": []}
    # All other planes are unassigned or for private use.
    for code in (*range(0x40000), *range(0xE0000, 0xE1000)):
        category = unicodedata.category(chr(code))
        if category[0] in "LM" or category == "Nd":
            runs = found[category[0]]
            start = runs.pop()[0] if runs and runs[-1][1] == code - 1 else code
            runs.append((start, code))
    return found


@cache
def _unicode_pattern(last: int) -> re.Pattern[str]:
    """Compile the pattern for code points up to `last`; `re` alone would cut words at marks."""
    letter, mark, digit = (
        "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in _classes()[kind] if low <= last) for kind in "LMN"
    )
    # Zero-width joiners stand inside words of Persian and of Indic scripts.
    return re.compile(
        f"[{letter}](?<![{letter}{digit}][{letter}])[{letter}{mark}{digit}]*"
        f"(?:(?:'|[\u200c\u200d]+)[{letter}{mark}{digit}]+)*"
    )


def normalise(text: str) -> str:
    """Lower-case and compose a text (NFC), with ' for each apostrophe and no soft hyphens.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        The text as the tokeniser sees it.

    Examples
    --------
    >>> normalise("THE CAFE\u0301’S")
    "the café's"
    """
    text = text.lower()
    if text.isascii():
        return text
    text = text.replace("\u2019", "'").replace(_SOFT_HYPHEN, "")
    return unicodedata.normalize("NFC", text)


def raw_tokens(text: str) -> list[str]:
    """Find the words of a text, short ones and possessives included.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    list of str
        In order, lower-cased.

    Examples
    --------
    >>> raw_tokens("The dog's 2nd state-of-the-art bone")
    ['the', "dog's", 'state', 'of', 'the', 'art', 'bone']
    """
    text = normalise(text)
    if text.isascii():
        return _ASCII.findall(text)
    return _unicode_pattern(0x10FFFF if _leaves_basic_plane(text) else 0xFFFF).findall(text)


def _leaves_basic_plane(text: str) -> bool:
    """Whether a text has word characters for which the slower search is needed; emoji are none."""
    if len(text.encode("utf-16-le", "surrogatepass")) == 2 * len(text):
        return False
    categories = map(unicodedata.category, set(_BEYOND.findall(text)))
    return any(category[0] in "LM" or category == "Nd" for category in categories)


def tokenise(text: str, *, min_length: int = 2) -> list[str]:
    """Find the words of a text.

    A word starts with a letter and goes on with letters, combining marks, digits and inner
    apostrophes. Hyphens and underscores split; a possessive 's at the end is dropped. Scripts
    that are written without spaces are not segmented: a run of them is one word. A token of more
    than 100 characters is no word.

    Parameters
    ----------
    text : str
        Any text.
    min_length : int, default 2
        Shorter words, in characters, are left out.

    Returns
    -------
    list of str
        In order, lower-cased and composed (NFC).

    Examples
    --------
    >>> tokenise("Don’t cut हिन्दी; the dog’s a naïve_mind")
    ["don't", 'cut', 'हिन्दी', 'the', 'dog', 'naïve', 'mind']
    """
    words = (raw.removesuffix("'s") for raw in raw_tokens(text))
    return [word for word in words if min_length <= len(word) <= LONGEST]


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

    Attributes
    ----------
    index : dict of str to int
        The number of each word, numbered from 0.

    Examples
    --------
    >>> table = WordTable(stop_words=["the"], min_length=2)
    >>> [table[form] for form in ("the", "dog", "cat", "dog's", "a")]
    [-2, 0, 1, 0, -3]
    """

    def __init__(self, *, stop_words: Iterable[str], min_length: int, words: Iterable[str] | None = None) -> None:
        super().__init__()
        self.index: dict[str, int] = {word: i for i, word in enumerate(words or ())}
        self._learns = words is None
        self._stop_words = frozenset(stop_words)
        self._min_length = min_length

    def __missing__(self, raw: str) -> int:
        number = self._number(raw)
        if len(raw) <= LONGEST:
            self[raw] = number
        return number

    def _number(self, raw: str) -> int:
        word = raw.removesuffix("'s")
        if len(word) < self._min_length:
            return SHORT
        if len(word) > LONGEST:
            return UNKNOWN
        if raw in self._stop_words or word in self._stop_words:
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
        if self._stop_words and normalise(word) in self._stop_words:
            return STOPPED
        return self.index.setdefault(word, len(self.index)) if self._learns else UNKNOWN

    def trim(self) -> None:
        """Forget forms where too many are remembered; the numbers stay as they are."""
        if not self._learns and len(self) > _MEMO:
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
