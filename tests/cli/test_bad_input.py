"""Whatever is fed to it: the documented exit code, one sentence, nothing lost."""

import gzip
import importlib.util
import json
import os
import tempfile

import pytest

TWO_WORDS = b"storm flood\n" * 4


def small_corpus(articles, n=12):
    return "\n".join(articles[:n]).encode() + b"\n"


CORPORA = {
    # name of the file: (content, exit code of fit)
    "empty.txt": (b"", 3),
    "empty.jsonl": (b"", 3),
    "empty.txt.gz": (gzip.compress(b""), 3),
    "blank-documents.txt": (b"\n\n\n", 3),
    "punctuation.txt": (b"... !!!\n---\n", 3),
    "stop-words.txt": (b"the and of\nit was\n", 3),
    "one-document.txt": (b"storm flood rain river\n", 0),
    "one-word.txt": (b"storm\n", 0),
    "one-word-often.txt": (b"storm storm\n" * 5, 0),
    "two-words.txt": (TWO_WORDS, 0),
    "not-gzip.txt.gz": (b"plain text, only named so\n", 3),
    "unknown.pdf": (b"%PDF-1.4", 3),
    "not-json.jsonl": (b"hello\nworld\n", 3),
    "missing-field.jsonl": (b'{"body": "storm"}\n' * 3, 3),
    "some-missing.jsonl": (b'{"text": "storm flood"}\n{"body": "x"}\n{"text": "storm"}\n', 5),
    "invalid.txt": (TWO_WORDS + b"caf\xe9 storm \xff\n", 0),
    "binary.txt": (b"\x00\x01\xff\n" * 20, 3),
    "long-line.txt": (TWO_WORDS + b"storm flood river " * 20_000 + b"\n", 0),
    "nan.jsonl": (b'{"text": NaN}\n{"text": "storm flood"}\n', 5),
    "number.jsonl": (b'{"text": 5}\n{"text": "storm flood"}\n', 5),
}


@pytest.mark.parametrize("name", CORPORA)
def test_fit_ends_as_documented(cli, tmp_path, name):
    content, code = CORPORA[name]
    (tmp_path / name).write_bytes(content)
    args = ("--topics", 2, "--epochs", 1, "--json")
    done = cli("fit", tmp_path / name, "-o", tmp_path / "m", *args)
    assert done.code == code, done.err
    if code == 3:
        assert done.json["code"] == 3
        assert done.err == f"textsc fit: {done.json['error']}\n"
        assert not (tmp_path / "m").exists()
    else:
        assert sum(done.json["statuses"].values()) == done.json["n_documents"]
        assert cli("topics", tmp_path / "m").code == 0
        assert cli("encode", tmp_path / "m", tmp_path / name, "-o", tmp_path / "c.csv").code == code
    assert not list(tmp_path.glob("*.partial*"))


@pytest.mark.parametrize("name", CORPORA)
def test_encode_ends_as_documented(cli, tmp_path, model, name):
    content, fit_code = CORPORA[name]
    (tmp_path / name).write_bytes(content)
    out = tmp_path / "codes.jsonl"
    done = cli("encode", model, tmp_path / name, "-o", out, "--json")
    # Documents without a known word are answers to a fitted model, not errors.
    readable = {"blank-documents.txt", "punctuation.txt", "stop-words.txt"}
    assert done.code == (0 if name in readable else fit_code), done.err
    assert out.exists() == (done.code != 3)
    if out.exists():
        rows = [json.loads(line) for line in out.read_bytes().splitlines()]
        assert len(rows) == done.json["n_documents"]


