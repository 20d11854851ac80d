"""`SoundSpectra`: from mono samples to the magnitude spectra of short snippets."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, ClassVar, Self

import numpy as np
import scipy.fft
from numpy.typing import NDArray
from scipy.sparse import csr_array

from textsc.corpus.sound.audio import LARGEST_RATE, SMALLEST_RATE
from textsc.corpus.sound.mel import mel_edges, mel_weights

__all__ = ["COMPRESSIONS", "WINDOWS", "SoundSpectra"]

_GAIN = 10.0  # puts the knee of the logarithm near the median magnitude of music
_SHORTEST, _LONGEST = 2, 60_000  # milliseconds; nearer snippets would share the whole milliseconds of their ids

_ROWS = 512  # snippets transformed at once

#: What becomes of a magnitude m.
COMPRESSIONS: dict[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
    "log": lambda magnitudes: np.log1p(_GAIN * magnitudes),
    "none": lambda magnitudes: magnitudes,
    "power": np.sqrt,
}
#: What a snippet is multiplied with, by the cosine series a of h_n = Σ_j a_j cos(2πjn/L).
WINDOWS: dict[str, tuple[float, ...]] = {
    "blackman": (0.42, -0.5, 0.08),
    "hamming": (0.54, -0.46),
    "hann": (0.5, -0.5),
    "rectangular": (1.0,),
}


@dataclass(frozen=True)
class SoundSpectra:
    """Magnitude spectra of snippets: a row a snippet, a column a frequency.

    A snippet of L samples x, in [-1, 1], becomes m = |rfft(h·x)|, L // 2 + 1 magnitudes from 0 Hz to half the sample
    rate, where h is the periodic Hann window of L samples; nothing is divided by L or by the window's sum. By default
    m is compressed to log(1 + 10 m). These are the numbers of ``scipy.signal.ShortTimeFFT(h, hop, sample_rate)``, and
    those of ``scipy.signal.stft`` times the window's sum. With mel bands m is first averaged to these.

    Parameters
    ----------
    sample_rate : int, default 22_050
        Samples a second; files of another rate are converted.
    snippet_ms : float, default 50
        Length of a snippet in milliseconds; a snippet has ``int(sample_rate * snippet_ms / 1000)`` samples.
    hop_ms : float, default 50
        From the start of one snippet to that of the next; shorter ones overlap, longer ones leave sound out.
    compression : {"log", "none", "power"}, default "log"
        log(1 + 10 m), m itself, or √m.
    window : {"hann", "hamming", "blackman", "rectangular"}, default "hann"
        h, periodic. What falls off further from a loud frequency (blackman) is less sharp near it.
    mel_bands : int, optional
        Number of bands, evenly spaced in mel, to which magnitudes are averaged before the compression
        (`textsc.corpus.sound.mel.mel_weights`). By default every frequency is a column.

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
    window: str = "hann"
    mel_bands: int | None = None

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
        for name, known in (("compression", COMPRESSIONS), ("window", WINDOWS)):
            if getattr(self, name) not in known:
                raise ValueError(
                    f"SoundSpectra: {name} must be one of {', '.join(sorted(known))}, got {getattr(self, name)!r}."
                )
        bands = self.mel_bands
        if bands is not None and (type(bands) is not int or not 1 <= bands <= self.n_frequencies):
            raise ValueError(
                f"SoundSpectra: mel_bands must be a whole number from 1 to {self.n_frequencies:,}, the number of "
                f"frequencies, got {bands!r}."
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
        """Magnitudes of a snippet: L // 2 + 1."""
        return self.length // 2 + 1

    @property
    def n_columns(self) -> int:
        """Columns: the mel bands, or without these the magnitudes."""
        return self.n_frequencies if self.mel_bands is None else self.mel_bands

    @property
    def frequencies(self) -> NDArray[np.float64]:
        """Frequency of each column in Hz; of a mel band that of its peak."""
        if self.mel_bands is None:
            return np.arange(self.n_frequencies, dtype=np.float64) * (self.sample_rate / self.length)
        return mel_edges(self.mel_bands, self.sample_rate / 2)[1:-1]

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
        ndarray of shape (n_snippets, n_columns), float32
            Compressed magnitudes.
        """
        snippets = self.cut(samples)
        X = np.empty((len(snippets), self.n_columns), dtype=np.float32)
        window, compress = _window(self.window, self.length), COMPRESSIONS[self.compression]
        for start in range(0, len(X), _ROWS):
            rows = slice(start, start + _ROWS)
            # In float64: a quiet frequency beside a loud one would lose digits that its logarithm shows.
            magnitudes = np.abs(scipy.fft.rfft(snippets[rows] * window, axis=1))
            if self.mel_bands is not None:
                magnitudes = (_bands(self.mel_bands, self.length, self.sample_rate) @ magnitudes.T).T
            X[rows] = compress(magnitudes)
        return X

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:
        """Name the columns by their frequencies.

        Parameters
        ----------
        input_features : ignored
            For scikit-learn's conventions.

        Returns
        -------
        ndarray of shape (n_columns,), object
            Such as ``1021 Hz``.

        Examples
        --------
        >>> SoundSpectra().get_feature_names_out()[:3].tolist()
        ['0 Hz', '20 Hz', '40 Hz']
        """
        frequencies = self.frequencies
        spacing = self.sample_rate / self.length if len(frequencies) == 1 else float(np.diff(frequencies).min())
        decimals = max(0, math.ceil(-math.log10(spacing)))
        return np.array([f"{frequency:.{decimals}f} Hz" for frequency in frequencies], dtype=object)

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


@lru_cache(maxsize=8)
def _window(name: str, length: int) -> NDArray[np.float64]:
    angles = 2 * np.pi * np.arange(length) / length
    return np.asarray(sum(factor * np.cos(j * angles) for j, factor in enumerate(WINDOWS[name])), dtype=np.float64)


@lru_cache(maxsize=8)
def _bands(n_bands: int, length: int, sample_rate: int) -> csr_array:
    # Sparse for its fixed order of summing, whatever the number of threads.
    return csr_array(mel_weights(n_bands, length=length, sample_rate=sample_rate).T)
