"""The proximal priors through one battery: the operator is the least point, the conjugate Fenchel's."""

import array_api_strict
import numpy as np
import pytest
import scipy.optimize
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import conjugate, penalty
from problems import CASES, PROXIMAL, prior_of

from textsc.arrays import to_host
from textsc.coding import PRIORS, ProximalPrior

ALL = pytest.mark.parametrize("case", PROXIMAL)
POINTS = np.random.default_rng(0).normal(0, 2, size=(3, 40))
STRENGTH = np.random.default_rng(1).uniform(0.01, 3, size=40)
NUMBERS = st.floats(-50, 50)


def test_the_battery_holds_every_proximal_prior():
    assert {CASES[case][0] for case in PROXIMAL} == {
        name for name, kind in PRIORS.items() if issubclass(kind, ProximalPrior)
    }


def in_domain(case, W):
    return np.abs(W) if CASES[case][1] else W


@ALL
def test_the_penalty_is_the_formula_and_zero_at_its_minimum(case):
    prior, W = prior_of(case), in_domain(case, POINTS)
    np.testing.assert_allclose(prior.penalty(W), penalty(CASES[case][0], W, 1.0).sum(axis=0), rtol=1e-14)
    least = prior.minimum(POINTS)
    assert least.tolist() == np.zeros_like(POINTS).tolist()
    assert prior.penalty(least).tolist() == [0.0] * 40


@ALL
def test_the_operator_finds_the_least_point(case):
    """argmin ½(w − v)² + strength·P(w), against SciPy on one number at a time."""
    prior, (kind, positive) = prior_of(case), CASES[case]
    found = prior.proximal(POINTS, STRENGTH)
    assert found.min() >= 0 or not positive
    for v, strength, w in zip(POINTS[0], STRENGTH, found[0], strict=True):

        def cost(w, v=v, strength=strength):
            return (w - v) ** 2 / 2 + strength * penalty(kind, np.float64(w), 1.0)

        bounds = (0.0 if positive else -abs(v) - 1, abs(v) + 1)
        other = scipy.optimize.minimize_scalar(cost, bounds=bounds, method="bounded", options={"xatol": 1e-10})
        assert cost(w) <= other.fun + 1e-15
        assert w == pytest.approx(other.x, abs=1e-6)


@ALL
@given(v=st.tuples(NUMBERS, NUMBERS, NUMBERS), u=st.tuples(NUMBERS, NUMBERS, NUMBERS), strength=st.floats(0, 20))
@settings(deadline=None, max_examples=150)
def test_the_operator_is_firmly_non_expansive(case, v, u, strength):
    """‖Tv − Tu‖² ≤ (v − u)ᵀ(Tv − Tu): what makes the iteration converge."""
    prior, both = prior_of(case), np.array([v, u]).T
    T = prior.proximal(both, np.full(2, strength))
    moved, apart = T[:, 0] - T[:, 1], both[:, 0] - both[:, 1]
    assert moved @ moved <= apart @ moved + 1e-9


@ALL
def test_a_strength_of_zero_is_the_projection_on_the_domain(case):
    expected = np.maximum(POINTS, 0) if CASES[case][1] else POINTS
    np.testing.assert_array_equal(prior_of(case).proximal(POINTS, np.zeros(40)), expected)


@ALL
def test_the_conjugate_is_the_largest_of_pull_times_weight_less_prior(case):
    """sup_w uw − λP(w) by SciPy where it is finite, which is what `feasible_share` is to bring about."""
    prior, (kind, positive) = prior_of(case), CASES[case]
    share = prior.feasible_share(POINTS, STRENGTH)
    if kind == "uniform":
        assert np.isnan(share).all()
        return
    assert np.all((share > 0) & (share <= 1))
    U = share * POINTS
    expected = []
    for u, lam in zip(U.T, STRENGTH, strict=True):
        total = 0.0
        for one in u:

            def loss(w, one=one, lam=lam):
                return lam * penalty(kind, np.float64(w), 1.0) - one * w

            bounds = (0.0 if positive else -1e3, 1e3)
            found = scipy.optimize.minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-9})
            total += max(0.0, -found.fun)
        expected.append(total)
    np.testing.assert_allclose(prior.conjugate(U, STRENGTH), expected, rtol=1e-6, atol=1e-6)
    slow = [conjugate(kind, u, lam, 1.0, positive).sum() for u, lam in zip(U.T, STRENGTH, strict=True)]
    np.testing.assert_allclose(prior.conjugate(U, STRENGTH), slow, rtol=1e-12)


@pytest.mark.parametrize("case", ["l1", "l1-signed"])
def test_the_feasible_share_is_the_largest(case):
    """A pull scaled by it touches the border λ of the finite conjugates, or is inside by itself."""
    share = prior_of(case).feasible_share(POINTS, STRENGTH)
    size = np.max(POINTS if case == "l1" else np.abs(POINTS), axis=0)
    inside = size <= STRENGTH
    assert inside.any()
    assert not inside.all()
    np.testing.assert_array_equal(share[inside], 1.0)
    np.testing.assert_allclose((share * size)[~inside], STRENGTH[~inside], rtol=1e-14)


@ALL
def test_array_api_strict_gives_the_answer_of_numpy(case):
    xp, prior = array_api_strict, prior_of(case)
    points, strength = xp.asarray(POINTS), xp.asarray(STRENGTH)
    for ours, numpys in (
        (prior.penalty(points), prior.penalty(POINTS)),
        (prior.minimum(points), prior.minimum(POINTS)),
        (prior.proximal(points, strength), prior.proximal(POINTS, STRENGTH)),
        (prior.feasible_share(points, strength), prior.feasible_share(POINTS, STRENGTH)),
        (prior.conjugate(points, strength), prior.conjugate(POINTS, STRENGTH)),
    ):
        np.testing.assert_allclose(to_host(ours), numpys, rtol=1e-14)


@ALL
def test_the_type_is_kept(case):
    prior, points, strength = prior_of(case), POINTS.astype(np.float32), STRENGTH.astype(np.float32)
    assert prior.proximal(points, strength).dtype == prior.minimum(points).dtype == np.float32
    assert prior.penalty(points).dtype == prior.feasible_share(points, strength).dtype == np.float32
    assert prior.conjugate(points, strength).dtype == np.float32
