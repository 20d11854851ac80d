"""Options of ``textsc fit`` that say what a word is."""

import json

import pytest

from textsc.store import load_model

GERMAN = ["Der Hund und die Katze", "Die Katze und der Vogel", "Der Vogel und das Pferd", "Das Pferd und der Hund"]


@pytest.fixture
def german(tmp_path):
    path = tmp_path / "german.txt"
    path.write_text("\n".join(GERMAN * 3) + "\n", encoding="utf-8")
    return path


def fitted(cli, tmp_path, corpus, *args):
    limits = ("--min-df", 1, "--max-df", "1.0")
    out = tmp_path / "m"
    done = cli("fit", corpus, "-o", out, "--topics", 2, "--epochs", 1, "--force", *limits, *args)
    assert done.code == 0
    return load_model(out).encoder_


@pytest.mark.parametrize(
    ("args", "left"),
    [
        ((), {"der", "die", "das", "und"}),
        (("--language", "de"), set()),
        (("--language", "german"), set()),
        (("--language", "german", "--stop-words", "none"), {"der", "die", "das", "und"}),
        (("--language", "german", "--stop-words", "english"), {"der", "die", "das", "und"}),
        (("--stop-words", "german"), set()),
    ],
)
def test_language_and_stop_words_choose_what_is_left_out(cli, tmp_path, german, args, left):
    encoder = fitted(cli, tmp_path, german, *args)
    assert set(encoder.vocabulary_) == {"hund", "katze", "vogel", "pferd"} | left


def test_the_language_is_kept_for_encoding(cli, tmp_path):
    corpus = tmp_path / "fr.jsonl"
    texts = ["L'homme et l'été", "La maison d'un homme", "Qu'il aime l'automne", "L'automne, la maison"]
    corpus.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts * 2))
    encoder = fitted(cli, tmp_path, corpus, "--language", "french")
    assert sorted(encoder.vocabulary_) == ["aime", "automne", "homme", "maison"]
    done = cli("encode", tmp_path / "m", corpus, "-o", tmp_path / "codes.csv")
    assert done.code == 0
    rows = (tmp_path / "codes.csv").read_text().splitlines()[1:]
    assert [row.split(",")[3:5] for row in rows[:2]] == [["1", "0"], ["2", "0"]]


def test_ngrams_are_counted_and_shown_apart(cli, tmp_path):
    corpus = tmp_path / "a.txt"
    corpus.write_text("new york city\nnew york\nold city\nnew old city\n" * 3)
    assert fitted(cli, tmp_path, corpus).vocabulary_ == ["city", "new", "old", "york"]
    encoder = fitted(cli, tmp_path, corpus, "--ngrams", 2)
    assert {"new york", "york city", "old city"} < set(encoder.vocabulary_)
    assert not any(word.count(" ") > 1 for word in encoder.vocabulary_)
    assert "new york city" in fitted(cli, tmp_path, corpus, "--ngrams", 3).vocabulary_
    head, line, *_ = cli("topics", tmp_path / "m").out.splitlines()
    words = line[head.index("words") :].split(", ")
    assert set(words) <= set(load_model(tmp_path / "m").encoder_.vocabulary_)


def test_the_languages_are_listed(cli):
    done = cli("fit", "--language", "list")
    assert done.code == 0
    assert done.err == ""
    assert "de  german" in done.out.splitlines()
    assert len(done.out.splitlines()) == 57


def test_a_file_of_the_name_of_a_language_needs_its_folder(cli, tmp_path, german, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "de").write_text("hund\n")
    assert "hund" in fitted(cli, tmp_path, german, "--stop-words", "de").vocabulary_
    encoder = fitted(cli, tmp_path, german, "--stop-words", "./de")
    assert "hund" not in encoder.vocabulary_
    assert "der" in encoder.vocabulary_


def test_uncut_chinese_is_noted_with_what_to_do(cli, tmp_path):
    corpus = tmp_path / "zh.txt"
    corpus.write_text("太空望远镜在轨道上运行\n木星是太阳系里最大的行星\n球队的新教练昨天离开了\n", encoding="utf-8")
    args = ("fit", corpus, "-o", tmp_path / "m", "--topics", 2, "--epochs", 1, "--force")
    assert "written without spaces. Put spaces between the words" in cli(*args).err
    assert "written without spaces" not in cli(*args, "--language", "zh").err
