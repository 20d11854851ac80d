import json

import numpy as np
import pandas as pd

from textsc.cli.topics import topic_lines
from textsc.estimators import SparseCoding
from textsc.store import load_model, read_header, save_model


def test_topics_are_a_table_by_prevalence(cli, model):
    done = cli("topics", model, "--words", 5)
    assert done.code == 0
    head, *lines = done.out.splitlines()
    assert head.split() == ["topic", "share", "coherence", "exclusivity", "words"]
    shares = [float(line.split()[1]) for line in lines]
    assert shares == sorted(shares, reverse=True)
    assert len(lines[0].split()) == 5 + 5
    assert len(lines) == 4


def test_topics_as_json_have_the_promised_form(cli, model):
    found = cli("topics", model, "--json").json
    assert set(found) == {"schema", "topics"}
    assert [topic["id"] for topic in found["topics"]] == [0, 1, 2, 3]
    fitted = load_model(model)
    for topic in found["topics"]:
        assert set(topic) == {"id", "words", "scores", "prevalence", "coherence", "exclusivity"}
        assert -1 <= topic["coherence"] <= 1
        assert 0.25 <= topic["exclusivity"] <= 1
        assert len(topic["words"]) == len(topic["scores"]) == 10
        assert topic["scores"] == sorted(topic["scores"], reverse=True)
        assert topic["prevalence"] == fitted.prevalence_[topic["id"]]
        v = fitted.encoder_.vocabulary_.index(topic["words"][0])
        assert topic["scores"][0] == fitted.topic_word_scores_[topic["id"], v]


def test_topics_without_a_vocabulary_are_numbers(cli, tmp_path, model):
    bare = load_model(model)
    del bare.encoder_
    save_model(bare, tmp_path / "bare.model")
    found = cli("topics", tmp_path / "bare.model", "--json").json
    assert found["topics"][0]["words"][0].startswith("feature ")
    assert found["topics"][0]["coherence"] == load_model(model).coherence_[0]


def test_topics_of_a_model_of_a_table_have_the_names_of_its_columns(cli, tmp_path):
    counts = np.random.default_rng(0).poisson(2.0, (30, 6))
    frame = pd.DataFrame(counts, columns=["storm", "flood", "rain", "court", "judge", "law"])
    bare = SparseCoding(n_components=2, epochs=1, random_state=0).fit(frame)
    save_model(bare, tmp_path / "table.model")
    found = cli("topics", tmp_path / "table.model", "--json").json
    assert {*found["topics"][0]["words"]} == {*frame.columns}


def test_info_shows_what_is_in_the_file(cli, model):
    found = cli("info", model, "--json").json
    header = read_header(model)
    assert found == {"schema": 1, "model": str(model), **json.loads(json.dumps(header))}
    text = cli("info", model).out
    for piece in ("SparseCoding", header["sha256"], "TextCounts", "components_", "n_components"):
        assert piece in text


def test_a_file_that_is_no_model_is_refused_by_every_verb(cli, tmp_path, model, news):
    content = model.read_bytes()
    bad = tmp_path / "bad.model"
    middle = bytearray(content)
    middle[len(middle) // 2] ^= 1
    for changed in (b"", content[:-1], content[: len(content) // 2], bytes(middle), b"text" * 99):
        bad.write_bytes(changed)
        for args in (["topics", bad], ["info", bad], ["encode", bad, news, "-o", tmp_path / "c.csv"]):
            done = cli(*args, "--json")
            assert done.code == 4
            assert done.json["code"] == 4
            assert done.err == f"textsc {args[0]}: {done.json['error']}\n"
    assert cli("topics", tmp_path / "none.model").code == 4
    assert [p.name for p in tmp_path.iterdir()] == ["bad.model"]


def test_the_most_prevalent_topic_comes_first_and_of_equals_the_lower_number():
    shares = (0.2, 0.3, 0.3, 0.2)
    lines = topic_lines([{"id": k, "prevalence": share, "words": ["w"]} for k, share in enumerate(shares)])
    assert [int(line.split()[0]) for line in lines[1:]] == [1, 2, 0, 3]
