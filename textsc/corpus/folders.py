"""A folder of texts: one document a file, sub-folders as labels."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from textsc.corpus.audio import SUFFIXES
from textsc.corpus.decoding import BINARY, decode, without_bom
from textsc.corpus.records import CorpusError, Reader, Record

__all__ = ["FolderReader"]


class FolderReader(Reader):
    """A folder of .txt files, sub-folders included, hidden files left out, in the order of their paths.

    Parameters
    ----------
    path : pathlib.Path
        The folder. The id of a document is its path in it, the label its first sub-folder.
    name : str
        What messages call it.

    Raises
    ------
    CorpusError
        A folder cannot be listed, or there is no .txt file in any.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     (pathlib.Path(folder) / "pets").mkdir()
    ...     _ = (pathlib.Path(folder) / "pets" / "cat.txt").write_text("the cat")
    ...     [(r.id, r.text, r.label) for r in FolderReader(pathlib.Path(folder), name=folder)]
    [('pets/cat.txt', 'the cat', 'pets')]
    """

    def __init__(self, path: Path, *, name: str) -> None:
        self.name = name
        self._path = path
        self._done = 0
        self._files = sorted(self._walk())
        if not self._files:
            raise CorpusError(
                f"There is no .txt file in the folder {name} or below it, nor a sound file. "
                f"Give a folder of .txt files, one document each, or of sounds ({', '.join(SUFFIXES)})."
            )

    def _walk(self) -> Iterator[str]:
        for folder, _, names in os.walk(self._path, onerror=self._refuse):
            for name in names:
                if name.lower().endswith(".txt") and not name.startswith("."):
                    yield Path(folder, name).relative_to(self._path).as_posix()

    def _refuse(self, error: OSError) -> NoReturn:
        raise CorpusError(
            f"The folder {error.filename or self.name} cannot be listed: {error.strerror}. Check its permissions."
        ) from error

    @property
    def fraction(self) -> float | None:
        """Share of the files that the running iteration has taken, in [0, 1]."""
        return self._done / len(self._files)

    def __iter__(self) -> Iterator[Record]:
        self._done = 0
        for relative in self._files:
            record = self._record(relative)
            self._done += 1
            yield record

    def _record(self, relative: str) -> Record:
        # File names need not be UTF-8 on disk; ids must be, to be written again.
        identity = os.fsencode(relative).decode("utf-8", "replace")
        label = identity.split("/")[0] if "/" in identity else None
        where = f"{self.name.rstrip('/')}/{identity}"
        path = self._path / relative
        if not path.is_file():
            return Record(identity, None, label, where, problem="it is not a regular file")
        try:
            data = path.read_bytes()
        except OSError as error:
            return Record(identity, None, label, where, problem=f"{error.strerror}".lower())
        data = b"".join(without_bom(iter([data])))
        if b"\0" in data:
            return Record(identity, None, label, where, problem=BINARY)
        text, note = decode(data)
        return Record(identity, text, label, where, note=note)
