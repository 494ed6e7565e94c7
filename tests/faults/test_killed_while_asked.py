"""Killed while somebody asks for a job on a page, and while a worker writes down how far it has come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from store import faults
from tests.faults.story import Killed, killing, points
from tests.scenarios.conftest import _companies, _migrated, company  # noqa: F401 - fixtures
from tests.web.conftest import Office, office  # noqa: F401 - a fixture
from tests.web.test_jobs import many, work  # noqa: F401 - a fixture

WRITES = ("jobs.enqueue_once", "jobs.progress")
ALL = {"all": "1", "verdict": "approve"}


@pytest.mark.parametrize("point", points(["jobs.enqueue_once"]))
def test_a_click_that_was_not_kept_is_made_again(many: Office, point: str) -> None:  # noqa: F811 - the fixture
    dana = many.client("dana")
    dana.get("/changes")
    faults.arm(killing(point))
    with pytest.raises(Killed):
        dana.post("/changes/decide", dict(ALL))
    faults.disarm()
    assert many.world.call("jobs").document == []
    assert "T1" in dana.done("/changes/decide", dict(ALL))
    assert [one["state"] for one in work(many.world)] == ["done"]
    assert many.world.pending() == []


@pytest.mark.parametrize("point", points(["jobs.progress"]))
def test_a_worker_killed_while_it_counts_is_followed_by_another(
    many: Office,  # noqa: F811 - the fixture
    monkeypatch: pytest.MonkeyPatch,
    point: str,
) -> None:
    """What it had decided stays so, once."""
    many.client("dana").done("/changes/decide", dict(ALL))
    faults.arm(killing(point))
    with pytest.raises(Killed):
        work(many.world)
    faults.disarm()
    later = datetime.now(UTC) + timedelta(minutes=2)
    monkeypatch.setattr("syncd.world.clock", lambda: later)
    assert [one["state"] for one in work(many.world)] == ["done"]
    assert many.world.pending() == []
    assert "5 approved" in many.client("dana").get("/jobs/T1").text
    assert many.world.call("audit", "verify").code == 0
