"""Options that say which words a corpus is counted with, each said once."""

from __future__ import annotations

from typing import Annotated

import typer

from textsc.cli.choices import list_languages

__all__ = ["WORD_OPTIONS", "Language", "MaxDf", "MaxWords", "MinDf", "Ngrams", "StopWords"]

#: The parameters of a verb that they are; they say nothing about sounds.
WORD_OPTIONS = ("language", "stop_words", "ngrams", "min_df", "max_df", "max_words")

Language = Annotated[
    str | None,
    typer.Option(
        metavar="LANGUAGE|list",
        callback=list_languages,
        is_eager=True,
        show_default="english",
        help="Language of the texts, such as german or de: its stop words and spelling; list shows all.",
    ),
]
StopWords = Annotated[
    str | None,
    typer.Option(
        metavar="auto|none|LANGUAGE|FILE",
        show_default="auto; none for a bag-of-words file",
        help="Words left out; auto: those of --language; a file has one word a line.",
    ),
]
Ngrams = Annotated[
    int | None,
    typer.Option(
        min=1,
        show_default="1",
        help="Words in the longest n-grams; 2 counts words and pairs of neighbours.",
    ),
]
MinDf = Annotated[
    str | None,
    typer.Option(
        metavar="NUMBER|SHARE",
        show_default="2; no limit for a bag-of-words file",
        help="Drop words found in fewer documents: 5, or a share as 0.01.",
    ),
]
MaxDf = Annotated[
    str | None,
    typer.Option(
        metavar="NUMBER|SHARE",
        show_default="0.5; no limit for a bag-of-words file",
        help="Drop words found in more documents: 900, or a share as 0.5.",
    ),
]
MaxWords = Annotated[
    int | None,
    typer.Option(
        min=1,
        show_default="10000; no limit for a bag-of-words file",
        help="Keep this many of the most frequent words.",
    ),
]
