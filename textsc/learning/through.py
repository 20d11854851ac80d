"""One block of documents in training through the code: codes, the loss of the head, gradients."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from textsc.arrays import Array, namespace, to_device, to_host
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
        Gradients of the weighted loss of the labels in Bᵀ, where it was computed, and in A and a.
    topics : array of shape (n_components, n_features)
        Gradient of the unsupervised loss in Bᵀ, where it was computed.
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
    components: Array
    weights: np.ndarray
    intercept: np.ndarray
    topics: Array
    loss: float
    weight: float
    n_left_out: int
    n_solved: int
    n_products: int

    def gradients(self, unsupervised: float) -> tuple[Array, np.ndarray, np.ndarray]:
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
        name: sum((_in_float64(getattr(block, name)) for block in found[1:]), getattr(found[0], name) + 0.0)
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
    *,
    device: str = "cpu",
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
    device : {"cpu", "cuda"}
        Where the basis is. The head works on the host: codes come there, and the gradient in the codes goes back.

    Returns
    -------
    BlockSums
    """
    there = partial(to_device, device=device)
    X, lam_d, weights = examples.X[rows], examples.lam_d[rows], examples.weights[rows]
    # A document that is not certified soon takes no part: no price is paid to certify it.
    limit = passes_allowed(objective.prior, thorough=False)
    warm = None if start is None else there(start[rows].T)
    found = infer_codes(objective, basis, there(X), there(lam_d), start=warm, tol=TOLERANCE, max_passes=limit)
    codes = _each(found, to_host)
    told = np.flatnonzero(codes.converged & (weights > 0))
    W, sure = codes.W[told], weights[told]
    losses, error = head.losses(W, examples.targets[rows][told])
    error = error * sure[:, None]
    g = head.slope(W, error).astype(codes.W.dtype)
    sound = _each(codes, lambda values: there(values[told]))
    through = code_gradients(objective, basis, there(X[told]), there(lam_d[told]), sound, there(g), tol=RESIDUAL)
    topics = _in_float64(namespace(basis.components).zeros_like(basis.components))
    if unsupervised:
        known = np.flatnonzero(codes.converged)
        ones = np.ones(len(known), dtype=lam_d.dtype)
        topics = basis.basis_gradient(there(codes.W[known].T), there(X[known]), there(ones))
    return BlockSums(
        codes=codes.W,
        components=_in_float64(through.components),
        weights=error.T @ head.features(W),
        intercept=error.sum(axis=0),
        topics=topics,
        loss=float(losses @ sure),
        weight=float(sure.sum()),
        n_left_out=int(np.sum(~codes.converged)),
        n_solved=int(np.sum(codes.converged)),
        n_products=int(to_host(through.n_products).sum()),
    )


def _each(codes: Codes, function: Callable[[Any], Any]) -> Codes:
    return Codes(*(function(getattr(codes, name)) for name in ("W", "gap", "n_passes", "converged")))


def _in_float64(values: Array) -> Array:
    xp = namespace(values)
    return xp.astype(values, xp.float64)


def encode_block(
    objective: Objective, basis: Restriction, examples: Any, rows: slice, *, device: str = "cpu"
) -> np.ndarray:
    """Return the codes of some documents, (n_documents, n_components)."""
    X, lam_d = (to_device(values[rows], device) for values in (examples.X, examples.lam_d))
    return to_host(infer_codes(objective, basis, X, lam_d, tol=TOLERANCE).W)
