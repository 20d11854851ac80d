"""A folder of texts: one document a file, sub-folders as labels."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from textsc.corpus.files.charsets import SAMPLE, decode, decode_file, detect
from textsc.corpus.files.decoding import BINARY
from textsc.corpus.records import CorpusError, Reader, Record
from textsc.corpus.sound.audio import SUFFIXES

__all__ = ["FolderReader"]

_SHOWN = 4  # suffixes in a message
_LOOKED_AT = 64  # files by which the encoding of those that are not UTF-8 is told


class FolderReader(Reader):
    """A folder of .txt files, sub-folders included, hidden files left out, in the order of their paths.

    Parameters
    ----------
    path : pathlib.Path
        The folder. The id of a document is its path in it, the label its first sub-folder.
    name : str
        What messages call it.
    encoding : str, optional
        The encoding of all files. By default their byte-order marks, else UTF-8, else what the first
        files together look like that are neither.

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

    def __init__(self, path: Path, *, name: str, encoding: str | None = None) -> None:
        self.name = name
        self._path = path
        self._encoding = encoding
        self._done = 0
        self._others: Counter[str] = Counter()
        self._files = sorted(self._walk())
        if not self._files:
            raise CorpusError(
                f"There is no .txt file in the folder {name} or below it, nor a sound file{self._instead()}. "
                f"Give a folder of .txt files, one document each, of sounds ({', '.join(SUFFIXES)}), or one file by "
                "its path."
            )

    def _walk(self) -> Iterator[str]:
        for folder, _, names in os.walk(self._path, onerror=self._refuse):
            for name in names:
                if name.lower().endswith(".txt") and not name.startswith("."):
                    yield Path(folder, name).relative_to(self._path).as_posix()
                elif not name.startswith("."):
                    self._others[os.path.splitext(name)[1].lower() or "no suffix"] += 1

    def _instead(self) -> str:
        """Say what else is in the folder."""
        shown = ", ".join(f"{number} {suffix}" for suffix, number in self._others.most_common(_SHOWN))
        return f" (but {os.fsencode(shown).decode('utf-8', 'replace')})" if shown else ""

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
        charset = None
        for number, relative in enumerate(self._files):
            record, undecoded = self._record(relative)
            if undecoded is not None:
                charset = charset or self._detect(number)
                text, note = decode(undecoded, charset)
                record = replace(record, text=text, note=note)
            self._done += 1
            yield record

    def _detect(self, number: int) -> str:
        """Tell the encoding of files that are not UTF-8 and have no mark, from one on."""
        sample: list[bytes] = []
        for relative in self._files[number : number + _LOOKED_AT]:
            _, undecoded = self._record(relative)
            if undecoded is not None:
                sample.append(undecoded)
            if sum(map(len, sample)) >= SAMPLE:
                break
        return detect(sample)

    def _record(self, relative: str) -> tuple[Record, bytes | None]:
        """Give a document, and its bytes where they are not UTF-8."""
        # File names need not be UTF-8 on disk; ids must be, to be written again.
        identity = os.fsencode(relative).decode("utf-8", "replace")
        label = identity.split("/")[0] if "/" in identity else None
        where = f"{self.name.rstrip('/')}/{identity}"
        path = self._path / relative
        if not path.is_file():
            return Record(identity, None, label, where, problem="it is not a regular file"), None
        try:
            data = path.read_bytes()
        except OSError as error:
            return Record(identity, None, label, where, problem=f"{error.strerror}".lower()), None
        known = decode_file(data, encoding=self._encoding, name=where)
        if b"\0" in data if known is None else "\0" in known[0]:
            return Record(identity, None, label, where, problem=BINARY), None
        if known is None:
            return Record(identity, None, label, where), data
        return Record(identity, known[0], label, where, note=known[1]), None
