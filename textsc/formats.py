"""The formats of tables of codes: one writer each, of blocks of rows to an open file."""

from __future__ import annotations

import contextlib
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from textsc.archive import Column, TextColumn, write_npz

__all__ = [
    "CodeRows",
    "CsvWriter",
    "JsonLinesWriter",
    "NpzWriter",
    "ParquetWriter",
    "TableWriter",
]

_WITHOUT_CODE = ("unreadable", "too_short")
_QUOTED = re.compile(r'[",\r\n]|^\s|\s$')


@dataclass(frozen=True, slots=True)
class CodeRows:
    """A block of rows of a table of codes.

    Parameters
    ----------
    ids : sequence of str
        Names of the documents.
    status : sequence of str
        What became of each; the other columns of a row ``unreadable`` or ``too_short`` are not
        read.
    gap : ndarray of shape (n,)
        Duality gaps, in nats per token.
    n_tokens : ndarray of shape (n,), or None
        Tokens that the vocabulary knows; None for sound.
    oov_rate : ndarray of shape (n,), or None
        Share of the tokens that it does not know; None for sound.
    codes : ndarray of shape (n, n_topics)
        Topic weights, float32 or float64.

    Examples
    --------
    >>> one = np.ones(1)
    >>> rows = CodeRows(["a"], ["ok"], 0 * one, 5 * one, 0 * one, np.ones((1, 2)))
    >>> rows.codes.shape
    (1, 2)
    """

    ids: Sequence[str]
    status: Sequence[str]
    gap: npt.NDArray[np.float64]
    n_tokens: npt.NDArray[np.int64] | None
    oov_rate: npt.NDArray[np.float64] | None
    codes: npt.NDArray[Any]

    def lost(self) -> npt.NDArray[np.bool_]:
        """Tell which rows have nothing but their id and status."""
        return np.array([status in _WITHOUT_CODE for status in self.status], dtype=bool)


class TableWriter(ABC):
    """Writes blocks of rows to an open file in one format.

    Parameters
    ----------
    file : file object
        Open for writing bytes; it need not seek, and stays open.
    n_topics : int
        Number of columns of codes.
    dtype : dtype
        float32 or float64, the precision in which codes are kept.
    scratch : str, optional
        Folder for temporary files, by default the system's.
    """

    def __init__(
        self,
        file: BinaryIO,
        *,
        n_topics: int,
        dtype: npt.DTypeLike = np.float32,
        scratch: str | None = None,
    ) -> None:
        self.file = file
        self.n_topics = n_topics
        self.dtype = np.dtype(dtype)
        self.scratch = scratch
        self.start()

    def start(self) -> None:  # noqa: B027 - a format without a beginning has nothing to do
        """Write what comes before the first row."""

    @abstractmethod
    def write(self, rows: CodeRows) -> None:
        """Write a block of rows."""

    def finish(self) -> None:  # noqa: B027
        """Write what comes after the last row."""

    def abandon(self) -> None:  # noqa: B027
        """Let go of everything held, the output having failed."""


class CsvWriter(TableWriter):
    """Comma-separated values in UTF-8 with a header line; numbers read back exactly."""

    def start(self) -> None:
        """Write the line of column names."""
        self.file.write((",".join(_names(self.n_topics)) + "\n").encode())

    def write(self, rows: CodeRows) -> None:
        """Write one line a row."""
        columns = _columns(rows, self.dtype)
        texts = [[_quoted(name) for name in columns[0].to_pylist()], columns[1].to_pylist()]
        texts += [_texts(column, missing="") for column in columns[2:]]
        lines = [",".join(row) for row in zip(*texts, strict=True)]
        self.file.write("".join(line + "\n" for line in lines).encode())


class JsonLinesWriter(TableWriter):
    """One JSON object a line, in UTF-8."""

    def write(self, rows: CodeRows) -> None:
        """Write one line a row."""
        columns = _columns(rows, self.dtype)
        texts = [[json.dumps(text, ensure_ascii=False) for text in column.to_pylist()] for column in columns[:2]]
        texts += [_texts(column, missing="null", infinite="null") for column in columns[2:]]
        form = "{" + ",".join(f'"{name}":%s' for name in _names(self.n_topics)) + "}\n"
        self.file.write("".join(form % row for row in zip(*texts, strict=True)).encode())


