"""The convex solve: right by two oracles, whatever the batch, the start, the limits and the library."""

import array_api_strict
import numpy as np
import pytest
from oracles import check_certified, documents, exponentiated_gradient, recomputed_gaps, scipy_code
from problems import LEGENDRE, PROBLEMS, problem, solve
from scipy.special import kl_div

from textsc.arrays import to_host
from textsc.coding import infer_codes

ALL = pytest.mark.parametrize("name", PROBLEMS)
EACH = pytest.mark.parametrize("case", LEGENDRE)


@pytest.mark.parametrize("name", ["text-toy", "text", "text-wide", "sound", "sound-signed"])
@pytest.mark.parametrize(("lam_d", "mean"), [(0.05, 0.1), (0.5, 1e-3), (5.0, 1.0)])
def test_two_oracles_find_the_same_minimum(name, lam_d, mean):
    """Exponentiated gradient (the paper's method) and SciPy, one document at a time."""
    task = problem(name)
    codes, strengths = solve(task, lam_d, mean, tol=1e-9)
    for row, w in zip(documents(task, strengths, mean), codes.W, strict=True):
        paper, scipys = exponentiated_gradient(row), scipy_code(row)
        for oracle in (paper, scipys):
            assert row.gap(oracle) < 1e-8  # the oracle did find it
            slack = 1e-13 * (1 + abs(row.objective(oracle)))
            assert row.objective(w) <= row.objective(oracle) + 1e-9 + slack
            assert row.objective(oracle) <= row.objective(w) + 1e-8
        assert row.lam * np.sum(kl_div(w, paper)) <= 1e-9 + 1e-10


@pytest.mark.parametrize("name", ["text", "sound", "sound-signed"])
@pytest.mark.parametrize("tol", [1e-1, 1e-3, 1e-6])
@pytest.mark.parametrize("lam_d", [0.05, 1.0])
def test_the_gap_dominates_what_it_promises(name, tol, lam_d):
    """λ_d D_P(w, ŵ) ≤ J(w) − J(ŵ) ≤ gap(w), with ŵ of the oracle, at codes of any quality."""
    task, mean = problem(name), 0.1
    codes, strengths = solve(task, lam_d, mean, tol=tol)
    guess = np.exp(np.random.default_rng(1).normal(-2, 1, size=codes.W.shape))
    for row, w, gap, other in zip(documents(task, strengths, mean), codes.W, codes.gap, guess, strict=True):
        best = exponentiated_gradient(row)
        for point, bound in ((w, gap), (other, row.gap(other))):
            excess = row.objective(point) - row.objective(best)
            assert excess <= bound + 1e-10
            assert row.lam * np.sum(kl_div(point, best)) <= excess + 1e-10


@pytest.mark.parametrize("name", ["text-toy", "text", "text-wide", "sound", "sound-signed"])
@pytest.mark.parametrize(("lam_d", "mean"), [(0.05, 0.1), (0.5, 1e-3), (5.0, 1.0)])
def test_scipy_finds_the_same_minimum_under_the_signed_prior(name, lam_d, mean):
    task = problem(name)
    codes, strengths = solve(task, lam_d, mean, case="signed_kl", tol=1e-9)
    for row, w in zip(documents(task, strengths, mean, case="signed_kl"), codes.W, strict=True):
        other = scipy_code(row)
        assert row.gap(other) < 1e-8
        assert row.objective(w) <= row.objective(other) + 1e-9 + 1e-13 * (1 + abs(row.objective(w)))
        assert row.objective(other) <= row.objective(w) + 1e-8
        assert row.lam * row.divergence(w, other) <= 1e-8


@ALL
@EACH
def test_the_code_is_its_own_fixed_point(name, case):
    """ŵ = p exp(Bᵀ(x − r)/λ_d), or 2p sinh of the same."""
    task, mean = problem(name), 0.1
    codes, strengths = solve(task, 0.5, mean, case=case, tol=1e-14)
    for row, w in zip(documents(task, strengths, mean, case=case), codes.W, strict=True):
        theta = row.pull(w) / row.lam
        expected = mean * np.exp(theta) if case == "kl" else 2 * mean * np.sinh(theta)
        np.testing.assert_allclose(w, expected, rtol=1e-4, atol=1e-5)


def test_the_unit_of_the_linear_pair():
    """W(sx, sλ, sp) = s·W(x, λ, p), and the gap goes with s²."""
    task, s = problem("sound"), 7.0
    codes, _ = solve(task, 0.1, 0.01, tol=1e-12)
    louder = type(task)(task.pair, task.components, task.background, s * task.X, task.n_tokens)
    scaled, _ = solve(louder, s * 0.1, s * 0.01, tol=1e-12 * s**2)
    np.testing.assert_allclose(scaled.W, s * codes.W, atol=1e-5)


# Batches


