from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textsc.evaluation import duplicate_topics, inverted_rbo, topic_diversity

RANKINGS = st.lists(st.permutations("abcdefgh").flatmap(lambda p: st.integers(1, 8).map(lambda n: p[:n])), max_size=5)


def overlap(first, second, p):
    """Equation 32 of Webber et al. (2010), summed term by term."""
    short, long = sorted([first, second], key=len)
    s, n = len(short), len(long)
    common = [len(set(short[:d]) & set(long[:d])) for d in range(n + 1)]
    total = sum(common[d] / d * p**d for d in range(1, n + 1))
    total += sum(common[s] * (d - s) / (s * d) * p**d for d in range(s + 1, n + 1))
    return (1 - p) / p * total + ((common[n] - common[s]) / n + common[s] / s) * p**n


@settings(deadline=None)
@given(RANKINGS, st.sampled_from([0.1, 0.5, 0.9, 0.99]))
def test_rank_biased_overlap_is_that_of_the_definition(topics, weight):
    pairs = list(combinations(topics, 2))
    expected = 1 - np.mean([overlap(first, second, weight) for first, second in pairs]) if pairs else 1
    found = inverted_rbo(topics, weight=weight)
    assert found == pytest.approx(expected, abs=1e-12)
    assert 0 <= found <= 1


def test_overlap_of_equal_and_of_different_topics():
    assert inverted_rbo([["a", "b", "c"]] * 3) == pytest.approx(0, abs=1e-12)
    assert inverted_rbo([["a"], ["b"]]) == 1
    assert inverted_rbo([["a"], []]) == 1
    assert inverted_rbo([]) == 1


def test_overlap_at_the_top_weighs_more():
    at_the_top = inverted_rbo([["a", "b", "c"], ["a", "d", "e"]])
    at_the_end = inverted_rbo([["b", "c", "a"], ["d", "e", "a"]])
    assert at_the_top < at_the_end
    assert inverted_rbo([["a", "b", "c"], ["a", "d", "e"]], weight=0.5) < at_the_top
    assert inverted_rbo([["a", "b"], ["c", "b"]], n_words=1) == 1


def test_diversity_is_the_share_of_distinct_words():
    assert topic_diversity([["a", "b", "c"], ["c", "a", "d"], ["e"]]) == 5 / 7
    assert topic_diversity([["a", "b", "c"], ["c", "a", "d"]], n_words=2) == 3 / 4


@settings(deadline=None)
@given(RANKINGS, st.sampled_from([0.3, 0.5, 1.0]))
def test_duplicates_share_so_many_words(topics, share):
    expected = [
        (i, j)
        for i, j in combinations(range(len(topics)), 2)
        if len(set(topics[i]) & set(topics[j])) >= share * min(len(topics[i]), len(topics[j]))
    ]
    assert duplicate_topics(topics, share=share) == expected


def test_repeats_within_a_topic_and_topics_without_words_make_no_duplicates():
    assert duplicate_topics([["a", "a", "b", "c", "d"], ["a", "x", "y", "z"], [], []]) == []
    assert duplicate_topics([["a", "b", "c"], ["a", "x", "b"]], n_words=2) == [(0, 1)]


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: topic_diversity([]), "the topics hold no words"),
        (lambda: topic_diversity([[], []]), "the topics hold no words"),
        (lambda: inverted_rbo([["a"]], weight=1), "weight must lie between 0 and 1, got 1"),
        (lambda: duplicate_topics([["a"]], share=0), "share must be above 0 and at most 1, got 0"),
        (lambda: inverted_rbo(["ab"]), "topic 0 must be a list of words"),
    ],
)
def test_what_has_no_answer_is_said(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
