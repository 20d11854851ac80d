"""The words of texts in order, as they are counted."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError

from textsc.corpus import TextCounts
from textsc.corpus.words import wordtable

TEXTS = st.lists(st.text(st.sampled_from("abcABC     \n.-_'019é"), max_size=40), max_size=8)


@settings(deadline=None)
@given(TEXTS, st.integers(1, 2))
def test_the_known_words_are_those_that_are_counted(texts, ngrams):
    encoder = TextCounts(stop_words=["ab", "ca"], min_df=1, max_df=1.0, max_words=3, ngrams=ngrams)
    encoder.fit([*texts, "aa bb"])
    X = encoder.transform(texts).toarray()
    for row, words in zip(X, encoder.token_lists(texts), strict=True):
        counts = Counter(words)
        for count, name in zip(row, encoder.vocabulary_, strict=True):
            if " " not in name:
                assert counts[name] == count


@settings(deadline=None)
@given(TEXTS)
def test_all_words_that_are_no_stop_words_keep_their_place(texts):
    encoder = TextCounts(stop_words=["ab"], min_df=1, max_words=2).fit(["aa bb"])
    lists = list(encoder.token_lists(texts))
    assert [len(words) for words in lists] == encoder.count(texts).n_counted.tolist()
    everything = TextCounts(stop_words=["ab"], min_df=1, max_df=1.0, max_words=None).fit([*texts, "aa bb"])
    assert list(everything.token_lists(texts)) == lists


def test_words_are_those_of_the_language():
    encoder = TextCounts(language="french", min_df=1).fit(["l'arbre"])
    assert list(encoder.token_lists(["L'ARBRE qu'elle voit, l'eau"])) == [["arbre", "voit", "eau"]]


def test_texts_are_read_one_at_a_time():
    encoder, read = TextCounts(min_df=1).fit(["cat"]), []

    def texts():
        for text in ("cat dog", "dog cat"):
            read.append(text)
            yield text

    assert next(encoder.token_lists(texts())) == ["cat", "dog"]
    assert len(read) == 1


def test_forms_are_forgotten_where_they_are_too_many(monkeypatch):
    monkeypatch.setattr(wordtable, "_MEMO", 3)
    encoder = TextCounts(min_df=1).fit(["cat"])
    words = wordtable.CountedWords(encoder.word_table())
    texts = [f"cat{i} cat" for i in range(50)]
    assert list(words.lists(texts)) == [text.split() for text in texts]
    assert len(words) <= 4


def test_what_has_no_order_is_refused():
    encoder = TextCounts(min_df=1).fit(["cat"])
    with pytest.raises(ValueError, match="Document 1 is words with counts, which have no order"):
        list(encoder.token_lists(["cat", {"cat": 2}]))
    with pytest.raises(ValueError, match="got a single str"):
        encoder.token_lists("cat")
    with pytest.raises(NotFittedError):
        TextCounts().token_lists(["cat"])
