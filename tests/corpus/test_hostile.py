"""Whatever a file holds: a row each, or one sentence; never another exception. One table of cases."""

import gzip
import io
import json
import os
import threading

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from textsc.corpus.dataset import read_corpus
from textsc.corpus.readers import READERS, CorpusError, open_corpus
from textsc.corpus.text import TextCounts

OK, BAD = "ok", "unreadable"


def parquet(**columns):
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


def damaged(data):
    """Break the first page of the first column, and leave the footer as it is."""
    return data[:4] + b"\xff" * 40 + data[44:]


def csv_rows(*lines):
    return "\n".join(["id,text,label", *lines, ""]).encode()


def json_rows(*rows):
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


BIG = "storm" * 10_000_000
THREE = parquet(id=[1, 2, 3], text=["storm", "flood", "rain"])
GZIP = gzip.compress(csv_rows(*[f"{i},storm flood {i * 7919},x" for i in range(20_000)]), mtime=0)
NEVER_UTF8 = pa.Array.from_buffers(
    pa.string(), 2, [None, pa.py_buffer(b"\0\0\0\0\x04\0\0\0\x05\0\0\0"), pa.py_buffer(b"caf\xe9x")]
)

# name: (content, what becomes of the rows, a part of what is said). A string instead of statuses: the file is
# refused with a sentence that has it.
CASES = {
    # --- lines
    "empty.txt": (b"", "is empty", None),
    "crlf.txt": (b"storm\r\nflood\r\n", [OK, OK], None),
    "cr.txt": (b"storm\rflood\rrain", [OK, OK, OK], "end in a carriage return alone"),
    "bom.txt": (b"\xef\xbb\xbfstorm\n", [OK], None),
    "utf-16.txt": ("storm\nflood\n".encode("utf-16"), [OK, OK], "read as utf-16, by its byte-order mark"),
    "utf-32.txt": ("storm\nflood\n".encode("utf-32"), [OK, OK], "read as utf-32, by its byte-order mark"),
    "utf-16-cut.txt": ("storm\nflood\n".encode("utf-16")[:-1], [OK, OK], "bytes that are not utf-16"),
    "nul.txt": (b"storm\nfl\0ood\nrain\n", [OK, BAD, OK], "NUL bytes"),
    "mixed.txt": ("día\n".encode() + b"caf\xe9\n" + "día\n".encode(), [OK, OK, OK], "read as windows-1252"),
    "binary.txt": (bytes(range(256)) * 8 + b"\0", [BAD] * 9, "Nothing is readable"),
    "huge.txt": (f"{BIG}\nflood\n".encode(), [OK, OK], None),
    "not-gzip.txt.gz": (b"storm\n", "not a gzip file", None),
    "cut.txt.gz": (gzip.compress(b"storm\nflood\n", mtime=0)[:-5], [OK, OK, BAD], "gzip stream is broken"),
    # --- JSON lines
    "empty.jsonl": (b"", "is empty", None),
    "blank.jsonl": (b"\n \n\n", "holds no document", None),
    "cut.jsonl": (b'{"text": "storm"}\n{"text": "flo', [OK, BAD], "not JSON"),
    "mixed.jsonl": (b'{"text": "storm"}\nid,text\n[1]\n7\nnull\n', [OK, BAD, BAD, BAD, BAD], "a list, not"),
    "huge.jsonl": (json_rows({"text": BIG}, {"text": "flood"}), [OK, OK], None),
    "deep.jsonl": (b'{"text": ' + b"[" * 500_000 + b"\n" + b'{"text": "storm"}\n', [BAD, OK], "nested too deeply"),
    "nested.jsonl": (json_rows({"text": {"a": "b"}}, {"text": ["a"]}, {"text": "storm"}), [BAD, BAD, OK], "an object"),
    "number.jsonl": (b'{"text": 7}\n{"text": NaN}\n{"text": true}\n{"text": "storm"}', [BAD, BAD, BAD, OK], "a number"),
    "twice.jsonl": (json_rows(*[{"id": "a", "text": "storm"}] * 3), [OK] * 3, "and 1 more: the id of an earlier row"),
    "crlf.jsonl": (b'{"text": "storm"}\r\n{"text": "flood"}\r\n', [OK, OK], None),
    "cr.jsonl": (b'{"text": "storm"}\r{"text": "flood"}\r', [OK, OK], "end in a carriage return alone"),
    "bom.jsonl": (b'\xef\xbb\xbf{"text": "storm"}\n', [OK], None),
    "utf-16.jsonl": ('{"text": "storm"}\n'.encode("utf-16-be"), [BAD], "Nothing is readable"),
    "nul.jsonl": (b'{"text": "sto\0rm"}\n{"text": "flood"}\n', [BAD, OK], "NUL bytes"),
    "binary.jsonl": (bytes(range(128, 256)) * 8, [BAD], "Nothing is readable"),
    "flip.jsonl.gz": (gzip.compress(b'{"text": "storm"}\n', mtime=0)[:-7] + b"1234567", [OK, BAD], "gzip stream"),
    # --- tables as text
    "empty.csv": (b"", "is empty", None),
    "blank.csv": (b"\n\n", "no header line", None),
    "header.csv": (csv_rows(), "holds no document", None),
    "no-header.csv": (b"1,storm,a\n2,flood,b\n", 'no column "text"; its columns: "1", "storm", "a"', None),
    "open-header.csv": (b'id,"text\nstorm\n', 'no column "text"', None),
    "two-texts.csv": (b"text,text\na,b\n", 'more than one column "text"', None),
    "crlf.csv": (b"id,text\r\n1,storm\r\n2,flood\r\n", [OK, OK], None),
    "cr.csv": (b"id,text\r1,storm\r2,flood\r", [OK, OK], "end in a carriage return alone"),
    "bom.csv": (b"\xef\xbb\xbftext\nstorm\n", [OK], None),
    "utf-16.csv": ("id,text\n1,día storm\n".encode("utf-16"), [OK], "read as utf-16"),
    "semicolons.csv": (b"id;text\n1;storm, flood\n", [OK], "separated by semicolons"),
    "tabs.csv": (b"id\ttext\n1\tstorm, flood\n", [OK], "separated by tabs"),
    "ragged.csv": (csv_rows("1,storm", "2,flood,a", "3,storm,flood,b"), [BAD, OK, BAD], "it has 4 fields, and the"),
    "quoted.csv": (csv_rows('1,"storm,\n\nflood",a', "2,rain,b"), [OK, OK], None),
    "stray.csv": (csv_rows('1,"storm" flood,a', '2,5" rain,b'), [OK, OK], "a stray quotation mark"),
    "open.csv": (csv_rows('1,"storm,a', "2,flood,b", "3,rain,c"), [BAD, OK, OK], "a quoted field begins"),
    "swallowed.csv": (
        csv_rows('1,"storm,a', "2,flood,b", '3,"rain",c', "4,hail,d"),
        [BAD, OK, OK, OK],
        "goes on after",
    ),
    "closed-late.csv": (csv_rows('1,"storm,a', "2,flood,b", '3,rain",c,d', "4,hail,d"), [BAD, OK, BAD, OK], "quoted"),
    "cut.csv": (csv_rows("1,storm,a") + b'2,"flood\nand rain\nand ha', [OK, BAD], "never ends"),
    "return.csv": (csv_rows("1,storm,a", "2,fl\rood,b", "3,rain,c"), [OK, BAD, OK], "a carriage return stands in it"),
    "huge.csv": (csv_rows(f'2,"{BIG}",b', "3,rain,c"), [OK, OK], None),
    "nul.csv": (csv_rows("1,sto\0rm,a", "2,flood,b"), [BAD, OK], "NUL bytes"),
    "mixed.csv": (csv_rows("1,día,a") + b"2,caf\xe9,b\n", [OK, OK], "read as windows-1252"),
    "binary.csv": (b"\x00\xff\xfe\x01" * 99, 'no column "text"', None),
    "twice.csv": (csv_rows("1,storm,a", "1,flood,b"), [OK, OK], 'an earlier row comes again, "1"'),
    "middle.csv.gz": (GZIP[: len(GZIP) // 2] + b"\xff" * 99, None, "gzip stream is broken"),
    "quoted.tsv": (b'id\ttext\n1\t"storm\n\tflood"\n2\train\n', [OK, OK], None),
    "stray.tsv": (b'id\ttext\n1\t"storm\n2\t"rain" hail\n3\tfog\n', [OK, OK, OK], "a stray quotation mark"),
    "ragged.tsv": (b"id\ttext\n1\n2\train\n3\ta\tb\n", [BAD, OK, BAD], "it has 1 field, and the header 2"),
    "header.tsv.gz": (gzip.compress(b"id\ttext\n", mtime=0), "holds no document", None),
    # --- Parquet
    "empty.parquet": (b"", "is empty", None),
    "no-rows.parquet": (parquet(text=pa.array([], pa.string())), "holds no document", None),
    "text.parquet": (b"storm flood rain\n", "is not a Parquet file", None),
    "cut.parquet": (THREE[:-9], "is not a Parquet file", None),
    "head.parquet": (THREE[:60], "is not a Parquet file", None),
    "damaged.parquet": (damaged(THREE), [BAD] * 3, "Nothing is readable"),
    "null.parquet": (parquet(text=["storm", None]), [OK, BAD], "is null"),
    "nulls.parquet": (parquet(text=pa.nulls(2)), [BAD] * 2, "Nothing is readable"),
    "number.parquet": (parquet(text=[1, 2], body=["a", "b"]), 'is int64, not text; columns of text: "body"', None),
    "nested.parquet": (parquet(text=[["a"], ["b"]]), "is list<", None),
    "bytes.parquet": (parquet(text=[b"a", b"b"]), "is binary, not text", None),
    "other.parquet": (parquet(body=["a"]), 'no column "text"; its columns: "body"', None),
    "ids.parquet": (parquet(text=["a b"], id=[{"x": 1}], label=[[1]]), [OK], "the row numbers stand for it"),
    "invalid.parquet": (parquet(text=NEVER_UTF8), [OK, OK], "read as windows-1252"),
    "nul.parquet": (parquet(text=["sto\0rm", "flood"]), [BAD, OK], "NUL bytes"),
    "twice.parquet": (parquet(text=["storm"] * 3, id=[5, 6, 5]), [OK] * 3, "row 2: the id of an earlier row"),
    "small.parquet.gz": (gzip.compress(THREE, mtime=0), "compressed in itself", None),
}


@pytest.mark.parametrize("name", CASES)
def test_every_case_gives_its_rows_or_one_sentence(tmp_path, name):
    content, expected, said = CASES[name]
    path = tmp_path / name
    path.write_bytes(content)
    if isinstance(expected, str):
        with pytest.raises(CorpusError) as refused:
            read_corpus(path)
        sentence = str(refused.value)
        assert name in sentence
        assert expected in sentence
        assert "\n" not in sentence
        return
    rows = list(open_corpus(path))
    statuses = [BAD if row.text is None else OK for row in rows]
    if expected is None:
        assert 1_000 < len(rows) < 20_000
        assert statuses[:1_000] == [OK] * 1_000
        assert statuses[-1] == BAD
        expected = statuses
    assert statuses == expected
    assert all((row.problem is None) == (row.text is not None) for row in rows)
    if OK not in statuses:
        with pytest.raises(CorpusError, match=said):
            read_corpus(path)
        return
    data = read_corpus(path, encoder=TextCounts(min_df=1, max_df=1.0, min_length=1))
    assert [BAD if status == BAD else OK for status in data.status] == expected
    assert len(data.problems) == expected.count(BAD)
    assert said is None or said in " ".join([*data.problems, *data.notes])
    assert said is not None or data.notes == []


@pytest.mark.parametrize("suffix", sorted({".txt", ".jsonl", ".csv", ".tsv", ".parquet"}))
def test_a_folder_of_that_name_and_a_pipe_are_said(tmp_path, suffix):
    assert suffix in READERS
    (tmp_path / f"x{suffix}").mkdir()
    (tmp_path / f"x{suffix}" / f"part-0{suffix}s").write_bytes(b"text\nstorm\n")
    with pytest.raises(CorpusError, match=rf"no \.txt file in the folder .*but 1 {suffix}s.*one file by its path"):
        open_corpus(tmp_path / f"x{suffix}")


def test_a_pipe_is_no_parquet_file(tmp_path):
    os.mkfifo(tmp_path / "x.parquet")
    # The writer's side is kept open by the same process, so that nothing blocks.
    pipe = os.open(tmp_path / "x.parquet", os.O_RDWR)
    os.write(pipe, THREE)
    closer = threading.Timer(0.2, os.close, [pipe])
    closer.start()
    with pytest.raises(CorpusError, match="is a stream, and Parquet is read from its end"):
        open_corpus(tmp_path / "x.parquet")
    closer.join()


def test_a_folder_with_hostile_files_keeps_a_row_for_each(tmp_path):
    for name, content in {
        "a.txt": b"",
        "b.txt": b"\0\1",
        "c.txt": b"\xef\xbb\xbfstorm",
        "d.txt": "día".encode("utf-32"),
        "e.txt": BIG.encode(),
        "f.txt": b"storm\r\nflood\rrain",
        "g.txt": b"caf\xe9",
    }.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "h.txt").mkdir()
    (tmp_path / "i.csv").write_bytes(b"text\nstorm\n")
    found = list(open_corpus(tmp_path))
    assert [row.id for row in found] == [f"{letter}.txt" for letter in "abcdefg"]
    assert [row.text for row in found] == ["", None, "storm", "día", BIG, "storm\r\nflood\rrain", "café"]
    assert found[3].note == "read as utf-32, by its byte-order mark"


def test_of_a_damaged_row_group_only_its_rows_are_lost(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": ["storm", "flood", "rain", "hail"]}), path, row_group_size=2)
    whole = path.read_bytes()
    path.write_bytes(damaged(whole))
    rows = list(open_corpus(path))
    assert [row.text for row in rows] == [None, None, "rain", "hail"]
    assert [row.id for row in rows] == ["0", "1", "2", "3"]
    assert "the file is damaged here" in rows[0].problem
