"""Known corpora: cards, checksums, judgements of similarity."""

import dataclasses
import subprocess
import sys

import numpy as np
import pytest

from textsc.corpus import catalog
from textsc.corpus.dataset import read_corpus
from textsc.corpus.known.openers import OPENERS
from textsc.corpus.readers import CorpusError, open_corpus

EMBEDDED = [name for name, card in catalog.cards().items() if card.package is not None]


@pytest.mark.parametrize("name", EMBEDDED)
def test_each_embedded_corpus_is_what_its_card_says(name):
    card = catalog.cards()[name]
    data = read_corpus(name)
    assert len(data.ids) == card.documents
    assert set(data.status) == {"ok"}
    assert data.problems == data.notes == []
    assert catalog.locate(name).stat().st_size == card.size


@pytest.mark.parametrize("card", catalog.cards().values(), ids=lambda card: card.name)
def test_each_card_is_complete(card):
    for value in (card.title, card.source, card.licence, card.citation, card.obtain, card.labels):
        assert value == " ".join(value.split()) != ""
    assert card.documents > 0
    assert (card.size is None) == (card.size_of is None)
    assert card.reader in OPENERS
    assert card.sha256 is None or len(bytes.fromhex(card.sha256)) == 32


def test_the_encoding_of_the_card_is_used():
    assert any("£3,000" in record.text for record in open_corpus("lee-test"))


def test_similarities_are_a_symmetric_matrix():
    S = catalog.similarities()
    n = catalog.cards()["lee-test"].documents
    assert S.shape == (n, n)
    np.testing.assert_array_equal(S, S.T)
    np.testing.assert_array_equal(np.diag(S), 1.0)
    assert S.min() > 0
    assert S.max() <= 1.0
    assert S[0, 1] == 0.3


def test_unknown_names_are_refused():
    with pytest.raises(CorpusError, match=r"No corpus is known as nothing; known: 20newsgroups, .*lee, lee-test,"):
        catalog.locate("nothing")
    with pytest.raises(CorpusError, match=r"lee has no judgements.*lee-test"):
        catalog.similarities("lee")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sha256": "0" * 64}, r"is not the file that its card describes.*SHA-256 differs"),
        ({"file": "test/missing.cor"}, r"not on this machine.*gensim should ship test/missing"),
        ({"package": "no_such_package"}, r"not on this machine.*Install no_such_package"),
    ],
)
def test_a_file_that_is_not_the_one_described_is_refused(monkeypatch, change, message):
    card = dataclasses.replace(catalog.cards()["lee"], **change)
    monkeypatch.setattr(catalog, "_read_cards", lambda: (card,))
    with pytest.raises(CorpusError, match=message):
        open_corpus("lee")


def test_known_corpora_are_listed_and_found_without_heavy_imports():
    code = (
        "import sys; from textsc.corpus import cards; from textsc.corpus.catalog import find, locate; "
        "locate('lee'); [find(name) for name in cards()]; "
        "print(*sorted({'numpy', 'scipy', 'sklearn', 'gensim'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
