"""Matrix Market and UCI files: entries in any order, and headers that do not fit."""

import gzip
import re
import subprocess
import sys

import numpy as np
import pytest
from gensim.corpora import MmCorpus, UciCorpus
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.io import mmread, mmwrite
from scipy.sparse import coo_array, csr_array

from textsc.corpus.bags import entries, lineblocks, rowsort
from textsc.corpus.dataset import read_corpus
from textsc.corpus.readers import CorpusError, open_corpus

HEAD = "%%MatrixMarket matrix coordinate integer general\n"
WORDS = ["cat", "dog", "bird"]


def written(folder, name, content):
    path = folder / name
    data = content if isinstance(content, bytes) else content.encode()
    path.write_bytes(gzip.compress(data, mtime=0) if name.endswith(".gz") else data)
    return path


def counts_of(path):
    return read_corpus(path).X.toarray()


@pytest.mark.parametrize("kind", [np.int64, np.uint8, np.float64])
def test_files_of_scipy_are_read_as_scipy_reads_them(tmp_path, kind):
    path = tmp_path / "a.mtx"
    X = np.random.default_rng(0).poisson(0.3, (40, 30)).astype(kind)
    for matrix in (csr_array(X), coo_array(X.T).T, csr_array(X).tocsc()):
        mmwrite(path, matrix, symmetry="general")
        np.testing.assert_array_equal(counts_of(path), mmread(path).toarray())
    mmwrite(path, csr_array(X), field="pattern", symmetry="general")
    np.testing.assert_array_equal(counts_of(path), X > 0)


def test_files_of_gensim_are_read_as_gensim_reads_them(tmp_path):
    documents = [[(0, 2), (2, 1)], [], [(1, 3)]]
    MmCorpus.serialize(str(tmp_path / "a.mm"), documents)
    UciCorpus.serialize(str(tmp_path / "a.uci"), documents, id2word=dict(enumerate(WORDS)))
    assert read_corpus(tmp_path / "a.uci").feature_names == WORDS
    for peer, name in ((MmCorpus, "a.mm"), (UciCorpus, "a.uci")):
        X = counts_of(tmp_path / name)
        assert [[(int(j), int(row[j])) for j in np.flatnonzero(row)] for row in X] == [
            [(int(j), int(n)) for j, n in document] for document in peer(str(tmp_path / name))
        ]


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), n_rows=st.integers(1, 6), block=st.sampled_from([8, 30, 1 << 18]))
def test_entries_may_come_in_any_order_with_any_blanks(tmp_path, monkeypatch, data, n_rows, block):
    monkeypatch.setattr(lineblocks, "_BLOCK", block)
    monkeypatch.setattr(rowsort, "_PART", 2)
    cells = st.tuples(st.integers(1, n_rows), st.integers(1, 4))
    found = data.draw(st.dictionaries(cells, st.integers(0, 3), min_size=1))
    order = data.draw(st.permutations(sorted(found)))
    blanks = st.sampled_from([" ", " ", " ", "  ", "\t", " \t "])
    ends = st.sampled_from(["\n", "\n", "\r\n", " \n", "\n\n"])
    body = "".join(f"{i}{data.draw(blanks)}{j}{data.draw(blanks)}{found[i, j]}{data.draw(ends)}" for i, j in order)
    expected = np.zeros((n_rows, 4), dtype=int)
    for (i, j), n in found.items():
        expected[i - 1, j - 1] = n
    path = written(tmp_path, "a.mtx", f"{HEAD}{n_rows} 4 {len(found)}\n{body}")
    got = np.array([[r.bag.get(f"word_{j}", 0) for j in range(4)] for r in open_corpus(path)])
    np.testing.assert_array_equal(got, expected)


