"""What only a process of its own can show: imports, pipes, signals."""

import json
import os
import re
import resource
import signal
import subprocess
import sys

import pytest

VERBS = ["demo", "fit", "encode", "topics", "info"]
HEAVY = {"numpy", "scipy", "sklearn", "pyarrow", "gensim", "pandas", "cupy", "matplotlib"}
PROGRAM = [sys.executable, "-m", "textsc.cli"]


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
    for args in (["topics", model, "--json"], ["--help"]):
        with open("/dev/full", "w") as full:
            command = [*PROGRAM, *map(str, args)]
            done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
        assert done.returncode == 3
        assert "cannot" in done.stderr
        assert "standard output" in done.stderr
        assert "No space left on device" in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_a_reader_that_stops_early_is_no_error(model, tmp_path, articles):
    long = tmp_path / "long.txt"
    long.write_text("\n".join(text[:100] for _ in range(100) for text in articles))
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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_leaves_no_partial_file(model, news, tmp_path, number):
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
        assert (tmp_path / "codes.csv.partial").exists()
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert json.loads(stdout)["code"] == 130
    assert stderr.startswith("textsc encode: interrupted")
    assert len(stderr.splitlines()) == 1
    assert out.read_text() == "precious"
    assert [p.name for p in tmp_path.iterdir()] == ["codes.csv"]


def test_a_terminal_that_cannot_show_a_word_is_no_error(tmp_path):
    path = tmp_path / "accents.txt"
    path.write_text("été naïve\nété\nnaïve\n" * 3, encoding="utf-8")
    latin = {**os.environ, "PYTHONIOENCODING": "ascii"}
    args = ("fit", path, "-o", tmp_path / "m", "--topics", 1, "--epochs", 1)
    done = run(*args, env=latin)
    assert done.returncode == 0
    assert "na\\xefve" in done.stdout
    found = json.loads(run(*args, "--force", "--json", env=latin).stdout)
    assert set(found["topics"][0]) == {"été", "naïve"}


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
