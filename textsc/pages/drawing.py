"""Drawing with matplotlib (extra ``plot``) so that the same arrays give the same bytes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["FORMATS", "PlotError", "file_bytes", "mel_axis", "new_figure", "require_plot", "time_axis"]

#: The kinds of files that are written.
FORMATS = ("svg", "png")

_STYLE = {
    "axes.edgecolor": "#555555",
    "axes.labelcolor": "#222222",
    "axes.labelsize": 9,
    "axes.linewidth": 0.6,
    "axes.titlesize": 9,
    "figure.dpi": 100,
    "font.family": "DejaVu Sans",  # comes with matplotlib
    "image.cmap": "magma",
    "savefig.dpi": 150,
    "svg.fonttype": "path",
    "svg.hashsalt": "textsc",
    "text.color": "#222222",
    "xtick.color": "#555555",
    "xtick.labelsize": 8,
    "ytick.color": "#555555",
    "ytick.labelsize": 8,
}
# Without the date and the version, which matplotlib adds.
_SILENCE: dict[str, dict[str, None]] = {
    "svg": {"Date": None, "Creator": None, "Format": None, "Type": None},
    "png": {"Software": None},
}
_TICKS = (0, 250, 500, 1_000, 2_000, 4_000, 8_000, 16_000)


class PlotError(Exception):
    """No picture can be drawn (exit code 3)."""


def require_plot() -> None:
    """Make sure that pictures can be drawn.

    Raises
    ------
    PlotError
        matplotlib is not installed.

    Examples
    --------
    >>> from importlib.util import find_spec
    >>> find_spec("matplotlib") and require_plot()
    """
    try:
        import_module("matplotlib")
    except ImportError as error:
        raise PlotError(
            f"Pictures are drawn with the library matplotlib, which cannot be loaded ({error}). "
            "Install it with: pip install 'textsc[plot]'."
        ) from error


@contextmanager
def new_figure(width: float, height: float) -> Iterator[Any]:
    """Open a figure in the style of this project; nothing outside of it is changed.

    Parameters
    ----------
    width, height : float
        In inches.

    Yields
    ------
    matplotlib.figure.Figure
        Drawn on without a window.

    Raises
    ------
    PlotError
        matplotlib is not installed.
    """
    require_plot()
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_STYLE)  # type: ignore[arg-type, unused-ignore]
        yield Figure(figsize=(width, height), layout="constrained")


def file_bytes(figure: Any, *, format: str = "svg") -> bytes:  # noqa: A002 - as matplotlib calls it
    """Give the file of a figure: the same bytes for the same figure, without a date.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Within `new_figure`.
    format : {"svg", "png"}
        What kind of file.

    Returns
    -------
    bytes

    Raises
    ------
    ValueError
        The format is another.
    """
    if format not in FORMATS:
        raise ValueError(f"a picture is written as {' or '.join(FORMATS)}, not {format!r}")
    out = io.BytesIO()
    figure.savefig(out, format=format, metadata=_SILENCE[format])
    return out.getvalue()


def mel_axis(axis: Any, highest: float) -> None:
    """Lay an axis of frequencies out as the ear hears them, with whole numbers of hertz as ticks.

    Parameters
    ----------
    axis : matplotlib.axis.Axis
        The x or the y axis of a drawing.
    highest : float
        Hz, its end.
    """
    set_scale = axis.axes.set_xscale if axis.axis_name == "x" else axis.axes.set_yscale
    set_limits = axis.axes.set_xlim if axis.axis_name == "x" else axis.axes.set_ylim
    set_scale("function", functions=(_mel, _hertz))
    first = 250 if axis.axis_name == "y" else 500  # letters are wider than they are high
    ticks = [tick for tick in _TICKS if tick == 0 or first <= tick <= highest]
    axis.set_ticks(ticks, [f"{tick // 1000} k" if tick >= 1_000 else str(tick) for tick in ticks])
    axis.set_ticks([], minor=True)
    set_limits(0, highest)


def time_axis(axes: Any) -> None:
    """Name the axis of time.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    """
    axes.set_xlabel("seconds")


def _mel(hertz: Any) -> NDArray[np.float64]:
    found: NDArray[np.float64] = np.log1p(np.maximum(np.asarray(hertz, dtype=np.float64), 0.0) / 700)
    return found


def _hertz(mel: Any) -> NDArray[np.float64]:
    found: NDArray[np.float64] = 700 * np.expm1(mel)
    return found
