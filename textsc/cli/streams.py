"""The streams of the process: what is written to them, and what is said when it cannot be."""

from __future__ import annotations

import contextlib
import errno
import io
import json
import logging
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

__all__ = [
    "StandardOutput",
    "as_json_text",
    "explained_stdout",
    "logged_to_stderr",
    "print_json",
    "print_lines",
    "say",
]


class StandardOutput:
    """Standard output as a file of bytes whose failures are sentences."""

    def write(self, data: bytes) -> int:
        """Write and flush, so that a reader sees each block as it is done."""
        with explained_stdout():
            sys.stdout.flush()
            rest = memoryview(data)
            while rest:
                # Without a buffer (python -u) a disk that is nearly full takes a part, and refuses at the next write.
                taken = sys.stdout.buffer.write(rest)
                if taken is None:
                    raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
                rest = rest[taken:]
            sys.stdout.buffer.flush()
        return len(data)


def say(text: str) -> None:
    """Write one line to standard error, where there is one.

    Parameters
    ----------
    text : str
        Without its line end.

    Examples
    --------
    >>> say("this goes to standard error")
    """
    # Without standard error, `print` would write to standard output.
    if sys.stderr is not None:
        with contextlib.suppress(OSError):
            print(text, file=sys.stderr)  # noqa: T201


def print_lines(lines: Sequence[str], *, to_stderr: bool = False) -> None:
    """Print lines of text on standard output.

    Parameters
    ----------
    lines : sequence of str
        Without their line ends.
    to_stderr : bool
        Whether standard output is taken by the data.

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
    if to_stderr:
        say("\n".join(lines))
        return
    text = "".join(line + "\n" for line in lines)
    if isinstance(sys.stdout, io.TextIOWrapper):
        StandardOutput().write(text.encode(sys.stdout.encoding, sys.stdout.errors or "strict"))
        return
    with explained_stdout():
        sys.stdout.write(text)
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
    print_lines([as_json_text({"schema": 1, **content})], to_stderr=to_stderr)


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


@contextlib.contextmanager
def explained_stdout() -> Iterator[None]:
    """Turn a failure to write to standard output into a sentence.

    Raises
    ------
    textsc.checkpoint.OutputError
        Standard output is closed, or cannot take what is written.
    """
    from textsc.checkpoint import OutputError

    if sys.stdout is None:
        raise OutputError("cannot write to standard output: it is closed; send it to a file or to /dev/null")
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"cannot write to standard output: {error.strerror}") from error


@contextlib.contextmanager
def logged_to_stderr(name: str, *, quiet: bool) -> Iterator[None]:
    """Say what the package logs as a warning, such as a download, in the lines of a verb.

    Parameters
    ----------
    name : str
        What stands before each line: the program and its verb.
    quiet : bool
        Whether to say nothing.
    """
    handler = _Lines(name, quiet=quiet)
    logger = logging.getLogger("textsc")
    propagate, logger.propagate = logger.propagate, False
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagate


class _Lines(logging.Handler):
    def __init__(self, name: str, *, quiet: bool) -> None:
        super().__init__(logging.WARNING)
        self._before = name
        self._quiet = quiet

    def emit(self, record: logging.LogRecord) -> None:
        if not self._quiet:
            say(f"{self._before}: {record.getMessage()}")
