"""Bag-of-words files with a document a line, their vocabularies, and bags counted beside texts."""

import gzip
import os
import re
import threading

import numpy as np
import pytest
from gensim.corpora import BleiCorpus, Dictionary, MalletCorpus, SvmLightCorpus
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import dump_svmlight_file, load_svmlight_file

from textsc.corpus import TextCounts, open_corpus, read_corpus, stream_corpus
from textsc.corpus.readers import CorpusError, ReadingOptionError
from textsc.corpus.words.tally import count_blocks
from textsc.corpus.words.wordtable import WordTable

MOST = 2**31 - 1
X = np.array([[2, 0, 1], [0, 0, 0], [0, 3, 0]])
WORDS = ["cat", "dog", "bird"]
FILES = {
    "pets.svmlight": "1 1:2 3:1 # first\n-1\n1 2:3\n",
    "pets.ldac": "2 0:2 2:1\n0\n1 1:3\n",
    "pets.mallet": "a x cat cat bird\nb y\nc x dog dog dog\n",
    "pets.mtx": "%%MatrixMarket matrix coordinate integer general\n% a remark\n3 3 3\n1 1 2\n1 3 1\n3 2 3\n",
    "pets.uci": "3\n3\n3\n1 1 2\n1 3 1\n3 2 3\n",
}


def written(folder, name, content):
    path = folder / name
    data = content if isinstance(content, bytes) else content.encode()
    path.write_bytes(gzip.compress(data, mtime=0) if name.endswith(".gz") else data)
    return path


def bags(path, **options):
    return [record.bag for record in open_corpus(path, **options)]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("dress", ["plain", "gz", "crlf", "bom"])
def test_the_same_counts_from_every_format_however_it_is_dressed(tmp_path, name, dress):
    content = FILES[name]
    if dress == "crlf":
        content = content.replace("\n", "\r\n")
    if dress == "bom":
        content = "\ufeff" + content
    path = written(tmp_path, name + (".gz" if dress == "gz" else ""), content)
    written(tmp_path, f"{name}.vocab", "cat\ndog\nbird\n")
    data = read_corpus(path)
    assert data.feature_names == WORDS
    np.testing.assert_array_equal(data.X.toarray(), X)
    assert data.status == ["ok", "empty", "ok"]
    assert (data.problems, data.notes) == ([], [])


def test_labels_and_ids_are_those_that_the_format_has(tmp_path):
    svmlight = read_corpus(written(tmp_path, "a.svmlight", FILES["pets.svmlight"]))
    mallet = read_corpus(written(tmp_path, "a.mallet", FILES["pets.mallet"]))
    assert (svmlight.ids, svmlight.y) == (["0", "1", "2"], ["1", "-1", "1"])
    assert (mallet.ids, mallet.y) == (["a", "b", "c"], ["x", "y", "x"])


@pytest.mark.parametrize(
    ("name", "beside"),
    [
        ("pets.mtx", "pets.mtx.vocab"),
        ("pets.mtx", "pets.vocab"),
        ("pets.mtx.gz", "pets.mtx.vocab.gz"),
        ("pets.mtx", "pets.vocab.txt"),
        ("pets.ldac", "vocab.txt"),
        ("docword.pets.txt", "vocab.pets.txt"),
        ("docword.pets.txt.gz", "vocab.pets.txt"),
        ("pets.svmlight", "pets.dict.txt"),
    ],
)
def test_the_vocabulary_is_found_beside(tmp_path, name, beside):
    kind = name.removesuffix(".gz")
    path = written(tmp_path, name, FILES["pets.uci" if kind.startswith("docword") else kind])
    written(tmp_path, beside, "cat\ndog\nbird\n")
    assert read_corpus(path).feature_names == WORDS


def test_a_nearer_vocabulary_comes_first_and_an_option_before_all(tmp_path):
    path = written(tmp_path, "pets.mtx", FILES["pets.mtx"])
    written(tmp_path, "vocab.txt", "x\ny\nz\n")
    written(tmp_path, "pets.mtx.vocab", "cat\ndog\nbird\n")
    assert read_corpus(path).feature_names == WORDS
    assert read_corpus(path, vocabulary=tmp_path / "vocab.txt").feature_names == ["x", "y", "z"]
    assert read_corpus(path, vocabulary=["p", "q", "r"]).feature_names == ["p", "q", "r"]


def test_a_common_vocabulary_is_not_meant_for_words_that_are_spelled_out(tmp_path):
    path = written(tmp_path, "pets.mallet", FILES["pets.mallet"])
    written(tmp_path, "vocab.txt", "x\ny\nz\n")
    assert read_corpus(path).feature_names == ["dog", "cat", "bird"]
    assert read_corpus(path, vocabulary=WORDS).feature_names == WORDS


