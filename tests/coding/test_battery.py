"""The battery: every problem under each KL prior, at every strength and mean, is certified, and certified rightly."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import check_certified, recomputed_gaps
from problems import LEGENDRE, PROBLEMS, TEXT, Problem, prior_of, problem, solve, zipf_corpus

from textsc.coding import PAIRS, Coder, KLPrior, Objective, infer_codes
from textsc.estimators import SparseCoding

ALL = pytest.mark.parametrize("name", PROBLEMS)
EACH = pytest.mark.parametrize("case", LEGENDRE)
LAMS = (1e-4, 1e-3, 1e-2, 0.1, 1.0, 10.0)
MEANS = (1e-6, 1e-4, 1e-2, 1.0)


@ALL
@EACH
@pytest.mark.parametrize("mean", MEANS)
@pytest.mark.parametrize("lam_d", LAMS)
def test_battery(name, case, lam_d, mean):
    """Every document reaches a gap of 1e-9, and an independent float64 certificate agrees."""
    task = problem(name)
    codes, strengths = solve(task, lam_d, mean, case=case, tol=1e-9)
    check_certified(codes, recomputed_gaps(task, codes, strengths, mean, case=case), 1e-9, case=case)


@pytest.mark.parametrize("name", TEXT)
@EACH
@pytest.mark.parametrize("mean", MEANS)
@pytest.mark.parametrize("lam", [10.0])
def test_battery_poisson(name, case, lam, mean):
    """λ_d = λ/N_d runs from 10 for one token to 8e-5 for 50,000, in one batch."""
    task = problem(name)
    codes, strengths = solve(task, lam, mean, weighting="poisson", case=case, tol=1e-9)
    np.testing.assert_allclose(strengths, lam / task.n_tokens)
    check_certified(codes, recomputed_gaps(task, codes, strengths, mean, case=case), 1e-9, case=case)


@ALL
@EACH
@pytest.mark.parametrize("lam_d", [1e-3, 0.1, 10.0])
def test_a_mean_for_each_component(name, case, lam_d):
    task = problem(name)
    mean = np.geomspace(1e-5, 1.0, len(task.components))
    objective, basis, X, strengths = task.solver_inputs(lam_d, mean[:, None], case=case)
    codes = infer_codes(objective, basis, X, strengths, tol=1e-9)
    check_certified(codes, recomputed_gaps(task, codes, strengths, mean, case=case), 1e-9, case=case)


@ALL
@EACH
@pytest.mark.parametrize("mean", [1e-3, 0.1])
@pytest.mark.parametrize("lam_d", [1e-3, 0.1, 10.0])
def test_float32_certificates_hold_in_float64(name, case, lam_d, mean):
    task, tol = problem(name), 1e-4
    codes, strengths = solve(task, lam_d, mean, case=case, dtype=np.float32, tol=tol)
    assert codes.W.dtype == np.float32
    assert codes.converged.all()
    gaps = recomputed_gaps(task, codes, strengths, mean, case=case, dtype=np.float32)
    assert np.all(gaps <= tol + 1e-6)


@given(
    pair=st.sampled_from(sorted(PAIRS)),
    case=st.sampled_from(sorted(LEGENDRE)),
    shape=st.tuples(st.integers(1, 6), st.integers(1, 8)),
    scale=st.floats(-2, 1),
    lam_d=st.floats(-4, 1),
    mean=st.floats(-6, 0),
    seed=st.integers(0, 10_000),
)
@settings(deadline=None, max_examples=60)
def test_any_small_problem_is_certified(pair, case, shape, scale, lam_d, mean, seed):
    rng = np.random.default_rng(seed)
    components = 10**scale * rng.normal(size=shape)
    X = rng.dirichlet(np.full(shape[1], 0.3), size=4) + 1e-12
    X /= X.sum(axis=1, keepdims=True)
    objective = Objective(PAIRS[pair](), prior_of(case, 10**mean), 10**lam_d, "type")
    basis = objective.pair.bind(components, rng.normal(size=shape[1]))
    codes = infer_codes(objective, basis, X, np.full(4, 10**lam_d), tol=1e-9)
    assert codes.converged.all()
    assert np.all(np.isfinite(codes.W))


def check_learned(n_words, n_components, *, n_documents, epochs, n_coded=300):
    X = zipf_corpus(n_documents, n_words, n_components // 2, seed=n_words)
    model = SparseCoding(n_components, epochs=epochs, random_state=0).fit(X)
    components = model.components_.astype(np.float64)
    components[1] = components[0]  # two identical columns
    background = model.background_.astype(np.float64)
    counts = X[np.r_[0:6, X.shape[0] - 2 : X.shape[0], 6:n_coded]]
    for weighting, lam, mean in (
        ("poisson", 4.0, 1 / n_components),
        ("poisson", 4.0, 1e-6),
        ("type", 1e-4, 1 / n_components),
        ("type", 1e-2, 1.0),
        ("type", 10.0, 1e-3),
    ):
        objective = Objective(PAIRS["softmax"](), KLPrior(mean), lam, weighting)
        basis = objective.pair.bind(components, background)
        codes = Coder(objective, basis, tol=1e-9)(counts.astype(np.float64))
        types, n_tokens = objective.pair.prepare(counts.astype(np.float64), 1.0)
        task = Problem(objective.pair, components, background, types.toarray(), n_tokens)
        gaps = recomputed_gaps(task, codes, objective.strength(n_tokens), mean)
        check_certified(codes, gaps, 1e-9)


def test_battery_on_a_small_learned_basis():
    check_learned(300, 10, n_documents=300, epochs=5)


def test_battery_on_a_learned_basis():
    check_learned(2_000, 50, n_documents=600, epochs=4, n_coded=60)


@pytest.mark.slow
@pytest.mark.parametrize(("n_words", "n_components"), [(2_000, 50), (10_000, 100)])
def test_battery_on_larger_learned_bases(n_words, n_components):
    check_learned(n_words, n_components, n_documents=2_000, epochs=4)
