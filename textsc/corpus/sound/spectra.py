"""`SoundSpectra`: from mono samples to the magnitude spectra of short snippets."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Self

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from textsc.corpus.sound.audio import LARGEST_RATE, SMALLEST_RATE

__all__ = ["COMPRESSIONS", "SoundSpectra"]

_GAIN = 10.0  # puts the knee of the logarithm near the median magnitude of music
_SHORTEST, _LONGEST = 2, 60_000  # milliseconds; nearer snippets would share the whole milliseconds of their ids

#: What becomes of a magnitude.
COMPRESSIONS = ("log", "none")


@dataclass(frozen=True)
class SoundSpectra:
    """Magnitude spectra of snippets: a row a snippet, a column a frequency.

    A snippet of L samples x, in [-1, 1], becomes m = |rfft(h·x)|, L // 2 + 1 magnitudes from 0 Hz to half the sample
    rate, where h is the periodic Hann window of L samples; nothing is divided by L or by the window's sum. By default
    m is compressed to log(1 + 10 m). These are the numbers of ``scipy.signal.ShortTimeFFT(h, hop, sample_rate)``, and
    those of ``scipy.signal.stft`` times the window's sum.

    Parameters
    ----------
    sample_rate : int, default 22_050
        Samples a second; files of another rate are converted.
    snippet_ms : float, default 50
        Length of a snippet in milliseconds; a snippet has ``int(sample_rate * snippet_ms / 1000)`` samples.
    hop_ms : float, default 50
        From the start of one snippet to that of the next; shorter ones overlap, longer ones leave sound out.
    compression : {"log", "none"}, default "log"
        log(1 + 10 m), or m itself.

    Raises
    ------
    ValueError
        A parameter is outside of its range.

    References
    ----------
    D. M. Bradley and J. A. Bagnell, "Differentiable Sparse Coding", NIPS 2008, supplement, section E (50 ms snippets).

    Examples
    --------
    >>> encoder = SoundSpectra()
    >>> tone = np.sin(2 * np.pi * 1_000 * np.arange(22_050) / 22_050)
    >>> X = encoder.spectra(tone)
    >>> X.shape, encoder.get_feature_names_out()[X[0].argmax()]
    ((20, 552), '1000 Hz')
    """

    content: ClassVar[str] = "sound"

    sample_rate: int = 22_050
    snippet_ms: float = 50
    hop_ms: float = 50
    compression: str = "log"

    def __post_init__(self) -> None:
        rate = self.sample_rate
        if not isinstance(rate, int) or not SMALLEST_RATE <= rate <= LARGEST_RATE:
            raise ValueError(
                f"SoundSpectra: sample_rate must be a whole number from {SMALLEST_RATE:,} to {LARGEST_RATE:,}, "
                f"got {rate!r}."
            )
        for name in ("snippet_ms", "hop_ms"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not _SHORTEST <= value <= _LONGEST:
                raise ValueError(
                    f"SoundSpectra: {name} must be a number of milliseconds from {_SHORTEST} to {_LONGEST:,}, "
                    f"got {value!r}."
                )
        if self.compression not in COMPRESSIONS:
            raise ValueError(
                f"SoundSpectra: compression must be one of {', '.join(COMPRESSIONS)}, got {self.compression!r}."
            )

    @property
    def length(self) -> int:
        """Samples of a snippet."""
        return int(self.sample_rate * self.snippet_ms / 1000)

    @property
    def hop(self) -> int:
        """Samples from the start of a snippet to that of the next."""
        return int(self.sample_rate * self.hop_ms / 1000)

    @property
    def n_frequencies(self) -> int:
        """Columns: L // 2 + 1."""
        return self.length // 2 + 1

    def start_ms(self, number: int) -> int:
        """Give the time at which a snippet starts, in whole milliseconds.

        Parameters
        ----------
        number : int
            Of the snippet, from 0.

        Examples
        --------
        >>> [SoundSpectra().start_ms(number) for number in range(3)]
        [0, 50, 100]
        """
        return round(1000 * number * self.hop / self.sample_rate)

    def cut(self, samples: NDArray[Any]) -> NDArray[Any]:
        """Cut samples into snippets.

        Parameters
        ----------
        samples : ndarray of shape (n,)
            Mono.

        Returns
        -------
        ndarray of shape (n_snippets, length)
            A view; what is left at the end is in no snippet.

        Examples
        --------
        >>> SoundSpectra(sample_rate=1_000, snippet_ms=3, hop_ms=2).cut(np.arange(6)).tolist()
        [[0, 1, 2], [2, 3, 4]]
        """
        if len(samples) < self.length:
            return np.zeros((0, self.length), dtype=samples.dtype)
        return np.lib.stride_tricks.sliding_window_view(samples, self.length)[:: self.hop]

    def spectra(self, samples: NDArray[Any]) -> NDArray[np.float32]:
        """Give the spectra of the snippets of a sound.

        Parameters
        ----------
        samples : ndarray of shape (n,)
            Mono, at `sample_rate`.

        Returns
        -------
        ndarray of shape (n_snippets, n_frequencies), float32
            Compressed magnitudes.
        """
        # In float64: a quiet frequency beside a loud one would lose digits that its logarithm shows.
        magnitudes: NDArray[np.float64] = np.abs(scipy.fft.rfft(self.cut(samples) * _hann(self.length), axis=1))
        if self.compression == "log":
            magnitudes = np.log1p(_GAIN * magnitudes)
        return magnitudes.astype(np.float32)

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:
        """Name the columns by their frequencies.

        Parameters
        ----------
        input_features : ignored
            For scikit-learn's conventions.

        Returns
        -------
        ndarray of shape (n_frequencies,), object
            Such as ``1021 Hz``.

        Examples
        --------
        >>> SoundSpectra().get_feature_names_out()[:3].tolist()
        ['0 Hz', '20 Hz', '40 Hz']
        """
        spacing = self.sample_rate / self.length
        decimals = max(0, math.ceil(-math.log10(spacing)))
        return np.array([f"{number * spacing:.{decimals}f} Hz" for number in range(self.n_frequencies)], dtype=object)

    def to_json(self) -> dict[str, Any]:
        """Give all that is needed to rebuild the encoder, as plain JSON values.

        Returns
        -------
        dict
            For `from_json`.

        Examples
        --------
        >>> SoundSpectra.from_json(SoundSpectra(hop_ms=25).to_json()).hop_ms
        25
        """
        return {"parameters": asdict(self)}

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> Self:
        """Rebuild an encoder.

        Parameters
        ----------
        state : dict
            As from `to_json`.

        Returns
        -------
        SoundSpectra
            The same.

        Raises
        ------
        ValueError
            The values are not those of an encoder.
        """
        try:
            return cls(**state["parameters"])
        except (KeyError, TypeError) as error:
            raise ValueError(f"These are not the values of a SoundSpectra: {error}.") from error


def _hann(length: int) -> NDArray[np.float64]:
    """Give the periodic Hann window, h_n = (1 - cos(2πn/L))/2."""
    window: NDArray[np.float64] = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)
    return window
