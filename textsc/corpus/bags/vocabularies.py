"""The words of a bag-of-words file: from a file beside it, from a list, or called by their columns."""

from __future__ import annotations

import io
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from textsc.corpus.files.decoding import BINARY, BrokenGzipError, ByteFile, SpooledBytes, decode, lines, without_bom
from textsc.corpus.records import CorpusError

__all__ = ["MOST_COLUMNS", "Vocabulary", "find_vocabulary", "read_vocabulary", "vocabulary_beside", "vocabulary_bytes"]

#: Columns that a file may have without a vocabulary: hashed words have up to this many.
MOST_COLUMNS = 1 << 24
# A line of gensim's `Dictionary.save_as_text`: number, word, document frequency.
_DICTIONARY_LINE = re.compile(r"([0-9]{1,9})\t([^\t]+)\t[0-9]+")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The word of each column.

    Attributes
    ----------
    columns : list of str
        In the order of the columns; a word may stand for more than one.
    name : str or None
        What messages call it; None where the words are made of the numbers of the columns.
    note : str or None
        What is worth saying of it, one clause.

    Examples
    --------
    >>> Vocabulary.numbered(3).words
    ['word_0', 'word_1', 'word_2']
    >>> Vocabulary.of(["cat", "dog", "cat"], name="pets").words
    ['cat', 'dog']
    """

    columns: list[str]
    name: str | None = None
    note: str | None = None

    @property
    def words(self) -> list[str]:
        """The different words, in order."""
        return list(dict.fromkeys(self.columns))

    @classmethod
    def numbered(cls, n_columns: int) -> Vocabulary:
        """Call words by their columns, counted from 0.

        Parameters
        ----------
        n_columns : int
            How many there are.

        Returns
        -------
        Vocabulary
            Of ``word_0``, ``word_1`` and so on.
        """
        note = "it has no vocabulary beside it, so that its words are called by their columns, from word_0"
        return cls([f"word_{i}" for i in range(n_columns)], None, note)

    @classmethod
    def of(cls, words: Sequence[str], *, name: str) -> Vocabulary:
        """Take words that are given; an empty one is called by its column.

        Parameters
        ----------
        words : sequence of str
            In the order of the columns.
        name : str
            What messages call them.

        Returns
        -------
        Vocabulary
            With a note where a word is there more than once.

        Raises
        ------
        CorpusError
            There is no word, or one is not a string.
        """
        if isinstance(words, str) or not all(isinstance(word, str) for word in words):
            raise CorpusError(f"{name} is not a list of words. Give strings, in the order of the columns.")
        columns = [word or f"word_{i}" for i, word in enumerate(words)]
        if not columns:
            raise CorpusError(f"{name} holds no word. Give one for each column.")
        note = None
        if len(set(columns)) < len(columns):
            repeated = next(word for word, n in Counter(columns).items() if n > 1)
            note = f'{name} has "{repeated}" and perhaps others more than once; columns of the same word are added'
        return cls(columns, name, note)


def find_vocabulary(path: Path, *, own: bool = False) -> Path | None:
    """Look for the vocabulary beside a bag-of-words file.

    For ``news.mtx`` these names are tried in turn, each also with ``.gz``: ``news.mtx.vocab``,
    ``news.vocab``, ``news.vocab.txt``, ``news.dict.txt``, ``vocab.txt``; for UCI's
    ``docword.news.txt`` first of all ``vocab.news.txt``.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    own : bool, default False
        Whether only the first name will do.

    Returns
    -------
    pathlib.Path or None
        None where there is none.

    Examples
    --------
    >>> find_vocabulary(Path("/no/such/folder/news.mtx")) is None
    True
    """
    plain = path.name[:-3] if path.name.lower().endswith(".gz") else path.name
    stem = os.path.splitext(plain)[0]
    names = [vocabulary_beside(path).name]
    if not own:
        names += [f"{plain}.vocab", f"{stem}.vocab", f"{stem}.vocab.txt", f"{stem}.dict.txt", "vocab.txt"]
    candidates = (path.with_name(name + ending) for name in names for ending in ("", ".gz"))
    return next((candidate for candidate in candidates if candidate.is_file() and candidate != path), None)


def vocabulary_beside(path: Path) -> Path:
    """Say where the vocabulary of a bag-of-words file is written.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    pathlib.Path
        The first name that `find_vocabulary` tries.

    Examples
    --------
    >>> vocabulary_beside(Path("news.mtx")).name, vocabulary_beside(Path("docword.news.txt")).name
    ('news.mtx.vocab', 'vocab.news.txt')
    """
    plain = path.name[:-3] if path.name.lower().endswith(".gz") else path.name
    if plain.lower().startswith("docword."):
        return path.with_name(f"vocab.{plain[len('docword.') :]}")
    return path.with_name(f"{plain}.vocab")


def read_vocabulary(path: str | os.PathLike[str]) -> Vocabulary:
    r"""Read a vocabulary: a word a line, or gensim's dictionary as text.

    Parameters
    ----------
    path : path-like
        A text file, plain or .gz. Blanks around a word are dropped; an empty line in between is a
        column that is called by its number.

    Returns
    -------
    Vocabulary
        In the order of the lines, or by the numbers of the dictionary.

    Raises
    ------
    CorpusError
        It cannot be read, is binary, or holds no word.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "pets.vocab")
    ...     _ = path.write_text("cat\ndog\n")
    ...     read_vocabulary(path).columns
    ['cat', 'dog']
    """
    name = os.fspath(path)
    if not Path(path).exists():
        raise CorpusError(f"There is no vocabulary {name}. Check the path.")
    return _read(ByteFile(Path(path), name=name, gzipped=name.lower().endswith(".gz")))


def vocabulary_bytes(words: Sequence[str]) -> bytes:
    r"""Give the content of a vocabulary file.

    Parameters
    ----------
    words : sequence of str
        In the order of the columns.

    Returns
    -------
    bytes
        UTF-8, a word a line.

    Raises
    ------
    ValueError
        It would not be read as these words.

    Examples
    --------
    >>> vocabulary_bytes(["cat", "new york"])
    b'cat\nnew york\n'
    >>> vocabulary_bytes(["cat", "new\nyork"])
    Traceback (most recent call last):
    ValueError: the word 'new\nyork' cannot be a line of a vocabulary
    """
    data = "".join(f"{word}\n" for word in words).encode("utf-8", "replace")
    try:
        found = _read(SpooledBytes(io.BytesIO(data), name="")).columns
    except CorpusError:
        found = []
    if found == list(words):
        return data
    wrong = next((word for word, read in zip_longest(words, found) if word != read), "")
    raise ValueError(f"the word {wrong!r} cannot be a line of a vocabulary")


def _read(source: ByteFile) -> Vocabulary:
    name, found = source.name, list(_word_lines(source))
    while found and not found[-1]:
        found.pop()
    if any(_DICTIONARY_LINE.fullmatch(line) for line in found[:2]):
        return Vocabulary.of(_dictionary(found, name), name=name)
    return Vocabulary.of(found, name=name)


def _word_lines(source: ByteFile) -> Iterator[str]:
    """Read the lines of a vocabulary, without blanks around them."""
    number = 0
    try:
        for number, line in enumerate(lines(without_bom(source.chunks())), start=1):
            if b"\0" in line:
                raise CorpusError(
                    f"The vocabulary {source.name}, line {number}: {BINARY}. "
                    "Give a file with a word a line, or gensim's Dictionary saved with save_as_text."
                )
            yield decode(line)[0].strip()
    except BrokenGzipError as error:
        raise CorpusError(
            f"The vocabulary {source.name}, line {number + 1}: the gzip stream is broken here ({error})."
        ) from error


def _dictionary(found: list[str], name: str) -> list[str]:
    """Put the words of a gensim dictionary in the order of their numbers."""
    words: dict[int, str] = {}
    for number, line in enumerate(found, start=1):
        match = _DICTIONARY_LINE.fullmatch(line)
        if match is not None and int(match[1]) < MOST_COLUMNS:
            words[int(match[1])] = match[2].strip()
        elif line and not (number == 1 and line.isdigit()):
            raise CorpusError(
                f"The vocabulary {name}, line {number}: a dictionary has a number, a word and its document "
                f"frequency on each line, with tabs between, and this one has {line[:40]!r}."
            )
    return [words.get(i, "") for i in range(max(words) + 1)]
