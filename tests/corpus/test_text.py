"""Words and counts: the tokeniser, the vocabulary, the transformer."""

# Letters of other scripts are what is tested.
# ruff: noqa: RUF001

import json
import pickle
import re
import tracemalloc
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer, TfidfTransformer
from sklearn.pipeline import make_pipeline

from textsc.corpus import stopwords, tally
from textsc.corpus.text import NoWordsError, TextCounts
from textsc.corpus.words import WordTable, normalise, raw_tokens, tokenise

everything = {"stop_words": None, "min_df": 1, "max_df": 1.0, "max_words": None}
ascii_texts = st.lists(st.text(st.sampled_from("abcABC    \n.-_'019"), max_size=30), min_size=1, max_size=12)


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


@pytest.mark.parametrize("stop_words", ["german", "the", 7, [7]])
def test_other_stop_words_are_refused(stop_words):
    with pytest.raises(ValueError, match=r"stop_words|Stop words"):
        TextCounts(stop_words=stop_words).fit(["some words"])


# --- counts --------------------------------------------------------------------------------------


def as_table(X, names):
    order = np.argsort(names)
    return [str(names[i]) for i in order], X.toarray()[:, order].tolist()


@settings(deadline=None)
@given(texts=ascii_texts, max_words=st.none() | st.integers(1, 4))
def test_counts_equal_those_of_countvectorizer(texts, max_words):
    texts = [re.sub("[^a-zA-Z \n.-]", "", text) for text in [*texts, "aa bb"]]
    theirs = CountVectorizer(token_pattern="[a-z]{2,}", max_features=max_words)
    ours = TextCounts(**{**everything, "max_words": max_words})
    X, expected = ours.fit_transform(texts), theirs.fit_transform(texts)
    if max_words is None:
        assert as_table(X, ours.vocabulary_) == as_table(expected, theirs.get_feature_names_out())
    else:  # ties are broken differently, so compare the totals
        assert sorted(X.sum(axis=0)) == sorted(np.asarray(expected.sum(axis=0)).ravel())


@settings(deadline=None)
@given(texts=ascii_texts, min_df=st.sampled_from([1, 2, 3, 0.2]), max_df=st.sampled_from([0.5, 0.9, 4]))
def test_limits_equal_those_of_countvectorizer_until_they_leave_too_little(texts, min_df, max_df):
    texts = [*texts, "aa bb", "aa", "bb", "cc"]
    theirs = CountVectorizer(token_pattern=r"(?<![a-z0-9])[a-z][a-z0-9']*", min_df=min_df, max_df=max_df)
    ours = TextCounts(stop_words=None, min_df=min_df, max_df=max_df, min_length=1)
    texts = [text.replace("'", "") for text in texts]
    ours.fit(texts)
    try:
        expected = sorted(theirs.fit(texts).get_feature_names_out())
    except ValueError:
        expected = []
    if len(expected) < 2:
        assert ours.dropped_limits_
        expected = sorted({word for text in texts for word in raw_tokens(text)})
    else:
        assert not ours.dropped_limits_
    assert sorted(ours.vocabulary_) == expected


@given(texts=ascii_texts, size=st.integers(1, 40))
@settings(deadline=None)
def test_blocks_do_not_show_and_one_pass_equals_two(texts, size):
    texts = [*texts, "ab ba ab"]
    whole = TextCounts(**everything).fit_count(texts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tally, "_BLOCK_TOKENS", size)
        cut = TextCounts(**everything)
        first = cut.fit_count(texts)
        second = cut.count(texts)
    for other in (first, second):
        assert (whole.X != other.X).nnz == 0
        assert whole.n_words.tolist() == other.n_words.tolist()
        assert whole.n_counted.tolist() == other.n_counted.tolist()


