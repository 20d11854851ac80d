import csv
import io
import json
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest

from textsc.coding.coder import Coder
from textsc.store import load_model, save_model


def rows_of(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_one_row_in_one_row_out(cli, tmp_path, model, news):
    out = tmp_path / "codes.csv"
    done = cli("encode", model, news, "-o", out)
    assert done.code == 0
    assert done.out.startswith(f"{out}: 80 documents (78 ok, 1 empty, 1 out of vocabulary), ")
    rows = rows_of(out)
    assert [row["id"] for row in rows] == [f"a,{n}" for n in range(80)]
    assert rows[3]["status"] == "empty"
    assert rows[5]["status"] == "out_of_vocabulary"
    fitted = load_model(model)
    codes = fitted.codes(fitted.encoder_.transform([json.loads(t)["text"] for t in open_lines(news)]))
    W = np.array([[float(row[f"topic_{k}"]) for k in range(4)] for row in rows])
    np.testing.assert_allclose(W, codes.W, rtol=0, atol=1e-5 * codes.W.max())
    assert max(float(row["gap"]) for row in rows) <= fitted.tol * 1.01


def open_lines(path):
    return path.read_text().splitlines()


def test_every_format_has_the_same_rows(cli, tmp_path, model, news):
    for suffix in ("csv", "jsonl", "npz", "parquet"):
        assert cli("encode", model, news, "-o", tmp_path / f"c.{suffix}").code == 0
    table = pq.read_table(tmp_path / "c.parquet").to_pylist()
    assert [json.loads(line) for line in open_lines(tmp_path / "c.jsonl")] == [
        # The same numbers: Parquet's are float32, shown here with more digits than they have.
        {k: v if not k.startswith("topic") else float(str(np.float32(v))) for k, v in row.items()}
        for row in table
    ]
    with np.load(tmp_path / "c.npz") as data:
        assert data["id"].tolist() == [row["id"] for row in table]
        assert data["codes"][:, 2].tolist() == [row["topic_2"] for row in table]
    texts = rows_of(tmp_path / "c.csv")
    assert [np.float32(row["topic_1"]) for row in texts] == [row["topic_1"] for row in table]


def test_shares_sum_to_one(cli, tmp_path, model, news):
    assert cli("encode", model, news, "-o", tmp_path / "c.npz", "--shares").code == 0
    with np.load(tmp_path / "c.npz") as data:
        np.testing.assert_allclose(data["codes"].sum(axis=1), 1, atol=1e-6)


def test_the_summary_as_json(cli, tmp_path, model, news):
    found = cli("encode", model, news, "-o", tmp_path / "c.csv", "--json", "--quiet").json
    assert found["n_documents"] == 80
    assert found["statuses"]["empty"] == 1
    assert 0 <= found["max_gap"] < 1e-3
    assert found["mean_passes"] > 0


def test_standard_output_takes_the_table(cli, tmp_path, model, news):
    cli("encode", model, news, "-o", tmp_path / "c.csv")
    done = cli("encode", model, news, "-o", "-")
    assert done.out == (tmp_path / "c.csv").read_text()
    assert "80 documents" in done.err
    done = cli("encode", model, news, "-o", "-", "--json")
    assert [json.loads(line)["id"] for line in done.out.splitlines()][:2] == ["a,0", "a,1"]
    assert json.loads(done.err)["n_documents"] == 80
    assert cli("encode", model, news, "-o", "-", "--quiet").err == ""


def test_the_name_of_standard_output_is_standard_output(cli, model, news):
    assert cli("encode", model, news, "-o", "/dev/stdout").out.startswith("id,status,gap")


def test_many_unreadable_rows_are_not_all_named(cli, tmp_path, model):
    bad = tmp_path / "bad.jsonl"
    bad.write_text("no\n" * 1500 + '{"text": "storm"}\n')
    done = cli("encode", model, bad, "-o", tmp_path / "c.csv")
    assert done.code == 5
    assert done.err.count("bad.jsonl, line") == 10
    assert "and 1,490 more like these" in done.err


def test_unreadable_rows_keep_their_place(cli, tmp_path, model, articles):
    bad = tmp_path / "bad.jsonl"
    lines = [json.dumps({"text": text}) for text in articles[:6]]
    lines[2] = '{"text": "cut sho'
    lines[4] = '{"body": "no text"}'
    bad.write_text("\n".join(lines) + "\n")
    done = cli("encode", model, bad, "-o", tmp_path / "c.csv", "--json")
    assert done.code == 5
    assert done.json["statuses"]["unreadable"] == 2
    assert "bad.jsonl, line 3" in done.err
    assert "bad.jsonl, line 5" in done.err
    rows = rows_of(tmp_path / "c.csv")
    assert [row["status"] for row in rows] == ["ok", "ok", *["unreadable", "ok"] * 2]
    assert set(list(rows[2].values())[2:]) == {""}


def test_nothing_readable_leaves_no_table(cli, tmp_path, model):
    bad = tmp_path / "bad.jsonl"
    bad.write_text("not json\n[1, 2]\n")
    done = cli("encode", model, bad, "-o", tmp_path / "c.csv")
    assert done.code == 3
    assert "bad.jsonl" in done.err
    assert [p.name for p in tmp_path.iterdir()] == ["bad.jsonl"]


def test_codes_without_a_certificate_are_said(cli, tmp_path, model, articles):
    news = tmp_path / "few.txt"
    news.write_text("\n".join(articles[:5]))
    loose = load_model(model)
    # One that cannot be met: no gap is below zero.
    loose.set_params(tol=1e-300)
    save_model(loose, tmp_path / "loose.model")
    done = cli("encode", tmp_path / "loose.model", news, "-o", tmp_path / "c.csv", "--json")
    assert done.code == 5
    n_failed = done.json["statuses"]["not_converged"]
    assert n_failed > 0
    assert [row["status"] for row in rows_of(tmp_path / "c.csv")].count("not_converged") == n_failed


@pytest.mark.parametrize("gap", [np.inf, np.nan])
def test_a_gap_that_is_no_number_is_not_hidden(cli, tmp_path, monkeypatch, model, articles, gap):
    real = Coder.__call__

    def lost(self, X):
        codes = real(self, X)
        gaps = np.where(np.arange(len(codes.gap)) == 1, gap, codes.gap)
        return replace(codes, gap=gaps, converged=gaps <= 1)

    monkeypatch.setattr(Coder, "__call__", lost)
    (tmp_path / "news.txt").write_text("\n".join(articles[:3]))
    args = ("encode", model, tmp_path / "news.txt", "-o", tmp_path / "c.csv", "--force")
    done = cli(*args, "--json")
    assert done.code == 5
    assert done.json["statuses"]["not_converged"] == 1
    assert done.json["max_gap"] is None
    assert cli(*args).out.endswith("largest gap infinite\n")


def test_bytes_do_not_depend_on_threads(cli, tmp_path, model, articles):
    long = tmp_path / "long.txt"
    long.write_text("\n".join(text[:80] for _ in range(14) for text in articles) + "\n")
    for suffix in ("csv", "npz", "parquet"):
        for threads in (1, 2):
            out = tmp_path / f"{threads}.{suffix}"
            assert cli("encode", model, long, "-o", out, "--threads", threads).code == 0
        assert (tmp_path / f"1.{suffix}").read_bytes() == (tmp_path / f"2.{suffix}").read_bytes()
    assert pq.ParquetFile(tmp_path / "1.parquet").metadata.num_row_groups == 2


def test_unknown_formats_and_existing_tables_are_usage_errors(cli, tmp_path, model, news):
    done = cli("encode", model, news, "-o", tmp_path / "codes.xls")
    assert done.code == 2
    assert ".csv, .jsonl, .npz or .parquet" in done.err
    (tmp_path / "codes.csv").write_text("precious")
    assert cli("encode", model, news, "-o", tmp_path / "codes.csv").code == 2
    assert (tmp_path / "codes.csv").read_text() == "precious"
    assert cli("encode", model, news, "-o", tmp_path / "codes.csv", "--force").code == 0
    assert cli("encode", model, news).code == 2


def test_a_model_without_a_vocabulary_says_how_to_save_it(cli, tmp_path, model, news):
    bare = load_model(model)
    del bare.encoder_
    save_model(bare, tmp_path / "bare.model")
    done = cli("encode", tmp_path / "bare.model", news, "-o", tmp_path / "c.csv")
    assert done.code == 2
    assert "encoder=" in done.err


def test_a_pipeline_encodes_too(cli, tmp_path, model, news):
    from sklearn.pipeline import make_pipeline

    fitted = load_model(model)
    save_model(make_pipeline(fitted.encoder_, fitted), tmp_path / "p.model")
    for name, path in [("a", model), ("b", tmp_path / "p.model")]:
        assert cli("encode", path, news, "-o", tmp_path / f"{name}.csv").code == 0
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_standard_input_is_read(cli, model, articles):
    done = cli("encode", model, "-", "-o", "-", stdin="\n".join(articles[:3]).encode())
    assert [row["id"] for row in csv.DictReader(io.StringIO(done.out))] == ["0", "1", "2"]
