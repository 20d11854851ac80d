"""The list of known corpora, and fitting to one by its name."""

import sklearn.datasets._twenty_newsgroups as fetcher

from textsc.corpus.catalog import cards


def test_every_card_is_a_line_of_the_list(cli, tmp_path, monkeypatch):
    monkeypatch.setenv("TEXTSC_DATA", str(tmp_path))
    lines = cli("corpora").out.splitlines()
    assert lines[0].split() == ["name", "documents", "here", "licence"]
    rows = {line.split()[0]: line.split()[1:3] for line in lines[1:] if line and "textsc" not in line}
    assert list(rows) == list(cards())
    assert rows["lee"] == ["300", "yes"]
    assert rows["bbc"] == ["2,225", "no"]
    (tmp_path / "bbc").mkdir()
    assert "2,225  yes" in cli("corpora").out


def test_one_card_says_how_to_get_it(cli, tmp_path, monkeypatch):
    monkeypatch.setenv("TEXTSC_DATA", str(tmp_path))
    said = cli("corpora", "bbc").out
    card = cards()["bbc"]
    for piece in (card.title, card.licence, card.obtain, card.citation, str(tmp_path), "bbc.jsonl", "none known"):
        assert piece in said
    lee = cli("corpora", "lee").out
    assert cards()["lee"].sha256 in lee
    assert "TEXTSC_DATA" not in lee


def test_cards_as_json(cli, tmp_path, monkeypatch):
    monkeypatch.setenv("TEXTSC_DATA", str(tmp_path))
    found = cli("corpora", "--json").json
    assert [corpus["name"] for corpus in found["corpora"]] == list(cards())
    one = cli("corpora", "lee", "--json").json
    assert {"schema": 1, **found["corpora"][list(cards()).index("lee")]} == one
    assert one["here"] is True
    assert set(one) == {
        *("schema", "name", "title", "source", "licence", "citation", "documents", "size", "size_of"),
        *("labels", "sha256", "sha256_of", "obtain", "here"),
    }
    assert str(tmp_path) not in cli("corpora", "--json").out


def test_an_unknown_name_is_a_usage_error(cli):
    done = cli("corpora", "nothing", "--json")
    assert done.code == done.json["code"] == 2
    assert "known: 20newsgroups" in done.err


def test_a_corpus_that_is_not_here_is_one_sentence(cli, tmp_path, monkeypatch):
    monkeypatch.setenv("TEXTSC_DATA", str(tmp_path))
    done = cli("fit", "bbc", "-o", tmp_path / "m", "--json")
    assert done.code == done.json["code"] == 3
    assert "download bbc-fulltext.zip" in done.json["error"]
    assert list(tmp_path.iterdir()) == []


def test_a_corpus_that_is_here_is_fitted_by_its_name(cli, tmp_path, monkeypatch, articles):
    monkeypatch.setenv("TEXTSC_DATA", str(tmp_path))
    for n, text in enumerate(articles[:8]):
        path = tmp_path / "bbc" / "tech" / f"{n:03}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    done = cli("fit", "bbc", "-o", tmp_path / "m", "--topics", 2, "--epochs", 1)
    assert done.code == 0
    assert "its card says 2,225" in done.err
    assert "8 documents (8 ok)" in done.out


def test_a_download_is_announced_and_its_failure_is_one_sentence(cli, tmp_path, monkeypatch):
    def no_network(*args, **options):
        raise OSError("no route to host")

    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path))
    monkeypatch.setenv("TEXTSC_DATA", str(tmp_path))
    monkeypatch.setattr(fetcher, "_fetch_remote", no_network)
    done = cli("fit", "20newsgroups", "-o", tmp_path / "m", check=False)
    announced, refused = done.err.splitlines()
    assert done.code == 3
    assert announced == (
        f"textsc fit: 20newsgroups is not on this machine: scikit-learn downloads it (14 MB) to {tmp_path}"
    )
    assert refused.startswith("textsc fit: The corpus 20newsgroups is not on this machine and cannot be downloaded (no")
    assert len(cli("fit", "20newsgroups", "-o", tmp_path / "m", "--quiet").err.splitlines()) == 1
