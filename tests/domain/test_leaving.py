"""Leaving and coming back, one sentence at a time."""

import pytest

from domain.change import DatedBy, Ending, Kind
from tests.domain.person import Person, day, hired, kinds, record, said


def leaver(**values: str) -> Person:
    """Hired on January 1, left on January 31, as the source said itself."""
    return hired().agree(record(status="terminated", termination_date="01-31", **values), "02-10")


# leaving


def test_a_last_day_ends_employment_the_day_after():
    """H14."""
    (change,) = hired().propose(record(status="active", termination_date="04-30"), "03-10").changes
    assert (change.kind, change.effective, change.ending) == (Kind.TERMINATION, day("05-01"), Ending.SOURCE)
    assert said(change) == {"status": ("active", "terminated"), "termination_date": (None, "2026-04-30")}
    person = hired().approve(change)
    assert person.status("04-30", "05-01") == ["active", "terminated"]
    assert person.as_of("01-01")["termination_date"] == "2026-04-30"


def test_leaving_without_a_day_is_from_the_day_first_seen():
    (change,) = hired().propose(record(status="terminated"), "03-10").changes
    assert (change.effective, change.dated_by) == (day("03-10"), DatedBy.OBSERVED)
    person = hired().approve(change)
    assert person.as_of("03-10")["termination_date"] == "2026-03-09"
    assert not person.propose(record(status="terminated", termination_date=None), "03-11").changes


def test_leaving_without_a_last_day_is_from_the_day_the_row_holds_from():
    (change,) = hired().propose(record("03-01", status="terminated"), "03-10").changes
    assert (change.effective, change.source_effective) == (day("03-01"), day("03-01"))


def test_leaving_on_the_first_day_is_one_day_of_work():
    person = hired("03-01").agree(record(status="terminated", termination_date="03-01"), "03-10")
    assert person.status("02-28", "03-01", "03-02") == [None, "active", "terminated"]


@pytest.mark.parametrize("sent", [record(status="terminated"), record("03-10", status="terminated")])
def test_having_left_without_a_day_by_the_first_day_is_never_having_started(sent):
    (change,) = hired("03-10").propose(sent, "03-10").changes
    assert (change.kind, change.ending) == (Kind.RESCISSION, Ending.SOURCE)
    person = hired("03-10").approve(change)
    assert person.versions == ()
    assert person.propose(sent, "03-11").already_left


def test_of_whom_never_started_nothing_else_is_asked_at_the_same_time():
    """A title is of no use to an employment that is taken back."""
    found = hired("03-10").propose(record("03-10", status="terminated", title="Lead"), "03-12")
    assert kinds(found.changes) == [Kind.RESCISSION]
    assert [said(change) for change in found.otherwise] == [{"title": ("Rep", "Lead")}]


def test_a_last_day_before_the_start_is_a_question():
    found = hired("03-01").propose(record(status="terminated", termination_date="02-20"), "03-10")
    assert found.conflict
    assert "2026-02-20" in found.conflict.question


def test_who_leaves_may_change_something_else_and_go_on_leave_before():
    sent = record(status="on_leave", termination_date="04-30", title="Lead")
    person = hired()
    asked = person.propose(sent, "03-10").changes
    assert kinds(asked) == [Kind.LEAVE, Kind.TERMINATION]
    person.approve(*asked)
    assert person.status("03-09", "03-10", "05-01") == ["active", "on_leave", "terminated"]
    assert not person.propose(sent, "03-11").changes
    assert not person.propose(sent, "05-11").changes


def test_a_leave_after_the_last_day_is_hidden_until_the_ending_is_taken_back():
    person = hired().set("03-01", "04-01", status="on_leave")
    person.agree(record(status="terminated", termination_date="02-15"), "03-10")
    assert person.status("02-15", "02-16", "03-01", "04-01") == ["active", *["terminated"] * 3]
    person.agree(record(status="active", termination_date=None), "03-11")
    assert person.status("02-16", "03-01", "04-01") == ["active", "on_leave", "active"]


@pytest.mark.parametrize(("last_day", "first_day_off"), [("02-20", "02-21"), ("01-10", "01-11")])
def test_a_changed_last_day_moves_the_ending(last_day: str, first_day_off: str):
    sent = record(status="terminated", termination_date=last_day)
    (change,) = leaver().propose(sent, "03-10").changes
    assert (change.kind, change.corrected, change.ending) == (Kind.TERMINATION, True, Ending.SOURCE)
    assert said(change) == {"termination_date": ("2026-01-31", day(last_day).isoformat())}
    person = leaver().approve(change)
    assert person.status(last_day, first_day_off) == ["active", "terminated"]
    assert not person.propose(sent, "03-11").changes


def test_a_reason_told_later_is_on_file_from_the_first_day():
    sent = record(status="terminated", termination_date="01-31", termination_reason="moved", pay_until="02-28")
    person = leaver()
    (change,) = person.propose(sent, "03-10").changes
    assert (change.kind, set(change.after)) == (Kind.TERMINATION, {"termination_reason", "pay_until"})
    assert person.approve(change).as_of("01-01")["termination_reason"] == "moved"
    assert person.as_of("02-01")["termination_date"] == "2026-01-31"


def test_of_a_leaver_other_values_may_change_from_the_day_seen():
    person = leaver()
    asked = person.propose(record(status="terminated", termination_date="02-05", title="Lead"), "03-10").changes
    assert kinds(asked) == [Kind.UPDATE, Kind.TERMINATION]
    person.approve(*asked)
    assert person.as_of("03-09")["title"] == "Rep"
    assert (person.as_of("03-10")["title"], person.status("03-10")) == ("Lead", ["terminated"])


