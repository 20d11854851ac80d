"""Document completion: the split, and the likelihood of what was held out."""

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from textsc.evaluation.likelihood import completion_log_likelihood, split_tokens

COUNTS = np.random.default_rng(0).poisson(0.7, size=(300, 40))


@given(
    seed=st.integers(0, 1000),
    split_seed=st.integers(0, 5),
    kind=st.sampled_from([np.asarray, sp.csr_array, sp.csc_array, sp.coo_array]),
    dtype=st.sampled_from(["int32", "int64", "float32", "float64"]),
)
@settings(deadline=None, max_examples=40)
def test_the_halves_add_up(seed, split_seed, kind, dtype):
    X = np.random.default_rng(seed).poisson(0.8, size=(5, 7)).astype(dtype)
    observed, held_out = split_tokens(kind(X), seed=split_seed)
    for half in (observed, held_out):
        assert half.format == "csr"
        assert half.dtype == dtype
        assert half.shape == X.shape
        assert np.all(half.data > 0)  # no stored zeros
    np.testing.assert_array_equal((observed + held_out).toarray(), X)


def test_a_seed_fixes_the_split():
    once, again, other = (split_tokens(COUNTS, seed=seed)[0].toarray() for seed in (3, 3, 4))
    np.testing.assert_array_equal(once, again)
    assert np.any(once != other)


def test_the_split_does_not_depend_on_how_the_counts_are_stored():
    X = sp.csr_array(COUNTS)
    doubled = sp.csr_array(
        (np.repeat(X.data, 2) - np.tile([0, 0], len(X.data)), np.repeat(X.indices, 2), 2 * X.indptr), shape=X.shape
    )
    np.testing.assert_array_equal(split_tokens(doubled)[0].toarray(), split_tokens(2 * COUNTS)[0].toarray())


def test_about_half_of_the_tokens_are_held_out():
    observed, _ = split_tokens(COUNTS)
    n = COUNTS.sum()
    assert abs(int(observed.sum()) - n / 2) < 4 * np.sqrt(n / 4)  # four standard deviations
    # Tokens are sent, not words: a word of many tokens is in both halves.
    many = split_tokens(np.full((1, 5), 1000))
    assert all(400 < value < 600 for half in many for value in half.data)


def test_the_input_is_left_alone():
    X = sp.csr_array(COUNTS)
    before = X.copy()
    split_tokens(X)
    assert (before != X).nnz == 0
    repeated = sp.csr_array((np.array([1, 2]), np.array([0, 0]), np.array([0, 2])), shape=(1, 2))
    split_tokens(repeated)
    assert repeated.nnz == 2


def test_counts_that_are_not_whole_are_said_and_still_add_up():
    X = COUNTS.astype(float)
    X[3, 5] = 0.25
    with pytest.warns(UserWarning, match=r"row 3 holds the count 0\.25, which is no whole number of tokens"):
        observed, held_out = split_tokens(X)
    np.testing.assert_array_equal((observed + held_out).toarray(), X)
    # Words go whole.
    assert observed.multiply(held_out).nnz == 0
    assert 0.4 < observed.nnz / (X > 0).sum() < 0.6


def test_a_uniform_model_has_the_vocabulary_as_perplexity():
    held_out = sp.csr_array(COUNTS)
    score = completion_log_likelihood(np.ones((300, 2)), np.ones((2, 40)), np.zeros(40), held_out)
    assert np.exp(-score) == pytest.approx(40)


def test_a_background_alone_scores_its_cross_entropy():
    u = np.arange(1, 41) / np.arange(1, 41).sum()
    score = completion_log_likelihood(np.zeros((300, 2)), np.ones((2, 40)), np.log(u) + 7, sp.csr_array(COUNTS))
    assert score == pytest.approx(COUNTS.sum(axis=0) @ np.log(u) / COUNTS.sum())


@pytest.mark.parametrize("n_documents", [1, 300, 1100])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_it_equals_a_slow_loop(n_documents, dtype):
    rng = np.random.default_rng(1)
    X = rng.poisson(0.2, size=(n_documents, 15))
    X[0, 0] += 1
    W, B = rng.random((n_documents, 3)).astype(dtype), rng.normal(size=(3, 15)).astype(dtype)
    background = rng.normal(size=15).astype(dtype)
    total = 0.0
    for w, x in zip(W.astype(float), X, strict=True):
        z = background.astype(float) + w @ B.astype(float)
        total += x @ (z - np.log(np.sum(np.exp(z))))
    score = completion_log_likelihood(W, B, background, sp.csr_array(X))
    assert score == pytest.approx(total / X.sum(), rel=1e-9)


def test_large_activations_do_not_overflow():
    score = completion_log_likelihood(
        np.array([[1e4]]), np.array([[1.0, -1.0]]), np.zeros(2), sp.csr_array(np.array([[1, 1]]))
    )
    assert score == pytest.approx(-1e4)


def test_nothing_held_out_has_no_likelihood():
    assert np.isnan(completion_log_likelihood(np.ones((2, 1)), np.ones((1, 3)), np.zeros(3), sp.csr_array((2, 3))))
