"""Topics that do nothing are found and given a new start."""

import numpy as np
import pytest
import scipy.sparse as sp

from textsc.coding import PAIRS, PRIORS, Objective
from textsc.learning import learn_basis
from textsc.learning.basis import Learner
from textsc.learning.revival import dead_topics, new_columns


def documents(seed=0):
    """Two themes of three words each."""
    rng = np.random.default_rng(seed)
    shares = np.kron(np.eye(2), np.full(3, 0.3)) + 0.1 / 6
    counts = np.array([rng.multinomial(40, shares[d % 2] / shares[d % 2].sum()) for d in range(40)])
    return sp.csr_array(counts / 40.0)


def learner(components, *, pair="softmax", prior="kl", lam=4.0):
    objective = Objective(PAIRS[pair](), PRIORS[prior].build(mean=0.2, positive=True), lam)
    return Learner.begin(objective, np.zeros(components.shape[1]), components, dtype=np.float64)


@pytest.mark.parametrize("pair", ["softmax", "linear"])
def test_weights_of_zero_are_dead_and_others_are_not(pair):
    B, W = np.random.default_rng(0).normal(size=(3, 5)), np.random.default_rng(1).random((8, 3))
    W[:, 1] = 0
    assert dead_topics(B, np.zeros(5), W, np.ones(8), pair=pair).tolist() == [1]


def test_a_constant_column_is_dead_under_the_softmax_only():
    B, W = np.array([[1.0, -1, 2], [4.0, 4, 4]]), np.ones((2, 2))
    assert dead_topics(B, np.array([0.1, 2.0, -1.0]), W, np.ones(2), pair="softmax").tolist() == [1]
    assert dead_topics(B, np.zeros(3), W, np.ones(2), pair="linear").tolist() == []


def test_a_topic_of_few_documents_is_alive():
    """A topic that one long document of a hundred is about is rare, not dead."""
    B, W = np.random.default_rng(0).normal(size=(2, 4)), np.full((100, 2), [1.0, 0.0])
    W[3, 1] = 2.0
    assert dead_topics(B, np.zeros(4), W, np.ones(100), pair="softmax").tolist() == []


def test_the_length_of_a_column_is_that_under_the_frequencies_of_words():
    """A word that never occurs gives a topic no length, however large its entry."""
    B, W = np.array([[1.0, -1, 0], [0, 0, 5.0]]), np.ones((4, 2))
    assert dead_topics(B, np.log([0.5, 0.5, 1e-12]), W, np.ones(4), pair="softmax").tolist() == [1]
    assert dead_topics(B, np.log([0.3, 0.3, 0.4]), W, np.ones(4), pair="softmax").tolist() == []


def test_documents_count_by_their_weight():
    B, W = np.random.default_rng(0).normal(size=(2, 4)), np.array([[1.0, 0.0], [1.0, 1.0]])
    assert dead_topics(B, np.zeros(4), W, np.array([1.0, 1e-6]), pair="softmax").tolist() == [1]
    assert dead_topics(B, np.zeros(4), W, np.ones(2), pair="softmax").tolist() == []


def test_the_later_of_two_equal_columns_is_dead():
    B = np.array([[1.0, -2, 0, 3], [0, 1, 0, 1], [0.5, -1, 0, 1.5]])
    assert dead_topics(B, np.zeros(4), np.ones((2, 3)), np.ones(2), pair="linear").tolist() == [2]
    moved = B + np.array([[0], [0], [7]])
    assert dead_topics(moved, np.zeros(4), np.ones((2, 3)), np.ones(2), pair="softmax").tolist() == [2]
    B[2, 0] += 0.01
    assert dead_topics(B, np.zeros(4), np.ones((2, 3)), np.ones(2), pair="linear").tolist() == []


def test_nothing_is_called_dead_where_all_is():
    assert dead_topics(np.zeros((3, 4)), np.zeros(4), np.ones((2, 3)), np.ones(2), pair="softmax").tolist() == []


@pytest.mark.parametrize("pair", ["softmax", "linear"])
def test_new_columns_are_documents(pair):
    X = documents() if pair == "softmax" else documents().toarray()
    columns = new_columns(X, 5, np.zeros(6), pair=pair, rng=np.random.default_rng(0))
    themes = {frozenset(row) for row in np.argsort(-columns, axis=1)[:, :3].tolist()}
    assert themes <= {frozenset((0, 1, 2)), frozenset((3, 4, 5))}
    assert len(np.unique(columns, axis=0)) == 5


def test_living_topics_are_not_touched():
    start, W = learner(np.random.default_rng(0).normal(size=(2, 6))), np.random.default_rng(1).random((40, 2))
    revived, codes = start.revive(documents(), W, np.ones(40), rng=np.random.default_rng(0))
    assert revived is start
    assert codes is W


@pytest.mark.parametrize("pair", ["softmax", "linear"])
def test_a_revived_topic_starts_afresh(pair):
    rng = np.random.default_rng(0)
    B, W = np.abs(rng.normal(size=(3, 6))), rng.random((40, 3))
    W[:, 1] = 0
    X = documents() if pair == "softmax" else documents().toarray()
    start, _ = learner(B, pair=pair).step(X, np.full(40, 0.1), np.ones(40), None, run=map, max_passes=3, decay=1.0)
    revived, codes = start.revive(X, W, np.ones(40), rng=rng)
    assert not np.array_equal(revived.components[1], start.components[1])
    np.testing.assert_array_equal(revived.components[[0, 2]], start.components[[0, 2]])
    # It is held to its new start, the others to their old ones.
    np.testing.assert_array_equal(revived.anchor[1], revived.components[1])
    np.testing.assert_array_equal(revived.anchor[[0, 2]], B[[0, 2]])
    np.testing.assert_allclose(codes[:, 1], 0.2)
    np.testing.assert_array_equal(codes[:, [0, 2]], W[:, [0, 2]])
    assert np.all(revived.state.first[1] == 0)
    assert np.all(revived.state.second[1] == 0)
    assert np.any(revived.state.first[0] != 0)


@pytest.mark.parametrize("prior", ["kl", "l1"])
def test_learning_brings_flat_columns_to_life(prior):
    """Three columns that say nothing would stay one and the same for ever."""
    B = np.vstack([[2.0, 2, 2, -2, -2, -2], np.zeros((3, 6))])
    X = documents()
    learned = learn_basis(
        learner(B, prior=prior),
        X,
        np.full(40, 0.1),
        np.ones(40),
        epochs=4,
        batch_size=20,
        rng=np.random.default_rng(0),
        run=map,
    )
    assert len(np.unique(learned.components.round(6), axis=0)) == 4
    assert np.all(learned.components.std(axis=1) > 0.1)


def test_the_last_epoch_leaves_what_it_learned():
    """What is delivered was learned from, so nothing is revived after the last epoch."""
    X = documents()
    learned = learn_basis(
        learner(np.zeros((2, 6))),
        X,
        np.full(40, 0.1),
        np.ones(40),
        epochs=1,
        batch_size=40,
        rng=np.random.default_rng(0),
        run=map,
    ).components
    # Two columns that are one would be parted by a new start.
    np.testing.assert_allclose(learned[0], learned[1])
    assert np.abs(learned).max() < 0.1
