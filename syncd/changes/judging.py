"""From the engine's rows to the judgement of each: what the columns hold becomes records that `domain` can judge."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import cast

from domain.attributes import DECISIVE, AttributeType
from domain.change import Difference, Ending, Kind
from domain.judge import NOTHING, OLD, Judgement, Memory, Standing, judge, judge_absence, judge_match, without_ending
from domain.match import Match, match
from domain.posts import two_primary, without_single
from domain.problem import Problem, Severity
from domain.record import Candidate, Conflict, Known, MappedRecord
from domain.speaking import ALONE, Beside
from domain.speaking import Row as RowOf
from domain.step import Version
from domain.value import Value
from engine.session import Cell, Row
from formula.canonical import LAST_DAY
from syncd.changes.cells import day_of, members, number_of, surely_day, text_of
from syncd.changes.differences import differences
from syncd.changes.set_aside import set_aside, several_records
from syncd.changes.voices import ReadValue, Said, Voices
from syncd.configuration.settings import FeedSettings

_NOTE = "__note"
#: A row as its columns of values are: all of them hold text.
Texts = tuple[str | None, ...]
#: In these the last day of the calendar is how a source writes that there is no end.
_ENDS = ("termination_date", "pay_until")


@dataclass(frozen=True, slots=True)
class JudgedRow:
    """One row with its judgement; `person` is None where nobody can be named."""

    judgement: Judgement
    row: int
    place: str
    key: str | None
    person: int | None
    problems: tuple[Problem, ...] = ()
    ends: Ending | None = None
    disputes: tuple[Conflict, ...] = ()  #: about values, beside what it asks for
    caught_up: tuple[int, ...] = ()  #: overrides of which the sources say the same now
    newcomer: MappedRecord | None = None  #: looked like somebody known, and is not: known from now on


class Judge:
    """Judges the rows of one read of one feed.

    types       the mapped attributes with their types
    references  attributes that name a person -> the id they name them by
    """

    def __init__(
        self,
        feed: FeedSettings,
        columns: Sequence[str],
        types: Mapping[str, AttributeType],
        references: Mapping[str, str],
        today: date,
        *,
        begins: date | None = None,
        hints: Mapping[tuple[int, str], tuple[str, int]] | None = None,
        circles: Mapping[int, str] | None = None,
        hears: Callable[[Mapping[str, int], ReadValue], Voices] | None = None,
        brings_roster: bool = True,
        beside: Mapping[RowOf, Beside] | None = None,
    ) -> None:
        """Find where each column stands, once. `begins` dates what a first load does not; `hints` go with adds.

        `hears` makes what tells whose value counts, given where the columns stand and how a value's text is read.

        `circles` has whoever the read would put above themselves: of them it says nothing about managers.

        `brings_roster` is false where another feed says who joins and who is there: whom that has not brought is known,
        and no participant.

        `beside` has the rows of whoever the source has several records of.
        """
        self._feed, self._today, self._references = feed, today, references
        self._begins, self._hints, self._circles, self._beside = begins, hints or {}, circles or {}, beside or {}
        self._brings_roster = brings_roster
        self._latest: tuple[str, Match | Conflict | int] | None = None  # who the last unlinked key is
        self._at = {name: number for number, name in enumerate(columns)}
        self._mapped = [
            (
                name,
                self._at[f"r_{name}" if name in references else name],
                self._at.get(name + _NOTE),
                self._at[name] if name in references else None,
            )
            for name in types
            if name in self._at
        ]
        self._roster = [
            (name[2:], number)
            for name, number in self._at.items()
            if name.startswith("v_") and name not in ("v_start", "v_end", "v_opened")
        ]
        self._sets = [name for name, kind in types.items() if kind is AttributeType.SET]
        self._notes = [(name, number) for name, number in self._at.items() if name.endswith(_NOTE)]
        self._voices = hears(self._at, self._value) if hears else None

    def person_of(self, row: Row) -> int | None:
        """Give the person a row is linked to, or was given as a newcomer."""
        return number_of(row[self._at["person"]])

    def place_of(self, row: Row) -> tuple[int, str]:
        """Give what tells one row of a read from another."""
        return number_of(row[self._at["_row"]]) or 0, str(row[self._at["_place"]])

    def key_of(self, row: Row) -> str | None:
        """Give the key of a row, where it has one."""
        return text_of(row[self._at["_key"]])

    def judge(
        self,
        row: Row,
        memories: Mapping[int, Memory],
        candidates: Sequence[Candidate],
        missed: frozenset[str],
        new_person: Callable[[], int],
    ) -> JudgedRow:
        """Give a row its standing; `new_person` gives an id to a record that looked like somebody and is not."""
        number, place = self.place_of(row)
        key = self.key_of(row)
        person = self.person_of(row)
        faults = {name: code for name, at in self._notes if (code := row[at]) not in (None, "silent")}
        aside = set_aside(row, self._at, faults)
        if aside or key is None or not _usable(faults, person, candidates):
            standing = Standing.EXCLUDED if aside and aside.severity is Severity.WARNING else Standing.ERRORS
            return JudgedRow(Judgement(standing), number, place, key, person, (aside,) if aside else ())
        record = self._record(row, number, place, key, found_late=key in missed)
        memory = memory_of(memories, person, record.engagement)
        beside = self._beside.get((number, place), ALONE)
        if beside.speaks is not None and key not in self._feed.protected:
            return self._unheard(row, record, person, beside)
        if row[self._at["_op"]] == "delete":
            return self._deleted(row, record, person, memory)
        if key in self._feed.protected:
            return JudgedRow(Judgement(Standing.EXCLUDED), number, place, key, person)
        if not row[self._at["_in_scope"]]:
            return self._out_of_scope(row, record, person, memory)
        if person is None:
            return self._unlinked(row, record, candidates, memories, new_person)
        known = self._known(row, person)
        rivals = (two_primary(record, known),) if record.rivals else ()
        if rivals and known.version is None:
            return JudgedRow(Judgement(Standing.CONFLICTS, conflict=rivals[0]), number, place, key, person)
        record = without_single(record) if rivals else record
        if beside.goes_on:
            record = without_ending(record)
        record = replace(record, follows=beside.follows)
        said = self._heard(row, record, known)
        record = said.record
        differing = self._differences(record, known.version)
        result = judge(record, known, differing, memory, self._today, self._begins, tells_presence=self._brings_roster)
        result = self._hinted(result, record)
        problems = (*self._unresolved(row, number, place, key), *self._in_circle(number, place, key, person))
        if not self._brings_roster and any(change.kind in (Kind.ADD, Kind.REHIRE) for change in result.asked):
            return JudgedRow(Judgement(Standing.EXCLUDED), number, place, key, person)
        if faults or person in self._circles:
            result = replace(result, standing=Standing.ERRORS, already_left=False)
        disputes = (*rivals, *said.disputes)
        if disputes and result.standing is not Standing.ERRORS:
            result = replace(result, standing=Standing.CONFLICTS)
        return JudgedRow(result, number, place, key, person, problems, disputes=disputes, caught_up=said.caught_up)

    def _unlinked(
        self,
        row: Row,
        record: MappedRecord,
        candidates: Sequence[Candidate],
        memories: Mapping[int, Memory],
        new_person: Callable[[], int],
    ) -> JudgedRow:
        """Judge a record of whom nobody knows who it is; the first of several of one key says it for all of them."""
        is_first = self._latest is None or self._latest[0] != record.key
        if self._latest is None or is_first:
            self._latest = record.key, match(record, candidates) or new_person()
        who = self._latest[1]
        if not isinstance(who, int):
            return JudgedRow(self._matched(record, who, memories), record.row, record.place, record.key, None)
        stranger = Known(who, record.effective or self._today)
        heard = self._heard(row, record, stranger).record
        if record.rivals:
            result = Judgement(Standing.CONFLICTS, conflict=two_primary(record, stranger))
        else:
            result = self._hinted(judge(heard, stranger, {}, NOTHING, self._today, self._begins), heard)
        newcomer = heard if is_first else None
        return JudgedRow(result, record.row, record.place, record.key, who, newcomer=newcomer)

    def _hinted(self, result: Judgement, record: MappedRecord) -> Judgement:
        hint = self._hints.get((record.row, record.place))
        return replace(result, asked=tuple(replace(one, hint=hint) for one in result.asked)) if hint else result

    def _unheard(self, row: Row, record: MappedRecord, person: int | None, beside: Beside) -> JudgedRow:
        """Leave out a record beside which another one of theirs speaks; say so where both go on and do not agree."""
        quiet = JudgedRow(OLD, record.row, record.place, record.key, person)
        if not row[self._at["_in_scope"]]:
            return replace(quiet, judgement=replace(OLD, standing=Standing.EXCLUDED))
        if beside.is_over or person is None or not self._differences(record, self._known(row, person).version):
            return quiet
        told = several_records(record, person, beside.speaks, self._feed.source.name)
        return replace(quiet, judgement=Judgement(Standing.EXCLUDED), problems=(told,))

    def _record(self, row: Row, number: int, place: str, key: str, *, found_late: bool) -> MappedRecord:
        cells = cast("Texts", row)
        values: dict[str, Value] = {
            name: cells[at]
            for name, at, note, named in self._mapped
            if (note is None or row[note] is None) and (named is None or row[at] is not None or row[named] is None)
        }
        values.update({name: None for name in _ENDS if values.get(name) == LAST_DAY})
        if self.person_of(row) in self._circles:
            values.pop("manager", None)
        self._take_apart(values)
        until = text_of(row[self._at["_until"]])
        return MappedRecord(
            feed=self._feed.name,
            key=key,
            row=number,
            place=place,
            values=values,
            engagement=str(row[self._at["_engagement"]]),
            effective=day_of(row[self._at["_effective"]]),
            until=day_of(until) if until != LAST_DAY else None,
            found_by_full_read=found_late,
            rivals=text_of(row[self._at["_rivals"]]),
        )

    def _known(self, row: Row, person: int) -> Known:
        version = None
        if (start := row[self._at["v_start"]]) is not None:
            cells = cast("Texts", row)
            attributes: dict[str, Value] = {
                name: value for name, at in self._roster if (value := cells[at]) is not None
            }
            self._take_apart(attributes)
            version = Version(
                person,
                str(row[self._at["_engagement"]]),
                surely_day(start),
                surely_day(row[self._at["v_end"]]),
                surely_day(row[self._at["v_opened"]]),
                attributes,
            )
        opens = row[self._at["_opens"]]
        return Known(
            person, surely_day(row[self._at["_day"]]), version, surely_day(opens) if opens is not None else None,
            has_newer_record=bool(row[self._at["_has_newer"]]),
        )  # fmt: skip

    def _take_apart(self, values: dict[str, Value]) -> None:
        """Give each set its members in place of their text; one that has none is nothing."""
        for name in self._sets:
            if isinstance(text := values.get(name), str):
                values[name] = members(text)

    def _value(self, name: str, text: str | None) -> Value:
        values: dict[str, Value] = {name: text}
        self._take_apart(values)
        return values[name]

    def _heard(self, row: Row, record: MappedRecord, known: Known) -> Said:
        return self._voices.hear(row, record, known) if self._voices else Said(record)

    def _differences(self, record: MappedRecord, version: Version | None) -> dict[str, Difference]:
        return differences(version.attributes, record.values, record.values) if version else {}

    def _unresolved(self, row: Row, number: int, place: str, key: str) -> tuple[Problem, ...]:
        return tuple(
            Problem(
                number, "unknown_person",
                f"{name}: nobody has the {by} {row[self._at[name]]}; the value is left as it is until somebody has",
                Severity.WARNING, place, key, name, None, text_of(row[self._at[name]]),
            )
            for name, by in self._references.items()
            if row[self._at[name]] is not None and row[self._at[f"r_{name}"]] is None
        )  # fmt: skip

    def _in_circle(self, number: int, place: str, key: str, person: int) -> tuple[Problem, ...]:
        circle = self._circles.get(person)
        if circle is None:
            return ()
        message = f"manager: P{person} would be led by {circle}; the manager is left as it is: correct the source"
        return (Problem(number, "manager_loop", message, place=place, key=key, field="manager"),)

    def _out_of_scope(self, row: Row, record: MappedRecord, person: int | None, memory: Memory) -> JudgedRow:
        result, ends = Judgement(Standing.EXCLUDED), None
        if person is not None and self._feed.owns_roster:
            result, ends = self._gone(row, record, person, Ending.OUT_OF_SCOPE, memory)
        return JudgedRow(
            Judgement(Standing.EXCLUDED, result.asked, result.suppressed, is_old=result.is_old), record.row,
            record.place, record.key, person, ends=ends,
        )  # fmt: skip

    def _deleted(self, row: Row, record: MappedRecord, person: int | None, memory: Memory) -> JudgedRow:
        """Record that the source deleted somebody; of one never linked there is nothing to say."""
        result, ends = Judgement(Standing.UNCHANGED), None
        if person is not None and self._feed.owns_roster:
            result, ends = self._gone(row, record, person, Ending.ABSENCE, memory)
        told: tuple[Problem, ...] = ()
        if person is not None and self._feed.mapping.engagement and self._known(row, person).version is None:
            message = f"the deletion of {record.key} names no post of P{person}: nothing ends before the next full read"
            told = (Problem(record.row, "no_such_post", message, Severity.WARNING, record.place, record.key),)
        return JudgedRow(result, record.row, record.place, record.key, person, told, ends=ends)

    def _gone(
        self, row: Row, record: MappedRecord, person: int, ending: Ending, memory: Memory
    ) -> tuple[Judgement, Ending | None]:
        known = self._known(row, person)
        if known.has_newer_record:
            return OLD, None
        if known.version is None or known.version.attributes.get("status") == "terminated":
            return Judgement(Standing.UNCHANGED), None
        result = judge_absence(known, self._feed.name, record.key, ending, memory, self._today)
        return result, (ending if result.asked else None)

    def _matched(self, record: MappedRecord, found: Match | Conflict, memories: Mapping[int, Memory]) -> Judgement:
        if isinstance(found, Conflict):
            return Judgement(Standing.CONFLICTS, conflict=found)
        memory = memories.get(found.candidate.person, NOTHING)
        return judge_match(record, found.candidate, memory, self._today)


def absent(row: Row, feed: FeedSettings, memory: Memory, today: date) -> tuple[int, Judgement]:
    """Judge one active post of a participant of which a complete full read has no record."""
    person, key, post, _, start, end, opened, status, last_day = row
    values: dict[str, Value] = {"status": text_of(status) or "active", "termination_date": text_of(last_day)}
    version = Version(int(str(person)), str(post), surely_day(start), surely_day(end), surely_day(opened), values)
    known = Known(version.person, today, version, version.opened)
    return version.person, judge_absence(known, feed.name, str(key), Ending.ABSENCE, memory, today)


def memory_of(memories: Mapping[int, Memory], person: int | None, post: str) -> Memory:
    """Give what is remembered of a post of a person."""
    return memories[person].of(post) if person is not None and person in memories else NOTHING


def _usable(faults: Mapping[str, Cell], person: int | None, candidates: Sequence[Candidate]) -> bool:
    """Tell whether a row with faults says enough: of somebody new it does not, nor with a fault in who or when."""
    if not faults:
        return True
    return person is not None and not candidates and not any(name.removesuffix(_NOTE) in DECISIVE for name in faults)
