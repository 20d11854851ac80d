"""``textsc encode``: the codes of a corpus, streamed into a table."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from textsc.cli.console import Console, Lines, counted, number, plural, shown_gap
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
    refuse_given,
    refuse_same_file,
)
from textsc.cli.pooling import pool_clips
from textsc.cli.steps import certified_status, status_counts
from textsc.cli.streams import StandardOutput, print_json, print_lines
from textsc.cli.topics import split_model

if TYPE_CHECKING:
    from textsc.coding.inference import Codes
    from textsc.corpus.dataset import Dataset
    from textsc.tables import CodeRows, TableWriter

__all__ = ["encode"]

# What says nothing about sounds.
_TEXT_ONLY = ("text_field", "label_field", "id_field")


class Per(StrEnum):
    """What a row is of."""

    snippet = "snippet"
    clip = "clip"


def encode(
    context: typer.Context,
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
    per: Annotated[
        Per, typer.Option(help="Of sounds: a row for each snippet, or for each file with the mean of its snippets.")
    ] = Per.snippet,
    text_field: TextField = "text",
    label_field: LabelField = "label",
    id_field: IdField = "id",
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
    topic_0, topic_1 and so on. The seed changes nothing here. Of sounds each snippet of 50 ms has a
    row, its id the file and its start in milliseconds (wren.wav#150), n_tokens and oov_rate are
    empty, and what a file has left at its end is in no snippet.

    Example: textsc encode news.model news.jsonl -o codes.parquet
    """
    from textsc.corpus.readers import open_corpus
    from textsc.corpus.rows import check_content
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
    reader = open_corpus(corpus, text_field=text_field, label_field=label_field, id_field=id_field)
    check_content(reader, encoder)
    _check_options(context, reader.content, corpus)
    tally = _Tally(noun=_noun(reader.content, per), nats=estimator.pair == "softmax")
    work = _Work(encoder, coder, n_threads=threads, shares=shares, per=per)
    with (
        _table(out, len(estimator.components_), as_json=as_json, force=force) as table,
        console.progress("encoding") as update,
    ):
        for rows in work.rows(reader, tally):
            tally.status.update(rows.status)
            table.write(rows)
            update(reader.fraction, f"{sum(tally.status.values()):,} {tally.noun}s")
    console.notes(tally.notes)
    console.notes(tally.problems)
    return _finish(tally, out, console, as_json=as_json)


def _check_options(context: typer.Context, content: str, corpus: str) -> None:
    refuse_given(context, _TEXT_ONLY if content == "sound" else ("per",), corpus=corpus, content=content)


def _noun(content: str, per: Per) -> str:
    if content == "text":
        return "document"
    return "file" if per is Per.clip else "snippet"


@dataclass
class _Tally:
    """What is said of a corpus when it is done."""

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
class _Work:
    """The way of a block from texts to rows of a table."""

    encoder: Any
    coder: Any
    n_threads: int | None
    shares: bool
    per: Per

    def rows(self, reader: Any, tally: _Tally) -> Iterator[CodeRows]:
        """Give the rows of the table block by block, in order, and tally what they were made of."""
        blocks = self._blocks(reader, tally)
        found = pool_clips(blocks) if self.per is Per.clip else (rows for rows, _ in blocks)
        for rows in found:
            yield _shared(rows) if self.shares else rows

    def _blocks(self, reader: Any, tally: _Tally) -> Iterator[tuple[CodeRows, list[str]]]:
        from textsc.corpus.dataset import stream_corpus
        from textsc.execution import count_threads, run_blocks
        from textsc.tables import CodeRows

        blocks = stream_corpus(reader, self.encoder)
        n_threads = count_threads(self.n_threads or -1)
        for data, codes in run_blocks(self._code, blocks, n_threads=n_threads):
            tally.add(data, codes)
            status = certified_status(data.status, codes)
            rows = CodeRows(data.ids, status, codes.gap, data.n_tokens, data.oov_rate, codes.W)
            yield rows, data.clips or []

    def _code(self, data: Any) -> tuple[Any, Any]:
        return data, self.coder(data.X)


def _shared(rows: CodeRows) -> CodeRows:
    """Divide the weights of each row by their sum."""
    import numpy as np

    total = rows.codes.sum(axis=1, keepdims=True)
    return replace(rows, codes=rows.codes / np.where(total > 0, total, 1))


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
