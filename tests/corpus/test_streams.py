"""Standard input, pipes and the temporary files that let them be read twice."""

import contextlib
import gzip
import io
import os
import resource
import sys
import tempfile
import threading

import pytest

from textsc.corpus.readers import CorpusError, open_corpus
from textsc.corpus.text import TextCounts

# --- standard input ------------------------------------------------------------------------------


def test_standard_input_is_one_document_a_line_and_can_be_read_twice(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("día\n\nzwei\n".encode())))
    reader = open_corpus("-")
    for _ in range(2):
        assert [r.text for r in reader] == ["día", "", "zwei"]
    assert next(iter(reader)).where == "standard input, line 1"
    assert reader.fraction == 1.0


def test_two_passes_over_standard_input_do_not_disturb_each_other(monkeypatch):
    content = "".join(f"line {i} with some text\n" for i in range(10_000))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content.encode())))
    reader = open_corpus("-")
    assert all(a.text == b.text for a, b in zip(reader, reader, strict=True))


def test_an_empty_standard_input_is_refused(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    with pytest.raises(CorpusError, match="standard input is empty"):
        open_corpus("-")


@pytest.mark.parametrize("stdin", [None, io.StringIO("text\n")])
def test_a_closed_standard_input_is_refused(monkeypatch, stdin):
    monkeypatch.setattr(sys, "stdin", stdin)
    with pytest.raises(CorpusError, match=r"no standard input.*Give a file"):
        open_corpus("-")


def test_a_standard_input_that_cannot_be_read_is_refused(tmp_path, monkeypatch):
    folder = os.open(tmp_path, os.O_RDONLY)
    with open(os.open(os.devnull, os.O_RDONLY), "rb") as stream:
        os.dup2(folder, stream.fileno())
        os.close(folder)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(stream))
        with pytest.raises(CorpusError, match="standard input cannot be read: Is a directory"):
            open_corpus("-")


# --- pipes and devices ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pipe", b"one\n\ntwo\n"),
        ("pipe.txt", b"one\n\ntwo\n"),
        ("pipe.txt.gz", gzip.compress(b"one\n\ntwo\n", mtime=0)),
        ("pipe.jsonl", b'{"text": "one"}\n{"text": ""}\n{"text": "two"}'),
    ],
)
def test_a_pipe_is_read_like_standard_input(tmp_path, name, content):
    path = tmp_path / name
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(content,))
    writer.start()
    reader = open_corpus(path)
    writer.join()
    for _ in range(2):
        assert [r.text for r in reader] == ["one", "", "two"]
    assert next(iter(reader)).where == f"{path}, line 1"


def test_an_empty_device_is_refused():
    with pytest.raises(CorpusError, match="/dev/null is empty"):
        open_corpus(os.devnull)


def test_a_pipe_that_may_not_be_read_is_refused(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe")

    def denied(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", denied)
    with pytest.raises(CorpusError, match="pipe cannot be read: Permission denied"):
        open_corpus(tmp_path / "pipe")


# --- the temporary folder ------------------------------------------------------------------------


@contextlib.contextmanager
def small_files(n_bytes):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("n_bytes", [100_000, 80_001])
def test_a_temporary_folder_that_is_full_is_named(tmp_path, monkeypatch, n_bytes):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"x" * n_bytes)))
    full = rf"temporary file in {tmp_path} .*File too large.*TMPDIR"
    with small_files(80_000), pytest.raises(CorpusError, match=full):
        open_corpus("-")


@pytest.mark.parametrize("n_documents", [1, 3_000])
def test_counting_with_a_full_temporary_folder_names_it(tmp_path, monkeypatch, n_documents):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    full = rf"temporary file in {tmp_path} .*File too large.*TMPDIR"
    with small_files(10), pytest.raises(CorpusError, match=full):
        TextCounts().fit_transform(["cat dog", "cow"] * n_documents)


def test_no_temporary_folder_at_all_is_said(monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: ["/nowhere"])
    with pytest.raises(CorpusError, match=r"No temporary file.*/nowhere.*TMPDIR"):
        TextCounts().fit_transform(["cat dog"])
