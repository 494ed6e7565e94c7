"""What an approval writes, looked at on days."""

from dataclasses import replace

import pytest

from domain.change import Change, DatedBy, Difference, Kind
from domain.decide import moved, narrowed, redated
from tests.domain.person import Person, day, hired, record


def titles(person: Person, *days: str) -> list[object]:
    return [person.as_of(one).get("title") for one in days]


def one(person: Person, sent, today: str = "03-10") -> Change:
    (change,) = person.propose(sent, today).changes
    return change


# is it still what was proposed?


def test_a_value_changed_by_hand_meanwhile_makes_it_stale():
    """G01: title A to B, by hand to C."""
    for changed_from in ("03-10", "03-12"):
        person = hired()
        change = one(person, record(title="Lead"))
        person.set(changed_from, title="Chief")
        assert moved(change, person.steps) == {"title": ("Rep", "Chief")}


def test_another_value_changed_meanwhile_is_no_obstacle():
    """G02."""
    person = hired()
    change = one(person, record(title="Lead"))
    assert not moved(change, person.steps)
    person.set("03-11", locale="en").set("02-01", "03-01", title="Temp")
    assert not moved(change, person.steps)
    assert person.approve(change).as_of("03-11")["locale"] == "en"


def test_a_period_that_is_touched_ends_where_the_change_ends():
    person = hired()
    change = replace(one(person, record(title="Lead")), until=day("04-01"))
    assert not moved(change, person.set("04-01", title="Chief").steps)
    assert moved(change, person.set("03-20", title="Chief").steps)


def test_a_value_set_and_taken_back_has_not_moved():
    person = hired()
    change = one(person, record(title="Lead"))
    person.write(replace(person.by_hand("03-11", title="Chief")))
    last = person.steps[-1]
    person.revision += 1
    person.steps[-1] = replace(last, revision_to=person.revision)
    assert not moved(change, person.steps)


def test_an_add_is_stale_once_somebody_added_the_person():
    """G06."""
    change = one(Person(), record(name="Ann", hire_date="03-01"))
    person = Person().agree(record(name="Anne", hire_date="03-01"), "03-10")
    assert moved(change, person.steps)["name"] == (None, "Anne")


def test_a_leave_is_no_obstacle_to_leaving_but_another_ending_is():
    change = one(hired(), record(status="terminated", termination_date="04-30"))
    assert not moved(change, hired().set("03-15", status="on_leave").steps)
    left = hired().agree(record(status="terminated", termination_date="03-31"), "03-11")
    assert moved(change, left.steps)["termination_date"] == (None, "2026-03-31")


# part of it, or from another day


def test_a_change_is_split_into_what_is_chosen_and_the_rest():
    change = one(hired(), record(title="Lead", team="north"))
    chosen, rest = narrowed(change, ["team"])
    assert rest
    assert (list(chosen.after), list(rest.after)) == (["team"], ["title"])
    assert narrowed(change, ["team", "title"])[1] is None


def test_the_approver_names_the_day_and_the_source_day_is_kept():
    change = redated(one(hired(), record("03-01", title="Lead")), day("04-01"))
    assert (change.source_effective, change.dated_by) == (day("03-01"), DatedBy.ADMIN)
    assert titles(hired().approve(change), "03-31", "04-01") == ["Rep", "Lead"]


def test_the_approver_names_the_first_day_off():
    change = one(hired(), record(status="terminated", termination_date="03-31"))
    person = hired().approve(redated(change, day("05-01")))
    assert person.status("04-30", "05-01") == ["active", "terminated"]
    assert person.as_of("05-01")["termination_date"] == "2026-04-30"


def test_of_an_ending_the_reason_alone_ends_nothing():
    sent = record(status="terminated", termination_date="03-31", termination_reason="moved")
    chosen, _ = narrowed(one(hired(), sent), ["termination_reason"])
    person = hired().approve(chosen)
    assert person.status("04-01") == ["active"]
    assert person.as_of("01-01")["termination_reason"] == "moved"


def test_of_an_ending_the_last_day_alone_ends_it():
    sent = record(status="terminated", termination_date="03-31", termination_reason="moved")
    chosen, _ = narrowed(one(hired(), sent), ["termination_date"])
    assert hired().approve(chosen).status("03-31", "04-01") == ["active", "terminated"]


