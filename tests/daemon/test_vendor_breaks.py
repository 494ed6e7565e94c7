"""What Workday sends is cut off, or is no answer at all: its job fails, nothing has changed, the next has it all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest

from tests.daemon.operated import Operated
from tests.doubles.workday.reached import Double, reached
from tests.scenarios.workday import read_workday
from tests.scenarios.world import Document


@pytest.fixture
def double(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Double]:
    """Six people, led by the first, hired a year ago."""
    with reached(tmp_path_factory.mktemp("workday"), monkeypatch) as found:
        found.tenant.now -= timedelta(days=300)
        for number in range(1, 7):
            manager = "w01" if number > 1 else None
            found.tenant.hire(f"w{number:02d}", date(2025, 1, 1), f"{number:05d}", manager=manager)
        found.tenant.now += timedelta(days=300)
        yield found


@pytest.mark.parametrize("wrong", ["cut", "html"])
def test_a_last_page_that_is_no_page_fails_the_job_and_leaves_everything_to_the_next(
    world: Operated, double: Double, never_broken: Callable[[Callable[[Operated], object]], Document], wrong: str
) -> None:
    """Three of six people have another title, and one is new; what breaks is the last of all that is asked for."""

    def begun(one: Operated) -> None:
        read_workday(one, double, page=2)
        assert (one.do("run", "people").code, one.approve().code) == (0, 0)

    def unbroken(one: Operated) -> None:
        begun(one)
        for wid in ("w02", "w03", "w04"):
            double.tenant.happens(wid, "Change Job", date(2026, 1, 5), title="Lead")
        double.tenant.hire("w07", date(2026, 1, 5), "00007", manager="w01")
        double.tenant.requests.clear()

    begun(world)
    expected = never_broken(unbroken)
    asked = len(double.tenant.requests)
    assert (len(expected["changes"]), asked > 2) == (6 + 4, True)
    before, landed = world.everything(), world.files()
    double.tenant.faults += [*[""] * (asked - 1), wrong]
    world.do("run", "people", "--by-worker")
    said = world.do("worker", "--once")
    assert (said.code, [one["state"] for one in said["jobs"]], double.tenant.faults) == (4, ["failed"], [])
    assert (world.outcomes(), world.everything()) == (["completed", "failed"], before)
    world.later(hours=1)
    world.do("run", "people", "--by-worker")
    assert [one["state"] for one in world.work()] == ["done"]
    assert world.approve().code == 0
    assert world.everything() == expected
    assert landed < world.files() == set(world.landed)
