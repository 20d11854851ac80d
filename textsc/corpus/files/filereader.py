"""What the readers of one file have in common: fields, repeated ids, remarks on the whole."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from textsc.corpus.files.decoding import ByteFile, TextLines
from textsc.corpus.records import Reader, Record

__all__ = ["Fields", "FileReader", "RepeatedIds", "shown"]

_SHOWN = 12  # names in a message
_LONGEST_SHOWN = 40  # characters of each
_BATCH = 1 << 14  # ids looked up at once


@dataclass(frozen=True, slots=True)
class Fields:
    """What the fields of a document are called.

    Attributes
    ----------
    text, label, id : str
        Keys of a JSON object, or columns of a table.
    """

    text: str = "text"
    label: str = "label"
    id: str = "id"

    def options(self) -> dict[str, str]:
        """Give the names that are not the default ones, by their options.

        Examples
        --------
        >>> Fields(label="kind").options()
        {'--label-field': 'kind'}
        """
        given = {f"--{field.name}-field": (getattr(self, field.name), field.default) for field in fields(self)}
        return {option: name for option, (name, default) in given.items() if name != default}


def shown(names: Collection[str]) -> str:
    """List names for a message, the first of them where there are many.

    Parameters
    ----------
    names : collection of str
        Fields or columns.

    Returns
    -------
    str
        In quotation marks.

    Examples
    --------
    >>> shown(["id", "body"]), shown([])
    ('"id", "body"', 'none')
    """
    found = [f'"{_cut(name)}"' for name in list(names)[:_SHOWN]]
    return ", ".join([*found, *(["…"] if len(names) > _SHOWN else [])]) or "none"


def _cut(name: str) -> str:
    return name if len(name) <= _LONGEST_SHOWN else name[:_LONGEST_SHOWN] + "…"


class FileReader(Reader):
    """A reader of one file.

    Parameters
    ----------
    source : ByteFile
        The bytes.
    fields : Fields, optional
        What the fields of text, label and id are called.
    """

    #: Whether documents have fields; else they are numbered.
    has_fields = True

    def __init__(self, source: ByteFile, fields: Fields | None = None) -> None:
        self.name = source.name
        self._source = source
        self._fields = fields if fields is not None else Fields()
        self._notes: list[str] = []

    @property
    def fraction(self) -> float | None:
        """Share of the bytes that the running iteration has taken."""
        return self._source.fraction

    @property
    def notes(self) -> list[str]:
        """Sentences about the file as a whole, from the last iteration that came to its end."""
        return list(self._notes)

    def __iter__(self) -> Iterator[Record]:
        notes: list[str] = []
        if self.has_fields:
            ids = RepeatedIds()
            for record in self._records(notes):
                ids.add(record)
                yield record
            notes += ids.notes()
        else:
            yield from self._records(notes)
            for option, name in self._fields.options().items():
                notes.append(f"{self.name} has no fields, so {option} {name} changes nothing.")
        self._notes = notes

    @abstractmethod
    def _records(self, notes: list[str]) -> Iterator[Record]:
        """Give every document, and add sentences about the file to `notes`."""

    def _remarks(self, lines: TextLines) -> list[str]:
        return [f"{self.name}: {remark}." for remark in lines.remarks]

    def _broken(self, lines: TextLines, row: int, where: str) -> Iterator[Record]:
        """Give a row for what a damaged gzip stream has lost, where it has."""
        if lines.failure is not None:
            yield Record(str(row), None, None, where, problem=f"the gzip stream is broken here ({lines.failure})")


class RepeatedIds:
    """Which ids come again, in 8 bytes an id: two ids are taken for one where 64 bits of their hashes agree.

    Examples
    --------
    >>> ids = RepeatedIds()
    >>> for number, name in enumerate(["a", "b", "a"], start=1):
    ...     ids.add(Record(name, "", None, f"news.jsonl, line {number}"))
    >>> ids.notes()
    ['news.jsonl, line 3: the id of an earlier row comes again, "a".']
    """

    def __init__(self) -> None:
        self._batch: list[tuple[str, str]] = []
        self._sorted: list[NDArray[np.int64]] = []
        self._first: tuple[str, str] | None = None
        self._count = 0

    def add(self, record: Record) -> None:
        """Take the next row.

        Parameters
        ----------
        record : Record
            Its id and place are used.
        """
        self._batch.append((record.id, record.where))
        if len(self._batch) == _BATCH:
            self._settle()

    def notes(self) -> list[str]:
        """Say how many rows have the id of an earlier one, and where the first of them is.

        Returns
        -------
        list of str
            One sentence, or none.
        """
        self._settle()
        if self._first is None:
            return []
        name, where = self._first
        more = "" if self._count == 1 else f" and {self._count - 1} more"
        return [f'{where}{more}: the id of an earlier row comes again, "{_cut(name)}".']

    def _settle(self) -> None:
        hashes = np.array([hash(name) for name, _ in self._batch], dtype=np.int64)
        distinct, firsts = np.unique(hashes, return_index=True)
        again = np.ones(hashes.size, dtype=bool)
        again[firsts] = False
        for known in self._sorted:
            places = np.minimum(np.searchsorted(known, hashes), known.size - 1)
            again |= known[places] == hashes
        if again.any():
            self._first = self._first or self._batch[int(again.argmax())]
            self._count += int(again.sum())
        self._batch.clear()
        # Arrays are joined as they reach the size of the one before: each id is moved a few times only.
        while self._sorted and self._sorted[-1].size <= distinct.size:
            distinct = np.union1d(self._sorted.pop(), distinct)
        if distinct.size:
            self._sorted.append(distinct)
