"""A text in pieces that keep their places: what is shown of a text is cut between them."""

# Signs of other scripts are what is looked for.
# ruff: noqa: RUF001

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from textsc.corpus.words.wordtable import BREAK, WordTable

__all__ = ["TextPieces", "text_pieces"]

# Chinese and Japanese sentences follow each other without spaces.
_PIECE = re.compile(r"[^\s。！？]+[。！？]*[」』”’）]*|[。！？]+")
_SENTENCE_END = re.compile(r"(?:[.!?…]|[。！？؟।])[\"'”’»)\]」』）]*$")
# Not the end of a sentence: one letter with a full stop, and titles.
_ABBREVIATION = re.compile(r"^\W*(?:\w|Mr|Mrs|Ms|Dr|Prof|St|vs|No|Jr|Sr|Gov|Sen|Rep|Gen)\.$")


@dataclass(frozen=True, slots=True)
class TextPieces:
    """The pieces of a text: what stands between its spaces.

    Attributes
    ----------
    text : str
        As it was.
    spans : list of (int, int)
        Where each piece begins and ends in the text.
    begins : list of bool
        Whether a sentence or a paragraph begins with it.
    words : list of list of int
        The columns of the words in it; an n-gram is in the piece that it begins in.
    lengths : list of int
        Words in it, those that are not in the vocabulary among them; at least 1.
    """

    text: str
    spans: list[tuple[int, int]]
    begins: list[bool]
    words: list[list[int]]
    lengths: list[int]

    def shown(self, first: int, end: int) -> str:
        """Give a run of pieces as one line, with … where a sentence is cut.

        Parameters
        ----------
        first, end : int
            From piece `first` up to, and without, `end`.

        Returns
        -------
        str
            The text of them, runs of white space made one space.

        Examples
        --------
        >>> from textsc.corpus.text import TextCounts
        >>> encoder = TextCounts(min_df=1, max_df=1.0).fit(["A cat sat. A dog ran."])
        >>> pieces = text_pieces("A cat sat.  A dog ran.", encoder.word_table())
        >>> pieces.shown(0, 3), pieces.shown(1, 5)
        ('A cat sat.', '… cat sat. A dog …')
        """
        if first >= end:
            return ""
        inner = " ".join(self.text[self.spans[first][0] : self.spans[end - 1][1]].split())
        before = "" if self.begins[first] else "… "
        return before + inner + ("" if end == len(self.spans) or self.begins[end] else " …")


def text_pieces(text: str, table: WordTable) -> TextPieces:
    """Cut a text into pieces, and find the words of each.

    Parameters
    ----------
    text : str
        Any text.
    table : WordTable
        Of a fitted encoder, as from its `word_table`.

    Returns
    -------
    TextPieces
        All of the text but its spaces.

    Examples
    --------
    >>> from textsc.corpus.text import TextCounts
    >>> encoder = TextCounts(min_df=1, max_df=1.0).fit(["Cats sat. Dogs ran."])
    >>> pieces = text_pieces("No cats sat! Dogs", encoder.word_table())
    >>> [(text, words) for text, words in zip("No cats sat! Dogs".split(), pieces.words)], pieces.begins
    ([('No', []), ('cats', [0]), ('sat!', [3]), ('Dogs', [1])], [True, False, False, True])
    """
    spans = [match.span() for match in _PIECE.finditer(text)]
    numbers = [_numbers(text[start:end], table) for start, end in spans]
    return TextPieces(
        text=text,
        spans=spans,
        begins=_beginnings(text, spans),
        words=_columns(numbers, table),
        lengths=[max(1, sum(number != BREAK for number in found)) for found in numbers],
    )


def _numbers(piece: str, table: WordTable) -> list[int]:
    found = list(table.numbers(piece))
    # The table takes each piece for a whole text, and ends it with a break.
    return found[:-1] if table.ngrams is not None and found else found


def _columns(numbers: list[list[int]], table: WordTable) -> list[list[int]]:
    if table.ngrams is None:
        return [[number for number in found if number >= 0] for found in numbers]
    starts, columns = table.ngrams.columns(np.array([n for found in numbers for n in found], dtype=np.int32))
    piece_of = np.repeat(np.arange(len(numbers)), [len(found) for found in numbers])
    words: list[list[int]] = [[] for _ in numbers]
    for piece, column in zip(piece_of[starts].tolist(), columns.tolist(), strict=True):
        words[piece].append(column)
    return words


def _beginnings(text: str, spans: list[tuple[int, int]]) -> list[bool]:
    """Say which pieces begin a sentence: the first, and those behind its end or behind a blank line."""
    begins = [True] * len(spans)
    for number in range(1, len(spans)):
        start, end = spans[number - 1]
        before, between = text[start:end], text[end : spans[number][0]]
        ended = _SENTENCE_END.search(before) is not None and _ABBREVIATION.match(before) is None
        begins[number] = between.count("\n") > 1 or (ended and not text[spans[number][0]].islower())
    return begins
