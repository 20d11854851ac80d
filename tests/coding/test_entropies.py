"""The Legendre priors through one battery: a Legendre function, its gradient map, its divergence, and its steps."""

import array_api_strict
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textsc.arrays import to_host
from textsc.coding import PRIORS, KLPrior, LegendrePrior, SignedKLPrior

MEANS = {"small": 1e-6, "one": 1.0, "vector": np.array([[1e-3], [0.5], [2.0]])}
KINDS = {name: kind for name, kind in PRIORS.items() if issubclass(kind, LegendrePrior)}
ALL = pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
EACH_MEAN = pytest.mark.parametrize("mean", MEANS.values(), ids=list(MEANS))

THETA = np.random.default_rng(0).uniform(-6, 4, size=(3, 40))
STEP = np.random.default_rng(1).uniform(-3, 3, size=(3, 40))


def value(prior, W):
    return prior.value(W, prior.dual(W))


@ALL
@EACH_MEAN
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_primal_and_dual_are_inverse(kind, mean, dtype):
    prior = kind(np.asarray(mean, dtype) if isinstance(mean, np.ndarray) else mean)
    theta = THETA.astype(dtype)
    W = prior.primal(theta)
    assert W.dtype == prior.dual(W).dtype == dtype
    np.testing.assert_allclose(prior.dual(W), theta, atol=1e-12 if dtype == "float64" else 5e-6)


@ALL
@EACH_MEAN
def test_the_dual_is_the_derivative_of_the_value(kind, mean):
    for one, theta in zip(np.ravel(mean) * np.ones(3), THETA, strict=True):
        prior = kind(float(one))
        W = prior.primal(theta[None, :])
        eps = 1e-4 * prior.metric(W)
        slope = (value(prior, W + eps) - value(prior, W - eps)) / (2 * eps)
        np.testing.assert_allclose(prior.dual(W), slope, atol=1e-7)


@ALL
@EACH_MEAN
def test_the_metric_is_the_inverse_of_the_second_derivative(kind, mean):
    prior = kind(mean)
    W = prior.primal(THETA)
    eps = 1e-6 * prior.metric(W)
    curvature = (prior.dual(W + eps) - prior.dual(W - eps)) / (2 * eps)
    np.testing.assert_allclose(prior.metric(W), 1 / curvature, rtol=1e-8)
    assert np.all(prior.metric(W) > 0)


@ALL
@EACH_MEAN
def test_the_value_is_zero_and_least_at_the_minimum(kind, mean):
    """KL at its mean, signed KL at zero."""
    prior = kind(mean)
    at_mean = np.broadcast_to(np.asarray(mean, dtype=float), (3, 1)) * (kind is KLPrior)
    np.testing.assert_array_equal(prior.minimum(np.ones((3, 1))), at_mean)
    np.testing.assert_allclose(prior.dual(at_mean), 0.0, atol=1e-15)
    np.testing.assert_allclose(prior.primal(np.zeros((3, 1))), at_mean)
    assert value(prior, at_mean).tolist() == pytest.approx([0.0], abs=1e-15)
    assert np.all(value(prior, prior.primal(THETA)) > 0)


@ALL
@EACH_MEAN
def test_the_value_is_convex(kind, mean):
    prior = kind(mean)
    W, V = prior.primal(THETA), prior.primal(THETA + STEP)
    assert np.all(value(prior, (W + V) / 2) <= (value(prior, W) + value(prior, V)) / 2 + 1e-15)


@ALL
@EACH_MEAN
def test_the_divergence_is_bregmans(kind, mean):
    """D_P(w, w⁺) = P(w) − P(w⁺) − P'(w⁺)(w − w⁺)."""
    prior = kind(mean)
    W, ahead = prior.primal(THETA), prior.primal(THETA + STEP)
    expected = value(prior, W) - value(prior, ahead) - np.sum(prior.dual(ahead) * (W - ahead), axis=0)
    np.testing.assert_allclose(prior.divergence(W, STEP), expected, rtol=1e-8)


@ALL
def test_the_divergence_of_small_steps_does_not_cancel(kind):
    """It is ½ step² dw/dθ to second order, far below what the plain formula resolves."""
    prior, step = kind(0.5), np.full((3, 1), 1e-7)
    W = prior.primal(np.zeros((3, 1)))
    expected = np.sum(prior.metric(W) * step**2, axis=0) / 2
    np.testing.assert_allclose(prior.divergence(W, step), expected, rtol=1e-6)


@ALL
@given(theta=st.floats(-40, 40), step=st.floats(-1e4, 1e4), dtype=st.sampled_from(["float32", "float64"]))
@settings(deadline=None, max_examples=200)
def test_the_divergence_is_never_negative_never_nan(kind, theta, step, dtype):
    prior = kind(0.1)
    W = prior.primal(np.full((1, 1), theta, dtype=dtype))
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        divergence = float(prior.divergence(W, np.full((1, 1), step, dtype=dtype))[0])
    assert divergence >= 0


