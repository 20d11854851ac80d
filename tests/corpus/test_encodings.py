"""Encodings: told by the mark, else UTF-8, else from the content, once for a file; or said by the user."""

import pytest

from textsc.corpus.dataset import read_corpus, stream_corpus
from textsc.corpus.files import charsets
from textsc.corpus.readers import CorpusError, ReadingOptionError, open_corpus

RUSSIAN = "Все счастливые семьи похожи друг на друга, каждая несчастливая семья несчастлива по-своему."  # noqa: RUF001
GREEK = "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα."  # noqa: RUF001
JAPANESE = "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。"
FRENCH = "Tous les êtres humains naissent libres et égaux en dignité; l'été à la mer, çà et là."
GERMAN = "Über die Straße führt der Weg nach Köln; alle Menschen sind gleich an Würde."
POLISH = "Wszyscy ludzie rodzą się wolni i równi pod względem swej godności; zażółć gęślą jaźń."
CASES = [
    (RUSSIAN, "windows-1251"),
    (RUSSIAN, "koi8-r"),
    (RUSSIAN, "iso-8859-5"),
    (GREEK, "windows-1253"),
    (JAPANESE, "cp932"),
    (JAPANESE, "euc-jp"),
    (POLISH, "windows-1250"),
    (FRENCH, "windows-1252"),
    (GERMAN, "windows-1252"),
]


def write(path, data):
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(("text", "encoding"), CASES)
def test_the_encoding_is_told_once_from_the_content(tmp_path, text, encoding):
    lines = ["storm", text, "day", f"{text} {text}"]
    data = read_corpus(write(tmp_path / "a.txt", "\n".join(lines).encode(encoding)))
    assert [row.text for row in open_corpus(tmp_path / "a.txt")] == lines
    assert data.notes[0] == f"{tmp_path}/a.txt, line 2 and 1 more: not UTF-8, read as {encoding}."


def test_the_file_decides_not_the_line(tmp_path):
    # The first line that is not UTF-8 says little; those after it say what it is.
    lines = ["день", "", *[RUSSIAN] * 3]
    rows = list(open_corpus(write(tmp_path / "a.txt", "\n".join(lines).encode("koi8-r"))))
    assert [row.text for row in rows] == lines


def test_lines_in_utf8_stay_so_in_a_file_of_two_encodings(tmp_path):
    mixed = [RUSSIAN.encode("koi8-r"), RUSSIAN.encode(), b"storm", RUSSIAN.encode("koi8-r")]
    rows = list(open_corpus(write(tmp_path / "a.txt", b"\n".join(mixed))))
    assert [row.text for row in rows] == [RUSSIAN, RUSSIAN, "storm", RUSSIAN]
    assert [row.note is None for row in rows] == [False, True, True, False]


def test_a_line_that_is_not_of_that_encoding_is_read_as_windows_1252(tmp_path, monkeypatch):
    # Only the first line is looked at: no encoding of the list would serve all.
    monkeypatch.setattr("textsc.corpus.files.decoding.SAMPLE", 50)
    japanese = JAPANESE * 3
    lines = [japanese.encode("euc-jp"), b"caf\xe9", b"\xff\xff storm"]
    rows = list(open_corpus(write(tmp_path / "a.txt", b"\n".join(lines))))
    assert [row.text for row in rows] == [japanese, "café", "ÿÿ storm"]
    assert rows[1].note == rows[2].note == "not UTF-8, read as windows-1252"


def test_only_the_first_of_the_lines_are_looked_at(tmp_path, monkeypatch):
    looked_at = []

    def detect(pieces):
        looked_at.append(sum(map(len, pieces)))
        return "koi8-r"

    monkeypatch.setattr("textsc.corpus.files.decoding.detect", detect)
    line = RUSSIAN.encode("koi8-r")
    rows = list(open_corpus(write(tmp_path / "a.txt", b"\n".join([line] * 5_000))))
    assert {row.text for row in rows} == {RUSSIAN}
    (size,) = looked_at
    assert charsets.SAMPLE <= size < charsets.SAMPLE + 2 * len(line)


