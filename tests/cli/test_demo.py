import re
import sys
from dataclasses import replace

import numpy as np
import pytest

from textsc.coding.coder import Coder


def test_the_demo_shows_topics_and_agreement(cli):
    done = cli("demo", "--json", "--quiet")
    assert done.code == 0
    assert done.err == ""
    found = done.json
    assert (found["n_documents"], found["n_encoded"], found["n_topics"]) == (300, 50, 20)
    assert (found["n_converged"], found["n_not_converged"]) == (50, 0)
    assert all(len(topic["words"]) == 8 for topic in found["topics"])
    agreement = {row["name"]: row for row in found["agreement"]}
    assert list(agreement) == ["textsc", "TF-IDF", "LDA", "NMF"]
    assert agreement["textsc"]["pearson"] > agreement["LDA"]["pearson"]
    assert agreement["textsc"]["spearman"] > 0.3


@pytest.fixture
def quick(monkeypatch):
    """A demo whose numbers do not matter."""
    monkeypatch.setattr(sys.modules["textsc.cli.demo"], "LDA_PASSES", 1)
    monkeypatch.setattr(sys.modules["textsc.cli.demo"], "N_TOPICS", 5)


def test_codes_without_a_certificate_are_said(cli, monkeypatch, quick):
    real = Coder.__call__

    def lost(self, X):
        # Of the 50 test articles one, of the 300 others none.
        codes = real(self, X)
        return replace(codes, converged=np.arange(len(codes.gap)) != 50 - 1) if X.shape[0] == 50 else codes

    monkeypatch.setattr(Coder, "__call__", lost)
    done = cli("demo")
    assert done.code == 5
    assert "encoded: 49 certified" in done.out
    assert "1 of all articles are without a certificate" in done.out


def test_the_demo_as_text(cli, quick):
    done = cli("demo", "--seed", 1)
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[0].startswith("5 topics of 300 news articles (lee)")
    assert "50 certified" in done.out
    rows = [line for line in lines if re.match(r"(textsc|TF-IDF|LDA|NMF) ", line)]
    assert len(rows) == 4
    assert "done in" in done.err
