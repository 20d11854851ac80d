"""``textsc compare``: a table for people, an object for programs, and corpora of all kinds."""

import json
import re

import numpy as np
import pytest
from scipy.io import wavfile

from textsc.cli.comparing import best_models
from textsc.evaluation.comparison import METRICS, Summary
from textsc.evaluation.peers import PEERS, installed_version

QUICK = ("--topics", 2, "--seeds", 1, "--models", "textsc,nmf_tfidf")
INSTALLED = [name for name in PEERS if installed_version(name) is not None]


def write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(0)
    words = {"sea": ["boat", "wave", "sail", "tide", "reef"], "law": ["court", "judge", "trial", "jury", "bail"]}
    found = []
    for n in range(60):
        theme = ("sea", "law")[n % 2]
        text = " ".join([*rng.choice(words[theme], 9), *rng.choice(["people", "town", "year"], 3)])
        found.append({"text": text, "label": theme, "part": "test" if n % 6 < 2 else "train"})
    return found


@pytest.fixture
def corpus(tmp_path, rows):
    return write(tmp_path / "themes.jsonl", rows)


def test_a_table_for_people(cli, corpus):
    done = cli("compare", corpus, "--topics", 2, "--seeds", 2)
    assert done.code == 0
    lines = done.out.splitlines()
    assert "48 documents to learn from, 12 to test with, 10 words, 2 topics; means of 2 seeds" in lines[0]
    assert " ".join(lines[1].split()) == (
        "perplexity NPMI c_npmi c_v diversity inv. RBO accuracy retrieval fit s encode s"
    )
    table = lines[2 : 2 + len(INSTALLED)]
    assert [line.split()[0] for line in table] == INSTALLED
    assert "* best of its column" in lines
    below = lines[lines.index("standard deviation over seeds") + 2 :]
    assert [line.split()[0] for line in below] == INSTALLED
    assert "*" not in "".join(below)
    # NMF of TF-IDF has no likelihood; the themes are told apart by all that learn them.
    assert table[-1].split()[1] == "-"
    assert table[0].split()[7] == "1.000*"


def test_one_model_is_the_best_of_nothing(cli, corpus):
    done = cli("compare", corpus, "--topics", 2, "--seeds", 1, "--models", "textsc")
    assert done.code == 0
    assert "*" not in done.out


def test_an_object_for_programs_says_the_same(cli, corpus):
    table = cli("compare", corpus, *QUICK, "--seed", 5).out.splitlines()
    found = cli("compare", corpus, *QUICK, "--seed", 5, "--json").json
    assert (found["n_train"], found["n_test"], found["n_topics"], found["seeds"]) == (48, 12, 2, [5])
    assert [model["name"] for model in found["models"]] == ["textsc", "nmf_tfidf"]
    ours, nmf = found["models"]
    assert ours["version"] == installed_version("textsc")
    assert nmf["mean"]["perplexity"] is None
    assert set(ours["mean"]) == set(ours["spread"]) == set(METRICS)
    assert f"{ours['mean']['npmi']:.3f}" == table[2].split()[2].rstrip("*")
    (run,) = [run for run in found["runs"] if run["model"] == "textsc"]
    assert run["npmi"] == ours["mean"]["npmi"]
    assert run["seed"] == 5
    assert [len(words) for words in run["topics"]] == [10, 10]
    for name in ("perplexity", "npmi", "accuracy"):
        stars = {
            line.split()[0] for line in table[2:4] if re.findall(r"\S+", line)[1 + list(METRICS).index(name)][-1] == "*"
        }
        assert stars == set(found["best"][name])


def test_a_seed_fixes_all_but_the_times(cli, corpus):
    def told(*args):
        found = cli("compare", corpus, *QUICK, "--json", *args).json
        for part in [*found["runs"], *(model[key] for model in found["models"] for key in ("mean", "spread"))]:
            del part["fit_s"], part["encode_s"]
        for name in ("fit_s", "encode_s"):
            del found["best"][name]
        return found

    assert told() == told("--threads", 2)
    assert told()["runs"] != told("--seed", 1)["runs"]


