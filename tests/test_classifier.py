"""The classifier through the code: scikit-learn's checks, the gain of training, files."""

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.utils.estimator_checks import parametrize_with_checks

import textsc
from textsc import SparseCoding, SparseCodingClassifier, SparseCodingRegressor
from textsc.estimators import supervised
from textsc.estimators.labelled import Labelled
from textsc.learning.heads import SoftmaxHead
from textsc.learning.plan import Examples, Plan
from textsc.learning.supervised import tune_basis

FAST = {"epochs": 2, "batch_size": 64}


MINIBATCHES = "a document met twice is not one of twice the weight"
NOT_MEANT = {
    "check_sample_weight_equivalence_on_dense_data": MINIBATCHES,
    "check_sample_weight_equivalence_on_sparse_data": MINIBATCHES,
    "check_class_weight_classifiers": "its data are below zero",
}


@parametrize_with_checks(
    [SparseCodingClassifier(SparseCoding(3, random_state=0, **FAST), epochs=1, random_state=0)],
    expected_failed_checks=lambda _: NOT_MEANT,
)
def test_scikit_learns_checks(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def corpus():
    """Two classes that differ in a few words, beside louder topics that they share."""
    rng = np.random.default_rng(0)
    n_words, n_documents = 40, 400
    topics = rng.dirichlet(np.full(n_words, 0.2), size=6)
    tilt = np.ones((2, n_words))
    tilt[0, :4], tilt[1, 4:8] = 3.0, 3.0
    y = rng.integers(2, size=n_documents)
    words = rng.dirichlet(np.full(6, 0.3), size=n_documents) @ (0.8 * topics + 0.2 / n_words) * tilt[y]
    X = np.array([rng.multinomial(60, p / p.sum()) for p in words])
    return sp.csr_array(X[:300]), np.array(["left", "right"])[y[:300]], X[300:], np.array(["left", "right"])[y[300:]]


@pytest.fixture(scope="module")
def topics(corpus):
    return SparseCoding(6, random_state=0).fit(corpus[0])


def test_training_through_the_code_beats_the_same_start_without_it(corpus, topics):
    X, y, X_test, y_test = corpus
    still, moved = (
        SparseCodingClassifier(topics, label_topics=False, epochs=n, learning_rate=0.03, random_state=0).fit(X, y)
        for n in (0, 20)
    )

    def cross_entropy(model):
        P = model.predict_proba(X_test)
        return -np.mean(np.log(P[np.arange(len(P)), np.searchsorted(model.classes_, y_test)]))

    assert cross_entropy(moved) < cross_entropy(still) - 0.02
    assert moved.score(X_test, y_test) > still.score(X_test, y_test)


@pytest.mark.parametrize("pair", ["softmax", "linear"])
def test_with_a_fixed_head_the_loss_falls_by_the_basis_alone(corpus, pair):
    X, y, _, _ = corpus
    model = SparseCoding(6, pair=pair, init="random", random_state=0).fit(X.astype(np.float64))
    objective = model._objective(np.float64, "cpu")
    data, n_tokens = objective.pair.prepare(X.astype(np.float64), model.unit_)
    W, labels = model.transform(X.astype(np.float64)), (y == "right").astype(int)
    rng = np.random.default_rng(1)
    head = SoftmaxHead(rng.normal(size=(2, 6)), np.zeros(2), W.mean(axis=0), W.std(axis=0))
    n, losses = X.shape[0], []
    tuned = tune_basis(
        objective,
        model.components_,
        model.background_,
        head,
        Examples(data, objective.strength(n_tokens), labels, np.ones(n), np.zeros(n, dtype=int)),
        plan=Plan(epochs=15, batch_size=300, rate=0.01, head_rate=0.0),
        rng=np.random.default_rng(0),
        run=map,
        report=lambda step: losses.append(step.loss),
    )
    np.testing.assert_allclose(tuned.head.weights, head.weights, rtol=1e-12)
    np.testing.assert_allclose(losses, tuned.losses)
    assert losses[-1] < 0.95 * losses[0]


@pytest.mark.parametrize("init", ["none", "fitted", "unfitted", "frozen", "array"])
def test_topics_come_from_where_they_are_told(corpus, topics, init):
    X, y, _, _ = corpus
    before = topics.components_.copy()
    given = {
        "none": None,
        "fitted": topics,
        "unfitted": SparseCoding(4, random_state=0),
        "frozen": FrozenEstimator(topics),
        "array": np.asarray(topics.components_, dtype=float),
    }[init]
    model = SparseCodingClassifier(given, epochs=1, random_state=0).fit(X, y)
    np.testing.assert_array_equal(topics.components_, before)
    assert model.model_ is not given
    assert len(model.model_.components_) == {"none": 50, "unfitted": 4}.get(init, 6) + 4
    if init == "frozen":
        again = clone(model).fit(X, y)
        np.testing.assert_array_equal(again.coef_, model.coef_)
    if init == "unfitted":
        assert not hasattr(given, "components_")


def test_tuned_columns_of_the_linear_pair_have_unit_norm(corpus):
    X, y, _, _ = corpus
    model = SparseCoding(4, pair="linear", init="random", random_state=0)
    tuned = SparseCodingClassifier(model, learning_rate=0.3, random_state=0).fit(X.toarray().astype(float), y)
    np.testing.assert_allclose(np.linalg.norm(tuned.model_.components_, axis=1), 1.0, rtol=1e-6)
    assert np.all(tuned.model_.components_ >= 0)


def test_the_seed_reaches_the_topics(corpus):
    X, y, _, _ = corpus
    one, two = (SparseCodingClassifier(SparseCoding(3, **FAST), epochs=1, random_state=0).fit(X, y) for _ in range(2))
    assert one.coef_.tobytes() == two.coef_.tobytes()


def test_bytes_do_not_depend_on_threads(corpus, topics):
    X, y, X_test, _ = corpus
    one, two = (SparseCodingClassifier(topics, random_state=0, n_jobs=n).fit(X, y) for n in (1, 2))
    assert one.model_.components_.tobytes() == two.model_.components_.tobytes()
    assert one.predict_proba(X_test).tobytes() == two.predict_proba(X_test).tobytes()


def test_every_option_matters(corpus, topics):
    X, y, _, _ = corpus
    base = SparseCodingClassifier(topics, random_state=0).fit(X, y)
    told = base.predict_proba(X)
    changes = (
        {"epochs": 2},
        {"batch_size": 50},
        {"learning_rate": 0.1},
        {"random_state": 1},
        {"smoothing": 5.0},
        {"cross_fit": 5},
        {"unsupervised_weight": 0.1},
        {"validation_fraction": 0.2},
        {"class_weight": {"left": 1, "right": 9}},
    )
    for option in changes:
        options = {"random_state": 0, "batch_size": 256} | option
        assert (SparseCodingClassifier(topics, **options).fit(X, y).predict_proba(X) != told).any(), option
    heavy = SparseCodingClassifier(topics, random_state=0, class_weight={"left": 1, "right": 9}).fit(X, y)
    assert heavy.predict_proba(X)[:, 1].mean() > told[:, 1].mean() + 0.03
    assert len(SparseCodingClassifier(topics, label_topics=False).fit(X, y).model_.components_) == 6


def test_topics_of_classes_speak_for_them(corpus, topics):
    X, y, X_test, y_test = corpus
    without, informed = (
        SparseCodingClassifier(topics, label_topics=told, epochs=0, random_state=0).fit(X, y) for told in (False, True)
    )
    assert informed.score(X_test, y_test) > without.score(X_test, y_test)
    left, right = informed.coef_[:, 6:] - informed.coef_[:, 6:].mean(axis=0)
    assert left[0] > right[0]
    assert right[1] > left[1]


@pytest.mark.parametrize("parts", [0, 3])
def test_topics_without_labels_stay_where_labels_have_their_own(corpus, topics, parts):
    X, y, _, _ = corpus
    still, moved = (SparseCodingClassifier(topics, cross_fit=parts, epochs=n, random_state=0).fit(X, y) for n in (0, 2))
    n = len(topics.components_)
    np.testing.assert_allclose(moved.model_.components_[:n], still.model_.components_[:n], atol=1e-6)
    moves = np.abs(moved.model_.components_[n:] - still.model_.components_[n:])
    assert moves.max(axis=1).min() > 0.01
    np.testing.assert_allclose(moved.head_.weights, still.head_.weights, rtol=1e-12)


def test_classes_have_directions_beside_their_lifts():
    """Words of one's own tell little where those of another class tell more: a regression weighs them together."""
    rng = np.random.default_rng(0)
    y = np.arange(600) % 2
    loud, faint = rng.poisson(np.where(rng.random((600, 1)) < 0.5, 12.0, 2.0), size=(600, 8)), np.ones((600, 8))
    faint = rng.poisson(np.where(y == 1, 0.8, 0.4)[:, None] * faint)
    X = np.concatenate([loud, faint, rng.poisson(1.0, size=(600, 24))], axis=1).astype(float)
    model = SparseCodingClassifier(SparseCoding(3, random_state=0), epochs=0, random_state=0).fit(X[:400], y[:400])
    directions = model.model_.components_[5:]
    np.testing.assert_allclose(directions[0], -directions[1], atol=1e-5)
    assert directions[1, 8:16].min() > directions[1, np.r_[:8, 16:40]].max()
    assert model.score(X[400:], y[400:]) > 0.65


def test_documents_of_no_weight_say_nothing_of_the_topics_of_classes(corpus, topics):
    X, y, _, _ = corpus
    weights = np.where(np.arange(len(y)) % 4 == 0, 0.0, 1.0)
    kept = weights > 0
    wrong = np.where(kept, y, np.where(y == "left", "right", "left"))
    told = SparseCodingClassifier(topics, epochs=0, random_state=0).fit(X, wrong, sample_weight=weights)
    alone = SparseCodingClassifier(topics, epochs=0, random_state=0).fit(X[kept], y[kept])
    np.testing.assert_allclose(told.model_.components_, alone.model_.components_, atol=1e-5)


@pytest.mark.parametrize(("n", "strength"), [(1000, 0.1), (400, 0.25), (50, 1.0)])
def test_the_head_is_held_the_harder_the_fewer_there_are(n, strength):
    rng = np.random.default_rng(0)
    W = rng.gamma(1.0, size=(n, 3))
    y = (W[:, 0] + rng.normal(size=n) > 1).astype(int)
    for weight in (1.0, 0.01):
        labelled = Labelled(y, np.full(n, weight), np.eye(2)[y], np.eye(2)[y])
        head = labelled.fit_head(SoftmaxHead, W, np.ones(n, dtype=bool), roots=False)
        expected = LogisticRegression(C=strength, max_iter=1000).fit(head.features(W), y)
        np.testing.assert_allclose(
            head.predictions(W), expected.predict_proba(head.features(W)), atol=2e-3, err_msg=str(weight)
        )


def test_what_is_told_of_a_document_is_shared_out_among_the_classes(corpus, topics):
    X, y, _, _ = corpus
    X, labels = X.astype(np.float32), (y == "right").astype(int)
    labelled = Labelled(labels[:40], np.full(40, 2.0), np.eye(2)[labels[:40]], np.eye(2)[labels[:40]])
    rows, told = labelled.taught(topics, X[:40], X[40:], smoothing=0.5)
    assert rows.shape == X.shape
    np.testing.assert_allclose(told.directions.sum(axis=1), 1.0)
    np.testing.assert_array_equal(told.directions[:40], labelled.directions)
    lifted = told.groups[40:] * told.weights[40:, None]  # what the lifts count
    np.testing.assert_allclose(lifted, 2.0 * told.directions[40:])


@pytest.mark.parametrize(("unsupervised_weight", "n_met"), [(0.0, 60), (0.1, 300)])
def test_training_is_on_labels_that_were_given(monkeypatch, corpus, topics, unsupervised_weight, n_met):
    X, y, _, _ = corpus
    met = []

    def watched(objective, components, background, head, examples, **options):
        met.append(examples)
        return tune_basis(objective, components, background, head, examples, **options)

    monkeypatch.setattr(supervised, "tune_basis", watched)
    model = SparseCodingClassifier(topics, epochs=1, unsupervised_weight=unsupervised_weight, random_state=0)
    model.fit(X[:60], y[:60], unlabelled=X[60:])
    assert len(met[0].weights) == n_met
    np.testing.assert_array_equal(met[0].weights > 0, np.arange(n_met) < 60)
    np.testing.assert_array_equal(model.classes_[met[0].targets[:60]], y[:60])


@pytest.mark.parametrize(("n", "told"), [(4, False), (4, True), (8, True)])
def test_few_labels_leave_none_or_given_ones_to_stop_by(monkeypatch, corpus, topics, n, told):
    X, y, _, _ = corpus
    rows = np.r_[np.flatnonzero(y == "left")[: n // 2], np.flatnonzero(y == "right")[: n // 2]]
    held = []

    def watched(*arguments, validation, **options):
        held.append(validation)
        return tune_basis(*arguments, validation=validation, **options)

    monkeypatch.setattr(supervised, "tune_basis", watched)
    for seed in range(5):
        model = SparseCodingClassifier(topics, epochs=2, validation_fraction=0.2, random_state=seed)
        model.fit(X[rows], y[rows], unlabelled=X[100:] if told else None)
    assert [0 if one is None else len(one.weights) for one in held] == [int(0.2 * n)] * 5


def test_a_class_that_is_held_out_does_not_shift_the_others(corpus, topics):
    X, y, _, _ = corpus
    y = y.copy()
    y[:1] = "alone"  # sorted before the others: held out of training, for some seeds
    for seed in range(4):
        model = SparseCodingClassifier(topics, epochs=1, validation_fraction=0.5, random_state=seed).fit(X, y)
        assert model.score(X, y) > 0.8
        assert model.n_left_out_ == 0


def test_a_tuned_model_is_still_a_topic_model(corpus, topics):
    X, y, X_test, _ = corpus
    tuned = SparseCodingClassifier(topics, random_state=0).fit(X, y)
    names = [f"w{v}" for v in range(X.shape[1])]
    assert len(tuned.model_.topic_words(5, feature_names=names)) == 6 + 4
    codes = tuned.model_.codes(X_test)
    assert codes.converged.all()
    assert tuned.model_.prevalence_.sum() == pytest.approx(1)
    log_odds = tuned.head_.outputs(codes.W)
    np.testing.assert_array_equal(tuned.predict(X_test), tuned.classes_[log_odds.argmax(axis=1)])


def test_a_document_without_a_word_is_predicted_from_the_prior(corpus, topics):
    X, y, _, _ = corpus
    tuned = SparseCodingClassifier(topics, random_state=0).fit(X, y)
    empty = tuned.predict_proba(np.zeros((1, X.shape[1])))
    np.testing.assert_allclose(empty, tuned.probabilities(np.full((1, 10), topics.prior_mean_)), rtol=1e-6)


@pytest.mark.parametrize("labels", [["a", "b"], [3, 7], [False, True]])
def test_a_model_file_holds_the_classifier(tmp_path, corpus, topics, labels):
    X, y, X_test, _ = corpus
    tuned = SparseCodingClassifier(topics, random_state=0).fit(X, np.array(labels)[(y == "right").astype(int)])
    textsc.save_model(tuned, tmp_path / "tuned.model")
    again = textsc.load_model(tmp_path / "tuned.model")
    assert again.predict(X_test).tolist() == tuned.predict(X_test).tolist()
    assert again.predict_proba(X_test).tobytes() == tuned.predict_proba(X_test).tobytes()
    assert again.get_params()["learning_rate"] == 0.02
    textsc.save_model(again, tmp_path / "again.model")
    assert (tmp_path / "again.model").read_bytes() == (tmp_path / "tuned.model").read_bytes()


def test_labels_that_no_file_holds_are_refused(tmp_path, corpus, topics):
    X, y, _, _ = corpus
    tuned = SparseCodingClassifier(topics, epochs=0, random_state=0).fit(X, np.where(y == "left", 1.0, 2.0))
    with pytest.raises(TypeError, match=r"labels that are strings, whole numbers or true and false, not float\.$"):
        textsc.save_model(tuned, tmp_path / "tuned.model")


def test_bad_input_is_refused_in_a_sentence(corpus, topics):
    X, y, _, _ = corpus
    with pytest.raises(ValueError, match=r"every row needs a label, but 1 have none, the first is row 2; leave them"):
        SparseCodingClassifier(topics).fit(X[:4], ["a", "b", None, "a"])
    with pytest.raises(ValueError, match=r"labels must be of one kind, got int, str"):
        SparseCodingClassifier(topics).fit(X[:4], ["a", 1, "b", 2])
    with pytest.raises(ValueError, match="at least two classes are needed"):
        SparseCodingClassifier(topics).fit(X, np.full(X.shape[0], "same"))
    with pytest.raises(TypeError, match="init must be a SparseCoding"):
        SparseCodingClassifier(SparseCodingClassifier()).fit(X, y)
    l1 = SparseCoding(3, prior="l1", **FAST)
    with pytest.raises(TypeError, match="'l1' have no derivative"):
        SparseCodingClassifier(l1).fit(X, y)
    SparseCodingClassifier(l1, epochs=0).fit(X, y)


def test_it_works_in_a_search(corpus, topics):
    X, y, _, _ = corpus
    search = GridSearchCV(SparseCodingClassifier(FrozenEstimator(topics), random_state=0), {"epochs": [0, 1]}, cv=2)
    assert search.fit(X, y).best_score_ > 0.5


def test_few_labels_teach_the_others():
    rng = np.random.default_rng(1)
    themes = 0.5 * rng.dirichlet(np.full(80, 0.3), size=4) + 0.5 / 80
    y = np.repeat(["air", "fire", "sea", "soil"], 100)
    X = np.array([rng.multinomial(8, themes[["air", "fire", "sea", "soil"].index(label)]) for label in y])
    few = np.concatenate([np.flatnonzero(y == label)[:2] for label in np.unique(y)])
    rest = np.concatenate([np.flatnonzero(y == label)[2:60] for label in np.unique(y)])
    test = np.concatenate([np.flatnonzero(y == label)[60:] for label in np.unique(y)])
    topics = SparseCoding(4, random_state=0).fit(X[np.r_[few, rest]])
    scores = []
    for told in (False, True):
        model = SparseCodingClassifier(topics, self_taught=told, random_state=0)
        assert model._fit(X[few], y[few], unlabelled=X[rest]).W.shape == (8, 12)
        scores.append(model.score(X[test], y[test]))
    assert scores[1] > scores[0] + 0.05


@pytest.mark.parametrize("model", [SparseCodingClassifier, SparseCodingRegressor])
def test_what_is_not_finite_is_refused_by_its_place(model):
    X, y = np.eye(6), np.array([0, 1, 2, 0, 1, 2])
    fitted = model(SparseCoding(2, random_state=0, epochs=1), epochs=0, random_state=0).fit(X, y)
    X = X.copy()
    X[4, 3] = np.nan
    for call in (lambda: fitted.fit(X, y), lambda: fitted.predict(X), lambda: fitted.fit(np.eye(6), y, unlabelled=X)):
        with pytest.raises(ValueError, match=rf"Input X contains NaN: {model.__name__} .* in row 4, column 3\.$"):
            call()


def test_documents_are_left_out_of_their_topics_where_there_are_enough():
    model = SparseCodingClassifier()
    assert [model._n_parts(n, 4) for n in (999, 1000)] == [0, 5]
    assert model._n_parts(10_000, 0) == 0
    assert SparseCodingClassifier(cross_fit=3)._n_parts(10, 4) == 3


def test_topics_of_classes_do_no_harm_in_a_small_corpus():
    """Each document repeats words of its own: topics without labels learn them by heart, as of no new document."""
    rng = np.random.default_rng(0)
    y = np.arange(240) % 3
    common = 1 / np.arange(1, 401)
    P = np.zeros((240, 2000))
    for row, label in zip(P, y, strict=True):
        row[:400] = 0.4 * common / common.sum()
        row[400 + 40 * label : 440 + 40 * label] = 0.15 / 40
        row[rng.integers(520, 2000, size=8)] += 0.45 / 8
    X = np.array([rng.multinomial(80, p / p.sum()) for p in P])
    half = np.arange(240) < 120
    base = SparseCoding(12, random_state=0).fit(X[half])
    scores = {}
    for cross_fit in ("auto", 5):
        fitted = SparseCodingClassifier(base, cross_fit=cross_fit, epochs=0, random_state=0).fit(X[half], y[half])
        scores[cross_fit] = fitted.score(X[~half], y[~half])
    assert scores["auto"] > scores[5] + 0.1
