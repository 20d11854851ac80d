"""Topics as lists of words, best first: what every measure of topics takes."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Sequence
from os import PathLike
from typing import BinaryIO

from textsc.evaluation.topicfiles import TopicFileError, topics_of_json, topics_of_lines

__all__ = ["TopicFileError", "distinct_words", "leading_words", "read_topics"]

_MOST = 1 << 30  # bytes; a file of topics is no larger
_NUMBER = re.compile(r"[-+]?[\d.]+(?:[eE][-+]?\d+)?")
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def leading_words(topics: Iterable[Sequence[str]], *, n_words: int = 10) -> list[list[str]]:
    """Return the first words of each topic.

    Parameters
    ----------
    topics : iterable of sequences of str
        The words of each topic, best first.
    n_words : int, default 10
        At most so many of each; a topic may have fewer.

    Returns
    -------
    list of list of str
        One list a topic.

    Raises
    ------
    ValueError
        No word is asked for, or a topic is no list of words.

    Examples
    --------
    >>> leading_words([["cat", "dog", "fish"], ["sun"]], n_words=2)
    [['cat', 'dog'], ['sun']]
    """
    if n_words < 1:
        raise ValueError(f"topics: n_words must be at least 1, got {n_words}.")
    if isinstance(topics, str | bytes):
        raise ValueError("topics: a list of lists of words is needed, got a single string.")
    found = []
    for number, topic in enumerate(topics):
        words = [topic] if isinstance(topic, str | bytes) else list(topic)[:n_words]
        if isinstance(topic, str | bytes) or not all(isinstance(word, str) for word in words):
            got = "a single string" if isinstance(topic, str | bytes) else f"{words!r:.60}"
            raise ValueError(f"topics: topic {number} must be a list of words, got {got}.")
        found.append(words)
    return found


def distinct_words(topics: Iterable[Sequence[str]], *, n_words: int = 10) -> list[str]:
    """Return the different words among the first of each topic, in the order in which they are met.

    Parameters
    ----------
    topics : iterable of sequences of str
        The words of each topic, best first.
    n_words : int, default 10
        How many of each topic.

    Returns
    -------
    list of str
        What `count_documents` and `count_windows` are to count.

    Raises
    ------
    ValueError
        As for `leading_words`.

    Examples
    --------
    >>> distinct_words([["cat", "dog"], ["sun", "cat"]])
    ['cat', 'dog', 'sun']
    """
    return list(dict.fromkeys(word for topic in leading_words(topics, n_words=n_words) for word in topic))


def read_topics(source: str | PathLike[str] | BinaryIO) -> list[list[str]]:
    r"""Read topics from a file, whoever wrote it.

    The file is told by its content:

    - JSON: a list of lists of words, an object with ``"topics"`` (as from ``textsc topics --json``), objects
      ``{"words": [...]}``, words with weights, or such a topic a line.
    - A table of cells parted by commas, tabs or semicolons: a matrix with the words in its first line and a topic a
      row, or the words in its first column and a topic a column, of which the words of the highest values are taken;
      or words below the names of topics.
    - Else a topic a line: words parted by tabs, by commas or semicolons, or by white space. Numbers of topics, weights
      after them, bullets and headings are left out where all lines have them, as in the tables of ``textsc topics``,
      the topic keys of MALLET and what gensim prints.

    Parameters
    ----------
    source : str, path-like or binary file
        Text in UTF-8, or in UTF-16 with a byte order mark.

    Returns
    -------
    list of list of str
        The words of each topic, best first, as they are written.

    Raises
    ------
    TopicFileError
        The file holds no topics, or something else; the sentence names the file and the line.
    OSError
        The file cannot be read.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "topics.txt")
    ...     _ = path.write_text("cat dog\nsun moon\n")
    ...     read_topics(path)
    [['cat', 'dog'], ['sun', 'moon']]
    """
    from textsc.evaluation.topictables import topics_of_table

    place = str(source if isinstance(source, str | PathLike) else getattr(source, "name", "the file"))
    text = _text_of(source, place)
    start = text.lstrip()[:1]
    if start in ("[", "{"):
        topics = topics_of_json(text, place=place, by_line=place.lower().endswith((".jsonl", ".ndjson")))
    else:
        lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
        table = topics_of_table(lines, place=place) if lines else []
        topics = topics_of_lines(lines) if table is None else table
    topics = [[word for word in map(str.strip, topic) if word] for topic in topics]
    if not any(topics):
        raise TopicFileError(f"{place}: there are no topics in this file; write the words of each topic on a line.")
    if all(_NUMBER.fullmatch(word) for topic in topics for word in topic):
        raise TopicFileError(f"{place}: there are only numbers in this file; a matrix needs the words in a first line.")
    return topics


def _text_of(source: str | PathLike[str] | BinaryIO, place: str) -> str:
    if isinstance(source, str | PathLike):
        with open(source, "rb") as file:
            data = file.read(_MOST + 1)
    else:
        data = source.read(_MOST + 1)
    if len(data) > _MOST:
        raise TopicFileError(f"{place}: this file is larger than 1 GiB, and no list of topics.")
    encoding = next((name for mark, name in _MARKS.items() if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise TopicFileError(f"{place}, line {line}: this is not text in UTF-8; save the file as UTF-8.") from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise TopicFileError(f"{place}, line {line}: this is not text; topics are words in a text file.")
    return text.replace("\r\n", "\n").replace("\r", "\n")
