"""The one module that knows devices and libraries."""

import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from types import SimpleNamespace

import array_api_strict
import numpy as np
import pytest
import scipy.sparse as sp

from textsc import arrays
from textsc.rows import sparse_matmul


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
    product = sparse_matmul(kind(X), B)
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


class Driver:
    """What the device needs of CuPy, on the host: it has no driver where it is asked for."""

    def __init__(self, error=None):
        self.error, self.freed = error, 0
        self.cuda = SimpleNamespace(
            Device=lambda: SimpleNamespace(mem_info=(1, 8 << 30)),
            Stream=nullcontext,
            memory=SimpleNamespace(OutOfMemoryError=MemoryError),
            runtime=SimpleNamespace(getDeviceCount=self.count),
        )

    def count(self):
        if self.error is not None:
            raise self.error
        return 1

    def asarray(self, values):
        return values.copy()

    def get_default_memory_pool(self):
        return SimpleNamespace(free_all_blocks=self.free)

    def free(self):
        self.freed += 1


def with_cupy(monkeypatch, found):
    sparse = SimpleNamespace(csr_matrix=sp.csr_array)
    for name in ("cupyx", "cupyx.scipy"):
        monkeypatch.setitem(sys.modules, name, SimpleNamespace(scipy=SimpleNamespace(sparse=sparse), sparse=sparse))
    monkeypatch.setitem(sys.modules, "cupyx.scipy.sparse", sparse)
    monkeypatch.setitem(sys.modules, "cupy", found)


@pytest.mark.parametrize(
    ("found", "what"),
    [
        (None, r"but CuPy cannot be used: "),
        (
            Driver(RuntimeError("cudaErrorInsufficientDriver: too old")),
            r"but a CUDA driver and a GPU cannot .* too old\. I",
        ),
        (Driver(RuntimeError("cudaErrorNoDevice: none.")), r"but a CUDA driver and a GPU cannot be .*: none\. Install"),
    ],
)
def test_it_is_said_what_is_missing(monkeypatch, found, what):
    with_cupy(monkeypatch, found)
    with pytest.raises(arrays.DeviceError, match=what):
        arrays.CudaDevice()


def test_a_device_that_is_there(monkeypatch):
    found = Driver()
    with_cupy(monkeypatch, found)
    device = arrays.CudaDevice()
    assert device.total_bytes == 8 << 30
    assert device.out_of_memory == (MemoryError,)
    with device.queue() as _, ThreadPoolExecutor(1) as pool:
        assert pool.submit(device.queue).result() is not device.queue()
    assert device.queue() is device.queue()
    device.give_back()
    assert found.freed == 1
    assert device.put(np.ones(2)).tolist() == [1, 1]


def test_rows_are_put_there_in_order_and_the_callers_stay_as_they_are(monkeypatch):
    with_cupy(monkeypatch, Driver())
    rows = sp.csr_array((np.ones(3), np.array([2, 0, 2]), np.array([0, 3])), shape=(1, 3))
    there = arrays.CudaDevice().put(rows)
    assert there.has_canonical_format
    assert there.toarray().tolist() == [[1, 0, 2]]
    assert rows.indices.tolist() == [2, 0, 2]


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
