"""``textsc tune`` and ``textsc predict``: from labels to a model, from a model to a table of classes."""

import csv
import json

import numpy as np
import pyarrow.parquet as pq
import pytest

from textsc.store import load_model


@pytest.fixture(scope="module")
def themes(tmp_path_factory):
    """Two themes with words of their own, and words that they share; every seventh row has no label."""
    rng = np.random.default_rng(0)
    words = {"sea": ["boat", "wave", "sail", "tide", "reef"], "law": ["court", "judge", "trial", "jury", "bail"]}
    rows = []
    for n in range(120):
        theme = ("sea", "law")[n % 2]
        text = " ".join([*rng.choice(words[theme], 6), *rng.choice(["said", "people", "town", "year"], 6)])
        rows.append({"id": f"d{n}", "text": text, "theme": theme} if n % 7 else {"id": f"d{n}", "text": text})
    rows[11]["text"], rows[13]["text"] = "", "zzyzx"
    path = tmp_path_factory.mktemp("themes") / "themes.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture(scope="module")
def trained(tmp_path_factory, themes):
    from textsc.cli import main

    folder = tmp_path_factory.mktemp("trained")
    assert main(["fit", str(themes), "-o", str(folder / "a"), "--topics", "4", "--quiet"]) == 0
    assert main(["tune", str(folder / "a"), str(themes), "--target", "theme", "-o", str(folder / "b"), "--quiet"]) == 0
    return folder


