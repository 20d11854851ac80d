"""20 Newsgroups through scikit-learn: its cache, and what is said where it is not here."""

import codecs
import logging
import pickle
from urllib.error import URLError

import numpy as np
import pytest
import sklearn.datasets._twenty_newsgroups as fetcher
from sklearn.utils import Bunch

from textsc.corpus import catalog
from textsc.corpus.known.newsgroups import NewsgroupsReader, cache_file
from textsc.corpus.records import CorpusError

GROUPS = ["alt.atheism", "sci.space"]


def part(split, *posts):
    return Bunch(
        data=[text for _, _, text in posts],
        target=np.array([k for k, _, _ in posts]),
        target_names=list(GROUPS),
        filenames=np.array([f"home/20news-bydate-{split}/{GROUPS[k]}/{number}" for k, number, _ in posts]),
    )


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder of scikit-learn's data with four posts, in the form of its cache."""
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path))
    content = {
        "train": part("train", (1, 60001, "rocket launch"), (0, 9999, "belief"), (0, 50000, "doubt")),
        "test": part("test", (1, 60000, "orbit")),
    }
    cache_file().write_bytes(codecs.encode(pickle.dumps(content), "zlib_codec"))
    return tmp_path


def no_network(*args, **options):
    raise URLError("Name or service not known")


@pytest.mark.parametrize(
    ("subset", "ids"),
    [
        ("all", ["alt.atheism/9999", "alt.atheism/50000", "sci.space/60000", "sci.space/60001"]),
        ("train", ["alt.atheism/9999", "alt.atheism/50000", "sci.space/60001"]),
        ("test", ["sci.space/60000"]),
    ],
)
def test_posts_come_from_the_cache_in_the_order_of_their_ids(home, caplog, subset, ids):
    reader = NewsgroupsReader(name="20newsgroups", subset=subset)
    records = list(reader)
    assert [r.id for r in records] == ids
    assert [r.label for r in records] == [name.split("/")[0] for name in ids]
    assert list(reader) == records
    assert reader.fraction == 1.0
    assert caplog.records == []


def test_texts_belong_to_their_ids(home):
    texts = {r.id: r.text for r in NewsgroupsReader(name="20newsgroups")}
    assert texts["alt.atheism/50000"] == "doubt"
    assert texts["sci.space/60000"] == "orbit"


def test_a_download_that_fails_is_one_sentence(tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path))
    monkeypatch.setattr(fetcher, "_fetch_remote", no_network)
    with pytest.raises(CorpusError, match=r"cannot be downloaded \(Name or service not known\): check the network"):
        NewsgroupsReader(name="20newsgroups")
    ((_, level, said),) = caplog.record_tuples
    assert level == logging.WARNING
    assert said == f"20newsgroups is not on this machine: scikit-learn downloads it (14 MB) to {tmp_path}"


def test_a_cache_that_is_broken_is_fetched_again_and_nothing_goes_to_stdout(home, monkeypatch, capsys):
    cache_file().write_bytes(b"not a cache")
    monkeypatch.setattr(fetcher, "_fetch_remote", no_network)
    with pytest.raises(CorpusError, match="cannot be downloaded"):
        NewsgroupsReader(name="20newsgroups")
    assert capsys.readouterr().out == ""


def test_a_folder_that_cannot_be_made_is_said(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path / "file" / "data"))
    with pytest.raises(CorpusError, match="cannot be downloaded"):
        NewsgroupsReader(name="20newsgroups")


def test_the_names_and_the_checksum_are_those_of_scikit_learn(home, monkeypatch):
    from sklearn.datasets import get_data_home

    assert str(cache_file().parent) == get_data_home()
    assert catalog.find("20newsgroups") == cache_file()
    card = catalog.cards()["20newsgroups"]
    assert card.sha256 == fetcher.ARCHIVE.checksum
    assert card.sha256_of.startswith(fetcher.ARCHIVE.filename)
    assert fetcher.ARCHIVE.url in card.obtain
