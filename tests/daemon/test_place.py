"""A process that goes on for long: its files are edited, days pass, and its clock is not the database's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from time import sleep

import pytest
from sqlalchemy import text

import syncd.world
from domain.errors import FixFile, Refused
from store.database import HEAD, writing
from store.jobs import Act, enqueue, take
from syncd.daemon.clock import Clock
from syncd.daemon.messenger import Bell
from syncd.daemon.place import Place
from syncd.daemon.stopping import Stop
from syncd.daemon.worker import Worker
from syncd.daemon.worker import _renew as renewed
from syncd.feeds.lease import Heartbeat, Stopped, begin, kept_alive
from syncd.world import World, open_world
from tests.daemon.operated import Operated


@contextmanager
def opened(world: Operated) -> Iterator[World]:
    found = open_world(world.folder, None)
    try:
        yield found
    finally:
        found.database.dispose()


def schedule_of(world: World) -> str | None:
    schedule = world.workspace.feeds["people"].schedule
    return schedule.text if schedule else None


@pytest.fixture
def place(world: Operated) -> Iterator[Place]:
    """The workspace as a clock has it."""
    with opened(world) as found:
        yield Place(found, None, "clock")


def test_files_are_read_again_when_they_change_and_only_then(
    world: Operated, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert schedule_of(place.world()) == "hourly"
    world.feed["schedule"] = "daily at 09:00"
    world.save()
    assert schedule_of(place.world()) == "daily at 09:00"

    def again(*_given: object) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr("syncd.daemon.place.renewed", again)
    assert schedule_of(place.world()) == "daily at 09:00"
    world.feed["schedule"] = "daily at 10:00"
    world.save()
    with pytest.raises(AssertionError, match="read again"):
        place.world()


def test_a_day_passes_without_anything_being_edited(world: Operated, place: Place) -> None:
    assert place.world().today == date(2026, 1, 5)
    world.later(days=1)
    assert place.world().today == date(2026, 1, 6)


def test_mistakes_are_told_once_and_what_is_put_right_is_seen(
    world: Operated, place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    place.world()
    for content, told in (("version: 2\n", 1), ("version: 2\n", 0), ("version: [\n", 1)):
        world.write("syncd.yaml", content)
        with pytest.raises(FixFile):
            place.world()
        assert capsys.readouterr().err.count("clock configuration.mistake") == told
        assert schedule_of(place.as_it_was()) == "hourly"
    world.save()
    assert schedule_of(place.world()) == "hourly"
    assert capsys.readouterr().err == ""


# --- machines whose clocks differ


class Behind(datetime):
    """The clock of a machine that is three minutes late."""

    @classmethod
    def now(cls, tz=None):
        return datetime.now(tz) - timedelta(minutes=3)


@pytest.fixture
def late_machine(world: Operated, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The workspace as a machine with such a clock has it; the clock of this one is right."""
    with monkeypatch.context() as patch:
        patch.setattr(syncd.world, "datetime", Behind)
        patch.setattr(syncd.world, "clock", lambda: Behind.now(UTC))
        with opened(world) as found:
            # what it reads from its clock later is late as well
            yield found


@pytest.mark.parametrize("database", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_what_a_machine_with_a_late_clock_holds_nobody_takes_over(world: Operated, late_machine: World) -> None:
    """By its own clock its leases would have been over two minutes ago."""
    with writing(late_machine.database) as tx:
        assert begin(tx, late_machine, "people", dry=False) is not None
        enqueue(tx, Act.RUN, "people", by="me", now=late_machine.now())
        assert take(tx, "late", late_machine.now()) is not None
    world.now_really()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(syncd.world, "datetime", datetime)
        patch.setattr(syncd.world, "clock", world.clock)
        assert world.call("run", "people").error["code"] == "refused"
        assert (world.work(), world.jobs()) == ([], [("T1", "running")])


@contextmanager
def migrated(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Another syncd has brought the database further; whoever looks, looks now."""
    monkeypatch.setattr("syncd.daemon.place._ASKED_AGAIN", 0.0)
    with writing(world.database) as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    yield
    with writing(world.database) as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": HEAD})


def test_a_worker_and_a_clock_of_an_older_syncd_end(world: Operated, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(world) as found:
        with writing(found.database) as tx:
            enqueue(tx, Act.RUN, "people", by="ana", now=found.now())
        parts = Worker(Place(found, None, "worker"), Bell()), Clock(Place(found, None, "clock"), Bell(), once=True)
        with migrated(found, monkeypatch):
            for part in parts:
                with pytest.raises(Refused, match="at 9999 by now, and this syncd knows 00"):
                    part.go(Stop())
        assert [one["state"] for one in world.call("jobs").document] == ["waiting"]


def test_what_an_older_syncd_does_just_now_is_given_back(world: Operated, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(world) as found:
        with writing(found.database) as tx:
            enqueue(tx, Act.RUN, "people", by="ana", now=found.now())
            held = take(tx, "worker", found.now())
        assert held is not None
        heart = Heartbeat()
        renewed(found, held, heart)
        assert not heart.is_to_stop
        with migrated(found, monkeypatch):
            renewed(found, held, heart)
        with pytest.raises(Stopped):
            heart.check()


def test_a_run_of_an_older_syncd_ends(world: Operated, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its next beat is refused, and the run raises that at its next check."""
    monkeypatch.setattr("syncd.feeds.lease.BEAT", 0.01)
    with opened(world) as found, writing(found.database) as tx:
        lease = begin(tx, found, "people", dry=False)
    assert lease is not None
    heart = Heartbeat()

    def goes_on() -> None:
        with kept_alive(found, lease, heart):
            for _ in range(500):
                heart.check()
                sleep(0.01)

    with opened(world) as found, migrated(found, monkeypatch), pytest.raises(Refused, match="9999"):
        goes_on()
