"""Writing bags of words: what is written is read again, by this project and by others."""

import json

import numpy as np
import pytest
from gensim.corpora import BleiCorpus, MalletCorpus, MmCorpus, SvmLightCorpus, UciCorpus
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.io import mmread
from scipy.sparse import csr_array
from sklearn.datasets import load_svmlight_file

from textsc.checkpoint import OutputError, OutputExists
from textsc.corpus import TextCounts, open_corpus, read_corpus, stream_corpus, write_corpus
from textsc.corpus.bags.allwords import AS_THEY_ARE
from textsc.corpus.export import BAG_WRITERS
from textsc.corpus.readers import READERS

NAMES = [*(f"out{suffix}" for suffix in BAG_WRITERS), "docword.out.txt"]
any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
words = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=5).filter(
    lambda word: word.split() == [word] and not word.startswith("\ufeff")
)


def corpus_of(folder, bags, ids=None, labels=None, vocabulary=None):
    """A Dataset of bags: what any reader would give."""
    path = folder / "source.jsonl"
    ids = [str(i) for i in range(len(bags))] if ids is None else ids
    rows = [
        {"id": i, "text": "x", **({} if not labels or labels[n] is None else {"label": labels[n]})}
        for n, i in enumerate(ids)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    encoder = TextCounts(**AS_THEY_ARE).fit([dict.fromkeys(vocabulary or [w for bag in bags for w in bag] or ["w"], 1)])
    data = read_corpus(path, encoder=encoder)
    tally = encoder.count(bags)
    return type(data)(**{**vars(data), "X": tally.X, "n_tokens": tally.X.sum(axis=1)})


def test_there_is_a_writer_for_every_reader_of_bags():
    from textsc.corpus.bags.bagreader import BagReader

    assert set(BAG_WRITERS) == {suffix for suffix, kind in READERS.items() if issubclass(kind, BagReader)}


@pytest.mark.parametrize("name", NAMES)
@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_ids_labels_words_and_counts_come_back(tmp_path, name, data):
    vocabulary = data.draw(st.lists(words, unique=True, min_size=1, max_size=6))
    bag = st.dictionaries(st.sampled_from(vocabulary), st.integers(1, 4) | st.just(300))
    bags = data.draw(st.lists(bag, min_size=1, max_size=5).filter(any))
    ids = data.draw(st.lists(any_text, min_size=len(bags), max_size=len(bags)))
    labels = data.draw(st.lists(st.none() | any_text, min_size=len(bags), max_size=len(bags)))
    corpus = corpus_of(tmp_path, bags, ids, labels, vocabulary)
    write_corpus(corpus, tmp_path / name, force=True)
    again = read_corpus(tmp_path / name)
    assert (again.ids, again.y) == (corpus.ids, corpus.y)
    assert again.feature_names == corpus.feature_names
    np.testing.assert_array_equal(again.X.toarray(), corpus.X.toarray())
    assert (again.problems, again.notes) == ([], [])


@pytest.fixture(scope="module")
def lee():
    return read_corpus("lee-test")


def filled(corpus, width):
    """Dense counts of a gensim corpus."""
    X = np.zeros((0, width), dtype=int)
    for document in corpus:
        row = np.zeros(width, dtype=int)
        for j, n in document:
            row[j] += int(n)
        X = np.vstack([X, row])
    return X


def test_others_read_the_same_counts(tmp_path, lee):
    for name in NAMES:
        write_corpus(lee, tmp_path / name)
    X, width = lee.X.toarray(), lee.X.shape[1]

    def place(name):
        return str(tmp_path / name)

    np.testing.assert_array_equal(mmread(place("out.mtx")).toarray(), X)
    np.testing.assert_array_equal(filled(MmCorpus(place("out.mm")), width), X)
    np.testing.assert_array_equal(filled(UciCorpus(place("out.uci")), width), X)
    np.testing.assert_array_equal(load_svmlight_file(place("out.svmlight"), n_features=width)[0].toarray(), X)
    np.testing.assert_array_equal(filled(SvmLightCorpus(place("out.svm")), width), X)
    leis = BleiCorpus(place("out.ldac"))
    np.testing.assert_array_equal(filled(leis, width), X)
    assert [leis.id2word[j] for j in range(width)] == lee.feature_names
    numbers = dict(enumerate(lee.feature_names))
    np.testing.assert_array_equal(filled(MalletCorpus(place("out.mallet"), id2word=numbers), width), X)
    assert (tmp_path / "vocab.out.txt").read_text().split() == lee.feature_names


def test_numbers_are_the_labels_of_svmlight(tmp_path):
    data = corpus_of(tmp_path, [{"cat": 1}] * 4, labels=["-1", "2.5", "pets", None])
    write_corpus(data, tmp_path / "a.svm")
    assert load_svmlight_file(str(tmp_path / "a.svm"))[1].tolist() == [-1, 2.5, 0, 0]
    (tmp_path / "a.svm.docs.jsonl").unlink()
    assert read_corpus(tmp_path / "a.svm").y == ["-1", "2.5", "0", "0"]


def test_blocks_give_the_same_bytes_as_the_whole(tmp_path, lee):
    write_corpus(lee, tmp_path / "whole.mtx")
    write_corpus(stream_corpus(open_corpus("lee-test"), lee.encoder, size=7), tmp_path / "blocks.mtx")
    for ending in ("", ".vocab", ".docs.jsonl"):
        assert (tmp_path / f"whole.mtx{ending}").read_bytes() == (tmp_path / f"blocks.mtx{ending}").read_bytes()


def test_counts_out_of_order_are_written_in_order(tmp_path):
    data = corpus_of(tmp_path, [{"cat": 1, "dog": 1, "bird": 1}])
    X = csr_array(([1, 2, 3, 4], [2, 0, 2, 1], [0, 4]), shape=(1, 3))
    write_corpus(type(data)(**{**vars(data), "X": X}), tmp_path / "a.ldac")
    assert (tmp_path / "a.ldac").read_text() == "3 0:2 1:4 2:4\n"
    assert X.indices.tolist() == [2, 0, 2, 1]


@pytest.mark.parametrize("name", NAMES)
def test_a_failure_leaves_earlier_files_as_they_are(tmp_path, lee, name):
    write_corpus(lee, tmp_path / name)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}

    def broken():
        yield lee
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_corpus(broken(), tmp_path / name, force=True)
    with pytest.raises(OutputExists):
        write_corpus(lee, tmp_path / name)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_file_beside_that_exists_is_not_replaced(tmp_path, lee):
    (tmp_path / "a.mtx.vocab").write_text("mine\n")
    with pytest.raises(OutputExists, match=r"a\.mtx\.vocab exists already"):
        write_corpus(lee, tmp_path / "a.mtx")
    assert [path.name for path in tmp_path.iterdir()] == ["a.mtx.vocab"]


