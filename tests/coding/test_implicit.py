"""The derivative of the code: against differences through tight solves, a dense solve of eq. (12), and unrolling."""

import tracemalloc

import array_api_strict
import numpy as np
import pytest
import scipy.sparse as sp
from problems import problem, zipf_corpus
from scipy.special import softmax

from textsc.arrays import LANES, to_host
from textsc.coding import PRIORS, Codes, KLPrior, L1Prior, Objective, SoftmaxKL, code_gradients, infer_codes
from textsc.learning.start import log_lift

CASES = pytest.mark.parametrize("name", ["text-toy", "text", "text-wide", "text-sharp", "sound", "sound-signed"])
KINDS = pytest.mark.parametrize("kind", ["kl", "signed_kl"])
MEAN, LAM = 0.1, 0.05
TIGHT = 1e-13


def loss_weights(shape):
    return np.random.default_rng(3).normal(size=shape)


def as_codes(W):
    n = W.shape[1]
    return Codes(W.T, np.zeros(n), np.ones(n, dtype=int), np.ones(n, dtype=bool))


def codes(task, prior, *, components=None, background=None, X=None, lam=LAM, mean=MEAN, near=None):
    """Return (objective, basis, X, lam_d, W), solved as far as float64 goes, from codes near the minimum if given."""
    components = task.components if components is None else components
    background = task.background if background is None else background
    X = task.X if X is None else X
    objective = Objective(task.pair, PRIORS[prior].build(mean=mean, positive=True), 1.0, "type")
    basis = task.pair.bind(components, background)
    lam_d = np.zeros(len(X)) + lam
    if near is None:
        near = infer_codes(objective, basis, X, lam_d, tol=1e-12).W.T
    return objective, basis, X, lam_d, polished(objective.prior, basis, X, lam_d, near)


def polished(prior, basis, X, lam_d, W):
    """Take undamped Newton steps in θ from near the minimum, as far as rounding lets them lead."""
    c, theta = basis.linear_term(X), prior.dual(W)
    for _ in range(4):
        W = prior.primal(theta)
        F = basis.evaluate(W, basis.tangent(W))[1] - c + lam_d * theta
        for d in range(W.shape[1]):
            slope = basis.hessian(W[:, d]) * prior.metric(W[:, d]) + lam_d[d] * np.eye(len(W))
            theta[:, d] -= np.linalg.solve(slope, F[:, d])
    assert np.abs(F).max() < 1e-11 * (1 + np.abs(c).max())
    return prior.primal(theta)


def gradients(task, prior, tol=TIGHT):
    objective, basis, X, lam_d, W = codes(task, prior)
    g = loss_weights(W.shape)
    return code_gradients(objective, basis, X, lam_d, as_codes(W), g.T, tol=tol), g


def slope(task, prior, g, name, value, direction, eps=1e-4):
    """Return the derivative of Σ g·ŵ along a direction of one of the inputs, by differences of fourth order."""
    start = codes(task, prior)[4]
    near, far = (
        [float(np.sum(g * codes(task, prior, near=start, **{name: value + n * eps * direction})[4])) for n in (k, -k)]
        for k in (1, 2)
    )
    return (8 * (near[0] - near[1]) - (far[0] - far[1])) / (12 * eps)


def check(found, expected):
    """Agree to 1e-6 of the derivative; what is nearly zero is known to the rounding of the differences."""
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-8)


@CASES
@KINDS
def test_the_basis_against_finite_differences(name, kind):
    task = problem(name)
    found, g = gradients(task, kind)
    direction = np.random.default_rng(0).normal(size=task.components.shape)
    expected = slope(task, kind, g, "components", task.components, direction)
    check(float(np.sum(found.components * direction)), expected)


@CASES
@KINDS
def test_the_background_and_the_data_against_finite_differences(name, kind):
    task = problem(name)
    found, g = gradients(task, kind)
    rng = np.random.default_rng(1)
    direction = rng.normal(size=task.background.shape)
    check(float(found.background @ direction), slope(task, kind, g, "background", task.background, direction))
    direction = rng.normal(size=task.X.shape) * (task.X > 0)  # types stay where they are positive ...
    direction -= task.X * direction.sum(axis=1, keepdims=True) / np.maximum(task.X.sum(axis=1, keepdims=True), 1e-300)
    check(float(np.sum((found.V @ task.components) * direction)), slope(task, kind, g, "X", task.X, direction))


@CASES
@KINDS
def test_the_prior_against_finite_differences(name, kind):
    task = problem(name)
    found, g = gradients(task, kind)
    check(float(np.sum(found.lam)), slope(task, kind, g, "lam", LAM, 1.0))
    check(float(np.sum(found.mean)), slope(task, kind, g, "mean", MEAN, 1.0))


