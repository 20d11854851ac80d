"""Topics in files as JSON, or a topic a line."""

from __future__ import annotations

import json
import re
from typing import Any

__all__ = ["Lines", "TopicFileError", "topics_of_json", "topics_of_lines"]

#: Lines that are not blank, with their numbers.
Lines = list[tuple[int, str]]

# "Topic 3:", as programs print it before the words or above them.
_HEADING = re.compile(r"\W*topic[\s_#]*\d+\s*(?:[:.)=-]+\s*|(?=[\s,;])[\s,;]*|$)", re.IGNORECASE)
# The number of a topic, and then what is said of it: shares and weights, which have a point, a per cent sign or an
# exponent.
_NUMBER = re.compile(r"\W*(\d+)\W*?[\s,;]+")
_WEIGHT = re.compile(r"[-+]?(?:\d+\.\d*|\.\d+|\d+(?=\s?%|[eE]))(?:[eE][-+]?\d+)?\s?%?[\s,;]+")
# 0.02*"word" + 0.01*"other", as gensim prints topics.
_FORMULA = re.compile(r'\*\s*"([^"]*)"')
# The table of textsc topics, and its rows of topics; documents and passages stand beneath them, further in.
_TABLE = re.compile(r"topic\s+share\b")
_ROW = re.compile(r" {0,5}\d+\s+\d+\.\d %")
_SEPARATORS = ("\t", ",", ";")
# What stands before each line of a list of topics.
_BULLET = re.compile(r"[-*+•]\s+")


class TopicFileError(ValueError):
    """A file of topics that cannot be understood (exit code 3)."""


def topics_of_lines(lines: Lines) -> list[list[str]]:
    r"""Read a topic from each line.

    Words are parted by tabs, else by commas or semicolons where all lines have them, else by white space. Numbers of
    topics, weights after them, bullets and headings like "Topic 3:" are left out where all lines have them.

    Parameters
    ----------
    lines : list of (int, str)
        Lines that are not blank, with their numbers.

    Returns
    -------
    list of list of str
        The words of each line.

    Examples
    --------
    >>> topics_of_lines([(1, "0\t0.25\tcat dog"), (2, "1\t0.5\tsun moon")])
    [['cat', 'dog'], ['sun', 'moon']]
    >>> topics_of_lines([(1, "new york, city"), (2, "sun, full moon")])
    [['new york', 'city'], ['sun', 'full moon']]
    """
    if lines and _TABLE.match(lines[0][1]):
        lines = lines[:1] + [(number, line) for number, line in lines if _ROW.match(line)]
    texts = _without_numbers(_without_headings(_without_bullets([line.strip() for _, line in lines])))
    if all(_FORMULA.search(text) for text in texts):
        return [_FORMULA.findall(text) for text in texts]
    # A topic of one word has no separator.
    several = [text for text in texts if len(text.split()) > 1] or texts
    for separator in _SEPARATORS:
        found = any if separator == "\t" else all
        if found(separator in text for text in several):
            return [[word.strip().strip('"').strip() for word in text.split(separator)] for text in texts]
    return [[word.strip('"') for word in text.split()] for text in texts]


def _without_bullets(texts: list[str]) -> list[str]:
    """Leave out the bullets of a list, where all lines have one."""
    return [_BULLET.sub("", text, count=1) for text in texts] if all(map(_BULLET.match, texts)) else texts


def _without_headings(texts: list[str]) -> list[str]:
    """Leave out headings: lines of their own, and those before the words of every line."""
    rest = [text for text in texts if not (match := _HEADING.match(text)) or match.end() < len(text)]
    if rest and all(_HEADING.match(text) for text in rest):
        return [_HEADING.sub("", text, count=1) for text in rest]
    return rest


