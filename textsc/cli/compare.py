"""``textsc compare``: this model beside its peers, on one split of a corpus."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from textsc.cli.comparing import comparison_content, comparison_lines
from textsc.cli.console import Console, Lines, plural
from textsc.cli.errors import UsageProblem
from textsc.cli.options import (
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
)
from textsc.cli.streams import print_json, print_lines
from textsc.cli.wordoptions import Language, MaxDf, MaxWords, MinDf, Ngrams, StopWords
from textsc.cli.words import encoder_for, given_settings

if TYPE_CHECKING:
    from textsc.corpus.holdout import Holdout
    from textsc.corpus.readers import Reader
    from textsc.evaluation.comparison import Run
    from textsc.evaluation.parts import Parts

__all__ = ["compare"]


def compare(
    context: typer.Context,
    corpus: Corpus,
    n_topics: Annotated[int, typer.Option("--topics", min=1, max=10_000, help="Number of topics.")] = 50,
    n_seeds: Annotated[int, typer.Option("--seeds", min=1, max=100, help="Fits of each model, with other seeds.")] = 3,
    models: Annotated[
        str | None,
        typer.Option(
            metavar="NAME,...",
            show_default="all that are installed",
            help="Of textsc, sklearn_lda, gensim_lda, tomotopy_lda, nmf_kl, nmf_tfidf.",
        ),
    ] = None,
    test_share: Annotated[
        float, typer.Option(help="Share of the documents that models are tested with; of each class alike.")
    ] = 0.2,
    split_field: Annotated[
        str | None,
        typer.Option(
            metavar="FIELD",
            show_default=False,
            help="Field that says train or test, in place of --test-share; other rows are left out.",
        ),
    ] = None,
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
    as_json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
    force: Force = False,
    seed: Seed = 0,
    threads: Threads = None,
    device: Device = DeviceChoice.cpu,
) -> int:
    """Fit this model and others to a part of a corpus, and judge them by the rest.

    The others are LDA (of scikit-learn, gensim and, if installed, tomotopy) and NMF (of counts and
    of TF-IDF). All see the same words and the same split, and are judged by the same code. Where
    documents have a label, accuracy and retrieval say how well the weights of topics tell labels
    apart. All work on one thread of the CPU, so that times compare: --threads, --device and --force
    change nothing here.

    Example: textsc compare news.jsonl --topics 50 --seeds 3
    """
    from textsc.evaluation.comparison import compare_models, summarise

    console = Console("compare", quiet=quiet)
    started = time.monotonic()
    if not 0 < test_share < 1:
        raise UsageProblem(f"--test-share must be above 0 and below 1, got {test_share}")
    names, absent = _chosen(models)
    given = given_settings(
        language=language,
        stop_words=stop_words,
        ngrams=ngrams,
        min_df=min_df,
        max_df=max_df,
        max_words=max_words,
    )
    if split_field is not None and corpus == "-":
        raise UsageProblem(
            "--split-field needs a corpus that can be read twice, and standard input is not; give a file"
        )
    reader = open_given(context, corpus)
    if reader.content == "sound":
        raise UsageProblem(f"{corpus} holds sounds, but the peers are models of texts; give a corpus of texts")
    # Once more, with the field that splits it in place of the label.
    split = None if split_field is None else open_given(context, corpus, label_field=split_field)
    held = _read(reader, split, encoder_for(reader, given), share=test_share, seed=seed, console=console)
    parts = _parts(held, corpus, console=console)
    seeds = [seed + i for i in range(n_seeds)]
    runs: list[Run] = []
    with console.progress("comparing") as update:

        def report(name: str, number: int) -> None:
            update(len(runs) / (len(names) * len(seeds)), f"{name}, seed {number}")

        for run in compare_models(parts, n_topics=n_topics, seeds=seeds, models=names, report=report):
            runs.append(run)
    if absent:
        console.note(f"not installed, and left out: {', '.join(absent)}")
    console.note(f"done in {time.monotonic() - started:.1f} s")
    summaries = summarise(runs)
    if as_json:
        print_json(comparison_content(corpus, parts, n_topics, seeds, runs, summaries, absent=absent))
    else:
        print_lines(comparison_lines(corpus, parts, n_topics, summaries))
    n_open = sum(run.n_not_converged for run in runs)
    if n_open:
        console.note(f"{plural(n_open, 'document')} encoded without a certificate")
    return 5 if n_open or held.train.problems else 0


def _chosen(models: str | None) -> tuple[list[str], list[str]]:
    """Give the names of the models to compare, and of those that are not installed."""
    from textsc.evaluation.peers import installed_version, known_peers

    asked = None if models is None else [name.strip() for name in models.split(",") if name.strip()]
    try:
        known = list(known_peers(asked))
    except ValueError as error:
        raise UsageProblem(f"--models: {error}") from error
    names = [name for name in known if installed_version(name) is not None]
    absent = [name for name in known if name not in names]
    if not names:
        raise UsageProblem(f"--models names no model that is installed, got {models!r}")
    return names, absent


def _read(reader: Reader, split: Reader | None, encoder: Any, *, share: float, seed: int, console: Console) -> Holdout:
    """Read both parts, with a bar, and say what was wrong in them."""
    from textsc.corpus.holdout import read_holdout

    with console.progress("reading") as update:
        held = read_holdout(
            reader,
            encoder=encoder,
            split=split,
            share=share,
            seed=seed,
            on_progress=lambda done, n_rows: update(done, f"{n_rows:,} documents"),
        )
    for said in (dict.fromkeys([*held.train.notes, *held.test.notes]), held.train.problems):
        lines = Lines()
        lines.add(list(said))
        console.notes(lines)
    if held.n_left_out:
        console.note(f"{plural(held.n_left_out, 'row')} in neither part, as --split-field says")
    if held.train.encoder.dropped_limits_:
        console.note("--min-df and --max-df were dropped: fewer than 2 words would have been left")
    return held


def _parts(held: Holdout, corpus: str, *, console: Console) -> Parts:
    """Give what the models see, and say what they do not."""
    from textsc.corpus.readers import CorpusError
    from textsc.evaluation.parts import Parts

    try:
        parts = Parts.of(
            held.train.X,
            held.test.X,
            held.train.feature_names,
            train_labels=held.train.y,
            test_labels=held.test.y,
            texts=held.token_lists if held.has_texts else None,
        )
    except ValueError as error:
        raise CorpusError(f"{corpus}: {str(error).removeprefix('Parts: ')}") from error
    n_lost = len(held.train.ids) + len(held.test.ids) - parts.train.shape[0] - parts.test.shape[0]
    if n_lost:
        console.note(f"{plural(n_lost, 'row')} without a known word left out")
    if any(parts.train_labels) and not parts.has_classes:
        console.note(
            "labels are left out: accuracy and retrieval need two classes or more, of two documents on average, and a "
            "label in the test part"
        )
    if not held.has_texts:
        console.note("words with counts have no order: there is no coherence of windows (c_npmi, c_v)")
    elif held.train.encoder.ngrams > 1:
        console.note("windows are of single words: c_npmi and c_v leave n-grams out")
    return parts
