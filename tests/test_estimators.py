"""The scikit-learn API: scikit-learn's own checks, and what they do not check."""

import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import estimator_checks as checks
from sklearn.utils.estimator_checks import parametrize_with_checks

from textsc.estimators import SparseCoding

SMALL = [
    SparseCoding(n_components=3, epochs=2, random_state=0),
    SparseCoding(n_components=3, epochs=2, pair="linear", random_state=0),
]


@parametrize_with_checks(SMALL, xfail_strict=True)
def test_scikit_learns_checks(estimator, check):
    check(estimator)


# What `parametrize_with_checks` does not run.
FURTHER = [
    checks.check_set_output_transform,
    checks.check_set_output_transform_pandas,
    checks.check_set_output_transform_polars,
    checks.check_global_output_transform_pandas,
    checks.check_global_set_output_transform_polars,
    checks.check_transformer_get_feature_names_out,
    checks.check_transformer_get_feature_names_out_pandas,
    checks.check_get_feature_names_out_error,
    checks.check_param_validation,
    checks.check_dataframe_column_names_consistency,
    checks.check_inplace_ensure_writeable,
    checks.check_estimators_partial_fit_n_features,
]


# The checks themselves mix data frames with arrays, and score data that are no counts.
@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
@pytest.mark.filterwarnings("ignore:X has feature names")
@pytest.mark.filterwarnings("ignore:Document completion sends tokens")
@pytest.mark.parametrize("check", FURTHER, ids=lambda check: check.__name__)
@pytest.mark.parametrize("estimator", SMALL, ids=["softmax", "linear"])
def test_scikit_learns_further_checks(estimator, check):
    check(type(estimator).__name__, clone(estimator))


@pytest.fixture(scope="module")
def counts():
    """Documents of four themes of ten words each, with a shared tail."""
    rng = np.random.default_rng(0)
    themes = np.full((4, 50), 0.2)
    for k in range(4):
        themes[k, 10 * k : 10 * k + 10] = rng.uniform(2, 6, 10)
    themes /= themes.sum(axis=1, keepdims=True)
    shares = rng.dirichlet(np.full(4, 0.2), size=200)
    return sp.csr_array(np.array([rng.multinomial(rng.integers(5, 80), p) for p in shares @ themes]))


def fit(X, **options):
    return SparseCoding(**{"n_components": 4, "epochs": 4, "random_state": 0, **options}).fit(X)


def test_topics_are_found(counts):
    model = fit(counts, epochs=10)
    words = [frozenset(map(int, topic)) for topic in model.topic_words(10, feature_names=[str(v) for v in range(50)])]
    themes = [frozenset(range(10 * k, 10 * k + 10)) for k in range(4)]
    assert all(max(len(theme & topic) for topic in words) >= 9 for theme in themes)


def test_codes_are_certified_and_an_empty_row_is_the_prior_mean(counts):
    X = sp.vstack([counts[:5], sp.csr_array((1, 50), dtype=counts.dtype)]).tocsr()
    codes = fit(counts).codes(X)
    assert codes.W.shape == (6, 4)
    assert codes.W.dtype == np.float32
    assert codes.converged.all()
    assert codes.gap.max() <= 1e-4
    np.testing.assert_array_equal(codes.W[5], np.float32(0.1))
    assert codes.gap[5] == 0
    assert codes.n_passes[5] == 0


@pytest.mark.parametrize("verb", ["codes", "transform", "fit", "fit_transform"])
def test_what_is_not_certified_is_said(counts, monkeypatch, verb):
    model = fit(counts.astype(float))
    monkeypatch.setattr("textsc.coding.coder.passes_allowed", lambda prior, *, thorough: 2)
    with pytest.warns(ConvergenceWarning, match=r"of 200 documents are not certified at a gap of 0\.0001"):
        getattr(model, verb)(counts.astype(float))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        codes = model.codes(counts.astype(float))
    assert 0 < codes.converged.sum() < 200
    np.testing.assert_array_equal(codes.converged, codes.gap <= 1e-4)
    assert np.isfinite(codes.W).all()


