"""A comparison: the same split and code for all, and figures that are those of the single functions."""

import dataclasses

import numpy as np
import pytest
import scipy.sparse as sp

from textsc.evaluation.accuracy import classification_accuracy
from textsc.evaluation.coherence import topic_coherence
from textsc.evaluation.comparison import METRICS, Run, compare_models, judge, summarise, topic_metrics
from textsc.evaluation.cooccurrence import count_documents, count_windows
from textsc.evaluation.diversity import inverted_rbo, topic_diversity
from textsc.evaluation.likelihood import split_tokens
from textsc.evaluation.parts import Parts
from textsc.evaluation.peer import Peer
from textsc.evaluation.retrieval import retrieval_precision

WORDS = [f"{theme}{n}" for theme in ("sea", "law", "cat") for n in range(8)]
CHEAP = ["textsc", "nmf_tfidf"]


def draw(n, seed):
    """Draw texts of three themes, some of whose labels are not known."""
    rng = np.random.default_rng(seed)
    texts, labels = [], []
    for d in range(n):
        own = WORDS[8 * (d % 3) : 8 * (d % 3) + 8]
        texts.append([*rng.choice(own, 20), *rng.choice(WORDS, 8), "unknown"])
        labels.append(None if d % 10 == 9 else "slc"[d % 3])
    number = {word: v for v, word in enumerate(WORDS)}
    X = np.zeros((n, len(WORDS)), dtype=int)
    for d, text in enumerate(texts):
        for word in text:
            if word in number:
                X[d, number[word]] += 1
    return X, labels, [[str(word) for word in text] for text in texts]


@pytest.fixture(scope="module")
def parts():
    X, y, texts = draw(90, 0)
    X_test, y_test, _ = draw(30, 1)
    return Parts.of(X, X_test, WORDS, train_labels=y, test_labels=y_test, texts=lambda: iter(texts))


@pytest.fixture(scope="module")
def runs(parts):
    return list(compare_models(parts, n_topics=3, seeds=[4, 5], models=CHEAP))


class Fixed(Peer):
    """A peer that has learned nothing: what it gives is known."""

    title, package, module = "fixed", "textsc", "textsc"
    topic_word = np.array([[*range(24, 0, -1)], [*range(24)]], dtype=float)

    @classmethod
    def fit(cls, X, *, n_topics, seed):
        return cls()

    def encode(self, X):
        return X.toarray()[:, :3].astype(float)

    def word_probabilities(self, features):
        return np.full((len(features), 24), 1 / 24)


def test_each_figure_is_that_of_its_function(parts):
    """By hand, with documents without labels left out of what is about labels."""
    run = judge(Fixed(), parts, model="fixed", seed=3, fit_s=1.5)
    topics = [WORDS[:10], WORDS[:-11:-1]]
    assert run.topics == tuple(map(tuple, topics))
    X, y, texts = draw(90, 0)
    X_test, y_test, _ = draw(30, 1)
    words = [*topics[0], *topics[1]]
    for measure, counts in {
        "npmi": count_documents(X, WORDS, words),
        "c_npmi": count_windows(texts, words, size=10),
        "c_v": count_windows(texts, words, size=110),
    }.items():
        assert getattr(run, measure) == pytest.approx(np.mean(topic_coherence(topics, counts, measure=measure)))
    assert run.diversity == topic_diversity(topics) == 1.0
    assert run.inverted_rbo == inverted_rbo(topics)
    known, asked = np.array([label is not None for label in y]), np.array([label is not None for label in y_test])
    labels, wanted = [label for label in y if label], [label for label in y_test if label]
    train, test = X[known, :3], X_test[asked, :3]
    assert run.accuracy == classification_accuracy(train, labels, test, wanted)
    assert run.retrieval == retrieval_precision(train, test, labels, wanted, share=0.02)
    assert run.perplexity == pytest.approx(24)
    assert (run.model, run.seed, run.fit_s, run.n_not_converged) == ("fixed", 3, 1.5, 0)
    assert run.encode_s >= 0


