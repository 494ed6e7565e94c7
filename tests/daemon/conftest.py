"""A workspace that runs by itself, on each database, with a clock in the hands of the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from store import faults
from tests.cursors.conftest import clock  # noqa: F401 - a fixture
from tests.cursors.crm import Clock
from tests.daemon.operated import Operated
from tests.scenarios.conftest import _migrated, housed  # noqa: F401 - a fixture
from tests.scenarios.world import Document
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


@pytest.fixture
def never_broken(
    tmp_path: Path,
    database: Database,
    clock: Clock,  # noqa: F811 - the fixture above
    _migrated: Path,  # noqa: F811 - as above
) -> Callable[[Callable[[Operated], object]], Document]:
    """Gives everything that is there after a run that never broke and an approval of all, of a world made so."""

    def seen(made: Callable[[Operated], object]) -> Document:
        with pytest.MonkeyPatch.context() as environment:
            found = Operated(housed(tmp_path / "never-broken", database, _migrated, environment), clock)
            made(found)
            assert (found.do("run", "people").code, found.approve().code) == (0, 0)
            everything = found.everything()
            found.close()
        assert {one["state"] for one in everything["changes"]} == {"applied"}
        assert everything["verified"] == 0
        return everything

    return seen
