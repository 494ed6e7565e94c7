"""Killed while a feed runs by itself: the clock and the worker, at every write of a job and of a schedule."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import syncd.world
from store import faults
from store.database import writing
from store.runs import begin_run
from syncd import pipeline
from syncd.world import open_world
from tests.cursors.crm import Clock
from tests.daemon.operated import Operated
from tests.faults.story import Killed, killing, points

WRITES = (
    "jobs.enqueue",
    "jobs.finish",
    "jobs.give_back",
    "jobs.renew",
    "jobs.take",
    "schedules.begin",
    "schedules.move",
)
BY_CLOCK = ("jobs.enqueue", "schedules.begin", "schedules.move")
BY_WORKER = ("jobs.finish", "jobs.take")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Operated]:
    """A feed that is due every hour; its clock has looked, and an hour has gone by."""
    clock = Clock()
    monkeypatch.setattr(syncd.world, "clock", clock)
    found = Operated(tmp_path / "world", clock)
    found.tick()
    found.later(hours=1)
    yield found
    found.close()


def killed(world: Operated, command: str, point: str) -> None:
    """Give a command, kill it at a write, and let its leases end."""
    faults.arm(killing(point))
    with pytest.raises(Killed):
        world.do(command, "--once")
    faults.disarm()
    world.clock.lease_ends()


def is_as_if_never_broken(world: Operated) -> bool:
    """Whether the hour has had its one job, and that its run, which everybody sees; and nothing of it is left open."""
    done = world.jobs() == [("T1", "done")] and world.outcomes()[-1] == "completed"
    return done and world.outcomes().count("completed") == 1 and len(world.pending()) == 1


@pytest.mark.parametrize("point", points(BY_CLOCK))
def test_a_clock_killed_at_a_write_has_missed_nothing_and_planned_nothing_twice(world: Operated, point: str) -> None:
    killed(world, "clock", point)
    assert world.jobs() == []
    assert [one["planned"] for one in world.tick()] == ["2026-01-05T13:00:00+00:00"]
    assert world.tick() == []
    world.work()
    assert is_as_if_never_broken(world)


def test_a_clock_killed_when_it_first_looks_looks_anew(tmp_path: Path, world: Operated) -> None:
    fresh = Operated(tmp_path / "fresh", world.clock)
    killed(fresh, "clock", "schedules.begin done")
    assert (fresh.tick(), fresh.jobs()) == ([], [])
    fresh.later(hours=1)
    assert len(fresh.tick()) == 1
    fresh.close()


@pytest.mark.parametrize("point", points(BY_WORKER))
def test_a_worker_killed_at_a_write_leaves_a_job_that_is_done_later(world: Operated, point: str) -> None:
    """Where it had run the feed already, the second run finds nothing new."""
    world.tick()
    killed(world, "worker", point)
    assert [one["state"] for one in world.work()] == ["done"]
    assert world.jobs() == [("T1", "done")]
    assert set(world.outcomes()) == {"completed"}
    assert len(world.pending()) == 1


@pytest.mark.parametrize("point", points(["jobs.give_back"]))
def test_a_worker_killed_while_it_gives_a_job_back_loses_it(world: Operated, point: str) -> None:
    """The feed is run by hand just now, so it is tried again later."""
    world.tick()
    opened = open_world(world.folder, None)
    with writing(opened.database) as tx:
        now = world.clock.instant
        assert begin_run(tx, "people", now=now, today=now.date(), dry=False, configuration_hash="c")
    opened.database.dispose()
    killed(world, "worker", point)
    assert [one["state"] for one in world.work()] == ["done"]
    assert is_as_if_never_broken(world)


@pytest.mark.parametrize("point", points(["jobs.renew"]))
def test_a_worker_killed_while_it_holds_on_to_a_job_loses_it(
    world: Operated, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    world.tick()
    with monkeypatch.context() as patch:
        _let_beat(patch)
        killed(world, "worker", point)
    assert [one["state"] for one in world.work()] == ["done"]
    assert is_as_if_never_broken(world)


def _let_beat(patch: pytest.MonkeyPatch) -> None:
    """Let hearts beat at once; the run waits with reading until that of its job has stopped."""
    pull = vars(pipeline)["pull"]

    def waiting(work: Any) -> Any:
        for heart in [one for one in threading.enumerate() if one.name.startswith("heartbeat-T")]:
            heart.join(30)
        return pull(work)

    patch.setattr("syncd.feeds.lease.BEAT", 0)
    patch.setattr("syncd.pipeline.pull", waiting)