class NpzWriter(TableWriter):
    """A NumPy archive of ``id status gap n_tokens oov_rate codes``, none of them objects."""

    def start(self) -> None:
        """Open a temporary file a column, so that memory does not grow with the rows."""
        self.texts = {"id": TextColumn(self.scratch), "status": TextColumn(self.scratch)}
        self.numbers = {
            "gap": Column(np.float64, folder=self.scratch),
            "n_tokens": Column(np.int64, folder=self.scratch),
            "oov_rate": Column(np.float64, folder=self.scratch),
            "codes": Column(self.dtype, width=self.n_topics, folder=self.scratch),
        }

    def write(self, rows: CodeRows) -> None:
        """Put a block aside."""
        lost = rows.lost()
        no_tokens, no_rate = np.zeros(len(lost), np.int64), np.full(len(lost), np.nan)
        self.texts["id"].append([_utf8(name) for name in rows.ids])
        self.texts["status"].append(rows.status)
        self.numbers["gap"].append(np.where(lost, np.nan, rows.gap))
        self.numbers["n_tokens"].append(no_tokens if rows.n_tokens is None else np.where(lost, 0, rows.n_tokens))
        self.numbers["oov_rate"].append(no_rate if rows.oov_rate is None else np.where(lost, np.nan, rows.oov_rate))
        self.numbers["codes"].append(np.where(lost[:, None], np.nan, rows.codes))

    def finish(self) -> None:
        """Put the columns together."""
        write_npz(self.file, {**self.texts, **self.numbers})
        self.abandon()

    def abandon(self) -> None:
        """Remove the temporary files."""
        for text in self.texts.values():
            text.close()
        for number in self.numbers.values():
            number.close()


class ParquetWriter(TableWriter):
    """Apache Parquet; a block is a row group."""

    def start(self) -> None:
        """Write the beginning of the file."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        kinds = [pa.string(), pa.string(), pa.float64(), pa.int64(), pa.float64()]
        kinds += [pa.from_numpy_dtype(self.dtype)] * self.n_topics
        self.schema = pa.schema(list(zip(_names(self.n_topics), kinds, strict=True)))
        self.writer = pq.ParquetWriter(self.file, self.schema, compression="zstd", use_dictionary=["status"])

    def write(self, rows: CodeRows) -> None:
        """Write a block as a row group."""
        import pyarrow as pa

        table = pa.Table.from_arrays(_columns(rows, self.dtype), schema=self.schema)
        self.writer.write_table(table, row_group_size=max(1, len(table)))

    def finish(self) -> None:
        """Write the footer."""
        self.writer.close()

    def abandon(self) -> None:
        """Close the library's side of the file, which may fail once more."""
        with contextlib.suppress(Exception):
            self.writer.close()


def _names(n_topics: int) -> list[str]:
    names = ["id", "status", "gap", "n_tokens", "oov_rate"]
    return names + [f"topic_{k}" for k in range(n_topics)]


def _columns(rows: CodeRows, dtype: np.dtype[Any]) -> list[Any]:
    """Give the rows as Arrow arrays, null where there is no value."""
    import pyarrow as pa

    lost = rows.lost()
    codes = np.asarray(rows.codes, dtype=dtype)
    columns: list[tuple[Any, Any]] = [(rows.gap, np.float64), (rows.n_tokens, np.int64), (rows.oov_rate, np.float64)]
    columns += [(code, dtype) for code in np.ascontiguousarray(codes.T)]
    texts = [[_utf8(name) for name in rows.ids], list(rows.status)]
    return [pa.array(text, type=pa.string()) for text in texts] + [
        pa.nulls(len(lost), pa.from_numpy_dtype(kind))
        if column is None
        else pa.array(np.asarray(column, dtype=kind), mask=lost)
        for column, kind in columns
    ]


def _texts(column: Any, *, missing: str, infinite: str = "inf") -> list[str]:
    """Give numbers in the fewest digits that read back exactly."""
    import pyarrow as pa

    texts = column.cast(pa.string()).to_pylist()
    special = {None: missing, "inf": infinite, "nan": missing}
    return [special.get(text, text) for text in texts]


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text


def _utf8(text: str) -> str:
    """Write half a surrogate pair, which UTF-8 cannot hold, as its escape."""
    return text.encode("utf-8", "backslashreplace").decode()
