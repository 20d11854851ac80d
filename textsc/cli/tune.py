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
from textsc.cli.soundoptions import Labels, MaxSnippets, draw_with_progress
from textsc.cli.steps import certified_status, read_with_progress, status_counts, write_model
from textsc.cli.streams import print_json, print_lines
from textsc.cli.tabling import needed_encoder
from textsc.cli.targets import Targets, find_targets, note_targets
from textsc.cli.topics import split_model

if TYPE_CHECKING:
    from textsc.corpus.dataset import Dataset

__all__ = ["tune"]

_SOUND_ONLY = ("max_snippets",)
_TEXT_ONLY = (*TEXT_ONLY, "self_taught")
# As for music: slower than for texts, of ratings longer too, and the spectra are still to be explained.
_OF_SOUNDS = {"epochs": 6, "learning_rate": 0.003, "unsupervised_weight": 1.0}
_HINTS = {
    "text": "name the field that holds the {what} with --target (now {target})",
    "sound": "put the files of each class into a folder of its own, or name a table with --labels FILE",
}


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
            help="Field that holds the class, or the rating; sub-folders are classes of a folder. Of sounds a column "
            "of --labels.",
        ),
    ] = "label",
    epochs: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Passes over the labelled documents; 0 leaves the topics as they are.",
            show_default="6, for ratings of texts 3",
        ),
    ] = None,
    learning_rate: Annotated[
        float | None,
        typer.Option(help="Step at the start; it falls to 0.", show_default="0.02, ratings 0.015, sounds 0.003"),
    ] = None,
    self_taught: Annotated[
        bool,
        typer.Option("--self-taught", help="Documents without a label are told one by the topics, and learned from."),
    ] = False,
    ratings: Annotated[
        bool, typer.Option("--ratings", help="The field holds numbers to predict, not classes.")
    ] = False,
    unsupervised_weight: Annotated[
        float | None,
        typer.Option(
            min=0,
            help="Weight of telling words beside telling labels; above 0 unlabelled documents take part.",
            show_default="0; for sounds 1, of labelled snippets",
        ),
    ] = None,
    text_field: TextField = "text",
    id_field: IdField = "id",
    encoding: Encoding = None,
    file_format: FileFormat = None,
    vocabulary: Vocabulary = None,
    labels: Labels = None,
    max_snippets: MaxSnippets = 32_768,
    as_json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
    force: Force = False,
    seed: Seed = 0,
    threads: Threads = None,
    device: Device = DeviceChoice.cpu,
) -> int:
    """Train a classifier, or with --ratings a regression, and the topics beneath it on labelled documents.

    Of texts each class gets two topics beside those of the model, and these move so that the weights of all tell the
    classes apart; with --ratings each tenth of the ratings gets one, high and low ratings one more each, and the topics
    of the model move. Of sounds the whole basis moves, and the classifier with it. Documents without a label take no
    part unless --self-taught or --unsupervised-weight says so, those without a known word none. With few labels
    --self-taught helps much. The result is still a topic model, and predicts. With --device cuda codes and topics are
    trained there.

    A snippet of a sound has the label of its file; a file without one, or without a row in --labels, is as a document
    without a label.

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
        refuse_same_file(out, model, corpus, *(name for name in (vocabulary, labels) if name))
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
    sounds = reader.content == "sound"
    if self_taught and ratings:
        raise UsageProblem("--self-taught is for classes; with --ratings leave it out")
    refuse_given(context, _TEXT_ONLY if sounds else _SOUND_ONLY, corpus=corpus, content=reader.content)
    if sounds:
        drawn = draw_with_progress(
            reader, encoder, most=max_snippets, seed=seed, console=console, labelled=not unsupervised_weight
        )
        for note in drawn.data.notes:
            console.note(note)
        data, others = drawn.data, drawn.statuses - Counter(drawn.data.status)
    else:
        data, others = read_with_progress(reader, encoder=encoder, console=console), Counter()
    labelled = find_targets(
        data,
        n_rows=len(data.ids) + others.total(),
        ratings=ratings,
        corpus=corpus,
        target=target,
        hint=_HINTS[reader.content].format(what="number" if ratings else "class", target=target),
    )
    if not ratings:
        note_targets(console, labelled, target)
    tuned = (SparseCodingRegressor if ratings else SparseCodingClassifier)(
        estimator.set_params(device=device.value), n_jobs=threads or -1, random_state=seed
    )
    chosen = {"epochs": epochs, "learning_rate": learning_rate, "unsupervised_weight": unsupervised_weight}
    tuned.set_params(**(_OF_SOUNDS if sounds else {}), **({} if ratings else {"self_taught": self_taught}))
    tuned.set_params(**{name: value for name, value in chosen.items() if value is not None})
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
    statuses = status_counts([*status.tolist(), *others.elements()])
    if out != "-" or not quiet:
        _tell(tuned, data, statuses, labelled, codes.W, out, as_json=as_json)
    return 5 if statuses["unreadable"] or statuses["not_converged"] else 0


def _tell(
    model: Any, data: Dataset, statuses: dict[str, int], labelled: Targets, W: Any, out: str, *, as_json: bool
) -> None:
    """Print the summary."""
    content: dict[str, Any] = {"model": out, "n_documents": sum(statuses.values()), "statuses": statuses}
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