@pytest.mark.parametrize("name", ["text", "text-wide", "text-sharp", "sound", "sound-wide"])
@pytest.mark.parametrize(
    ("dtype", "tol", "lam", "bound"),
    [
        (np.float32, 1e-4, 0.1, 1e-5),
        (np.float32, 1e-4, 1e-3, 1e-5),
        (np.float64, 1e-6, 0.1, 1e-9),
        (np.float64, 1e-6, 1e-3, 1e-5),
    ],
)
@EACH
def test_a_code_does_not_depend_on_its_batch(name, case, dtype, tol, lam, bound):
    """A code moves by at most 1e-5 of its largest weight; far less in float64 where few passes are needed."""
    task = problem(name)
    objective, basis, X, lam_d = task.solver_inputs(lam, 0.05, case=case, dtype=dtype)
    whole = infer_codes(objective, basis, X, lam_d, tol=tol)
    largest = np.abs(whole.W).max(axis=1, keepdims=True)

    order = np.random.default_rng(0).permutation(len(lam_d))
    shuffled = infer_codes(objective, basis, X[order], lam_d[order], tol=tol)
    assert np.all(np.abs(shuffled.W - whole.W[order]) <= bound * largest[order])

    for j in range(len(lam_d)):
        alone = infer_codes(objective, basis, X[j : j + 1], lam_d[j : j + 1], tol=tol)
        assert np.all(np.abs(alone.W[0] - whole.W[j]) <= bound * largest[j])


@pytest.mark.parametrize("name", ["text", "text-wide", "sound", "sound-wide"])
@EACH
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_bytes_of_a_code_do_not_depend_on_its_batch(name, case, dtype):
    task = problem(name)
    objective, basis, X, lam_d = task.solver_inputs(0.05, 0.05, case=case, dtype=dtype)
    whole = infer_codes(objective, basis, X, lam_d)
    order = np.tile(np.random.default_rng(0).permutation(len(X)), 16)
    many = infer_codes(objective, basis, X[order], lam_d[order])
    for name_ in ("W", "gap", "n_passes"):
        np.testing.assert_array_equal(getattr(many, name_), getattr(whole, name_)[order])
    for j in range(len(X)):
        alone = infer_codes(objective, basis, X[j : j + 1], lam_d[j : j + 1])
        np.testing.assert_array_equal(alone.W[0], whole.W[j])
        assert (alone.gap[0], alone.n_passes[0]) == (whole.gap[j], whole.n_passes[j])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_many_copies_are_coded_alike(dtype):
    task = problem("text")
    objective, basis, X, lam_d = task.solver_inputs(0.01, 0.05, dtype=dtype)
    once = infer_codes(objective, basis, X, lam_d)
    often = infer_codes(objective, basis, np.tile(X, (40, 1)), np.tile(lam_d, 40))
    bound = (1e-5 if dtype == np.float32 else 1e-9) * np.tile(once.W.max(axis=1), 40)[:, None]
    assert np.all(np.abs(often.W - np.tile(once.W, (40, 1))) <= bound)


@ALL
@pytest.mark.parametrize("lam_d", [1e-3, 0.1, 1.0])
@EACH
def test_identical_columns_get_identical_weights(name, case, lam_d):
    codes, _ = solve(problem(name), lam_d, 0.1, tol=1e-9, case=case)
    np.testing.assert_allclose(codes.W[:, 0], codes.W[:, 1], rtol=1e-6, atol=1e-12)


@ALL
def test_a_strong_prior_gives_its_mean(name):
    """|log ŵ/p| = |Bᵀ(x − r)|/λ_d."""
    task, lam = problem(name), 1e6
    codes, _ = solve(task, lam, 0.2, tol=1e-9)
    assert codes.converged.all()
    pull = np.abs(task.components @ (np.abs(task.X).T + 1.0)).max() + np.abs(task.components).sum() ** 2
    np.testing.assert_allclose(codes.W, 0.2, rtol=max(1e-6, 2 * pull / lam))


# Starts and limits


@ALL
@pytest.mark.parametrize("lam_d", [1e-2, 1.0])
@EACH
def test_a_warm_start_is_faster_and_no_worse(name, case, lam_d):
    task, mean = problem(name), 0.1
    inputs = task.solver_inputs(lam_d, mean, case=case)
    cold = infer_codes(*inputs, tol=1e-9)
    near = cold.W * np.exp(1e-3 * np.random.default_rng(0).normal(size=cold.W.shape))
    warm = infer_codes(*inputs, start=near.T, tol=1e-9)
    assert warm.converged.all()
    # Silence costs nothing from w = 0, where the signed prior starts.
    assert np.sum(warm.n_passes) < np.sum(cold.n_passes) + (case == "signed_kl")
    for row, v, w in zip(documents(task, inputs[3], mean, case=case), warm.W, cold.W, strict=True):
        assert abs(row.objective(v) - row.objective(w)) <= 1e-9
    again = infer_codes(*inputs, start=cold.W.T, tol=1e-9 * (1 + 1e-6))
    assert np.all(again.n_passes == 1)
    np.testing.assert_allclose(again.W, cold.W, rtol=1e-9)


