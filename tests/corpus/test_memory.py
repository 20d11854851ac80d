"""A million rows are read and counted in little memory: what grows is ids and counts, never texts."""

import csv
import gzip
import json
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

MEGABYTE = 1 << 20
pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from /proc")

# The peak after the imports and the peak at the end, in bytes. Not `ru_maxrss`, which a child has from its parent.
SCRIPT = """
import re, sys
from pathlib import Path
from textsc.corpus.dataset import read_corpus, stream_corpus
from textsc.corpus.readers import open_corpus
from textsc.corpus.text import TextCounts

def peak():
    return 1024 * int(re.search("VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])

read_corpus("lee")
import charset_normalizer, pyarrow.parquet
before = peak()
path, n_rows = sys.argv[1], int(sys.argv[2])
if sys.argv[3] == "read":
    data = read_corpus(path)
    assert len(data.ids) == n_rows and data.problems == data.notes == []
elif sys.argv[3] == "learn":
    encoder = TextCounts().fit(record.text for record in open_corpus(path))
    assert encoder.n_documents_ == n_rows and len(encoder.vocabulary_) > 100
else:
    encoder = read_corpus("lee").encoder
    assert sum(len(block.ids) for block in stream_corpus(open_corpus(path), encoder)) == n_rows
print(before, peak())
"""


def generate(path, n_rows, n_words):
    rows = ((f"doc{i}", f"storm river word{i % 5000} " * (n_words // 3), f"label{i % 7}") for i in range(n_rows))
    names = ("id", "text", "label")
    if path.suffix == ".parquet":
        with pq.ParquetWriter(path, pa.schema([(name, pa.string()) for name in names])) as writer:
            while group := list(islice(rows, 100_000)):
                writer.write_table(pa.table(dict(zip(names, zip(*group, strict=True), strict=True))))
        return
    with gzip.open(path, "wt", encoding="utf-8", newline="", compresslevel=1) as file:
        if path.name == "a.csv.gz":
            writer = csv.writer(file)
            writer.writerow(names)
            writer.writerows(rows)
        else:
            file.writelines(json.dumps(dict(zip(names, row, strict=True))) + "\n" for row in rows)


def peaks(path, step, *, n_rows, n_words):
    generate(path, n_rows, n_words)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, path, str(n_rows), step], capture_output=True, text=True, check=True
    )
    return [int(word) for word in done.stdout.split()]


@pytest.mark.parametrize("step", ["read", "learn", "stream"])
@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.csv.gz", "a.parquet"])
def test_texts_are_not_kept(tmp_path, name, step):
    before, after = peaks(tmp_path / name, step, n_rows=60_000, n_words=96)
    # The texts alone would take 50 MB in Python. Arrow's allocator keeps what it has used.
    assert after - before < (60 if name == "a.parquet" else 36) * MEGABYTE


@pytest.mark.slow
@pytest.mark.parametrize("step", ["learn", "stream"])
@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.csv.gz", "a.parquet"])
def test_a_million_rows_take_less_than_300_megabytes(tmp_path, name, step):
    _, after = peaks(tmp_path / name, step, n_rows=1_000_000, n_words=24)
    assert after < 300 * MEGABYTE
