"""``textsc encode``: the codes of a corpus, streamed into a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from textsc.cli.console import Console
from textsc.cli.options import (
    TEXT_ONLY,
    Corpus,
    Debug,
    Device,
    DeviceChoice,
    Encoding,
    FileFormat,
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
    open_given,
    refuse_given,
    refuse_same_file,
)
from textsc.cli.pooling import pool_clips
from textsc.cli.soundoptions import Per
from textsc.cli.tabling import Coded, Tally, check_table, coded_blocks, finish, needed_encoder, open_table
from textsc.cli.topics import split_model

if TYPE_CHECKING:
    from textsc.tables import CodeRows

__all__ = ["encode"]


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
    shares: Annotated[
        bool, typer.Option("--shares", help="Divide the weights of each document by the sum of their sizes.")
    ] = False,
    per: Annotated[
        Per, typer.Option(help="Of sounds: a row for each snippet, or for each file with the mean of its snippets.")
    ] = Per.snippet,
    text_field: TextField = "text",
    label_field: LabelField = "label",
    id_field: IdField = "id",
    encoding: Encoding = None,
    file_format: FileFormat = None,
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
    topic_0, topic_1 and so on. The seed changes nothing here. Of sounds each snippet has a
    row, its id the file and its start in milliseconds (wren.wav#150), n_tokens and oov_rate are
    empty, and what a file has left at its end is in no snippet.

    Example: textsc encode news.model news.jsonl -o codes.parquet
    """
    from textsc.corpus.rows import check_content
    from textsc.store import load_model
    from textsc.tables import code_fields

    console = Console("encode", quiet=quiet)
    out = "-" if out == "/dev/stdout" else out
    check_table(out, force=force)
    refuse_same_file(out, model, corpus, *([vocabulary] if vocabulary else []))
    encoder, estimator = split_model(load_model(model))
    encoder = needed_encoder(encoder, model)
    coder = estimator.set_params(device=device.value).coder()
    reader = open_given(context, corpus)
    check_content(reader, encoder)
    _check_options(context, reader.content, corpus)
    tally = Tally(noun=_noun(reader.content, per), nats=estimator.pair == "softmax")
    blocks = coded_blocks(reader, encoder, coder, tally, n_threads=threads)
    with (
        open_table(out, code_fields(len(estimator.components_)), as_json=as_json, force=force) as table,
        console.progress("encoding") as update,
    ):
        for rows in _found_rows(blocks, per=per, shares=shares):
            tally.status.update(rows.status)
            table.write(rows)
            update(reader.fraction, f"{sum(tally.status.values()):,} {tally.noun}s")
    return finish(tally, out, console, as_json=as_json)


def _check_options(context: typer.Context, content: str, corpus: str) -> None:
    refuse_given(context, TEXT_ONLY if content == "sound" else ("per",), corpus=corpus, content=content)


def _noun(content: str, per: Per) -> str:
    if content == "text":
        return "document"
    return "file" if per is Per.clip else "snippet"


def _found_rows(blocks: Iterator[Coded], *, per: Per, shares: bool) -> Iterator[CodeRows]:
    """Give the rows of the table block by block, in order."""
    pairs = ((_rows(block), block.data.clips or []) for block in blocks)
    found: Any = pool_clips(pairs) if per is Per.clip else (rows for rows, _ in pairs)
    for rows in found:
        yield _shared(rows) if shares else rows


def _rows(block: Coded) -> CodeRows:
    from textsc.tables import CodeRows

    data, codes = block.data, block.codes
    return CodeRows(data.ids, block.status, codes.gap, data.n_tokens, data.oov_rate, codes.W)


def _shared(rows: CodeRows) -> CodeRows:
    """Divide the weights of each row by their sum, of their sizes where weights have signs."""
    import numpy as np

    total = np.abs(rows.codes).sum(axis=1, keepdims=True)
    return replace(rows, codes=rows.codes / np.where(total > 0, total, 1))
