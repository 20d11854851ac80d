"""The derivative of the code, against finite differences through tight solves and the table of partial derivatives."""

import numpy as np
import pytest
from problems import problem

from textsc.coding import PRIORS, L1Prior, Objective, code_gradients, infer_codes

CASES = pytest.mark.parametrize("name", ["text-toy", "text", "text-sharp", "sound", "sound-signed"])
KINDS = pytest.mark.parametrize("kind", ["kl", "signed_kl"])
MEAN, LAM = 0.1, 0.05


def loss_weights(shape):
    return np.random.default_rng(3).normal(size=shape)


def codes(task, prior, *, components=None, background=None, X=None, lam=LAM, mean=MEAN):
    """Return (objective, basis, X, lam_d, W) with codes solved as far as float64 goes."""
    components = task.components if components is None else components
    background = task.background if background is None else background
    X = task.X if X is None else X
    objective = Objective(task.pair, PRIORS[prior].build(mean=mean, positive=True), 1.0, "type")
    basis = task.pair.bind(components, background)
    lam_d = np.zeros(len(X)) + lam
    W = infer_codes(objective, basis, X, lam_d, tol=1e-12).W.T
    return objective, basis, X, lam_d, polished(objective.prior, basis, X, lam_d, W)


def polished(prior, basis, X, lam_d, W):
    """Take two undamped Newton steps in θ: from a gap of 1e-12 they lead as far as rounding lets them."""
    c, theta = basis.linear_term(X), prior.dual(W)
    for _ in range(2):
        W = prior.primal(theta)
        F = basis.evaluate(W, basis.tangent(W))[1] - c + lam_d * theta
        for d in range(W.shape[1]):
            slope = basis.hessian(W[:, d]) * prior.metric(W[:, d]) + lam_d[d] * np.eye(len(W))
            theta[:, d] -= np.linalg.solve(slope, F[:, d])
    return prior.primal(theta)


def gradients(task, prior):
    objective, basis, X, lam_d, W = codes(task, prior)
    g = loss_weights(W.shape)
    return code_gradients(objective, basis, X, lam_d, W, g), g


def slope(task, prior, g, name, value, direction, eps=1e-4):
    """Return the central difference of Σ g·ŵ along a direction of one of the inputs."""
    sums = [float(np.sum(g * codes(task, prior, **{name: value + sign * eps * direction})[4])) for sign in (1, -1)]
    return (sums[0] - sums[1]) / (2 * eps)


@CASES
@KINDS
def test_the_basis_against_finite_differences(name, kind):
    task = problem(name)
    found, g = gradients(task, kind)
    direction = np.random.default_rng(0).normal(size=task.components.shape)
    expected = slope(task, kind, g, "components", task.components, direction)
    assert float(np.sum(found.components * direction)) == pytest.approx(expected, rel=2e-4, abs=1e-5)


@CASES
@KINDS
def test_the_background_and_the_data_against_finite_differences(name, kind):
    task = problem(name)
    found, g = gradients(task, kind)
    rng = np.random.default_rng(1)
    direction = rng.normal(size=task.background.shape)
    expected = slope(task, kind, g, "background", task.background, direction)
    assert float(found.background @ direction) == pytest.approx(expected, rel=2e-4, abs=1e-5)
    direction = rng.normal(size=task.X.shape) * (task.X > 0)  # types stay where they are positive ...
    direction -= task.X * direction.sum(axis=1, keepdims=True) / np.maximum(task.X.sum(axis=1, keepdims=True), 1e-300)
    expected = slope(task, kind, g, "X", task.X, direction)
    assert float(np.sum((task.components.T @ found.V).T * direction)) == pytest.approx(expected, rel=2e-4, abs=1e-5)


@CASES
@KINDS
def test_the_prior_against_finite_differences(name, kind):
    task = problem(name)
    found, g = gradients(task, kind)
    expected = slope(task, kind, g, "lam", LAM, 1.0, eps=1e-5)
    assert float(np.sum(found.lam)) == pytest.approx(expected, rel=2e-4, abs=1e-4)
    expected = slope(task, kind, g, "mean", MEAN, 1.0, eps=1e-5)
    assert float(np.sum(found.mean)) == pytest.approx(expected, rel=2e-4, abs=1e-4)


@pytest.mark.parametrize("kind", ["kl", "signed_kl"])
def test_every_partial_derivative_of_one_document(kind):
    """dŵ_j/dB_vk, one by one: the table of eq. (12), against differences of the code itself."""
    task = problem("text-toy")
    objective, basis, X, lam_d, W = codes(task, kind)
    row = 3
    for j in range(len(W)):
        g = np.zeros_like(W)
        g[j, row] = 1.0
        found = code_gradients(objective, basis, X, lam_d, W, g).components
        for k, v in np.ndindex(task.components.shape):
            unit = np.zeros_like(task.components)
            unit[k, v] = 1.0
            assert found[k, v] == pytest.approx(
                slope(task, kind, g, "components", task.components, unit), rel=1e-4, abs=1e-6
            )


def test_a_code_with_corners_is_refused_in_a_sentence():
    task = problem("sound")
    objective = Objective(task.pair, L1Prior(), LAM, "type")
    W = np.ones((len(task.components), len(task.X)))
    with pytest.raises(TypeError, match=r"differentiable under the KL priors, not under 'l1'\.$"):
        code_gradients(objective, task.bind(), task.X, np.full(len(task.X), LAM), W, W)


def test_no_document_has_no_gradient():
    task = problem("text")
    objective, basis, X, lam_d, W = codes(task, "kl")
    found = code_gradients(objective, basis, X[:0], lam_d[:0], W[:, :0], W[:, :0])
    assert not found.components.any()
    assert found.V.shape == (len(task.components), 0)
