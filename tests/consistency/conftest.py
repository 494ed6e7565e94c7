"""Empty workspaces for the asking, each with a database of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from store import faults
from syncd.changes import remembering
from tests.scenarios.conftest import _migrated, housed  # noqa: F401 - a fixture
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
        return World(housed(tmp_path / f"workspace-{next(numbers)}", database, _migrated, monkeypatch))

    yield another
    faults.disarm()


@pytest.fixture
def remembers_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A company of a few remembers which rows change nothing, as one of a million does."""
    monkeypatch.setattr(remembering, "MANY", 0)
    monkeypatch.setattr(remembering, "SHARE", 1_000_000)
