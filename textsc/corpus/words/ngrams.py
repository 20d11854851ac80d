"""Finding words and n-grams, words that follow each other, among the numbers of words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["NgramTable", "extended"]

_Longs = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class NgramTable:
    """The nodes of a tree of n-grams; a path from its root is an n-gram, a word at each step.

    Attributes
    ----------
    width : int
        Nodes below it are columns of the counts; others only lead to longer n-grams.
    first : ndarray of shape (n_words,), int64
        The node of each word, by its number; -1 where there is none.
    steps : tuple of pairs of ndarray, int64
        For the second word of an n-gram, the third and so on: ``node * n_words + word`` in
        ascending order, and the node that each leads to.

    Examples
    --------
    >>> table = NgramTable.of(["york", "new york"], {"new": 0, "york": 1})
    >>> [(starts.tolist(), nodes.tolist()) for starts, nodes in table.walk(np.array([0, 1, -4, 1]))]
    [([0, 1, 3], [2, 0, 0]), ([0], [1])]
    """

    width: int
    first: _Longs
    steps: tuple[tuple[_Longs, _Longs], ...] = ()

    @classmethod
    def of(cls, vocabulary: Sequence[str], numbers: Mapping[str, int]) -> Self:
        """Build the tree of a vocabulary.

        Parameters
        ----------
        vocabulary : sequence of str
            Words and n-grams, by column; an n-gram has spaces.
        numbers : mapping of str to int
            The number of each word, from 0; words of no n-gram are allowed.

        Returns
        -------
        NgramTable
            Its nodes below ``len(vocabulary)`` are the columns.
        """
        nodes: dict[tuple[int, ...], int] = {}
        for column, entry in enumerate(vocabulary):
            nodes[tuple(numbers[word] for word in entry.split(" "))] = column
        for path in list(nodes):
            for length in range(1, len(path)):
                nodes.setdefault(path[:length], len(nodes))
        first = np.full(len(numbers), -1, dtype=np.int64)
        steps: list[list[tuple[int, int]]] = [[] for _ in range(max(map(len, nodes), default=1) - 1)]
        for path, node in nodes.items():
            if len(path) == 1:
                first[path[0]] = node
            else:
                steps[len(path) - 2].append((nodes[path[:-1]] * len(numbers) + path[-1], node))
        ordered = (np.array(sorted(step), dtype=np.int64) for step in steps)
        return cls(len(vocabulary), first, tuple((step[:, 0], step[:, 1]) for step in ordered))

    def walk(self, codes: NDArray[np.int32]) -> Iterator[tuple[NDArray[np.intp], _Longs]]:
        """Find the n-grams of a text: first those of one word, then of two, and so on.

        Parameters
        ----------
        codes : ndarray of shape (n_tokens,), int32
            Numbers of words; what is negative ends every n-gram.

        Yields
        ------
        tuple of ndarray
            Where n-grams start, ascending, and their nodes.
        """
        starts = np.flatnonzero(codes >= 0)
        nodes = self.first[codes[starts]]
        starts, nodes = starts[nodes >= 0], nodes[nodes >= 0]
        yield starts, nodes
        for length, (keys, leads_to) in enumerate(self.steps, start=1):
            starts, wanted = extended(starts, nodes, codes, length=length, n_words=self.first.size)
            places = np.minimum(np.searchsorted(keys, wanted), keys.size - 1)
            found = keys[places] == wanted
            starts, nodes = starts[found], leads_to[places[found]]
            yield starts, nodes

    def columns(self, codes: NDArray[np.int32]) -> tuple[NDArray[np.intp], NDArray[np.int32]]:
        """Find what is to be counted in a text.

        Parameters
        ----------
        codes : ndarray of shape (n_tokens,), int32
            As for `walk`.

        Returns
        -------
        tuple of ndarray
            Where words and n-grams of the vocabulary start, ascending, and their columns.
        """
        found = list(self.walk(codes))
        starts, nodes = (np.concatenate(parts) for parts in zip(*found, strict=True))
        counted = nodes < self.width
        starts, nodes = starts[counted], nodes[counted]
        order = np.argsort(starts, kind="stable")
        return starts[order], nodes[order].astype(np.int32)


def extended(
    starts: NDArray[np.intp], nodes: _Longs, codes: NDArray[np.int32], *, length: int, n_words: int
) -> tuple[NDArray[np.intp], _Longs]:
    """Give the keys of n-grams that are one word longer, where a word follows.

    Parameters
    ----------
    starts, nodes : ndarray of shape (n,)
        Where n-grams start, and their nodes.
    codes : ndarray of shape (n_tokens,), int32
        The text.
    length : int
        Words in each of the n-grams.
    n_words : int
        Numbers of words are below it.

    Returns
    -------
    tuple of ndarray
        Where longer ones start, and ``node * n_words + word`` for each.

    Examples
    --------
    >>> extended(np.array([0, 1]), np.array([5, 6]), np.array([0, 1, -1]), length=1, n_words=10)
    (array([0]), array([51]))
    """
    inside = starts + length < codes.size
    starts, nodes = starts[inside], nodes[inside]
    behind = codes[starts + length].astype(np.int64)
    goes_on = behind >= 0
    return starts[goes_on], nodes[goes_on] * n_words + behind[goes_on]
