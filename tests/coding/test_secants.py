"""The curvature of a batch beside a dense BFGS matrix of each document."""

import array_api_strict
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textsc.coding.secants import MEMORY, SecantCurvature


def dense_bfgs(M, changes, slopes):
    """Return M after BFGS updates, by the textbook."""
    for s, y in zip(changes, slopes, strict=True):
        if s @ y > 0:
            b = M @ s
            M = M - np.outer(b, b) / (s @ b) + np.outer(y, y) / (s @ y)
    return M


def quadratic(seed, n, k):
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((k, k))
    H = A @ A.T + 0.1 * np.eye(k)
    changes = rng.standard_normal((n, k, 2))
    return 3 * np.diag(np.diag(H)), changes, np.stack([H @ s for s in changes])


@given(st.integers(0, 99), st.integers(1, MEMORY))
@settings(max_examples=20, deadline=None)
def test_it_is_the_dense_matrix(seed, n):
    M, changes, slopes = quadratic(seed, n, 5)
    curvature = SecantCurvature(M, np.zeros((5, 2)))
    for s, y in zip(changes, slopes, strict=True):
        curvature.learn(s.copy(), y.copy())
    for j in range(2):
        dense = dense_bfgs(M, changes[:, :, j], slopes[:, :, j])
        V = np.random.default_rng(seed).standard_normal((5, 2))
        np.testing.assert_allclose(curvature.apply(V)[:, j], dense @ V[:, j], rtol=1e-7, atol=1e-7)
        floor = np.maximum(np.diag(dense), 0.1 * np.diag(M))
        np.testing.assert_allclose(curvature.diagonal()[:, j], floor, rtol=1e-7, atol=1e-7)


def test_the_last_pair_is_met_and_too_many_begin_anew():
    M, changes, slopes = quadratic(0, MEMORY + 1, 4)
    curvature = SecantCurvature(M, np.zeros((4, 2)))
    for s, y in zip(changes, slopes, strict=True):
        curvature.learn(s.copy(), y.copy())
        np.testing.assert_allclose(curvature.apply(s), y, rtol=1e-8, atol=1e-10)
    assert curvature.n_pairs == 1
    np.testing.assert_allclose(
        curvature.apply(np.eye(4)[:, :2])[:, 0], dense_bfgs(M, changes[-1:, :, 0], slopes[-1:, :, 0])[:, 0]
    )


@pytest.mark.parametrize("bad", [0.0, np.inf, np.nan])
def test_a_pair_that_says_nothing_changes_nothing(bad):
    M, changes, slopes = quadratic(1, 1, 3)
    curvature = SecantCurvature(M, np.zeros((3, 2)))
    slopes[0, :, 0] *= bad
    with np.errstate(invalid="ignore"):
        curvature.learn(changes[0].copy(), slopes[0].copy())
        V = np.ones((3, 2))
        np.testing.assert_allclose(curvature.apply(V)[:, 0], M @ V[:, 0])
    np.testing.assert_allclose(curvature.apply(changes[0])[:, 1], slopes[0, :, 1], rtol=1e-9)


@pytest.mark.parametrize("asarray", [np.asarray, array_api_strict.asarray])
def test_chosen_documents_keep_their_curvature(asarray):
    M, changes, slopes = quadratic(2, 3, 4)
    parts = [SecantCurvature(asarray(M), asarray(np.zeros((4, 2)))) for _ in range(2)]
    for nth, part in enumerate(parts):
        for s, y in zip(changes, slopes, strict=True):
            part.learn(asarray((1 + nth) * s), asarray(y.copy()))
    chosen = SecantCurvature.gather([(parts[1], asarray(np.array([1]))), (parts[0], asarray(np.array([0])))])
    V = np.random.default_rng(0).standard_normal((4, 2))
    left, right = (
        np.asarray(parts[1].apply(asarray(V[:, ::-1].copy())))[:, 1],
        np.asarray(parts[0].apply(asarray(V[:, ::-1].copy())))[:, 0],
    )
    np.testing.assert_allclose(np.asarray(chosen.apply(asarray(V)))[:, 0], left, rtol=1e-12)
    np.testing.assert_allclose(np.asarray(chosen.apply(asarray(V)))[:, 1], right, rtol=1e-12)
    assert chosen.n_pairs == 3
