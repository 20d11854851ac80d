"""Stop words: for English scikit-learn's list with contractions, for other languages that of Stopwords ISO.

The lists of Stopwords ISO (package `stopwordsiso`) are unions of older lists, and some hold words
that a topic may be made of. Those are left in the text for the languages that were read through:
Arabic, French, German, Italian, Norwegian, Portuguese, Russian, Spanish, Swedish and Turkish. The
list for Malay counts the words of business news, and is not used.
"""

# Letters of other scripts are what is written about.

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cache

from textsc.corpus.words.language import Language, close_to, elided, find_language
from textsc.corpus.words.tokens import normalise, raw_tokens

__all__ = ["english", "of_language", "resolve"]

# A form with 's is met before the 's is dropped, so "let's" does not take the verb "let" with it.
_CONTRACTIONS = """
ain't aren't can't couldn't daren't didn't doesn't don't hadn't hasn't haven't isn't mayn't
mightn't mustn't needn't oughtn't shan't shouldn't wasn't weren't won't wouldn't
i'm you're we're they're who're what're there're how're why're where're
i've you've we've they've who've could've should've would've might've must've
i'd you'd he'd she'd it'd we'd they'd who'd that'd there'd how'd where'd why'd what'd
i'll you'll he'll she'll it'll we'll they'll who'll that'll there'll what'll how'll
he's she's it's that's this's there's here's who's what's where's when's why's how's let's
one's everyone's someone's anyone's nobody's somebody's everybody's
y'all ma'am o'clock tis twas
"""
# What is left of contractions that were cut at, or lost, their apostrophe. "won", "don" and
# "haven" are words of their own and stay.
_BARE = """
ain aren couldn didn doesn hadn hasn isn mightn mustn needn shan shouldn wasn weren wouldn ll ve
dont doesnt didnt isnt wasnt arent werent hasnt havent hadnt wouldnt couldnt shouldnt im ive youre
youve theyre weve
"""
# Words of the lists that topics are made of.
_CONTENT = {
    "ar": "برس زيارة عين قوة لقاء للامم لوكالة",
    "de": "gott mann mensch menschen ordnung recht rechte rechten rechter rechtes startseite",
    "es": "emplear empleo estado estados pais país paìs sal trabaja trabajan trabajar trabajo valor verdad",
    "fr": "dos mine naturel naturelle naturelles parole pièce sein valeur voie",
    "it": """citta città consiglio forza futuro gruppo mondo paese persone piedi presa press registrazione scola
    titolo uomo vita""",
    "no": "arbeid makt rett tilstand verdi",
    "pt": """caminho conselho corrente direita estado grupo noite obra povo sistema trabalhar trabalho valor
    viagem""",
    "ru": """белый вернуться вечер взгляд вода война вопрос глаз голова голос город дверь день деньги дом дорога душа
    жена женщина жизнь земля книга комната лицо любить мать машина мир мира москва народ нога ночь окно отец писать
    плечо правда работа работать ребенок решить россия рука русский свет сила слово советский старый стол сторона
    страна товарищ улица утро""",
    "sv": "beslut",
    "tr": "iş kaynak",
}


@cache
def english() -> frozenset[str]:
    """Give the English stop words.

    Returns
    -------
    frozenset of str
        scikit-learn's `ENGLISH_STOP_WORDS` with contractions, in lower case.

    Examples
    --------
    >>> "the" in english(), "don't" in english(), "donkey" in english()
    (True, True, False)
    """
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    extra = f"{_CONTRACTIONS} {_BARE}".split()
    return frozenset(ENGLISH_STOP_WORDS).union(extra)


@cache
def of_language(code: str) -> frozenset[str]:
    """Give the stop words of a language.

    Parameters
    ----------
    code : str
        One of `textsc.corpus.words.language.LANGUAGES`.

    Returns
    -------
    frozenset of str
        In the form in which the tokeniser gives words. What it never gives (a word with a space
        or a hyphen, a sign) is left out.

    Examples
    --------
    >>> "und" in of_language("de"), "mensch" in of_language("de")
    (True, False)
    """
    if code == "en":
        return english()
    import stopwordsiso

    language = find_language(code)
    words = stopwordsiso.stopwords(code).difference(_CONTENT.get(code, "").split()).union(elided(code))
    normal = {normalise(language.fold(word)) for word in words}
    if code == "el":
        normal.update(*map(_stressed, normal))
    return frozenset(word for word in normal if raw_tokens(word) == [word])


def _stressed(word: str) -> Iterator[str]:
    """Give a Greek word with its stress on each vowel: the list has most words without one."""
    word = word.replace("\u2206", "δ")  # the list has the sign for a difference in the letter's place
    yield word
    for place, letter in enumerate(word):
        if letter in "αειουηω":
            yield normalise(f"{word[: place + 1]}\u0301{word[place + 1 :]}")


def resolve(stop_words: str | Collection[str] | None, language: Language) -> frozenset[str]:
    """Give the stop words that an option stands for.

    Parameters
    ----------
    stop_words : str, None or collection of str
        As in `TextCounts`.
    language : Language
        Of the texts.

    Returns
    -------
    frozenset of str
        In the form in which the tokeniser gives words.

    Raises
    ------
    ValueError
        One of them is not a string, or the language is not known.

    Examples
    --------
    >>> sorted(resolve(["The", "DON’T"], find_language("english")))
    ["don't", 'the']
    """
    if stop_words is None:
        return frozenset()
    if isinstance(stop_words, str):
        return of_language(language.code if stop_words == "auto" else _language_of(stop_words))
    for word in stop_words:
        if not isinstance(word, str):
            raise ValueError(f"Stop words are strings; got {word!r}. Give a list of words.")
    return frozenset(normalise(language.fold(word)) for word in stop_words)


def _language_of(stop_words: str) -> str:
    try:
        return find_language(stop_words).code
    except ValueError as error:
        raise ValueError(
            f"stop_words={stop_words!r} is neither 'auto' nor a language{close_to(stop_words)}. "
            "Give a list of words, None, or a language of textsc.corpus.languages()."
        ) from error
