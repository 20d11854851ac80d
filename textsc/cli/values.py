"""Values of options that are more than one type can say."""

from __future__ import annotations

import re
from pathlib import Path

from textsc.cli.errors import UsageProblem

__all__ = ["count_or_share", "language_name", "positive_or_auto", "stop_word_list", "whole_or_auto"]


def language_name(choice: str) -> str:
    """Read the name or the code of a language.

    Parameters
    ----------
    choice : str
        As written on the command line.

    Returns
    -------
    str
        Its name.

    Raises
    ------
    UsageProblem
        It is not known.

    Examples
    --------
    >>> language_name("de")
    'german'
    """
    from textsc.corpus.words.language import close_to, find_language

    try:
        return find_language(choice).name
    except ValueError as error:
        raise UsageProblem(
            f"--language does not know {choice!r}{close_to(choice)}; textsc fit --language list shows all"
        ) from error


def stop_word_list(choice: str) -> str | list[str] | None:
    """Read ``auto``, ``none``, a language or a file of words.

    Parameters
    ----------
    choice : str
        As written on the command line; what is the name or code of a language is no file.

    Returns
    -------
    str, list of str or None
        As `textsc.corpus.text.TextCounts` takes it.

    Raises
    ------
    UsageProblem
        It is none of these, or the file is not text.

    Examples
    --------
    >>> stop_word_list("auto"), stop_word_list("none"), stop_word_list("de")
    ('auto', None, 'german')
    """
    if choice in ("auto", "none"):
        return None if choice == "none" else choice
    try:
        return language_name(choice)
    except UsageProblem:
        pass
    try:
        words = Path(choice).read_text(encoding="utf-8-sig").split()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise UsageProblem(
            f"--stop-words must be auto, none, a language (textsc fit --language list) or a file of words; "
            f"{choice} cannot be read ({reason})"
        ) from error
    return sorted(set(words))


def count_or_share(option: str, text: str) -> int | float:
    """Read a number of documents (``5``) or a share of them (``0.01``).

    Parameters
    ----------
    option, text : str
        The option and its value.

    Returns
    -------
    int or float
        A whole number is a number of documents, any other a share.

    Raises
    ------
    UsageProblem
        It is neither.

    Examples
    --------
    >>> count_or_share("--min-df", "5"), count_or_share("--min-df", "1.0")
    (5, 1.0)
    """
    if re.fullmatch(r"[0-9]+", text) and int(text) > 0:
        return int(text)
    share = _float(text)
    if share is None or not 0 <= share <= 1 or re.fullmatch(r"[0-9]+", text):
        raise UsageProblem(
            f"{option} must be a number of documents from 1 (such as 5) or a share from 0.0 to "
            f"1.0 (such as 0.01), got {text!r}"
        )
    return share


def positive_or_auto(option: str, text: str) -> float | str:
    """Read ``auto`` or a number above 0.

    Parameters
    ----------
    option, text : str
        The option and its value.

    Returns
    -------
    float or str
        The number, or ``auto``.

    Raises
    ------
    UsageProblem
        It is neither.

    Examples
    --------
    >>> positive_or_auto("--lam", "4"), positive_or_auto("--lam", "auto")
    (4.0, 'auto')
    """
    value = _float(text)
    if text == "auto":
        return text
    if value is None or not 0 < value < float("inf"):
        raise UsageProblem(f"{option} must be auto or a number above 0, got {text!r}")
    return value


def whole_or_auto(option: str, text: str) -> int | str:
    """Read ``auto`` or a whole number from 1.

    Parameters
    ----------
    option, text : str
        The option and its value.

    Returns
    -------
    int or str
        The number, or ``auto``.

    Raises
    ------
    UsageProblem
        It is neither.

    Examples
    --------
    >>> whole_or_auto("--epochs", "3")
    3
    """
    if text == "auto":
        return text
    if not re.fullmatch(r"[0-9]+", text) or int(text) < 1:
        raise UsageProblem(f"{option} must be auto or a whole number from 1, got {text!r}")
    return int(text)


def _float(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
