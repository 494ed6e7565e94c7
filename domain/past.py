"""Where the rows of a record are its history: what they say together, and what of the roster they take back.

Each row holds from its day until the day of the next (design 6.9). They are judged in the order of their days, each
against the roster as it would be had those before it been approved. When an employment began and ended is for its last
row to say: what the rows before did not know yet is no contradiction. A day that was decided and is sent no longer says
what the row before it says.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import pairwise

from domain.attributes import ENDING_DETAILS, SPELL
from domain.change import JOINING, UNSEEN, Change, DatedBy, Difference, Ending, Kind, ends
from domain.decide import ENDING, apply
from domain.judge import Judgement, Memory, Standing, judge, without_ending
from domain.plausible import Differences, moved_start
from domain.propose import says_left
from domain.record import Known, MappedRecord, compared_on
from domain.rejection import Rejection, hold_back
from domain.step import Step, Version, fold, on
from domain.value import Value, as_day

_DAY = timedelta(days=1)

#: Gives what counts of a record where others speak too.
Hear = Callable[[MappedRecord, Known], MappedRecord]
#: Gives what differs between a version and a record.
Compare = Callable[[Version, MappedRecord], Differences]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a history that says only what is its own to say.

    day     from when it holds; where it does not say, today
    begins  an employment begins with it; `last` is what the last row of that says
    over    the first day of the employment after; the end of the calendar where there is none
    """

    record: MappedRecord
    day: date
    begins: bool
    last: MappedRecord
    over: date


@dataclass(frozen=True, slots=True)
class JudgedHistory:
    """The judgements of the rows, in their order; what a day comes to that is sent no longer is with the next row.

    Changes stand in the order in which all of them can be approved.

    too_early  the first row of a day before the start, which counts for nothing
    lost       the start of the first employment, which is sent no longer while the employment itself is
    """

    rows: tuple[Judgement, ...]
    agreed: tuple[int, ...] = ()
    too_early: MappedRecord | None = None
    lost: date | None = None


