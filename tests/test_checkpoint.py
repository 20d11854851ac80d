import contextlib
import errno
import os
import threading

import pytest

from textsc.checkpoint import OutputError, OutputExists, atomic_write, check_output


def test_the_file_appears_only_when_complete(tmp_path):
    out = tmp_path / "out.bin"
    with atomic_write(out) as file:
        file.write(b"abc")
        assert not out.exists()
        assert len(list(tmp_path.glob("out.bin.partial.*"))) == 1
    assert out.read_bytes() == b"abc"
    assert [p.name for p in tmp_path.iterdir()] == ["out.bin"]


@pytest.mark.parametrize("error", [ValueError("x"), KeyboardInterrupt(), SystemExit(1)])
def test_a_failure_leaves_the_earlier_file_and_no_partial(tmp_path, error):
    out = tmp_path / "out.bin"
    out.write_bytes(b"before")

    def half():
        with atomic_write(out, force=True) as file:
            file.write(b"half")
            raise error

    with pytest.raises(type(error)):
        half()
    assert out.read_bytes() == b"before"
    assert [p.name for p in tmp_path.iterdir()] == ["out.bin"]


def test_an_existing_file_is_refused_without_force(tmp_path):
    out = tmp_path / "out.bin"
    out.write_bytes(b"before")
    with pytest.raises(OutputExists, match=r"exists already.*force"), atomic_write(out):
        pass
    assert out.read_bytes() == b"before"
    with atomic_write(out, force=True) as file:
        file.write(b"after")
    assert out.read_bytes() == b"after"


def test_a_file_of_a_similar_name_is_not_touched(tmp_path):
    (tmp_path / "out.bin.partial").write_bytes(b"the user's own")
    with atomic_write(tmp_path / "out.bin") as file:
        file.write(b"new")
    assert (tmp_path / "out.bin").read_bytes() == b"new"
    assert (tmp_path / "out.bin.partial").read_bytes() == b"the user's own"


@pytest.mark.parametrize("force", [False, True])
def test_two_writers_do_not_mix(tmp_path, force):
    out = tmp_path / "out.bin"
    last_wins = contextlib.nullcontext() if force else pytest.raises(OutputExists, match="exists already")
    with last_wins, atomic_write(out, force=force) as first:
        first.write(b"first" * 1000)
        with atomic_write(out, force=force) as second:
            second.write(b"second")
        assert out.read_bytes() == b"second"
    assert out.read_bytes() == (b"first" * 1000 if force else b"second")
    assert [p.name for p in tmp_path.iterdir()] == ["out.bin"]


@pytest.mark.parametrize("links", [True, False])
def test_a_file_that_appears_meanwhile_is_kept(tmp_path, monkeypatch, links):
    def no_links(*_):
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    if not links:
        monkeypatch.setattr(os, "link", no_links)
    out = tmp_path / "out.bin"
    with atomic_write(out) as file:
        file.write(b"alone")
    assert out.read_bytes() == b"alone"
    out.unlink()

    def late():
        with atomic_write(out) as file:
            file.write(b"late")
            out.write_bytes(b"meanwhile")

    with pytest.raises(OutputExists, match="exists already"):
        late()
    assert out.read_bytes() == b"meanwhile"
    assert [p.name for p in tmp_path.iterdir()] == ["out.bin"]


def test_the_file_has_the_permissions_of_a_plain_one(tmp_path):
    (tmp_path / "plain").write_bytes(b"")
    out = tmp_path / "out.bin"
    with atomic_write(out) as file:
        file.write(b"x")
    assert out.stat().st_mode == (tmp_path / "plain").stat().st_mode
    out.chmod(0o600)
    with atomic_write(out, force=True) as file:
        file.write(b"y")
    assert out.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing/out.bin", "the folder does not exist"),
        ("file/out.bin", "is a file, not a folder"),
        ("folder", "it is a folder"),
        ("x" * 250, "choose a shorter name"),
    ],
)
def test_what_cannot_be_written_is_a_sentence(tmp_path, name, words):
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError, match=words), atomic_write(tmp_path / name):
        pass


def test_a_read_only_folder_is_refused_before_any_work(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(OutputError, match="choose a folder that you may write to"):
        check_output(tmp_path / "out.bin")


@pytest.mark.parametrize("size", [3, 1 << 20])
def test_a_full_device_is_a_sentence_and_is_not_renamed_over(size):
    with (
        pytest.raises(OutputError, match=r"cannot write /dev/full: No space left on device"),
        atomic_write("/dev/full") as file,
    ):
        file.write(b"x" * size)
    assert not os.path.isfile("/dev/full")


def test_an_error_of_another_file_is_not_blamed_on_the_output(tmp_path):
    with pytest.raises(FileNotFoundError), atomic_write(tmp_path / "out"):
        open(tmp_path / "other")  # noqa: SIM115


def test_a_pipe_is_written_straight_into(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    with atomic_write(pipe) as file:
        file.write(b"through")
    reader.join()
    assert got == [b"through"]
    assert [p.name for p in tmp_path.iterdir()] == ["pipe"]


def test_a_link_keeps_pointing_at_its_file(tmp_path):
    (tmp_path / "real").write_bytes(b"before")
    (tmp_path / "link").symlink_to("real")
    with atomic_write(tmp_path / "link", force=True) as file:
        file.write(b"after")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"after"
