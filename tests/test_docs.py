"""The documentation says what is: its code runs, its commands parse, its tables come from results."""

import inspect
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

import textsc
from textsc.cli import main

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_example_of_the_readme_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (code,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    assert len(code.splitlines()) <= 25
    exec(compile(code, "README.md", "exec"), {})
    said = capsys.readouterr().out
    assert "(50, 20) largest gap" in said
    assert (tmp_path / "lee20.model").exists()


ELSEWHERE = (
    "--audio",
    "music.model",
    "genres.model",
    "news.jsonl",
    "more.jsonl",
    "films.jsonl",
    "tuned.model",
)  # what is not here


def test_the_commands_of_the_readme_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    lines = [line for line in README.splitlines() if line.startswith("    textsc ")]
    commands = [line.split("#")[0].split() for line in lines if not any(name in line for name in ELSEWHERE)]
    assert [command[1] for command in commands] == ["fit", "topics", "topics", "evaluate", "encode", "info", "export"]
    for command in commands:
        assert main(command[1:]) == 0, capsys.readouterr().err
    assert (tmp_path / "codes.parquet").exists()


def test_the_commands_of_the_readme_for_sound_run(tmp_path, monkeypatch, capsys):
    pytest.importorskip("soundfile")
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    for name, level in (("loud", 0.2), ("soft", 0.1)):
        Path("sounds", name).mkdir(parents=True)
        wavfile.write(f"sounds/{name}/noise.wav", 22_050, rng.uniform(-level, level, 200_000).astype(np.float32))
    section = README.partition("### Sound\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("    textsc ") and "--audio" not in line]
    assert [line.split()[1] for line in lines] == ["fit", "topics", "encode", "encode", "tune", "predict"]
    for line in lines:
        assert main(line.split("#")[0].split()[1:]) == 0, capsys.readouterr().err
    for name in ("snippets.parquet", "clips.parquet", "genres.csv"):
        assert Path(name).exists()


def test_the_tables_of_the_readme_come_from_results():
    subprocess.run([sys.executable, ROOT / "scripts" / "make_tables.py", "--check"], check=True)


def test_every_public_name_is_documented_with_an_example():
    for name in textsc.__all__:
        said = inspect.getdoc(getattr(textsc, name))
        assert said, name
        assert ">>>" in said, f"{name} has no example"


def test_the_symbols_are_said_once():
    for symbol in ("components_", "background_", "n_tokens", "lam_d", "prior_mean", "theta"):
        assert symbol in (textsc.__doc__ or "")


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'topic_modeling'"):
        textsc.topic_modeling  # noqa: B018
    assert "SparseCoding" in dir(textsc)


@pytest.mark.parametrize("path", [*ROOT.glob("*.md"), *ROOT.glob("textsc/**/*.py")], ids=lambda path: path.name)
def test_no_line_of_prose_names_a_machine(path):
    assert not re.search(r"/(home|root|tmp|Users)/", path.read_text(encoding="utf-8"))
