"""The company that screenshots show, before a close: a quarter's deals, two months of which are paid."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from store.database import open_database, writing
from store.jobs import note_progress, take
from tests.scenarios.selling import RESELLER, prepare, send
from tests.web.conftest import Office
from tests.web.pictured import Boats, Row, living, moment, staff, with_

#: What the account executives of all countries earn.
_PLAN = RESELLER.replace("amount: 2000", "amount: 4000").replace("amount: 500", "amount: 2500")
_WEEKS = [f"2026-{month:02}-{day:02}" for month in (1, 2, 3) for day in (1, 8, 15, 22, 28)]
_WORTH = {"EUR": ("1.08", "0.93"), "GBP": ("1.25", "0.80")}


@contextmanager
def close(folder: Path) -> Iterator[Office]:
    """A Thursday in April: two months are committed, March is calculated, and something of it waits."""
    with living(folder) as (world, office, patch):
        rows = _sold(world, patch)
        for name, role, key in (
            ("dana", "comp_admin", None),
            ("vera", "approver", None),
            ("signe", "participant", "10102"),
        ):
            office.user(name, role, key=key)
        _adjusted(world, patch)
        world.done("calculate", "2026-03", codes=(0, 1))
        _adjust(world, "10303", "350.00", "GBP", "The fair in Southampton")
        world.read(
            with_(rows, p10402={"plans": "", "from": "2026-03-16"}, p10304={"plans": "reseller", "from": "2026-03-01"})
        )
        yield office


def _sold(world: Boats, patch: pytest.MonkeyPatch) -> list[Row]:
    """A quarter's deals, quotas and rates; January and February are paid, then a deal of February is corrected."""
    prepare(world)
    world.write("plans/reseller.yaml", _PLAN)
    (world.folder / "plans" / "direct.yaml").unlink()
    world.on("2026-01-05")
    for user, words in (
        ("dana", ("publish", "plans/reseller.yaml", "--from", "2026-01-01")),
        ("vera", ("approve", "reseller")),
    ):
        patch.setenv("LOGNAME", user)
        world.done("plan", *words)
    patch.setenv("LOGNAME", "dana")
    rows = [{**one, "plans": "" if one["manager"] == "" or one["id"] == "10304" else "reseller"} for one in staff()]
    sellers = [one for one in rows if one["plans"]]
    world.read(rows)
    world.done("approve", "--all", "--reason", "First load")
    without = [one for one in sellers if one["id"] != "10205"]
    quotas = [(one["id"], "revenue", "2026-01-01", "2026-03-31", _quota(one), "USD") for one in without]
    send(world, "quotas", [*quotas, ("10304", "revenue", "2026-01-01", "2026-03-31", "60000", "USD")])
    world.done("approve", "--all", "--reason", "As sales planning has them")
    rates = [
        rate
        for currency, (there, back) in _WORTH.items()
        for day in _WEEKS
        for rate in ((currency, "USD", day, there), ("USD", currency, day, back))
    ]
    send(world, "fx", rates)
    deals = [deal for number, one in enumerate(r for r in rows if r["manager"]) for deal in _deals(number, one)]
    world.on("2026-03-02")
    send(world, "sales", deals)
    for month in ("2026-01", "2026-02"):
        for user, word in (("dana", "calculate"), ("dana", "submit"), ("vera", "approve-results"), ("dana", "commit")):
            patch.setenv("LOGNAME", user)
            world.done(word, month, codes=(0, 1))
    world.on("2026-04-02")
    unknown = ("B-9001", "2026-03-20", "19999", "5200.00", "EUR", "")
    send(
        world,
        "sales",
        [(*deal[:3], "7150.00", *deal[4:]) if deal[0] == "B-1004" else deal for deal in deals] + [unknown],
    )
    return rows


def _quota(one: Row) -> str:
    return "60000" if one["title"] == "Inside Sales" else "150000" if "Senior" in one["title"] else "110000"


def _deals(number: int, one: Row) -> Iterator[tuple[str, ...]]:
    """Three deals a month of somebody: not round, and more for who sells more."""
    for turn in range(9):
        month, of = divmod(turn, 3)
        amount = int(_quota(one)) / 9 * (0.72 + (number * 5 + 7) % 11 / 18) * (0.8 + turn * 5 % 9 / 20)
        day = f"2026-{month + 1:02}-{3 + of * 9 + number % 7:02}"
        yield (f"B-{1000 + number * 10 + turn}", day, one["id"], f"{amount:.2f}", one["currency"], "")


def _adjust(world: Boats, key: str, amount: str, currency: str, reason: str) -> str:
    said = world.done("adjust", key, "2026-03", amount, currency, "--component", "commission", "--reason", reason)
    return str(said["id"])


def _adjusted(world: Boats, patch: pytest.MonkeyPatch) -> None:
    """An amount by hand that vera approved, and one that she did not."""
    prize = _adjust(world, "10202", "500.00", "EUR", "Won back Hansa Yachting")
    late = _adjust(world, "10403", "-200.00", "USD", "Late with the forecast")
    patch.setenv("LOGNAME", "vera")
    world.done("approve", prize)
    world.done("reject", late, "--reason", "No plan says so")
    patch.setenv("LOGNAME", "dana")


def under_way(office: Office, doing: str, done: int, of: int) -> None:
    """Let a worker have come so far with what waits."""
    books = open_database(office.world.database_url)
    with writing(books) as tx:
        held = take(tx, "worker-1", moment(office.world))
        assert held
        note_progress(tx, held, doing, done, of)
    books.dispose()
