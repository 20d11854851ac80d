"""``textsc export``: a corpus as a model counts it, in a bag-of-words format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

import typer

from textsc.cli.console import Console, Lines, counted, plural
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
    Model,
    Quiet,
    Seed,
    TextField,
    Threads,
    Vocabulary,
    open_given,
    refuse_same_file,
)
from textsc.cli.steps import status_counts
from textsc.cli.streams import print_json, print_lines
from textsc.cli.tabling import needed_encoder
from textsc.cli.topics import split_model

if TYPE_CHECKING:
    from textsc.corpus.dataset import Dataset

__all__ = ["export"]


def export(
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
            help="File to write: .mtx or .mm (Matrix Market), .uci or docword.NAME.txt (UCI), .svmlight or .svm, "
            ".ldac or .dat (LDA-C), .mallet (text).",
        ),
    ],
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
    """Write the word counts of a corpus, as a model's vocabulary has them, for other programs.

    Beside OUT go its vocabulary, a word a line, in OUT.vocab (vocab.NAME.txt for docword.NAME.txt), and ids and
    labels in OUT.docs.jsonl. A row that is unreadable is written as an empty one. --seed, --threads and --device
    change nothing here.

    Example: textsc export news.model news.jsonl -o news.mtx
    """
    from textsc.corpus.dataset import stream_corpus
    from textsc.corpus.export import write_corpus
    from textsc.corpus.rows import check_content
    from textsc.store import load_model

    console = Console("export", quiet=quiet)
    files = _outputs(out, force=force)
    for file in files:
        refuse_same_file(file, model, corpus, *([vocabulary] if vocabulary else []))
    encoder, _ = split_model(load_model(model))
    encoder = needed_encoder(encoder, model)
    if encoder.content != "text":
        raise UsageProblem(f"{model} is a model of {encoder.content}s, which have no words to count; give one of texts")
    reader = open_given(context, corpus)
    check_content(reader, encoder)
    tally = _Tally()
    with console.progress("exporting") as update:

        def report() -> None:
            update(reader.fraction, plural(sum(tally.status.values()), "document"))

        write_corpus(tally.passing(stream_corpus(reader, encoder), report=report), out, force=force)
    console.notes(tally.notes)
    console.notes(tally.problems)
    return _finish(tally, files, n_words=len(encoder.vocabulary_), as_json=as_json)


@dataclass
class _Tally:
    """What is said of a corpus when it is done."""

    status: Counter[str] = field(default_factory=Counter)
    problems: Lines = field(default_factory=Lines)
    notes: Lines = field(default_factory=Lines)
    n_tokens: int = 0
    n_entries: int = 0

    def passing(self, blocks: Iterable[Dataset], *, report: Callable[[], None]) -> Iterator[Dataset]:
        """Pass blocks on, and tally them."""
        for data in blocks:
            self.status.update(data.status)
            self.problems.add(data.problems)
            self.notes.add(data.notes)
            self.n_tokens += int(data.X.sum())
            self.n_entries += data.X.nnz
            yield data
            report()


def _outputs(out: str, *, force: bool) -> list[str]:
    from textsc.corpus.export import bag_outputs

    try:
        return bag_outputs(out, force=force)
    except ValueError as error:
        raise UsageProblem(str(error)) from error


def _finish(tally: _Tally, files: list[str], *, n_words: int, as_json: bool) -> int:
    """Print the summary and give the exit code."""
    statuses = status_counts(list(tally.status.elements()))
    del statuses["not_converged"]  # nothing is coded here
    if as_json:
        print_json(
            {
                "files": files,
                "n_documents": sum(statuses.values()),
                "statuses": statuses,
                "n_words": n_words,
                "n_tokens": tally.n_tokens,
                "n_entries": tally.n_entries,
            }
        )
    else:
        counts, *beside = files
        print_lines(
            [
                f"{counts}: {counted(statuses)}, {plural(n_words, 'word')}, {plural(tally.n_tokens, 'token')}",
                f"beside it: {', '.join(beside)}",
            ]
        )
    return 5 if statuses["unreadable"] else 0