@ALL
@pytest.mark.parametrize(
    ("dtype", "step"), [("float32", 100.0), ("float32", 1e30), ("float64", 800.0), ("float64", 1e300)]
)
def test_the_divergence_is_infinite_where_it_overflows(kind, dtype, step):
    prior = kind(0.1)
    W = prior.primal(np.zeros((3, 1), dtype=dtype))
    with np.errstate(over="ignore", invalid="ignore"):
        assert np.isposinf(prior.divergence(W, np.array([[0.1], [step], [-step]], dtype=dtype))).all()


@ALL
@EACH_MEAN
def test_a_retraction_is_exact_to_first_order(kind, mean):
    prior = kind(mean)
    W = prior.primal(THETA)
    change = prior.metric(W) * np.random.default_rng(2).uniform(-1, 1, size=W.shape)
    errors = []
    for size in (1e-3, 1e-4):
        reached = prior.primal(prior.retract(THETA, size * change))
        errors.append(np.max(np.abs(reached - W - size * change) / prior.metric(W)))
    # A tenth of the change leaves a hundredth of the error: nothing of first order is left.
    assert errors[1] < 0.02 * errors[0] + 1e-12


@ALL
@EACH_MEAN
@pytest.mark.parametrize("scale", [1.0, 1e3, 1e12])
def test_a_retraction_stays_in_the_domain(kind, mean, scale):
    prior = kind(mean)
    W = prior.primal(THETA)
    change = scale * prior.metric(W) * np.random.default_rng(3).normal(size=W.shape)
    reached = prior.primal(prior.bound_dual(prior.retract(THETA, change)))
    assert np.all(np.isfinite(reached))
    assert np.all(np.isfinite(value(prior, reached)))
    # It goes the way it was sent.
    assert np.all((reached - W) * change >= 0)


@ALL
@EACH_MEAN
def test_a_limited_step_grows_no_weight_beyond_the_cap(kind, mean):
    """dw/dθ is w under KL, √(w² + 4p²) under signed KL: the size of a weight, which is what the cap is about."""
    prior = kind(mean)
    theta, step = THETA, 20 * np.random.default_rng(4).normal(size=THETA.shape)
    cap = np.linspace(0.1, 5, 40)
    limited = prior.limit_step(theta, step, cap)
    scale = prior.metric(prior.primal(theta))
    grown = prior.metric(prior.primal(theta + limited)) / scale
    assert np.all(grown <= np.exp(cap) * (1 + 1e-12))
    assert np.all(limited * step >= 0)


@ALL
def test_a_short_step_is_left_as_it_is(kind):
    step = np.random.default_rng(5).uniform(-1, 1, size=(3, 50))
    theta = np.random.default_rng(6).uniform(-2, 2, size=(3, 50))
    np.testing.assert_allclose(kind(0.2).limit_step(theta, step, np.ones(50)), step, rtol=1e-15)


@ALL
def test_a_shrinking_weight_does_not_hold_the_others_back(kind):
    theta = np.array([[6.0], [1.0], [1.0]])
    limited = kind(0.2).limit_step(theta, np.array([[-50.0], [0.5], [0.1]]), np.ones(1))
    assert limited[1:, 0].tolist() == [0.5, 0.1]
    assert limited[0, 0] == -4.0


def test_a_signed_weight_crosses_zero_by_no_more_than_the_cap():
    theta = np.array([[1.0, -1.0, 0.0, 0.0]])
    limited = SignedKLPrior(0.2).limit_step(theta, np.array([[-50.0, 50.0, 50.0, -50.0]]), np.full(4, 2.0))
    assert (theta + limited)[0].tolist() == [-2.0, 2.0, 2.0, -2.0]


@ALL
@EACH_MEAN
def test_the_divergence_grows_faster_on_the_side_that_is_named_steeper(kind, mean):
    prior = kind(mean)
    W = prior.primal(THETA)
    side = prior.steeper(THETA)
    assert set(np.unique(side)) <= {-1.0, 1.0}
    for k in range(3):  # one weight at a time
        one = STEP * (np.arange(3) == k)[:, None]
        with_it, against_it = prior.divergence(W, np.abs(one) * side), prior.divergence(W, -np.abs(one) * side)
        assert np.all(with_it >= against_it)


@ALL
@EACH_MEAN
def test_the_mean_derivative_is_that_of_the_dual(kind, mean):
    """−∂P'(w)/∂p by differences."""
    prior = kind(mean)
    W, eps = prior.primal(THETA), 1e-6
    more, less = kind(np.asarray(mean) * (1 + eps)), kind(np.asarray(mean) * (1 - eps))
    slow = -(more.dual(W) - less.dual(W)) / (2 * eps * np.asarray(mean))
    np.testing.assert_allclose(prior.mean_derivative(W), slow, rtol=1e-6, atol=1e-6 / np.min(mean))


@ALL
@EACH_MEAN
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_bounded_dual_is_a_normal_number(kind, mean, dtype):
    mean = mean.astype(dtype) if isinstance(mean, np.ndarray) else mean
    prior = kind(mean)
    theta = np.array([[-1e30], [-200.0], [1e30]], dtype=dtype) * np.ones((1, 2), dtype=dtype)
    bounded = prior.bound_dual(theta)
    W = prior.primal(bounded)
    assert bounded.dtype == dtype
    assert np.all(np.isfinite(W))
    assert np.abs(W).min() >= np.finfo(dtype).smallest_normal
    assert (W.min() > 0) == (kind is KLPrior)
    middle = THETA.astype(dtype)
    np.testing.assert_array_equal(prior.bound_dual(middle), middle)


