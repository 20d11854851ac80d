"""``textsc tune``: a model trained on labels, through its codes."""

from __future__ import annotations

import math
import re
import time
from collections import Counter
from dataclasses import dataclass
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

_MANY = 20  # different numbers are hardly classes


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
            help="Field that holds the class, or the rating; sub-folders are classes of a folder.",
        ),
    ] = "label",
    epochs: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Passes over the labelled documents; 0 leaves the topics as they are.",
            show_default="4, for ratings 3",
        ),
    ] = None,
    learning_rate: Annotated[
        float | None,
        typer.Option(help="Step at the start; it falls to 0.", show_default="0.01, for ratings 0.015"),
    ] = None,
    self_taught: Annotated[
        bool,
        typer.Option("--self-taught", help="Documents without a label are told one by the topics, and learned from."),
    ] = False,
    ratings: Annotated[
        bool, typer.Option("--ratings", help="The field holds numbers to predict, not classes.")
    ] = False,
    unsupervised_weight: Annotated[
        float,
        typer.Option(
            min=0, help="Weight of telling words beside telling labels; above 0 unlabelled documents take part."
        ),
    ] = 0.0,
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
    """Train a classifier, or with --ratings a regression, and the topics beneath it on labelled documents.

    Each class, or each tenth of the ratings, gets a topic of its own beside those of the model, and the topics move so
    that their weights tell the classes apart. Documents without a label take no part unless --self-taught or
    --unsupervised-weight says so, those without a known word none. With few labels --self-taught helps much. The result
    is still a topic model, and predicts. With --device cuda codes are computed there; training runs on the CPU.

    Example: textsc tune news.model news.jsonl --target label -o tuned.model
    """
    import numpy as np

    from textsc.arrays import to_device
    from textsc.checkpoint import check_output
    from textsc.coding import PRIORS, LegendrePrior
    from textsc.corpus.rows import check_content
    from textsc.estimators import SparseCodingClassifier, SparseCodingRegressor
    from textsc.store import load_model

    console = Console("tune", quiet=quiet)
    started = time.monotonic()
    if learning_rate is not None and not 0 < learning_rate < 10:
        raise UsageProblem(f"--learning-rate must be above 0 and below 10, got {learning_rate}")
    out = "-" if out == "/dev/stdout" else out
    if out != "-":
        check_output(out, force=force)
        refuse_same_file(out, model, corpus, *([vocabulary] if vocabulary else []))
    to_device(np.zeros(1), device.value)
    encoder, estimator = split_model(load_model(model))
    encoder = needed_encoder(encoder, model)
    if epochs != 0 and not issubclass(PRIORS[estimator.prior], LegendrePrior):
        raise UsageProblem(
            f"{model} was fitted with --prior {estimator.prior}, under which codes have no derivative; fit it with kl "
            "or signed_kl, or leave the topics as they are with --epochs 0"
        )
    reader = open_given(context, corpus, label_field=target)
    check_content(reader, encoder)
    if reader.content == "sound":
        refuse_given(context, TEXT_ONLY, corpus=corpus, content=reader.content)
    data = read_with_progress(reader, encoder=encoder, console=console)
    if self_taught and ratings:
        raise UsageProblem("--self-taught is for classes; with --ratings leave it out")
    labelled = _rated(data, corpus, target) if ratings else _labelled(data, corpus, target)
    _note_target(console, labelled, target, ratings=ratings)
    tuned = (SparseCodingRegressor if ratings else SparseCodingClassifier)(
        estimator.set_params(device=device.value),
        unsupervised_weight=unsupervised_weight,
        n_jobs=threads or -1,
        random_state=seed,
    )
    given = {"epochs": epochs, "learning_rate": learning_rate}
    tuned.set_params(**{name: value for name, value in given.items() if value is not None})
    if not ratings:
        tuned.set_params(self_taught=self_taught)
    takes_part = len(labelled.others) and (self_taught or unsupervised_weight)
    with console.progress("tuning") as update:
        codes = tuned._fit(
            data.X[labelled.rows],
            labelled.targets,
            unlabelled=data.X[labelled.others] if takes_part else None,
            report=lambda step: update(step.done / step.total, step.stage),
        )
    write_model(tuned, out, encoder=encoder, force=force)
    console.note(f"done in {time.monotonic() - started:.1f} s")
    status = np.array(data.status, dtype=object)
    status[labelled.rows] = certified_status(status[labelled.rows].tolist(), codes)
    statuses = status_counts(status.tolist())
    if out != "-" or not quiet:
        _tell(tuned, data, statuses, labelled, codes.W, out, as_json=as_json)
    return 5 if statuses["unreadable"] or statuses["not_converged"] else 0


