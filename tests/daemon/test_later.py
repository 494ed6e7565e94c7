"""What cannot be done now is tried again later, by a clock and by a worker that go on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from domain.errors import FixFile, TryLater
from syncd.daemon import clock, outgoing, worker
from syncd.daemon.clock import Clock
from syncd.daemon.messenger import Bell
from syncd.daemon.outgoing import Outgoing
from syncd.daemon.place import Place
from syncd.daemon.stopping import Stop
from syncd.daemon.worker import Worker
from syncd.world import open_world
from tests.daemon.operated import Operated

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def place(world: Operated) -> Iterator[Place]:
    """The workspace, opened."""
    opened = open_world(world.folder, None)
    yield Place(opened, None, "it")
    opened.database.dispose()


class Meeting:
    """Meets these errors one after the other, then asks to stop."""

    def __init__(self, stop: Stop, *errors: Exception) -> None:
        self.stop, self.errors = stop, list(errors)

    def __call__(self, *_given: object) -> list[object]:
        if self.errors:
            raise self.errors.pop(0)
        self.stop.ask()
        return []


def test_a_clock_looks_again(place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    stop = Stop()
    monkeypatch.setattr(clock, "TICK", 0)
    meeting = Meeting(stop, TryLater("the database is gone"), FixFile("a mistake"), TryLater("it still is"))
    monkeypatch.setattr(clock, "look", meeting)
    Clock(place, Bell()).go(stop)
    assert (meeting.errors, capsys.readouterr().err.count("it clock.later code=unreachable")) == ([], 2)


def test_a_worker_looks_again(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stop = Stop()
    monkeypatch.setattr(worker, "LOOK", 0)
    meeting = Meeting(stop, TryLater("the database is gone"), TryLater("it still is"))
    monkeypatch.setattr(worker, "take", lambda *given: meeting(*given) or None)
    Worker(place, Bell()).go(stop)
    assert (meeting.errors, capsys.readouterr().err.count("it worker.later code=unreachable")) == ([], 2)


def test_who_tells_and_sends_looks_again(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stop = Stop()
    monkeypatch.setattr(outgoing, "LOOK", 0)
    meeting = Meeting(stop, TryLater("the database is gone"), FixFile("a mistake"), ZeroDivisionError("a name"))
    monkeypatch.setattr(outgoing, "watch", meeting)
    Outgoing(place).go(stop)
    said = capsys.readouterr().err
    assert (meeting.errors, said.count("outgoing.later"), said.count("outgoing.fault")) == ([], 1, 1)
    assert "a name" not in said


def test_once_it_is_an_error_as_of_any_command(world: Operated, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_given: object) -> None:
        raise TryLater("the database is gone")

    monkeypatch.setattr(clock, "look", gone)
    monkeypatch.setattr(worker, "take", gone)
    for command in ("clock", "worker"):
        said = world.do(command, "--once")
        assert (said.code, said.error["code"]) == (4, "unreachable")


def test_a_result_that_cannot_be_written_down_now_is_not_lost(world: Operated, monkeypatch: pytest.MonkeyPatch) -> None:
    """The job is done again when its lease is over, and finds nothing new."""
    world.do("run", "--by-worker")

    def gone(*_given: object) -> None:
        raise TryLater("the database is gone")

    with monkeypatch.context() as patch:
        patch.setattr(worker, "finish_job", gone)
        assert world.do("worker", "--once").code == 4
    assert world.jobs() == [("T1", "running")]
    world.clock.lease_ends()
    assert [one["state"] for one in world.work()] == ["done"]
    assert (world.outcomes(), len(world.pending())) == (["completed", "completed"], 1)
