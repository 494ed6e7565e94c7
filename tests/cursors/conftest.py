"""A scripted CRM on each database, and the clock of its world."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import syncd.world
from store import faults
from tests.cursors.crm import Clock, Crm
from tests.scenarios.conftest import _migrated  # noqa: F401 - a fixture
from tests.servers import Database


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The wall clock, in the hands of the test."""
    found = Clock()
    monkeypatch.setattr(syncd.world, "clock", found)
    return found


@pytest.fixture
def crm(
    tmp_path: Path,
    database: Database,
    clock: Clock,
    _migrated: Path,  # noqa: F811 - the fixture above
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Crm]:
    """An empty workspace that reads a CRM."""
    folder = tmp_path / "workspace"
    if url := database.fresh():
        monkeypatch.setenv("SYNCD_DATABASE_URL", url)
    else:
        (folder / "var").mkdir(parents=True)
        shutil.copyfile(_migrated, folder / "var" / "syncd.db")
    world = Crm(folder)
    yield world
    world.close()
    faults.disarm()
