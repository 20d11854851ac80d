"""Sounds made by the project itself, for its demonstration: instruments that play random tunes in random rhythms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["INSTRUMENTS", "RHYTHMS", "Instrument", "play", "write_clips"]

_SCALE = (0, 2, 4, 7, 9)  # semitones: any two of these go together
_LOWEST, _STEPS = 220.0, 12  # Hz, and how many notes of the scale there are
_LEVEL = 0.25


@dataclass(frozen=True)
class Instrument:
    """What makes a note sound as it does.

    Attributes
    ----------
    partials : tuple of (float, float)
        Frequency over that of the note, and strength, of each partial.
    attack : float
        Seconds until a note is loud.
    decay : float
        How fast it fades, 1/seconds; that of a partial of frequency ratio r is ``decay * r ** 0.7``.
    breath : float
        Strength of noise beside the partials.
    wobble : float
        Depth of a vibrato of 5 Hz, as a share of the frequency.
    """

    partials: tuple[tuple[float, float], ...]
    attack: float
    decay: float
    breath: float = 0.0
    wobble: float = 0.0


def _harmonics(*strengths: float) -> tuple[tuple[float, float], ...]:
    return tuple((float(number), strength) for number, strength in enumerate(strengths, start=1) if strength)


#: The classes. A drum is noise with one low partial; a bell has partials that are no multiples.
INSTRUMENTS: dict[str, Instrument] = {
    "bell": Instrument(((0.5, 0.5), (1.0, 1.0), (1.19, 0.6), (1.56, 0.4), (2.0, 0.5), (2.74, 0.4)), 0.002, 1.5),
    "clarinet": Instrument(_harmonics(1.0, 0.05, 0.6, 0.06, 0.4, 0.05, 0.2), 0.04, 0.8, breath=0.02),
    "drum": Instrument(((0.4, 0.6),), 0.001, 9.0, breath=1.0),
    "flute": Instrument(_harmonics(1.0, 0.35, 0.12, 0.03), 0.06, 0.6, breath=0.03, wobble=0.006),
    "guitar": Instrument(_harmonics(1.0, 0.7, 0.5, 0.4, 0.3, 0.2, 0.15, 0.1), 0.003, 2.5),
    "organ": Instrument(_harmonics(0.8, 0.8, 0.2, 0.6, 0.05, 0.1, 0.02, 0.4), 0.02, 0.05),
    "violin": Instrument(_harmonics(0.7, 0.6, 0.55, 0.45, 0.4, 0.3, 0.25, 0.2, 0.15), 0.09, 0.3, 0.03, 0.01),
}
#: Lengths of notes in beats, repeated.
RHYTHMS: dict[str, tuple[float, ...]] = {
    "even": (1.0,),
    "march": (1.5, 0.5, 1.0, 1.0),
    "swing": (0.67, 0.33),
    "waltz": (2.0, 1.0),
}


def play(
    instrument: Instrument, rng: np.random.Generator, *, seconds: float, sample_rate: int = 22_050
) -> NDArray[np.float64]:
    """Play a random tune in a random rhythm and tempo, in a room with some noise.

    Every player differs: the strengths of the partials, the tuning and the loudness are drawn for each tune.

    Parameters
    ----------
    instrument : Instrument
    rng : numpy.random.Generator
        The same state gives the same samples.
    seconds : float
    sample_rate : int
        Samples a second.

    Returns
    -------
    ndarray of shape (n_samples,)
        Mono, within [-1, 1].

    Examples
    --------
    >>> samples = play(INSTRUMENTS["flute"], np.random.default_rng(0), seconds=2)
    >>> samples.shape, bool(0.05 < np.abs(samples).max() < 1)
    ((44100,), True)
    """
    n_samples = int(seconds * sample_rate)
    out = np.zeros(n_samples)
    rhythm = RHYTHMS[sorted(RHYTHMS)[rng.integers(len(RHYTHMS))]]
    beat, tuning = rng.uniform(0.18, 0.4), _LOWEST * 2 ** rng.uniform(-0.5, 0.5)
    player = rng.uniform(0.7, 1.3, len(instrument.partials))
    start, step, number = 0, int(rng.integers(_STEPS)), 0
    while start < n_samples:
        length = int(beat * rhythm[number % len(rhythm)] * sample_rate)
        octave, degree = divmod(step, len(_SCALE))
        pitch = tuning * 2 ** (octave + _SCALE[degree] / 12)
        note = _note(instrument, player, pitch, length, sample_rate, rng)
        out[start : start + length] += rng.uniform(0.5, 1.0) * note[: n_samples - start]
        start, number = start + length, number + 1
        step = int(np.clip(step + rng.integers(-3, 4), 0, _STEPS - 1))
    out *= _LEVEL * rng.uniform(0.5, 1.5) / np.sqrt(np.mean(out**2)) / 2
    return np.clip(out + 10 ** rng.uniform(-3.5, -2.5) * rng.normal(size=n_samples), -0.98, 0.98)


def _note(
    instrument: Instrument,
    player: NDArray[np.float64],
    pitch: float,
    length: int,
    sample_rate: int,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    time = np.arange(length) / sample_rate
    phase = 2 * np.pi * pitch * time + instrument.wobble * pitch / 5 * np.sin(2 * np.pi * 5 * time)
    out = instrument.breath * np.exp(-instrument.decay * time) * rng.normal(size=length)
    for (ratio, strength), share in zip(instrument.partials, player, strict=True):
        if ratio * pitch < sample_rate / 2:
            fading = np.exp(-instrument.decay * ratio**0.7 * time)
            out += strength * share * fading * np.sin(ratio * phase + rng.uniform(0, 2 * np.pi))
    rising = np.minimum(time / instrument.attack, 1.0)
    falling = np.minimum((length - np.arange(length)) / (0.01 * sample_rate), 1.0)  # 10 ms, or a note ends in a click
    return out * rising * falling


def write_clips(
    folder: Path, *, n_clips: int, seconds: float, seed: int, sample_rate: int = 22_050
) -> Iterator[tuple[str, Path]]:
    """Write clips of every instrument as 16-bit WAV files, a sub-folder for each instrument.

    Parameters
    ----------
    folder : pathlib.Path
        Is there; the sub-folders are made.
    n_clips : int
        Of each instrument.
    seconds : float
        Length of a clip.
    seed : int
        The same seed gives the same bytes.
    sample_rate : int
        Samples a second.

    Yields
    ------
    tuple of (str, pathlib.Path)
        Instrument and file, as each is written.

    Examples
    --------
    >>> import tempfile
    >>> clips = write_clips(Path(tempfile.mkdtemp()), n_clips=1, seconds=0.2, seed=0)
    >>> [f"{path.parent.name}/{path.name}" for _, path in clips][:2]
    ['bell/00.wav', 'clarinet/00.wav']
    """
    from scipy.io import wavfile

    rng = np.random.default_rng(seed)
    for name, instrument in INSTRUMENTS.items():
        (folder / name).mkdir(exist_ok=True)
        for number in range(n_clips):
            samples = play(instrument, rng, seconds=seconds, sample_rate=sample_rate)
            path = folder / name / f"{number:02}.wav"
            wavfile.write(path, sample_rate, np.round(samples * 32_767).astype(np.int16))
            yield name, path
