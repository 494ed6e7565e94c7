"""What is missing for somebody stops what it touches, is told with its day, and stops nothing that comes later."""

from __future__ import annotations

import pytest

from tests.scenarios import selling
from tests.scenarios.selling import QUOTAS, SALES, calculate, send
from tests.scenarios.world import World

SECOND = ("01003", "revenue", "2026-04-01", "2026-06-30", "20000", "USD")
SOLD = [*SALES, ("S20", "2026-04-10", "01003", "1000", "USD", ""), ("S21", "2026-05-10", "01003", "1000", "USD", "")]


@pytest.fixture
def closed(world: World) -> World:
    """The small company; nobody gave 01003 a quota of the first quarter, which is closed."""
    selling.prepare(world)
    for name in selling.PLANS:
        selling.publish(world, name, "2026-01-01")
    selling.send_people(world, selling.PEOPLE)
    send(world, "quotas", [*(one for one in QUOTAS if one[0] != "01003"), SECOND])
    assert world.approve().code == 0
    send(world, "fx", [*selling.RATES, ("USD", "EUR", "2026-04-30", "0.80"), ("USD", "EUR", "2026-05-31", "0.80")])
    send(world, "sales", SOLD)
    world.on("2026-06-01")
    for period in ("2026-01", "2026-02", "2026-03"):
        close(world, period)
    return world


def close(world: World, period: str) -> None:
    assert calculate(world, period).code in (0, 1)
    for command, who in (("submit", "ann"), ("approve-results", "bob"), ("commit", "ann")):
        said = world.call(command, period, "--as", who)
        assert said.code == 0, (command, said.document)


def of_p3(world: World, period: str) -> list[tuple[str, str, str]]:
    found = world.call("results", period, "--participant", "01003").document
    return [(one["kind"], one["earned_period"], one["amount"]) for one in found]


def test_a_missing_quota_of_a_closed_quarter_does_not_stop_what_is_paid_now(closed: World):
    said = calculate(closed, "2026-04")
    assert (said.code, said["set_aside"]) == (0, [])
    assert {(one["participant"], one["code"], one["since"], one["of"]) for one in said["incomplete"]} == {
        ("P3", "no_quota", "2026-02-10", "reseller.club, reseller.commission")
    }
    assert of_p3(closed, "2026-04") == [("earned", "2026-04", "30.00")]
    close(closed, "2026-04")
    (told,) = closed.call("explain", "01003", "2026-04")["amounts"]
    assert (told["amount"], told["state"]) == ("30.00", "committed")


def test_what_is_missing_is_told_with_its_measure_and_its_day(closed: World):
    (commission,) = closed.call("explain", "01003", "2026-02")["amounts"]
    assert (commission["reason"], commission["steps"]["rule"]) == (
        "no_quota", "nothing is earned: no quota of revenue on 2026-02-10",
    )  # fmt: skip
    said = calculate(closed, "2026-02")
    assert [(one["participant"], one["code"], one["since"]) for one in said["set_aside"]] == [
        ("P3", "no_quota", "2026-02-10"),
    ]


def test_a_correction_of_another_quarter_is_adjusted_beside_an_old_gap(closed: World):
    close(closed, "2026-04")
    send(closed, "sales", [*SOLD[:-2], ("S20", "2026-04-10", "01003", "2000", "USD", ""), SOLD[-1]])
    close(closed, "2026-05")
    assert of_p3(closed, "2026-05") == [("retro", "2026-04", "30.00"), ("earned", "2026-05", "30.00")]


def test_once_the_quota_is_there_the_quarter_is_paid(closed: World):
    send(closed, "quotas", [*QUOTAS, SECOND])
    assert closed.approve(into_committed=True).code == 0
    close(closed, "2026-04")
    found = {one[:2]: one[2] for one in of_p3(closed, "2026-04")}
    assert found["retro", "2026-02"] == "97.50"  # 3 % of 2000 and of 1000 EUR at 1.25
    assert found["earned", "2026-04"] == "30.00"


def test_an_amount_that_is_too_large_is_named_with_its_transaction_and_its_participant(sellers: World):
    send(sellers, "sales", [*SALES, ("S99", "2026-01-20", "01002", "99999999999999", "EUR", "")])
    said = calculate(sellers, "2026-01")
    assert "error" in said.document, said.document
    assert "sales S99 of P2: 99999999999999 EUR" in said.error["message"]
