"""From lines of numbers to the entries of a sparse matrix, and what to say of those that are none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from textsc.corpus.bags.bagreader import shown, whole_number
from textsc.corpus.bags.rowsort import Entries
from textsc.corpus.records import MOST, CorpusError

__all__ = ["EntryParser", "Sizes"]

_KEPT_PROBLEMS = 1000


@dataclass(frozen=True, slots=True)
class Sizes:
    """What the header of a file of entries declares.

    Attributes
    ----------
    n_rows, n_columns, n_entries : int
        Documents, words, and pairs of the two that have a count.
    columns : int
        Numbers on each line: 3, or 2 where all counts are 1.
    """

    n_rows: int
    n_columns: int
    n_entries: int
    columns: int = 3


class EntryParser:
    r"""Reads blocks of lines, each with a document, a word and a count, numbered from 1.

    Parameters
    ----------
    sizes : Sizes
        The limits of the numbers.
    name : str
        What messages call the file.
    hint : str
        What they say to do.

    Examples
    --------
    >>> parser = EntryParser(Sizes(2, 9, 2), name="pets", hint="")
    >>> entries = parser.parse(b"1 7 2\n2 7 -2\n", 0)
    >>> entries.T.tolist()
    [[0, 6, 2, 1], [1, 0, -1, 2]]
    >>> parser.problem(-1)
    'its count is "-2", not a whole number from 0 to 2,147,483,647'
    """

    def __init__(self, sizes: Sizes, *, name: str, hint: str) -> None:
        self.sizes = sizes
        self._name = name
        self._hint = hint
        self._problems: list[str] = []

    def parse(self, block: bytes, start: int) -> Entries:
        """Read a block of lines.

        Parameters
        ----------
        block : bytes
            Whole lines, each with its end.
        start : int
            Lines before it.

        Returns
        -------
        ndarray of shape (4, n_entries), int64
            Row and column from 0, count and line; instead of the count of an entry that cannot be
            read a negative number, for `problem`.

        Raises
        ------
        CorpusError
            The document that a line belongs to cannot be told.
        """
        entries = self._fast(block, start)
        return self._slow(block, start) if entries is None else entries

    def problem(self, count: int) -> str:
        """Say why an entry cannot be read.

        Parameters
        ----------
        count : int
            As `parse` gave it, negative.

        Returns
        -------
        str
            A clause.
        """
        return self._problems[-1 - count]

    def _fast(self, block: bytes, start: int) -> Entries | None:
        """Read a block without any fault, with single blanks; None where it is not one."""
        n = self.sizes.columns
        integers = not block.translate(None, b"0123456789 \n")
        if not integers and block.translate(None, b"0123456789 \n.eE+-"):
            return None
        data = np.frombuffer(block, dtype=np.uint8)
        ends = np.flatnonzero((data == 32) | (data == 10))
        if ends.size % n or np.diff(ends, prepend=-1).min() < 2:
            return None
        if (data[ends].reshape(-1, n) != [32] * (n - 1) + [10]).any():
            return None
        try:
            values = np.fromstring(block, sep=" ") if integers else np.array(list(map(float, block.split())))
        except ValueError:
            return None
        values = values.reshape(-1, n)
        limits = [self.sizes.n_rows, self.sizes.n_columns, MOST][:n]
        if not ((values >= ([1, 1, 0][:n])) & (values <= limits) & (values == np.floor(values))).all():
            return None
        entries = np.ones((4, len(values)), dtype=np.int64)
        entries[:n] = values.T
        entries[:2] -= 1
        entries[3] = np.arange(start + 1, start + 1 + len(values))
        return entries

    def _slow(self, block: bytes, start: int) -> Entries:
        """Read a block line by line; what is wrong with an entry is said of its row."""
        found: list[tuple[int, int, int, int]] = []
        for number, line in enumerate(block.split(b"\n")[:-1], start=start + 1):
            tokens = line.split()
            if not tokens:
                continue
            row = whole_number(tokens[0])
            if row is None or not 1 <= row <= self.sizes.n_rows:
                raise CorpusError(
                    f'{self._name}, line {number}: its document is "{shown(tokens[0])}", not a number from 1 to '
                    f"{self.sizes.n_rows:,}, so that the document it belongs to is not known. {self._hint}"
                )
            column, count = self._entry(tokens)
            found.append((row - 1, column, count, number))
        return np.array(found, dtype=np.int64).reshape(-1, 4).T

    def _entry(self, tokens: list[bytes]) -> tuple[int, int]:
        """Give column and count; where they cannot be read, 0 and the negative number of the problem."""
        sizes = self.sizes
        if len(tokens) != sizes.columns:
            return 0, self._faulty(f"it has {len(tokens)} numbers, not {sizes.columns}")
        column = whole_number(tokens[1])
        if column is None or not 1 <= column <= sizes.n_columns:
            return 0, self._faulty(f'its word is "{shown(tokens[1])}", not a number from 1 to {sizes.n_columns:,}')
        count = 1 if sizes.columns == 2 else whole_number(tokens[2])
        if count is None:
            return 0, self._faulty(f'its count is "{shown(tokens[2])}", not a whole number from 0 to {MOST:,}')
        return column - 1, count

    def _faulty(self, clause: str) -> int:
        if len(self._problems) < _KEPT_PROBLEMS:
            self._problems.append(clause)
        elif len(self._problems) == _KEPT_PROBLEMS:
            self._problems.append("it cannot be read, as many lines before it")
        return -len(self._problems)
