"""``textsc corpora``: the known corpora, and how to get them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Any

import typer

from textsc.cli.console import plural
from textsc.cli.errors import UsageProblem
from textsc.cli.options import Debug, Device, DeviceChoice, Force, Json, Quiet, Seed, Threads
from textsc.cli.streams import print_json, print_lines

if TYPE_CHECKING:
    from textsc.corpus.catalog import Card

__all__ = ["corpora"]


def corpora(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", show_default=False, help="Show this one, and how to get it.")
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
    force: Force = False,
    seed: Seed = 0,
    threads: Threads = None,
    device: Device = DeviceChoice.cpu,
) -> None:
    """List the known corpora: what can be given by name where a CORPUS is asked for.

    What no library can fetch is looked for in a data folder, ~/.local/share/textsc or the one that
    the environment variable TEXTSC_DATA names. --force, --seed, --threads and --device change
    nothing here.

    Example: textsc corpora bbc
    """
    from textsc.corpus.catalog import cards

    known = cards()
    if name is None:
        found = [_content(card) for card in known.values()]
        if as_json:
            print_json({"corpora": found})
        else:
            print_lines(_table(found))
        return
    if name not in known:
        raise UsageProblem(f"no corpus is known as {name}; known: {', '.join(known)}")
    if as_json:
        print_json(_content(known[name]))
    else:
        print_lines(_card_lines(known[name]))


def _content(card: Card) -> dict[str, Any]:
    """Give what a program may want of a card, and whether the corpus is here."""
    from textsc.corpus.catalog import find

    fields = dataclasses.asdict(card)
    for inner in ("reader", "package", "file", "encoding", "subset", "pattern", "similarities"):
        del fields[inner]
    return {**fields, "here": find(card.name) is not None}


def _table(found: list[dict[str, Any]]) -> list[str]:
    width = max(len(corpus["name"]) for corpus in found)
    lines = [f"{'name':{width}}  documents  here  licence"]
    for corpus in found:
        here = "yes" if corpus["here"] else "no"
        lines.append(f"{corpus['name']:{width}}  {corpus['documents']:9,}  {here:4}  {corpus['licence']}")
    return [*lines, "", "How to get one: textsc corpora NAME"]


def _card_lines(card: Card) -> list[str]:
    from textsc.corpus.catalog import DATA_VARIABLE, data_folder, find

    here = find(card.name)
    size = "" if card.size is None else f", {card.size:,} bytes ({card.size_of})"
    checksum = "none known" if card.sha256 is None else f"SHA-256 {card.sha256} ({card.sha256_of or 'the file'})"
    lines = [
        f"{card.name}: {card.title}",
        f"size      {plural(card.documents, 'document')}{size}",
        f"labels    {card.labels}",
        f"source    {card.source}",
        f"licence   {card.licence}",
        f"cite      {card.citation}",
        f"checksum  {checksum}",
        f"here      {'no' if here is None else here}",
        f"get it    {card.obtain}",
    ]
    if card.package is None:
        lines += [
            f"or        put a copy in JSON lines, {card.name}.jsonl or {card.name}.jsonl.gz, with the fields id, text "
            "and label, in the data folder",
            f"folder    {data_folder()} (another: set {DATA_VARIABLE})",
        ]
    return lines
