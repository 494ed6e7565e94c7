"""Amounts by hand: proposed with a reason by one person, approved by another, in a pay period that is open."""

from __future__ import annotations

import pytest

from tests.scenarios.closing import PEOPLE, PLAN, PayWorld
from tests.scenarios.world import Answer


@pytest.fixture
def people(pay: PayWorld) -> PayWorld:
    """Three people under one plan, and no deals."""
    pay.begin_pay(deals=())
    return pay


def adjust(world: PayWorld, *arguments: str, user: str = "ana", **options: str) -> Answer:
    given = {"component": "commission", "reason": "a prize", **options}
    return world.act("adjust", *arguments, as_=user, **{name: value for name, value in given.items() if value})


def test_an_adjustment_waits_for_a_second_person(people: PayWorld):
    said = adjust(people, "E1", "2026-02", "-50", "USD")
    assert said.code == 0, said.document
    assert (said["id"], said["state"], said["amount"], said["currency"]) == ("A1", "proposed", "-50.00", "USD")
    assert (said["participant"], said["plan"], said["component"]) == ("P1", "reseller", "commission")
    assert (said["pay_period"], said["earned_period"]) == ("2026-02", "2026-02")
    own = people.act("approve", "A1", as_="ana")
    assert own.code == 5
    assert "somebody else has to approve" in own["refused"][0]["reason"]
    for _twice in (1, 2):
        done = people.act("approve", "A1", as_="ben", reason="agreed")
        assert (done.code, done["decided"]) == (0, [{"id": "A1", "state": "approved"}])
    (listed,) = people.call("adjust", "list").document
    assert (listed["state"], listed["proposed_by"], listed["decided_by"]) == ("approved", "ana", "ben")
    acts = [(one["act"], one["about"], one["by"] and one["for"]) for one in people.call("audit").document[-3:]]
    assert acts == [
        ("adjust", "A1", "ana"),
        ("refuse approve adjustment", "A1", "ana"),
        ("approve adjustment", "A1", "ben"),
    ]
    assert people.call("audit", "verify").code == 0


def test_a_rejected_adjustment_stays_rejected(people: PayWorld):
    adjust(people, "E1", "2026-02", "50", "USD")
    assert people.act("reject", "A1", reason="no budget", as_="ana").code == 0
    again = people.act("approve", "A1", as_="ben")
    assert (again.code, "it is rejected" in again["refused"][0]["reason"]) == (5, True)
    assert people.act("approve", "A7", as_="ben")["refused"][0]["reason"] == "there is no such adjustment"
    assert people.call("adjust", "list", "2026-02")[0]["decided_reason"] == "no budget"
    assert people.call("adjust", "list", "2026-03").document == []


MISTAKES = [
    (("E1", "2026-02", "0", "USD"), {}, "no amount that can be paid"),
    (("E1", "2026-02", "fifty", "USD"), {}, "is no amount"),
    (("E1", "2026-02", "NaN", "USD"), {}, "is no amount"),
    (("E1", "2026-02", "1e40", "USD"), {}, "is no amount"),
    (("E1", "2026-02", "0.005", "USD"), {}, "USD has 2 digits"),
    (("E1", "2026-02", "50", "usd"), {}, "is no currency"),
    (("E3", "2026-02", "50", "USD"), {}, "is paid in GBP"),
    (("E9", "2026-02", "50", "USD"), {}, "nobody is known"),
    (("E1", "2025-02", "50", "USD"), {}, "begins after"),
    (("E1", "2026-Q1", "50", "USD"), {}, "several pay periods"),
    (("E1", "2026-13", "50", "USD"), {}, "is no period"),
    (("E1", "2026-02", "50", "USD"), {"component": "comission"}, "did you mean 'commission'"),
    (("E1", "2026-02", "50", "USD"), {"component": ""}, "--component C, or --line"),
    (("E1", "2026-02", "50", "USD"), {"line": "L0"}, "is no result of P1, committed or calculated for 2026-02"),
    (("E1", "2026-02", "50", "USD"), {"reason": ""}, "a reason is required"),
]


def test_what_cannot_be_meant_is_refused_with_what_to_write(pay: PayWorld):
    pay.begin_pay([*PEOPLE[:2], {**PEOPLE[2], "paid_in": "GBP"}], ())
    for arguments, options, message in MISTAKES:
        said = adjust(pay, *arguments, **options)
        assert said.code == 2, (arguments, said.document)
        assert message in said.error["message"], said.error
    assert pay.call("adjust", "list").document == []


def test_who_has_no_plan_is_told_so(pay: PayWorld):
    pay.begin_pay([{**PEOPLE[0], "plans": ""}], ())
    said = adjust(pay, "E1", "2026-02", "50", "USD")
    assert (said.code, said.error["message"]) == (
        2, "P1 has no plan in 2026-02, so nothing is paid by 'commission'",
    )  # fmt: skip


def test_a_component_that_several_plans_have_is_named_with_its_plan(pay: PayWorld):
    pay.begin_pay([{**PEOPLE[0], "plans": "reseller;second"}], ())
    pay.write("plans/second.yaml", PLAN.replace("plan: reseller", "plan: second"))
    assert pay.call("plan", "publish", "plans/second.yaml", "--from", "2026-01-01", "--as", "ana").code == 0
    assert pay.call("plan", "approve", "second", "--as", "ben").code == 0
    said = adjust(pay, "E1", "2026-02", "50", "USD")
    assert (said.code, "reseller.commission or second.commission" in said.error["message"]) == (2, True)
    assert adjust(pay, "E1", "2026-02", "50", "USD", component="second.commission")["plan"] == "second"


def test_a_component_keeps_the_id_it_has_had_for_ever(pay: PayWorld):
    pay.begin_pay(deals=())
    renamed = PLAN.replace("  commission:\n    type: tiers", "  sales_pay:\n    was: commission\n    type: tiers")
    pay.publish(renamed, "2026-02-01")
    assert adjust(pay, "E1", "2026-02", "50", "USD", component="sales_pay")["component"] == "commission"


def test_changes_and_adjustments_are_decided_apart(people: PayWorld):
    adjust(people, "E1", "2026-02", "50", "USD")
    said = people.act("approve", "A1", "C1", as_="ben")
    assert (said.code, "apart" in said.error["message"]) == (2, True)


def test_a_line_that_is_calculated_is_adjusted_before_it_is_committed(pay: PayWorld):
    pay.begin_pay()
    pay.calculate("2026-02")
    (line,) = [one["id"] for one in pay.results("2026-02") if one["participant"] == "P1"]
    said = adjust(pay, "E1", "2026-02", "-5", "USD", component="", line=line)
    assert (said.code, said["component"], said["earned_period"]) == (0, "commission", "2026-02")
    assert adjust(pay, "E3", "2026-02", "-5", "USD", line=line).code == 2, "it is somebody else's"
    assert pay.act("approve", "A1", as_="ben").code == 0
    pay.close("2026-02")
    assert pay.amounts("2026-02")["P1", "manual", "2026-02"] == "-5.00"
    assert pay.call("audit", "verify").code == 0


def test_who_is_not_approved_to_earn_is_not_adjusted(pay: PayWorld):
    pay.begin_pay(PEOPLE[:2], ())
    pay.send_people(PEOPLE)
    pay.call("run", "people")
    said = adjust(pay, "P3", "2026-02", "50", "GBP")
    assert (said.code, "no participant" in said.error["message"]) == (2, True)
