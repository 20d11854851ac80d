"""Which columns of a table are the text, the label and the id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from textsc.corpus.files.filereader import Fields, shown
from textsc.corpus.records import CorpusError

__all__ = ["Columns"]

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Columns:
    """Places of columns.

    Attributes
    ----------
    text : int
        Counted from 0.
    label, id : int or None
        None where the table has none.
    width : int
        How many columns there are.
    """

    text: int
    label: int | None
    id: int | None
    width: int

    @classmethod
    def find(cls, names: Sequence[str], fields: Fields, *, name: str) -> Columns:
        """Look the columns up.

        Parameters
        ----------
        names : sequence of str
            All columns, in order.
        fields : Fields
            What is looked for. The column of the text must be there, and those that were named by the
            user; ``label`` and ``id`` need not.
        name : str
            What messages call the table.

        Returns
        -------
        Columns
            Their places.

        Raises
        ------
        CorpusError
            A column is not there, or there are several of its name.

        Examples
        --------
        >>> Columns.find(["id", "text"], Fields(), name="news.csv")
        Columns(text=1, label=None, id=0, width=2)
        """
        required = {fields.text: "--text-field", **{value: option for option, value in fields.options().items()}}
        for wanted, option in required.items():
            if wanted not in names:
                what = "text" if option == "--text-field" else "label" if option == "--label-field" else "id"
                raise CorpusError(
                    f"{name} has no column {shown([wanted])}; its columns: {shown(names)}. "
                    f"Name the column of the {what} with {option}."
                )
        for wanted in (fields.text, fields.label, fields.id):
            if names.count(wanted) > 1:
                raise CorpusError(f"{name} has more than one column {shown([wanted])}. Rename all but one of them.")
        label, identity = (names.index(field) if field in names else None for field in (fields.label, fields.id))
        return cls(text=names.index(fields.text), label=label, id=identity, width=len(names))

    def pick(self, values: Sequence[Value]) -> tuple[Value, Value | None, Value | None]:
        """Give the text, the label and the id of a row.

        Parameters
        ----------
        values : sequence
            One a column.

        Returns
        -------
        tuple
            None for a column that is not there.
        """
        label = None if self.label is None else values[self.label]
        return values[self.text], label, None if self.id is None else values[self.id]
