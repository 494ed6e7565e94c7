"""The world of a scenario, on each database: empty, or with a company of 20 in it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine

from store.database import open_database
from tests.scenarios import leaving, selling
from tests.scenarios.closing import PayWorld
from tests.scenarios.people import COMPANY
from tests.scenarios.sheets import Sheets
from tests.scenarios.world import World
from tests.servers import Database, migrated

Opened = Callable[[Path], World]

#: One for the whole process: other folders of tests take these fixtures too, each as a fixture of its own.
_MADE: dict[str, Path] = {}


@pytest.fixture(scope="session")
def _migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with the newest tables: each scenario begins with a copy."""
    path = tmp_path_factory.mktemp("template") / "syncd.db"
    migrated(f"sqlite:///{path}")
    return path


@pytest.fixture
def world(tmp_path: Path, database: Database, _migrated: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """An empty workspace, its database ready."""
    return World(housed(tmp_path / "workspace", database, _migrated, monkeypatch))


def housed(folder: Path, database: Database, migrated: Path, environment: pytest.MonkeyPatch) -> Path:
    """A folder with an empty database: one of the server's, or a copy of a migrated file."""
    if url := database.fresh():
        environment.setenv("SYNCD_DATABASE_URL", url)
    else:
        (folder / "var").mkdir(parents=True)
        shutil.copyfile(migrated, folder / "var" / "syncd.db")
    return folder


@pytest.fixture(scope="session")
def _companies() -> dict[str, Path]:
    """The workspaces that `company` copies, by kind of database; each is made when first asked for."""
    return _MADE


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
    make = _Copying("company", database, _migrated, _companies, tmp_path_factory, monkeypatch)
    return World(make.copy(tmp_path / "workspace", lambda folder: World(folder).begin(COMPANY)))


@pytest.fixture
def paid(
    tmp_path: Path,
    database: Database,
    _migrated: Path,
    _companies: dict[str, Path],
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> PayWorld:
    """Three people, one plan, six deals of January and February: ready to be calculated on the first of March."""
    make = _Copying("paid", database, _migrated, _companies, tmp_path_factory, monkeypatch)
    return PayWorld(make.copy(tmp_path / "workspace", lambda folder: PayWorld(folder).begin_pay()))


@pytest.fixture
def sellers(
    tmp_path: Path,
    database: Database,
    _migrated: Path,
    _companies: dict[str, Path],
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> World:
    """The small company of `selling`, with its plans, quotas, sales and rates, before its first calculation.

    It is the first of June: each of the months it sells in is over.
    """
    make = _Copying("sellers", database, _migrated, _companies, tmp_path_factory, monkeypatch)
    found = World(make.copy(tmp_path / "workspace", lambda folder: selling.begin(World(folder))))
    selling.prepare(found)
    return found.on("2026-06-01")


@pytest.fixture
def left(
    tmp_path: Path,
    database: Database,
    _migrated: Path,
    _companies: dict[str, Path],
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> PayWorld:
    """Ann of `paid` was paid for two committed months under two names, and left in March: ready to be erased."""
    make = _Copying("left", database, _migrated, _companies, tmp_path_factory, monkeypatch)
    return leaving.prepared(PayWorld(make.copy(tmp_path / "workspace", lambda folder: leaving.begin(PayWorld(folder)))))


@dataclass(frozen=True, slots=True)
class _Copying:
    """Workspaces that are made once for each kind of database, and copied."""

    name: str
    database: Database
    migrated: Path
    made: dict[str, Path]
    parent: pytest.TempPathFactory
    environment: pytest.MonkeyPatch

    def copy(self, folder: Path, begin: Callable[[Path], object]) -> Path:
        database, template = self.database, f"{self.name}_{self.database.kind}"
        if template not in self.made:
            made = self.parent.mktemp(template)
            if database.server:
                url = database.server.create_database(template, database.template)
                self.environment.setenv("SYNCD_DATABASE_URL", url)
            else:
                (made / "var").mkdir()
                shutil.copyfile(self.migrated, made / "var" / "syncd.db")
            begin(made)
            self.made[template] = made
        shutil.copytree(self.made[template], folder)
        if database.server:
            copy = Database(database.kind, database.server, template, database.made)
            self.environment.setenv("SYNCD_DATABASE_URL", copy.fresh() or "")
        return folder


@pytest.fixture
def books(paid: PayWorld) -> Iterator[Engine]:
    """The database of who is paid."""
    opened = open_database(paid.database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def sheets(company: World) -> Sheets:
    """The company, and a sheet of quotas of it."""
    return Sheets(company)


@pytest.fixture
def histories(company: World) -> Sheets:
    """The sheet is the whole history: what is no longer in it is taken back."""
    return Sheets(company, history=True)


@pytest.fixture
def pay(world: World) -> PayWorld:
    """An empty workspace in which people will be paid."""
    return PayWorld(world.folder)
