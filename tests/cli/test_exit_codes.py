"""Every exit code that is promised, reached by every verb for which it makes sense; a row is one line."""

import contextlib
import importlib.util
import json
import signal
import sys
import warnings
from dataclasses import dataclass

import numpy as np
import pytest
import typer

from textsc.cli.app import application
from textsc.estimators import SparseCoding
from textsc.store import load_model, save_model

VERBS = typer.main.get_command(application()).commands
QUICK = "--topics 2 --epochs 1"


@dataclass(frozen=True)
class Row:
    """A command line, the code that it ends with, and a piece of what it then says.

    `{model}`, `{tuned}` and `{news}` are files that are whole, `{out}` is a folder to write to, `{bad}` one of
    files that are not whole. `interrupted` names a function that is interrupted as it begins.
    """

    command: str
    code: int
    says: str
    interrupted: str | None = None


ROWS = [
    Row("compare {news} --topics 2 --seeds 1 --models textsc", 0, '"best":'),
    Row("compare {news} --models bert", 2, "No model is called 'bert'"),
    Row("compare {news} --test-share 1", 2, "--test-share must be above 0 and below 1"),
    Row("compare {news} --split-field colour", 2, "(--split-field) must say train"),
    Row("compare - --split-field part", 2, "standard input"),
    Row("compare {out}/none.txt", 3, "no file or folder"),
    Row("compare {bad}/empty.txt", 3, "documents to learn from and others to test with"),
    Row("compare {bad}/broken.jsonl", 3, "there is 0 readable"),
    Row("compare {bad}/labelled.jsonl --topics 2 --seeds 1 --models textsc", 5, '"n_train": 5'),
    Row("compare {news}", 130, "interrupted", "textsc.corpus.holdout.read_holdout"),
    Row("corpora", 0, '"corpora":'),
    Row("corpora lee", 0, '"documents": 300'),
    Row("corpora nothing", 2, "no corpus is known as nothing"),
    Row("corpora", 130, "interrupted", "textsc.corpus.catalog.find"),
    Row("demo", 0, '"agreement":'),
    Row("demo --seed -1", 2, "--seed"),
    Row("demo -o {out}/d", 2, "--out is for the sounds and pictures of --audio"),
    Row("demo --device cuda", 6, "CuPy"),
    Row("demo --audio", 130, "interrupted", "textsc.corpus.sound.synthesis.write_clips"),
    Row("demo", 130, "interrupted", "textsc.corpus.dataset.read_corpus"),
    Row("encode {model} {news} -o {out}/c.csv", 0, '"n_documents": 80'),
    Row("encode {model} {bad}/empty.txt -o {out}/c.csv", 0, '"empty": 1'),
    Row("encode {model} {news} -o {out}/c.xls", 2, ".csv, .jsonl, .npz or .parquet"),
    Row("encode {model} {news} -o {bad}/there.csv", 2, "exists already"),
    Row("encode {model} {news} -o {model}.csv --lam 3", 2, "--lam"),
    Row("encode {model} {out}/none.txt -o {out}/c.csv", 3, "no file or folder"),
    Row("encode {model} {bad}/broken.jsonl -o {out}/c.csv", 3, "Nothing is readable"),
    Row("encode {model} {news} -o {out}/none/c.csv", 3, "the folder does not exist"),
    Row("encode {model} {news} -o /dev/full", 3, "No space left on device"),
    Row("encode {bad}/cut.model {news} -o {out}/c.csv", 4, "cut.model"),
    Row("encode {bad}/newer.model {news} -o {out}/c.csv", 4, "upgrade textsc"),
    Row("encode {model} {bad}/partly.jsonl -o {out}/c.csv", 5, '"unreadable": 1'),
    Row("encode {bad}/strict.model {bad}/few.txt -o {out}/c.csv", 5, '"not_converged": 2'),
    Row("encode {model} {news} -o {out}/c.csv --device cuda", 6, "CuPy"),
    Row("encode {model} {news} -o {out}/c.csv", 130, "interrupted", "textsc.corpus.dataset.stream_corpus"),
    Row("fit {bad}/counts.mtx -o {out}/m --ngrams 2", 2, "words with counts have no order"),
    Row("fit {news} --stop-words {bad}/stop.txt -o {bad}/stop.txt --force", 2, "also an input"),
    Row("evaluate {model} {news}", 0, '"perplexity":'),
    Row("evaluate {tuned} {news}", 0, '"accuracy": 0.'),
    Row("evaluate --topics-file {bad}/topics.txt {news}", 0, '"c_npmi":'),
    Row("evaluate {model}", 2, "a corpus is missing"),
    Row("evaluate {model} {news} --words 1", 2, "--words"),
    Row("evaluate {model} {news} --topics-file {bad}/topics.txt", 2, "only CORPUS is named"),
    Row("evaluate {model} {news} --stop-words none", 2, "--stop-words is for --topics-file"),
    Row("evaluate {news} --topics-file {bad}/topics.txt --language klingon", 2, "--language does not know"),
    Row("evaluate {model} {out}/none.txt", 3, "no file or folder"),
    Row("evaluate {model} {bad}/broken.jsonl", 3, "Nothing is readable"),
    Row("evaluate {news} --topics-file {bad}/empty.txt", 3, "empty.txt"),
    Row("evaluate {news} --topics-file {out}/none.txt", 3, "none.txt"),
    Row("evaluate {bad}/cut.model {news}", 4, "cut.model"),
    Row("evaluate {model} {bad}/partly.jsonl", 5, '"unreadable": 1'),
    Row("evaluate {bad}/partly.jsonl --topics-file {bad}/topics.txt", 5, '"n_unreadable": 1'),
    Row("evaluate {bad}/strict.model {bad}/few.txt", 5, '"n_not_converged": 2'),
    Row("evaluate {model} {news} --device cuda", 6, "CuPy"),
    Row("evaluate {model} {news}", 130, "interrupted", "textsc.corpus.dataset.read_corpus"),
    Row("export {model} {news} -o {out}/e.mtx", 0, '"n_entries":'),
    Row("export {model} {news} -o {out}/e.csv", 2, "its name must end in"),
    Row("export {model} {news} -o {out}/e.mtx --vocabulary {news}", 2, "no bag-of-words file"),
    Row("export {model} {bad}/broken.jsonl -o {out}/e.mtx", 3, "Nothing is readable"),
    Row("export {bad}/cut.model {news} -o {out}/e.mtx", 4, "cut.model"),
    Row("export {model} {bad}/partly.jsonl -o {out}/e.mtx", 5, '"unreadable": 1'),
    Row("export {model} {news} -o {out}/e.mtx", 130, "interrupted", "textsc.corpus.dataset.stream_corpus"),
    Row("fit {news} -o {out}/m " + QUICK, 0, '"n_topics": 2'),
    Row("fit {news} -o {out}/m --topics 0", 2, "--topics"),
    Row("fit {news} -o {out}/m --lam big", 2, "--lam"),
    Row("fit {news} -o {bad}/there.csv", 2, "exists already"),
    Row("fit {news} -o {news} --force", 2, "also an input"),
    Row("fit {model} -o {out}/m", 3, "is called as models are, and a corpus is needed here"),
    Row("fit nothing -o {out}/m", 3, "no known corpus of that name"),
    Row("fit {bad}/empty.txt -o {out}/m", 3, "no word"),
    Row("fit {bad}/broken.jsonl -o {out}/m", 3, "Nothing is readable"),
    Row("fit {news} -o /dev/full " + QUICK, 3, "No space left on device"),
    Row("fit {bad}/partly.jsonl -o {out}/m " + QUICK, 5, '"unreadable": 1'),
    Row("fit {news} -o {out}/m --device cuda", 6, "CuPy"),
    Row("fit {news} -o {out}/m", 130, "interrupted", "textsc.corpus.dataset.read_corpus"),
    Row("info {model}", 0, '"kind": "SparseCoding"'),
    Row("info {model} {model}", 2, "unexpected"),
    Row("info {out}/none.model", 4, "No such file"),
    Row("info {bad}/cut.model", 4, "cut.model"),
    Row("info {model}", 130, "interrupted", "textsc.store.read_header"),
    Row("predict {tuned} {news} -o {out}/p.csv", 0, '"n_documents": 80'),
    Row("predict {tuned} {news} -o {out}/p.xls", 2, ".csv, .jsonl, .npz or .parquet"),
    Row("predict {model} {news} -o {out}/p.csv", 2, "make a model that does with: textsc tune"),
    Row("predict {tuned} {out}/none.txt -o {out}/p.csv", 3, "no file or folder"),
    Row("predict {tuned} {news} -o /dev/full", 3, "No space left on device"),
    Row("predict {bad}/cut.model {news} -o {out}/p.csv", 4, "cut.model"),
    Row("predict {tuned} {bad}/partly.jsonl -o {out}/p.csv", 5, '"unreadable": 1'),
    Row("predict {tuned} {news} -o {out}/p.csv --device cuda", 6, "CuPy"),
    Row("predict {tuned} {news} -o {out}/p.csv", 130, "interrupted", "textsc.corpus.dataset.stream_corpus"),
    Row("topics {model}", 0, '"prevalence":'),
    Row("topics {model} --words 0", 2, "--words"),
    Row("topics {bad}/newer.model", 4, "upgrade textsc"),
    Row("topics {model} {news}", 0, '"passage":'),
    Row("topics {model} --documents 2", 2, "--documents is about a corpus, and none is given"),
    Row("topics {model} {news} --vocabulary {news}", 2, "no bag-of-words file"),
    Row("topics {model} {bad}/broken.jsonl", 3, "Nothing is readable"),
    Row("topics {model} {bad}/partly.jsonl", 5, '"unreadable": 1'),
    Row("topics {bad}/strict.model {bad}/few.txt", 5, '"not_converged": 2'),
    Row("topics {model} {news} --device cuda", 6, "CuPy"),
    Row("topics {model}", 130, "interrupted", "textsc.store.load_model"),
    Row("topics {model} {news}", 130, "interrupted", "textsc.corpus.dataset.stream_corpus"),
    Row("tune {model} {news} -o {out}/t --epochs 0", 0, '"n_labelled": 78'),
    Row(
        "tune {model} {news} -o {out}/t --target colour --quiet", 2, "name the field that holds the class with --target"
    ),
    Row("tune {model} {news} -o {out}/t --learning-rate 0", 2, "--learning-rate"),
    Row("tune {bad}/strict.model {news} -o {out}/t --epochs 0", 5, '"not_converged": 78'),
    Row("tune {bad}/l1.model {news} -o {out}/t", 2, "under which codes have no derivative"),
    Row("tune {model} {news} -o {bad}/there.csv", 2, "exists already"),
    Row("tune {model} {bad}/broken.jsonl -o {out}/t", 3, "Nothing is readable"),
    Row("tune {bad}/cut.model {news} -o {out}/t", 4, "cut.model"),
    Row("tune {model} {bad}/labelled.jsonl -o {out}/t --epochs 0", 5, '"unreadable": 1'),
    Row("tune {model} {news} -o {out}/t --device cuda", 6, "CuPy"),
    Row("tune {model} {news} -o {out}/t", 130, "interrupted", "textsc.corpus.dataset.read_corpus"),
]
# Verbs whose only output is standard output.
PRINTING = [
    "corpora",
    "compare {news} --topics 2 --seeds 1 --models nmf_tfidf --quiet",
    "evaluate {model} {news}",
    "info {model}",
    "topics {model}",
    "topics {model} {news}",
]


