"""Empty workspaces for the asking, each with a database of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from store import faults
from tests.scenarios.conftest import _migrated  # noqa: F401 - a fixture
from tests.scenarios.world import World
from tests.servers import Database

Opened = Callable[[], World]


@pytest.fixture
def opened(
    tmp_path: Path,
    database: Database,
    _migrated: Path,  # noqa: F811 - the fixture above
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Opened]:
    """Gives an empty workspace each time it is called, as a property needs one for each example."""
    numbers = count(1)

    def another() -> World:
        folder = tmp_path / f"workspace-{next(numbers)}"
        if url := database.fresh():
            monkeypatch.setenv("SYNCD_DATABASE_URL", url)
        else:
            (folder / "var").mkdir(parents=True)
            shutil.copyfile(_migrated, folder / "var" / "syncd.db")
        return World(folder)

    yield another
    faults.disarm()
