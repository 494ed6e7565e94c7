"""What an explanation says, so that whoever is paid can follow it: caps, shares, segments, what waits."""

from __future__ import annotations

import pytest

from tests.scenarios.selling import calculate, send
from tests.scenarios.test_pay import explained, nodes, only_row
from tests.scenarios.world import World


@pytest.fixture
def world(sellers: World) -> World:
    """The small company, before its first calculation."""
    return sellers


def test_what_a_cap_leaves_is_told_with_what_counted_towards_it(world: World):
    send(world, "sales", only_row(world, ("S1", "2026-01-10", "01001", "100000", "USD", "")))
    calculate(world, "2026-01")
    steps = explained(world, "01001", "2026-01")["amounts"][0]["steps"]
    assert (steps["value"], steps["code"]) == ("2000.00", "capped")
    told = {one["rule"]: one["value"] for one in steps["inputs"]}
    assert told["counted towards the cap of the month before it"] == "0.00"
    assert told["and with it"] == steps["inputs"][0]["value"]


def test_a_share_says_whose_it_is(world: World):
    calculate(world, "2026-01")
    found = explained(world, "01001", "2026-01", "--transaction", "S3")
    rules = [one["rule"] for each in found["amounts"] for one in nodes(each["steps"])]
    assert "share of employee_id:01001" in rules
    assert "share as given" not in rules


def test_what_was_decided_by_hand_stands_in_no_file(world: World):
    world.set("01001", "quota:revenue=30000 USD", start="2026-01-01", to="2026-03-31")
    calculate(world, "2026-01")
    found = explained(world, "01001", "2026-01")
    rows = [row for each in found["amounts"] for one in nodes(each["steps"]) for row in one["rows"]]
    assert [row for row in rows if row["feed"] == "by hand"] == []


def test_a_transaction_in_quarantine_is_said_to_wait_and_why(world: World):
    calculate(world, "2026-01")
    for name in ("S9", "sales:S9"):
        said = world.call("explain", "01001", "2026-01", "--transaction", name)
        assert said.code == 2
        assert "in quarantine since R" in said.error["message"]
        assert "no source knows the employee_id 09999" in said.error["message"]