@KINDS
def test_every_partial_derivative_of_one_document(kind):
    """dŵ_j/dB_vk, one by one: the table of eq. (12), against differences of the code itself."""
    task = problem("text-toy")
    objective, basis, X, lam_d, W = codes(task, kind)
    row = 3
    for j in range(len(W)):
        g = np.zeros_like(W)
        g[j, row] = 1.0
        found = code_gradients(objective, basis, X, lam_d, as_codes(W), g.T, tol=TIGHT).components
        for k, v in np.ndindex(task.components.shape):
            unit = np.zeros_like(task.components)
            unit[k, v] = 1.0
            check(found[k, v], slope(task, kind, g, "components", task.components, unit))


@CASES
@KINDS
def test_a_dense_solve_of_equation_12(name, kind):
    task = problem(name)
    objective, basis, X, lam_d, W = codes(task, kind)
    g, prior = loss_weights(W.shape), objective.prior
    found = code_gradients(objective, basis, X, lam_d, as_codes(W), g.T, tol=TIGHT)
    components, background = np.zeros_like(task.components), np.zeros_like(task.background)
    for d, (w, x) in enumerate(zip(W.T, X, strict=True)):
        z = task.background + w @ task.components
        r = softmax(z) if task.pair.name == "softmax" else z
        curved = np.diag(r) - np.outer(r, r) if task.pair.name == "softmax" else np.eye(len(z))
        metric = prior.metric(W)[:, d]
        H = task.components @ curved @ task.components.T
        root = np.sqrt(metric)
        v = root * np.linalg.solve(lam_d[d] * np.eye(len(w)) + root[:, None] * H * root, root * g[:, d])
        np.testing.assert_allclose(found.V[d], v, atol=1e-9 * max(1.0, np.abs(v).max()))
        pushed = curved @ (v @ task.components)
        components -= np.outer(w, pushed) + np.outer(v, r - x)
        background -= pushed
    np.testing.assert_allclose(found.components, components, atol=1e-9 * np.abs(components).max())
    np.testing.assert_allclose(found.background, background, atol=1e-9 * max(1.0, np.abs(background).max()))


@KINDS
def test_unrolled_differentiation_of_a_plain_solver(kind):
    """Differentiate θ ← θ − η F(θ), step by step, along a direction of the basis."""
    task = problem("text")
    found, g = gradients(task, kind)
    prior = PRIORS[kind].build(mean=MEAN, positive=True)
    change = np.random.default_rng(5).normal(size=task.components.shape)
    theta, moved = np.zeros(task.shape).T, np.zeros(task.shape).T
    for _ in range(8_000):
        w = prior.primal(theta)
        dw = prior.metric(w) * moved
        r = softmax(task.background + w @ task.components, axis=1)
        dz = dw @ task.components + w @ change
        dr = r * (dz - np.sum(r * dz, axis=1, keepdims=True))
        F = (r - task.X) @ task.components.T + LAM * theta
        dF = dr @ task.components.T + (r - task.X) @ change.T + LAM * moved
        theta, moved = theta - 0.2 * F, moved - 0.2 * dF
    assert float(np.sum(found.components * change)) == pytest.approx(float(np.sum(g.T * dw)), rel=1e-6)


