"""The objective and its certificate, for every pair and prior, against the formulas written out."""

import numpy as np
import pytest
from oracles import documents, scipy_code
from problems import BOUNDED, CASES, LEGENDRE, PROBLEMS, TEXT, problem, solve

from textsc.coding import PRIORS, KLPrior, Objective, Prior, SoftmaxKL

ALL = pytest.mark.parametrize("name", PROBLEMS)
EACH_CASE = pytest.mark.parametrize("case", CASES)
EACH_BOUNDED = pytest.mark.parametrize("case", BOUNDED)
WEIGHTINGS = pytest.mark.parametrize("weighting", ["type", "poisson"])
LAM, MEAN = 0.3, 0.2


def random_codes(task, case, seed=0):
    """Return codes in the domain of the prior, some of them zero where it allows."""
    rng = np.random.default_rng(seed)
    W = np.exp(rng.normal(-1, 1, size=task.shape))
    if case == "kl":
        return W
    W *= rng.random(W.shape) < 0.7
    return W if CASES[case][1] else W * rng.choice([-1.0, 1.0], size=W.shape)


def test_the_table_of_cases_holds_every_prior():
    assert {kind for kind, _ in CASES.values()} == set(PRIORS)


@EACH_CASE
@ALL
@WEIGHTINGS
def test_the_value_differs_from_the_full_objective_by_a_constant_of_the_document(name, case, weighting):
    task = problem(name)
    objective, basis, X, lam_d = task.solver_inputs(LAM, MEAN, case=case, weighting=weighting)
    rows = documents(task, lam_d, MEAN, case=case)
    constants = []
    for seed in range(3):
        W = random_codes(task, case, seed)
        full = np.array([row.objective(w) for row, w in zip(rows, W.T, strict=True)])
        constants.append(full - objective.value(basis, W, X, lam_d))
    np.testing.assert_allclose(constants[1], constants[0], rtol=1e-10, atol=1e-11)
    np.testing.assert_allclose(constants[2], constants[0], rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("case", LEGENDRE)
@ALL
def test_the_gap_is_the_bregman_divergence_of_the_prior(name, case):
    task = problem(name)
    objective, basis, X, lam_d = task.solver_inputs(LAM, MEAN, case=case)
    W = random_codes(task, case)
    slow = [row.gap(w) for row, w in zip(documents(task, lam_d, MEAN, case=case), W.T, strict=True)]
    np.testing.assert_allclose(objective.gap(basis, W, X, lam_d), slow, rtol=1e-9)


@EACH_BOUNDED
@ALL
@pytest.mark.parametrize(("weighting", "lam"), [("type", LAM), ("type", 5.0), ("poisson", 50.0)])
def test_the_gap_is_primal_less_dual(name, case, weighting, lam):
    """Fenchel's own definition, both computed in full, with r = f(b0 + Bw) as dual point, for L1 scaled towards x."""
    task = problem(name)
    objective, basis, X, lam_d = task.solver_inputs(lam, MEAN, case=case, weighting=weighting)
    W = random_codes(task, case, 1)
    rows = documents(task, lam_d, MEAN, case=case)
    with np.errstate(over="ignore"):
        slow = [row.full_gap(w) for row, w in zip(rows, W.T, strict=True)]
        gap = objective.gap(basis, W, X, lam_d)
    assert np.any(np.isfinite(slow))
    np.testing.assert_allclose(gap, slow, rtol=1e-8, atol=1e-11)


@pytest.mark.parametrize("case", ["uniform", "uniform-signed"])
@ALL
def test_the_uniform_prior_has_no_gap(name, case):
    task = problem(name)
    objective, basis, X, lam_d = task.solver_inputs(LAM, MEAN, case=case)
    assert np.all(objective.gap(basis, random_codes(task, case), X, lam_d) == np.inf)


@EACH_BOUNDED
@pytest.mark.parametrize("name", ["text-toy", "text", "sound", "sound-signed"])
def test_the_gap_bounds_what_it_promises(name, case):
    """λ_d D_P(w, ŵ) ≤ J(w) − J(ŵ) ≤ gap(w), with ŵ of SciPy, far and near; L2's D_P is ½‖w − ŵ‖²."""
    task = problem(name)
    codes, lam_d = solve(task, LAM, MEAN, case=case, tol=1e-3)
    objective, basis, X, _ = task.solver_inputs(LAM, MEAN, case=case)
    for W in (codes.W.T, random_codes(task, case, 2), random_codes(task, case, 3)):
        gaps = objective.gap(basis, W, X, lam_d)
        for row, w, gap in zip(documents(task, lam_d, MEAN, case=case), W.T, gaps, strict=True):
            best = scipy_code(row)
            excess = row.objective(w) - row.objective(best)
            assert -1e-8 <= excess <= gap + 1e-9
            if row.prior == "l2":
                assert row.lam * np.sum((w - best) ** 2) / 2 <= excess + 1e-7
            elif row.prior != "l1":
                assert row.lam * row.divergence(w, best) <= excess + 1e-8


@EACH_BOUNDED
@ALL
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("lam", [1e-4, 1e-7])
def test_the_gap_at_the_minimum_of_the_prior_is_finite_or_infinite_never_nan(name, case, dtype, lam):
    task = problem(name)
    objective, basis, X, lam_d = task.solver_inputs(lam, MEAN, case=case, dtype=dtype)
    W = objective.prior.minimum(np.zeros(task.shape, dtype=dtype))
    gap = objective.gap(basis, W, X, lam_d)
    assert not np.any(np.isnan(gap))
    assert np.all(gap >= 0)


@EACH_BOUNDED
@pytest.mark.parametrize("name", ["text", "text-wide", "text-sharp", "sound", "sound-signed"])
@pytest.mark.parametrize("lam", [1e-4, 1e-2, 1.0])
def test_a_gap_in_float32_is_no_promise_that_float64_breaks(name, case, lam):
    task = problem(name)
    objective, basis, X, lam_d = task.solver_inputs(lam, MEAN, case=case, dtype=np.float32)
    rows = documents(task, lam_d, MEAN, case=case, dtype=np.float32)
    near, _ = solve(task, lam, MEAN, case=case, dtype=np.float32, tol=1e-4, max_passes=60)
    for W in (random_codes(task, case).astype(np.float32), np.ascontiguousarray(near.W.T)):
        gaps = objective.gap(basis, W, X, lam_d).astype(np.float64)
        with np.errstate(over="ignore"):
            exact = np.array([row.least_gap(w) for row, w in zip(rows, W.T.astype(np.float64), strict=True)])
        finite = np.isfinite(gaps)
        assert np.all(exact[finite] <= gaps[finite] * (1 + 1e-5) + 1e-9)


@EACH_BOUNDED
@pytest.mark.parametrize("name", ["text", "sound"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_bytes_of_a_gap_do_not_depend_on_the_batch(name, case, dtype):
    task = problem(name)
    objective, basis, X, lam_d = task.solver_inputs(LAM, MEAN, case=case, dtype=dtype)
    W = random_codes(task, case).astype(dtype)
    whole = objective.gap(basis, W, X, lam_d)
    for j in range(len(X)):
        alone = objective.gap(basis, np.ascontiguousarray(W[:, j : j + 1]), X[j : j + 1], lam_d[j : j + 1])
        np.testing.assert_array_equal(alone, whole[j : j + 1])
    assert objective.gap(basis, W[:, :0], X[:0], lam_d[:0]).shape == (0,)


def test_an_unknown_form_of_prior_is_refused():
    class Other(Prior):
        build = minimum = penalty = None

    task = problem(TEXT[0])
    _, basis, X, lam_d = task.solver_inputs(LAM, MEAN)
    with pytest.raises(TypeError, match=r"a prior is a LegendrePrior or a ProximalPrior, got Other"):
        Objective(task.pair, Other(), LAM).gap(basis, np.ones(task.shape), X, lam_d)


def test_poisson_weighting_is_lam_over_length():
    n_tokens = np.array([1.0, 8.0, 50_000.0])
    poisson = Objective(SoftmaxKL(), KLPrior(0.1), lam=4.0)
    assert poisson.weighting == "poisson"
    assert poisson.strength(n_tokens).tolist() == [4.0, 0.5, 8e-5]
    assert poisson.weight(n_tokens).tolist() == n_tokens.tolist()
    kind = Objective(SoftmaxKL(), KLPrior(0.1), lam=4.0, weighting="type")
    assert kind.strength(n_tokens).tolist() == [4.0] * 3
    assert kind.weight(n_tokens).tolist() == [1.0] * 3


@pytest.mark.parametrize("weighting", ["poisson", "type"])
def test_weight_times_strength_is_lam_times_a_document(weighting):
    """N·D + λP = N (D + (λ/N) P): weight × strength is λ for every document under either weighting."""
    objective = Objective(SoftmaxKL(), KLPrior(0.1), lam=3.0, weighting=weighting)
    n_tokens = np.array([1.0, 17.0, 900.0])
    np.testing.assert_allclose(objective.weight(n_tokens) * objective.strength(n_tokens), 3.0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("weighting", ["poisson", "type"])
def test_the_type_is_kept(dtype, weighting):
    objective = Objective(SoftmaxKL(), KLPrior(0.1), lam=3.0, weighting=weighting)
    n_tokens = np.array([1.0, 17.0], dtype=dtype)
    assert objective.strength(n_tokens).dtype == objective.weight(n_tokens).dtype == dtype


@pytest.mark.parametrize("lam", [0.0, -1.0, np.inf, np.nan])
def test_a_lam_outside_the_domain_is_refused_in_a_sentence(lam):
    with pytest.raises(ValueError, match=r"Objective: lam must be positive and finite, got .*\.$"):
        Objective(SoftmaxKL(), KLPrior(0.1), lam=lam)


def test_an_unknown_weighting_is_refused_in_a_sentence():
    with pytest.raises(ValueError, match=r"Objective: weighting must be one of .*'poisson'.*, got 'tokens'\.$"):
        Objective(SoftmaxKL(), KLPrior(0.1), lam=1.0, weighting="tokens")
