"""What is calculated, and asked of it."""

from __future__ import annotations

from typing import Any

from store.calculations import calculation_of
from store.database import reading
from tests.scenarios.selling import SALES, calculate
from tests.scenarios.world import Document, World

#: What January comes to in the small company.
JANUARY = [
    ("P1", "reseller", "commission", "2026-01", "366.02", "USD", None),
    ("P2", "reseller", "commission", "2026-01", "72.00", "EUR", None),
    ("P4", "direct", "share", "2026-01", "33.33", "EUR", None),
]


def amounts(world: World, period: str) -> list[tuple[Any, ...]]:
    """What a pay period came to: who, plan, component, earned period, amount, currency, why."""
    names = ("participant", "plan", "component", "earned_period", "amount", "currency", "reason")
    return [tuple(one[name] for name in names) for one in world.call("results", period).document]


def explained(world: World, key: str, period: str, *options: str) -> Document:
    said = world.call("explain", key, period, *options)
    assert said.code == 0, said.document
    return dict(said.document)


def nodes(node: Document) -> list[Document]:
    """A node and all below it."""
    return [node, *(one for below in node["inputs"] for one in nodes(below))]


def close(world: World, period: str) -> None:
    calculate(world, period)
    for command, who in (("submit", "ann"), ("approve-results", "bob"), ("commit", "ann")):
        assert world.call(command, period, "--as", who).code == 0


def only_row(world: World, row: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The sales with one of them as it turned out to be."""
    return [row if one[0] == row[0] else one for one in SALES]


def newest(shell: Any, run: str) -> Any:
    with reading(shell.database) as tx:
        return calculation_of(tx, int(run[1:]))
