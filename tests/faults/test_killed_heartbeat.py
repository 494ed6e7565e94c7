"""What goes wrong beside a run reaches it; and what went wrong first is what is shown."""

from __future__ import annotations

import json
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from domain.errors import FixFile, LeaseLost, ReadFailed, TryLater
from store import faults
from syncd import pipeline
from syncd.settle import end
from tests.faults.story import Killed, Played, Row, points

#: Made by the heartbeat's thread alone.
WRITES = ("runs.renew",)
DAY = "2026-01-05"
MAPPING = "{key: Id, fields: {employee_id: Id, name: Name}}"
ROWS: list[Row] = [(f"E{n:02}", f"Name {n}") for n in range(1, 14)]


@pytest.fixture
def world(tmp_path: Path) -> Played:
    """A workspace that has never run, with a file in it."""
    return _begun(tmp_path / "world")


@pytest.fixture
def beating(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Gives what lets the heart beat at once and meet these errors, one a beat; the run waits until it has.

    Where the errors are over the heart beats on, without one.
    """

    def let(*errors: BaseException, point: str = "runs.renew") -> None:
        met, over = list(errors), threading.Event()

        def meet(name: str) -> None:
            if name == point and met:
                raise met.pop(0)
            if name == point:
                over.set()

        def waiting(work: Any) -> Any:
            hearts = [one for one in threading.enumerate() if one.name.startswith("heartbeat")]
            while any(heart.is_alive() for heart in hearts) and not over.wait(0.01):
                pass
            return pull(work)

        pull = vars(pipeline)["pull"]
        monkeypatch.setattr("syncd.feeds.lease.BEAT", 0)
        monkeypatch.setattr("syncd.pipeline.pull", waiting)
        faults.arm(meet)

    return let


@pytest.fixture
def reading_fails(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Gives what lets the source, whatever it is, meet an error."""

    def let(error: BaseException) -> None:
        def failing(_work: Any) -> Any:
            raise error

        monkeypatch.setattr("syncd.pipeline.pull", failing)

    return let


@pytest.mark.parametrize("point", points(WRITES))
def test_killed_in_its_heartbeat_and_called_again_a_run_is_as_if_never_broken(
    world: Played, tmp_path: Path, beating: Callable[..., None], monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    beating(Killed(), point=point)
    with pytest.raises(Killed):
        _run(world)
    monkeypatch.undo()
    faults.disarm()
    assert _run(world)[0] == 0
    assert world.seen() == _finished(tmp_path / "unbroken").seen()


def test_what_ends_the_heartbeat_ends_the_run(world: Played, beating: Callable[..., None]) -> None:
    """Not a word was said of it before: the run went on with a lease that nobody renewed."""
    beating(OSError("the disk is gone"))
    code, message = _run(world)
    assert (code, "the disk is gone" in message) == (70, True)
    faults.disarm()
    assert json.loads(world.call(DAY, "changes")[1]) == []


def test_a_run_ended_by_its_heartbeat_leaves_its_feed_free(
    world: Played, tmp_path: Path, beating: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a clock that stands still its lease would hold for a minute."""
    beating(OSError("the disk is gone"))
    assert _run(world)[0] == 70
    monkeypatch.undo()
    faults.disarm()
    assert _run(world)[0] == 0
    assert world.seen() == _finished(tmp_path / "unbroken").seen()


@pytest.mark.parametrize("errors", [[TryLater, TryLater], [LeaseLost]])
def test_a_busy_database_and_a_lost_lease_end_no_run_by_themselves(
    world: Played, beating: Callable[..., None], errors: list[type[Exception]]
) -> None:
    """The one is asked again; the other is noticed by the next write, and here nobody has taken the run."""
    beating(*(error("not now") for error in errors))
    assert _run(world)[0] == 0


def test_an_error_at_the_last_beat_is_not_lost(world: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run has come to its result by then: it stands, and the error is told."""

    def last(*given: Any) -> Any:
        end(*given)
        given[0].heart.stopped_by = OSError("the disk is gone")

    monkeypatch.setattr("syncd.pipeline.end", last)
    code, message = _run(world)
    assert (code, "the disk is gone" in message) == (70, True)
    assert len(json.loads(world.call(DAY, "changes --state pending")[1])) == 13


def test_where_both_fail_the_runs_error_is_shown_with_the_heartbeats_behind_it(
    world: Played, beating: Callable[..., None], reading_fails: Callable[..., None]
) -> None:
    first, second = FixFile("write another path"), OSError("the disk is gone")
    reading_fails(first)
    beating(second)
    assert _run(world) == (2, "write another path")
    assert "the disk is gone" in "".join(traceback.format_exception(first))


@pytest.mark.parametrize(
    ("kind", "point", "code"),
    [
        (FixFile, "runs.abandon", 2),
        (ValueError, "runs.abandon", 70),
        (ReadFailed, "runs.finish", 4),
        (TryLater, "problems.insert", 4),
    ],
)
def test_what_went_wrong_first_is_shown_whatever_goes_wrong_while_it_is_written_down(
    world: Played, reading_fails: Callable[..., None], kind: type[Exception], point: str, code: int
) -> None:
    """The second stands behind it, for whoever looks."""

    def full(name: str) -> None:
        if name == point:
            raise OSError("the disk is full")

    first = kind("what happened first")
    reading_fails(first)
    faults.arm(full)
    said = _run(world)
    assert (said[0], str(first) in said[1], "full" in said[1]) == (code, True, False)
    assert "the disk is full" in "".join(traceback.format_exception(first))


def _begun(folder: Path) -> Played:
    world = Played(folder, ("Id", "Name"), MAPPING)
    world.begin()
    world.send(ROWS)
    return world


def _finished(folder: Path) -> Played:
    world = _begun(folder)
    assert _run(world)[0] == 0
    return world


def _run(world: Played) -> tuple[int, str]:
    """Give the exit code of a run and what it says."""
    code, output = world.call(DAY, "run")
    document = json.loads(output)
    return code, str(document["error"]["message"] if "error" in document else document["runs"][0]["message"])
