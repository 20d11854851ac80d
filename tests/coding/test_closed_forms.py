"""Codes with an answer in closed form, or in another library: each prior by somebody else's mathematics."""

import numpy as np
import pytest
import scipy.optimize
from problems import prior_of, problem, solve
from scipy.special import lambertw
from sklearn.decomposition import sparse_encode
from sklearn.linear_model import Lasso, Ridge

from textsc.coding import LinearSquared, Objective, infer_codes

LAM, MEAN = 0.3, 0.2
C = np.concatenate([np.linspace(-3, 3, 12), [0.0, LAM / 2, -LAM / 2]])


def orthonormal_codes(case, *, tol=1e-11):
    """Code rows whose pulls Bᵀx are C, with a rotation as basis: the problem falls apart into single weights."""
    Q, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(len(C), len(C))))
    objective = Objective(LinearSquared(), prior_of(case, MEAN), LAM, "type")
    basis = objective.pair.bind(Q, np.zeros(len(C)))
    limit = 201 if case.startswith("uniform") else None
    return infer_codes(objective, basis, (C @ Q)[None, :], np.array([LAM]), tol=tol, max_passes=limit).W[0]


def test_kl_on_an_orthonormal_basis():
    """w + λ log(w/p) = c is solved by w = λ·W(p/λ·exp(c/λ)), W Lambert's function."""
    expected = LAM * lambertw(MEAN / LAM * np.exp(C / LAM)).real
    np.testing.assert_allclose(orthonormal_codes("kl"), expected, atol=1e-5)


def test_signed_kl_on_an_orthonormal_basis():
    """w + λ arcsinh(w/2p) = c, one root after another."""
    expected = [
        scipy.optimize.brentq(lambda w, c=c: w + LAM * np.arcsinh(w / (2 * MEAN)) - c, -10, 10, xtol=1e-14) for c in C
    ]
    np.testing.assert_allclose(orthonormal_codes("signed_kl"), expected, atol=1e-5)


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("l1", np.maximum(C - LAM, 0)),
        ("l1-signed", np.sign(C) * np.maximum(np.abs(C) - LAM, 0)),
        ("l2", np.maximum(C, 0) / (1 + LAM)),
        ("l2-signed", C / (1 + LAM)),
        ("uniform", np.maximum(C, 0)),
        ("uniform-signed", C),
    ],
)
def test_norms_on_an_orthonormal_basis(case, expected):
    W = orthonormal_codes(case)
    np.testing.assert_allclose(W, expected, atol=1e-5)
    if case.startswith("l1"):
        np.testing.assert_array_equal(W == 0, expected == 0)


SOUND = pytest.mark.parametrize("name", ["sound", "sound-signed"])
LAMS = pytest.mark.parametrize("lam", [0.02, 0.2, 1.0])


def explained(task, codes):
    """Return Bw, which is unique where w is not (two columns of each basis are the same)."""
    return codes @ task.components


@SOUND
@LAMS
@pytest.mark.parametrize("case", ["l1", "l1-signed"])
def test_l1_is_scikit_learns_lasso(name, lam, case):
    """Lasso minimises ½‖y − Aw‖²/n + α‖w‖₁ over n rows of A: α = λ/n. sparse_encode does not divide: α = λ."""
    task = problem(name)
    codes, _ = solve(task, lam, 1.0, case=case, tol=1e-10)
    target, n = task.X - task.background, task.X.shape[1]
    lasso = Lasso(alpha=lam / n, positive=case == "l1", fit_intercept=False, tol=1e-10, max_iter=100_000)
    theirs = np.array([lasso.fit(task.components.T, y).coef_ for y in target])
    np.testing.assert_allclose(explained(task, codes.W), explained(task, theirs), atol=2e-5)
    encoded = sparse_encode(
        target,
        task.components,
        algorithm="lasso_cd",
        alpha=lam,
        positive=case == "l1",
        max_iter=100_000,
        check_input=True,
    )
    np.testing.assert_allclose(explained(task, codes.W), explained(task, encoded), atol=2e-2)


@SOUND
@LAMS
def test_signed_l2_is_scikit_learns_ridge(name, lam):
    """Ridge minimises ‖y − Aw‖² + α‖w‖²: α = λ."""
    task = problem(name)
    codes, _ = solve(task, lam, 1.0, case="l2-signed", tol=1e-11)
    ridge = Ridge(alpha=lam, fit_intercept=False, solver="cholesky")
    theirs = ridge.fit(task.components.T, (task.X - task.background).T).coef_
    np.testing.assert_allclose(codes.W, theirs, atol=5e-5)


@SOUND
@LAMS
def test_positive_l2_is_non_negative_least_squares_with_rows_for_the_prior(name, lam):
    """½‖y − Aw‖² + ½λ‖w‖² = ½‖(y, 0) − (A, √λ I)w‖², by Lawson and Hanson's method."""
    task = problem(name)
    codes, _ = solve(task, lam, 1.0, case="l2", tol=1e-11)
    k = len(task.components)
    A = np.concatenate([task.components.T, np.sqrt(lam) * np.eye(k)])
    target = task.X - task.background
    theirs = np.array([scipy.optimize.nnls(A, np.concatenate([y, np.zeros(k)]))[0] for y in target])
    np.testing.assert_allclose(codes.W, theirs, atol=5e-5)


@SOUND
@pytest.mark.parametrize("case", ["uniform", "uniform-signed"])
def test_uniform_is_least_squares(name, case):
    task = problem(name)
    codes, _ = solve(task, 1.0, 1.0, case=case, max_passes=1_501)
    target = task.X - task.background
    if case == "uniform":
        theirs = np.array([scipy.optimize.nnls(task.components.T, y)[0] for y in target])
    else:
        theirs = np.linalg.lstsq(task.components.T, target.T, rcond=None)[0].T
    np.testing.assert_allclose(explained(task, codes.W), explained(task, theirs), atol=1e-4)
