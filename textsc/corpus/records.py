"""What every reader gives: one `Record` per row."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

__all__ = ["CorpusError", "Reader", "ReadingOptionError", "Record"]


class CorpusError(Exception):
    """Nothing readable in the input, or it cannot be opened (exit code 3)."""


class ReadingOptionError(ValueError):
    """An option of reading that does not fit the corpus, or has no such value (exit code 2)."""


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a corpus: a document, or the reason why there is none.

    Attributes
    ----------
    id : str
        As written in the file, else the row number from 0; in a folder the relative path.
    text : str or None
        None where the row is unreadable.
    label : str or None
        None where the row has none.
    where : str
        The place, for messages: ``news.jsonl, line 12``.
    problem : str or None
        Why the row is unreadable, one clause.
    note : str or None
        A repair worth saying, one clause.
    hint : str or None
        What to do about the problem, one sentence.
    path : pathlib.Path or None
        The file of a sound, which is decoded later; `text` is None then.
    """

    id: str
    text: str | None
    label: str | None
    where: str
    problem: str | None = None
    note: str | None = None
    hint: str | None = field(default=None, repr=False)
    path: Path | None = None


class Reader(ABC):
    """Documents in order, as often as they are wanted, in constant memory.

    A new format is a subclass with `__iter__` and `fraction`, and an entry in
    `textsc.corpus.readers.READERS` where it is told by its suffix.

    Attributes
    ----------
    name : str
        What messages call the corpus.
    content : {"text", "sound"}
        What the documents are; an encoder has the same attribute, and the two must agree.
    """

    content: ClassVar[str] = "text"

    name: str

    @abstractmethod
    def __iter__(self) -> Iterator[Record]:
        """Give every document, from the first."""

    @property
    @abstractmethod
    def fraction(self) -> float | None:
        """Share of the input that the running iteration has taken, in [0, 1]; None if unknown."""

    @property
    def notes(self) -> list[str]:
        """Sentences about the corpus as a whole, beside those of single rows; known after an iteration."""
        return []
