"""Accuracy of features: settings from the training part alone, any labels."""

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from textsc.evaluation import accuracy
from textsc.evaluation.accuracy import (
    FOLDS,
    STRENGTHS,
    _folds,
    classification_accuracy,
    standardised_views,
    tuned_accuracy,
)


def clouds(n, *, seed=0, apart=1.5, n_classes=3):
    rng = np.random.default_rng(seed)
    y = np.arange(n) % n_classes
    centres = np.random.default_rng(99).normal(size=(n_classes, 4)) * apart
    return np.abs(centres[y] + rng.normal(size=(n, 4))), [f"class {label}" for label in y]


def test_it_is_the_best_setting_of_a_search_by_hand():
    train, y = clouds(120)
    test, wanted = clouds(90, seed=1)
    labels = np.array(y)
    views = standardised_views(train, test)
    folds = _folds(np.unique(labels, return_inverse=True)[1], 0)
    scores = {}
    for name, (X, _) in views.items():
        for C in STRENGTHS:
            right = 0
            for fold in range(FOLDS):
                model = LogisticRegression(C=C, max_iter=1000).fit(X[folds != fold], labels[folds != fold])
                right += np.sum(model.predict(X[folds == fold]) == labels[folds == fold])
            scores[name, C] = right
    name, C = max(scores, key=scores.get)
    expected = LogisticRegression(C=C, max_iter=1000).fit(views[name][0], labels).score(views[name][1], wanted)
    found = tuned_accuracy(views, y, wanted)
    assert (found.view, found.strength) == (name, C)
    assert found.value == pytest.approx(expected)
    assert classification_accuracy(train, y, test, wanted) == found.value
    assert 0.5 < found.value < 1


def test_the_test_part_has_no_say_in_the_settings():
    train, y = clouds(60)
    test, wanted = clouds(60, seed=2)
    chosen = tuned_accuracy(standardised_views(train, test), y, wanted)
    shuffled = tuned_accuracy(standardised_views(train, test[::-1]), y, wanted)
    assert (chosen.view, chosen.strength) == (shuffled.view, shuffled.strength)
    assert chosen.value != shuffled.value


def test_views_are_standardised_by_the_training_part():
    train, _ = clouds(40)
    test, _ = clouds(10, seed=3)
    views = standardised_views(train, test)
    scaler = StandardScaler().fit(train)
    np.testing.assert_allclose(views["weights"][0], scaler.transform(train))
    np.testing.assert_allclose(views["weights"][1], scaler.transform(test))
    roots = np.sqrt(train / train.sum(axis=1, keepdims=True))
    np.testing.assert_allclose(views["roots"][0], StandardScaler().fit_transform(roots))


def test_weights_of_either_sign_and_rows_of_zeros_have_views():
    views = standardised_views([[-4.0, 0.0, 12.0], [0.0, 0.0, 0.0], [1.0, 0.0, 1.0]], [[-1.0, 0.0, 3.0]])
    assert all(np.isfinite(part).all() for pair in views.values() for part in pair)
    # The same shares are the same root.
    np.testing.assert_allclose(views["roots"][1][0], views["roots"][0][0])


@given(
    counts=st.lists(st.integers(1, 12), min_size=1, max_size=6),
    seed=st.integers(0, 20),
)
@settings(deadline=None, max_examples=60)
def test_folds_spread_each_class(counts, seed):
    y = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts))
    folds = _folds(y, seed)
    np.testing.assert_array_equal(folds, _folds(y, seed))
    for label in range(len(counts)):
        sizes = np.bincount(folds[y == label], minlength=FOLDS)
        assert sizes.max() - sizes.min() <= 1
    sizes = np.bincount(folds, minlength=FOLDS)
    assert sizes.max() - sizes.min() <= 1


@pytest.mark.parametrize(
    ("train_labels", "test_labels", "expected"),
    [
        (["a"] * 6, ["a", "b"], 0.5),  # one class to learn from
        (["a", "b", "a", "a", "a", "a"], ["a", "c"], 0.5),  # a class of one document; one that is new
        (["a", "b", "c", "d", "e", "f"], ["z", "z"], 0.0),  # classes of one document each
    ],
)
def test_rare_classes(train_labels, test_labels, expected):
    X = np.zeros((6, 2))  # nothing to see: the most frequent class is said
    assert classification_accuracy(X, train_labels, X[:2], test_labels) == expected


def test_two_documents_are_enough():
    assert classification_accuracy([[0.0], [1.0]], ["a", "b"], [[0.0], [1.0]], ["a", "b"]) == 1.0


def test_sparse_views_are_taken():
    X = sp.csr_matrix(np.repeat(np.eye(3), 4, axis=0))
    assert tuned_accuracy({"raw": (X, X)}, list("aaaabbbbcccc"), list("aaaabbbbcccc"), strengths=[1.0]).value == 1.0


def test_a_seed_fixes_the_folds(monkeypatch):
    train, y = clouds(45, apart=0.5)
    assert classification_accuracy(train, y, train, y, seed=3) == classification_accuracy(train, y, train, y, seed=3)
    seen = []
    folds = accuracy._folds
    monkeypatch.setattr(accuracy, "_folds", lambda codes, seed: seen.append(seed) or folds(codes, seed))
    classification_accuracy(train, y, train, y, seed=7)
    assert seen == [7]


@pytest.mark.parametrize(
    ("train", "train_labels", "test", "test_labels", "said"),
    [
        ([[1.0]], [], [[1.0]], ["a"], "training part.*0 labels"),
        ([[1.0], [2.0]], ["a", "b"], [[1.0]], ["a", "b"], "test part.*2 labels"),
        ([[1.0], [2.0]], ["a", "b"], np.zeros((0, 1)), [], "test part.*at least one"),
    ],
)
def test_rows_without_labels_are_refused(train, train_labels, test, test_labels, said):
    with pytest.raises(ValueError, match=said):
        classification_accuracy(train, train_labels, test, test_labels)
