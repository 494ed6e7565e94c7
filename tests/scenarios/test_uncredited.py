"""Transactions that nobody is credited with: each is counted once, under the reason that an admin can act on."""

from __future__ import annotations

import json

from tests.scenarios.people import someone
from tests.scenarios.selling import PEOPLE, SALES, calculate, send, send_people
from tests.scenarios.world import Document, World


def uncredited(said: Document) -> list[tuple[str, int, str]]:
    return [(one["code"], one["rows"], one["amount"]) for one in said["uncredited"]]


def test_who_has_no_plan_is_told_from_who_may_not_earn(sellers: World):
    """On the roster without a plan; not eligible that day; gone; known and never approved."""
    leaver = someone("01006", plans="reseller", left="2026-01-31")
    send_people(sellers, [*PEOPLE, leaver])
    sellers.set("01004", "eligible=no", start="2026-02-01")
    send_people(sellers, [*PEOPLE, leaver, someone("01007", plans="reseller")], approved=False)
    sales = [(f"T{who}", "2026-02-20", who, "100", "USD", "") for who in ("01004", "01006", "01007")]
    send(sellers, "sales", [*SALES, *sales])
    said = calculate(sellers, "2026-02")
    assert uncredited(said.document) == [("no_plan", 2, "800.00"), ("not_a_participant", 2, "200.00")]


def test_a_deal_whose_shares_do_not_sum_is_landed_and_nobodys_with_its_reason(sellers: World):
    """None of it is paid to anybody, and the rest ties out."""
    sellers.settings["sources"]["crm"] = {"kind": "file", "path": "inbox/credits.csv"}
    sellers.settings["feeds"]["credits"] = {"source": "crm", "into": "credits", "mapping": "mappings/credits.yaml"}
    sellers.save()
    fields = {"transaction": "order", "participant": "who", "share": "share"}
    sellers.write("mappings/credits.yaml", json.dumps({"key": ["order", "who"], "fields": fields}))
    sellers.write("inbox/credits.csv", "order,who,share\nS1,01001,60%\nS1,01002,30%\nS8,01004,100%\n")
    run = sellers.call("run", "credits")["runs"][0]
    assert {one["code"] for one in run["problems"]} == {"shares"}
    said = calculate(sellers, "2026-01")
    assert uncredited(said.document) == [("shares", 1, "10000.00")]
    counted = {"landed": 4, "credited": 3, "uncredited": 1, "quarantined": 3, "correcting": 0}
    assert said["transactions"] == counted
