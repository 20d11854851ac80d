"""Codes under L1, L2 and uniform priors: right by other software, by the optimality condition, and in any batch."""

import array_api_strict
import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import check_certified, documents, recomputed_gaps, scipy_code
from problems import CASES, PROBLEMS, PROXIMAL, TEXT, prior_of, problem, solve

from textsc.arrays import to_host
from textsc.coding import PAIRS, Objective, infer_codes
from textsc.coding.inference import passes_allowed

SHRINKING = [case for case in PROXIMAL if not case.startswith("uniform")]
ALL = pytest.mark.parametrize("name", PROBLEMS)
EACH = pytest.mark.parametrize("case", PROXIMAL)
EACH_SHRINKING = pytest.mark.parametrize("case", SHRINKING)
TOL = 1e-7


@ALL
@EACH_SHRINKING
@pytest.mark.parametrize("lam_d", [0.05, 0.1, 1.0, 10.0])
def test_battery(name, case, lam_d):
    task = problem(name)
    codes, strengths = solve(task, lam_d, 1.0, case=case, tol=TOL)
    check_certified(codes, recomputed_gaps(task, codes, strengths, 1.0, case=case), TOL, case=case, noise=1e-10)


@pytest.mark.parametrize("name", TEXT)
@EACH_SHRINKING
def test_battery_poisson(name, case):
    """λ_d runs from 2000 for one token to 0.04 for 50,000, in one batch."""
    task = problem(name)
    codes, strengths = solve(task, 2000.0, 1.0, case=case, weighting="poisson", tol=TOL)
    np.testing.assert_allclose(strengths, 2000.0 / task.n_tokens)
    check_certified(codes, recomputed_gaps(task, codes, strengths, 1.0, case=case), TOL, case=case, noise=1e-10)


@ALL
@EACH_SHRINKING
@pytest.mark.parametrize("lam_d", [0.1, 1.0])
def test_float32_certificates_hold_in_float64(name, case, lam_d):
    task = problem(name)
    codes, strengths = solve(task, lam_d, 1.0, case=case, dtype=np.float32, tol=1e-3, max_passes=2_000)
    assert codes.W.dtype == np.float32
    assert codes.converged.all()
    rows = documents(task, strengths, 1.0, case=case, dtype=np.float32)
    exact = np.array([row.least_gap(w) for row, w in zip(rows, codes.W.astype(np.float64), strict=True)])
    assert np.all(exact <= codes.gap + 1e-9)


@given(
    pair=st.sampled_from(sorted(PAIRS)),
    case=st.sampled_from(SHRINKING),
    shape=st.tuples(st.integers(1, 5), st.integers(1, 8)),
    scale=st.floats(-2, 0.5),
    lam_d=st.floats(-1, 2),
    seed=st.integers(0, 10_000),
)
@settings(deadline=None, max_examples=60)
def test_any_small_problem_is_certified(pair, case, shape, scale, lam_d, seed):
    rng = np.random.default_rng(seed)
    X = rng.dirichlet(np.full(shape[1], 0.3), size=4) + 1e-12
    X /= X.sum(axis=1, keepdims=True)
    objective = Objective(PAIRS[pair](), prior_of(case), 10**lam_d, "type")
    basis = objective.pair.bind(10**scale * rng.normal(size=shape), rng.normal(size=shape[1]))
    codes = infer_codes(objective, basis, X, np.full(4, 10**lam_d), tol=1e-6)
    assert codes.converged.all()
    assert np.all(np.isfinite(codes.W))


@pytest.mark.parametrize("name", ["text-toy", "text", "text-wide", "sound", "sound-signed"])
@EACH_SHRINKING
@pytest.mark.parametrize("lam_d", [0.05, 0.5])
def test_scipy_finds_the_same_minimum(name, case, lam_d):
    task = problem(name)
    codes, strengths = solve(task, lam_d, 1.0, case=case, tol=1e-9)
    for row, w in zip(documents(task, strengths, 1.0, case=case), codes.W, strict=True):
        other = scipy_code(row)
        assert row.least_gap(other) < 1e-5  # it did find it
        assert row.objective(w) <= row.objective(other) + 1e-9
        assert row.objective(other) <= row.objective(w) + 1e-7
        if row.prior == "l2":  # ½λ‖w − ŵ‖² ≤ gap
            np.testing.assert_allclose(w, other, atol=1e-3)


