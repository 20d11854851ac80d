"""The potential on the span of a basis, against the slow way over the features."""

import array_api_strict
import numpy as np
import pytest
import scipy.sparse as sp
from oracles import documents
from problems import PROBLEMS, TEXT, problem
from scipy.special import softmax

from textsc.arrays import to_host
from textsc.coding import PAIRS, infer_codes
from textsc.coding.softmax import SAFETY, typical_codes

ALL = pytest.mark.parametrize("name", PROBLEMS)
FITTING = ("text", "sound", "sound-signed")


def some_codes(task, n=5, seed=0, scale=0.5):
    return scale * np.random.default_rng(seed).random((len(task.components), n))


def slow_slope(task, W):
    return task.components @ task.pair.transfer(task.background + W.T @ task.components).T


def slow_value(task, W):
    """Return φ(w), less what the linear restriction leaves out: ½‖b0‖² and the part linear in w."""
    value = task.pair.potential(task.background + W.T @ task.components)
    if task.pair.name == "linear":
        value = value - np.sum(task.background**2) / 2 - task.background @ task.components.T @ W
    return value


@ALL
@pytest.mark.parametrize("n", [1, 5, 128, 129, 300])
def test_one_pass_gives_the_potential_and_its_slope(name, n):
    task = problem(name)
    W, basis = some_codes(task, n), task.bind()
    at_origin, slope_at_origin = basis.origin()
    value, slope = basis.evaluate(W, at_origin + slope_at_origin @ W)
    np.testing.assert_allclose(value, slow_value(task, W), rtol=1e-12, atol=1e-12)
    expected = slow_slope(task, W) - (
        0 if task.pair.name == "softmax" else (task.components @ task.background)[:, None]
    )
    np.testing.assert_allclose(slope, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", TEXT)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("wrong", [-1e6, -2e3, -90.0, 90.0, 2e3])
def test_a_wildly_wrong_bound_does_not_matter(name, dtype, wrong):
    """The bound only keeps the exponent in range; the answer does not depend on it."""
    task = problem(name)
    W, basis = some_codes(task, 300).astype(dtype), task.bind(dtype)
    exact = slow_value(task, W.astype(np.float64))
    bound = (exact + wrong * (np.arange(300) % 3 == 1)).astype(dtype)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore", under="ignore"):
        value, slope = basis.evaluate(W, bound)
    tight = dtype == "float64"
    np.testing.assert_allclose(value, exact, rtol=1e-9 if tight else 2e-5, atol=1e-9 if tight else 2e-5)
    np.testing.assert_allclose(
        slope, slow_slope(task, W.astype(np.float64)), rtol=1e-8 if tight else 1e-3, atol=1e-9 if tight else 1e-4
    )


@pytest.mark.parametrize("name", TEXT)
def test_huge_weights_stay_finite(name):
    task = problem(name)
    W = some_codes(task, 4, scale=1e4)
    at_origin, slope_at_origin = task.bind().origin()
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        value, slope = task.bind().evaluate(W, at_origin + slope_at_origin @ W)
    np.testing.assert_allclose(value, slow_value(task, W), rtol=1e-12)
    np.testing.assert_allclose(slope, slow_slope(task, W), rtol=1e-6, atol=1e-9)


@ALL
def test_the_tangent_at_the_origin_is_a_lower_bound(name):
    task = problem(name)
    value, slope = task.bind().origin()
    zero = np.zeros((len(task.components), 1))
    assert float(value) == pytest.approx(float(slow_value(task, zero)[0]), abs=1e-12)
    W = some_codes(task, 20, scale=3.0)
    assert np.all(value + slope @ W <= slow_value(task, W) + 1e-12)


@ALL
def test_the_slope_is_the_gradient_of_the_value(name):
    task, eps = problem(name), 1e-6
    basis, w = task.bind(), some_codes(task, 1)
    bound = slow_value(task, w)
    _, slope = basis.evaluate(w, bound)
    for k in range(len(w)):
        step = eps * np.eye(len(w))[k][:, None]
        difference = basis.evaluate(w + step, bound)[0] - basis.evaluate(w - step, bound)[0]
        assert float(slope[k, 0]) == pytest.approx(float(difference[0]) / (2 * eps), abs=1e-7)


@ALL
def test_the_hessian_is_the_gradient_of_the_slope(name):
    task, eps = problem(name), 1e-6
    basis, w = task.bind(), some_codes(task, 1)
    hessian, bound = basis.hessian(w[:, 0]), slow_value(task, w)
    for k in range(len(w)):
        step = eps * np.eye(len(w))[k][:, None]
        difference = basis.evaluate(w + step, bound)[1] - basis.evaluate(w - step, bound)[1]
        np.testing.assert_allclose(hessian[:, k], difference[:, 0] / (2 * eps), atol=2e-7)
    np.testing.assert_allclose(hessian, hessian.T, atol=1e-12)
    assert np.linalg.eigvalsh(hessian).min() > -1e-10


@ALL
def test_the_shared_curvature_is_that_of_typical_codes_or_more(name):
    """It is the mean Hessian at made-up codes, enlarged for safety; where φ is quadratic, the Hessian itself."""
    task = problem(name)
    basis = task.bind()
    codes, safety = np.zeros((1, len(task.components))), 1.0
    if not basis.is_quadratic:
        codes, safety = typical_codes(basis.components, softmax(basis.background[None, :])[0], basis.slope), SAFETY
        assert codes.min() >= 0
        assert 3 <= codes.sum(axis=1).mean() * np.median(unit_of(basis)) <= 8
    mean = np.mean([basis.hessian(code) for code in codes], axis=0)
    np.testing.assert_allclose(basis.curvature, safety * mean, atol=1e-10 * np.abs(mean).max())


def unit_of(basis):
    u = softmax(basis.background[None, :])[0]
    centred = basis.components - (basis.components @ u)[:, None]
    return np.sqrt((centred * centred) @ u)


@ALL
@pytest.mark.parametrize("kind", [np.asarray, sp.csr_array])
def test_the_linear_term_is_what_the_data_say(name, kind):
    task = problem(name)
    shifted = task.X if task.pair.name == "softmax" else task.X - task.background
    np.testing.assert_allclose(task.bind().linear_term(kind(task.X)), task.components @ shifted.T, atol=1e-12)


def minimal_total(task, components, weights, lam_d, mean):
    """Return Σ weights · min_w J, solved tightly, by the slow formula of J."""
    moved = type(task)(task.pair, components, task.background, task.X, task.n_tokens)
    objective, basis, X, _ = moved.solver_inputs(1.0, mean)
    codes = infer_codes(objective, basis, X, lam_d, tol=1e-13)
    rows = documents(moved, lam_d, mean)
    return sum(weight * row.objective(w) for weight, row, w in zip(weights, rows, codes.W, strict=True))


@pytest.mark.parametrize("name", FITTING)
def test_the_basis_gradient_is_that_of_the_minimal_objectives(name):
    """Envelope theorem: differences of re-solved minima, J(ŵ) good to 1e-13, so eps = 1e-5 leaves 1e-8."""
    task, mean, eps = problem(name), 0.1, 1e-5
    rng = np.random.default_rng(3)
    lam_d = np.exp(rng.uniform(-4, 0, size=len(task.X)))
    weights = rng.random(len(task.X)) + 0.5
    objective, basis, X, _ = task.solver_inputs(1.0, mean)
    W = infer_codes(objective, basis, X, lam_d, tol=1e-13).W
    gradient = basis.basis_gradient(W.T, task.X, weights)
    for _ in range(6):
        direction = rng.normal(size=task.components.shape)
        up = minimal_total(task, task.components + eps * direction, weights, lam_d, mean)
        down = minimal_total(task, task.components - eps * direction, weights, lam_d, mean)
        expected = (up - down) / (2 * eps)
        assert float(np.sum(gradient * direction)) == pytest.approx(expected, rel=1e-6, abs=1e-7)


@ALL
@pytest.mark.parametrize("kind", [np.asarray, sp.csr_array])
@pytest.mark.parametrize("copies", [1, 60])
def test_the_basis_gradient_equals_the_slow_formula(name, kind, copies):
    task = problem(name)
    X = np.tile(task.X, (copies, 1))
    W = some_codes(task, len(X))
    weights = np.random.default_rng(5).random(len(X))
    slow = np.zeros_like(task.components)
    for x, w, weight in zip(X, W.T, weights, strict=True):
        z = task.background + w @ task.components
        r = softmax(z) if task.pair.name == "softmax" else z
        slow += weight * np.outer(w, r - x)
    fast = task.bind().basis_gradient(W, kind(X), weights)
    np.testing.assert_allclose(fast, slow, atol=1e-11 * len(X) * max(1.0, np.abs(slow).max()))


@pytest.mark.parametrize("background", [0.0, 0.7])
def test_the_linear_restriction_loses_nothing(background):
    """In K dimensions ½wᵀGw − cᵀw differs from the full ½‖x − b0 − Bw‖² by a constant of the document only."""
    task = problem("sound")
    basis = PAIRS["linear"]().bind(task.components, np.full(task.components.shape[1], background))
    c, W = basis.linear_term(task.X), some_codes(task, len(task.X))
    value, _ = basis.evaluate(W, np.zeros(len(task.X)))
    reduced = value - np.sum(c * W, axis=0)
    full = np.sum((task.X - background - W.T @ task.components) ** 2, axis=1) / 2
    constant = np.sum((task.X - background) ** 2, axis=1) / 2
    np.testing.assert_allclose(reduced + constant, full, rtol=1e-12, atol=1e-12)


@ALL
def test_another_type_is_the_same_restriction(name):
    task = problem(name)
    there_and_back = task.bind("float32").astype(np.float64)
    direct = task.bind("float32")
    assert there_and_back.components.dtype == np.float64
    np.testing.assert_array_equal(there_and_back.components, direct.components)
    np.testing.assert_allclose(there_and_back.curvature, direct.curvature, rtol=1e-4, atol=1e-5)


@ALL
def test_array_api_strict_gives_the_answer_of_numpy(name):
    task, xp = problem(name), array_api_strict
    basis = task.bind()
    strict = task.pair.bind(xp.asarray(task.components), xp.asarray(task.background))
    W = some_codes(task, 3)
    bound = slow_value(task, W)
    for ours, theirs in zip(strict.evaluate(xp.asarray(W), xp.asarray(bound)), basis.evaluate(W, bound), strict=True):
        np.testing.assert_allclose(to_host(ours), theirs, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(to_host(strict.hessian(xp.asarray(W[:, 0]))), basis.hessian(W[:, 0]), atol=1e-13)
    np.testing.assert_allclose(to_host(strict.linear_term(xp.asarray(task.X))), basis.linear_term(task.X), atol=1e-13)
