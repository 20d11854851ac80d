"""Writing a corpus as bags of words, with its vocabulary, ids and labels beside."""

from __future__ import annotations

import os
from collections.abc import Iterable
from itertools import chain
from pathlib import Path

from textsc.checkpoint import OutputError, atomic_write, check_output, is_special
from textsc.corpus.bags.rownames import names_beside, row_name
from textsc.corpus.bags.vocabularies import vocabulary_beside, vocabulary_bytes
from textsc.corpus.bags.writers import (
    BagWriter,
    LdaCWriter,
    MalletWriter,
    MatrixMarketWriter,
    SvmLightWriter,
    UciWriter,
)
from textsc.corpus.dataset import Dataset
from textsc.corpus.readers import suffix_of

__all__ = ["BAG_WRITERS", "bag_format", "bag_outputs", "write_corpus"]

#: The writers by suffix, the same as for reading.
BAG_WRITERS: dict[str, type[BagWriter]] = {
    ".mtx": MatrixMarketWriter,
    ".mm": MatrixMarketWriter,
    ".uci": UciWriter,
    ".svmlight": SvmLightWriter,
    ".svm": SvmLightWriter,
    ".ldac": LdaCWriter,
    ".dat": LdaCWriter,
    ".mallet": MalletWriter,
}


def bag_format(path: str | os.PathLike[str]) -> str:
    """Find the bag-of-words format of an output from its name.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    str
        A key of `BAG_WRITERS`.

    Raises
    ------
    ValueError
        It is none of them, is compressed, or is no file but a stream or a device.

    Examples
    --------
    >>> bag_format("news.mtx"), bag_format("docword.news.txt")
    ('.mtx', '.uci')
    """
    name = os.fspath(path)
    suffix = suffix_of(name)
    if suffix not in BAG_WRITERS or name.lower().endswith(".gz"):
        raise ValueError(
            f"cannot tell the format of {name}: its name must end in {', '.join(BAG_WRITERS)}, "
            "or be docword.NAME.txt for UCI; compress it afterwards"
        )
    if is_special(path):
        raise ValueError(f"{name} is no file: a vocabulary is written beside it; name a file")
    return suffix


def bag_outputs(path: str | os.PathLike[str], *, force: bool = False) -> list[str]:
    """List the files that `write_corpus` would write, and refuse what it could not, before any work.

    Parameters
    ----------
    path : path-like
        The file.
    force : bool
        Whether existing files may be replaced.

    Returns
    -------
    list of str
        The counts, their vocabulary, their ids and labels.

    Raises
    ------
    ValueError
        As for `bag_format`.
    textsc.checkpoint.OutputExists, textsc.checkpoint.OutputError
        One of them exists and `force` is false, or cannot be written.

    Examples
    --------
    >>> bag_outputs("news.mtx")
    ['news.mtx', 'news.mtx.vocab', 'news.mtx.docs.jsonl']
    """
    bag_format(path)
    files = [Path(path), vocabulary_beside(Path(path)), names_beside(Path(path))]
    for file in files:
        check_output(file, force=force)
    return [os.fspath(file) for file in files]


def write_corpus(data: Dataset | Iterable[Dataset], path: str | os.PathLike[str], *, force: bool = False) -> None:
    """Write a corpus in a bag-of-words format, whole or not at all.

    Beside the counts, in Matrix Market (.mtx, .mm), UCI (.uci, or ``docword.NAME.txt``), SVMlight
    (.svmlight, .svm), LDA-C (.ldac, .dat) or MALLET's text (.mallet), lie the vocabulary, a word a
    line, in ``PATH.vocab`` (``vocab.NAME.txt`` for UCI's names), and ids and labels, a JSON object a
    line, in ``PATH.docs.jsonl``. `read_corpus` finds them again. An unreadable row is an empty one.

    Parameters
    ----------
    data : Dataset or iterable of Dataset
        A corpus, or its blocks in order, taken one at a time.
    path : path-like
        The file; its name tells the format.
    force : bool
        Whether existing files may be replaced.

    Raises
    ------
    ValueError
        The name tells no format, or there is no block.
    textsc.checkpoint.OutputExists, textsc.checkpoint.OutputError
        One of the files exists and `force` is false, or cannot be written, or the format has no room
        for a word.

    Examples
    --------
    >>> import tempfile
    >>> from textsc.corpus import read_corpus
    >>> lee = read_corpus("lee-test")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_corpus(lee, Path(folder, "lee.mtx"))
    ...     again = read_corpus(Path(folder, "lee.mtx"))
    >>> again.feature_names == lee.feature_names, int(abs(again.X - lee.X).sum())
    (True, 0)
    """
    counts, vocabulary, names = bag_outputs(path, force=force)
    blocks = iter([data] if isinstance(data, Dataset) else data)
    first = next(blocks, None)
    if first is None:
        raise ValueError(f"There is nothing to write to {os.fspath(path)}: give at least one block.")
    # The counts take their name last: with them, all is there.
    with (
        atomic_write(counts, force=force) as file,
        atomic_write(vocabulary, force=force) as words_file,
        atomic_write(names, force=force) as names_file,
    ):
        try:
            words_file.write(vocabulary_bytes(first.feature_names))
            writer = BAG_WRITERS[bag_format(path)](file, first.feature_names)
        except ValueError as error:
            raise OutputError(f"cannot write {os.fspath(path)}: {error}") from error
        for block in chain([first], blocks):
            labels = block.y if block.y is not None else [None] * len(block.ids)
            writer.write(block.X, block.ids, labels)
            for identity, label in zip(block.ids, labels, strict=True):
                names_file.write(row_name(identity, label).encode())
        writer.finish()
