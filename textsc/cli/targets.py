"""What ``tune`` learns to tell: the labels of the rows that have one, as classes or as ratings."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textsc.cli.console import Console, plural
from textsc.cli.errors import UsageProblem

if TYPE_CHECKING:
    from textsc.corpus.dataset import Dataset

__all__ = ["Targets", "find_targets", "note_targets"]

_MANY = 20  # different numbers are hardly classes


@dataclass(frozen=True)
class Targets:
    """The rows to learn from with what is to be told of them, and the rows without a label."""

    rows: Any
    targets: Any
    others: Any


def find_targets(data: Dataset, *, n_rows: int, ratings: bool, corpus: str, target: str, hint: str) -> Targets:
    """Find what there is to learn from.

    Parameters
    ----------
    data : Dataset
    n_rows : int
        Rows of the whole corpus, for messages.
    ratings : bool
        Whether labels are numbers.
    corpus, target : str
        The corpus and the field of the labels, for messages.
    hint : str
        What to do where labels lack, one clause.

    Returns
    -------
    Targets

    Raises
    ------
    UsageProblem
        There are fewer than two different labels, or a rating is no number.
    """
    import numpy as np

    rows, others, labels = _usable(data)
    found: Any = _numbers(data, rows, labels, corpus, target) if ratings else np.array(labels, dtype=str)
    different = sorted(set(labels if not ratings else found.tolist()))
    if len(different) < 2:
        what, kind = ("ratings", "a number") if ratings else ("classes", "a label")
        one = "none" if not different else f"only {different[0]!r}"
        raise UsageProblem(
            f"two different {what} are needed to learn from, but of the {n_rows:,} rows of {corpus} {len(rows):,} are "
            f"usable with {kind} ({one}); {hint}"
        )
    return Targets(np.array(rows), found, np.array(others, dtype=int))


def _usable(data: Dataset) -> tuple[list[int], list[int], list[str]]:
    """Give the rows with a label, those without, and the labels of the first."""
    from textsc.corpus.rows import SOUND_TO_LEARN_FROM

    known = data.y or [None] * len(data.ids)
    usable = [i for i, status in enumerate(data.status) if status in SOUND_TO_LEARN_FROM]
    rows = [i for i in usable if known[i]]
    return rows, [i for i in usable if not known[i]], [str(known[i]) for i in rows]


def _numbers(data: Dataset, rows: list[int], labels: list[str], corpus: str, target: str) -> Any:
    import numpy as np

    values = []
    for row, label in zip(rows, labels, strict=True):
        try:
            values.append(float(label))
        except ValueError:
            values.append(math.nan)
        if not math.isfinite(values[-1]):
            raise UsageProblem(
                f"--ratings needs a number in the field {target} of {corpus}, but document {data.ids[row]!r} has "
                f"{label!r}; without --ratings it is taken as a class"
            )
    return np.array(values)


def note_targets(console: Console, targets: Targets, target: str) -> None:
    """Say what is odd about classes: few examples, or many numbers.

    Parameters
    ----------
    console : Console
    targets : Targets
        Classes.
    target : str
        The field that they are from.
    """
    counts = Counter(targets.targets.tolist())
    n_single = sum(n == 1 for n in counts.values())
    if n_single:
        console.note(f"{plural(n_single, 'label')} of {target} with one example only: from one little is learned")
    if len(counts) > _MANY and all(re.fullmatch(r"[-+]?\d+([.,]\d+)?", label) for label in counts):
        console.note(f"{target} holds {len(counts):,} different numbers and is taken as classes; see --ratings")
