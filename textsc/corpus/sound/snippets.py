"""From files of sound to rows of spectra: a row a snippet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from textsc.corpus.records import CorpusError, Reader, Record
from textsc.corpus.rows import Dataset
from textsc.corpus.sound.audio import SoundError, decoded
from textsc.corpus.sound.spectra import SoundSpectra

__all__ = ["CLIPPED_SHARE", "SILENCE", "read_snippets", "stream_snippets"]

SILENCE = 1e-4  # -80 dB: no sample of a silent snippet is as loud
CLIPPED_SHARE = 0.01  # of the samples of a snippet: with more at full scale it is clipped


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows of one file, or of several."""

    X: NDArray[np.float32]
    ids: list[str]
    clips: list[str]
    labels: list[str | None]
    status: list[str]
    problems: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, rows: slice) -> _Rows:
        # A row with a problem is always alone.
        return _Rows(
            self.X[rows], self.ids[rows], self.clips[rows], self.labels[rows], self.status[rows], self.problems
        )

    @classmethod
    def of(
        cls, record: Record, X: NDArray[np.float32], ids: list[str], status: list[str], problem: str | None = None
    ) -> _Rows:
        problems = [] if problem is None else [f"{record.where}: {problem}."]
        return cls(X, ids, [record.id] * len(ids), [record.label] * len(ids), status, problems)

    @classmethod
    def joined(cls, parts: list[_Rows]) -> _Rows:
        return cls(
            X=np.concatenate([part.X for part in parts]),
            ids=[item for part in parts for item in part.ids],
            clips=[item for part in parts for item in part.clips],
            labels=[item for part in parts for item in part.labels],
            status=[item for part in parts for item in part.status],
            problems=[item for part in parts for item in part.problems],
        )


def read_snippets(
    reader: Reader, encoder: SoundSpectra, on_progress: Callable[[float | None, int], None] | None = None
) -> Dataset:
    """Read all snippets of a folder of sounds; their spectra are held in memory (160 MB an hour of sound by default).

    Parameters
    ----------
    reader : Reader
        A `SoundReader`.
    encoder : SoundSpectra
        Makes the spectra.
    on_progress : callable, optional
        As for `textsc.corpus.dataset.read_corpus`.

    Returns
    -------
    Dataset
        A row per snippet; a row per file that has none.

    Raises
    ------
    CorpusError
        The extra ``audio`` is missing, or nothing is readable.

    Examples
    --------
    >>> from pathlib import Path
    >>> from textsc.corpus.sound.soundfolders import SoundReader
    >>> read_snippets(SoundReader(Path("no-such.wav"), name="no-such.wav"), SoundSpectra())
    Traceback (most recent call last):
    ...
    textsc.corpus.records.CorpusError: Nothing is readable in no-such.wav; first no-such.wav: it is not a regular file.
    """
    parts, n_rows = [], 0
    for part in _rows(reader, encoder):
        parts.append(part)
        n_rows += len(part)
        if on_progress is not None:
            on_progress(reader.fraction, n_rows)
    return _dataset(_Rows.joined(parts), encoder, reader.notes)


def stream_snippets(reader: Reader, encoder: SoundSpectra, size: int) -> Iterator[Dataset]:
    """Give the snippets of a folder of sounds in blocks of `size` rows, whatever the files they are in.

    Parameters
    ----------
    reader : Reader
        A `SoundReader`.
    encoder : SoundSpectra
        Makes the spectra.
    size : int
        Rows of a block; the last may have fewer.

    Yields
    ------
    Dataset
        The next rows.

    Raises
    ------
    CorpusError
        The extra ``audio`` is missing, or, at the end, nothing was readable.

    Examples
    --------
    >>> from pathlib import Path
    >>> from textsc.corpus.sound.soundfolders import SoundReader
    >>> next(stream_snippets(SoundReader(Path("no-such.wav"), name="no-such.wav"), SoundSpectra(), 100))
    Traceback (most recent call last):
    ...
    textsc.corpus.records.CorpusError: Nothing is readable in no-such.wav; first no-such.wav: it is not a regular file.
    """
    held: list[_Rows] = []
    room = size
    for found in _rows(reader, encoder):
        part = found
        while len(part) >= room:
            yield _dataset(_Rows.joined([*held, part[:room]]), encoder)
            held, part, room = [], part[room:], size
        if len(part):
            held.append(part)
            room -= len(part)
    if held:
        yield _dataset(_Rows.joined(held), encoder)


