"""fit, encode and export with bag-of-words files."""

import csv
import json
import os

import numpy as np
import pytest
from scipy.io import mmread

from textsc.corpus import read_corpus
from textsc.estimators import SparseCoding
from textsc.store import load_model, save_model


@pytest.fixture(scope="module")
def bags(tmp_path_factory, articles):
    """The articles as LDA-C with a common vocabulary beside, rare and common words included."""
    folder = tmp_path_factory.mktemp("bags")
    texts = [article.lower().split() for article in articles]
    words = sorted({word for text in texts for word in text})
    number = {word: i for i, word in enumerate(words)}
    lines = []
    for text in texts:
        counts = {number[word]: text.count(word) for word in text}
        lines.append(f"{len(counts)} " + " ".join(f"{i}:{n}" for i, n in counts.items()) + "\n")
    (folder / "news.dat").write_text("".join(lines))
    (folder / "vocab.txt").write_text("".join(f"{word}\n" for word in words))
    return folder / "news.dat"


def test_a_bag_of_words_file_keeps_all_its_words(cli, tmp_path, bags):
    done = cli("fit", bags, "-o", tmp_path / "m", "--topics", 3, "--json")
    words = (bags.parent / "vocab.txt").read_text().split("\n")[:-1]
    assert done.json["n_words"] == len(words)
    assert load_model(tmp_path / "m").encoder_.vocabulary_ == words
    assert {word for topic in done.json["topics"] for word in topic} <= set(words)


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        (["--max-words", 50], lambda df, rank: rank < 50),
        (["--min-df", 3], lambda df, rank: df >= 3),
        (["--max-df", 10], lambda df, rank: df <= 10),
    ],
)
def test_limits_that_are_given_apply_alone(cli, tmp_path, bags, options, kept):
    done = cli("fit", bags, "-o", tmp_path / "m", "--topics", 3, "--json", *options)
    data = read_corpus(bags)
    df, total = np.diff(data.X.tocsc().indptr), data.X.sum(axis=0)
    rank = np.argsort(np.lexsort((np.arange(total.size), -total)))
    expected = {w for w, d, r in zip(data.feature_names, df, rank, strict=True) if kept(d, r)}
    if "--max-words" in options:
        assert done.json["n_words"] == 50
    else:
        assert set(load_model(tmp_path / "m").encoder_.vocabulary_) == expected


def test_stop_words_of_bags_are_left_out_where_they_are_given(cli, tmp_path, bags):
    cli("fit", bags, "-o", tmp_path / "m", "--topics", 3, "--stop-words", "english")
    words = load_model(tmp_path / "m").encoder_.vocabulary_
    assert "the" not in words
    assert "said" in words


def test_the_limits_of_texts_are_as_before(cli, tmp_path, news):
    cli("fit", news, "-o", tmp_path / "m", "--topics", 3)
    encoder = load_model(tmp_path / "m").encoder_
    assert encoder.get_params() == type(encoder)().get_params()


def test_a_vocabulary_may_be_named(cli, tmp_path, bags):
    other = tmp_path / "words"
    names = [f"w{i}" for i in range(len((bags.parent / "vocab.txt").read_text().split("\n")) - 1)]
    other.write_text("\n".join(names))
    for verb in (
        ["fit", bags, "--topics", 3],
        ["encode", tmp_path / "o.model", bags],
        ["export", tmp_path / "o.model", bags],
    ):
        suffix = {"fit": "model", "encode": "csv", "export": "mtx"}[verb[0]]
        done = cli(*verb, "-o", tmp_path / f"o.{suffix}", "--vocabulary", other)
        assert done.code == 0
    assert load_model(tmp_path / "o.model").encoder_.vocabulary_ == names
    assert (tmp_path / "o.mtx.vocab").read_text().split() == names
    np.testing.assert_array_equal(mmread(tmp_path / "o.mtx").toarray(), read_corpus(bags).X.toarray())


def test_words_that_no_document_has_are_no_obstacle(cli, tmp_path, bags):
    words = (bags.parent / "vocab.txt").read_text()
    (tmp_path / "longer").write_text(f"{words}unused1\nunused2\n")
    done = cli("fit", bags, "-o", tmp_path / "m", "--topics", 3, "--json")
    longer = cli("fit", bags, "-o", tmp_path / "n", "--topics", 3, "--json", "--vocabulary", tmp_path / "longer")
    assert longer.json["n_words"] == done.json["n_words"] + 2
    assert np.isfinite(load_model(tmp_path / "n").components_).all()


