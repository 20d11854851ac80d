"""One line of a .jsonl file: which of its fields are the text, the label and the id."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any, NamedTuple

from textsc.corpus.files.filereader import Fields, shown

__all__ = ["Fields", "JsonLine", "joined_notes"]


class _Literal(str):
    """A number of a JSON text, kept as it is written there."""

    __slots__ = ()


_PLAIN = (str, type(None), _Literal)
_DECODER = json.JSONDecoder(parse_int=_Literal, parse_float=_Literal, parse_constant=_Literal)


# A tuple is made several times faster than a frozen dataclass, and there is one for every row.
class JsonLine(NamedTuple):
    """What one line says.

    Attributes
    ----------
    text, label, id : str or None
        Text where it is readable; label and id as written, numbers included. None where a label or
        an id is a list or an object, or an id is true or false: `note` says so.
    problem, note, hint : str or None
        As in `Record`.
    names : collection of str
        The keys of the object; none where the line is no object.
    """

    text: str | None = None
    label: str | None = None
    id: str | None = None
    problem: str | None = None
    note: str | None = None
    hint: str | None = None
    names: Collection[str] = ()

    @classmethod
    def parse(cls, line: str, fields: Fields) -> JsonLine:
        """Read one line; what is wrong with it is in `problem`, never raised.

        Parameters
        ----------
        line : str
            One line of a file, without its end.
        fields : Fields
            What the fields are called.

        Returns
        -------
        JsonLine
            The three fields, as far as they are there.

        Examples
        --------
        >>> JsonLine.parse('{"text": "cat", "label": 1.50}', Fields()).label
        '1.50'
        >>> JsonLine.parse('{"text": "ca', Fields()).problem
        'it is not JSON: Unterminated string starting at column 10'
        """
        try:
            value = _decoded(line)
        except json.JSONDecodeError as error:
            message = error.msg.removesuffix(" at")
            return cls(problem=f"it is not JSON: {message} at column {error.pos + 1}")
        except RecursionError:
            return cls(problem="it is not JSON that can be read: it is nested too deeply")
        if not isinstance(value, dict):
            return cls(problem=f"it is {_kind(value)}, not a JSON object")
        found = cls._from_object(value, fields)
        # JSON can escape half a surrogate pair, which no file can hold as UTF-8.
        return found._repaired() if "\\ud" in line.lower() else found

    @classmethod
    def _from_object(cls, value: dict[str, Any], fields: Fields) -> JsonLine:
        label, identity, note = _names(value, fields)
        text = value.get(fields.text)
        if type(text) is str:
            return cls(text=text, label=label, id=identity, note=note, names=value.keys())
        if fields.text in value:
            problem = f'its field "{fields.text}" is {_kind(text)}, not a string'
            return cls(label=label, id=identity, problem=problem, note=note, names=value.keys())
        problem = f'it has no field "{fields.text}" (its fields: {shown(value)})'
        hint = "Name the field that holds the text with --text-field."
        return cls(label=label, id=identity, problem=problem, note=note, hint=hint, names=value.keys())

    def _repaired(self) -> JsonLine:
        text, label, identity = _whole(self.text), _whole(self.label), _whole(self.id)
        if (text, label, identity) == (self.text, self.label, self.id):
            return self
        note = joined_notes("half a surrogate pair, read as U+FFFD", self.note)
        return self._replace(text=text, label=label, id=identity, note=note)


def _decoded(line: str) -> Any:
    try:
        value, end = _DECODER.raw_decode(line)
    except json.JSONDecodeError:
        end = -1
    # What stands before or after the value, white space or a fault, is rare and looked at by the slower way.
    return value if end == len(line) else _DECODER.decode(line)


def _whole(text: str | None) -> str | None:
    if text is None or text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def joined_notes(*notes: str | None) -> str | None:
    """Put what is noted of one row into one clause.

    Parameters
    ----------
    *notes : str or None
        Clauses; None is left out.

    Returns
    -------
    str or None
        None where there is none.

    Examples
    --------
    >>> joined_notes("one", None, "two")
    'one; two'
    """
    return "; ".join(note for note in notes if note is not None) or None


def _names(value: dict[str, Any], fields: Fields) -> tuple[str | None, str | None, str | None]:
    """Give the label, the id and a note on what cannot serve as one."""
    label, identity = value.get(fields.label), value.get(fields.id)
    if type(label) in _PLAIN and type(identity) in _PLAIN:
        return _written(label), _written(identity), None
    notes = []
    if isinstance(identity, bool | list | dict):
        notes.append(
            f'its field "{fields.id}" is {_kind(identity)}, not a string or a number; the row number stands for it'
        )
        identity = None
    if isinstance(label, list | dict):
        notes.append(f'its field "{fields.label}" is {_kind(label)}, not a string or a number; the row has no label')
        label = None
    return _written(label), _written(identity), joined_notes(*notes)


def _written(value: str | bool | None) -> str | None:
    if type(value) is str:
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, _Literal):
        return "a number"
    kinds = {bool: "true or false", str: "a string", list: "a list", dict: "an object"}
    return kinds[type(value)]
