"""``textsc evaluate``: measures of a model on a corpus, or of anybody's topics."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from textsc.cli.choices import list_languages
from textsc.cli.console import Console, counted, number, plural, shown_gap, shown_pairs
from textsc.cli.errors import UsageProblem
from textsc.cli.measuring import (
    classes_of,
    clip_accuracy,
    codes_of,
    completion_perplexity,
    labelled_rows,
    read_measured,
)
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
from textsc.cli.soundoptions import Labels
from textsc.cli.steps import certified_status, read_with_progress, status_counts
from textsc.cli.streams import print_json, print_lines
from textsc.cli.tabling import needed_encoder
from textsc.cli.topics import describe_topics, model_parts
from textsc.cli.words import encoder_of_words

__all__ = ["evaluate"]

_OF_TOPICS_FILE = ("language", "stop_words")
_SHOWN_WORDS = 10
# Measures of coherence, as they are shown, and what they are counted in.
_COHERENCE = {
    "c_npmi": "windows of 10 words",
    "c_v": "windows of 110 words",
    "c_uci": "windows of 10 words",
    "npmi": "documents",
    "u_mass": "documents",
}


def evaluate(
    context: typer.Context,
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL",
            show_default=False,
            help="A model file from textsc fit or textsc tune; with --topics-file leave it out.",
        ),
    ],
    corpus: OptionalCorpus = None,
    topics_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            show_default=False,
            help="Topics of anybody, without a model: a topic a line, JSON (as from textsc topics --json), or a table; "
            "- is standard input.",
        ),
    ] = None,
    words: Annotated[int, typer.Option(min=2, help="Words of each topic that are judged.")] = 10,
    language: Annotated[
        str | None,
        typer.Option(
            metavar="LANGUAGE|list",
            callback=list_languages,
            is_eager=True,
            show_default="english",
            help="With --topics-file: language of the texts, as for textsc fit.",
        ),
    ] = None,
    stop_words: Annotated[
        str | None,
        typer.Option(
            metavar="auto|none|LANGUAGE|FILE",
            show_default="auto",
            help="With --topics-file: words that take no place in the windows of coherence, as for textsc fit.",
        ),
    ] = None,
    text_field: TextField = "text",
    label_field: LabelField = "label",
    id_field: IdField = "id",
    encoding: Encoding = None,
    file_format: FileFormat = None,
    vocabulary: Vocabulary = None,
    labels: Labels = None,
    as_json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
    force: Force = False,
    seed: Seed = 0,
    threads: Threads = None,
    device: Device = DeviceChoice.cpu,
) -> int:
    """Measure a model on a corpus: held-out perplexity, coherence and diversity of its topics, certificates.

    Perplexity is that of the half of each document's tokens that was not coded (document completion; --seed draws
    the halves). Coherence is that of the ten best words in CORPUS itself, with gensim's definitions, and npmi by
    documents, where a pair that is never together counts -1. Where CORPUS has labels, a model shows how often a random
    half of the documents finds its labels among the nearest 2 % of the other (cosine of the weights); one from textsc
    tune how often it is right, of sounds by snippet and by file. The counts of all documents are kept in memory, the
    texts are not. --force changes nothing here.

    Example: textsc evaluate news.model test.jsonl
    """
    console = Console("evaluate", quiet=quiet)
    if topics_file is not None:
        if corpus is not None:
            raise UsageProblem(f"with --topics-file only CORPUS is named, but there are two: {model} and {corpus}")
        return _judge_topics(
            context, topics_file, model, n_words=words, language=language, stop_words=stop_words, console=console
        )
    if corpus is None:
        raise UsageProblem(
            "a corpus is missing: name it after the model, as in textsc evaluate news.model test.jsonl; "
            "with --topics-file FILE it is named alone"
        )
    for option in given_options(context, _OF_TOPICS_FILE):
        raise UsageProblem(f"{option} is for --topics-file; a model has its own words; leave it out")
    return _judge_model(context, model, corpus, n_words=words, console=console)


def _judge_model(context: typer.Context, model: str, corpus: str, *, n_words: int, console: Console) -> int:
    from textsc.corpus.rows import check_content
    from textsc.store import load_model

    given = context.params
    encoder, estimator = model_parts(load_model(model))
    encoder = needed_encoder(encoder, model)
    topic_model = getattr(estimator, "model_", estimator)
    topic_model.set_params(device=given["device"].value, n_jobs=given["threads"] or -1)
    topic_model.coder()  # a missing device is said before any work
    reader = open_given(context, corpus)
    check_content(reader, encoder)
    if reader.content == "sound":
        refuse_given(
            context, [name for name in TEXT_ONLY if name != "label_field"], corpus=corpus, content=reader.content
        )
        data = read_with_progress(reader, encoder=encoder, console=console)
        content = _topics_content([], None)
    else:
        topics = [topic["words"] for topic in describe_topics(topic_model, n_words=n_words, encoder=encoder)]
        data, measured = read_measured(reader, encoder, topics, n_words=n_words, console=console)
        content = _topics_content(topics, measured)
    codes = codes_of(topic_model, data.X, label="coding", console=console)
    statuses = status_counts(certified_status(data.status, codes))
    max_gap = float(codes.gap.max(initial=0.0))
    found = {
        "model": model,
        "n_documents": len(data.ids),
        "statuses": statuses,
        "n_not_converged": statuses["not_converged"],
        "max_gap": number(max_gap),
        **_fit_content(topic_model, data, codes, seed=given["seed"], console=console),
        **_label_content(estimator, data, codes, seed=given["seed"]),
        **content,
    }
    noun = "document" if reader.content == "text" else "snippet"
    gap = shown_gap(max_gap, unit=" nats per token" if topic_model.pair == "softmax" else "")
    _print(found, f"{model}: {counted(statuses, noun=noun)}, largest gap {gap}", as_json=given["as_json"])
    return 5 if statuses["unreadable"] or statuses["not_converged"] else 0


def _fit_content(model: Any, data: Any, codes: Any, *, seed: int, console: Console) -> dict[str, Any]:
    """Say how well a model explains the rows."""
    from textsc.evaluation.assessment import explained_share

    if model.pair == "softmax":
        perplexity = completion_perplexity(model, data.X, seed=seed, console=console)
        return {"perplexity": number(perplexity), "explained_share": None}
    share = explained_share(data.X, codes.W, model.components_, unit=model.unit_)
    console.note(
        "perplexity is of tokens under the softmax pair; of this model it is said how much of the rows it explains"
    )
    return {"perplexity": None, "explained_share": share}


def _label_content(estimator: Any, data: Any, codes: Any, *, seed: int) -> dict[str, Any]:
    """Say what the codes tell of the labels, where there are any."""
    from textsc.evaluation.assessment import retrieval_between_halves

    labelled = labelled_rows(data)
    found: dict[str, Any] = dict.fromkeys(("retrieval_precision", "accuracy", "log_loss", "clip_accuracy"))
    if hasattr(estimator, "classes_") and labelled.labels:
        classes = classes_of(estimator, codes.W, labelled)
        found |= {"accuracy": classes.accuracy, "log_loss": number(classes.log_loss)}
        found["clip_accuracy"] = clip_accuracy(estimator, data, codes.W, labelled)
    elif len(set(labelled.labels)) > 1 and data.clips is None:
        # Of sounds a snippet would find its neighbours of the same file.
        found["retrieval_precision"] = retrieval_between_halves(codes.W[labelled.rows], labelled.labels, seed=seed)
    return {"n_labelled": len(labelled.labels), **found}


def _judge_topics(
    context: typer.Context,
    topics_file: Path,
    corpus: str,
    *,
    n_words: int,
    language: str | None,
    stop_words: str | None,
    console: Console,
) -> int:
    from textsc.corpus.bags.bagreader import BagReader
    from textsc.corpus.words.tokens import normalise
    from textsc.evaluation import read_topics

    if str(topics_file) == "-" == corpus:
        raise UsageProblem("--topics-file and CORPUS are both -, and standard input is read once; give a file for one")
    topics = read_topics(sys.stdin.buffer if str(topics_file) == "-" else topics_file)
    reader = open_given(context, corpus)
    if reader.content == "sound":
        raise UsageProblem(f"{corpus} holds sounds, and topics are judged by words; give a corpus of texts")
    encoder = None
    if not isinstance(reader, BagReader):
        topics = [[normalise(word) for word in topic] for topic in topics]
        every = {word for topic in topics for word in topic[:n_words]}
        encoder = encoder_of_words(every, language=language, stop_words=stop_words)
    data, measured = read_measured(reader, encoder, topics, n_words=n_words, console=console)
    n_unreadable = data.status.count("unreadable")
    content = {
        "topics_file": str(topics_file),
        "n_documents": len(data.ids),
        "n_unreadable": n_unreadable,
        **_topics_content(topics, measured, n_words=n_words),
    }
    head = f"{topics_file}: {plural(len(topics), 'topic')} on {plural(len(data.ids), 'document')}"
    _print(content, head, as_json=context.params["as_json"])
    return 5 if n_unreadable else 0


def _topics_content(topics: Any, measured: Any | None, *, n_words: int | None = None) -> dict[str, Any]:
    """Give the measures of topics as plain values, all of them null where there are no words."""
    values: dict[str, Any] = {} if measured is None else measured.coherence
    return {
        **{name: float(values[name].mean()) if name in values else None for name in _COHERENCE},
        "diversity": None if measured is None else measured.diversity,
        "inverted_rbo": None if measured is None else measured.inverted_rbo,
        "duplicates": [] if measured is None else [list(pair) for pair in measured.duplicates],
        "absent_words": [] if measured is None else list(measured.absent),
        "topics": [
            {
                "id": k,
                "words": list(words[:n_words]),
                **{name: float(values[name][k]) if name in values else None for name in _COHERENCE},
            }
            for k, words in enumerate(topics)
        ],
    }


def _print(content: dict[str, Any], head: str, *, as_json: bool) -> None:
    if as_json:
        print_json(content)
    else:
        print_lines([head, *_lines(content)])


def _lines(content: dict[str, Any]) -> list[str]:
    """Lay the measures out, those that are known."""
    absent = content["absent_words"]
    found = [
        ("perplexity", content.get("perplexity"), "1f", "held-out tokens; lower is better"),
        ("explained", content.get("explained_share"), "3f", "share of the squared norm of the rows"),
        *((name, content[name], "3f", f"mean over topics, {where}") for name, where in _COHERENCE.items()),
        ("diversity", content["diversity"], "3f", "share of different words among the best of all topics"),
        ("inverted RBO", content["inverted_rbo"], "3f", "1 where no two topics share a word"),
        ("retrieval", content.get("retrieval_precision"), "3f", "same label among the nearest 2 %"),
        ("accuracy", content.get("accuracy"), "3f", f"of {content.get('n_labelled', 0):,} with a label"),
        ("by file", content.get("clip_accuracy"), "3f", "accuracy of the sum of what the snippets of a file say"),
        ("log loss", content.get("log_loss"), "3f", "nats"),
    ]
    lines = [f"{name:12} {value:10.{form}}  {what}" for name, value, form, what in found if value is not None]
    if content["duplicates"]:
        lines.append(f"topics that share half of their words: {shown_pairs(content['duplicates'])}")
    if absent:
        more = f" and {len(absent) - _SHOWN_WORDS:,} more" if len(absent) > _SHOWN_WORDS else ""
        lines.append(f"words of topics that are in no document: {', '.join(absent[:_SHOWN_WORDS])}{more}")
    return lines
