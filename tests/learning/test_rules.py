"""How a basis moves: each rule against a step worked by hand, and against what it says it minimises."""

import numpy as np
import pytest
import scipy.sparse as sp

from textsc.coding import PAIRS
from textsc.learning.rules import RULES, AdamRule, ColumnRule


def test_there_is_a_rule_for_each_pair():
    assert set(RULES) == set(PAIRS)


def test_adam_by_hand():
    rule, B = AdamRule(rate=0.1, beta1=0.9, beta2=0.999), np.array([[1.0, 2.0, 3.0]])
    one, two = np.array([[4.0, -0.5, 0.0]]), np.array([[2.0, 1.5, 0.0]])
    state = rule.begin(B)
    assert state.n_steps == 0
    first, state = rule.update(B, (one,), state, decay=1.0)
    # The first step is the sign of the gradient: both means are corrected to the gradient itself.
    np.testing.assert_allclose(first, [[0.9, 2.1, 3.0]], atol=1e-8)
    second, state = rule.update(first, (two,), state, decay=0.5)
    mean = (0.9 * 0.1 * one + 0.1 * two) / (1 - 0.81)
    square = (0.999 * 0.001 * one**2 + 0.001 * two**2) / (1 - 0.999**2)
    np.testing.assert_allclose(second, first - 0.05 * mean / (np.sqrt(square) + 1e-8), rtol=1e-12)
    assert state.n_steps == 2


def test_adam_does_not_see_the_scale_of_the_loss():
    rule, B = AdamRule(), np.zeros((2, 3))
    gradient = np.random.default_rng(0).normal(size=B.shape)
    small, _ = rule.update(B, (gradient,), rule.begin(B), decay=1.0)
    large, _ = rule.update(B, (1e6 * gradient,), rule.begin(B), decay=1.0)
    np.testing.assert_allclose(small, large, rtol=1e-6)


def test_a_pull_is_the_derivative_of_a_penalty():
    """½ Σ ρ_v B_kv² beside ½‖B − T‖²: the minimum is T/(1 + ρ), column by column."""
    target, ridge = np.random.default_rng(1).normal(size=(3, 4)), np.array([0.0, 0.5, 1.0, 9.0])
    rule, B = AdamRule(rate=0.05), np.zeros((3, 4))
    state = rule.begin(B)
    for step in range(400):
        B, state = rule.update(B, (B - target,), state, decay=1 - step / 400, pull=ridge * B)
    np.testing.assert_allclose(B, target / (1 + ridge), atol=1e-2)


def test_what_is_forgotten_is_as_at_the_start():
    rng = np.random.default_rng(0)
    for rule, sums in (
        (AdamRule(), (rng.normal(size=(3, 4)),)),
        (ColumnRule(), (np.ones((3, 3)), rng.random((3, 4)))),
    ):
        B = np.abs(rng.normal(size=(3, 4)))
        _, state = rule.update(B, sums, rule.begin(B), decay=1.0)
        forgotten = rule.forget(state, np.array([1]))
        assert not forgotten.first[1].any()
        assert not forgotten.second[1].any()
        np.testing.assert_array_equal(forgotten.second[[0, 2]], state.second[[0, 2]])
        assert forgotten.n_steps == state.n_steps
        assert state.first[1].any()
    assert not forgotten.first[:, 1].any()


def test_adam_goes_downhill():
    """On ½‖B − T‖² it comes to T."""
    target = np.random.default_rng(1).normal(size=(3, 4))
    rule, B = AdamRule(rate=0.05), np.zeros((3, 4))
    state = rule.begin(B)
    for step in range(400):
        B, state = rule.update(B, (B - target,), state, decay=1 - step / 400)
    np.testing.assert_allclose(B, target, atol=1e-2)


def test_adams_statistics_are_the_envelope_gradient():
    rng = np.random.default_rng(2)
    basis = PAIRS["softmax"]().bind(rng.normal(size=(2, 5)), rng.normal(size=5))
    W, X, weights = rng.random((2, 4)), rng.dirichlet(np.ones(5), size=4), rng.random(4)
    (gradient,) = AdamRule().statistics(basis, W, X, weights)
    np.testing.assert_allclose(gradient, basis.basis_gradient(W, X, weights))


def linear_sums(X, W, weights, background=0.0):
    return (W * weights) @ W.T, (W * weights) @ (X - background)


def column_loss(B, gram, data):
    """½ Σ weights ‖x − Bw‖² without the part of x alone."""
    return np.trace(gram @ B @ B.T) / 2 - np.sum(data * B)


@pytest.fixture
def sums():
    rng = np.random.default_rng(3)
    X, W = np.abs(rng.normal(size=(30, 6))), rng.random((3, 30))
    return linear_sums(X, W, np.ones(30))


