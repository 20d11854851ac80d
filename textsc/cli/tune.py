"""``textsc tune``: a model trained on labels, through its codes."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from textsc.cli.console import Console, counted, plural
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
from textsc.cli.steps import certified_status, read_with_progress, status_counts, write_model
from textsc.cli.streams import print_json, print_lines
from textsc.cli.tabling import needed_encoder
from textsc.cli.topics import split_model

if TYPE_CHECKING:
    from textsc.corpus.dataset import Dataset

__all__ = ["tune"]


def tune(
    context: typer.Context,
    model: Model,
    corpus: Corpus,
    out: Annotated[
        str,
        typer.Option("-o", "--out", metavar="OUT", show_default=False, help="Model file to write; - standard output."),
    ],
    target: Annotated[
        str,
        typer.Option(
            "--target",
            "--label-field",
            metavar="FIELD",
            help="Field that holds the class; sub-folders are classes of a folder.",
        ),
    ] = "label",
    epochs: Annotated[
        int, typer.Option(min=0, help="Passes over the labelled documents; 0 leaves the topics as they are.")
    ] = 4,
    learning_rate: Annotated[float, typer.Option(help="Step at the start; it falls to 0.")] = 0.01,
    text_field: TextField = "text",
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
    """Train a classifier and the topics beneath it on labelled documents.

    The topics move so that their weights tell the classes apart; documents without a label or
    without a known word take no part. The result is still a topic model, and predicts classes. With
    --device cuda codes are computed there; training runs on the CPU.

    Example: textsc tune news.model news.jsonl --target label -o tuned.model
    """
    import numpy as np

    from textsc.arrays import to_device
    from textsc.checkpoint import check_output
    from textsc.coding import PRIORS, LegendrePrior
    from textsc.corpus.rows import check_content
    from textsc.estimators import SparseCodingClassifier
    from textsc.store import load_model

    console = Console("tune", quiet=quiet)
    started = time.monotonic()
    if not 0 < learning_rate < 10:
        raise UsageProblem(f"--learning-rate must be above 0 and below 10, got {learning_rate}")
    out = "-" if out == "/dev/stdout" else out
    if out != "-":
        check_output(out, force=force)
        refuse_same_file(out, model, corpus, *([vocabulary] if vocabulary else []))
    to_device(np.zeros(1), device.value)
    encoder, estimator = split_model(load_model(model))
    encoder = needed_encoder(encoder, model)
    if epochs and not issubclass(PRIORS[estimator.prior], LegendrePrior):
        raise UsageProblem(
            f"{model} was fitted with --prior {estimator.prior}, under which codes have no derivative; fit it with kl "
            "or signed_kl, or leave the topics as they are with --epochs 0"
        )
    reader = open_given(context, corpus, label_field=target)
    check_content(reader, encoder)
    if reader.content == "sound":
        refuse_given(context, TEXT_ONLY, corpus=corpus, content=reader.content)
    data = read_with_progress(reader, encoder=encoder, console=console)
    rows, labels = _labelled(data, corpus, target)
    n_single = sum(n == 1 for n in Counter(labels.tolist()).values())
    if n_single:
        console.note(f"{plural(n_single, 'label')} of {target} with one example only: from one little is learned")
    tuned = SparseCodingClassifier(
        estimator.set_params(device=device.value),
        epochs=epochs,
        learning_rate=learning_rate,
        n_jobs=threads or -1,
        random_state=seed,
    )
    with console.progress("tuning") as update:
        codes = tuned._fit(data.X[rows], labels, report=lambda step: update(step.done / step.total, step.stage))
    write_model(tuned, out, encoder=encoder, force=force)
    console.note(f"done in {time.monotonic() - started:.1f} s")
    status = np.array(data.status, dtype=object)
    status[rows] = certified_status(status[rows].tolist(), codes)
    statuses = status_counts(status.tolist())
    accuracy = float(np.mean(tuned.classes_[tuned.probabilities(codes.W).argmax(axis=1)] == labels))
    if out != "-" or not quiet:
        _tell(tuned, data, statuses, len(rows), accuracy, out, as_json=as_json)
    return 5 if statuses["unreadable"] or statuses["not_converged"] else 0


def _labelled(data: Dataset, corpus: str, target: str) -> tuple[Any, Any]:
    """Give the numbers of the rows to learn from, and their labels."""
    import numpy as np

    known = data.y or [None] * len(data.ids)
    rows = [
        i
        for i, (label, status) in enumerate(zip(known, data.status, strict=True))
        if label and status in ("ok", "clipped")
    ]
    labels = np.array([known[i] for i in rows], dtype=str)
    classes = sorted(set(labels.tolist()))
    if len(classes) < 2:
        found = "none" if not classes else f"only {classes[0]!r}"
        raise UsageProblem(
            f"two classes are needed to learn from, but of the {len(data.ids):,} rows of {corpus} {len(rows):,} are "
            f"usable with a label ({found}); name the field that holds the class with --target (now {target})"
        )
    return np.array(rows), labels


def _tell(
    model: Any, data: Dataset, statuses: dict[str, int], n_labelled: int, accuracy: float, out: str, *, as_json: bool
) -> None:
    """Print the summary."""
    classes = [str(label) for label in model.classes_]
    if as_json:
        content = {
            "model": out,
            "n_documents": len(data.ids),
            "statuses": statuses,
            "n_labelled": n_labelled,
            "classes": classes,
            "training_accuracy": accuracy,
        }
        print_json(content, to_stderr=out == "-")
        return
    noun = "document" if data.clips is None else "snippet"
    place = "standard output" if out == "-" else out
    line = (
        f"{place}: {counted(statuses, noun=noun)}, {len(classes):,} classes learned from {plural(n_labelled, noun)}, "
        f"of which {100 * accuracy:.1f} % are told right (of new ones it will be fewer)"
    )
    print_lines([line], to_stderr=out == "-")
