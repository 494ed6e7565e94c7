"""Where each column of the engine's rows to judge stands, and what the cells of a row make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from domain.attributes import AttributeType
from domain.record import Known, MappedRecord
from domain.step import Version
from domain.value import Value
from engine.session import Cell, Row
from formula.canonical import LAST_DAY
from syncd.changes.cells import day_of, members, number_of, surely_day, text_of

_NOTE = "__note"
#: A row as its columns of values are: all of them hold text.
_Texts = tuple[str | None, ...]
#: In these the last day of the calendar is how a source writes that there is no end.
_ENDS = ("termination_date", "pay_until")


class Columns:
    """The columns of the rows of one read, found once.

    at  where each stands
    """

    def __init__(
        self, feed: str, names: Sequence[str], types: Mapping[str, AttributeType], references: Mapping[str, str]
    ) -> None:
        """Take the mapped attributes with their types, and those that name a person."""
        self._feed = feed
        self.at = {name: number for number, name in enumerate(names)}
        self._mapped = [
            (
                name,
                self.at[f"r_{name}" if name in references else name],
                self.at.get(name + _NOTE),
                self.at[name] if name in references else None,
            )
            for name in types
            if name in self.at
        ]
        self._roster = [
            (name[2:], number)
            for name, number in self.at.items()
            if name.startswith("v_") and name not in ("v_start", "v_end", "v_opened")
        ]
        self._sets = [name for name, kind in types.items() if kind is AttributeType.SET]
        self._notes = [(name, number) for name, number in self.at.items() if name.endswith(_NOTE)]

    def person_of(self, row: Row) -> int | None:
        """Give the person a row is linked to, or was given as a newcomer."""
        return number_of(row[self.at["person"]])

    def place_of(self, row: Row) -> tuple[int, str]:
        """Give what tells one row of a read from another."""
        return number_of(row[self.at["_row"]]) or 0, str(row[self.at["_place"]])

    def key_of(self, row: Row) -> str | None:
        """Give the key of a row, where it has one."""
        return text_of(row[self.at["_key"]])

    def faults_of(self, row: Row) -> dict[str, Cell]:
        """Give what is wrong with single values of a row, by the names of their notes (`title__note`)."""
        return {name: code for name, at in self._notes if (code := row[at]) not in (None, "silent")}

    def record(self, row: Row, *, found_late: bool) -> MappedRecord:
        """Give what a row with a key says."""
        cells, (number, place) = cast("_Texts", row), self.place_of(row)
        values: dict[str, Value] = {
            name: cells[at]
            for name, at, note, named in self._mapped
            if (note is None or row[note] is None) and (named is None or row[at] is not None or row[named] is None)
        }
        values.update({name: None for name in _ENDS if values.get(name) == LAST_DAY})
        self._take_apart(values)
        until = text_of(row[self.at["_until"]])
        return MappedRecord(
            feed=self._feed,
            key=str(self.key_of(row)),
            row=number,
            place=place,
            values=values,
            engagement=str(row[self.at["_engagement"]]),
            effective=day_of(row[self.at["_effective"]]),
            until=day_of(until) if until != LAST_DAY else None,
            found_by_full_read=found_late,
            rivals=text_of(row[self.at["_rivals"]]),
        )

    def known(self, row: Row, person: int) -> Known:
        """Give what the roster has of a row's person on its day."""
        version = None
        if (start := row[self.at["v_start"]]) is not None:
            cells = cast("_Texts", row)
            attributes: dict[str, Value] = {
                name: value for name, at in self._roster if (value := cells[at]) is not None
            }
            self._take_apart(attributes)
            version = Version(
                person,
                str(row[self.at["_engagement"]]),
                surely_day(start),
                surely_day(row[self.at["v_end"]]),
                surely_day(row[self.at["v_opened"]]),
                attributes,
            )
        opens = row[self.at["_opens"]]
        return Known(
            person, surely_day(row[self.at["_day"]]), version, surely_day(opens) if opens is not None else None,
            has_newer_record=bool(row[self.at["_has_newer"]]),
        )  # fmt: skip

    def value(self, name: str, text: str | None) -> Value:
        """Read the text of an attribute's value."""
        values: dict[str, Value] = {name: text}
        self._take_apart(values)
        return values[name]

    def _take_apart(self, values: dict[str, Value]) -> None:
        """Give each set its members in place of their text; one that has none is nothing."""
        for name in self._sets:
            if isinstance(text := values.get(name), str):
                values[name] = members(text)
