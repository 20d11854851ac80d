"""What only a process of its own can show: imports, pipes, signals."""

import json
import os
import re
import resource
import signal
import subprocess
import sys

import pytest

VERBS = ["demo", "fit", "encode", "topics", "evaluate", "tune", "predict", "compare", "export", "info", "corpora"]
HEAVY = {"numpy", "scipy", "sklearn", "pyarrow", "gensim", "pandas", "cupy", "matplotlib"}
PROGRAM = [sys.executable, "-m", "textsc"]


def run(*args, **options):
    command = [*PROGRAM, *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, **options)


@pytest.mark.parametrize("verb", [None, *VERBS])
def test_help_loads_nothing_heavy(verb):
    arguments = [verb, "--help"] if verb else ["--help"]
    code = (
        "import sys\nfrom textsc.cli import main\n"
        f"assert main({arguments!r}) == 0\n"
        f"sys.exit(', '.join({HEAVY!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr.strip() == ""
    assert "Usage: textsc" in done.stdout
    if verb:
        assert f"Example: textsc {verb}" in done.stdout


def test_a_verb_imports_no_other():
    code = (
        "import sys\nfrom textsc.cli import main\nassert main(['info', '--help']) == 0\n"
        f"sys.exit(', '.join({set(VERBS) - {'info'}!r} & {{name.removeprefix('textsc.cli.') for name in sys.modules}}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr.strip() == ""


@pytest.mark.slow
@pytest.mark.parametrize("verb", [None, *VERBS])
def test_help_takes_little_time(verb):
    def spent():
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    times = []
    for _ in range(5):
        before = spent()
        assert run(*([verb] if verb else []), "--help").returncode == 0
        times.append(spent() - before)
    assert min(times) <= 0.3


def test_the_version_is_shown():
    done = run("--version")
    assert re.fullmatch(r"textsc \d+\.\d+\S*\n", done.stdout)


def test_standard_output_that_is_full_is_said(model):
    for args in (["info", model, "--json"], ["--help"]):
        with open("/dev/full", "w") as full:
            command = [*PROGRAM, *map(str, args)]
            done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
        assert done.returncode == 3
        assert "cannot" in done.stderr
        assert "standard output" in done.stderr
        assert "No space left on device" in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_a_reader_that_stops_early_is_no_error(model, tmp_path):
    long = tmp_path / "long.txt"
    # More than a pipe holds, so that the program is still writing when the reader goes.
    long.write_text("storm flood\n" * 3000)
    process = subprocess.Popen(
        [*PROGRAM, "encode", str(model), str(long), "-o", "-", "--quiet"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with process:
        assert process.stdout.readline().startswith(b"id,status,gap")
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


# A reader that blocks once the output is open, as a slow disk would.
WAITING = """
import signal, sys
from textsc.cli import main
from textsc.corpus import dataset
def blocked(reader, encoder):
    print("waiting", file=sys.stderr, flush=True)
    signal.pause()
    yield
dataset.stream_corpus = blocked
sys.exit(main())
"""


def test_an_interruption_leaves_no_partial_file(model, news, tmp_path):
    out = tmp_path / "codes.csv"
    out.write_text("precious")
    args = ["encode", str(model), str(news), "-o", str(out), "--force", "--json"]
    process = subprocess.Popen(
        [sys.executable, "-c", WAITING, *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stderr.readline() == "waiting\n"
        n_partial = len(list(tmp_path.glob("codes.csv.partial.*")))
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)
    assert n_partial == 1
    assert process.returncode == 130
    assert json.loads(stdout)["code"] == 130
    assert stderr.startswith("textsc encode: interrupted")
    assert len(stderr.splitlines()) == 1
    assert out.read_text() == "precious"
    assert [p.name for p in tmp_path.iterdir()] == ["codes.csv"]


@pytest.mark.parametrize(
    "args", [["--help"], ["--version"], ["topics", "none.model"], ["info", "none.model", "--json"]]
)
def test_a_closed_standard_output_is_said_before_any_work(args):
    done = run(*args, preexec_fn=lambda: os.close(1))
    assert done.returncode == 3
    assert re.search("cannot write to standard output: it is closed", done.stderr)
    assert len(done.stderr.splitlines()) == 1


def test_a_closed_standard_error_does_not_spill_into_the_data(cli, monkeypatch, model, articles):
    expected = cli("encode", model, "-", "-o", "-", stdin=articles[0].encode()).out
    monkeypatch.setattr(sys, "stderr", None)
    for extra in ([], ["--json"]):
        done = cli("encode", model, "-", "-o", "-", *extra, stdin=articles[0].encode())
        assert done.code == 0
        assert len(done.out.splitlines()) == (1 if extra else 2)
    assert cli("encode", model, "-", "-o", "-", stdin=articles[0].encode()).out == expected
    assert cli("topics", "none.model", "--debug", check=False).out == ""


def test_debug_shows_the_traceback_of_any_error(tmp_path):
    plain = run("topics", tmp_path / "none.model")
    assert "Traceback" not in plain.stderr
    told = run("topics", tmp_path / "none.model", "--debug")
    assert "Traceback" in told.stderr
    assert told.stderr.endswith(plain.stderr)


def test_an_unexpected_error_asks_for_a_report(model):
    code = (
        "import sys\nimport textsc.store\nfrom textsc.cli import main\n"
        "textsc.store.load_model = lambda path: 1 / 0\nsys.exit(main())"
    )
    command = [sys.executable, "-c", code, "topics", str(model), "--json"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr
    assert "--debug" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert json.loads(done.stdout)["code"] == 1
