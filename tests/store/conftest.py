"""A migrated, empty database of each kind, and what stands in it before anything is proposed."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from store.database import open_database, writing
from store.faults import disarm
from tests.servers import Database, migrated
from tests.store.make import Roster


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file that was migrated once; the others are copies of it."""
    path = tmp_path_factory.mktemp("sqlite") / "empty.db"
    migrated(f"sqlite:///{path}")
    return path


@pytest.fixture
def url(database: Database, tmp_path: Path, empty_sqlite: Path) -> str:
    """The address of a migrated, empty database."""
    fresh = database.fresh()
    if fresh is not None:
        return fresh
    shutil.copyfile(empty_sqlite, tmp_path / "store.db")
    return f"sqlite:///{tmp_path / 'store.db'}"


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    """The same, opened."""
    opened = open_database(url)
    yield opened
    opened.dispose()
    disarm()


@pytest.fixture
def roster(engine: Engine) -> Roster:
    """The same with a run of `workers` under way that has named three people."""
    with writing(engine) as tx:
        return Roster.begin(tx)
