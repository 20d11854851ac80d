"""Newswire in SGML, on small files in the layout of the originals."""

import html
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textsc.corpus.known.sgml import AssociatedPressReader, ReutersReader
from textsc.corpus.records import CorpusError

HEAD = b'<!DOCTYPE lewis SYSTEM "lewis.dtd">\n'


def article(number, *, text=None, topics=b"<D>cocoa</D><D>sugar</D>", judged="YES", split="TRAIN"):
    if text is None:
        text = (
            b"<TEXT>&#2;\n<TITLE>BAHIA REVIEW</TITLE>\n<DATELINE>    SALVADOR, Feb 26 - </DATELINE>"
            b"<BODY>Showers in\nthe zone &lt;a> &amp; b.\n Reuter\n&#3;</BODY></TEXT>\n"
        )
    opening = (
        f'<REUTERS TOPICS="{judged}" LEWISSPLIT="{split}" CGISPLIT="TRAINING-SET" OLDID="5544" NEWID="{number}">\n'
        "<DATE>26-FEB-1987 15:01:01.79</DATE>\n"
    )
    marks = (
        b"<TOPICS>" + topics + b"</TOPICS>\n<PLACES><D>usa</D></PLACES>\n<UNKNOWN> \n&#5;&#5;C T\nu f BC</UNKNOWN>\n"
    )
    return opening.encode() + marks + text + b"</REUTERS>\n"


def reuters(folder, *files, subset="all"):
    for number, content in enumerate(files):
        (folder / f"reut2-{number:03}.sgm").write_bytes(HEAD + content)
    return ReutersReader(folder, name="reuters", subset=subset)


def test_an_article_has_its_number_title_body_and_first_topic(tmp_path):
    (first,) = reuters(tmp_path, article(7))
    assert first.id == "7"
    assert first.text == "BAHIA REVIEW\n\nShowers in\nthe zone <a> & b.\n Reuter"
    assert first.label == "cocoa"
    assert first.where == "reuters/reut2-000.sgm, line 2"
    assert first.problem is first.note is None


def test_articles_without_topic_body_or_marks_keep_their_row(tmp_path):
    brief = b'<TEXT TYPE="BRIEF">&#2;\n<TITLE>SHORT &lt;X></TITLE>\n</TEXT>\n'
    plain = b'<TEXT TYPE="UNPROC">&#2;\nraw words\n&#3;</TEXT>\n'
    (one, two, three) = reuters(
        tmp_path, article(1, topics=b"", text=brief), article(2, text=plain) + article(3, text=b"<TEXT></TEXT>\n")
    )
    assert (one.label, one.text) == (None, "SHORT <X>")
    assert two.text == "raw words"
    assert two.where == "reuters/reut2-001.sgm, line 2"
    assert (three.id, three.text) == ("3", "")


def test_the_split_is_that_of_modapte(tmp_path):
    kinds = [
        ("YES", "TRAIN"),
        ("YES", "TEST"),
        ("NO", "TRAIN"),
        ("NO", "TEST"),
        ("YES", "NOT-USED"),
        ("BYPASS", "TEST"),
    ]
    content = b"".join(article(n, judged=judged, split=split) for n, (judged, split) in enumerate(kinds))
    found = {name: [r.id for r in reuters(tmp_path, content, subset=name)] for name in ("all", "train", "test")}
    assert found == {"all": list("012345"), "train": ["0"], "test": ["1"]}


def test_an_article_without_end_or_with_nul_is_one_unreadable_row(tmp_path):
    cut = article(1)[:150]
    records = list(reuters(tmp_path, cut + b"\n" + article(2), article(3, topics=b"\0") + article(4) + cut))
    assert [r.text is None for r in records] == [True, False, True, False, True]
    assert [r.id for r in records] == ["0", "2", "2", "4", "4"]
    assert "no </REUTERS>" in records[0].problem
    assert "NUL" in records[2].problem
    assert "no </REUTERS>" in records[4].problem


def test_bytes_that_are_not_utf8_are_read_and_noted(tmp_path):
    (record,) = reuters(tmp_path, article(1, text=b"<TEXT><BODY>M\xfcnchen</BODY></TEXT>\n"))
    assert record.text == "München"
    assert "windows-1252" in record.note


def test_lines_may_end_in_crlf(tmp_path):
    (record,) = reuters(tmp_path, article(1).replace(b"\n", b"\r\n"))
    assert record.text.startswith("BAHIA REVIEW\n\nShowers in\nthe zone")


def test_a_folder_without_the_files_and_an_empty_file_are_refused(tmp_path):
    with pytest.raises(CorpusError, match=r"no file reut2-000\.sgm in the folder of the corpus reuters"):
        ReutersReader(tmp_path, name="reuters")
    (tmp_path / "reut2-000.sgm").write_bytes(b"")
    with pytest.raises(CorpusError, match=r"reuters/reut2-000\.sgm is empty"):
        ReutersReader(tmp_path, name="reuters")


def test_the_fraction_grows_to_one_and_a_second_pass_is_the_same(tmp_path):
    reader = reuters(tmp_path, article(1) + article(2), article(3))
    shares = []
    first = []
    for record in reader:
        first.append(record)
        shares.append(reader.fraction)
    assert shares == sorted(shares)
    assert reader.fraction == 1.0
    assert list(reader) == first


def test_associated_press_articles_have_their_numbers(tmp_path):
    path = tmp_path / "ap.txt"
    path.write_text(
        "<DOC>\n<DOCNO> AP881218-0003 </DOCNO>\n<TEXT>\n A student, ``just snapped,'' he said.\n </TEXT>\n</DOC>\n"
        "<DOC>\n<DOCNO> AP880224-0195 </DOCNO>\n<TEXT>\n The Bechtel Group.\n </TEXT>\n</DOC>\n"
    )
    found = [(r.id, r.text, r.label, r.where) for r in AssociatedPressReader(path, name="ap")]
    assert found == [
        ("AP881218-0003", "A student, ``just snapped,'' he said.", None, "ap, line 1"),
        ("AP880224-0195", "The Bechtel Group.", None, "ap, line 7"),
    ]


# What SGML may hold: no control characters, and no white space at the ends, which is layout.
words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30).map(str.strip)


@given(st.lists(st.tuples(words, words, words.filter(bool)), min_size=1, max_size=5))
def test_articles_come_back_as_they_were_written(articles):
    content = b""
    for number, (title, body, topic) in enumerate(articles):
        title, body, topic = (html.escape(part).encode() for part in (title, body, topic))
        text = b"<TEXT>\n<TITLE>" + title + b"</TITLE>\n<BODY>" + body + b"\n&#3;</BODY></TEXT>\n"
        content += article(number, text=text, topics=b"<D>" + topic + b"</D><D>other</D>")
    with tempfile.TemporaryDirectory() as folder:
        found = [(r.id, r.text, r.label) for r in reuters(Path(folder), content)]
    assert found == [(str(n), f"{title}\n\n{body}", topic) for n, (title, body, topic) in enumerate(articles)]
