"""Online learning: the objective falls, and the answer depends on nothing but data, settings and seed."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import softmax

from textsc.coding import PAIRS, KLPrior, Objective, infer_codes
from textsc.execution import open_executor
from textsc.learning import learn_basis, start_basis
from textsc.learning.basis import Learner
from textsc.learning.settings import automatic_schedule
from textsc.learning.start import start_rows

LAM = {"softmax": 4.0, "linear": 0.02}


def text_corpus(n_documents=300, n_words=40, n_topics=4, seed=0):
    rng = np.random.default_rng(seed)
    topics = rng.dirichlet(np.full(n_words, 0.1), size=n_topics)
    shares = rng.dirichlet(np.full(n_topics, 0.2), size=n_documents)
    lengths = rng.integers(1, 120, size=n_documents)
    return sp.csr_array(np.array([rng.multinomial(n, s @ topics) for n, s in zip(lengths, shares, strict=True)]))


def spectra(n_documents=300, n_features=20, n_topics=4, seed=0):
    rng = np.random.default_rng(seed)
    sources = np.abs(rng.normal(size=(n_topics, n_features))) ** 3
    return rng.dirichlet(np.full(n_topics, 0.3), size=n_documents) @ sources


def begin(pair_name, X, n_components=4, *, dtype=np.float64, weighting="poisson", method="random", seed=0):
    """Return the learner before its first step, and what a step takes."""
    pair, rng = PAIRS[pair_name](), np.random.default_rng(seed)
    data, n_tokens = pair.prepare(X, pair.unit(X))
    if pair_name == "softmax":
        counts = np.asarray(X.sum(axis=0), dtype=float).ravel() + 0.5
        background = np.log(counts / counts.sum())
        components = start_basis(X, n_components, background, method=method, rng=rng)
    else:
        background = np.zeros(X.shape[1])
        components = start_rows(data, n_components, method="random", rng=rng)
    mean = 1 / n_components if pair_name == "softmax" else 0.01
    learner = Learner.begin(
        Objective(pair, KLPrior(mean), LAM[pair_name], weighting), background, components, dtype=dtype
    )
    return learner, data.astype(dtype), *learner.document_terms(n_tokens)


def corpus_objective(learner, X, lam_d, weights):
    """Return Σ weights · min_w J, solved tightly in float64."""
    basis = learner.objective.pair.bind(learner.components, learner.background)
    lam_d = lam_d.astype(float)
    X = X.astype(float)
    codes = infer_codes(learner.objective, basis, X, lam_d, tol=1e-9)
    assert codes.converged.all()
    return float(weights @ learner.objective.value(basis, codes.W.T, X, lam_d))


def learn(learner, X, lam_d, weights, *, epochs=4, batch_size=64, seed=0, n_threads=1, report=None):
    with open_executor(n_threads) as run:
        return learn_basis(
            learner,
            X,
            lam_d,
            weights,
            epochs=epochs,
            batch_size=batch_size,
            rng=np.random.default_rng(seed),
            run=run,
            report=report,
        )


CORPORA = {"softmax": text_corpus, "linear": spectra}
BOTH = pytest.mark.parametrize("pair", list(CORPORA))


@BOTH
@pytest.mark.parametrize("weighting", ["poisson", "type"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_objective_falls(pair, weighting, dtype):
    state = begin(pair, CORPORA[pair](), weighting=weighting, dtype=dtype)
    values = [corpus_objective(*state)]
    for epochs in (1, 6):
        values.append(corpus_objective(learn(*state, epochs=epochs), *state[1:]))
    assert values[0] > values[1] > values[2]


@BOTH
def test_held_out_documents_are_explained_better_too(pair):
    X = CORPORA[pair](600)
    learner, data, lam_d, weights = begin(pair, X)
    new = data[300:], lam_d[300:], weights[300:]
    learned = learn(learner, data[:300], lam_d[:300], weights[:300], epochs=6)
    assert corpus_objective(learned, *new) < corpus_objective(learner, *new)


def test_the_words_of_the_topics_are_found():
    rng = np.random.default_rng(0)
    shares = np.kron(np.eye(3), np.full(8, 1 / 8))
    X = sp.csr_array(np.array([rng.multinomial(40, shares[k % 3]) for k in range(240)]))
    learned = learn(*begin("softmax", X, 3, method="nmf"), epochs=8)
    P = softmax(learned.background + learned.components, axis=1)
    assert {frozenset(np.argsort(-p)[:8].tolist()) for p in P} == {frozenset(range(8 * k, 8 * k + 8)) for k in range(3)}


@BOTH
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_same_bytes_for_any_number_of_threads(pair, dtype):
    """Minibatches of 700 documents are more blocks than one."""
    state = begin(pair, CORPORA[pair](900), dtype=dtype)
    answers = [learn(*state, epochs=2, batch_size=700, n_threads=n).components.tobytes() for n in (1, 2, 3)]
    assert answers[0] == answers[1] == answers[2]


@BOTH
def test_a_seed_fixes_the_basis(pair):
    state = begin(pair, CORPORA[pair]())
    once, again, other = (learn(*state, epochs=2, seed=seed).components for seed in (0, 0, 1))
    np.testing.assert_array_equal(once, again)
    assert np.any(once != other)


@BOTH
def test_learning_leaves_its_inputs_alone(pair):
    learner, data, lam_d, weights = begin(pair, CORPORA[pair]())
    kept = [np.array(a) for a in (learner.components, learner.background, lam_d, weights, learner.state.first)]
    learn(learner, data, lam_d, weights, epochs=1)
    assert learner.state.n_steps == 0
    for now, then in zip(
        (learner.components, learner.background, lam_d, weights, learner.state.first), kept, strict=True
    ):
        np.testing.assert_array_equal(now, then)


@pytest.mark.parametrize("n_documents", [40, 700])
def test_a_step_takes_the_mean_gradient_of_its_minibatch(n_documents):
    """Σ weights w (r − x)ᵀ / Σ weights by the slow formula, over one block and over several."""
    learner, X, lam_d, weights = begin("softmax", text_corpus(n_documents))
    moved, W = learner.step(X, lam_d, weights, None, run=map, max_passes=200, decay=1.0)
    R = softmax(learner.background + W @ learner.components, axis=1)
    gradient = (W * weights[:, None]).T @ (R - X.toarray()) / weights.sum()
    np.testing.assert_allclose(moved.state.first / 0.1, gradient, atol=1e-12)
    assert W.shape == (n_documents, 4)


def test_a_linear_step_takes_the_mean_sums_of_its_minibatch():
    learner, X, lam_d, weights = begin("linear", spectra(700))
    moved, W = learner.step(X, lam_d, weights, None, run=map, max_passes=200, decay=1.0)
    np.testing.assert_allclose(moved.state.first, W.T @ W / 700, atol=1e-12)
    np.testing.assert_allclose(moved.state.second, W.T @ X / 700, atol=1e-12)


@BOTH
def test_every_document_twice_is_the_same_step(pair):
    """Sums are divided by the weight of the minibatch, so an unequal last batch is no smaller step."""
    learner, X, lam_d, weights = begin(pair, CORPORA[pair](100))
    twice = np.tile(np.arange(100), 2)
    once, _ = learner.step(X, lam_d, weights, None, run=map, max_passes=200, decay=1.0)
    again, _ = learner.step(X[twice], lam_d[twice], weights[twice], None, run=map, max_passes=200, decay=1.0)
    np.testing.assert_allclose(again.components, once.components, atol=1e-9)
    heavy, _ = learner.step(X, lam_d, 10 * weights, None, run=map, max_passes=200, decay=1.0)
    np.testing.assert_allclose(heavy.components, once.components, atol=1e-9)


@BOTH
@pytest.mark.parametrize(("n_documents", "batch_size"), [(10, 3), (7, 7), (5, 100), (1, 1), (257, 256)])
def test_an_unequal_last_batch(pair, n_documents, batch_size):
    X = CORPORA[pair](n_documents)
    seen = []
    learned = learn(*begin(pair, X), epochs=3, batch_size=batch_size, report=seen.append)
    steps = 3 * -(-n_documents // batch_size)
    assert learned.state.n_steps == steps
    assert np.all(np.isfinite(learned.components))
    assert [progress.done for progress in seen] == list(range(1, steps + 1))
    assert {progress.total for progress in seen} == {steps}


@BOTH
@pytest.mark.parametrize("shape", [(3, 30, 10), (30, 3, 10), (1, 6, 4), (8, 1, 1), (8, 1, 3), (1, 1, 1)])
def test_more_components_than_documents_or_features(pair, shape):
    n_documents, n_features, n_components = shape
    rng = np.random.default_rng(0)
    X = sp.csr_array(rng.poisson(3.0, size=(n_documents, n_features)) + 1)
    learned = learn(*begin(pair, X if pair == "softmax" else X.toarray(), n_components, method="nmf"), epochs=3)
    assert learned.components.shape == (n_components, n_features)
    assert np.all(np.isfinite(learned.components))


@BOTH
def test_sparse_rows_are_dense_rows(pair):
    X = CORPORA[pair](80)
    dense = X.toarray() if sp.issparse(X) else X
    answers = [learn(*begin(pair, kind(dense)), epochs=2).components for kind in (sp.csr_array, np.asarray)]
    if pair == "softmax":
        np.testing.assert_array_equal(*answers)
    else:
        np.testing.assert_allclose(*answers, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("pair", list(CORPORA))
def test_float32_input_is_solved_in_float32(pair):
    X = CORPORA[pair](50)
    learner, data, lam_d, weights = begin(pair, sp.csr_array(X), dtype=np.float32)
    assert lam_d.dtype == weights.dtype == np.float32
    moved, W = learner.step(data, lam_d, weights, None, run=map, max_passes=5, decay=1.0)
    assert W.dtype == np.float32
    assert moved.components.dtype == np.float64


@BOTH
def test_a_linear_basis_keeps_unit_columns_and_a_softmax_basis_its_type(pair):
    learned = learn(*begin(pair, CORPORA[pair]()), epochs=2)
    assert learned.components.dtype == np.float64
    if pair == "linear":
        np.testing.assert_allclose(np.linalg.norm(learned.components, axis=1), 1.0)
        assert np.all(learned.components >= 0)


def test_a_basis_is_held_to_where_it_started():
    """A stronger ridge leaves it nearer."""
    learner, data, lam_d, weights = begin("softmax", text_corpus(), method="nmf")
    gone = []
    for ridge in (0.0, 0.01, 1.0, 100.0):
        learned = learn(replace(learner, ridge=ridge / 40), data, lam_d, weights, epochs=4)
        gone.append(np.linalg.norm(learned.components - learner.components))
        np.testing.assert_array_equal(learned.anchor, learner.components)
    assert gone == sorted(gone, reverse=True)
    assert gone[-1] < 0.5 * gone[0]


@given(st.integers(1, 5_000_000))
@settings(deadline=None, max_examples=200)
def test_the_automatic_schedule_keeps_its_bounds(n_documents):
    epochs, batch_size = automatic_schedule(n_documents)
    assert isinstance(epochs, int)
    assert isinstance(batch_size, int)
    assert 3 <= epochs <= 40
    assert 32 <= batch_size <= 512
    assert batch_size & (batch_size - 1) == 0
    steps = epochs * -(-n_documents // batch_size)
    if epochs > 3:
        assert steps <= 660
    if n_documents >= 1000 and 3 < epochs < 40:
        assert steps >= 300
