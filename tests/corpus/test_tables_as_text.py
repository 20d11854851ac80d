"""Tables: what the standard writers write, ours reads."""

import csv
import datetime
import gzip
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from textsc.corpus.readers import CorpusError, open_corpus

in_place = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
# All that UTF-8 can hold (half a surrogate pair it cannot) but NUL, which makes a row unreadable.
free = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
awkward = st.text(st.sampled_from("ab \t,;\"'\r\n\ufeff\u2028é😀"), max_size=12)
texts = free | awkward
# An empty field of a table as text is no value.
names = texts.filter(bool)
documents = st.lists(st.tuples(names, texts, names), min_size=1, max_size=6)


def found(path, **options):
    rows = list(open_corpus(path, **options))
    assert all(row.problem is None and row.note is None for row in rows)
    return [(row.id, row.text, row.label) for row in rows]


def stored(path, data):
    path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)
    return path


@in_place
@given(documents=documents, end=st.sampled_from(["\r\n", "\n"]), quoting=st.sampled_from([0, 1]))
@example(documents=[("a", '"\n"', "b"), ("c\r", "d\r\ne", '""')], end="\r\n", quoting=0)
@pytest.mark.parametrize(
    ("name", "delimiter"), [("a.csv", ","), ("a.csv.gz", ";"), ("a.tsv", "\t"), ("a.tsv.gz", "\t")]
)
def test_what_the_csv_module_writes_is_read(tmp_path, name, delimiter, documents, end, quoting):
    file = io.StringIO()
    # With LF alone as the end of a line the csv module of Python 3.11 writes a CR without quotation marks.
    quoting = quoting if end == "\r\n" else csv.QUOTE_ALL
    writer = csv.writer(file, delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writerow(["id", "text", "label"])
    writer.writerows(documents)
    assert found(stored(tmp_path / name, file.getvalue().encode())) == documents


@in_place
@given(documents=documents, group=st.integers(1, 4), encoded=st.booleans(), large=st.booleans())
def test_what_pyarrow_writes_is_read(tmp_path, documents, group, encoded, large):
    kind = pa.large_string() if large else pa.string()
    columns = [pa.array(column, kind) for column in zip(*documents, strict=True)]
    columns = [column.dictionary_encode() for column in columns] if encoded else columns
    table = pa.table(dict(zip(("id", "text", "label"), columns, strict=True)))
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=group)
    assert found(tmp_path / "a.parquet") == documents