@pytest.mark.filterwarnings("ignore:SparseCoding. .* are not certified")
@pytest.mark.parametrize("lam", [1e-12, 1e-6, 1e-3, 1e12])
@pytest.mark.parametrize("prior_mean", ["auto", 1e-30, 1e3])
def test_a_certificate_is_true_of_the_code_as_delivered(counts, lam, prior_mean):
    """Whatever float32 can hold: the gap in float64 of the float32 code is never above the one that is told."""
    model = fit(counts, lam=lam, prior_mean=prior_mean, epochs=1)
    codes = model.codes(counts[:6])
    exact = model.coder(np.float64)
    data, n_tokens = exact.objective.pair.prepare(counts[:6].astype(float), 1.0)
    W = np.ascontiguousarray(codes.W.T, dtype=float)
    true = exact.objective.gap(exact.basis, W, data, exact.objective.strength(n_tokens))
    assert not np.isnan(codes.gap).any()
    assert np.isfinite(codes.W).all()
    assert np.all(true[codes.converged] <= 1.001 * codes.gap[codes.converged] + 1e-9)


@pytest.mark.parametrize("dtype", [np.int32, np.int64, np.uint8, bool])
def test_integers_are_coded_in_float32(counts, dtype):
    X = counts.minimum(1).astype(dtype)
    assert fit(X).transform(X).dtype == np.float32


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_floats_keep_their_type(counts, dtype):
    model = fit(counts.astype(dtype))
    assert model.transform(counts.astype(dtype)).dtype == dtype
    assert model.components_.dtype == dtype


def test_dense_and_sparse_give_the_same_bytes(counts):
    np.testing.assert_array_equal(
        fit(counts).transform(counts), fit(counts.toarray()).transform(sp.csr_matrix(counts.toarray()))
    )


@pytest.mark.parametrize("pair", ["softmax", "linear"])
def test_bytes_do_not_depend_on_threads_or_batch(counts, pair):
    X = sp.vstack([counts] * 7).tocsr().astype(np.float32)  # more than one block of 1,024 rows
    one, three = fit(X, pair=pair, n_jobs=1), fit(X, pair=pair, n_jobs=3)
    np.testing.assert_array_equal(one.components_, three.components_)
    W = one.transform(X)
    np.testing.assert_array_equal(W, three.transform(X))
    order = np.random.default_rng(0).permutation(X.shape[0])[:101]
    np.testing.assert_array_equal(one.transform(X[order]), W[order])
    rows = X[order].toarray()
    np.testing.assert_array_equal(
        one.transform(rows), np.concatenate([one.transform(rows[j : j + 1]) for j in range(101)])
    )


@pytest.mark.parametrize("n_components", [3, 10, 20])
def test_bytes_do_not_depend_on_the_batch_over_many_words(n_components):
    """Libraries of products choose a kernel by the size of the factors: here they would."""
    rng = np.random.default_rng(0)
    X = sp.csr_array(rng.poisson(rng.gamma(0.05, 1.0, size=(150, 3000))))
    model = SparseCoding(n_components, epochs=2, random_state=0).fit(X)
    W = model.transform(X)
    for rows in (np.arange(1), np.arange(40, 60), np.arange(0, 150, 2), rng.permutation(150)[:100]):
        np.testing.assert_array_equal(model.transform(X[rows]), W[rows])


def test_one_seed_is_one_model(counts):
    np.testing.assert_array_equal(fit(counts).components_, fit(counts).components_)
    assert not np.array_equal(fit(counts).components_, fit(counts, random_state=1).components_)
    generator = np.random.RandomState(3)
    assert fit(counts, random_state=generator).components_.shape == (4, 50)


def test_fit_transform_is_fit_and_transform(counts):
    model = SparseCoding(4, epochs=2, random_state=0)
    np.testing.assert_array_equal(model.fit_transform(counts), model.transform(counts))


def test_topics_are_centred_or_of_unit_norm(counts):
    model = fit(counts)
    u = np.exp(model.background_.astype(float))
    assert u.sum() == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(model.components_ @ u, 0, atol=1e-5)
    linear = fit(counts, pair="linear")
    np.testing.assert_allclose(np.linalg.norm(linear.components_, axis=1), 1, rtol=1e-5)
    assert linear.components_.min() >= 0
    assert linear.unit_ == pytest.approx(np.sqrt((counts.toarray() ** 2).sum(axis=1).mean()))


