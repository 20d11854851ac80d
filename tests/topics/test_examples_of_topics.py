"""Exclusivity, evidence and passages, against slow references and by hand."""

from itertools import combinations, pairwise

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from textsc.topics import (
    best_passage,
    code_shares,
    exclusivity,
    strongest_rows,
    topic_evidence,
    topic_word_distributions,
    topic_word_scores,
)

RNG = np.random.default_rng(1)


def test_exclusivity_by_hand():
    Q = np.array([[0.6, 0.3, 0.1], [0.2, 0.3, 0.5]])
    scores = np.array([[3.0, 1.0, -1.0], [-1.0, 0.0, 2.0]])
    expected = [(3 * 0.6 / 0.8 + 1 * 0.3 / 0.6) / 4, (2 * 0.5 / 0.6 + 0 * 0.5) / 2]
    np.testing.assert_allclose(exclusivity(Q, scores, n_words=2), expected)


@pytest.mark.parametrize("n_topics", [1, 2, 5])
def test_a_topic_said_by_all_is_exclusive_to_none(n_topics):
    components = np.repeat(RNG.normal(size=(1, 50)), n_topics, axis=0)
    Q, scores = topic_word_distributions(components, np.zeros(50)), topic_word_scores(components, np.zeros(50))
    np.testing.assert_allclose(exclusivity(Q, scores), 1 / n_topics)


def test_a_topic_of_its_own_words_is_wholly_exclusive():
    Q = np.kron(np.eye(3), np.full(4, 0.25))
    np.testing.assert_allclose(exclusivity(Q, Q, n_words=4), 1.0)


def test_a_topic_without_a_scoring_word_is_finite():
    Q = np.full((2, 4), 0.25)
    np.testing.assert_allclose(exclusivity(Q, np.zeros((2, 4))), 0.5)


def test_shares_take_sizes_and_leave_empty_codes_empty():
    assert code_shares(np.array([[-1.0, 3.0], [0.0, 0.0]])).tolist() == [[0.25, 0.75], [0.0, 0.0]]


@pytest.mark.parametrize("as_given", [np.asarray, sp.csr_array])
def test_evidence_is_what_a_topic_adds_to_the_words_of_a_document(as_given):
    X = RNG.integers(0, 3, (6, 9))
    X[2] = 0
    W, B = RNG.normal(size=(6, 4)), RNG.normal(size=(4, 9))
    found = topic_evidence(as_given(X), W, B, X.sum(axis=1), doubt=5.0)
    for d, k in np.ndindex(6, 4):
        tokens = [v for v in range(9) for _ in range(X[d, v])]
        spoken = np.mean([B[k, v] for v in tokens]) if tokens else 0.0
        expected = max(W[d, k], 0) * spoken * len(tokens) / (len(tokens) + 5.0)
        assert found[d, k] == pytest.approx(expected, abs=1e-12)


def test_two_words_do_not_head_the_list():
    """The same words and the same code: of two tokens less is believed than of forty."""
    X = np.array([[2, 0], [40, 0], [30, 10]])
    evidence = topic_evidence(X, np.ones((3, 1)), np.array([[1.0, -1.0]]), X.sum(axis=1))
    assert strongest_rows(evidence, 3) == [[1, 2, 0]]


def test_spectra_are_taken_as_they_are():
    X = np.array([[1.0, 0.0], [3.0, 0.0]])
    assert topic_evidence(X, np.ones((2, 1)), np.array([[1.0, 0.0]]), None).tolist() == [[1.0], [3.0]]


def test_ties_come_in_the_order_of_rows_and_nothing_below_zero():
    evidence = np.array([[0.5, -1.0], [0.7, 0.0], [0.5, -2.0]])
    assert strongest_rows(evidence, 2) == [[1, 0], []]


# --- passages ------------------------------------------------------------------------------------


def every_passage(words, lengths, begins, scores, n_words):
    """All passages that the rule allows, by brute force, with their scores."""
    n, edges = len(words), [0, *(i for i in range(1, len(words)) if begins[i]), len(words)]
    allowed = set()
    for first, end in combinations(range(n + 1), 2):
        total = sum(lengths[first:end])
        if first in edges and end in edges and total <= n_words:
            allowed.add((first, end))
        inside = next((a, b) for a, b in pairwise(edges) if a <= first < b)
        if sum(lengths[slice(*inside)]) > n_words and end <= inside[1] and (total <= n_words or end == first + 1):
            allowed.add((first, end))
    return {
        pair: sum(max(scores[v], 0) for v in {v for piece in words[slice(*pair)] for v in piece}) for pair in allowed
    }


@given(data=st.data())
@settings(deadline=None, max_examples=300)
def test_no_passage_says_more_of_the_topic(data):
    n = data.draw(st.integers(1, 12))
    words = data.draw(st.lists(st.lists(st.integers(0, 4), max_size=2), min_size=n, max_size=n))
    lengths = data.draw(st.lists(st.integers(1, 3), min_size=n, max_size=n))
    begins = data.draw(st.lists(st.booleans(), min_size=n, max_size=n))
    scores = np.array(data.draw(st.lists(st.integers(-2, 5), min_size=5, max_size=5)), dtype=float)
    n_words = data.draw(st.integers(1, 8))
    found = best_passage(words, lengths, begins, scores, n_words=n_words)
    allowed = every_passage(words, lengths, begins, scores, n_words)
    assert found.score == allowed[found.first, found.end] == max(allowed.values())


def test_a_passage_is_of_whole_sentences():
    words = [[0], [], [], [1], [1], [2], [], []]
    begins = [True, False, True, False, False, True, False, False]
    found = best_passage(words, [1] * 8, begins, np.array([1.0, 2.0, 5.0]), n_words=5)
    assert (found.first, found.end, found.score) == (5, 8, 5.0)
    found = best_passage(words, [1] * 8, begins, np.array([4.0, 2.0, 5.0]), n_words=5)
    assert (found.first, found.end, found.score) == (0, 5, 6.0)


def test_a_word_said_again_and_again_counts_once():
    words = [[0], [0], [0], [1], [2], []]
    begins = [True, False, False, True, False, False]
    found = best_passage(words, [1] * 6, begins, np.array([2.0, 1.5, 1.5]), n_words=3)
    assert (found.first, found.end, found.score) == (3, 6, 3.0)


def test_a_text_of_nothing_has_no_passage():
    found = best_passage([], [], [], np.zeros(3), n_words=5)
    assert (found.first, found.end, found.score) == (0, 0, 0.0)


def test_among_equal_passages_the_first_wins():
    found = best_passage([[], [], []], [1, 1, 1], [True, True, True], np.ones(1), n_words=1)
    assert (found.first, found.end) == (0, 1)
