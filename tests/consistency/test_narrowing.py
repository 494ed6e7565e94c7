"""Judging everything equals narrowing and judging the rest."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

import syncd.changes.stage
from engine import narrow
from store import said_tables, tables
from store.database import open_database, reading
from syncd.changes.comparing import load_open_matters
from syncd.feeds.work import Work
from tests.consistency.conftest import Opened
from tests.consistency.stories import Company, Day, decide, few, prepare, stories
from tests.scenarios.world import World

#: What a run leaves, and the columns that say when and under which number; those may differ.
LEFT = {
    tables.change: {"baseline"},
    tables.conflict: set(),
    tables.rejection: set(),
    tables.quarantine: set(),
    tables.problem: set(),
    tables.link: set(),
    said_tables.apart: set(),
    tables.person: set(),
    tables.run: {"started_at", "finished_at", "lease_until"},
}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@few
@given(story=stories)
def test_judging_everything_equals_narrowing_first(opened: Opened, story: tuple[Day, ...]):
    """Each run is done twice from the same state, once with every row kept: all that it leaves is the same."""
    world, company = opened(), Company()
    prepare(world)
    for day in story:
        company.edit(day)
        world.today += day.after
        world.write("inbox/people.csv", company.file())
        twin = World(world.folder.with_name(world.folder.name + "-twin"))
        shutil.rmtree(twin.folder)
        shutil.copytree(world.folder, twin.folder)
        twin.today = world.today
        narrowed = world.run()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(syncd.changes.stage, "load_open_matters", _of_everybody)
            kept = _count_unchanged(patch)
            judged = twin.run()
        shutil.rmtree(twin.folder / "inbox")
        assert kept == [0]
        assert judged.document == narrowed.document
        assert left(twin.folder) == left(world.folder)
        decide(world, day)
        shutil.rmtree(twin.folder)


def _of_everybody(work: Work) -> None:
    """Let there be something open about everybody, so that no row is left out."""
    load_open_matters(work)
    work.session.run("CREATE OR REPLACE TABLE open_matters AS SELECT person FROM people")


def _count_unchanged(patch: pytest.MonkeyPatch) -> list[int]:
    """Note how many rows the engine leaves out."""
    found: list[int] = []
    real = narrow.narrow

    def noting(*arguments: Any) -> narrow.Narrowed:
        result = real(*arguments)
        found.append(result.unchanged)
        return result

    patch.setattr(narrow, "narrow", noting)
    return found


def left(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Give what runs left in a workspace: the rows of `LEFT`, in a total order."""
    database = open_database(f"sqlite:///{folder / 'var' / 'syncd.db'}")
    try:
        with reading(database) as tx:
            return {
                table.name: sorted(
                    (
                        {name: value for name, value in row.items() if name not in skipped}
                        for row in tx.execute(table.select()).mappings()
                    ),
                    key=repr,
                )
                for table, skipped in LEFT.items()
            }
    finally:
        database.dispose()
