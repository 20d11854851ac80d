"""Dataset: row by row what the source says, with a status for each."""

import gzip
import json
import tracemalloc

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError

from textsc.corpus.dataset import STATUSES, read_corpus, stream_corpus
from textsc.corpus.files import bytefiles, decoding
from textsc.corpus.readers import CorpusError, open_corpus
from textsc.corpus.text import TextCounts
from textsc.corpus.words import tally

lines_of_json = [
    {"id": "a", "text": "apple banana apple", "label": "fruit"},
    {"id": "b", "text": ""},
    {"id": "c", "text": None, "label": "lost"},
    {"id": "d", "text": "the and of", "label": "fruit"},
    {"text": "banana cherry 123"},
    {"id": "f", "text": "the zebra and an apple"},
    {"id": "g", "text": "12 ... 7"},
]
all_words = TextCounts(min_df=1, max_df=1.0)


@pytest.fixture
def mixed(tmp_path):
    path = tmp_path / "mixed.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines_of_json))
    return path


def dense(data):
    return data.X.toarray().tolist()


def test_every_row_keeps_its_place_label_and_status(mixed):
    data = read_corpus(mixed, encoder=all_words)
    assert data.ids == ["a", "b", "c", "d", "4", "f", "g"]
    assert data.y == ["fruit", None, "lost", "fruit", None, None, None]
    assert data.status == ["ok", "empty", "unreadable", "out_of_vocabulary", "ok", "ok", "empty"]
    assert set(data.status) <= set(STATUSES)
    assert data.feature_names == ["apple", "banana", "cherry", "zebra"]
    assert dense(data) == [
        [2, 1, 0, 0],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
        [0, 1, 1, 0],
        [1, 0, 0, 1],
        [0, 0, 0, 0],
    ]
    assert data.n_tokens.tolist() == [3, 0, 0, 0, 2, 2, 0]
    assert data.n_tokens.dtype == np.int64
    assert data.problems == [f'{mixed}, line 3: its field "text" is null, not a string.']
    assert data.encoder is not all_words
    assert not hasattr(all_words, "vocabulary_")


def test_a_fitted_encoder_is_used_as_it_is(mixed):
    encoder = TextCounts(min_df=1, max_df=1.0).fit(["apple pear"])
    data = read_corpus(mixed, encoder=encoder)
    assert data.encoder is encoder
    assert data.feature_names == ["apple", "pear"]
    assert data.status[4] == "out_of_vocabulary"
    assert data.oov_rate.tolist() == [1 / 3, 0, 0, 0, 1, 0.5, 0]


def test_unreadable_rows_take_no_part_in_the_limits(tmp_path):
    path = tmp_path / "a.jsonl"
    good = ["apple banana", "apple banana", "cherry"]
    path.write_text("".join(json.dumps({"text": t}) + "\n" for t in good) + "broken\n" * 5)
    # In two of three readable documents, but in two of eight rows.
    data = read_corpus(path, encoder=TextCounts(min_df=0.5, max_df=1.0))
    assert data.feature_names == ["apple", "banana"]
    assert data.status == ["ok", "ok", "out_of_vocabulary", *["unreadable"] * 5]
    assert len(data.problems) == 5


def test_no_labels_at_all(tmp_path):
    (tmp_path / "a.txt").write_text("apple banana\nbanana\n")
    assert read_corpus(tmp_path / "a.txt").y is None


def test_a_document_of_one_endless_token_has_no_word_that_a_vocabulary_knows(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("apple banana\n" + "ab" * 1_000_000 + "\napple banana\n")
    data = read_corpus(path, encoder=all_words)
    assert data.feature_names == ["apple", "banana"]
    assert data.status == ["ok", "out_of_vocabulary", "ok"]
    assert data.oov_rate.tolist() == [0, 1, 0]
    path.write_text("ab" * 1_000 + "\n")
    with pytest.raises(CorpusError, match=r"no word in 1 document.*at most 100 characters"):
        read_corpus(path)


def test_repairs_are_noted_once_per_kind(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"apple\ncaf\xe9 one\ncaf\xe9 two\ncaf\xe9 three\n")
    data = read_corpus(path)
    assert data.notes == [f"{path}, line 2 and 2 more: not UTF-8, read as windows-1252."]
    assert data.problems == []
    assert "café" in data.feature_names


@pytest.mark.parametrize(
    ("text", "status", "n_words"),
    [
        ("large single document", ["ok"], 3),
        ("word", ["ok"], 1),
        ("\n\nword\n\n", ["empty", "empty", "ok", "empty"], 1),
    ],
)
def test_one_document_and_one_word_are_a_corpus(tmp_path, text, status, n_words):
    (tmp_path / "a.txt").write_text(text)
    data = read_corpus(tmp_path / "a.txt", encoder=TextCounts(min_df=2))
    assert data.status == status
    assert data.X.shape == (len(status), n_words)
    assert data.encoder.dropped_limits_


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl", b'{"body": "x", "n": 1}\n' * 3, r'line 1: .*"body", "n".*--text-field'),
        (
            "a.jsonl",
            b"{\n{\n",
            r"Nothing is readable in .*a\.jsonl; first .*line 1: it is not JSON",
        ),
        ("a.jsonl", b"\n\n", r"holds no document"),
        ("a.txt", b"\0\n\0\n", r"Nothing is readable.*NUL"),
        ("a.txt", b"\n\n", r"a\.txt: There is no word in 2 documents"),
        ("a.txt", b"the\nand\n", r"all are stop words"),
        ("a.txt", b"\xef\xbb\xbf", r"holds no document"),
        ("a.txt.gz", gzip.compress(b"one\n", mtime=0)[:12], r"gzip stream is broken here"),
        ("a.txt.gz", gzip.compress(b"", mtime=0), r"holds no document"),
    ],
)
def test_a_corpus_with_nothing_in_it_is_refused(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CorpusError, match=message):
        read_corpus(tmp_path / name)


