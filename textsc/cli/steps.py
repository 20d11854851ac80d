"""Steps that several verbs take: reading, fitting, counting what became of the rows."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from textsc.cli.console import Console, Lines
from textsc.cli.streams import StandardOutput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textsc.coding.inference import Codes
    from textsc.corpus.dataset import Dataset

__all__ = [
    "certified_status",
    "fit_with_progress",
    "read_with_progress",
    "status_counts",
    "write_model",
]

_CODED = ("ok", "silent", "clipped")


def read_with_progress(source: Any, *, encoder: Any | None, console: Console) -> Dataset:
    """Read a corpus, with a bar, and say what was wrong in it.

    Parameters
    ----------
    source : str or Reader
        As for `textsc.corpus.dataset.read_corpus`.
    encoder : TextCounts, SoundSpectra or None
        As there.
    console : Console
        Takes the bar, the problems and the repairs.

    Returns
    -------
    Dataset
        The corpus.
    """
    from textsc.corpus.dataset import read_corpus

    rows = "snippets" if getattr(source, "content", "text") == "sound" else "documents"
    with console.progress("reading") as update:
        data = read_corpus(
            source,
            encoder=encoder,
            on_progress=lambda share, n_rows: update(share, f"{n_rows:,} {rows}"),
        )
    for said in (data.notes, data.problems):
        lines = Lines()
        lines.add(said)
        console.notes(lines)
    if getattr(data.encoder, "dropped_limits_", False) and data.encoder is not encoder:
        console.note("--min-df and --max-df were dropped: fewer than 2 words would have been left")
    return data


def fit_with_progress(model: Any, data: Dataset, *, console: Console) -> Codes:
    """Fit a model to a corpus, with a bar for each stage.

    Parameters
    ----------
    model : SparseCoding
        Fitted in place.
    data : Dataset
        The rows to learn from.
    console : Console
        Takes the bar.

    Returns
    -------
    Codes
        The codes of the rows with their certificates.
    """
    with console.progress("fitting") as update:

        def report(step: Any) -> None:
            update(step.done / step.total if step.total else None, step.stage)

        codes: Codes = model._fit(data.X, report=report)
    return codes


def certified_status(status: Sequence[str], codes: Codes) -> list[str]:
    """Give the status of rows once they are coded: ``not_converged`` where a certificate lacks.

    Parameters
    ----------
    status : sequence of str
        One a row, from reading.
    codes : Codes
        Of the same rows.

    Returns
    -------
    list of str
        One a row; only rows ``ok``, ``silent`` and ``clipped`` change.

    Examples
    --------
    >>> import numpy as np
    >>> from textsc.coding.inference import Codes
    >>> codes = Codes(np.ones((2, 1)), np.array([0.5, 0]), np.ones(2), np.array([False, True]))
    >>> certified_status(["ok", "empty"], codes)
    ['not_converged', 'empty']
    """
    return [
        "not_converged" if said in _CODED and not converged else said
        for said, converged in zip(status, codes.converged.tolist(), strict=True)
    ]


def status_counts(status: Sequence[str]) -> dict[str, int]:
    """Count rows by status, those of a text corpus always, others where they occur.

    Parameters
    ----------
    status : sequence of str
        One a row.

    Returns
    -------
    dict of str to int
        In a fixed order.

    Examples
    --------
    >>> status_counts(["ok", "ok", "empty"])["ok"]
    2
    """
    always = ("ok", "empty", "out_of_vocabulary", "not_converged", "unreadable")
    found = Counter(status)
    return {name: found[name] for name in always} | {name: n for name, n in sorted(found.items()) if name not in always}


def write_model(model: Any, out: str, *, encoder: Any, force: bool) -> None:
    """Write a fitted model to a file, or to standard output.

    Parameters
    ----------
    model : estimator
        As `textsc.store.save_model` takes it.
    out : str
        A file, or ``-``.
    encoder : TextCounts or SoundSpectra
        Goes into the file.
    force : bool
        Whether it may be replaced.

    Raises
    ------
    textsc.checkpoint.OutputExists, textsc.checkpoint.OutputError
        It exists and `force` is false, or it cannot be written.
    """
    from textsc.store import model_bytes, save_model

    if out == "-":
        StandardOutput().write(model_bytes(model, encoder=encoder))
    else:
        save_model(model, out, encoder=encoder, force=force)
