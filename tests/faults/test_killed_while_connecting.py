"""Killed while somebody agrees to a connection, while its tokens are renewed or sealed again: nothing half is kept."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.connecting import Kept
from connectors.sealing import new_key
from domain.errors import TryLater
from store import faults
from store.connection_tables import connection
from store.connections import connections
from store.database import reading, writing
from syncd.connecting import keeper
from syncd.connecting.agreeing import begin_connection, finish_connection
from syncd.connecting.sealing_again import seal_everything
from syncd.world import Actor, open_world
from syncd.world import World as Opened
from tests.connectors.conftest import _reachable, _salesforce, salesforce  # noqa: F401 - fixtures
from tests.doubles.salesforce.server import Double
from tests.doubles.salesforce.tokens import agree
from tests.faults.story import Killed, killing, points
from tests.scenarios.conftest import _migrated, world  # noqa: F401 - fixtures
from tests.scenarios.test_connected import crm  # noqa: F401 - a fixture

WRITES = (
    "connections.answer",
    "connections.ask",
    "connections.begin_renewal",
    "connections.give_back",
    "connections.keep",
    "connections.renew",
    "connections.seal_again",
)
AGREEING = ("connections.ask", "connections.answer", "connections.keep")
RENEWING = ("connections.begin_renewal", "connections.renew")
ANA = Actor("ana", "ana")


@pytest.fixture
def opened(crm: Double, tmp_path: Path) -> Iterator[Opened]:  # noqa: F811 - the fixture
    found = open_world(tmp_path / "workspace", None)
    yield found
    found.database.dispose()


def agreed(world: Opened, double: Double) -> None:  # noqa: F811 - an opened one
    back = agree(double.org, double.app, begin_connection(world, "crm", ANA).address)
    finish_connection(world, "crm", back, ANA)


def kept(world: Opened) -> list[Kept]:  # noqa: F811 - as above
    with reading(world.database) as tx:
        return [keeper._opened(one) for one in connections(tx)]


@pytest.mark.parametrize("point", points(AGREEING))
def test_agreeing_is_begun_again(opened: Opened, crm: Double, point: str) -> None:  # noqa: F811 - the fixture
    faults.arm(killing(point))
    with pytest.raises(Killed):
        agreed(opened, crm)
    faults.disarm()
    assert kept(opened) == []
    agreed(opened, crm)
    assert [one.refresh for one in kept(opened)] == [crm.org.families[-1].live]


@pytest.mark.parametrize("point", points(RENEWING))
def test_renewing_is_done_again_once_the_lease_is_over(opened: Opened, crm: Double, point: str) -> None:  # noqa: F811
    agreed(opened, crm)
    (spent,) = kept(opened)
    faults.arm(killing(point))
    with pytest.raises(Killed):
        keeper.keeper_of(opened, "crm").renewed(spent, lambda _: Kept("a", "b", spent.place))
    faults.disarm()
    assert kept(opened) == [spent]
    with writing(opened.database) as tx:
        tx.execute(connection.update().values(renewing_until=opened.now()))
    assert keeper.keeper_of(opened, "crm").renewed(spent, lambda _: Kept("c", "d", spent.place)).access == "c"
    assert [one.refresh for one in kept(opened)] == ["d"]


@pytest.mark.parametrize("point", points(["connections.give_back"]))
def test_what_was_not_got_is_asked_for_again(opened: Opened, crm: Double, point: str) -> None:  # noqa: F811
    agreed(opened, crm)
    (spent,) = kept(opened)

    def down(_: str) -> Kept:
        raise TryLater("down")

    faults.arm(killing(point))
    with pytest.raises(Killed):
        keeper.keeper_of(opened, "crm").renewed(spent, down)
    faults.disarm()
    with writing(opened.database) as tx:
        tx.execute(connection.update().values(renewing_until=opened.now()))
    assert keeper.keeper_of(opened, "crm").renewed(spent, lambda _: Kept("c", "d", spent.place)).access == "c"


@pytest.mark.parametrize("point", points(["connections.seal_again"]))
def test_sealing_again_is_done_again(
    opened: Opened,
    crm: Double,  # noqa: F811 - the fixture
    point: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    agreed(opened, crm)
    before, key = kept(opened), new_key()
    monkeypatch.setenv("SYNCD_SECRET_KEY", f"{key},{os.environ['SYNCD_SECRET_KEY']}")
    faults.arm(killing(point))
    with pytest.raises(Killed):
        seal_everything(opened)
    faults.disarm()
    assert kept(opened) == before
    assert seal_everything(opened).connections == ("crm",)
    monkeypatch.setenv("SYNCD_SECRET_KEY", key)
    assert kept(opened) == before
