"""Which reader is taken, and what is said of a corpus as a whole."""

import gzip
import io
import json
import os
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textsc.corpus.files import filereader
from textsc.corpus.files.filereader import RepeatedIds
from textsc.corpus.readers import READERS, CorpusError, ReadingOptionError, Record, open_corpus


@pytest.fixture
def stdin(monkeypatch):
    def feed(data):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))

    return feed


def texts(source, **options):
    return [row.text for row in open_corpus(source, **options)]


def write(path, data):
    path.write_bytes(data)
    return path


JSON_LINES = b'\n {"id": "a", "text": "storm"}\n{"id": "b", "text": "flood"}\n'


# --- standard input and pipes --------------------------------------------------------------------


def test_json_lines_on_standard_input_are_read_as_such(stdin):
    stdin(JSON_LINES)
    assert [(row.id, row.text) for row in open_corpus("-")] == [("a", "storm"), ("b", "flood")]


def test_json_without_the_text_is_not_read_as_text(stdin):
    stdin(b'{"body": "storm"}\n')
    (row,) = open_corpus("-")
    assert row.problem == 'it has no field "text" (its fields: "body")'
    stdin(b'{"body": "storm"}\n')
    assert texts("-", text_field="body") == ["storm"]


@pytest.mark.parametrize("first", ["{curly} text", "[1]", '"text"', "7", '{"text": "sto', "{" * 100_000])
def test_what_only_looks_like_json_is_text(stdin, first):
    stdin(f'{first}\n{{"text": "storm"}}\n'.encode())
    assert texts("-") == [first, '{"text": "storm"}']


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("txt", b'{"text": "storm"}\n', ['{"text": "storm"}']),
        ("jsonl", b'[]\n{"text": "storm"}\n', [None, "storm"]),
        ("csv", b"id,text\n1,storm\n", ["storm"]),
        ("TSV", b"id\ttext\n1\tstorm\n", ["storm"]),
        (".csv", b"id,text\n1,storm\n", ["storm"]),
    ],
)
def test_the_format_of_standard_input_can_be_named(stdin, name, data, expected):
    stdin(data)
    assert texts("-", format=name) == expected


def test_a_pipe_without_a_suffix_is_told_like_standard_input(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(JSON_LINES,))
    writer.start()
    assert texts(tmp_path / "pipe") == ["storm", "flood"]
    writer.join()


# --- files of another name -----------------------------------------------------------------------


def test_the_format_that_is_named_wins_over_the_suffix(tmp_path):
    assert texts(write(tmp_path / "a.log", JSON_LINES), format="jsonl") == ["storm", "flood"]
    assert texts(write(tmp_path / "a", b"text\nstorm\n"), format="csv") == ["storm"]
    assert texts(write(tmp_path / "a.csv", b"text\nstorm\n"), format="txt") == ["text", "storm"]
    assert texts(write(tmp_path / "a.dat.gz", gzip.compress(b"text\nstorm\n")), format="tsv") == ["storm"]


def test_a_format_that_means_nothing_is_refused(tmp_path):
    with pytest.raises(ReadingOptionError, match=r"--format xml is not known; known are csv, .*txt"):
        open_corpus(tmp_path / "a", format="xml")
    with pytest.raises(ReadingOptionError, match=r"is a folder.*--format csv has no meaning"):
        open_corpus(tmp_path, format="csv")
    with pytest.raises(ReadingOptionError, match=r"lee is not a file, so --format txt has no meaning"):
        open_corpus("lee", format="txt")
    with pytest.raises(ReadingOptionError, match=r"lee is not a file, so --encoding utf-8 has no meaning"):
        open_corpus("lee", encoding="utf-8")


def test_all_known_suffixes_are_listed(tmp_path):
    with pytest.raises(CorpusError) as refused:
        open_corpus(write(tmp_path / "a.docx", b"PK"))
    assert all(suffix in str(refused.value) for suffix in READERS)


# --- notes on the whole --------------------------------------------------------------------------


def notes(path, **options):
    reader = open_corpus(path, **options)
    assert reader.notes == []
    for _ in reader:
        pass
    return reader.notes


@pytest.mark.parametrize("suffix", [".jsonl", ".csv"])
def test_a_repeated_id_is_said_once_with_its_place_and_all_rows_stay(tmp_path, suffix):
    ids = ["a", "b", "a", "c", "b", "b"]
    if suffix == ".jsonl":
        content = "".join(json.dumps({"id": i, "text": "storm"}) + "\n" for i in ids)
    else:
        content = "id,text\n" + "".join(f"{i},storm\n" for i in ids)
    path = write(tmp_path / f"a{suffix}", content.encode())
    line = 3 if suffix == ".jsonl" else 4
    assert notes(path) == [f'{path}, line {line} and 2 more: the id of an earlier row comes again, "a".']
    assert [row.id for row in open_corpus(path)] == ids


def test_a_row_number_that_meets_an_id_is_said(tmp_path):
    path = write(tmp_path / "a.jsonl", b'{"id": 1, "text": "a"}\n{"text": "b"}\n')
    assert [row.id for row in open_corpus(path)] == ["1", "1"]
    assert len(notes(path)) == 1


@given(ids=st.lists(st.text(max_size=2)), batch=st.integers(1, 5))
def test_repeated_ids_are_counted_in_any_batch(ids, batch):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(filereader, "_BATCH", batch)
        found = RepeatedIds()
        for number, name in enumerate(ids):
            found.add(Record(name, "", None, f"row {number}"))
        said = found.notes()
    again = [number for number, name in enumerate(ids) if name in ids[:number]]
    if not again:
        assert said == []
    else:
        more = "" if len(again) == 1 else f" and {len(again) - 1} more"
        assert said == [f'row {again[0]}{more}: the id of an earlier row comes again, "{ids[again[0]]}".']


def test_a_field_that_no_row_has_is_said(tmp_path):
    path = write(tmp_path / "a.jsonl", b'{"key": 7, "text": "a"}\n{"text": "b", "kind": null}\n')
    listed = 'the first has "key", "text".'
    assert notes(path, id_field="ky", label_field="kind") == [f'{path}: no row has a field "ky" (--id-field); {listed}']
    assert notes(path, label_field="kid") == [f'{path}: no row has a field "kid" (--label-field); {listed}']
    # Those that nobody asked for may lack.
    assert notes(path, id_field="key") == []


def test_names_of_fields_where_there_are_none_are_said(tmp_path):
    path = write(tmp_path / "a.txt", b"storm\n")
    assert notes(path, text_field="body") == [f"{path} has no fields, so --text-field body changes nothing."]
    assert notes(path) == []
