"""What a record says where other feeds map the same attributes: what counts, and what only a person can answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from domain.record import Conflict, Known, MappedRecord
from domain.value import Value
from domain.whose import Opinion, Whose, disagreement, heard
from engine.said import SAID, SAYS, Saying
from engine.session import Row
from store.conflicts import dispute_digest
from store.overrides import Override
from syncd.changes.cells import text_of

#: Takes the text of a value as the engine holds it to the value.
ReadValue = Callable[[str, str | None], Value]


@dataclass(frozen=True, slots=True)
class Said:
    """A record with what counts of it, questions about values, and the overrides that it agrees with."""

    record: MappedRecord
    disputes: tuple[Conflict, ...] = ()
    caught_up: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Voices:
    """Tells what counts of the records of one read.

    at       where each column of a row stands
    answers  what people answered, by the question's digest
    hidden   values of ours that hide the sources', by person and engagement, and attribute
    """

    at: Mapping[str, int]
    source: str
    whose: Mapping[str, Whose]
    saying: Saying
    answers: Mapping[str, Value]
    hidden: Mapping[tuple[int, str], Mapping[str, Override]]
    read: ReadValue

    def hear(self, row: Row, record: MappedRecord, known: Known) -> Said:
        """Give a record with what counts of it, what sources disagree about, and what hides them no longer."""
        hidden = self.hidden.get((known.person, record.engagement), {})
        if not self.whose and not hidden:
            return Said(record)
        found = heard(
            record.values,
            self.whose,
            is_participant=known.opens is not None,
            source=self.source,
            others=self._opinions(row),
            hidden={name: one.value for name, one in hidden.items()},
        )
        values, asked = found.values, list[Conflict]()
        for name, opinions in found.disputed.items():
            question = disagreement(record, known.person, name, opinions)
            digest = dispute_digest(question)
            if digest not in self.answers:
                asked.append(question)
            elif opinions[0].source == self.source:  # it says so for all of them
                values = {**values, name: self.answers[digest]}
        record = record if values is record.values else replace(record, values=values)
        return Said(record, tuple(asked), tuple(hidden[name].id for name in found.caught_up))

    def _opinions(self, row: Row) -> dict[str, list[Opinion]]:
        found: dict[str, list[Opinion]] = {}
        for nth, sayer in enumerate(self.saying.sayers):
            for name in sayer.attributes:
                if row[self.at[SAYS.format(nth, name)]]:
                    value = self.read(name, text_of(row[self.at[SAID.format(nth, name)]]))
                    found.setdefault(name, []).append(Opinion(sayer.source, value))
        return found
