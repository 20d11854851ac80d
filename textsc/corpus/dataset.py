"""From a reader and an encoder to a `Dataset`, or to a stream of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from sklearn.base import clone

from textsc.corpus.bags.allwords import count_all_words
from textsc.corpus.bags.bagreader import BagReader
from textsc.corpus.readers import CorpusError, Reader, Record, open_corpus
from textsc.corpus.rows import STATUSES, Dataset, check_content
from textsc.corpus.sound.snippets import read_snippets, stream_snippets
from textsc.corpus.sound.spectra import SoundSpectra
from textsc.corpus.text import TextCounts
from textsc.corpus.words.tally import TextTally, count_blocks, joined
from textsc.corpus.words.vocabulary import UNSEGMENTED, NoWordsError

__all__ = ["STATUSES", "Dataset", "read_corpus", "stream_corpus"]

_REPORT_EVERY = 256  # rows


@dataclass
class _Rows:
    """What is kept of the rows while their texts pass by."""

    ids: list[str] = field(default_factory=list)
    labels: list[str | None] = field(default_factory=list)
    readable: list[bool] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    repairs: dict[str, tuple[str, int]] = field(default_factory=dict)
    first_problem: Record | None = None
    known_labels: dict[str | None, str | None] = field(default_factory=dict)

    def documents(self, records: Iterator[Record]) -> Iterator[str | Mapping[str, int]]:
        """Pass on the texts and bags of the readable rows."""
        for record in records:
            self.ids.append(record.id)
            # Labels are few: one string for each, not for each row.
            self.labels.append(self.known_labels.setdefault(record.label, record.label))
            document = record.document
            self.readable.append(document is not None)
            if record.note is not None:
                where, number = self.repairs.get(record.note, (record.where, 0))
                self.repairs[record.note] = where, number + 1
            if document is not None:
                yield document
            else:
                self.first_problem = self.first_problem or record
                self.problems.append(f"{record.where}: {record.problem}.")

    def notes(self) -> list[str]:
        return [
            f"{where}: {note}." if n == 1 else f"{where} and {n - 1} more: {note}."
            for note, (where, n) in self.repairs.items()
        ]


def read_corpus(
    source: str | os.PathLike[str] | Reader,
    *,
    text_field: str = "text",
    label_field: str = "label",
    id_field: str = "id",
    encoding: str | None = None,
    format: str | None = None,  # noqa: A002 - as for `open_corpus`
    vocabulary: str | os.PathLike[str] | Sequence[str] | None = None,
    labels: str | os.PathLike[str] | None = None,
    encoder: TextCounts | SoundSpectra | None = None,
    on_progress: Callable[[float | None, int], None] | None = None,
) -> Dataset:
    """Read a corpus and count its words, or take the spectra of its sounds.

    Parameters
    ----------
    source : str, path or Reader
        As for `open_corpus`. A reader brings its own field names, encoding, format and vocabulary.
    text_field, label_field, id_field : str
        What the fields of a JSON line or the columns of a table are called.
    encoding, format : str, optional
        As for `open_corpus`: what the bytes mean, and how a file is read whatever its suffix is.
    vocabulary : path or sequence of str, optional
        The words of a bag-of-words file, as for `open_corpus`.
    labels : path, optional
        The table of the labels of sounds, as for `open_corpus`.
    encoder : TextCounts or SoundSpectra, optional
        A fitted one is used as it is; of an unfitted one a clone is fitted. By default
        ``TextCounts()`` is fitted to texts; of a bag-of-words file all words stay, without stop
        words or limits, in the order of its columns. Unreadable rows take no part in that. Sounds
        are read with ``SoundSpectra()``, which learns nothing; their spectra are all held in memory.
    on_progress : callable, optional
        Called every few hundred rows with the share of the input that was read (None where it is
        not known) and the number of rows.

    Returns
    -------
    Dataset
        A row per row of the source, in its order.

    Raises
    ------
    CorpusError
        The source cannot be opened, nothing in it is readable, or there is no word in it; for
        sounds also where the extra ``audio`` is not installed.
    ContentError
        The encoder is one of texts and the source holds sounds, or the reverse.
    ReadingOptionError
        As for `open_corpus`.

    Examples
    --------
    >>> data = read_corpus("lee-test")
    >>> data.X.shape[0], data.ids[:2], data.status[:2], data.y
    (50, ['0', '1'], ['ok', 'ok'], None)
    """
    reader = (
        source
        if isinstance(source, Reader)
        else open_corpus(
            source,
            text_field=text_field,
            label_field=label_field,
            id_field=id_field,
            encoding=encoding,
            format=format,
            vocabulary=vocabulary,
            labels=labels,
        )
    )
    chosen: Any = encoder
    if chosen is None and reader.content == "sound":
        chosen = SoundSpectra()
    if chosen is not None:
        check_content(reader, chosen)
    if isinstance(chosen, SoundSpectra):
        return read_snippets(reader, chosen, on_progress)
    return _read_texts(reader, chosen, on_progress)


def _read_texts(
    reader: Reader, encoder: TextCounts | None, on_progress: Callable[[float | None, int], None] | None
) -> Dataset:
    rows = _Rows()
    documents = rows.documents(_reporting(reader, on_progress))
    try:
        if encoder is None and isinstance(reader, BagReader):
            tally, encoder = count_all_words(documents, reader.words)
        elif encoder is not None and hasattr(encoder, "vocabulary_"):
            tally = encoder.count(documents)
        else:
            encoder = TextCounts() if encoder is None else clone(encoder)
            tally = encoder.fit_count(documents)
    except NoWordsError as error:
        _require_readable(rows, reader.name)
        raise CorpusError(f"{reader.name}: {error}") from error
    _require_readable(rows, reader.name)
    data = _dataset(rows, tally, encoder, notes=[*rows.notes(), *reader.notes])
    if encoder.unsegmented_:
        data.notes.append(UNSEGMENTED)
    return data


def stream_corpus(reader: Reader, encoder: TextCounts | SoundSpectra, *, size: int = 1024) -> Iterator[Dataset]:
    """Count the words of a corpus, or take the spectra of its sounds, in memory that does not grow.

    Parameters
    ----------
    reader : Reader
        As from `open_corpus`.
    encoder : TextCounts or SoundSpectra
        Fitted.
    size : int, default 1024
        Rows in a block.

    Returns
    -------
    iterator of Dataset
        The next `size` rows, in order; the last block may be shorter.

    Raises
    ------
    CorpusError
        At the end, where no row was readable.
    ContentError
        The encoder is one of texts and the reader one of sounds, or the reverse.
    sklearn.exceptions.NotFittedError
        The encoder has no vocabulary.

    Examples
    --------
    >>> encoder = read_corpus("lee").encoder
    >>> [len(block.ids) for block in stream_corpus(open_corpus("lee"), encoder, size=200)]
    [200, 100]
    """
    check_content(reader, encoder)
    if isinstance(encoder, SoundSpectra):
        return stream_snippets(reader, encoder, size)
    return _stream_texts(reader, encoder, size)


def _stream_texts(reader: Reader, encoder: TextCounts, size: int) -> Iterator[Dataset]:
    table = encoder.word_table()
    width = len(encoder.vocabulary_)
    records = iter(reader)
    first_problem, any_readable = None, False
    repairs: dict[str, tuple[str, int]] = {}
    ahead = next(records, None)
    while ahead is not None:
        rows = _Rows(repairs=repairs)
        tally = joined(count_blocks(rows.documents(islice(chain([ahead], records), size)), table), width=width)
        any_readable = any_readable or any(rows.readable)
        first_problem = first_problem or rows.first_problem
        # Taken before the block is given: only the last one tells what was noted, once for all.
        ahead = next(records, None)
        yield _dataset(rows, tally, encoder, notes=[*rows.notes(), *reader.notes] if ahead is None else [])
    if not any_readable:
        raise CorpusError(_nothing(reader.name, first_problem))


def _reporting(reader: Reader, on_progress: Callable[[float | None, int], None] | None) -> Iterator[Record]:
    number = 0
    for number, record in enumerate(reader, start=1):
        yield record
        if on_progress is not None and number % _REPORT_EVERY == 0:
            on_progress(reader.fraction, number)
    if on_progress is not None:
        on_progress(reader.fraction, number)


def _require_readable(rows: _Rows, name: str) -> None:
    if not any(rows.readable):
        raise CorpusError(_nothing(name, rows.first_problem))


def _nothing(name: str, first: Record | None) -> str:
    if first is None:
        return f"{name} holds no document. Give a file with at least one."
    advice = f" {first.hint}" if first.hint is not None else ""
    return f"Nothing is readable in {name}; first {first.where}: {first.problem}.{advice}"


def _dataset(rows: _Rows, tally: TextTally, encoder: TextCounts, *, notes: list[str]) -> Dataset:
    readable = np.array(rows.readable, dtype=bool)
    X, n_tokens = _spread(tally.X, readable), np.zeros(readable.size, dtype=np.int64)
    n_words, n_counted = np.zeros_like(n_tokens), np.zeros_like(n_tokens)
    n_tokens[readable] = encoder.known_tokens(tally.X)
    n_words[readable], n_counted[readable] = tally.n_words, tally.n_counted
    missed = (n_counted - n_tokens) / np.maximum(n_counted, 1)
    # By number: an array of strings takes as much for each row as the longest of them.
    kinds = ("unreadable", "empty", "out_of_vocabulary", "ok")
    status = np.select([~readable, n_words == 0, np.diff(X.indptr) == 0], [0, 1, 2], default=3)
    return Dataset(
        X=X,
        y=rows.labels if any(label is not None for label in rows.labels) else None,
        ids=rows.ids,
        status=[kinds[i] for i in status.tolist()],
        n_tokens=n_tokens,
        oov_rate=missed,
        feature_names=list(encoder.vocabulary_),
        encoder=encoder,
        problems=rows.problems,
        notes=notes,
    )


def _spread(X: csr_array, readable: NDArray[np.bool_]) -> csr_array:
    """Put empty rows where nothing was readable."""
    if readable.all():
        return X
    lengths = np.zeros(readable.size, dtype=X.indptr.dtype)
    lengths[readable] = np.diff(X.indptr)
    indptr = np.concatenate([[0], np.cumsum(lengths)]).astype(X.indptr.dtype)
    return csr_array((X.data, X.indices, indptr), shape=(readable.size, X.shape[1]))
