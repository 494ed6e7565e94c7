"""A history's rows, judged: after all that is asked was approved, the roster says what the rows say on every day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.change import Kind
from domain.decide import apply
from domain.judge import NOTHING
from domain.past import History, JudgedHistory, spoken
from domain.record import MappedRecord
from domain.step import Step, fold, on
from syncd.changes.differences import differences

TODAY = date(2026, 1, 5)
FIRST = date(2024, 1, 1)
LAST = 24


def month(number: int) -> date:
    return date(2024 + number // 12, number % 12 + 1, 1)


def row(number: int, **values: str | None) -> MappedRecord:
    day = month(number)
    return MappedRecord("people", "K1", number + 1, f"people.csv:{number}", dict(values), effective=day)


@dataclass
class Roster:
    """What is known of one person, as approvals made it."""

    steps: list[Step] = field(default_factory=list)
    days: dict[int, date] = field(default_factory=dict)  # decision -> the day its row said
    decisions: int = 0

    def read(self, rows: list[MappedRecord]) -> JudgedHistory:
        filed = {self.days[step.decision] for step in self.steps if step.decision in self.days}
        gone = filed - {one.effective for one in rows}
        return self.history(gone).judge(rows)

    def history(self, gone: set[date]) -> History:
        return History(
            1, tuple(self.steps), sorted(gone), NOTHING, TODAY, lambda record, _: record,
            lambda version, record: differences(version.attributes, record.values, record.values),
        )  # fmt: skip

    def approve(self, found: JudgedHistory) -> bool:
        """Apply all that is asked, in its order; tell whether there was anything."""
        asked = [one for result in found.rows for one in result.asked]
        for change in asked:
            self.decisions += 1
            number = max((step.id for step in self.steps), default=0) + 1
            effect = apply(change, self.steps, self.decisions, self.decisions, number)
            gone = {step.id for step in effect.ended}
            self.steps = [*(step for step in self.steps if step.id not in gone), *effect.added]
            if change.source_effective and change.kind is not Kind.TERMINATION:
                self.days[self.decisions] = change.source_effective
        return bool(asked)

    def settle(self, rows: list[MappedRecord]) -> JudgedHistory:
        """Read and approve until nothing is asked: once is enough but where an employment's start is another one."""
        found = self.read(rows)
        for _ in range(3):
            if not self.approve(found):
                return found
            found = self.read(rows)
        raise AssertionError([one for result in found.rows for one in result.asked])


@st.composite
def histories(draw: st.DrawFn) -> list[MappedRecord]:
    """Rows of somebody hired on the first day who may leave and come back; each row says what is so from its day."""
    months = [0, *sorted(draw(st.sets(st.integers(1, LAST), max_size=6)))]
    rows, hired, left = [], FIRST, False
    for number in months:
        leaves = number > 0 and draw(st.integers(0, 3)) == 0
        if left and not leaves:
            hired = month(number)
        left = leaves
        rows.append(
            row(
                number,
                team=draw(st.sampled_from("ABC")),
                title=draw(st.sampled_from(("Rep", "Lead", None))),
                hire_date=hired.isoformat(),
                status="terminated" if left else "active",
            )
        )
    return rows


def differing(roster: Roster, rows: list[MappedRecord]) -> list[tuple[date, str, object, object]]:
    """Give each day on which the roster says otherwise than the row in force, and what."""
    versions = fold(roster.steps)
    found: list[tuple[date, str, object, object]] = []
    for number in range(LAST + 3):
        day = month(number) + timedelta(days=number)
        now = [one for one in rows if one.effective and one.effective <= day][-1]
        version = on(versions, day)
        values = version.attributes if version else {}
        found.extend(
            (day, name, values.get(name), now.values[name])
            for name in ("team", "title", "status")
            if values.get(name) != now.values[name]
        )
    return found


@settings(max_examples=300)
@given(st.lists(histories(), min_size=1, max_size=4))
def test_whatever_is_sent_one_after_the_other_the_roster_comes_to_say_it(stories: list[list[MappedRecord]]) -> None:
    roster = Roster()
    for rows in stories:
        last = roster.settle(rows)
        assert differing(roster, rows) == []
        assert last.lost is None
        assert last.too_early is None


@settings(max_examples=200)
@given(histories())
def test_what_is_on_file_asks_nothing_and_each_row_says_its_own(rows: list[MappedRecord]) -> None:
    roster = Roster()
    roster.settle(rows)
    again = roster.read(rows)
    assert all(not one.asked and not one.suppressed for one in again.rows)
    assert [one.record.effective for one in spoken(rows, TODAY)] == [one.effective for one in rows]
