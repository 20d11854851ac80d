"""From the name of a known corpus to its reader."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from textsc.corpus.catalog import Card, absent, cards, find, locate
from textsc.corpus.files.decoding import ByteFile
from textsc.corpus.files.folders import FolderReader
from textsc.corpus.files.jsonlines import Fields, joined_notes
from textsc.corpus.known.movies import MoviesReader
from textsc.corpus.known.newsgroups import NewsgroupsReader
from textsc.corpus.known.sgml import AssociatedPressReader, ReutersReader
from textsc.corpus.records import CorpusError, Reader, Record

__all__ = ["OPENERS", "open_known"]


def _open_lines(card: Card, path: Path) -> Reader:
    # `readers` finds known corpora through this module.
    from textsc.corpus.readers import LinesReader

    return LinesReader(ByteFile(path, name=card.name, gzipped=False), encoding=card.encoding)


#: The readers by what a card calls them; each takes the card and the file or folder.
OPENERS: dict[str, Callable[[Card, Path], Reader]] = {
    "lines": _open_lines,
    "folder": lambda card, path: FolderReader(path, name=card.name),
    "reuters": lambda card, path: ReutersReader(path, name=card.name, subset=card.subset or "all"),
    "movies": lambda card, path: MoviesReader(path, name=card.name, label=card.subset or "label.3class"),
    "ap": lambda card, path: AssociatedPressReader(path, name=card.name),
    "20newsgroups": lambda card, path: NewsgroupsReader(name=card.name, subset=card.subset or "all"),
}


def open_known(name: str, fields: Fields | None = None) -> Reader:
    """Open a known corpus.

    Parameters
    ----------
    name : str
        A key of `textsc.corpus.catalog.cards`.
    fields : Fields, optional
        What the fields of a copy in JSON lines are called.

    Returns
    -------
    Reader
        Its documents. Where their number is not that of the card, the last one has a note.

    Raises
    ------
    CorpusError
        The name is unknown, or the corpus is not here or not what its card says.

    Examples
    --------
    >>> next(iter(open_known("lee"))).id
    '0'
    """
    known = cards()
    if name not in known:
        raise CorpusError(
            f"There is no file or folder {name}, and no known corpus of that name (textsc corpora lists them). "
            "Check the path."
        )
    card = known[name]
    # Only this one can be fetched; it says itself where that fails.
    fetched = card.reader == "20newsgroups" and find(name) is None
    path = Path() if fetched else locate(name)
    if path.name.startswith(f"{name}.jsonl"):
        from textsc.corpus.readers import JsonLinesReader

        reader: Reader = JsonLinesReader(ByteFile(path, name=name, gzipped=path.suffix == ".gz"), fields)
        return _Described(reader, replace(card, pattern=None))
    return _Described(OPENERS[card.reader](card, path), card)


class _Described(Reader):
    """A corpus held against its card: its documents picked out, labelled and counted."""

    def __init__(self, reader: Reader, card: Card) -> None:
        self.name = card.name
        self._reader = reader
        self._card = card
        self._pattern = None if card.pattern is None else re.compile(card.pattern)

    @property
    def fraction(self) -> float | None:
        """As of the reader within."""
        return self._reader.fraction

    def __iter__(self) -> Iterator[Record]:
        last: Record | None = None
        number = 0
        for record in self._documents():
            if last is not None:
                yield last
            last = record
            number += 1
        if last is None:
            raise absent(self._card)
        if number != self._card.documents:
            note = f"the corpus ends here with {number:,} documents, and its card says {self._card.documents:,}"
            last = replace(last, note=joined_notes(last.note, note))
        yield last

    def _documents(self) -> Iterator[Record]:
        if self._pattern is None:
            yield from self._reader
            return
        for record in self._reader:
            found = self._pattern.fullmatch(record.id)
            if found is not None:
                yield replace(record, label=found["label"])
