"""Snippets drawn from a stream of any length: what is learned from, in memory that does not grow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textsc.corpus.records import Reader
from textsc.corpus.rows import SOUND_TO_LEARN_FROM, Dataset
from textsc.corpus.sound.snippets import stream_snippets
from textsc.corpus.sound.spectra import SoundSpectra

__all__ = ["MOST_SNIPPETS", "Drawn", "draw_snippets"]

MOST_SNIPPETS = 32_768  # 72 MB of spectra
_BLOCK = 1024


@dataclass(frozen=True)
class Drawn:
    """Some snippets of a corpus of sounds, and what became of all.

    Attributes
    ----------
    data : Dataset
        The snippets drawn, in the order of the corpus, with all problems and notes of the corpus.
    statuses : Counter of str
        How many rows of the corpus have each status.
    n_files : int
        Files of the corpus.
    n_usable : int
        Snippets among which was drawn.
    """

    data: Dataset
    statuses: Counter[str]
    n_files: int
    n_usable: int


def draw_snippets(
    reader: Reader,
    encoder: SoundSpectra,
    *,
    most: int = MOST_SNIPPETS,
    seed: int = 0,
    labelled: bool = False,
    on_progress: Callable[[float | None, int], None] | None = None,
) -> Drawn:
    """Read a corpus of sounds once and keep at most `most` of its snippets, each equally likely to be kept.

    Drawn are snippets ``ok`` and ``clipped``, by Vitter's algorithm R with one uniform number a snippet from `seed`:
    the t-th takes the place ⌊t·u⌋ where that is below `most`. Where there are no more than `most`, all are kept.

    Parameters
    ----------
    reader : Reader
        A `SoundReader`.
    encoder : SoundSpectra
        Makes the spectra.
    most : int
        Rows to keep; a row has ``4 * encoder.n_columns`` bytes.
    seed : int
        The same seed keeps the same snippets.
    labelled : bool
        Whether only snippets with a label are drawn.
    on_progress : callable, optional
        As for `textsc.corpus.dataset.read_corpus`.

    Returns
    -------
    Drawn
        The snippets.

    Raises
    ------
    CorpusError
        The extra ``audio`` is missing, or nothing is readable.

    References
    ----------
    J. S. Vitter, "Random sampling with a reservoir", ACM Transactions on Mathematical Software 11, 1985.

    Examples
    --------
    >>> from pathlib import Path
    >>> from textsc.corpus.sound.soundfolders import SoundReader
    >>> draw_snippets(SoundReader(Path("no-such.wav"), name="no-such.wav"), SoundSpectra(), most=100)
    Traceback (most recent call last):
    ...
    textsc.corpus.records.CorpusError: Nothing is readable in no-such.wav; first no-such.wav: it is not a regular file.
    """
    kept = _Reservoir(most, encoder.n_columns, np.random.default_rng(seed))
    statuses: Counter[str] = Counter()
    problems: list[str] = []
    n_files, last_file = 0, None
    for block in stream_snippets(reader, encoder, _BLOCK):
        statuses.update(block.status)
        problems += block.problems
        for clip in block.clips or ():
            n_files += clip != last_file
            last_file = clip
        usable = [status in SOUND_TO_LEARN_FROM for status in block.status]
        if labelled:
            usable = [a and label is not None for a, label in zip(usable, block.y or [None] * len(usable), strict=True)]
        kept.take(block, np.array(usable))
        if on_progress is not None:
            on_progress(reader.fraction, statuses.total())
    data = replace(kept.dataset(block), problems=problems, notes=reader.notes)
    return Drawn(data, statuses, n_files, kept.n_seen)


class _Reservoir:
    def __init__(self, most: int, width: int, rng: np.random.Generator) -> None:
        self._most = most
        self._rng = rng
        self._X: NDArray[np.float32] = np.empty((0, width), dtype=np.float32)
        self._rows: list[tuple[int, str, str, str | None, str]] = []  # number, id, file, label, status
        self.n_seen = 0

    def take(self, block: Dataset, usable: NDArray[np.bool_]) -> None:
        """Draw among the usable rows of a block."""
        first, self.n_seen = self.n_seen, self.n_seen + int(usable.sum())
        numbers = np.arange(first, self.n_seen)
        # One number a snippet, whether it is needed or not: what is drawn does not depend on the blocks.
        places = np.floor((numbers + 1) * self._rng.random(len(numbers))).astype(np.intp)
        places = np.where(numbers < self._most, numbers, places)
        chosen = places < self._most
        rows = np.flatnonzero(usable)[chosen]
        self._grow(min(self.n_seen, self._most))
        clips, labels = block.clips or [], block.y or [None] * len(block.ids)
        for row, place, number in zip(rows.tolist(), places[chosen].tolist(), numbers[chosen].tolist(), strict=True):
            self._X[place] = block.X[row]
            entry = (number, block.ids[row], clips[row], labels[row], block.status[row])
            if place < len(self._rows):
                self._rows[place] = entry
            else:
                self._rows.append(entry)

    def _grow(self, n_rows: int) -> None:
        if n_rows > len(self._X):
            held = self._X
            size = min(self._most, max(2 * len(held), n_rows))
            self._X = np.empty((size, held.shape[1]), dtype=np.float32)
            self._X[: len(held)] = held

    def dataset(self, block: Dataset) -> Dataset:
        """Give what was drawn, in the order of the corpus; `block` has what all rows share."""
        X = self._X[: len(self._rows)]
        numbers = np.array([entry[0] for entry in self._rows], dtype=np.int64)
        order = np.argsort(numbers)
        if (np.diff(numbers) < 0).any():
            X = X[order]
        entries: Any = [self._rows[place] for place in order.tolist()]
        _, ids, clips, labels, status = (list(column) for column in zip(*entries, strict=True)) if entries else [[]] * 5
        known = any(label is not None for label in labels)
        return replace(block, X=X, ids=ids, clips=clips, y=labels if known else None, status=status)
