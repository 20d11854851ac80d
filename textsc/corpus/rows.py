"""`Dataset`: the waist between what reads a corpus and what codes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textsc.corpus.records import Reader

__all__ = ["SOUND_TO_LEARN_FROM", "STATUSES", "ContentError", "Dataset", "check_content"]

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
#: Statuses of snippets that a basis is learned from.
SOUND_TO_LEARN_FROM = ("ok", "clipped")


class ContentError(ValueError):
    """A model or an encoder of texts was given sounds, or one of sounds texts (exit code 2)."""


@dataclass(frozen=True)
class Dataset:
    """A corpus, or a part of one, as numbers; one row per document, or per snippet of a sound.

    Attributes
    ----------
    X : csr_array of shape (n_rows, n_features), int32, or ndarray, float32
        Counts of words (sparse), or spectra (dense). A row of zeros where there is nothing to count or to hear.
    y : list of (str or None), or None
        Labels; None where no row has one.
    ids : list of str
        As written in the source; of a snippet the file and its start, ``birds/wren.wav#150`` (milliseconds).
    status : list of str
        ``ok`` or ``unreadable``. Of texts also ``empty`` (no word at all) and ``out_of_vocabulary`` (no word that the
        vocabulary knows). Of sounds also ``silent`` and ``clipped`` snippets, and ``too_short``: a file without a
        whole snippet.
    n_tokens : ndarray of shape (n_rows,), int64, or None
        Tokens that the vocabulary knows: the row sums of `X`, n-grams left out. None for sound.
    oov_rate : ndarray of shape (n_rows,), float64, or None
        Share of the tokens, stop words left out, that the vocabulary lacks; 0 where there is none. None for sound.
    feature_names : list of str
        The vocabulary, or the frequencies.
    encoder : TextCounts or SoundSpectra
        What made the numbers.
    problems : list of str
        One sentence per unreadable row.
    notes : list of str
        One sentence per kind of repair.
    clips : list of str, or None
        The file of each row of a sound; None for texts.

    Examples
    --------
    >>> from textsc.corpus.dataset import read_corpus
    >>> data = read_corpus("lee-test")
    >>> bool((data.X.sum(axis=1) == data.n_tokens).all()), data.problems
    (True, [])
    >>> data
    Dataset(50 rows, 327 words, 1082 tokens, 0 problems)
    """

    X: Any
    y: list[str | None] | None
    ids: list[str]
    status: list[str]
    n_tokens: NDArray[np.int64] | None
    oov_rate: NDArray[np.float64] | None
    feature_names: list[str]
    encoder: Any
    problems: list[str]
    notes: list[str]
    clips: list[str] | None = None

    @property
    def trainable(self) -> NDArray[np.intp]:
        """Numbers of the rows to learn a basis from: all of texts; of sounds those that are ``ok`` or ``clipped``."""
        learned = [self.clips is None or status in SOUND_TO_LEARN_FROM for status in self.status]
        return np.flatnonzero(learned)

    def __repr__(self) -> str:
        """Say the sizes; the rows themselves would fill the screen."""
        n_rows, n_columns = self.X.shape
        if self.n_tokens is None:
            parts = [f"{n_rows} snippets", f"{len(set(self.clips or ()))} files", f"{n_columns} frequencies"]
        else:
            parts = [f"{n_rows} rows", f"{n_columns} words", f"{int(self.n_tokens.sum())} tokens"]
        return f"Dataset({', '.join(parts)}, {len(self.problems)} problems)"


def check_content(reader: Reader, encoder: Any) -> None:
    """Refuse texts for an encoder of sounds, and sounds for one of texts.

    Parameters
    ----------
    reader : Reader
        Of a corpus.
    encoder : TextCounts or SoundSpectra
        Meant to read it.

    Raises
    ------
    ContentError
        They do not go together.

    Examples
    --------
    >>> from textsc.corpus.readers import open_corpus
    >>> from textsc.corpus.sound.spectra import SoundSpectra
    >>> check_content(open_corpus("lee"), SoundSpectra())
    Traceback (most recent call last):
    ...
    textsc.corpus.rows.ContentError: lee holds texts, but the model is one of sounds (SoundSpectra). Give a corpus \
of sounds, or a model of texts.
    """
    if reader.content != encoder.content:
        raise ContentError(
            f"{reader.name} holds {reader.content}s, but the model is one of {encoder.content}s "
            f"({type(encoder).__name__}). Give a corpus of {encoder.content}s, or a model of {reader.content}s."
        )
