"""From a model and a corpus to a table, block by block: what ``encode`` and ``predict`` have in common."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from textsc.cli.console import Console, Lines, counted, number, plural, shown_gap
from textsc.cli.errors import UsageProblem
from textsc.cli.steps import certified_status, status_counts
from textsc.cli.streams import StandardOutput, print_json, print_lines

if TYPE_CHECKING:
    from textsc.coding.inference import Codes
    from textsc.corpus.dataset import Dataset
    from textsc.layout import Field
    from textsc.tables import TableWriter

__all__ = ["Coded", "Tally", "check_table", "coded_blocks", "finish", "needed_encoder", "open_table"]


@dataclass
class Tally:
    """What is said of a corpus when it is done; ``noun`` is what a row is, ``nats`` whether gaps are."""

    noun: str
    nats: bool
    status: Counter[str] = field(default_factory=Counter)
    problems: Lines = field(default_factory=Lines)
    notes: Lines = field(default_factory=Lines)
    max_gap: float = 0.0
    n_coded: int = 0
    n_passes: int = 0
    n_files: int = 0
    last_file: str | None = None

    def add(self, data: Dataset, codes: Codes) -> None:
        """Take a block."""
        import numpy as np

        self.problems.add(data.problems)
        self.notes.add(data.notes)
        # Unlike `max`, this one does not lose a gap that is no number.
        self.max_gap = float(np.maximum(self.max_gap, codes.gap.max(initial=0.0)))
        self.n_coded += len(codes.gap)
        self.n_passes += int(codes.n_passes.sum())
        for file in data.clips or ():
            self.n_files += file != self.last_file
            self.last_file = file


@dataclass(frozen=True)
class Coded:
    """A block of a corpus, its codes, and what became of each row."""

    data: Dataset
    codes: Codes
    status: list[str]


def coded_blocks(reader: Any, encoder: Any, coder: Any, tally: Tally, *, n_threads: int | None) -> Iterator[Coded]:
    """Code a corpus block by block, in order.

    Parameters
    ----------
    reader : Reader
    encoder : TextCounts or SoundSpectra
        Of the model.
    coder : Coder
        Of the model.
    tally : Tally
        Takes what is said at the end.
    n_threads : int or None
        None: all cores.

    Yields
    ------
    Coded
    """
    from textsc.corpus.dataset import stream_corpus
    from textsc.execution import count_threads, run_blocks

    def code(data: Dataset) -> tuple[Dataset, Codes]:
        return data, coder(data.X)

    blocks = stream_corpus(reader, encoder)
    for data, codes in run_blocks(code, blocks, n_threads=count_threads(n_threads or -1)):
        tally.add(data, codes)
        yield Coded(data, codes, certified_status(data.status, codes))


def needed_encoder(encoder: Any | None, model: str | os.PathLike[str]) -> Any:
    """Give the encoder of a model, or say how it would have one.

    Parameters
    ----------
    encoder : TextCounts, SoundSpectra or None
    model : path-like
        The file.

    Raises
    ------
    UsageProblem
        There is none.

    Examples
    --------
    >>> needed_encoder("words", "news.model")
    'words'
    """
    if encoder is None:
        raise UsageProblem(
            f"{model} holds no vocabulary, so texts cannot be counted for it; "
            "save it with encoder=, as in save_model(model, path, encoder=data.encoder)"
        )
    return encoder


def check_table(out: str, *, force: bool) -> None:
    """Refuse an output that no table can be written to, before any work.

    Parameters
    ----------
    out : str
        A file, or ``-``.
    force : bool
        Whether it may be replaced.

    Raises
    ------
    UsageProblem
        Its format is not known.
    textsc.checkpoint.OutputExists, textsc.checkpoint.OutputError
        It exists and `force` is false, or it cannot be written.

    Examples
    --------
    >>> check_table("-", force=False)
    """
    from textsc.checkpoint import check_output
    from textsc.tables import table_format

    if out == "-":
        return
    try:
        table_format(out)
    except ValueError as error:
        raise UsageProblem(str(error)) from error
    check_output(out, force=force)


@contextlib.contextmanager
def open_table(out: str, fields: Sequence[Field], *, as_json: bool, force: bool) -> Iterator[TableWriter]:
    """Open a table: a file, or standard output with CSV or JSON lines.

    Parameters
    ----------
    out : str
        A file, or ``-``.
    fields : sequence of Field
        Its columns after ``id`` and ``status``.
    as_json, force : bool

    Yields
    ------
    TableWriter
    """
    from textsc.tables import write_stream, write_table

    if out == "-":
        suffix = ".jsonl" if as_json else ".csv"
        # Only `write` is called on it.
        with write_stream(StandardOutput(), suffix, fields=fields) as table:  # type: ignore[arg-type]
            yield table
    else:
        with write_table(out, fields=fields, force=force) as table:
            yield table


def finish(tally: Tally, out: str, console: Console, *, as_json: bool) -> int:
    """Print the summary of a table that is written.

    Parameters
    ----------
    tally : Tally
    out : str
        Where the table went.
    console : Console
    as_json : bool

    Returns
    -------
    int
        The exit code.
    """
    console.notes(tally.notes)
    console.notes(tally.problems)
    statuses = status_counts(list(tally.status.elements()))
    n_rows = sum(statuses.values())
    if as_json:
        content = {
            "n_documents": n_rows,
            **({"n_files": tally.n_files} if tally.n_files else {}),
            "statuses": statuses,
            "max_gap": number(tally.max_gap),
            "mean_passes": tally.n_passes / max(1, tally.n_coded),
        }
        if out != "-" or not console.quiet:
            print_json(content, to_stderr=out == "-")
    else:
        source = f" of {plural(tally.n_files, 'file')}" if tally.noun == "snippet" else ""
        gap = shown_gap(tally.max_gap) if tally.nats else shown_gap(tally.max_gap, unit="")
        line = f"{counted(statuses, noun=tally.noun, source=source)}, largest gap {gap}"
        if out == "-":
            console.note(line)
        else:
            print_lines([f"{out}: {line}"])
    return 5 if statuses["unreadable"] or statuses["not_converged"] else 0
