"""What changes would do to pay, before anybody clicks: the same to the cent as what the later run pays."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.scenarios.closing import PEOPLE, PayWorld
from tests.scenarios.world import Document


@pytest.fixture
def moved(paid: PayWorld) -> PayWorld:
    """January is committed; a file takes E2 off the plan from the first of January on, and brings E4."""
    paid.close("2026-01")
    gone, new = {**PEOPLE[1], "plans": "", "from": "2026-01-01"}, {**PEOPLE[0], "id": "E4", "name": "Dee"}
    paid.send_people([PEOPLE[0], gone, PEOPLE[2], new])
    assert paid.call("run", "people").code == 0
    return paid


def tried(world: PayWorld, *changes: str) -> Document:
    return dict(world.call("calculate", "2026-02", "--as-if", ",".join(changes)).document)


def amounts(results: list[Document]) -> dict[tuple[Any, ...], Decimal]:
    names = ("participant", "kind", "plan", "component", "earned_period", "currency")
    return {tuple(one[name] for name in names): Decimal(one["amount"]) for one in results}


def test_it_is_the_later_real_run_to_the_cent(moved: PayWorld):
    waiting = [one["id"] for one in moved.changes("pending")]
    assert len(waiting) == 2
    said = tried(moved, *waiting)
    told = {(one["participant"], one["pay_period"]): one["difference"] for one in said["as_if"]["effects"]}
    assert told == {("P2", "committed"): "-50.00"}
    moved.calculate("2026-02")
    before = amounts(moved.results("2026-02"))
    assert moved.approve(*waiting).code == 0
    moved.calculate("2026-02")
    after = amounts(moved.results("2026-02"))
    assert after == amounts(said["results"])
    assert sum(after.values()) - sum(before.values()) == Decimal("-50.00")


def test_nothing_of_it_stays(moved: PayWorld):
    def left() -> tuple[Any, ...]:
        audit = [(one["act"], one["about"]) for one in moved.call("audit").document]
        return moved.changes(), moved.roster(), moved.roster("2026-01-15"), audit, moved.revision()

    before = left()
    (first, *_) = [one["id"] for one in moved.changes("pending")]
    assert tried(moved, first)["as_if"]["changes"] == [first]
    assert left() == before


def test_one_change_alone_has_its_own_effect(moved: PayWorld):
    add = moved.one(kind="add")["id"]
    assert tried(moved, add)["as_if"]["effects"] == []


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--as-if", "C999"), 5, "C999: there is no such change"),
        (("--as-if", ""), 2, "C12,C13"),
        (("--as-if", "X1"), 2, "X1"),
        (("--as-if", "C1"), 5, "C1: it is approved already"),
    ],
)
def test_what_cannot_be_tried_is_refused(moved: PayWorld, words: tuple[str, ...], code: int, told: str):
    said = moved.call("calculate", "2026-02", *words)
    assert (said.code, told in said.error["message"]) == (code, True), said.document
