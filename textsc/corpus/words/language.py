"""What a language asks of the tokeniser before the rules for all languages hold."""

# Letters of other scripts are what is written about.
# ruff: noqa: RUF001

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache

from textsc.corpus.words.tokens import broken_tokens, raw_tokens

__all__ = ["LANGUAGES", "Language", "close_to", "elided", "find_language", "languages"]

# Words that lose their vowel before another word and are written together with it.
_ELISIONS = {
    "ca": "d l m n s t",
    "fr": "c d j jusqu l lorsqu m n puisqu qu quoiqu s t",
    "it": "agl all bell c coll cos d dagl dall degl dell gl l m negl nell pell quell quest s sugl sull t un v",
}
_NAMES = """
af afrikaans  ar arabic  bg bulgarian  bn bengali  br breton  ca catalan  cs czech  da danish  de german  el greek
en english  eo esperanto  es spanish  et estonian  eu basque  fa persian  fi finnish  fr french  ga irish  gl galician
gu gujarati  ha hausa  he hebrew  hi hindi  hr croatian  hu hungarian  hy armenian  id indonesian  it italian
ja japanese  ko korean  ku kurdish  la latin  lt lithuanian  lv latvian  mr marathi  nl dutch  no norwegian  pl polish
pt portuguese  ro romanian  ru russian  sk slovak  sl slovenian  so somali  st sotho  sv swedish  sw swahili  th thai
tl tagalog  tr turkish  uk ukrainian  ur urdu  vi vietnamese  yo yoruba  zh chinese  zu zulu
"""
# Vowel signs that most Arabic texts leave out, and the stroke that only stretches a word.
_SIGNS = dict.fromkeys([0x640, *range(0x64B, 0x653), 0x670])
_PERSIAN_LETTERS = str.maketrans("يك", "یک")  # the Arabic ones are typed in their place
_FOLDS: dict[str, Mapping[int, int | None]] = {
    "ar": _SIGNS,
    "fa": {**_SIGNS, **_PERSIAN_LETTERS},
    "ro": str.maketrans("şţŞŢ", "șțȘȚ"),
    "tr": str.maketrans("Iİ", "ıi"),
    "ur": {**_SIGNS, **_PERSIAN_LETTERS},
}
_HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HIRAGANA = "\u3041-\u3096\u309d-\u309f"
_KATAKANA = "\u30a1-\u30fa\u30fd-\u30ff"
_LONG_SOUND = "\u30fc"
# Characters of Chinese grammar that stand in one word of twenty; pairs with them say nothing.
_PARTICLES = "的了们們吗嗎呢吧"


@dataclass(frozen=True, slots=True)
class Language:
    """A language, and how its texts differ from those of others.

    Attributes
    ----------
    code : str
        Of ISO 639-1.
    name : str
        In English, in lower case.
    folds : mapping of int to (int or None), or None
        Characters that are written as others, as for `str.translate`, before the text is lower-cased.
    cut : callable or None
        Puts spaces where the words of a text are to be cut.

    Examples
    --------
    >>> find_language("turkish").prepare("IŞIK").lower()
    'ışık'
    """

    code: str
    name: str
    folds: Mapping[int, int | None] | None = None
    cut: Callable[[str], str] | None = None

    def fold(self, text: str) -> str:
        """Write characters as the language wants them.

        Parameters
        ----------
        text : str
            A text or a word.

        Returns
        -------
        str
            The same with other characters.
        """
        return text if self.folds is None else text.translate(self.folds)

    def prepare(self, text: str) -> str:
        """Make a text ready for the tokeniser that all languages share.

        Parameters
        ----------
        text : str
            Any text.

        Returns
        -------
        str
            Folded, and with spaces where it is cut.
        """
        text = self.fold(text)
        return text if self.cut is None else self.cut(text)

    def splitter(self, *, broken: bool) -> Callable[[str], list[str]]:
        """Give what splits texts of the language.

        Parameters
        ----------
        broken : bool
            Whether breaks between words are told, as by `broken_tokens`.

        Returns
        -------
        callable
            From a text to its tokens.
        """
        split = broken_tokens if broken else raw_tokens
        if self.folds is None and self.cut is None:
            return split
        return lambda text: split(self.prepare(text))