def test_a_large_file_in_the_order_of_its_columns(tmp_path, monkeypatch):
    monkeypatch.setattr(rowsort, "_PART", 1000)
    X = csr_array(np.random.default_rng(0).poisson(0.05, (3000, 200)))
    mmwrite(tmp_path / "a.mtx", X.tocsc(), symmetry="general")
    reader = open_corpus(tmp_path / "a.mtx")
    for _ in range(2):
        rows = [record.bag for record in reader]
        assert len(rows) == 3000
        assert all(len(bag) == n for bag, n in zip(rows, np.diff(X.indptr), strict=True))
    np.testing.assert_array_equal(counts_of(tmp_path / "a.mtx"), X.toarray())


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("2 1", "it has 2 numbers, not 3"),
        ("2 1 1 1", "it has 4 numbers, not 3"),
        ("2 0 1", 'its word is "0", not a number from 1 to 3'),
        ("2 4 1", 'its word is "4"'),
        ("2 -1 1", 'its word is "-1"'),
        ("2 x 1", 'its word is "x"'),
        ("2 1.5 1", 'its word is "1.5"'),
        ("2 1 -1", 'its count is "-1", not a whole number from 0 to 2,147,483,647'),
        ("2 1 0.5", 'its count is "0.5"'),
        ("2 1 nan", 'its count is "nan"'),
        ("2 1 inf", 'its count is "inf"'),
        ("2 1 1e99", 'its count is "1e99"'),
        ("2 1 2147483648", 'its count is "2147483648"'),
        ("2 1 " + "9" * 400, r"its count is \"999.*\.\.\.\""),
        ("2 1 1-2", 'its count is "1-2"'),
        ("2 1 \0", "its count is"),
    ],
)
@pytest.mark.parametrize("order", ["sorted", "mixed"])
def test_a_bad_entry_is_said_of_its_row(tmp_path, line, problem, order):
    last = "3 1 1" if order == "sorted" else "1 2 1"
    path = written(tmp_path, "a.mtx", f"{HEAD}3 3 4\n1 1 1\n2 2 5\n{line}\n{last}\n")
    data = read_corpus(path)
    assert data.status == ["ok", "unreadable", "ok" if order == "sorted" else "empty"]
    assert data.X.toarray()[1].tolist() == [0, 0, 0]
    (sentence,) = data.problems
    assert sentence.startswith(f"{path}, line 5: ")
    assert re.search(problem, sentence)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("%%MatrixMarket matrix array integer general\n1 1\n1\n", r'line 1: .*; it is of the form "array"'),
        ("%%MatrixMarket matrix coordinate complex general\n1 1 1\n1 1 1 0\n", 'of the field "complex"'),
        ("%%MatrixMarket matrix coordinate real symmetric\n1 1 1\n1 1 1\n", 'of the symmetry "symmetric"'),
        ("%%MatrixMarket vector coordinate real general\n1 1 1\n1 1 1\n", "line 1: .*it begins with"),
        ("1 1 1\n1 1 1\n", 'it begins with "1 1 1"'),
        (b"\x80\x04\x95" * 40, "line 1: .*it begins with"),
        (f"{HEAD}", "line 1: it should have the numbers of rows, columns and entries"),
        (f"{HEAD}% only\n3 3\n", 'line 3: .* has "3 3"'),
        (f"{HEAD}3 3 -1\n", "it should have the numbers"),
        (f"{HEAD}9999999999 3 1\n1 1 1\n", "declares 9,999,999,999 documents and 1 entries, which cannot be right"),
        (f"{HEAD}1 99999999999 1\n1 1 1\n", "declares 99,999,999,999 words, and without a vocabulary"),
        (f"{HEAD}2 3 1\n1 1 1\n2 1 1\n", r"line 4: it holds more entries than the 1 that its header declares"),
        (f"{HEAD}2 3 1\n3 1 1\n", r'line 3: its document is "3", not a number from 1 to 2'),
        (f"{HEAD}2 3 1\nx 1 1\n", 'its document is "x"'),
        (f"{HEAD}2 3 3\n2 1 1\n1 1 1\n", r"line 4: the file ends after 2 of 3 entries, and they are not in the order"),
        (f"{HEAD}2 3 1\n{'1' * 3_000_000}", "line 3: it has more than 1,048,576 characters"),
        (f"{HEAD}0 3 0\n", "holds no document"),
    ],
)
def test_what_cannot_be_a_corpus_is_said_in_one_sentence(tmp_path, content, message):
    path = written(tmp_path, "a.mtx", content)
    with pytest.raises(CorpusError, match=message) as caught:
        read_corpus(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("3\n3\n", "line 2: it should be the number of entries"),
        ("a b\n1\n1\n", 'line 1: it should be the number of documents, and is "a b"'),
        ("1\n1\n2\n1 1 1\n1 1 1\n1 1 1\n", "line 6: it holds more entries than the 2"),
    ],
)
def test_a_uci_header_that_is_none(tmp_path, content, message):
    with pytest.raises(CorpusError, match=message):
        read_corpus(written(tmp_path, "docword.a.txt", content))


def test_a_file_that_ends_early_keeps_the_documents_before_its_end(tmp_path):
    path = written(tmp_path, "a.mtx", f"{HEAD}4 3 5\n1 1 1\n1 2 1\n3 1 1\n")
    data = read_corpus(path)
    assert data.status == ["ok", "empty", "unreadable", "unreadable"]
    assert "the file ends after 3 of 5 entries" in data.problems[0]