@ALL
@pytest.mark.parametrize("start", [0.0, 10.0, 1000.0])
@pytest.mark.parametrize("lam_d", [1e-3, 0.1])
@EACH
def test_a_bad_start_does_not_matter(name, case, start, lam_d):
    task, mean = problem(name), 0.1
    inputs = task.solver_inputs(lam_d, mean, case=case)
    codes = infer_codes(*inputs, start=np.full(task.shape, start), tol=1e-9)
    check_certified(codes, recomputed_gaps(task, codes, inputs[3], mean, case=case), 1e-9, case=case)


@ALL
@pytest.mark.parametrize("warm", [False, True])
@pytest.mark.parametrize("max_passes", [1, 5, 60])
@EACH
def test_the_limit_of_passes_is_kept_and_said(name, case, max_passes, warm):
    """A tolerance that no document reaches: finite codes of the best point so far, not converged."""
    task, mean = problem(name), 1e-3
    inputs = task.solver_inputs(1e-3, mean, case=case)
    start = np.full(task.shape, mean) if warm else None
    codes = infer_codes(*inputs, start=start, tol=1e-30, max_passes=max_passes)
    assert np.all(codes.n_passes <= max_passes)
    assert np.all(np.isfinite(codes.W))
    assert np.all(codes.W > 0) or case != "kl"
    assert np.array_equal(codes.converged, codes.gap <= 1e-30)
    assert not np.any(np.isnan(codes.gap))
    if max_passes <= 5:
        assert not codes.converged.all()


@ALL
@EACH
def test_more_passes_are_never_worse(name, case):
    task, mean = problem(name), 0.1
    rows = None
    before = np.inf
    for max_passes in (1, 2, 4, 8, 16, 80):
        codes, strengths = solve(task, 1e-2, mean, tol=1e-10, max_passes=max_passes, case=case)
        rows = rows or documents(task, strengths, mean, case=case)
        now = np.array([row.objective(w) for row, w in zip(rows, codes.W, strict=True)])
        assert np.all(now <= before + 1e-9 * (1 + np.abs(now)))
        before = now


def test_the_inputs_are_left_alone():
    task = problem("text")
    objective, basis, X, lam_d = task.solver_inputs(0.1, 0.1)
    start = np.full(task.shape, 0.2)
    kept = [a.copy() for a in (X, lam_d, start, basis.components, basis.left, basis.curvature)]
    infer_codes(objective, basis, X, lam_d, start=start)
    for now, then in zip((X, lam_d, start, basis.components, basis.left, basis.curvature), kept, strict=True):
        np.testing.assert_array_equal(now, then)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_shapes_and_types_of_the_answer(dtype):
    task = problem("text")
    codes, _ = solve(task, 0.1, 0.1, dtype=dtype)
    n_documents, n_components = len(task.X), len(task.components)
    assert codes.W.shape == (n_documents, n_components)
    assert codes.W.dtype == dtype
    for name, kind in (("gap", "f"), ("n_passes", "i"), ("converged", "b")):
        assert getattr(codes, name).shape == (n_documents,)
        assert getattr(codes, name).dtype.kind == kind
    assert codes.gap.dtype == np.float64


def test_no_document_is_an_answer():
    objective, basis, X, lam_d = problem("text").solver_inputs(0.1, 0.1)
    codes = infer_codes(objective, basis, X[:0], lam_d[:0])
    assert codes.W.shape == (0, len(basis.components))
    assert codes.gap.shape == codes.converged.shape == (0,)


# Libraries


@pytest.mark.parametrize("name", ["text-toy", "text", "sound", "sound-signed"])
@pytest.mark.parametrize(("lam_d", "warm"), [(1e-4, False), (0.1, False), (0.1, True)])
@EACH
def test_array_api_strict_gives_the_answer_of_numpy(name, case, lam_d, warm):
    xp, task = array_api_strict, problem(name)
    objective, basis, X, strengths = task.solver_inputs(lam_d, 0.1, case=case)
    start = np.full(task.shape, 0.3) if warm else None
    numpys = infer_codes(objective, basis, X, strengths, start=start, tol=1e-9)
    strict = infer_codes(
        objective,
        task.pair.bind(xp.asarray(task.components), xp.asarray(task.background)),
        xp.asarray(X),
        xp.asarray(strengths),
        start=xp.asarray(start) if warm else None,
        tol=1e-9,
    )
    # Rounding may cost or save a pass where the gap hits the tolerance: both are certified, so their values agree.
    assert to_host(strict.converged).all()
    for row, v, w in zip(documents(task, strengths, 0.1, case=case), to_host(strict.W), numpys.W, strict=True):
        assert abs(row.objective(v) - row.objective(w)) <= 1e-9
        np.testing.assert_allclose(v, w, rtol=1e-3, atol=1e-3 * np.abs(w).max())


def test_mixed_libraries_are_refused():
    objective, basis, X, lam_d = problem("text").solver_inputs(0.1, 0.1)
    with pytest.raises(TypeError, match=r"[Mm]ultiple namespaces|librar"):
        infer_codes(objective, basis, array_api_strict.asarray(X), array_api_strict.asarray(lam_d))
    with pytest.raises(TypeError, match=r"[Mm]ultiple namespaces|librar"):
        infer_codes(objective, basis, X, lam_d, start=array_api_strict.zeros((8, len(X))))
