"""Movie-review scale data of Pang and Lee: folders of files with parallel lines."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

from textsc.corpus.files.decoding import BINARY, ByteFile, decode, lines
from textsc.corpus.records import CorpusError, Reader, Record

__all__ = ["MoviesReader"]


class MoviesReader(Reader):
    r"""Subjective extracts of movie reviews, a folder an author, with a rating and classes.

    Line n of ``subj.AUTHOR``, ``id.AUTHOR``, ``rating.AUTHOR``, ``label.3class.AUTHOR`` and
    ``label.4class.AUTHOR`` belong to one review. Its id is ``AUTHOR/`` and its line of the second.

    Parameters
    ----------
    folder : pathlib.Path
        Holds a folder for each author.
    name : str
        What messages call it.
    label : str, default "label.3class"
        The file, without its author, that gives the labels.

    Raises
    ------
    CorpusError
        There is no such folder, or a file is missing in one.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     author = pathlib.Path(folder) / "A+B"
    ...     author.mkdir()
    ...     for file, line in [("subj", "a fine film"), ("id", "29420"), ("rating", "0.9")]:
    ...         _ = (author / f"{file}.A+B").write_text(line + "\n")
    ...     [(r.id, r.text, r.label) for r in MoviesReader(pathlib.Path(folder), name="movies", label="rating")]
    [('A+B/29420', 'a fine film', '0.9')]
    """

    def __init__(self, folder: Path, *, name: str, label: str = "label.3class") -> None:
        self.name = name
        self._done = 0
        self._authors = [
            tuple(
                ByteFile(path, name=f"{name}/{author.parent.name}/{path.name}", gzipped=False)
                for path in (author.with_name(f"{file}.{author.parent.name}") for file in ("subj", "id", label))
            )
            for author in sorted(folder.glob("*/subj.*"))
        ]
        if not self._authors:
            raise CorpusError(f"There is no file AUTHOR/subj.AUTHOR in the folder of the corpus {name}, {folder}.")

    @property
    def fraction(self) -> float | None:
        """Share of the authors that the running iteration has taken, in [0, 1]."""
        if self._done >= len(self._authors):
            return 1.0
        return (self._done + (self._authors[self._done][0].fraction or 0.0)) / len(self._authors)

    def __iter__(self) -> Iterator[Record]:
        self._done = 0
        for files in self._authors:
            columns = zip_longest(*(lines(file.chunks()) for file in files))
            for number, column in enumerate(columns, start=1):
                yield _review(files, column, number)
            self._done += 1


def _review(files: tuple[ByteFile, ...], column: tuple[bytes | None, ...], number: int) -> Record:
    extract, identity, label = column
    author = files[0].path.parent.name
    where = f"{files[0].name}, line {number}"
    short = [file.path.name for file, line in zip(files, column, strict=True) if line is None]
    if extract is None or identity is None or label is None:
        name = f"{author}/{number if identity is None else identity.decode('latin-1').strip()}"
        return Record(name, None, None, where, problem=f"{short[0]} has no line {number}")
    name, rated = f"{author}/{identity.decode('latin-1').strip()}", label.decode("latin-1").strip()
    if b"\0" in extract:
        return Record(name, None, rated, where, problem=BINARY)
    text, note = decode(extract)
    return Record(name, text, rated, where, note=note)
