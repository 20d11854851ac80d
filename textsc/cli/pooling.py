"""Codes of snippets pooled to codes of clips: a row a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textsc.tables import CodeRows

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


def pool_clips(blocks: Iterable[tuple[CodeRows, Sequence[str]]]) -> Iterator[CodeRows]:
    """Pool rows of one file, which follow each other, to one row: the mean code and the largest gap.

    Parameters
    ----------
    blocks : iterable of (CodeRows, sequence of str)
        Rows of snippets, and the file of each.

    Yields
    ------
    CodeRows
        Rows of files, in the order of the files.

    Examples
    --------
    >>> import numpy as np
    >>> from textsc.tables import CodeRows
    >>> rows = CodeRows(["a#0", "a#50"], ["ok", "ok"], np.zeros(2), None, None, np.array([[1.0], [3.0]]))
    >>> [(clips.ids, clips.codes.tolist()) for clips in pool_clips([(rows, ["a", "a"])])]
    [(['a'], [[2.0]])]
    """
    done: list[_Clip] = []
    clip: _Clip | None = None
    for rows, files in blocks:
        for first, end in _runs(files):
            if clip is None or clip.name != files[first]:
                done += [clip] if clip is not None else []
                clip = _Clip(files[first])
            clip.add(rows, slice(first, end))
        if len(done) >= _ROWS:
            yield _as_rows(done)
            done = []
    done += [clip] if clip is not None else []
    if done:
        yield _as_rows(done)


def _runs(files: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Give where each run of one name begins and ends."""
    first = 0
    for end in range(1, len(files) + 1):
        if end == len(files) or files[end] != files[first]:
            yield first, end
            first = end


@dataclass
class _Clip:
    """What is summed up of a file."""

    name: str
    statuses: Counter[str] = field(default_factory=Counter)
    total: Any = 0.0
    gap: float = 0.0
    dtype: Any = None

    def add(self, rows: CodeRows, part: slice) -> None:
        import numpy as np

        codes = rows.codes[part]
        self.dtype = codes.dtype
        # Row by row: the sum must not depend on how a file lies in its blocks.
        for code in codes.astype(np.float64):
            self.total = self.total + code
        self.statuses.update(rows.status[part])
        # Unlike `max`, this one does not lose a gap that is no number.
        self.gap = float(np.maximum(self.gap, rows.gap[part].max()))


def _as_rows(clips: Sequence[_Clip]) -> CodeRows:
    import numpy as np

    from textsc.tables import CodeRows

    return CodeRows(
        ids=[clip.name for clip in clips],
        status=[clip_status(clip.statuses) for clip in clips],
        gap=np.array([clip.gap for clip in clips]),
        n_tokens=None,
        oov_rate=None,
        codes=np.array([clip.total / clip.statuses.total() for clip in clips], dtype=clips[0].dtype),
    )
