"""What every reader gives: one `Record` per row."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from numbers import Integral
from pathlib import Path
from typing import Any, ClassVar

__all__ = ["MOST", "NO_ORDER", "CorpusError", "Reader", "ReadingOptionError", "Record", "check_bag"]

#: Why n-grams and words with counts do not go together.
NO_ORDER = (
    "N-grams (--ngrams) are counted in texts; words with counts have no order. Give texts, or a model without n-grams."
)
#: Words of one document: their number is kept as int32.
MOST = 2**31 - 1


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
        None where the row is unreadable, or is given as a bag.
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
    bag : mapping of str to int, or None
        How often each word is in a document that is given as words with counts. A row with neither
        text nor bag is unreadable.
    """

    id: str
    text: str | None
    label: str | None
    where: str
    problem: str | None = None
    note: str | None = None
    hint: str | None = field(default=None, repr=False)
    path: Path | None = None
    bag: Mapping[str, int] | None = None

    @property
    def document(self) -> str | Mapping[str, int] | None:
        """What can be counted: the text, else the bag; None where the row is unreadable."""
        return self.text if self.text is not None else self.bag


def check_bag(bag: Mapping[Any, Any], *, name: str) -> None:
    """Refuse a bag of words that cannot be counted.

    Parameters
    ----------
    bag : mapping
        Should be words with how often each occurs.
    name : str
        What the message calls it.

    Raises
    ------
    ValueError
        A word is not a string, a count is not a whole number from 0, or there are too many words.

    Examples
    --------
    >>> check_bag({"cat": 2.5}, name="Document 3")
    Traceback (most recent call last):
    ValueError: Document 3 is not a bag of words: the count of 'cat' is 2.5, not a whole number from 0.
    """
    counts = bag.values()
    if (
        {*map(type, bag)} <= {str}
        and {*map(type, counts)} <= {int}
        and min(counts, default=0) >= 0
        and sum(counts) <= MOST
    ):
        return
    for word, count in bag.items():
        if not isinstance(word, str):
            raise ValueError(f"{name} is not a bag of words: {word!r} is of type {type(word).__name__}, not a string.")
        if not isinstance(count, Integral) or isinstance(count, bool) or count < 0:
            raise ValueError(
                f"{name} is not a bag of words: the count of {word!r} is {count}, not a whole number from 0."
            )
    if sum(map(int, counts)) > MOST:
        raise ValueError(f"{name} is not a bag of words: it holds more than {MOST:,} words.")


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