def test_prevalence_is_a_share_of_tokens(counts):
    model = fit(counts)
    W, N = model.transform(counts).astype(float), counts.sum(axis=1)
    np.testing.assert_allclose(model.prevalence_, N @ (W / W.sum(axis=1, keepdims=True)) / N.sum(), rtol=1e-6)


def test_reconstructions_have_the_domain_of_the_data(counts):
    model = fit(counts)
    R = model.inverse_transform(model.transform(counts))
    np.testing.assert_allclose(R.sum(axis=1), 1, rtol=1e-5)
    linear = fit(counts.astype(float), pair="linear", n_components=30, lam=1e-4)
    R = linear.inverse_transform(linear.transform(counts.astype(float)))
    assert ((R - counts.toarray()) ** 2).sum() < 0.35 * (counts.toarray() ** 2).sum()


def test_the_unit_of_the_linear_pair(counts):
    """W(sx, sλ, sp) = s W(x, λ, p): the scale of the data does not matter, the code is in their own unit."""
    X = counts.astype(float)
    once, thrice = fit(X, pair="linear"), fit(3 * X, pair="linear")
    np.testing.assert_allclose(once.transform(X), thrice.transform(3 * X), rtol=1e-6)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("lam", 40.0),
        ("prior_mean", 0.01),
        ("prior_mean", [0.1, 0.2, 0.3, 0.4]),
        ("weighting", "type"),
        ("background", False),
        ("init", "kmeans"),
        ("init", "random"),
        ("init", np.eye(4, 50)),
        ("epochs", 1),
        ("batch_size", 16),
        ("pair", "linear"),
    ],
)
def test_an_option_matters(counts, option, value):
    model = fit(counts, **{option: value})
    assert not np.array_equal(model.transform(counts), fit(counts).transform(counts))
    assert model.codes(counts).converged.all()


def test_a_smaller_tolerance_costs_more_passes(counts):
    loose, tight = fit(counts.astype(float), tol=1e-2), fit(counts.astype(float), tol=1e-9)
    assert tight.codes(counts.astype(float)).gap.max() <= 1e-9
    assert tight.codes(counts.astype(float)).n_passes.mean() > loose.codes(counts.astype(float)).n_passes.mean()


def test_progress_is_printed_when_it_is_asked_for(counts, capsys):
    fit(counts)
    assert capsys.readouterr().out == ""
    fit(counts, verbose=1)
    said = capsys.readouterr().out
    assert "[SparseCoding] learning: 16 of 16" in said
    assert "[SparseCoding] coding: 1 of 1" in said


def test_partial_fit_learns_and_keeps_count(counts):
    model = SparseCoding(4, random_state=0)
    model.partial_fit(counts[:100])
    before = model.score(counts[100:])
    for _ in range(30):
        model.partial_fit(counts[:100])
    assert model.score(counts[100:]) > before
    assert model.n_steps_ == 31
    assert model.n_documents_ == 3100
    assert model.prevalence_.sum() == pytest.approx(1)


def test_partial_fit_counts_fractions_of_tokens():
    model = SparseCoding(2, random_state=0)
    for row in ([[0.2, 0.0]], [[0.0, 0.6]]):
        model.partial_fit(row)
    assert model.n_tokens_ == pytest.approx(0.8)
    assert model.prevalence_.sum() == pytest.approx(1)


@pytest.mark.parametrize("init", ["nmf", "kmeans", "random"])
def test_the_linear_pair_starts_where_it_is_told(counts, init):
    X = counts.astype(float)
    model = fit(X, pair="linear", init=init, n_components=6)
    assert model.codes(X).converged.all()
    others = [fit(X, pair="linear", init=other, n_components=6) for other in ("nmf", "kmeans", "random")]
    assert sum(np.array_equal(model.components_, other.components_) for other in others) == 1


