"""The solve and its derivative on a device: NumPy's answers, and one number an iteration for the program."""

import array_api_strict
import numpy as np
import pytest
import scipy.sparse as sp
from oracles import documents
from problems import LEGENDRE, PROBLEMS, PROXIMAL, problem
from standin import PLACE, recording

from textsc import arrays, columns
from textsc.arrays import namespace, to_device, to_host
from textsc.coding import Codes, batch, code_gradients, infer_codes, quasinewton

EACH = pytest.mark.parametrize("case", LEGENDRE)
PLAIN = [name for name in PROXIMAL if not name.startswith("uniform")]


def on_device(inputs):
    """Return the arguments of a solve with all arrays on the device, counts as sparse rows."""
    objective, basis, X, lam_d = inputs
    there = objective.pair.bind(to_device(basis.components, "cuda"), to_device(basis.background, "cuda"))
    rows = sp.csr_array(X) if objective.pair.name == "softmax" else X
    return objective, there, to_device(rows, "cuda"), to_device(lam_d, "cuda")


def host(codes):
    return Codes(*(to_host(getattr(codes, name)) for name in ("W", "gap", "n_passes", "converged")))


@pytest.mark.parametrize("name", PROBLEMS)
@pytest.mark.parametrize(("case", "lam", "warm"), [("kl", 0.05, False), ("kl", 0.1, True), ("signed_kl", 0.1, False)])
def test_codes_are_those_of_numpy(device, name, case, lam, warm):
    task = problem(name)
    inputs = task.solver_inputs(lam, 0.1, case=case)
    start = np.full(task.shape, 0.3) if warm else None
    numpys = infer_codes(*inputs, start=start, tol=1e-11)
    there = infer_codes(*on_device(inputs), start=to_device(start, "cuda") if warm else None, tol=1e-11)
    assert type(there.W) is not np.ndarray
    theirs = host(there)
    assert theirs.converged.all()
    np.testing.assert_allclose(theirs.W, numpys.W, rtol=2e-4, atol=1e-4 * np.abs(numpys.W).max())
    for row, v, w in zip(documents(task, inputs[3], 0.1, case=case), theirs.W, numpys.W, strict=True):
        assert abs(row.objective(v) - row.objective(w)) <= 1e-11 + 1e-13 * (1 + abs(row.objective(w)))


@pytest.mark.parametrize("name", ["text", "sound-signed"])
@pytest.mark.parametrize("case", PLAIN)
def test_codes_under_the_plain_priors_are_those_of_numpy(device, name, case):
    inputs = problem(name).solver_inputs(0.1, 0.1, case=case)
    numpys = infer_codes(*inputs, tol=1e-5)
    theirs = host(infer_codes(*on_device(inputs), tol=1e-5))
    np.testing.assert_array_equal(theirs.converged, numpys.converged)
    np.testing.assert_allclose(theirs.W, numpys.W, atol=1e-2 * np.abs(numpys.W).max())


