"""The compiled method is the one in NumPy, to rounding; and its parts are what they say."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import recomputed_gaps
from problems import PROBLEMS, problem, zipf_corpus

from textsc.arrays import LANES, overflow_to_inf
from textsc.coding import Coder, KLPrior, LinearSquared, Objective, SoftmaxKL, infer_codes, quasinewton
from textsc.coding.batch import Problem
from textsc.coding.gap import certified_gap
from textsc.execution import run_blocks

pytest.importorskip("numba")

from numba import njit

from textsc.coding import kernels, lanes
from textsc.coding.registers import WIDTH, add_rows, aligned_zeros


def both(monkeypatch, *inputs, **options):
    """Return codes by the compiled method and by NumPy."""
    compiled = infer_codes(*inputs, **options)
    with monkeypatch.context() as patch:
        patch.setattr(quasinewton, "_has_numba", lambda: False)
        return compiled, infer_codes(*inputs, **options)


def corpus_coder(*, n_documents=700, n_words=300, n_topics=20, scale=1.0):
    rng = np.random.default_rng(5)
    X = zipf_corpus(n_documents, n_words, n_topics, seed=3)
    components = (scale * rng.normal(size=(n_topics, n_words))).astype(np.float32)
    background = np.log((X.sum(axis=0) + 1) / (X.sum() + n_words)).astype(np.float32)
    objective = Objective(SoftmaxKL(), KLPrior(1 / n_topics), lam=4.0, weighting="poisson")
    return Coder(objective, objective.pair.bind(components, background)), X


@pytest.mark.parametrize("warm", [False, True])
@pytest.mark.parametrize(("lam", "mean"), [(1.0, 0.1), (0.1, 1e-3), (0.01, 0.5)])
@pytest.mark.parametrize("name", PROBLEMS)
def test_step_for_step_it_is_the_method_in_numpy(name, lam, mean, warm, monkeypatch):
    """A tolerance that no document reaches, and few passes: rounding has had no time to grow.

    Where λ is small it is magnified, in NumPy as well: there float64 says how much may be rounding.
    """
    task = problem(name)
    start = np.full(task.shape, 0.3, dtype=np.float32) if warm else None
    inputs, exact_inputs = (task.solver_inputs(lam, mean, dtype=dtype) for dtype in (np.float32, np.float64))
    for max_passes in (0, 1, 2, 3, 4):
        found, expected = both(monkeypatch, *inputs, start=start, tol=1e-30, max_passes=max_passes)
        exact = infer_codes(*exact_inputs, start=start, tol=1e-30, max_passes=max_passes)
        np.testing.assert_array_equal(found.n_passes, expected.n_passes)
        largest = exact.W.max(axis=1, keepdims=True)
        near = (exact.gap < 1.0) & (expected.gap < 1.0)  # what rounding may have hidden is in the gap
        rounding = np.abs((expected.W - exact.W) / largest)[near].max(initial=0)
        np.testing.assert_allclose((found.W / largest)[near], (expected.W / largest)[near], atol=2e-3 + 4 * rounding)
        rounding = np.abs(expected.gap[near] - exact.gap[near]).max(initial=0)
        np.testing.assert_allclose(found.gap[near], expected.gap[near], rtol=0.02, atol=1e-5 + 4 * rounding)


@pytest.mark.parametrize("lam", [1.0, 0.1, 1e-3])
@pytest.mark.parametrize("name", PROBLEMS)
def test_what_it_certifies_is_certified(name, lam):
    task = problem(name)
    inputs = task.solver_inputs(lam, 0.05, dtype=np.float32)
    codes = infer_codes(*inputs, tol=1e-4)
    exact = recomputed_gaps(task, codes, inputs[3], 0.05)
    assert codes.converged.all()
    assert np.all(exact <= codes.gap + 1e-9)
    assert np.all(codes.gap <= 1e-4)


@pytest.mark.parametrize("scale", [0.5, 2.0, 8.0])
def test_a_corpus_takes_the_same_passes(scale, monkeypatch):
    """More documents than lanes; with large components first steps overshoot, and passes overflow their bounds."""
    coder, X = corpus_coder(scale=scale)
    found = coder(X)
    monkeypatch.setattr(quasinewton, "_has_numba", lambda: False)
    expected = coder(X)
    assert found.converged.all()
    assert np.mean(found.n_passes == expected.n_passes) > (0.9 if scale < 8 else 0.5)
    assert abs(found.n_passes.mean() / expected.n_passes.mean() - 1) < 0.05
    apart = np.abs(found.W - expected.W).max(axis=1) / expected.W.max(axis=1)
    assert np.median(apart) < (1e-4 if scale < 8 else 1e-2)


def test_a_pass_is_the_one_in_numpy_even_where_it_overflows():
    task = problem("text-sharp")
    basis = task.bind(np.float32)
    compiled = lanes._lanes(Problem.of(KLPrior(0.1), basis, 1e-4), 16)
    W = (10 * np.random.default_rng(0).random((len(task.components), 140)) ** 3).astype(np.float32)
    lower = basis.tangent(W)
    for lane in range(140):
        tile, place = divmod(lane, LANES)
        compiled.points[tile, :-2, place], compiled.points[tile, -1, place] = W[:, lane], -lower[lane]
    compiled.lower[:140] = lower
    with overflow_to_inf():
        lanes._evaluate(basis, compiled, 140, basis.room(W, LANES))
    phi, G = basis.evaluate(W, lower)
    assert np.any(phi - lower > 100)  # float32 overflows there
    sums = np.concatenate(list(compiled.sums), axis=1)[:, :140]
    np.testing.assert_allclose(compiled.lower[:140] + np.log(sums[-1]), phi, rtol=2e-6, atol=1e-5)
    np.testing.assert_allclose(sums[:-1] / sums[-1], G, rtol=2e-5, atol=1e-4)


def test_bytes_do_not_depend_on_order_company_or_threads():
    coder, X = corpus_coder()
    whole = coder(X)
    order = np.random.default_rng(0).permutation(X.shape[0])
    blocks = [order[start : start + 150] for start in range(0, len(order), 150)]
    for n_threads in (1, 2):
        parts = list(run_blocks(lambda rows: coder(X[rows]), blocks, n_threads=n_threads))
        for name in ("W", "gap", "n_passes"):
            found = np.concatenate([getattr(part, name) for part in parts])
            np.testing.assert_array_equal(found, getattr(whole, name)[order])
    for row in range(0, X.shape[0], 97):
        np.testing.assert_array_equal(coder(X[[row]]).W[0], whole.W[row])


def test_bytes_of_sounds_do_not_depend_on_company():
    task = problem("sound")
    objective = Objective(LinearSquared(), KLPrior(0.1), lam=0.01, weighting="type")
    coder = Coder(objective, task.bind(np.float32))
    X = np.abs(np.random.default_rng(1).normal(size=(90, task.components.shape[1]))).astype(np.float32)
    whole = coder(X)
    assert whole.converged.all()
    for row in range(0, 90, 13):
        np.testing.assert_array_equal(coder(X[[row]]).W[0], whole.W[row])


def test_without_numba_numpy_does_the_work(monkeypatch):
    monkeypatch.setattr("numba.config.DISABLE_JIT", True)
    assert not quasinewton._has_numba.__wrapped__()
    monkeypatch.setitem(sys.modules, "numba", None)
    assert not quasinewton._has_numba.__wrapped__()


def test_no_room_for_what_is_compiled_is_no_error(monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("numba.core.caching.FunctionCache.save_overload", full)
    doubled = kernels.entry(lambda x: 2 * x)
    assert [doubled(21), doubled(4)] == [42, 8]


def test_the_certificate_does_not_see_what_fills_up_its_vectors():
    """Where λ is tiny the room for rounding is beyond the exponent, and 0 · inf is no number."""
    work = np.zeros(kernels.WORK, dtype=np.float32)
    theta = np.full(20, -1.0, dtype=np.float32)
    W = np.float32(0.1) * np.exp(theta)
    for place, vector in ((kernels.THETA, theta), (kernels.W, W), (kernels.G, np.ones(20, dtype=np.float32))):
        work[place : place + 20] = vector
    found = kernels.certificate(work, np.float32(1e-8), 32)
    assert np.isfinite(found)
    assert found == kernels.certificate(work, np.float32(1e-8), 20)


@pytest.mark.parametrize(
    ("name", "case", "dtype", "compiled"),
    [
        ("text", "kl", np.float32, True),
        ("text", "kl", np.float64, False),
        ("text", "signed_kl", np.float32, False),
        ("sound", "kl", np.float32, True),
        ("sound", "signed_kl", np.float32, False),
    ],
)
def test_who_is_compiled(name, case, dtype, compiled, monkeypatch):
    calls = []
    original = lanes.solve_in_lanes
    monkeypatch.setattr(lanes, "solve_in_lanes", lambda *a, **k: calls.append(1) or original(*a, **k))
    infer_codes(*problem(name).solver_inputs(0.5, 0.1, case=case, dtype=dtype))
    assert bool(calls) == compiled


# The parts


def test_exponentials_are_right_to_the_last_place():
    values = np.linspace(-86.9, 87.9, 200_001, dtype=np.float32).reshape(-1, 3)
    found = lanes.exp_in_place(values.copy())
    np.testing.assert_allclose(found, np.exp(values.astype(np.float64)), rtol=1.2e-7)
    ends = lanes.exp_in_place(np.array([[-np.inf, -1e4, 1e4, np.inf, np.nan]], dtype=np.float32))[0]
    assert np.all(ends[:2] < 2e-38)
    assert np.all(ends[2:] > 1e38)  # a sum that holds it is no sum to be trusted


def test_the_surplus_does_not_cancel():
    surplus = njit(lambda x: kernels.surplus(x))
    for x in np.concatenate([np.logspace(-6, 1.9, 60), -np.logspace(-6, 3, 60)]).astype(np.float32):
        exact = np.expm1(np.float64(x)) - np.float64(x)
        assert surplus(x) == pytest.approx(exact, rel=3e-6)
    assert surplus(np.float32(100)) == np.inf
    assert surplus(np.float32(0)) == 0


@settings(deadline=None)  # the first one compiles
@given(st.integers(1, 9), st.integers(0, 70), st.integers(0, 2**32 - 1))
def test_rows_are_added(n_vectors, n_rows, seed):
    rng = np.random.default_rng(seed)
    n = WIDTH * n_vectors
    rows = aligned_zeros(n_rows + 1, n)
    rows[:] = rng.normal(size=rows.shape)
    weights, out = (rng.normal(size=size).astype(np.float32) for size in (n_rows + 2, n + 3))
    expected = out.astype(np.float64)
    expected[3:] += weights[2:].astype(np.float64) @ rows[1:].astype(np.float64)
    added(out, weights, rows)
    np.testing.assert_allclose(out, expected, rtol=1e-4, atol=1e-4)


@njit
def added(out, weights, rows):
    add_rows(out, 3, weights, 2, rows, 1, rows.shape[0] - 1, rows.shape[1])


@pytest.mark.parametrize("lam", [1e-6, 1e-2, 1.0])
@pytest.mark.parametrize("spread", [0.0, 1e-3, 1.0, 30.0])
def test_the_certificate_is_the_one_in_numpy(lam, spread):
    rng = np.random.default_rng(2)
    n = 32
    theta, noise, c = (rng.normal(size=(n, 1)).astype(np.float32) for _ in range(3))
    W = (0.1 * np.exp(theta)).astype(np.float32)
    G = (c - np.float32(lam) * (theta + np.float32(spread) * noise)).astype(np.float32)
    with np.errstate(over="ignore"):
        expected = certified_gap(KLPrior(0.1), c, np.float32([lam]), theta, W, G)[0]
    work = np.zeros(kernels.WORK, dtype=np.float32)
    for place, vector in ((kernels.C, c), (kernels.THETA, theta), (kernels.W, W), (kernels.G, G)):
        work[place : place + n] = vector[:, 0]
    found = kernels.certificate(work, np.float32(lam), n)
    assert found == pytest.approx(expected, rel=1e-3) or (found > 1e30 and expected > 1e30)
    work[kernels.G] = np.nan
    assert kernels.certificate(work, np.float32(lam), n) == np.inf
