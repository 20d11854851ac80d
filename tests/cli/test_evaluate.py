"""`textsc evaluate`, against the same measures in Python."""

import json

import numpy as np
import pytest

from textsc.corpus import open_corpus, read_corpus
from textsc.estimators import SparseCoding
from textsc.evaluation import count_windows, topic_coherence
from textsc.evaluation.assessment import retrieval_between_halves
from textsc.store import load_model, save_model


@pytest.fixture(scope="module")
def parts(model, news):
    fitted = load_model(model)
    return fitted, read_corpus(news, encoder=fitted.encoder_)


def test_the_measures_of_a_model_are_those_of_python(cli, model, news, parts):
    fitted, data = parts
    found = cli("evaluate", model, news, "--json").json
    assert found["perplexity"] == pytest.approx(fitted.perplexity(data.X), rel=1e-6)
    topics = fitted.topic_words(10)
    texts = [record.text for record in open_corpus(news)]
    for name, size in (("c_npmi", 10), ("c_v", 110), ("c_uci", 10)):
        counts = count_windows(
            fitted.encoder_.token_lists(texts), {word for words in topics for word in words}, size=size
        )
        values = topic_coherence(topics, counts, measure=name)
        assert found[name] == pytest.approx(values.mean())
        assert [topic[name] for topic in found["topics"]] == pytest.approx(values.tolist())
    # The corpus that it was learned from.
    assert [topic["npmi"] for topic in found["topics"]] == pytest.approx(fitted.coherence_.tolist())
    assert [topic["words"] for topic in found["topics"]] == topics
    W = fitted.transform(data.X)
    assert found["retrieval_precision"] == pytest.approx(retrieval_between_halves(W, data.y), abs=1e-6)
    assert (found["n_documents"], found["n_labelled"], found["n_not_converged"]) == (80, 80, 0)
    assert found["max_gap"] <= 1e-4
    assert found["statuses"]["out_of_vocabulary"] == 1
    assert found["accuracy"] is found["log_loss"] is found["explained_share"] is None
    assert found["absent_words"] == []


def test_the_table_says_what_is_known(cli, model, tuned, news):
    done = cli("evaluate", model, news)
    head, *lines = done.out.splitlines()
    assert head.startswith(f"{model}: 80 documents (78 ok, 1 empty, 1 out of vocabulary), largest gap ")
    names = ["perplexity", "c_npmi", "c_v", "c_uci", "npmi", "u_mass", "diversity", "inverted", "retrieval"]
    assert [line.split()[0] for line in lines] == names
    named = [line.split()[0] for line in cli("evaluate", tuned, news).out.splitlines()[1:]]
    assert named == [*names[:-1], "accuracy", "log"]


def test_the_seed_draws_the_halves(cli, model, news):
    found = [cli("evaluate", model, news, "--json", "--seed", seed).json for seed in (0, 0, 1)]
    assert found[0] == found[1]
    assert found[0]["perplexity"] != found[2]["perplexity"]
    assert found[0]["c_npmi"] == found[2]["c_npmi"]


def test_threads_change_nothing(cli, model, news):
    assert cli("evaluate", model, news, "--json", "--threads", 1).out == cli("evaluate", model, news, "--json").out


def test_fewer_words_are_other_topics(cli, model, news):
    found = cli("evaluate", model, news, "--json", "--words", 4).json
    assert [len(topic["words"]) for topic in found["topics"]] == [4] * 4
    assert found["npmi"] != cli("evaluate", model, news, "--json").json["npmi"]


def test_a_tuned_model_is_measured_by_its_classes(cli, tuned, news, tmp_path):
    found = cli("evaluate", tuned, news, "--json").json
    classifier = load_model(tuned)
    data = read_corpus(news, encoder=classifier.encoder_)
    probabilities = classifier.predict_proba(data.X)
    columns = [classifier.classes_.tolist().index(label) for label in data.y]
    assert found["accuracy"] == np.mean(probabilities.argmax(axis=1) == columns)
    assert found["log_loss"] == pytest.approx(-np.mean(np.log(probabilities[range(80), columns])), rel=1e-5)
    assert found["retrieval_precision"] is None
    # A class that it has never seen is told wrong.
    rows = [json.loads(line) for line in news.read_text().splitlines()[:4]]
    other = tmp_path / "other.jsonl"
    other.write_text("".join(json.dumps({**row, "label": "new"}) + "\n" for row in rows))
    found = cli("evaluate", tuned, other, "--json").json
    assert (found["accuracy"], found["log_loss"], found["n_labelled"]) == (0.0, None, 4)


