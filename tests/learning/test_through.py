"""A block of documents in training through the code: what its gradient is, and who takes no part."""

import numpy as np
import pytest
import scipy.sparse as sp

from textsc.coding import KLPrior, Objective, SoftmaxKL, infer_codes
from textsc.learning import through
from textsc.learning.heads import SquaredHead
from textsc.learning.plan import Examples
from textsc.learning.through import TOLERANCE, train_block

N, V, K = 40, 30, 4


@pytest.fixture
def task():
    """Return objective, basis, head and examples, with documents that are harder and harder to certify."""
    rng = np.random.default_rng(0)
    objective = Objective(SoftmaxKL(), KLPrior(0.1), 1.0)
    basis = SoftmaxKL().bind(rng.normal(size=(K, V)), np.zeros(V))
    X = sp.csr_array(rng.dirichlet(np.full(V, 0.1), size=N))
    head = SquaredHead(rng.normal(size=(1, K)), np.zeros(1), location=np.zeros(K), scale=np.ones(K))
    targets = rng.normal(size=(N, 1))
    return objective, basis, head, Examples(X, np.geomspace(1, 1e-3, N), targets, np.ones(N), np.zeros(N, dtype=int))


def gradients(task, examples):
    objective, basis, head, _ = task
    return train_block(objective, basis, head, examples, None, 0.0, slice(None))


def test_a_document_that_is_not_certified_takes_no_part_and_is_counted(task, monkeypatch):
    objective, basis, _, examples = task
    monkeypatch.setattr(through, "passes_allowed", lambda prior, thorough: 5)
    codes = infer_codes(objective, basis, examples.X, examples.lam_d, tol=TOLERANCE, max_passes=5)
    open_ = np.flatnonzero(~codes.converged)
    assert 0 < len(open_) < N
    found = gradients(task, examples)
    assert (found.n_left_out, found.n_solved, found.weight) == (len(open_), N - len(open_), N - len(open_))
    others = gradients(task, examples.take(np.flatnonzero(codes.converged)))
    for name in ("components", "weights", "intercept", "loss"):
        np.testing.assert_allclose(getattr(found, name), getattr(others, name), rtol=1e-8, atol=1e-10)


def test_a_document_without_weight_takes_no_part(task):
    *_, examples = task
    weights = np.r_[np.ones(N // 2), np.zeros(N // 2)]
    silent = Examples(examples.X, examples.lam_d, examples.targets, weights, examples.part)
    found, half = gradients(task, silent), gradients(task, examples.take(slice(N // 2)))
    np.testing.assert_allclose(found.components, half.components, rtol=1e-8, atol=1e-10)
    assert (found.n_left_out, found.weight) == (0, N // 2)


def test_the_gradient_is_that_of_the_loss(task, monkeypatch):
    """Against differences of the loss through solves of their own."""
    objective, basis, head, examples = task
    monkeypatch.setattr(through, "TOLERANCE", 1e-12)
    monkeypatch.setattr(through, "RESIDUAL", 1e-9)
    examples = examples.take(slice(8))  # the strong priors: differences are exact enough
    found = gradients(task, examples)
    direction = np.random.default_rng(1).normal(size=basis.components.shape)

    def loss(step):
        moved = SoftmaxKL().bind(basis.components + step * direction, np.zeros(V))
        W = infer_codes(objective, moved, examples.X, examples.lam_d, tol=1e-13).W
        return float(head.losses(W, examples.targets)[0].sum())

    slope = (loss(1e-4) - loss(-1e-4)) / 2e-4
    assert float(np.sum(found.components * direction)) == pytest.approx(slope, rel=1e-4)