def _rows(reader: Reader, encoder: SoundSpectra) -> Iterator[_Rows]:
    """Give the rows of every file, piece by piece, and raise at the end where none was readable."""
    first_problem, any_readable = "", False
    for record in reader:
        for part in _rows_of_file(record, encoder):
            any_readable = any_readable or not part.problems
            first_problem = first_problem or "".join(part.problems)
            yield part
    if not any_readable:
        raise CorpusError(f"Nothing is readable in {reader.name}; first {first_problem}")


def _rows_of_file(record: Record, encoder: SoundSpectra) -> Iterator[_Rows]:
    nothing = np.zeros((1, encoder.n_columns), dtype=np.float32)
    cutter, n_rows, problem = _Cutter(encoder), 0, None
    if record.path is None:
        raise ValueError(f"{record.where}: this record is no sound file.")
    try:
        for samples in decoded(record.path, sample_rate=encoder.sample_rate):
            X, status = cutter.take(samples.values, samples.clipped)
            if len(X):
                times = range(n_rows, n_rows + len(X))
                yield _Rows.of(record, X, [f"{record.id}#{encoder.start_ms(number)}" for number in times], status)
                n_rows += len(X)
    except SoundError as error:
        problem = str(error)
    if problem is not None:
        identity = f"{record.id}#{encoder.start_ms(n_rows)}" if n_rows else record.id
        yield _Rows.of(record, nothing, [identity], ["unreadable"], problem)
    elif not n_rows:
        yield _Rows.of(record, nothing, [record.id], ["too_short"])


class _Cutter:
    """Cuts a stream of samples into snippets, and says which are silent or clipped."""

    def __init__(self, encoder: SoundSpectra) -> None:
        self._encoder = encoder
        self._samples = np.zeros(0, dtype=np.float32)  # from the start of the next snippet on
        self._clipped = np.zeros(0, dtype=np.int64)  # places, counted from there
        self._to_skip = 0  # samples between the last snippet and the next, where there is a gap
        self._n_before = 0  # samples before the start of the next snippet

    def take(self, values: NDArray[np.float32], clipped: NDArray[np.int64]) -> tuple[NDArray[np.float32], list[str]]:
        """Give the spectra of the snippets that are complete with these samples, and their status."""
        encoder = self._encoder
        self._clipped = np.concatenate([self._clipped, clipped - self._n_before])
        skipped = min(self._to_skip, len(values))
        self._to_skip -= skipped
        self._samples = np.concatenate([self._samples, values[skipped:]])
        snippets = encoder.cut(self._samples)
        X, status = encoder.spectra(self._samples), self._status(snippets)
        self._forget(len(snippets) * encoder.hop)
        return X, status

    def _status(self, snippets: NDArray[np.float32]) -> list[str]:
        starts = np.arange(len(snippets)) * self._encoder.hop
        ends = starts + self._encoder.length
        n_clipped = np.searchsorted(self._clipped, ends) - np.searchsorted(self._clipped, starts)
        silent = np.abs(snippets).max(axis=1, initial=0.0) < SILENCE
        clipped = n_clipped > CLIPPED_SHARE * self._encoder.length
        found: list[str] = np.select([clipped, silent], ["clipped", "silent"], default="ok").tolist()
        return found

    def _forget(self, n_samples: int) -> None:
        """Move the start of the next snippet."""
        self._to_skip += max(0, n_samples - len(self._samples))
        self._samples = self._samples[n_samples:]
        self._clipped = self._clipped[np.searchsorted(self._clipped, n_samples) :] - n_samples
        self._n_before += n_samples


def _dataset(rows: _Rows, encoder: SoundSpectra, notes: list[str] | None = None) -> Dataset:
    return Dataset(
        X=rows.X,
        y=rows.labels if any(label is not None for label in rows.labels) else None,
        ids=rows.ids,
        status=rows.status,
        n_tokens=None,
        oov_rate=None,
        feature_names=encoder.get_feature_names_out().tolist(),
        encoder=encoder,
        problems=rows.problems,
        notes=notes or [],
        clips=rows.clips,
    )
