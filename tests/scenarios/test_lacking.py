"""`participants --lacking`: who lacks what they need to be paid, and which feed should have brought it."""

from __future__ import annotations

import json

import pytest

from tests.scenarios.people import COMPANY, with_cells
from tests.scenarios.selling import QUOTAS, send
from tests.scenarios.world import World, mapping, table


def lacked(world: World, *options: str) -> dict[str, dict[str, list[tuple[str, str]]]]:
    """Who lacks what, and what each feed has of it."""
    found = world.call("participants", "--lacking", *options)
    assert found.code == 0, found.document
    return {
        one["attributes"]["employee_id"]: {
            lack["what"]: [(each["feed"], each["change"] or each["why"]) for each in lack["feeds"]]
            for lack in one["lacks"]
        }
        for one in found.document
    }


def test_nobody_lacks_anything_that_no_feed_brings(company: World):
    assert lacked(company) == {}


def test_who_has_no_team_is_listed_with_the_feed_that_says_nothing(company: World):
    company.run(with_cells(COMPANY, "01002", "01003", team=""))
    company.approve()
    company.run(with_cells(COMPANY, "01002", team=""))
    change = company.one()
    assert lacked(company) == {
        "01002": {"team": [("people", "says_nothing")]},
        "01003": {"team": [("people", change["id"])]},
    }
    company.approve()
    assert list(lacked(company)) == ["01002"]


def test_each_feed_that_could_have_brought_it_is_named_in_its_order(company: World):
    """One has no record of them, one says nothing, one has a team that does not count."""
    company.settings["attributes"] = {"team": {"sources": ["crm", "hr"], "on_null": "clear"}}
    company.settings["sources"]["crm"] = {"kind": "file", "path": "inbox/crm.csv"}
    company.settings["feeds"]["crm"] = {"source": "crm", "into": "participants", "mapping": "mappings/crm.yaml"}
    company.write("mappings/crm.yaml", json.dumps(mapping(("id", "team"))))
    company.save()
    company.write("inbox/crm.csv", table(with_cells(COMPANY[:1], team="")))
    assert company.call("run", "crm").code == 0
    company.approve()
    company.call("run", "crm")
    company.approve()
    company.run(with_cells(COMPANY, "01002", team=""))
    company.approve()
    assert lacked(company) == {
        "01001": {"team": [("crm", "says_nothing"), ("people", "not_taken")]},
        "01002": {"team": [("crm", "no_record"), ("people", "says_nothing")]},
    }


def test_what_is_required_can_be_said(company: World):
    company.settings["required"] = ["payroll_id", "title"]
    company.save()
    company.run(with_cells(COMPANY, "01004", title=""))
    company.approve()
    found = lacked(company)
    assert len(found) == 20
    assert found["01001"] == {"payroll_id": []}
    assert found["01004"] == {"payroll_id": [], "title": [("people", "says_nothing")]}


def test_who_left_lacks_nothing_from_that_day_on(company: World):
    company.run(with_cells(COMPANY, "01002", team="", left="2026-01-10"))
    company.approve()
    assert (list(lacked(company)), list(lacked(company, "--as-of", "2026-01-11"))) == (["01002"], [])


def test_what_is_required_is_checked_with_the_rest(company: World):
    company.settings["required"] = ["teem", "quota"]
    company.save()
    said = company.call("check")
    (problem,) = said.error["problems"]
    assert said.code == 2
    assert "'team'" in problem["message"]
    assert problem["line"] is not None


@pytest.mark.parametrize("options", [("--history", "P1"), ("--values",), ("--all",)])
def test_it_is_about_a_day(company: World, options: tuple[str, ...]):
    assert company.call("participants", "--lacking", *options).code == 2


def test_a_quota_is_lacking_of_each_measure_that_a_plan_asks_for(sellers: World):
    """`direct` asks for none; the quotas of `reseller` end with March, and one for April waits."""
    before = lacked(sellers, "--as-of", "2026-03-31")
    assert before == {"01005": {"plan": [("people", "says_nothing")]}}
    send(sellers, "quotas", [*QUOTAS, ("01001", "revenue", "2026-04-01", "2026-06-30", "20000", "USD")])
    waiting = sellers.one()["id"]
    after = lacked(sellers, "--as-of", "2026-04-01")
    assert {key: lacks.get("quota:revenue") for key, lacks in after.items()} == {
        "01001": [("quotas", waiting)],
        "01002": [("quotas", "no_record")],
        "01003": [("quotas", "no_record")],
        "01005": None,
    }
