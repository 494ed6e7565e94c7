"""From the engine's rows to the judgement of each: what the columns hold becomes records that `domain` can judge."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from domain.attributes import DECISIVE, AttributeType
from domain.change import JOINING, Change, Difference, Ending
from domain.judge import (
    NOTHING,
    OLD,
    Judgement,
    Memory,
    Standing,
    adds_ineligible,
    judge,
    judge_absence,
    judge_match,
    without_ending,
)
from domain.match import Match, match
from domain.plausible import without_unasked
from domain.population import clashing, entering
from domain.posts import two_primary, without_single
from domain.problem import Problem, Severity
from domain.record import Candidate, Conflict, Known, MappedRecord
from domain.speaking import ALONE, Beside
from domain.speaking import Row as RowOf
from domain.step import Version
from engine.session import Cell, Row
from mapping.ruled import IN_PILOT
from syncd.changes.cells import number_of
from syncd.changes.columns import Columns
from syncd.changes.differences import differences
from syncd.changes.populations import Populations
from syncd.changes.references import in_circle, unresolved
from syncd.changes.set_aside import erased_record, set_aside, several_records
from syncd.changes.voices import ReadValue, Said, Voices
from syncd.configuration.settings import FeedSettings

_NOTE = "__note"


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
    is_outside: bool = False  #: the pilot group does not have them: nothing is proposed
    newcomer: MappedRecord | None = None  #: looked like somebody known, and is not: known from now on


@dataclass(frozen=True, slots=True)
class Opened:
    """A row that is to be judged by what it says; `person` is None where it is linked to nobody."""

    row: Row
    record: MappedRecord
    person: int | None
    has_faults: bool = False
    beside: Beside = ALONE
    enters: bool = False  #: they come from another population

    def come_to(
        self,
        result: Judgement,
        problems: tuple[Problem, ...] = (),
        disputes: tuple[Conflict, ...] = (),
        caught_up: tuple[int, ...] = (),
    ) -> JudgedRow:
        """Give the row with its judgement, and what else is to be said of it."""
        record = self.record
        return JudgedRow(
            result, record.row, record.place, record.key, self.person, problems, disputes=disputes, caught_up=caught_up
        )


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
        populations: Populations | None = None,
    ) -> None:
        """Find where each column stands, once. `begins` dates what a first load does not; `hints` go with adds.

        `hears` makes what tells whose value counts, given where the columns stand and how a value's text is read.

        `circles` has whoever the read would put above themselves: of them it says nothing about managers.

        `brings_roster` is false where another feed says who joins and who is there: whom that has not brought is known,
        and no participant.

        `beside` has the rows of whoever the source has several records of, `populations` whom other feeds have that say
        who joins and leaves.
        """
        self._feed, self._today, self._references = feed, today, references
        self._begins, self._hints, self._circles, self._beside = begins, hints or {}, circles or {}, beside or {}
        self.brings_roster, self._populations = brings_roster, populations
        self._latest: tuple[str, Match | Conflict | int] | None = None  # who the last unlinked key is
        self.columns = Columns(feed.name, columns, types, references)
        self._at = self.columns.at
        self._voices = hears(self._at, self.columns.value) if hears else None

    def judge(
        self,
        row: Row,
        memories: Mapping[int, Memory],
        candidates: Sequence[Candidate],
        missed: frozenset[str],
        new_person: Callable[[], int],
    ) -> JudgedRow:
        """Give a row its standing; `new_person` gives an id to a record that looked like somebody and is not."""
        found = self.opened(row, memories, candidates, missed)
        if isinstance(found, JudgedRow):
            return found
        record, person = found.record, found.person
        if person is None:
            return self._unlinked(row, record, candidates, memories, new_person)
        memory = memory_of(memories, person, record.engagement)
        known = self.columns.known(row, person)
        if found.enters:
            entered = entering(record, known)
            if entered is None:
                return found.come_to(Judgement(Standing.UNCHANGED))
            record, known = entered
        rivals = (two_primary(record, known),) if record.rivals else ()
        if rivals and known.version is None:
            return found.come_to(Judgement(Standing.CONFLICTS, conflict=rivals[0]))
        said = self.heard(row, without_single(record) if rivals else record, known)
        record = said.record
        differing = self.differences(record, known.version)
        result = judge(record, known, differing, memory, self._today, self._begins, tells_presence=self.brings_roster)
        result = self.hinted(result, record)
        if self.leaves_out(result.asked):
            return found.come_to(Judgement(Standing.EXCLUDED))
        return self.told(found, result, (*rivals, *said.disputes), said.caught_up)

    def leaves_out(self, asked: Iterable[Change]) -> bool:
        """Tell whether a row would add somebody whom another feed has to bring, or whom a rule keeps from earning."""
        asked = tuple(asked)
        joins = not self.brings_roster and any(change.kind in JOINING for change in asked)
        return joins or (self._feed.mapping.eligible is not None and adds_ineligible(asked))

    def opened(
        self, row: Row, memories: Mapping[int, Memory], candidates: Sequence[Candidate], missed: frozenset[str]
    ) -> JudgedRow | Opened:
        """Read what a row says, or give its standing where that does not depend on it."""
        number, place = self.columns.place_of(row)
        key, person, faults = self.columns.key_of(row), self.columns.person_of(row), self.columns.faults_of(row)
        aside = set_aside(row, self._at, faults)
        if aside or key is None or not _usable(faults, person, candidates):
            standing = Standing.EXCLUDED if aside and aside.severity is Severity.WARNING else Standing.ERRORS
            return JudgedRow(Judgement(standing), number, place, key, person, (aside,) if aside else ())
        record = self.columns.record(row, found_late=key in missed)
        if person in self._circles:
            record = replace(record, values={name: value for name, value in record.values.items() if name != "manager"})
        memory = memory_of(memories, person, record.engagement)
        beside = self._beside.get((number, place), ALONE)
        if beside.speaks is not None and key not in self._feed.protected:
            return self._unheard(row, record, person, beside)
        if row[self._at["_op"]] == "delete":
            return self._deleted(row, record, person, memory)
        if key in self._feed.protected:
            told = erased_record(record, person, self._feed, self._today) if row[self._at["_in_scope"]] else ()
            return JudgedRow(Judgement(Standing.EXCLUDED), number, place, key, person, told)
        if not row[self._at["_in_scope"]]:
            return self._out_of_scope(row, record, person, memory)
        if not faults and IN_PILOT in self._at and not row[self._at[IN_PILOT]]:
            excluded = JudgedRow(Judgement(Standing.EXCLUDED), number, place, key, person)
            return replace(excluded, is_outside=True)
        if beside.follows:
            record = replace(record, follows=True)
        if beside.goes_on:
            record = without_ending(record)
        opened = Opened(row, record, person, bool(faults), beside)
        return self._in_population(opened) if person is not None and self._populations else opened

    def _in_population(self, found: Opened) -> JudgedRow | Opened:
        """Let a row stand beside what other populations have of its person."""
        record, person, populations = found.record, found.person, self._populations
        if person is None or populations is None or (name := populations.name) is None:
            return found
        known = self.columns.known(found.row, person)
        place = populations.of_record(record, known, number_of(found.row[self._at["_link"]]))
        if place.is_silent:
            return found.come_to(Judgement(Standing.UNCHANGED))
        if place.clash is not None:
            conflict = clashing(record, person, name, place.clash)
            return found.come_to(Judgement(Standing.CONFLICTS, conflict=conflict))
        record = without_ending(record) if place.goes_on else record
        record = replace(record, follows=record.follows or place.enters)
        return replace(found, record=record, enters=place.enters and known.version is not None)

    def told(
        self,
        found: Opened,
        result: Judgement,
        disputes: tuple[Conflict, ...] = (),
        caught_up: tuple[int, ...] = (),
    ) -> JudgedRow:
        """Give an opened row of somebody known the standing that its judgement and all that is wrong with it make."""
        record, person = found.record, found.person or 0
        problems = (
            *unresolved(found.row, self._at, self._references, record),
            *in_circle(record, person, self._circles.get(person)),
        )
        if found.has_faults or person in self._circles:
            result = replace(result, standing=Standing.ERRORS, already_left=False)
        if disputes and result.standing is not Standing.ERRORS:
            result = replace(result, standing=Standing.CONFLICTS)
        return found.come_to(result, problems, disputes, caught_up)

    def _unlinked(
        self,
        row: Row,
        record: MappedRecord,
        candidates: Sequence[Candidate],
        memories: Mapping[int, Memory],
        new_person: Callable[[], int],
    ) -> JudgedRow:
        """Judge a record of whom nobody knows who it is; the first of several of one key says it for all of them."""
        who, is_first = self.who_is(record, candidates, new_person)
        if not isinstance(who, int):
            return JudgedRow(self.matched(record, who, memories), record.row, record.place, record.key, None)
        stranger = Known(who, record.effective or self._today)
        heard = self.heard(row, record, stranger).record
        if record.rivals:
            result = Judgement(Standing.CONFLICTS, conflict=two_primary(record, stranger))
        else:
            result = self.hinted(judge(heard, stranger, {}, NOTHING, self._today, self._begins), heard)
        if self.leaves_out(result.asked):
            result = Judgement(Standing.EXCLUDED)
        newcomer = heard if is_first else None
        return JudgedRow(result, record.row, record.place, record.key, who, newcomer=newcomer)

    def who_is(
        self, record: MappedRecord, candidates: Sequence[Candidate], new_person: Callable[[], int]
    ) -> tuple[Match | Conflict | int, bool]:
        """Say whom a record is about that is linked to nobody, and whether it is the first of its key."""
        is_first = self._latest is None or self._latest[0] != record.key
        if self._latest is None or is_first:
            self._latest = record.key, match(record, candidates) or new_person()
        return self._latest[1], is_first

    def hinted(self, result: Judgement, record: MappedRecord) -> Judgement:
        """Give a judgement with whom the record may be about beside, where it proposes somebody like them."""
        hint = self._hints.get((record.row, record.place))
        return replace(result, asked=tuple(replace(one, hint=hint) for one in result.asked)) if hint else result

    def _unheard(self, row: Row, record: MappedRecord, person: int | None, beside: Beside) -> JudgedRow:
        """Leave out a record beside which another one of theirs speaks; say so where both go on and do not agree."""
        quiet = JudgedRow(OLD, record.row, record.place, record.key, person)
        if not row[self._at["_in_scope"]]:
            return replace(quiet, judgement=replace(OLD, standing=Standing.EXCLUDED))
        if beside.is_over or person is None or not self.differences(record, self.columns.known(row, person).version):
            return quiet
        told = several_records(record, person, beside.speaks, self._feed.source.name)
        return replace(quiet, judgement=Judgement(Standing.EXCLUDED), problems=(told,))

    def heard(self, row: Row, record: MappedRecord, known: Known) -> Said:
        """Give a record with what counts of it where other sources speak too."""
        return self._voices.hear(row, record, known) if self._voices else Said(record)

    def differences(self, record: MappedRecord, version: Version | None) -> dict[str, Difference]:
        """Give what a record says otherwise than the roster."""
        found = differences(version.attributes, record.values, record.values) if version else {}
        return without_unasked(found, has_rule=self._feed.mapping.eligible is not None)

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
        if person is not None and self._feed.mapping.engagement and self.columns.known(row, person).version is None:
            message = f"the deletion of {record.key} names no post of P{person}: nothing ends before the next full read"
            told = (Problem(record.row, "no_such_post", message, Severity.WARNING, record.place, record.key),)
        return JudgedRow(result, record.row, record.place, record.key, person, told, ends=ends)

    def _gone(
        self, row: Row, record: MappedRecord, person: int, ending: Ending, memory: Memory
    ) -> tuple[Judgement, Ending | None]:
        known = self.columns.known(row, person)
        if known.has_newer_record:
            return OLD, None
        is_left = known.version is None or known.version.attributes.get("status") == "terminated"
        if is_left or (self._populations and self._populations.is_elsewhere(person, record.key, known.version)):
            return Judgement(Standing.UNCHANGED), None
        result = judge_absence(known, self._feed.name, record.key, ending, memory, self._today)
        return result, (ending if result.asked else None)

    def matched(self, record: MappedRecord, found: Match | Conflict, memories: Mapping[int, Memory]) -> Judgement:
        """Judge a record that is somebody known, or of which only a person can say who it is."""
        if isinstance(found, Conflict):
            return Judgement(Standing.CONFLICTS, conflict=found)
        memory = memories.get(found.candidate.person, NOTHING)
        return judge_match(record, found.candidate, memory, self._today)


def memory_of(memories: Mapping[int, Memory], person: int | None, post: str) -> Memory:
    """Give what is remembered of a post of a person."""
    return memories[person].of(post) if person is not None and person in memories else NOTHING


def _usable(faults: Mapping[str, Cell], person: int | None, candidates: Sequence[Candidate]) -> bool:
    """Tell whether a row with faults says enough: of somebody new it does not, nor with a fault in who or when."""
    if not faults:
        return True
    return person is not None and not candidates and not any(name.removesuffix(_NOTE) in DECISIVE for name in faults)
