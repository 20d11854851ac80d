"""``textsc encode``: the codes of a corpus, streamed into a table."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

import typer

from textsc.cli.console import Console, Lines, counted, number, shown_gap
from textsc.cli.errors import UsageProblem
from textsc.cli.options import (
    Corpus,
    Debug,
    Device,
    DeviceChoice,
    Force,
    IdField,
    Json,
    LabelField,
    Model,
    Quiet,
    Seed,
    TextField,
    Threads,
    Vocabulary,
    refuse_same_file,
)
from textsc.cli.steps import certified_status, status_counts
from textsc.cli.streams import StandardOutput, print_json, print_lines
from textsc.cli.topics import split_model

if TYPE_CHECKING:
    from textsc.tables import CodeRows, TableWriter

__all__ = ["encode"]


def encode(
    model: Model,
    corpus: Corpus,
    out: Annotated[
        str,
        typer.Option(
            "-o",
            "--out",
            metavar="OUT",
            show_default=False,
            help="Table to write: .csv, .jsonl, .npz or .parquet; - writes CSV on standard "
            "output, JSON lines with --json.",
        ),
    ],
    shares: Annotated[bool, typer.Option("--shares", help="Divide the weights of each document by their sum.")] = False,
    text_field: TextField = "text",
    label_field: LabelField = "label",
    id_field: IdField = "id",
    vocabulary: Vocabulary = None,
    as_json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
    force: Force = False,
    seed: Seed = 0,
    threads: Threads = None,
    device: Device = DeviceChoice.cpu,
) -> int:
    """Write the topic weights of every document, one row in, one row out.

    The columns are id, status, gap (the certificate, nats per token), n_tokens, oov_rate and
    topic_0, topic_1 and so on. The seed changes nothing here.

    Example: textsc encode news.model news.jsonl -o codes.parquet
    """
    from textsc.corpus.readers import open_corpus
    from textsc.store import load_model

    console = Console("encode", quiet=quiet)
    out = "-" if out == "/dev/stdout" else out
    _check_output(out, force=force)
    refuse_same_file(out, model, corpus)
    encoder, estimator = split_model(load_model(model))
    if encoder is None:
        raise UsageProblem(
            f"{model} holds no vocabulary, so texts cannot be counted for it; "
            "save it with encoder=, as in save_model(model, path, encoder=data.encoder)"
        )
    coder = estimator.set_params(device=device.value).coder()
    reader = open_corpus(
        corpus, text_field=text_field, label_field=label_field, id_field=id_field, vocabulary=vocabulary
    )
    tally = _Tally()
    work = _Work(encoder, coder, n_threads=threads, shares=shares)
    with (
        _table(out, len(estimator.components_), as_json=as_json, force=force) as table,
        console.progress("encoding") as update,
    ):
        for rows in work.blocks(reader, tally):
            table.write(rows)
            update(reader.fraction, f"{sum(tally.status.values()):,} documents")
    console.notes(tally.notes)
    console.notes(tally.problems)
    return _finish(tally, out, console, as_json=as_json)


@dataclass
class _Tally:
    """What is said of a corpus when it is done."""

    status: Counter[str] = field(default_factory=Counter)
    problems: Lines = field(default_factory=Lines)
    notes: Lines = field(default_factory=Lines)
    max_gap: float = 0.0
    n_passes: int = 0


@dataclass(frozen=True)
class _Work:
    """The way of a block from texts to rows of a table."""

    encoder: Any
    coder: Any
    n_threads: int | None
    shares: bool

    def blocks(self, reader: Any, tally: _Tally) -> Iterator[CodeRows]:
        """Give the rows block by block, in order, and tally them."""
        import numpy as np

        from textsc.corpus.dataset import stream_corpus
        from textsc.execution import count_threads, run_blocks

        blocks = stream_corpus(reader, self.encoder)
        n_threads = count_threads(self.n_threads or -1)
        for data, codes in run_blocks(self._code, blocks, n_threads=n_threads):
            status = certified_status(data.status, codes)
            tally.status.update(status)
            tally.problems.add(data.problems)
            tally.notes.add(data.notes)
            # Unlike `max`, this one does not lose a gap that is no number.
            tally.max_gap = float(np.maximum(tally.max_gap, codes.gap.max(initial=0.0)))
            tally.n_passes += int(codes.n_passes.sum())
            yield self._rows(data, codes, status)

    def _code(self, data: Any) -> tuple[Any, Any]:
        return data, self.coder(data.X)

    def _rows(self, data: Any, codes: Any, status: list[str]) -> CodeRows:
        import numpy as np

        from textsc.tables import CodeRows

        W = codes.W
        if self.shares:
            total = W.sum(axis=1, keepdims=True)
            W = W / np.where(total > 0, total, 1)
        return CodeRows(data.ids, status, codes.gap, data.n_tokens, data.oov_rate, W)


def _check_output(out: str, *, force: bool) -> None:
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
def _table(out: str, n_topics: int, *, as_json: bool, force: bool) -> Iterator[TableWriter]:
    from textsc.tables import write_stream, write_table

    if out == "-":
        suffix = ".jsonl" if as_json else ".csv"
        # Only `write` is called on it.
        with write_stream(StandardOutput(), suffix, n_topics=n_topics) as table:  # type: ignore[arg-type]
            yield table
    else:
        with write_table(out, n_topics=n_topics, force=force) as table:
            yield table


def _finish(tally: _Tally, out: str, console: Console, *, as_json: bool) -> int:
    """Print the summary and give the exit code."""
    statuses = status_counts(list(tally.status.elements()))
    n_rows = sum(statuses.values())
    if as_json:
        content = {
            "n_documents": n_rows,
            "statuses": statuses,
            "max_gap": number(tally.max_gap),
            "mean_passes": tally.n_passes / max(1, n_rows),
        }
        if out != "-" or not console.quiet:
            print_json(content, to_stderr=out == "-")
    else:
        line = f"{counted(statuses)}, largest gap {shown_gap(tally.max_gap)}"
        if out == "-":
            console.note(line)
        else:
            print_lines([f"{out}: {line}"])
    return 5 if statuses["unreadable"] or statuses["not_converged"] else 0
