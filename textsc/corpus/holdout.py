"""A corpus in a training and a test part; the vocabulary is that of the training part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textsc.corpus.bags.allwords import AS_THEY_ARE
from textsc.corpus.bags.bagreader import BagReader
from textsc.corpus.dataset import Dataset, read_corpus
from textsc.corpus.records import CorpusError, Reader, ReadingOptionError, Record
from textsc.corpus.text import TextCounts

__all__ = ["PARTS", "Holdout", "SelectedRows", "draw_test", "read_holdout"]

#: What a field says that splits a corpus.
PARTS = ("train", "test")

Progress = Callable[[float | None, int], None]


@dataclass(frozen=True, eq=False)
class Holdout:
    """Both parts of a corpus.

    Attributes
    ----------
    train, test : Dataset
        A row per row of the source, each in one of them; unreadable rows are in the first.
    n_left_out : int
        Rows in neither: those whose split field says neither train nor test.
    training : Reader
        Gives the rows of the training part again, as often as they are wanted.
    has_texts : bool
        Whether words have an order; those of a bag have none.
    """

    train: Dataset
    test: Dataset
    n_left_out: int
    training: Reader
    has_texts: bool

    def token_lists(self) -> Iterator[list[str]]:
        """Give the training texts as `TextCounts.token_lists` cuts them; they are read again."""
        texts = (record.text for record in self.training if record.text is not None)
        found: Iterator[list[str]] = self.train.encoder.token_lists(texts)
        return found


class SelectedRows(Reader):
    """Some rows of another reader.

    Parameters
    ----------
    reader : Reader
        Of the whole corpus.
    chosen : sequence of bool
        Which rows to give.

    Examples
    --------
    >>> from textsc.corpus.readers import open_corpus
    >>> [record.id for record in SelectedRows(open_corpus("lee-test"), [n in (3, 5) for n in range(50)])]
    ['3', '5']
    """

    def __init__(self, reader: Reader, chosen: Sequence[bool] | NDArray[np.bool_]) -> None:
        self.name = reader.name
        self._reader = reader
        self._chosen = [bool(one) for one in chosen]

    def __iter__(self) -> Iterator[Record]:
        for record, chosen in zip(self._reader, self._chosen, strict=True):
            if chosen:
                yield record

    @property
    def fraction(self) -> float | None:
        """Share of the whole input."""
        return self._reader.fraction

    @property
    def notes(self) -> list[str]:
        """Sentences about the whole corpus."""
        return self._reader.notes


def draw_test(labels: Sequence[str | None], *, share: float = 0.2, seed: int = 0) -> NDArray[np.bool_]:
    """Draw the rows of the test part; each class gives its share of them, to within one row.

    Rows are sorted by class and at random within it; every (1/share)-th of them is drawn.

    Parameters
    ----------
    labels : sequence of (str or None)
        One for each row; rows without one are a class of their own.
    share : float
        In (0, 1). At least one row goes to either part.
    seed : int
        The same seed gives the same rows.

    Returns
    -------
    ndarray of bool
        Which rows are in the test part.

    Raises
    ------
    CorpusError
        There are fewer than two rows.

    Examples
    --------
    >>> drawn = draw_test(["a", "b"] * 10, share=0.2)
    >>> int(drawn[::2].sum()), int(drawn[1::2].sum())
    (2, 2)
    """
    n = len(labels)
    if n < 2:
        raise CorpusError(f"A comparison needs documents to learn from and others to test with; there is {n} readable.")
    n_test = min(max(round(share * n), 1), n - 1)
    rng = np.random.default_rng(seed)
    number = {label: i for i, label in enumerate(sorted({label or "" for label in labels}))}
    classes = np.array([number[label or ""] for label in labels])
    order = rng.permutation(n)
    order = order[np.argsort(classes[order], kind="stable")]
    places = np.floor((np.arange(n_test) + rng.random()) * n / n_test).astype(np.intp)
    found = np.zeros(n, dtype=bool)
    found[order[np.minimum(places, n - 1)]] = True
    return found


def read_holdout(
    reader: Reader,
    *,
    encoder: TextCounts | None = None,
    split: Reader | None = None,
    share: float = 0.2,
    seed: int = 0,
    on_progress: Progress | None = None,
) -> Holdout:
    """Read a corpus in two parts; words are learned from the training part only.

    Parameters
    ----------
    reader : Reader
        Of texts or bags of words, with labels where there are any. It is read several times.
    encoder : TextCounts, optional
        Unfitted; a clone is fitted. By default ``TextCounts()``; of bags of words all words stay.
    split : Reader, optional
        Of the same corpus, with ``train`` or ``test`` in place of labels; rows that say anything else are left out.
    share : float
        Without `split`: how much of the corpus is the test part.
    seed : int
        Without `split`: of the drawing (`draw_test`).
    on_progress : callable, optional
        As for `textsc.corpus.read_corpus`.

    Returns
    -------
    Holdout

    Raises
    ------
    CorpusError
        A part has no readable row, or there is no word.
    ReadingOptionError
        The split field does not say train and test.

    Examples
    --------
    >>> from textsc.corpus.readers import open_corpus
    >>> parts = read_holdout(open_corpus("lee"))
    >>> len(parts.train.ids), len(parts.test.ids), parts.train.X.shape[1] == parts.test.X.shape[1]
    (240, 60, True)
    """
    readable, labels, has_texts = _readable(reader)
    if split is None:
        drawn = draw_test(
            [label for label, known in zip(labels, readable, strict=True) if known], share=share, seed=seed
        )
        test = np.zeros(len(labels), dtype=bool)
        test[np.flatnonzero(readable)] = drawn
        train = ~test
    else:
        train, test = _given(split, readable)
    if encoder is None:
        encoder = TextCounts(**AS_THEY_ARE) if isinstance(reader, BagReader) else TextCounts()
    training = SelectedRows(reader, train)
    learned: Any = read_corpus(training, encoder=encoder, on_progress=on_progress)
    tested = read_corpus(SelectedRows(reader, test), encoder=learned.encoder, on_progress=on_progress)
    return Holdout(learned, tested, int(len(labels) - train.sum() - test.sum()), training, has_texts)


def _readable(reader: Reader) -> tuple[NDArray[np.bool_], list[str | None], bool]:
    """Return which rows are readable, their labels, and whether there is any text."""
    readable, labels, has_texts = [], [], False
    for record in reader:
        readable.append(record.document is not None)
        labels.append(record.label)
        has_texts = has_texts or record.text is not None
    return np.array(readable, dtype=bool), labels, has_texts


def _given(split: Reader, readable: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the rows of each part as a field names them; unreadable rows count as training rows."""
    said = [record.label for record in split]
    train = np.array([label == PARTS[0] for label in said], dtype=bool) | ~readable
    test = np.array([label == PARTS[1] for label in said], dtype=bool) & readable
    if not (train & readable).any() or not test.any():
        found = Counter(label for label in said if label is not None)
        shown = ", ".join(f"{label!r} {n:,} times" for label, n in found.most_common(5)) or "nothing"
        raise ReadingOptionError(
            f"{split.name}: the field that splits the corpus (--split-field) must say train in some rows and test in "
            f"others; it says {shown}."
        )
    return train, test
