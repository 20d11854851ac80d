"""From a file of sound to mono samples at one rate, piece by piece in constant memory (extra ``audio``)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textsc.corpus.records import CorpusError

__all__ = [
    "FULL_SCALE",
    "LARGEST_RATE",
    "SMALLEST_RATE",
    "SUFFIXES",
    "Samples",
    "SoundError",
    "decoded",
    "require_audio",
]

SUFFIXES = (".flac", ".mp3", ".ogg", ".wav")
SMALLEST_RATE, LARGEST_RATE = 1_000, 768_000  # Hz; what is outside is a broken header, not a recording
FULL_SCALE = 0.99  # 8-bit samples reach 0.992

_LARGEST_SAMPLE = 1e9  # still far from overflow in the square of a spectrum
_PIECE = 1 << 18  # samples of all channels
_READ = 4096  # samples of each channel
# Frames by which the promised length of a lossy file may be wrong: it is estimated, or ends within a block.
_LENGTH_SLACK = {"MP3": 8192, "OGG": 8192}
_WAV_SIZES = re.compile(r"^data : (\d+) \(should be (\d+)\)", re.MULTILINE)
_UNKNOWN_SIZE = 0x7FFF_0000  # programs that write to a pipe leave such a length in the header


class SoundError(Exception):
    """Why there is no sound from here on, one clause."""


@dataclass(frozen=True, slots=True)
class Samples:
    """A piece of a sound.

    Attributes
    ----------
    values : ndarray of shape (n,), float32
        Mono, in [-1, 1] unless the file itself holds more.
    clipped : ndarray of shape (n_clipped,), int64
        Places, counted from the start of the file at the rate of `values`, where a channel of the file was at full
        scale: `FULL_SCALE` or more. They may lie ahead of `values`, never behind what was given before.
    """

    values: NDArray[np.float32]
    clipped: NDArray[np.int64]


def require_audio() -> None:
    """Make sure that sound can be decoded.

    Raises
    ------
    CorpusError
        The libraries are not installed.

    Examples
    --------
    >>> from importlib.util import find_spec
    >>> find_spec("soundfile") and find_spec("soxr") and require_audio()
    """
    for name in ("soundfile", "soxr"):
        try:
            import_module(name)
        except (ImportError, OSError) as error:
            raise CorpusError(
                f"Sound files are read with the libraries soundfile and soxr, but {name} cannot be loaded ({error}). "
                "Install them with: pip install 'textsc[audio]'."
            ) from error


def decoded(path: Path, *, sample_rate: int) -> Iterator[Samples]:
    """Decode a file, mix its channels by their mean and resample it.

    A file that breaks off gives what is before the break, then raises. That an .ogg file, or an .mp3 file without a
    header of its length, was cut short cannot be seen.

    Parameters
    ----------
    path : pathlib.Path
        A file that libsndfile reads: WAV, FLAC, OGG, MP3 and others.
    sample_rate : int
        Wanted samples a second; where the file has another rate, soxr converts it at its quality "HQ".

    Yields
    ------
    Samples
        The next piece.

    Raises
    ------
    SoundError
        The file is no sound, or breaks off, or holds samples that are no numbers.
    CorpusError
        The extra ``audio`` is not installed.

    Examples
    --------
    >>> next(decoded(Path("no-such.wav"), sample_rate=22_050))
    Traceback (most recent call last):
    ...
    textsc.corpus.sound.audio.SoundError: it is not a regular file
    """
    with _opened(path) as file:
        import soxr

        rate = file.samplerate
        if not SMALLEST_RATE <= rate <= LARGEST_RATE:
            raise SoundError(f"its rate of {rate:,} samples a second is not from {SMALLEST_RATE:,} to {LARGEST_RATE:,}")
        resampler = None if rate == sample_rate else soxr.ResampleStream(rate, sample_rate, 1, dtype="float32")
        pieces = _pieces(file, size=int(_PIECE * min(1.0, rate / sample_rate)) // file.channels)
        n_before, broken, last = 0, None, False
        while not last:
            piece = np.zeros((0, file.channels), dtype=np.float32)
            try:
                piece = next(pieces)
            except StopIteration:
                last = True
            except SoundError as error:
                broken, last = error, True
            at_full_scale = np.flatnonzero((np.abs(piece) >= FULL_SCALE).any(axis=1)) + n_before
            n_before += len(piece)
            mono = piece.mean(axis=1, dtype=np.float32)
            values = mono if resampler is None else resampler.resample_chunk(mono, last=last)
            yield Samples(values, at_full_scale * sample_rate // rate)
        if broken is not None:
            raise broken


def _opened(path: Path) -> Any:
    if not path.is_file():
        raise SoundError("it is not a regular file")
    try:
        with open(path, "rb") as raw:
            if not raw.read(1):
                raise SoundError("it is empty")
    except OSError as error:
        raise SoundError(f"{error.strerror}".lower()) from error
    require_audio()
    import soundfile

    try:
        # As bytes: a name on disk need not be UTF-8.
        file = soundfile.SoundFile(os.fsencode(path))
    except soundfile.LibsndfileError as error:
        # The library's sentence for a broken .mp3 file is that it does not exist.
        reason = "" if error.code == 7 else f" ({error.error_string.rstrip('.')})"
        raise SoundError(f"it cannot be decoded as sound{reason}") from error
    # Else the library seeks after each read, and what follows in an .mp3 file is noise for a while.
    file.seekable = lambda: False
    return file


def _pieces(file: Any, *, size: int) -> Iterator[NDArray[np.float32]]:
    """Give arrays of shape (n, n_channels) with n from `size`, the last one less, and raise where the file breaks."""
    held: list[NDArray[np.float32]] = []
    n_held, broken = 0, None
    try:
        for part in _reads(file):
            held.append(part)
            n_held += len(part)
            if n_held >= size:
                yield np.concatenate(held)
                held, n_held = [], 0
    except SoundError as error:
        broken = error
    if held:
        yield np.concatenate(held)
    if broken is not None:
        raise broken


def _reads(file: Any) -> Iterator[NDArray[np.float32]]:
    """Give a few finite samples at a time: where a file breaks, the library loses what one call was to read."""
    import soundfile

    n_read = 0
    while True:
        try:
            part = file.read(_READ, dtype="float32", always_2d=True)
        except soundfile.LibsndfileError as error:
            raise SoundError(f"it breaks off here ({error.error_string.rstrip('.')})") from error
        if not len(part):
            break
        good = (np.abs(part) <= _LARGEST_SAMPLE).all(axis=1)  # false for NaN
        n_good = len(part) if good.all() else int(good.argmin())
        n_read += n_good
        yield part[:n_good]
        if n_good < len(part):
            raise SoundError(f"sample {n_read:,} is not a number, infinite or above {_LARGEST_SAMPLE:g}")
    if file.frames - n_read > _LENGTH_SLACK.get(file.format, 0) or _cut_short(file.extra_info):
        raise SoundError("it breaks off here: its header promises more")


def _cut_short(log: str) -> bool:
    """Whether a WAV file has less data than its header says."""
    found = _WAV_SIZES.search(log)
    if found is None:
        return False
    promised, held = map(int, found.groups())
    return held + 1 < promised < _UNKNOWN_SIZE
