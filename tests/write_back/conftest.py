"""Who is paid, January committed, and an org with an object for it, on each database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from store import faults
from syncd.outside import write_back
from syncd.world import World as Opened
from syncd.world import open_world
from tests.connectors.conftest import _reachable, _salesforce, salesforce  # noqa: F401 - fixtures
from tests.doubles.salesforce.org import Field
from tests.doubles.salesforce.server import Double
from tests.scenarios.closing import PayWorld
from tests.scenarios.conftest import _companies, _Copying, _migrated  # noqa: F401 - fixtures
from tests.servers import Database
from tests.write_back.sent import FIELDS, OBJECT


@pytest.fixture
def paid(
    tmp_path: Path,
    database: Database,
    _migrated: Path,  # noqa: F811 - the fixture
    _companies: dict[str, Path],  # noqa: F811 - as above
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> PayWorld:
    """Who is paid, January committed."""

    def begin(folder: Path) -> None:
        world = PayWorld(folder)
        world.begin_pay()
        world.close("2026-01")

    make = _Copying("closed", database, _migrated, _companies, tmp_path_factory, monkeypatch)
    return PayWorld(make.copy(tmp_path / "workspace", begin))


@pytest.fixture
def crm(paid: PayWorld, salesforce: Double, monkeypatch: pytest.MonkeyPatch) -> Double:  # noqa: F811 - the fixture
    """January is committed: 140 of Ann, 50 of Bob, 70 of Cid; the org has an object for it."""
    monkeypatch.setattr(write_back, "pause", salesforce.org.pass_)
    org = salesforce.org
    key = Field("Line__c", external=True)
    org.make(
        OBJECT, "a01", key, *(Field(name) for name in FIELDS if name != "Amount__c"), Field("Amount__c", "currency")
    )
    credentials = {"client_id": {"env": "CRM_CLIENT_ID"}, "client_secret": {"env": "CRM_CLIENT_SECRET"}}
    paid.settings["sources"]["crm"] = {
        "kind": "salesforce",
        "my_domain": salesforce.my_domain,
        "auth": {"client_credentials": credentials},
        "daily_share": 100,
    }
    paid.settings["write_back"] = {
        "results": {"source": "crm", "object": OBJECT, "key": "Line__c", "parent": "Who__c", "fields": FIELDS}
    }
    paid.save()
    return salesforce


@pytest.fixture
def opened(crm: Double, paid: PayWorld) -> Iterator[Opened]:
    found = open_world(paid.folder, None)
    yield found
    faults.disarm()
    found.database.dispose()