@ALL
@pytest.mark.parametrize("case", ["l1", "l1-signed"])
@pytest.mark.parametrize("lam_d", [0.1, 1.0])
def test_l1_weights_are_zero_where_the_pull_is_weaker_than_lam(name, case, lam_d):
    """Bᵀ(x − r) = λ sign(w) where w ≠ 0, within ±λ where w = 0 (and as far below as it likes where w ≥ 0)."""
    task = problem(name)
    codes, strengths = solve(task, lam_d, 1.0, case=case, tol=1e-9)
    n_zero = 0
    for row, w in zip(documents(task, strengths, 1.0, case=case), codes.W, strict=True):
        pull, slack = row.pull(w), 2e-3 * (1 + lam_d)
        size = np.abs(pull) if case == "l1-signed" else pull
        assert np.all(size <= lam_d + slack)
        np.testing.assert_array_equal(w[size < lam_d - slack], 0.0)
        np.testing.assert_allclose(pull[w != 0], lam_d * np.sign(w[w != 0]), atol=slack)
        n_zero += np.sum(w == 0)
    assert n_zero > 0


@ALL
@pytest.mark.parametrize("case", ["l1", "l1-signed"])
def test_a_strong_l1_prior_gives_exact_zeros_at_once(name, case):
    """Where λ is above ‖Bᵀ(x − f(b0))‖∞ the code is 0, with a gap of rounding only, after one pass."""
    task = problem(name)
    zero = np.zeros(len(task.components))
    strongest = max(np.max(np.abs(row.pull(zero))) for row in documents(task, np.ones(len(task.X)), 1.0))
    codes, _ = solve(task, 1.001 * strongest, 1.0, case=case, tol=1e-12)
    assert np.all(codes.W == 0)
    assert np.all(codes.n_passes == 1)
    assert codes.converged.all()


@ALL
@pytest.mark.parametrize("case", ["l2", "l2-signed"])
def test_the_l2_code_is_its_own_fixed_point(name, case):
    """ŵ = Bᵀ(x − r)/λ, or its positive part."""
    task = problem(name)
    codes, strengths = solve(task, 0.5, 1.0, case=case, tol=1e-11)
    for row, w in zip(documents(task, strengths, 1.0, case=case), codes.W, strict=True):
        target = row.pull(w) / row.lam
        np.testing.assert_allclose(w, target if case == "l2-signed" else np.maximum(target, 0), atol=1e-4)


@pytest.mark.parametrize("name", ["text-toy", "text", "sound", "sound-signed"])
@pytest.mark.parametrize("case", ["uniform", "uniform-signed"])
def test_the_uniform_prior_explains_what_can_be_explained(name, case):
    """Data that some w0 makes exactly: the loss falls to 0. There is no gap, and that is said."""
    task, rng = problem(name), np.random.default_rng(0)
    W = 0.5 * np.abs(rng.normal(size=(5, len(task.components))))
    X = task.pair.transfer(task.background + W @ task.components)
    made = type(task)(task.pair, task.components, task.background, X, np.ones(5))
    codes, strengths = solve(made, 1.0, 1.0, case=case, max_passes=2000)
    for row, w in zip(documents(made, strengths, 1.0, case=case), codes.W, strict=True):
        assert row.objective(w) < 1e-5
    assert np.all(codes.gap == np.inf)
    assert not codes.converged.any()
    assert np.all(codes.n_passes == 1999)


# Batches, starts, limits, libraries


@pytest.mark.parametrize("name", ["text", "text-wide", "sound", "sound-wide"])
@EACH
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_bytes_of_a_code_do_not_depend_on_its_batch(name, case, dtype):
    task, options = problem(name), {"tol": 1e-4, "max_passes": 41}
    objective, basis, X, lam_d = task.solver_inputs(0.1, 1.0, case=case, dtype=dtype)
    whole = infer_codes(objective, basis, X, lam_d, **options)
    order = np.tile(np.random.default_rng(0).permutation(len(X)), 16)  # 112 or 144 documents: more lanes than one
    many = infer_codes(objective, basis, X[order], lam_d[order], **options)
    for name_ in ("W", "gap", "n_passes"):
        np.testing.assert_array_equal(getattr(many, name_), getattr(whole, name_)[order])
    for j in (0, len(X) - 2):
        alone = infer_codes(objective, basis, X[j : j + 1], lam_d[j : j + 1], **options)
        np.testing.assert_array_equal(alone.W[0], whole.W[j])
        assert (alone.gap[0], alone.n_passes[0]) == (whole.gap[j], whole.n_passes[j])


