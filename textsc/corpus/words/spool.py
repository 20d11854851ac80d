"""Counts in a temporary file, until it is known which words become the vocabulary."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from textsc.corpus.files.temporary import TemporaryBytes
from textsc.corpus.words.tally import TextTally

__all__ = ["Spool"]


class Spool:
    """Blocks of counts in an anonymous temporary file, to be read again once.

    Use it as a context manager; the file is gone at its end.
    """

    def __init__(self) -> None:
        self._kept = TemporaryBytes()
        self._shapes: list[tuple[int, int]] = []

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *exception: object) -> None:
        self._kept.close()

    def write(self, tally: TextTally) -> None:
        """Append a block.

        Parameters
        ----------
        tally : TextTally
            Counts of the words that were met up to here.

        Raises
        ------
        CorpusError
            There is no room for the temporary file.
        """
        X = tally.X
        for part in (X.indptr, X.indices, X.data, tally.n_words, tally.n_counted):
            self._kept.append(np.ascontiguousarray(part, dtype=np.int32).tobytes())
        self._shapes.append((X.shape[0], X.nnz))

    def read(self, places: NDArray[np.int32], *, width: int) -> Iterator[TextTally]:
        """Give the blocks again, with the columns of a vocabulary.

        Parameters
        ----------
        places : ndarray of shape (n_words,), int32
            The column of each word that was met; -1 where it is left out.
        width : int
            Number of columns.
        """
        position = 0
        for n_rows, nnz in self._shapes:
            sizes = (n_rows + 1, nnz, nnz, n_rows, n_rows)
            stored = np.frombuffer(self._kept.read(position, size=4 * sum(sizes)), dtype=np.int32)
            position += stored.nbytes
            indptr, indices, data, n_words, n_counted = np.split(stored, np.cumsum(sizes[:-1]))
            columns = places[indices]
            kept = columns >= 0
            ends = np.concatenate([[0], np.cumsum(kept)])[indptr].astype(np.int32)
            X = csr_array((data[kept], columns[kept], ends), shape=(n_rows, width))
            X.sort_indices()
            yield TextTally(X, n_words.astype(np.int64), n_counted.astype(np.int64))
