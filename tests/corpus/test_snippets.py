"""Folders of sounds as rows: ids, labels, statuses, and the same rows whatever the blocks and pieces."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.io import wavfile

from textsc.corpus.dataset import read_corpus, stream_corpus
from textsc.corpus.readers import CorpusError, open_corpus
from textsc.corpus.rows import STATUSES, ContentError
from textsc.corpus.sound.snippets import _Cutter
from textsc.corpus.sound.soundfolders import SoundReader
from textsc.corpus.sound.spectra import SoundSpectra
from textsc.corpus.text import TextCounts

RATE = 22_050


def write(path, samples, *, rate=RATE):
    path.parent.mkdir(parents=True, exist_ok=True)
    wavfile.write(path, rate, np.asarray(samples, dtype=np.float32))


def noise(seconds, *, level=0.1, seed=0):
    return level * np.random.default_rng(seed).uniform(-1, 1, int(seconds * RATE))


@pytest.fixture
def folder(tmp_path):
    """Two labels, every status, and files that are to be passed over."""
    write(tmp_path / "s/birds/wren.wav", noise(0.52))
    write(tmp_path / "s/birds/.hidden.wav", noise(1))
    write(tmp_path / "s/bells/deep/one.WAV", np.sign(noise(0.16)))
    write(tmp_path / "s/bells/none.wav", np.zeros(1102))
    write(tmp_path / "s/short.wav", noise(0.04))
    write(tmp_path / "s/nothing.wav", [])
    (tmp_path / "s/text.wav").write_text("this is no sound")
    broken = noise(0.27)
    broken[-500] = np.nan
    write(tmp_path / "s/zz.wav", broken)
    (tmp_path / "s/labels.csv").write_text("file,label\n")
    return tmp_path / "s"


# --- rows ----------------------------------------------------------------------------------------


def test_every_snippet_and_every_lost_file_has_a_row(folder):
    pytest.importorskip("soundfile")
    data = read_corpus(folder)
    assert data.X.shape == (22, 552)
    assert data.X.dtype == np.float32
    rows = list(zip(data.ids, data.status, data.y, data.clips, strict=True))
    assert [row[0] for row in rows[:4]] == [
        "bells/deep/one.WAV#0",
        "bells/deep/one.WAV#50",
        "bells/deep/one.WAV#100",
        "bells/none.wav#0",
    ]
    assert rows[2] == ("bells/deep/one.WAV#100", "clipped", "bells", "bells/deep/one.WAV")
    assert rows[3] == ("bells/none.wav#0", "silent", "bells", "bells/none.wav")
    assert rows[4:14] == [(f"birds/wren.wav#{50 * n}", "ok", "birds", "birds/wren.wav") for n in range(10)]
    assert rows[14:17] == [
        ("nothing.wav", "too_short", None, "nothing.wav"),
        ("short.wav", "too_short", None, "short.wav"),
        ("text.wav", "unreadable", None, "text.wav"),
    ]
    assert [row[:2] for row in rows[17:]] == [
        *[(f"zz.wav#{50 * n}", "ok") for n in range(4)],
        ("zz.wav#200", "unreadable"),
    ]
    assert {status for _, status, _, _ in rows} <= set(STATUSES)
    assert [problem.removeprefix(str(folder)) for problem in data.problems] == [
        "/text.wav: it cannot be decoded as sound (Format not recognised).",
        "/zz.wav: sample 5,453 is not a number, infinite or above 1e+09.",
    ]
    assert data.n_tokens is data.oov_rate is None
    assert (data.X[[3, 14, 15, 16, 21]] == 0).all()
    assert data.trainable.tolist() == [0, 1, 2, *range(4, 14), *range(17, 21)]
    assert repr(data) == "Dataset(22 snippets, 7 files, 552 frequencies, 2 problems)"
    wren = SoundSpectra().spectra(noise(0.52))
    np.testing.assert_allclose(data.X[4:14], wren, rtol=0, atol=1e-5)


@pytest.mark.parametrize("size", [1, 7, 22, 1000])
def test_blocks_hold_the_same_rows_whatever_their_size(folder, size):
    pytest.importorskip("soundfile")
    whole = read_corpus(folder)
    blocks = list(stream_corpus(open_corpus(folder), SoundSpectra(), size=size))
    assert [len(block.ids) for block in blocks[:-1]] == [size] * (len(blocks) - 1)
    assert (np.concatenate([block.X for block in blocks]) == whole.X).all()
    for name in ("ids", "status", "clips", "problems"):
        assert [item for block in blocks for item in getattr(block, name)] == getattr(whole, name)
    for block in blocks:
        unreadable = sum(status == "unreadable" for status in block.status)
        assert len(block.problems) == unreadable


def test_a_file_alone_is_a_corpus(tmp_path):
    pytest.importorskip("soundfile")
    write(tmp_path / "wren.wav", noise(0.1))
    data = read_corpus(tmp_path / "wren.wav", encoder=SoundSpectra(hop_ms=25))
    assert (data.ids, data.y) == (["wren.wav#0", "wren.wav#25", "wren.wav#50"], None)


def test_silence_and_clipping_are_judged_snippet_by_snippet(tmp_path):
    pytest.importorskip("soundfile")
    samples = noise(0.3)
    samples[1102:2204] = 9e-5  # -81 dB
    samples[2204:3306] = 1.1e-4
    samples[3306:4408:100] = 1.0  # 12 of 1,102 samples
    samples[4408:5510:101] = -1.0  # 11
    write(tmp_path / "a.wav", samples)
    assert read_corpus(tmp_path / "a.wav").status == ["ok", "silent", "ok", "clipped", "ok", "ok"]


def test_memory_does_not_grow_with_the_length_of_a_file(tmp_path):
    pytest.importorskip("soundfile")
    peaks = []
    for seconds in (30, 120):
        write(tmp_path / "a.wav", noise(seconds))
        tracemalloc.start()
        n_rows = sum(
            len(block.ids) for block in stream_corpus(open_corpus(tmp_path / "a.wav"), SoundSpectra(), size=64)
        )
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert n_rows == seconds * RATE // 1102
    assert peaks[1] < 1.1 * peaks[0]


@settings(max_examples=60, deadline=None)
@given(
    cuts=st.lists(st.integers(0, 900), max_size=8),
    snippet_ms=st.integers(2, 200),
    hop_ms=st.integers(2, 500),
    clipped=st.sets(st.integers(0, 899), max_size=60),
)
def test_snippets_do_not_depend_on_the_pieces_that_samples_come_in(cuts, snippet_ms, hop_ms, clipped):
    encoder = SoundSpectra(sample_rate=1_000, snippet_ms=snippet_ms, hop_ms=hop_ms)
    samples = np.random.default_rng(0).uniform(-1, 1, 900).astype(np.float32)
    samples[300:600] = 0
    places = np.array(sorted(clipped), dtype=np.int64)
    whole, status = _Cutter(encoder).take(samples, places)
    assert (whole == encoder.spectra(samples)).all()
    for n, said in enumerate(status):
        inside = range(n * hop_ms, n * hop_ms + snippet_ms)
        n_clipped = len(clipped & set(inside))
        assert (said == "clipped") == (n_clipped > snippet_ms / 100)
        assert said == "clipped" or (said == "silent") == (np.abs(samples[inside]).max() < 1e-4)
    cutter, ends = _Cutter(encoder), [*sorted(cuts), 900]
    found = [
        cutter.take(samples[start:end], places[(places >= start) & (places < end)])
        for start, end in zip([0, *ends], ends, strict=False)
    ]
    np.testing.assert_allclose(np.concatenate([X for X, _ in found]), whole, rtol=0, atol=1e-6)
    assert [said for _, part in found for said in part] == status


# --- which corpus is one of sounds ---------------------------------------------------------------


def test_the_kind_of_most_files_is_that_of_a_folder(tmp_path):
    (tmp_path / "a.wav").touch()
    (tmp_path / "LICENSE.txt").write_text("free")
    assert open_corpus(tmp_path).content == "text"  # as many texts as sounds
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "b.OGG").touch()
    reader = open_corpus(tmp_path)
    assert isinstance(reader, SoundReader)
    assert [(record.id, record.label) for record in reader] == [("a.wav", None), ("deep/b.OGG", "deep")]
    assert (reader.n_files, reader.fraction) == (2, 1.0)


def test_a_name_that_is_not_utf8_has_an_id(tmp_path):
    name = b"caf\xe9.wav"
    with open(str(tmp_path).encode() + b"/" + name, "wb"):
        pass
    (record,) = open_corpus(tmp_path)
    assert record.id == "caf\ufffd.wav"
    if pytest.importorskip("soundfile"):
        with pytest.raises(CorpusError, match="it is empty"):
            read_corpus(tmp_path)


def test_nothing_readable_is_refused_with_the_first_reason(tmp_path):
    pytest.importorskip("soundfile")
    for name in "ab":
        (tmp_path / f"{name}.flac").write_bytes(b"no sound at all")
    message = r"Nothing is readable in .*; first .*/a\.flac: it cannot be decoded as sound"
    with pytest.raises(CorpusError, match=message):
        read_corpus(tmp_path)
    with pytest.raises(CorpusError, match=message):
        list(stream_corpus(open_corpus(tmp_path), SoundSpectra()))


def test_texts_and_sounds_are_not_mixed_up(tmp_path):
    write(tmp_path / "a.wav", noise(0.1))
    message = "holds sounds, but the model is one of texts .TextCounts.. Give a corpus of texts, or a model of sounds"
    for encoder in (TextCounts(), TextCounts().fit(["a cat", "a cat"])):
        with pytest.raises(ContentError, match=message):
            read_corpus(tmp_path, encoder=encoder)
        with pytest.raises(ContentError, match=message):
            stream_corpus(open_corpus(tmp_path), encoder)
    with pytest.raises(ContentError, match="lee holds texts, but the model is one of sounds"):
        stream_corpus(open_corpus("lee"), SoundSpectra())
