"""From whatever went wrong to one sentence and an exit code."""

from __future__ import annotations

import contextlib
import functools
import io
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import Any, ParamSpec, TypeVar

import typer

from textsc.cli.streams import as_json_text, explained_stdout, logged_to_stderr, say
from textsc.cli.wording import parser_sentence

__all__ = ["CODES", "UsageProblem", "run", "verb"]

#: Exit codes by the name of the error, which is looked up without importing its module.
CODES = {
    "UsageProblem": 2,
    "OutputExists": 2,
    "InvalidParameterError": 2,
    "ContentError": 2,
    "ReadingOptionError": 2,
    "CorpusError": 3,
    "NoWordsError": 3,
    "OutputError": 3,
    "PlotError": 3,
    "TopicFileError": 3,
    "OSError": 3,
    "ModelFileError": 4,
    "DeviceError": 6,
    "_Interrupted": 130,
    "KeyboardInterrupt": 130,
}

# The base of what the parser raises: the library is vendored in some versions of Typer.
_ParserError: type[Any] = typer.BadParameter.__mro__[2]

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class UsageProblem(Exception):  # noqa: N818 - a mistake in the command, not of the program
    """The options do not make sense together (exit code 2)."""


class _Interrupted(Exception):  # noqa: N818
    """The run was interrupted from outside."""

    def __str__(self) -> str:
        return "interrupted: no file was left half written, and an earlier output is as it was"


class _PipeClosed(Exception):  # noqa: N818
    """Whoever reads standard output has had enough."""


def verb(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Keep interruptions and closed pipes from the parser, which would end the process itself.

    Parameters
    ----------
    function : callable
        A verb.

    Returns
    -------
    callable
        The verb, of the same signature.

    Examples
    --------
    >>> verb(len)([1, 2])
    2
    """

    @functools.wraps(function)
    def shielded(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        try:
            return function(*args, **kwargs)
        except KeyboardInterrupt as error:
            raise _Interrupted from error
        except BrokenPipeError as error:
            raise _PipeClosed from error

    return shielded


def run(call: Callable[[Sequence[str]], int | None], args: Sequence[str]) -> int:
    """Run a command and turn whatever it raises into a sentence on stderr and an exit code.

    Parameters
    ----------
    call : callable
        Takes the arguments, returns an exit code or None for 0.
    args : sequence of str
        The command line without the name of the program; ``--json`` and ``--debug`` in it decide
        how an error is told.

    Returns
    -------
    int
        The exit code.

    Examples
    --------
    >>> run(lambda args: 5, ["encode"])
    5
    """
    for stream in (sys.stdout, sys.stderr):
        # A word that the terminal cannot show is no reason to stop.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        with _termination_as_interrupt(), logged_to_stderr(_command(args), quiet="--quiet" in _options(args)):
            with explained_stdout():
                # Every verb prints something: one that could not is not begun.
                sys.stdout.flush()
            code = call(args) or 0
            with explained_stdout():
                sys.stdout.flush()
            return code
    except (_PipeClosed, BrokenPipeError):
        _silence_stdout()
        return 0
    except (Exception, KeyboardInterrupt) as error:
        return _report(error, args)


def _report(error: BaseException, args: Sequence[str]) -> int:
    options, name = _options(args), _command(args)
    if isinstance(error, _ParserError):
        # The parser knows which part of the command line it was in.
        name = getattr(getattr(error, "ctx", None), "command_path", "textsc")
    code, sentence = _told(error, name, options)
    if "--debug" in options:
        say("".join(traceback.format_exception(error)).rstrip())
    say(f"{name}: {sentence}")
    if sys.stdout is None:
        return code
    try:
        if "--json" in options:
            found = {"schema": 1, "error": sentence, "code": code}
            sys.stdout.write(as_json_text(found) + "\n")
        sys.stdout.flush()
    except OSError:
        # Standard output is what failed, and the interpreter would try it again at its end.
        _silence_stdout()
    return code


def _options(args: Sequence[str]) -> list[str]:
    return list(args)[: list(args).index("--")] if "--" in args else list(args)


def _command(args: Sequence[str]) -> str:
    return " ".join(["textsc", *[arg for arg in _options(args) if not arg.startswith("-")][:1]])


def _told(error: BaseException, name: str, args: Sequence[str]) -> tuple[int, str]:
    """Give the exit code and the sentence of an error."""
    if isinstance(error, _ParserError):
        return 2, f"{parser_sentence(error, args)}; see {name} --help"
    if isinstance(error, _Interrupted | KeyboardInterrupt):
        return 130, str(_Interrupted())
    if isinstance(error, MemoryError):
        return 1, "there is not enough memory; use fewer topics or words (--topics, --max-words)"
    code = next((CODES[c.__name__] for c in type(error).__mro__ if c.__name__ in CODES), 1)
    message = " ".join(str(error).split())
    if isinstance(error, OSError):
        place = "a file" if error.filename is None else error.filename
        return code, f"cannot read or write {place}: {error.strerror or message}"
    if code == 1:
        kind = type(error).__name__
        hint = "run again with --debug and please report what it prints"
        return code, f"unexpected error ({kind}: {message}); {hint}"
    return code, message


@contextlib.contextmanager
def _termination_as_interrupt() -> Iterator[None]:
    """Let SIGTERM clean up as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(signum: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _silence_stdout() -> None:
    if sys.stdout is sys.__stdout__ and sys.stdout is not None:
        devnull = os.open(os.devnull, os.O_WRONLY)
        os.dup2(devnull, sys.stdout.fileno())
        os.close(devnull)