def test_two_seeds_are_the_runs_of_each(cli, corpus):
    both = cli(
        "compare", corpus, "--topics", 2, "--seeds", 2, "--models", "textsc", "--split-field", "part", "--json"
    ).json
    other = cli(
        "compare",
        corpus,
        "--topics",
        2,
        "--seeds",
        1,
        "--seed",
        1,
        "--models",
        "textsc",
        "--split-field",
        "part",
        "--json",
    ).json
    assert both["seeds"] == [0, 1]
    assert both["runs"][1]["perplexity"] == other["runs"][0]["perplexity"]


def test_a_field_may_split_and_another_may_label(cli, tmp_path, rows):
    renamed = [{"text": row["text"], "theme": row["label"], "part": row["part"]} for row in rows]
    renamed[0]["part"] = "spare"
    corpus = write(tmp_path / "c.jsonl", renamed)
    done = cli("compare", corpus, *QUICK, "--split-field", "part", "--label-field", "theme", "--json")
    assert (done.json["n_train"], done.json["n_test"]) == (40, 19)
    assert done.json["models"][0]["mean"]["accuracy"] == 1.0
    assert "1 row in neither part" in done.err
    third = cli("compare", corpus, *QUICK, "--test-share", 0.5, "--json").json
    assert (third["n_train"], third["n_test"]) == (30, 30)
    assert third["models"][0]["mean"]["accuracy"] is None


def test_without_labels_there_are_no_columns_of_labels(cli, tmp_path, rows):
    corpus = write(tmp_path / "c.jsonl", [{"text": row["text"]} for row in rows])
    done = cli("compare", corpus, *QUICK)
    assert "accuracy" not in done.out
    assert "retrieval" not in done.out
    assert "c_v" in done.out


def test_labels_on_some_rows_and_a_class_of_one(cli, tmp_path, rows):
    some = [dict(row, label=row["label"] if n % 4 < 2 else None) for n, row in enumerate(rows)]
    some[8]["label"] = "alone"
    done = cli("compare", write(tmp_path / "c.jsonl", some), *QUICK, "--json")
    assert done.code == 0
    assert done.json["n_train"] == 48  # rows without a label are learned from like others
    assert 0.8 < done.json["models"][0]["mean"]["accuracy"] <= 1


@pytest.mark.parametrize("name", ["one class", "a name each"])
def test_labels_that_are_no_classes_are_left_out_and_said(cli, tmp_path, rows, name):
    """A classifier of as many classes as documents would take hours to learn nothing."""
    label = {"one class": lambda n: "all", "a name each": str}[name]
    corpus = write(tmp_path / "c.jsonl", [dict(row, label=label(n)) for n, row in enumerate(rows)])
    done = cli("compare", corpus, *QUICK)
    assert done.code == 0
    assert "labels are left out" in done.err
    assert "accuracy" not in done.out
    assert "labels are left out" not in cli("compare", write(tmp_path / "d.jsonl", rows), *QUICK).err


def test_fewer_documents_than_topics(cli, tmp_path, rows):
    corpus = write(tmp_path / "c.jsonl", rows[:6])
    done = cli("compare", corpus, "--topics", 30, "--seeds", 1, "--json")
    assert done.code == 0
    assert [model["name"] for model in done.json["models"]] == INSTALLED
    assert all(len(run["topics"]) == 30 for run in done.json["runs"])


