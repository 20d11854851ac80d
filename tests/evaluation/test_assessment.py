"""What is measured of codes and classes, against the single measures and scikit-learn."""

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.metrics import accuracy_score, log_loss

from textsc.estimators import SparseCoding
from textsc.evaluation import retrieval_precision
from textsc.evaluation.assessment import assess_classes, explained_share, retrieval_between_halves

RNG = np.random.default_rng(0)


def test_classes_are_measured_as_by_scikit_learn():
    classes = ["a", "b", "c"]
    probabilities = RNG.dirichlet(np.ones(3), 50)
    labels = [classes[i] for i in RNG.integers(0, 3, 50)]
    found = assess_classes(probabilities, classes, labels)
    assert found.accuracy == accuracy_score(labels, np.array(classes)[probabilities.argmax(axis=1)])
    assert found.log_loss == pytest.approx(log_loss(labels, probabilities, labels=classes))
    assert found.n_known == 50


def test_a_class_that_is_never_predicted_is_wrong_and_has_no_loss():
    found = assess_classes(np.array([[0.9, 0.1], [1.0, 0.0]]), ["a", "b"], ["z", "a"])
    assert (found.accuracy, found.log_loss, found.n_known) == (0.5, 0.0, 1)
    alone = assess_classes(np.array([[0.9, 0.1]]), ["a", "b"], ["z"])
    assert (alone.accuracy, alone.n_known) == (0.0, 0)
    assert np.isnan(alone.log_loss)
    assert assess_classes(np.array([[0.0, 1.0]]), ["a", "b"], ["a"]).log_loss == np.inf


def test_halves_are_drawn_once_and_do_not_overlap():
    W, labels = RNG.random((31, 4)), [f"c{i % 3}" for i in range(31)]
    order = np.random.default_rng(5).permutation(31)
    first, second = sorted(order[:16]), sorted(order[16:])
    names = np.array(labels)
    expected = retrieval_precision(W[first], W[second], names[first], names[second])
    assert retrieval_between_halves(W, labels, seed=5) == expected
    assert retrieval_between_halves(W, labels, seed=5) != retrieval_between_halves(W, labels, seed=6)
    with pytest.raises(ValueError, match="rows"):
        retrieval_between_halves(W[:1], labels[:1])


def test_what_is_explained_of_spectra_is_the_score_of_the_model():
    X = RNG.gamma(1.0, size=(2100, 6)).astype(np.float32)
    model = SparseCoding(3, pair="linear", init="random", epochs=1, random_state=0).fit(X)
    share = explained_share(X, model.transform(X), model.components_, unit=model.unit_)
    assert share == pytest.approx(model.score(X), rel=1e-5)
    assert 0 < share < 1
    assert explained_share(sp.csr_array(X), model.transform(X), model.components_, unit=model.unit_) == share
    assert explained_share(np.zeros((2, 2)), np.zeros((2, 1)), np.ones((1, 2))) == 1.0
