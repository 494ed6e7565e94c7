"""Whatever a record asks for, once that is approved it asks for nothing more, today and on any later day."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.change import Ending
from domain.judge import NOTHING, Standing, judge_absence
from domain.record import MappedRecord
from tests.domain.person import KEY, Person, day

TODAY = day("07-01")
DAYS = st.integers(-120, 120).map(lambda number: TODAY + timedelta(days=number))
PAST = st.integers(-200, -1).map(lambda number: TODAY + timedelta(days=number))
MAYBE = st.none() | DAYS.map(date.isoformat)


@st.composite
def records(draw: st.DrawFn, *, has_status: bool | None = None) -> MappedRecord:
    """Rows of one feed: some columns are mapped and some are not, cells may be empty."""
    columns: dict[str, st.SearchStrategy[str | None]] = {
        "status": st.sampled_from(["active", "on_leave", "suspended", "terminated", None]),
        "hire_date": MAYBE,
        "termination_date": MAYBE,
        "termination_reason": st.sampled_from(["moved", None]),
        "pay_until": MAYBE,
        "title": st.sampled_from(["Rep", "Lead", None]),
        "team": st.sampled_from(["north", "south", None]),
    }
    values = {name: draw(cells) for name, cells in columns.items() if draw(st.booleans())}
    effective, until = draw(st.none() | DAYS), draw(st.none() | st.none() | DAYS)
    return MappedRecord(
        feed="workers", key=KEY, row=draw(st.integers(2, 9)), place="workers.csv", values=values,
        effective=effective, until=until,
    )  # fmt: skip


@st.composite
def people(draw: st.DrawFn) -> Person:
    """Somebody about whom records came and were approved on days before, and who may have gone missing."""
    person = Person()
    for when in sorted(draw(st.lists(PAST, max_size=4))):
        if person.versions and draw(st.integers(0, 4)) == 0:
            _vanish(person, when)
        else:
            _settle(person, draw(records()), when)
    return person


def _vanish(person: Person, when: date) -> None:
    known = person.known(replace(_EMPTY), when)
    if known.version is None or known.version.attributes.get("status") == "terminated":
        return
    found = judge_absence(known, "workers", KEY, Ending.ABSENCE, NOTHING, when)
    person.approve(*(replace(change, baseline=person.revision) for change in found.asked))


_EMPTY = MappedRecord("workers", KEY, 2, "workers.csv", {})


def _settle(person: Person, record: MappedRecord, when: date) -> int:
    """Approve what a record asks for until it asks for nothing; gives how often it asked."""
    asked = 0
    while changes := person.propose(record, when).changes:
        person.approve(*changes)
        asked += 1
        assert asked < 4, person.propose(record, when).changes
    return asked


@given(people(), records())
@settings(max_examples=400)
def test_what_was_approved_is_not_asked_again_today(person: Person, record: MappedRecord):
    """At most twice: an ending that nobody saw comes first, and then that they were hired again."""
    assert _settle(person, record, TODAY) <= 2
    assert person.judge(record, TODAY).standing in (Standing.UNCHANGED, Standing.CONFLICTS, Standing.EXCLUDED)


@given(people(), records(), st.integers(1, 400))
@settings(max_examples=400)
def test_what_was_approved_is_not_asked_again_later(person: Person, record: MappedRecord, days: int):
    """Unless something else decided before begins meanwhile."""
    later = TODAY + timedelta(days=days)
    _settle(person, record, TODAY)
    begins = [step.start for step in person.current if TODAY < step.start <= later]
    others = [one for one in begins if one not in _days_of(record)]
    if not others:
        found = person.propose(record, later)
        assert found.changes == ()


def _days_of(record: MappedRecord) -> set[date]:
    named = [record.values.get("hire_date"), record.values.get("termination_date")]
    days = {date.fromisoformat(one) for one in named if isinstance(one, str)}
    return {
        *days,
        *(one + timedelta(days=1) for one in days),
        *filter(None, (record.effective, record.until)),
    }


@given(people(), records(), st.integers(1, 60))
@settings(max_examples=200)
def test_the_day_we_look_and_the_row_number_change_no_fingerprint(
    person: Person, record: MappedRecord, days: int
):
    later = TODAY + timedelta(days=days)
    if person.known(record, TODAY).version != person.known(record, later).version:
        return
    if record.until and record.until <= later:
        return
    first = person.propose(record, TODAY).changes
    again = person.propose(replace(record, row=record.row + 1, place="other.csv"), later).changes
    assert [one.fingerprint for one in first] == [one.fingerprint for one in again]


@given(people(), DAYS, st.sets(st.sampled_from(["status", "hire_date", "termination_date", "title", "team"])))
@settings(max_examples=200)
def test_a_record_that_says_what_the_roster_says_asks_for_nothing(
    person: Person, when: date, columns: set[str]
):
    known = person.known(_EMPTY, when)
    if known.version is None or known.version.attributes.get("ended_by") in ("absence", "out_of_scope"):
        return
    record = replace(_EMPTY, values={name: known.version.attributes.get(name) for name in columns})
    assert person.judge(record, when).standing is Standing.UNCHANGED
