"""The coherence that a fit keeps beside its topics."""

from itertools import combinations
from math import log

import numpy as np
import pytest
import scipy.sparse as sp

from textsc.estimators import SparseCoding, SparseCodingClassifier, descriptions
from textsc.store import load_model, read_header, save_model

RNG = np.random.default_rng(0)
X = RNG.poisson(0.4, (60, 30)) + np.repeat(RNG.poisson(0.8, (3, 30)), 20, axis=0) * RNG.poisson(0.5, (60, 30))


@pytest.fixture(scope="module")
def model():
    return SparseCoding(3, epochs=1, random_state=0).fit(X)


def by_hand(scores):
    values = []
    for i, j in combinations(np.argsort(-scores, kind="stable")[:10], 2):
        together = np.mean((X[:, i] > 0) & (X[:, j] > 0))
        lift = together / (np.mean(X[:, i] > 0) * np.mean(X[:, j] > 0))
        values.append(log(lift) / -log(together) if together else -1.0)
    return np.mean(values)


def test_it_is_the_npmi_of_the_ten_best_words(model):
    expected = [by_hand(scores) for scores in model.topic_word_scores_]
    np.testing.assert_allclose(model.coherence_, expected, rtol=1e-12)
    assert len(set(expected)) == 3


@pytest.mark.parametrize("group", [1, 2])
def test_it_is_found_a_few_topics_at_once(model, monkeypatch, group):
    monkeypatch.setattr(descriptions, "GROUP", group)
    np.testing.assert_array_equal(descriptions.coherence_of(model, sp.csr_array(X)), model.coherence_)


def test_it_travels_with_the_model(model, tmp_path):
    save_model(model, tmp_path / "a.model")
    np.testing.assert_array_equal(load_model(tmp_path / "a.model").coherence_, model.coherence_)
    assert read_header(tmp_path / "a.model")["arrays"]["coherence_"]["shape"] == [3]


def test_one_part_of_the_documents_does_not_know_it(tmp_path):
    part = SparseCoding(3, random_state=0).partial_fit(X)
    assert part.coherence_ is None
    save_model(part, tmp_path / "a.model")
    assert load_model(tmp_path / "a.model").coherence_ is None
    assert SparseCoding(3, epochs=1, random_state=0).fit(X).partial_fit(X).coherence_ is None


def test_spectra_have_no_words():
    assert SparseCoding(2, pair="linear", epochs=1, random_state=0).fit(X.astype(float)).coherence_ is None


def test_trained_topics_have_a_coherence_of_their_own(model):
    tuned = SparseCodingClassifier(model, epochs=1, random_state=0).fit(X, np.repeat([0, 1], 30))
    np.testing.assert_allclose(tuned.model_.coherence_, [by_hand(s) for s in tuned.model_.topic_word_scores_])


def test_a_file_with_a_coherence_of_another_shape_is_refused(model):
    arrays, settings = model.to_state()
    for bad in (np.zeros(2), np.array([0.1, np.nan, 0.2])):
        with pytest.raises(ValueError, match="coherence"):
            SparseCoding.from_state({**arrays, "coherence_": bad}, settings)
