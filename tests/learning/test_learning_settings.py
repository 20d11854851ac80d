"""What is settled before a basis is learned."""

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.special import softmax

from textsc import SparseCoding
from textsc.learning.settings import Settings, begin_learning

X = sp.csr_array(np.random.default_rng(0).poisson([0.2, 0.5, 1.0, 2.0, 4.0, 0.1], size=(50, 6)).astype(float))


@pytest.mark.parametrize("background", [True, False])
def test_a_basis_is_held_to_its_start_by_the_frequencies_of_words(background):
    learner, *_ = begin_learning(Settings(3, background=background), X, rng=np.random.default_rng(0))
    np.testing.assert_allclose(learner.ridge, 0.01 * softmax(learner.background))
    np.testing.assert_array_equal(learner.anchor, learner.components)


def test_the_hold_reaches_a_fit(monkeypatch):
    free = SparseCoding(3, random_state=0).fit(X).components_
    monkeypatch.setattr("textsc.learning.settings.ANCHOR", 10.0)
    held = SparseCoding(3, random_state=0).fit(X).components_
    monkeypatch.setattr("textsc.learning.settings.ANCHOR", 1e4)
    start = SparseCoding(3, random_state=0, learning_rate=1e-9).fit(X).components_
    assert np.linalg.norm(held - start) < 0.8 * np.linalg.norm(free - start)


def test_the_highest_rate_is_one_for_every_door():
    """The command line takes it, so a model that it saved must be one that can be fitted again."""
    assert SparseCoding(2, learning_rate=1.0, epochs=1, random_state=0).fit(X).learning_rate == 1.0
    with pytest.raises(ValueError, match="learning_rate"):
        SparseCoding(2, learning_rate=1.01).fit(X)


SPECTRA = np.random.default_rng(1).gamma(0.5, size=(60, 3)) @ np.random.default_rng(2).gamma(0.3, size=(3, 20))


def test_sound_is_learned_with_less_prior_than_it_is_coded_with():
    """Where λ is "auto"; a λ that is given is that of both."""
    learner, *_ = begin_learning(Settings(3, pair="linear"), SPECTRA, rng=np.random.default_rng(0))
    assert learner.objective.lam == 0.005
    learner, *_ = begin_learning(Settings(3, pair="linear", lam=0.02), SPECTRA, rng=np.random.default_rng(0))
    assert learner.objective.lam == 0.02
    auto, given, less = (
        SparseCoding(3, pair="linear", lam=lam, random_state=0).fit(SPECTRA) for lam in ("auto", 0.02, 0.005)
    )
    assert auto.lam_ == given.lam_ == 0.02
    np.testing.assert_array_equal(auto.components_, less.components_)
    assert not np.array_equal(auto.components_, given.components_)
    once, again = (SparseCoding(3, pair="linear", lam=lam, random_state=0) for lam in ("auto", 0.005))
    for model in (once, again):
        model.partial_fit(SPECTRA[:30]).partial_fit(SPECTRA[30:])
    np.testing.assert_array_equal(once.components_, again.components_)