def test_without_labels_there_is_nothing_to_retrieve(cli, model, tmp_path, articles):
    path = tmp_path / "plain.txt"
    path.write_text("\n".join(articles[:20]))
    found = cli("evaluate", model, path, "--json").json
    assert (found["n_labelled"], found["retrieval_precision"]) == (0, None)
    piped = cli("evaluate", model, "-", "--json", stdin=path.read_bytes()).json
    assert piped == found


def test_a_corpus_without_a_known_word_has_no_perplexity(cli, model):
    found = cli("evaluate", model, "-", "--json", stdin=b"zzyzx\n\n").json
    assert found["perplexity"] is None
    assert found["npmi"] == -1.0
    assert len(found["absent_words"]) > 10
    assert "words of topics that are in no document: " in cli("evaluate", model, "-", stdin=b"zzyzx\n").out


def test_bags_have_no_windows(cli, model, news, tmp_path):
    assert cli("export", model, news, "-o", tmp_path / "news.mtx").code == 0
    done = cli("evaluate", model, tmp_path / "news.mtx", "--json")
    text = cli("evaluate", model, news, "--json").json
    assert "words with counts, which have no order: c_npmi, c_uci and c_v need texts" in done.err
    assert done.json["c_npmi"] is done.json["c_v"] is done.json["c_uci"] is None
    for name in ("npmi", "u_mass", "perplexity", "diversity", "n_labelled"):
        assert done.json[name] == pytest.approx(text[name], rel=1e-6)


def test_duplicates_are_named(cli, model, news, tmp_path):
    fitted = load_model(model)
    fitted.components_[2] = fitted.components_[0]
    save_model(fitted, tmp_path / "twice.model")
    assert [0, 2] in cli("evaluate", tmp_path / "twice.model", news, "--json").json["duplicates"]
    assert "topics that share half of their words: 0 and 2\n" in cli("evaluate", tmp_path / "twice.model", news).out


def test_topics_are_read_from_standard_input(cli, model, news, tmp_path):
    topics = cli("topics", model, "--json").out
    path = tmp_path / "topics.json"
    path.write_text(topics)
    piped = cli("evaluate", "--topics-file", "-", news, "--json", stdin=topics.encode()).json
    given = cli("evaluate", "--topics-file", path, news, "--json").json
    assert (piped.pop("topics_file"), given.pop("topics_file")) == ("-", str(path))
    assert piped == given
    both = cli("evaluate", "--topics-file", "-", "-", stdin=topics.encode())
    assert (both.code, "are both -" in both.err) == (2, True)
    assert cli("evaluate", "--topics-file", "-", news, stdin=b" \n").code == 3


def test_of_many_duplicates_the_first_are_named(cli, news, tmp_path):
    """A model that has collapsed has thousands of pairs."""
    (tmp_path / "topics.txt").write_text("rain river\n" * 30)
    done = cli("evaluate", "--topics-file", tmp_path / "topics.txt", news)
    (line,) = (line for line in done.out.splitlines() if line.startswith("topics that"))
    assert line.startswith("topics that share half of their words: 0 and 1, 0 and 2, ")
    assert line.endswith(", 0 and 10, and 425 pairs more")


def test_counts_under_the_linear_pair_have_no_perplexity(cli, model, news, tmp_path, parts):
    fitted, data = parts
    linear = SparseCoding(2, pair="linear", epochs=1, random_state=0).fit(data.X)
    save_model(linear, tmp_path / "linear.model", encoder=fitted.encoder_)
    found = cli("evaluate", tmp_path / "linear.model", news, "--json").json
    assert found["perplexity"] is None
    assert found["explained_share"] == pytest.approx(linear.score(data.X), rel=1e-5)
    assert found["c_npmi"] is not None


# --- anybody's topics ----------------------------------------------------------------------------


