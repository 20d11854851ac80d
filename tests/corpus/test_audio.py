"""Decoding: every kind of file to the same mono samples, and what is said of files that are none."""

import struct
import subprocess
import sys

import numpy as np
import pytest
from scipy.io import wavfile

from textsc.corpus.records import CorpusError
from textsc.corpus.sound import audio
from textsc.corpus.sound.audio import SoundError, decoded, require_audio

soundfile = pytest.importorskip("soundfile")
soxr = pytest.importorskip("soxr")

RATE = 22_050


def tone(seconds=1.0, *, rate=RATE, hertz=440.0, level=0.5):
    return level * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)


def decode(path, rate=RATE):
    pieces = list(decoded(path, sample_rate=rate))
    return np.concatenate([p.values for p in pieces]), np.concatenate([p.clipped for p in pieces])


def decode_until_break(path):
    """Give the samples before the break, and what was said of it."""
    found = [np.zeros(0)]
    try:
        for piece in decoded(path, sample_rate=RATE):
            found.append(piece.values)
    except SoundError as error:
        return np.concatenate(found), str(error)
    raise AssertionError(f"{path} was decoded to its end")


def wav_bytes(data, *, rate=RATE, channels=1, bits=16, kind=1, promised=None):
    size = len(data) if promised is None else promised
    step = channels * bits // 8
    head = struct.pack("<IHHIIHH", 16, kind, channels, rate, (rate * step) % 2**32, step, bits)
    return (
        b"RIFF" + struct.pack("<I", (36 + size) % 2**32) + b"WAVEfmt " + head + b"data" + struct.pack("<I", size) + data
    )


# --- files that are read -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoded", "error"),
    [
        (lambda x: np.round(x * 128 + 128).astype(np.uint8), 1 / 128),
        (lambda x: np.round(x * 2**15).astype(np.int16), 2**-15),
        (lambda x: np.round(x * 2**31).astype(np.int32), 1e-7),
        (lambda x: x.astype(np.float32), 1e-7),
        (lambda x: x.astype(np.float64), 1e-7),
    ],
)
def test_samples_of_every_kind_are_in_the_same_unit(tmp_path, encoded, error):
    wavfile.write(tmp_path / "a.wav", RATE, encoded(tone()))
    values, _ = decode(tmp_path / "a.wav")
    assert values.dtype == np.float32
    np.testing.assert_allclose(values, tone(), rtol=0, atol=error)


def test_24_bits_are_read(tmp_path):
    numbers = np.round(tone() * 2**23).astype("<i4")
    data = numbers.view(np.uint8).reshape(-1, 4)[:, :3].tobytes()
    (tmp_path / "a.wav").write_bytes(wav_bytes(data, bits=24))
    np.testing.assert_allclose(decode(tmp_path / "a.wav")[0], tone(), rtol=0, atol=2**-22)


@pytest.mark.parametrize(("suffix", "error"), [("flac", 2**-15), ("ogg", 0.05), ("mp3", 0.05)])
def test_compressed_files_are_read(tmp_path, suffix, error):
    soundfile.write(tmp_path / f"a.{suffix}", tone(20), RATE)  # more than one piece
    values, _ = decode(tmp_path / f"a.{suffix}")
    assert abs(len(values) - 20 * RATE) < 3_000
    middle = slice(5_000, 19 * RATE)
    np.testing.assert_allclose(values[middle], tone(20)[middle], rtol=0, atol=error)


def test_channels_are_mixed_by_their_mean(tmp_path):
    stereo = np.stack([tone(), tone(hertz=1_000)], axis=1).astype(np.float32)
    wavfile.write(tmp_path / "a.wav", RATE, stereo)
    np.testing.assert_allclose(decode(tmp_path / "a.wav")[0], stereo.mean(axis=1), rtol=0, atol=1e-7)


@pytest.mark.parametrize("rate", [8_000, 44_100, 48_000, 96_000])
def test_other_rates_are_converted_by_soxr(tmp_path, rate):
    samples = tone(2, rate=rate).astype(np.float32)
    wavfile.write(tmp_path / "a.wav", rate, samples)
    values, _ = decode(tmp_path / "a.wav")
    np.testing.assert_allclose(values, soxr.resample(samples, rate, RATE), rtol=0, atol=1e-6)
    np.testing.assert_allclose(values[1_000:-1_000], tone(2)[1_000 : len(values) - 1_000], rtol=0, atol=1e-3)


