"""Several changes of one person approved in one act come to what they come to one after the other."""

from __future__ import annotations

from typing import Any

import pytest

from syncd.changes import decide
from tests.scenarios.members import Members, held, member
from tests.scenarios.people import COMPANY, with_cells
from tests.scenarios.test_answers import whole
from tests.scenarios.world import Answer, World

ANN, BOB = "01001", "01002"
#: What is set by hand: values, from when, until when.
Set = tuple[str, str, str | None]

TITLES: dict[str, tuple[list[Set], list[int]]] = {
    "two values from different days": (
        [("title=Lead", "2026-02-01", None), ("title=Head", "2026-03-01", None)], [1],
    ),
    "the later day was proposed first": (
        [("title=Head", "2026-03-01", None), ("title=Lead", "2026-02-01", None)], [1],
    ),
    "days that do not meet": (
        [("title=Acting", "2026-03-01", "2026-03-31"), ("title=Head", "2026-04-01", None)], [],
    ),
    "a span within an open end": (
        [("title=Lead", "2026-02-01", None), ("title=Acting", "2026-03-01", "2026-03-31")], [1],
    ),
    "other attributes": (
        [("title=Lead", "2026-02-01", None), ("ote=90000", "2026-02-01", None)], [],
    ),
    "two last days": (
        [("termination_date=2026-04-30", "2026-05-01", None), ("termination_date=2026-05-31", "2026-06-01", None)], [1],
    ),
    "a leave after the last day": (
        [("termination_date=2026-04-30", "2026-05-01", None), ("status=on_leave", "2026-06-01", None)], [1],
    ),
    "a last day within a leave": (
        [("status=on_leave", "2026-04-01", None), ("termination_date=2026-04-30", "2026-05-01", None)], [],
    ),
    "moved after the last day": (
        [("termination_date=2026-04-30", "2026-05-01", None), ("team=West", "2026-06-01", None)], [],
    ),
    "the last day before a move": (
        [("team=West", "2026-06-01", None), ("termination_date=2026-04-30", "2026-05-01", None)], [],
    ),
    "two shares of one membership": (
        [("member:team:T1=60%", "2026-02-01", None), ("member:team:T1=50%", "2026-03-01", None)], [1],
    ),
    "memberships of two units": (
        [("member:team:T1=60%", "2026-02-01", None), ("member:team:T2=50%", "2026-02-01", None)], [],
    ),
    "three, of which two contradict the first": (
        [("title=Lead", "2026-02-01", None), ("title=Head", "2026-03-01", None), ("title=Chief", "2026-04-01", None)],
        [1, 2],
    ),
}  # fmt: skip


def proposed(world: World, who: str, sets: list[Set]) -> list[str]:
    """Propose each by hand; give the changes."""
    return [
        world.set(who, text, start=start, approved=False, **({"to": last} if last else {}))["id"]
        for text, start, last in sets
    ]


def refused(said: Answer) -> dict[str, str]:
    return {one["id"]: one["reason"] for one in said["refused"]}


def known(world: World, who: str) -> list[tuple[Any, ...]]:
    names = ("status", "title", "team", "ote", "termination_date", "member:team:T1", "member:team:T2")
    return world.history(who, *names)


@pytest.mark.parametrize("case", TITLES)
@pytest.mark.parametrize("backwards", [False, True])
def test_together_they_come_to_what_they_come_to_one_after_the_other(company: World, case: str, backwards: bool):
    """The same of two people: of Ann in one act, named in either order, of Bob each in an act of its own."""
    sets, wrong = TITLES[case]
    hers, his = proposed(company, ANN, sets), proposed(company, BOB, sets)
    said = company.approve(*(reversed(hers) if backwards else hers))
    told = refused(said)
    assert sorted(told) == sorted(hers[nth] for nth in wrong)
    for change in told:
        assert f"contradicts {hers[0]}, approved before it" in told[change]
    assert {one["id"]: one["state"] for one in company.changes(participant=ANN) if one["id"] in told} == dict.fromkeys(
        told, "stale"
    )
    one_by_one = [company.approve(change) for change in his]
    assert [nth for nth, one in enumerate(one_by_one) if one.code] == wrong
    assert known(company, ANN) == known(company, BOB)
    assert whole(company)


