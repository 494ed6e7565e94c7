"""Two posts of one participant are paid apart: each by its own plan, against its own quota."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any

import pytest

from tests.scenarios.closing import PayWorld

#: As much of the quota as was reached is paid at a rate, by a plan of each post.
PLAN = """\
plan: {plan}
currency: USD
measures:
  revenue: {{sum: amount, where: kind == 'deal', dated_by: date}}
credit:
- {{to: owner, measure: revenue}}
components:
  commission:
    type: tiers
    measure: revenue
    earned: month
    accumulate: quarter
    bounds: quota
    method: marginal
    tiers: [{{upto: 100%, rate: {rate}}}, {{rate: 20%}}]
"""
COLUMNS = ("id", "post", "main", "name", "plans", "entity", "group", "paid_in", "hired", "from")
POSTS = (
    {"id": "E1", "post": "A007", "main": "yes", "name": "Ann", "plans": "field", "group": "US", "hired": "2025-06-01"},
    {"id": "E1", "post": "G007", "main": "no", "name": "Ann", "plans": "desk", "group": "US", "hired": "2025-06-01"},
)


@pytest.fixture
def paid(pay: PayWorld) -> PayWorld:
    """Ann sells 1,200 in January; in the field she has a quota of 1,000, at the desk one of 2,000."""
    pay.mapping |= {"engagement": "post", "primary": "main"}
    pay.save()
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(POSTS)
    pay.write("inbox/people.csv", text.getvalue())
    pay.sell(("X1", "2026-01-05", "E1", "400.00"), ("X2", "2026-01-20", "E1", "800.00"), run=False)
    assert pay.call("run").code == 0
    assert pay.approve(as_="ana").code == 0
    for plan, rate in (("field", "10%"), ("desk", "5%")):
        pay.write(f"plans/{plan}.yaml", PLAN.format(plan=plan, rate=rate))
        assert pay.call("plan", "publish", f"plans/{plan}.yaml", "--from", "2026-01-01", "--as", "ana").code == 0
        assert pay.call("plan", "approve", plan, "--as", "ben").code == 0
    for post, amount in (("A007", "1000"), ("G007", "2000")):
        days = ("--from", "2026-01-01", "--to", "2026-03-31", "--reason", "plan of the year")
        assert pay.call("set", "E1", f"quota:revenue={amount} USD", "--engagement", post, *days).code == 0
    assert pay.approve(as_="ana").code == 0
    return pay


def earned(pay: PayWorld) -> list[tuple[Any, ...]]:
    """What January came to, by post and plan."""
    names = ("participant", "engagement", "plan", "kind", "amount")
    return [tuple(one[name] for name in names) for one in pay.results("2026-01")]


def _nodes(node: dict[str, Any]) -> list[dict[str, Any]]:
    return [node, *(one for below in node["inputs"] for one in _nodes(below))]


def test_each_post_is_paid_by_its_own_plan_against_its_own_quota(paid: PayWorld):
    """In the field 1,000 at 10 % and 200 above the quota at 20 %; at the desk 1,200 of 2,000 at 5 %."""
    assert paid.calculate("2026-01")["set_aside"] == []
    assert earned(paid) == [
        ("P1", "A007", "field", "earned", "140.00"),
        ("P1", "G007", "desk", "earned", "60.00"),
    ]
    said = paid.call("explain", "E1", "2026-01").document
    assert {one["engagement"]: one["amount"] for one in said["amounts"]} == {"A007": "140.00", "G007": "60.00"}


def test_the_quota_of_a_post_is_explained_by_its_own_decision(paid: PayWorld):
    """The desk gets the same quota as the field, by a decision of its own: each names its own."""
    days = ("--from", "2026-01-01", "--to", "2026-03-31", "--reason", "as in the field")
    said = paid.call("set", "E1", "quota:revenue=1000 USD", "--engagement", "G007", *days)
    assert paid.approve(said["id"], as_="ana").code == 0
    paid.calculate("2026-01")
    told = {
        one["engagement"]: [node["rule"].split("; ")[1] for node in _nodes(one["steps"]) if "quota of" in node["rule"]]
        for one in paid.call("explain", "E1", "2026-01")["amounts"]
    }
    assert {post: {rule.partition(",")[0] for rule in rules} for post, rules in told.items()} == {
        "A007": {"C3"}, "G007": {said["id"]},
    }  # fmt: skip


def test_an_amount_by_hand_is_of_one_post(paid: PayWorld):
    about = ("E1", "2026-01", "10.00", "USD", "--component", "commission", "--reason", "agreed")
    refused = paid.call("adjust", *about, "--as", "ana")
    assert (refused.code, "A007, G007" in refused.error["message"]) == (2, True)
    said = paid.call("adjust", *about, "--engagement", "G007", "--as", "ana")
    assert (said.code, said["engagement"], said["plan"]) == (0, "G007", "desk")
    paid.calculate("2026-01")
    (line,) = [one["id"] for one in paid.results("2026-01") if one["engagement"] == "A007"]
    said = paid.call("adjust", "E1", "2026-01", "5.00", "USD", "--line", line, "--reason", "agreed", "--as", "ana")
    assert (said.code, said["engagement"], said["plan"]) == (0, "A007", "field")
    for number in ("A1", "A2"):
        assert paid.call("approve", number, "--as", "ben").code == 0
    paid.close("2026-01")
    assert sum(Decimal(one[-1]) for one in earned(paid)) == 215
    assert [one[1] for one in earned(paid)] == ["A007", "A007", "G007", "G007"]
    assert paid.call("audit", "verify").code == 0
