"""The damped Newton method, alone: what takes over where the quasi-Newton method gives up."""

import array_api_strict
import numpy as np
import pytest
from oracles import documents
from problems import PROBLEMS, problem

from textsc.arrays import overflow_to_inf, to_host
from textsc.coding.newton import damped_newton

ALL = pytest.mark.parametrize("name", PROBLEMS)


def newton(task, lam, mean, *, theta=None, tol=1e-9, max_steps=200, dtype=np.float64):
    objective, basis, X, lam_d = task.solver_inputs(lam, mean, dtype=dtype)
    c = basis.linear_term(X)
    theta = np.zeros_like(c) if theta is None else theta
    with overflow_to_inf():  # as its caller does
        answer = damped_newton(objective.prior, basis, c, lam_d, theta, tol=tol, max_steps=max_steps)
    return answer, documents(task, lam_d, mean, dtype=dtype)


@ALL
@pytest.mark.parametrize("mean", [1e-6, 1.0])
@pytest.mark.parametrize("lam_d", [1e-4, 1e-2, 1.0])
def test_it_certifies_everything_by_itself(name, lam_d, mean):
    (W, gap, n_passes), rows = newton(problem(name), lam_d, mean)
    assert np.all(gap <= 1e-9)
    assert np.all(n_passes <= 200)
    slow = [row.gap(w) for row, w in zip(rows, W.T, strict=True)]
    np.testing.assert_allclose(gap, slow, rtol=1e-3, atol=1e-12)


@ALL
@pytest.mark.parametrize("theta", [-30.0, -3.0, 3.0])
def test_it_comes_back_from_a_bad_start(name, theta):
    task = problem(name)
    start = np.full((len(task.components), len(task.X)), theta)
    (W, gap, _), _ = newton(task, 0.1, 0.1, theta=start)
    assert np.all(gap <= 1e-9)
    assert np.all(np.isfinite(W))


@ALL
def test_every_step_makes_progress(name):
    before = np.inf
    for max_steps in (1, 2, 4, 8, 16, 32, 64):
        (W, gap, n_passes), rows = newton(problem(name), 1e-2, 0.1, tol=1e-12, max_steps=max_steps)
        now = np.array([row.objective(w) for row, w in zip(rows, W.T, strict=True)])
        assert np.all(now <= before + 1e-13 * (1 + np.abs(now)))
        assert np.all(n_passes <= max_steps)
        assert np.all(gap >= 0)
        before = now


def test_it_converges_quadratically_at_the_end():
    """From a gap of 1e-4 the next two steps reach what rounding leaves."""
    task = problem("text")
    (W, gap, _), _ = newton(task, 0.1, 0.1, tol=1e-4)
    (_, tight, n_tight), _ = newton(task, 0.1, 0.1, theta=np.log(W / 0.1), tol=1e-12)
    assert np.all(gap <= 1e-4)
    assert np.all(tight <= 1e-12)
    assert np.all(n_tight <= 5)  # the start, and four steps


@ALL
def test_float32_is_solved_in_float64(name):
    (W, gap, _), rows = newton(problem(name), 1e-2, 0.1, dtype=np.float32)
    assert W.dtype == np.float32
    assert gap.dtype == np.float64
    # The gap is that of the weights as they are delivered, and has room for the rounding of c.
    slow = np.array([row.gap(w) for row, w in zip(rows, W.T.astype(np.float64), strict=True)])
    assert np.all(slow <= gap)
    assert np.all(gap < 1e-6)


@ALL
def test_documents_are_solved_one_by_one(name):
    task = problem(name)
    (W, gap, n_passes), _ = newton(task, 1e-2, 0.1)
    objective, basis, X, lam_d = task.solver_inputs(1e-2, 0.1)
    c = basis.linear_term(X)
    for j in range(len(lam_d)):
        one = np.s_[:, j : j + 1]
        start = np.zeros_like(c[one])
        with overflow_to_inf():
            alone = damped_newton(objective.prior, basis, c[one], lam_d[j : j + 1], start, tol=1e-9, max_steps=200)
        np.testing.assert_array_equal(alone[0][:, 0], W[:, j])
        assert (alone[1][0], alone[2][0]) == (gap[j], n_passes[j])


@ALL
def test_array_api_strict_gives_the_answer_of_numpy(name):
    xp, task = array_api_strict, problem(name)
    objective, basis, X, lam_d = task.solver_inputs(0.1, 0.1)
    c = basis.linear_term(X)
    numpys = damped_newton(objective.prior, basis, c, lam_d, np.zeros_like(c), tol=1e-12, max_steps=100)
    strict = damped_newton(
        objective.prior,
        task.pair.bind(xp.asarray(task.components), xp.asarray(task.background)),
        xp.asarray(c),
        xp.asarray(lam_d),
        xp.zeros(c.shape, dtype=xp.float64),
        tol=1e-12,
        max_steps=100,
    )
    np.testing.assert_allclose(to_host(strict[0]), numpys[0], rtol=1e-6, atol=1e-8)
