"""Readers: one record per row, whatever the input looks like."""

import gzip
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from textsc.corpus.files.decoding import BrokenGzipError, gunzip, lines
from textsc.corpus.readers import CorpusError, open_corpus

in_place = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
# What UTF-8 can hold.
unicode_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    data = content.encode("utf-8") if isinstance(content, str) else content
    path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)
    return path


def rows(path, **fields):
    return list(open_corpus(path, **fields))


# --- lines ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz", "A.TXT"])
def test_lines_are_documents_and_empty_lines_are_empty_documents(tmp_path, name):
    found = rows(write(tmp_path / name, "one\r\n\ntwo words\n \nlast"))
    assert [r.text for r in found] == ["one", "", "two words", " ", "last"]
    assert [r.id for r in found] == ["0", "1", "2", "3", "4"]
    assert [r.label for r in found] == [None] * 5
    assert found[2].where == f"{tmp_path / name}, line 3"
    assert all(r.problem is None and r.note is None for r in found)


def test_a_carriage_return_inside_a_line_and_exotic_separators_stay_in_it(tmp_path):
    found = rows(write(tmp_path / "a.txt", "a\rb\x0bc\u2028d\n"))
    assert [r.text for r in found] == ["a\rb\x0bc\u2028d"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz"])
def test_byte_order_marks_are_understood(tmp_path, name, encoding):
    found = rows(write(tmp_path / name, "día\r\nçà\n".encode(encoding)))
    assert [(r.text, r.note, r.problem) for r in found] == [("día", None, None), ("çà", None, None)]


def test_a_line_that_is_not_utf8_is_read_as_windows_1252_with_a_note(tmp_path):
    found = rows(write(tmp_path / "a.txt", b"caf\xc3\xa9\n\x93caf\xe9\x94 \x81\nplain\n"))
    assert [r.text for r in found] == ["café", "“café” \x81", "plain"]
    assert [r.note for r in found] == [None, "not UTF-8, read as windows-1252", None]


def test_a_binary_line_is_unreadable_and_the_rest_is_not(tmp_path):
    found = rows(write(tmp_path / "a.txt", b"one\nt\0wo\nthree\n"))
    assert [r.text for r in found] == ["one", None, "three"]
    assert "NUL" in found[1].problem


def test_a_line_of_ten_megabytes_is_one_document(tmp_path):
    long = "word " * 2_000_000
    found = rows(write(tmp_path / "a.txt", f"first\n{long}\nlast\n"))
    assert [len(r.text) for r in found] == [5, 10_000_000, 4]


@given(data=st.lists(st.sampled_from([b"a", b"\r", b"\n"])).map(b"".join), cut=st.integers(1, 7))
def test_lines_do_not_depend_on_how_the_stream_is_cut(data, cut):
    pieces = [data[i : i + cut] for i in range(0, len(data), cut)]
    expected = data.split(b"\n")
    if not expected[-1]:
        expected.pop()
    assert list(lines(pieces)) == [line.removesuffix(b"\r") for line in expected]


def test_a_corpus_can_be_read_twice_and_left_in_the_middle(tmp_path):
    reader = open_corpus(write(tmp_path / "a.txt.gz", "one\ntwo\nthree\n"))
    assert next(iter(reader)).text == "one"
    assert [r.text for r in reader] == [r.text for r in reader] == ["one", "two", "three"]


def test_the_fraction_grows_to_one(tmp_path):
    reader = open_corpus(write(tmp_path / "a.txt", "some text\n" * 40_000))
    seen = [reader.fraction for _ in reader]
    assert seen == sorted(seen)
    assert 0 < seen[0] < 0.5
    assert seen[-1] == 1.0


# --- gzip ----------------------------------------------------------------------------------------

numbered = "".join(f"document number {i}\n" for i in range(20_000))


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.99])
def test_a_truncated_gzip_keeps_the_rows_before_the_break(tmp_path, keep):
    data = gzip.compress(numbered.encode(), mtime=0)
    path = tmp_path / "a.txt.gz"
    path.write_bytes(data[: int(keep * len(data))])
    *good, last = rows(path)
    assert len(good) > keep * 20_000 * 0.5
    assert [r.text for r in good] == numbered.splitlines()[: len(good)]
    assert last.text is None
    assert last.problem == "the gzip stream is broken here (the file ends too early)"
    assert last.id == str(len(good))
    assert last.where == f"{path}, line {len(good) + 1}"


def test_a_gzip_cut_in_its_last_bytes_keeps_every_row(tmp_path):
    path = tmp_path / "a.txt.gz"
    path.write_bytes(gzip.compress(b"one\ntwo\n", mtime=0)[:-3])
    assert [r.text for r in rows(path)] == ["one", "two", None]


def test_a_gzip_with_a_wrong_checksum_keeps_its_rows_and_says_so(tmp_path):
    data = bytearray(gzip.compress(b"one\ntwo\n", mtime=0))
    data[-6] ^= 1
    path = tmp_path / "a.txt.gz"
    path.write_bytes(data)
    *good, last = rows(path)
    assert [r.text for r in good] == ["one", "two"]
    assert last.problem == "the gzip stream is broken here (incorrect data check)"


