"""Which words go together: against a loop over pairs, and what chance must not give."""

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from textsc.learning import associations
from textsc.learning.associations import LEAST, word_associations


def slow(X):
    held = X > 0
    n_documents, n_words = held.shape
    out = np.eye(n_words)
    for i in range(n_words):
        for j in range(n_words):
            pair = float((held[:, i] & held[:, j]).sum())
            pair = (pair - 1.5 * np.sqrt(pair)) / n_documents
            if i != j and pair > 0:
                chance = held[:, i].mean() * held[:, j].mean()
                out[i, j] = max(np.log(pair / chance) / -np.log(pair) - LEAST, 0.0)
    return out


@given(seed=st.integers(0, 10_000), n_documents=st.integers(1, 40), n_words=st.integers(1, 9), rate=st.floats(0.05, 3))
@settings(deadline=None, max_examples=80)
def test_it_is_the_formula(seed, n_documents, n_words, rate):
    X = np.random.default_rng(seed).poisson(rate, size=(n_documents, n_words))
    found = word_associations(sp.csr_array(X))
    np.testing.assert_allclose(found, slow(X), atol=2e-5)
    np.testing.assert_array_equal(found, found.T)
    assert found.dtype == np.float32


def test_blocks_of_words_change_nothing(monkeypatch):
    X = sp.csr_array(np.random.default_rng(0).poisson(0.5, size=(60, 23)))
    whole = word_associations(X)
    monkeypatch.setattr(associations, "ROWS", 4)
    np.testing.assert_array_equal(word_associations(X), whole)


def test_a_pair_seen_twice_says_nothing():
    X = sp.csr_array(
        np.vstack([[1, 1, 0, 0], [1, 1, 0, 0], np.tile([0, 0, 1, 1], (9, 1)), np.zeros((20, 4), dtype=int)])
    )
    found = word_associations(X)
    assert found[0, 1] == 0
    assert found[2, 3] > 0


@pytest.mark.parametrize("dtype", ["int64", "float32", "float64"])
def test_only_presence_counts(dtype):
    X = sp.csr_array(np.random.default_rng(1).poisson(0.8, size=(30, 6)).astype(dtype))
    np.testing.assert_array_equal(word_associations(X), word_associations(7 * X))


def test_independent_words_are_not_associated():
    held = np.random.default_rng(2).random((5000, 8)) < 0.3
    np.testing.assert_array_equal(word_associations(sp.csr_array(held.astype(int))), np.eye(8, dtype=np.float32))
