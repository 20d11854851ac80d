"""Writers of bag-of-words formats: blocks of counts to an open file."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import BinaryIO, ClassVar

from scipy.sparse import csr_array

from textsc.corpus.files.temporary import TemporaryBytes

__all__ = [
    "BagWriter",
    "LdaCWriter",
    "MalletWriter",
    "MatrixMarketWriter",
    "SvmLightWriter",
    "UciWriter",
]

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_PIECE = 1 << 16


class BagWriter(ABC):
    """Writes counts, a document at a time.

    A new format is a subclass and an entry in `textsc.corpus.export.BAG_WRITERS`.

    Parameters
    ----------
    file : file object
        Open for writing bytes.
    words : list of str
        The word of each column.

    Raises
    ------
    ValueError
        The format has no room for one of the words.
    """

    #: What people call the format.
    title: ClassVar[str]

    def __init__(self, file: BinaryIO, words: list[str]) -> None:
        self._file = file
        self._words = words

    def write(self, X: csr_array, ids: Sequence[str], labels: Sequence[str | None]) -> None:
        """Write the next documents.

        Parameters
        ----------
        X : csr_array of shape (n_documents, n_words)
            Whole counts.
        ids, labels : sequence
            One a document; used where the format has room for them.
        """
        if not X.has_canonical_format:
            X = X.copy()
            X.sum_duplicates()
        ends, columns, counts = X.indptr.tolist(), X.indices.tolist(), X.data.tolist()
        for i, (identity, label) in enumerate(zip(ids, labels, strict=True)):
            row = slice(ends[i], ends[i + 1])
            self._document(columns[row], counts[row], identity, label)

    @abstractmethod
    def _document(self, columns: list[int], counts: list[int], identity: str, label: str | None) -> None:
        """Write one document."""

    def finish(self) -> None:
        """Write what can be written at the end only."""
        self._file.flush()


class _TripletWriter(BagWriter):
    """An entry a line after a header with numbers that are known at the end, so that entries wait."""

    def __init__(self, file: BinaryIO, words: list[str]) -> None:
        super().__init__(file, words)
        self._waiting = TemporaryBytes()
        self._n_documents = self._n_entries = 0

    def _document(self, columns: list[int], counts: list[int], identity: str, label: str | None) -> None:
        self._n_documents += 1
        self._n_entries += len(columns)
        lines = [f"{self._n_documents} {column + 1} {n}\n" for column, n in zip(columns, counts, strict=True)]
        self._waiting.append("".join(lines).encode())

    def finish(self) -> None:
        """Write the header and then the entries."""
        self._file.write(self._header(self._n_documents, len(self._words), self._n_entries).encode())
        for position in range(0, self._waiting.size, _PIECE):
            self._file.write(self._waiting.read(position, size=_PIECE))
        self._waiting.close()

    @abstractmethod
    def _header(self, n_documents: int, n_words: int, n_entries: int) -> str:
        """Give what comes first."""


class MatrixMarketWriter(_TripletWriter):
    r"""Matrix Market's coordinate form; documents are rows.

    Examples
    --------
    >>> import io
    >>> file = io.BytesIO()
    >>> writer = MatrixMarketWriter(file, ["cat", "dog"])
    >>> writer.write(csr_array([[2, 0]]), ["a"], [None])
    >>> writer.finish()
    >>> file.getvalue()
    b'%%MatrixMarket matrix coordinate real general\n1 2 1\n1 1 2\n'
    """

    title: ClassVar[str] = "Matrix Market"

    def _header(self, n_documents: int, n_words: int, n_entries: int) -> str:
        # gensim reads no field but real.
        return f"%%MatrixMarket matrix coordinate real general\n{n_documents} {n_words} {n_entries}\n"


class UciWriter(_TripletWriter):
    """UCI's bag of words."""

    title: ClassVar[str] = "UCI"

    def _header(self, n_documents: int, n_words: int, n_entries: int) -> str:
        return f"{n_documents}\n{n_words}\n{n_entries}\n"


class SvmLightWriter(BagWriter):
    r"""SVMlight; columns from 1. A label that is no number is written as 0.

    Examples
    --------
    >>> import io
    >>> file = io.BytesIO()
    >>> SvmLightWriter(file, ["cat", "dog"]).write(csr_array([[2, 1], [0, 0]]), ["a", "b"], ["-1", "x"])
    >>> file.getvalue()
    b'-1 1:2 2:1\n0\n'
    """

    title: ClassVar[str] = "SVMlight"

    def _document(self, columns: list[int], counts: list[int], identity: str, label: str | None) -> None:
        target = label if label is not None and _NUMBER.fullmatch(label) else "0"
        pairs = [f" {column + 1}:{n}" for column, n in zip(columns, counts, strict=True)]
        self._file.write(f"{target}{''.join(pairs)}\n".encode())


class LdaCWriter(BagWriter):
    r"""LDA-C; columns from 0.

    Examples
    --------
    >>> import io
    >>> file = io.BytesIO()
    >>> LdaCWriter(file, ["cat", "dog"]).write(csr_array([[2, 1], [0, 0]]), ["a", "b"], [None, None])
    >>> file.getvalue()
    b'2 0:2 1:1\n0\n'
    """

    title: ClassVar[str] = "LDA-C"

    def _document(self, columns: list[int], counts: list[int], identity: str, label: str | None) -> None:
        pairs = [f" {column}:{n}" for column, n in zip(columns, counts, strict=True)]
        self._file.write(f"{len(pairs)}{''.join(pairs)}\n".encode())


class MalletWriter(BagWriter):
    r"""MALLET's text; blanks in ids and labels become underscores, no label is ``__unknown__``.

    Examples
    --------
    >>> import io
    >>> file = io.BytesIO()
    >>> MalletWriter(file, ["cat", "dog"]).write(csr_array([[2, 1]]), ["a b"], [None])
    >>> file.getvalue()
    b'a_b __unknown__ cat cat dog\n'
    """

    title: ClassVar[str] = "MALLET"

    def __init__(self, file: BinaryIO, words: list[str]) -> None:
        super().__init__(file, words)
        wrong = next((word for word in words if word.split() != [word]), None)
        if wrong is not None:
            raise ValueError(f"the word {wrong!r} holds a blank, at which MALLET parts words; choose another format")
        self._encoded = [f" {word}".encode() for word in words]

    def _document(self, columns: list[int], counts: list[int], identity: str, label: str | None) -> None:
        names = (identity, "__unknown__" if label is None else label)
        self._file.write(
            " ".join("_".join(name.replace("\0", " ").split()) or "_" for name in names).encode("utf-8", "replace")
        )
        for column, n in zip(columns, counts, strict=True):
            # No document is too long to be written.
            for start in range(0, n, _PIECE):
                self._file.write(self._encoded[column] * min(_PIECE, n - start))
        self._file.write(b"\n")