def test_rubbish_after_a_gzip_is_said_and_padding_is_not(tmp_path):
    whole = gzip.compress(b"one\n", mtime=0)
    path = tmp_path / "a.txt.gz"
    path.write_bytes(whole + b"rubbish")
    assert [r.text for r in rows(path)] == ["one", None]
    path.write_bytes(whole + b"\0" * 512)
    assert [r.text for r in rows(path)] == ["one"]


@given(parts=st.lists(st.binary(max_size=50), min_size=1), cut=st.integers(1, 30))
def test_gunzip_joins_members_and_knows_when_the_end_is_missing(parts, cut):
    data = b"".join(gzip.compress(part) for part in parts)
    pieces = [data[i : i + cut] for i in range(0, len(data), cut)]
    assert b"".join(gunzip(pieces)) == b"".join(parts)
    with pytest.raises(BrokenGzipError):
        list(gunzip([data[:-1]]))


# --- folders -------------------------------------------------------------------------------------


def test_a_folder_is_read_in_the_order_of_its_paths(tmp_path):
    for name in ["b/z.txt", "a.txt", "b/deep/x.txt", "B.TXT", "b.txt", "b-c/y.txt"]:
        write(tmp_path / "news" / name, f"text of {name}\nand more")
    write(tmp_path / "news" / "readme.md", "no document")
    reader = open_corpus(tmp_path / "news")
    found = list(reader)
    ids = ["B.TXT", "a.txt", "b-c/y.txt", "b.txt", "b/deep/x.txt", "b/z.txt"]
    assert [r.id for r in found] == ids
    assert [r.label for r in found] == [None, None, "b-c", None, "b", "b"]
    assert [r.text for r in found] == [f"text of {name}\nand more" for name in ids]
    assert found[-1].where == f"{tmp_path}/news/b/z.txt"
    assert reader.fraction == 1.0


def test_what_cannot_be_read_in_a_folder_is_a_row(tmp_path):
    write(tmp_path / "a.txt", b"caf\xe9")
    write(tmp_path / "b.txt", b"\0\1\2")
    write(tmp_path / "c.txt", "")
    os.mkfifo(tmp_path / "d.txt")
    (tmp_path / "e.txt").symlink_to(tmp_path / "nowhere")
    write(tmp_path / "f.txt", "día".encode("utf-16"))
    found = rows(tmp_path)
    assert [r.text for r in found] == ["café", None, "", None, None, "día"]
    assert found[0].note == "not UTF-8, read as windows-1252"
    assert "NUL" in found[1].problem
    assert found[3].problem == found[4].problem == "it is not a regular file"


def test_file_names_that_are_not_utf8_give_ids_that_can_be_written(tmp_path):
    with open(os.fsencode(tmp_path) + b"/caf\xe9.txt", "wb") as file:
        file.write(b"text")
    (row,) = rows(tmp_path)
    assert row.id.encode("utf-8").decode() == "caf\ufffd.txt"
    assert row.text == "text"


def test_a_folder_that_cannot_be_listed_is_refused(tmp_path, monkeypatch):
    write(tmp_path / "a.txt", "text")

    def denied(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", denied)
    with pytest.raises(CorpusError, match=r"cannot be listed: Permission denied"):
        open_corpus(tmp_path)


# --- what cannot be opened -----------------------------------------------------------------------


def test_what_cannot_be_opened_is_said_in_one_sentence(tmp_path):
    write(tmp_path / "empty.txt", "")
    write(tmp_path / "plain.txt", "text\n").rename(tmp_path / "plain.txt.gz")
    write(tmp_path / "data.xml", "<a/>")
    write(tmp_path / "noext", "text\n")
    write(tmp_path / "noext.gz", "text\n")
    (tmp_path / "broken.txt").symlink_to(tmp_path / "nowhere")
    (tmp_path / "folder").mkdir()
    expected = {
        "missing.txt": r"no file or folder .*missing\.txt.*no known corpus of that name",
        "empty.txt": r"empty\.txt is empty",
        "plain.txt.gz": r"is not a gzip file",
        "data.xml": r"suffix that no reader knows.*\.csv, .*\.txt, .*\(each also.*\.parquet.*--format",
        "noext": r"noext has no suffix.*\.csv, .*\.txt, .*\(each also.*\.parquet.*--format",
        "noext.gz": r"noext\.gz has no suffix before \.gz.*\.csv, .*\.txt, .*\(each also.*\.parquet.*--format",
        "broken.txt": r"is not a regular file",
        "folder": r"no \.txt file in the folder",
    }
    for name, message in expected.items():
        with pytest.raises(CorpusError, match=message):
            open_corpus(tmp_path / name)


def test_a_file_that_may_not_be_read_is_refused(tmp_path, monkeypatch):
    path = write(tmp_path / "a.txt", "text\n")

    def denied(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", denied)
    with pytest.raises(CorpusError, match=r"a\.txt cannot be read: Permission denied"):
        open_corpus(path)


def test_a_file_wins_over_a_known_name(tmp_path, monkeypatch):
    write(tmp_path / "lee" / "mine.txt", "my own text")
    monkeypatch.chdir(tmp_path)
    assert [r.text for r in open_corpus("lee")] == ["my own text"]
    assert len(rows("lee-test")) == 50


def test_hidden_files_are_no_documents(tmp_path):
    for name in ("a.txt", ".hidden.txt", "._a.txt", "B.TXT"):
        (tmp_path / name).write_text("words")
    assert [record.id for record in open_corpus(tmp_path)] == ["B.TXT", "a.txt"]
