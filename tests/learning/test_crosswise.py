"""Training once without each part: what is kept, what is told, and what it is worth."""

import numpy as np
import pytest
import scipy.sparse as sp

from textsc import SparseCoding, SparseCodingRegressor
from textsc.estimators import supervised
from textsc.learning.basis import Progress
from textsc.learning.crosswise import tune_crosswise
from textsc.learning.heads import SquaredHead
from textsc.learning.plan import Tuned


def test_the_mean_is_kept_and_how_each_differs_and_all_is_counted():
    bases, told = np.random.default_rng(0).normal(size=(3, 2, 4)), []

    def tune(without, report):
        for done in (1, 2):
            report(Progress("training", done, 2, 0.5))
        return Tuned(bases[without], None, (0.0,), (), without, 2.0 * without)

    tuned, differences = tune_crosswise(tune, 3, told.append)
    np.testing.assert_allclose(tuned.components, bases.mean(axis=0))
    np.testing.assert_allclose(tuned.components + differences, bases)
    assert (tuned.n_left_out, tuned.mean_products) == (3, 2.0)
    assert [(step.done, step.total) for step in told] == [(n, 6) for n in range(1, 7)]
    tune_crosswise(lambda without, report: tune(without, lambda step: None), 2)


@pytest.fixture
def corpus():
    rng = np.random.default_rng(0)
    y = rng.normal(size=300)
    tilt = np.exp(0.4 * np.outer(y, np.r_[np.ones(8), -np.ones(8), np.zeros(24)]))
    words = rng.dirichlet(np.full(40, 0.3), size=300) * tilt
    X = sp.csr_array(np.array([rng.multinomial(40, p / p.sum()) for p in words]))
    return X, y, SparseCoding(4, random_state=0, epochs=2).fit(X)


def test_the_regression_is_fitted_to_codes_in_topics_trained_without_the_document(corpus, monkeypatch):
    X, y, topics = corpus
    trained, coded = {}, []
    tune, code = supervised.tune_basis, supervised.cross_fitted_codes

    def tune_basis(*args, **options):
        found = tune(*args, **options)
        trained[tuple(np.unique(args[4].part))] = found.components
        return found

    def cross_fitted_codes(model, rows, part, offsets, run, **options):
        W = code(model, rows, part, offsets, run, **options)
        coded.append((part, offsets, options.get("components"), W))
        return W

    monkeypatch.setattr(supervised, "tune_basis", tune_basis)
    monkeypatch.setattr(supervised, "cross_fitted_codes", cross_fitted_codes)
    model = SparseCodingRegressor(topics, cross_fit=3, epochs=2, learning_rate=0.05, random_state=0).fit(X, y)
    assert sorted(trained) == [(0, 1), (0, 2), (1, 2)]
    (_, before, _, first), (part, offsets, mean, W) = coded
    for number, others in enumerate([(1, 2), (0, 2), (0, 1)]):
        basis = trained[others].copy()
        basis[4:] += before[number]
        np.testing.assert_allclose(mean + offsets[number], basis, atol=1e-12)
        assert np.abs(W - first)[part == number].max() > 1e-3
    expected = SquaredHead.fit(W, y[:, None], np.ones(300), n_outputs=1, roots=True)
    np.testing.assert_array_equal(model.head_.weights, expected.weights)
    np.testing.assert_allclose(model.model_.components_[:4], mean[:4], atol=0.05)  # as they are stored: centred
