"""One person's history under every kind of decision, against a roster written out day by day.

The model knows, for each day and attribute, every value that was decided for that day and from when, and which
employments there were and when each ended; it knows neither steps nor versions.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from domain.change import Change, DatedBy, Difference, Kind
from domain.step import fold, known_at, on
from domain.value import Value
from tests.domain.person import WHO, Person, day

FIRST = day("01-01")
LENGTH = 30
NUMBERS = st.integers(0, LENGTH - 1)
VALUES = st.sampled_from(["x", "y", None])
DECIDED = st.sampled_from(
    [("title", "a"), ("title", None), ("team", "n"), ("status", "on_leave"), ("status", "active")]
)
When = tuple[int, int]


@dataclass
class Employment:
    opened: int
    decided: int
    last_day: int | None = None


class History(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.person = Person()
        self.count = 0
        self.employments: list[Employment] = []
        self.decided: list[dict[str, dict[When, Value]]] = [{} for _ in range(LENGTH)]
        self.seen: list[tuple[int, list[dict[str, Value]]]] = []

    # the rules

    @precondition(lambda self: not self.employments)
    @rule(start=NUMBERS, title=VALUES)
    def add(self, start: int, title: Value) -> None:
        self.employments.append(Employment(start, self.count + 1))
        self._decide(Kind.ADD, start, {"title": title, "status": "active", "hire_date": _iso(start)})
        self._put(start, LENGTH, {"title": title, "status": "active", "hire_date": _iso(start)})

    @precondition(lambda self: self.employments)
    @rule(start=NUMBERS, length=st.none() | st.integers(1, 9), what=DECIDED)
    def update(self, start: int, length: int | None, what: tuple[str, Value]) -> None:
        """Back-dated, future, bounded, or a correction of what was decided for the same day."""
        name, value = what
        last = self.employments[-1]
        if start < last.opened or (name == "status" and start > self._last_day()):
            return
        end = LENGTH if length is None else min(start + length, LENGTH)
        self._decide(Kind.UPDATE, start, {name: value}, None if length is None else start + length)
        self._put(start, end, {name: value})

    @precondition(lambda self: self.employments)
    @rule(days=st.integers(0, 9))
    def end_or_change_the_last_day(self, days: int) -> None:
        last = self.employments[-1]
        last.last_day = min(last.opened + days, LENGTH - 2)
        if last.last_day < last.opened:
            last.last_day = None
            return
        after: dict[str, Value] = {"status": "terminated", "termination_date": _iso(last.last_day)}
        self._decide(Kind.TERMINATION, last.last_day + 1, after)

    @precondition(lambda self: self.employments and self.employments[-1].last_day is not None)
    @rule()
    def reinstate(self) -> None:
        self._decide(Kind.REINSTATEMENT, self._last_day() + 1, {"termination_date": None})
        self.employments[-1].last_day = None

    @precondition(lambda self: self.employments and self.employments[-1].last_day is None)
    @rule(days=st.integers(0, 9))
    def end_and_take_it_back(self, days: int) -> None:
        before = self._roster()
        self.end_or_change_the_last_day(days)
        if self.employments[-1].last_day is not None:
            self.reinstate()
        assert self._roster() == before

    @precondition(lambda self: self.employments and self._last_day() < LENGTH - 1)
    @rule(days=st.integers(1, 9))
    def rehire(self, days: int) -> None:
        start = min(self._last_day() + days, LENGTH - 1)
        self.employments.append(Employment(start, self.count + 1))
        self._decide(Kind.REHIRE, start, {"status": "active", "hire_date": _iso(start)})
        self._put(start, LENGTH, {"hire_date": _iso(start)})
        for number in range(start, LENGTH):
            latest = max(when for when, _ in self.decided[number]["status"])
            self.decided[number]["status"][max(latest, start), self.count] = "active"

    @precondition(lambda self: self.employments)
    @rule()
    def rescind(self) -> None:
        gone = self.employments.pop()
        self._decide(Kind.RESCISSION, gone.opened, {"status": None})
        opened, decided = (gone.opened, gone.decided) if self.employments else (0, 0)
        for values in self.decided:
            for layers in values.values():
                for when in [one for one in layers if one[0] >= opened and one[1] >= decided]:
                    del layers[when]

    @precondition(lambda self: self.employments and self._last_day() < LENGTH - 1)
    @rule(days=st.integers(1, 9))
    def rehire_and_take_it_back(self, days: int) -> None:
        before = self._roster()
        self.rehire(days)
        self.rescind()
        assert self._roster() == before

    @precondition(lambda self: self.employments)
    @rule(days=st.integers(-9, 9))
    def correct_the_hire_date(self, days: int) -> None:
        last, before = self.employments[-1], self.employments[:-1]
        old, new = last.opened, last.opened + days
        lowest = (before[-1].last_day or 0) + 1 if before else 0
        if new == old or not lowest <= new <= min(self._last_day(), LENGTH - 1):
            return
        self._decide(Kind.UPDATE, new, {"hire_date": _iso(new)}, hire_date=_iso(old))
        last.opened = new
        self.count += LENGTH
        for number, values in enumerate(self.decided):
            for name in ("title", "team", "status", "hire_date"):
                self._move(old, new, number, name, values.setdefault(name, {}), since=last.decided)
        if before:
            self._hide_the_employment_before(new, last.decided)
        self._put(new, LENGTH, {"hire_date": _iso(new)})

    # the model

    def _move(self, old: int, new: int, number: int, name: str, layers: dict[When, Value], *, since: int) -> None:
        if new <= number < old:
            layers |= {
                when: value
                for when, value in self.decided[old].get(name, {}).items()
                if when[0] == old and when[1] >= since
            }
        moving = [when for when in layers if when[1] >= since and (old <= when[0] <= new or when[0] in (old, new))]
        moving.sort(key=lambda when: (when[0] == new, when))
        again = [layers.pop(when) for when in moving]
        if number >= new:
            layers |= {(new, self.count - LENGTH + nth): value for nth, value in enumerate(again)}

    def _hide_the_employment_before(self, new: int, since: int) -> None:
        for number in range(new, LENGTH):
            layers = self.decided[number]["status"]
            latest = max(layers)
            if latest[0] > new and latest[1] < since:
                layers[latest[0], self.count] = layers[max(when for when in layers if when[1] >= since)]

    def _last_day(self) -> int:
        last = self.employments[-1].last_day
        return LENGTH if last is None else last

    def _put(self, start: int, end: int, values: dict[str, Value]) -> None:
        for number in range(start, end):
            for name, value in values.items():
                self.decided[number].setdefault(name, {})[start, self.count] = value

    def _expected(self, number: int) -> dict[str, Value]:
        employment = next((one for one in reversed(self.employments) if one.opened <= number), None)
        if employment is None:
            return {}
        layers = self.decided[number]
        values = {name: layers[name][max(layers[name])] for name in layers if layers[name]}
        if employment.last_day is not None:
            values |= {"termination_date": _iso(employment.last_day), "ended_by": "admin"}
            if number > employment.last_day:
                values["status"] = "terminated"
        return {name: value for name, value in values.items() if value is not None}

    # the program

    def _decide(
        self, kind: Kind, start: int, after: dict[str, Value], until: int | None = None, **before: Value
    ) -> None:
        self.count += 1
        found = tuple(Difference(name, before.get(name), value) for name, value in sorted(after.items()))
        change = Change(
            kind, WHO, "test", None, _day(start), DatedBy.SOURCE, found, corrected=bool(before),
            until=None if until is None else _day(until), baseline=self.person.revision,
        )  # fmt: skip
        self.person.approve(change)
        self.seen.append((self.person.revision, self._roster()))

    def _roster(self, known: int | None = None) -> list[dict[str, Value]]:
        steps = self.person.current if known is None else known_at(self.person.steps, known)
        versions = fold(steps)
        found = (on(versions, _day(number)) for number in range(LENGTH))
        return [dict(version.attributes) if version else {} for version in found]

    @invariant()
    def the_roster_is_the_model(self) -> None:
        assert self._roster() == [self._expected(number) for number in range(LENGTH)]

    @invariant()
    def versions_never_overlap_and_neighbours_differ(self) -> None:
        versions = self.person.versions
        for one, other in pairwise(versions):
            assert one.start < one.end <= other.start
            assert one.end < other.start or (one.opened, one.attributes) != (other.opened, other.attributes)
        assert {one.opened for one in versions} <= {_day(one.opened) for one in self.employments}

    @invariant()
    def the_order_of_the_steps_does_not_matter(self) -> None:
        steps = list(self.person.current)
        assert fold(reversed(steps)) == fold(steps[1::2] + steps[::2]) == self.person.versions

    @invariant()
    def what_was_known_stays_known(self) -> None:
        if self.seen:
            revision, roster = self.seen[self.count * 7 % len(self.seen)]
            assert self._roster(revision) == roster


def _day(number: int) -> date:
    return FIRST + timedelta(days=number)


def _iso(number: int) -> str:
    return _day(number).isoformat()


History.TestCase.settings = settings(max_examples=60, stateful_step_count=25, derandomize=True)
TestHistory = History.TestCase