@dataclass(slots=True)
class History:
    """The rows of one post of somebody, being judged.

    steps   those of the post that are known; `gone`: decided days of this feed that it sends no longer
    over    the first day from which another record of theirs speaks: of their end that one does, too
    is_in_scope  the row in force is; where it is not, the others do not say that they are still there
    """

    person: int
    steps: Sequence[Step]
    gone: Collection[date]
    memory: Memory
    today: date
    hear: Hear
    compare: Compare
    tells_presence: bool = True
    over: date = date.max
    is_in_scope: bool = True
    _would: list[Step] = field(default_factory=list)
    _quiet: dict[str, Value] = field(default_factory=dict)
    _refused: date | None = None
    _rows: Sequence[Row] = ()
    _early: MappedRecord | None = None

    def judge(self, records: Sequence[MappedRecord]) -> JudgedHistory:
        """Judge the rows, which are in the order of their days and have one each."""
        self._would = list(self.steps)
        judged: list[Judgement] = []
        self._rows = rows = spoken(records, self.today, self.over)
        for row, after in zip(rows, [*rows[1:], None], strict=True):
            until = after.day if after else self.over
            found = [*self._starts(row), *self._endings(row)] if row.begins else []
            own = self._row(row, until)
            gone = [self._taken_back(row, day) for day in sorted(self.gone) if row.day < day < until]
            judged.append(_together(own, [*found, own, *gone]))
        return JudgedHistory(tuple(judged), self._agreed(judged), self._early, self._lost())

    def _starts(self, row: Row) -> Iterator[Judgement]:
        """Judge the employments that this feed began on days on which none begins any more."""
        if on(self._versions(), row.day) is None and all(step.start > row.day for step in self._would):
            return  # the first one of all began later: that start moves
        for version in self._versions():
            opened = version.opened
            if version.start != opened or not row.day < opened < row.over or not self._is_unsaid(opened):
                continue
            if any(step.opens and step.start == opened and step.origin == row.record.feed for step in self._would):
                never = hold_back(_never(row.record, version), self.memory.rejections, self.today)
                asked, suppressed = ((one,) if one else () for one in never)
                yield self._followed(Judgement(Standing.UNCHANGED, asked, suppressed))

    def _is_unsaid(self, opened: date) -> bool:
        """Tell whether the rows no longer say that an employment begins, on the day itself or that the source said."""
        begun = [row for row in self._rows if row.begins]
        stated = {row.day for row in begun} | {as_day(row.last.values.get("hire_date")) for row in begun}
        approved = [one for one in self.memory.settled if one.kind is Kind.REHIRE and one.effective == opened]
        said = {one.source_effective for one in approved if one.source_effective} or {opened}
        unsaid = {*self.gone, *(row.day for row in self._rows if not row.begins)}
        return not (said | {opened}) & stated and bool(said & unsaid)

    def _endings(self, row: Row) -> Iterator[Judgement]:
        """Judge what the last row of an employment says of its end, where another one is on file.

        Before its rows: they speak of days on which it may seem to be over.
        """
        versions = self._versions()
        version = on(versions, max(row.day, versions[0].start)) if versions else None
        if version is None or ends(version.attributes) or version.attributes.get("termination_date") is None:
            return
        if not self.is_in_scope and version.attributes.get("ended_by") in UNSEEN:
            return
        said = {name: value for name, value in row.last.values.items() if name in ("status", *ENDING_DETAILS)}
        if not said or (ends(said) and said.get("termination_date") is None):
            return  # nothing of it, or that it never began
        known = Known(self.person, max(row.day, version.start), version, versions[0].opened)
        yield self._judged(replace(row.last, values=said, effective=None), known)

    def _row(self, row: Row, until: date) -> Judgement:
        """Judge a row, which holds until another day, against what would be."""
        record, versions = row.record, self._versions()
        if self._refused is not None and row.day <= self._refused and not _is_employed(on(versions, row.day)):
            return Judgement(Standing.SUPPRESSED)  # who was refused is not asked about by what was said then
        openings = sorted({version.opened for version in versions})
        opens = openings[0] if openings else None
        day = compared_on(record, openings, self.today)
        version = on(versions, max(day, opens or day))
        known = Known(self.person, day, version, opens)
        if version is not None and opens is not None and day < opens:
            put_off = any(one.kind is Kind.ADD and one.effective == opens for one in self.memory.settled)
            self._early = self._early or (None if put_off else record)
            if until <= opens:
                return Judgement(Standing.UNCHANGED)
            if moved_start(version, self.compare(version, record)):
                self._early = None
            else:
                record, known = replace(record, effective=opens), replace(known, day=opens)
        if row.begins and row is not self._rows[0] and _is_employed(version) and version and version.opened < row.day:
            record = replace(record, follows=True)  # that they had left was refused: one employment goes on
        if version is not None and ends(version.attributes) and not says_left(record):
            values = {name: value for name, value in record.values.items() if name != "status"}
            if row.begins:  # hired again; within an employment its end alone is in question
                values = {**record.values, "termination_date": None}
            record = replace(record, values=values)
        return self._judged(record, known)

    def _taken_back(self, row: Row, day: date) -> Judgement:
        """Judge a day that is sent no longer: it says what the row says that is in force on it."""
        versions = self._versions()
        version = on(versions, day)
        if version is None or version.opened > row.day:
            return Judgement(Standing.UNCHANGED)
        silent = {*SPELL, *(("status",) if ends(version.attributes) else ())}
        values = {name: value for name, value in without_ending(row.record).values.items() if name not in silent}
        known = Known(self.person, day, version, versions[0].opened)
        return self._judged(replace(row.record, values=values, effective=day), known)

    def _judged(self, record: MappedRecord, known: Known) -> Judgement:
        version = known.version
        if not self.is_in_scope and version and version.attributes.get("ended_by") in UNSEEN:
            kept = {name: value for name, value in version.attributes.items() if name not in ENDING}
            known = replace(known, version=replace(version, attributes={**kept, "status": "active"}))
            record = without_ending(record)
        record = self.hear(record, known)
        differences = dict(self.compare(known.version, record)) if known.version else {}
        self._quiet = {name: value for name, value in self._quiet.items() if record.values.get(name, value) == value}
        kept_back = [name for name in differences if name in self._quiet]
        for name in kept_back:
            del differences[name]
        judgement = judge(record, known, differences, self.memory, self.today, tells_presence=self.tells_presence)
        if kept_back and judgement.standing is Standing.UNCHANGED:
            judgement = replace(judgement, standing=Standing.SUPPRESSED)
        return self._followed(judgement)

    def _followed(self, judgement: Judgement) -> Judgement:
        """Let what is asked hold for the rows after, and what is kept back be asked by none of them."""
        for change in judgement.asked:
            number = max((step.id for step in self._would), default=0) + 1
            effect = apply(change, self._would, 0, 0, number)
            gone = {step.id for step in effect.ended}
            self._would = [*(step for step in self._would if step.id not in gone), *effect.added]
        for change in judgement.suppressed:
            if change.kind in JOINING:
                self._refused = change.earlier.rejected_on if change.earlier else None
            else:
                self._quiet.update(change.after)
        return judgement

    def _versions(self) -> tuple[Version, ...]:
        return fold(self._would)

    def _lost(self) -> date | None:
        """Give the start of all on file, where it is sent no longer and the rows begin after it."""
        if not self._rows or "hire_date" in self._rows[0].record.values:
            return None
        opens = next((one.opened for one in self._versions()), None)
        return opens if opens and opens in self.gone and opens < self._rows[0].day else None

    def _agreed(self, judgements: Sequence[Judgement]) -> tuple[int, ...]:
        """Give the rejections that end: those by which nothing of any row is kept back."""
        suppressed = [change for one in judgements for change in one.suppressed]
        ended = {number for one in judgements for number in one.agreed}
        return tuple(
            one.id
            for one in self.memory.rejections
            if one.id in ended and not any(_keeps_back(one, change) for change in suppressed)
        )


