"""Policies by kind, attribute and value, and four eyes."""

from __future__ import annotations

import json

from tests.scenarios.closing import SALES
from tests.scenarios.people import COMPANY, with_cells
from tests.scenarios.world import World, mapping, table


def test_a_policy_by_value_lets_through_what_it_lists(company: World):
    company.feed["approve"] = [{"kind": "update", "attributes": ["title"], "values": {"title": ["Lead"]}}]
    company.save()
    said = company.run(with_cells(with_cells(COMPANY, "01001", title="Lead"), "01002", title="Head"))
    assert (said["applied"], said["pending"]) == (1, 1)
    assert company.one()["fields"]["title"]["after"] == "Head"


def test_a_policy_for_what_pay_never_reads(company: World):
    company.feed["approve"] = [{"kind": "update", "no_pay_effect": True}]
    company.save()
    rows = with_cells(with_cells(COMPANY, "01001", email="new@example.com"), "01002", title="Head")
    said = company.run(rows)
    assert (said["applied"], said["pending"]) == (1, 1)
    assert [set(one["fields"]) for one in company.pending()] == [{"title"}]


def test_an_e_mail_by_which_deals_name_people_says_who_is_paid(company: World):
    company.feed["approve"] = [{"kind": "update", "no_pay_effect": True}]
    company.settings["sources"]["deals"] = {"kind": "file", "path": "inbox/sales.csv"}
    company.settings["feeds"]["sales"] = {"source": "deals", "into": "transactions", "mapping": "mappings/sales.yaml"}
    company.write("mappings/sales.yaml", SALES.replace("by: employee_id", "by: email"))
    company.save()
    said = company.run(with_cells(with_cells(COMPANY, "01001", email="new@example.com"), "01002", name="Bob"))
    assert (said["applied"], said["pending"]) == (1, 1)
    assert list(company.one()["fields"]) == ["email"]


def test_a_link_to_a_record_by_which_deals_name_people_says_who_is_paid(company: World):
    company.settings["sources"] |= {
        name: {"kind": "file", "path": f"inbox/{name}.csv"} for name in ("crm", "deals")
    }  # fmt: skip
    company.settings["feeds"] |= {
        "crm": {
            "source": "crm", "into": "participants", "mapping": "mappings/crm.yaml",
            "approve": [{"kind": "link", "no_pay_effect": True}],
        },
        "sales": {"source": "deals", "into": "transactions", "mapping": "mappings/sales.yaml"},
    }  # fmt: skip
    company.write("mappings/crm.yaml", json.dumps({**mapping(("id", "title")), "key": "phone"}))
    company.write("mappings/sales.yaml", SALES.replace("by: employee_id", "by: crm"))
    company.save()
    company.write("inbox/crm.csv", table([{**COMPANY[0], "phone": "005A"}]))
    (said,) = company.call("run", "crm")["runs"]
    assert (said["applied"], said["pending"]) == (0, 1)
    assert company.one()["kind"] == "link"


def test_g17_who_proposed_a_change_does_not_approve_it(company: World):
    """Whatever the spelling of a name; somebody else does. Off, one person may do both."""
    said = company.set("01001", "title=Lead", start="2026-01-05", approved=False, as_="dana")
    assert company.approve(said["id"], as_="Dana").code == 0
    company.settings["four_eyes"] = True
    company.save()
    said = company.set("01001", "title=Head", start="2026-01-05", approved=False, as_="dana")
    own = company.approve(said["id"], as_="Dana")
    assert own.code == 5
    assert "Dana proposed it: somebody else has to approve it" in own["refused"][0]["reason"]
    assert company.approve(said["id"], as_="eve").code == 0


def test_nobody_approves_a_change_of_their_own_record(company: World):
    company.settings["four_eyes"] = True
    company.save()
    company.run(with_cells(COMPANY, "01001", "01002", title="Head"))
    said = company.approve(as_="P01001@example.com")
    assert (said.code, len(said["decided"]), len(said["refused"])) == (5, 1, 1)
    assert "own record" in said["refused"][0]["reason"]
    assert company.reject(as_="P01001@example.com").code == 0
