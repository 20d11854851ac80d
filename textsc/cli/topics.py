"""``textsc topics``: the topics of a model as words."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Annotated, Any

import typer

from textsc.cli.console import Console, counted, number, shown_gap
from textsc.cli.errors import UsageProblem
from textsc.cli.examples import Strongest, example_lines
from textsc.cli.options import (
    TEXT_ONLY,
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
    OptionalCorpus,
    Quiet,
    Seed,
    TextField,
    Threads,
    Vocabulary,
    given_options,
    open_given,
    refuse_given,
)
from textsc.cli.steps import status_counts
from textsc.cli.streams import print_json, print_lines
from textsc.cli.tabling import Tally, coded_blocks, needed_encoder
from textsc.cli.watched import WatchedReader

if TYPE_CHECKING:
    from textsc.corpus.records import Reader

__all__ = ["describe_topics", "model_parts", "split_model", "topic_lines", "topics"]

_BEST_WORDS = 10  # those that exclusivity and coherence are of


def topics(
    context: typer.Context,
    model: Model,
    corpus: OptionalCorpus = None,
    words: Annotated[int, typer.Option(min=1, help="Words a topic.")] = 10,
    documents: Annotated[int, typer.Option(min=1, help="Strongest documents a topic; with CORPUS.")] = 3,
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
    """Show the topics of a model as words, the most prevalent first; those of sounds as their highest peaks.

    share is the part of the training tokens that falls to a topic; coherence how much its ten best words keep
    together in the training documents, from -1 to 1 (NPMI); exclusivity how far they are its own, up to 1. With CORPUS
    the documents that are most about each topic follow, each with the topic's share of it and the passage that says
    most of it. With --json topics are in the order of their ids, with the score of each word. --force and --seed
    change nothing here, nor do --threads and --device without CORPUS.

    Example: textsc topics news.model news.jsonl --documents 2
    """
    from textsc.store import load_model

    console = Console("topics", quiet=quiet)
    if corpus is None:
        for option in given_options(context, ("documents", *TEXT_ONLY)):
            raise UsageProblem(
                f"{option} is about a corpus, and none is given; name it after the model, or leave it out"
            )
    loaded = load_model(model)
    encoder, estimator = split_model(loaded)
    found = describe_topics(loaded, n_words=words)
    content = getattr(encoder, "content", "text")
    if corpus is None:
        if as_json:
            print_json({"topics": found})
        else:
            print_lines(topic_lines(found, content=content))
        return 0
    estimator.set_params(device=device.value)
    encoder = needed_encoder(encoder, model)
    reader = open_given(context, corpus)
    if reader.content == "sound":
        refuse_given(context, TEXT_ONLY, corpus=corpus, content=reader.content)
    tally = Tally(noun="document" if reader.content == "text" else "snippet", nats=estimator.pair == "softmax")
    _add_documents(found, documents, reader, encoder, estimator, tally, console, n_threads=threads)
    statuses = status_counts(list(tally.status.elements()))
    if as_json:
        summary = {"n_documents": tally.n_coded, "statuses": statuses, "max_gap": number(tally.max_gap)}
        print_json({**summary, "topics": found})
    else:
        print_lines(topic_lines(found, content=content))
        gap = shown_gap(tally.max_gap) if tally.nats else shown_gap(tally.max_gap, unit="")
        console.note(f"{counted(statuses, noun=tally.noun)}, largest gap {gap}")
    return 5 if statuses["unreadable"] or statuses["not_converged"] else 0


def _add_documents(
    found: list[dict[str, Any]],
    n_documents: int,
    reader: Reader,
    encoder: Any,
    estimator: Any,
    tally: Tally,
    console: Console,
    *,
    n_threads: int | None,
) -> None:
    """Read a corpus, and put the strongest documents of each topic beside its words."""
    from textsc.corpus.rows import check_content

    check_content(reader, encoder)
    coder = estimator.coder()
    strongest = Strongest(estimator, n_documents)
    texts: deque[str | None] = deque()  # of the blocks at work
    has_texts = reader.content == "text"
    watched = WatchedReader(reader, lambda record: texts.append(record.text)) if has_texts else reader
    with console.progress("reading") as update:
        for block in coded_blocks(watched, encoder, coder, tally, n_threads=n_threads):
            tally.status.update(block.status)
            strongest.add(block, [texts.popleft() if has_texts else None for _ in block.data.ids])
            update(reader.fraction, f"{tally.n_coded:,} {tally.noun}s")
    console.notes(tally.notes)
    console.notes(tally.problems)
    table = encoder.word_table() if has_texts else None
    for topic in found:
        topic["documents"] = strongest.documents(topic["id"], table)


def describe_topics(model: Any, *, n_words: int, encoder: Any | None = None) -> list[dict[str, Any]]:
    """Describe the topics of a model in plain values.

    Parameters
    ----------
    model : SparseCoding or Pipeline
        Fitted; words are named where it has an encoder or the names of its columns, else
        ``feature 17``.
    n_words : int
        Words a topic, or at most so many frequencies.
    encoder : TextCounts or SoundSpectra, optional
        Names the words; by default the model's own. The words of a topic of sounds are the
        frequencies of its highest peaks, the scores their heights.

    Returns
    -------
    list of dict
        ``id``, ``words`` (best first), ``scores``, ``prevalence``, ``coherence`` and ``exclusivity``
        of each topic; the last two None where they are not known, as of sounds. Of a tuned model also
        ``coefficients``: what a standard deviation more of the topic adds to the log-odds of each class, less the mean
        over classes; or ``coefficient``: what it adds to the rating.
    """
    import numpy as np

    from textsc.topics import exclusivity, spectral_peaks

    head = model_parts(model)[1]
    its_own, model = split_model(model)
    encoder = its_own if encoder is None else encoder
    sound = getattr(encoder, "content", "text") == "sound"
    scores = model.components_ if sound else model.topic_word_scores_
    known = getattr(model, "feature_names_in_", None) if encoder is None else encoder.get_feature_names_out()
    names = [f"feature {v}" for v in range(scores.shape[1])] if known is None else [str(name) for name in known]
    best = spectral_peaks(scores, n_words) if sound else np.argsort(-scores, axis=1, kind="stable")[:, :n_words]
    coherence = getattr(model, "coherence_", None)
    own = None if sound or model.pair != "softmax" else exclusivity(model.topic_word_, scores, n_words=_BEST_WORDS)
    return [
        {
            "id": k,
            "words": [names[v] for v in row],
            "scores": [float(scores[k, v]) for v in row],
            "prevalence": float(model.prevalence_[k]),
            "coherence": None if coherence is None else float(coherence[k]),
            "exclusivity": None if own is None else float(own[k]),
            **_speaks_for(head, k),
        }
        for k, row in enumerate(best)
    ]


def _speaks_for(head: Any, topic: int) -> dict[str, Any]:
    """Say what a topic of a tuned model speaks for."""
    coefficients = getattr(head, "coef_", None)
    if coefficients is None:
        return {}
    if not hasattr(head, "classes_"):
        return {"coefficient": float(coefficients.T[topic])} if coefficients.ndim == 1 else {}
    column = coefficients[:, topic]
    centred = column if head.several_labels else column - column.mean()
    return {"coefficients": {str(label): float(value) for label, value in zip(head.classes_, centred, strict=True)}}


def split_model(model: Any) -> tuple[Any | None, Any]:
    """Give the encoder (None where there is none) and the topic model of a loaded model.

    Parameters
    ----------
    model : estimator or Pipeline
        As from `textsc.store.load_model`.

    Returns
    -------
    encoder, topic_model
        The two; of a classifier the topics beneath it.
    """
    encoder, estimator = model_parts(model)
    return encoder, getattr(estimator, "model_", estimator)


def model_parts(model: Any) -> tuple[Any | None, Any]:
    """Give the encoder (None where there is none) and the estimator of a loaded model.

    Parameters
    ----------
    model : estimator or Pipeline
        As from `textsc.store.load_model`.

    Returns
    -------
    encoder, estimator
        The two.
    """
    steps = getattr(model, "steps", None)
    if steps is not None:
        return steps[0][1], steps[-1][1]
    return getattr(model, "encoder_", None), model


def topic_lines(found: list[dict[str, Any]], *, content: str = "text") -> list[str]:
    """Lay topics out as a table, the most prevalent first.

    Parameters
    ----------
    found : list of dict
        As from `describe_topics`.
    content : {"text", "sound"}
        What the topics are of.

    Returns
    -------
    list of str
        Lines.

    Examples
    --------
    >>> topic_lines([{"id": 0, "prevalence": 0.25, "words": ["fire", "smoke"]}])
    ['topic   share  words', '    0  25.0 %  fire smoke']
    """
    ordered = sorted(found, key=lambda topic: (-topic["prevalence"], topic["id"]))
    noun, between = ("highest peaks", ", ") if content == "sound" else ("words", " ")
    # Where the vocabulary has n-grams, their spaces do not part them.
    if any(" " in word for topic in found for word in topic["words"]):
        between = ", "
    columns = [name for name in ("coherence", "exclusivity") if any(topic.get(name) is not None for topic in found)]
    spoken = {topic["id"]: _spoken(topic) for topic in found}
    width = max([len("speaks for"), *map(len, spoken.values())])
    for_what = [f"{'speaks for':{width}}"] if any(spoken.values()) else []
    lines = ["  ".join(["topic   share", *columns, *for_what, noun])]
    for topic in ordered:
        values = [f"{_shown(topic[name]):>{len(name)}}" for name in columns]
        values += [f"{spoken[topic['id']]:{width}}"] if for_what else []
        cells = [f"{topic['id']:5}  {100 * topic['prevalence']:4.1f} %", *values, between.join(topic["words"])]
        lines += ["  ".join(cells), *example_lines(topic.get("documents", []))]
    return lines


def _spoken(topic: dict[str, Any]) -> str:
    """Give the class that a topic speaks for most, or what it adds to the rating."""
    if "coefficient" in topic:
        return f"{topic['coefficient']:+.2f}"
    if "coefficients" not in topic:
        return ""
    label, value = max(topic["coefficients"].items(), key=lambda item: item[1])
    return f"{label} {value:+.2f}"


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
