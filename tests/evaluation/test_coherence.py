import math
from itertools import combinations

import numpy as np
import pytest
from scipy import sparse

from textsc.evaluation import MEASURES, count_documents, topic_coherence

WORDS = ["a", "b", "c", "d"]


@pytest.fixture
def documents():
    return np.random.default_rng(0).poisson(0.5, size=(40, 4))


def npmi_of_pair(X, i, j):
    p_i, p_j, p_ij = (X[:, i] > 0).mean(), (X[:, j] > 0).mean(), ((X[:, i] > 0) & (X[:, j] > 0)).mean()
    return -1.0 if p_ij == 0 else math.log(p_ij / (p_i * p_j)) / -math.log(p_ij)


def test_npmi_is_the_mean_over_pairs_by_the_definition(documents):
    counts = count_documents(documents, WORDS, WORDS)
    expected = np.mean([npmi_of_pair(documents, i, j) for i, j in combinations(range(4), 2)])
    assert topic_coherence([WORDS], counts, measure="npmi")[0] == pytest.approx(expected, abs=1e-12)


def test_a_pair_that_is_never_together_counts_minus_one_also_where_a_word_is_absent(documents):
    documents[:, 1] = (documents[:, 0] == 0) * 1
    counts = count_documents(documents, WORDS, [*WORDS, "x"])
    assert topic_coherence([["a", "b"], ["a", "x"], ["x"], []], counts, measure="npmi").tolist() == [-1] * 4
    expected = (npmi_of_pair(documents, 0, 2) - 2) / 3
    assert topic_coherence([["a", "c", "x"]], counts, measure="npmi")[0] == pytest.approx(expected, abs=1e-12)


def test_only_the_first_words_count(documents):
    counts = count_documents(documents, WORDS, WORDS)
    first = topic_coherence([WORDS], counts, measure="npmi", n_words=2)[0]
    assert first == pytest.approx(npmi_of_pair(documents, 0, 1), abs=1e-12)


def test_sparse_and_dense_counts_agree(documents):
    dense = count_documents(documents, WORDS, ["d", "a"])
    for matrix in (
        sparse.csr_array(documents),
        sparse.csc_matrix(documents),
        sparse.coo_array(documents.astype(float)),
    ):
        np.testing.assert_array_equal(count_documents(matrix, WORDS, ["d", "a"]).pairs, dense.pairs)


def test_npmi_of_pairs_that_are_always_there_and_of_repeats():
    counts = count_documents(np.ones((3, 2)), ["a", "b"], ["a", "b"])
    assert topic_coherence([["a", "b"], ["a", "b", "a"], ["a", "a"]], counts, measure="npmi").tolist() == [1, 1, -1]


@pytest.mark.parametrize(
    ("measure", "least"), [("u_mass", math.log(1e-12)), ("c_uci", math.log(1e-12)), ("c_npmi", -1), ("c_v", 0)]
)
def test_topics_of_which_fewer_than_two_words_occur_have_the_least_value(documents, measure, least):
    counts = count_documents(documents, WORDS, [*WORDS, "x", "y"])
    found = topic_coherence([["x", "y"], ["a", "x"], ["a"], []], counts, measure=measure)
    assert found.tolist() == pytest.approx([least] * 4)
    assert found[0] <= topic_coherence([["a", "b"]], counts, measure=measure)[0]
    # Absent words are left out of the first ones, and not replaced.
    assert topic_coherence([["a", "x", "b"]], counts, measure=measure, n_words=2)[0] == found[1]


def test_no_documents_leave_every_topic_with_the_least_value():
    counts = count_documents(np.zeros((0, 2)), ["a", "b"], ["a", "b"])
    for measure in MEASURES.values():
        assert measure.least <= 0
    assert [topic_coherence([["a", "b"]], counts, measure=name)[0] for name in MEASURES] == [
        measure.least for measure in MEASURES.values()
    ]


def test_what_cannot_be_scored_is_said(documents):
    counts = count_documents(documents, WORDS, WORDS)
    with pytest.raises(ValueError, match="there is no measure 'umass'; give one of u_mass, c_uci, c_npmi, c_v, npmi"):
        topic_coherence([WORDS], counts, measure="umass")
    with pytest.raises(ValueError, match="the word 'x' of topic 1 was not counted"):
        topic_coherence([["a"], ["a", "x"]], counts, measure="npmi")
