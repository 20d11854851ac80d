"""The log-partition function log Σ exp z, its gradient, and its restriction to the span of a basis."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from textsc.arrays import (
    Array,
    device_of,
    exp_into,
    matmul_into,
    namespace,
    on_host,
    overflow_to_inf,
    whole_lanes,
)
from textsc.coding.curvature import SoftmaxCurvature
from textsc.coding.restriction import Restriction
from textsc.columns import empty, product_width
from textsc.rows import dense_rows, sparse_matmul

__all__ = ["SAFETY", "SoftmaxRestriction", "log_sum_exp", "softmax", "typical_codes"]

# The shared curvature is taken larger than it is on average: fewer steps overshoot. Measured on 20 Newsgroups with
# finished bases (2,000 words, K = 50 / 10,000 words, K = 100), passes per document: 7.9 / 9.0 with the curvature at
# w = 0 and 1.3, the best factor for it; 6.3 / 7.9 with the typical one and 1.3, 6.0 / 7.1 with 1.8, 6.2 / 7.0 with 2.
SAFETY = 1.8
TYPICAL = 64  # documents made up for that average
TOPICS = 5.0  # what their weights sum to
GOLDEN = (5**0.5 - 1) / 2

# Sums of exponentials beyond these mean a bound that is none, or too far below.
LEAST_SUM, FAR = 0.5, 1e8

# Numbers of a tile of activations: what the two products and the exponential hand on stays in the cache of a core.
TILE_NUMBERS = 1 << 16


def log_sum_exp(Z: Array) -> Array:
    """Return log Σ exp z of each row.

    Examples
    --------
    >>> import numpy as np
    >>> log_sum_exp(np.full((1, 4), 1000.0)).round(3).tolist()
    [1001.386]
    """
    xp = namespace(Z)
    top = xp.max(Z, axis=1, keepdims=True)
    return top[:, 0] + xp.log(xp.sum(xp.exp(Z - top), axis=1))


def softmax(Z: Array) -> Array:
    """Return exp z / Σ exp z of each row.

    Examples
    --------
    >>> import numpy as np
    >>> softmax(np.array([[1000.0, 1000.0]])).tolist()
    [[0.5, 0.5]]
    """
    xp = namespace(Z)
    R = xp.exp(Z - xp.max(Z, axis=1, keepdims=True))
    return R / xp.sum(R, axis=1, keepdims=True)


@dataclass(frozen=True, eq=False)
class SoftmaxRestriction(Restriction):
    """φ(w) = log Σ exp(b0 + Bw).

    The background, the shift against overflow and the sum of a row ride in the two matrix products, as further
    columns of B: a pass is a product, an exponential in place, and a product.
    """

    components: Array
    background: Array
    left: Array
    right: Array
    slope: Array
    curvature: Array
    is_quadratic = False

    @classmethod
    def build(cls, components: Array, background: Array) -> Self:
        """Compute what a basis needs once: the extended factors, the slope at w = 0 and the typical curvature."""
        xp = namespace(components, background)
        ones = xp.ones_like(background)
        basis = xp.matrix_transpose(components)
        u = softmax(background[None, :])[0, :]
        slope = xp.sum(components * u, axis=1)  # not by BLAS, which may warn of what lies beside a short vector
        return cls(
            components=components,
            background=background,
            left=xp.concat((basis, background[:, None], ones[:, None]), axis=1),
            right=xp.concat((components, ones[None, :]), axis=0),
            slope=slope,
            curvature=SAFETY * _typical_curvature(components, background, u, slope),
        )

    @property
    def mean_curvature(self) -> Array:
        """Return the mean of the Hessians at made-up codes."""
        return self.curvature / SAFETY

    def linear_term(self, X: Any) -> Array:
        """Return c = Bᵀx; the constant b0ᵀx is the same for every code and left out."""
        xp = namespace(self.components)
        product = sparse_matmul(X, self.left)  # whole: a part of it would be copied first
        return xp.matrix_transpose(product[:, : self.components.shape[0]])

    def origin(self) -> tuple[Array, Array]:
        """Return log Σ exp b0 and Bᵀ softmax(b0)."""
        return log_sum_exp(self.background[None, :])[0], self.slope

    def tangent(self, W: Array) -> Array:
        """Return a lower bound of φ: the tangent at w = 0, on a device the largest activation.

        The tangent may be far below, and what `evaluate` then does again on the host it refuses on a device.
        """
        xp = namespace(W)
        if on_host(xp):
            return super().tangent(W)
        width, basis = product_width(xp, self.left.shape[0]), self.left[:, : W.shape[0]]
        parts = [slice(first, min(first + width, W.shape[1])) for first in range(0, W.shape[1], width)]
        tops = [xp.max(basis @ W[:, part] + self.background[:, None], axis=0) for part in parts]
        return tops[0] if len(tops) == 1 else xp.concat(tops)

    def evaluate(self, W: Array, lower: Array) -> tuple[Array, Array]:
        """Return φ(w) and Bᵀr by one pass. ``lower`` keeps the sum of exponentials at or above one.

        On a device φ is +inf where ``lower`` is too far below for the precision: to know whether there is such a
        document would take a question to the device at every pass. No step is taken to such a point.
        """
        xp = namespace(W)
        with overflow_to_inf():
            sums = self._pass(W, lower)
        total = sums[-1, :]
        # The bound is within a few nats of φ but for the wildest steps. Those would overflow, or lose digits to the
        # large shift: they are done again from their true maximum.
        wild = ~((total > LEAST_SUM) & (total < FAR))
        if not on_host(xp):
            total = xp.where(wild, xp.full_like(total, xp.inf), total)
        elif bool(xp.any(wild)):
            redo = whole_lanes(xp.nonzero(wild)[0])
            W_redo = xp.take(W, redo, axis=1)
            Z = self.background[:, None] + xp.matrix_transpose(self.components) @ W_redo
            exact = xp.max(Z, axis=0)
            where = xp.maximum(xp.cumulative_sum(xp.astype(wild, xp.int64)) - 1, 0)
            sums = xp.where(wild[None, :], xp.take(self._pass(W_redo, exact), where, axis=1), sums)
            lower = xp.where(wild, xp.take(exact, where), lower)
            total = sums[-1, :]
        return lower + xp.log(total), sums[:-1, :] / total

    def _pass(self, W: Array, shift: Array) -> Array:
        """Return Bᵀe and Σe, e = exp(b0 + Bw − shift), tile by tile: of documents, and of features."""
        xp = namespace(W)
        ends = xp.stack((xp.ones_like(shift), -shift))
        n_documents = W.shape[1]
        width = min(product_width(xp, self.left.shape[0]), n_documents)
        room = self.room(W, width)
        tiles = []
        for start in range(0, n_documents, width):
            part = slice(start, min(start + width, n_documents))
            tile = xp.concat(
                (W[:, part], ends[:, part]), axis=0
            )  # one piece of memory: rows far apart are slow to read
            tiles.append(self.sweep(tile, room))
        return tiles[0] if len(tiles) == 1 else xp.concat(tiles, axis=1)

    def room(self, like: Array, width: int, numbers: int = TILE_NUMBERS) -> Array:
        """Return room for so many activations of a tile of documents, ``width`` wide."""
        n_features = self.left.shape[0]
        if not on_host(namespace(like)):
            return empty((n_features, 0), like=like)  # all features at a time, and no room that is kept
        return empty((min(n_features, numbers // width), width), like=like)

    def sweep(self, tile: Array, room: Array, exp: Callable[[Array], Array] = exp_into) -> Array:
        """Return Bᵀe and Σe of one tile of documents, with w, 1 and the shift in its rows, as far as `room` at a time.

        ``exp`` may write over what it is given, and is to return it.
        """
        xp = namespace(tile)
        sums = None
        for top in range(0, self.left.shape[0], room.shape[0]):
            left, right = self.left[top : top + room.shape[0], :], self.right[:, top : top + room.shape[0]]
            shape = (left.shape[0], tile.shape[1])
            part = room[: shape[0], : shape[1]] if on_host(xp) else empty(shape, like=tile)
            Z = exp(matmul_into(left, tile, part))
            share = matmul_into(right, Z, empty((right.shape[0], Z.shape[1]), like=Z))
            sums = share if sums is None else sums + share
        return sums

    def hessian(self, w: Array) -> Array:
        """Return Bᵀ(diag r − rrᵀ)B at one code."""
        xp = namespace(w)
        r = softmax((self.background + w @ self.components)[None, :])[0, :]
        slope = self.components @ r
        centred = self.components - slope[:, None]
        return (centred * r) @ xp.matrix_transpose(centred)

    def basis_gradient(self, W: Array, X: Any, weights: Array) -> Array:
        """Return Σ_d weights_d w_d (softmax(b0 + Bw_d) − x_d)ᵀ."""
        xp = namespace(W)
        weighted = xp.matrix_transpose(W * weights)
        total = -xp.matrix_transpose(sparse_matmul(X.T, weighted))
        basis, width = self.left[:, : W.shape[0]], product_width(xp, self.left.shape[0])
        for start in range(0, W.shape[1], width):
            tile = slice(start, min(start + width, W.shape[1]))
            Z = self.background[:, None] + basis @ W[:, tile]
            R = exp_into(Z - xp.max(Z, axis=0))
            scale = weights[tile] / xp.sum(R, axis=0)
            total = total + (W[:, tile] * scale) @ xp.matrix_transpose(R)
        return total

    def curvature_at(self, W: Array) -> SoftmaxCurvature:
        """Return Bᵀ(diag r − rrᵀ)B at codes, as an operator."""
        return SoftmaxCurvature.at(self.left[:, : W.shape[0]], self.components, self.background, W)

    def dual_divergence(self, W: Array, X: Any, share: Array) -> Array:
        """Return KL(r + share·(x − r)‖r)."""
        xp = namespace(W)
        basis, width = self.left[:, : W.shape[0]], product_width(xp, self.left.shape[0])
        sums = []
        for start in range(0, W.shape[1], width):
            tile = slice(start, min(start + width, W.shape[1]))
            R = xp.matrix_transpose(softmax(xp.matrix_transpose(self.background[:, None] + basis @ W[:, tile])))
            moved = share[tile] * (xp.matrix_transpose(dense_rows(X, tile, like=W)) - R)
            ratio = moved / xp.maximum(R, float(xp.finfo(R.dtype).smallest_normal))
            left = xp.maximum(ratio, -1.0)
            logs = xp.log1p(xp.where(left > -1, left, xp.zeros_like(left)))
            sums.append(xp.sum((R + moved) * logs - moved, axis=0))
        return xp.maximum(xp.concat(sums), 0.0)

    def astype(self, dtype: Any) -> Self:
        """Return the same restriction in another floating-point type."""
        xp = namespace(self.components)
        return self.build(xp.astype(self.components, dtype), xp.astype(self.background, dtype))


def typical_codes(components: Array, u: Array, slope: Array) -> Array:
    """Return the codes of made-up documents, of shape (TYPICAL, n_components).

    Their weights are cubes of evenly spread numbers, few large and many small, in units of the standard deviation that
    a topic gives to log-probabilities under the background u; ``slope`` is Bᵀu.

    Examples
    --------
    >>> import numpy as np
    >>> typical_codes(np.array([[1.0, -1.0]]), np.array([0.5, 0.5]), np.zeros(1)).mean().round(1).item()
    5.0
    """
    xp = namespace(components)
    n_components = components.shape[0]
    variance = components**2 @ u - slope**2
    eps = float(xp.finfo(u.dtype).eps)
    known = variance > eps
    unit = xp.astype(known, u.dtype) / xp.sqrt(xp.where(known, variance, xp.ones_like(variance)))
    spread = xp.astype(xp.arange(TYPICAL * n_components, device=device_of(u)), xp.float64) * GOLDEN
    spread = xp.reshape(xp.astype((spread % 1) ** 3, u.dtype), (TYPICAL, n_components))
    return (4 * TOPICS / n_components) * spread * unit


def _typical_curvature(components: Array, background: Array, u: Array, slope: Array) -> Array:
    """Return the mean of Bᵀ(diag r − rrᵀ)B over made-up documents.

    At w = 0, where r is the background, the curvature says little of documents that are about something: their r has
    most of its mass in few topics.
    """
    xp = namespace(components, background)
    R = softmax(background + typical_codes(components, u, slope) @ components)
    slopes = R @ xp.matrix_transpose(components) - slope
    centred = components - slope[:, None]
    mean = xp.mean(R, axis=0)
    return (centred * mean) @ xp.matrix_transpose(centred) - xp.matrix_transpose(slopes) @ slopes / TYPICAL
