"""One block of documents in training through the code: codes, the loss of the head, gradients."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from textsc.coding import Codes, Objective, code_gradients, infer_codes
from textsc.coding.inference import passes_allowed
from textsc.coding.restriction import Restriction
from textsc.learning.heads import Head

__all__ = ["BlockSums", "add_blocks", "encode_block", "train_block"]

TOLERANCE = 1e-3  # gap of the codes while training
RESIDUAL = 0.03  # of the system behind the gradient: a minibatch is noisier


@dataclass(frozen=True, eq=False)
class BlockSums:
    """Sums over documents: gradients, losses, and counts of what was done.

    Parameters
    ----------
    codes : array of shape (n_documents, n_components)
    components, weights, intercept : array
        Gradients of the weighted loss of the labels in Bᵀ, A and a.
    topics : array of shape (n_components, n_features)
        Gradient of the unsupervised loss in Bᵀ.
    loss, weight : float
        Weighted loss of the labels, and its weight.
    n_left_out, n_solved, n_products : int
        Documents without a certified code, documents with one, and exact products for those.

    Examples
    --------
    >>> row = np.ones((1, 2))
    >>> one = BlockSums(row, row, np.ones((1, 1)), np.ones(1), 0 * row, 2.0, 4.0, 0, 1, 3)
    >>> add_blocks([one, one]).gradients(0.0)[0].tolist()
    [[0.25, 0.25]]
    """

    codes: np.ndarray
    components: np.ndarray
    weights: np.ndarray
    intercept: np.ndarray
    topics: np.ndarray
    loss: float
    weight: float
    n_left_out: int
    n_solved: int
    n_products: int

    def gradients(self, unsupervised: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the gradients of the mean loss of the labels, with μ of the unsupervised one, in Bᵀ, A and a."""
        scale = max(self.weight, 1e-300)
        topics = unsupervised * self.topics / max(self.n_solved, 1)
        return self.components / scale + topics, self.weights / scale, self.intercept / scale


def add_blocks(blocks: Iterable[BlockSums]) -> BlockSums:
    """Add blocks in their order, in float64.

    Examples
    --------
    >>> row = np.ones((1, 2))
    >>> one = BlockSums(row, row, np.ones((1, 1)), np.ones(1), 0 * row, 2.0, 4.0, 0, 1, 3)
    >>> add_blocks([one, one]).loss
    4.0
    """
    found = list(blocks)
    arrays = {
        name: sum((getattr(block, name).astype(np.float64) for block in found[1:]), getattr(found[0], name) + 0.0)
        for name in ("components", "weights", "intercept", "topics")
    }
    numbers = {
        name: sum(getattr(block, name) for block in found)
        for name in ("loss", "weight", "n_left_out", "n_solved", "n_products")
    }
    return BlockSums(np.concatenate([block.codes for block in found]), **arrays, **numbers)


def train_block(
    objective: Objective,
    basis: Restriction,
    head: Head,
    examples: Any,
    start: np.ndarray | None,
    unsupervised: float,
    rows: slice,
) -> BlockSums:
    """Code some documents and return the gradients of their loss.

    Parameters
    ----------
    objective : Objective
    basis : Restriction
    head : Head
    examples : Examples
    start : array of shape (n_documents, n_components), optional
        Codes to start from.
    unsupervised : float
        Where it is 0, the unsupervised gradient is left at 0.
    rows : slice

    Returns
    -------
    BlockSums
    """
    X, lam_d, weights = examples.X[rows], examples.lam_d[rows], examples.weights[rows]
    # A document that is not certified soon takes no part: no price is paid to certify it.
    limit = passes_allowed(objective.prior, thorough=False)
    warm = None if start is None else start[rows].T
    codes = infer_codes(objective, basis, X, lam_d, start=warm, tol=TOLERANCE, max_passes=limit)
    told = np.flatnonzero(codes.converged & (weights > 0))
    W, sure = codes.W[told], weights[told]
    losses, error = head.losses(W, examples.targets[rows][told])
    error = error * sure[:, None]
    g = head.slope(W, error).astype(codes.W.dtype)
    through = code_gradients(objective, basis, X[told], lam_d[told], _some(codes, told), g, tol=RESIDUAL)
    topics = np.zeros(basis.components.shape)
    if unsupervised:
        known = np.flatnonzero(codes.converged)
        topics = basis.basis_gradient(codes.W[known].T, X[known], np.ones(len(known), dtype=lam_d.dtype))
    return BlockSums(
        codes=codes.W,
        components=through.components.astype(np.float64),
        weights=error.T @ head.features(W),
        intercept=error.sum(axis=0),
        topics=topics,
        loss=float(losses @ sure),
        weight=float(sure.sum()),
        n_left_out=int(np.sum(~codes.converged)),
        n_solved=int(np.sum(codes.converged)),
        n_products=int(through.n_products.sum()),
    )


def _some(codes: Codes, rows: np.ndarray) -> Codes:
    return Codes(*(getattr(codes, name)[rows] for name in ("W", "gap", "n_passes", "converged")))


def encode_block(objective: Objective, basis: Restriction, examples: Any, rows: slice) -> np.ndarray:
    """Return the codes of some documents, (n_documents, n_components)."""
    W: np.ndarray = infer_codes(objective, basis, examples.X[rows], examples.lam_d[rows], tol=TOLERANCE).W
    return W
