"""What a record asks for, one sentence at a time."""

import pytest

from domain.change import DatedBy, Difference, Ending, Kind, kind_of
from domain.value import Value
from tests.domain.person import Person, day, hired, kinds, record, said


def only(person: Person, *asked, today: str = "03-10"):
    """The one change a record asks for."""
    (change,) = person.propose(record(*asked[:-1], **asked[-1]), today).changes
    return change


# somebody new


def test_somebody_new_is_added_from_the_hire_date():
    change = only(Person(), {"name": "Ann", "hire_date": "02-01", "plans": ("a", "b"), "team": None})
    assert (change.kind, change.effective, change.dated_by) == (Kind.ADD, day("02-01"), DatedBy.SOURCE)
    assert said(change) == {
        "hire_date": (None, "2026-02-01"),
        "name": (None, "Ann"),
        "plans": (None, ("a", "b")),
        "status": (None, "active"),
    }
    assert next(item.added for item in change.differences if item.attribute == "plans") == ("a", "b")


def test_the_mapped_effective_date_comes_before_the_hire_date():
    assert only(Person(), "03-01", {"hire_date": "2019-02-01"}).effective == day("03-01")


def test_without_any_date_somebody_is_added_from_the_day_first_seen():
    change = only(Person(), {"name": "Ann"})
    assert (change.effective, change.source_effective) == (day("03-10"), None)
    assert change.dated_by is DatedBy.OBSERVED


def test_an_add_says_until_when_it_holds():
    assert only(Person(), "03-01", "06-01", {"name": "Ann"}).until == day("06-01")


def test_somebody_on_leave_is_added_on_leave():
    assert said(only(Person(), {"status": "on_leave"}))["status"] == (None, "on_leave")


@pytest.mark.parametrize(
    "values",
    [
        {"status": "terminated"},
        {"status": "terminated", "termination_date": "01-31"},
        {"termination_date": "01-31"},
    ],
)
def test_somebody_who_left_before_we_knew_them_and_began_nobody_knows_when_is_no_add(values):
    found = Person().propose(record(**values), "03-10")
    assert found.already_left
    assert not found.changes


def test_somebody_who_came_and_left_before_we_looked_is_added_with_the_last_day():
    """H25: both entered after the fact."""
    for sent in (
        record(status="terminated", hire_date="02-02", termination_date="02-20"),
        record("02-21", status="terminated", hire_date="02-02", termination_date="02-20"),
    ):
        person = Person().agree(sent, "03-10")
        assert person.status("02-01", "02-02", "02-20", "02-21") == [None, "active", "active", "terminated"]
        assert not person.propose(sent, "03-11").changes


def test_ending_before_it_begins_is_a_question():
    found = Person().propose(record(status="active", hire_date="02-10", termination_date="02-01"), "03-10")
    assert found.conflict
    assert found.conflict.values == (("termination_date", "2026-02-01"), ("hire_date", "2026-02-10"))
    assert Person().propose(record("03-01", "03-01", name="Ann"), "03-10").conflict


# what differs


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({"title": "Lead"}, Kind.UPDATE),
        ({"manager": "P2"}, Kind.MOVE),
        ({"title": "Lead", "territory": "west"}, Kind.MOVE),
        ({"plans": ("a",), "title": "Lead"}, Kind.PLAN),
        ({"team": "north", "legal_entity": "US", "plan": "a"}, Kind.TRANSFER),
        ({"status": "on_leave", "legal_entity": "US"}, Kind.LEAVE),
        ({"status": "suspended"}, Kind.UPDATE),
        ({"pay_until": "2026-04-01"}, Kind.UPDATE),
    ],
)
def test_a_change_is_called_after_the_strongest_thing_in_it(values: dict[str, Value], kind: Kind):
    change = only(hired(), values)
    assert (change.kind, set(change.after)) == (kind, set(values))
    assert (change.effective, change.dated_by) == (day("03-10"), DatedBy.OBSERVED)


def test_coming_back_from_a_leave_is_a_return():
    assert only(hired(status="on_leave"), {"status": "active"}).kind is Kind.RETURN
    assert kind_of([Difference("status", "active", "terminated")]) is Kind.TERMINATION


def test_the_source_names_the_day_and_a_value_restated_for_it_is_a_correction():
    person = hired().agree(record("03-01", title="Lead"), "03-10")
    restated = only(person, "03-01", {"title": "Chief"}, today="03-12")
    later = only(person, "03-05", {"title": "Chief"}, today="03-12")
    assert (restated.effective, restated.source_effective) == (day("03-01"), day("03-01"))
    assert (restated.corrected, later.corrected) == (True, False)


def test_an_empty_cell_clears_and_a_missing_column_says_nothing():
    person = hired(team="north")
    assert said(only(person, {"team": None})) == {"team": ("north", None)}
    assert not person.propose(record(title="Rep"), "03-10").changes


def test_an_empty_status_says_nothing():
    gone = hired().agree(record(status="terminated"), "02-01")
    for person in (hired(), gone):
        assert not person.propose(record(status=None), "03-10").changes


