"""What is gathered about topics, against the single measures."""

import numpy as np
import pytest

from textsc.evaluation import (
    MEASURES,
    TopicCounter,
    assess_topics,
    count_documents,
    count_windows,
    duplicate_topics,
    inverted_rbo,
    topic_coherence,
    topic_diversity,
    topicassessment,
)

RNG = np.random.default_rng(0)
NAMES = [f"w{v}" for v in range(12)]
TEXTS = [[NAMES[v] for v in RNG.integers(0, 12, RNG.integers(0, 30))] for _ in range(40)]
X = np.array([[text.count(name) for name in NAMES] for text in TEXTS])
TOPICS = [[NAMES[v] for v in RNG.permutation(12)[:6]] for _ in range(4)] + [["w0", "nowhere", "w1"]]


@pytest.mark.parametrize("n_words", [3, 10])
@pytest.mark.parametrize("sizes", [(), (10,), (10, 110)])
def test_every_measure_whose_windows_are_there_is_given(sizes, n_words):
    words = [*NAMES, "nowhere"]
    documents = count_documents(X, NAMES, words)
    windows = {size: count_windows(TEXTS, words, size=size) for size in sizes}
    found = assess_topics(TOPICS, documents, windows, n_words=n_words)
    assert set(found.coherence) == {name for name, m in MEASURES.items() if m.window is None or m.window in sizes}
    for name, values in found.coherence.items():
        counts = documents if MEASURES[name].window is None else windows[MEASURES[name].window]
        np.testing.assert_array_equal(values, topic_coherence(TOPICS, counts, measure=name, n_words=n_words))
    assert found.diversity == topic_diversity(TOPICS, n_words=n_words)
    assert found.inverted_rbo == inverted_rbo(TOPICS, n_words=n_words)
    assert found.duplicates == duplicate_topics(TOPICS, n_words=n_words)
    assert found.absent == ("nowhere",)


def counted(topics, **settings):
    counter = TopicCounter(topics, **settings)
    for text in TEXTS:
        counter.add(iter(text))
    return counter.assess(X, NAMES)


@pytest.mark.parametrize("group", [1, 2, 100])
@pytest.mark.parametrize("n_words", [3, 10])
def test_groups_of_topics_measure_what_the_whole_does(monkeypatch, group, n_words):
    words = [*NAMES, "nowhere"]
    windows = {size: count_windows(TEXTS, words, size=size) for size in (10, 110)}
    whole = assess_topics(TOPICS, count_documents(X, NAMES, words), windows, n_words=n_words)
    monkeypatch.setattr(topicassessment, "GROUP", group)
    found = counted(TOPICS, sizes=iter((10, 110)), n_words=n_words)
    assert set(found.coherence) == set(whole.coherence) == set(MEASURES)
    for name, values in whole.coherence.items():
        np.testing.assert_allclose(found.coherence[name], values, rtol=1e-12)
    assert (found.diversity, found.inverted_rbo) == (whole.diversity, whole.inverted_rbo)
    assert (found.duplicates, found.absent) == (whole.duplicates, ("nowhere",))


def test_pairs_are_counted_among_the_words_of_a_few_topics_at_once(monkeypatch):
    """A model of thousands of topics has tens of thousands of words, and a matrix of their pairs takes gigabytes."""
    asked = []
    monkeypatch.setattr(
        topicassessment,
        "count_documents",
        lambda X, names, words: (asked.append(words), count_documents(X, names, words))[1],
    )
    topics = [[f"{k}.{i}" for i in range(10)] for k in range(250)]
    found = counted(topics)
    assert [len(words) for words in asked] == [1000, 1000, 500]
    assert len(found.coherence["npmi"]) == 250
    assert found.absent == tuple(word for topic in topics for word in topic)


def test_only_the_first_words_count_and_no_topic_is_an_error():
    found = counted([["w0", "nowhere"], ["w1"]], n_words=1)
    assert (found.absent, found.diversity) == ((), 1.0)
    with pytest.raises(ValueError, match="hold no words"):
        counted([])