def test_a_broken_gzip_stream_keeps_the_documents_before_its_damage(tmp_path):
    X = csr_array(np.random.default_rng(0).poisson(0.5, (2000, 20)))
    mmwrite(tmp_path / "a.mtx", X, symmetry="general")
    content = gzip.compress((tmp_path / "a.mtx").read_bytes(), mtime=0)
    path = tmp_path / "b.mtx.gz"
    path.write_bytes(content[: len(content) // 2])
    data = read_corpus(path)
    n_good = data.status.index("unreadable")
    assert 100 < n_good < 1900
    assert set(data.status[n_good:]) == {"unreadable"}
    np.testing.assert_array_equal(data.X.toarray()[:n_good], X.toarray()[:n_good])
    assert "the gzip stream is broken" in data.problems[0]


def test_half_a_line_before_a_damage_is_no_entry(tmp_path):
    whole = "".join(f"{n} 1 1\n" for n in range(1, 13))
    head = f"{HEAD}12 1 12\n"
    # Stored as it is, after 15 bytes of gzip's own, so that the cut falls where it should: in "11 1 1".
    content = gzip.compress((head + whole).encode(), compresslevel=0, mtime=0)
    path = tmp_path / "a.mtx.gz"
    path.write_bytes(content[: 15 + len(head) + whole.index("11 1 1") + 1])
    assert read_corpus(path).status == ["ok"] * 9 + ["unreadable"] * 3


def test_a_vocabulary_must_name_every_column(tmp_path):
    path = written(tmp_path, "a.mtx", f"{HEAD}1 3 1\n1 1 1\n")
    written(tmp_path, "vocab.txt", "cat\ndog\n")
    with pytest.raises(CorpusError, match=r"vocab\.txt has 2 words, and .*a\.mtx has 3 columns.*--vocabulary"):
        read_corpus(path)
    data = read_corpus(path, vocabulary=[*WORDS, "fish"])
    assert data.feature_names == [*WORDS, "fish"]
    assert "the first 3 are for its columns" in data.notes[0]


def test_repeated_entries_are_added_and_that_is_said(tmp_path):
    data = read_corpus(written(tmp_path, "a.mtx", f"{HEAD}1 2 3\n1 2 1\n1 1 1\n1 2 5\n"))
    assert data.X.toarray().tolist() == [[1, 6]]
    assert any("more than once" in note for note in data.notes)


def test_very_many_bad_entries_fill_no_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(entries, "_KEPT_PROBLEMS", 3)
    lines = "".join(f"{n} 1 -{n}\n" for n in range(1, 11))
    data = read_corpus(written(tmp_path, "a.mtx", f"{HEAD}11 2 11\n{lines}11 1 1\n"))
    assert data.status == ["unreadable"] * 10 + ["ok"]
    assert '"-3"' in data.problems[2]
    assert data.problems[9].endswith("line 12: it cannot be read, as many lines before it.")


MILLION = """
import re, sys
from pathlib import Path
from textsc.corpus import open_corpus, read_corpus, stream_corpus
from textsc.corpus.bags.allwords import count_all_words

def peak():
    # Not getrusage: its peak is that of the process that began this one, where that was larger.
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])

path, name = sys.argv[1:]
n_rows, n_words = {n_rows}, 500
with open(path, "w") as file:
    def line(i):
        return [((i * 7 + k * 31) % n_words, 1 + k) for k in range(3)]
    if name == "mtx":
        file.write(f"%%MatrixMarket matrix coordinate integer general\\n{{n_rows}} {{n_words}} {{3 * n_rows}}\\n")
        # By columns of the file, not by rows: k runs last.
        for k in range(3):
            file.writelines(f"{{i + 1}} {{line(i)[k][0] + 1}} {{line(i)[k][1]}}\\n" for i in range(n_rows))
    else:
        file.writelines("3 " + " ".join(f"{{j}}:{{n}}" for j, n in line(i)) + "\\n" for i in range(n_rows))
reader = open_corpus(path)
_, encoder = count_all_words([{{word: 1 for word in reader.words}}], reader.words)
limit = peak() + 60_000
found = sum(len(block.ids) for block in stream_corpus(reader, encoder))
assert found == n_rows
grown = peak()
assert grown < min(limit, 300_000), (grown, limit)
print(grown)
"""


@pytest.mark.parametrize("n_rows", [60_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", ["mtx", "ldac"])
def test_memory_does_not_grow_with_the_corpus(tmp_path, name, n_rows):
    code = MILLION.format(n_rows=n_rows)
    command = [sys.executable, "-c", code, str(tmp_path / f"a.{name}"), name]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_transposed_matrix_is_asked_about(tmp_path):
    path = written(tmp_path, "a.mtx", "%%MatrixMarket matrix coordinate integer general\n3 2 1\n1 1 1\n")
    written(tmp_path, "a.mtx.vocab", "cat\ndog\neel\n")
    assert "as many words as rows: rows must be documents" in read_corpus(path).notes[0]
