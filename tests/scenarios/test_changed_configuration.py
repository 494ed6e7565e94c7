"""What was calculated and paid stands on feeds and calendars: an edit of these takes nothing back, and is said."""

from __future__ import annotations

import json

import pytest

from tests.scenarios import selling
from tests.scenarios.paying import JANUARY, amounts, close
from tests.scenarios.selling import SALES, calculate, send
from tests.scenarios.world import World


@pytest.fixture
def world(sellers: World) -> World:
    """The small company, before its first calculation."""
    return sellers


def rename(world: World, old: str, new: str, **more: str) -> None:
    feeds = world.settings["feeds"]
    feeds[new] = {**feeds.pop(old), **more}
    world.save()


def message(world: World, *command: str) -> str:
    """What a command says that is refused as a mistake in files."""
    said = world.call(*command)
    assert said.code == 2, said.document
    return str(said.error["message"])


def test_a_feed_that_is_gone_takes_back_nothing_that_was_paid(world: World):
    close(world, "2026-01")
    rename(world, "sales", "deals")
    for command in (("calculate", "2026-02"), ("run",), ("explain", "01001", "2026-01"), ("submit", "2026-02")):
        told = message(world, *command)
        assert "no feed 'sales'" in told, command
        assert "2026-01" in told, command
        assert "`was: sales`" in told, command


def test_a_feed_may_be_called_otherwise_and_keeps_its_facts(world: World):
    close(world, "2026-01")
    rename(world, "sales", "deals", was="sales")
    rename(world, "fx", "bank", was="fx")
    world.write("plans/reseller.yaml", selling.RESELLER.replace("feed: fx", "feed: bank"))
    selling.publish(world, "reseller", "2026-02-01")
    assert world.call("run", "deals")["runs"][0]["unchanged"] == len(SALES) - 1
    assert calculate(world, "2026-02").code == 0
    assert {one[3] for one in amounts(world, "2026-02")} == {"2026-02"}
    assert world.call("explain", "01001", "2026-01").code == 0
    assert [one["feed"] for one in world.call("quarantine", "deals").document] == ["sales"]


def test_a_feed_that_feeds_something_else_now_is_one_that_is_gone(world: World):
    world.settings["feeds"]["fx"] = {**world.settings["feeds"]["sales"], "source": "bank"}
    world.save()
    assert "no feed 'fx' into rates" in message(world, "calculate", "2026-01")


@pytest.mark.parametrize("said", [{"pay": "semimonthly"}, {"year_starts": "02-01"}, {"year_named_by": "start"}])
def test_a_calendar_that_cuts_time_otherwise_takes_back_nothing_that_was_paid(world: World, said: dict[str, str]):
    close(world, "2026-01")
    world.settings["calendars"]["main"] |= said
    world.save()
    period = "2026-02-2" if "pay" in said else "2026-02"
    for command in (("calculate", period), ("submit", period), ("run",)):
        told = message(world, *command)
        assert "calendar 'main'" in told, command
        assert "2026-01 were committed" in told, command
    world.settings["calendars"]["main"] = {"timezone": "UTC", "pay": "monthly"}
    world.save()
    assert calculate(world, "2026-02").code == 0


def test_what_was_calculated_by_another_calendar_is_no_explanation_and_is_not_submitted(world: World):
    calculate(world, "2026-01")
    world.settings["calendars"]["main"]["year_starts"] = "02-01"
    world.save()
    told = message(world, "explain", "01001", "2026-01")
    assert "years from 01-01" in told
    assert "is monthly, years from 02-01" in told
    assert message(world, "statement", "01001", "2026-01") == told
    refused = world.call("submit", "2026-01", "--as", "ann")
    assert (refused.code, "calendar main changed" in refused.error["message"]) == (5, True)


def test_a_calendar_beside_the_first_pays_its_own_plans(world: World):
    world.settings["calendars"]["weekly"] = {"timezone": "UTC", "pay": "weekly"}
    world.save()
    world.write("plans/direct.yaml", selling.DIRECT.replace("currency: EUR\n", "currency: EUR\ncalendar: weekly\n"))
    selling.publish(world, "direct", "2026-01-01")
    said = calculate(world, "2026-01")
    assert amounts(world, "2026-01") == JANUARY[:2]
    assert [one["code"] for one in said["uncredited"]] == ["other_calendar"]
    assert calculate(world, "weekly:2026-W05").code == 0
    found = [(one[0], one[1], one[3], one[4]) for one in amounts(world, "weekly:2026-W05")]
    assert found == [("P4", "direct", "2026-01", "33.33")]
    assert world.call("explain", "01004", "weekly:2026-W05").code == 0
    assert world.call("explain", "01004", "2026-01")["code"] == "other_calendar"
    assert world.call("explain", "01001", "weekly:2026-W05")["code"] == "other_calendar"


def test_a_version_of_a_plan_says_which_committed_periods_it_reaches_into(world: World):
    close(world, "2026-01")
    close(world, "2026-02")
    for start, reached in (("2026-02-10", ["2026-02"]), ("2026-01-15", ["2026-01", "2026-02"]), ("2026-03-01", [])):
        world.write("plans/direct.yaml", selling.DIRECT.replace("10%", f"1{start[-1]}.{start[6]}%"))
        world.call("plan", "publish", "plans/direct.yaml", "--from", start, "--as", "ann")
        said = world.call("plan", "approve", "direct", "--as", "bob")
        assert said["affects"] == {"committed_periods": reached}, start


@pytest.mark.parametrize("spelled", ["Ann", " ann", "ANN "])
def test_who_submits_does_not_approve_under_another_spelling(world: World, spelled: str):
    calculate(world, "2026-01")
    assert world.call("submit", "2026-01", "--as", "ann").code == 0
    assert world.call("approve-results", "2026-01", "--as", spelled).code == 5
    assert world.call("adjust", "01001", "2026-02", "10", "USD", "--component", "commission", "--reason", "x",
                      "--as", spelled).code == 0  # fmt: skip
    assert world.call("approve", "A1", "--as", "ann").code == 5


def test_a_deal_that_is_lost_later_is_adjusted_whatever_else_is_edited(world: World):
    """The file sends the same key out of scope: the fact is gone at once, not with the next edit of the mapping."""
    path = world.folder / "mappings/sales.yaml"
    mapping = json.loads(path.read_text())
    mapping["where"] = "rep != 'lost'"
    world.write("mappings/sales.yaml", json.dumps(mapping))
    send(world, "sales", SALES)
    close(world, "2026-01")
    lost = [(*row[:2], "lost", *row[3:]) if row[0] == "S8" else row for row in SALES]
    run = send(world, "sales", lost)["runs"][0]
    assert (run["loaded"], run["excluded"], run["unchanged"]) == (1, 0, len(SALES) - 2)
    calculate(world, "2026-02")
    adjusted = [one for one in amounts(world, "2026-02") if one[3] == "2026-01"]
    assert [(one[0], one[4]) for one in adjusted] == [("P4", "-33.33")]
    mapping["fields"]["territory"] = {"value": "X"}
    world.write("mappings/sales.yaml", json.dumps(mapping))
    send(world, "sales", lost)
    calculate(world, "2026-02")
    assert [one for one in amounts(world, "2026-02") if one[3] == "2026-01"] == adjusted
