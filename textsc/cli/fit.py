"""``textsc fit``: from a corpus to a model file."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

import typer

from textsc.cli.choices import Pair, Prior, Start, Weighting
from textsc.cli.console import Console, counted, plural, shown_pairs
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
    Quiet,
    Seed,
    TextField,
    Threads,
    Vocabulary,
    open_given,
    refuse_given,
    refuse_same_file,
)
from textsc.cli.soundoptions import (
    SPECTRUM_OPTIONS,
    Compression,
    HopMs,
    MaxSnippets,
    MelBands,
    SampleRate,
    SnippetMs,
    SoundCompression,
    SoundWindow,
    Window,
    draw_with_progress,
    sound_encoder,
)
from textsc.cli.steps import certified_status, fit_with_progress, read_with_progress, status_counts, write_model
from textsc.cli.streams import print_json, print_lines
from textsc.cli.topics import describe_topics, topic_lines
from textsc.cli.values import positive_or_auto, whole_or_auto
from textsc.cli.wordoptions import WORD_OPTIONS, Language, MaxDf, MaxWords, MinDf, Ngrams, StopWords
from textsc.cli.words import encoder_for, given_settings

if TYPE_CHECKING:
    from textsc.corpus.records import Reader

__all__ = ["fit"]

_SHOWN_TOPICS = 10
_MOST_TOPICS = 100_000
# What says nothing about sounds.
_TEXT_ONLY = (
    "weighting",
    "learning_rate",
    *WORD_OPTIONS,
    *TEXT_ONLY,
)
_SOUND_ONLY = (*SPECTRUM_OPTIONS, "max_snippets")


def fit(
    context: typer.Context,
    corpus: Corpus,
    out: Annotated[
        str,
        typer.Option(
            "-o",
            "--out",
            metavar="OUT",
            show_default=False,
            help="Model file; - writes it on standard output, and the summary on stderr.",
        ),
    ],
    n_topics: Annotated[int, typer.Option("--topics", min=1, max=_MOST_TOPICS, help="Number of topics.")] = 50,
    lam: Annotated[
        str, typer.Option(metavar="NUMBER|auto", help="Strength of the prior; larger keeps weights nearer to it.")
    ] = "auto",
    prior_mean: Annotated[
        str, typer.Option(metavar="NUMBER|auto", help="Weight that the prior pulls to; smaller gives sparser weights.")
    ] = "auto",
    prior: Annotated[
        Prior,
        typer.Option(
            help="What the weights are drawn to: kl; signed_kl for weights of either sign; the others for comparison, "
            "slower, uniform without certificates."
        ),
    ] = Prior.kl,
    weighting: Annotated[
        Weighting, typer.Option(help="poisson: long documents are believed more; type: all alike.")
    ] = Weighting.poisson,
    pair: Annotated[
        Pair | None,
        typer.Option(
            show_default=False,
            help="softmax for counts of words (default for texts); linear with squared loss (default for sounds).",
        ),
    ] = None,
    init: Annotated[
        Start | None,
        typer.Option(
            show_default=False,
            help="Where learning starts: nmf (default for texts), kmeans or random (default for sounds); random "
            "topics predict but do not read.",
        ),
    ] = None,
    learning_rate: Annotated[
        float,
        typer.Option(
            min=1e-6,
            max=1.0,
            help="The dial of topics: 0.005 keeps them nearer to words that go together, 0.05 predicts better. "
            "Of no effect with --pair linear.",
        ),
    ] = 0.025,
    epochs: Annotated[str, typer.Option(metavar="NUMBER|auto", help="Passes over the corpus.")] = "auto",
    language: Language = None,
    stop_words: StopWords = None,
    ngrams: Ngrams = None,
    min_df: MinDf = None,
    max_df: MaxDf = None,
    max_words: MaxWords = None,
    text_field: TextField = "text",
    label_field: LabelField = "label",
    id_field: IdField = "id",
    encoding: Encoding = None,
    file_format: FileFormat = None,
    vocabulary: Vocabulary = None,
    snippet_ms: SnippetMs = 50,
    hop_ms: HopMs = None,
    sample_rate: SampleRate = 22_050,
    window: SoundWindow = Window.hann,
    compression: SoundCompression = Compression.log,
    mel_bands: MelBands = None,
    max_snippets: MaxSnippets = 32_768,
    as_json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
    force: Force = False,
    seed: Seed = 0,
    threads: Threads = None,
    device: Device = DeviceChoice.cpu,
) -> int:
    """Learn a vocabulary and topics from a corpus and save them as a model.

    Of sounds it learns a basis of magnitude spectra, 50 ms each, in memory that does not grow with their length;
    silence is not learned from. How they were heard is kept in the model, and holds for all that is coded with it.

    Example: textsc fit news.jsonl -o news.model --topics 50
    """
    import numpy as np

    from textsc.arrays import to_device
    from textsc.checkpoint import check_output
    from textsc.estimators import SparseCoding

    console = Console("fit", quiet=quiet)
    started = time.monotonic()
    given = given_settings(
        language=language,
        stop_words=stop_words,
        ngrams=ngrams,
        min_df=min_df,
        max_df=max_df,
        max_words=max_words,
    )
    model = SparseCoding(
        n_components=n_topics,
        prior=prior.value,
        lam=positive_or_auto("--lam", lam),
        prior_mean=positive_or_auto("--prior-mean", prior_mean),
        weighting=weighting.value,
        learning_rate=learning_rate,
        epochs=whole_or_auto("--epochs", epochs),
        n_jobs=threads or -1,
        device=device.value,
        random_state=seed,
    )
    out = "-" if out == "/dev/stdout" else out
    if out != "-":
        check_output(out, force=force)
        refuse_same_file(out, corpus, *(name for name in (vocabulary, stop_words) if name))
    # A missing device is said before any work.
    to_device(np.zeros(1), device.value)
    reader = open_given(context, corpus)
    sounds = reader.content == "sound"
    refuse_given(context, _TEXT_ONLY if sounds else _SOUND_ONLY, corpus=corpus, content=reader.content)
    pair = pair or (Pair.linear if sounds else Pair.softmax)
    init = init or (Start.random if sounds else Start.nmf)
    model.set_params(pair=pair.value, init=init.value)
    if sounds:
        read = _read_sounds(context, reader, console)
    else:
        data: Any = read_with_progress(reader, encoder=encoder_for(reader, given), console=console)
        read = _Read(data, {"n_tokens": int(data.n_tokens.sum()), "n_words": len(data.feature_names)})
    codes = fit_with_progress(model, read.data, console=console)
    write_model(model, out, encoder=read.data.encoder, force=force)
    console.note(f"done in {time.monotonic() - started:.1f} s")
    statuses = status_counts([*certified_status(read.data.status, codes), *read.others.elements()])
    if out != "-" or not quiet:
        _tell(model, read, statuses, out, as_json=as_json, console=console)
    return 5 if statuses["unreadable"] or statuses["not_converged"] else 0


@dataclass(frozen=True)
class _Read:
    """Rows to learn from, sizes of the corpus by name, and the statuses of its other rows."""

    data: Any
    sizes: dict[str, int]
    others: Counter[str] = field(default_factory=Counter)

    def said(self, statuses: dict[str, int]) -> str:
        """Say what the corpus is."""
        if self.data.clips is None:
            return f"{counted(statuses)}, {plural(self.sizes['n_words'], 'word')}"
        source = f" of {plural(self.sizes['n_files'], 'file')}"
        columns = "frequencies" if self.data.encoder.mel_bands is None else "mel bands"
        return f"{counted(statuses, noun='snippet', source=source)}, {self.sizes['n_frequencies']:,} {columns}"


def _read_sounds(context: typer.Context, reader: Reader, console: Console) -> _Read:
    from textsc.corpus.records import CorpusError

    most, seed = context.params["max_snippets"], context.params["seed"]
    drawn = draw_with_progress(reader, sound_encoder(context.params), most=most, seed=seed, console=console)
    data = drawn.data
    if not data.ids:
        found = ", ".join(f"{n:,} {name.replace('_', ' ')}" for name, n in drawn.statuses.items())
        raise CorpusError(
            f"There is no sound to learn from: of {drawn.statuses.total():,} rows {found}. Give other sounds."
        )
    sizes = {"n_files": drawn.n_files, "n_frequencies": len(data.feature_names), "n_learned": len(data.ids)}
    return _Read(data, sizes, drawn.statuses - Counter(data.status))


def _tell(model: Any, read: _Read, statuses: dict[str, int], out: str, *, as_json: bool, console: Console) -> None:
    """Print the summary, and say which topics are one."""
    from textsc.evaluation import duplicate_topics

    encoder = read.data.encoder
    found = describe_topics(model, n_words=10, encoder=encoder)
    alike = duplicate_topics([topic["words"] for topic in found]) if encoder.content == "text" else []
    if alike:
        console.note(f"topics that share half of their words: {shown_pairs(alike)}")
    if as_json:
        print_json(
            {
                "model": out,
                "n_documents": sum(statuses.values()),
                "statuses": statuses,
                **read.sizes,
                "n_topics": len(found),
                "lam": float(model.lam_),
                "prior_mean": float(model.prior_mean_),
                "topics": [topic["words"] for topic in found],
                "duplicates": [list(pair) for pair in alike],
            },
            to_stderr=out == "-",
        )
    else:
        left = len(found) - _SHOWN_TOPICS
        place = "standard output" if out == "-" else out
        print_lines(
            [
                f"{place}: {read.said(statuses)}, {plural(len(found), 'topic')}",
                *topic_lines(found, content=encoder.content)[: _SHOWN_TOPICS + 1],
                *([f"and {left:,} more: textsc topics {'MODEL' if out == '-' else out}"] if left > 0 else []),
            ],
            to_stderr=out == "-",
        )
