"""Memberships from feeds of their own: own dates, share, role and terms; reviewed, remembered, side by side."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest

from tests.scenarios.closing import PEOPLE, PLAN, PayWorld
from tests.scenarios.members import MAPPING, Members, held, member
from tests.scenarios.paying import explained, nodes
from tests.scenarios.people import COMPANY
from tests.scenarios.test_merging import merged
from tests.scenarios.world import Answer, Document, World


def asked(changes: Iterable[Document]) -> list[tuple[str, str | None, str, str, str | None]]:
    """What waits: from when, until when, which, before, after."""
    return [
        (one["effective"], one["until"], name.removeprefix("member:"), said["before"], said["after"])
        for one in changes
        for name, said in one["fields"].items()
    ]


@pytest.fixture
def crm(company: World) -> Members:
    return Members(company)


def test_somebody_is_in_several_units_each_with_its_own_days_role_share_and_terms(crm: Members):
    rows = [
        member(1, Role="primary", Share="60%", To="2026-03-31", Target="50000", Mix="60/40"),
        member(2, "T2", "2026-02-01", Role="overlay", Share="0.4"),
        member(3, "gold", Kind="club", To="2026-12-31"),
    ]
    answer = crm.run(*rows)
    assert (answer["pending"], answer["proposed"]) == (3, 3)
    assert [one["kind"] for one in crm.world.pending()] == ["move", "update", "move"]
    before = crm.world.revision()
    crm.world.approve()
    first = "primary 60% 2026-01-05..2026-04-01; pay_mix=60/40; target=50000"
    club = "- - 2026-01-05..2027-01-01"
    assert held(crm.world, "2026-01-31") == {"team:T1": first, "club:gold": club}
    assert held(crm.world, "2026-02-01") == {
        "team:T1": first, "team:T2": "overlay 40% 2026-02-01..", "club:gold": club,
    }  # fmt: skip
    assert held(crm.world, "2026-04-01").keys() == {"team:T2", "club:gold"}
    assert held(crm.world, "2027-01-01").keys() == {"team:T2"}
    assert held(crm.world, "2026-02-01", known_at=before) == {}
    assert crm.run(*rows)["unchanged"] == 3
    assert crm.world.pending() == []
    assert crm.world.call("audit", "verify").code == 0


def test_two_sources_and_two_dates_do_not_overwrite_one_another(crm: Members):
    hr = Members(crm.world, "hr_units")
    ours = [member(1, To="2026-05-31"), member(2, "T1", "2026-07-01", Share="50%")]
    theirs = [member(1, "T2"), member(2, "P7", Kind="position")]
    crm.have(*ours)
    hr.have(*theirs)
    assert (crm.run(*ours)["unchanged"], hr.run(*theirs)["unchanged"]) == (2, 2)
    assert held(crm.world, "2026-05-31").keys() == {"team:T1", "team:T2", "position:P7"}
    assert held(crm.world, "2026-06-15").keys() == {"team:T2", "position:P7"}
    assert held(crm.world, "2026-07-01")["team:T1"] == "- 50% 2026-07-01.."
    crm.world.run([{**COMPANY[0], "team": "Elsewhere"}, *COMPANY[1:]])
    crm.world.approve()
    assert held(crm.world, "2026-07-01").keys() == {"team:T1", "team:T2", "position:P7"}


def test_two_sources_that_say_different_things_of_one_membership_are_told_so(crm: Members):
    """What is on file stays, and whoever says the other thing is told with every read until one gives way."""
    hr = Members(crm.world, "hr_units")
    crm.have(member(1, Share="60%"))
    answer = hr.run(member(9, Share="50%"), member(10, "T2"))
    assert (answer["errors"], answer["pending"]) == (1, 1)
    assert [(one["code"], one["key"], one["field"]) for one in answer["problems"]] == [("said_otherwise", "9", "unit")]
    crm.world.approve()
    assert held(crm.world, "2026-02-01") == {"team:T1": "- 60% 2026-01-05..", "team:T2": "- - 2026-01-05.."}
    assert hr.run(member(9, Share="60%"), member(10, "T2"))["unchanged"] == 2
    assert crm.world.call("quarantine").document == []


def test_a_row_that_says_something_new_holds_from_its_day_on(crm: Members):
    """Its days before stay; what it said of days after is taken back."""
    crm.have(member(1), member(2, "T2"))
    crm.run(member(1, "T3", "2026-03-01"), member(2, "T2", To="2026-06-30"))
    assert asked(crm.world.pending()) == [
        ("2026-01-05", "2026-07-01", "team:T2", "- - 2026-01-05..", "- - 2026-01-05..2026-07-01"),
        ("2026-03-01", None, "team:T1", "- - 2026-01-05..", None),
        ("2026-03-01", None, "team:T3", None, "- - 2026-03-01.."),
        ("2026-07-01", None, "team:T2", "- - 2026-01-05..", None),
    ]
    crm.world.approve()
    assert held(crm.world, "2026-02-28").keys() == {"team:T1", "team:T2"}
    assert held(crm.world, "2026-03-01").keys() == {"team:T2", "team:T3"}
    assert held(crm.world, "2026-07-01").keys() == {"team:T3"}
    assert crm.run(member(1, "T3", "2026-03-01"), member(2, "T2", To="2026-06-30"))["unchanged"] == 2


def test_a_row_that_is_no_longer_sent_ends_what_it_said_of_a_history_alone(company: World):
    plain, history = Members(company), Members(company, "past", history=True)
    plain.have(member(1))
    history.have(member(1, "T5"), member(2, "T6"))
    plain.run(member(2, "T2"))
    assert [one[2] for one in asked(company.pending())] == ["team:T2"]
    company.approve()
    history.run(member(2, "T6"))
    assert asked(company.pending()) == [("2026-01-05", None, "team:T5", "- - 2026-01-05..", None)]
    company.approve()
    assert held(company, "2026-02-01").keys() == {"team:T1", "team:T2", "team:T6"}


def test_a_refused_membership_stays_so_until_it_is_another(crm: Members):
    crm.run(member(1), member(2, "T2"))
    (first, _) = crm.world.pending()
    crm.world.reject(first, reason="not hers")
    crm.world.approve()
    for _ in range(2):
        answer = crm.run(member(1), member(2, "T2"))
        assert (answer["suppressed"], answer["unchanged"], answer["proposed"]) == (1, 1, 0)
    assert crm.world.run(COMPANY)["proposed"] == 0, "what a feed of people reads ends no such no"
    crm.run(member(1, Share="50%"), member(2, "T2"))
    change = crm.world.one()
    assert change["earlier"]["reason"] == "not hers"


def test_an_approval_is_taken_back(crm: Members):
    crm.have(member(1))
    assert crm.world.call("revert", crm.world.one("applied", feed="crm")["id"], "--reason", "wrong").code == 0
    assert crm.world.one()["kind"] == "move"
    crm.world.approve()
    assert held(crm.world, "2026-02-01") == {}


@pytest.mark.parametrize(
    ("cells", "field", "code"),
    [
        ({"Share": "lots"}, "share", "not_a_share"),
        ({"Unit": ""}, "unit", "missing"),
        ({"From": ""}, "from", "missing"),
        ({"To": "2026-01-01"}, "until", "no_days"),
        ({"Kind": "gang"}, "kind", "not_listed"),
        ({"Role": "boss"}, "role", "not_listed"),
        ({"Mix": "60; 40"}, "pay_mix", "no_term"),
        ({"Who": "99999"}, "participant", "unknown_person"),
    ],
)
def test_a_row_that_says_no_membership_is_an_error(crm: Members, cells: dict[str, str], field: str, code: str):
    crm.have(member(1), member(2, "T2"))
    answer = crm.run(member(1, **cells), member(2, "T2"))
    assert (answer["errors"], answer["unchanged"]) == (1, 1)
    assert [(one["field"], one["code"]) for one in answer["problems"]] == [(field, code)]
    assert held(crm.world, "2026-02-01").keys() == {"team:T1", "team:T2"}
    assert crm.world.pending() == []


def test_two_rows_of_one_unit_that_share_a_day_are_both_set_aside(crm: Members):
    answer = crm.run(member(1), member(2, start="2026-03-01", Share="50%"), member(3, "T2"))
    assert (answer["errors"], answer["pending"]) == (2, 1)
    assert {one["code"] for one in answer["problems"]} == {"overlapping_membership"}


def test_who_is_in_a_unit_is_so_by_a_membership_too(crm: Members):
    crm.have(member(1, To="2026-01-31"))
    seen = {one["unit"]: one["members"] for one in crm.world.call("units", "--as-of", "2026-01-31").document}
    assert len(seen["T1"]) == 1
    assert "T1" not in {one["unit"] for one in crm.world.call("units", "--as-of", "2026-02-01").document}


def test_a_policy_names_memberships(company: World):
    crm = Members(company, approve=[{"kind": "move", "attributes": ["member:team:T1"]}])
    answer = crm.run(member(1), member(2, "T2"))
    assert (answer["applied"], answer["pending"]) == (1, 1)
    company.settings["feeds"]["crm"]["approve"] = [{"kind": "move", "attributes": ["team"]}]
    company.save()
    (wrong,) = company.call("check").error["problems"]
    assert "is no membership" in wrong["message"]


def test_a_membership_of_a_plan_is_what_pay_goes_by(paid: PayWorld):
    """On its own days, and not before it was approved; the same amounts as by an attribute."""
    paid.calculate("2026-02")
    before = paid.amounts("2026-02")
    assert any(amount != "0.00" for (who, *_), amount in before.items() if who == "P3")
    people = [{**one, "from": one["hired"], **({"plans": ""} if one["id"] == "E3" else {})} for one in PEOPLE]
    paid.send_people(people)
    assert paid.call("run", "people").code == 0
    paid.approve()
    paid.calculate("2026-02")
    others = {key: amount for key, amount in before.items() if key[0] != "P3"}
    assert paid.amounts("2026-02") == others
    plans = Members(paid, "plans")
    plans.run(member(1, "reseller", "2025-06-01", Kind="plan", Who="E3"))
    assert paid.one()["kind"] == "plan"
    paid.calculate("2026-02")
    assert paid.amounts("2026-02") == others
    put = paid.one()["id"]
    paid.approve()
    paid.calculate("2026-02")
    assert paid.amounts("2026-02") == before
    rules = [one["rule"] for told in explained(paid, "P3", "2026-02")["amounts"] for one in nodes(told["steps"])]
    assert any(one.startswith(f"on plan reseller from 2025-06-01; {put}, approved by") for one in rules), rules


# --- a plan that nobody has published


def unknown(answer: Answer) -> list[tuple[Any, ...]]:
    """The warnings of plans that nobody has published: place, key, field, value."""
    told = [one for one in answer["problems"] if one["code"] == "unknown_plan"]
    assert {one["severity"] for one in told} <= {"warning"}
    return [(one["place"], one["key"], one["field"], one["column"], one["value"]) for one in told]


def test_a_plan_that_nobody_has_published_is_told_until_somebody_does(paid: PayWorld):
    """The rows are taken all the same: published later, the plan pays whoever is on it."""
    plans = Members(paid, "plans")
    rows = [
        member(1, "reseler", "2026-01-01", Kind="plan", Who="E3"),
        member(2, "reseler", "2026-01-01", Kind="plan", Who="E2"),
        member(3, "reseller", "2025-06-01", Kind="plan", Who="E1"),
        member(4, "reseler", Who="E1"),
    ]
    for pending in (4, 0):
        answer = plans.run(*rows)
        assert (answer.code, answer["pending"]) == (0, pending)
        assert unknown(answer) == [("inbox/plans.csv:2", "1", "unit", "Unit", "reseler")]
        (told,) = [one["message"] for one in answer["problems"] if one["code"] == "unknown_plan"]
        assert "2 rows" in told
        assert "did you mean 'reseller'?" in told
        paid.approve()
    paid.calculate("2026-02")
    assert {one["code"] for one in paid.call("calculate", "2026-02")["set_aside"]} == {"unknown_plan"}
    paid.write("plans/reseler.yaml", PLAN.replace("plan: reseller", "plan: reseler"))
    assert paid.call("plan", "publish", "plans/reseler.yaml", "--from", "2026-01-01", "--as", "ana").code == 0
    assert paid.call("plan", "approve", "reseler", "--as", "ben").code == 0
    assert unknown(plans.run(*rows)) == []
    assert paid.call("calculate", "2026-02")["set_aside"] == []
    assert any(one["plan"] == "reseler" for one in paid.results("2026-02"))


def test_a_feed_of_people_is_told_the_same_of_the_plans_it_names(paid: PayWorld):
    people = [{**one, "plans": "reseller;spif" if one["id"] == "E2" else one["plans"]} for one in PEOPLE]
    paid.send_people(people)
    for _ in range(2):
        said = paid.call("run", "people")
        answer = Answer(said.code, said["runs"][0])
        assert unknown(answer) == [("inbox/people.csv:3", "E2", "plans", "plans", "spif")]
    paid.send_people(PEOPLE)
    assert unknown(Answer(0, paid.call("run", "people")["runs"][0])) == []


def test_where_no_plan_is_published_nothing_is_said(crm: Members):
    assert crm.run(member(1, "reseller", Kind="plan"))["problems"] == []


# --- a record that goes over to somebody else

BOB = "01002"


def whose(changes: Iterable[Document]) -> list[tuple[Any, ...]]:
    """What waits, and of whom."""
    return [(one["participant"], *asked([one])[0]) for one in changes]


def test_a_record_that_is_somebody_elses_ends_what_it_said_whoever_is_decided_first(crm: Members):
    """Approved for Bob, it is proposed of Ann with every read until somebody decides: from Bob's first day on."""
    before, after = member(1), member(1, "T1", "2026-03-01", Who=BOB)
    crm.have(before, member(2, Who="01003"))
    crm.run(after, member(2, Who="01003"))
    loss = ("P1", "2026-03-01", None, "team:T1", "- - 2026-01-05..", None)
    gain = ("P2", "2026-03-01", None, "team:T1", None, "- - 2026-03-01..")
    assert whose(crm.world.pending()) == [loss, gain]
    crm.world.approve(next(one for one in crm.world.pending() if one["participant"] == "P2"))
    for _ in range(2):
        assert crm.run(after, member(2, Who="01003"))["unchanged"] == 2
        assert whose(crm.world.pending()) == [loss]
    crm.world.approve()
    assert held(crm.world, "2026-02-28").keys() == {"team:T1"}
    assert held(crm.world, "2026-03-01") == {}
    assert crm.run(after, member(2, Who="01003"))["proposed"] == 0
    assert crm.world.pending() == []