@EACH
def test_means_of_each_component_are_on_the_device(device, case):
    task = problem("text")
    mean = np.linspace(0.05, 0.5, len(task.components))[:, None]
    numpys = infer_codes(*task.solver_inputs(0.1, mean, case=case), tol=1e-11)
    _, *rest = on_device(task.solver_inputs(0.1, 0.1, case=case))
    objective = task.solver_inputs(0.1, to_device(mean, "cuda"), case=case)[0]
    theirs = host(infer_codes(objective, *rest, tol=1e-11))
    np.testing.assert_allclose(theirs.W, numpys.W, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", ["text", "sound-signed"])
@EACH
def test_gradients_are_those_of_numpy(device, name, case):
    inputs = problem(name).solver_inputs(0.05, 0.1, case=case)
    codes = infer_codes(*inputs, tol=1e-12)
    g = np.random.default_rng(0).normal(size=codes.W.shape)
    ours = code_gradients(*inputs, codes, g, tol=1e-12)
    fields = [to_device(getattr(codes, field), "cuda") for field in ("W", "gap", "n_passes", "converged")]
    theirs = code_gradients(*on_device(inputs), Codes(*fields), to_device(g, "cuda"), tol=1e-12)
    for field in ("components", "background", "V", "lam", "mean"):
        one, other = to_host(getattr(theirs, field)), getattr(ours, field)
        np.testing.assert_allclose(one, other, rtol=1e-7, atol=1e-9 * np.abs(other).max())


@pytest.mark.parametrize("name", ["text-sharp", "sound"])
@pytest.mark.parametrize("case", ["kl", "signed_kl", "l1"])
def test_gaps_and_basis_gradients_are_those_of_numpy(device, name, case):
    objective, basis, X, lam_d = problem(name).solver_inputs(0.05, 0.1, case=case)
    W = np.random.default_rng(0).exponential(size=(len(basis.components), len(X)))
    _, there, rows, lam = on_device((objective, basis, X, lam_d))
    moved = to_device(W, "cuda")
    np.testing.assert_allclose(
        to_host(objective.gap(there, moved, rows, lam)), objective.gap(basis, W, X, lam_d), rtol=1e-9
    )
    np.testing.assert_allclose(
        to_host(there.basis_gradient(moved, rows, lam)), basis.basis_gradient(W, X, lam_d), rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_point_far_above_the_bound_is_refused_and_found_again(device, dtype):
    """φ is +inf where the bound says too little for the precision; the bound that costs a product says enough."""
    task = problem("text-sharp")
    basis, there = task.bind(dtype), on_device(task.solver_inputs(0.1, 0.1, dtype=dtype))[1]
    W = np.zeros(task.shape, dtype)
    W[0, 1:] = 30.0
    moved = to_device(W, "cuda")
    with arrays.overflow_to_inf():
        phi, _ = there.evaluate(moved, to_device(basis.tangent(0 * W), "cuda"))
    assert np.isinf(to_host(phi)[1:]).all()
    assert np.isfinite(to_host(phi)[0])
    again = there.evaluate(moved, there.tangent(moved))
    for ours, theirs in zip(basis.evaluate(W, basis.tangent(W)), again, strict=True):
        np.testing.assert_allclose(to_host(theirs), ours, rtol=1e-4 if dtype == np.float32 else 1e-12, atol=1e-6)


def test_what_is_made_tile_by_tile_is_the_same(device, monkeypatch):
    inputs = problem("text").solver_inputs(0.05, 0.1)
    many = (*inputs[:2], np.tile(inputs[2], (30, 1)), np.tile(inputs[3], 30))
    whole = host(infer_codes(*on_device(many), tol=1e-11))
    monkeypatch.setattr(columns, "DEVICE_NUMBERS", 60 * arrays.LANES)
    assert columns.product_width(namespace(on_device(inputs)[3]), 60) == arrays.LANES
    tiled = host(infer_codes(*on_device(many), tol=1e-11))
    np.testing.assert_allclose(tiled.W, whole.W, rtol=1e-6)


# What crosses to the host.


def solved(monkeypatch, name, *, case="kl", tol=1e-9, copies=1, **options):
    """Return what was read in a solve, and the passes of each document."""
    objective, basis, X, lam_d = problem(name).solver_inputs(0.01, 0.1, case=case)
    arguments = on_device((objective, basis, np.tile(X, (copies, 1)), np.tile(lam_d, copies)))
    with recording(monkeypatch) as seen:
        codes = infer_codes(*arguments, tol=tol, **options)
    return seen, host(codes).n_passes


@pytest.mark.parametrize("name", PROBLEMS)
@EACH
def test_one_number_an_iteration_is_read(stand_in, monkeypatch, name, case):
    seen, n_passes = solved(monkeypatch, name, case=case, tol=1e-5, max_passes=quasinewton.PATIENCE)
    assert n_passes.max() > 1
    assert sum(seen.values()) <= n_passes.max() + 1
    assert not seen["fetched"]


@pytest.mark.parametrize("case", ["kl", *PLAIN])
def test_reads_do_not_grow_with_the_documents(stand_in, monkeypatch, case):
    few, passes = solved(monkeypatch, "text", case=case, tol=1e-4, max_passes=30)
    many, _ = solved(monkeypatch, "text", case=case, tol=1e-4, max_passes=30, copies=40)
    assert sum(few.values()) <= sum(many.values()) <= sum(few.values()) + 2
    assert sum(few.values()) <= passes.max() + 3


def test_stragglers_read_one_number_a_pass_of_theirs(stand_in, monkeypatch):
    monkeypatch.setattr(quasinewton, "PATIENCE", 2)
    seen, n_passes = solved(monkeypatch, "text", tol=1e-9, max_passes=100)
    of_newton = np.sum(n_passes[n_passes > 2] - 2)
    assert of_newton > 9
    assert sum(seen.values()) <= 2 + 1 + of_newton


def test_a_derivative_reads_one_number_a_product(stand_in, monkeypatch):
    inputs = problem("text").solver_inputs(0.01, 0.1)
    codes = infer_codes(*inputs, tol=1e-12)
    fields = [to_device(getattr(codes, field), "cuda") for field in ("W", "gap", "n_passes", "converged")]
    arguments = on_device(inputs)
    g = to_device(np.ones_like(codes.W), "cuda")
    with recording(monkeypatch) as seen:
        found = code_gradients(*arguments, Codes(*fields), g, tol=1e-10)
    n_products = to_host(found.n_products).max()
    assert n_products > 5
    assert sum(seen.values()) <= n_products + 2
    assert not seen["fetched"]


def test_the_recorder_sees_what_is_read(stand_in, monkeypatch):
    """What the host does cheaply and a device does not: a look at a mask in an iteration."""
    monkeypatch.setattr(batch, "on_host", lambda xp: True)
    seen, n_passes = solved(monkeypatch, "text", tol=1e-5, max_passes=quasinewton.PATIENCE)
    assert sum(seen.values()) > n_passes.max() + 1
    mask = to_device(np.array([True, False]), "cuda")
    with recording(monkeypatch) as seen:
        bool(mask[0])
        array_api_strict.nonzero(mask)
        mask[mask]
        to_host(mask)
    assert seen == {"__bool__": 1, "nonzero": 1, "mask": 1, "fetched": 1}
    with pytest.raises(RuntimeError):
        np.asarray(mask)
    with pytest.raises(ValueError, match="different devices"):
        mask & array_api_strict.asarray([True, False])
    assert mask.device == PLACE
