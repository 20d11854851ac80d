"""English stop words: scikit-learn's list and the contractions that it lacks."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

from textsc.corpus.words import normalise

__all__ = ["english", "resolve"]

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


def resolve(stop_words: str | Collection[str] | None) -> frozenset[str]:
    """Give the stop words that an option stands for.

    Parameters
    ----------
    stop_words : "english", None or collection of str
        As in `TextCounts`.

    Returns
    -------
    frozenset of str
        In the form in which the tokeniser gives words.

    Raises
    ------
    ValueError
        One of them is not a string.

    Examples
    --------
    >>> sorted(resolve(["The", "DON’T"]))
    ["don't", 'the']
    """
    if stop_words is None:
        return frozenset()
    if isinstance(stop_words, str):
        return english()
    for word in stop_words:
        if not isinstance(word, str):
            raise ValueError(f"Stop words are strings; got {word!r}. Give a list of words.")
    return frozenset(normalise(word) for word in stop_words)
