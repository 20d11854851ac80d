"""The parser's remarks on a value, said as the other errors are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

__all__ = ["parser_sentence"]

# What versions of Typer say, and the rule that is meant.
_RULES = [
    (r"valid integer", "a whole number"),
    (r"valid (?:number|float)", "a number"),
    (r"greater than or equal to (\S+)", r"at least \1"),
    (r"less than or equal to (\S+)", r"at most \1"),
    (r"not in the range (\S+?)<=x<=(\S+?)\.?$", r"from \1 to \2"),
    (r"not in the range x>=(\S+?)\.?$", r"at least \1"),
    (r"is not one of (.+?)\.?$", r"one of \1"),
]


def parser_sentence(error: Any, args: Sequence[str]) -> str:
    """Say what the parser found wrong with a command line.

    Parameters
    ----------
    error : exception
        The parser's, with ``format_message`` and, for a value, ``param``.
    args : sequence of str
        The command line, in which the value is looked up.

    Returns
    -------
    str
        A sentence without its end: ``--topics must be a whole number, got 'five'``.

    Examples
    --------
    >>> import typer
    >>> parser_sentence(typer.BadParameter("nothing known."), [])
    'Invalid value: nothing known'
    """
    options = getattr(getattr(error, "param", None), "opts", [])
    said = " ".join(str(getattr(error, "message", None) or "").split())
    values = [value for value in (_value(args, option) for option in options) if value is not None]
    for pattern, rule in _RULES:
        found = re.search(pattern, said)
        if found is not None and values:
            rule = found.expand(rule).replace("'", "")
            return f"{max(options, key=len)} must be {rule}, got {values[0]!r}"
    return " ".join(str(error.format_message()).split()).rstrip(".")


def _value(args: Sequence[str], option: str) -> str | None:
    """Give the last value of an option, written ``--topics 5`` or ``--topics=5``."""
    if not option.startswith("-"):
        return None
    found = None
    for place, arg in enumerate(args):
        name, equals, value = arg.partition("=")
        if name == option:
            found = value if equals else next(iter(args[place + 1 :]), None)
    return found