def test_the_topics_of_a_file_score_as_those_of_the_model(cli, model, news, tmp_path):
    of_model = cli("evaluate", model, news, "--json").json
    path = tmp_path / "topics.json"
    path.write_text(cli("topics", model, "--json").out)
    found = cli("evaluate", "--topics-file", path, news, "--json").json
    table = tmp_path / "topics.txt"
    table.write_text(cli("topics", model).out)
    as_table = cli("evaluate", "--topics-file", table, news, "--json").json
    for name in ("c_npmi", "c_v", "c_uci", "npmi", "u_mass", "diversity", "inverted_rbo", "duplicates"):
        assert found[name] == pytest.approx(of_model[name])
        assert as_table[name] == pytest.approx(of_model[name])
    assert found["n_documents"] == 80


def test_words_that_no_text_has_are_reported(cli, news, tmp_path):
    path = tmp_path / "topics.txt"
    path.write_text("Police court zyx\npolice law people\n")
    done = cli("evaluate", "--topics-file", path, news)
    assert done.code == 0
    assert "words of topics that are in no document: zyx" in done.out
    found = cli("evaluate", "--topics-file", path, news, "--json").json
    assert found["absent_words"] == ["zyx"]
    assert found["topics"][0]["words"] == ["police", "court", "zyx"]
    assert found["topics"][1]["c_npmi"] is not None


def test_stop_words_take_no_place_in_windows(cli, tmp_path):
    texts = tmp_path / "texts.txt"
    texts.write_text(f"cat {'the ' * 20} dog\nbird fish\n" * 3)
    path = tmp_path / "topics.txt"
    path.write_text("cat dog\nbird fish\n")
    near = cli("evaluate", "--topics-file", path, texts, "--json").json
    far = cli("evaluate", "--topics-file", path, texts, "--json", "--stop-words", "none").json
    assert near["topics"][0]["c_npmi"] > far["topics"][0]["c_npmi"]
    assert near["npmi"] == far["npmi"]


def test_a_language_cuts_its_words(cli, tmp_path):
    texts = tmp_path / "texts.txt"
    texts.write_text("l'eau d'orage\n" * 3)
    path = tmp_path / "topics.txt"
    path.write_text("eau orage\nvent mer\n")
    found = {
        language: cli("evaluate", "--topics-file", path, texts, "--json", "--language", language).json
        for language in ("french", "english")
    }
    assert found["french"]["absent_words"] == ["vent", "mer"]
    assert len(found["english"]["absent_words"]) == 4


def test_ngrams_and_single_letters_of_a_file_are_found(cli, tmp_path):
    texts = tmp_path / "texts.txt"
    texts.write_text("new york vitamin c\n" * 3)
    path = tmp_path / "topics.json"
    path.write_text(json.dumps([["new york", "vitamin c", "c", "york"]]))
    found = cli("evaluate", "--topics-file", path, texts, "--json").json
    assert found["absent_words"] == []
    assert found["npmi"] == 1.0


def test_the_topics_of_a_file_on_bags(cli, model, news, tmp_path):
    assert cli("export", model, news, "-o", tmp_path / "news.mtx").code == 0
    path = tmp_path / "topics.json"
    path.write_text(cli("topics", model, "--json").out)
    found = cli("evaluate", "--topics-file", path, tmp_path / "news.mtx", "--json").json
    assert found["npmi"] == pytest.approx(cli("evaluate", model, news, "--json").json["npmi"])
    assert found["c_v"] is None


def test_rows_that_cannot_be_read_take_no_part(cli, model, news, tmp_path):
    path = tmp_path / "holes.jsonl"
    path.write_text("".join('{"label": "odd", "text": 7}\n' + line for line in news.read_text().splitlines(True)))
    done, whole = cli("evaluate", model, path, "--json"), cli("evaluate", model, news, "--json").json
    assert done.code == 5
    assert done.json["statuses"]["unreadable"] == 80
    same = set(whole) - {"statuses", "n_documents", "max_gap", "retrieval_precision", "perplexity"}
    assert {name: done.json[name] for name in same} == {name: whole[name] for name in same}
    assert done.json["perplexity"] == pytest.approx(whole["perplexity"], rel=1e-6)
    assert done.json["retrieval_precision"] == pytest.approx(whole["retrieval_precision"], rel=1e-6)
