"""Words: the tokeniser, stop words, and the table that numbers words."""

# Letters of other scripts are what is tested.
# ruff: noqa: RUF001

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from textsc.corpus.text import TextCounts
from textsc.corpus.words import stopwords
from textsc.corpus.words.tokens import normalise, raw_tokens, tokenise
from textsc.corpus.words.wordtable import UNKNOWN, WordTable

everything = {"stop_words": None, "min_df": 1, "max_df": 1.0, "max_words": None}


# --- the tokeniser -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("... 12 3.4 -- ''", []),
        ("The DOG", ["the", "dog"]),
        ("a b cd", ["cd"]),
        ("state-of-the-art snake_case", ["state", "of", "the", "art", "snake", "case"]),
        ("don't don’t 'quoted' ‘so’", ["don't", "don't", "quoted", "so"]),
        ("the dog's, the DOG’S; dogs' s's", ["the", "dog", "the", "dog", "dogs"]),
        ("rock'n'roll l'été", ["rock'n'roll", "l'été"]),
        ("covid19 b2b 2nd 19th 3d x2", ["covid19", "b2b", "x2"]),
        ("user@example.com", ["user", "example", "com"]),
        ("Straße ΟΔΟΣ naïve Жизнь", ["straße", "οδος", "naïve", "жизнь"]),
        ("हिन्दी में क्‍षमा தமிழ்", ["हिन्दी", "में", "क्‍षमा", "தமிழ்"]),
        ("می‌خواهم שָׁלוֹם", ["می‌خواهم", "שָׁלוֹם"]),
        ("中文没有空格 ประเทศไทย", ["中文没有空格", "ประเทศไทย"]),
        ("co\u00adoperate", ["cooperate"]),
        ("𝒜ℬ 𐐀𐐁 m² x½", ["𝒜ℬ", "𐐨𐐩"]),
        ("a\0bc", ["bc"]),
        ("so😀happy “quoted” 👩‍👩 end", ["so", "happy", "quoted", "end"]),
    ],
)
def test_words(text, words):
    found = tokenise(text)
    assert [unicodedata.normalize("NFC", w) for w in found] == [unicodedata.normalize("NFC", w) for w in words]


def test_the_final_sigma_is_lower_cased_by_place():
    assert normalise("ΟΔΟΣ") == "οδος"[:-1] + "ς"


@settings(deadline=None)
@given(st.text(max_size=60))
def test_words_are_made_as_promised(text):
    for word in raw_tokens(text):
        assert unicodedata.category(word[0]).startswith("L")
        assert unicodedata.is_normalized("NFC", word)
        assert word == word.lower()
        for character in word:
            category = unicodedata.category(character)
            assert category[0] in "LM" or category == "Nd" or character in "'\u200c\u200d"
        assert word[-1] not in "'\u200c\u200d"


@settings(deadline=None)
@given(st.text(max_size=40))
def test_composed_and_decomposed_texts_have_the_same_words(text):
    assert raw_tokens(unicodedata.normalize("NFD", text)) == raw_tokens(unicodedata.normalize("NFC", text))


@settings(deadline=None)
@given(st.text(st.sampled_from("abz09' _-.\nA"), max_size=40))
def test_the_fast_path_for_ascii_agrees_with_the_general_one(text):
    assert raw_tokens(text) == [w for w in raw_tokens(f"{text} é") if w != "é"]


@pytest.mark.parametrize("word", ["a" * 100, "é" * 100, "a" * 100 + "'s"])
def test_longer_tokens_than_a_hundred_characters_are_no_words(word):
    kept = word.removesuffix("'s")
    text = f"{word} {word[0]}{word} cat"
    assert tokenise(text) == [kept, "cat"]
    table = WordTable(stop_words=[], min_length=2)
    assert [table[raw] for raw in raw_tokens(text)] == [0, UNKNOWN, 1]
    assert list(table.index) == [kept, "cat"]
    fixed = WordTable(stop_words=[], min_length=2, words=["cat", kept])
    assert [fixed[raw] for raw in raw_tokens(text)] == [1, UNKNOWN, 0]


# --- stop words ----------------------------------------------------------------------------------


def test_english_stop_words_hold_the_contractions():
    english = stopwords.english()
    assert english >= ENGLISH_STOP_WORDS
    text = "I'm you’re it's don't won't they'll we've she'd that's didn't let's"
    assert all(raw in english for raw in raw_tokens(text))
    assert not {"donkey", "won", "let", "hell", "well-known"} & english
    assert all(word == normalise(word) for word in english)


def test_stop_words_are_whole_words_in_any_case():
    def vocabulary(stop_words):
        parameters = {**everything, "stop_words": stop_words}
        return set(TextCounts(**parameters).fit(["The THEATRE then; the cat’s Cat isn’t"]).vocabulary_)

    assert vocabulary(None) == {"the", "theatre", "then", "cat", "isn't"}
    assert vocabulary("english") == {"theatre", "cat"}
    assert vocabulary(["THE", "Isn’t"]) == {"theatre", "then", "cat"}
    assert vocabulary({"cat"}) == {"the", "theatre", "then", "isn't"}
    assert vocabulary(()) == vocabulary(None)


@pytest.mark.parametrize("stop_words", ["the", "", 7, [7]])
def test_other_stop_words_are_refused(stop_words):
    with pytest.raises(ValueError, match=r"stop_words|Stop words"):
        TextCounts(stop_words=stop_words).fit(["some words"])
