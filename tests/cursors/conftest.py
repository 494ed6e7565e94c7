"""A scripted CRM on each database, an org of Salesforce, and the clock of their world."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import syncd.world
from store import faults
from tests.connectors.conftest import _salesforce, salesforce  # noqa: F401 - fixtures
from tests.cursors.crm import Clock, Crm
from tests.cursors.org import People
from tests.doubles.salesforce.server import Double
from tests.scenarios.conftest import _migrated, housed  # noqa: F401 - a fixture
from tests.servers import Database


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The wall clock, in the hands of the test."""
    found = Clock()
    monkeypatch.setattr(syncd.world, "clock", found)
    return found


@pytest.fixture
def opened_crm(
    tmp_path: Path,
    database: Database,
    clock: Clock,
    _migrated: Path,  # noqa: F811 - the fixture above
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[[], Crm]]:
    """Gives an empty workspace that reads a CRM each time it is called, as a property needs one for each example."""
    found: list[Crm] = []

    def another() -> Crm:
        folder = tmp_path / f"workspace-{len(found)}"
        found.append(Crm(housed(folder, database, _migrated, monkeypatch)))
        return found[-1]

    yield another
    for one in found:
        one.close()
    faults.disarm()


@pytest.fixture
def crm(opened_crm: Callable[[], Crm]) -> Crm:
    """An empty workspace that reads a CRM."""
    return opened_crm()


@pytest.fixture
def people(
    tmp_path: Path,
    database: Database,
    clock: Clock,
    _migrated: Path,  # noqa: F811 - the fixture above
    salesforce: Double,  # noqa: F811 - the fixture above
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[People]:
    """An empty workspace that reads an org."""
    folder = housed(tmp_path / "workspace", database, _migrated, monkeypatch)
    found = People(folder, salesforce)
    yield found
    found.close()
    faults.disarm()