@pytest.mark.parametrize("name", sorted(set(FILES) - {"pets.mallet"}))
def test_without_a_vocabulary_words_are_called_by_their_columns(tmp_path, name):
    data = read_corpus(written(tmp_path, name, FILES[name]))
    assert data.feature_names == ["word_0", "word_1", "word_2"]
    np.testing.assert_array_equal(data.X.toarray(), X)
    assert "has no vocabulary beside it" in data.notes[0]


def test_words_of_a_gensim_dictionary(tmp_path):
    dictionary = Dictionary([["zebra", "cat"], ["dog"], ["cat", "ant"]])
    gone = dictionary.token2id["dog"]
    dictionary.filter_tokens(bad_ids=[gone])
    dictionary.save_as_text(tmp_path / "pets.dict.txt")
    path = written(tmp_path, "pets.ldac", "1 0:1\n")
    words = read_corpus(path).feature_names
    assert words == [dictionary[i] for i in range(3)]


def test_a_binary_dictionary_is_refused(tmp_path):
    Dictionary([["cat"]]).save(str(tmp_path / "pets.vocab"))
    path = written(tmp_path, "pets.ldac", "1 0:1\n")
    with pytest.raises(CorpusError, match=r"vocabulary .*pets\.vocab, line 1: .*NUL.*save_as_text"):
        open_corpus(path)


def test_columns_of_the_same_word_are_added_and_unnamed_ones_numbered(tmp_path):
    # gensim writes --- for each word that it does not know.
    path = written(tmp_path, "pets.ldac", "4 0:1 1:2 2:4 3:8\n")
    written(tmp_path, "pets.vocab", "---\n\n---\ncat\n\n")
    data = read_corpus(path)
    assert data.feature_names == ["---", "word_1", "cat"]
    assert data.X.toarray().tolist() == [[5, 2, 8]]
    assert '"---"' in data.notes[0]


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.svmlight", "1 1:2 2\n", 'it has "2" where a column, a colon and a count should be'),
        ("a.svmlight", "1:2 2:3\n", 'it begins with "1:2", which is no label'),
        ("a.svmlight", "1 1:-2\n", 'the count of column 1 is "-2", not a whole number from 0 to 2,147,483,647'),
        ("a.svmlight", "1 1:0.5\n", 'the count of column 1 is "0.5"'),
        ("a.svmlight", "1 1:nan\n", 'is "nan"'),
        ("a.svmlight", "1 1:inf\n", 'is "inf"'),
        ("a.svmlight", "1 1:1e400\n", 'is "1e400"'),
        ("a.svmlight", "1 1:2147483648\n", 'is "2147483648"'),
        ("a.svmlight", f"1 1:{'9' * 5000}\n", "is not|not a whole number"),
        ("a.svmlight", "1 1:1_0\n", 'is "1_0"'),
        ("a.svmlight", "1 1:\u0663\n", "not a whole number"),
        ("a.svmlight", "1 -1:2\n", 'it has "-1:2"'),
        ("a.svmlight", "1 4:2\n", r"it has column 4, and .*a\.svmlight\.vocab has words for 1 to 3"),
        ("a.svmlight", "1 123456789012:2\n", "where a column"),
        ("a.svmlight", f"1 1:{MOST} 2:1\n", "its counts add up to more than 2,147,483,647"),
        ("a.svmlight", "1 1:2\0\n", "NUL"),
        ("a.ldac", "2 0:1\n", "it declares 2 pairs and holds 1"),
        ("a.ldac", "x 0:1\n", 'it begins with "x", not with its number of pairs'),
        ("a.ldac", "0:1 1:1\n", 'it begins with "0:1"'),
        ("a.ldac", "1 3:1\n", r"it has column 3, and .* has words for 0 to 2"),
        ("a.ldac", "1 0:1:1\n", 'the count of column 0 is "1:1"'),
        ("a.ldac", "1 :1\n", 'it has ":1"'),
        ("a.ldac", "1 0:\n", 'is ""'),
        ("a.mallet", "lonely\n", 'it has "lonely" and no label'),
        ("a.mallet", "a b c\0d\n", "NUL"),
    ],
)
def test_a_bad_line_is_a_row_that_is_unreadable(tmp_path, name, content, problem):
    good = {"a.svmlight": "1 1:2\n", "a.ldac": "1 0:2\n", "a.mallet": "i l cat cat\n"}[name]
    path = written(tmp_path, name, good + content + good)
    written(tmp_path, f"{name}.vocab", "cat\ndog\nbird\n")
    data = read_corpus(path)
    assert data.status == ["ok", "unreadable", "ok"]
    assert data.X.toarray().tolist() == [[2, 0, 0], [0, 0, 0], [2, 0, 0]]
    (sentence,) = data.problems
    assert sentence.startswith(f"{path}, line 2: ")
    assert re.search(problem, sentence)


