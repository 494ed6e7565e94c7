"""Killed while an org tells something: what was not acknowledged is not there, and is whole when it comes again."""

from __future__ import annotations

import pytest

from store import faults
from tests.connectors.conftest import _salesforce, salesforce  # noqa: F401 - fixtures
from tests.cursors.conftest import clock  # noqa: F401 - a fixture
from tests.doubles.salesforce.org import long
from tests.doubles.salesforce.outbound import acknowledges
from tests.faults.story import Killed, killing, points
from tests.outbound.conftest import Told, told  # noqa: F401 - a fixture
from tests.outbound.test_told import rows
from tests.scenarios.conftest import _migrated  # noqa: F401 - a fixture

WRITES = ("outbound.end_path", "outbound.insert_path", "outbound.keep", "outbound.refuse")


@pytest.mark.parametrize("point", points(["outbound.keep", "jobs.enqueue"]))
def test_a_message_is_whole_when_it_comes_again(told: Told, point: str):  # noqa: F811 - the fixture above
    told.sender.tell("Contact", told.joins("01001"))
    body = told.sender.message(told.sender.waiting)
    faults.arm(killing(point))
    with pytest.raises(Killed):
        told.post(body)
    faults.disarm()
    assert (rows(told), told.listed()["messages"], told.jobs()) == ([], [], [])
    assert acknowledges(told.post(body).data)
    assert (len(rows(told)), told.jobs()) == (1, [("T1", "waiting")])


@pytest.mark.parametrize("point", points(["outbound.refuse"]))
def test_that_another_org_came_is_kept_when_it_comes_again(told: Told, point: str):  # noqa: F811 - the fixture above
    told.sender.organization = long("00D5f000009zzzz")
    faults.arm(killing(point))
    with pytest.raises(Killed):
        told.post(told.sender.message([]))
    faults.disarm()
    assert told.listed()["messages"] == []
    assert told.post(told.sender.message([])).status_code == 403
    assert [one["messages"] for one in told.listed()["messages"]] == [1]


@pytest.mark.parametrize("point", points(["outbound.insert_path", "outbound.end_path"]))
def test_a_path_is_as_it_was(told: Told, point: str):  # noqa: F811 - the fixture above
    command = ("end", "W1") if "end_path" in point else ("add", "crm")
    before = told.listed()
    faults.arm(killing(point))
    with pytest.raises(Killed):
        told.call("outbound", *command)
    faults.disarm()
    assert told.listed() == before
    assert told.call("outbound", *command).code == 0
    assert told.call("audit", "verify").code == 0
