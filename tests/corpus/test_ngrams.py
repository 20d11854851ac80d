"""N-grams: against a slow reference, against CountVectorizer, in blocks, on disk."""

# Letters and signs of other scripts are what is tested.
# ruff: noqa: RUF001

import json
import re
import tracemalloc
from collections import Counter

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from textsc.corpus import open_corpus, read_corpus, stream_corpus
from textsc.corpus.text import NoWordsError, TextCounts
from textsc.corpus.words import ngramcorpus, runs, tally
from textsc.corpus.words.wordtable import WordTable

everything = {"stop_words": None, "min_df": 1, "max_df": 1.0, "max_words": None}
pieces = [
    "ab",
    "ba",
    "the",
    "Ab",
    "aa's",
    "c",
    "a1b",
    "é",
    "cd",
    " ",
    " ",
    " ",
    "-",
    "_",
    "\n",
    "\n \n",
    ", ",
    ".",
    "1",
    "'",
]
piece_texts = st.lists(st.lists(st.sampled_from(pieces), max_size=20).map("".join), min_size=1, max_size=8)
word_texts = st.lists(
    st.lists(st.sampled_from(["aa", "bb", "cc", "dd"]), max_size=8).map(" ".join), min_size=1, max_size=8
)


def slow_ngrams(text, *, longest, stop_words):
    """All n-grams of a text, by looking at what stands between its words."""
    text, runs_of_words, end = text.lower(), [[]], 0
    for match in re.finditer(r"(?<![a-zé0-9])[a-zé][a-zé0-9]*(?:'[a-zé0-9]+)*", text):
        gap, end = text[end : match.start()], match.end()
        word = match[0].removesuffix("'s")
        if re.search(r"[^\s\-_']|\n[^\S\n]*\n", gap):
            runs_of_words.append([])
        if len(word) < 2 or word in stop_words:
            runs_of_words.append([])
        else:
            runs_of_words[-1].append(word)
    found = Counter()
    for words in runs_of_words:
        for length in range(1, longest + 1):
            found.update(" ".join(words[i : i + length]) for i in range(len(words) - length + 1))
    return found


@settings(deadline=None)
@given(
    texts=piece_texts,
    longest=st.integers(2, 4),
    min_df=st.sampled_from([1, 2, 3, 0.5]),
    max_df=st.sampled_from([1.0, 0.6, 3]),
    max_words=st.none() | st.integers(1, 6),
    size=st.integers(1, 30),
)
@example(texts=["a1b, ab"], longest=2, min_df=1, max_df=1.0, max_words=None, size=30)
def test_counts_equal_those_of_a_slow_reference(texts, longest, min_df, max_df, max_words, size):
    texts = [*texts, "ab ba"]
    expected = [slow_ngrams(text, longest=longest, stop_words={"the"}) for text in texts]
    n, total, frequency = len(texts), Counter(), Counter()
    for counts in expected:
        total.update(counts)
        frequency.update(counts.keys())
    low, high = (limit if isinstance(limit, int) else limit * n for limit in (min_df, max_df))
    kept = [word for word in total if low <= frequency[word] <= high]
    dropped = len(kept) < min(2, len(total))
    names = sorted(total if dropped else kept, key=lambda word: (-total[word], word))[:max_words]

    encoder = TextCounts(ngrams=longest, stop_words=["the"], min_df=min_df, max_df=max_df, max_words=max_words)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ngramcorpus, "_BLOCK_TOKENS", size)
        patch.setattr(tally, "_BLOCK_TOKENS", size)
        patch.setattr(runs, "_STEP", 1 + size % 3)
        patch.setattr(runs, "_AT_ONCE", 6)
        learned = encoder.fit_count(texts)
        counted = encoder.count(texts)
    assert encoder.vocabulary_ == names
    assert encoder.dropped_limits_ is dropped
    assert encoder.n_documents_ == n
    for found in (learned, counted):
        assert found.X.toarray().tolist() == [[counts[name] for name in names] for counts in expected]
        assert found.X.has_canonical_format
        assert found.X.dtype == found.X.indices.dtype == np.int32
    assert TextCounts(**encoder.get_params()).fit(iter(texts)).vocabulary_ == names


@settings(deadline=None)
@given(texts=word_texts, longest=st.integers(1, 4), min_df=st.sampled_from([1, 2]))
def test_counts_equal_those_of_countvectorizer_where_words_are_all_there_is(texts, longest, min_df):
    texts = [*texts, "aa bb", "aa bb"]
    theirs = CountVectorizer(ngram_range=(1, longest), min_df=min_df)
    ours = TextCounts(**{**everything, "min_df": min_df}, ngrams=longest)
    X, expected = ours.fit_transform(texts), theirs.fit_transform(texts)
    names = theirs.get_feature_names_out().tolist()
    assert sorted(ours.vocabulary_) == names
    assert X.toarray()[:, np.argsort(ours.vocabulary_)].tolist() == expected.toarray().tolist()


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("New York", ["new york"]),
        ("state of the union", []),
        ("the New York Times", ["new york", "york times"]),
        ("hard-wrapped\r\nlines, snake_case", ["hard wrapped", "snake case", "wrapped lines"]),
        ("one paragraph\n\nnext \n\t\n heading", ["one paragraph"]),
        ("end. Start, again; (so) 'it' goes", []),
        ("windows 95 drivers, 2nd place, vitamin c deficiency", []),
        ("covid19, b2b. x2 3.5 y2k (a1b) end", []),
        ("été2, b2é. naïve 3,5 café", []),
        ("the dogs' bone, the dog's bone", ["dog bone", "dogs bone"]),
        ("naïve café – chaud; жизнь\u00a0день вечер", ["день вечер", "жизнь день", "naïve café"]),
        ("good 😀 grief", []),
    ],
)
def test_ngrams_run_across_nothing_but_spaces(text, pairs):
    stop_words = ["of", "the", "so", "it", "goes"]
    encoder = TextCounts(**{**everything, "stop_words": stop_words}, ngrams=2).fit([text])
    found = sorted(word for word in encoder.vocabulary_ if " " in word)
    assert found == sorted({*pairs})