@pytest.mark.parametrize(("dtype", "scale"), [(np.float32, 1e25), (np.float32, 1e-25), (np.float64, 1e200)])
def test_the_unit_does_not_overflow(counts, dtype, scale):
    X = (counts.toarray() * dtype(scale)).astype(dtype)
    model = fit(X, pair="linear")
    assert model.unit_ == pytest.approx(scale * np.sqrt((counts.toarray() ** 2).sum(axis=1).mean()), rel=1e-5)
    once = fit(counts.astype(dtype), pair="linear")
    np.testing.assert_allclose(model.transform(X), once.transform(counts.astype(dtype)), rtol=1e-3, atol=1e-6)


def test_what_is_set_after_a_fit_is_for_the_next_one(counts):
    model = fit(counts)
    W = model.transform(counts)
    model.set_params(weighting="type", lam=100.0)
    np.testing.assert_array_equal(model.transform(counts), W)


def test_two_threads_may_use_models_at_once(counts):
    from threadpoolctl import threadpool_info

    before = [pool["num_threads"] for pool in threadpool_info()]
    model = fit(counts)
    W = model.transform(counts)
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(lambda _: model.transform(counts), range(12)):
            np.testing.assert_array_equal(found, W)
    assert [pool["num_threads"] for pool in threadpool_info()] == before


def test_more_topics_than_documents_and_words():
    X = sp.csr_array([[3, 1], [0, 2]])
    model = SparseCoding(7, random_state=0).fit(X)
    assert model.transform(X).shape == (2, 7)
    assert model.codes(X).converged.all()


def test_one_document_of_one_word():
    model = SparseCoding(3, random_state=0).fit([[5]])
    np.testing.assert_allclose(model.transform([[5], [0]]), 0.1, rtol=1e-6)


def test_score_is_the_likelihood_of_held_out_tokens(counts):
    model = fit(counts, epochs=10)
    assert model.perplexity(counts) == pytest.approx(np.exp(-model.score(counts)))
    assert 10 < model.perplexity(counts) < 50  # a theme has 10 words, the vocabulary 50
    # The likelihood of the tokens that are coded would fall without end as the prior weakens; this one rises.
    assert fit(counts, epochs=10, lam=1e-3).score(counts) < model.score(counts)


def test_score_of_the_linear_pair_is_explained_norm(counts):
    X = counts.astype(float)
    assert 0 < fit(X, pair="linear").score(X) < fit(X, pair="linear", n_components=20).score(X) < 1
    with pytest.raises(ValueError, match=r"perplexity: tokens are needed, so pair='softmax', got 'linear'"):
        fit(X, pair="linear").perplexity(X)


def test_names_of_words(counts):
    pandas = pytest.importorskip("pandas")
    names = [f"word{v}" for v in range(50)]
    model = fit(pandas.DataFrame(counts.toarray(), columns=names))
    assert set(model.topic_words(3)[0]) <= set(names)
    assert SparseCoding.from_state(*model.to_state()).topic_words(3) == model.topic_words(3)
    assert model.get_feature_names_out().tolist() == [f"sparsecoding{k}" for k in range(4)]
    with pytest.raises(ValueError, match=r"topic_words: the words are not known"):
        fit(counts).topic_words(3)
    with pytest.raises(ValueError, match=r"one name for each column"):
        fit(counts).topic_words(3, feature_names=["a"])


