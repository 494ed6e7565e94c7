"""Several records of one person in one source: on each day one of them speaks, whatever the order of the rows."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.scenarios.people import Row, someone
from tests.scenarios.world import DATED, World

pytestmark = pytest.mark.parametrize("turned", [False, True], ids=["as sent", "turned"])

CONTRACTOR = someone("01001", phone="C1", title="Contractor")
EMPLOYEE = {**CONTRACTOR, "phone": "E1", "title": "Account executive"}
OTHERS = [someone(f"0100{n}", phone=f"C{n}") for n in (2, 3)]


@pytest.fixture
def company(world: World) -> World:
    """Three people, known by phone; the first is a contractor."""
    world.mapping["key"] = "phone"
    world.save()
    world.begin([CONTRACTOR, *OTHERS])
    return world


def told(company: World, *rows: Row, turned: bool) -> list[tuple[str, str, str]]:
    """Read these beside the others, in order or turned round; gives what is asked of P1."""
    company.run([*(reversed(rows) if turned else rows), *OTHERS])
    return [(one["kind"], one["source_key"], one["effective"]) for one in company.pending()]


def title(company: World, day: date | None = None) -> str:
    """P1's title on a day, else today."""
    known = company.call("participants", "--as-of", str(day or company.today)).document
    return str(next(one["attributes"]["title"] for one in known if one["participant"] == "P1"))


def linked(company: World) -> World:
    """P1 has both records in the source, and both go on."""
    assert company.call("link", "hr:E1", "P1", "--reason", "the same woman").code == 0
    return company


def test_e21_who_is_converted_today_has_the_values_of_the_record_that_goes_on(company: World, turned: bool):
    """The old record is inactive, the new one has the same id: the link is asked, and nobody ends."""
    old = {**CONTRACTOR, "left": "2026-01-05"}
    assert told(company, old, EMPLOYEE, turned=turned) == [("link", "E1", str(company.today))]
    company.approve()
    assert [one[0] for one in told(company, old, EMPLOYEE, turned=turned)] == ["update"]
    company.approve()
    for _ in range(2):
        assert told(company, old, EMPLOYEE, turned=turned) == []
    assert title(company) == "Account executive"
    assert told(company, EMPLOYEE, turned=turned) == []


def test_e21_a_refused_link_lets_the_old_record_say_that_they_left(company: World, turned: bool):
    old = {**CONTRACTOR, "left": "2026-01-05"}
    told(company, old, EMPLOYEE, turned=turned)
    company.reject()
    assert told(company, old, EMPLOYEE, turned=turned) == [("termination", "C1", "2026-01-06")]


def test_e22_a_conversion_in_three_weeks_changes_nothing_before(company: World, turned: bool):
    """The contract says its last day, the employment the day after: one employment, new values from then on."""
    linked(company)
    first = company.today + timedelta(days=21)
    old = {**CONTRACTOR, "left": str(first - timedelta(days=1))}
    new = {**EMPLOYEE, DATED: str(first)}
    assert told(company, old, new, turned=turned) == [("update", "E1", str(first))]
    company.approve()
    assert told(company, old, new, turned=turned) == []
    assert (title(company), title(company, first)) == ("Contractor", "Account executive")
    company.on(str(first))
    assert told(company, old, new, turned=turned) == []
    assert told(company, new, turned=turned) == []


def test_e23_a_conversion_that_is_entered_late_counts_from_its_day(company: World, turned: bool):
    linked(company)
    known, late = company.revision(), company.today - timedelta(days=14)
    old, new = {**CONTRACTOR, "left": str(late - timedelta(days=1))}, {**EMPLOYEE, DATED: str(late)}
    assert told(company, old, new, turned=turned) == [("update", "E1", str(late))]
    company.approve()
    assert told(company, old, new, turned=turned) == []
    assert title(company, late) == "Account executive"
    then = company.call("participants", "--as-of", str(late), "--known-at", str(known)).document
    assert [one["attributes"]["title"] for one in then if one["participant"] == "P1"] == ["Contractor"]


@pytest.mark.parametrize("policy", [False, True], ids=["decided", "by policy"])
def test_e24_two_records_that_go_on_do_not_take_turns(company: World, turned: bool, policy: bool):
    """The one that was linked last speaks; the other one is left out, and that is told with what to do."""
    linked(company)
    if policy:
        company.feed["approve"] = [{"kind": "update"}]
        company.save()
    told(company, CONTRACTOR, EMPLOYEE, turned=turned)
    if not policy:
        company.approve()
    both = [EMPLOYEE, CONTRACTOR] if turned else [CONTRACTOR, EMPLOYEE]
    runs = [company.run([*both, *OTHERS]) for _ in range(3)]
    assert [(said["proposed"], said["excluded"]) for said in runs] == [(0, 1)] * 3
    assert company.pending() == []
    (told_of,) = runs[-1]["problems"]
    assert (told_of["code"], told_of["key"]) == ("several_records", "C1")
    assert "`unlink hr:C1`" in told_of["message"]
    assert title(company) == "Account executive"


def test_what_the_older_record_asked_is_withdrawn_once_another_speaks(company: World, turned: bool):
    told(company, {**CONTRACTOR, "title": "Lead"}, turned=turned)
    linked(company)
    assert told(company, {**CONTRACTOR, "title": "Lead"}, EMPLOYEE, turned=turned) == [
        ("update", "E1", str(company.today))
    ]


def test_the_one_that_is_left_speaks_again(company: World, turned: bool):
    """The employment is undone: its record says so, or is gone, and the contract goes on."""
    linked(company)
    told(company, CONTRACTOR, EMPLOYEE, turned=turned)
    company.approve()
    undone = {**EMPLOYEE, "left": str(company.today - timedelta(days=1))}
    assert told(company, CONTRACTOR, undone, turned=turned) == [("update", "C1", str(company.today))]
    company.approve()
    assert told(company, CONTRACTOR, undone, turned=turned) == []
    assert told(company, CONTRACTOR, turned=turned) == []
    assert title(company) == "Contractor"
