import csv
import io
import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textsc.checkpoint import OutputError, OutputExists
from textsc.tables import WRITERS, CodeRows, code_fields, table_format, write_stream, write_table

NAMES = ["plain", 'comma, "quote"', "line\nbreak", "return\rhere", "naïve ≤", "", " space "]
HOSTILE = np.array([1, 1e-5, 1 / 3, 1e-38, 3e-45, 16777216, 123456.789], dtype=np.float64)


def block(n_rows=7, dtype=np.float32, seed=0):
    rng = np.random.default_rng(seed)
    codes = rng.lognormal(sigma=8, size=(n_rows, 3))
    codes[:, 0] = np.resize(HOSTILE, n_rows)
    status = ["ok"] * n_rows
    status[1:3] = ["unreadable", "not_converged"]
    gap = rng.lognormal(sigma=8, size=n_rows)
    gap[2] = np.inf
    return CodeRows(
        ids=[NAMES[row % len(NAMES)] for row in range(n_rows)],
        status=status,
        gap=gap,
        n_tokens=rng.integers(0, 2**40, n_rows),
        oov_rate=rng.random(n_rows),
        codes=codes.astype(dtype),
    )


def written(path, blocks, *, dtype=np.float32):
    with write_table(path, fields=code_fields(3, dtype=dtype)) as table:
        for rows in blocks:
            table.write(rows)
    return path


