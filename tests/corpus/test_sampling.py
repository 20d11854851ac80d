"""Snippets drawn from a stream: evenly, the same whatever the blocks, in constant memory."""

import tracemalloc
from collections import Counter

import numpy as np
import pytest
from scipy.io import wavfile

from textsc.corpus.dataset import read_corpus
from textsc.corpus.readers import open_corpus
from textsc.corpus.sound import sampling
from textsc.corpus.sound.sampling import _Reservoir, draw_snippets
from textsc.corpus.sound.spectra import SoundSpectra

pytest.importorskip("soundfile")
RATE = 8_000
ENCODER = SoundSpectra(sample_rate=RATE)


def write(path, seconds, *, level=0.1, seed=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = level * np.random.default_rng(seed).uniform(-1, 1, int(seconds * RATE))
    wavfile.write(path, RATE, samples.astype(np.float32))


@pytest.fixture
def folder(tmp_path):
    for n in range(4):
        write(tmp_path / "s" / f"{'ab'[n % 2]}/{n}.wav", 3, seed=n)
    write(tmp_path / "s" / "c.wav", 1)
    write(tmp_path / "s" / "quiet.wav", 1, level=0)
    (tmp_path / "s" / "text.wav").write_text("no sound")
    return tmp_path / "s"


def test_where_there_are_no_more_all_are_kept(folder):
    whole = read_corpus(folder, encoder=ENCODER)
    drawn = draw_snippets(open_corpus(folder), ENCODER, most=260)
    rows = whole.trainable
    assert (whole.X[rows] == drawn.data.X).all()
    assert drawn.data.ids == [whole.ids[row] for row in rows]
    assert drawn.data.y == [whole.y[row] for row in rows]
    assert drawn.statuses == Counter(whole.status) == {"ok": 260, "silent": 20, "unreadable": 1}
    assert (drawn.n_files, drawn.n_usable, drawn.data.problems) == (7, 260, whole.problems)


def test_what_is_drawn_is_of_the_corpus_in_its_order_and_by_the_seed(folder, monkeypatch):
    whole = read_corpus(folder, encoder=ENCODER)
    place = {identity: row for row, identity in enumerate(whole.ids)}
    drawn = draw_snippets(open_corpus(folder), ENCODER, most=50, seed=3).data
    rows = [place[identity] for identity in drawn.ids]
    assert len(rows) == 50
    assert rows == sorted(set(rows))
    assert (whole.X[rows] == drawn.X).all()
    assert drawn.clips == [whole.clips[row] for row in rows]
    assert drawn.trainable.tolist() == [*range(50)]
    assert draw_snippets(open_corpus(folder), ENCODER, most=50, seed=4).data.ids != drawn.ids
    monkeypatch.setattr(sampling, "_BLOCK", 7)
    again = draw_snippets(open_corpus(folder), ENCODER, most=50, seed=3).data
    assert (again.ids, again.y) == (drawn.ids, drawn.y)
    assert (again.X == drawn.X).all()


def test_only_those_with_a_label_are_drawn_where_it_is_asked(folder):
    drawn = draw_snippets(open_corpus(folder), ENCODER, most=250, labelled=True)
    assert Counter(drawn.data.y) == {"a": 120, "b": 120}
    assert drawn.n_usable == 240
    assert drawn.statuses.total() == 281


def test_nothing_to_draw_from_gives_no_rows(tmp_path):
    write(tmp_path / "s/quiet.wav", 1, level=0)
    drawn = draw_snippets(open_corpus(tmp_path / "s"), ENCODER)
    assert (drawn.data.X.shape, drawn.data.ids, drawn.data.y) == ((0, ENCODER.n_columns), [], None)


def test_every_snippet_is_drawn_equally_often():
    class Block:
        def __init__(self, numbers):
            self.X = numbers[:, None].astype(np.float32)
            self.ids = self.clips = self.y = self.status = [str(n) for n in numbers]

    counts = np.zeros(40)
    for seed in range(2_000):
        kept = _Reservoir(10, 1, np.random.default_rng(seed))
        for part in np.split(np.arange(40), [5, 12, 30]):
            kept.take(Block(part), np.ones(len(part), dtype=bool))
        assert sorted(int(row[1]) for row in kept._rows) == sorted(kept._X[:, 0].astype(int).tolist())
        counts[[int(row[1]) for row in kept._rows]] += 1
    assert counts.sum() == 20_000
    # 500 expected for each, with a standard deviation of 19.
    assert ((counts - 500) ** 2 / 375).sum() < 80
    assert abs(counts[:10].mean() - counts[10:].mean()) < 30


def test_memory_does_not_grow_with_the_corpus(tmp_path):
    peaks = []
    for n_files in (2, 8):
        for n in range(n_files):
            write(tmp_path / f"s/{n}.wav", 60, seed=n)
        tracemalloc.start()
        assert draw_snippets(open_corpus(tmp_path / "s"), ENCODER, most=500).n_usable == 1_200 * n_files
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.1 * peaks[0]
