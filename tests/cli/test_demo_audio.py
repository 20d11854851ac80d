"""`textsc demo --audio`: from made sounds to classes and pictures."""

import importlib
import sys

import pytest

from textsc.corpus.sound import audio
from textsc.pages import drawing

pytest.importorskip("soundfile")
pytest.importorskip("soxr")


@pytest.fixture
def quick(monkeypatch):
    """Fewer and shorter clips."""
    module = importlib.import_module("textsc.cli.audiodemo")
    monkeypatch.setattr(module, "CLIPS", {"train": 4, "test": 2})
    monkeypatch.setattr(module, "SECONDS", 1.0)
    monkeypatch.setattr(module, "N_BASIS", 16)


def test_the_demo_tells_instruments_apart(cli):
    done = cli("demo", "--audio", "--json", "--quiet")
    assert (done.code, done.err) == (0, "")
    found = done.json
    assert found["n_clips"] == {"train": 112, "test": 42}
    assert found["n_snippets"] == {"train": 4_480, "test": 1_680}
    assert found["chance"] == pytest.approx(1 / 7)
    assert (found["n_not_converged"], len(found["topics"])) == (0, 48)
    fixed, through = found["accuracy"]["fixed"], found["accuracy"]["through"]
    assert fixed["snippets"] > 3.5 * found["chance"]
    assert fixed["clips"] > fixed["snippets"]
    assert through["snippets"] > fixed["snippets"] + 0.03


def test_the_demo_as_text_says_that_sounds_are_made(cli, quick):
    done = cli("demo", "--audio", "--seed", "3")
    assert done.code == 0
    assert done.out.startswith("28 clips of 7 instruments, made by this program: bell, clarinet, drum, flute")
    assert "by chance                             14.3 %  14.3 %" in done.out
    assert cli("demo", "--audio", "--seed", "3", "--threads", "1").out == done.out


def test_sounds_and_pictures_are_put_into_a_folder(cli, quick, tmp_path):
    pytest.importorskip("matplotlib")
    out = tmp_path / "out"
    assert f"are in {out}" in cli("demo", "--audio", "-o", out).out
    pictures = {path.name: path.read_bytes() for path in out.glob("*.svg")}
    assert sorted(pictures) == ["basis.svg", "code.svg", "spectrogram.svg"]
    assert len(list(out.glob("sounds/*/*/*.wav"))) == 7 * 6
    assert str(tmp_path).encode() not in b"".join(pictures.values())
    done = cli("demo", "--audio", "-o", out)
    assert (done.code, "has something in it" in done.err) == (2, True)
    assert cli("demo", "--audio", "-o", out, "--force").code == 0
    assert {path.name: path.read_bytes() for path in out.glob("*.svg")} == pictures
    # A path through itself is the folder all the same; and what is there is not learned from.
    done = cli("demo", "--audio", "-o", f"{out}/new/..")
    assert (done.code, "has something in it" in done.err) == (2, True)
    (out / "sounds" / "train" / "mine.wav").write_bytes(b"mine")
    assert "28 clips of 7 instruments" in cli("demo", "--audio", "-o", out, "--force").out
    assert (out / "sounds" / "train" / "mine.wav").read_bytes() == b"mine"
    (tmp_path / "file").touch()
    done = cli("demo", "--audio", "-o", tmp_path / "file")
    assert (done.code, "cannot write to" in done.err) == (3, True)


def test_an_interruption_leaves_the_folder_as_it_was(cli, quick, tmp_path, monkeypatch):
    pytest.importorskip("matplotlib")
    out = tmp_path / "out"

    def interrupted(*_, hop, names, title):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("textsc.pages.figures.code_over_time", interrupted)
        assert cli("demo", "--audio", "-o", out).code == 130
    assert list(out.iterdir()) == []
    assert cli("demo", "--audio", "-o", out, "--quiet").code == 0


def test_a_folder_is_for_sounds_only(cli, tmp_path):
    done = cli("demo", "-o", tmp_path / "out")
    assert (done.code, "--out is for the sounds and pictures of --audio" in done.err) == (2, True)


@pytest.mark.parametrize(("module", "library", "extra"), [(audio, "soxr", "audio"), (drawing, "matplotlib", "plot")])
def test_what_is_missing_is_said_before_any_work(cli, quick, monkeypatch, tmp_path, module, library, extra):
    def missing(name):
        if name == library:
            raise ModuleNotFoundError(f"No module named {name!r}")
        return sys.modules.get(name)

    monkeypatch.setattr(module, "import_module", missing)
    done = cli("demo", "--audio", "-o", tmp_path / "out")
    assert done.code == 3
    assert f"pip install 'textsc[{extra}]'" in done.err
    assert not (tmp_path / "out").exists()
