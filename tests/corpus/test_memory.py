"""A million rows are read and counted in little memory: what grows is ids and counts, never texts."""

import csv
import gzip
import json
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

MEGABYTE = 1 << 20

# The peak after the imports and the peak at the end, in bytes; Linux says it in KiB.
SCRIPT = """
import sys
from textsc.corpus.dataset import read_corpus, stream_corpus
from textsc.corpus.readers import open_corpus
from textsc.corpus.text import TextCounts

def peak():
    # Not ru_maxrss: a process begins with that of the one which started it.
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))

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


def text_of(i):
    return f"storm river word{i % 5000} " * 48


def generate(path, n_rows):
    rows = ((f"doc{i}", text_of(i), f"label{i % 7}") for i in range(n_rows))
    names = ("id", "text", "label")
    if path.suffix == ".parquet":
        table = pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))
        pq.write_table(table, path, row_group_size=100_000)
        return
    with gzip.open(path, "wt", encoding="utf-8", newline="", compresslevel=1) as file:
        if path.name == "a.csv.gz":
            writer = csv.writer(file)
            writer.writerow(names)
            writer.writerows(rows)
        else:
            file.writelines(json.dumps(dict(zip(names, row, strict=True))) + "\n" for row in rows)


def peaks(path, n_rows, step):
    generate(path, n_rows)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, path, str(n_rows), step], capture_output=True, text=True, check=True
    )
    return [int(word) for word in done.stdout.split()]


@pytest.mark.parametrize("step", ["read", "learn", "stream"])
@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.csv.gz"])
def test_texts_are_not_kept(tmp_path, name, step):
    before, after = peaks(tmp_path / name, 60_000, step)
    # The texts alone would take 75 MB in Python.
    assert after - before < 50 * MEGABYTE


@pytest.mark.slow
@pytest.mark.parametrize("step", ["learn", "stream"])
@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.csv.gz", "a.parquet"])
def test_a_million_rows_take_less_than_300_megabytes(tmp_path, name, step):
    _, after = peaks(tmp_path / name, 1_000_000, step)
    assert after < 300 * MEGABYTE
