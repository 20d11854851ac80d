import tracemalloc

import numpy as np
import pytest
from gensim.corpora import Dictionary
from gensim.topic_coherence.text_analysis import CorpusAccumulator, WordOccurrenceAccumulator
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from textsc.evaluation import WindowCounter, cooccurrence, count_documents, count_windows

WORDS = ["a", "b", "c", "d"]
TEXTS = st.lists(st.lists(st.sampled_from([*WORDS, "x", "y"]), max_size=14), max_size=5)


def as_gensim_counts(accumulator, numbers):
    """The number of each word and pair; 0 where gensim's dictionary has no number for a word."""
    pairs = np.zeros((len(numbers), len(numbers)), dtype=np.int64)
    for i, first in enumerate(numbers):
        for j, second in enumerate(numbers):
            if first is not None and second is not None:
                pairs[i, j] = accumulator[first] if i == j else accumulator[first, second]
    return pairs


@settings(deadline=None)
@given(TEXTS, st.integers(1, 9))
def test_windows_are_counted_as_gensim_counts_them(texts, size):
    dictionary = Dictionary(texts)
    numbers = [dictionary.token2id.get(word) for word in WORDS]
    known = {number for number in numbers if number is not None}
    accumulator = WordOccurrenceAccumulator(known, dictionary).accumulate(texts, size)
    counts = count_windows(texts, WORDS, size=size)
    assert counts.n_windows == accumulator.num_docs
    np.testing.assert_array_equal(counts.pairs, as_gensim_counts(accumulator, numbers))


@settings(deadline=None)
@given(TEXTS)
def test_documents_are_counted_as_gensim_counts_them(texts):
    dictionary = Dictionary(texts)
    numbers = [dictionary.token2id.get(word) for word in WORDS]
    accumulator = CorpusAccumulator({n for n in numbers if n is not None})
    accumulator.accumulate([dictionary.doc2bow(text) for text in texts])
    names = sorted(dictionary.token2id)
    X = np.array([[text.count(name) for name in names] for text in texts], dtype=int).reshape(len(texts), len(names))
    counts = count_documents(X, names, WORDS)
    assert counts.n_windows == accumulator.num_docs == len(texts)
    np.testing.assert_array_equal(counts.pairs, as_gensim_counts(accumulator, numbers))


def test_entries_that_are_stored_twice_are_one_document():
    twice = sparse.csr_array((np.array([1, 1, 2, 3]), np.array([0, 0, 1, 1]), np.array([0, 3, 4])), shape=(2, 2))
    counts = count_documents(twice, ["a", "b"], ["a", "b"])
    assert counts.pairs.tolist() == [[1, 1], [1, 2]]
    assert twice.nnz == 4


@settings(deadline=None)
@given(st.lists(st.permutations([*WORDS, "x", "y", "z"]), max_size=5), st.integers(1, 9))
def test_where_no_word_is_repeated_windows_are_those_of_the_definition(texts, size):
    windows = [set(text[i : i + size]) for text in texts for i in range(max(1, len(text) - size + 1))]
    counts = count_windows(texts, WORDS, size=size)
    expected = [[sum({first, second} <= window for window in windows) for second in WORDS] for first in WORDS]
    assert counts.n_windows == len(windows)
    assert counts.pairs.tolist() == expected


@settings(deadline=None)
@given(TEXTS)
def test_a_window_longer_than_all_texts_is_a_document(texts):
    X = np.array([[text.count(word) for word in WORDS] for text in texts], dtype=int).reshape(len(texts), len(WORDS))
    documents, windows = count_documents(X, WORDS, WORDS), count_windows(texts, WORDS, size=100)
    assert documents.n_windows == windows.n_windows
    np.testing.assert_array_equal(documents.pairs, windows.pairs)


@settings(deadline=None)
@given(TEXTS, st.integers(1, 9))
def test_counts_do_not_depend_on_how_texts_are_taken_together(texts, size):
    whole = count_windows(texts, WORDS, size=size)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cooccurrence, "_TOKENS", 7)
        patch.setattr(cooccurrence, "_MEETINGS", 3)
        piecewise = count_windows((iter(text) for text in texts), WORDS, size=size)
    assert piecewise.n_windows == whole.n_windows
    np.testing.assert_array_equal(piecewise.pairs, whole.pairs)


def test_memory_does_not_grow_with_the_texts(monkeypatch):
    monkeypatch.setattr(cooccurrence, "_TOKENS", 1 << 10)
    monkeypatch.setattr(cooccurrence, "_MEETINGS", 1 << 12)

    def peak(n_texts):
        tracemalloc.start()
        count_windows((WORDS * 20 for _ in range(n_texts)), WORDS, size=10)
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    few = peak(50)
    assert peak(1000) < 1.1 * few


def test_counting_can_go_on_after_counts_were_given():
    counter = WindowCounter(WORDS, size=2)
    counter.add(["a", "b"])
    assert counter.counts().pairs[0, 1] == 1
    counter.add(["b", "a"])
    assert counter.counts().pairs[0, 1] == counter.counts().pairs[1, 0] == 2


def test_words_that_never_occur_are_named_and_repeats_are_counted_once():
    counts = count_windows([["a", "b"]], ["x", "b", "x", "y"], size=10)
    assert counts.words == ("x", "b", "y")
    assert counts.absent == ("x", "y")
    assert counts.occurrences.tolist() == [0, 1, 0]


@pytest.mark.parametrize("kind", [sparse.csr_array, sparse.csc_matrix, sparse.coo_array, np.asarray])
def test_documents_may_be_any_matrix(kind):
    X = np.array([[1, 0, 2], [0, 0, 1], [3, 1, 0]])
    counts = count_documents(kind(X.astype(float)), ["a", "b", "c"], ["c", "a"])
    assert counts.pairs.tolist() == [[2, 1], [1, 2]]


def test_a_stored_zero_is_no_occurrence():
    X = sparse.csr_array((np.array([0, 1]), np.array([0, 1]), np.array([0, 2])), shape=(1, 2))
    assert count_documents(X, ["a", "b"], ["a", "b"]).occurrences.tolist() == [0, 1]


def test_no_words_and_no_texts_are_counted_too():
    assert count_windows([["a"]], [], size=3).pairs.shape == (0, 0)
    assert count_windows([], ["a"], size=3).n_windows == 0
    assert count_documents(np.zeros((2, 1)), ["a"], []).n_windows == 2


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: count_windows([["a"]], ["a"], size=0), "size must be at least 1 token, got 0"),
        (lambda: count_windows(["a text"], ["a"], size=2), "list of its words, got the single string 'a text'"),
        (lambda: count_windows([["a"]], "ab", size=2), "a list of words is needed, got the single string 'ab'"),
        (
            lambda: count_documents(np.ones((1, 2)), ["a"], ["a"]),
            "one name for each column of X is needed, got 1 for 2",
        ),
        (lambda: count_documents(np.ones((1, 2)), ["a", "a"], ["a"]), "names of the columns must be different"),
    ],
)
def test_what_cannot_be_counted_is_said(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
