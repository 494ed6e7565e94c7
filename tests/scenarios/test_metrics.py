"""What a monitoring system is told of a run: that it is held, and how many problems it had."""

from __future__ import annotations

from syncd.operation.metrics import metrics
from syncd.world import open_world
from tests.scenarios.people import COMPANY, with_cells
from tests.scenarios.world import World


def told(world: World) -> dict[str, float]:
    """Every metric of the feed by its name and labels."""
    opened = open_world(world.folder, world.today)
    lines = metrics(opened).decode().splitlines()
    opened.database.dispose()
    return {name: float(value) for name, _, value in (one.rpartition(" ") for one in lines if not one.startswith("#"))}


HELD, ERRORS = 'syncd_feed_held{feed="people"}', 'syncd_problems{feed="people",severity="error"}'


def test_problems_are_those_of_the_last_run(company: World) -> None:
    rows = with_cells(COMPANY, "01001", email="nobody")
    assert company.run(with_cells(rows, "01002", hired="soon")).code == 1
    found = told(company)
    assert (found[ERRORS], found[HELD], found['syncd_quarantined_rows{feed="people"}']) == (2, 0, 2)
    assert company.run(COMPANY).code == 0
    assert ERRORS not in told(company)


def test_a_run_is_held_until_it_is_released(company: World) -> None:
    assert company.run(COMPANY[:10]).code == 3
    found = told(company)
    assert found[HELD] == 1
    assert found['syncd_changes{feed="people",state="held"}'] == 10
    assert company.call("hold", "release", "R2", "--reason", "a unit was sold").code == 0
    found = told(company)
    assert found[HELD] == 0
    assert found['syncd_changes{feed="people",state="pending"}'] == 10
