"""Ids and labels of the documents of a bag-of-words file, in a file beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from textsc.corpus.files.decoding import ByteFile, lines
from textsc.corpus.records import CorpusError

__all__ = ["RowNames", "names_beside", "row_name"]


def names_beside(path: Path) -> Path:
    """Say where the ids and labels of a bag-of-words file lie.

    Parameters
    ----------
    path : pathlib.Path
        The file, plain or .gz.

    Returns
    -------
    pathlib.Path
        Its name with ``.docs.jsonl``.

    Examples
    --------
    >>> names_beside(Path("news.mtx.gz")).name
    'news.mtx.docs.jsonl'
    """
    plain = path.name[:-3] if path.name.lower().endswith(".gz") else path.name
    return path.with_name(f"{plain}.docs.jsonl")


def row_name(identity: str, label: str | None) -> str:
    r"""Give the line of one document.

    Parameters
    ----------
    identity : str
        Its id.
    label : str or None
        Its label.

    Returns
    -------
    str
        A JSON object and a line end.

    Examples
    --------
    >>> row_name("a", "pets"), row_name("b", None)
    ('{"id": "a", "label": "pets"}\n', '{"id": "b"}\n')
    """
    return json.dumps({"id": identity} | ({} if label is None else {"label": label})) + "\n"


class RowNames:
    """The ids and labels of documents, in order.

    Parameters
    ----------
    path : pathlib.Path
        A line for each document, as from `row_name`.
    name : str
        What messages call it.
    """

    def __init__(self, path: Path, *, name: str) -> None:
        self.name = name
        self._source = ByteFile(path, name=name, gzipped=False)

    def __iter__(self) -> Iterator[tuple[str, str | None]]:
        for number, line in enumerate(lines(self._source.chunks()), start=1):
            yield self._parsed(line, number)

    def _parsed(self, line: bytes, number: int) -> tuple[str, str | None]:
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, dict):
            identity, label = found.get("id"), found.get("label")
            if isinstance(identity, str) and isinstance(label, str | None):
                return identity, label
        raise CorpusError(
            f'{self.name}, line {number}: it should be a JSON object with a string "id" and perhaps a string '
            '"label". Write it again with textsc export, or remove it: then rows have their numbers as ids.'
        )