def test_columns_beyond_all_sense_do_not_make_a_wide_vocabulary(tmp_path):
    data = read_corpus(written(tmp_path, "a.ldac", "1 0:1\n1 999999999:1\n"))
    assert data.feature_names == ["word_0"]
    assert data.status == ["ok", "unreadable"]


def test_repeated_columns_are_added_and_that_is_said(tmp_path):
    data = read_corpus(written(tmp_path, "a.ldac", "3 1:1 0:2 1:5\n1 0:1\n"))
    assert data.X.toarray().tolist() == [[2, 6], [1, 0]]
    assert "more than once" in data.notes[0]


def test_whole_numbers_may_be_written_as_decimals(tmp_path):
    assert bags(written(tmp_path, "a.svm", "1 1:2.0 2:3e0 3:0 qid:7 4:.5e1\n"), vocabulary=["a", "b", "c", "d"]) == [
        {"a": 2, "b": 3, "c": 0, "d": 5}
    ]


def test_a_count_of_nothing_is_no_word(tmp_path):
    data = read_corpus(written(tmp_path, "a.ldac", "1 1:0\n1 0:1\n"))
    assert data.status == ["empty", "ok"]
    assert data.X.nnz == 1


def test_svmlight_counts_from_0_where_it_uses_0(tmp_path):
    path = tmp_path / "a.svmlight"
    dump_svmlight_file(X, [1, 2, 3], str(path))
    np.testing.assert_array_equal(read_corpus(path).X.toarray(), load_svmlight_file(str(path))[0].toarray())
    dump_svmlight_file(X, [1, 2, 3], str(path), zero_based=False, comment="0:0 in a comment does not count")
    np.testing.assert_array_equal(read_corpus(path).X.toarray(), X)
    assert read_corpus(path).y == ["1", "2", "3"]


def test_blank_lines_and_comments_are_no_documents(tmp_path):
    svmlight = written(tmp_path, "a.svmlight", "# a file\n\n1 1:2\n   \n# end\n2 1:1\n\n")
    assert [(r.id, r.where[-6:], r.bag) for r in open_corpus(svmlight, vocabulary=["w"])] == [
        ("0", "line 3", {"w": 2}),
        ("1", "line 6", {"w": 1}),
    ]
    assert len(bags(written(tmp_path, "a.ldac", "\n1 0:1\n\n"))) == 1
    assert len(bags(written(tmp_path, "a.mallet", "\na b c\n\n"))) == 1