def _without_numbers(texts: list[str]) -> list[str]:
    """Leave out the numbers of topics, with the weights after them and a line that names such columns."""
    for body in (texts, texts[1:]):
        matches = [_NUMBER.match(text) for text in body]
        numbers = sorted(int(match[1][:9]) for match in matches if match)
        if body and len(numbers) == len(body) and numbers in (list(range(len(body))), list(range(1, len(body) + 1))):
            rest = [text[match.end() :] for text, match in zip(body, matches, strict=True) if match]
            ends = [_weight_ends(text) for text in rest]
            n_weights = min(map(len, ends)) - 1
            return [text[end[n_weights] :] for text, end in zip(rest, ends, strict=True)]
    return texts


def _weight_ends(text: str) -> list[int]:
    """Where the words would begin after none, one, two... weights."""
    ends = [0]
    while match := _WEIGHT.match(text, ends[-1]):
        ends.append(match.end())
    return ends


def topics_of_json(text: str, *, place: str, by_line: bool = False) -> list[list[str]]:
    """Read topics from JSON, or from a JSON value a line.

    A topic is a list of words, of pairs of a word and a weight, an object ``{"words": [...]}``, an object of weights
    by word, or a number and one of these. Topics are a list of topics, an object with ``"topics"``, or an object of
    topics by name.

    Parameters
    ----------
    text : str
        What the file holds.
    place : str
        The file, for messages.
    by_line : bool
        Whether each line is a value of its own.

    Returns
    -------
    list of list of str
        The words of each topic.

    Raises
    ------
    TopicFileError
        It is not JSON, or the values are no topics.

    Examples
    --------
    >>> topics_of_json('{"topics": [{"id": 0, "words": ["cat", "dog"]}]}', place="topics.json")
    [['cat', 'dog']]
    """
    if not by_line:
        try:
            return _topics_of(_parsed(text, place=place, line=1), place)
        except TopicFileError as error:
            # One value after the other, each on a line of its own.
            if not isinstance(error.__cause__, json.JSONDecodeError) or error.__cause__.msg != "Extra data":
                raise
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            found += _topics_of(_parsed(line, place=place, line=number), f"{place}, line {number}")
    return found


def _parsed(text: str, *, place: str, line: int) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        at = f"{place}, line {line + error.lineno - 1}"
        raise TopicFileError(f"{at}: this is not JSON ({error.msg}, column {error.colno}).") from error
    except RecursionError as error:
        raise TopicFileError(f"{place}, line {line}: the JSON is nested too deeply to be topics.") from error
    except ValueError as error:
        raise TopicFileError(f"{place}, line {line}: the JSON holds a number that is too long.") from error


def _topics_of(value: Any, place: str) -> list[list[str]]:
    if isinstance(value, dict) and "topics" in value:
        value = value["topics"]
    single = _words_of(value) if value else None
    if single is not None:
        return [single]
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        raise TopicFileError(f"{place}: topics must be lists of words, and this holds {_short(value)}.")
    topics = []
    for number, item in enumerate(value):
        words = _words_of(item)
        if words is None:
            raise TopicFileError(f"{place}: topic {number} must be a list of words, got {_short(item)}.")
        topics.append(words)
    return topics


def _words_of(item: Any) -> list[str] | None:
    """Give the words of one topic; None where it is none."""
    if isinstance(item, str):
        return _FORMULA.findall(item) or None
    if isinstance(item, dict):
        if "words" in item:
            return _words_of(item["words"])
        weighted = item and all(map(_is_number, item.values()))
        return sorted(item, key=lambda word: -item[word]) if weighted else None
    if not isinstance(item, list):
        return None
    if len(item) == 2 and _is_number(item[0]) and isinstance(item[1], list | dict | str):
        return _words_of(item[1])
    words = [part[0] if _is_weighted(part) else part for part in item]
    return words if all(isinstance(word, str) for word in words) else None


def _is_weighted(part: Any) -> bool:
    return isinstance(part, list) and len(part) == 2 and isinstance(part[0], str) and _is_number(part[1])


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:37]}..."