def test_a_truncated_gzip_file_keeps_what_was_whole(cli, tmp_path, articles):
    whole = gzip.compress(small_corpus(articles, 60))
    cut = tmp_path / "cut.txt.gz"
    cut.write_bytes(whole[: len(whole) * 2 // 3])
    done = cli("fit", cut, "-o", tmp_path / "m", "--topics", 2, "--epochs", 1, "--json")
    assert done.code == 5
    assert done.json["statuses"]["unreadable"] == 1
    assert done.json["statuses"]["ok"] > 20
    assert "cut.txt.gz, line" in done.err
    assert "gzip" in done.err


def test_limits_that_leave_no_word_are_dropped_and_said(cli, tmp_path):
    (tmp_path / "two.txt").write_bytes(TWO_WORDS)
    done = cli("fit", tmp_path / "two.txt", "-o", tmp_path / "m", "--topics", 2)
    assert done.code == 0
    assert "--min-df and --max-df were dropped" in done.err


def test_a_folder_without_text_is_refused(cli, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "picture.png").write_bytes(b"\x89PNG")
    done = cli("fit", tmp_path / "folder", "-o", tmp_path / "m")
    assert done.code == 3
    assert "no .txt file" in done.err


def test_a_missing_corpus_is_refused(cli, tmp_path):
    done = cli("fit", tmp_path / "none.txt", "-o", tmp_path / "m")
    assert done.code == 3
    assert "none.txt" in done.err


def test_a_folder_of_texts_has_paths_for_ids(cli, tmp_path, model, articles):
    for n, text in enumerate(articles[:4]):
        path = tmp_path / "texts" / "ab"[n % 2] / f"{n}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    done = cli("encode", model, tmp_path / "texts", "-o", "-", "--json")
    ids = [json.loads(line)["id"] for line in done.out.splitlines()]
    assert ids == ["a/0.txt", "a/2.txt", "b/1.txt", "b/3.txt"]


@pytest.mark.parametrize(
    ("out", "words"),
    [
        ("missing/m.csv", "the folder does not exist"),
        ("news.txt/m.csv", "not a folder"),
        ("folder.csv", "it is a folder"),
    ],
)
@pytest.mark.parametrize("verb", ["fit", "encode"])
def test_an_output_that_cannot_be_written_is_said_first(cli, tmp_path, model, articles, monkeypatch, verb, out, words):
    (tmp_path / "news.txt").write_bytes(small_corpus(articles))
    (tmp_path / "folder.csv").mkdir()
    monkeypatch.setattr("textsc.corpus.readers.open_corpus", pytest.fail)
    inputs = [model] if verb == "encode" else []
    done = cli(verb, *inputs, tmp_path / "news.txt", "-o", tmp_path / out)
    assert done.code == 3
    assert words in done.err


@pytest.mark.parametrize("verb", ["fit", "encode"])
def test_a_full_disk_is_said(cli, tmp_path, model, articles, verb):
    (tmp_path / "news.txt").write_bytes(small_corpus(articles))
    inputs = [model] if verb == "encode" else []
    settings = ["--topics", 2, "--epochs", 1] if verb == "fit" else []
    done = cli(verb, *inputs, tmp_path / "news.txt", "-o", "/dev/full", *settings)
    assert done.code == 3
    assert "cannot write /dev/full: No space left on device" in done.err
    assert not os.path.isfile("/dev/full")


def test_a_table_that_fails_half_way_leaves_the_earlier_one(cli, tmp_path, model, articles):
    # The last of the rows fails: by then the first block is written.
    path = tmp_path / "news.txt"
    path.write_bytes(small_corpus(articles))
    out = tmp_path / "codes.csv"
    out.write_text("precious")
    from textsc.corpus import dataset

    real = dataset.stream_corpus

    def breaking(reader, encoder):
        yield from real(reader, encoder)
        raise OSError(5, "Input/output error", "news.txt")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dataset, "stream_corpus", breaking)
        done = cli("encode", model, path, "-o", out, "--force")
    assert done.code == 3
    assert "news.txt: Input/output error" in done.err
    assert out.read_text() == "precious"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["codes.csv", "news.txt"]


@pytest.mark.skipif(importlib.util.find_spec("cupy") is not None, reason="CuPy is here")
@pytest.mark.parametrize("verb", ["fit", "encode", "demo"])
def test_a_missing_device_is_said(cli, tmp_path, model, news, verb):
    out = tmp_path / "m.csv"
    inputs = {"fit": [news, "-o", out], "encode": [model, news, "-o", out], "demo": []}[verb]
    done = cli(verb, *inputs, "--device", "cuda", "--json")
    assert done.code == 6
    assert done.json["code"] == 6
    assert not out.exists()


def test_a_temporary_folder_without_room_is_said(cli, tmp_path, monkeypatch, model, news):
    real = tempfile.TemporaryFile

    def full(*args, **options):
        # The corpus is a file, so only the columns of the archive are put aside.
        real(*args, **options).close()
        return open("/dev/full", "r+b", buffering=0)

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    done = cli("encode", model, news, "-o", tmp_path / "c.npz")
    assert done.code == 3
    assert f"cannot keep a temporary file in {tmp_path}: No space left on device" in done.err
    assert list(tmp_path.iterdir()) == []


def test_ids_are_unchanged(cli, tmp_path, model):
    names = ["x,y", 'say "so"', "two\nlines", "naïve", "007", ""]
    path = tmp_path / "ids.jsonl"
    path.write_text("".join(json.dumps({"id": n, "text": "storm"}) + "\n" for n in names))
    done = cli("encode", model, path, "-o", "-", "--json")
    assert [json.loads(line)["id"] for line in done.out.splitlines()] == names


ROWS = {
    "good.csv": (b"id,text\n1,storm flood\n", 0, ""),
    "good.tsv.gz": (gzip.compress(b"id\ttext\n1\tstorm flood\n"), 0, ""),
    "bad-line.csv": (b'id,text\n1,storm flood\n2,"storm" flood,3\n4,storm\n', 5, "bad-line.csv, line 3: "),
    "twice.csv": (b"id,text\n1,storm flood\n1,storm\n", 0, "line 3: the id of an earlier row comes again"),
    "latin.csv": (b"id,text\n1,storm caf\xe9\n", 0, "not UTF-8, read as windows-1252"),
    "header.csv": (b"id,text\n", 3, "holds no document"),
    "other.csv": (b"id,body\n1,storm\n", 3, 'no column "text"; its columns: "id", "body"'),
    "text.parquet": (b"storm flood\n", 3, "is not a Parquet file"),
}


@pytest.mark.parametrize("name", ROWS)
def test_tables_end_as_documented(cli, tmp_path, model, name):
    content, code, said = ROWS[name]
    (tmp_path / name).write_bytes(content)
    done = cli("encode", model, tmp_path / name, "-o", tmp_path / "c.csv")
    assert done.code == code, done.err
    assert said in done.err
    fitted = cli("fit", tmp_path / name, "-o", tmp_path / "m", "--topics", 2, "--epochs", 1)
    assert fitted.code == code
    assert said in fitted.err


def test_json_lines_on_standard_input_are_rows(cli, model):
    rows = b'{"id": "a", "text": "storm"}\n{"id": "b", "text": "flood"}\n'
    done = cli("encode", model, "-", "-o", "-", "--json", stdin=rows)
    assert [json.loads(line)["id"] for line in done.out.splitlines()] == ["a", "b"]
    done = cli("encode", model, "-", "-o", "-", "--json", "--format", "txt", stdin=rows)
    assert [json.loads(line)["id"] for line in done.out.splitlines()] == ["0", "1"]


def test_the_encoding_matters(cli, tmp_path, model):
    (tmp_path / "a.txt").write_bytes("storm flood\n".encode("utf-16-le"))
    args = ("encode", model, tmp_path / "a.txt", "-o", "-", "--json")
    assert cli(*args).code == 3
    assert cli(*args, "--encoding", "utf-16-le").code == 0


@pytest.mark.parametrize(
    ("option", "value"), [("--encoding", "utf8000"), ("--format", "xml"), ("--encoding", "base64")]
)
@pytest.mark.parametrize("verb", ["fit", "encode"])
def test_an_unknown_encoding_or_format_is_a_mistake_in_the_command(cli, model, news, tmp_path, verb, option, value):
    inputs = [model] if verb == "encode" else []
    done = cli(verb, *inputs, news, "-o", tmp_path / "m.csv", option, value)
    assert done.code == 2
    assert option in done.err
