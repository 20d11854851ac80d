"""Known corpora: what they are, under which licence, and where they lie."""

from __future__ import annotations

import hashlib
import importlib.util
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textsc.corpus.decoding import CorpusError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Card", "cards", "locate", "similarities"]


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
        How to get the data.
    package, file, sha256, encoding : str
        The installed package that ships the file, the path in it, its digest and its encoding.
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
    package: str
    file: str
    sha256: str
    encoding: str
    similarities: tuple[str, str] | None = None


@cache
def _read_cards() -> tuple[Card, ...]:
    found = []
    for entry in sorted(files("textsc.corpora").iterdir(), key=lambda item: item.name):
        if entry.name.endswith(".toml"):
            tables = tomllib.loads(entry.read_text(encoding="utf-8"))
            found += [_card(name, table) for name, table in tables.items()]
    return tuple(found)


def _card(name: str, table: dict[str, Any]) -> Card:
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
    >>> {name: card.documents for name, card in cards().items()}
    {'lee': 300, 'lee-test': 50}
    """
    return {card.name: card for card in _read_cards()}


def locate(name: str) -> Path:
    """Find the file of a known corpus and check its digest.

    Parameters
    ----------
    name : str
        A key of `cards`.

    Returns
    -------
    pathlib.Path
        One document a line, in the encoding of the card.

    Raises
    ------
    CorpusError
        The name is unknown, the file is missing, or it is not the file that the card describes.

    Examples
    --------
    >>> locate("lee").name
    'lee_background.cor'
    """
    card = _known(name)
    return _checked(card, card.file, card.sha256)


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
    upper = np.loadtxt(_checked(card, *card.similarities), dtype=np.float64)
    # The file holds each pair once, above the diagonal.
    return np.asarray(np.triu(upper) + np.triu(upper, 1).T)


def _known(name: str) -> Card:
    known = cards()
    if name not in known:
        raise CorpusError(f"No corpus is known as {name}; known: {', '.join(known)}.")
    return known[name]


def _checked(card: Card, relative: str, sha256: str) -> Path:
    # Found without importing the package, which may take seconds.
    spec = importlib.util.find_spec(card.package)
    roots = (spec.submodule_search_locations if spec is not None else None) or []
    for root in roots:
        path = Path(root, relative)
        if path.is_file():
            break
    else:
        raise CorpusError(
            f"The corpus {card.name} is not on this machine: the package {card.package} "
            f"should ship {relative}. Install {card.package} again."
        )
    if hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        raise CorpusError(
            f"The corpus {card.name} at {path} is not the file that its card describes: its "
            f"SHA-256 differs. Install {card.package} again, or give the file by its path."
        )
    return path
