"""Appendix B of the supplement: the signed KL prior on B is the KL prior on the doubled basis [−B B].

A code w of either sign is w⁺ − w⁻ with w⁺w⁻ = p², the cheapest way to write it: w⁺ = p e^θ and w⁻ = p e^−θ, where
θ = arcsinh(w/2p).
"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import documents
from problems import PROBLEMS, problem, solve
from scipy.optimize import minimize_scalar
from scipy.special import kl_div

from textsc.coding import PAIRS, KLPrior, Objective, SignedKLPrior, infer_codes

ALL = pytest.mark.parametrize("name", PROBLEMS)
SETTINGS = pytest.mark.parametrize(
    ("weighting", "lam"), [("type", 1e-3), ("type", 0.1), ("type", 3.0), ("poisson", 4.0), ("poisson", 100.0)]
)
MEANS = pytest.mark.parametrize("mean", [1e-3, 0.1, 1.0])


def doubled(task):
    return replace(task, components=np.concatenate([-task.components, task.components]))


def apart(W, mean):
    """Return (w⁻, w⁺), stacked, of codes of shape (n_components, n_documents)."""
    theta = np.arcsinh(W / (2 * mean))
    return np.concatenate([mean * np.exp(-theta), mean * np.exp(theta)])


def together(V):
    minus, plus = np.split(V, 2)
    return plus - minus


@ALL
@SETTINGS
@MEANS
def test_code_and_objective_are_those_of_the_doubled_basis(name, weighting, lam, mean):
    task, tol = problem(name), 1e-11
    signed, lam_d = solve(task, lam, mean, weighting=weighting, case="signed_kl", tol=tol)
    positive, again = solve(doubled(task), lam, mean, weighting=weighting, tol=tol)
    np.testing.assert_array_equal(lam_d, again)
    assert signed.converged.all()
    assert positive.converged.all()
    V = positive.W.T
    ours = documents(task, lam_d, mean, case="signed_kl")
    theirs = documents(doubled(task), lam_d, mean)
    for row, other, w, v in zip(ours, theirs, signed.W, V.T, strict=True):
        assert abs(row.objective(w) - other.objective(v)) <= 2 * tol + 1e-13 * (1 + abs(row.objective(w)))
        # ŵ is unique: each is as near to it as its gap says, D_P(w, ŵ) ≤ gap/λ.
        assert row.lam * row.divergence(together(v), w) <= 1e-9
        assert row.lam * np.sum(kl_div(v, apart(w, mean))) <= 1e-9


@ALL
@pytest.mark.parametrize("lam_d", [0.05, 1.0])
@MEANS
def test_at_the_optimum_the_product_of_both_parts_is_the_square_of_the_mean(name, lam_d, mean):
    positive, _ = solve(doubled(problem(name)), lam_d, mean, tol=1e-13)
    minus, plus = np.split(positive.W.T, 2)
    np.testing.assert_allclose(np.log(minus) + np.log(plus), 2 * np.log(mean), atol=2e-2)
    seen = np.minimum(minus, plus) > 1e-3 * mean  # where the gap resolves both parts
    np.testing.assert_allclose((minus * plus)[seen], mean**2, rtol=1e-3)


@ALL
@SETTINGS
@MEANS
@pytest.mark.parametrize("seed", [0, 1])
def test_value_and_gap_are_equal_at_any_code(name, weighting, lam, mean, seed):
    """Not at the optimum only: at w⁺w⁻ = p² the KL gap on [−B B] is the signed gap at w⁺ − w⁻."""
    task = problem(name)
    W = np.random.default_rng(seed).normal(0, mean * 10**seed, size=task.shape)
    signed, basis, X, lam_d = task.solver_inputs(lam, mean, weighting=weighting, case="signed_kl")
    positive, doubled_basis, _, _ = doubled(task).solver_inputs(lam, mean, weighting=weighting)
    V = apart(W, mean)
    np.testing.assert_allclose(together(V), W, rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(
        positive.value(doubled_basis, V, X, lam_d), signed.value(basis, W, X, lam_d), rtol=1e-10, atol=1e-12
    )
    with np.errstate(over="ignore"):
        gaps = signed.gap(basis, W, X, lam_d), positive.gap(doubled_basis, V, X, lam_d)
    np.testing.assert_allclose(*gaps, rtol=1e-7, atol=1e-12)
    np.testing.assert_array_equal(np.isinf(gaps[0]), np.isinf(gaps[1]))


@pytest.mark.parametrize("mean", [1e-3, 0.1, 2.0])
@pytest.mark.parametrize("w", [-5.0, -0.3, 0.0, 1e-4, 0.7, 40.0])
def test_the_signed_prior_is_the_least_kl_prior_of_all_ways_to_write_a_weight(w, mean):
    """min over w⁻ of P_KL(w + w⁻) + P_KL(w⁻), by SciPy."""

    def cost(log_minus):
        minus = np.exp(log_minus)
        return float(kl_div(w + minus, mean) + kl_div(minus, mean))

    low = np.log(max(-w, 0.0) + 1e-12) if w < 0 else -60.0
    found = minimize_scalar(cost, bounds=(low, np.log(abs(w) + 10 * mean)), method="bounded", options={"xatol": 1e-11})
    prior = SignedKLPrior(mean)
    assert float(prior.penalty(np.array([[w]]))[0]) == pytest.approx(found.fun, rel=1e-9, abs=1e-12)
    minus, plus = apart(np.array([[w]]), mean)[:, 0]
    assert minus == pytest.approx(np.exp(found.x), rel=1e-2)
    assert plus * minus == pytest.approx(mean**2, rel=1e-9)
    kl = KLPrior(mean).penalty(np.array([[plus], [minus]]))
    assert float(kl[0]) == pytest.approx(found.fun, rel=1e-9, abs=1e-12)


@given(
    pair=st.sampled_from(sorted(PAIRS)),
    shape=st.tuples(st.integers(1, 5), st.integers(1, 7)),
    scale=st.floats(-1.5, 0.7),
    lam_d=st.floats(-3, 2),
    mean=st.floats(-5, 1),
    seed=st.integers(0, 10_000),
)
@settings(deadline=None, max_examples=60)
def test_the_two_solves_agree_on_any_small_problem(pair, shape, scale, lam_d, mean, seed):
    rng, lam, p = np.random.default_rng(seed), 10**lam_d, 10**mean
    X = rng.dirichlet(np.full(shape[1], 0.5), size=3)
    B, b0 = 10**scale * rng.normal(size=shape), rng.normal(size=shape[1])
    answers = []
    for prior, components in ((SignedKLPrior(p), B), (KLPrior(p), np.concatenate([-B, B]))):
        objective = Objective(PAIRS[pair](), prior, lam, "type")
        basis = objective.pair.bind(components, b0)
        codes = infer_codes(objective, basis, X, np.full(3, lam), tol=1e-9)
        assert codes.converged.all()
        answers.append(objective.value(basis, codes.W.T, X, np.full(3, lam)))
    np.testing.assert_allclose(*answers, atol=2e-9 + 1e-13 * np.abs(answers[0]).max())