def test_one_column_by_hand():
    rule, B = ColumnRule(), np.array([[1.0, 0.0, 0.0]])
    moved, state = rule.update(B, (np.array([[2.0]]), np.array([[6.0, 8.0, -5.0]])), rule.begin(B), decay=1.0)
    # data/gram = (3, 4, -2.5): negative entries go, the rest is normalised.
    np.testing.assert_allclose(moved, [[0.6, 0.8, 0.0]])
    assert state.n_steps == 1


def test_two_columns_by_hand():
    rule, B = ColumnRule(), np.eye(2)
    gram, data = np.array([[1.0, 0.5], [0.5, 1.0]]), np.array([[1.0, 1.5], [2.0, 1.0]])
    moved, _ = rule.update(B, (gram, data), rule.begin(B), decay=1.0)
    # First: data_0 − 0.5 B_1 = (1, 1). Second, with the new first: data_1 − 0.5 B_0 = (2, 1) − 0.3536 (1, 1).
    first = np.array([1.0, 1.0]) / np.sqrt(2)
    second = np.array([2.0, 1.0]) - 0.5 * first
    np.testing.assert_allclose(moved, [first, second / np.linalg.norm(second)])


def test_a_column_is_the_best_of_all_unit_columns(sums):
    rule, rng = ColumnRule(), np.random.default_rng(4)
    B = np.abs(rng.normal(size=(3, 6)))
    B /= np.linalg.norm(B, axis=1, keepdims=True)
    moved, _ = rule.update(B, sums, rule.begin(B), decay=1.0)
    # The last column moved with all others in place.
    least = column_loss(moved, *sums)
    for _ in range(300):
        other = moved.copy()
        other[-1] = np.abs(rng.normal(size=6))
        other[-1] /= np.linalg.norm(other[-1])
        assert column_loss(other, *sums) >= least - 1e-12


def test_sweeps_never_raise_the_loss_and_settle(sums):
    rule = ColumnRule()
    B = np.eye(6)[:3]
    state, losses = rule.begin(B), [column_loss(B, *sums)]
    for _ in range(60):
        B, state = rule.update(B, sums, state, decay=1.0)
        losses.append(column_loss(B, *sums))
        assert np.all(B >= 0)
        np.testing.assert_allclose(np.linalg.norm(B, axis=1), 1.0)
    assert np.all(np.diff(losses) <= 1e-12)
    assert losses[-2] - losses[-1] < 1e-6 < losses[0] - losses[1]


def test_an_unused_column_stays():
    rule, B = ColumnRule(), np.array([[1.0, 0.0], [0.6, 0.8]])
    sums = np.diag([1.0, 0.0]), np.array([[0.0, 1.0], [0.0, 0.0]])
    moved, _ = rule.update(B, sums, rule.begin(B), decay=1.0)
    np.testing.assert_allclose(moved, [[0.0, 1.0], [0.6, 0.8]])


def test_old_sums_are_forgotten_slowly(sums):
    rule, B = ColumnRule(forgetting=0.97), np.eye(6)[:3]
    state = rule.begin(B)
    _, state = rule.update(B, sums, state, decay=1.0)
    np.testing.assert_allclose(state.first, sums[0])  # nothing before the first step
    zeros = tuple(np.zeros_like(s) for s in sums)
    kept = []
    for _ in range(40):
        before = state.second.sum()
        _, state = rule.update(B, zeros, state, decay=1.0)
        kept.append(state.second.sum() / before)
    assert np.all(np.diff(kept) >= -1e-12)
    assert 0.8 <= kept[0] < 0.82
    assert kept[-1] == pytest.approx(0.97)


@pytest.mark.parametrize("kind", [np.asarray, sp.csr_array])
def test_column_statistics_are_the_sums(kind):
    rng = np.random.default_rng(5)
    X, W, weights = rng.random((7, 4)), rng.random((2, 7)), rng.random(7)
    background = rng.normal(size=4)
    basis = PAIRS["linear"]().bind(rng.random((2, 4)), background)
    gram, data = ColumnRule().statistics(basis, W, kind(X), weights)
    for ours, slow in zip((gram, data), linear_sums(X, W, weights, background), strict=True):
        np.testing.assert_allclose(ours, slow)


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_a_step_leaves_its_inputs_alone(rule):
    B = np.abs(np.random.default_rng(6).normal(size=(2, 3)))
    sums = (np.ones((2, 3)),) if isinstance(rule, AdamRule) else (np.eye(2), np.ones((2, 3)))
    state = rule.begin(B)
    kept = [a.copy() for a in (B, *sums, state.first, state.second)]
    rule.update(B, sums, state, decay=1.0)
    for now, then in zip((B, *sums, state.first, state.second), kept, strict=True):
        np.testing.assert_array_equal(now, then)