def test_a_single_line_without_end_is_told_from_its_start(tmp_path):
    text = f"{JAPANESE} " * 3_000
    (row,) = open_corpus(write(tmp_path / "a.txt", text.encode("cp932")))
    assert row.text == text


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "folder/a.txt"])
def test_every_reader_of_text_tells_and_obeys(tmp_path, name):
    content = {"a.jsonl": '{{"text": "{}"}}\n', "a.csv": 'id,text\n0,"{}"\n', "folder/a.txt": "{}"}[name]
    text = f"{RUSSIAN} Ёж."
    write(tmp_path / name, content.format(text).encode("koi8-r"))
    source = tmp_path / name.split("/")[0]
    (row,) = open_corpus(source)
    assert (row.text, row.note) == (text, "not UTF-8, read as koi8-r")
    (row,) = open_corpus(source, encoding="koi8-r")
    assert (row.text, row.note) == (text, None)
    (row,) = open_corpus(source, encoding="cp866")
    assert row.text == text.encode("koi8-r").decode("cp866")


def test_the_encoding_that_the_user_names_wins(tmp_path):
    # As UTF-8 it would be read without a complaint.
    path = write(tmp_path / "a.txt", "cafÃ©\n".encode("latin-1"))
    assert [row.text for row in open_corpus(path)] == ["café"]
    assert [row.text for row in open_corpus(path, encoding="latin-1")] == ["cafÃ©"]
    assert "cafã" in read_corpus(path, encoding="latin-1").feature_names


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16", "utf-8", "utf-32-be"])
def test_a_mark_is_no_text_where_the_encoding_is_named(tmp_path, encoding):
    mark = "" if encoding == "utf-16" else "\ufeff"
    path = write(tmp_path / "a.txt", f"{mark}día\r\nstorm\n".encode(encoding))
    assert [row.text for row in open_corpus(path, encoding=encoding)] == ["día", "storm"]


def test_bytes_that_a_named_encoding_lacks_are_noted(tmp_path):
    path = write(tmp_path / "a.txt", b"caf\xe9\nstorm\n")
    first, second = open_corpus(path, encoding="utf-8")
    assert (first.text, first.note) == ("caf\ufffd", "bytes that are not utf-8, read as U+FFFD")
    assert second.note is None


@pytest.mark.parametrize("encoding", ["utf8000", "base64", "rot13", "", "undefined", "a\0b"])
def test_what_is_no_encoding_is_refused(tmp_path, encoding):
    path = write(tmp_path / "a.txt", b"storm\n")
    with pytest.raises(ReadingOptionError, match="is not an encoding that is known for --encoding"):
        open_corpus(path, encoding=encoding)


def test_an_encoding_that_cannot_go_on_is_one_sentence(tmp_path):
    path = write(tmp_path / "a.txt", b"xn--\xff\xfe.\xe9\n")
    with pytest.raises(CorpusError, match=r"a\.txt cannot be read as idna.*Check --encoding"):
        list(open_corpus(path, encoding="idna"))


def test_the_files_of_a_folder_are_told_together(tmp_path):
    words = RUSSIAN.split()
    for i, word in enumerate(words):
        write(tmp_path / f"{i:02}.txt", word.encode("koi8-r"))
    write(tmp_path / "zz.txt", RUSSIAN.encode())
    assert [row.text for row in open_corpus(tmp_path)] == [*words, RUSSIAN]


def test_the_mark_of_a_file_is_noted_with_the_last_block(tmp_path):
    encoder = read_corpus("lee").encoder
    path = write(tmp_path / "a.txt", "storm\ncafé\nflood\n".encode("utf-16"))
    blocks = list(stream_corpus(open_corpus(path), encoder, size=2))
    assert [block.notes for block in blocks] == [[], [f"{path}: read as utf-16, by its byte-order mark."]]


def test_repairs_of_all_blocks_are_noted_once(tmp_path):
    encoder = read_corpus("lee").encoder
    path = write(tmp_path / "a.txt", b"caf\xe9\n" * 5)
    blocks = list(stream_corpus(open_corpus(path), encoder, size=2))
    note = f"{path}, line 1 and 4 more: not UTF-8, read as windows-1252."
    assert [block.notes for block in blocks] == [[], [], [note]]
