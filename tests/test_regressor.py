"""Ratings through the code: scikit-learn's checks, the gain of training, several outputs, files; and several labels."""

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.metrics import r2_score
from sklearn.utils.estimator_checks import parametrize_with_checks

import textsc
from textsc import SparseCoding, SparseCodingClassifier, SparseCodingRegressor

FAST = {"epochs": 2, "batch_size": 64}
MINIBATCHES = "a document met twice is not one of twice the weight"
NOT_MEANT = {
    "check_sample_weight_equivalence_on_dense_data": MINIBATCHES,
    "check_sample_weight_equivalence_on_sparse_data": MINIBATCHES,
}


@parametrize_with_checks(
    [SparseCodingRegressor(SparseCoding(3, random_state=0, **FAST), epochs=1, random_state=0)],
    expected_failed_checks=lambda _: NOT_MEANT,
)
def test_scikit_learns_checks(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def corpus():
    """Documents of six topics; their number goes with a few words beside those."""
    rng = np.random.default_rng(0)
    n_words, n_documents = 60, 500
    topics = rng.dirichlet(np.full(n_words, 0.2), size=6)
    y = rng.normal(size=n_documents)
    tilt = np.exp(0.5 * np.outer(y, np.r_[np.ones(8), -np.ones(8), np.zeros(n_words - 16)]))
    words = rng.dirichlet(np.full(6, 0.3), size=n_documents) @ (0.7 * topics + 0.3 / n_words) * tilt
    X = np.array([rng.multinomial(60, p / p.sum()) for p in words])
    return sp.csr_array(X[:400]), y[:400], X[400:], y[400:]


@pytest.fixture(scope="module")
def topics(corpus):
    return SparseCoding(6, random_state=0).fit(corpus[0])


def test_each_step_helps(corpus, topics):
    X, y, X_test, y_test = corpus

    def quality(**options):
        return SparseCodingRegressor(topics, random_state=0, **options).fit(X, y).score(X_test, y_test)

    frozen, informed = quality(label_topics=0, epochs=0), quality(epochs=0)
    assert informed > frozen + 0.02
    still, moved = (quality(label_topics=0, epochs=n, learning_rate=0.03) for n in (0, 10))
    assert moved > still + 0.01


def test_training_leaves_the_topics_of_ratings_alone(corpus, topics):
    X, y, _, _ = corpus
    still, moved = (SparseCodingRegressor(topics, epochs=n, random_state=0).fit(X, y) for n in (0, 1))
    assert len(moved.model_.components_) == 18
    np.testing.assert_allclose(moved.model_.components_[6:], still.model_.components_[6:], atol=1e-5)
    assert np.abs(moved.model_.components_[:6] - still.model_.components_[:6]).max() > 1e-3
    np.testing.assert_allclose(moved.coef_, still.coef_, rtol=1e-9)


def test_topics_of_high_ratings_speak_for_them(corpus, topics):
    X, y, _, _ = corpus
    model = SparseCodingRegressor(topics, label_topics=2, random_state=0).fit(X, y)
    low, high, more, less = model.coef_[6:]
    assert low + less < high + more  # a direction shares what it says with the topic of its end
    best = [
        [int(name[1:]) for name in words]
        for words in model.model_.topic_words(5, feature_names=[f"w{v}" for v in range(X.shape[1])])[6:]
    ]
    assert np.mean(np.array(best[1]) < 8) > 0.5 > np.mean(np.array(best[0]) < 8)


def test_several_outputs(corpus, topics):
    X, y, X_test, y_test = corpus
    both = SparseCodingRegressor(topics, random_state=0).fit(X, np.c_[y, -2 * y])
    found = both.predict(X_test)
    assert found.shape == (100, 2)
    assert both.coef_.shape == (2, 18)
    assert r2_score(np.c_[y_test, -2 * y_test], found) > 0.3
    np.testing.assert_allclose(found[:, 1], -2 * found[:, 0], atol=0.3)


def test_options_matter(corpus, topics):
    X, y, X_test, _ = corpus
    base = SparseCodingRegressor(topics, batch_size=64, random_state=0).fit(X, y).predict(X_test)
    changes = (
        {"label_topics": 4},
        {"smoothing": 1.0},
        {"cross_fit": 5},
        {"epochs": 2},
        {"batch_size": 128},
        {"learning_rate": 0.01},
        {"unsupervised_weight": 0.1},
        {"validation_fraction": 0.2},
        {"random_state": 1},
    )
    for change in changes:
        model = SparseCodingRegressor(topics, **{"random_state": 0, "batch_size": 64, **change}).fit(X, y)
        assert np.abs(model.predict(X_test) - base).max() > 1e-6, change


def test_weights_and_unlabelled_documents_matter(corpus, topics):
    X, y, X_test, _ = corpus
    options = {"random_state": 0, "unsupervised_weight": 0.1}
    base = SparseCodingRegressor(topics, **options).fit(X, y).predict(X_test)
    weighted = SparseCodingRegressor(topics, **options).fit(X, y, np.where(y > 0, 1.0, 0.1)).predict(X_test)
    assert weighted.mean() > base.mean() + 0.05
    more = SparseCodingRegressor(topics, **options).fit(X, y, unlabelled=X_test).predict(X_test)
    assert np.abs(more - base).max() > 1e-6
    with pytest.raises(ValueError, match="at least one non-zero number"):
        SparseCodingRegressor(topics).fit(X, y, np.zeros(400))


def test_training_stops_where_validation_says(corpus, topics):
    X, y, _, _ = corpus
    stages = []
    model = SparseCodingRegressor(
        topics, epochs=40, learning_rate=0.2, label_topics=0, validation_fraction=0.25, random_state=0
    )
    model._fit(X, y, report=lambda step: stages.append(step))
    done = [step.done for step in stages if step.stage == "training through the codes"]
    assert max(done) < 0.9 * stages[-1].total


def test_a_document_without_a_word_is_predicted_from_the_prior(corpus, topics):
    X, y, _, _ = corpus
    model = SparseCodingRegressor(topics, random_state=0).fit(X, y)
    expected = model.values(np.full((1, 18), topics.prior_mean_))
    np.testing.assert_allclose(model.predict(np.zeros((1, X.shape[1]))), expected, rtol=1e-6)


def test_bytes_do_not_depend_on_threads(corpus, topics):
    X, y, X_test, _ = corpus
    one, two = (SparseCodingRegressor(topics, random_state=0, n_jobs=n).fit(X, y) for n in (1, 2))
    assert one.predict(X_test).tobytes() == two.predict(X_test).tobytes()


@pytest.mark.parametrize("outputs", [1, 2])
def test_a_model_file_holds_the_regression(tmp_path, corpus, topics, outputs):
    X, y, X_test, _ = corpus
    model = SparseCodingRegressor(topics, random_state=0).fit(X, y if outputs == 1 else np.c_[y, y**2])
    textsc.save_model(model, tmp_path / "rated.model")
    again = textsc.load_model(tmp_path / "rated.model")
    assert again.predict(X_test).tobytes() == model.predict(X_test).tobytes()
    textsc.save_model(again, tmp_path / "again.model")
    assert (tmp_path / "again.model").read_bytes() == (tmp_path / "rated.model").read_bytes()


def test_log_counts_are_the_same_as_counts_of_logs(corpus):
    X = corpus[0]
    ours = SparseCoding(4, counts="log", random_state=0, **FAST).fit(X.astype(float))
    theirs = SparseCoding(4, random_state=0, **FAST).fit(X.astype(float).log1p())
    np.testing.assert_allclose(ours.components_, theirs.components_, atol=1e-9)
    np.testing.assert_allclose(ours.transform(X.astype(float)), theirs.transform(X.astype(float).log1p()), atol=1e-9)


@pytest.mark.parametrize("label_topics", [False, True])
def test_several_labels_a_document(tmp_path, corpus, topics, label_topics):
    X, y, X_test, y_test = corpus
    labels, truth = (np.c_[values > 0, np.abs(values) > 1, values < 0].astype(int) for values in (y, y_test))
    model = SparseCodingClassifier(topics, label_topics=label_topics, random_state=0).fit(X, labels)
    assert model.several_labels
    assert len(model.model_.components_) == 6 + 6 * label_topics
    found = model.predict(X_test)
    assert found.shape == truth.shape
    assert set(np.unique(found)) <= {0, 1}
    assert np.mean((found == truth)[:, [0, 2]]) > 0.7
    textsc.save_model(model, tmp_path / "labels.model")
    assert textsc.load_model(tmp_path / "labels.model").predict(X_test).tolist() == found.tolist()
