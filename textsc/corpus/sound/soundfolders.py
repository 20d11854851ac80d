"""A folder of sounds: one clip a file, sub-folders as labels."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, NoReturn

from textsc.corpus.records import CorpusError, Reader, Record
from textsc.corpus.sound.audio import SUFFIXES

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

    It may also be one file. Its records have no text but a `path`.

    Parameters
    ----------
    path : pathlib.Path
        The folder or file. The id of a file is its path in the folder, its label the first sub-folder.
    name : str
        What messages call it.

    Raises
    ------
    CorpusError
        A folder cannot be listed, or no sound file is in any.

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

    def __init__(self, path: Path, *, name: str) -> None:
        self.name = name
        self._single = not path.is_dir()
        self._folder = path.parent if self._single else path
        self._files = [path.name] if self._single else sorted(self._walk())
        self._done = 0
        if not self._files:
            raise CorpusError(
                f"There is no sound file in the folder {name} or below it. Known are {', '.join(SUFFIXES)}."
            )

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

    def __iter__(self) -> Iterator[Record]:
        self._done = 0
        for relative in self._files:
            # File names need not be UTF-8 on disk; ids must be, to be written again.
            identity = os.fsencode(relative).decode("utf-8", "replace")
            label = identity.split("/")[0] if "/" in identity else None
            where = self.name if self._single else f"{self.name.rstrip('/')}/{identity}"
            yield Record(identity, None, label, where, path=self._folder / relative)
            self._done += 1
