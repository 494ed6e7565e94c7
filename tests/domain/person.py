"""One person as the tests tell it: records come, are proposed and approved, days are looked at."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date

from domain.change import Change, DatedBy, Difference, Ending, Kind
from domain.decide import apply, moved
from domain.judge import NOTHING, Judgement, Memory, judge
from domain.propose import Proposal, propose, propose_ending
from domain.record import Known, MappedRecord, compared_on
from domain.step import Step, Version, fold, known_at, on
from domain.value import Value

WHO = 7
KEY = "00017"


def day(text: str) -> date:
    """A day of 2026 as `03-01`, of another year as `2025-03-01`."""
    return date.fromisoformat(text if len(text) > 5 else f"2026-{text}")


def record(effective: str | None = None, until: str | None = None, /, **values: Value) -> MappedRecord:
    """A row; dates among the values may be written as `day` reads them."""
    said = {
        name: day(value).isoformat() if name.endswith(("_date", "_until")) and isinstance(value, str) else value
        for name, value in values.items()
    }
    return MappedRecord(
        feed="workers", key=KEY, row=2, place="workers.csv:2", values=said,
        effective=day(effective) if effective else None, until=day(until) if until else None,
    )  # fmt: skip


def differing(version: Version | None, record: MappedRecord) -> dict[str, Difference]:
    """What the comparison finds; null and missing are the same."""
    before = version.attributes if version else {}
    return {
        name: Difference(name, before.get(name), value)
        for name, value in record.values.items()
        if before.get(name) != value
    }


def said(change: Change) -> dict[str, tuple[Value, Value]]:
    return {item.attribute: (item.before, item.after) for item in change.differences}


@dataclass
class Person:
    """Everything known of one engagement of one person, step by step and revision by revision."""

    steps: list[Step] = field(default_factory=list)
    revision: int = 0

    @property
    def current(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.revision_to is None)

    @property
    def versions(self) -> tuple[Version, ...]:
        return fold(self.current)

    def as_of(self, when: str | date, known: int | None = None) -> dict[str, Value]:
        """The values of a day, as known now or at a revision; empty where the person is not on the roster."""
        steps = self.current if known is None else known_at(self.steps, known)
        version = on(fold(steps), day(when) if isinstance(when, str) else when)
        return dict(version.attributes) if version else {}

    def status(self, *days: str) -> list[Value]:
        return [self.as_of(one).get("status") for one in days]

    def known(self, record: MappedRecord, today: date) -> Known:
        opens = {version.opened for version in self.versions}
        compared = compared_on(record, opens, today)
        first = min(opens, default=None)
        version = on(self.versions, max(compared, first) if first else compared)
        return Known(WHO, compared, version, first)

    def propose(self, record: MappedRecord, today: str | date) -> Proposal:
        now = day(today) if isinstance(today, str) else today
        known = self.known(record, now)
        proposal = propose(record, known, differing(known.version, record), now)
        return replace(proposal, changes=tuple(replace(one, baseline=self.revision) for one in proposal.changes))

    def missing(self, when: str | date, ending: Ending = Ending.ABSENCE) -> Change:
        """What is asked when the person is no longer sent."""
        now = day(when) if isinstance(when, str) else when
        change = propose_ending(self.known(record(), now), "workers", KEY, ending, now)
        return replace(change, baseline=self.revision)

    def judge(self, record: MappedRecord, today: str | date, memory: Memory = NOTHING) -> Judgement:
        now = day(today) if isinstance(today, str) else today
        known = self.known(record, now)
        return judge(record, known, differing(known.version, record), memory, now)

    def approve(self, *changes: Change) -> "Person":
        """Approve changes one after the other; one that has gone stale fails the test."""
        for change in changes:
            stale = moved(change, self.steps)
            assert not stale, f"{change.kind} is stale: {stale}"
            self.write(change)
        return self

    def write(self, change: Change) -> None:
        self.revision += 1
        first = len(self.steps) + 1
        effect = apply(change, self.steps, decision=self.revision, revision=self.revision, first=first)
        ended = {step.id for step in effect.ended}
        self.steps = [replace(step, revision_to=self.revision) if step.id in ended else step for step in self.steps]
        self.steps += effect.added
        assert sorted(step.id for step in self.steps) == list(range(1, len(self.steps) + 1))
        assert effect.versions == self.versions

    def agree(self, record: MappedRecord, today: str | date) -> "Person":
        """Approve everything a record asks for."""
        return self.approve(*self.propose(record, today).changes)

    def set(self, when: str | date, until: str | None = None, **values: Value) -> "Person":
        """Decide values by hand."""
        change = self.by_hand(when, **values)
        return self.approve(replace(change, until=day(until) if until else None))

    def by_hand(self, when: str | date, **values: Value) -> Change:
        start = day(when) if isinstance(when, str) else when
        before = self.as_of(start)
        found = tuple(Difference(name, before.get(name), value) for name, value in sorted(values.items()))
        return Change(Kind.UPDATE, WHO, "admin", None, start, DatedBy.ADMIN, found, baseline=self.revision)


def hired(on_day: str = "01-01", **values: Value) -> Person:
    """Somebody who started on a day, `active`, as a Rep."""
    first: dict[str, Value] = {"status": "active", "title": "Rep", "hire_date": on_day, **values}
    return Person().agree(record(**first), on_day)


def kinds(changes: Iterable[Change]) -> list[Kind]:
    return [change.kind for change in changes]