@pytest.fixture(scope="module")
def bad(tmp_path_factory, model, articles):
    folder = tmp_path_factory.mktemp("bad")
    (folder / "there.csv").write_text("precious")
    (folder / "empty.txt").write_text("\n")
    (folder / "topics.txt").write_text("storm flood rain\ncourt police law\n")
    (folder / "broken.jsonl").write_text("not json\n")
    (folder / "partly.jsonl").write_text('{"text": "storm flood"}\nnot json\n{"text": "storm"}\n')
    (folder / "labelled.jsonl").write_text(
        "".join(json.dumps({"text": articles[i], "label": str(i % 2)}) + "\n" for i in range(6)) + "not json\n"
    )
    (folder / "few.txt").write_text("\n".join(articles[:2]))
    (folder / "cut.model").write_bytes(model.read_bytes()[:-1])
    strict = load_model(model)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("textsc.modelfile.FORMAT", 99)
        save_model(strict, folder / "newer.model")
    (folder / "stop.txt").write_text("the")
    (folder / "counts.mtx").write_text("%%MatrixMarket matrix coordinate integer general\n1 1 1\n1 1 2\n")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        l1 = SparseCoding(2, prior="l1", epochs=1, random_state=0).fit(np.eye(len(strict.background_))[:9])
    save_model(l1, folder / "l1.model", encoder=strict.encoder_)
    # No gap is below it.
    strict.set_params(tol=1e-300)
    save_model(strict, folder / "strict.model")
    return folder


