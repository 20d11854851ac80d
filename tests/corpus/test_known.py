"""Known corpora in a data folder: what is found there, and what is said where nothing is."""

import dataclasses
import gzip
import json

import pytest

from textsc.corpus import catalog
from textsc.corpus.dataset import read_corpus
from textsc.corpus.known.openers import OPENERS
from textsc.corpus.readers import CorpusError, open_corpus

HERE_BY_HAND = [name for name, card in catalog.cards().items() if card.package is None and card.file is not None]
ARTICLE = '<REUTERS TOPICS="YES" LEWISSPLIT="{}" NEWID="{}">\n<TEXT><BODY>cocoa crop</BODY></TEXT>\n</REUTERS>\n'
FILES = {
    "ap": {"ap/ap.txt": "<DOC>\n<DOCNO> AP1 </DOCNO>\n<TEXT>\n one two\n </TEXT>\n</DOC>\n"},
    "bbc": {
        "bbc/README.TXT": "not an article",
        "bbc/business/001.txt": "shares fell",
        "bbc/tech/401.txt": "phones",
        "bbc/tech/notes.txt": "not an article",
    },
    "movie-scale": {
        f"scaledata/A+B/{name}.A+B": line + "\n"
        for name, line in [("subj", "a film"), ("id", "1"), ("rating", "0.4"), ("label.3class", "0")]
    },
    "reuters": {"reuters21578/reut2-000.sgm": ARTICLE.format("TRAIN", 1) + ARTICLE.format("TEST", 2)},
    "state-of-the-union": {
        "state_union/README": "not a speech",
        "state_union/1945-Truman.txt": "peace",
        "state_union/1991-Bush-2.txt": "storm",
        "state_union/2001-GWBush-1.txt": "budget",
    },
}
ROWS = {
    "ap": [("AP1", None)],
    "bbc": [("business/001.txt", "business"), ("tech/401.txt", "tech")],
    "movie-scale": [("A+B/1", "0")],
    "movie-scale-rating": [("A+B/1", "0.4")],
    "reuters": [("1", None), ("2", None)],
    "reuters-train": [("1", None)],
    "reuters-test": [("2", None)],
    "state-of-the-union": [("1945-Truman.txt", "Truman"), ("1991-Bush-2.txt", "Bush"), ("2001-GWBush-1.txt", "GWBush")],
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(catalog.DATA_VARIABLE, str(tmp_path))
    return tmp_path


@pytest.fixture
def filled(folder):
    for content in FILES.values():
        for name, text in content.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    return folder


def test_every_corpus_and_every_opener_is_tried_here():
    assert set(ROWS) == set(HERE_BY_HAND)
    assert {catalog.cards()[name].reader for name in ROWS} | {"lines", "20newsgroups"} == set(OPENERS)


@pytest.mark.parametrize("name", HERE_BY_HAND)
def test_what_lies_in_the_data_folder_is_read(filled, name):
    records = list(open_corpus(name))
    assert [(r.id, r.label) for r in records] == ROWS[name]
    assert all(r.text for r in records)
    assert all(r.where.startswith(name) for r in records)
    assert catalog.find(name) is not None


@pytest.mark.parametrize("name", HERE_BY_HAND)
def test_what_is_not_there_is_said_with_how_to_get_it(folder, name):
    with pytest.raises(CorpusError) as caught:
        open_corpus(name)
    said = str(caught.value)
    card = catalog.cards()[name]
    assert said.startswith(f"The corpus {name} is not on this machine: {card.obtain}; the data folder is {folder}")
    assert catalog.DATA_VARIABLE in said
    # The place that the card names is where it is looked for.
    assert card.file in card.obtain


def test_a_corpus_that_is_not_whole_is_noted_and_one_that_is_is_not(filled, monkeypatch):
    data = read_corpus("bbc")
    assert data.notes == ["bbc/tech/401.txt: the corpus ends here with 2 documents, and its card says 2,225."]
    card = dataclasses.replace(catalog.cards()["bbc"], documents=2)
    monkeypatch.setattr(catalog, "_read_cards", lambda: (card,))
    assert read_corpus("bbc").notes == []


def test_a_folder_with_other_files_is_refused(folder):
    (folder / "bbc").mkdir()
    (folder / "bbc" / "letter.txt").write_text("not an article")
    with pytest.raises(CorpusError, match="The corpus bbc is not on this machine"):
        read_corpus("bbc")


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz"])
@pytest.mark.parametrize("name", ["bbc", "20newsgroups-train"])
def test_a_copy_in_json_lines_serves_too(filled, suffix, name):
    row = json.dumps({"id": "a", "body": "storm", "label": "sport"}).encode() + b"\n"
    (filled / f"{name}{suffix}").write_bytes(gzip.compress(row) if suffix.endswith("gz") else row)
    ((first),) = open_corpus(name, text_field="body")
    assert (first.id, first.text, first.label) == ("a", "storm", "sport")
    assert first.where == f"{name}, line 1"


def test_a_digest_is_checked_where_there_is_one(filled, monkeypatch):
    card = dataclasses.replace(catalog.cards()["ap"], sha256="0" * 64)
    monkeypatch.setattr(catalog, "_read_cards", lambda: (card,))
    with pytest.raises(CorpusError, match=r"SHA-256 differs\. Get it again"):
        open_corpus("ap")


def test_without_the_variable_the_folder_is_in_the_home(monkeypatch, tmp_path):
    monkeypatch.delenv(catalog.DATA_VARIABLE, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert catalog.data_folder() == tmp_path / ".local" / "share" / "textsc"
    monkeypatch.setenv(catalog.DATA_VARIABLE, "")
    assert catalog.data_folder() == tmp_path / ".local" / "share" / "textsc"


def test_a_path_comes_before_a_name(filled, monkeypatch):
    monkeypatch.chdir(filled)
    assert next(r.id for r in open_corpus("bbc")) == "README.TXT"


def test_an_unknown_name_is_told_where_the_known_ones_are(folder):
    with pytest.raises(CorpusError, match=r"no known corpus of that name \(textsc corpora lists them\)"):
        open_corpus("nothing")
