"""Mel bands: frequencies gathered as the ear does, narrow ones below and wide ones above."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["mel_edges", "mel_weights"]

_HERTZ, _MELS = 700.0, 2595.0


def mel_edges(n_bands: int, highest: float) -> NDArray[np.float64]:
    """Give the frequencies between which the bands lie, evenly spaced in mel: m(f) = 2595 log10(1 + f/700).

    Parameters
    ----------
    n_bands : int
        From 1.
    highest : float
        Hz; the last edge.

    Returns
    -------
    ndarray of shape (n_bands + 2,)
        Hz, from 0; band k rises from edge k to edge k + 1, which is its peak, and falls to edge k + 2.

    References
    ----------
    D. O'Shaughnessy, "Speech Communication", 1987, for the scale.

    Examples
    --------
    >>> mel_edges(3, 8_000).round().tolist()
    [0.0, 614.0, 1768.0, 3934.0, 8000.0]
    """
    top = _MELS * math.log10(1 + highest / _HERTZ)
    edges: NDArray[np.float64] = _HERTZ * (10 ** (np.linspace(0, top, n_bands + 2) / _MELS) - 1)
    return edges


def mel_weights(n_bands: int, *, length: int, sample_rate: int) -> NDArray[np.float64]:
    """Give the weights with which magnitudes are averaged to bands.

    Band k has the weight of a triangle over its edges, T_k(f), at each magnitude its mean over the Δ = sample_rate / L
    hertz around the frequency of that magnitude; the weights of a band sum to 1, so that a band is a mean magnitude.
    The mean over Δ, where others take T_k at the frequency itself, leaves no narrow band without any frequency.

    Parameters
    ----------
    n_bands : int
        Number of bands.
    length : int
        Samples of a snippet, L.
    sample_rate : int
        Samples a second.

    Returns
    -------
    ndarray of shape (L // 2 + 1, n_bands)
        Of frequencies in each band.

    Examples
    --------
    >>> weights = mel_weights(40, length=1102, sample_rate=22_050)
    >>> weights.shape, weights.sum(axis=0).round(12).tolist() == [1] * 40
    ((552, 40), True)
    """
    spacing = sample_rate / length
    edges = mel_edges(n_bands, sample_rate / 2)
    borders = spacing * (np.arange(length // 2 + 2) - 0.5)
    left, peak, right = edges[:-2], edges[1:-1], edges[2:]
    # The integral of a triangle: that of its rising side, and that of its falling side.
    rising = np.clip(borders[:, None], left, peak) - left
    falling = right - np.clip(borders[:, None], peak, right)
    area = rising**2 / (2 * (peak - left)) - falling**2 / (2 * (right - peak))
    weights: NDArray[np.float64] = np.diff(area, axis=0)
    weights /= weights.sum(axis=0)
    return weights
