"""A folder of sounds: one clip a file, sub-folders as labels."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, NoReturn

from textsc.corpus.records import CorpusError, Reader, ReadingOptionError, Record
from textsc.corpus.sound.audio import SUFFIXES
from textsc.corpus.sound.labels import NAME, ClipLabels, OtherTableError, read_labels

__all__ = ["SoundReader", "is_sound_file", "mostly_sounds"]


def is_sound_file(name: str) -> bool:
    """Whether a name ends like that of a sound file, and is not hidden.

    Parameters
    ----------
    name : str
        Of a file, with or without folders.

    Examples
    --------
    >>> is_sound_file("birds/Wren.WAV"), is_sound_file("birds/._wren.wav")
    (True, False)
    """
    base = os.path.basename(name)
    return base.lower().endswith(SUFFIXES) and not base.startswith(".")


def mostly_sounds(folder: Path) -> bool:
    """Whether there are more sound files than .txt files in a folder and below it.

    Parameters
    ----------
    folder : pathlib.Path
        What cannot be listed counts for nothing.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> (folder / "a.wav").touch(), (folder / "LICENSE.md").touch(), mostly_sounds(folder)
    (None, None, True)
    """
    names = [name for _, _, found in os.walk(folder) for name in found if not name.startswith(".")]
    return sum(map(is_sound_file, names)) > sum(name.lower().endswith(".txt") for name in names)


class SoundReader(Reader):
    """The sound files of a folder, sub-folders included, hidden ones left out, in the order of their paths.

    It may also be one file. Its records have no text but a `path`. Labels are those of a table
    (`textsc.corpus.sound.labels.read_labels`): the one that is given, or a ``labels.csv`` in the folder or beside it
    that names at least one of its files. Without a table the first sub-folder is the label of a file.

    Parameters
    ----------
    path : pathlib.Path
        The folder or file. The id of a file is its path in the folder.
    name : str
        What messages call it.
    labels : path-like, optional
        A table of labels.
    label_field : str, default "label"
        Its column of labels.

    Raises
    ------
    CorpusError
        A folder cannot be listed, or no sound file is in any; or the table given cannot be used.
    ReadingOptionError
        A column of labels is named, and there is no table.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> (folder / "birds").mkdir()
    >>> (folder / "birds" / "wren.wav").touch()
    >>> [(record.id, record.label) for record in SoundReader(folder, name="sounds")]
    [('birds/wren.wav', 'birds')]
    """

    content: ClassVar[str] = "sound"

    def __init__(
        self, path: Path, *, name: str, labels: str | os.PathLike[str] | None = None, label_field: str = "label"
    ) -> None:
        self.name = name
        self._single = not path.is_dir()
        self._folder = path.parent if self._single else path
        self._files = [path.name] if self._single else sorted(self._walk())
        self._done = 0
        self._notes: list[str] = []
        if not self._files:
            raise CorpusError(
                f"There is no sound file in the folder {name} or below it. Known are {', '.join(SUFFIXES)}."
            )
        self._labels = self._given(labels, label_field) if labels is not None else self._beside(label_field)

    def _given(self, labels: str | os.PathLike[str], label_field: str) -> ClipLabels:
        table = os.fspath(labels)
        found = read_labels(
            Path(table),
            name=table,
            folder=self._folder,
            ids=[_identity(file) for file in self._files],
            label_field=label_field,
        )
        if not found.of:
            first = f"; its first row names {found.strangers[0]}" if found.strangers else ""
            raise OtherTableError(
                f"The labels {table} give none of the {len(self._files):,} files of {self.name} a label{first}. Files "
                f"are named by their paths from the folder of the table, or from {self.name}."
            )
        self._notes.append(found.note(table, len(self._files)))
        return found

    def _beside(self, label_field: str) -> ClipLabels | None:
        """Use a table that is there, where it is of these sounds."""
        inside = posixpath.normpath(posixpath.join(self.name, NAME))
        beside = posixpath.normpath(posixpath.join(self.name, "..", NAME))
        for table in () if self._single else (inside, beside):
            if os.path.isfile(table):
                try:
                    return self._given(table, label_field)
                except OtherTableError as error:
                    if label_field != "label":
                        raise
                    if table == inside:
                        self._notes.append(f"{table} is passed over: {error}")
        if label_field != "label":
            raise ReadingOptionError(
                f"{label_field} is to be a column of labels, and there is no {NAME} in {self.name} or beside it. Put "
                "one there (tune and evaluate take any by --labels FILE), or leave the name of the column out: "
                "sub-folders are labels then."
            )
        return None

    def _walk(self) -> Iterator[str]:
        for folder, _, names in os.walk(self._folder, onerror=self._refuse):
            for name in filter(is_sound_file, names):
                yield Path(folder, name).relative_to(self._folder).as_posix()

    def _refuse(self, error: OSError) -> NoReturn:
        raise CorpusError(
            f"The folder {error.filename or self.name} cannot be listed: {error.strerror}. Check its permissions."
        ) from error

    @property
    def n_files(self) -> int:
        """Number of files."""
        return len(self._files)

    @property
    def fraction(self) -> float | None:
        """Share of the files that the running iteration has taken, in [0, 1]."""
        return self._done / len(self._files)

    @property
    def notes(self) -> list[str]:
        """Where the labels are from, where a table is there."""
        return list(self._notes)

    def __iter__(self) -> Iterator[Record]:
        self._done = 0
        for relative in self._files:
            identity = _identity(relative)
            if self._labels is not None:
                label = self._labels.of.get(identity)
            else:
                label = identity.split("/")[0] if "/" in identity else None
            where = self.name if self._single else f"{self.name.rstrip('/')}/{identity}"
            yield Record(identity, None, label, where, path=self._folder / relative)
            self._done += 1


def _identity(relative: str) -> str:
    # File names need not be UTF-8 on disk; ids must be, to be written again.
    return os.fsencode(relative).decode("utf-8", "replace")