@pytest.mark.parametrize("name", ["text", "sound-signed"])
@EACH_SHRINKING
def test_sparse_rows_are_dense_rows(name, case):
    objective, basis, X, lam_d = problem(name).solver_inputs(0.1, 1.0, case=case)
    dense = infer_codes(objective, basis, X, lam_d, tol=TOL)
    sparse = infer_codes(objective, basis, sp.csr_array(X), lam_d, tol=TOL)
    assert sparse.converged.all()
    np.testing.assert_allclose(sparse.W, dense.W, atol=1e-2)
    np.testing.assert_allclose(
        objective.gap(basis, dense.W.T, sp.csr_array(X), lam_d), objective.gap(basis, dense.W.T, X, lam_d), atol=1e-13
    )


@ALL
@EACH_SHRINKING
def test_a_warm_start_is_faster_and_a_bad_one_does_not_matter(name, case):
    task = problem(name)
    inputs = task.solver_inputs(0.3, 1.0, case=case)
    cold = infer_codes(*inputs, tol=TOL)
    warm = infer_codes(*inputs, start=cold.W.T, tol=TOL * (1 + 1e-6))
    assert np.all(warm.n_passes == 1)
    np.testing.assert_array_equal(warm.W, cold.W)
    for start in (np.full(task.shape, -3.0), np.full(task.shape, 20.0)):
        codes = infer_codes(*inputs, start=start, tol=TOL)
        check_certified(codes, recomputed_gaps(task, codes, inputs[3], 1.0, case=case), TOL, case=case, noise=1e-10)


@ALL
@EACH
@pytest.mark.parametrize("max_passes", [1, 2, 5, 20])
def test_the_limit_of_passes_is_kept_and_said(name, case, max_passes):
    codes, _ = solve(problem(name), 0.02, 1.0, case=case, tol=1e-30, max_passes=max_passes)
    assert np.all(codes.n_passes <= max_passes)
    assert np.all(np.isfinite(codes.W))
    assert np.array_equal(codes.converged, codes.gap <= 1e-30)
    assert not np.any(np.isnan(codes.gap))
    if CASES[case][1]:
        assert np.all(codes.W >= 0)


@ALL
@EACH
def test_more_passes_are_never_worse(name, case):
    task, before = problem(name), np.inf
    for max_passes in (1, 3, 9, 27, 81):
        codes, strengths = solve(task, 0.1, 1.0, case=case, tol=1e-12, max_passes=max_passes)
        rows = documents(task, strengths, 1.0, case=case)
        now = np.array([row.objective(w) for row, w in zip(rows, codes.W, strict=True)])
        assert np.all(now <= before + 1e-12 * (1 + np.abs(now)))
        before = now


@EACH
def test_a_proximal_prior_may_take_more_passes(case):
    certifiable = not case.startswith("uniform")
    assert passes_allowed(prior_of(case), thorough=False) == (2_000 if certifiable else 200)
    assert passes_allowed(prior_of(case), thorough=True) == (20_000 if certifiable else 200)
    assert passes_allowed(prior_of("signed_kl"), thorough=False) == passes_allowed(prior_of("kl"), thorough=False) == 40


@pytest.mark.parametrize("name", ["text-toy", "text", "sound", "sound-signed"])
@EACH
def test_array_api_strict_gives_the_answer_of_numpy(name, case):
    xp, task = array_api_strict, problem(name)
    objective, basis, X, strengths = task.solver_inputs(0.2, 1.0, case=case)
    options = {"tol": 1e-6, "max_passes": 31 if case.startswith("uniform") else None}
    numpys = infer_codes(objective, basis, X, strengths, **options)
    strict_basis = task.pair.bind(xp.asarray(task.components), xp.asarray(task.background))
    strict = infer_codes(objective, strict_basis, xp.asarray(X), xp.asarray(strengths), **options)
    np.testing.assert_array_equal(to_host(strict.converged), numpys.converged)
    np.testing.assert_allclose(to_host(strict.W), numpys.W, atol=1e-3)
    gap = objective.gap(strict_basis, xp.asarray(numpys.W.T), xp.asarray(X), xp.asarray(strengths))
    np.testing.assert_allclose(to_host(gap), objective.gap(basis, numpys.W.T, X, strengths), rtol=1e-6, atol=1e-12)
