"""The objective and its certificate, against the formulas written out."""

import numpy as np
import pytest
from oracles import documents
from problems import PROBLEMS, problem

from textsc.coding import KLPrior, Objective, SoftmaxKL

ALL = pytest.mark.parametrize("name", PROBLEMS)
LAM, MEAN = 0.3, 0.2


def random_codes(task, seed=0):
    return np.exp(np.random.default_rng(seed).normal(-1, 1, size=(len(task.components), len(task.X))))


@ALL
def test_the_value_differs_from_the_full_objective_by_a_constant_of_the_document(name):
    task = problem(name)
    objective, basis, X, lam_d = task.solver_inputs(LAM, MEAN)
    rows = documents(task, lam_d, MEAN)
    constants = []
    for seed in range(3):
        W = random_codes(task, seed)
        full = np.array([row.objective(w) for row, w in zip(rows, W.T, strict=True)])
        constants.append(full - objective.value(basis, W, X, lam_d))
    np.testing.assert_allclose(constants[1], constants[0], rtol=1e-10, atol=1e-11)
    np.testing.assert_allclose(constants[2], constants[0], rtol=1e-10, atol=1e-11)


@ALL
def test_the_gap_is_the_bregman_divergence_of_the_prior(name):
    task = problem(name)
    objective, basis, X, lam_d = task.solver_inputs(LAM, MEAN)
    W = random_codes(task)
    slow = [row.gap(w) for row, w in zip(documents(task, lam_d, MEAN), W.T, strict=True)]
    np.testing.assert_allclose(objective.gap(basis, W, X, lam_d), slow, rtol=1e-9)


@ALL
def test_the_gap_is_primal_less_dual(name):
    """Fenchel's own definition, with the dual point r = f(b0 + Bw)."""
    task = problem(name)
    objective, basis, X, lam_d = task.solver_inputs(LAM, MEAN)
    W = random_codes(task, 1)
    rows = documents(task, lam_d, MEAN)
    slow = [row.primal_value(w) - row.dual_value(w) for row, w in zip(rows, W.T, strict=True)]
    np.testing.assert_allclose(objective.gap(basis, W, X, lam_d), slow, rtol=1e-9)


@ALL
def test_the_gap_at_the_mean_of_the_prior_is_finite_or_infinite_never_nan(name):
    task = problem(name)
    objective, basis, X, lam_d = task.solver_inputs(1e-4, MEAN)
    W = np.full((len(task.components), len(task.X)), MEAN)
    with np.errstate(over="ignore", invalid="ignore"):
        gap = objective.gap(basis, W, X, lam_d)
    assert not np.any(np.isnan(gap))
    assert np.all(gap >= 0)


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