def test_kl_by_hand():
    prior = KLPrior(0.5)
    W = np.array([[1.0], [0.25]])
    expected = (np.log(2) - 1 + 0.5) + (0.25 * np.log(0.5) - 0.25 + 0.5)
    assert value(prior, W).tolist() == pytest.approx([expected])
    assert prior.dual(W)[:, 0].tolist() == pytest.approx([np.log(2), -np.log(2)])
    assert prior.metric(W).tolist() == W.tolist()
    # KL(w‖w⁺) with w⁺ = 2w in each entry: Σ w (log ½ + 1) with the sign of w⁺ − w.
    expected = 1.25 * (np.log(0.5) + 1)
    assert prior.divergence(W, np.full((2, 1), np.log(2))).tolist() == pytest.approx([expected])


def test_kl_of_zero_is_its_mean():
    """0 log 0 = 0: a weight of zero costs p."""
    assert value(KLPrior(0.5), np.zeros((2, 1))).tolist() == pytest.approx([1.0])


def test_signed_kl_by_hand():
    """w = 2p sinh θ; at θ = log 2, sinh = 3/4 and cosh = 5/4."""
    prior, W = SignedKLPrior(0.5), np.array([[0.75], [-0.75]])
    assert prior.dual(W)[:, 0].tolist() == pytest.approx([np.log(2), -np.log(2)])
    assert value(prior, W).tolist() == pytest.approx([2 * (0.75 * np.log(2) - 1.25 + 1)])
    assert prior.metric(W)[:, 0].tolist() == pytest.approx([1.25, 1.25])
    assert prior.mean_derivative(W)[:, 0].tolist() == pytest.approx([0.75 / (0.5 * 1.25), -0.75 / (0.5 * 1.25)])
    # From w = 0 to θ⁺ = log 2: 2p (cosh θ⁺ − 1) for each entry.
    assert prior.divergence(0 * W, np.full((2, 1), np.log(2))).tolist() == pytest.approx([2 * 0.25])


def test_signed_kl_is_odd_in_its_dual_and_even_in_its_value():
    prior, W = SignedKLPrior(0.3), np.random.default_rng(7).normal(size=(3, 20))
    np.testing.assert_array_equal(prior.dual(-W), -prior.dual(W))
    np.testing.assert_array_equal(value(prior, -W), value(prior, W))
    np.testing.assert_allclose(prior.divergence(-W, -STEP[:, :20]), prior.divergence(W, STEP[:, :20]), rtol=1e-12)


def test_kl_refuses_weights_of_any_sign_in_a_sentence():
    with pytest.raises(ValueError, match=r"KLPrior: .*got positive=False.*'signed_kl'\.$"):
        KLPrior.build(mean=0.1, positive=False)
    assert SignedKLPrior.build(mean=0.1, positive=True).mean == 0.1


@ALL
@pytest.mark.parametrize("mean", [0.0, -1.0, np.inf, np.nan, np.array([[0.1], [0.0]]), np.array([[0.1], [np.nan]])])
def test_a_mean_outside_the_domain_is_refused_in_a_sentence(kind, mean):
    with pytest.raises(ValueError, match=rf"{kind.__name__}: the prior mean must be positive and finite, got .*\.$"):
        kind(mean)


@ALL
def test_array_api_strict_gives_the_answer_of_numpy(kind):
    xp, prior = array_api_strict, kind(0.3)
    theta, step = xp.asarray(THETA), xp.asarray(STEP)
    W = prior.primal(THETA)
    strict_prior = kind(xp.asarray([[0.3], [0.3], [0.3]], dtype=xp.float64))
    for one in (prior, strict_prior):
        pairs = [
            (one.primal(theta), W),
            (one.dual(xp.asarray(W)), prior.dual(W)),
            (one.value(xp.asarray(W), theta), prior.value(W, THETA)),
            (one.metric(xp.asarray(W)), prior.metric(W)),
            (one.divergence(xp.asarray(W), step), prior.divergence(W, STEP)),
            (one.limit_step(theta, step, xp.ones(40, dtype=xp.float64)), prior.limit_step(THETA, STEP, np.ones(40))),
            (one.steeper(theta), prior.steeper(THETA)),
            (one.mean_derivative(xp.asarray(W)), prior.mean_derivative(W)),
            (one.penalty(xp.asarray(W)), prior.penalty(W)),
            (one.minimum(theta), prior.minimum(THETA)),
            (one.retract(theta, xp.asarray(0.1 * STEP * W)), prior.retract(THETA, 0.1 * STEP * W)),
            (one.bound_dual(100 * theta), prior.bound_dual(100 * THETA)),
        ]
        for ours, numpys in pairs:
            np.testing.assert_allclose(to_host(ours), numpys, rtol=1e-12)