@CASES
@KINDS
def test_the_residual_is_what_it_says(name, kind):
    task = problem(name)
    objective, basis, X, lam_d, W = codes(task, kind)
    g = loss_weights(W.shape)
    for tol in (1e-1, 1e-3, 1e-6):
        found = code_gradients(objective, basis, X, lam_d, as_codes(W), g.T, tol=tol)
        assert np.all(found.residual <= tol)
        for d, (w, v) in enumerate(zip(W.T, found.V, strict=True)):
            root = np.sqrt(objective.prior.metric(W)[:, d])
            left = root * (basis.hessian(w) @ v) + lam_d[d] * v / root
            residual = np.linalg.norm(root * g[:, d] - left) / np.linalg.norm(root * g[:, d])
            assert residual == pytest.approx(found.residual[d], rel=1e-2, abs=1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_few_exact_products_are_needed(dtype):
    """At a residual of 1e-3 at most 8 on average, for documents of every length."""
    counts = zipf_corpus(300, 500, 20, seed=0).astype(dtype)
    rng = np.random.default_rng(0)
    words = rng.dirichlet(np.full(500, 0.2), size=20)
    background = np.log(np.asarray(counts.sum(axis=0)).ravel() + 0.5).astype(dtype)
    basis = SoftmaxKL().bind(log_lift(words, background).astype(dtype), background)
    objective = Objective(SoftmaxKL(), KLPrior(0.1), lam=4.0)
    X, n_tokens = objective.pair.prepare(counts, 1.0)
    lam_d = objective.strength(n_tokens).astype(dtype)
    codes = infer_codes(objective, basis, X, lam_d, tol=1e-3)
    assert codes.converged.all()
    found = code_gradients(objective, basis, X, lam_d, codes, loss_weights(codes.W.shape).astype(dtype))
    assert found.V.dtype == found.components.dtype == dtype
    assert found.n_products.mean() <= 8
    assert np.all(found.residual <= 1e-3)
    few = code_gradients(objective, basis, X, lam_d, codes, loss_weights(codes.W.shape).astype(dtype), max_products=2)
    assert few.n_products.max() == 2
    assert few.residual.max() > 1e-3


def test_memory_is_that_of_a_tile_however_many_documents():
    """What is kept for all documents has the size of their codes; what has that of the features is kept for a tile."""
    n_words, n_topics = 4000, 5
    rng = np.random.default_rng(0)
    basis = SoftmaxKL().bind(rng.normal(size=(n_topics, n_words)), np.zeros(n_words))
    objective = Objective(SoftmaxKL(), KLPrior(0.1), 1.0)

    def peak(n_tiles):
        n = n_tiles * LANES
        X = sp.csr_array(np.full((n, 1), 1.0) * (np.arange(n_words) < 3) / 3)
        g, lam_d = rng.normal(size=(n, n_topics)), np.full(n, 0.1)
        found = infer_codes(objective, basis, X, lam_d, tol=1e-6)
        tracemalloc.start()
        code_gradients(objective, basis, X, lam_d, found, g)
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    peak(1)  # what is imported or kept at the first use
    growth = peak(6) - peak(2)
    assert growth < 4 * LANES * n_words * 8 / 10


def test_a_document_does_not_depend_on_the_others():
    task = problem("text")
    objective, basis, X, lam_d, W = codes(task, "kl")
    g = loss_weights(W.shape)
    lam_d = lam_d * np.linspace(1, 2, len(lam_d))[::-1]
    together = code_gradients(objective, basis, X, lam_d, as_codes(W), g.T, tol=TIGHT)
    alone = [
        code_gradients(objective, basis, X[[d]], lam_d[[d]], as_codes(W[:, [d]]), g[:, [d]].T, tol=TIGHT)
        for d in range(len(X))
    ]
    for name in ("V", "lam", "mean"):
        rows = np.concatenate([getattr(one, name) for one in alone])
        np.testing.assert_allclose(getattr(together, name), rows, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(together.components, sum(one.components for one in alone), atol=1e-10)


@pytest.mark.parametrize("name", ["text", "sound-signed"])
@KINDS
def test_array_api_strict_gives_the_answer_of_numpy(name, kind):
    task, xp = problem(name), array_api_strict
    objective, basis, X, lam_d, W = codes(task, kind)
    g = loss_weights(W.shape).T
    strict_basis = task.pair.bind(xp.asarray(task.components), xp.asarray(task.background))
    strict_codes = as_codes(W)
    strict_codes = Codes(
        xp.asarray(np.ascontiguousarray(W.T)), xp.zeros(len(X)), xp.ones(len(X)), xp.asarray(strict_codes.converged)
    )
    theirs = code_gradients(
        objective, strict_basis, xp.asarray(X), xp.asarray(lam_d), strict_codes, xp.asarray(np.ascontiguousarray(g))
    )
    ours = code_gradients(objective, basis, X, lam_d, as_codes(W), g)
    for field in ("components", "background", "V", "lam", "mean", "residual", "n_products"):
        np.testing.assert_allclose(to_host(getattr(theirs, field)), getattr(ours, field), atol=1e-10)


def test_a_code_with_corners_is_refused_in_a_sentence():
    task = problem("sound")
    objective = Objective(task.pair, L1Prior(), LAM, "type")
    W = np.ones((len(task.components), len(task.X)))
    with pytest.raises(TypeError, match=r"differentiable under the KL priors, not under 'l1'\.$"):
        code_gradients(objective, task.bind(), task.X, np.full(len(task.X), LAM), as_codes(W), W.T)


def test_codes_that_are_not_converged_are_refused_in_a_sentence():
    task = problem("text")
    objective, basis, X, lam_d = task.solver_inputs(LAM, MEAN)
    found = infer_codes(objective, basis, X, lam_d, tol=1e-12, max_passes=2)
    assert not found.converged.all()
    first = int(np.flatnonzero(~found.converged)[0])
    with pytest.raises(
        ValueError, match=rf"of 9 codes are not converged, the first is row {first}; solve them further"
    ):
        code_gradients(objective, basis, X, lam_d, found, found.W)


def test_no_document_and_no_slope_have_no_gradient():
    task = problem("text")
    objective, basis, X, lam_d, W = codes(task, "kl")
    found = code_gradients(objective, basis, X[:0], lam_d[:0], as_codes(W[:, :0]), W[:, :0].T)
    assert not found.components.any()
    assert found.V.shape == (0, len(task.components))
    found = code_gradients(objective, basis, sp.csr_array(X), lam_d, as_codes(W), 0 * W.T)
    assert not found.components.any()
    assert not found.n_products.any()
