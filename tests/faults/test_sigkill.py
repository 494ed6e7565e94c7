"""Killed by SIGKILL at writes from the first read to the commit, on each database: it is as if it had never been."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from engine.facts import load_facts
from engine.session import open_session
from store.database import open_database, reading
from store.every_table import metadata
from store.head import current_revision
from store.ledger import ledger_entries
from store.runs import runs
from syncd.facts.known import facts_as_known
from syncd.world import open_world
from tests.cursors.conftest import clock  # noqa: F401 - a fixture
from tests.cursors.crm import Clock
from tests.faults.sigkill import killed_at
from tests.scenarios.closing import DEALS, PEOPLE, PLAN, PayWorld
from tests.scenarios.conftest import _migrated, housed  # noqa: F401 - a fixture
from tests.scenarios.numbered import numbered
from tests.servers import Database

#: Each command, and where the processes that are given it first are killed, one after the other.
STORY: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("run people", ("landing.publish", "landing.publish done", "changes.insert", "changes.settle done")),
    ("run sales", ("landing.publish done", "facts.publish", "runs.finish done")),
    ("approve --all --as ana", ("decisions.insert", "history.insert_steps done")),
    ("plan publish plans/reseller.yaml --from 2026-01-01 --as ana", ()),
    ("plan approve reseller --as ben", ()),
    ("calculate 2026-01", ("calculations.keep",)),
    ("submit 2026-01 --as ana", ("pay_runs.move done",)),
    ("approve-results 2026-01 --as ben", ()),
    ("commit 2026-01 --as ana", ("ledger.post", "pay_runs.move")),
)
#: Where what a killed run had begun is told: the run itself, what it had landed, and how far all had counted.
TOLD = {"run", "segment", "revision"}


def test_killed_by_sigkill_and_given_again_every_command_leaves_what_one_leaves_that_was_never_broken(
    tmp_path: Path,
    database: Database,
    clock: Clock,  # noqa: F811 - the fixture above
    _migrated: Path,  # noqa: F811, PT019 - as above
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """From one command to the next: how many rows each table has. In the end: all that anybody can list, and when."""
    unbroken = PayWorld(housed(tmp_path / "unbroken", database, _migrated, monkeypatch))
    rows = list(played(unbroken, clock, killed=False))
    expected = everything(unbroken)
    assert len(expected["entries"]) == len(expected["results"]) == 3
    clock.instant = Clock().instant
    broken = PayWorld(housed(tmp_path / "broken", database, _migrated, monkeypatch))
    for (command, points), wanted, found in zip(STORY, rows, played(broken, clock, killed=True), strict=True):
        assert found == wanted, (command, points)
    assert everything(broken) == expected
    assert outcomes(broken) == [*["abandoned"] * 4, "completed", *["abandoned"] * 3, "completed"]


def played(world: PayWorld, clock: Clock, *, killed: bool) -> Iterator[dict[str, int]]:  # noqa: F811 - as above
    """Give each command on its hour, after whoever is killed at it; gives how many rows each table has then."""
    world.send_people(PEOPLE)
    world.sell(*DEALS, run=False)
    world.write("plans/reseller.yaml", PLAN)
    for command, points in STORY:
        hour = clock.instant + timedelta(hours=1)
        for point in points if killed else ():
            clock.lease_ends()
            killed_at(point, clock.instant, world._argv(command.split()))
        clock.instant = hour
        said = world.call(*command.split())
        assert said.code == 0, (command, said.document)
        with opened(world) as books, reading(books) as tx:
            tables = [table for table in metadata.sorted_tables if table.name not in TOLD]
            yield {table.name: tx.execute(select(func.count()).select_from(table)).scalar_one() for table in tables}


def everything(world: PayWorld) -> dict[str, Any]:
    """All that anybody can list, loaded facts and the ledger; what only counts is numbered as it comes up."""
    found = world.kept()
    for name, command in (("results", "results 2026-01"), ("adjusted", "adjust list"), ("jobs", "jobs")):
        found[name] = world.call(*command.split()).document
    found["statements"] = [world.call("statement", one["id"], "2026-01").document for one in PEOPLE]
    found["verified"] = world.call("audit", "verify").code
    opened_world = open_world(world.folder, None)
    with reading(opened_world.database) as tx, open_session(opened_world.workspace.var) as session:
        load_facts(session, facts_as_known(tx, opened_world, current_revision(tx)))
        found["facts"] = session.rows("SELECT key, place, amount, product, date FROM transactions ORDER BY key")
        found["entries"] = [
            {**asdict(one), "key": {**asdict(one.key), "person": f"P{one.key.person}"}} for one in ledger_entries(tx)
        ]
    opened_world.database.dispose()
    return dict(numbered(found))


def outcomes(world: PayWorld) -> list[str]:
    """What each run came to, the oldest first."""
    with opened(world) as books, reading(books) as tx:
        return [one.state.value for feed in ("people", "sales") for one in runs(tx, feed)]


@contextmanager
def opened(world: PayWorld) -> Iterator[Engine]:
    """The database of a world."""
    books = open_database(world.database_url)
    yield books
    books.dispose()