def test_topic_word_distributions_are_on_the_simplex(counts):
    model = fit(counts)
    np.testing.assert_allclose(model.topic_word_.sum(axis=1), 1)
    assert model.topic_word_scores_.shape == (4, 50)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"init": np.ones((3, 50))}, r"init must be finite, of shape \(4, 50\); got shape \(3, 50\)"),
        ({"init": np.full((4, 50), np.nan)}, r"init must be finite, got nan in topic 0, column 0"),
        ({"prior_mean": [1.0, 2.0]}, r"prior_mean must have shape \(4,\), got \(2,\)"),
        ({"prior_mean": [1.0, 2.0, 0.0, 1.0]}, r"the prior mean must be positive and finite, got 0"),
        ({"n_jobs": 0}, r"n_jobs must not be 0"),
        ({"lam": 0.0}, r"'lam' parameter"),
        ({"lam": 1e-300}, r"'lam' parameter"),
        ({"pair": "tanh"}, r"'pair' parameter"),
        ({"prior": "cauchy"}, r"'prior' parameter"),
    ],
)
def test_a_bad_option_is_refused_in_a_sentence(counts, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        fit(counts, **options)


def test_bad_data_are_refused_in_a_sentence(counts):
    with pytest.raises(ValueError, match=r"counts and spectra are 0 or more, got -2\.0 in row 1"):
        fit([[1.0, 2.0], [3.0, -2.0]])
    with pytest.raises(ValueError, match=r"counts and spectra are 0 or more, got -2\.0 in row 1"):
        fit([[1.0, 2.0], [3.0, -2.0]], pair="linear")
    with pytest.raises(ValueError, match=r"codes have 4 columns, got 3"):
        fit(counts).inverse_transform(np.ones((2, 3)))
    with pytest.raises(ValueError, match=r"at least one word"):
        fit(counts).topic_words(0, feature_names=[str(v) for v in range(50)])
    with pytest.raises(ValueError, match=r"none of the 2 rows holds a token"):
        fit(np.zeros((2, 3)))
    with pytest.raises(ValueError, match=r"NaN"):
        fit([[1.0, np.nan]])
    with pytest.raises(ValueError, match=r"X has 3 features, but SparseCoding is expecting 50"):
        fit(counts).transform([[1, 2, 3]])


def test_a_missing_device_is_said(counts):
    try:
        import cupy  # noqa: F401
    except ImportError:
        from textsc.arrays import DeviceError

        with pytest.raises(DeviceError, match=r"pip install 'textsc\[cuda12\]'"):
            fit(counts).set_params(device="cuda").transform(counts)


@pytest.mark.parametrize(
    "options", [{}, {"pair": "linear"}, {"prior_mean": [0.1, 0.2, 0.3, 0.4]}, {"init": np.eye(4, 50)}]
)
def test_a_state_is_the_model(counts, options):
    model = fit(counts, **options)
    arrays, settings = model.to_state()
    again = SparseCoding.from_state(arrays, settings)
    np.testing.assert_array_equal(again.transform(counts), model.transform(counts))
    assert again.get_params()["lam"] == model.lam
    again.partial_fit(counts)
    arrays["components_"] = np.full_like(arrays["components_"], np.nan)
    with pytest.raises(ValueError, match="not finite"):
        SparseCoding.from_state(arrays, settings)
    with pytest.raises(ValueError, match="shape"):
        SparseCoding.from_state({**arrays, "components_": np.zeros((4, 3))}, settings)


def test_it_works_in_a_pipeline_and_a_search(counts):
    y = np.asarray(counts[:, :10].sum(axis=1) > counts.sum(axis=1) / 2)
    from sklearn.linear_model import LogisticRegression

    pipeline = make_pipeline(SparseCoding(4, epochs=3, random_state=0), StandardScaler(), LogisticRegression())
    assert pipeline.fit(counts, y).score(counts, y) > 0.9
    search = GridSearchCV(SparseCoding(4, epochs=3, random_state=0), {"lam": [4.0, 1e4]}, cv=2).fit(counts)
    assert search.best_params_ == {"lam": 4.0}


def test_nothing_is_warned_of_in_ordinary_use(counts):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit(counts).codes(counts)


@pytest.mark.parametrize("kind", [np.asarray, sp.csr_array])
@pytest.mark.parametrize(("value", "what"), [(np.nan, "NaN"), (np.inf, "infinity")])
def test_what_is_not_finite_is_refused_by_its_place(kind, value, what):
    X = np.eye(6)
    model = SparseCoding(2, random_state=0, epochs=1).fit(X)
    X[4, 3] = value
    for call in (model.fit, model.transform):
        with pytest.raises(ValueError, match=rf"Input X contains {what}: SparseCoding .* in row 4, column 3\.$"):
            call(kind(X))
    model = SparseCoding(2, random_state=0, epochs=1).fit(np.eye(6))
    model.components_[1, 2] = value
    with pytest.raises(ValueError, match=rf"components_ contains {what}: .* in topic 1, column 2\.$"):
        model.transform(kind(np.eye(6)))
