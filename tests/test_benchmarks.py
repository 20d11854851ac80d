"""The benchmarks: runs in turn, ratios within rounds, ceilings, looks into the solver, and the files of tables.

Nothing here asks how long anything took.
"""

import doctest
import importlib
import json
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from textsc import SparseCoding, arrays
from textsc.arrays import DeviceError
from textsc.coding import softmax

SCRIPTS = Path(__file__).resolve().parents[1] / "scripts"
NAMES = (
    "benchmarks",
    "encoders",
    "devices",
    "probes",
    "exp_tf32",
    "bench_encode",
    "bench_linear",
    "bench_fit",
    "make_tables",
    "speed_tables",
)


@pytest.fixture(scope="module")
def scripts():
    """The modules of scripts/, which import each other by their names."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(SCRIPTS))
        modules = {name: importlib.import_module(name) for name in NAMES}
        patch.setattr(modules["benchmarks"], "TURN_S", 1e-4)
        patch.setattr(modules["benchmarks"], "TILES", (4, 8))
        patch.setattr(modules["devices"], "TURN_S", 1e-4)
        patch.setattr(modules["devices"], "NUMBERS", 1 << 10)
        yield modules


@pytest.fixture
def corpus(tmp_path):
    rng = np.random.default_rng(0)
    words = {"sea": ["boat", "wave", "sail", "tide", "reef"], "law": ["court", "judge", "trial", "jury", "bail"]}
    lines = []
    for n in range(80):
        text = " ".join([*rng.choice(words["sea" if n % 2 else "law"], 9), *rng.choice(["people", "town", "year"], 3)])
        lines.append({"text": text, "split": "test" if n >= 60 else "train"})
    lines.append({"text": "nothing known", "split": "test"})
    path = tmp_path / "themes.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


@pytest.fixture
def run(scripts, monkeypatch):
    """Run one of the programs with these arguments."""

    def call(name, *args):
        monkeypatch.setattr("sys.argv", [name, *map(str, args)])
        scripts[name].main()

    return call


@pytest.fixture(scope="module")
def model():
    X = sp.csr_array(np.random.default_rng(0).poisson(0.4, size=(60, 30)))
    return SparseCoding(3, random_state=0, epochs=2).fit(X), X


@pytest.mark.parametrize("name", ["benchmarks", "encoders", "bench_linear"])
def test_examples(scripts, name):
    found = doctest.testmod(scripts[name])
    assert found.attempted > 0
    assert found.failed == 0


def test_each_gets_ready_before_it_is_timed(scripts):
    order = []

    def contender(name):
        def ready():
            order.append(f"ready {name}")
            return lambda: order.append(name)

        return ready

    runs = scripts["benchmarks"].in_turn({name: contender(name) for name in "AB"}, rounds=2)
    assert order == ["ready A", "A", "ready B", "B"] * 2
    assert {name: len(spent) for name, spent in runs.items()} == {"A": 2, "B": 2}


def test_a_ratio_is_that_of_neighbours(scripts):
    benchmarks = scripts["benchmarks"]
    # The second round met a busy machine: medians taken apart would say 10 / 3.
    assert benchmarks.median_ratio([6.0, 60.0, 10.0], [2.0, 20.0, 3.0]) == 3.0
    assert [benchmarks.measure_for(n) for n in (1, 2)] == ["cpu_s", "wall_s"]
    spent = [benchmarks.Spent(wall_s=2.0, cpu_s=1.0)]
    assert benchmarks.seconds(spent, "cpu_s") == [1.0]
    assert benchmarks.rounded_deep({"a": [1.23456, {"b": 7}], "c": "x"}) == {"a": [1.235, {"b": 7}], "c": "x"}


@pytest.mark.parametrize("threads", [1, 2])
def test_ceilings(scripts, threads):
    found = scripts["benchmarks"].find_ceilings(40, 3, threads=threads)
    assert found.gemm > 0
    assert found.exp > 0
    assert scripts["benchmarks"].Ceilings(gemm=100.0, exp=10.0).pass_s(50, 2) == 4 + 5


def test_memory_is_that_of_this_process(scripts):
    held = np.ones(4_000_000)
    assert held.nbytes < scripts["benchmarks"].peak_bytes() < 1 << 36


def test_gaps_by_the_formula_are_those_of_the_solver(scripts, model):
    fitted, X = model
    codes = SparseCoding.codes(fitted, X.astype(np.float64))
    exact = scripts["probes"].exact_gaps(fitted, X, codes.W, rows=7)
    # The solver's are enlarged by what rounding may hide.
    np.testing.assert_allclose(exact, codes.gap, atol=1e-7)
    assert exact.max() > 1e-6
    worse = scripts["probes"].exact_gaps(fitted, X, codes.W * 1.5)
    assert (worse > exact).all()
    assert scripts["probes"].exact_gaps(fitted, sp.csr_array((2, X.shape[1])), codes.W[:2]).tolist() == [0, 0]


def test_the_clock_changes_nothing(scripts, model):
    fitted, X = model
    before = fitted.codes(X)
    build, exp_into = softmax.SoftmaxRestriction.build, softmax.exp_into
    with scripts["probes"].clocked() as clock:
        during = fitted.codes(X)
    assert during.W.tobytes() == before.W.tobytes()
    assert type(during.W) is np.ndarray
    assert all(value > 0 for value in clock.values())
    assert (softmax.SoftmaxRestriction.build, softmax.exp_into) == (build, exp_into)
    shares = scripts["probes"].shares_of_time(fitted, X)
    assert shares["gemm"] + shares["exp"] + shares["rest"] == pytest.approx(1)
    assert min(shares.values()) > 0


def test_documents_beside_peers(scripts, run, corpus, tmp_path, monkeypatch, capsys):
    folder, out = tmp_path / "models", tmp_path / "encode_x.json"
    common = ("--corpus", corpus, "--models", folder, "--cases", "V20_K2", "--rounds", 2)
    run("bench_encode", *common, "--peers", "sklearn_lda", "gensim_lda", "nmf_kl", "--out", out)
    (found,) = json.loads(out.read_text())["runs"]
    assert (found["model"], found["setting"]) == ("V20_K2", {"device": "cpu", "threads": 1})
    assert (found["n_words"], found["n_topics"]) == (13, 2)
    assert [one["n_documents"] for one in found["encoders"].values()] == [21] * 4  # the one without a word too
    assert [one["n_documents"] for one in found["growth"]] == [6, 11, 21]
    assert found["n_not_converged"] == 0
    assert found["n_above_float64"] == 0
    assert 0 < found["max_gap_float64"] <= found["tol"]
    assert found["passes"]["max"] >= found["passes"]["p99"] >= found["passes"]["mean"] > 0
    assert found["times_fastest_peer"] == min(found["times_peer"].values())
    assert found["memory"]["peak_bytes"] >= found["memory"]["before_bytes"] > 1 << 24

    # Fits are kept, and a case that is measured again takes the place of the former.
    monkeypatch.setattr(SparseCoding, "fit", None)
    monkeypatch.setattr("encoders.read_parts", None)
    monkeypatch.setattr("bench_encode.peak_memory", lambda case, arguments: found["memory"])
    run("bench_encode", *common, "--peers", "gensim_lda", "nmf_kl", "--out", out, "--threads", 2)
    run("bench_encode", *common, "--peers", "nmf_kl", "--out", out)
    runs = json.loads(out.read_text())["runs"]
    assert [(one["setting"]["threads"], one["measure"]) for one in runs] == [(1, "cpu_s"), (2, "wall_s")]
    assert [list(one["times_peer"]) for one in runs] == [["nmf_kl"], ["gensim_lda", "nmf_kl"]]
    monkeypatch.setattr("make_tables.RESULTS", tmp_path)
    assert [line.count("|") for line in scripts["make_tables"].encode().splitlines()] == [10] * 4
    assert len(scripts["make_tables"].growth().splitlines()) == 3
    capsys.readouterr()
    run("bench_encode", *common, "--shares")
    assert capsys.readouterr().out.startswith("V20_K2: gemm ")


def test_every_nth_document(scripts, run, corpus, tmp_path, monkeypatch):
    monkeypatch.setattr("bench_encode.peak_memory", lambda case, arguments: {"peak_bytes": 10**6})
    monkeypatch.setattr("make_tables.RESULTS", tmp_path)
    out = tmp_path / "encode_x.json"
    run(
        *("bench_encode", "--corpus", corpus, "--models", tmp_path / "models", "--cases", "V20_K2", "--rounds", 1),
        *("--peers", "nmf_kl", "--every", 4, "--out", out),
    )
    (found,) = json.loads(out.read_text())["runs"]
    assert [one["n_documents"] for one in found["encoders"].values()] == [6, 6]
    assert "1 thread, every 4th document" in scripts["make_tables"].encode()


def test_a_slow_peer_gets_every_nth_document(run, corpus, tmp_path, monkeypatch):
    monkeypatch.setattr("bench_encode.peak_memory", lambda case, arguments: None)
    out = tmp_path / "encode_x.json"
    run(
        *("bench_encode", "--corpus", corpus, "--models", tmp_path / "models", "--cases", "V20_K2", "--rounds", 1),
        *("--peers", "nmf_kl", "--budget", 1e-9, "--out", out),
    )
    (found,) = json.loads(out.read_text())["runs"]
    assert [one["n_documents"] for one in found["encoders"].values()] == [21, 1]


def test_tomotopy_is_one_of_the_peers(scripts, corpus, tmp_path):
    pytest.importorskip("tomotopy")
    encoders = scripts["encoders"]
    case = encoders.Case(20, 2)
    state = encoders.fitted_peer("tomotopy_lda", case, str(corpus), tmp_path)
    test = encoders.material(case, str(corpus), tmp_path).test
    thetas, _ = encoders.ENCODERS["tomotopy_lda"].ready(state, test, 1)()
    assert np.shape(thetas) == (20, 2)


def test_frames_beside_sparse_encode(scripts, run, tmp_path, monkeypatch):
    bench = scripts["bench_linear"]
    for name, value in (("N_FEATURES", 30), ("STRENGTHS", (0.01, 0.1)), ("N_WEIGHTS", (1, 2)), ("LEAST", 8)):
        monkeypatch.setattr(bench, name, value)
    run("bench_linear", "--frames", 40, "--components", 4, "--rounds", 2, "--out", tmp_path / "linear_x.json")
    (found,) = json.loads((tmp_path / "linear_x.json").read_text())["runs"]
    points = {(point["encoder"], point["strength"]): point for point in found["points"]}
    assert set(points) == {
        *((name, lam) for name in ("textsc", "lasso_cd", "lasso_lars") for lam in (0.01, 0.1)),
        *(("omp", n) for n in (1, 2)),
    }
    for name in ("textsc", "lasso_cd", "lasso_lars"):
        assert 0 < points[name, 0.01]["error"] < points[name, 0.1]["error"] < 1
    assert points["omp", 2]["weights"] <= 2
    assert points["textsc", 0.01]["n_not_converged"] == 0
    assert [row["lam"] for row in found["ratios"]] == [0.01, 0.1]
    monkeypatch.setattr("make_tables.RESULTS", tmp_path)
    assert [line.count("|") for line in scripts["make_tables"].linear().splitlines()] == [10] * 5


def test_frames_have_unit_norm(scripts):
    frames = scripts["bench_linear"].made_up_frames(20, 50, seed=1)
    assert frames.dtype == np.float32
    assert (frames >= 0).all()
    np.testing.assert_allclose(np.linalg.norm(frames, axis=1), 1, rtol=1e-6)
    assert (frames == scripts["bench_linear"].made_up_frames(20, 50, seed=1)).all()


def test_speeds_at_equal_error(scripts, monkeypatch):
    bench = scripts["bench_linear"]

    def point(encoder, strength, error, turns):
        return {"encoder": encoder, "strength": strength, "error": error, "n_frames": 100, "cpu_s": turns}

    found = [
        point("textsc", 0.1, 0.02, [1.0, 4.0]),
        *(point("lasso_cd", lam, error, turns) for lam, error, turns in ((0.1, 0.01, [8, 32]), (0.3, 0.04, [2, 8]))),
        *(point("lasso_lars", lam, error, [100, 400]) for lam, error in ((0.1, 0.1), (0.3, 0.2))),
        *(point("omp", n, error, [2, 8]) for n, error in ((1, 0.1), (2, 0.01))),
    ]
    (row,) = bench.ratios(found, "cpu_s", rounds=2)
    assert row["lasso_cd_equal_strength"] == 8
    assert row["lasso_cd_equal_error"] == pytest.approx(4)  # half-way in logarithms between 8 and 2
    assert row["lasso_lars_equal_error"] is None
    assert row["times_fastest_l1_equal_strength"] == 8
    assert row["times_fastest_l1_equal_error"] == pytest.approx(4)
    assert row["omp_equal_error"] == pytest.approx(2)


def test_our_fits_get_longer_until_one_predicts_as_well(scripts):
    bench = scripts["bench_fit"]
    fits = [bench.Fit("textsc", 1.0, perplexity, None, epochs=n) for n, perplexity in ((1, 9.0), (2, 5.0), (3, 4.0))]
    assert bench.ladder(iter(fits), 5.0) == fits[:2]
    assert bench.ladder(iter(fits), 3.0) == fits


def test_a_fit_beside_the_best_peers(scripts, run, corpus, tmp_path, monkeypatch):
    monkeypatch.setattr(scripts["bench_fit"], "EPOCHS", (1, 100, 101))
    monkeypatch.setattr("textsc.evaluation.ldapeers.PASSES", 1)
    out = tmp_path / "fit_x.json"
    common = ("--corpus", corpus, "--words", 20, "--topics", 2, "--peers", "gensim_lda", "sklearn_lda", "--out", out)
    run("bench_fit", *common, "--rounds", 2)
    (found,) = json.loads(out.read_text())["runs"]
    best = min(found["peers"], key=lambda one: one["perplexity"])
    assert found["best_peer"] == best["name"]
    *before, last = found["textsc"]
    assert all(one["perplexity"] > best["perplexity"] for one in before)
    assert last["perplexity"] <= best["perplexity"]
    assert [one["epochs"] for one in found["textsc"]] == [1, 100]
    assert {name: len(spent) for name, spent in found["runs_s"].items()} == {"textsc": 2, best["name"]: 2}
    monkeypatch.setattr("make_tables.RESULTS", tmp_path)
    assert [line.count("|") for line in scripts["make_tables"].fit().splitlines()] == [5] * 5


def test_a_missing_device_is_a_sentence(scripts, run, monkeypatch):
    def missing():
        raise DeviceError("device 'cuda' needs a GPU.")

    monkeypatch.setitem(arrays.DEVICES, "cuda", missing)
    monkeypatch.setattr(scripts["bench_linear"], "N_FEATURES", 30)
    with pytest.raises(SystemExit, match=r"^bench_linear: device 'cuda' needs a GPU\.$"):
        run("bench_linear", "--frames", 20, "--components", 2, "--device", "cuda")


def test_a_device_is_measured_beside_the_cpu_and_its_own_ceilings(device, run, tmp_path, capsys):
    """One command, no corpus: on a GPU it is the one that the README names."""
    out = tmp_path / "encode.json"
    run("bench_encode", "--device", "cuda", "--cases", "V60_K3", "--made-up", 40, "--rounds", 1, "--out", out)
    assert "textsc on the CPU" in capsys.readouterr().out
    result = json.loads(out.read_text())
    (found,) = result["runs"]
    assert result["corpus"] == "made up"
    assert found["setting"]["device"] == "cuda"
    assert found["measure"] == "wall_s"
    assert set(found["encoders"]) == {"textsc", "textsc on the CPU"} == {*found["times_peer"], "textsc"}
    assert found["n_above_float64"] == found["n_not_converged"] == 0
    assert 0 < found["roofline"]["share_of_products"] < found["roofline"]["share_of_roofline"]


def test_a_corpus_is_needed_where_none_is_made_up(run, capsys):
    with pytest.raises(SystemExit):
        run("bench_encode")
    assert "--made-up" in capsys.readouterr().err


def test_made_up_documents_are_about_their_topics(scripts):
    X, topics = scripts["devices"].made_up(200, 300, 5)
    again, same = scripts["devices"].made_up(1, 300, 5)
    np.testing.assert_array_equal(topics, same)  # whatever the number of documents
    assert again.shape == (1, 300)
    np.testing.assert_allclose(topics.sum(axis=1), 1.0)
    assert (X.sum(axis=1) > 0).all()
    seen = np.asarray(X.sum(axis=0)).ravel()
    assert np.corrcoef(seen, topics.mean(axis=0))[0, 1] > 0.5


def test_ten_bits_of_mantissa_certify_fewer_documents(run, tmp_path):
    out = tmp_path / "tf32.json"
    run("exp_tf32", "--documents", 60, "--cases", "V300_K8", "--out", out)
    (found,) = json.loads(out.read_text())["runs"]
    error = found["error_of_slope"]
    assert error["tf32"]["median"] > 100 * error["float32"]["median"]
    assert found["float32"]["certified_in_float64"] == 1 > found["tf32"]["certified_in_float64"]
    assert found["float32"]["said_but_not"] == 0
