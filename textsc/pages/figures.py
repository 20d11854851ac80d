"""Pictures of sounds: what a basis is made of, what it makes of a clip, and the code over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textsc.pages.drawing import file_bytes, mel_axis, new_figure, time_axis

__all__ = ["basis_spectra", "code_over_time", "reconstructed_spectrogram"]

_COLUMNS = 4


def basis_spectra(
    components: NDArray[Any],
    frequencies: NDArray[Any],
    *,
    names: Sequence[str],
    title: str = "Basis spectra",
    format: str = "svg",  # noqa: A002 - as matplotlib calls it
) -> bytes:
    """Draw rows of a basis, each in a field of its own over the same frequencies (mel scale).

    Parameters
    ----------
    components : ndarray of shape (n_shown, n_frequencies)
        Rows to draw.
    frequencies : ndarray of shape (n_frequencies,)
        Hz, ascending.
    names : sequence of str
        What to write over each field.
    title : str
        Over all.
    format : {"svg", "png"}
        What kind of file.

    Returns
    -------
    bytes
        The file.

    Raises
    ------
    textsc.pages.drawing.PlotError
        matplotlib is not installed.

    Examples
    --------
    >>> import pytest
    >>> _ = pytest.importorskip("matplotlib")
    >>> basis_spectra(np.eye(3), np.array([0, 500, 1_000]), names=["low", "middle", "high"])[:5]
    b'<?xml'
    """
    n_rows = -(-len(components) // _COLUMNS)
    with new_figure(10, 0.6 + 1.35 * n_rows) as figure:
        fields = figure.subplots(n_rows, _COLUMNS, sharex=True, sharey=True, squeeze=False).ravel()
        for field, row, name in zip(fields, components, names, strict=False):
            field.fill_between(frequencies, row, color="#3b6ea5", alpha=0.35, linewidth=0)
            field.plot(frequencies, row, color="#1f4e79", linewidth=0.7)
            field.set_title(name, loc="left", pad=2)
            field.set_yticks([])
            field.spines[["top", "right", "left"]].set_visible(False)
        for field in fields[len(components) :]:
            field.set_axis_off()
        fields[0].set_ylim(min(0.0, float(components.min())), 1.05 * float(components.max()))
        mel_axis(fields[0].xaxis, float(frequencies[-1]))
        # Of a column that ends early the last field has the numbers.
        for field in fields[max(0, len(components) - _COLUMNS) : len(components)]:
            field.tick_params(labelbottom=True)
        figure.supxlabel("hertz", fontsize=9)
        figure.suptitle(title, fontsize=11)
        return file_bytes(figure, format=format)


def reconstructed_spectrogram(
    X: NDArray[Any],
    R: NDArray[Any],
    frequencies: NDArray[Any],
    *,
    hop: float,
    title: str = "",
    format: str = "svg",  # noqa: A002
) -> bytes:
    """Draw the spectra of a clip beside what its codes say of them, in the same colours.

    Parameters
    ----------
    X, R : ndarray of shape (n_snippets, n_frequencies)
        Spectra, compressed as they are coded, and reconstructions r = Bw.
    frequencies : ndarray of shape (n_frequencies,)
        Hz, ascending.
    hop : float
        Seconds from a snippet to the next.
    title : str
        Over all.
    format : {"svg", "png"}
        What kind of file.

    Returns
    -------
    bytes
        The file.

    Raises
    ------
    textsc.pages.drawing.PlotError
        matplotlib is not installed.

    Examples
    --------
    >>> import pytest
    >>> _ = pytest.importorskip("matplotlib")
    >>> reconstructed_spectrogram(np.eye(3), np.eye(3) / 2, np.array([0, 500, 1_000]), hop=0.05)[:5]
    b'<?xml'
    """
    highest = float(np.max(X, initial=1e-12))
    with new_figure(10, 3.6) as figure:
        left, right = figure.subplots(1, 2, sharex=True, sharey=True)
        for field, Y, name in ((left, X, "spectra"), (right, R, "reconstructed from the codes")):
            drawn = field.pcolormesh(
                hop * np.arange(len(Y) + 1), _borders(frequencies), Y.T, vmin=0, vmax=highest, rasterized=True
            )
            field.set_title(name, loc="left")
            time_axis(field)
        mel_axis(left.yaxis, float(frequencies[-1]))
        left.set_ylabel("hertz")
        figure.colorbar(drawn, ax=(left, right), label="magnitude, as it is coded", pad=0.01)
        figure.suptitle(title, fontsize=11)
        return file_bytes(figure, format=format)


def code_over_time(
    W: NDArray[Any],
    *,
    hop: float,
    names: Sequence[str],
    title: str = "",
    format: str = "svg",  # noqa: A002
) -> bytes:
    """Draw the weights of basis vectors over the time of a clip.

    Parameters
    ----------
    W : ndarray of shape (n_snippets, n_shown)
        Weights, 0 or more; a row of the picture for each column.
    hop : float
        Seconds from a snippet to the next.
    names : sequence of str
        Of the columns.
    title : str
        Over all.
    format : {"svg", "png"}
        What kind of file.

    Returns
    -------
    bytes
        The file.

    Raises
    ------
    textsc.pages.drawing.PlotError
        matplotlib is not installed.

    Examples
    --------
    >>> import pytest
    >>> _ = pytest.importorskip("matplotlib")
    >>> code_over_time(np.eye(3), hop=0.05, names=["low", "middle", "high"])[:5]
    b'<?xml'
    """
    n_snippets, n_shown = W.shape
    with new_figure(10, 0.9 + 0.21 * n_shown) as figure:
        field = figure.subplots()
        drawn = field.pcolormesh(
            hop * np.arange(n_snippets + 1), np.arange(n_shown + 1) - 0.5, W.T, vmin=0, rasterized=True
        )
        field.set_yticks(range(n_shown), list(names))
        field.tick_params(axis="y", length=0)
        field.invert_yaxis()
        time_axis(field)
        figure.colorbar(drawn, ax=field, label="weight", pad=0.01)
        figure.suptitle(title, fontsize=11)
        return file_bytes(figure, format=format)


def _borders(frequencies: NDArray[Any]) -> NDArray[np.float64]:
    """Give the frequencies between columns, and those at both ends."""
    middles = (frequencies[1:] + frequencies[:-1]) / 2
    return np.concatenate([[0.0], middles, [2 * frequencies[-1] - middles[-1]]])
