"""Where a basis starts."""

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import softmax

from textsc.learning import STARTS, start_basis
from textsc.learning.associations import word_associations
from textsc.learning.start import log_lift, start_rows

METHODS = [*STARTS, "random"]


def clear_topics(n_documents=60, n_topics=3, words_each=6, seed=0):
    """Return counts of documents that are each about one topic, with words of its own; and which."""
    rng = np.random.default_rng(seed)
    about = np.arange(n_documents) % n_topics
    shares = np.kron(np.eye(n_topics), np.full(words_each, 0.95 / words_each)) + 0.05 / (n_topics * words_each)
    return sp.csr_array(np.array([rng.multinomial(50, shares[k]) for k in about])), about


def start(X, n_components, method="nmf", seed=0, background=None):
    background = np.zeros(X.shape[1]) if background is None else background
    return start_basis(X, n_components, background, method=method, rng=np.random.default_rng(seed))


@given(seed=st.integers(0, 1000), smoothing=st.floats(1e-6, 10))
@settings(deadline=None, max_examples=40)
def test_a_lift_turns_the_background_into_the_smoothed_topic(seed, smoothing):
    rng = np.random.default_rng(seed)
    weights, background = rng.random((3, 5)) * (rng.random((3, 5)) < 0.6), 3 * rng.normal(size=5)
    weights[:, 0] += 0.1
    u = softmax(background)
    P = weights / weights.sum(axis=1, keepdims=True)
    B = log_lift(weights, background, smoothing=smoothing)
    np.testing.assert_allclose(softmax(background + B, axis=1), (P + smoothing * u) / (1 + smoothing), rtol=1e-9)


def test_a_topic_without_words_lifts_nothing():
    B = log_lift(np.array([[0.0, 0.0], [1.0, 0.0]]), np.log([0.3, 0.7]))
    np.testing.assert_allclose(B[0], 0.0, atol=1e-12)
    assert np.all(np.isfinite(B))


@pytest.mark.parametrize("method", list(STARTS))
def test_clear_topics_are_found(method):
    X, _ = clear_topics()
    B = start(X, 3, method)
    found = {frozenset(np.argsort(-row)[:6].tolist()) for row in B}
    assert found == {frozenset(range(6 * k, 6 * k + 6)) for k in range(3)}


SHAPES = [
    (20, 12, 4),
    (5, 30, 9),
    (30, 5, 9),
    (3, 3, 40),
    (1, 8, 1),
    (1, 8, 5),
    (9, 1, 1),
    (9, 1, 4),
    (1, 1, 1),
    (1, 1, 6),
    (2, 2, 2),
]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("n_documents", "n_words", "n_components"), SHAPES)
def test_any_shape_has_a_start(method, n_documents, n_words, n_components):
    """More topics than documents or words, one document, one word."""
    X = sp.csr_array(np.random.default_rng(1).poisson(2.0, size=(n_documents, n_words)) + 1)
    B = start(X, n_components, method, background=np.log(np.full(n_words, 1 / n_words)))
    assert B.shape == (n_components, n_words)
    assert B.dtype == np.float64
    assert np.all(np.isfinite(B))
    if n_words > 1:
        assert len(np.unique(B.round(12), axis=0)) > n_components / 2


@pytest.mark.parametrize("method", METHODS)
def test_documents_that_are_all_the_same(method):
    X = sp.csr_array(np.tile([3, 1, 0, 2], (12, 1)))
    B = start(X, 6, method)
    assert B.shape == (6, 4)
    assert np.all(np.isfinite(B))
    # Equal columns would stay equal for ever.
    assert len(np.unique(B, axis=0)) >= 5


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dtype", ["int64", "float32", "float64"])
def test_a_seed_fixes_the_start(method, dtype):
    X, _ = clear_topics()
    X = X.astype(dtype)
    before = X.toarray()
    once, again = start(X, 5, method), start(X, 5, method)
    np.testing.assert_array_equal(once, again)
    np.testing.assert_array_equal(X.toarray(), before)


@pytest.mark.parametrize("method", METHODS)
def test_another_seed_is_another_start(method):
    X, _ = clear_topics()
    # More columns than documents: some are drawn.
    assert np.any(start(X, 70, method, seed=0) != start(X, 70, method, seed=1))


