"""`Dataset`: what every reader and encoder ends in, and every model begins with."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from sklearn.base import clone

from textsc.corpus.readers import CorpusError, Reader, Record, open_corpus
from textsc.corpus.tally import TextTally, count_blocks, joined
from textsc.corpus.text import TextCounts
from textsc.corpus.vocabulary import UNSEGMENTED, NoWordsError

__all__ = ["STATUSES", "Dataset", "read_corpus", "stream_corpus"]

#: What can be said of a row, here or by a model.
STATUSES = (
    "ok",
    "empty",
    "out_of_vocabulary",
    "not_converged",
    "unreadable",
    "silent",
    "too_short",
    "clipped",
)
_REPORT_EVERY = 256  # rows


@dataclass(frozen=True)
class Dataset:
    """A corpus, or a part of one, as numbers; one row per row of the source.

    Attributes
    ----------
    X : csr_array of shape (n_documents, n_features), int32
        Counts; a row of zeros where the status is not ``ok``.
    y : list of (str or None), or None
        Labels; None where no row has one.
    ids : list of str
        As written in the source.
    status : list of str
        ``ok``, ``empty`` (no word at all), ``out_of_vocabulary`` (no word that the vocabulary
        knows) or ``unreadable``.
    n_tokens : ndarray of shape (n_documents,), int64
        Tokens that the vocabulary knows: the row sums of `X`, n-grams left out.
    oov_rate : ndarray of shape (n_documents,), float64
        Share of the tokens, stop words left out, that the vocabulary lacks; 0 where there is none.
    feature_names : list of str
        The vocabulary.
    encoder : TextCounts
        What made the counts.
    problems : list of str
        One sentence per unreadable row.
    notes : list of str
        One sentence per kind of repair.

    Examples
    --------
    >>> data = read_corpus("lee-test")
    >>> bool((data.X.sum(axis=1) == data.n_tokens).all()), data.problems
    (True, [])
    >>> data
    Dataset(50 rows, 327 words, 1082 tokens, 0 problems)
    """

    X: csr_array
    y: list[str | None] | None
    ids: list[str]
    status: list[str]
    n_tokens: NDArray[np.int64]
    oov_rate: NDArray[np.float64]
    feature_names: list[str]
    encoder: TextCounts
    problems: list[str]
    notes: list[str]

    def __repr__(self) -> str:
        """Say the sizes; the rows themselves would fill the screen."""
        n_rows, n_words = self.X.shape
        return (
            f"Dataset({n_rows} rows, {n_words} words, {int(self.n_tokens.sum())} tokens, {len(self.problems)} problems)"
        )


@dataclass
class _Rows:
    """What is kept of the rows while their texts pass by."""

    ids: list[str] = field(default_factory=list)
    labels: list[str | None] = field(default_factory=list)
    readable: list[bool] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    repairs: dict[str, tuple[str, int]] = field(default_factory=dict)
    first_problem: Record | None = None

    def texts(self, records: Iterator[Record]) -> Iterator[str]:
        """Pass on the texts of the readable rows."""
        for record in records:
            self.ids.append(record.id)
            self.labels.append(record.label)
            self.readable.append(record.text is not None)
            if record.note is not None:
                where, number = self.repairs.get(record.note, (record.where, 0))
                self.repairs[record.note] = where, number + 1
            if record.text is not None:
                yield record.text
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
    encoder: TextCounts | None = None,
    on_progress: Callable[[float | None, int], None] | None = None,
) -> Dataset:
    """Read a corpus and count its words.

    Parameters
    ----------
    source : str, path or Reader
        As for `open_corpus`. A reader brings its own field names.
    text_field, label_field, id_field : str
        What the fields of a .jsonl file are called.
    encoder : TextCounts, optional
        A fitted one is used as it is; of an unfitted one a clone is fitted. By default
        ``TextCounts()`` is fitted. Unreadable rows take no part in that.
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
        The source cannot be opened, nothing in it is readable, or there is no word in it.

    Examples
    --------
    >>> data = read_corpus("lee-test")
    >>> data.X.shape[0], data.ids[:2], data.status[:2], data.y
    (50, ['0', '1'], ['ok', 'ok'], None)
    """
    reader = (
        source
        if isinstance(source, Reader)
        else open_corpus(source, text_field=text_field, label_field=label_field, id_field=id_field)
    )
    rows = _Rows()
    texts = rows.texts(_reporting(reader, on_progress))
    fitted = encoder is not None and hasattr(encoder, "vocabulary_")
    encoder = TextCounts() if encoder is None else encoder if fitted else clone(encoder)
    try:
        tally = encoder.count(texts) if fitted else encoder.fit_count(texts)
    except NoWordsError as error:
        _require_readable(rows, reader.name)
        raise CorpusError(f"{reader.name}: {error}") from error
    _require_readable(rows, reader.name)
    data = _dataset(rows, tally, encoder)
    if encoder.unsegmented_:
        data.notes.append(UNSEGMENTED)
    return data


def stream_corpus(reader: Reader, encoder: TextCounts, *, size: int = 1024) -> Iterator[Dataset]:
    """Count the words of a corpus block by block, in memory that does not grow.

    Parameters
    ----------
    reader : Reader
        As from `open_corpus`.
    encoder : TextCounts
        Fitted.
    size : int, default 1024
        Rows in a block.

    Yields
    ------
    Dataset
        The next `size` rows, in order; the last block may be shorter.

    Raises
    ------
    CorpusError
        At the end, where no row was readable.
    sklearn.exceptions.NotFittedError
        The encoder has no vocabulary.

    Examples
    --------
    >>> encoder = read_corpus("lee").encoder
    >>> [len(block.ids) for block in stream_corpus(open_corpus("lee"), encoder, size=200)]
    [200, 100]
    """
    table = encoder.word_table()
    width = len(encoder.vocabulary_)
    records = iter(reader)
    first_problem, any_readable = None, False
    while True:
        rows = _Rows()
        tally = joined(count_blocks(rows.texts(islice(records, size)), table), width=width)
        if not rows.ids:
            break
        any_readable = any_readable or any(rows.readable)
        first_problem = first_problem or rows.first_problem
        yield _dataset(rows, tally, encoder)
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


def _dataset(rows: _Rows, tally: TextTally, encoder: TextCounts) -> Dataset:
    readable = np.array(rows.readable, dtype=bool)
    X, n_tokens = _spread(tally.X, readable), np.zeros(readable.size, dtype=np.int64)
    n_words, n_counted = np.zeros_like(n_tokens), np.zeros_like(n_tokens)
    n_tokens[readable] = encoder.known_tokens(tally.X)
    n_words[readable], n_counted[readable] = tally.n_words, tally.n_counted
    missed = (n_counted - n_tokens) / np.maximum(n_counted, 1)
    status = np.select(
        [~readable, n_words == 0, np.diff(X.indptr) == 0],
        ["unreadable", "empty", "out_of_vocabulary"],
        default="ok",
    )
    return Dataset(
        X=X,
        y=rows.labels if any(label is not None for label in rows.labels) else None,
        ids=rows.ids,
        status=status.tolist(),
        n_tokens=n_tokens,
        oov_rate=missed,
        feature_names=list(encoder.vocabulary_),
        encoder=encoder,
        problems=rows.problems,
        notes=rows.notes(),
    )


def _spread(X: csr_array, readable: NDArray[np.bool_]) -> csr_array:
    """Put empty rows where nothing was readable."""
    if readable.all():
        return X
    lengths = np.zeros(readable.size, dtype=X.indptr.dtype)
    lengths[readable] = np.diff(X.indptr)
    indptr = np.concatenate([[0], np.cumsum(lengths)]).astype(X.indptr.dtype)
    return csr_array((X.data, X.indices, indptr), shape=(readable.size, X.shape[1]))
