"""What a verb says while it works: notes and progress on standard error."""

from __future__ import annotations

import contextlib
import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from textsc.cli.streams import say

__all__ = ["Console", "Lines", "counted", "number", "plural", "shown_gap", "shown_pairs"]

_SHOWN = 10

Update = Callable[[float | None, str], None]


@dataclass(slots=True)
class Lines:
    """The first of many lines, and how many more there were.

    Parameters
    ----------
    first : list of str
        At most ten.
    n_more : int
        The number of others.

    Examples
    --------
    >>> lines = Lines()
    >>> lines.add([str(n) for n in range(12)])
    >>> len(lines.first), lines.n_more
    (10, 2)
    """

    first: list[str] = field(default_factory=list)
    n_more: int = 0

    def add(self, lines: Sequence[str]) -> None:
        """Take more lines."""
        kept = list(lines[: _SHOWN - len(self.first)])
        self.first += kept
        self.n_more += len(lines) - len(kept)


@dataclass(frozen=True, slots=True)
class Console:
    """Standard error of a verb.

    Parameters
    ----------
    verb : str
        Name of the verb, before each line.
    quiet : bool
        Whether to say nothing.

    Examples
    --------
    >>> Console("fit", quiet=True).note("not said")
    """

    verb: str
    quiet: bool = False

    def note(self, text: str) -> None:
        """Say one line."""
        if not self.quiet:
            say(f"textsc {self.verb}: {text}")

    def notes(self, lines: Lines) -> None:
        """Say the first lines, and how many more there are."""
        for line in lines.first:
            self.note(line)
        if lines.n_more:
            self.note(f"and {lines.n_more:,} more like these")

    @contextlib.contextmanager
    def progress(self, label: str) -> Iterator[Update]:
        """Show a bar with the time left while work goes on, on a terminal only.

        Parameters
        ----------
        label : str
            What is being done.

        Yields
        ------
        callable
            Takes the share that is done (None if unknown) and a remark.
        """
        if self.quiet or sys.stderr is None or not sys.stderr.isatty():
            yield _nothing
            return
        from rich import console, progress

        columns = (
            progress.TextColumn("{task.description}"),
            progress.BarColumn(),
            progress.TaskProgressColumn(),
            progress.TimeRemainingColumn(),
            progress.TextColumn("{task.fields[remark]}"),
        )
        screen = console.Console(file=sys.stderr)
        with progress.Progress(*columns, console=screen, transient=True) as bars:
            bar = bars.add_task(label, total=None, remark="")

            def update(share: float | None, remark: str = "") -> None:
                total = None if share is None else 1.0
                bars.update(bar, total=total, completed=share or 0.0, remark=remark)

            yield update


def number(value: float) -> float | None:
    """Give a number as JSON can hold it: None where it is not finite.

    Parameters
    ----------
    value : float
        Any number.

    Returns
    -------
    float or None
        The number.

    Examples
    --------
    >>> number(0.5), number(float("inf"))
    (0.5, None)
    """
    return float(value) if math.isfinite(value) else None


def shown_gap(value: float, *, unit: str = " nats per token") -> str:
    """Say a gap in two digits.

    Parameters
    ----------
    value : float
        The gap.
    unit : str
        What it is in.

    Returns
    -------
    str
        A clause.

    Examples
    --------
    >>> shown_gap(0.000123), shown_gap(float("nan"))
    ('0.00012 nats per token', 'infinite')
    """
    return f"{value:.2g}{unit}" if math.isfinite(value) else "infinite"


def plural(count: int, noun: str) -> str:
    """Say how many there are.

    Parameters
    ----------
    count : int
        How many.
    noun : str
        In the singular.

    Returns
    -------
    str
        A phrase.

    Examples
    --------
    >>> plural(1, "word"), plural(1300, "word")
    ('1 word', '1,300 words')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def shown_pairs(pairs: Sequence[Sequence[int]]) -> str:
    """Name the first pairs of topics, and say how many more there are.

    Parameters
    ----------
    pairs : sequence of (int, int)
        Numbers of topics.

    Returns
    -------
    str
        A phrase.

    Examples
    --------
    >>> shown_pairs([(0, 2), (1, 2)])
    '0 and 2, 1 and 2'
    >>> shown_pairs([(0, k) for k in range(1, 14)]).split(", ")[-2:]
    ['0 and 10', 'and 3 pairs more']
    """
    shown = ", ".join(f"{first} and {second}" for first, second in pairs[:_SHOWN])
    left = len(pairs) - _SHOWN
    return f"{shown}, and {plural(left, 'pair')} more" if left > 0 else shown


def counted(statuses: Mapping[str, int], *, noun: str = "document", source: str = "") -> str:
    """Say how many documents there are, and of which status.

    Parameters
    ----------
    statuses : mapping of str to int
        How often each status occurs.
    noun : str
        What a row is, in the singular.
    source : str
        What the rows are of.

    Returns
    -------
    str
        A clause.

    Examples
    --------
    >>> counted({"ok": 1299, "empty": 1, "unreadable": 0})
    '1,300 documents (1,299 ok, 1 empty)'
    >>> counted({"ok": 1})
    '1 document (1 ok)'
    >>> counted({"ok": 2}, noun="snippet", source=" of 1 file")
    '2 snippets of 1 file (2 ok)'
    """
    total = sum(statuses.values())
    parts = [f"{n:,} {name.replace('_', ' ')}" for name, n in statuses.items() if n]
    return f"{plural(total, noun)}{source} ({', '.join(parts)})"


def _nothing(share: float | None, remark: str = "") -> None:
    """Take the place of a progress bar."""
