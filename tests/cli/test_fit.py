import json
from dataclasses import replace

import numpy as np
import pytest

from textsc.cli import main
from textsc.store import load_model


def test_a_model_is_learned_and_described(cli, tmp_path, news):
    done = cli("fit", news, "-o", tmp_path / "m", "--topics", 4, "--seed", 3)
    assert done.code == 0
    head, columns, *topics = done.out.splitlines()
    assert head.startswith(f"{tmp_path / 'm'}: 80 documents (78 ok, 1 empty, 1 out of vocabulary)")
    assert columns.split() == ["topic", "share", "coherence", "exclusivity", "words"]
    assert len(topics) == 4
    assert "done in" in done.err
    model = load_model(tmp_path / "m")
    assert model.components_.shape[0] == 4
    assert model.encoder_.vocabulary_
    assert model.random_state == 3


def test_the_summary_as_json(cli, tmp_path, news):
    done = cli("fit", news, "-o", tmp_path / "m", "--topics", 3, "--json", "--quiet")
    assert done.err == ""
    found = done.json
    assert found["statuses"] == {
        "ok": 78,
        "empty": 1,
        "out_of_vocabulary": 1,
        "not_converged": 0,
        "unreadable": 0,
    }
    assert found["n_documents"] == 80
    assert found["n_topics"] == 3
    assert [len(words) for words in found["topics"]] == [10, 10, 10]
    assert found["lam"] > 0


def test_topics_that_say_the_same_are_named(cli, tmp_path):
    """Every document says the same twelve words, so any two topics share most of their ten."""
    same = tmp_path / "same.txt"
    rng = np.random.default_rng(0)
    words = [f"word{letter}" for letter in "abcdefghijkl"]
    same.write_text("".join(" ".join(rng.choice(words, 60)) + "\n" for _ in range(40)))
    done = cli("fit", same, "-o", tmp_path / "m", "--topics", 3, "--max-df", "1.0", "--json")
    assert done.code == 0
    assert done.json["duplicates"] == [[0, 1], [0, 2], [1, 2]]
    assert "topics that share half of their words: 0 and 1, 0 and 2, 1 and 2" in done.err


def test_topics_that_differ_are_not_named(cli, tmp_path, news):
    done = cli("fit", news, "-o", tmp_path / "m", "--topics", 3, "--json")
    assert done.json["duplicates"] == []
    assert "share half" not in done.err


def test_the_dial_moves_the_topics(cli, tmp_path, news):
    """A lower rate leaves the start, where words go together, less far."""
    found = {}
    for rate in ("0.001", "0.1"):
        cli("fit", news, "-o", tmp_path / rate, "--topics", 4, "--learning-rate", rate)
        found[rate] = load_model(tmp_path / rate).components_
    assert np.abs(found["0.1"]).mean() > 1.1 * np.abs(found["0.001"]).mean()
    assert cli("fit", news, "-o", tmp_path / "x", "--learning-rate", 0).code == 2


def test_many_topics_are_not_all_shown(cli, tmp_path, news):
    done = cli("fit", news, "-o", tmp_path / "m", "--topics", 12, "--epochs", 1)
    assert done.out.splitlines()[-1] == f"and 2 more: textsc topics {tmp_path / 'm'}"


def test_unreadable_rows_are_named_and_the_model_is_saved(cli, tmp_path, articles):
    bad = tmp_path / "bad.txt"
    lines = [text.encode() for text in articles[:30]]
    lines[1:1] = [b"\0binary"] * 12
    bad.write_bytes(b"\n".join(lines) + b"\n")
    done = cli("fit", bad, "-o", tmp_path / "m", "--topics", 2, "--json")
    assert done.code == 5
    assert done.json["statuses"]["unreadable"] == 12
    assert done.err.count("bad.txt, line") == 10
    assert "bad.txt, line 2" in done.err
    assert "and 2 more like these" in done.err
    assert load_model(tmp_path / "m").components_.shape[0] == 2


def test_codes_without_a_certificate_are_said(cli, tmp_path, news, monkeypatch):
    from textsc.coding.coder import Coder

    real = Coder.__call__

    def lost(self, X):
        codes = real(self, X)
        return replace(codes, converged=np.arange(len(codes.gap)) > 4)

    monkeypatch.setattr(Coder, "__call__", lost)
    args = ("fit", news, "-o", tmp_path / "m", "--topics", 2, "--epochs", 1, "--force")
    done = cli(*args, "--json")
    assert done.code == 5
    # Rows 0 to 4, of which row 3 is empty.
    statuses = {"ok": 74, "empty": 1, "out_of_vocabulary": 1, "not_converged": 4, "unreadable": 0}
    assert done.json["statuses"] == statuses
    assert "80 documents (74 ok, 1 empty, 1 out of vocabulary, 4 not converged)" in cli(*args).out


def test_standard_output_takes_the_model(tmp_path, news, monkeypatch, capsysbinary):
    monkeypatch.chdir(tmp_path)
    args = ["fit", str(news), "--topics", "12", "--epochs", "1", "-o"]
    assert main([*args, "m"]) == 0
    summary = capsysbinary.readouterr().out.decode()
    for out, extra in [("-", []), ("/dev/stdout", ["--json"]), ("-", ["--quiet"])]:
        assert main([*args, out, *extra]) == 0
        said, noted = capsysbinary.readouterr()
        assert said == (tmp_path / "m").read_bytes()
        if extra == ["--json"]:
            assert json.loads(noted.splitlines()[-1])["n_topics"] == 12
        else:
            assert noted.decode().endswith("" if extra else summary[1:].replace("topics m", "topics MODEL"))
        assert (noted == b"") == (extra == ["--quiet"])
    assert [p.name for p in tmp_path.iterdir()] == ["m"]


