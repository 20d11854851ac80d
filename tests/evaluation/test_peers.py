"""Every peer through one battery: what it learns, what it encodes, what it says of held-out tokens."""

import subprocess
import sys

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.special import softmax
from sklearn.decomposition import NMF, LatentDirichletAllocation
from sklearn.feature_extraction.text import TfidfTransformer

from textsc.evaluation.likelihood import split_tokens
from textsc.evaluation.nmfpeers import SMOOTHING
from textsc.evaluation.peer import Peer, shares
from textsc.evaluation.peers import PEERS, Textsc, installed_version, known_peers

INSTALLED = [name for name in PEERS if installed_version(name) is not None]
K, V = 3, 12


def themes(n_documents, seed=0):
    """Draw documents of one of three themes with four words each, and a few words of the others."""
    rng = np.random.default_rng(seed)
    y = np.arange(n_documents) % 3
    rates = np.full((n_documents, V), 0.2)
    for d, theme in enumerate(y):
        rates[d, 4 * theme : 4 * theme + 4] = 4.0
    return sp.csr_array(rng.poisson(rates)), y


TRAIN, TRAIN_THEMES = themes(90)
TEST, TEST_THEMES = themes(30, seed=1)


@pytest.fixture(scope="module")
def fitted():
    return {name: PEERS[name].fit(TRAIN, n_topics=K, seed=0) for name in INSTALLED}


