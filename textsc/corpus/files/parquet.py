"""A reader of Parquet files, by batches of the columns that are needed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from textsc.corpus.files.bytefiles import ByteFile, SpooledBytes
from textsc.corpus.files.charsets import decode
from textsc.corpus.files.columns import Columns
from textsc.corpus.files.decoding import BINARY
from textsc.corpus.files.filereader import Fields, FileReader, shown
from textsc.corpus.records import CorpusError, Record

__all__ = ["ParquetReader"]

_BATCH = 256  # rows read at once; each may be a long text
_BUFFER = 1 << 20  # bytes of a column read at once, instead of the column of a whole row group


class ParquetReader(FileReader):
    """A Parquet file, row by row; places are row numbers from 0.

    The column of the text holds strings, dictionary-encoded or not; those of label and id hold strings,
    numbers, dates or true and false, which are written as text. A null label is none, a null id gives the
    row number, a null text is an unreadable row. Of a damaged row group the rows after the damage are
    unreadable.

    Parameters
    ----------
    source : ByteFile
        A regular file: Parquet is read from its end.
    fields : Fields, optional
        What the columns of text, label and id are called.

    Raises
    ------
    CorpusError
        It is no whole Parquet file, or has no such columns, or the text is none.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import pyarrow as pa, pyarrow.parquet as pq
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "pets.parquet")
    ...     pq.write_table(pa.table({"id": [7, 8], "text": ["the cat", None]}), path)
    ...     for record in ParquetReader(ByteFile(path, name="pets.parquet", gzipped=False)):
    ...         print(record.where, record.id, record.text, record.problem)
    pets.parquet, row 0 7 the cat None
    pets.parquet, row 1 8 None its column "text" is null, not a string
    """

    def __init__(self, source: ByteFile, fields: Fields | None = None) -> None:
        super().__init__(source, fields)
        if isinstance(source, SpooledBytes):
            raise CorpusError(f"{self.name} is a stream, and Parquet is read from its end. Give it as a file.")
        if source.gzipped:
            raise CorpusError(f"{self.name} is gzipped, and Parquet is compressed in itself. Ungzip it.")
        self._done = self._number = 0
        with self._opened() as file:
            schema = file.schema_arrow
            self._number = file.metadata.num_rows
        self._columns = Columns.find(schema.names, self._fields, name=self.name)
        kind = schema.field(self._columns.text).type
        if not _is_text(kind):
            found = [field.name for field in schema if _is_text(field.type)]
            raise CorpusError(
                f"The column {shown([self._fields.text])} of {self.name} is {kind}, not text; "
                f"columns of text: {shown(found)}. Name one with --text-field."
            )
        places = self._columns.pick(range(len(schema.names)))
        self._names = list(dict.fromkeys(schema.names[i] for i in places if i is not None))

    @property
    def fraction(self) -> float | None:
        """Share of the rows that the running iteration has taken."""
        return self._done / self._number if self._number else None

    def _opened(self) -> Any:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            return pq.ParquetFile(self._source.path, buffer_size=_BUFFER, pre_buffer=False)
        except (pa.ArrowException, OSError) as error:
            raise CorpusError(
                f"{self.name} is not a Parquet file, or is cut off or damaged: {_short(error)}. Write it again."
            ) from error

    def _records(self, notes: list[str]) -> Iterator[Record]:
        import pyarrow as pa

        self._done = 0
        with self._opened() as file:
            notes += self._unusable(file.schema_arrow)
            for group in range(file.num_row_groups):
                end = self._done + file.metadata.row_group(group).num_rows
                problem = None
                try:
                    # Threads gain nothing here, and each keeps memory of its own.
                    for batch in file.iter_batches(_BATCH, row_groups=[group], columns=self._names, use_threads=False):
                        yield from self._rows(batch)
                except (pa.ArrowException, OSError) as error:
                    problem = f"the file is damaged here ({_short(error)})"
                for row in range(self._done, end):
                    self._done += 1
                    yield Record(str(row), None, None, f"{self.name}, row {row}", problem=problem or "it is missing")

    def _rows(self, batch: Any) -> Iterator[Record]:
        texts = _texts(batch.column(self._fields.text))
        labels, ids = (
            _written(batch.column(name)) if name in batch.schema.names else [None] * len(texts)
            for name in (self._fields.label, self._fields.id)
        )
        for (text, note), label, identity in zip(texts, labels, ids, strict=True):
            row, self._done = self._done, self._done + 1
            problem = BINARY if text is not None and "\0" in text else None
            if text is None:
                problem = f'its column "{self._fields.text}" is null, not a string'
            yield Record(
                identity if identity is not None else str(row),
                text if problem is None else None,
                label,
                f"{self.name}, row {row}",
                problem=problem,
                note=note,
            )

    def _unusable(self, schema: Any) -> Iterator[str]:
        """Say which columns cannot be written as text."""
        for name, instead in (
            (self._fields.label, "no row has a label"),
            (self._fields.id, "the row numbers stand for it"),
        ):
            if name in self._names and not _is_plain(schema.field(name).type):
                yield f"{self.name}: its column {shown([name])} is {schema.field(name).type}; {instead}."


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    checks = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_null)
    return any(check(kind) for check in checks)


def _is_plain(kind: Any) -> bool:
    import pyarrow as pa

    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return not (pa.types.is_nested(kind) or _is_binary(kind))


def _is_binary(kind: Any) -> bool:
    import pyarrow as pa

    checks = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary, pa.types.is_binary_view)
    return any(check(kind) for check in checks)


def _texts(column: Any) -> list[tuple[str | None, str | None]]:
    """Give each text with a note on its repair; a writer may have stored bytes that are not UTF-8."""
    try:
        return [(text, None) for text in column.to_pylist()]
    except UnicodeDecodeError:
        import pyarrow as pa

        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        return [(None, None) if data is None else decode(data) for data in column.cast(pa.large_binary()).to_pylist()]


def _written(column: Any) -> list[str | None]:
    import pyarrow as pa

    kind = column.type
    if not _is_plain(kind):
        return [None] * len(column)
    if _is_text(kind):
        return [text for text, _ in _texts(column)]
    if not pa.types.is_floating(kind):  # Arrow would write 1.0 as 1
        # What Arrow cannot write, Python does.
        with contextlib.suppress(pa.ArrowException):
            column = column.cast(pa.large_string())
    return [None if value is None else str(value) for value in column.to_pylist()]


def _short(error: BaseException) -> str:
    return " ".join(str(error).split()).rstrip(".")
