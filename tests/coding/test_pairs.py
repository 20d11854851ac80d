"""Every pair through one battery: what "matched" implies, by hand, by differences and by a slow loop."""

import array_api_strict
import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from textsc.arrays import to_host
from textsc.coding import PAIRS, LinearSquared, SoftmaxKL

ALL = pytest.mark.parametrize("pair", [kind() for kind in PAIRS.values()], ids=list(PAIRS))
LIBRARIES = pytest.mark.parametrize("xp", [np, array_api_strict], ids=["numpy", "strict"])
TYPES = pytest.mark.parametrize("dtype", ["float32", "float64"])


def domain_rows(pair, shape=(5, 7), seed=0):
    """Return data in the domain of the pair, with zeros among them."""
    rng = np.random.default_rng(seed)
    X = rng.random(shape) * (rng.random(shape) < 0.7)
    X[:, 0] += 0.1
    return X / X.sum(axis=1, keepdims=True) if pair.name == "softmax" else X - 0.5


def perfect_activation(pair, X):
    """Return z with f(z) = x."""
    return np.log(X) if pair.name == "softmax" else X


def test_softmax_by_hand():
    pair, z = SoftmaxKL(), np.log([[1.0, 2.0, 5.0]])
    assert pair.potential(z) == pytest.approx([np.log(8)])
    assert pair.transfer(z) == pytest.approx(np.array([[1, 2, 5]]) / 8)
    assert pair.loss(np.array([[1.0, 0.0, 0.0]]), z) == pytest.approx([np.log(8)])
    assert pair.loss(np.array([[0.5, 0.5, 0.0]]), z) == pytest.approx([0.5 * np.log(0.5 * 8) + 0.5 * np.log(0.5 * 4)])
    assert pair.conjugate(np.array([[0.5, 0.5, 0.0]])) == pytest.approx([-np.log(2)])


def test_linear_by_hand():
    pair, z = LinearSquared(), np.array([[3.0, -4.0]])
    assert pair.potential(z).tolist() == [12.5]
    assert pair.transfer(z).tolist() == z.tolist()
    assert pair.loss(np.array([[1.0, -4.0]]), z).tolist() == [2.0]


@ALL
@LIBRARIES
@TYPES
def test_the_transfer_is_the_gradient_of_the_potential(pair, xp, dtype):
    Z = np.random.default_rng(1).normal(size=(4, 6))
    transfer = to_host(pair.transfer(xp.asarray(Z.astype(dtype))))
    assert transfer.dtype == dtype
    eps, slow = 1e-5, np.empty_like(Z)
    for v in range(Z.shape[1]):
        step = eps * np.eye(Z.shape[1])[v]
        slow[:, v] = (pair.potential(Z + step) - pair.potential(Z - step)) / (2 * eps)
    np.testing.assert_allclose(transfer, slow, atol=1e-9 if dtype == "float64" else 1e-6)


@ALL
def test_the_slope_of_the_loss_is_transfer_minus_data(pair):
    X = domain_rows(pair)
    Z = np.random.default_rng(2).normal(size=X.shape)
    eps, slow = 1e-5, np.empty_like(Z)
    for v in range(Z.shape[1]):
        step = eps * np.eye(Z.shape[1])[v]
        slow[:, v] = (pair.loss(X, Z + step) - pair.loss(X, Z - step)) / (2 * eps)
    np.testing.assert_allclose(pair.transfer(Z) - X, slow, atol=1e-9)


@ALL
@given(arrays(np.float64, (3, 5), elements=st.floats(-30, 30)), st.integers(0, 10))
@settings(deadline=None, max_examples=50)
def test_the_loss_is_never_negative(pair, Z, seed):
    X = domain_rows(pair, (3, 5), seed)
    assert np.all(pair.loss(X, Z) >= -1e-12)


@ALL
@LIBRARIES
@TYPES
def test_the_loss_is_zero_where_the_data_are_reconstructed(pair, xp, dtype):
    X = domain_rows(pair) + (0.1 if pair.name == "softmax" else 0.0)
    X = X / X.sum(axis=1, keepdims=True) if pair.name == "softmax" else X
    loss = pair.loss(xp.asarray(X.astype(dtype)), xp.asarray(perfect_activation(pair, X).astype(dtype)))
    np.testing.assert_allclose(to_host(loss), 0.0, atol=1e-12 if dtype == "float64" else 2e-6)
    off = pair.loss(X, perfect_activation(pair, X) + 0.1 * np.eye(X.shape[1])[0])
    assert np.all(off > 1e-6)


@ALL
def test_the_loss_equals_a_slow_loop(pair):
    X = domain_rows(pair)
    Z = np.random.default_rng(3).normal(size=X.shape)
    slow = []
    for x, z in zip(X, Z, strict=True):
        if pair.name == "softmax":
            r = [np.exp(a) / sum(np.exp(b) for b in z) for a in z]
            slow.append(sum(a * np.log(a / b) for a, b in zip(x, r, strict=True) if a > 0))
        else:
            slow.append(sum((a - b) ** 2 for a, b in zip(x, z, strict=True)) / 2)
    np.testing.assert_allclose(pair.loss(X, Z), slow, rtol=1e-12)


