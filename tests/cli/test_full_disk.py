"""Whatever a disk does to a writer: one sentence, the documented exit code, the earlier output as it was.

Every output of the command line is a row of `WRITERS`; what is done to it are the tests.
"""

import contextlib
import io
import os
import re
import resource
import signal
import subprocess
import sys

import pytest

PRECIOUS = b"precious"
# name of the output: the verb with its arguments, OUT left out
WRITERS = {
    # So many topics that the model is larger than the counts, which are put aside while the corpus is read.
    "news.model": ("fit", "{news}", "--topics", "60", "--epochs", "1", "--init", "random"),
    "codes.csv": ("encode", "{model}", "{corpus}"),
    "codes.jsonl": ("encode", "{model}", "{corpus}"),
    "codes.npz": ("encode", "{model}", "{corpus}"),
    "codes.parquet": ("encode", "{model}", "{corpus}"),
    "labels.csv": ("predict", "{tuned}", "{corpus}"),
    "labels.parquet": ("predict", "{tuned}", "{corpus}"),
    "tuned.model": ("tune", "{model}", "{news}", "--epochs", "0"),
}
STREAMS = [
    ("fit", "{news}", "--topics", "60", "--epochs", "1", "--init", "random", "-o", "-"),
    ("encode", "{model}", "{corpus}", "-o", "-"),
    ("encode", "{model}", "{corpus}", "-o", "-", "--json"),
    ("topics", "{model}"),
    ("corpora",),
]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory, articles):
    """More rows than a block has, so that a writer is used twice."""
    path = tmp_path_factory.mktemp("corpus") / "long.txt"
    path.write_text("\n".join(text[:60] for _ in range(14) for text in articles) + "\n")
    return path


@pytest.fixture
def command(model, tuned, news, corpus):
    def filled(parts):
        return [part.format(model=model, tuned=tuned, news=news, corpus=corpus) for part in parts]

    return filled


@pytest.fixture(params=WRITERS)
def written(request, cli, command, tmp_path):
    """A verb that would replace an earlier output, and a check that it has not."""
    out = tmp_path / "out" / request.param
    out.parent.mkdir()
    out.write_bytes(PRECIOUS)

    def run(*extra, out=out):
        return cli(*command(WRITERS[request.param]), "-o", out, "--json", *extra)

    def untouched():
        return out.read_bytes() == PRECIOUS and [path.name for path in out.parent.iterdir()] == [out.name]

    run.untouched, run.out = untouched, out
    return run