def test_bags_of_words_have_no_windows(cli, tmp_path):
    counts = np.random.default_rng(0).poisson(1.0, size=(20, 6))
    entries = [f"{i + 1} {j + 1} {n}" for (i, j), n in np.ndenumerate(counts) if n]
    path = tmp_path / "b.mtx"
    path.write_text("\n".join(["%%MatrixMarket matrix coordinate integer general", f"20 6 {len(entries)}", *entries]))
    (tmp_path / "b.vocab").write_text("ant\nbee\ncow\ndog\neel\nfox\n")
    done = cli("compare", path, *QUICK)
    assert done.code == 0
    assert "there is no coherence of windows" in done.err
    assert "c_v" not in done.out.splitlines()[1]
    assert "NPMI" in done.out.splitlines()[1]
    found = cli("compare", path, *QUICK, "--json").json
    words = {word for run in found["runs"] for words in run["topics"] for word in words}
    assert words == {"ant", "bee", "cow", "dog", "eel", "fox"}


def test_word_options_are_those_of_fit(cli, corpus, tmp_path):
    stop = tmp_path / "stop.txt"
    stop.write_text("boat wave")
    assert cli("compare", corpus, *QUICK, "--json").json["n_words"] == 10
    assert cli("compare", corpus, *QUICK, "--max-words", 7, "--json").json["n_words"] == 7
    assert cli("compare", corpus, *QUICK, "--stop-words", stop, "--json").json["n_words"] == 8


def test_ngrams_are_counted_and_their_windows_are_not(cli, corpus):
    done = cli("compare", corpus, *QUICK, "--ngrams", 2, "--json")
    assert done.json["n_words"] > 10
    assert "c_npmi and c_v leave n-grams out" in done.err
    assert "n-grams" not in cli("compare", corpus, *QUICK).err


def test_sounds_are_refused(cli, tmp_path):
    folder = tmp_path / "sounds"
    folder.mkdir()
    wavfile.write(folder / "a.wav", 22_050, np.zeros(5000, dtype=np.float32))
    done = cli("compare", folder)
    assert done.code == 2
    assert "holds sounds, but the peers are models of texts" in done.err


def test_what_is_not_installed_is_named_once(cli, corpus, monkeypatch):
    monkeypatch.setattr(PEERS["nmf_kl"], "package", "no-such-package")
    args = ("--topics", 2, "--seeds", 2, "--models", "nmf_kl,nmf_tfidf")
    done = cli("compare", corpus, *args, "--json")
    assert done.err.count("nmf_kl") == 1
    assert "not installed, and left out: nmf_kl" in done.err
    assert done.json["not_installed"] == ["nmf_kl"]
    assert [model["name"] for model in done.json["models"]] == ["nmf_tfidf"]
    alone = cli("compare", corpus, "--models", "nmf_kl")
    assert alone.code == 2
    assert "no model that is installed" in alone.err


def test_rows_without_words_are_left_out_and_said(cli, tmp_path, rows):
    corpus = write(tmp_path / "c.jsonl", [*rows, {"text": ""}, {"text": "zzyzx"}])
    done = cli("compare", corpus, *QUICK, "--json")
    assert done.json["n_train"] + done.json["n_test"] == 60
    assert "2 rows without a known word left out" in done.err
    empty = write(tmp_path / "e.jsonl", [{"text": "one word"}, {"text": "other things"}])
    done = cli("compare", empty, *QUICK, "--quiet")
    assert done.code == 3
    assert "no document of the test part" in done.err


def test_standard_input_is_read(cli, rows):
    lines = "".join(row["text"] + "\n" for row in rows).encode()
    assert cli("compare", "-", *QUICK, "--json", stdin=lines).json["n_train"] == 48


def test_nothing_is_said_when_quiet(cli, corpus):
    assert cli("compare", corpus, *QUICK, "--quiet").err == ""


def summary(model, **values):
    mean = dict.fromkeys(METRICS) | values
    return Summary(model, 1, mean, dict.fromkeys(METRICS))


def test_what_looks_equal_ties_and_less_time_is_better():
    found = best_models(
        [summary("a", npmi=0.30004, fit_s=2.0, perplexity=600.0), summary("b", npmi=0.29996, fit_s=1.0)]
    )
    assert (found["npmi"], found["fit_s"], found["perplexity"], found["c_v"]) == (["a", "b"], ["b"], ["a"], [])
