"""Labels of sounds from a table: a row a file."""

from __future__ import annotations

import csv
import io
import os
import posixpath
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from textsc.corpus.records import CorpusError

__all__ = ["FILE_COLUMNS", "NAME", "ClipLabels", "OtherTableError", "read_labels"]

#: What a table is called that is looked for in the folder of the sounds and in the one above.
NAME = "labels.csv"
#: What its column of file names may be called; the first that is there is taken.
FILE_COLUMNS = ("file", "filename", "path", "id")
_DELIMITERS = ",;\t"


class OtherTableError(CorpusError):
    """A table is not of these sounds: it lacks the columns, or names none of the files."""


@dataclass(frozen=True)
class ClipLabels:
    """Labels by the id of a file, and how table and files fit together.

    Attributes
    ----------
    of : dict of str to str
        A file without a row, or with an empty label in it, is not in it: it has no label.
    n_rows : int
        Rows of the table.
    strangers : list of str
        Files that the table names and the folder lacks, as they are written; nothing else becomes of them.
    """

    of: dict[str, str]
    n_rows: int
    strangers: list[str]

    def note(self, name: str, n_files: int) -> str:
        """Say in one sentence how they fit together.

        Parameters
        ----------
        name : str
            What to call the table.
        n_files : int
            Files of sounds.

        Examples
        --------
        >>> ClipLabels({"a.wav": "wren"}, 2, ["b.wav"]).note("labels.csv", 3)
        'labels.csv: 1 of 3 files have a label; 1 of its 2 rows is of no file here, the first of b.wav.'
        """
        found = f"{name}: {len(self.of):,} of {n_files:,} files have a label"
        if not self.strangers:
            return f"{found}."
        verb = "is" if len(self.strangers) == 1 else "are"
        return (
            f"{found}; {len(self.strangers):,} of its {self.n_rows:,} rows {verb} of no file here, the first of "
            f"{self.strangers[0]}."
        )


def read_labels(table: Path, *, name: str, folder: Path, ids: Collection[str], label_field: str) -> ClipLabels:
    r"""Read a table of labels: .csv, or columns separated by semicolons or tabs, in UTF-8, with a header line.

    Parameters
    ----------
    table : pathlib.Path
        The file.
    name : str
        What messages call it.
    folder : pathlib.Path
        That of the sounds. A file is named by its path from the folder of the table, or else from this one.
    ids : collection of str
        Of the sounds: paths from `folder`.
    label_field : str
        The column of the labels. That of the files is the first of `FILE_COLUMNS`.

    Returns
    -------
    ClipLabels
        What it says.

    Raises
    ------
    OtherTableError
        The table lacks a column.
    CorpusError
        It cannot be read, or gives a file two labels.

    Examples
    --------
    >>> import tempfile
    >>> table = Path(tempfile.mkdtemp()) / "labels.csv"
    >>> _ = table.write_text("file,label,take\nsounds/a.wav,wren,3\nsounds/b.wav,,1\n")
    >>> read_labels(table, name="l", folder=table.parent / "sounds", ids=["a.wav", "b.wav"], label_field="label").of
    {'a.wav': 'wren'}
    """
    known, strangers = set(ids), []
    found: dict[str, str] = {}
    home, sounds = table.resolve().parent, folder.resolve()
    n_rows = 0
    for line, file, label in _rows(table, name, label_field):
        n_rows += 1
        written = file.replace("\\", "/")
        places = (Path(os.path.relpath(home / written, sounds)).as_posix(), posixpath.normpath(written))
        identity = next((place for place in places if place in known), None)
        if identity is None:
            strangers.append(file)
        elif label and found.setdefault(identity, label) != label:
            raise CorpusError(
                f"{name}, line {line}: {file} has the label {label!r}, and {found[identity]!r} in a row before. "
                "Leave one of them."
            )
    return ClipLabels(found, n_rows, strangers)


def _rows(table: Path, name: str, label_field: str) -> Iterator[tuple[int, str, str]]:
    """Give line, file and label of each row."""
    try:
        text = table.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise CorpusError(f"The labels {name} cannot be read: {error.strerror}. Check the path.") from error
    except UnicodeDecodeError as error:
        raise CorpusError(f"The labels {name} are not UTF-8 (byte {error.start:,}). Save them as UTF-8.") from error
    lines = io.StringIO(text, newline="")
    header = lines.readline()
    delimiter = max(_DELIMITERS, key=header.count)
    columns = [column.strip() for column in next(csv.reader([header], delimiter=delimiter), [])]
    file_field = next((column for column in FILE_COLUMNS if column in columns), None)
    for column, what in ((file_field, " or ".join(FILE_COLUMNS)), (label_field, label_field)):
        if column not in columns:
            raise OtherTableError(
                f"The labels {name} have no column {what}; theirs are {', '.join(columns) or 'none'}. A header line "
                "must name a column of files and one of labels."
            )
    places = columns.index(str(file_field)), columns.index(label_field)
    reader = csv.reader(lines, delimiter=delimiter)
    try:
        for values in reader:
            if len(values) > max(places) and values[places[0]].strip():
                yield reader.line_num + 1, values[places[0]].strip(), values[places[1]].strip()
            elif values:
                raise CorpusError(
                    f"{name}, line {reader.line_num + 1}: {len(values)} fields, and the header has {len(columns)}; or "
                    "no file is named. Mend the line, or leave it out."
                )
    except csv.Error as error:
        raise CorpusError(f"{name}, line {reader.line_num + 1}: it is no row ({error}). Mend it.") from error
