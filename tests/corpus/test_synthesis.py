"""Made sounds: the same bytes for a seed, within full scale, and instruments that differ where they should."""

import hashlib

import numpy as np
import pytest

from textsc.corpus.sound.spectra import SoundSpectra
from textsc.corpus.sound.synthesis import INSTRUMENTS, play, write_clips


def bytes_of(folder, seed):
    clips = list(write_clips(folder, n_clips=2, seconds=0.3, seed=seed))
    assert [name for name, _ in clips] == [name for name in INSTRUMENTS for _ in range(2)]
    return hashlib.sha256(b"".join(path.read_bytes() for _, path in clips)).hexdigest()


def test_a_seed_gives_the_same_files(tmp_path):
    assert bytes_of(tmp_path, 0) == bytes_of(tmp_path, 0) != bytes_of(tmp_path, 1)


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_a_tune_is_neither_silent_nor_clipped(name):
    for seed in range(3):
        samples = play(INSTRUMENTS[name], np.random.default_rng(seed), seconds=1)
        assert samples.shape == (22_050,)
        assert np.isfinite(samples).all()
        assert 0.05 < np.abs(samples).max() <= 0.98
        assert np.mean(np.abs(samples) > 0.97) < 0.01
        assert np.sqrt(np.mean(samples[-4_000:] ** 2)) > 1e-3  # notes go on to the end


def test_instruments_differ_in_their_spectra():
    encoder = SoundSpectra(compression="none")
    above = {}  # share of what is heard that lies above 3,000 Hz
    for name, instrument in INSTRUMENTS.items():
        X = encoder.spectra(play(instrument, np.random.default_rng(0), seconds=3)).astype(float) ** 2
        above[name] = float(X[:, encoder.frequencies > 3_000].sum() / X.sum())
    assert above["drum"] > above["violin"] > above["flute"]