def test_words_beyond_the_most_frequent_take_their_topics_from_the_documents(monkeypatch):
    """Groups are found among the frequent words alone; the others follow the documents that hold them."""
    X, _ = clear_topics()
    frequent = np.arange(18) % 6 < 3
    X = sp.csr_array(X.toarray() * np.where(frequent, 5, 1))
    monkeypatch.setattr("textsc.learning.start.MOST_WORDS", 9)
    seen = []
    monkeypatch.setattr(
        "textsc.learning.start.word_associations", lambda X: (seen.append(X.shape), word_associations(X))[1]
    )
    B = start(X, 3, background=np.log(np.asarray(X.sum(axis=0)).ravel()))
    assert seen == [(60, 9)]
    assert B.shape == (3, 18)
    found = {frozenset(np.flatnonzero(row > 0).tolist()) for row in B}
    assert found == {frozenset(range(6 * k, 6 * k + 6)) for k in range(3)}


def test_shares_of_a_document_in_groups_of_words_are_sharpened(monkeypatch):
    X, _ = clear_topics()
    sharp = STARTS["nmf"](X, 3, 0)
    monkeypatch.setattr("textsc.learning.start.SHARPNESS", 1)
    plain = STARTS["nmf"](X, 3, 0)
    np.testing.assert_allclose(plain.sum(axis=1), 1.0)
    np.testing.assert_allclose(sharp, plain**3)


def test_a_word_that_a_topic_never_says_is_lowered_by_a_factor_of_three():
    B = log_lift(np.array([[1.0, 0.0]]), np.log([0.25, 0.75]))
    np.testing.assert_allclose(B, np.log([[(1 + 0.5 * 0.25) / (1.5 * 0.25), 0.5 / 1.5]]))


@pytest.mark.parametrize("method", list(STARTS))
def test_of_many_documents_some_are_drawn(monkeypatch, method):
    X, _ = clear_topics()
    seen, find = [], STARTS[method]
    monkeypatch.setattr("textsc.learning.start.MOST_ROWS", 20)
    monkeypatch.setitem(STARTS, method, lambda X, n, seed: (seen.append(X), find(X, n, seed))[1])
    B = start(X, 3, method)
    assert [part.shape for part in seen] == [(20, 18)]
    rows = {tuple(row) for row in X.toarray().tolist()}
    assert {tuple(row) for row in seen[0].toarray().tolist()} <= rows
    assert B.shape == (3, 18)


def test_clusters_do_not_make_the_counts_dense(monkeypatch):
    X, _ = clear_topics()

    def refuse(*args, **kwargs):
        raise AssertionError("the whole matrix of counts was made dense")

    for kind in (sp.csr_matrix, sp.csr_array):
        monkeypatch.setattr(kind, "toarray", refuse)
    memberships = STARTS["kmeans"](X, 3, 0)
    assert memberships.shape == (60, 3)


def test_a_random_start_is_small_noise():
    B = start(clear_topics()[0], 50, "random")
    assert abs(B.mean()) < 0.02
    assert 0.05 < B.std() < 0.2


def rows_start(X, n_components, seed=0, *, method="random"):
    return start_rows(X, n_components, method=method, rng=np.random.default_rng(seed))


@pytest.mark.parametrize("kind", [np.asarray, sp.csr_array])
@pytest.mark.parametrize(("n_rows", "n_components"), [(20, 4), (3, 10), (1, 1), (1, 5)])
@pytest.mark.parametrize("method", ["random", "nmf", "kmeans"])
def test_rows_are_unit_and_not_negative(kind, n_rows, n_components, method):
    X = np.random.default_rng(2).normal(size=(n_rows, 7))
    B = rows_start(kind(X), n_components, method=method)
    assert B.shape == (n_components, 7)
    np.testing.assert_allclose(np.linalg.norm(B, axis=1), 1.0)
    assert np.all(B >= 0)
    assert len(np.unique(B, axis=0)) == n_components


def test_rows_are_taken_without_repeats_while_they_last():
    X = np.eye(6) + 0.0
    B = rows_start(X, 6)
    assert sorted(B.argmax(axis=1).tolist()) == list(range(6))


def test_silence_still_gives_a_start():
    B = rows_start(np.zeros((4, 5)), 3)
    np.testing.assert_allclose(np.linalg.norm(B, axis=1), 1.0)
    assert np.all(np.isfinite(B))
