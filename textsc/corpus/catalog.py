"""Known corpora: what they are, under which licence, and where they lie."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import tomllib
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textsc.corpus.known.newsgroups import cache_file
from textsc.corpus.records import CorpusError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["DATA_VARIABLE", "Card", "absent", "cards", "data_folder", "find", "locate", "similarities"]

DATA_VARIABLE = "TEXTSC_DATA"


@dataclass(frozen=True, slots=True)
class Card:
    """What is known of a corpus.

    Attributes
    ----------
    name : str
        What the command line calls it.
    title, source, licence, citation : str
        For people; `licence` is as stated by the source.
    documents : int
        Number of documents.
    obtain : str
        How to get the data, one clause.
    reader : str
        A key of `textsc.corpus.known.openers.OPENERS`.
    labels : str
        What the labels are.
    size : int or None
        Bytes of what `size_of` names; None where it is not known.
    size_of : str or None
        What was counted.
    package : str or None
        The installed package that ships the file; None where it lies in the data folder.
    file : str or None
        File or folder, relative to the package or to the data folder.
    sha256, sha256_of : str or None
        Digest of the file, or of the file that `sha256_of` names; None where none is known.
    encoding : str or None
        Of the file, where it is known.
    subset : str or None
        Which part, or which kind of label, the reader is to give.
    pattern : str or None
        Regular expression that ids match as a whole; its group ``label`` is the label.
    similarities : tuple of str or None
        Path and digest of human judgements of similarity, where there are any.
    """

    name: str
    title: str
    source: str
    licence: str
    citation: str
    documents: int
    obtain: str
    reader: str
    labels: str = "none"
    size: int | None = None
    size_of: str | None = None
    package: str | None = None
    file: str | None = None
    sha256: str | None = None
    sha256_of: str | None = None
    encoding: str | None = None
    subset: str | None = None
    pattern: str | None = None
    similarities: tuple[str, str] | None = None


@cache
def _read_cards() -> tuple[Card, ...]:
    found = []
    for entry in sorted(files("textsc.corpora").iterdir(), key=lambda item: item.name):
        if entry.name.endswith(".toml"):
            tables = tomllib.loads(entry.read_text(encoding="utf-8"))
            found += [_card(name, {**tables.get(t.get("like"), {}), **t}) for name, t in tables.items()]
    return tuple(found)


def _card(name: str, table: dict[str, Any]) -> Card:
    table.pop("like", None)
    extra = table.pop("similarities", None)
    pair = None if extra is None else (extra["file"], extra["sha256"])
    return Card(name=name, similarities=pair, **table)


def cards() -> dict[str, Card]:
    """List the known corpora.

    Returns
    -------
    dict of str to Card
        By name, in the order of their files.

    Examples
    --------
    >>> known = cards()
    >>> {name: known[name].documents for name in ("lee", "lee-test", "20newsgroups")}
    {'lee': 300, 'lee-test': 50, '20newsgroups': 18846}
    """
    return {card.name: card for card in _read_cards()}


def data_folder() -> Path:
    """Name the folder for corpora that no package ships.

    Returns
    -------
    pathlib.Path
        What the environment variable ``TEXTSC_DATA`` names, else ``~/.local/share/textsc``; it
        need not exist.

    Examples
    --------
    >>> data_folder().is_absolute() or DATA_VARIABLE in os.environ
    True
    """
    named = os.environ.get(DATA_VARIABLE)
    return Path(named).expanduser() if named else Path.home() / ".local" / "share" / "textsc"


def find(name: str) -> Path | None:
    """Find the file or folder of a known corpus, without looking into it.

    Parameters
    ----------
    name : str
        A key of `cards`.

    Returns
    -------
    pathlib.Path or None
        In the data folder ``NAME.jsonl`` or ``NAME.jsonl.gz`` comes before what the card names.
        None where there is neither.

    Raises
    ------
    CorpusError
        The name is unknown.

    Examples
    --------
    >>> find("lee").name
    'lee_background.cor'
    """
    card = _known(name)
    return next((path for path in _places(card) if path.exists()), None)


def _places(card: Card) -> list[Path]:
    if card.package is not None:
        return _in_package(card.package, card.file or "")
    places = [data_folder() / f"{card.name}{suffix}" for suffix in (".jsonl", ".jsonl.gz")]
    if card.file is not None:
        places.append(data_folder() / card.file)
    if card.reader == "20newsgroups":
        places.append(cache_file())
    return places


def _in_package(package: str, file: str) -> list[Path]:
    # Found without importing the package, which may take seconds.
    spec = importlib.util.find_spec(package)
    roots = (spec.submodule_search_locations if spec is not None else None) or []
    return [Path(root, file) for root in roots]


def locate(name: str) -> Path:
    """Find the file or folder of a known corpus and check the digest of a file that has one.

    Parameters
    ----------
    name : str
        A key of `cards`.

    Returns
    -------
    pathlib.Path
        As from `find`.

    Raises
    ------
    CorpusError
        The name is unknown, the corpus is not here, or it is not the one that the card describes.

    Examples
    --------
    >>> locate("lee").name
    'lee_background.cor'
    """
    card = _known(name)
    found = find(name)
    if found is None:
        raise absent(card)
    # A digest is that of the file of the card, not of a copy in JSON lines.
    return _checked(card, found, card.sha256) if card.file is not None and found.match(card.file) else found


def absent(card: Card) -> CorpusError:
    """Say that a corpus is not here, and what to do.

    Parameters
    ----------
    card : Card
        The corpus.

    Returns
    -------
    CorpusError
        To be raised.

    Examples
    --------
    >>> print(absent(cards()["bbc"]))  # doctest: +ELLIPSIS
    The corpus bbc is not on this machine: download bbc-fulltext.zip ...; the data folder is ...
    """
    if card.package is not None:
        return CorpusError(
            f"The corpus {card.name} is not on this machine: the package {card.package} "
            f"should ship {card.file}. Install {card.package} again."
        )
    return CorpusError(
        f"The corpus {card.name} is not on this machine: {card.obtain}; the data folder is "
        f"{data_folder()}, or the one that the environment variable {DATA_VARIABLE} names."
    )


def similarities(name: str = "lee-test") -> NDArray[np.float64]:
    """Read the human judgements of the similarity of each pair of documents.

    Parameters
    ----------
    name : str, default "lee-test"
        A known corpus that has them.

    Returns
    -------
    ndarray of shape (n_documents, n_documents)
        Symmetric, in [0, 1], ones on the diagonal; rows in the order of the documents.

    Raises
    ------
    CorpusError
        The corpus is unknown, has no judgements, or their file is not the one that is described.

    Examples
    --------
    >>> S = similarities()
    >>> S.shape, float(S[0, 1]), bool((S == S.T).all())
    ((50, 50), 0.3, True)
    """
    import numpy as np

    card = _known(name)
    if card.similarities is None:
        having = ", ".join(other.name for other in _read_cards() if other.similarities)
        raise CorpusError(f"The corpus {name} has no judgements of similarity; known with them: {having}.")
    file, sha256 = card.similarities
    path = next((path for path in _in_package(card.package or "", file) if path.is_file()), None)
    if path is None:
        raise absent(replace(card, file=file))
    upper = np.loadtxt(_checked(card, path, sha256), dtype=np.float64)
    # The file holds each pair once, above the diagonal.
    return np.asarray(np.triu(upper) + np.triu(upper, 1).T)


def _known(name: str) -> Card:
    known = cards()
    if name not in known:
        raise CorpusError(f"No corpus is known as {name}; known: {', '.join(known)}.")
    return known[name]


def _checked(card: Card, path: Path, sha256: str | None) -> Path:
    if sha256 is not None and hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        again = f"Install {card.package} again" if card.package is not None else "Get it again"
        raise CorpusError(
            f"The corpus {card.name} at {path} is not the file that its card describes: its "
            f"SHA-256 differs. {again}, or give the file by its path."
        )
    return path