@pytest.mark.parametrize("rate", [RATE, 44_100, 8_000])
def test_the_samples_do_not_depend_on_the_pieces(tmp_path, monkeypatch, rate):
    samples = np.random.default_rng(0).uniform(-1, 1, (rate, 2)).astype(np.float32)
    wavfile.write(tmp_path / "a.wav", rate, samples)
    whole = decode(tmp_path / "a.wav")
    monkeypatch.setattr(audio, "_PIECE", 1_001)
    monkeypatch.setattr(audio, "_READ", 300)
    assert len(list(decoded(tmp_path / "a.wav", sample_rate=RATE))) > 5
    for a, b in zip(decode(tmp_path / "a.wav"), whole, strict=True):
        assert (a == b).all()


def test_full_scale_of_any_channel_is_marked_at_its_time(tmp_path):
    samples = np.zeros((44_100, 2), dtype=np.int16)
    samples[20_000, 0], samples[30_001, 1] = 2**15 - 1, -(2**15)
    wavfile.write(tmp_path / "a.wav", 44_100, samples)
    assert decode(tmp_path / "a.wav")[1].tolist() == [10_000, 15_000]


def test_a_length_that_a_pipe_could_not_know_is_no_break(tmp_path):
    data = np.ones(3_000, "<i2").tobytes()
    for promised in (0xFFFF_FFFF, 0x7FFF_FFFF - 36):
        (tmp_path / "a.wav").write_bytes(wav_bytes(data, promised=promised))
        assert len(decode(tmp_path / "a.wav")[0]) == 3_000


# --- files that are not --------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3"])
def test_what_is_no_sound_says_so(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    soundfile.write(path, tone(), RATE)
    head = path.read_bytes()[:30]
    for content in (b"this is a text and no sound\n" * 99, bytes(range(256)) * 40, head):
        path.write_bytes(content)
        samples, said = decode_until_break(path)
        assert said.startswith("it cannot be decoded as sound")
        assert not len(samples)
        assert "does not exist" not in said
        assert str(tmp_path) not in said


def test_what_is_no_file_or_empty_says_so(tmp_path):
    (tmp_path / "a.wav").write_bytes(b"")
    (tmp_path / "b.wav").mkdir()
    (tmp_path / "c.wav").symlink_to("nowhere")
    said = [decode_until_break(tmp_path / f"{name}.wav")[1] for name in "abc"]
    assert said == ["it is empty", "it is not a regular file", "it is not a regular file"]


@pytest.mark.parametrize("suffix", ["wav", "flac", "mp3"])
def test_a_file_that_was_cut_short_gives_what_it_has_and_says_so(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 4 * RATE)
    soundfile.write(path, noise, RATE)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    samples, said = decode_until_break(path)
    assert "breaks off here" in said
    assert RATE < len(samples) < 3 * RATE


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e30])
@pytest.mark.parametrize("rate", [RATE, 44_100])
def test_a_sample_that_is_no_number_ends_the_file(tmp_path, bad, rate):
    samples = tone(2, rate=rate).astype(np.float32)
    samples[rate] = bad
    wavfile.write(tmp_path / "a.wav", rate, samples)
    values, said = decode_until_break(tmp_path / "a.wav")
    assert said == f"sample {rate:,} is not a number, infinite or above 1e+09"
    assert len(values) == RATE
    assert np.isfinite(values).all()


@pytest.mark.parametrize("rate", [0, 1, 999, 768_001, 4_000_000_000])
def test_a_rate_that_no_recording_has_is_refused(tmp_path, rate):
    (tmp_path / "a.wav").write_bytes(wav_bytes(b"\1\0" * 3_000, rate=rate))
    _, said = decode_until_break(tmp_path / "a.wav")
    assert "samples a second" in said or "cannot be decoded" in said


def test_many_channels_take_no_more_memory(tmp_path):
    (tmp_path / "a.wav").write_bytes(wav_bytes(b"\1\0" * 1_000 * 2_000, channels=1_000))
    assert len(decode(tmp_path / "a.wav")[0]) == 2_000


def test_without_the_extra_one_sentence_says_what_to_install(tmp_path, monkeypatch):
    wavfile.write(tmp_path / "a.wav", RATE, tone())
    real = audio.import_module

    def missing(name):
        if name == "soxr":
            raise ModuleNotFoundError(f"No module named {name!r}")
        return real(name)

    monkeypatch.setattr(audio, "import_module", missing)
    for call in (require_audio, lambda: decode(tmp_path / "a.wav")):
        with pytest.raises(CorpusError, match=r"soxr cannot be loaded .*pip install 'textsc\[audio\]'"):
            call()


def test_the_libraries_are_loaded_only_where_there_is_sound():
    code = "import sys, textsc.corpus.dataset, textsc.store; print({'soundfile', 'soxr'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
