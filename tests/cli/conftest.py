import io
import json
import signal
import sys
from dataclasses import dataclass

import pytest

from textsc.cli import main
from textsc.corpus.catalog import locate


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def json(self):
        found = json.loads(self.out)
        assert found["schema"] == 1
        return found


@pytest.fixture(autouse=True, scope="session")
def interruptible():
    """Let SIGINT interrupt, also where the tests run in the background of a shell, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def cli(capsys, monkeypatch):
    """Run the program in this process; every run keeps what holds for all of them."""

    def run(*args, stdin=None, check=True):
        if stdin is not None:
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsys.readouterr()
        code = main([str(arg) for arg in args])
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err or "--debug" in args
        assert "unexpected error" not in captured.err
        if code not in (0, 5) and check:
            assert captured.err.startswith("textsc")
            assert len(captured.err.splitlines()) == 1
        return Outcome(code, captured.out, captured.err)

    return run


@pytest.fixture(scope="session")
def articles():
    return locate("lee").read_text(encoding="utf-8").splitlines()[:80]


@pytest.fixture(scope="session")
def news(tmp_path_factory, articles):
    """A corpus of real articles with ids, labels, and rows that hold nothing."""
    path = tmp_path_factory.mktemp("news") / "news.jsonl"
    rows = [{"id": f"a,{n}", "text": text, "label": "odd" if n % 2 else "even"} for n, text in enumerate(articles)]
    rows[3]["text"] = ""
    rows[5]["text"] = "zzyzx qwrtp"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture(scope="session")
def model(tmp_path_factory, news):
    """A small model; tests read it and do not write it."""
    path = tmp_path_factory.mktemp("model") / "news.model"
    assert main(["fit", str(news), "-o", str(path), "--topics", "4", "--quiet"]) == 0
    return path


@pytest.fixture(scope="session")
def tuned(tmp_path_factory, model, news):
    """The small model, tuned; tests read it and do not write it."""
    path = tmp_path_factory.mktemp("tuned") / "tuned.model"
    assert main(["tune", str(model), str(news), "-o", str(path), "--epochs", "1", "--quiet"]) == 0
    return path