def test_a_model_of_bags_encodes_texts(cli, tmp_path, bags, articles):
    cli("fit", bags, "-o", tmp_path / "m", "--topics", 3)
    (tmp_path / "texts.txt").write_text("\n".join(articles))
    assert cli("encode", tmp_path / "m", tmp_path / "texts.txt", "-o", tmp_path / "c.csv").code == 0
    with open(tmp_path / "c.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 80
    assert {row["status"] for row in rows} == {"ok"}
    # Stop words are words of these bags, and so of these texts.
    n_words = sum(word in ("the", "of", "and") for article in articles for word in article.lower().split())
    assert sum(float(row["n_tokens"]) for row in rows) > 5 * n_words > 0


def test_an_export_is_encoded_as_its_source_was(cli, tmp_path, model, news):
    done = cli("export", model, news, "-o", tmp_path / "news.mtx")
    assert done.code == 0
    assert done.out.startswith(f"{tmp_path}/news.mtx: 80 documents (78 ok, 1 empty, 1 out of vocabulary), ")
    assert f"beside it: {tmp_path}/news.mtx.vocab, {tmp_path}/news.mtx.docs.jsonl\n" in done.out
    cli("encode", model, news, "-o", tmp_path / "a.csv")
    cli("encode", model, tmp_path / "news.mtx", "-o", tmp_path / "b.csv")
    tables = []
    for name in ("a.csv", "b.csv"):
        with open(tmp_path / name, newline="") as file:
            tables.append(list(csv.DictReader(file)))
    assert [row["id"] for row in tables[1]] == [f"a,{n}" for n in range(80)]
    weights = [[[float(row[f"topic_{k}"]) for k in range(4)] for row in table] for table in tables]
    np.testing.assert_allclose(weights[0], weights[1], rtol=0, atol=1e-5 * np.max(weights))


def test_export_tells_programs_what_it_wrote(cli, tmp_path, model, news):
    done = cli("export", model, news, "-o", tmp_path / "docword.news.txt", "--json")
    data = read_corpus(news, encoder=load_model(model).encoder_)
    found = done.json
    assert [os.path.basename(file) for file in found["files"]] == [
        "docword.news.txt",
        "vocab.news.txt",
        "docword.news.txt.docs.jsonl",
    ]
    assert found["n_documents"] == 80
    assert found["statuses"] == {"ok": 78, "empty": 1, "out_of_vocabulary": 1, "unreadable": 0}
    assert found["n_words"] == len(data.feature_names)
    assert (found["n_tokens"], found["n_entries"]) == (int(data.n_tokens.sum()), data.X.nnz)


def test_a_row_that_is_unreadable_is_written_as_an_empty_one(cli, tmp_path, model):
    (tmp_path / "a.jsonl").write_text('{"id": "a", "text": "police said"}\n{"id": "b"}\n')
    done = cli("export", model, tmp_path / "a.jsonl", "-o", tmp_path / "a.ldac")
    assert done.code == 5
    assert 'a.jsonl, line 2: it has no field "text"' in done.err
    assert (tmp_path / "a.ldac").read_text().splitlines()[1] == "0"
    names = [json.loads(line) for line in (tmp_path / "a.ldac.docs.jsonl").read_text().splitlines()]
    assert names == [{"id": "a"}, {"id": "b"}]


def test_the_bytes_do_not_depend_on_the_threads(cli, tmp_path, model, news):
    for threads in (1, 3):
        cli("export", model, news, "-o", tmp_path / f"{threads}.svm", "--threads", threads)
    for ending in ("", ".vocab", ".docs.jsonl"):
        assert (tmp_path / f"1.svm{ending}").read_bytes() == (tmp_path / f"3.svm{ending}").read_bytes()


def test_what_export_refuses(cli, tmp_path, model, news):
    def refused(code, sentence, *args):
        done = cli("export", *args)
        assert (done.code, sentence in done.err) == (code, True), done.err

    refused(2, "cannot tell the format of", model, news, "-o", tmp_path / "a.xls")
    refused(2, "cannot tell the format of -", model, news, "-o", "-")
    refused(3, "create it first", model, news, "-o", tmp_path / "none" / "a.mtx")
    refused(3, "There is no file or folder", model, tmp_path / "none.mtx", "-o", tmp_path / "a.mtx")
    refused(2, "is no bag-of-words file", model, news, "-o", tmp_path / "a.mtx", "--vocabulary", news)
    refused(4, "", news, news, "-o", tmp_path / "a.mtx")
    (tmp_path / "a.mtx").write_text("mine")
    refused(2, "exists already", model, news, "-o", tmp_path / "a.mtx")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mtx"]
    assert cli("export", model, news, "-o", tmp_path / "a.mtx", "--force").code == 0
    refused(2, "is also an input", model, tmp_path / "a.mtx", "-o", tmp_path / "a.mtx", "--force")
    assert len(read_corpus(tmp_path / "a.mtx").ids) == 80


def test_a_model_without_a_vocabulary_exports_nothing(cli, tmp_path, news):
    X = np.random.default_rng(0).poisson(1.0, (30, 20))
    save_model(SparseCoding(2, random_state=0).fit(X), tmp_path / "bare.model")
    done = cli("export", tmp_path / "bare.model", news, "-o", tmp_path / "a.mtx")
    assert done.code == 2
    assert "holds no vocabulary" in done.err