def elided(code: str) -> list[str]:
    """Give the forms of words that stand before an apostrophe.

    Parameters
    ----------
    code : str
        Of a language.

    Returns
    -------
    list of str
        Without the apostrophe.

    Examples
    --------
    >>> elided("ca")
    ['d', 'l', 'm', 'n', 's', 't']
    """
    return _ELISIONS.get(code, "").split()


def _elision_cut(code: str) -> Callable[[str], str]:
    forms = "|".join(elided(code))
    pattern = re.compile(rf"(?<![^\W_])({forms})['’](?=[^\W\d_])", re.IGNORECASE)
    return lambda text: pattern.sub(r"\1 ", text)


@cache
def _runs(characters: str) -> re.Pattern[str]:
    return re.compile(f"[{characters}]+")


def _paired(text: str) -> str:
    """Put the overlapping pairs of characters in the place of each run of Chinese characters."""

    def pairs(match: re.Match[str]) -> str:
        run = match[0]
        return f" {' '.join(run[i : i + 2] for i in range(max(1, len(run) - 1)))} "

    return _runs(_HAN).sub(pairs, text)


def _cut_chinese(text: str) -> str:
    return _paired(_runs(_PARTICLES).sub(" ", text))


def _cut_japanese(text: str) -> str:
    text = re.sub(f"[{_HIRAGANA}][{_HIRAGANA}{_LONG_SOUND}]*", " ", text)
    return _paired(_runs(_KATAKANA + _LONG_SOUND).sub(r" \g<0> ", text))


def _cut_turkish(text: str) -> str:
    return re.sub(r"(?<=[^\W\d_])['’]\w+", "", text)


def _languages() -> dict[str, Language]:
    words = _NAMES.split()
    cuts = {code: _elision_cut(code) for code in _ELISIONS} | {
        "ja": _cut_japanese,
        "tr": _cut_turkish,
        "zh": _cut_chinese,
    }
    return {
        code: Language(code, name, _FOLDS.get(code), cuts.get(code))
        for code, name in zip(words[::2], words[1::2], strict=True)
    }


#: The languages by their codes.
LANGUAGES = _languages()
_BY_NAME = {language.name: language for language in LANGUAGES.values()}


def languages() -> dict[str, str]:
    """Give the languages that are known.

    Returns
    -------
    dict of str to str
        The name of each by its code; both are understood wherever a language is asked for.

    Examples
    --------
    >>> languages()["de"], len(languages())
    ('german', 57)
    """
    return {code: language.name for code, language in LANGUAGES.items()}


def find_language(name: str) -> Language:
    """Find a language by its code or its English name.

    Parameters
    ----------
    name : str
        Such as ``de`` or ``German``.

    Returns
    -------
    Language
        The language.

    Raises
    ------
    ValueError
        It is not known.

    Examples
    --------
    >>> find_language("German").code
    'de'
    >>> find_language("germn")
    Traceback (most recent call last):
    ValueError: The language 'germn' is not known; close to it: german. textsc.corpus.languages() lists all.
    """
    wanted = name.strip().lower()
    found = LANGUAGES.get(wanted) or _BY_NAME.get(wanted)
    if found is None:
        raise ValueError(f"The language {name!r} is not known{close_to(wanted)}. textsc.corpus.languages() lists all.")
    return found


def close_to(name: str) -> str:
    """Say which languages are written much like a word.

    Parameters
    ----------
    name : str
        What was taken for a language.

    Returns
    -------
    str
        A part of a sentence; empty where there is none.

    Examples
    --------
    >>> close_to("ger"), close_to("x")
    ('; close to it: german', '')
    """
    wanted = name.strip().lower()
    close = [known for known in _BY_NAME if wanted and known.startswith(wanted)] or get_close_matches(wanted, _BY_NAME)
    return f"; close to it: {', '.join(close)}" if close else ""
