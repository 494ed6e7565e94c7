"""Whatever a record asks for, once that is approved it asks for nothing more, today and on any later day."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from domain.change import UNSEEN, Kind, ends
from domain.judge import Standing
from domain.record import MappedRecord
from domain.value import as_day
from tests.domain.person import KEY, Person, day, differing, kinds

TODAY = day("07-01")
DAYS = st.integers(-120, 120).map(lambda number: TODAY + timedelta(days=number))
PAST = st.integers(-200, -1).map(lambda number: TODAY + timedelta(days=number))
NOTHING_SAID = MappedRecord("workers", KEY, 2, "workers.csv", {})
MAYBE = st.none() | DAYS.map(date.isoformat)


#: What a feed may say: some columns are mapped and some are not, cells may be empty.
CELLS = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from(["active", "on_leave", "suspended", "terminated", None]),
        "hire_date": MAYBE,
        "termination_date": MAYBE,
        "termination_reason": st.sampled_from(["moved", None]),
        "pay_until": MAYBE,
        "title": st.sampled_from(["Rep", "Lead", None]),
        "team": st.sampled_from(["north", "south", None]),
    },
)
RECORDS = st.builds(replace, st.just(NOTHING_SAID), values=CELLS, effective=st.none() | DAYS)
BOUNDED = st.builds(replace, RECORDS, until=st.none() | st.none() | DAYS)
Past = list[tuple[date, MappedRecord | None]]
#: Days before today on which a record came (None: the person was missing) and all it asked for was approved.
PASTS = st.lists(st.tuples(PAST, RECORDS | st.none()), max_size=4)
COLUMNS = st.sets(st.sampled_from(["status", "hire_date", "termination_date", "title", "team"]))


def _person(past: Past) -> Person:
    person = Person()
    for when, record in sorted(past, key=lambda one: one[0]):
        if record is None:
            _vanish(person, when)
        elif not _reaches_back(person, record):
            _settle(person, record, when)
    return person


def _reaches_back(person: Person, record: MappedRecord) -> bool:
    """Tell whether a record puts the hire date into an employment before the last, which only a person can sort out."""
    openings = sorted({version.opened.isoformat() for version in person.versions})
    hired = record.values.get("hire_date")
    return len(openings) > 1 and isinstance(hired, str) and hired < openings[-1]


def _vanish(person: Person, when: date) -> None:
    version = person.known(NOTHING_SAID, when).version
    if version and not ends(version.attributes):
        person.approve(person.missing(when))


def _settle(person: Person, record: MappedRecord, when: date) -> int:
    """Approve what a record asks for until it asks for nothing; gives how often it asked."""
    asked = 0
    while changes := person.propose(record, when).changes:
        person.approve(*changes)
        asked += 1
        assert asked < 4, person.propose(record, when).changes
    return asked


@given(PASTS, BOUNDED)
@settings(max_examples=120, derandomize=True)
def test_what_was_approved_is_not_asked_again_today(past: Past, record: MappedRecord):
    """But for a row that speaks of days before its hire date, of a last day to come, or of none at all."""
    person = _person(past)
    assume(not _reaches_back(person, record))
    hired, last_day = (as_day(record.values.get(name)) for name in ("hire_date", "termination_date"))
    version = person.known(record, TODAY).version
    goes_on = version is not None and ends(version.attributes) and last_day is not None and last_day >= TODAY
    tells_of_two = hired is not None and any(one < hired for one in (last_day, record.effective) if one)
    never_started = Kind.RESCISSION in kinds(person.propose(record, TODAY).changes)
    assert _settle(person, record, TODAY) <= (3 if tells_of_two or goes_on or never_started else 1)
    still = person.judge(record, TODAY).standing
    assert still in (Standing.UNCHANGED, Standing.CONFLICTS, Standing.EXCLUDED)


@given(PASTS, BOUNDED, st.integers(1, 400))
@settings(max_examples=120, derandomize=True)
def test_what_was_approved_is_not_asked_again_later(past: Past, record: MappedRecord, days: int):
    """Unless something else decided before begins or ends meanwhile."""
    person = _person(past)
    later = TODAY + timedelta(days=days)
    assume(not _reaches_back(person, record))
    assume(not any(TODAY < step.start <= later or TODAY < step.end <= later for step in person.current))
    _settle(person, record, TODAY)
    assume(not person.propose(record, TODAY).conflict)
    assert person.propose(record, later).changes == ()


def _days_of(record: MappedRecord) -> set[date]:
    hired, last_day = (as_day(record.values.get(name)) for name in ("hire_date", "termination_date"))
    return {*filter(None, (record.effective, record.until, hired, last_day and last_day + timedelta(days=1)))}


@given(PASTS, BOUNDED, st.integers(1, 60))
@settings(max_examples=60, derandomize=True)
def test_the_day_we_look_and_the_row_number_change_no_fingerprint(past: Past, record: MappedRecord, days: int):
    person, later = _person(past), TODAY + timedelta(days=days)
    version = person.known(record, TODAY).version
    assume(version == person.known(record, later).version and not (version and version.opened >= TODAY))
    assume(not any(TODAY <= one <= later for one in _days_of(record)))
    first = person.propose(record, TODAY).changes
    again = person.propose(replace(record, row=record.row + 1, place="other.csv"), later).changes
    assert [one.fingerprint for one in first] == [one.fingerprint for one in again]


@given(PASTS, DAYS, COLUMNS)
@settings(max_examples=60, derandomize=True)
def test_a_record_that_says_what_the_roster_says_asks_for_nothing(past: Past, when: date, columns: set[str]):
    person = _person(past)
    values = person.as_of(when)
    record = replace(NOTHING_SAID, values={name: values.get(name) for name in columns})
    version = person.known(record, when).version
    assume(version is not None and version.attributes.get("ended_by") not in UNSEEN)
    assume(not differing(version, record))
    assert person.judge(record, when).standing is Standing.UNCHANGED