@pytest.mark.parametrize("word", ["new\nyork", " cat", "cat\r", "c\0t", "", "\ud800"])
@pytest.mark.parametrize("name", ["a.mtx", "a.mallet"])
def test_a_word_that_would_not_come_back_is_refused(tmp_path, name, word):
    data = corpus_of(tmp_path, [{word: 2, "dog": 1}])
    with pytest.raises(OutputError, match=r"cannot write .*a\.m.* the word .* cannot be a line"):
        write_corpus(data, tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["source.jsonl"]


def test_a_first_word_that_begins_with_a_mark_of_byte_order_is_refused(tmp_path):
    with pytest.raises(OutputError, match="cannot be a line"):
        write_corpus(corpus_of(tmp_path, [{"\ufeffcat": 2}]), tmp_path / "a.mtx")


def test_very_frequent_words_are_written_in_pieces(tmp_path):
    data = corpus_of(tmp_path, [{"cat": 200_000, "dog": 1}])
    write_corpus(data, tmp_path / "a.mallet")
    assert read_corpus(tmp_path / "a.mallet").X.toarray().tolist() == [[200_000, 1]]


def test_mallet_has_no_room_for_blanks_in_words(tmp_path):
    data = corpus_of(tmp_path, [{"new york": 2}])
    write_corpus(data, tmp_path / "a.ldac")
    assert read_corpus(tmp_path / "a.ldac").feature_names == ["new york"]
    with pytest.raises(OutputError, match=r"'new york' holds a blank.*choose another format"):
        write_corpus(data, tmp_path / "a.mallet")


@pytest.mark.parametrize("name", ["a.txt", "a", "a.mtx.gz", "a.csv", "/dev/null"])
def test_a_name_that_tells_no_format_is_refused(tmp_path, lee, name):
    with pytest.raises(ValueError, match="cannot tell the format of"):
        write_corpus(lee, tmp_path / name)
    with pytest.raises(ValueError, match="nothing to write"):
        write_corpus(iter(()), tmp_path / "a.mtx")
