"""Who is on a plan that pays nothing is told why: it is unknown, holds on other days, or another calendar pays it."""

from __future__ import annotations

import pytest

from tests.scenarios import selling
from tests.scenarios.paying import JANUARY, amounts, close
from tests.scenarios.selling import PEOPLE, calculate, send_people
from tests.scenarios.world import Answer, World


@pytest.fixture
def world(sellers: World) -> World:
    """The small company, before its first calculation."""
    return sellers


def code(world: World, key: str, period: str) -> object:
    """Why somebody has nothing: the explanation and the statement say the same."""
    said = world.call("explain", key, period)
    assert said.code == 0, said.document
    assert said["amounts"] == []
    assert world.call("statement", key, period)["code"] == said["code"]
    return said["code"]


def aside(said: Answer) -> list[tuple[object, object]]:
    return [(one["participant"], one["code"]) for one in said["set_aside"]]


def put_on(world: World, who: str, plans: str) -> None:
    send_people(world, [{**one, "plans": plans, "from": one["hired"]} if one["id"] == who else one for one in PEOPLE])


def test_who_is_on_a_plan_that_nobody_published_is_set_aside_with_its_code(world: World):
    put_on(world, "01004", "nosuch")
    said = calculate(world, "2026-01")
    assert (said.code, aside(said)) == (1, [("P4", "unknown_plan")])
    assert {one["code"] for one in said["uncredited"]} == {"unknown_plan"}
    assert amounts(world, "2026-01") == JANUARY[:2]
    assert code(world, "01004", "2026-01") == "unknown_plan"
    close(world, "2026-01")
    world.write("plans/nosuch.yaml", selling.DIRECT.replace("plan: direct", "plan: nosuch"))
    selling.publish(world, "nosuch", "2026-01-01")
    calculate(world, "2026-02")
    owed = [one for one in amounts(world, "2026-02") if one[3] == "2026-01"]
    assert owed == [("P4", "nosuch", "share", "2026-01", "33.33", "EUR", None)]


def test_nobody_is_paid_by_one_plan_while_another_one_is_unknown(world: World):
    put_on(world, "01004", "direct;nosuch")
    said = calculate(world, "2026-01")
    assert aside(said) == [("P4", "unknown_plan")]
    found = world.call("explain", "01004", "2026-01")
    assert [(one["component"], one["amount"], one["reason"]) for one in found["amounts"]] == [
        ("share", "0.00", "unknown_plan")
    ]
    close(world, "2026-01")
    assert amounts(world, "2026-01") == JANUARY[:2]


def test_a_plan_that_is_not_in_force_pays_nothing_and_says_so(world: World):
    """Before its first day, or while nobody has approved it: that is no slip, and nobody is set aside."""
    world.write("plans/later.yaml", selling.DIRECT.replace("plan: direct", "plan: later"))
    selling.publish(world, "later", "2026-02-01")
    put_on(world, "01004", "later")
    said = calculate(world, "2026-01")
    assert (said.code, said["set_aside"]) == (0, [])
    assert {one["code"] for one in said["uncredited"]} == {"plan_not_in_force"}
    assert code(world, "01004", "2026-01") == "plan_not_in_force"


def test_a_plan_that_becomes_known_makes_results_stale(world: World):
    put_on(world, "01004", "nosuch")
    calculate(world, "2026-01")
    world.settings["calendars"]["weekly"] = {"timezone": "UTC", "pay": "weekly"}
    world.save()
    text = selling.DIRECT.replace("plan: direct", "plan: nosuch").replace("EUR\n", "EUR\ncalendar: weekly\n")
    world.write("plans/nosuch.yaml", text)
    selling.publish(world, "nosuch", "2026-01-01")
    refused = world.call("submit", "2026-01", "--as", "ann")
    assert (refused.code, "plans changed" in refused.error["message"]) == (5, True)
    assert calculate(world, "2026-01")["set_aside"] == []
    assert code(world, "01004", "2026-01") == "other_calendar"
