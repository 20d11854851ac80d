"""Lines of JSON: which fields are the text, the label and the id."""

import gzip
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from textsc.corpus.readers import open_corpus

in_place = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
# What UTF-8 can hold.
unicode_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


def write(path, content):
    data = content.encode("utf-8") if isinstance(content, str) else content
    path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)
    return path


def rows(path, **fields):
    return list(open_corpus(path, **fields))


@in_place
@given(
    documents=st.lists(st.tuples(unicode_text, unicode_text, st.none() | unicode_text), min_size=1, max_size=6),
    escaped=st.booleans(),
)
@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_jsonl_round_trip(tmp_path, name, documents, escaped):
    content = "".join(
        json.dumps({"id": i, "text": t, "label": y}, ensure_ascii=escaped) + "\n" for i, t, y in documents
    )
    found = rows(write(tmp_path / name, content))
    assert [(r.id, r.text, r.label) for r in found] == documents
    assert all(r.problem is None and r.note is None for r in found)


def test_numbers_are_written_as_they_stand(tmp_path):
    path = write(
        tmp_path / "a.jsonl",
        '{"id": 12, "label": 1.50, "text": "a"}\n'
        '{"id": 10000000000000000000000, "label": 1e5, "text": "b"}\n'
        '{"id": "007", "label": true, "text": "c"}\n',
    )
    assert [(r.id, r.label) for r in rows(path)] == [
        ("12", "1.50"),
        ("10000000000000000000000", "1e5"),
        ("007", "true"),
    ]


def test_blank_lines_are_no_documents_but_bad_lines_are_rows(tmp_path):
    bad = ["{", "[1]", "7", '{"text": null, "id": "x", "label": "l"}', '{"text": 7}', '{"txt": ""}']
    path = write(tmp_path / "a.jsonl", "\n".join(['{"text": "ok"}', "", *bad, '{"text": ""}']))
    found = rows(path)
    assert [r.text for r in found] == ["ok", *[None] * len(bad), ""]
    assert [r.id for r in found] == ["0", "1", "2", "3", "x", "5", "6", "7"]
    assert found[4].label == "l"
    assert [r.problem for r in found[1:-1]] == [
        "it is not JSON: Expecting property name enclosed in double quotes at column 2",
        "it is a list, not a JSON object",
        "it is a number, not a JSON object",
        'its field "text" is null, not a string',
        'its field "text" is a number, not a string',
        'it has no field "text" (its fields: "txt")',
    ]
    assert found[1].where == f"{path}, line 3"
    assert "--text-field" in found[6].hint


def test_other_field_names(tmp_path):
    path = write(tmp_path / "a.jsonl", '{"body": "b", "kind": "k", "key": 1}\n')
    (row,) = rows(path, text_field="body", label_field="kind", id_field="key")
    assert (row.text, row.label, row.id) == ("b", "k", "1")


def test_hostile_json_is_a_row_and_never_an_exception(tmp_path):
    path = write(
        tmp_path / "a.jsonl",
        b"[" * 100_000 + b'\n{"text": "half \\ud800 pair", "id": "\\udc00"}\n{"text": "caf\xe9"}\n{"text": "a\0"}\n',
    )
    deep, half, latin, binary = rows(path)
    assert "nested too deeply" in deep.problem
    assert half.text == "half \ufffd pair"
    assert half.id == "\ufffd"
    assert half.note is not None
    assert (latin.text, latin.note) == ("café", "not UTF-8, read as windows-1252")
    assert binary.text is None


@pytest.mark.parametrize("value", ["[1,2.50]", '{"a": 1}', "true"])
def test_only_strings_and_numbers_are_ids(tmp_path, value):
    path = write(tmp_path / "a.jsonl", f'{{"id": "x", "text": "a"}}\n{{"id": {value}, "text": "b"}}\n')
    first, second = rows(path)
    assert (first.id, first.note) == ("x", None)
    assert second.id == "1"
    assert second.note.startswith('its field "id" is ')
    assert second.note.endswith("not a string or a number; the row number stands for it")


def test_a_list_is_no_label_and_nothing_is_said_of_null(tmp_path):
    path = write(tmp_path / "a.jsonl", '{"label": [1, 2.50], "text": "a"}\n{"id": null, "label": null, "text": "b"}\n')
    first, second = rows(path)
    assert first.label is None
    assert first.note == 'its field "label" is a list, not a string or a number; the row has no label'
    assert (second.id, second.label, second.note) == ("1", None, None)


def test_all_that_is_noted_of_a_row_is_kept(tmp_path):
    path = write(tmp_path / "a.jsonl", b'{"id": [], "label": {}, "text": "caf\xe9 \\ud800"}\n')
    (row,) = rows(path)
    for part in ("windows-1252", "surrogate", 'field "id"', 'field "label"'):
        assert part in row.note
