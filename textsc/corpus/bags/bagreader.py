"""What readers of bag-of-words files share: vocabulary, ids and labels beside the file, counts."""

from __future__ import annotations

import os
import re
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from textsc.corpus.bags.rownames import RowNames, names_beside
from textsc.corpus.bags.vocabularies import Vocabulary, find_vocabulary, read_vocabulary
from textsc.corpus.files.decoding import ByteFile
from textsc.corpus.files.jsonlines import Fields, joined_notes
from textsc.corpus.records import MOST, CorpusError, Reader, Record

__all__ = ["BagReader", "Row", "collected", "shown", "whole_number"]

_NUMBER = re.compile(rb"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_REPEATED = "a column is there more than once in a row; its counts are added"


@dataclass(slots=True)
class Row:
    """What the line or lines of one document say.

    Attributes
    ----------
    where : str
        The place.
    bag : dict of str to int, or None
        Words and counts; None where they are unreadable.
    id, label : str or None
        Where the format has them.
    problem, note : str or None
        As in `Record`.
    last : bool
        Whether the file is broken here, so that what follows is lost.
    """

    where: str
    bag: dict[str, int] | None = None
    id: str | None = None
    label: str | None = None
    problem: str | None = None
    note: str | None = None
    last: bool = False


class BagReader(Reader):
    """Documents that are given as words with counts.

    A subclass gives `_rows`, and `_unnamed` where its words have no names of their own.

    Parameters
    ----------
    source : ByteFile
        The bytes.
    fields : Fields, optional
        Not used: such a file has no fields.
    vocabulary : path or sequence of str, optional
        The words, in the order of the columns. By default a file that lies beside, else words are
        called by their columns, ``word_0`` and so on.

    Raises
    ------
    CorpusError
        The vocabulary cannot be read, or the file is not of the format.
    """

    #: What to do about rows that cannot be read.
    hint: ClassVar[str]
    #: Whether words are spelled out, so that only a vocabulary of just this name is meant for it.
    spelled: ClassVar[bool] = False

    def __init__(
        self,
        source: ByteFile,
        fields: Fields | None = None,
        *,
        vocabulary: str | os.PathLike[str] | Sequence[str] | None = None,
    ) -> None:
        self.name = source.name
        self._source = source
        # A stream has nothing beside it.
        path: Path | None = getattr(source, "path", None)
        if vocabulary is None and path is not None:
            vocabulary = find_vocabulary(path, own=self.spelled)
        if isinstance(vocabulary, str | os.PathLike):
            self._named: Vocabulary | None = read_vocabulary(vocabulary)
        else:
            self._named = None if vocabulary is None else Vocabulary.of(vocabulary, name="The vocabulary")
        self._names = None
        if path is not None and names_beside(path).is_file():
            self._names = RowNames(names_beside(path), name=os.fspath(names_beside(path)))

    @cached_property
    def vocabulary(self) -> Vocabulary | None:
        """The word of each column; None where words are spelled out and their number is not known."""
        return self._named if self._named is not None else self._unnamed()

    @property
    def words(self) -> list[str] | None:
        """The different words, in the order of their columns; None where they must be learned."""
        return None if self.vocabulary is None else self.vocabulary.words

    @property
    def fraction(self) -> float | None:
        """Share of the input that the running iteration has taken, in [0, 1]; None if unknown."""
        return self._source.fraction

    def __iter__(self) -> Iterator[Record]:
        names = None if self._names is None else iter(self._names)
        note = None if self.vocabulary is None else self.vocabulary.note
        number, cut = 0, False
        for number, row in enumerate(self._rows(), start=1):
            if names is not None:
                found = next(names, None)
                if found is None:
                    raise self._mismatch(f"names {number - 1:,} documents, and {self.name} has more")
                row.id, row.label = found
            yield self._record(row, number - 1, note)
            note, cut = None, row.last
        if names is not None and not cut and next(names, None) is not None:
            raise self._mismatch(f"names more documents than the {number:,} of {self.name}")

    def _mismatch(self, what: str) -> CorpusError:
        name = None if self._names is None else self._names.name
        return CorpusError(f"{name} {what}. Remove it where it belongs to another file.")

    def _record(self, row: Row, number: int, note: str | None) -> Record:
        bag, problem = row.bag, row.problem
        if bag is not None and sum(bag.values()) > MOST:
            bag, problem = None, f"its counts add up to more than {MOST:,}"
        return Record(
            row.id if row.id is not None else str(number),
            None,
            row.label,
            row.where,
            problem=problem,
            note=joined_notes(note, row.note),
            hint=None if problem is None else self.hint,
            bag=bag,
        )

    @abstractmethod
    def _rows(self) -> Iterator[Row]:
        """Give every document, from the first."""

    def _unnamed(self) -> Vocabulary | None:
        """Call the columns by their numbers; None where the words are spelled out."""
        return None


def collected(columns: Sequence[int], counts: Sequence[int], names: list[str]) -> tuple[dict[str, int], str | None]:
    """Put the entries of a document together.

    Parameters
    ----------
    columns, counts : sequence of int
        As many of one as of the other; columns from 0.
    names : list of str
        The word of each column.

    Returns
    -------
    tuple of dict and (str or None)
        Words and counts, and a note where a column is there twice.

    Examples
    --------
    >>> collected([0, 1], [2, 1], ["cat", "dog"])
    ({'cat': 2, 'dog': 1}, None)
    """
    bag = dict(zip(map(names.__getitem__, columns), counts, strict=True))
    if len(bag) == len(columns):
        return bag, None
    bag = {}
    for column, count in zip(columns, counts, strict=True):
        bag[names[column]] = bag.get(names[column], 0) + count
    return bag, _REPEATED if len(set(columns)) < len(columns) else None


def whole_number(token: bytes) -> int | None:
    """Read a count; 3, 3.0 and 3e0 are the same.

    Parameters
    ----------
    token : bytes
        As it stands in a file.

    Returns
    -------
    int or None
        None where it is not a whole number from 0 to 2,147,483,647.

    Examples
    --------
    >>> [whole_number(token) for token in (b"3", b"3.0", b"-1", b"2.5", b"nan", b"1e99")]
    [3, 3, None, None, None, None]
    """
    if _NUMBER.fullmatch(token) is None:
        return None
    value = float(token)
    return int(value) if 0 <= value <= MOST and value.is_integer() else None


def shown(token: bytes) -> str:
    r"""Give bytes of a file as a message can hold them.

    Parameters
    ----------
    token : bytes
        Any.

    Returns
    -------
    str
        At most 40 characters of ASCII.

    Examples
    --------
    >>> shown(b"caf\xe9")
    'caf\\xe9'
    """
    text = token[:41].decode("ascii", "backslashreplace")
    return text if len(text) <= 40 else text[:39] + "..."