@in_place
@given(documents=documents)
def test_all_formats_agree(tmp_path, documents):
    with open(tmp_path / "a.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("id", "text", "label"), *documents])
    (tmp_path / "a.jsonl").write_text(
        "".join(json.dumps(dict(zip(("id", "text", "label"), row, strict=True))) + "\n" for row in documents)
    )
    assert found(tmp_path / "a.csv") == found(tmp_path / "a.jsonl") == documents


@in_place
@given(texts=st.lists(texts.map(lambda text: text.replace("\n", " ").rstrip("\r").lstrip("\ufeff")), min_size=1))
def test_lines_are_read_as_they_were_written(tmp_path, texts):
    path = stored(tmp_path / "a.txt", ("first\n" + "".join(text + "\n" for text in texts)).encode())
    assert [text for _, text, _ in found(path)] == ["first", *texts]


def test_a_million_characters_and_a_break_of_line_in_a_field(tmp_path):
    text = "storm, \n" * 200_000
    file = io.StringIO()
    csv.writer(file).writerows([["text", "id"], [text, "a"], ["rain", "b"]])
    path = stored(tmp_path / "a.csv", file.getvalue().encode())
    assert found(path) == [("a", text, None), ("b", "rain", None)]
    places = [row.where for row in open_corpus(path)]
    assert places == [f"{path}, line 2", f"{path}, line 200003"]


def test_columns_have_any_order_and_any_name(tmp_path):
    path = stored(tmp_path / "a.csv", b"x, kind ,body,key\n1,k,b,7\n2,,c,\n")
    assert found(path, text_field="body", label_field="kind", id_field="key") == [("7", "b", "k"), ("1", "c", None)]
    assert found(path, text_field="body") == [("0", "b", None), ("1", "c", None)]


@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_a_column_that_is_asked_for_must_be_there(tmp_path, name):
    if name == "a.csv":
        stored(tmp_path / name, b"body,kind\nb,k\n")
    else:
        pq.write_table(pa.table({"body": ["b"], "kind": ["k"]}), tmp_path / name)
    listed = '; its columns: "body", "kind"'
    with pytest.raises(CorpusError, match=rf'no column "text"{listed}. Name the column of the text with --text-field'):
        open_corpus(tmp_path / name)
    with pytest.raises(CorpusError, match=rf'no column "lable"{listed}. Name the column of the label with --label'):
        open_corpus(tmp_path / name, text_field="body", label_field="lable")
    with pytest.raises(CorpusError, match=rf'no column "key"{listed}. Name the column of the id with --id-field'):
        open_corpus(tmp_path / name, text_field="body", id_field="key")
    assert found(tmp_path / name, text_field="body", label_field="kind") == [("0", "b", "k")]


def test_a_comma_separates_where_it_gives_the_text(tmp_path):
    path = stored(tmp_path / "a.csv", b"id;x,text\n1;2,storm\n")
    reader = open_corpus(path)
    assert [row.text for row in reader] == ["storm"]
    assert reader.notes == []


def test_the_delimiter_that_was_told_is_noted(tmp_path):
    reader = open_corpus(stored(tmp_path / "a.csv", b"id;text\n1;a, b\n"))
    assert [(row.id, row.text) for row in reader] == [("1", "a, b")]
    assert reader.notes == [f"{tmp_path}/a.csv: its columns are separated by semicolons."]


def test_tabs_need_no_quotation(tmp_path):
    path = stored(tmp_path / "a.tsv", b'id\ttext\n1\t"storm and\n2\t5" of "rain"\n3\t"fog"\n')
    rows = list(open_corpus(path))
    assert [row.text for row in rows] == ['"storm and', '5" of "rain"', "fog"]
    assert [row.note is None for row in rows] == [False, True, True]


def test_a_bad_line_is_named_by_its_number_and_the_next_rows_keep_theirs(tmp_path):
    path = stored(tmp_path / "a.csv", b'id,text\n1,"two\nlines"\n2\n\n3,storm\n')
    rows = list(open_corpus(path))
    assert [(row.id, row.text, row.where) for row in rows] == [
        ("1", "two\nlines", f"{path}, line 2"),
        ("1", None, f"{path}, line 4"),
        ("3", "storm", f"{path}, line 6"),
    ]


def test_other_kinds_of_ids_and_labels_in_parquet_are_written_as_text(tmp_path):
    day = datetime.date(1990, 10, 3)
    table = pa.table(
        {
            "text": ["a", "b"],
            "int": pa.array([7, None], pa.int16()),
            "float": [1.0, 0.5],
            "bool": [True, False],
            "date": [day, None],
            "time": pa.array([5, 6], pa.duration("s")),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")

    def labels(name):
        return [label for _, _, label in found(tmp_path / "a.parquet", label_field=name)]

    assert labels("int") == ["7", None]
    assert labels("float") == ["1.0", "0.5"]
    assert labels("bool") == ["true", "false"]
    assert labels("date") == ["1990-10-03", None]
    assert labels("time") == ["5", "6"]
    assert [i for i, _, _ in found(tmp_path / "a.parquet", id_field="int")] == ["7", "1"]


def test_the_fraction_of_a_parquet_file_grows_to_one(tmp_path):
    pq.write_table(pa.table({"text": ["storm"] * 1_000}), tmp_path / "a.parquet", row_group_size=300)
    reader = open_corpus(tmp_path / "a.parquet")
    seen = [reader.fraction for _ in reader]
    assert seen == sorted(seen)
    assert 0 < seen[0] < 0.1
    assert seen[-1] == 1.0
    assert [row.id for row in reader] == [str(i) for i in range(1_000)]
