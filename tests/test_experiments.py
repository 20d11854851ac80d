"""The experiments: runs that are stored one by one and not done twice, tables and a picture from files alone."""

import importlib
import json
from pathlib import Path

import numpy as np
import pytest

SCRIPTS = Path(__file__).resolve().parents[1] / "scripts"


@pytest.fixture(scope="module")
def scripts():
    """The modules of scripts/, which import each other by their names."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(SCRIPTS))
        names = ("experiments", "exp_topics", "exp_classification", "make_tables", "fig_dial")
        names += ("exp_movies", "exp_gradients", "supervised_tables")
        yield {name: importlib.import_module(name) for name in names}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    rng = np.random.default_rng(0)
    words = {"sea": ["boat", "wave", "sail", "tide", "reef"], "law": ["court", "judge", "trial", "jury", "bail"]}
    rows = []
    for n in range(80):
        theme = ("sea", "law")[n % 2]
        text = " ".join([*rng.choice(words[theme], 9), *rng.choice(["people", "town", "year"], 3)])
        rows.append({"text": text, "label": theme, "split": "test" if n >= 60 else "train"})
    rows.append({"text": "boat wave", "label": "sea", "split": "train"})  # too short
    rows.append({"text": rows[0]["text"], "split": "train"})  # without a label
    path = tmp_path_factory.mktemp("experiments") / "themes.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def topics(scripts, corpus, tmp_path, monkeypatch):
    """Run exp_topics with these arguments; give the file, and which models it has fitted."""

    def run(*args, seeds=1, n_topics=2):
        fitted = []
        real = scripts["exp_topics"].compare_models
        with monkeypatch.context() as patch:
            patch.setattr(
                "exp_topics.compare_models",
                lambda parts, *, n_topics, seeds, models: (
                    fitted.append((*models, *seeds)) or real(parts, n_topics=n_topics, seeds=seeds, models=models)
                ),
            )
            command = ["exp_topics", "--corpus", corpus, "--words", 20, "--topics", n_topics, "--seeds", seeds]
            command += ["--models", "textsc", "nmf_tfidf", "--out", tmp_path / "topics_x.json", *args]
            patch.setattr("sys.argv", [str(part) for part in command])
            scripts["exp_topics"].main()
        return json.loads((tmp_path / "topics_x.json").read_text()), fitted

    return run


def test_a_run_is_stored_and_not_done_twice(topics, tmp_path):
    first, fitted = topics()
    assert fitted == [("textsc", 0), ("nmf_tfidf", 0)]
    assert (first["corpus"], first["split"], first["n_train"], first["n_test"]) == (
        "themes.jsonl",
        "field split",
        61,
        20,
    )
    assert (first["n_words"], first["n_topics"]) == (13, 2)
    assert set(first["versions"]) >= {"textsc", "numpy", "gensim"}
    assert topics()[1] == []
    more, fitted = topics(seeds=2)
    assert fitted == [("textsc", 1), ("nmf_tfidf", 1)]
    assert [(run["model"], run["seed"]) for run in more["runs"]] == [
        ("nmf_tfidf", 0),
        ("nmf_tfidf", 1),
        ("textsc", 0),
        ("textsc", 1),
    ]
    assert more["runs"][2] == first["runs"][1]
    again, fitted = topics("--again", "textsc", seeds=2)
    assert fitted == [("textsc", 0), ("textsc", 1)]
    assert again["runs"][:2] == more["runs"][:2]
    (words, _) = again["runs"][2]["topics"]
    assert len(words.split()) == 10
    assert again["runs"][2]["accuracy"] == 1.0
    assert [path.name for path in tmp_path.iterdir()] == ["topics_x.json"]


def test_a_file_of_something_else_is_left_alone(topics, tmp_path):
    topics()
    before = (tmp_path / "topics_x.json").read_bytes()
    with pytest.raises(SystemExit, match="holds runs with n_topics = 2, not 3"):
        topics(n_topics=3)
    assert (tmp_path / "topics_x.json").read_bytes() == before


def test_the_dial_is_turned_and_drawn(scripts, topics, tmp_path):
    dial = ("--dial", "prior_mean", "0.01", "0.4")
    found, _ = topics(*dial)
    settings = [run["setting"] for run in found["runs"] if run["model"] == "textsc dial"]
    assert settings == [{"prior_mean": 0.01}, {"prior_mean": 0.4}]
    assert topics(*dial)[0] == found
    line, models = scripts["fig_dial"].points(found)
    assert [value for value, _, _ in line] == [0.01, 0.4]
    assert line[0][1] != line[1][1]
    assert set(models) == {"textsc", "nmf_tfidf"}
    assert models["nmf_tfidf"][0] is None
    pytest.importorskip("matplotlib")
    pictures = [tmp_path / "a.svg", tmp_path / "b.svg"]
    for picture in pictures:
        scripts["fig_dial"].draw(found, picture)
    assert pictures[0].read_bytes() == pictures[1].read_bytes()


def test_without_a_field_a_fifth_is_drawn(scripts, tmp_path):
    path = tmp_path / "c.txt"
    path.write_text("".join("red green blue red green blue\n" for _ in range(20)))
    parts, head = scripts["experiments"].read_parts(str(path), n_words=10)
    assert (parts.train.shape, parts.test.shape) == ((16, 3), (4, 3))
    assert head["split"] == "20% of each class, seed 0"


def test_a_table_has_a_block_for_each_corpus_and_the_best_in_bold(scripts, tmp_path, monkeypatch):
    def run(model, seed, perplexity, npmi, accuracy):
        figures = dict.fromkeys(scripts["make_tables"].COLUMNS, 0.5)
        return {"model": model, "seed": seed, **figures, "perplexity": perplexity, "npmi": npmi, "accuracy": accuracy}

    runs = [
        run("textsc", 0, 500.0, 0.30, 0.7),
        run("textsc", 1, 520.0, 0.28, 0.7),
        run("nmf_tfidf", 0, None, 0.2, 0.70004),
        run("sklearn_lda", 0, 700.0, 0.1, 0.5),
        run("textsc dial", 5, 100.0, 0.9, 0.9),
    ]
    head = {"corpus": "bbc_news_raw.jsonl.gz", "n_words": 2000, "n_topics": 50}
    (tmp_path / "topics_b.json").write_text(json.dumps({**head, "runs": runs[:-1]}))
    (tmp_path / "topics_c.json").write_text(json.dumps({**head, "n_topics": 200, "runs": [runs[0], runs[-1]]}))
    monkeypatch.setattr("make_tables.RESULTS", tmp_path)
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in scripts["make_tables"].topics().splitlines()]
    assert lines[0][:3] == ["", "perplexity", "NPMI"]
    assert {len(line) for line in lines} == {len(scripts["make_tables"].COLUMNS) + 1}
    assert [line[0] for line in lines[2:]] == [
        "*BBC news, 80/20; 2,000 words, K = 50, 2 seeds*",
        "textsc",
        "LDA, scikit-learn",
        "NMF, TF-IDF",
        "*BBC news, 80/20; 2,000 words, K = 200, 1 seed*",
        "textsc",
    ]
    assert lines[3][1:3] == ["**510**", "**0.290**"]
    assert lines[4][1:3] == ["700", "0.100"]
    assert lines[5][1:3] == ["-", "0.200"]
    accuracy = list(scripts["make_tables"].COLUMNS).index("accuracy") + 1
    assert [lines[i][accuracy] for i in (3, 4, 5)] == ["**0.700**", "0.500", "**0.700**"]
    assert lines[7][1:3] == ["500", "0.300"]  # one model: nothing is best


def run_script(scripts, name, *args):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", [name, *map(str, args)])
        scripts[name].main()


def small(scripts, monkeypatch, name):
    settings = {**scripts[name].TOPICS, "epochs": 1} | ({"n_components": 3} if name == "exp_movies" else {})
    monkeypatch.setattr(scripts[name], "TOPICS", settings)
    monkeypatch.setattr(scripts[name], "TUNED", {"epochs": 1})


def test_ratings_beside_models_on_words(scripts, corpus, tmp_path, monkeypatch):
    small(scripts, monkeypatch, "exp_movies")
    rows = [json.loads(line) for line in corpus.read_text().splitlines() if '"label"' in line]
    rated = tmp_path / "rated.jsonl"
    rated.write_text("".join(json.dumps({**row, "rating": 1.0 + (row["label"] == "sea")}) + "\n" for row in rows))
    out = tmp_path / "movies_x.json"
    arguments = ["--corpus", rated, "--words", 15, "--draws", 0, "--folds", 0, "--out", out]
    run_script(scripts, "exp_movies", *arguments)
    found = json.loads(out.read_text())
    assert [run["model"] for run in found["runs"]] == sorted(scripts["exp_movies"].MODELS)
    assert all(run["r2"] > 0.5 for run in found["runs"] if run["model"] in ("ridge", "start", "tuned"))
    run_script(scripts, "exp_movies", *arguments)
    assert json.loads(out.read_text()) == found
    table = scripts["supervised_tables"].tables(tmp_path)["ratings"]()
    assert "| ridge, TF-IDF | 0." in table or "| ridge, TF-IDF | 1." in table
    assert "gain of training through the code" in table


@pytest.fixture
def classes(scripts, corpus, tmp_path, monkeypatch):
    """Run exp_classification with these arguments; give the file."""
    small(scripts, monkeypatch, "exp_classification")

    def run(*args, name="classification_x.json", source=corpus):
        arguments = ["--corpus", source, "--words", 15, "--topics", 3, "--out", tmp_path / name, *args]
        run_script(scripts, "exp_classification", *arguments)
        return json.loads((tmp_path / name).read_text())

    return run


def test_classes_with_few_labels_and_with_all(scripts, classes, tmp_path, capsys):
    classes("--seeds", 2)
    found = classes("--labels", 1, 5, "--models", "logistic", "start", "tuned")
    assert (found["n_train"], found["n_test"]) == (61, 20)  # those with a label
    models = set(scripts["exp_classification"].MODELS)
    seeds = [
        (model, seed)
        for model in models
        for seed in range(2)
        if seed == 0 or model in ("frozen", "l1", "start", "tuned")
    ]
    assert {(run["model"], run["setting"], run["seed"]) for run in found["runs"]} == {
        *((model, "all labels", seed) for model, seed in seeds),
        *((model, f"{n} a class", 0) for model in ("logistic", "start", "tuned") for n in (1, 5)),
    }
    assert all(run["accuracy"] > 0.9 for run in found["runs"] if run["setting"] == "all labels")
    capsys.readouterr()
    classes("--seeds", 2)
    assert capsys.readouterr().out == ""  # nothing was left to run
    tables = scripts["supervised_tables"].tables(tmp_path, {"themes.jsonl": "themes, whole posts"})
    assert tables["classification"]().startswith("| | themes, whole posts; 13 words |\n")
    assert tables["few labels"]().startswith("| | themes, whole posts; 13 words, 1 a class | themes, whole posts; 13")
    assert tables["classification"]().splitlines()[-1].startswith("| *gain of training through the code* | +0.000 ± ")


def test_settings_are_compared_on_a_part_of_the_training_part(scripts, corpus, classes, tmp_path, monkeypatch):
    monkeypatch.setattr(scripts["exp_classification"], "CHOICES", {"one": {"epochs": 0}})
    rows = [json.loads(line) for line in corpus.read_text().splitlines()]
    path = tmp_path / "mail.jsonl"
    path.write_text("".join(json.dumps({**row, "text": f"From: somebody\n\n{row['text']}"}) + "\n" for row in rows))
    found = classes("--choose", "--strip", name="choice.json", source=path)
    assert (found["n_train"], found["n_test"], found["stripped"]) == (48, 13, True)
    assert found["n_words"] == 13  # the sender is left out
    assert [run["model"] for run in found["runs"]] == ["one"]
    assert scripts["supervised_tables"].tables(tmp_path) == {}


def test_messages_are_stripped_also_where_tabs_end_their_lines(scripts):
    message = "From: somebody\nLines: 3\n\nA writes:\n> quoted\nboat wave"
    stripped = scripts["exp_classification"].stripped
    assert stripped(message).strip() == stripped(message.replace("\n", "\t") + "\n").strip() == "boat wave"


def test_the_last_of_each_class_are_those_with_the_largest_numbers(scripts):
    labels = np.array(["a"] * 5 + ["b"] * 5)
    found = scripts["exp_classification"].last_of_each(labels, ["9", "10", "8", "2", "7", *"vwxyz"])
    assert np.flatnonzero(found).tolist() == [1, 9]


def test_a_corpus_without_a_split_gets_one(scripts, classes, tmp_path):
    rows = [{"text": "boat wave sail" if n % 2 else "court judge jury", "label": "ab"[n % 2]} for n in range(40)]
    path = tmp_path / "c.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = classes("--models", "logistic", source=path)
    assert (found["n_train"], found["n_test"]) == (32, 8)


def test_a_gain_is_as_sure_as_the_documents_and_the_seeds_are_many(scripts):
    gain = scripts["supervised_tables"]._gain
    run = {"setting": "all labels", "n_won": 30, "n_lost": 10}
    assert gain({"n_test": 1000, "runs": [run]}, "all labels") == "+0.020 ± 0.013"
    assert gain({"n_test": 1000, "runs": [run, {**run, "n_won": 130}]}, "all labels") == "+0.070 ± 0.100"
    assert gain({"n_test": 1000, "runs": [run]}, "1 a class") == "-"


def test_gradients_agree(scripts, corpus, tmp_path):
    out = tmp_path / "gradients_x.json"
    run_script(
        scripts, "exp_gradients", "--corpus", corpus, "--words", 13, "--topics", 3, "--documents", 30, "--out", out
    )
    runs = {(run["model"], run["setting"]): run for run in json.loads(out.read_text())["runs"]}
    assert runs["implicit", "residual 1e-05"]["error"] < 0.01
    assert runs["dense", ""]["error"] < 0.01
    assert runs["unrolled", "300 steps"]["error"] < 0.01
    assert "| dense |" in scripts["supervised_tables"].tables(tmp_path)["gradients"]()