def test_who_leaves_and_is_moved_later_has_left(company: World):
    """The fold says it: nobody is employed by a move, and the record of a leaver goes on."""
    company.approve(*proposed(company, ANN, TITLES["moved after the last day"][0]))
    assert [one[2:5] for one in known(company, ANN)][-2:] == [
        ("terminated", "Rep", "East"), ("terminated", "Rep", "West"),
    ]  # fmt: skip
    assert ANN not in company.roster("2026-06-15")


def test_all_or_none_names_both(company: World):
    first, second = proposed(company, ANN, TITLES["two values from different days"][0])
    said = company.approve(first, second, atomic=True)
    assert said.code == 5
    assert second in said.error["message"]
    assert f"contradicts {first}, approved before it, about title" in said.error["message"]
    assert [one["state"] for one in company.changes(participant=ANN) if one["id"] in (first, second)] == ["pending"] * 2


def test_what_is_in_one_transaction_decides_nothing(company: World, monkeypatch: pytest.MonkeyPatch):
    """However many a transaction takes, the same ones are refused."""
    monkeypatch.setattr(decide, "AT_ONCE", 1)
    first, second = proposed(company, ANN, TITLES["two values from different days"][0])
    assert list(refused(company.approve(second, first))) == [second]
    assert company.roster("2026-03-01")[ANN]["title"] == "Lead"


def test_another_day_named_for_all_of_them_is_looked_at_too(company: World):
    """On their own days they do not meet; on the day that the approver names they do."""
    first = company.set(ANN, "title=Acting", start="2026-02-01", to="2026-04-30", approved=False)["id"]
    second = company.set(ANN, "title=Head", start="2026-05-01", approved=False)["id"]
    told = refused(company.approve(first, second, effective="2026-03-01"))
    assert list(told) == [second]
    assert f"contradicts {first}" in told[second]


def test_two_feeds_that_let_somebody_leave_and_go_on_leave(company: World):
    """A last day from the first one, a leave after it from the other: one of them is refused, nobody comes back."""
    company.use("status")
    company.begin(with_cells(COMPANY, status="active"))
    company.on("2026-05-04").run(with_cells(COMPANY, ANN, status="active", left="2026-05-31"))
    leave = company.set(ANN, "status=on_leave", start="2026-06-10", approved=False)
    ending = company.one(kind="termination")
    assert list(refused(company.approve())) == [leave["id"]]
    assert ending["id"] in company.call("changes", "--state", "applied", "--kind", "termination")[0]["id"]
    assert ANN not in company.roster("2026-07-01")


def test_decisions_made_together_are_taken_back_together(company: World):
    """Each opposite alone would be stale after the other one; both of them leave what was before."""
    before = known(company, ANN)
    first = company.set(ANN, "title=Lead", start="2026-02-01")
    second = company.set(ANN, "title=Head", start="2026-03-01")
    opposites = company.call("revert", first["id"], second["id"], "--reason", "neither")["proposed"]
    assert len(opposites) == 2
    said = company.approve(*opposites)
    assert (said.code, said["refused"]) == (0, [])
    assert known(company, ANN) == before
    assert whole(company)


def test_what_is_set_beside_what_is_taken_back_is_refused(company: World):
    """It was proposed on a value that would be gone."""
    lead = company.set(ANN, "title=Lead", start="2026-02-01")
    (back,) = company.call("revert", lead["id"], "--reason", "not yet")["proposed"]
    more = company.set(ANN, "title=Head", start="2026-03-01", approved=False)
    assert list(refused(company.approve(back["id"], more["id"]))) == [more["id"]]
    assert company.roster("2026-03-01")[ANN]["title"] == "Rep"


def test_what_one_read_asks_for_is_approved_at_once(company: World):
    """A membership that is cut and one that begins anew, of one unit: their days do not meet."""
    crm = Members(company)
    crm.have(member(1), member(2, "T2"))
    crm.run(member(1, "T3", "2026-03-01"), member(2, "T2", To="2026-06-30"))
    said = company.approve()
    assert (said.code, len(said["decided"])) == (0, 4)
    assert held(company, "2026-07-01").keys() == {"team:T3"}


def test_an_id_that_two_are_given_in_one_act_is_the_first_one_s(company: World):
    """Nobody was merged: there is no record to unlink."""
    first, second = (company.set(who, "employee_id=E9", start="2026-02-01", approved=False)["id"] for who in (ANN, BOB))
    assert refused(company.approve(first, second)) == {second: "this employee_id belongs to P1"}
