"""A reader whose documents are looked at as they pass by."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from textsc.corpus.records import Reader, Record

__all__ = ["WatchedReader"]


class WatchedReader(Reader):
    """A reader that shows each document to somebody before it gives it: counts are made without their texts.

    Parameters
    ----------
    reader : Reader
        Of texts or bags of words.
    see : callable
        Takes each `Record`.

    Examples
    --------
    >>> from textsc.corpus import open_corpus
    >>> seen = []
    >>> watched = WatchedReader(open_corpus("lee-test"), lambda record: seen.append(record.id))
    >>> len(list(watched)), seen[:2]
    (50, ['0', '1'])
    """

    def __init__(self, reader: Reader, see: Callable[[Record], None]) -> None:
        self.name = reader.name
        self._reader = reader
        self._see = see

    def __iter__(self) -> Iterator[Record]:
        """Give every document, from the first."""
        for record in self._reader:
            self._see(record)
            yield record

    @property
    def fraction(self) -> float | None:
        """As of the reader."""
        return self._reader.fraction

    @property
    def notes(self) -> list[str]:
        """As of the reader."""
        return self._reader.notes
