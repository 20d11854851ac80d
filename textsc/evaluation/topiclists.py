"""Topics as lists of words, best first: what every measure of topics takes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

__all__ = ["distinct_words", "leading_words"]


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