def test_the_matrix_is_canonical():
    encoder = TextCounts(min_df=1, max_df=1.0)
    for X in (encoder.fit_transform(["bee zoo ape zoo", "", "ape zoo cow"]), encoder.transform([])):
        assert isinstance(X, csr_array)
        assert X.dtype == X.indices.dtype == X.indptr.dtype == np.int32
        assert X.has_sorted_indices
        assert X.has_canonical_format
    assert X.shape == (0, 4)


def test_the_vocabulary_is_by_frequency_then_alphabet():
    encoder = TextCounts(**everything).fit(["bb cc aa", "bb dd", "ee ee ee"])
    assert encoder.vocabulary_ == ["ee", "bb", "aa", "cc", "dd"]
    assert encoder.get_feature_names_out().tolist() == encoder.vocabulary_
    few = TextCounts(**{**everything, "max_words": 3}).fit(["dd cc bb aa", "bb dd", "ee ee ee"])
    assert few.vocabulary_ == ["ee", "bb", "dd"]


def test_tokens_are_counted_before_and_after_stop_words():
    encoder = TextCounts(min_df=1, max_df=1.0).fit(["cat dog"])
    found = encoder.count(["the cat saw a 2nd zebra", "the and", "", "x 7"])
    assert found.n_words.tolist() == [4, 2, 0, 0]
    assert found.n_counted.tolist() == [3, 0, 0, 0]
    assert found.X.sum(axis=1).tolist() == [1, 0, 0, 0]


@pytest.mark.parametrize(
    ("texts", "vocabulary", "dropped"),
    [
        (["large single document"], ["document", "large", "single"], True),
        (["word"], ["word"], True),
        (["cat cat", "cat"], ["cat"], True),
        (["cat ape", "cat ape", "cat dog", "cow"], ["cat", "ape", "cow", "dog"], True),
        (["cat ape", "cat ape", "dog", "cow"], ["ape", "cat"], False),
    ],
)
def test_limits_never_empty_the_vocabulary(texts, vocabulary, dropped):
    encoder = TextCounts().fit(texts)
    assert encoder.vocabulary_ == vocabulary
    assert encoder.dropped_limits_ is dropped


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ([], "no document"),
        (["", " "], "no word in 2 documents"),
        (["the and of"], "No word is left of 1 document: all are stop words"),
    ],
)
def test_no_word_at_all_is_an_error(texts, message):
    with pytest.raises(NoWordsError, match=message):
        TextCounts().fit(texts)


def test_words_do_not_depend_on_a_long_text_or_a_strange_one():
    found = TextCounts(**everything).fit_count(["ab " * 200_000, "a" * 1_000_000, "\0\ud800 ab"])
    assert found.n_words.tolist() == [200_000, 1, 1]


def test_forms_are_forgotten_where_they_are_too_many(monkeypatch):
    monkeypatch.setattr("textsc.corpus.words._MEMO", 10)
    monkeypatch.setattr(tally, "_BLOCK_ROWS", 1)
    table = WordTable(stop_words=[], min_length=2, words=["cat"])
    blocks = tally.count_blocks((f"cat w{i:03d} {'long' * 50}{i}" for i in range(100)), table)
    assert all(block.X.toarray().tolist() == [[1]] for block in blocks)
    assert len(table) <= 12


# --- memory and order ----------------------------------------------------------------------------


def stream(n_documents):
    generator = np.random.default_rng(0)
    words = np.array([f"word{i}" for i in range(2_000)])
    for _ in range(n_documents):
        yield " ".join(words[generator.integers(0, 2_000, 200)])


def peak_of_fit(n_documents):
    tracemalloc.start()
    try:
        TextCounts().fit(stream(n_documents))
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_learning_a_vocabulary_takes_constant_memory(monkeypatch):
    monkeypatch.setattr(tally, "_BLOCK_TOKENS", 10_000)
    peak_of_fit(100)  # what is made once
    short, long = peak_of_fit(200), peak_of_fit(800)
    assert long < 1.2 * short