def spoken(records: Sequence[MappedRecord], today: date, until: date = date.max) -> list[Row]:
    """Let each row, in the order of their days, say what is its own to say; `until` another record of theirs speaks."""
    found: list[Row] = []
    spells = _spells(_until_the_next(records))
    for spell, after in zip(spells, [*spells[1:], None], strict=True):
        last, over = _last(spell, is_newest=after is None), after[0].effective or today if after else until
        if after is None and until != date.max:
            last = without_ending(spell[-1])
        for at, record in enumerate(spell):
            own = last if at == len(spell) - 1 else without_ending(record)
            started = {name: last.values[name] for name in SPELL if name in own.values and name in last.values}
            own = replace(own, values={**own.values, **started}, follows=record.follows and spell is spells[0])
            found.append(Row(own, own.effective or today, begins=at == 0, last=last, over=over))
    return found


def _until_the_next(records: Sequence[MappedRecord]) -> list[MappedRecord]:
    """Leave out the end of a row that says no more than that the next one begins."""
    return [
        replace(one, until=None) if after and one.until and after.effective and one.until >= after.effective else one
        for one, after in zip(records, [*records[1:], None], strict=True)
    ]


def _spells(records: Sequence[MappedRecord]) -> list[list[MappedRecord]]:
    """Cut a history where an employment begins after another one has ended."""
    found = [list(records[:1])] if records else []
    for before, record in pairwise(records):
        if _is_over(before, record) and not _is_over(record, record) and not _goes_on(before, record):
            found.append([record])
        else:
            found[-1].append(record)
    return found


def _is_over(record: MappedRecord, by: MappedRecord) -> bool:
    """Tell whether a record says that somebody has left before the day of another one."""
    last_day = as_day(record.values.get("termination_date"))
    if record.until and by.effective and record.until < by.effective:
        return True
    return ends(record.values) or (last_day is not None and by.effective is not None and last_day < by.effective)


def _goes_on(before: MappedRecord, record: MappedRecord) -> bool:
    """Tell whether an end that was only announced has not come: the next day, hired when they were."""
    last_day, hired = (before.values.get(name) for name in ("termination_date", "hire_date"))
    is_next = last_day is not None and record.effective == date.fromisoformat(str(last_day)) + _DAY
    return is_next and not ends(before.values) and hired is not None and hired == record.values.get("hire_date")


def _last(spell: Sequence[MappedRecord], *, is_newest: bool) -> MappedRecord:
    """Give the last row of an employment with what all of its rows say of its end."""
    last, values = spell[-1], dict(spell[-1].values)
    if ends(values) and values.get("termination_date") is None:
        employed = [nth for nth, one in enumerate(spell) if not ends(one.values)]
        if employed and (over := spell[employed[-1] + 1].effective) is not None:
            values["termination_date"] = (over - _DAY).isoformat()
    elif is_newest and "status" in values and not says_left(last):
        values.setdefault("termination_date", None)
    return replace(last, values=values)


def _together(own: Judgement, found: Sequence[Judgement]) -> Judgement:
    """Give the judgement of a row with all that is asked beside it."""
    asked = tuple(change for one in found for change in one.asked)
    suppressed = tuple(change for one in found for change in one.suppressed)
    agreed = tuple(number for one in found for number in one.agreed)
    standing = own.standing
    if standing in (Standing.UNCHANGED, Standing.SUPPRESSED) and (asked or suppressed):
        standing = Standing.PENDING if asked else Standing.SUPPRESSED
    return replace(own, standing=standing, asked=asked, suppressed=suppressed, agreed=agreed)


def _is_employed(version: Version | None) -> bool:
    return version is not None and not ends(version.attributes)


def _never(record: MappedRecord, version: Version) -> Change:
    """Propose that an employment that is sent no longer never began."""
    return Change(
        kind=Kind.RESCISSION,
        person=version.person,
        feed=record.feed,
        source_key=record.key,
        engagement=version.engagement,
        effective=version.opened,
        dated_by=DatedBy.OBSERVED,
        differences=(Difference("status", version.attributes.get("status"), None),),
        ending=Ending.SOURCE,
        row=record.row,
        place=record.place,
    )


def _keeps_back(rejection: Rejection, change: Change) -> bool:
    if change.earlier is not None and change.earlier.rejection == rejection.id:
        return True
    return any(name in rejection.values and rejection.values[name] == value for name, value in change.after.items())
