"""Rows of snippets pooled to rows of clips: a row a file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textsc.layout import Rows
    from textsc.tables import CodeRows, PredictionRows, ValueRows

__all__ = ["clip_status", "pool_clips"]

_ROWS = 1024  # of a block
# The first of these that a snippet has is the status of its file.
_DECISIVE = ("unreadable", "not_converged")


def clip_status(statuses: Counter[str]) -> str:
    """Give the status of a file from those of its snippets.

    A file with an ``unreadable`` or a ``not_converged`` row has that status; any other has the one of most of its
    snippets, the first of them where several are as frequent.

    Parameters
    ----------
    statuses : Counter of str
        How many snippets have each status, in the order in which they were met.

    Returns
    -------
    str
        One of them.

    Examples
    --------
    >>> clip_status(Counter({"silent": 1, "ok": 2})), clip_status(Counter({"ok": 900, "not_converged": 1}))
    ('ok', 'not_converged')
    """
    for status in _DECISIVE:
        if statuses[status]:
            return status
    return statuses.most_common(1)[0][0]


def pool_clips(blocks: Iterable[tuple[Rows, Sequence[str]]], *, classes: Sequence[str] = ()) -> Iterator[Rows]:
    """Pool rows of one file, which follow each other, to one row.

    Of codes this is their mean with the largest gap; of predicted numbers the mean. Of classes it is the one with the
    largest sum of log-probabilities over the snippets of the file, silent ones left out where there are others; its
    probabilities are the geometric means of those of the snippets, divided by their sum. (Those of all snippets
    together, as if these were independent, would be 0 and 1.)

    Parameters
    ----------
    blocks : iterable of (Rows, sequence of str)
        Rows of snippets, all `CodeRows`, `PredictionRows` or `ValueRows`, and the file of each.
    classes : sequence of str
        Of predicted classes, in the order of their columns.

    Yields
    ------
    Rows
        Rows of files, in the order of the files.

    Examples
    --------
    >>> import numpy as np
    >>> from textsc.tables import CodeRows, PredictionRows
    >>> rows = CodeRows(["a#0", "a#50"], ["ok", "ok"], np.zeros(2), None, None, np.array([[1.0], [3.0]]))
    >>> [(clips.ids, clips.codes.tolist()) for clips in pool_clips([(rows, ["a", "a"])])]
    [(['a'], [[2.0]])]
    >>> rows = PredictionRows(["a#0", "a#50"], ["ok", "ok"], ["x", "y"], np.array([[0.5, 0.5], [0.1, 0.9]]))
    >>> (clips,) = pool_clips([(rows, ["a", "a"])], classes=["x", "y"])
    >>> clips.prediction, clips.probabilities.round(2).tolist()
    (['y'], [[0.25, 0.75]])
    """
    done: list[_Clip] = []
    clip: _Clip | None = None
    for rows, files in blocks:
        for first, end in _runs(files):
            if clip is None or clip.name != files[first]:
                done += [clip] if clip is not None else []
                clip = _POOLS[type(rows).__name__](files[first])
            clip.add(rows, slice(first, end))
        if len(done) >= _ROWS:
            yield done[0].joined(done, classes)
            done = []
    done += [clip] if clip is not None else []
    if done:
        yield done[0].joined(done, classes)


def _runs(files: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Give where each run of one name begins and ends."""
    first = 0
    for end in range(1, len(files) + 1):
        if end == len(files) or files[end] != files[first]:
            yield first, end
            first = end


@dataclass
class _Clip(ABC):
    """What is summed up of a file."""

    name: str
    statuses: Counter[str] = field(default_factory=Counter)

    @abstractmethod
    def add(self, rows: Any, part: slice) -> None:
        """Take snippets."""
        self.statuses.update(rows.status[part])

    @staticmethod
    @abstractmethod
    def joined(clips: Any, classes: Sequence[str]) -> Rows:
        """Give a row a file."""


@dataclass
class _CodeClip(_Clip):
    total: Any = 0.0
    gap: float = 0.0
    dtype: Any = None

    def add(self, rows: CodeRows, part: slice) -> None:
        import numpy as np

        super().add(rows, part)
        self.dtype = rows.codes.dtype
        self.total = _added(self.total, rows.codes[part])
        # Unlike `max`, this one does not lose a gap that is no number.
        self.gap = float(np.maximum(self.gap, rows.gap[part].max()))

    @staticmethod
    def joined(clips: Sequence[_CodeClip], classes: Sequence[str]) -> Rows:
        import numpy as np

        from textsc.tables import CodeRows

        codes = np.array([clip.total / clip.statuses.total() for clip in clips], dtype=clips[0].dtype)
        gaps = np.array([clip.gap for clip in clips])
        return CodeRows([clip.name for clip in clips], _statuses(clips), gaps, None, None, codes)


@dataclass
class _ClassClip(_Clip):
    heard: Any = 0.0
    silent: Any = 0.0

    def add(self, rows: PredictionRows, part: slice) -> None:
        import numpy as np

        super().add(rows, part)
        logarithms = np.log(np.maximum(rows.probabilities[part], np.finfo(np.float64).tiny))
        silent = np.array([status == "silent" for status in rows.status[part]])
        self.heard = _added(self.heard, logarithms[~silent])
        self.silent = _added(self.silent, logarithms[silent])

    def logarithms(self) -> Any:
        """Give the mean log-probability of each class."""
        n_silent = self.statuses["silent"]
        n_heard = self.statuses.total() - n_silent
        return self.heard / n_heard if n_heard else self.silent / n_silent

    @staticmethod
    def joined(clips: Sequence[_ClassClip], classes: Sequence[str]) -> Rows:
        import numpy as np

        from textsc.tables import PredictionRows

        means = np.array([clip.logarithms() for clip in clips])
        shares = np.exp(means - means.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        told = [classes[number] for number in means.argmax(axis=1)]
        return PredictionRows([clip.name for clip in clips], _statuses(clips), told, shares)


@dataclass
class _ValueClip(_Clip):
    total: Any = 0.0

    def add(self, rows: ValueRows, part: slice) -> None:
        super().add(rows, part)
        self.total = _added(self.total, rows.prediction[part])

    @staticmethod
    def joined(clips: Sequence[_ValueClip], classes: Sequence[str]) -> Rows:
        import numpy as np

        from textsc.tables import ValueRows

        means = np.array([clip.total / clip.statuses.total() for clip in clips])
        return ValueRows([clip.name for clip in clips], _statuses(clips), means)


_POOLS: dict[str, type[_Clip]] = {"CodeRows": _CodeClip, "PredictionRows": _ClassClip, "ValueRows": _ValueClip}


def _added(total: Any, values: Any) -> Any:
    """Add row by row: the sum must not depend on how a file lies in its blocks."""
    for value in values.astype("float64"):
        total = total + value
    return total


def _statuses(clips: Sequence[_Clip]) -> list[str]:
    return [clip_status(clip.statuses) for clip in clips]