def test_perplexity_is_of_the_held_out_halves(parts):
    class Observing(Fixed):
        def encode(self, X):
            seen.append(X.sum())
            return super().encode(X)

    seen = []
    judge(Observing(), parts, model="fixed", seed=0, fit_s=0.0)
    assert seen[-1] == split_tokens(parts.test)[0].sum()


def test_runs_come_model_by_model_and_are_fixed_by_their_seed(parts, runs):
    assert [(run.model, run.seed) for run in runs] == [(model, seed) for model in CHEAP for seed in (4, 5)]
    again = next(compare_models(parts, n_topics=3, seeds=[4], models=["textsc"]))
    times = {"fit_s": 0.0, "encode_s": 0.0}
    assert dataclasses.replace(again, **times) == dataclasses.replace(runs[0], **times)
    for run in runs:
        assert run.accuracy > 0.9
        assert run.npmi > 0
        assert (run.perplexity is None) == (run.model == "nmf_tfidf")


def test_each_fit_is_told_before_it_begins(parts):
    told = []
    found = compare_models(
        parts, n_topics=2, seeds=[0, 1], models=["nmf_tfidf"], report=lambda *said: told.append(said)
    )
    assert told == []
    next(found)
    assert told == [("nmf_tfidf", 0)]


def test_an_unknown_model_is_refused(parts):
    with pytest.raises(ValueError, match="No model is called 'bert'"):
        next(compare_models(parts, n_topics=2, models=["bert"]))


def test_without_texts_and_labels_figures_are_missing_and_not_wrong(parts):
    bare = Parts.of(parts.train, parts.test, WORDS)
    (run,) = compare_models(bare, n_topics=3, seeds=[0], models=["textsc"])
    assert (run.c_npmi, run.c_v, run.accuracy, run.retrieval) == (None, None, None, None)
    assert run.npmi == next(compare_models(parts, n_topics=3, seeds=[0], models=["textsc"])).npmi


def test_fewer_words_than_ten_and_one_document_to_test_with():
    X = np.repeat([[3, 2, 0], [0, 1, 4]], 4, axis=0)
    found = list(compare_models(Parts.of(X, X[:1], ["a", "b", "c"]), n_topics=5, seeds=[0], models=CHEAP))
    for run in found:
        assert len(run.topics) == 5
        assert all(len(words) == 3 for words in run.topics)
        assert np.isfinite([run.npmi, run.diversity, run.inverted_rbo]).all()


def test_topic_metrics_take_anybodys_topics(parts):
    found = topic_metrics([WORDS[:8], WORDS[8:16]], parts)
    mixed = topic_metrics([WORDS[:4] + WORDS[8:12], WORDS[4:8] + WORDS[12:16]], parts)
    assert set(found) == {"npmi", "c_npmi", "c_v", "diversity", "inverted_rbo"}
    for measure in ("npmi", "c_npmi", "c_v"):
        assert found[measure] > mixed[measure]


def row(model, seed, **values):
    fields = dict.fromkeys(METRICS, 1.0) | values
    return Run(model=model, seed=seed, n_not_converged=0, topics=(), **fields)


def test_a_summary_is_mean_and_sample_deviation():
    runs = [row("a", 0, npmi=0.1), row("b", 0, c_v=None), row("a", 1, npmi=0.3), row("b", 1), row("c", 0)]
    a, b, c = summarise(runs)
    assert [s.model for s in (a, b, c)] == ["a", "b", "c"]
    assert (a.n_seeds, c.n_seeds) == (2, 1)
    assert a.mean["npmi"] == pytest.approx(0.2)
    assert a.spread["npmi"] == pytest.approx(np.sqrt(0.02))
    assert (b.mean["c_v"], b.spread["c_v"], b.mean["npmi"]) == (None, None, 1.0)
    assert c.spread["npmi"] == 0.0
    assert set(a.mean) == set(METRICS)
    assert summarise([]) == []


def test_figures_and_columns_have_the_same_names():
    assert set(METRICS) <= {field.name for field in dataclasses.fields(Run)}
    assert sp.issparse(Parts.of([[1]], [[1]], ["a"]).train)
