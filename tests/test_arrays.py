"""The one module that knows devices and libraries."""

import subprocess
import sys
import warnings

import array_api_strict
import numpy as np
import pytest
import scipy.sparse as sp

from textsc import arrays


def has_gpu() -> bool:
    try:
        arrays.to_device(np.zeros(1), "cuda")
    except arrays.DeviceError:
        return False
    return True


def test_the_library_is_read_from_the_arrays():
    assert arrays.namespace(np.ones(2), np.zeros(1)).__name__.endswith("numpy")
    assert arrays.namespace(array_api_strict.ones(2)) is array_api_strict


@pytest.mark.parametrize("order", [1, -1])
def test_mixed_libraries_are_refused(order):
    mixed = [np.ones(2), array_api_strict.ones(2)][::order]
    with pytest.raises(TypeError):
        arrays.namespace(*mixed)
    with pytest.raises(TypeError):
        arrays.matmul_into(*mixed, np.ones(()))


@pytest.mark.parametrize("thing", [[1.0, 2.0], "text", None])
def test_what_is_no_array_is_refused(thing):
    with pytest.raises(TypeError):
        arrays.namespace(thing)


def test_in_place_where_the_library_can():
    z = np.log(np.array([1.0, 2.0]))
    assert arrays.exp_into(z) is z
    np.testing.assert_allclose(z, [1, 2])
    out = np.empty((2, 2))
    assert arrays.matmul_into(np.eye(2), 3 * np.eye(2), out) is out
    np.testing.assert_array_equal(out, 3 * np.eye(2))


def test_the_same_values_where_it_cannot():
    xp = array_api_strict
    z = xp.asarray([0.0, 1.0])
    np.testing.assert_allclose(arrays.to_host(arrays.exp_into(z)), np.exp([0, 1]))
    np.testing.assert_array_equal(arrays.to_host(z), [0, 1])
    out = xp.zeros((2, 2))
    product = arrays.matmul_into(xp.eye(2), 3 * xp.eye(2), out)
    np.testing.assert_array_equal(arrays.to_host(product), 3 * np.eye(2))


@pytest.mark.parametrize("kind", [sp.csr_array, sp.csr_matrix, sp.csc_array, np.asarray])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_sparse_product_is_the_dense_one(kind, dtype):
    rng = np.random.default_rng(0)
    X = rng.poisson(0.3, size=(6, 9)).astype(dtype)
    B = rng.normal(size=(9, 4)).astype(dtype)
    product = arrays.sparse_matmul(kind(X), B)
    assert type(product) is np.ndarray
    assert product.dtype == dtype
    np.testing.assert_allclose(product, X @ B, rtol=1e-5)


def test_overflow_is_silent_only_inside():
    big = np.array([1e3, -1e3])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with arrays.overflow_to_inf():
            assert np.exp(big).tolist() == [np.inf, 0.0]
            assert np.isnan(np.exp(big[:1]) - np.exp(big[:1])).all()
        with pytest.raises(RuntimeWarning, match="overflow"):
            np.exp(big)


def test_the_cpu_takes_arrays_as_they_are():
    values = np.ones(3)
    assert arrays.to_device(values, "cpu") is values
    assert arrays.to_host(values) is values


def test_a_missing_device_is_one_sentence():
    if has_gpu():
        pytest.skip("there is a GPU here")
    with pytest.raises(arrays.DeviceError, match=r"device 'cuda' needs CuPy.*pip install 'textsc\[cuda12\]'.*\.$"):
        arrays.to_device(np.ones(2), "cuda")


@pytest.mark.gpu
def test_there_and_back():
    values = np.arange(6.0).reshape(2, 3)
    on_device = arrays.to_device(values, "cuda")
    assert type(on_device) is not np.ndarray
    np.testing.assert_array_equal(arrays.to_host(on_device), values)
    with pytest.raises(TypeError):
        arrays.namespace(on_device, values)


HEAVY = ("numpy", "scipy", "sklearn", "gensim", "pyarrow", "cupy", "array_api_compat", "rich", "typer", "matplotlib")


def loaded_by(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in done.stdout.split()}


def test_importing_textsc_loads_no_library():
    assert loaded_by("import textsc").isdisjoint(HEAVY)


def test_no_import_touches_a_device():
    loaded = loaded_by("import textsc.estimators")
    assert "numpy" in loaded  # the list is of what was loaded
    assert loaded.isdisjoint({"cupy", "torch", "jax"})