def test_a_word_is_in_ngrams_whatever_becomes_of_it_alone():
    texts = ["new york", "new york", "new jersey", "new jersey", "new car"]
    encoder = TextCounts(ngrams=3, min_df=2, max_df=0.5)
    X = encoder.fit_transform(texts)
    assert encoder.vocabulary_ == ["jersey", "new jersey", "new york", "york"]
    assert (encoder.transform(texts) != X).nnz == 0
    assert encoder.transform(["york new jersey new york york"]).toarray().tolist() == [[1, 1, 1, 3]]


def test_tokens_and_statuses_are_those_of_words(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("new york\nnew york\nnew york zebra\nthe\n\nzebra crossing\nnew car\n" + "apple\nwords\n" * 3)
    data = read_corpus(path, encoder=TextCounts(ngrams=2, min_df=3, max_df=4))
    assert data.feature_names == ["new", "apple", "new york", "words", "york"]
    assert data.n_tokens[:7].tolist() == [2, 2, 2, 0, 0, 0, 1]
    assert data.X.sum(axis=1)[:7].tolist() == [3, 3, 3, 0, 0, 0, 1]
    assert data.oov_rate[:7].tolist() == [0, 0, 1 / 3, 0, 0, 1, 0.5]
    assert data.status[:7] == ["ok", "ok", "ok", "out_of_vocabulary", "empty", "out_of_vocabulary", "ok"]
    blocks = list(stream_corpus(open_corpus(path), data.encoder, size=2))
    assert np.concatenate([block.n_tokens for block in blocks]).tolist() == data.n_tokens.tolist()
    assert np.vstack([block.X.toarray() for block in blocks]).tolist() == data.X.toarray().tolist()


def test_the_fitted_encoder_round_trips_through_json():
    texts = ["new york stock exchange", "new york stock", "the stock exchange of new york"]
    encoder = TextCounts(ngrams=3, min_df=1, max_df=1.0, max_words=9)
    X = encoder.fit_transform(texts)
    state = json.loads(json.dumps(encoder.to_json()))
    other = TextCounts.from_json(state)
    assert (other.transform(texts) != X).nnz == 0
    assert other.to_json() == encoder.to_json() == TextCounts(**encoder.get_params()).fit(texts).to_json()
    assert "new york stock" in encoder.vocabulary_
    assert encoder.get_feature_names_out().tolist() == encoder.vocabulary_


@pytest.mark.parametrize("texts", [[], [""], ["the and"]])
def test_no_word_is_an_error(texts):
    with pytest.raises(NoWordsError):
        TextCounts(ngrams=2).fit(texts)


def test_what_has_no_order_has_no_ngrams():
    table = WordTable(stop_words=[], min_length=2)
    with pytest.raises(ValueError, match="words with counts have no order"):
        ngramcorpus.NgramCorpus(["new york", {"new": 2}], table)


@pytest.mark.parametrize("ngrams", [0, 1.5, "2", None])
def test_other_lengths_are_refused(ngrams):
    with pytest.raises(ValueError, match="ngrams"):
        TextCounts(ngrams=ngrams).fit(["some words"])


def texts_of_new_pairs(n_documents):
    generator = np.random.default_rng(0)
    words = np.array([f"word{i}" for i in range(2_000)])
    for _ in range(n_documents):
        yield " ".join(words[generator.integers(0, 2_000, 200)])


def test_pairs_that_few_documents_have_take_no_memory(monkeypatch):
    monkeypatch.setattr(ngramcorpus, "_BLOCK_TOKENS", 3_000)
    monkeypatch.setattr(runs, "_STEP", 64)
    monkeypatch.setattr(runs, "_AT_ONCE", 4_000)

    def peak(n_documents):
        tracemalloc.start()
        try:
            TextCounts(ngrams=2, min_df=4).fit(texts_of_new_pairs(n_documents))
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(50)  # what is made once
    few, many = peak(100), peak(400)  # 19,900 pairs of which hardly two are alike, and 79,600
    assert many < 1.3 * few


@settings(deadline=None)
@given(
    blocks=st.lists(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 40)), max_size=30), max_size=6),
    least=st.integers(1, 3),
    step=st.integers(1, 4),
    at_once=st.integers(4, 20),
)
def test_runs_on_disk_add_up(blocks, least, step, at_once):
    documents, times = Counter(), Counter()
    with pytest.MonkeyPatch.context() as patch, runs.SortedRuns() as kept:
        patch.setattr(runs, "_STEP", step)
        patch.setattr(runs, "_AT_ONCE", at_once)
        for block in blocks:
            block.sort(key=lambda pair: pair[0])
            rows, keys = (np.array([pair[i] for pair in block], dtype=np.int64) for i in range(2))
            kept.add(*runs.summed(keys, rows.astype(np.int32)))
            times.update(keys.tolist())
            documents.update(key for _, key in set(block))
        found = [tuple(map(int, line)) for part in kept.merged(least) for line in zip(*part, strict=True)]
    assert found == [(key, documents[key], times[key]) for key in sorted(times) if documents[key] >= least]
