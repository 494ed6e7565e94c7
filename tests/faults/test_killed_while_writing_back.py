"""Killed while results are written into another system: each amount is there once, and nothing half is kept."""

# ruff: noqa: F811 - fixtures
from __future__ import annotations

import pytest

from store import faults
from store.outbox import EffectState
from syncd.world import World as Opened
from tests.connectors.conftest import _reachable, _salesforce, salesforce  # noqa: F401 - fixtures
from tests.doubles.salesforce.server import Double
from tests.faults.story import Killed, points
from tests.scenarios.closing import PayWorld
from tests.scenarios.conftest import _companies, _Copying, _migrated  # noqa: F401 - fixtures
from tests.write_back.conftest import crm, opened, paid  # noqa: F401 - fixtures
from tests.write_back.sent import WHOLE, approved, counted, sent, there

WRITES = (
    "deliveries.begin_job",
    "deliveries.end_job",
    "deliveries.let_wait",
    "deliveries.move",
    "deliveries.preview",
)
SENDING = (*WRITES[:-1], "outbox.finish")


@pytest.mark.parametrize("point", points(SENDING))
def test_killed_at_any_write_while_it_is_sent_each_amount_is_there_once(
    crm: Double, paid: PayWorld, opened: Opened, point: str
) -> None:
    approved(paid)

    def kill(name: str) -> None:
        if name == point:
            raise Killed(name)

    faults.arm(kill)
    with pytest.raises(Killed):
        sent(opened)
    faults.disarm()
    assert sent(opened).state is EffectState.SENT
    assert there(crm) == WHOLE
    assert counted(paid) == {"written": 3}
    assert len([one for one in crm.org.jobs.values() if one.done]) == 1


@pytest.mark.parametrize("point", points(["deliveries.preview"]))
def test_killed_while_it_is_previewed_nothing_is_kept(crm: Double, paid: PayWorld, opened: Opened, point: str) -> None:
    def kill(name: str) -> None:
        if name == point:
            raise Killed(name)

    faults.arm(kill)
    with pytest.raises(Killed):
        paid.call("write-back", "preview", "results", "2026-01")
    faults.disarm()
    assert paid.call("write-back", "list").document == []
    assert paid.call("write-back", "preview", "results", "2026-01")["id"] == "D1"