@ALL
def test_the_conjugate_is_the_largest_of_x_z_less_potential(pair):
    X = domain_rows(pair) + (0.05 if pair.name == "softmax" else 0.0)
    X = X / X.sum(axis=1, keepdims=True) if pair.name == "softmax" else X
    best = np.sum(X * perfect_activation(pair, X), axis=1) - pair.potential(perfect_activation(pair, X))
    np.testing.assert_allclose(pair.conjugate(X), best, rtol=1e-12)
    for seed in range(5):
        Z = np.random.default_rng(seed).normal(size=X.shape)
        assert np.all(np.sum(X * Z, axis=1) - pair.potential(Z) <= best + 1e-12)


@LIBRARIES
@TYPES
@pytest.mark.parametrize("shift", [-700.0, 3.0, 900.0])
def test_softmax_does_not_see_a_shift(xp, dtype, shift):
    pair, Z = SoftmaxKL(), np.random.default_rng(4).integers(-8, 8, size=(3, 5)).astype(dtype)
    moved = xp.asarray(Z + np.asarray(shift, dtype))
    np.testing.assert_allclose(to_host(pair.transfer(moved)), pair.transfer(Z), rtol=1e-6)
    np.testing.assert_allclose(to_host(pair.potential(moved)), pair.potential(Z) + shift, rtol=1e-6)


@ALL
@TYPES
@pytest.mark.parametrize("value", [-1e3, 1e3])
def test_large_activations_stay_finite(pair, dtype, value):
    Z = np.array([[value, 0.0, -value], [value] * 3], dtype=dtype)
    X = np.array([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]], dtype=dtype)
    for result in (pair.potential(Z), pair.transfer(Z), pair.loss(X, Z), pair.conjugate(X)):
        assert np.all(np.isfinite(result))
        assert result.dtype == dtype


@pytest.mark.parametrize("kind", [np.asarray, sp.csr_array, sp.csr_matrix, sp.coo_array])
@pytest.mark.parametrize("dtype", ["int64", "int32", "float32", "float64"])
def test_softmax_prepares_types_and_lengths(kind, dtype):
    counts = np.array([[3, 0, 1], [0, 0, 0], [0, 50_000, 0]], dtype=dtype)
    types, n_tokens = SoftmaxKL().prepare(kind(counts), 1.0)
    assert sp.issparse(types)
    assert types.format == "csr"
    assert types.dtype == (dtype if dtype.startswith("float") else "float32")
    assert n_tokens.tolist() == [4, 0, 50_000]
    assert n_tokens.dtype == np.float64
    np.testing.assert_allclose(types.toarray(), [[0.75, 0, 0.25], [0, 0, 0], [0, 1, 0]])


def test_a_repeated_entry_counts_twice():
    X = sp.csr_array((np.array([1.0, 2.0, 1.0]), np.array([0, 0, 1]), np.array([0, 3])), shape=(1, 2))
    types, n_tokens = SoftmaxKL().prepare(X, 1.0)
    assert n_tokens.tolist() == [4]
    np.testing.assert_allclose(types.toarray(), [[0.75, 0.25]])
    basis = SoftmaxKL().bind(np.array([[1.0, -1.0]]), np.zeros(2))
    np.testing.assert_allclose(basis.linear_term(types), [[0.5]])


@ALL
def test_prepare_leaves_its_input_alone(pair):
    X = sp.csr_array(np.array([[3.0, 0.0, 1.0], [0.0, 2.0, 0.0]]))
    before = X.toarray()
    pair.prepare(X, 2.0)
    assert np.array_equal(X.toarray(), before)


@pytest.mark.parametrize("kind", [np.asarray, sp.csr_array])
@pytest.mark.parametrize("dtype", ["int64", "float32", "float64"])
def test_the_linear_unit_makes_the_mean_squared_norm_one(kind, dtype):
    X = np.array([[3, 4], [0, 1], [0, 0]], dtype=dtype)
    pair = LinearSquared()
    unit = pair.unit(kind(X))
    assert unit == pytest.approx(np.sqrt(26 / 3))
    rows, lengths = pair.prepare(kind(X), unit)
    rows = rows.toarray() if sp.issparse(rows) else rows
    assert rows.dtype == (dtype if dtype.startswith("float") else "float32")
    assert np.mean(np.sum(rows.astype(float) ** 2, axis=1)) == pytest.approx(1.0, rel=1e-6)
    # A silent row is data too: its length is 1, not 0.
    assert lengths.tolist() == [1, 1, 1]
    # Differences of loudness are kept.
    assert np.linalg.norm(rows[0]) / np.linalg.norm(rows[1]) == pytest.approx(5.0)


@pytest.mark.parametrize("kind", [np.asarray, sp.csr_array])
def test_the_linear_unit_of_silence_is_one(kind):
    assert LinearSquared().unit(kind(np.zeros((2, 3)))) == 1.0
    assert LinearSquared().unit(kind(np.zeros((0, 3)))) == 1.0


@pytest.mark.parametrize("scale", [1e-3, 1e3])
def test_the_linear_unit_survives_float32(scale):
    X = np.full((1000, 4), scale, dtype=np.float32)
    assert LinearSquared().unit(X) == pytest.approx(2 * scale, rel=1e-6)


def test_types_have_no_unit():
    assert SoftmaxKL().unit(sp.csr_array(np.eye(3))) == 1.0


def test_the_registry_holds_each_pair_under_its_name():
    assert all(kind.name == name for name, kind in PAIRS.items())
