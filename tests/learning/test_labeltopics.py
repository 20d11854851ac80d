"""Topics of labels: log-lifts by hand, parts left out, groups of ratings."""

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import Ridge

from textsc.learning.labeltopics import class_groups, label_directions, label_topics, rating_groups


def test_a_part_does_not_count_its_own_documents():
    rng = np.random.default_rng(0)
    X = sp.csr_array(rng.poisson(1.0, size=(40, 12)).astype(np.float32))
    groups, part = class_groups(rng.integers(3, size=40), 3), rng.integers(4, size=40)
    b0 = np.log(rng.dirichlet(np.ones(12)))
    found = label_topics(X, groups, b0, smoothing=0.5, part=part, n_parts=4)
    for j in range(4):
        rest = part != j
        P = groups[rest].T @ X[rest].toarray()
        P /= P.sum(axis=1, keepdims=True)
        u = np.exp(b0)
        np.testing.assert_allclose(found.parts[j], np.log((P + 0.5 * u) / (1.5 * u)), rtol=1e-6, atol=1e-9)
    whole = label_topics(X, groups, b0, smoothing=0.5, part=0 * part, n_parts=1)
    np.testing.assert_allclose(whole.components, found.components, atol=1e-12)
    np.testing.assert_array_equal(whole.parts[0], whole.components)


@pytest.mark.parametrize("n_groups", [1, 3, 10])
def test_groups_of_ratings_are_of_about_equal_size(n_groups):
    values = np.random.default_rng(0).random(300)
    groups, bounds = rating_groups(values, n_groups)
    assert groups.shape == (300, n_groups)
    np.testing.assert_array_equal(groups.sum(axis=1), 1)
    np.testing.assert_allclose(groups.sum(axis=0), 300 / n_groups, atol=1)
    numbers = groups.argmax(axis=1)
    np.testing.assert_array_equal(numbers, np.searchsorted(bounds, values, side="right"))


def test_few_different_ratings_make_few_groups():
    groups, bounds = rating_groups(np.array([1.0, 1.0, 1.0, 2.0, 5.0, 5.0]), 10)
    assert groups.shape[1] == len(bounds) + 1 == 3
    assert rating_groups(np.ones(5), 10)[0].shape == (5, 1)


def test_directions_are_those_of_ridge_on_tfidf_without_the_part():
    rng = np.random.default_rng(0)
    X = sp.csr_array(rng.poisson(1.0, size=(60, 12)).astype(float))
    y, part, u = rng.normal(size=(60, 1)), rng.integers(3, size=60), np.full(12, 1 / 12)
    found = label_directions(X, np.c_[y, -y], np.log(u), part=part, n_parts=3, weights=np.ones(60))
    assert found.components.shape == (2, 12)
    for j, columns in enumerate(found.parts):
        rest = part != j
        weigher = TfidfTransformer().fit(X[rest])
        expected = Ridge(2.0).fit(weigher.transform(X[rest]).toarray(), y[rest, 0]).coef_ * weigher.idf_
        expected -= expected.mean()
        np.testing.assert_allclose(columns[0], 0.5 * expected / np.sqrt(np.mean(expected**2)), atol=1e-3)
        np.testing.assert_allclose(columns[1], -columns[0], atol=1e-9)


@pytest.mark.parametrize("weight", [1.0, 0.1, 3.7])
@pytest.mark.parametrize("value", [0.0, 1.0, -2.3])
def test_numbers_that_are_all_the_same_have_no_direction(weight, value):
    rng = np.random.default_rng(0)
    X = sp.csr_array(rng.poisson(1.0, size=(60, 12)).astype(float))
    y = np.c_[np.full(60, value), rng.normal(size=60)]
    y[:20, 1] = 0.5  # all the same where the other parts are left out
    part = np.repeat([0, 1, 1], 20)
    found = label_directions(X, y, np.zeros(12), part=part, n_parts=2, weights=np.full(60, weight))
    assert not found.components[0].any()
    assert not found.parts[:, 0].any()
    assert not found.parts[1, 1].any()
    assert found.parts[0, 1].any()


def test_a_document_of_no_weight_gives_no_direction():
    rng = np.random.default_rng(0)
    X = sp.csr_array(rng.poisson(1.0, size=(60, 12)).astype(float))
    y, part, b0 = rng.normal(size=(60, 1)), np.arange(60) % 3, np.zeros(12)
    weights = np.where(np.arange(60) % 5 == 0, 0.0, rng.uniform(0.5, 2.0, size=60))
    kept = weights > 0
    found = label_directions(X, y, b0, part=part, n_parts=3, weights=weights)
    alone = label_directions(X[kept], y[kept], b0, part=part[kept], n_parts=3, weights=weights[kept])
    np.testing.assert_array_equal(found.parts, alone.parts)
    np.testing.assert_array_equal(found.components, alone.components)
    even = label_directions(X, y, b0, part=part, n_parts=3, weights=np.ones(60))
    assert np.abs(even.components - found.components).max() > 0.05
    assert not label_directions(X, y, b0, part=part, n_parts=3, weights=np.zeros(60)).parts.any()
