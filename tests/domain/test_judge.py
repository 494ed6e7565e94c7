"""What a record comes to: where its row stands, and what of it is settled."""

from dataclasses import replace

import pytest

from domain.change import Change, Ending, Kind
from domain.decide import redated
from domain.judge import NOTHING, Judgement, Memory, Standing, judge, judge_absence, judge_match
from domain.record import Candidate, MappedRecord
from tests.domain.person import Person, day, differing, hired, kinds, record


def put_off(person: Person, sent, to: str) -> Memory:
    """Approve what a record asks for on March 10, from another day than the source's."""
    changes = [redated(change, day(to)) for change in person.propose(sent, "03-10").changes]
    person.approve(*changes)
    return Memory(settled=tuple(changes))


def asked(person: Person, sent, today: str, memory: Memory) -> tuple[Change, ...]:
    return person.judge(sent, today, memory).asked


@pytest.mark.parametrize(
    ("sent", "standing"),
    [
        (record(title="Rep"), Standing.UNCHANGED),
        (record(title="Lead"), Standing.PENDING),
        (record("2025-12-01", title="Lead"), Standing.CONFLICTS),
    ],
)
def test_a_row_stands_in_one_place(sent, standing: Standing):
    assert hired().judge(sent, "03-10").standing is standing


def test_who_had_left_before_we_knew_them_is_excluded():
    found = Person().judge(record(status="terminated"), "03-10")
    assert (found.standing, found.already_left) == (Standing.EXCLUDED, True)


def test_an_absence_is_asked():
    found = judge_absence(hired().known(record(), day("03-10")), "workers", "17", Ending.ABSENCE, NOTHING, day("03-10"))
    assert (found.standing, kinds(found.asked)) == (Standing.PENDING, [Kind.TERMINATION])


@pytest.mark.parametrize("effective", ["03-01", None])
def test_a_value_put_off_is_not_asked_again(effective: str | None):
    person, sent = hired(), record(effective, title="Lead")
    memory = put_off(person, sent, "05-01")
    assert not asked(person, sent, "03-11", memory)
    assert not asked(person, sent, "05-02", memory)


def test_it_is_when_it_was_changed_by_hand_since():
    person, sent = hired(), record(title="Lead")
    memory = put_off(person, sent, "05-01")
    person.set("03-15", title="Chief").set("06-01", title="Rep")
    assert asked(person, sent, "03-16", memory)
    assert asked(person, sent, "06-02", memory)


def test_what_else_differs_is_asked_under_its_own_name():
    person = hired()
    memory = put_off(person, record(team="north"), "05-01")
    (change,) = asked(person, record(team="north", title="Lead"), "03-11", memory)
    assert (change.kind, list(change.after)) == (Kind.UPDATE, ["title"])


@pytest.mark.parametrize("sent", [record(status="terminated", termination_date="03-31"), record(status="terminated")])
def test_a_last_day_put_off_is_not_asked_again(sent):
    person = hired()
    memory = put_off(person, sent, "05-01")
    assert person.status("04-30", "05-01") == ["active", "terminated"]
    for today in ("03-11", "04-10", "05-11"):
        assert not asked(person, sent, today, memory)


def test_a_reason_told_later_is_and_moves_nothing():
    person = hired()
    memory = put_off(person, record(status="terminated", termination_date="03-31"), "05-01")
    sent = record(status="terminated", termination_date="03-31", termination_reason="moved")
    (change,) = asked(person, sent, "03-11", memory)
    assert (change.kind, list(change.after)) == (Kind.TERMINATION, ["termination_reason"])
    assert person.approve(replace(change, baseline=person.revision)).status("04-30") == ["active"]


def test_a_new_last_day_is_asked():
    person = hired()
    memory = put_off(person, record(status="terminated", termination_date="03-31"), "05-01")
    assert asked(person, record(status="terminated", termination_date="04-15"), "03-11", memory)


@pytest.mark.parametrize("effective", ["03-01", None])
def test_a_start_put_off_is_no_question(effective: str | None):
    person, sent = Person(), record(effective, hire_date="03-01", title="Rep")
    memory = put_off(person, sent, "03-20")
    assert person.judge(sent, "03-11", memory).standing is Standing.UNCHANGED
    assert asked(person, replace(sent, values={**sent.values, "title": "Lead"}), "03-11", memory)


def test_a_rehire_put_off_is_not_asked_again():
    person = hired().agree(record(status="terminated", termination_date="01-31"), "02-10")
    sent = record(status="active", hire_date="04-01", termination_date=None, title="Rep")
    memory = put_off(person, sent, "04-15")
    for today in ("03-11", "04-02", "04-16"):
        assert not asked(person, sent, today, memory)
    changed = replace(sent, values={**sent.values, "title": "Lead"})
    assert not asked(person, changed, "04-02", memory)
    assert kinds(asked(person, changed, "03-11", memory)) == [Kind.UPDATE]


# --- records that a source keeps of somebody who has a newer one there


def rehired_person() -> Person:
    """Somebody hired on January 1, gone after January 31, and hired again on May 1."""
    person = hired().agree(record(status="terminated", termination_date="01-31"), "02-10")
    return person.agree(record(status="active", hire_date="05-01", termination_date=None), "05-01")


OLD_RECORD = record(status="terminated", hire_date="01-01", termination_date="01-31", title="Clerk")


def of_two(person: Person, sent: MappedRecord, today: str, *, has_newer: bool = True) -> Judgement:
    """Judge a record of somebody of whom the source has a newer one."""
    known = replace(person.known(sent, day(today)), has_newer_record=has_newer)
    return judge(sent, known, differing(known.version, sent), NOTHING, day(today))


def test_an_old_record_says_nothing_of_the_employment_since():
    found = of_two(rehired_person(), OLD_RECORD, "05-04")
    assert (found.standing, found.asked, found.is_old) == (Standing.UNCHANGED, (), True)
    assert of_two(rehired_person(), OLD_RECORD, "05-04", has_newer=False).standing is Standing.CONFLICTS


def test_an_old_record_without_a_day_says_nothing_either():
    assert of_two(hired(), record(status="terminated"), "03-10").is_old
    assert of_two(hired(), record(status="terminated"), "03-10", has_newer=False).asked


@pytest.mark.parametrize("sent", [record(termination_date="03-31"), record(title="Lead")], ids=["leaves", "works"])
def test_an_old_record_speaks_of_the_employment_that_there_is(sent: MappedRecord):
    """A last day within it, or no last day at all: that is news."""
    found = of_two(hired(), sent, "03-10")
    assert (found.standing, found.is_old) == (Standing.PENDING, False)


THEIRS = Candidate(7, "Ann", "employee_id", {}, was_theirs=True)


def test_a_record_that_was_theirs_and_says_they_left_asks_for_no_link():
    found = judge_match(OLD_RECORD, THEIRS, NOTHING, day("05-04"))
    assert (found.standing, found.asked, found.is_old) == (Standing.UNCHANGED, (), True)


@pytest.mark.parametrize(
    ("sent", "candidate"),
    [(record(title="Rep"), THEIRS), (OLD_RECORD, replace(THEIRS, was_theirs=False))],
    ids=["works again", "never was theirs"],
)
def test_any_other_record_is_proposed_to_be_theirs(sent: MappedRecord, candidate: Candidate):
    found = judge_match(sent, candidate, NOTHING, day("05-04"))
    assert (kinds(found.asked), found.asked[0].person, found.is_old) == ([Kind.LINK], 7, False)