# coming back


def test_a_hire_date_after_the_last_day_is_a_rehire():
    """E18."""
    sent = record(status="active", termination_date=None, hire_date="05-01")
    (change,) = leaver().propose(sent, "05-01").changes
    assert (change.kind, change.effective, change.dated_by) == (Kind.REHIRE, day("05-01"), DatedBy.SOURCE)
    assert said(change) == {
        "hire_date": ("2026-01-01", "2026-05-01"),
        "status": ("terminated", "active"),
        "termination_date": ("2026-01-31", None),
    }
    person = leaver().approve(change)
    assert person.status("01-31", "02-01", "04-30", "05-01") == [
        "active",
        "terminated",
        "terminated",
        "active",
    ]
    assert "ended_by" not in person.as_of("05-01")


def test_a_rehire_to_come_is_asked_once():
    sent = record(status="active", termination_date=None, hire_date="05-01", title="Lead")
    person = leaver().agree(sent, "03-10")
    assert not person.propose(sent, "03-11").changes
    assert not person.propose(sent, "05-02").changes
    assert person.as_of("04-30")["title"] == "Rep"


@pytest.mark.parametrize("mapped", [{}, {"termination_date": "01-31"}])
def test_a_source_may_keep_the_old_last_day_beside_the_new_hire_date(mapped: dict[str, str]):
    sent = record(status="active", hire_date="02-15", **mapped)
    person = leaver().agree(sent, "03-10")
    assert person.status("02-14", "02-15") == ["terminated", "active"]
    assert not person.propose(sent, "03-11").changes


def test_an_ending_that_nobody_saw_comes_before_the_rehire():
    sent = record(status="active", hire_date="02-15", termination_date="01-31")
    person = hired()
    assert kinds(person.propose(sent, "03-10").changes) == [Kind.TERMINATION]
    assert kinds(person.agree(sent, "03-10").propose(sent, "03-11").changes) == [Kind.REHIRE]
    person.agree(sent, "03-11")
    assert person.status("01-31", "02-01", "02-15") == ["active", "terminated", "active"]
    assert not person.propose(sent, "03-12").changes


def test_a_rehire_may_have_ended_already():
    sent = record(status="terminated", hire_date="02-10", termination_date="02-20")
    person = leaver()
    (change,) = person.propose(sent, "03-10").changes
    assert change.kind is Kind.REHIRE
    person.approve(change)
    assert person.status("01-31", "02-01", "02-10", "02-20", "02-21") == [
        "active", "terminated", "active", "active", "terminated",
    ]  # fmt: skip
    assert not person.propose(sent, "03-11").changes


def test_a_rehire_may_follow_on_the_day_after():
    person = leaver().agree(record(status="active", hire_date="02-01"), "02-10")
    assert person.status("01-31", "02-01") == ["active", "active"]
    assert [version.opened for version in person.versions] == [day("01-01"), day("02-01")]


def test_a_row_in_force_after_the_last_day_is_a_rehire_from_its_day():
    (change,) = leaver().propose(record("03-01", status="on_leave"), "03-10").changes
    assert (change.kind, change.effective) == (Kind.REHIRE, day("03-01"))
    assert said(change)["status"] == ("terminated", "on_leave")


def test_a_status_alone_is_a_rehire_from_the_day_first_seen():
    person = hired().agree(record(status="terminated"), "02-01")
    (change,) = person.propose(record(status="active"), "03-10").changes
    assert (change.kind, change.effective, change.source_effective) == (Kind.REHIRE, day("03-10"), None)


def test_who_is_hired_and_has_left_on_no_day_is_a_question():
    assert leaver().propose(record(status="terminated", hire_date="03-01"), "03-10").conflict


def test_an_emptied_last_day_is_as_if_never_ended():
    """H05: no gap of a day."""
    sent = record(status="active", termination_date=None)
    (change,) = leaver(termination_type="voluntary").propose(sent, "03-10").changes
    assert (change.kind, change.effective, change.corrected) == (Kind.REINSTATEMENT, day("02-01"), True)
    assert said(change) == {
        "status": ("terminated", "active"),
        "termination_date": ("2026-01-31", None),
        "termination_type": ("voluntary", None),
    }
    person = leaver(termination_type="voluntary").approve(change)
    assert len(person.versions) == 1
    assert not person.propose(sent, "03-11").changes


def test_an_ending_to_come_is_taken_back_the_same_way():
    sent = record(status="on_leave", termination_date=None)
    person = hired().agree(record(status="active", termination_date="06-30"), "03-10")
    asked = person.propose(sent, "03-11").changes
    assert kinds(asked) == [Kind.LEAVE, Kind.REINSTATEMENT]
    assert person.approve(*asked).status("03-10", "03-11", "07-01") == ["active", "on_leave", "on_leave"]


def test_who_is_taken_back_on_leave_is_so_from_the_day_after_the_last():
    person = leaver().agree(record(status="on_leave", termination_date=None), "03-10")
    assert person.status("01-31", "02-01") == ["active", "on_leave"]


@pytest.mark.parametrize(("told", "left"), [({}, None), ({"pay_until": "02-28"}, "2026-02-28")])
def test_until_when_pay_goes_on_is_kept_where_the_source_still_says_so(told, left: str | None):
    person = leaver(pay_until="02-28").agree(record(status="active", termination_date=None, **told), "03-10")
    assert person.as_of("01-01").get("pay_until") == left


def test_a_source_without_an_opinion_on_leaving_brings_nobody_back():
    assert not leaver().propose(record(title="Rep", hire_date="01-01"), "03-10").changes
