"""From rows to codes: every row answered, in its place."""

import numpy as np
import pytest
import scipy.sparse as sp
from problems import problem

from textsc.coding import Coder, KLPrior, LinearSquared, Objective, SoftmaxKL

COUNTS = np.array([[0, 0, 0], [9, 1, 0], [0, 0, 0], [0, 0, 50_000], [1, 0, 0], [0, 0, 0]])
COMPONENTS = np.array([[1.0, -1.0, 0.0], [-1.0, 0.5, 1.0]])


def text_coder(*, dtype=np.float64, mean=0.5, tol=1e-9, weighting="poisson"):
    objective = Objective(SoftmaxKL(), KLPrior(mean), 1.0, weighting)
    return Coder(objective, objective.pair.bind(COMPONENTS.astype(dtype), np.zeros(3, dtype)), tol=tol)


@pytest.mark.parametrize("weighting", ["poisson", "type"])
@pytest.mark.parametrize("kind", [np.asarray, sp.csr_array, sp.csr_matrix])
def test_an_empty_row_gets_the_mean_of_the_prior(kind, weighting):
    codes = text_coder(weighting=weighting)(kind(COUNTS))
    empty = COUNTS.sum(axis=1) == 0
    assert codes.W.shape == (6, 2)
    assert np.all(codes.W[empty] == 0.5)
    assert np.all(codes.gap[empty] == 0)
    assert np.all(codes.n_passes[empty] == 0)
    assert codes.converged.all()
    assert np.all(codes.W[~empty] != 0.5)
    assert np.all(codes.n_passes[~empty] > 0)


def test_an_empty_row_gets_the_mean_of_each_component():
    codes = text_coder(mean=np.array([[0.25], [2.0]]))(sp.csr_array(COUNTS))
    np.testing.assert_array_equal(codes.W[[0, 2, 5]], [[0.25, 2.0]] * 3)


def test_only_empty_rows():
    codes = text_coder()(sp.csr_array((4, 3)))
    assert np.all(codes.W == 0.5)
    assert codes.converged.all()


def test_no_rows():
    codes = text_coder()(sp.csr_array((0, 3)))
    assert codes.W.shape == (0, 2)
    assert codes.gap.shape == codes.converged.shape == codes.n_passes.shape == (0,)


def test_explicit_zeros_are_no_tokens():
    X = sp.csr_array((np.zeros(2), np.array([0, 2]), np.array([0, 2])), shape=(1, 3))
    codes = text_coder()(X)
    assert codes.W.tolist() == [[0.5, 0.5]]


def test_rows_stay_in_their_places():
    coder, X = text_coder(), sp.csr_array(COUNTS)
    codes = coder(X)
    for i in range(len(COUNTS)):
        np.testing.assert_allclose(coder(X[[i]]).W[0], codes.W[i], rtol=1e-6)
    order = [3, 0, 5, 1, 4, 2]
    np.testing.assert_allclose(coder(X[order]).W, codes.W[order], rtol=1e-6)


def test_poisson_believes_a_long_document_more():
    """The same type, ten and ten thousand tokens: λ_d = λ/N_d."""
    short, long = text_coder()(np.array([[8, 1, 1], [8000, 1000, 1000]])).W
    assert np.linalg.norm(np.log(long / 0.5)) > np.linalg.norm(np.log(short / 0.5))
    np.testing.assert_allclose(*text_coder(weighting="type", tol=1e-12)(np.array([[8, 1, 1], [8000, 1000, 1000]])).W)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("data", ["int32", "int64", "float32", "float64"])
def test_codes_have_the_type_of_the_basis(dtype, data):
    codes = text_coder(dtype=dtype, tol=1e-4)(sp.csr_array(COUNTS.astype(data)))
    assert codes.W.dtype == dtype
    assert codes.gap.dtype == np.float64
    assert np.all(codes.gap <= 1e-4)


@pytest.mark.parametrize("kind", [np.asarray, sp.csr_array])
def test_the_unit_divides_the_rows(kind):
    task = problem("sound")
    objective = Objective(LinearSquared(), KLPrior(0.1), 0.1)
    basis = task.bind()
    plain = Coder(objective, basis, tol=1e-12)(kind(task.X))
    louder = Coder(objective, basis, unit=8.0, tol=1e-12)(kind(8.0 * task.X))
    np.testing.assert_allclose(louder.W, plain.W, rtol=1e-9, atol=1e-12)
    # A silent row is solved like any other: it is not the mean of the prior.
    assert plain.n_passes[0] > 0
    assert np.all(plain.W[0] < 0.1)


def test_a_document_that_is_not_certified_is_said():
    codes = text_coder(tol=1e-40)(sp.csr_array(COUNTS))
    assert np.array_equal(codes.converged, codes.gap <= 1e-40)
    assert np.all(np.isfinite(codes.W))


@pytest.mark.parametrize(("n_components", "rows"), [(1, 4096), (50, 4096), (200, 2621), (5000, 1024)])
def test_blocks_hold_about_as_many_weights(n_components, rows):
    pair = LinearSquared()
    basis = pair.bind(np.zeros((n_components, 1), dtype=np.float32), np.zeros(1, dtype=np.float32))
    assert Coder(Objective(pair, KLPrior(0.5), lam=1.0), basis).block_rows == rows