@pytest.mark.parametrize("name", INSTALLED)
def test_each_finds_the_themes(fitted, name):
    """The first four words of each topic are those of a theme; documents of one theme share their strongest topic."""
    peer = fitted[name]
    assert peer.topic_word.shape == (K, V)
    first = np.argsort(-peer.topic_word, axis=1)[:, :4]
    assert sorted(sorted(row) for row in first.tolist()) == [[4 * t + i for i in range(4)] for t in range(3)]
    features = peer.encode(TEST)
    assert features.shape == (30, K)
    # textsc's codes also bend words down, so its strongest topic is not always that of the theme.
    strongest = features.argmax(axis=1)
    for theme in range(3):
        assert np.mean(first[strongest[theme == TEST_THEMES], 0] // 4 == theme) > 0.9


@pytest.mark.parametrize("name", INSTALLED)
def test_a_seed_fixes_everything(fitted, name):
    again = PEERS[name].fit(TRAIN, n_topics=K, seed=0)
    np.testing.assert_array_equal(again.topic_word, fitted[name].topic_word)
    np.testing.assert_array_equal(again.encode(TEST), fitted[name].encode(TEST))
    np.testing.assert_array_equal(fitted[name].encode(TEST), fitted[name].encode(TEST))


@pytest.mark.parametrize("name", INSTALLED)
def test_held_out_tokens_are_better_told_than_by_frequencies(fitted, name):
    peer = fitted[name]
    observed, held_out = split_tokens(TEST)
    perplexity = peer.perplexity(observed, held_out)
    if not peer.has_likelihood:
        assert perplexity is None
        with pytest.raises(NotImplementedError, match="has no likelihood"):
            peer.word_probabilities(np.ones((1, K)))
        return
    u = TRAIN.sum(axis=0) / TRAIN.sum()
    assert 4 < perplexity < np.exp(-(held_out.sum(axis=0) @ np.log(u)) / held_out.sum()) - 3


@pytest.mark.parametrize("name", [name for name in INSTALLED if PEERS[name].has_likelihood and name != "textsc"])
def test_probabilities_are_probabilities_and_perplexity_their_mean(fitted, name):
    peer = fitted[name]
    observed, held_out = split_tokens(TEST)
    R = peer.word_probabilities(peer.encode(observed))
    np.testing.assert_allclose(R.sum(axis=1), 1, atol=1e-6)
    assert R.min() > 0
    total = sum(n * np.log(R[d, v]) for d, row in enumerate(held_out.toarray()) for v, n in enumerate(row))
    assert peer.perplexity(observed, held_out) == pytest.approx(np.exp(-total / held_out.sum()))


@pytest.mark.parametrize("name", INSTALLED)
def test_documents_without_words_and_words_without_documents(name):
    """A row and a column of zeros, at fit and after."""
    X = TRAIN.toarray()
    X[5], X[:, 7] = 0, 0
    new = TEST.toarray()
    new[2] = 0
    peer = PEERS[name].fit(sp.csr_array(X), n_topics=K, seed=0)
    features = peer.encode(sp.csr_array(new))
    assert np.isfinite(features).all()
    assert features.shape == (30, K)
    observed, held_out = split_tokens(new)
    perplexity = peer.perplexity(observed, held_out)
    assert perplexity is None or np.isfinite(perplexity)
    assert peer.perplexity(observed, sp.csr_array(held_out.shape, dtype=held_out.dtype)) is None


@pytest.mark.parametrize("name", INSTALLED)
@pytest.mark.parametrize("n_topics", [1, 20])
def test_more_topics_than_documents_and_words(name, n_topics):
    peer = PEERS[name].fit(TRAIN[:5], n_topics=n_topics, seed=0)
    assert peer.topic_word.shape == (n_topics, V)
    assert peer.encode(TEST[:4]).shape == (4, n_topics)


def test_ours_is_the_default_model(fitted):
    peer = fitted["textsc"]
    observed, held_out = split_tokens(TEST)
    assert peer.perplexity(observed, held_out) == pytest.approx(peer.model.perplexity(TEST))
    np.testing.assert_array_equal(peer.topic_word, peer.model.topic_word_scores_)
    Z = peer.model.background_ + peer.encode(observed) @ peer.model.components_
    total = np.sum(held_out.toarray() * np.log(softmax(Z, axis=1)))
    assert peer.perplexity(observed, held_out) == pytest.approx(np.exp(-total / held_out.sum()))


def test_codes_without_a_certificate_are_counted():
    peer = Textsc.fit(TRAIN, n_topics=K, seed=0)
    peer.encode(TEST)
    assert peer.n_not_converged == 0
    peer.model.set_params(tol=1e-300)
    peer.encode(TEST)
    assert peer.n_not_converged == 30


def test_lda_is_that_of_the_library(fitted):
    """scikit-learn's normalised components and posterior shares."""
    model = LatentDirichletAllocation(K, learning_method="online", batch_size=512, max_iter=10, random_state=0).fit(
        TRAIN
    )
    np.testing.assert_allclose(
        fitted["sklearn_lda"].topic_word, model.components_ / model.components_.sum(axis=1, keepdims=True)
    )
    np.testing.assert_allclose(fitted["sklearn_lda"].encode(TEST), model.transform(TEST))


def test_factorisations_are_those_of_the_library(fitted):
    weigher = TfidfTransformer().fit(TRAIN)
    model = NMF(K, init="nndsvd", max_iter=200, random_state=0).fit(weigher.transform(TRAIN))
    np.testing.assert_allclose(fitted["nmf_tfidf"].topic_word, model.components_)
    np.testing.assert_allclose(fitted["nmf_tfidf"].encode(TEST), model.transform(weigher.transform(TEST)))


def test_the_reconstruction_is_smoothed_with_frequencies(fitted):
    peer = fitted["nmf_kl"]
    W = peer.encode(TEST)
    products = W @ peer.topic_word
    u = TRAIN.sum(axis=0) / TRAIN.sum()
    expected = (1 - SMOOTHING) * products / products.sum(axis=1, keepdims=True) + SMOOTHING * u
    np.testing.assert_allclose(peer.word_probabilities(W), expected)
    # No weight at all: the frequencies themselves.
    np.testing.assert_allclose(peer.word_probabilities(np.zeros((1, K)))[0], u)


def test_words_that_tomotopy_has_not_met_have_the_probability_of_the_prior():
    if "tomotopy_lda" not in INSTALLED:
        pytest.skip("tomotopy is not installed")
    X = TRAIN.toarray()
    X[:, 7] = 0
    peer = PEERS["tomotopy_lda"].fit(sp.csr_array(X), n_topics=K, seed=0)
    assert PEERS["tomotopy_lda"].library().__version__ == installed_version("tomotopy_lda")
    np.testing.assert_allclose(peer.topic_word.sum(axis=1), 1)
    assert 0 < peer.topic_word[:, 7].max() < 1e-3
    # A document of that word alone is one without a known word.
    only = np.zeros((1, V), dtype=int)
    only[0, 7] = 5
    np.testing.assert_allclose(peer.encode(sp.csr_array(only)), 1 / K)


def test_a_token_that_is_ruled_out_costs_much_and_not_everything():
    class Certain(Peer):
        title, package, module = "certain", "textsc", "textsc"

        @classmethod
        def fit(cls, X, *, n_topics, seed):
            return cls()

        def encode(self, X):
            return np.ones((X.shape[0], 1))

        def word_probabilities(self, features):
            return np.eye(2)[np.zeros(len(features), dtype=int)]

    both = sp.csr_array(np.array([[1, 1]]))
    assert np.log(Certain().perplexity(both, both)) == pytest.approx(300 * np.log(10) / 2)


def test_shares_of_nothing_are_uniform():
    np.testing.assert_allclose(shares([[0, 0, 0, 0], [1, 0, 0, 3]]), [[0.25] * 4, [0.25, 0, 0, 0.75]])


def test_peers_are_known_by_name():
    assert list(known_peers()) == list(PEERS)
    with pytest.raises(ValueError, match="No model is called 'lda'; known are textsc, sklearn_lda"):
        known_peers(["textsc", "lda"])


def test_what_is_not_installed_is_seen(monkeypatch):
    monkeypatch.setattr(PEERS["tomotopy_lda"], "package", "no-such-package")
    assert installed_version("tomotopy_lda") is None
    assert installed_version("textsc") is not None


def test_the_registry_loads_no_library_of_a_peer():
    code = "import sys, textsc.evaluation.peers; assert not {'gensim', 'tomotopy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
