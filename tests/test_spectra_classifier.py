"""Training through the codes of the linear pair: spectra told by a basis that stays one of spectra."""

import numpy as np
import pytest
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression

from textsc import SparseCoding, SparseCodingClassifier

RNG = np.random.default_rng(0)
SOURCES = RNG.gamma(0.3, size=(6, 40))
USED = {"low": [2.0, 2.0, 1.0, 1.0, 0.2, 0.2], "high": [0.2, 0.2, 1.0, 1.0, 2.0, 2.0]}


def spectra(n):
    """Two classes of mixtures of the same sources."""
    y = np.tile(["low", "high"], n // 2)
    return RNG.gamma(0.7, size=(n, 6)) * np.array([USED[label] for label in y]) @ SOURCES, y


X, y = spectra(400)
X_test, y_test = spectra(400)


@pytest.fixture(scope="module")
def basis():
    return SparseCoding(3, pair="linear", random_state=0).fit(X)


def trained(basis, **settings):
    settings = {"epochs": 8, "learning_rate": 0.02, "random_state": 0, **settings}
    return SparseCodingClassifier(FrozenEstimator(basis), **settings).fit(X, y)


def test_training_through_the_code_tells_more_and_keeps_a_basis_of_spectra(basis):
    before, after = trained(basis, epochs=0), trained(basis)
    assert after.score(X_test, y_test) > before.score(X_test, y_test) + 0.03
    components = after.model_.components_
    assert components.min() >= 0
    np.testing.assert_allclose(np.linalg.norm(components, axis=1), 1, rtol=1e-6)
    assert after.model_.codes(X_test).converged.all()
    assert after.n_left_out_ == 0


def test_with_the_unsupervised_loss_spectra_are_still_explained(basis):
    score = {mu: trained(basis, unsupervised_weight=mu).model_.score(X_test) for mu in (0.0, 10.0)}
    assert score[10.0] > score[0.0]
    assert score[10.0] > basis.score(X_test) - 0.03


@pytest.mark.parametrize("n", [400, 100])
def test_the_head_of_spectra_is_held_the_harder_the_fewer_there_are(basis, n):
    """C = 7/n: the penalty beside the mean loss is the same for any number of snippets."""
    model = SparseCodingClassifier(FrozenEstimator(basis), epochs=0).fit(X[:n], y[:n])
    features = model.head_.features(model.transform(X[:n]))
    expected = LogisticRegression(C=7 / n, max_iter=1000).fit(features, y[:n])
    np.testing.assert_allclose(model.predict_proba(X[:n]), expected.predict_proba(features), atol=0.01)


def test_the_unit_is_that_of_the_basis(basis):
    """Sounds three times as loud, coded by a basis of sounds three times as loud, are told the same."""
    louder = SparseCoding(3, pair="linear", random_state=0).fit(3 * X)
    assert louder.unit_ == pytest.approx(3 * basis.unit_)
    one = trained(basis, epochs=2)
    three = SparseCodingClassifier(FrozenEstimator(louder), epochs=2, learning_rate=0.02, random_state=0).fit(3 * X, y)
    np.testing.assert_allclose(three.predict_proba(3 * X_test), one.predict_proba(X_test), atol=1e-3)