def test_the_same_texts_give_the_same_bytes():
    texts = list(stream(50))
    first, second = (TextCounts(max_words=100) for _ in range(2))
    A, B = first.fit_transform(texts), second.fit_transform(iter(texts))
    assert A.data.tobytes() == B.data.tobytes()
    assert A.indices.tobytes() == B.indices.tobytes()
    assert json.dumps(first.to_json()) == json.dumps(second.to_json())


# --- scikit-learn's conventions ------------------------------------------------------------------


def test_parameters_clone_and_tags():
    encoder = TextCounts(stop_words=["the"], min_df=3, max_df=0.9, max_words=7, min_length=3)
    copy = clone(encoder)
    assert copy.get_params() == encoder.get_params()
    assert copy is not encoder
    assert set(encoder.get_params()) == {
        "stop_words",
        "min_df",
        "max_df",
        "max_words",
        "min_length",
    }
    tags = encoder.__sklearn_tags__()
    assert tags.input_tags.string
    assert not tags.input_tags.two_d_array


def test_it_is_the_first_step_of_a_pipeline():
    pipeline = make_pipeline(TextCounts(min_df=1, max_df=1.0), TfidfTransformer())
    assert pipeline.fit_transform(np.array(["cat dog", "cow dog", "ape"])).shape == (3, 4)
    assert pipeline.get_feature_names_out().tolist() == ["dog", "ape", "cat", "cow"]


@pytest.mark.parametrize(
    ("parameter", "value"),
    [("min_df", -1), ("min_df", 1.5), ("max_df", 0), ("max_words", 0), ("min_length", 0)],
)
def test_parameters_are_checked(parameter, value):
    with pytest.raises(ValueError, match=parameter):
        TextCounts(**{parameter: value}).fit(["some words"])


def test_what_is_no_list_of_strings_is_refused():
    encoder = TextCounts().fit(["cat dog"])
    for method in (encoder.fit, encoder.fit_transform, encoder.transform, encoder.count):
        with pytest.raises(ValueError, match="got a single str"):
            method("cat dog")
        with pytest.raises(ValueError, match="document 1 is of type bytes"):
            method(["cat", b"dog"])
        with pytest.raises(ValueError, match="document 0 is of type NoneType"):
            method([None])


@pytest.mark.parametrize("method", ["transform", "count"])
def test_unfitted_use_is_refused(method):
    with pytest.raises(NotFittedError):
        getattr(TextCounts(), method)(["cat"])
    for name in ("get_feature_names_out", "to_json", "word_table"):
        with pytest.raises(NotFittedError):
            getattr(TextCounts(), name)()


def test_a_failed_fit_leaves_no_half_of_a_model():
    encoder = TextCounts()
    with pytest.raises(NoWordsError):
        encoder.fit([""])
    with pytest.raises(NotFittedError):
        encoder.transform(["cat"])


@pytest.mark.parametrize("stop_words", ["english", None, {"dog", "Cat"}])
def test_json_and_pickle_round_trip(stop_words):
    encoder = TextCounts(stop_words=stop_words, min_df=np.int64(1), max_df=1.0)
    texts = ["the cat and the dog", "no Zebra, don't"]
    X = encoder.fit_transform(texts)
    state = json.loads(json.dumps(encoder.to_json()))
    for other in (TextCounts.from_json(state), pickle.loads(pickle.dumps(encoder))):
        assert (other.transform(texts) != X).nnz == 0
        assert other.vocabulary_ == encoder.vocabulary_
        assert other.stop_words_ == encoder.stop_words_
        assert json.dumps(other.to_json()) == json.dumps(encoder.to_json())


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"parameters": {"colour": 1}},
        {"parameters": {"min_df": -3}, "stop_words": [], "vocabulary": []},
        {"parameters": {}, "stop_words": None, "vocabulary": []},
    ],
)
def test_values_of_something_else_are_refused(state):
    with pytest.raises(ValueError, match=r"not the values of a TextCounts|min_df"):
        TextCounts.from_json(state)
