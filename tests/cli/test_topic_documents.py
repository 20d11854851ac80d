"""`textsc topics MODEL CORPUS`: the documents and passages under each topic."""

import json

import numpy as np
import pytest
from scipy.io import wavfile

import textsc
from textsc.cli.examples import Strongest
from textsc.cli.tabling import Tally, coded_blocks
from textsc.corpus import open_corpus, read_corpus
from textsc.evaluation import read_topics
from textsc.store import load_model
from textsc.topics import topic_evidence


def ranked(model, path):
    """Every document of a corpus by its evidence for each topic, from the whole matrix at once."""
    fitted = load_model(model)
    data = read_corpus(path, encoder=fitted.encoder_)
    evidence = topic_evidence(data.X, fitted.transform(data.X), fitted.components_, data.n_tokens)
    return data, evidence, np.argsort(-evidence, axis=0, kind="stable")


def test_the_strongest_documents_are_those_of_the_whole_corpus(cli, model, news, articles):
    data, evidence, order = ranked(model, news)
    found = cli("topics", model, news, "--documents", 2, "--json").json
    assert (found["n_documents"], found["statuses"]["empty"]) == (80, 1)
    for topic in found["topics"]:
        assert [document["id"] for document in topic["documents"]] == [data.ids[d] for d in order[:2, topic["id"]]]
        for document in topic["documents"]:
            row = data.ids.index(document["id"])
            assert document["evidence"] == pytest.approx(evidence[row, topic["id"]], rel=1e-3)
            assert 0 < document["share"] <= 1
            inner = document["passage"].removeprefix("… ").removesuffix(" …")
            assert inner in " ".join(articles[row].split())
            assert len(inner.split()) <= 40


def test_a_passage_has_words_of_its_topic(cli, model, news):
    topics = cli("topics", model, news, "--json").json["topics"]
    for topic in topics:
        first = topic["documents"][0]["passage"].lower()
        assert sum(word in first for word in topic["words"]) >= 2


def test_the_table_has_documents_under_its_words(cli, model, news):
    done = cli("topics", model, news, "--documents", 1)
    assert "80 documents (78 ok, 1 empty, 1 out of vocabulary), largest gap" in done.err
    bare = cli("topics", model).out.splitlines()
    lines = done.out.splitlines()
    assert [line for line in lines if line in bare] == bare
    assert sum(" %  a," in line for line in lines) == 4
    assert max(len(line) for line in lines if line not in bare) <= 100
    assert cli("topics", model, news, "--quiet").err == ""


def test_standard_input_is_a_corpus(cli, model, articles):
    done = cli("topics", model, "-", "--json", stdin="\n".join(articles[:5]).encode())
    assert done.json["n_documents"] == 5


def test_the_table_with_documents_is_read_back_as_the_topics_alone(cli, tmp_path, model, news):
    """Passages stand between the rows; none of their lines is a topic."""
    tables = {}
    for name, corpora in (("alone", ()), ("with", (news,))):
        tables[name] = tmp_path / f"{name}.txt"
        tables[name].write_text(cli("topics", model, *corpora, "--quiet").out, encoding="utf-8")
    assert len(tables["with"].read_text().splitlines()) > 2 * len(tables["alone"].read_text().splitlines())
    assert read_topics(tables["with"]) == read_topics(tables["alone"])


def test_the_scores_of_words_are_found_once_for_all_topics(cli, model, news, monkeypatch):
    asked = []
    scores = textsc.topics.topic_word_scores
    monkeypatch.setattr(
        "textsc.estimators.sparse_coding.topic_word_scores", lambda *args: (asked.append(1), scores(*args))[1]
    )
    assert len(cli("topics", model, news, "--json").json["topics"]) == 4
    assert len(asked) == 2  # for the words, and for the passages


def test_bags_have_documents_without_passages(cli, tmp_path, model, news):
    assert cli("export", model, news, "-o", tmp_path / "news.mtx").code == 0
    bag = cli("topics", model, tmp_path / "news.mtx", "--json").json
    text = cli("topics", model, news, "--json").json
    for with_text, without in zip(text["topics"], bag["topics"], strict=True):
        assert with_text["documents"][0]["id"] == without["documents"][0]["id"]
        assert len(without["documents"]) == 3
        assert all(d["passage"] is None for d in without["documents"])
    assert cli("topics", model, tmp_path / "news.mtx").code == 0


def test_a_document_that_repeats_another_is_shown_once(cli, tmp_path, model, articles):
    path = tmp_path / "twice.jsonl"
    rows = [{"id": f"{n}{copy}", "text": text} for copy in "ab" for n, text in enumerate(articles[:20])]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    for topic in cli("topics", model, path, "--json").json["topics"]:
        ids = [document["id"] for document in topic["documents"]]
        assert len(ids) == 3
        assert all(name.endswith("a") for name in ids)


def test_blocks_give_what_the_whole_gives(model, news, monkeypatch):
    fitted = load_model(model)

    def strongest(size):
        reader, texts = open_corpus(news), iter(open_corpus(news))
        original = textsc.corpus.dataset.stream_corpus
        with monkeypatch.context() as patch:
            patch.setattr("textsc.corpus.dataset.stream_corpus", lambda *args: original(*args, size=size))
            best = Strongest(fitted, 2)
            tally = Tally(noun="document", nats=True)
            for block in coded_blocks(reader, fitted.encoder_, fitted.coder(), tally, n_threads=2):
                best.add(block, [next(texts).text for _ in block.data.ids])
        assert max(map(len, best.candidates.values())) == best.n_kept == 6
        table = fitted.encoder_.word_table()
        return [[(d["id"], d["passage"]) for d in best.documents(k, table)] for k in range(4)]

    assert strongest(7) == strongest(1024)


def test_the_snippets_of_a_sound_give_one_document(cli, tmp_path):
    pytest.importorskip("soundfile")
    pytest.importorskip("soxr")
    rng = np.random.default_rng(0)
    (tmp_path / "sounds").mkdir()
    time = np.arange(22_050) / 22_050
    for n, pitch in enumerate((220, 440, 880)):
        sound = np.sin(2 * np.pi * pitch * time) * (1 + 0.1 * rng.normal(size=time.size))
        wavfile.write(tmp_path / "sounds" / f"{n}.wav", 22_050, (0.3 * sound).astype(np.float32))
    model = tmp_path / "sounds.model"
    assert cli("fit", tmp_path / "sounds", "-o", model, "--topics", 3, "--quiet").code == 0
    found = cli("topics", model, tmp_path / "sounds", "--json").json
    for topic in found["topics"]:
        assert topic["coherence"] is topic["exclusivity"] is None
        files = [document["id"].split("#")[0] for document in topic["documents"]]
        assert files
        assert len(files) == len(set(files))
        assert all(document["passage"] is None for document in topic["documents"])
    assert "exclusivity" not in cli("topics", model).out
    done = cli("topics", model, tmp_path / "sounds", "--text-field", "x")
    assert done.code == 2
    assert "--text-field is for texts" in done.err