def test_a_tuned_model_predicts_the_classes_it_was_shown(cli, tmp_path, themes, trained):
    done = cli("predict", trained / "b", themes, "-o", tmp_path / "p.csv")
    assert done.code == 0
    with open(tmp_path / "p.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    truth = [json.loads(line) for line in themes.read_text().splitlines()]
    assert list(rows[0]) == ["id", "status", "prediction", "p_law", "p_sea"]
    assert [row["id"] for row in rows] == [row["id"] for row in truth]
    assert (rows[11]["status"], rows[13]["status"]) == ("empty", "out_of_vocabulary")
    right = [r["prediction"] == ("sea", "law")[n % 2] for n, r in enumerate(rows) if r["status"] == "ok"]
    assert np.mean(right) > 0.95
    for row in rows:
        assert float(row["p_law"]) + float(row["p_sea"]) == pytest.approx(1)
        assert row["prediction"] == ("law" if float(row["p_law"]) > float(row["p_sea"]) else "sea")


def test_the_formats_agree(cli, tmp_path, themes, trained):
    for suffix in ("csv", "jsonl", "npz", "parquet"):
        assert cli("predict", trained / "b", themes, "-o", tmp_path / f"p.{suffix}", "--threads", "2").code == 0
    with open(tmp_path / "p.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    lines = [json.loads(line) for line in (tmp_path / "p.jsonl").read_text().splitlines()]
    table = pq.read_table(tmp_path / "p.parquet").to_pylist()
    assert table == lines
    assert [row["prediction"] for row in rows] == [row["prediction"] for row in lines]
    arrays = np.load(tmp_path / "p.npz", allow_pickle=False)
    assert arrays["prediction"].tolist() == [row["prediction"] for row in lines]
    np.testing.assert_array_equal(arrays["probabilities"], [[row["p_law"], row["p_sea"]] for row in lines])
    assert cli("predict", trained / "b", themes, "-o", "-").out == (tmp_path / "p.csv").read_text()


def test_unreadable_rows_keep_their_place_without_a_prediction(cli, tmp_path, trained):
    (tmp_path / "in.jsonl").write_text('not json\n{"text": "boat wave sail"}\n')
    assert cli("predict", trained / "b", tmp_path / "in.jsonl", "-o", tmp_path / "p.jsonl").code == 5
    first, second = (json.loads(line) for line in (tmp_path / "p.jsonl").read_text().splitlines())
    assert first == {"id": "0", "status": "unreadable", "prediction": None, "p_law": None, "p_sea": None}
    assert second["prediction"] == "sea"


def test_tuning_says_what_it_learned_from(cli, tmp_path, themes, trained):
    done = cli("tune", trained / "a", themes, "--target", "theme", "-o", tmp_path / "t", "--json")
    assert done.json["classes"] == ["law", "sea"]
    assert done.json["n_labelled"] == 120 - 18 - 2
    assert done.json["training_accuracy"] > 0.95
    done = cli("tune", trained / "a", themes, "--target", "theme", "-o", tmp_path / "t", "--force")
    assert "2 classes learned from 100 documents" in done.out


def test_one_seed_is_one_file_for_any_number_of_threads(cli, tmp_path, themes, trained):
    for name, more in (("one", ["--threads", "1"]), ("two", ["--threads", "2"]), ("other", ["--seed", "1"])):
        arguments = ["--target", "theme", "-o", tmp_path / name, *more]
        assert cli("tune", trained / "a", themes, *arguments).code == 0
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes() == (trained / "b").read_bytes()
    assert (tmp_path / "other").read_bytes() != (tmp_path / "one").read_bytes()


@pytest.mark.filterwarnings("ignore:The number of unique classes")
def test_a_label_with_one_example_is_said(cli, tmp_path, themes, trained):
    done = cli("tune", trained / "a", themes, "--target", "id", "--epochs", "0", "-o", tmp_path / "t")
    assert "118 labels of id with one example only" in done.err


def test_options_matter(cli, tmp_path, themes, trained):
    for name, more in (("still", ["--epochs", "0"]), ("fast", ["--learning-rate", "0.1"])):
        assert cli("tune", trained / "a", themes, "--target", "theme", "-o", tmp_path / name, *more).code == 0
    before, still = load_model(trained / "a"), load_model(tmp_path / "still")
    np.testing.assert_allclose(still.model_.components_[:4], before.components_, atol=1e-6)
    assert (tmp_path / "fast").read_bytes() != (trained / "b").read_bytes()
    told = ["--unsupervised-weight", "10"]
    assert cli("tune", trained / "a", themes, "--target", "theme", "-o", tmp_path / "told", *told).code == 0
    assert (tmp_path / "told").read_bytes() != (trained / "b").read_bytes()
    taught = ["--target", "theme", "-o", tmp_path / "taught", "--self-taught"]
    assert cli("tune", trained / "a", themes, *taught).code == 0
    assert (tmp_path / "taught").read_bytes() != (trained / "b").read_bytes()
    assert "for classes" in cli("tune", trained / "a", themes, *taught, "--ratings", "--force").err


def test_a_tuned_model_is_still_a_topic_model(cli, tmp_path, themes, trained):
    topics = cli("topics", trained / "b", "--json").json["topics"]
    assert len(topics) == 4 + 4
    for topic, theme in zip(topics[4:], ("law", "sea", "law", "sea"), strict=True):  # of the classes, after the others
        assert topic["coefficients"][theme] > 0
        assert sum(topic["coefficients"].values()) == pytest.approx(0, abs=1e-9)
    assert "speaks for" in cli("topics", trained / "b").out
    assert "speaks for" not in cli("topics", trained / "a").out
    assert cli("encode", trained / "b", themes, "-o", tmp_path / "c.csv").code == 0
    assert cli("info", trained / "b", "--json").json["kind"] == "SparseCodingClassifier"
    assert cli("tune", trained / "b", themes, "--target", "theme", "-o", tmp_path / "again").code == 0


@pytest.fixture(scope="module")
def rated(tmp_path_factory, themes):
    """The themes with numbers: more of the sea is more."""
    rows = [json.loads(line) for line in themes.read_text().splitlines()]
    for row in rows:
        if "theme" in row:
            row["stars"] = {"sea": 4, "law": 1.5}[row["theme"]] + len(row["text"]) % 3 / 10
    path = tmp_path_factory.mktemp("rated") / "rated.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_ratings_are_learned_and_predicted(cli, tmp_path, rated, trained):
    arguments = ["--target", "stars", "--ratings", "-o", tmp_path / "stars", "--json"]
    done = cli("tune", trained / "a", rated, *arguments)
    assert done.code == 0
    assert done.json["training_r2"] > 0.8
    assert cli("predict", tmp_path / "stars", rated, "-o", tmp_path / "p.jsonl").code == 0
    rows = [json.loads(line) for line in (tmp_path / "p.jsonl").read_text().splitlines()]
    assert list(rows[0]) == ["id", "status", "prediction"]
    assert np.mean([row["prediction"] for n, row in enumerate(rows) if n % 2 == 0 and row["status"] == "ok"]) > 3.5
    assert (rows[11]["status"], rows[13]["status"]) == ("empty", "out_of_vocabulary")
    assert rows[11]["prediction"] == rows[13]["prediction"]
    topics = cli("topics", tmp_path / "stars", "--json").json["topics"]
    assert {type(topic["coefficient"]) for topic in topics} == {float}
    assert cli("evaluate", tmp_path / "stars", rated, "--json").code == 0


def test_what_is_no_rating_is_refused_in_a_sentence(cli, tmp_path, themes, trained):
    done = cli("tune", trained / "a", themes, "--target", "theme", "--ratings", "-o", tmp_path / "t")
    assert done.code == 2
    assert "--ratings needs a number in the field theme" in done.err
    assert "document 'd1' has 'law'" in done.err
