"""Tables of codes or predictions: one row a document, written block by block, whole or not at all.

A table of codes has the columns ``id``, ``status``, ``gap``, ``n_tokens``, ``oov_rate`` and then
``topic_0``, ``topic_1`` and so on. A row ``unreadable`` or ``too_short`` has nothing but its id
and status, and sounds have no ``n_tokens`` and ``oov_rate``: empty cells in CSV, null in JSON lines
and Parquet; in .npz ``n_tokens`` 0 and NaN elsewhere. JSON has no infinity, so a gap that
overflowed is null there, beside the status ``not_converged``.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from textsc.archive import ScratchError
from textsc.checkpoint import OutputError, atomic_write, is_special
from textsc.formats import (
    CsvWriter,
    JsonLinesWriter,
    NpzWriter,
    ParquetWriter,
    TableWriter,
)
from textsc.layout import CodeRows, Field, PredictionRows, ValueRows, code_fields, prediction_fields, value_fields

__all__ = [
    "WRITERS",
    "CodeRows",
    "PredictionRows",
    "TableWriter",
    "ValueRows",
    "code_fields",
    "prediction_fields",
    "table_format",
    "value_fields",
    "write_stream",
    "write_table",
]

WRITERS: dict[str, type[TableWriter]] = {
    ".csv": CsvWriter,
    ".jsonl": JsonLinesWriter,
    ".npz": NpzWriter,
    ".parquet": ParquetWriter,
}


def table_format(path: str | os.PathLike[str]) -> str:
    """Find the format of a table from the name of its file.

    Parameters
    ----------
    path : path-like
        The file; a device or a pipe without a known suffix is given CSV.

    Returns
    -------
    str
        A key of `WRITERS`.

    Raises
    ------
    ValueError
        The suffix is none of the known ones.

    Examples
    --------
    >>> table_format("codes.parquet")
    '.parquet'
    >>> table_format("codes.xls")
    Traceback (most recent call last):
    ...
    ValueError: cannot tell the format of codes.xls: its name must end in .csv, .jsonl, .npz or \
.parquet
    """
    suffix = Path(path).suffix.lower()
    if suffix in WRITERS:
        return suffix
    if is_special(path):
        return ".csv"
    *others, last = WRITERS
    raise ValueError(f"cannot tell the format of {os.fspath(path)}: its name must end in {', '.join(others)} or {last}")


@contextlib.contextmanager
def write_table(
    path: str | os.PathLike[str],
    *,
    fields: Sequence[Field],
    force: bool = False,
) -> Iterator[TableWriter]:
    """Open a table that takes its name only when it is complete.

    Parameters
    ----------
    path : path-like
        The file; its suffix tells the format, a key of `WRITERS`.
    fields : sequence of Field
        The columns after ``id`` and ``status``, as from `code_fields` or `prediction_fields`.
    force : bool
        Whether an existing file may be replaced.

    Yields
    ------
    TableWriter
        Takes blocks of rows with ``write``.

    Raises
    ------
    ValueError
        The suffix is none of the known ones.
    textsc.checkpoint.OutputExists, textsc.checkpoint.OutputError
        The file exists and `force` is false, or it or a temporary file beside it cannot be
        written.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import numpy as np
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "codes.csv"
    >>> codes = np.array([[0.1, 2]], dtype=np.float32)
    >>> with write_table(file, fields=code_fields(2)) as table:
    ...     one = np.ones(1)
    ...     table.write(CodeRows(["a, b"], ["ok"], 0 * one, 7 * one, 0 * one, codes))
    >>> print(file.read_text())
    id,status,gap,n_tokens,oov_rate,topic_0,topic_1
    "a, b",ok,0,7,0,0.1,2
    <BLANKLINE>
    """
    suffix = table_format(path)
    scratch = None if is_special(path) else os.path.dirname(os.path.realpath(path))
    with (
        atomic_write(path, force=force) as file,
        write_stream(file, suffix, fields=fields, scratch=scratch) as writer,
    ):
        yield writer


@contextlib.contextmanager
def write_stream(
    file: BinaryIO,
    suffix: str,
    *,
    fields: Sequence[Field],
    scratch: str | None = None,
) -> Iterator[TableWriter]:
    """Write a table to an open file.

    Parameters
    ----------
    file : file object
        Open for writing bytes; it stays open.
    suffix : str
        The format, a key of `WRITERS`.
    fields : sequence of Field
        The columns after ``id`` and ``status``, as from `code_fields` or `prediction_fields`.
    scratch : str, optional
        Folder for temporary files, by default the system's.

    Yields
    ------
    TableWriter
        Takes blocks of rows with ``write``.

    Raises
    ------
    textsc.checkpoint.OutputError
        A temporary file cannot be written.

    Examples
    --------
    >>> import io
    >>> file = io.BytesIO()
    >>> with write_stream(file, ".csv", fields=code_fields(1)):
    ...     pass
    >>> file.getvalue().split()
    [b'id,status,gap,n_tokens,oov_rate,topic_0']
    """
    try:
        writer = WRITERS[suffix](file, fields=fields, scratch=scratch)
        try:
            yield writer
            writer.finish()
        except BaseException:
            writer.abandon()
            raise
    except ScratchError as error:
        raise OutputError(str(error)) from error