def test_a_row_whose_period_is_over_asks_for_nothing():
    assert not hired().propose(record(None, "03-01", title="Lead"), "03-10").changes


def test_a_day_before_the_start_is_a_question():
    found = hired("02-01").propose(record("01-15", title="Lead"), "03-10")
    assert found.conflict
    assert "2026-01-15" in found.conflict.question
    assert "2026-02-01" in found.conflict.question


def test_somebody_who_has_not_started_is_compared_with_the_first_day():
    person = Person().agree(record(hire_date="05-01", title="Rep"), "03-10")
    assert only(person, {"title": "Lead"}).effective == day("05-01")


# the start


def test_a_corrected_hire_date_moves_a_start_to_come():
    """H02: one start on the 15th, none on the 1st."""
    person = Person().agree(record(hire_date="05-01", title="Rep"), "03-10")
    sent = record(hire_date="05-15", title="Lead")
    found = person.propose(sent, "03-11").changes
    assert [(one.kind, one.effective, one.corrected) for one in found] == [
        (Kind.UPDATE, day("05-01"), False),
        (Kind.UPDATE, day("05-15"), True),
    ]
    person.approve(*found)
    assert person.as_of("05-14") == {}
    assert person.as_of("05-15")["title"] == "Lead"
    assert not person.propose(sent, "03-12").changes


@pytest.mark.parametrize("sent", [record("05-01", hire_date="05-15"), record("05-15", hire_date="05-15")])
def test_it_does_so_where_the_row_has_a_date_too(sent):
    person = Person().agree(record("05-01", hire_date="05-01"), "03-10").agree(sent, "03-11")
    assert (person.as_of("05-14"), person.status("05-15")) == ({}, ["active"])
    assert person.propose(sent, "03-12") == person.propose(record(), "03-12")


def test_a_start_may_have_been_earlier():
    sent = record("01-10", hire_date="01-10")
    person = hired("02-01").agree(sent, "03-10")
    assert person.status("01-09", "01-10") == [None, "active"]
    assert not person.propose(sent, "03-11").changes


def test_a_hire_date_that_is_not_the_start_moves_nothing():
    person = Person().agree(record("02-01", hire_date="2019-05-01"), "02-01")
    change = only(person, {"hire_date": "2018-05-01"})
    assert (change.effective, change.corrected) == (day("02-01"), True)
    person.approve(change)
    assert person.as_of("02-01")["hire_date"] == "2018-05-01"
    assert person.as_of("01-31") == {}


# no longer sent


def test_somebody_no_longer_sent_left_the_day_before():
    change = hired().missing("03-10")
    assert (change.kind, change.effective, change.ending) == (Kind.TERMINATION, day("03-10"), Ending.ABSENCE)
    assert (change.engagement, change.dated_by) == ("main", DatedBy.OBSERVED)
    assert hired().approve(change).as_of("03-09")["termination_date"] == "2026-03-09"


@pytest.mark.parametrize("today", ["01-01", "03-10"])
def test_somebody_no_longer_sent_who_had_not_started_never_does(today: str):
    """H03."""
    person = hired("03-10")
    change = person.missing(today, Ending.OUT_OF_SCOPE)
    assert (change.kind, change.effective) == (Kind.RESCISSION, day("03-10"))
    assert person.approve(change).versions == ()
    assert person.as_of("03-10", known=1)["status"] == "active"


def gone_unseen(ending: Ending = Ending.ABSENCE) -> Person:
    return hired().approve(hired().missing("03-10", ending))


@pytest.mark.parametrize("ending", [Ending.ABSENCE, Ending.OUT_OF_SCOPE])
def test_being_sent_again_is_a_rehire_from_the_day_it_is_seen(ending: Ending):
    change = only(gone_unseen(ending), {"title": "Rep"}, today="04-01")
    assert (change.kind, change.effective, change.dated_by) == (Kind.REHIRE, day("04-01"), DatedBy.OBSERVED)


def test_being_sent_again_with_a_row_of_before_the_absence_takes_it_back():
    sent = record("01-01", title="Rep")
    person = gone_unseen()
    assert kinds(person.propose(sent, "04-01").changes) == [Kind.REINSTATEMENT]
    assert person.agree(sent, "04-01").status("03-09", "03-10", "04-01") == ["active"] * 3
    assert not person.propose(sent, "04-02").changes


def test_being_sent_as_a_leaver_is_no_return():
    person = gone_unseen()
    assert not person.propose(record(status="terminated"), "04-01").changes
    told = record(status="terminated", termination_date="03-05", title="Rep")
    assert person.agree(told, "04-01").status("03-05", "03-06") == ["active", "terminated"]


def test_a_contract_that_ran_out_is_a_rehire_when_it_is_sent_again():
    person = Person().agree(record("01-01", "03-01", hire_date="01-01"), "01-01")
    assert person.status("02-28", "03-01") == ["active", None]
    change = only(person, {"hire_date": "01-01"})
    assert (change.kind, change.effective) == (Kind.REHIRE, day("03-10"))
