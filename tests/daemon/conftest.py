"""A workspace that runs by itself, on each database, with a clock in the hands of the test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from store import faults
from tests.cursors.conftest import clock  # noqa: F401 - a fixture
from tests.cursors.crm import Clock
from tests.daemon.operated import Operated
from tests.scenarios.conftest import _migrated, housed  # noqa: F401 - a fixture
from tests.servers import Database


@pytest.fixture
def world(
    tmp_path: Path,
    database: Database,
    clock: Clock,  # noqa: F811 - the fixture above
    _migrated: Path,  # noqa: F811 - as above
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Operated]:
    """An empty workspace whose feed is due every hour; it is noon, and no clock has looked yet."""
    folder = housed(tmp_path / "workspace", database, _migrated, monkeypatch)
    found = Operated(folder, clock)
    yield found
    found.close()
    faults.disarm()
