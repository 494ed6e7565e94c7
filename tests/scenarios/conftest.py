"""The world of a scenario, on each database: empty, or with a company of 20 in it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from store.database import migrate
from tests.scenarios.people import COMPANY
from tests.scenarios.world import World
from tests.servers import Database

Opened = Callable[[Path], World]


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
    if url := database.fresh():
        monkeypatch.setenv("SYNCD_DATABASE_URL", url)
    else:
        (folder / "var").mkdir(parents=True)
        shutil.copyfile(_migrated, folder / "var" / "syncd.db")
    return World(folder)


@pytest.fixture(scope="session")
def _companies() -> dict[str, Path]:
    """The workspaces that `company` copies, by kind of database; each is made when first asked for."""
    return {}


@pytest.fixture
def company(
    tmp_path: Path,
    database: Database,
    _migrated: Path,
    _companies: dict[str, Path],
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> World:
    """A workspace in which `COMPANY` was loaded and approved, on the day before anything else happens."""
    folder, template = tmp_path / "workspace", f"company_{database.kind}"
    if database.kind not in _companies:
        made = tmp_path_factory.mktemp(template)
        if database.server:
            monkeypatch.setenv("SYNCD_DATABASE_URL", database.server.create_database(template, database.template))
        else:
            (made / "var").mkdir()
            shutil.copyfile(_migrated, made / "var" / "syncd.db")
        World(made).begin(COMPANY)
        _companies[database.kind] = made
    shutil.copytree(_companies[database.kind], folder)
    if database.server:
        copy = Database(database.kind, database.server, template, database.made)
        monkeypatch.setenv("SYNCD_DATABASE_URL", copy.fresh() or "")
    return World(folder)
