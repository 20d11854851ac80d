"""The formats of tables: one writer each, of blocks of rows to an open file."""

from __future__ import annotations

import contextlib
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, BinaryIO

import numpy as np

from textsc.archive import Column, TextColumn, write_npz
from textsc.layout import Field, Rows, lost

__all__ = [
    "CsvWriter",
    "JsonLinesWriter",
    "NpzWriter",
    "ParquetWriter",
    "TableWriter",
]

_QUOTED = re.compile(r'[",\r\n]|^\s|\s$')


class TableWriter(ABC):
    """Writes blocks of rows to an open file in one format.

    Parameters
    ----------
    file : file object
        Open for writing bytes; it need not seek, and stays open.
    fields : sequence of Field
        The columns after ``id`` and ``status``.
    scratch : str, optional
        Folder for temporary files, by default the system's.
    """

    def __init__(
        self,
        file: BinaryIO,
        *,
        fields: Sequence[Field],
        scratch: str | None = None,
    ) -> None:
        self.file = file
        self.fields = tuple(fields)
        self.scratch = scratch
        self.start()

    def start(self) -> None:  # noqa: B027 - a format without a beginning has nothing to do
        """Write what comes before the first row."""

    @abstractmethod
    def write(self, rows: Rows) -> None:
        """Write a block of rows."""

    def finish(self) -> None:  # noqa: B027
        """Write what comes after the last row."""

    def abandon(self) -> None:  # noqa: B027
        """Let go of everything held, the output having failed."""


class CsvWriter(TableWriter):
    """Comma-separated values in UTF-8 with a header line; numbers read back exactly."""

    def start(self) -> None:
        """Write the line of column names."""
        self.file.write((",".join(map(_quoted, _names(self.fields))) + "\n").encode())

    def write(self, rows: Rows) -> None:
        """Write one line a row."""
        columns = _columns(rows, self.fields)
        texts = [[_quoted(name) for name in columns[0].to_pylist()], columns[1].to_pylist()]
        texts += [[_quoted(text) for text in _texts(column, missing="")] for column in columns[2:]]
        lines = [",".join(row) for row in zip(*texts, strict=True)]
        self.file.write("".join(line + "\n" for line in lines).encode())


class JsonLinesWriter(TableWriter):
    """One JSON object a line, in UTF-8."""

    def write(self, rows: Rows) -> None:
        """Write one line a row."""
        columns = _columns(rows, self.fields)
        texts = [_json_texts(column) for column in columns]
        names = [json.dumps(name, ensure_ascii=False).replace("%", "%%") for name in _names(self.fields)]
        form = "{" + ",".join(f"{name}:%s" for name in names) + "}\n"
        self.file.write("".join(form % row for row in zip(*texts, strict=True)).encode())


class NpzWriter(TableWriter):
    """A NumPy archive of an array for ``id``, ``status`` and each field, none of them objects."""

    def start(self) -> None:
        """Open a temporary file a column, so that memory does not grow with the rows."""
        self.arrays: dict[str, Any] = {"id": TextColumn(self.scratch), "status": TextColumn(self.scratch)}
        for field in self.fields:
            width = None if field.parts is None else len(field.parts)
            self.arrays[field.name] = (
                TextColumn(self.scratch)
                if field.dtype is None
                else Column(field.dtype, width=width, folder=self.scratch)
            )

    def write(self, rows: Rows) -> None:
        """Put a block aside."""
        without = lost(rows)
        self.arrays["id"].append([_utf8(name) for name in rows.ids])
        self.arrays["status"].append(list(rows.status))
        for field, values in zip(self.fields, rows.values(), strict=True):
            if field.dtype is None:
                found = ["" if gone else _utf8(text) for text, gone in zip(values, without, strict=True)]
                self.arrays[field.name].append(found)
                continue
            missing = 0 if field.dtype.kind in "iu" else np.nan
            shape = (len(without),) if field.parts is None else (len(without), 1)
            kept = missing if values is None else values
            self.arrays[field.name].append(np.where(without.reshape(shape), missing, kept))

    def finish(self) -> None:
        """Put the columns together."""
        write_npz(self.file, self.arrays)
        self.abandon()

    def abandon(self) -> None:
        """Remove the temporary files."""
        for column in self.arrays.values():
            column.close()


class ParquetWriter(TableWriter):
    """Apache Parquet; a block is a row group."""

    def start(self) -> None:
        """Write the beginning of the file."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        kinds = [pa.string(), pa.string()]
        kinds += [_arrow_type(field) for field in self.fields for _ in field.names]
        self.schema = pa.schema(list(zip(_names(self.fields), kinds, strict=True)))
        self.writer = pq.ParquetWriter(self.file, self.schema, compression="zstd", use_dictionary=["status"])

    def write(self, rows: Rows) -> None:
        """Write a block as a row group."""
        import pyarrow as pa

        table = pa.Table.from_arrays(_columns(rows, self.fields), schema=self.schema)
        self.writer.write_table(table, row_group_size=max(1, len(table)))

    def finish(self) -> None:
        """Write the footer."""
        self.writer.close()

    def abandon(self) -> None:
        """Close the library's side of the file, which may fail once more."""
        with contextlib.suppress(Exception):
            self.writer.close()


def _names(fields: Sequence[Field]) -> list[str]:
    return ["id", "status", *(name for field in fields for name in field.names)]


def _arrow_type(field: Field) -> Any:
    import pyarrow as pa

    return pa.string() if field.dtype is None else pa.from_numpy_dtype(field.dtype)


def _columns(rows: Rows, fields: Sequence[Field]) -> list[Any]:
    """Give the rows as Arrow arrays, null where there is no value."""
    import pyarrow as pa

    without = lost(rows)
    found = [pa.array(text, type=pa.string()) for text in ([_utf8(name) for name in rows.ids], list(rows.status))]
    for field, values in zip(fields, rows.values(), strict=True):
        if values is None:
            found += [pa.nulls(len(without), _arrow_type(field)) for _ in field.names]
        elif field.dtype is None:
            texts = [None if gone else _utf8(text) for text, gone in zip(values, without, strict=True)]
            found.append(pa.array(texts, type=pa.string()))
        else:
            matrix = np.asarray(values, dtype=field.dtype).reshape(len(without), len(field.names))
            found += [pa.array(column, mask=without) for column in np.ascontiguousarray(matrix.T)]
    return found


def _texts(column: Any, *, missing: str, infinite: str = "inf") -> list[str]:
    """Give numbers in the fewest digits that read back exactly."""
    import pyarrow as pa

    texts = column.cast(pa.string()).to_pylist()
    special = {None: missing, "inf": infinite, "nan": missing}
    return [special.get(text, text) for text in texts]


def _json_texts(column: Any) -> list[str]:
    import pyarrow as pa

    if pa.types.is_string(column.type):
        return [json.dumps(text, ensure_ascii=False) for text in column.to_pylist()]
    return _texts(column, missing="null", infinite="null")


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text


def _utf8(text: str) -> str:
    """Write half a surrogate pair, which UTF-8 cannot hold, as its escape."""
    return text.encode("utf-8", "backslashreplace").decode()
