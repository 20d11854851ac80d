"""Spectra of samples: against scipy's, and what each setting changes."""

import json

import numpy as np
import pytest
import scipy.signal
from hypothesis import given
from hypothesis import strategies as st

from textsc.corpus.sound.spectra import SoundSpectra


def sound(n_samples, *, level=0.4):
    time = np.arange(n_samples) / 22_050
    noise = np.random.default_rng(0).normal(size=n_samples)
    return level * np.sin(2 * np.pi * 440 * time) + level / 4 * noise


@pytest.mark.parametrize(
    "settings", [{}, {"hop_ms": 20}, {"sample_rate": 8_000, "snippet_ms": 64, "hop_ms": 128}, {"snippet_ms": 2.5}]
)
@pytest.mark.parametrize("level", [1e-4, 0.4])
def test_spectra_are_those_of_scipy(settings, level):
    samples = sound(20_000, level=level)
    encoder = SoundSpectra(compression="none", **settings)
    window = scipy.signal.get_window("hann", encoder.length)
    transform = scipy.signal.ShortTimeFFT(window, encoder.hop, encoder.sample_rate)
    X = encoder.spectra(samples)
    assert len(X) == (len(samples) - encoder.length) // encoder.hop + 1
    # scipy puts the middle of a snippet at sample 0, this project its beginning.
    expected = np.abs(transform.stft(samples, p0=0, p1=len(X), k_offset=encoder.length // 2)).T
    np.testing.assert_allclose(X, expected, rtol=0, atol=1e-5 * expected.max())
    logarithms = SoundSpectra(**settings).spectra(samples)
    np.testing.assert_allclose(logarithms, np.log(1 + 10 * expected), rtol=0, atol=1e-5)
    assert logarithms.dtype == X.dtype == np.float32


def test_spectra_are_those_of_the_older_function_too():
    samples = sound(20_000)
    window = scipy.signal.get_window("hann", 1102)
    _, _, Z = scipy.signal.stft(samples, window=window, nperseg=1102, noverlap=0, boundary=None, padded=False)
    expected = np.log(1 + 10 * window.sum() * np.abs(Z.T))
    np.testing.assert_allclose(SoundSpectra().spectra(samples), expected, rtol=0, atol=1e-5)


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
        compression=st.sampled_from(["log", "none"]),
    )
)
def test_every_encoder_comes_back_from_json_and_its_snippets_have_different_times(encoder):
    assert SoundSpectra.from_json(json.loads(json.dumps(encoder.to_json()))) == encoder
    assert encoder.length >= 2
    times = [encoder.start_ms(number) for number in range(50)]
    assert len(set(times)) == 50


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"sample_rate": 22_050.5}, "sample_rate must be a whole number from 1,000 to 768,000, got 22050.5"),
        ({"sample_rate": 10}, "sample_rate"),
        ({"snippet_ms": 0}, "snippet_ms must be a number of milliseconds from 2 to 60,000, got 0"),
        ({"hop_ms": float("nan")}, "hop_ms"),
        ({"hop_ms": "50"}, "hop_ms"),
        ({"compression": "mel"}, "compression must be one of log, none, got 'mel'"),
    ],
)
def test_a_wrong_setting_is_refused_with_a_sentence(wrong, message):
    with pytest.raises(ValueError, match=message):
        SoundSpectra(**wrong)


@pytest.mark.parametrize("state", [{}, {"parameters": {"pitch": 440}}, {"parameters": None}])
def test_values_of_something_else_are_refused(state):
    with pytest.raises(ValueError, match="not the values of a SoundSpectra"):
        SoundSpectra.from_json(state)
