"""Spectra of samples: against scipy's, and what each setting changes."""

import json

import numpy as np
import pytest
import scipy.signal
from hypothesis import given
from hypothesis import strategies as st

from textsc.corpus.sound.mel import mel_edges, mel_weights
from textsc.corpus.sound.spectra import COMPRESSIONS, WINDOWS, SoundSpectra


def sound(n_samples, *, level=0.4):
    time = np.arange(n_samples) / 22_050
    noise = np.random.default_rng(0).normal(size=n_samples)
    return level * np.sin(2 * np.pi * 440 * time) + level / 4 * noise


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"hop_ms": 20},
        {"sample_rate": 8_000, "snippet_ms": 64, "hop_ms": 128},
        {"snippet_ms": 2.5},
        {"window": "hamming"},
        {"window": "blackman", "hop_ms": 25},
        {"window": "rectangular"},
    ],
)
@pytest.mark.parametrize("level", [1e-4, 0.4])
def test_spectra_are_those_of_scipy(settings, level):
    samples = sound(20_000, level=level)
    encoder = SoundSpectra(compression="none", **settings)
    window = scipy.signal.get_window(settings.get("window", "hann").replace("rectangular", "boxcar"), encoder.length)
    transform = scipy.signal.ShortTimeFFT(window, encoder.hop, encoder.sample_rate)
    X = encoder.spectra(samples)
    assert len(X) == (len(samples) - encoder.length) // encoder.hop + 1
    # scipy puts the middle of a snippet at sample 0, this project its beginning.
    expected = np.abs(transform.stft(samples, p0=0, p1=len(X), k_offset=encoder.length // 2)).T
    np.testing.assert_allclose(X, expected, rtol=0, atol=1e-5 * expected.max())
    logarithms = SoundSpectra(**settings).spectra(samples)
    np.testing.assert_allclose(logarithms, np.log(1 + 10 * expected), rtol=0, atol=1e-5)
    assert logarithms.dtype == X.dtype == np.float32
    roots = SoundSpectra(compression="power", **settings).spectra(samples)
    np.testing.assert_allclose(roots**2, expected, rtol=0, atol=1e-5 * expected.max())


def test_spectra_are_those_of_the_older_function_too():
    samples = sound(20_000)
    window = scipy.signal.get_window("hann", 1102)
    _, _, Z = scipy.signal.stft(samples, window=window, nperseg=1102, noverlap=0, boundary=None, padded=False)
    expected = np.log(1 + 10 * window.sum() * np.abs(Z.T))
    np.testing.assert_allclose(SoundSpectra().spectra(samples), expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("n_bands", [1, 8, 64, 128])
def test_mel_bands_are_means_under_triangles(n_bands):
    edges = mel_edges(n_bands, 11_025)
    mels = 2595 * np.log10(1 + edges / 700)
    np.testing.assert_allclose(np.diff(mels), mels[-1] / (n_bands + 1), rtol=1e-9)
    assert edges[-1] == pytest.approx(11_025)
    expected = np.zeros((552, n_bands))
    for column in range(552):  # the mean of each triangle over the hertz of one magnitude
        hertz = (column - 0.5 + (np.arange(2_000) + 0.5) / 2_000) * 22_050 / 1102
        for band in range(n_bands):
            triangle = np.interp(hertz, edges[band : band + 3], [0, 1, 0], left=0, right=0)
            expected[column, band] = triangle.mean()
    expected /= expected.sum(axis=0)
    weights = mel_weights(n_bands, length=1102, sample_rate=22_050)
    np.testing.assert_allclose(weights, expected, rtol=0, atol=1e-6)
    plain = SoundSpectra(compression="none").spectra(sound(20_000)).astype(float)
    bands = SoundSpectra(compression="none", mel_bands=n_bands).spectra(sound(20_000))
    np.testing.assert_allclose(bands, plain @ expected, rtol=1e-5)
    logs = SoundSpectra(mel_bands=n_bands).spectra(sound(20_000))
    np.testing.assert_allclose(logs, np.log1p(10 * plain @ expected), rtol=1e-5)


def test_mel_bands_are_called_by_their_peaks():
    encoder = SoundSpectra(mel_bands=64)
    names = encoder.get_feature_names_out().tolist()
    assert len(set(names)) == encoder.n_columns == 64
    tone = np.sin(2 * np.pi * 3_000 * np.arange(22_050) / 22_050)
    loudest = float(names[encoder.spectra(tone)[0].argmax()].removesuffix(" Hz"))
    assert loudest == pytest.approx(3_000, rel=0.05)


def test_a_quiet_tone_beside_a_loud_one_is_seen_through_a_window_that_falls_off():
    time = np.arange(1102) / 22_050
    samples = np.sin(2 * np.pi * 1_010 * time) + 1e-3 * np.sin(2 * np.pi * 2_500 * time)
    seen = {}
    for window in WINDOWS:
        X = SoundSpectra(window=window, compression="none").spectra(samples)[0]
        seen[window] = X[125] / X[100:115].max()  # 2,500 Hz, and what leaks from 1,010 Hz to below it
    assert seen["blackman"] > 10 > seen["rectangular"]
    assert seen["hann"] > 10


def test_fifty_milliseconds_have_552_frequencies():
    encoder = SoundSpectra()
    assert (encoder.length, encoder.hop, encoder.n_frequencies) == (1102, 1102, 552)
    names = encoder.get_feature_names_out()
    assert (len(names), names[1], names[51], names[-1]) == (552, "20 Hz", "1020 Hz", "11025 Hz")


def test_names_have_the_digits_that_tell_them_apart():
    names = SoundSpectra(snippet_ms=2_000).get_feature_names_out()
    assert len(set(names)) == len(names)
    assert names[3] == "1.5 Hz"


def test_every_setting_matters():
    samples = sound(22_050)
    plain = SoundSpectra().spectra(samples)
    assert SoundSpectra(hop_ms=25).spectra(samples).shape == (39, 552)
    assert SoundSpectra(snippet_ms=100).spectra(samples).shape == (19, 1103)
    assert SoundSpectra(compression="none").spectra(samples).max() > 10 * plain.max()
    peaks = [
        encoder.get_feature_names_out()[encoder.spectra(samples)[0].argmax()]
        for encoder in (SoundSpectra(), SoundSpectra(sample_rate=44_100))
    ]
    assert peaks == ["440 Hz", "880 Hz"]  # the same samples played twice as fast


@given(
    st.builds(
        SoundSpectra,
        sample_rate=st.integers(1_000, 768_000),
        snippet_ms=st.integers(2, 60_000) | st.floats(2, 60_000),
        hop_ms=st.integers(2, 60_000) | st.floats(2, 60_000),
        compression=st.sampled_from(sorted(COMPRESSIONS)),
        window=st.sampled_from(sorted(WINDOWS)),
        mel_bands=st.none() | st.integers(1, 2),
    )
)
def test_every_encoder_comes_back_from_json_and_its_snippets_have_different_times(encoder):
    assert SoundSpectra.from_json(json.loads(json.dumps(encoder.to_json()))) == encoder
    assert encoder.length >= 2
    times = [encoder.start_ms(number) for number in range(50)]
    assert len(set(times)) == 50


def test_a_model_of_before_there_were_windows_and_bands_is_read():
    state = {"parameters": {"sample_rate": 22_050, "snippet_ms": 50, "hop_ms": 50, "compression": "log"}}
    assert SoundSpectra.from_json(state) == SoundSpectra()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"sample_rate": 22_050.5}, "sample_rate must be a whole number from 1,000 to 768,000, got 22050.5"),
        ({"sample_rate": 10}, "sample_rate"),
        ({"snippet_ms": 0}, "snippet_ms must be a number of milliseconds from 2 to 60,000, got 0"),
        ({"hop_ms": float("nan")}, "hop_ms"),
        ({"hop_ms": "50"}, "hop_ms"),
        ({"compression": "mel"}, "compression must be one of log, none, power, got 'mel'"),
        ({"window": "kaiser"}, "window must be one of blackman, hamming, hann, rectangular, got 'kaiser'"),
        ({"mel_bands": 0}, "mel_bands must be a whole number from 1 to 552, the number of frequencies, got 0"),
        ({"mel_bands": 553}, "mel_bands"),
        ({"mel_bands": True}, "mel_bands"),
    ],
)
def test_a_wrong_setting_is_refused_with_a_sentence(wrong, message):
    with pytest.raises(ValueError, match=message):
        SoundSpectra(**wrong)


@pytest.mark.parametrize("state", [{}, {"parameters": {"pitch": 440}}, {"parameters": None}])
def test_values_of_something_else_are_refused(state):
    with pytest.raises(ValueError, match="not the values of a SoundSpectra"):
        SoundSpectra.from_json(state)