def test_nothing_readable_is_refused_for_a_fitted_encoder_too(tmp_path):
    encoder = TextCounts().fit(["apple banana"])
    (tmp_path / "a.jsonl").write_text('{"body": "apple"}\n' * 3)
    (tmp_path / "b.txt").write_text("\n")
    reader = open_corpus(tmp_path / "a.jsonl")
    with pytest.raises(CorpusError, match="--text-field"):
        read_corpus(reader, encoder=encoder)
    with pytest.raises(CorpusError, match="--text-field"):
        list(stream_corpus(reader, encoder, size=2))
    assert read_corpus(tmp_path / "b.txt", encoder=encoder).status == ["empty"]


def test_a_broken_gzip_gives_its_rows_and_one_more(tmp_path):
    path = tmp_path / "a.txt.gz"
    path.write_bytes(gzip.compress(b"apple banana\napple cherry\n")[:-4])
    data = read_corpus(path)
    assert data.status == ["ok", "ok", "unreadable"]
    assert "gzip stream is broken here" in data.problems[0]


def test_progress_is_reported(tmp_path):
    (tmp_path / "a.txt").write_text("apple banana\n" * 1_000)
    calls = []
    read_corpus(tmp_path / "a.txt", on_progress=lambda fraction, n: calls.append((fraction, n)))
    assert [n for _, n in calls] == [256, 512, 768, 1000]
    assert calls[-1][0] == 1.0


documents = st.lists(
    st.one_of(
        st.text(st.sampled_from("abé \u0301'"), max_size=12).map(lambda t: json.dumps({"text": t})),
        st.sampled_from(["", "{", "[]", '{"text": 1}', '{"id": "x", "text": "the", "label": 1}']),
    ),
    max_size=30,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=documents, size=st.integers(1, 7), tokens=st.integers(1, 9))
def test_blocks_say_what_the_whole_says(tmp_path, lines, size, tokens):
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join([*lines, '{"text": "ab ba"}']))
    encoder = TextCounts(min_df=1, max_df=1.0).fit(["ab ba aa abba"])
    whole = read_corpus(path, encoder=encoder)
    reader = open_corpus(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tally, "_BLOCK_TOKENS", tokens)
        blocks = list(stream_corpus(reader, encoder, size=size))
    n_rows = sum(bool(line.strip()) for line in lines) + 1
    assert [len(b.ids) for b in blocks[:-1]] == [size] * (len(blocks) - 1)
    assert whole.ids == [i for b in blocks for i in b.ids]
    assert len(whole.ids) == len(whole.status) == whole.X.shape[0] == n_rows
    assert whole.status == [s for b in blocks for s in b.status]
    assert dense(whole) == [row for b in blocks for row in dense(b)]
    assert whole.n_tokens.tolist() == whole.X.sum(axis=1).tolist()
    assert whole.oov_rate.tolist() == [r for b in blocks for r in b.oov_rate.tolist()]
    assert whole.problems == [p for b in blocks for p in b.problems]
    for block in blocks:
        assert block.X.has_sorted_indices


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=documents)
def test_fitting_and_counting_agree(tmp_path, lines):
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join([*lines, '{"text": "ab ba"}']))
    fitted = read_corpus(path, encoder=all_words)
    again = read_corpus(path, encoder=fitted.encoder)
    assert dense(fitted) == dense(again)
    assert fitted.status == again.status
    assert fitted.oov_rate.max() == again.oov_rate.max() == 0


def test_streaming_needs_a_fitted_encoder(mixed):
    with pytest.raises(NotFittedError):
        next(stream_corpus(open_corpus(mixed), TextCounts()))


def test_streaming_takes_constant_memory(tmp_path, monkeypatch):
    encoder = TextCounts(min_df=1, max_df=1.0).fit(["apple banana cherry"])

    monkeypatch.setattr(bytefiles, "CHUNK", 2_000)
    monkeypatch.setattr(decoding, "_HEAD", 2_000)

    def peak(n_rows):
        path = tmp_path / f"{n_rows}.txt"
        path.write_text("apple banana zebra cherry\n" * n_rows)
        tracemalloc.start()
        try:
            for _ in stream_corpus(open_corpus(path), encoder, size=100):
                pass
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(500)  # what is made once
    assert peak(3_000) < 1.2 * peak(1_000)
