"""Options that verbs share, each said once."""

from __future__ import annotations

import os
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from textsc.cli.errors import UsageProblem

if TYPE_CHECKING:
    from textsc.corpus.records import Reader

__all__ = [
    "TEXT_ONLY",
    "Corpus",
    "Debug",
    "Device",
    "DeviceChoice",
    "Encoding",
    "FileFormat",
    "Force",
    "IdField",
    "Json",
    "LabelField",
    "Model",
    "OptionalCorpus",
    "Quiet",
    "Seed",
    "TextField",
    "Threads",
    "Vocabulary",
    "given_options",
    "open_given",
    "refuse_given",
    "refuse_same_file",
]


class DeviceChoice(StrEnum):
    """Where the heavy work is done."""

    cpu = "cpu"
    cuda = "cuda"


_CORPUS_HELP = (
    "A folder of .txt files, a .txt, .jsonl, .csv or .tsv file (also .gz), a .parquet file, a folder of "
    "sounds (.wav, .flac, .ogg, .mp3), a bag-of-words file (.mtx, .mm, .uci, docword.NAME.txt, .svmlight, .svm, "
    ".ldac, .dat, .mallet), - for standard input (JSON lines, else one document a line), or a known "
    "corpus by its name (see textsc corpora)."
)
Corpus = Annotated[str, typer.Argument(metavar="CORPUS", show_default=False, help=_CORPUS_HELP)]
OptionalCorpus = Annotated[str | None, typer.Argument(metavar="CORPUS", show_default=False, help=_CORPUS_HELP)]
Model = Annotated[
    Path,
    typer.Argument(metavar="MODEL", show_default=False, help="A model file from textsc fit or textsc tune."),
]
TextField = Annotated[str, typer.Option(help="Field or column that holds the text.")]
LabelField = Annotated[str, typer.Option(help="Field or column that holds the label; textsc tune learns from it.")]
IdField = Annotated[str, typer.Option(help="Field or column that holds the id.")]
Encoding = Annotated[
    str | None,
    typer.Option(
        show_default=False,
        metavar="NAME",
        help="Encoding of the text, such as latin-1; by default it is told from the content, and said.",
    ),
]
FileFormat = Annotated[
    str | None,
    typer.Option(
        "--format",
        show_default=False,
        metavar="NAME",
        help="How to read a file of another suffix, or standard input: csv, jsonl, parquet, tsv, txt, mtx and others.",
    ),
]
Vocabulary = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        show_default="the file beside CORPUS, as vocab.txt",
        help="Words of a bag-of-words CORPUS, one a line in the order of its columns.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="For programs: one JSON object on stdout, also for an error.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Say nothing on stderr but errors.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
Force = Annotated[bool, typer.Option("--force", help="Replace an output that exists.")]
Seed = Annotated[
    int,
    typer.Option(min=0, max=2**32 - 1, help="Seed; matters where a basis is learned."),
]
Threads = Annotated[
    int | None,
    typer.Option(
        min=1,
        show_default=False,
        help="Threads; by default all cores. The output is the same for any number.",
    ),
]
Device = Annotated[DeviceChoice, typer.Option(help="Where codes and topics are computed.", case_sensitive=False)]


#: Parameters that say how a corpus is read, and nothing about sounds.
TEXT_ONLY = ("text_field", "label_field", "id_field", "encoding", "file_format", "vocabulary")


def open_given(context: typer.Context, corpus: str, *, label_field: str | None = None) -> Reader:
    """Open a corpus as the reading options of a verb say.

    Parameters
    ----------
    context : typer.Context
        Of a verb with all of these options.
    corpus : str
        As for `textsc.corpus.open_corpus`, which has the errors.
    label_field : str, optional
        Where the verb calls this option otherwise.

    Returns
    -------
    Reader
        Of the corpus.
    """
    from textsc.corpus.readers import open_corpus

    given = context.params
    return open_corpus(
        corpus,
        text_field=given["text_field"],
        label_field=label_field if label_field is not None else given["label_field"],
        id_field=given["id_field"],
        encoding=given["encoding"],
        format=given["file_format"],
        vocabulary=given["vocabulary"],
        labels=given.get("labels"),
    )


def refuse_given(context: typer.Context, names: Iterable[str], *, corpus: str, content: str) -> None:
    """Refuse options that say nothing about a corpus, where they were given.

    Parameters
    ----------
    context : typer.Context
        Of the verb.
    names : iterable of str
        Parameters of the verb.
    corpus : str
        What was to be read.
    content : {"text", "sound"}
        What it holds.

    Raises
    ------
    UsageProblem
        One of them is on the command line.

    Examples
    --------
    >>> command = typer.main.get_command(typer.Typer(callback=lambda: None))
    >>> refuse_given(typer.Context(command), ["per"], corpus="lee", content="text")
    """
    for option in given_options(context, names):
        other = "texts" if content == "sound" else "sounds"
        raise UsageProblem(f"{option} is for {other}, but {corpus} holds {content}s; leave it out")


def given_options(context: typer.Context, names: Iterable[str]) -> list[str]:
    """Say which options are on the command line.

    Parameters
    ----------
    context : typer.Context
        Of the verb.
    names : iterable of str
        Parameters of the verb.

    Returns
    -------
    list of str
        As they are written.

    Examples
    --------
    >>> command = typer.main.get_command(typer.Typer(callback=lambda: None))
    >>> given_options(typer.Context(command), ["per"])
    []
    """
    sources = {name: context.get_parameter_source(name) for name in names}
    given = [name for name, source in sources.items() if source is not None and source.name == "COMMANDLINE"]
    return [next(p.opts[-1] for p in context.command.params if p.name == name) for name in given]


def refuse_same_file(output: str, *inputs: str | os.PathLike[str]) -> None:
    """Refuse an output that is one of the inputs, which would be lost.

    Parameters
    ----------
    output : str
        Where the output is to go.
    *inputs : path-like
        What is read; names that are no files are passed over.

    Raises
    ------
    UsageProblem
        The output is one of the inputs.

    Examples
    --------
    >>> refuse_same_file("codes.csv", "news.jsonl")
    """
    for given in inputs:
        if os.path.isfile(output) and os.path.exists(given) and os.path.samefile(output, given):
            raise UsageProblem(f"the output {output} is also an input; choose another name")
