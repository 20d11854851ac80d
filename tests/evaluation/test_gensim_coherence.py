"""The measures against gensim's own, on the Lee corpus and on small random ones."""

import gensim
import numpy as np
import pytest
from gensim.corpora import Dictionary
from gensim.matutils import corpus2csc
from gensim.models import CoherenceModel
from gensim.utils import simple_preprocess
from hypothesis import given, settings
from hypothesis import strategies as st

from textsc.evaluation import MEASURES, count_documents, count_windows, distinct_words, topic_coherence

GENSIMS = ["u_mass", "c_uci", "c_npmi", "c_v"]


def counted(texts, words, size):
    """Counts of documents (size None) or windows."""
    if size is not None:
        return count_windows(texts, words, size=size)
    dictionary = Dictionary(texts)
    X = corpus2csc([dictionary.doc2bow(text) for text in texts], num_terms=len(dictionary)).T
    return count_documents(X, [dictionary[i] for i in range(len(dictionary))], words)


def by_gensim(topics, texts, measure, size):
    model = CoherenceModel(
        topics=topics, texts=texts, dictionary=Dictionary(texts), coherence=measure, window_size=size, processes=1
    )
    return model.get_coherence_per_topic()


@pytest.fixture(scope="module")
def lee():
    path = f"{gensim.__path__[0]}/test/test_data/lee_background.cor"
    with open(path, encoding="utf-8") as file:
        return [simple_preprocess(line) for line in file]


@pytest.fixture(scope="module")
def lee_topics(lee):
    """Topics of words that belong together, of any words, and of frequent ones."""
    names = sorted(Dictionary(lee).token2id)
    rng = np.random.default_rng(0)
    some = [[lee[d][p] for p in rng.choice(len(lee[d]), size=12)] for d in range(0, 60, 5)]
    return [
        *(list(dict.fromkeys(topic)) for topic in some),
        *([names[i] for i in rng.choice(len(names), size=10, replace=False)] for _ in range(4)),
        ["the", "of", "to", "in", "and", "said"],
    ]


@pytest.mark.parametrize("measure", GENSIMS)
def test_the_lee_corpus_has_gensims_coherence(lee, lee_topics, measure):
    cut = [topic[:10] for topic in lee_topics]
    expected = by_gensim(cut, lee, measure, None)
    counts = counted(lee, distinct_words(lee_topics), MEASURES[measure].window)
    found = topic_coherence(lee_topics, counts, measure=measure)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)
    assert np.ptp(found) > 0.1


@pytest.mark.parametrize("measure", GENSIMS)
def test_other_windows_and_lengths_agree_too(lee, lee_topics, measure):
    cut = [topic[:4] for topic in lee_topics]
    size = None if MEASURES[measure].window is None else 37
    counts = counted(lee, distinct_words(lee_topics, n_words=4), size)
    found = topic_coherence(lee_topics, counts, measure=measure, n_words=4)
    np.testing.assert_allclose(found, by_gensim(cut, lee, measure, size), rtol=0, atol=1e-6)


@pytest.mark.parametrize("measure", GENSIMS)
def test_words_that_gensim_does_not_know_are_left_out_as_there(lee, lee_topics, measure):
    topics = [[*topic[:3], "xyzzy", *topic[3:6]] for topic in lee_topics]
    counts = counted(lee, distinct_words(topics), MEASURES[measure].window)
    assert counts.absent == ("xyzzy",)
    found = topic_coherence(topics, counts, measure=measure)
    np.testing.assert_allclose(found, by_gensim(topics, lee, measure, None), rtol=0, atol=1e-6)


@settings(deadline=None)
@given(
    texts=st.lists(st.lists(st.sampled_from("abcdefxyz"), max_size=12), min_size=1, max_size=5),
    topics=st.lists(st.lists(st.sampled_from("abcdefg"), min_size=2, max_size=5), min_size=1, max_size=3),
    measure=st.sampled_from(GENSIMS),
    size=st.integers(1, 9),
)
def test_small_corpora_have_gensims_coherence(texts, topics, measure, size):
    known = {word for text in texts for word in text}
    width = None if measure == "u_mass" else size
    counts = counted(texts, distinct_words(topics), width)
    found = topic_coherence(topics, counts, measure=measure)
    assert np.isfinite(found).all()
    for value, topic in zip(found, topics, strict=True):
        if sum(word in known for word in topic) > 1:
            assert value == pytest.approx(by_gensim([topic], texts, measure, width)[0], abs=1e-6)
        else:
            assert value == MEASURES[measure].least


@settings(deadline=None)
@given(
    texts=st.lists(st.lists(st.sampled_from("abx"), max_size=6), max_size=4),
    topics=st.lists(st.lists(st.sampled_from("abcd"), max_size=4), max_size=3),
    measure=st.sampled_from(sorted(MEASURES)),
)
def test_no_topic_is_without_a_value(texts, topics, measure):
    counts = count_windows(texts, ["a", "b", "c", "d"], size=3)
    found = topic_coherence(topics, counts, measure=measure)
    assert found.shape == (len(topics),)
    assert np.isfinite(found).all()