def test_a_record_that_comes_back_takes_nothing_from_who_has_it_by_another(crm: Members):
    """Record 1 was Ann's and is Bob's; what she has is by record 3 now."""
    crm.have(member(1))
    crm.have(member(1, Who=BOB))
    assert held(crm.world, "2026-02-01") == {}
    rows = [member(1, Who=BOB), member(3)]
    crm.have(*rows)
    assert crm.run(*rows)["unchanged"] == 2
    assert crm.world.pending() == []
    assert held(crm.world, "2026-02-01") == {"team:T1": "- - 2026-01-05.."}


def test_a_read_that_cannot_tell_what_is_gone_tells_whose_a_record_is_now(crm: Members):
    """As an increment does: what it sends of a record counts, what it does not send says nothing."""
    crm.have(member(1), member(2, "T2", Who="01003"))
    crm.run(member(1, Who=BOB), member(9, Who=""))
    assert [(one[0], one[3], one[5]) for one in whose(crm.world.pending())] == [
        ("P1", "team:T1", None),
        ("P2", "team:T1", "- - 2026-01-05.."),
    ]


@pytest.mark.parametrize("by", ["employee_id", "people"])
def test_of_whoever_was_merged_it_is_the_other_ones_from_that_day_on_until_that_is_taken_back(company: World, by: str):
    """By an id of before, and by a record that moved; what is of days before stays where it is on file."""
    crm, mapping = Members(company), json.loads(json.dumps(MAPPING))
    mapping["fields"]["participant"]["by"] = by
    company.write("mappings/crm.yaml", json.dumps(mapping))
    rows = [member(1, Who=BOB), member(2, "T2", Who=BOB, To="2026-02-15"), member(3, "T3", Who=BOB, To="2026-06-30")]
    crm.have(*rows)
    merged(company, from_="2026-03-01")
    assert crm.run(*rows)["unchanged"] == 1
    assert whose(company.pending()) == [
        ("P1", "2026-03-01", "2026-07-01", "team:T3", None, "- - 2026-03-01..2026-07-01"),
        ("P1", "2026-03-01", None, "team:T1", None, "- - 2026-03-01.."),
    ]
    company.approve()
    assert (crm.run(*rows)["unchanged"], company.pending()) == (3, [])
    assert held(company, "2026-02-28") == {}
    assert held(company, "2026-03-01").keys() == {"team:T1", "team:T3"}
    assert held(company, "2026-02-28", BOB).keys() == {"team:T1", "team:T3"}
    (change,) = [one for one in company.changes("applied") if one["kind"] == "merge"]
    (back,) = company.call("revert", change["id"], "--reason", "two people")["proposed"]
    assert company.approve(back["id"]).code == 0
    assert crm.run(*rows)["unchanged"] == 3
    assert {(one[0], *one[3:]) for one in whose(company.pending())} == {
        ("P1", "team:T1", "- - 2026-03-01..", None),
        ("P1", "team:T3", "- - 2026-03-01..2026-07-01", None),
    }
    company.approve()
    assert held(company, "2026-04-15") == {}
    assert held(company, "2026-04-15", BOB).keys() == {"team:T1", "team:T3"}