@pytest.fixture
def run(cli, tmp_path, monkeypatch, model, tuned, news, bad):
    # The demonstration has peers, which are not what is tested here.
    monkeypatch.setattr("textsc.cli.demo.LDA_PASSES", 1)
    monkeypatch.setattr("textsc.cli.demo.N_TOPICS", 5)

    def run(command, *extra, **options):
        parts = command.format(model=model, tuned=tuned, news=news, out=tmp_path, bad=bad).split()
        return cli(*parts, *extra, **options)

    return run


def interrupted(*args, **options):
    signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.code} {row.command}")
def test_a_command_ends_with_its_code(run, monkeypatch, tmp_path, bad, row):
    if row.code == 6 and importlib.util.find_spec("cupy") is not None:
        pytest.skip("CuPy is here")
    if row.interrupted is not None:
        monkeypatch.setattr(row.interrupted, interrupted)
    done = run(row.command, "--json")
    assert done.code == row.code, done.err
    assert row.says in (done.out if row.code in (0, 5) else done.err)
    if row.code not in (0, 5):
        assert done.json["code"] == row.code
        assert done.err == f"textsc {row.command.split()[0]}: {done.json['error']}\n"
        assert list(tmp_path.iterdir()) == []
    assert (bad / "there.csv").read_text() == "precious"


@pytest.mark.parametrize("command", PRINTING)
def test_standard_output_that_takes_nothing_is_code_3(run, monkeypatch, command):
    # Closing the stream fails as writing to it does.
    with contextlib.suppress(OSError), open("/dev/full", "w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        done = run(command)
        monkeypatch.undo()
    assert done.code == 3
    assert "cannot write to standard output: No space left on device" in done.err


def test_every_verb_has_its_rows():
    codes = {name: {row.code for row in ROWS if row.command.split()[0] == name} for name in VERBS}
    assert set.union(*codes.values()) == {0, 2, 3, 4, 5, 6, 130}
    for name, found in codes.items():
        assert found >= {0, 2, 130}, name
        assert "{model}" not in VERBS[name].help
    takes = {name: {parameter.metavar for parameter in VERBS[name].params} for name in VERBS}
    assert all(4 in codes[name] for name in VERBS if "MODEL" in takes[name])
    assert all({3, 5} <= codes[name] for name in VERBS if "CORPUS" in takes[name])