@contextlib.contextmanager
def no_file_larger_than(size):
    """The limit of the system; Python itself turns its signal into an error."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def refused(done, code, words):
    assert done.code == done.json["code"] == code
    assert re.search(words, done.err)


def test_the_output_is_written_where_nothing_hinders(written):
    assert written("--force").code == 0
    assert not written.untouched()
    assert [path.name for path in written.out.parent.iterdir()] == [written.out.name]


def test_an_output_that_exists_needs_force(written):
    refused(written(), 2, f"{written.out.name} exists already")
    assert written.untouched()


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_a_disk_that_fills_up_leaves_the_earlier_output(written, tmp_path, share):
    whole = tmp_path / written.out.name
    assert written(out=whole).code == 0
    with no_file_larger_than(max(0, int(share * whole.stat().st_size) - 1)):
        done = written("--force")
    # The columns of an .npz are put aside first, in a file without a name.
    words = rf"cannot write \S+{written.out.name}: File too large|cannot keep a temporary file in \S+: File too large"
    # Without any room, the counts of the corpus are not even put aside.
    refused(done, 3, words if share else rf"{words}|temporary file in \S+ cannot be used: File too large")
    assert written.untouched()


def test_a_device_that_is_full_is_said(written):
    refused(written(out="/dev/full"), 3, "cannot write /dev/full: No space left on device")
    assert written.untouched()


def unwritable_folder(tmp_path):
    """A folder that takes no file from whoever runs this, or None."""
    own = tmp_path / "own"
    own.mkdir()
    own.chmod(0o555)
    # Root writes anywhere but where the kernel keeps its own files.
    for folder in (own, "/sys/kernel", "/sys"):
        if os.path.isdir(folder):
            try:
                os.close(os.open(os.path.join(folder, "textsc-probe"), os.O_CREAT | os.O_WRONLY))
            except OSError:
                return folder
            os.unlink(os.path.join(folder, "textsc-probe"))
    return None


def test_a_folder_that_takes_no_file_is_said(written, tmp_path):
    folder = unwritable_folder(tmp_path)
    if folder is None:
        pytest.skip("every folder can be written to")
    refused(written(out=os.path.join(folder, written.out.name)), 3, r"cannot write .*\(.*(choose|folder)")
    assert written.untouched()


@pytest.mark.parametrize(
    ("place", "words"), [("file/x", "not a folder"), ("none/x", "does not exist"), ("", "a folder")]
)
def test_a_place_that_is_no_folder_is_said(written, tmp_path, place, words):
    (tmp_path / "file").write_bytes(PRECIOUS)
    name = written.out.name
    (tmp_path / f"folder-{name}").mkdir()
    out = tmp_path / place.replace("x", name) if place else tmp_path / f"folder-{name}"
    refused(written("--force", out=out), 3, words)
    assert written.untouched()
    assert (tmp_path / "file").read_bytes() == PRECIOUS


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_at_the_last_moment_leaves_the_earlier_output(written, monkeypatch, number):
    seen = []

    def interrupted(file):
        # All is written, and has not got its name.
        seen.extend(path.name for path in written.out.parent.iterdir())
        signal.raise_signal(number)

    monkeypatch.setattr(os, "fsync", interrupted)
    refused(written("--force"), 130, "interrupted")
    assert len(seen) == 2
    assert written.untouched()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("name", [name for name, parts in WRITERS.items() if parts[0] == "encode"])
def test_an_interruption_between_two_blocks_leaves_the_earlier_output(
    cli, command, tmp_path, monkeypatch, name, number
):
    from textsc.tables import WRITERS as TABLES

    kind = TABLES[os.path.splitext(name)[1]]
    real, calls = kind.write, []

    def write(self, rows):
        calls.append(len(rows.ids))
        if len(calls) == 2:
            signal.raise_signal(number)
        real(self, rows)

    monkeypatch.setattr(kind, "write", write)
    (tmp_path / name).write_bytes(PRECIOUS)
    refused(cli(*command(WRITERS[name]), "-o", tmp_path / name, "--force", "--json"), 130, "interrupted")
    assert len(calls) == 2
    assert (tmp_path / name).read_bytes() == PRECIOUS
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_partial_file_of_a_killed_run_is_left_alone_and_does_no_harm(written):
    left = written.out.with_name(written.out.name + ".partial.0123456789ab")
    left.write_bytes(b"half")
    assert written("--force").code == 0
    assert left.read_bytes() == b"half"
    assert written.out.read_bytes() != PRECIOUS


@pytest.mark.parametrize("name", ["e.mtx", "docword.e.txt", "e.svmlight", "e.ldac", "e.mallet"])
def test_an_export_onto_a_full_disk_leaves_all_earlier_files(cli, model, corpus, tmp_path, name):
    out = tmp_path / name
    assert cli("export", model, corpus, "-o", out).code == 0
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert len(before) == 3
    with no_file_larger_than(out.stat().st_size // 2):
        done = cli("export", model, corpus, "-o", out, "--force", "--json")
    refused(done, 3, "File too large")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_no_room_for_what_is_read_from_a_pipe_is_said(cli, model, corpus, tmp_path):
    with no_file_larger_than(1000):
        done = cli("encode", model, "-", "-o", tmp_path / "c.csv", "--json", stdin=corpus.read_bytes())
    refused(done, 3, "temporary file in .* cannot be used: File too large")
    assert list(tmp_path.iterdir()) == []


def run_into(path, args, *, limit=None):
    def limited():
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    with open(path, "wb") as out:
        # Without a buffer, where a write may take a part of what it is given and say nothing.
        command = [sys.executable, "-u", "-m", "textsc", *args]
        return subprocess.run(command, stdout=out, stderr=subprocess.PIPE, text=True, preexec_fn=limited)


@pytest.mark.parametrize("args", STREAMS, ids=" ".join)
def test_standard_output_that_is_full_is_said(command, args):
    done = run_into("/dev/full", [*command(args), "--quiet"])
    assert done.returncode == 3
    assert done.stderr == f"textsc {args[0]}: cannot write to standard output: No space left on device\n"


@pytest.mark.parametrize("args", STREAMS[:3], ids=" ".join)
def test_standard_output_that_fills_up_is_said(command, tmp_path, args):
    # More than the counts that fit puts aside, less than what is written.
    limit = 100_000 if args[0] == "fit" else 4000
    done = run_into(tmp_path / "out", [*command(args), "--quiet"], limit=limit)
    assert done.returncode == 3
    assert done.stderr == f"textsc {args[0]}: cannot write to standard output: File too large\n"
    assert (tmp_path / "out").stat().st_size <= limit


class Narrow(io.RawIOBase):
    """A stream that takes a few bytes at a time, as a raw file may."""

    def __init__(self):
        self.taken = b""

    def writable(self):
        return True

    def write(self, data):
        self.taken += bytes(data[:5])
        return min(5, len(data))


class Stuck(Narrow):
    """One that would have to be waited for, and may not be."""

    def write(self, data):
        return None


def test_a_stream_that_takes_nothing_is_said(cli, command, monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(Stuck(), encoding="utf-8", write_through=True))
    done = cli(*command(("info", "{model}")))
    assert done.code == 3
    assert "cannot write to standard output: Resource temporarily unavailable" in done.err


def test_a_stream_that_takes_parts_gets_the_whole(cli, command, monkeypatch):
    for args in (STREAMS[1], ("info", "{model}")):
        whole = cli(*command(args)).out
        narrow = Narrow()
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", io.TextIOWrapper(narrow, encoding="utf-8", write_through=True))
            assert cli(*command(args)).code == 0
        assert narrow.taken.decode() == whole
