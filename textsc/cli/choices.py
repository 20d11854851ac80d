"""What can be chosen where a model is fitted."""

from __future__ import annotations

from enum import StrEnum

import typer

from textsc.cli.streams import print_lines

__all__ = ["Pair", "Prior", "Start", "Weighting", "list_languages"]


class Weighting(StrEnum):
    """How much a long document is believed."""

    type = "type"
    poisson = "poisson"


class Pair(StrEnum):
    """Transfer function and its loss."""

    softmax = "softmax"
    linear = "linear"


class Start(StrEnum):
    """Where learning starts."""

    nmf = "nmf"
    kmeans = "kmeans"
    random = "random"


class Prior(StrEnum):
    """What the weights are drawn to."""

    kl = "kl"
    signed_kl = "signed_kl"
    l1 = "l1"
    l2 = "l2"
    uniform = "uniform"


def list_languages(value: str | None) -> str | None:
    """Print the known languages where the value asks for them, and end.

    Parameters
    ----------
    value : str or None
        Of ``--language``.

    Returns
    -------
    str or None
        The value.

    Raises
    ------
    typer.Exit
        They are printed.

    Examples
    --------
    >>> list_languages("german")
    'german'
    """
    if value == "list":
        from textsc.corpus.words.language import languages

        print_lines([f"{code}  {name}" for code, name in sorted(languages().items())])
        raise typer.Exit
    return value
