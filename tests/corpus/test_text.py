"""Counts: the vocabulary, blocks, memory and order."""

import json
import re
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from sklearn.feature_extraction.text import CountVectorizer

from textsc.corpus.text import NoWordsError, TextCounts
from textsc.corpus.words import tally
from textsc.corpus.words.tokens import raw_tokens
from textsc.corpus.words.vocabulary import choose_words
from textsc.corpus.words.wordtable import WordTable

everything = {"stop_words": None, "min_df": 1, "max_df": 1.0, "max_words": None}
ascii_texts = st.lists(st.text(st.sampled_from("abcABC    \n.-_'019"), max_size=30), min_size=1, max_size=12)


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


@pytest.mark.parametrize("n_documents", [100, 1_000, 99_900])
@pytest.mark.parametrize("percent", [7, 14, 28, 29, 55, 56, 57, 58])
def test_a_share_is_met_by_the_very_number_of_documents_that_it_stands_for(percent, n_documents):
    number = percent * n_documents // 100
    frequency = np.array([number - 1, number, number + 1])
    found = tally.WordCounts(["below", "at", "above"], frequency, frequency, n_documents)
    share = percent / 100
    assert choose_words(found, min_df=share, max_df=1.0, max_words=None) == (["above", "at"], False)
    assert choose_words(found, min_df=1, max_df=share, max_words=None) == (["at", "below"], False)


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
    monkeypatch.setattr("textsc.corpus.words.wordtable._MEMO", 10)
    monkeypatch.setattr(tally, "_BLOCK_ROWS", 1)
    table = WordTable(stop_words=[], min_length=2, words=["cat"])
    blocks = tally.count_blocks((f"cat w{i:03d} {'long' * 50}{i}" for i in range(100)), table)
    assert all(block.X.toarray().tolist() == [[1]] for block in blocks)
    assert len(table) <= 12


# --- memory and order ----------------------------------------------------------------------------


def stream(n_documents):
    generator = np.random.default_rng(0)
    words = np.array([f"word{i}" for i in range(500)])
    for _ in range(n_documents):
        yield " ".join(words[generator.integers(0, 500, 200)])


def peak_of_fit(n_documents):
    tracemalloc.start()
    try:
        TextCounts().fit(stream(n_documents))
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_learning_a_vocabulary_takes_constant_memory(monkeypatch):
    monkeypatch.setattr(tally, "_BLOCK_TOKENS", 3_000)
    peak_of_fit(50)  # what is made once
    short, long = peak_of_fit(50), peak_of_fit(200)
    assert long < 1.2 * short


def test_the_same_texts_give_the_same_bytes():
    texts = list(stream(50))
    first, second = (TextCounts(max_words=100) for _ in range(2))
    A, B = first.fit_transform(texts), second.fit_transform(iter(texts))
    assert A.data.tobytes() == B.data.tobytes()
    assert A.indices.tobytes() == B.indices.tobytes()
    assert json.dumps(first.to_json()) == json.dumps(second.to_json())
