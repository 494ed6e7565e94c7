"""The world of a scenario, on each database."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from store.database import migrate
from tests.scenarios.world import World
from tests.servers import Database


@pytest.fixture(scope="session")
def _migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with the newest tables: each scenario begins with a copy."""
    path = tmp_path_factory.mktemp("template") / "syncd.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def world(tmp_path: Path, database: Database, _migrated: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """An empty workspace, its database ready."""
    folder = tmp_path / "workspace"
    folder.mkdir()
    url = database.fresh()
    if url:
        monkeypatch.setenv("SYNCD_DATABASE_URL", url)
    else:
        (folder / "var").mkdir()
        shutil.copyfile(_migrated, folder / "var" / "syncd.db")
    return World(folder)