def test_a_file_named_like_standard_output_can_be_written(cli, tmp_path, news, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli("fit", news, "-o", "./-", "--topics", 2, "--epochs", 1).code == 0
    assert load_model(tmp_path / "-").components_.shape[0] == 2


def test_settings_reach_the_model(cli, tmp_path, news):
    words = tmp_path / "stop.txt"
    words.write_text("the\nof and\n")
    done = cli(
        *("fit", news, "-o", tmp_path / "m", "--topics", 2, "--lam", "0.5", "--epochs", 1),
        *("--prior-mean", "0.1", "--weighting", "type", "--pair", "softmax", "--init", "random"),
        *("--prior", "signed_kl"),
        *("--stop-words", words, "--min-df", 3, "--max-df", 0.9, "--max-words", 100),
    )
    assert done.code == 0
    model = load_model(tmp_path / "m")
    assert (model.lam_, model.prior_mean_, model.weighting) == (0.5, 0.1, "type")
    assert (model.init, model.epochs, model.prior) == ("random", 1, "signed_kl")
    encoder = model.encoder_
    assert encoder.stop_words == ["and", "of", "the"]
    assert (encoder.min_df, encoder.max_df, encoder.max_words) == (3, 0.9, 100)
    assert len(encoder.vocabulary_) == 100
    assert "is" in encoder.vocabulary_


def test_fields_can_have_other_names(cli, tmp_path, articles):
    path = tmp_path / "other.jsonl"
    path.write_text("".join(json.dumps({"body": text}) + "\n" for text in articles[:20]))
    args = ("fit", path, "-o", tmp_path / "m", "--topics", 2, "--epochs", 1)
    refused = cli(*args)
    assert refused.code == 3
    assert "text" in refused.err
    assert cli(*args, "--text-field", "body").code == 0


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--topics", "0", "--topics must be "),
        ("--topics", "many", "--topics must be a whole number, got 'many'"),
        ("--topics", "1000000000000", "--topics must be "),
        ("--lam", "-1", "--lam must be auto or a number above 0, got '-1'"),
        ("--lam", "nan", "--lam must be"),
        ("--prior-mean", "big", "--prior-mean must be"),
        ("--epochs", "0", "--epochs must be"),
        ("--min-df", "1.5", "--min-df must be"),
        ("--max-df", "0", "--max-df must be"),
        ("--init", "svd", "--init must be one of nmf, kmeans, random, got 'svd'"),
        (
            "--stop-words",
            "no-such-file",
            "--stop-words must be auto, none, a language (textsc fit --language list) or a file",
        ),
        ("--language", "germn", "--language does not know 'germn'; close to it: german; textsc fit --language list"),
        ("--ngrams", "0", "--ngrams must be at least 1"),
        ("--ngrams", "two", "--ngrams must be"),
        ("--seed", "-1", "--seed must be "),
        ("--threads", "0", "--threads must be at least 1, got '0'"),
        ("--device", "tpu", "--device must be one of cpu, cuda, got 'tpu'"),
    ],
)
def test_values_that_make_no_sense_are_usage_errors(cli, tmp_path, news, option, value, words):
    done = cli("fit", news, "-o", tmp_path / "m", option, value, "--json")
    assert done.code == 2
    assert words in done.err
    assert done.json["code"] == 2
    assert list(tmp_path.iterdir()) == []


def test_an_existing_model_needs_force_and_outlives_a_failure(cli, tmp_path, news, model):
    out = tmp_path / "m"
    out.write_bytes(b"precious")
    assert cli("fit", news, "-o", out, "--topics", 2).code == 2
    (tmp_path / "empty.txt").write_bytes(b"")
    assert cli("fit", tmp_path / "empty.txt", "-o", out, "--force").code == 3
    assert out.read_bytes() == b"precious"
    assert cli("fit", news, "-o", out, "--topics", 2, "--epochs", 1, "--force").code == 0
    assert load_model(out).components_.shape[0] == 2


def test_the_output_is_not_one_of_the_inputs(cli, tmp_path, articles):
    path = tmp_path / "news.txt"
    path.write_text("\n".join(articles))
    before = path.read_bytes()
    done = cli("fit", path, "-o", path, "--force")
    assert done.code == 2
    assert "also an input" in done.err
    assert path.read_bytes() == before


def test_standard_input_is_read(cli, tmp_path, articles):
    text = "\n".join(articles[:30]).encode()
    args = ("--topics", 2, "--epochs", 1)
    assert cli("fit", "-", "-o", tmp_path / "a", *args, stdin=text).code == 0
    (tmp_path / "same.txt").write_bytes(text)
    assert cli("fit", tmp_path / "same.txt", "-o", tmp_path / "b", *args).code == 0
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_the_same_seed_gives_the_same_bytes_for_any_number_of_threads(cli, tmp_path, news):
    for name, threads in [("a", 1), ("b", 2)]:
        args = ("--topics", 4, "--threads", threads, "--seed", 7)
        assert cli("fit", news, "-o", tmp_path / name, *args).code == 0
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert cli("fit", news, "-o", tmp_path / "c", "--topics", 4, "--seed", 8).code == 0
    assert (tmp_path / "a").read_bytes() != (tmp_path / "c").read_bytes()
