"""What a topic says, against the definitions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import rel_entr, softmax

from textsc.topics import STRENGTH, prevalence, spectral_peaks, top_words, topic_word_distributions, topic_word_scores

RNG = np.random.default_rng(0)
U = 1 / np.arange(1, 201)
BACKGROUND = np.log(U / U.sum())
LOUD = (RNG.random((7, 200)) < 0.1) & (np.arange(200) > 20)  # words that are 3 % of the corpus: 3.5 nats away
COMPONENTS = np.where(LOUD, 2.0, -0.2) + 0.1 * RNG.normal(size=(7, 200))


def distance(Q, background):
    return np.sum(rel_entr(Q, softmax(background)), axis=1)


@pytest.mark.parametrize("strength", [0.1, 1.0, STRENGTH])
def test_every_topic_is_shown_at_the_same_distance(strength):
    Q = topic_word_distributions(COMPONENTS, BACKGROUND, strength=strength)
    np.testing.assert_allclose(distance(Q, BACKGROUND), strength, rtol=1e-9)
    np.testing.assert_allclose(Q.sum(axis=1), 1.0)
    assert np.all(Q >= 0)


def test_a_topic_is_on_its_own_ray():
    """Q_k = softmax(b0 + s B_k): log Q_k − b0 is B_k up to scale and shift."""
    Q = topic_word_distributions(COMPONENTS, BACKGROUND)
    for q, column in zip(Q, COMPONENTS, strict=True):
        assert np.corrcoef(np.log(q) - BACKGROUND, column)[0, 1] == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(("scale", "s"), [(1e-4, 6.0), (1e4, 0.05)])
def test_out_of_reach_the_nearest_weight_is_taken(scale, s):
    Q = topic_word_distributions(scale * COMPONENTS[:1], BACKGROUND)
    np.testing.assert_allclose(Q[0], softmax(BACKGROUND + s * scale * COMPONENTS[0]), rtol=1e-9, atol=1e-300)


@given(scale=st.floats(0.7, 1.4), shift=st.floats(-5, 5))
@settings(deadline=None, max_examples=25)
def test_scores_do_not_see_scale_or_shift_of_a_column(scale, shift):
    scores = topic_word_scores(COMPONENTS, BACKGROUND)
    moved = topic_word_scores(scale * COMPONENTS + shift, BACKGROUND + 2 * shift)
    np.testing.assert_allclose(moved, scores, atol=1e-9)


def test_scores_are_shares_of_the_distance_less_what_others_say():
    scores = topic_word_scores(COMPONENTS, BACKGROUND)
    Q, u = topic_word_distributions(COMPONENTS, BACKGROUND), softmax(BACKGROUND)
    for k, q in enumerate(Q):
        others = np.delete(Q, k, axis=0).mean(axis=0)
        np.testing.assert_allclose(scores[k], q * np.log(q / np.maximum(u, others)), atol=1e-12)
    assert np.all(scores.sum(axis=1) <= STRENGTH * (1 + 1e-9))


def test_the_scores_of_one_topic_are_its_shares_of_the_distance():
    scores = topic_word_scores(COMPONENTS[:1], BACKGROUND)
    Q, u = topic_word_distributions(COMPONENTS[:1], BACKGROUND), softmax(BACKGROUND)
    np.testing.assert_allclose(scores, Q * np.log(Q / u), atol=1e-12)
    np.testing.assert_allclose(scores.sum(), STRENGTH, rtol=1e-9)


def test_a_word_that_others_say_stands_lower():
    """Two topics say word 0 alike; word 1 is said by the first alone, a little less."""
    B = np.array([[2.0, 1.9, 0, 0, 0, 0], [2.0, 0, 1.9, 0, 0, 0], [0, 0, 0, 2, 2, 0]])
    scores = topic_word_scores(B, np.zeros(6), strength=0.5)
    assert scores[0, 1] > scores[0, 0] > scores[0, 2]


def test_scores_of_extreme_columns_are_finite():
    wild = np.stack([np.r_[800.0, np.full(199, -800.0)], np.zeros(200), np.full(200, -1e3)])
    scores = topic_word_scores(wild, BACKGROUND)
    assert np.all(np.isfinite(scores))
    # A column that says nothing shows the corpus: no word scores.
    assert np.all(scores[1:] < 1e-12)


def test_float32_is_computed_in_float64():
    scores = topic_word_scores(COMPONENTS.astype(np.float32), BACKGROUND.astype(np.float32))
    assert scores.dtype == np.float64
    np.testing.assert_allclose(scores, topic_word_scores(COMPONENTS, BACKGROUND), atol=1e-5)


def test_ties_come_in_the_order_of_the_names():
    scores = np.array([[0.5, 0.9, 0.5, 0.9], [0.0, 0.0, 0.0, 0.0]])
    assert top_words(scores, list("abcd"), 3) == [["b", "d", "a"], ["a", "b", "c"]]
    names = [f"word{v:03d}" for v in range(300)]
    tied = np.where(np.arange(300) % 3 == 0, 1.0, 0.0)[None, :]
    rest = [name for v, name in enumerate(names) if v % 3]
    assert top_words(tied, names, 150) == [names[::3] + rest[:50]]


def test_more_words_than_there_are():
    assert top_words(np.array([[0.1, 0.2]]), ["a", "b"], 10) == [["b", "a"]]


def test_one_name_for_each_column():
    with pytest.raises(ValueError, match=r"top_words: one name for each column is needed, got 1 for 2\.$"):
        top_words(np.zeros((1, 2)), ["a"])


def test_prevalence_by_hand():
    W, n_tokens = np.array([[3.0, 1.0], [0.5, 0.5]]), np.array([10, 30])
    np.testing.assert_allclose(prevalence(W, n_tokens), [(10 * 0.75 + 30 * 0.5) / 40, (10 * 0.25 + 30 * 0.5) / 40])


@given(seed=st.integers(0, 1000), scale=st.floats(1e-20, 1e20))
@settings(deadline=None, max_examples=40)
def test_prevalence_sums_to_one(seed, scale):
    rng = np.random.default_rng(seed)
    W, n_tokens = scale * (rng.random((9, 4)) + 1e-6), rng.integers(0, 1000, size=9) + 1
    shares = prevalence(W, n_tokens)
    assert shares.sum() == pytest.approx(1.0)
    assert np.all(shares >= 0)


def test_no_token_no_prevalence():
    assert prevalence(np.ones((2, 3)), np.zeros(2)).tolist() == [0, 0, 0]


@given(st.integers(0, 2**32 - 1), st.integers(1, 12))
def test_peaks_are_above_their_neighbours_and_highest_first(seed, n_peaks):
    spectra = np.random.default_rng(seed).integers(0, 5, (3, 30)).astype(float)  # with plateaus
    for row, peaks in zip(spectra, spectral_peaks(spectra, n_peaks), strict=True):
        assert row[peaks[0]] == row.max()
        assert row[peaks].tolist() == sorted(row[peaks], reverse=True)
        padded = np.pad(row, 1, constant_values=-1)
        is_peak = (row > padded[:-2]) & (row >= padded[2:])
        assert len(peaks) == min(n_peaks, is_peak.sum())
        assert is_peak[peaks].all()
