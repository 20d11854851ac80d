"""``textsc predict``: the classes or the ratings of documents, streamed into a table."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from textsc.cli.console import Console
from textsc.cli.errors import UsageProblem
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
from textsc.cli.topics import model_parts

if TYPE_CHECKING:
    from textsc.layout import Field, Rows
    from textsc.tables import PredictionRows, ValueRows

__all__ = ["predict"]


def predict(
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
            help="Table to write: .csv, .jsonl, .npz or .parquet; - writes CSV on standard output, JSON lines with "
            "--json.",
        ),
    ],
    per: Annotated[
        Per,
        typer.Option(
            help="Of sounds: a row for each snippet, or for each file, told by the sum of the log-probabilities of its "
            "snippets."
        ),
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
    """Write the class of every document and its probability, or its rating, one row in, one row out.

    The model is one that textsc tune made. The columns are id, status, prediction and, for classes, p_CLASS for each
    class. A document without a known word is predicted from the prior alone; its status says so. Of sounds each snippet
    is predicted; with --per clip p_CLASS is the geometric mean over the snippets of a file, silent ones left out
    where there are others. The seed changes nothing here.

    Example: textsc predict tuned.model news.jsonl -o labels.csv
    """
    from textsc.corpus.rows import check_content
    from textsc.store import load_model

    console = Console("predict", quiet=quiet)
    out = "-" if out == "/dev/stdout" else out
    check_table(out, force=force)
    refuse_same_file(out, model, corpus, *([vocabulary] if vocabulary else []))
    encoder, estimator = model_parts(load_model(model))
    fields, rows_of = _prediction(estimator, model)
    encoder = needed_encoder(encoder, model)
    coder = estimator.model_.set_params(device=device.value).coder()
    reader = open_given(context, corpus)
    check_content(reader, encoder)
    sounds = reader.content == "sound"
    refuse_given(context, TEXT_ONLY if sounds else ("per",), corpus=corpus, content=reader.content)
    noun = "document" if not sounds else "file" if per is Per.clip else "snippet"
    tally = Tally(noun=noun, nats=estimator.model_.pair == "softmax")
    blocks = coded_blocks(reader, encoder, coder, tally, n_threads=threads)
    pairs: Any = ((rows_of(estimator, block), block.data.clips or []) for block in blocks)
    classes = [str(label) for label in getattr(estimator, "classes_", ())]
    with (
        open_table(out, fields, as_json=as_json, force=force) as table,
        console.progress("predicting") as update,
    ):
        for rows in pool_clips(pairs, classes=classes) if per is Per.clip else (rows for rows, _ in pairs):
            tally.status.update(rows.status)
            table.write(rows)
            update(reader.fraction, f"{sum(tally.status.values()):,} {noun}s")
    return finish(tally, out, console, as_json=as_json)


def _prediction(estimator: Any, model: Any) -> tuple[tuple[Field, ...], Callable[[Any, Coded], Rows]]:
    """Give the columns of a table for what a model predicts, and what fills them."""
    from textsc.estimators import SparseCodingClassifier, SparseCodingRegressor
    from textsc.tables import prediction_fields, value_fields

    if isinstance(estimator, SparseCodingRegressor) and estimator.coef_.ndim == 1:
        return value_fields(), _values
    if isinstance(estimator, SparseCodingClassifier) and not estimator.several_labels:
        return prediction_fields([str(label) for label in estimator.classes_]), _classes
    if isinstance(estimator, SparseCodingClassifier | SparseCodingRegressor):
        raise UsageProblem(f"{model} predicts more than one value a document; use it from Python")
    raise UsageProblem(f"{model} predicts no classes; make a model that does with: textsc tune {model} CORPUS")


def _classes(classifier: Any, block: Coded) -> PredictionRows:
    from textsc.tables import PredictionRows

    probabilities = classifier.probabilities(block.codes.W)
    best = probabilities.argmax(axis=1)
    labels = [str(label) for label in classifier.classes_[best]]
    return PredictionRows(block.data.ids, block.status, labels, probabilities)


def _values(regressor: Any, block: Coded) -> ValueRows:
    from textsc.tables import ValueRows

    return ValueRows(block.data.ids, block.status, regressor.values(block.codes.W))
