"""A rule per plan says who is on it and with which terms: through the same queue, with the same memory."""

from __future__ import annotations

import pytest

from tests.scenarios.people import COMPANY, crowd, with_cells
from tests.scenarios.world import Answer, World

RULE = {"who": "team == 'East' and title == 'Rep'", "terms": {"ote": "100000", "target_incentive": "40000"}}


@pytest.fixture
def ruled(company: World) -> World:
    """Two of the company are leads; a rule says that the others are on `reseller`."""
    company.settings["memberships"] = {"reseller": RULE}
    company.save()
    company.begin(with_cells(COMPANY, "01001", "01002", title="Lead"))
    return company


def assign(world: World, *plans: str, start: str = "2026-02-01") -> Answer:
    said = world.call("plan", "assign", *plans, "--from", start, "--reason", "new year")
    assert said.code == 0, said.document
    return said


def test_who_fits_is_proposed_with_the_terms_from_a_day(ruled: World):
    said = assign(ruled)
    assert (len(said["proposed"]), said["waiting"]) == (18, 0)
    change = ruled.pending()[0]
    assert (change["kind"], change["effective"], change["dated_by"]) == ("plan", "2026-02-01", "admin")
    after = {name: one["after"] for name, one in change["fields"].items()}
    assert after == {"plans": ["reseller"], "ote": "100000", "target_incentive": "40000"}
    assert assign(ruled)["waiting"] == 18
    assert ruled.approve().code == 0
    assert "plans" not in ruled.roster("2026-01-31")["01003"]
    assert ruled.roster("2026-02-01")["01003"]["plans"] == ["reseller"]
    assert assign(ruled)["proposed"] == []
    assert ruled.call("audit", "verify").code == 0


def test_who_no_longer_fits_is_proposed_to_leave_it_and_keeps_what_else_they_have(ruled: World):
    assign(ruled)
    ruled.approve()
    ruled.set("01003", "plans=reseller;spiff", start="2026-02-02")
    ruled.set("01003", "title=Lead", start="2026-02-03")
    (change,) = assign(ruled, start="2026-02-10")["proposed"]
    assert list(change["fields"]) == ["plans"]
    assert (change["fields"]["plans"]["removed"], change["fields"]["plans"]["after"]) == (["reseller"], ["spiff"])


def test_terms_that_were_agreed_since_stay(ruled: World):
    assign(ruled)
    ruled.approve()
    ruled.set("01003", "ote=120000", start="2026-02-02")
    assert assign(ruled, start="2026-02-10")["proposed"] == []


def test_a_no_is_remembered_with_its_terms(ruled: World):
    assign(ruled)
    first = ruled.pending()[0]
    ruled.reject(first)
    assert ruled.approve().code == 0
    assert assign(ruled)["proposed"] == []
    assert assign(ruled, start="2026-03-01")["proposed"] == []


def test_a_plan_that_was_refused_stays_so_when_another_one_changes(ruled: World):
    assign(ruled)
    first = ruled.pending()[0]
    ruled.reject(first)
    ruled.approve()
    ruled.set(first["employee_id"], "plans=spiff", start="2026-02-02")
    assert assign(ruled, start="2026-03-01")["proposed"] == []


def test_an_end_that_was_refused_stays_so_when_another_plan_changes(ruled: World):
    assign(ruled)
    ruled.approve()
    ruled.set("01003", "title=Lead", start="2026-02-03")
    assign(ruled, start="2026-02-10")
    ruled.reject(ruled.one())
    ruled.set("01003", "plans=reseller;spiff", start="2026-02-11")
    assert assign(ruled, start="2026-03-01")["proposed"] == []


def test_who_is_not_eligible_is_on_none(ruled: World):
    ruled.set("01003", "eligible=no", start="2026-01-06")
    assert len(assign(ruled)["proposed"]) == 17


def test_a_plan_is_tried_out_with_a_pilot_group(ruled: World):
    """Nobody else is asked about: neither to join it nor, later, to leave it; widened, the others come."""
    names = [one["name"] for one in ruled.roster("2026-02-01").values()]
    ruled.settings["memberships"] = {"reseller": {**RULE, "pilot": f"name in ['{names[3]}', '{names[4]}']"}}
    ruled.save()
    said = assign(ruled)
    assert (len(said["proposed"]), said["waiting"], said["outside_pilot"]) == (2, 0, 16)
    ruled.approve()
    ruled.set("01020", "plans=reseller", start="2026-02-02")
    ruled.set("01020", "title=Lead", start="2026-02-03")
    assert assign(ruled, start="2026-02-10")["proposed"] == []
    ruled.settings["memberships"]["reseller"]["pilot"] = None
    ruled.save()
    widened = assign(ruled, start="2026-02-10")
    assert (len(widened["proposed"]), widened["outside_pilot"]) == (16, 0)


def test_of_one_plan_alone(ruled: World):
    ruled.settings["memberships"]["spiff"] = {"who": "title == 'Lead'"}
    ruled.save()
    assert [one["fields"]["plans"]["after"] for one in assign(ruled, "spiff")["proposed"]] == [["spiff"]] * 2
    ruled.approve()
    both = ruled.call("plan", "assign", "none", "--reason", "x")
    assert both.code == 2
    assert "none" in both.error["message"]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"who": "titel == 'Rep'"}, "titel"),
        ({"who": "title == 'Rep'", "pilot": "titel == 'Rep'"}, "titel"),
        ({"who": "title"}, "who"),
        ({"who": "title == 'Rep'", "terms": {"ote": "much"}}, "ote"),
        ({"who": "title == 'Rep'", "terms": {"status": "active"}}, "status"),
        ({"who": "title == 'Rep'", "terms": {"nothing": "1"}}, "nothing"),
    ],
)
def test_a_rule_that_cannot_be_is_a_mistake_at_its_place(company: World, rule: dict[str, object], said: str):
    company.settings["memberships"] = {"reseller": rule}
    company.save()
    (wrong,) = company.call("check").error["problems"]
    assert wrong["file"] == "syncd.yaml"
    assert said in f"{wrong['message']} who"


def test_a_feed_and_a_rule_cannot_both_say_it(ruled: World):
    ruled.use("plans")
    (wrong,) = ruled.call("check").error["problems"]
    assert "memberships" in wrong["message"]
    assert ruled.run(crowd(1)).code == 2
