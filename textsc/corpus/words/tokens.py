"""The tokeniser: from a text to its words, by rules that hold for all languages."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

__all__ = ["LONGEST", "broken_tokens", "normalise", "raw_tokens", "tokenise"]

#: Characters of a word; longer tokens are data, not language, and no vocabulary knows them.
LONGEST = 100

# The look-behind stands after the first letter so that the search can still skip to letters.
# It keeps the "nd" of "2nd" from becoming a word.
_ASCII = re.compile(r"[a-z](?<![a-z0-9][a-z])[a-z0-9]*(?:'[a-z0-9]+)*")
# What n-grams run across. All else is a break: signs, of which the first in a row is found, numbers
# by their first digit, and blank lines.
_GAP = r"\s'_\-\u2010\u2011\u200c\u200d"
_BEYOND = re.compile("[\U00010000-\U0010ffff]")
_SOFT_HYPHEN = "\u00ad"


def _with_breaks(word: str, *, letter: str, mark: str, digit: str) -> re.Pattern[str]:
    sign = f"[^{letter}{mark}{digit}{_GAP}]"
    return re.compile(rf"{word}|(?<!{sign}){sign}|(?<![{letter}{digit}])[{digit}]|\n(?=[^\S\n]*\n)")


_ASCII_BROKEN = _with_breaks(_ASCII.pattern, letter="a-z", mark="", digit="0-9")


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
def _unicode_pattern(last: int, *, broken: bool = False) -> re.Pattern[str]:
    """Compile the pattern for code points up to `last`; `re` alone would cut words at marks."""
    letter, mark, digit = (
        "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in _classes()[kind] if low <= last) for kind in "LMN"
    )
    # Zero-width joiners stand inside words of Persian and of Indic scripts.
    word = (
        f"[{letter}](?<![{letter}{digit}][{letter}])[{letter}{mark}{digit}]*"
        f"(?:(?:'|[\u200c\u200d]+)[{letter}{mark}{digit}]+)*"
    )
    return _with_breaks(word, letter=letter, mark=mark, digit=digit) if broken else re.compile(word)


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
    return _unicode_pattern(_last(text)).findall(text)


def broken_tokens(text: str) -> list[str]:
    r"""Find the words of a text, and between them what no n-gram runs across.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    list of str
        Words as from `raw_tokens`, single characters that are no letters for breaks, and a break
        at the end. Spaces, hyphens, low lines, apostrophes and single line breaks are no breaks.

    Examples
    --------
    >>> broken_tokens("A state-of-the-art\nsnake, 2nd bone")
    ['a', 'state', 'of', 'the', 'art', 'snake', ',', '2', 'bone', '\n']
    """
    text = normalise(text)
    pattern = _ASCII_BROKEN if text.isascii() else _unicode_pattern(_last(text), broken=True)
    return [*pattern.findall(text), "\n"]


def _last(text: str) -> int:
    return 0x10FFFF if _leaves_basic_plane(text) else 0xFFFF


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
