"""Options that say how sounds are heard, each said once, and the steps that take them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from textsc.cli.console import Console, Lines
from textsc.cli.errors import UsageProblem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textsc.corpus.records import Reader
    from textsc.corpus.sound.sampling import Drawn
    from textsc.corpus.sound.spectra import SoundSpectra

__all__ = [
    "SPECTRUM_OPTIONS",
    "Compression",
    "HopMs",
    "Labels",
    "MaxSnippets",
    "MelBands",
    "Per",
    "SampleRate",
    "SnippetMs",
    "SoundCompression",
    "SoundWindow",
    "Window",
    "draw_with_progress",
    "sound_encoder",
]

#: The parameters of a verb that make an encoder; they say nothing about texts.
SPECTRUM_OPTIONS = ("snippet_ms", "hop_ms", "sample_rate", "window", "compression", "mel_bands")
OPTION_NAMES = {
    "snippet_ms": "--snippet-ms",
    "hop_ms": "--hop-ms",
    "sample_rate": "--sample-rate",
    "mel_bands": "--mel",
}


class Per(StrEnum):
    """What a row is of."""

    snippet = "snippet"
    clip = "clip"


class Compression(StrEnum):
    """What becomes of a magnitude."""

    log = "log"
    power = "power"
    none = "none"


class Window(StrEnum):
    """What a snippet is multiplied with."""

    hann = "hann"
    hamming = "hamming"
    blackman = "blackman"
    rectangular = "rectangular"


SnippetMs = Annotated[float, typer.Option(help="Of sounds: length of a snippet in milliseconds.")]
HopMs = Annotated[
    float | None,
    typer.Option(
        show_default="--snippet-ms", help="Of sounds: milliseconds from the start of a snippet to that of the next."
    ),
]
SampleRate = Annotated[int, typer.Option(help="Of sounds: samples a second to which all are converted.")]
SoundWindow = Annotated[Window, typer.Option(help="Of sounds: what a snippet is multiplied with.")]
SoundCompression = Annotated[
    Compression, typer.Option(help="Of sounds: magnitudes m become log(1 + 10 m), their roots, or stay as they are.")
]
MelBands = Annotated[
    int | None,
    typer.Option(
        "--mel",
        metavar="BANDS",
        show_default=False,
        help="Of sounds: average the frequencies to so many mel bands, before the compression.",
    ),
]
MaxSnippets = Annotated[
    int,
    typer.Option(min=1, help="Of sounds: learn from so many snippets at most; of more so many are drawn, by --seed."),
]
Labels = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        show_default="labels.csv in CORPUS or beside it; else sub-folders",
        help="Of sounds: a table with the columns file and label.",
    ),
]


def sound_encoder(given: Mapping[str, Any]) -> SoundSpectra:
    """Make the encoder that the options of a verb ask for.

    Parameters
    ----------
    given : mapping
        The parameters of a verb, `SPECTRUM_OPTIONS` among them.

    Returns
    -------
    SoundSpectra

    Raises
    ------
    UsageProblem
        A value is outside of its range.

    Examples
    --------
    >>> given = dict.fromkeys(SPECTRUM_OPTIONS) | {"snippet_ms": 25, "sample_rate": 8_000}
    >>> encoder = sound_encoder(given | {"window": Window.hann, "compression": Compression.log})
    >>> encoder.length, encoder.hop
    (200, 200)
    """
    from textsc.corpus.sound.spectra import SoundSpectra

    hop = given["hop_ms"] if given["hop_ms"] is not None else given["snippet_ms"]
    try:
        return SoundSpectra(
            sample_rate=given["sample_rate"],
            snippet_ms=_whole(given["snippet_ms"]),
            hop_ms=_whole(hop),
            compression=given["compression"].value,
            window=given["window"].value,
            mel_bands=given["mel_bands"],
        )
    except ValueError as error:
        sentence = str(error).removeprefix("SoundSpectra: ")
        for parameter, option in OPTION_NAMES.items():
            sentence = sentence.replace(parameter, option)
        raise UsageProblem(sentence) from error


def _whole(value: float) -> float:
    """Write 50 as 50, in a model file as in Python."""
    return int(value) if float(value).is_integer() else value


def draw_with_progress(
    reader: Reader, encoder: SoundSpectra, *, most: int, seed: int, console: Console, labelled: bool = False
) -> Drawn:
    """Read sounds and keep some of their snippets, with a bar, and say what was wrong and what is learned from.

    Parameters
    ----------
    reader, encoder, most, seed, labelled
        As for `textsc.corpus.sound.sampling.draw_snippets`.
    console : Console
        Takes the bar and the sentences.

    Returns
    -------
    Drawn
    """
    from textsc.corpus.sound.sampling import draw_snippets

    with console.progress("reading") as update:
        drawn = draw_snippets(
            reader,
            encoder,
            most=most,
            seed=seed,
            labelled=labelled,
            on_progress=lambda share, n_rows: update(share, f"{n_rows:,} snippets"),
        )
    lines = Lines()
    lines.add(drawn.data.problems)
    console.notes(lines)
    n_drawn = len(drawn.data.ids)
    if n_drawn < drawn.n_usable:
        console.note(f"learning from {n_drawn:,} of {drawn.n_usable:,} snippets, drawn by the seed (--max-snippets)")
    return drawn