def read(path):
    """Read a table back with other people's software, missing values as NaN."""
    if path.suffix == ".csv":
        with open(path, encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        return [{k: v if k in ("id", "status") else float(v or "nan") for k, v in r.items()} for r in rows]
    if path.suffix == ".jsonl":
        rows = [json.loads(line, parse_constant=pytest.fail) for line in path.read_bytes().splitlines()]
        return [{k: np.nan if v is None else v for k, v in row.items()} for row in rows]
    if path.suffix == ".parquet":
        return [{k: np.nan if v is None else v for k, v in row.items()} for row in pq.read_table(path).to_pylist()]
    with np.load(path, allow_pickle=False) as data:
        arrays = {name: data[name] for name in data.files}
    assert list(arrays) == ["id", "status", "gap", "n_tokens", "oov_rate", "codes"]
    codes = arrays.pop("codes")
    arrays |= {f"topic_{k}": codes[:, k] for k in range(codes.shape[1])}
    return [dict(zip(arrays, values, strict=True)) for values in zip(*arrays.values(), strict=True)]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("suffix", WRITERS)
def test_every_row_and_number_reads_back_exactly(tmp_path, suffix, dtype):
    blocks = [block(7, dtype), block(5, dtype, seed=1)]
    rows = read(written(tmp_path / f"t{suffix}", blocks, dtype=dtype))
    expected = ["id", "status", "gap", "n_tokens", "oov_rate", "topic_0", "topic_1", "topic_2"]
    assert [row["id"] for row in rows] == [name for b in blocks for name in b.ids]
    lines = [(b, i) for b in blocks for i in range(len(b.ids))]
    for row, (b, i) in zip(rows, lines, strict=True):
        assert list(row) == expected
        assert row["status"] == b.status[i]
        if b.status[i] == "unreadable":
            missing = [row[name] for name in expected[2:]]
            if suffix == ".npz":
                assert missing.pop(1) == 0
            assert np.isnan(missing).all()
            continue
        assert row["n_tokens"] == b.n_tokens[i]
        assert row["oov_rate"] == b.oov_rate[i]
        if suffix == ".jsonl" and np.isinf(b.gap[i]):
            assert np.isnan(row["gap"])
        else:
            assert row["gap"] == b.gap[i]
        for k in range(3):
            assert dtype(row[f"topic_{k}"]) == b.codes[i, k]


@pytest.mark.parametrize("suffix", WRITERS)
def test_the_same_rows_give_the_same_bytes(tmp_path, suffix):
    a = written(tmp_path / f"a{suffix}", [block()])
    b = written(tmp_path / f"b{suffix}", [block()])
    assert a.read_bytes() == b.read_bytes()


@pytest.mark.parametrize("suffix", WRITERS)
def test_a_table_without_rows_is_whole(tmp_path, suffix):
    assert read(written(tmp_path / f"t{suffix}", [])) == []


def test_numbers_take_no_more_digits_than_they_need(tmp_path):
    path = written(tmp_path / "t.csv", [block()])
    cell = path.read_text().splitlines()[1].split(",")
    assert cell[5] == "1"
    with open(path, newline="") as file:
        texts = [row["topic_1"] for row in csv.DictReader(file)]
    assert all(len(t.split("e")[0].replace(".", "").strip("0")) <= 9 for t in texts)


def test_parquet_keeps_types_and_a_row_group_a_block(tmp_path):
    file = pq.ParquetFile(written(tmp_path / "t.parquet", [block(7), block(5)]))
    assert file.metadata.num_row_groups == 2
    assert file.metadata.row_group(0).num_rows == 7
    kinds = [str(field.type) for field in file.schema_arrow]
    assert kinds == ["string", "string", "double", "int64", "double", "float", "float", "float"]
    assert file.read()["gap"].null_count == 2


def test_pandas_reads_the_csv(tmp_path):
    frame = pd.read_csv(written(tmp_path / "t.csv", [block()]))
    assert frame["gap"].isna().sum() == 1
    np.testing.assert_array_equal(frame["topic_1"].astype(np.float32)[3:], block().codes[3:, 1])


@given(st.lists(st.text(st.characters(), max_size=8), max_size=5))
@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_any_id_reads_back(suffix, names):
    n = len(names)
    zeros = np.zeros(n)
    rows = CodeRows(names, ["ok"] * n, zeros, zeros.astype(int), zeros, np.zeros((n, 1), "f4"))
    file = io.BytesIO()
    with write_stream(file, suffix, fields=code_fields(1)) as table:
        table.write(rows)
    text = file.getvalue().decode()
    if suffix == ".csv":
        got = [row["id"] for row in csv.DictReader(io.StringIO(text, newline=""))]
    else:
        got = [json.loads(line)["id"] for line in text.split("\n")[:-1]]
    assert got == [name.encode("utf-8", "backslashreplace").decode() for name in names]


@pytest.mark.parametrize("suffix", WRITERS)
def test_a_failure_leaves_nothing(tmp_path, suffix):
    def half():
        with write_table(tmp_path / f"t{suffix}", fields=code_fields(3)) as table:
            table.write(block())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", WRITERS)
def test_a_full_disk_is_a_sentence(tmp_path, suffix):
    (tmp_path / f"full{suffix}").symlink_to("/dev/full")

    def fill():
        with write_table(tmp_path / f"full{suffix}", fields=code_fields(3)) as table:
            for _ in range(300):
                table.write(block(100))

    with pytest.raises(OutputError, match="No space left on device"):
        fill()


@pytest.mark.parametrize("scratch", [None, "beside"])
def test_temporary_files_without_room_are_a_sentence(tmp_path, monkeypatch, scratch):
    def full(*_, **options):
        assert options["dir"] == scratch
        return open("/dev/full", "r+b", buffering=0)

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    monkeypatch.setattr("tempfile.tempdir", "elsewhere")
    words = "file in beside.*another place" if scratch else "file in elsewhere.*TMPDIR"

    def fill():
        with write_stream(io.BytesIO(), ".npz", fields=code_fields(3), scratch=scratch) as table:
            table.write(block())

    with pytest.raises(OutputError, match=words) as caught:
        fill()
    assert "No space left on device" in str(caught.value)


def test_a_missing_folder_for_temporary_files_is_a_sentence(tmp_path):
    missing = str(tmp_path / "none")
    with pytest.raises(OutputError, match=r"temporary file in .*none: No such file"):
        write_stream(io.BytesIO(), ".npz", fields=code_fields(3), scratch=missing).__enter__()


def test_an_existing_table_needs_force(tmp_path):
    path = written(tmp_path / "t.csv", [block()])
    with pytest.raises(OutputExists), write_table(path, fields=code_fields(3)):
        pass


def test_formats_go_by_the_name():
    assert table_format("a.b/C.JSONL") == ".jsonl"
    assert table_format("/dev/full") == ".csv"
    with pytest.raises(ValueError, match=r"\.csv, \.jsonl, \.npz or \.parquet"):
        table_format("codes")
