"""Topics in tables: a matrix of topics and words, or words below the names of topics."""

from __future__ import annotations

import csv
import math
import re

import numpy as np
from numpy.typing import NDArray

from textsc.evaluation.topicfiles import Lines, TopicFileError
from textsc.topics import top_words

__all__ = ["MATRIX_WORDS", "topics_of_table"]

#: So many words of each row of a matrix are taken for the topic: more than measures ask for.
MATRIX_WORDS = 100

_TOPIC_NAME = re.compile(r"(?:topic|component)[\s_#-]*\d+|\d+", re.IGNORECASE)
_ROW_NAMES = {"", "topic", "topics", "topic_id", "id", "index", "component", "word", "words", "term"}

_Rows = list[tuple[int, list[str]]]


def topics_of_table(lines: Lines, *, place: str) -> list[list[str]] | None:
    """Read topics from a table, where the lines are one.

    Tables are a matrix with the words in its first line and a topic a row; a matrix with the words in its first
    column and a topic a column; or words below the names of topics. Cells are parted by commas, tabs or semicolons.

    Parameters
    ----------
    lines : list of (int, str)
        Lines that are not blank, with their numbers.
    place : str
        The file, for messages.

    Returns
    -------
    list of list of str, or None
        The words of each topic; of a matrix the highest `MATRIX_WORDS`, without those that are 0 where no entry is
        negative. None where this is no table.

    Raises
    ------
    TopicFileError
        It is a matrix, but a row is too long or too short, a cell is no finite number, or words are missing.

    Examples
    --------
    >>> topics_of_table([(1, "cat,dog,sun"), (2, "0.1,0.7,0"), (3, "0,0.2,0.8")], place="topics.csv")
    [['dog', 'cat'], ['sun', 'dog']]
    """
    rows = _cells(lines, place)
    if len(rows) < 2 or len(rows[0][1]) < 2:
        return None
    header, second = rows[0][1], rows[1][1]
    if len(second) < 2 or not all(map(_is_written_number, second[1:])):
        names = header[1:] if header[0].strip().lower() in _ROW_NAMES else header
        if not all(_TOPIC_NAME.fullmatch(name.strip()) for name in names) or all(map(_is_number, header)):
            return None
        first = len(header) - len(names)
        return [[row[i] for _, row in rows[1:] if i < len(row)] for i in range(first, len(header))]
    if all(map(_is_number, header)):
        raise TopicFileError(f"{place}: this matrix has no words; put them in its first line, one for each column.")
    return _topics_of_matrix(header, rows[1:], place)


def _cells(lines: Lines, place: str) -> _Rows:
    best = max(("\t", ",", ";"), key=lambda separator: lines[0][1].count(separator))
    rows = []
    for number, line in lines:
        try:
            rows.append((number, next(csv.reader([line], delimiter=best))))
        except csv.Error as error:
            raise TopicFileError(f"{place}, line {number}: this row cannot be read ({error}).") from error
    return rows


def _topics_of_matrix(header: list[str], rows: _Rows, place: str) -> list[list[str]]:
    # R leaves out the name of the column of row names.
    if all(len(row) == len(header) + 1 for _, row in rows):
        header = ["", *header]
    named = _has_row_names(header, [row[0] for _, row in rows])
    values = np.array([_numbers(row, number, header, place)[int(named) :] for number, row in rows])
    names = [name.strip() for name in header[int(named) :]]
    if named and all(map(_TOPIC_NAME.fullmatch, names)):
        values, names = values.T, [row[0].strip() for _, row in rows]
    return _best(values, names)


def _best(values: NDArray[np.float64], names: list[str]) -> list[list[str]]:
    topics = top_words(values, names, MATRIX_WORDS)
    if (values < 0).any():
        return topics
    return [words[: int((row > 0).sum())] for words, row in zip(topics, values, strict=True)]


def _has_row_names(header: list[str], column: list[str]) -> bool:
    """Whether the first column tells the rows apart, and is none of a word."""
    if not all(map(_is_number, column)):
        return True
    counted = [float(value) for value in column]
    in_order = counted in (list(range(len(column))), list(range(1, len(column) + 1)))
    return header[0].strip() == "" or (header[0].strip().lower() in _ROW_NAMES and in_order)


def _numbers(row: list[str], number: int, header: list[str], place: str) -> list[float]:
    if len(row) != len(header):
        raise TopicFileError(f"{place}, line {number}: this row has {len(row)} cells, and the first has {len(header)}.")
    for name, cell in zip(header[1:], row[1:], strict=True):
        if not _is_number(cell):
            raise TopicFileError(
                f"{place}, line {number}: a matrix holds finite numbers, and under {name[:40]!r} stands {cell[:40]!r}."
            )
    return [float(row[0]) if _is_number(row[0]) else 0.0, *map(float, row[1:])]


def _is_number(cell: str) -> bool:
    return _is_written_number(cell) and math.isfinite(float(cell))


def _is_written_number(cell: str) -> bool:
    """Whether it is a number, be it nan or infinite."""
    try:
        float(cell)
    except ValueError:
        return False
    return True
