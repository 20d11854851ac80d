"""Heads: their losses and slopes against differences, and where they start."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge

from textsc.learning.heads import HEADS, LogitHead, SoftmaxHead, SquaredHead

N, K, OUTPUTS = 60, 4, 3
ALL = pytest.mark.parametrize("name", HEADS)
ROOTS = pytest.mark.parametrize("roots", [False, True])


@pytest.fixture
def codes():
    return np.random.default_rng(0).gamma(0.5, size=(N, K))


def targets(name, codes):
    rng = np.random.default_rng(1)
    scores = 3 * codes @ rng.normal(size=(K, OUTPUTS)) + 0.1 * rng.normal(size=(N, OUTPUTS))
    return {
        "classes": (scores - scores.mean(axis=0)).argmax(axis=1),
        "numbers": scores,
        "labels": (scores > 0).astype(float),
    }[name]


@ALL
@ROOTS
def test_losses_and_slopes_against_differences(name, roots, codes):
    y, rng = targets(name, codes), np.random.default_rng(2)
    head = HEADS[name].fit(codes, y, rng.random(N) + 0.5, n_outputs=OUTPUTS, roots=roots)
    _, error = head.losses(codes, y)
    direction, eps = rng.normal(size=codes.shape), 1e-6
    up, down = (head.losses(codes + sign * eps * direction, y)[0] for sign in (1, -1))
    found = np.sum(head.slope(codes, error) * direction, axis=1)
    np.testing.assert_allclose(found, (up - down) / (2 * eps), rtol=1e-5, atol=1e-7)


@ALL
@ROOTS
def test_a_head_says_what_its_codes_say(name, roots, codes):
    y = targets(name, codes)
    head = HEADS[name].fit(codes, y, np.ones(N), n_outputs=OUTPUTS, roots=roots)
    nothing = HEADS[name].of_codes(codes, len(head.intercept), np.ones(N), roots=roots)
    assert head.losses(codes, y)[0].mean() < 0.6 * nothing.losses(codes, y)[0].mean()
    assert head.features(codes).shape == (N, K * (1 + roots))
    np.testing.assert_allclose(head.features(codes).mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(head.features(codes).std(axis=0), 1)


@ALL
def test_effects_are_those_of_a_standard_deviation(name, codes):
    head = HEADS[name].fit(codes, targets(name, codes), np.ones(N), n_outputs=OUTPUTS, roots=True)
    mean, spread = codes.mean(axis=0), codes.std(axis=0)
    for k in range(K):
        rise = np.where(np.arange(K) == k, spread, 0.0)
        expected = head.outputs((mean + rise)[None])[0] - head.outputs(mean[None])[0]
        np.testing.assert_allclose(head.effects()[:, k], expected)
    plain = HEADS[name].fit(codes, targets(name, codes), np.ones(N), n_outputs=OUTPUTS)
    np.testing.assert_array_equal(plain.effects(), plain.weights)


def test_probabilities_are_those_of_scikit_learn(codes):
    y = targets("classes", codes)
    head = SoftmaxHead.fit(codes, y, np.ones(N), n_outputs=3)
    theirs = LogisticRegression(C=1.0, max_iter=1000).fit(head.features(codes), y)
    np.testing.assert_allclose(head.predictions(codes), theirs.predict_proba(head.features(codes)), atol=1e-3)
    # A class between the others that no document has is never the likeliest.
    gap = SoftmaxHead.fit(codes, np.where(y == 1, 3, y), np.ones(N), n_outputs=4)
    np.testing.assert_allclose(gap.predictions(codes)[:, [0, 3, 2]], head.predictions(codes), atol=0.05)
    assert gap.predictions(codes)[:, 1].max() < 0.05
    two = SoftmaxHead.fit(codes, y % 2, np.ones(N), n_outputs=2)
    theirs = LogisticRegression(C=1.0, max_iter=1000).fit(two.features(codes), y % 2)
    np.testing.assert_allclose(two.predictions(codes), theirs.predict_proba(two.features(codes)), atol=1e-3)


def test_weights_count_documents(codes):
    y = targets("numbers", codes)
    weights = np.r_[np.full(30, 2.0), np.ones(30)]
    head = SquaredHead.fit(codes, y, weights, n_outputs=OUTPUTS)
    twice = np.r_[np.arange(N), np.arange(30)]
    np.testing.assert_allclose(head.location, codes[twice].mean(axis=0))
    theirs = Ridge(1.0).fit(head.features(codes)[twice], y[twice])
    np.testing.assert_allclose(head.predictions(codes), theirs.predict(head.features(codes)), atol=0.1)


def test_a_label_that_all_documents_have_keeps_its_odds(codes):
    head = LogitHead.fit(codes, np.ones((N, 1)), np.ones(N), n_outputs=1)
    np.testing.assert_allclose(head.predictions(codes), (N + 0.5) / (N + 1))
    assert not head.weights.any()
