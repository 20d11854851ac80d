"""What a verb says: data on standard output, notes and progress on standard error."""

from __future__ import annotations

import contextlib
import json
import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Console", "Lines", "StandardOutput", "counted", "number", "print_json", "print_lines"]

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
            with contextlib.suppress(OSError):
                print(f"textsc {self.verb}: {text}", file=sys.stderr)  # noqa: T201

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
        if self.quiet or not sys.stderr.isatty():
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


class StandardOutput:
    """Standard output as a file of bytes whose failures are sentences."""

    def write(self, data: bytes) -> int:
        """Write and flush, so that a reader sees each block as it is done."""
        with _explained_stdout():
            sys.stdout.flush()
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        return len(data)


def print_lines(lines: Sequence[str]) -> None:
    """Print lines of text on standard output.

    Parameters
    ----------
    lines : sequence of str
        Without their line ends.

    Raises
    ------
    textsc.checkpoint.OutputError
        Standard output cannot take them.

    Examples
    --------
    >>> print_lines(["one", "two"])
    one
    two
    """
    with _explained_stdout():
        sys.stdout.write("".join(line + "\n" for line in lines))
        sys.stdout.flush()


def print_json(content: Mapping[str, Any], *, to_stderr: bool = False) -> None:
    """Print one JSON object with the number of its schema.

    Parameters
    ----------
    content : mapping
        Plain values.
    to_stderr : bool
        Whether standard output is taken by the data.

    Examples
    --------
    >>> print_json({"n_documents": 3})
    {"schema": 1, "n_documents": 3}
    """
    text = as_json_text({"schema": 1, **content})
    if to_stderr:
        with contextlib.suppress(OSError):
            sys.stderr.write(text + "\n")
    else:
        print_lines([text])


def as_json_text(content: Mapping[str, Any]) -> str:
    """Give the JSON text of an object, in letters that standard output can write.

    Parameters
    ----------
    content : mapping
        Plain values.

    Returns
    -------
    str
        One line.

    Examples
    --------
    >>> as_json_text({"n": 3})
    '{"n": 3}'
    """
    encoding = (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "")
    return json.dumps(content, ensure_ascii=encoding != "utf8", allow_nan=False)


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


def counted(statuses: Mapping[str, int]) -> str:
    """Say how many documents there are, and of which status.

    Parameters
    ----------
    statuses : mapping of str to int
        How often each status occurs.

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
    """
    total = sum(statuses.values())
    parts = [f"{n:,} {name.replace('_', ' ')}" for name, n in statuses.items() if n]
    return f"{total:,} document{'' if total == 1 else 's'} ({', '.join(parts)})"


@contextlib.contextmanager
def _explained_stdout() -> Iterator[None]:
    from textsc.checkpoint import OutputError

    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"cannot write to standard output: {error.strerror}") from error


def _nothing(share: float | None, remark: str = "") -> None:
    """Take the place of a progress bar."""
