"""What is gathered about topics and codes, against the single measures and scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, log_loss

from textsc.estimators import SparseCoding
from textsc.evaluation import (
    MEASURES,
    count_documents,
    count_windows,
    duplicate_topics,
    inverted_rbo,
    retrieval_precision,
    topic_coherence,
    topic_diversity,
)
from textsc.evaluation.assessment import assess_classes, assess_topics, explained_share, retrieval_between_halves

RNG = np.random.default_rng(0)
NAMES = [f"w{v}" for v in range(12)]
TEXTS = [[NAMES[v] for v in RNG.integers(0, 12, RNG.integers(0, 30))] for _ in range(40)]
TOPICS = [[NAMES[v] for v in RNG.permutation(12)[:6]] for _ in range(4)] + [["w0", "nowhere", "w1"]]


@pytest.mark.parametrize("n_words", [3, 10])
@pytest.mark.parametrize("sizes", [(), (10,), (10, 110)])
def test_every_measure_whose_windows_are_there_is_given(sizes, n_words):
    words = [*NAMES, "nowhere"]
    X = np.array([[text.count(name) for name in NAMES] for text in TEXTS])
    documents = count_documents(X, NAMES, words)
    windows = {size: count_windows(TEXTS, words, size=size) for size in sizes}
    found = assess_topics(TOPICS, documents, windows, n_words=n_words)
    assert set(found.coherence) == {name for name, m in MEASURES.items() if m.window is None or m.window in sizes}
    for name, values in found.coherence.items():
        counts = documents if MEASURES[name].window is None else windows[MEASURES[name].window]
        np.testing.assert_array_equal(values, topic_coherence(TOPICS, counts, measure=name, n_words=n_words))
    assert found.diversity == topic_diversity(TOPICS, n_words=n_words)
    assert found.inverted_rbo == inverted_rbo(TOPICS, n_words=n_words)
    assert found.duplicates == duplicate_topics(TOPICS, n_words=n_words)
    assert found.absent == ("nowhere",)


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
    assert explained_share(np.zeros((2, 2)), np.zeros((2, 1)), np.ones((1, 2))) == 1.0