def test_a_broken_gzip_stream_is_one_more_row_that_is_unreadable(tmp_path):
    content = gzip.compress("".join(f"1 1:{n + 1} 2:{n * 7919 % 1000}\n" for n in range(5000)).encode())
    path = tmp_path / "a.svmlight.gz"
    path.write_bytes(content[: len(content) // 2])
    data = read_corpus(path)
    assert data.status[-1] == "unreadable"
    assert set(data.status[:-1]) == {"ok"}
    assert "gzip stream is broken" in data.problems[-1]


def test_a_binary_list_of_mallet_is_refused_with_a_sentence(tmp_path):
    path = written(tmp_path, "a.mallet", b"\xac\xed\x00\x05sr\x00!cc.mallet.types.InstanceList")
    with pytest.raises(CorpusError, match=r"binary instance list of MALLET.*Give the text"):
        open_corpus(path)


def test_where_no_line_is_readable_the_format_is_said(tmp_path):
    path = written(tmp_path, "table.dat", "name age\nann 7\n")
    with pytest.raises(CorpusError, match=r"table\.dat, line 1: it begins with \"name\".*read as LDA-C"):
        read_corpus(path)


def test_where_no_document_has_a_word_it_is_said(tmp_path):
    with pytest.raises(CorpusError, match=r"a\.ldac: There is no word in its 2 documents"):
        read_corpus(written(tmp_path, "a.ldac", "0\n0\n"))


def test_a_vocabulary_for_texts_is_refused(tmp_path):
    for source in ("lee", "-", written(tmp_path, "a.txt", "a cat\n")):
        with pytest.raises(ReadingOptionError, match=r"is no bag-of-words file.*--vocabulary.*Leave it out"):
            open_corpus(source, vocabulary=["cat"])
    with pytest.raises(CorpusError, match=r"There is no vocabulary .*none"):
        open_corpus(written(tmp_path, "a.dat", "1 0:1\n"), vocabulary=tmp_path / "none")


def test_ids_and_labels_beside_must_belong_to_the_file(tmp_path):
    path = written(tmp_path, "a.ldac", "1 0:1\n1 0:1\n")
    beside = written(tmp_path, "a.ldac.docs.jsonl", '{"id": "x", "label": "l"}\n{"id": "y"}\n')
    data = read_corpus(path)
    assert (data.ids, data.y) == (["x", "y"], ["l", None])
    for content, message in [
        ('{"id": "x"}\n', "names 1 documents, and .* has more"),
        ('{"id": "x"}\n{"id": "y"}\n{"id": "z"}\n', "names more documents than the 2 of"),
        ('{"id": 1}\n{"id": "y"}\n', "docs.jsonl, line 1: it should be a JSON object"),
        ("[" * 100_000 + "\n", "line 1"),
    ]:
        beside.write_text(content)
        with pytest.raises(CorpusError, match=message):
            read_corpus(path)


def test_a_pipe_is_read_as_its_name_says(tmp_path):
    pipe = tmp_path / "a.ldac"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=[b"1 0:1\n1 1:2\n"])
    writer.start()
    reader = open_corpus(pipe, vocabulary=["cat", "dog"])
    writer.join()
    assert [record.bag for record in reader] == [{"cat": 1}, {"dog": 2}]
    assert [record.bag for record in reader] == [{"cat": 1}, {"dog": 2}]


# Beside gensim's readers, on files that both can read.


def dense_of(corpus, width=3):
    rows = np.zeros((0, width), dtype=int)
    for document in corpus:
        row = np.zeros(width, dtype=int)
        for column, count in document:
            row[column] += int(count)
        rows = np.vstack([rows, row])
    return rows


@pytest.mark.parametrize(("name", "peer"), [("a.svmlight", SvmLightCorpus), ("a.ldac", BleiCorpus)])
def test_files_of_gensim_are_read_as_gensim_reads_them(tmp_path, name, peer):
    path = tmp_path / name
    documents = [[(0, 2), (2, 1)], [], [(1, 3)]]
    peer.serialize(str(path), documents, id2word=dict(enumerate(WORDS)))
    data = read_corpus(path)
    np.testing.assert_array_equal(data.X.toarray(), dense_of(peer(str(path))))
    np.testing.assert_array_equal(data.X.toarray(), X)


def test_files_of_gensim_in_mallets_form(tmp_path):
    path = tmp_path / "a.mallet"
    documents = [[(0, 2), (2, 1)], [], [(1, 3)]]
    MalletCorpus.serialize(str(path), documents, id2word=dict(enumerate(WORDS)))
    data = read_corpus(path, vocabulary=WORDS)
    np.testing.assert_array_equal(data.X.toarray(), X)
    assert (data.ids, data.y) == (["0", "1", "2"], None)


# Bags are counted as texts are, by the same table.

words = st.text("abcé", min_size=2, max_size=4)


@settings(deadline=None)
@given(documents=st.lists(st.dictionaries(words, st.integers(0, 4))), known=st.lists(words, unique=True, min_size=1))
def test_a_bag_counts_like_the_text_of_its_words(documents, known):
    texts = [" ".join(word for word, n in bag.items() for _ in range(n)) for bag in documents]
    encoder = TextCounts(stop_words=["ab"], min_df=1, max_df=1.0).fit([" ".join(["bbbb", *known])])
    of_bags, of_texts = encoder.count(documents), encoder.count(texts)
    np.testing.assert_array_equal(of_bags.X.toarray(), of_texts.X.toarray())
    np.testing.assert_array_equal(of_bags.n_words, of_texts.n_words)
    np.testing.assert_array_equal(of_bags.n_counted, of_texts.n_counted)
    mixed = [pair[i % 2] for i, pair in enumerate(zip(documents, texts, strict=True))]
    np.testing.assert_array_equal(encoder.count(mixed).X.toarray(), of_texts.X.toarray())
    assert encoder.count(documents).X.has_canonical_format


def test_words_of_a_bag_are_taken_as_they_are():
    encoder = TextCounts(stop_words=["the"], min_df=1, max_df=1.0)
    tally = encoder.fit_count([{"The": 9, "Cat": 1, "dog's": 2, "x": 3, "new york": 4, "y" * 200: 5}])
    assert encoder.vocabulary_ == ["y" * 200, "new york", "x", "dog's", "Cat"]
    assert tally.X.toarray().tolist() == [[5, 4, 3, 2, 1]]
    assert (tally.n_words.tolist(), tally.n_counted.tolist()) == ([24], [15])
    # A text has no capitals, so that it cannot hold the word "Cat".
    assert encoder.transform(["Cat new york"]).sum() == 0


def test_large_counts_are_exact():
    table = WordTable(stop_words=[], min_length=2, words=["cat"])
    (tally,) = count_blocks([{"cat": MOST}, "cat cat", {"dog": MOST}], table)
    assert tally.X.toarray().tolist() == [[MOST], [2], [0]]
    assert tally.n_words.tolist() == [MOST, 2, MOST]


@pytest.mark.parametrize(
    "bag", [{"cat": -1}, {"cat": 1.5}, {"cat": True}, {7: 1}, {"cat": MOST, "dog": 1}, {"cat": "2"}]
)
def test_a_bag_that_cannot_be_counted_is_refused(bag):
    with pytest.raises(ValueError, match="Document 1 is not a bag of words"):
        TextCounts(min_df=1).fit([{"cat": np.int64(2), "dog": 1}, bag])


def test_a_vocabulary_of_bags_encodes_texts_and_the_reverse(tmp_path):
    path = written(tmp_path, "pets.mtx", FILES["pets.mtx"])
    of_bags = read_corpus(path, vocabulary=["the", "i", "cat"])
    texts = written(tmp_path, "pets.txt", "The cat and I\n")
    again = read_corpus(texts, encoder=of_bags.encoder)
    assert again.X.toarray().tolist() == [[1, 1, 1]]
    assert again.oov_rate.tolist() == [0.25]
    of_texts = TextCounts(min_df=1, max_df=1.0).fit(["the cat saw a dog"])
    data = read_corpus(path, vocabulary=["the", "fish", "cat"], encoder=of_texts)
    assert data.feature_names == ["cat", "dog", "saw"]
    assert data.X.toarray().tolist() == [[1, 0, 0], [0, 0, 0], [0, 0, 0]]
    assert data.status == ["ok", "empty", "out_of_vocabulary"]
    assert data.oov_rate.tolist() == [0, 0, 1]


def test_limits_apply_to_bags_where_they_are_given(tmp_path):
    path = written(tmp_path, "a.ldac", "2 0:1 1:1\n2 0:1 2:3\n2 0:1 1:1\n")
    limited = TextCounts(stop_words=None, min_df=2, max_df=0.9, min_length=1)
    assert read_corpus(path, vocabulary=["a", "b", "c"]).feature_names == ["a", "b", "c"]
    limited = TextCounts(stop_words=None, min_df=2, max_df=1.0, min_length=1)
    assert read_corpus(path, vocabulary=["a", "b", "c"], encoder=limited).feature_names == ["a", "b"]


def test_an_encoder_of_bags_survives_its_json_and_streams(tmp_path):
    path = written(tmp_path, "pets.ldac", FILES["pets.ldac"])
    data = read_corpus(path, vocabulary=WORDS)
    again = TextCounts.from_json(data.encoder.to_json())
    assert again.n_documents_ == 3
    blocks = list(stream_corpus(open_corpus(path, vocabulary=WORDS), again, size=2))
    assert [len(block.ids) for block in blocks] == [2, 1]
    np.testing.assert_array_equal(np.vstack([block.X.toarray() for block in blocks]), X)


def rows_or_sentence(path):
    try:
        return list(open_corpus(path))
    except CorpusError as error:
        return str(error)


def check_rows_or_sentence(path):
    found = rows_or_sentence(path)
    if isinstance(found, str):
        assert str(path) in found
    else:
        assert all((record.bag is None) == (record.problem is not None) for record in found[:1000])


def test_random_bytes_are_rows_or_a_sentence(tmp_path):
    random = np.random.default_rng(0)
    for name in FILES:
        for n in (1, 10, 1000, 100_000):
            check_rows_or_sentence(written(tmp_path, name, random.integers(0, 256, n, dtype=np.uint8).tobytes()))


@settings(deadline=None)
@given(data=st.data(), name=st.sampled_from(sorted(FILES)))
def test_mangled_files_are_rows_or_a_sentence(tmp_path_factory, data, name):
    content = bytearray(FILES[name].encode())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(min_size=1, max_size=3))
    check_rows_or_sentence(written(tmp_path_factory.mktemp("mangled"), name, bytes(content)))