@pytest.mark.parametrize("first_day_off", ["01-01", "2025-12-01"])
def test_an_ending_named_for_before_the_start_leaves_no_day(first_day_off: str):
    change = one(hired(), record(status="terminated", termination_date="03-31"))
    assert hired().approve(redated(change, day(first_day_off))).status("01-01") == ["terminated"]


def test_a_rehire_named_for_an_earlier_day_cuts_the_employment_before():
    gone = hired().agree(record(status="terminated", termination_date="01-31"), "02-10")
    change = redated(one(gone, record(status="active", hire_date="03-01")), day("01-20"))
    assert gone.approve(change).status("01-19", "01-20", "02-01", "03-01") == ["active"] * 4
    assert [version.opened for version in gone.versions] == [day("01-01"), day("01-20")]


# histories


def test_a_value_holds_from_its_day_until_the_next():
    """H06."""
    person = hired(title="A").set("03-01", title="B")
    assert titles(person, "02-28", "03-01", "12-31") == ["A", "B", "B"]


def test_two_approvals_of_different_fields_are_both_in_force():
    """G09."""
    person = hired()
    first, second = one(person, record("03-01", title="Lead")), one(person, record("02-01", team="north"))
    person.approve(first, second)
    assert [person.as_of(when).get("team") for when in ("01-31", "02-01", "03-01")] == [None, "north", "north"]
    assert titles(person, "02-28", "03-01") == ["Rep", "Lead"]


def test_a_back_dated_value_holds_until_what_was_decided_for_later():
    person = hired().set("03-01", title="Lead").set("02-01", title="Senior")
    assert titles(person, "01-31", "02-28", "03-01") == ["Rep", "Senior", "Lead"]


def test_after_a_bounded_value_what_is_beneath_shows_again():
    person = hired().set("02-01", "03-01", title="Acting").set("02-15", title="Lead")
    assert titles(person, "02-01", "02-28", "03-01") == ["Acting", "Lead", "Lead"]


def test_a_move_before_a_last_day_on_file_keeps_the_ending():
    """H20, H21."""
    person = hired().agree(record(status="terminated", termination_date="04-30"), "02-01")
    person.agree(record("03-01", team="north"), "03-10").set("03-10", title="Lead")
    assert person.status("04-30", "05-01") == ["active", "terminated"]
    assert (person.as_of("02-28").get("team"), person.as_of("03-01")["team"]) == (None, "north")
    assert titles(person, "03-10", "05-01") == ["Lead", "Lead"]


def test_what_was_known_stays_known():
    """H13."""
    person = hired()
    then, known = person.versions, person.revision
    person.set("02-01", title="Lead").agree(record(status="terminated", termination_date="01-31"), "03-10")
    for version in then:
        assert person.as_of(version.start, known) == version.attributes


def test_a_rescinded_rehire_leaves_the_employment_before():
    gone = hired().agree(record(status="terminated", termination_date="01-31"), "02-10")
    before = gone.versions
    gone.agree(record(status="active", hire_date="05-01"), "03-10").set("05-01", title="Lead")
    gone.approve(replace(gone.missing("05-01"), effective=day("05-01")))
    assert gone.versions == before


def test_a_corrected_ending_of_before_does_not_touch_the_rehire():
    gone = hired().agree(record(status="terminated", termination_date="01-31"), "02-10")
    gone.agree(record(status="active", hire_date="05-01"), "03-10")
    told = (Difference("termination_reason", None, "moved"), Difference("pay_until", None, "2026-02-28"))
    change = Change(Kind.TERMINATION, 7, "workers", None, day("02-01"), DatedBy.SOURCE, told, baseline=2)
    gone.approve(change)
    assert gone.as_of("01-15")["termination_reason"] == "moved"
    assert gone.status("01-31", "02-01", "05-01") == ["active", "terminated", "active"]
    assert {"termination_reason", "ended_by"}.isdisjoint(gone.as_of("05-01"))


def test_steps_are_numbered_and_named_after_their_decision():
    person = hired().set("02-01", title="Lead")
    assert [(step.seq, step.decision, step.origin) for step in person.steps] == [(1, 1, "workers"), (2, 2, "admin")]