@dataclass(frozen=True)
class _Targets:
    """The rows to learn from with what is to be told of them, and the rows without a label."""

    rows: Any
    targets: Any
    others: Any


def _usable(data: Dataset) -> tuple[list[int], list[int], list[str]]:
    """Give the rows with a label, those without, and the labels of the first."""
    known = data.y or [None] * len(data.ids)
    usable = [i for i, status in enumerate(data.status) if status in ("ok", "clipped")]
    rows = [i for i in usable if known[i]]
    return rows, [i for i in usable if not known[i]], [str(known[i]) for i in rows]


def _rated(data: Dataset, corpus: str, target: str) -> _Targets:
    """Give what there is to learn ratings from."""
    import numpy as np

    rows, others, labels = _usable(data)
    values = []
    for row, label in zip(rows, labels, strict=True):
        try:
            values.append(float(label))
        except ValueError:
            values.append(math.nan)
        if not math.isfinite(values[-1]):
            raise UsageProblem(
                f"--ratings needs a number in the field {target} of {corpus}, but document {data.ids[row]!r} has "
                f"{label!r}; without --ratings it is taken as a class"
            )
    if len(set(values)) < 2:
        raise UsageProblem(
            f"two different ratings are needed to learn from, but of the {len(data.ids):,} rows of {corpus} "
            f"{len(rows):,} are usable with a number; name the field that holds it with --target (now {target})"
        )
    return _Targets(np.array(rows), np.array(values), np.array(others, dtype=int))


def _note_target(console: Console, labelled: _Targets, target: str, *, ratings: bool) -> None:
    if ratings:
        return
    counts = Counter(labelled.targets.tolist())
    n_single = sum(n == 1 for n in counts.values())
    if n_single:
        console.note(f"{plural(n_single, 'label')} of {target} with one example only: from one little is learned")
    if len(counts) > _MANY and all(re.fullmatch(r"[-+]?\d+([.,]\d+)?", label) for label in counts):
        console.note(f"{target} holds {len(counts):,} different numbers and is taken as classes; see --ratings")


def _labelled(data: Dataset, corpus: str, target: str) -> _Targets:
    """Give what there is to learn classes from."""
    import numpy as np

    rows, others, labels = _usable(data)
    classes = sorted(set(labels))
    if len(classes) < 2:
        found = "none" if not classes else f"only {classes[0]!r}"
        raise UsageProblem(
            f"two classes are needed to learn from, but of the {len(data.ids):,} rows of {corpus} {len(rows):,} are "
            f"usable with a label ({found}); name the field that holds the class with --target (now {target})"
        )
    return _Targets(np.array(rows), np.array(labels, dtype=str), np.array(others, dtype=int))


def _tell(
    model: Any, data: Dataset, statuses: dict[str, int], labelled: _Targets, W: Any, out: str, *, as_json: bool
) -> None:
    """Print the summary."""
    content: dict[str, Any] = {"model": out, "n_documents": len(data.ids), "statuses": statuses}
    content["n_labelled"] = n_labelled = len(labelled.rows)
    noun = "document" if data.clips is None else "snippet"
    if hasattr(model, "classes_"):
        told = model.classes_[model.probabilities(W).argmax(axis=1)] == labelled.targets
        content["classes"] = [str(label) for label in model.classes_]
        content["training_accuracy"] = accuracy = float(told.mean())
        learned = f"{len(model.classes_):,} classes learned from {plural(n_labelled, noun)}, of which "
        learned += f"{100 * accuracy:.1f} % are told right (of new ones it will be fewer)"
    else:
        wrong = ((model.values(W) - labelled.targets) ** 2).mean() / labelled.targets.var()
        content["training_r2"] = float(1 - wrong)
        learned = f"ratings learned from {plural(n_labelled, noun)}, R² {1 - wrong:.2f} on these (on new ones less)"
    if as_json:
        print_json(content, to_stderr=out == "-")
        return
    place = "standard output" if out == "-" else out
    print_lines([f"{place}: {counted(statuses, noun=noun)}, {learned}"], to_stderr=out == "-")
