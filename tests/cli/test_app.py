import io
import json
import re
import shlex
import signal
import sys

import pytest
import typer

from textsc.cli import main
from textsc.cli.app import application

GROUP = typer.main.get_command(application())
COMMON = {"--json", "--quiet", "--debug", "--force", "--seed", "--threads", "--device", "--help"}


def options_of(command):
    return {name for parameter in command.params for name in parameter.opts} | {"--help"}


@pytest.mark.parametrize("name", GROUP.commands)
def test_every_verb_has_the_common_options_and_each_is_explained(name):
    command = GROUP.commands[name]
    assert options_of(command) >= COMMON
    for parameter in command.params:
        assert parameter.help, parameter.name


@pytest.mark.parametrize("name", GROUP.commands)
def test_the_example_of_every_verb_parses(name):
    text = " ".join(GROUP.commands[name].help.split())
    (example,) = re.findall(r"Example: textsc (.*)$", text)
    verb, *args = shlex.split(example)
    assert verb == name
    context = GROUP.commands[name].make_context(name, args)
    assert context.params
    assert {arg for arg in args if arg.startswith("--")} <= options_of(GROUP.commands[name])


def test_options_that_a_verb_does_not_use_are_said_to_change_nothing():
    for name in ("info", "corpora"):
        text = " ".join(GROUP.commands[name].help.split())
        assert "--force, --seed, --threads and --device change nothing" in text


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["fitt", "x"], r"^textsc: No such command 'fitt'\. Did you mean 'fit'.*textsc --help$"),
        (["fit"], r"^textsc fit: Missing argument 'CORPUS'; see textsc fit --help$"),
        (["fit", "lee"], r"Missing option '-o'"),
        (["topics", "m", "--wrods", "3"], r"No such option: --wrods.*--words"),
        (["info", "m", "n"], r"unexpected extra argument"),
    ],
)
def test_a_mistyped_command_is_one_sentence(capsys, args, words):
    assert main([*args, "--json"]) == 2
    captured = capsys.readouterr()
    assert re.search(words, captured.err.strip())
    assert len(captured.err.splitlines()) == 1
    found = json.loads(captured.out)
    assert (found["schema"], found["code"]) == (1, 2)
    assert captured.err.endswith(found["error"] + "\n")


def test_no_command_shows_the_help(capsys):
    assert main([]) == 2
    assert "Usage: textsc" in capsys.readouterr().out


def test_the_help_says_the_exit_codes(capsys):
    assert main(["--help"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    for code in ("0 done", "2 usage", "3 input", "4 model", "5 done", "6 device", "130"):
        assert code in text


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_from_outside_is_said(cli, tmp_path, monkeypatch, model, news, number):
    def interrupted(reader, encoder):
        signal.raise_signal(number)
        yield

    monkeypatch.setattr("textsc.corpus.dataset.stream_corpus", interrupted)
    out = tmp_path / "codes.csv"
    out.write_text("precious")
    done = cli("encode", model, news, "-o", out, "--force", "--json")
    assert done.code == done.json["code"] == 130
    assert done.err.startswith("textsc encode: interrupted")
    assert out.read_text() == "precious"
    assert [p.name for p in tmp_path.iterdir()] == ["codes.csv"]


def test_a_terminal_that_cannot_show_a_word_is_no_error(tmp_path, monkeypatch):
    path = tmp_path / "accents.txt"
    path.write_text("été naïve\nété\nnaïve\n" * 3, encoding="utf-8")

    def said(*extra):
        out = io.BytesIO()
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(out, encoding="ascii"))
        args = ["fit", path, "-o", tmp_path / "m", "--topics", 1, "--epochs", 1, "--force", *extra]
        assert main([str(arg) for arg in args]) == 0
        return out.getvalue().decode("ascii")

    assert "na\\xefve" in said()
    assert set(json.loads(said("--json"))["topics"][0]) == {"été", "naïve"}


@pytest.mark.parametrize("where", [None, "news.txt"])
def test_an_error_of_a_file_without_a_name_is_blamed_on_none(cli, monkeypatch, model, where):
    def failing(path):
        raise OSError(27, "File too large", where)

    monkeypatch.setattr("textsc.store.load_model", failing)
    done = cli("topics", model)
    assert done.code == 3
    assert done.err == f"textsc topics: cannot read or write {where or 'a file'}: File too large\n"


def test_a_bar_is_shown_on_a_terminal_only(capsys, monkeypatch):
    from textsc.cli.console import Console

    def shown(console):
        with console.progress("reading") as update:
            update(0.5, "7 documents")
            update(None, "8 documents")
        return capsys.readouterr().err

    assert shown(Console("fit")) == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    assert "reading" in shown(Console("fit"))
    assert shown(Console("fit", quiet=True)) == ""
