"""A worker: takes a job, does it (`syncd.daemon.doing`), writes down what it came to, takes the next.

Jobs are found in the database; a messenger only makes it sooner.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import Connection

from domain.errors import AtWork, FixFile, Held, LeaseLost, Refused, SyncError, TryLater
from domain.schedule import AGAIN, again, next_times
from store.database import HEAD, migration_of, writing
from store.jobs import Act, HeldJob, JobResult, JobState, enqueue, failures, finish_job, give_back, renew_job, take
from store.runs import run_of
from syncd.daemon.doing import do
from syncd.daemon.log import fault_of
from syncd.daemon.messenger import Messenger
from syncd.daemon.place import Place
from syncd.daemon.stopping import Stop
from syncd.feeds.lease import Heartbeat, Stopped, beating
from syncd.timetable import zone_of
from syncd.world import World

#: Seconds between two looks at the jobs, where no message comes.
LOOK = 5

#: When a feed that somebody else runs just now is tried again.
BUSY = timedelta(seconds=10)


#: When a job is tried again that the configuration's mistakes kept from being begun.
MISTAKEN = timedelta(seconds=60)

_CODES = {FixFile: 2, Held: 3, Refused: 5, LeaseLost: 5}
#: The exit code of a fault of our own.
OUR_FAULT = 70


def worker_name() -> str:
    """Say who works here, for people: host, process and thread."""
    return f"{socket.gethostname()}:{os.getpid()}:{threading.get_ident() % 10_000}"


@dataclass(frozen=True, slots=True)
class Done:
    """A job, what it came to, and the exit code that the command which does the same would have ended with."""

    job: HeldJob
    result: JobResult
    code: int


@dataclass(slots=True)
class Worker:
    """Does jobs until it is told to stop, or until there is none.

    done   what it did, where it works `once`
    doing  what it does just now, and what lets that be stopped
    """

    place: Place
    messenger: Messenger
    once: bool = False
    done: list[Done] = field(default_factory=list)
    doing: tuple[HeldJob, Heartbeat] | None = None

    def go(self, stop: Stop) -> None:
        """Do jobs."""
        while not stop.is_asked:
            try:
                held = self._take()
                if held is not None:
                    self._do(held)
                    continue
            except TryLater as error:
                if self.once:
                    raise
                self.place.troubled(error, "worker.later")
            if self.once:
                break
            self.messenger.wait(LOOK)

    def hurry(self) -> None:
        """Let what is being done end at its next page or batch of rows."""
        doing = self.doing  # whose end may be just now
        if doing is not None:
            doing[1].is_to_stop = True
            self.place.say("job.stops", **_named(doing[0]))

    def leave(self) -> None:
        """Give back what is being done, from outside: it hangs, and this process ends now."""
        doing = self.doing
        if doing is not None:
            with suppress(SyncError):  # its lease ends by itself
                self._give_back(doing[0], "its worker was stopped")

    def _take(self) -> HeldJob | None:
        world = self.place.as_it_was()
        with writing(world.database) as tx:
            return take(tx, worker_name(), world.now())

    def _do(self, held: HeldJob) -> None:
        heart, began = Heartbeat(), time.monotonic()
        self.doing = held, heart
        self.place.say("job.taken", **_named(held))
        try:
            done = self._result(held, heart)
            if done is not None:
                self._finish(done, time.monotonic() - began)
        except LeaseLost:
            self.place.say("job.lost", **_named(held))
        finally:
            self.doing = None

    def _result(self, held: HeldJob, heart: Heartbeat) -> Done | None:
        """Do it; None where it was given back. Whatever a run meets ends that job, and no other."""
        try:
            world = self.place.world()
        except FixFile as error:
            self._note(Done(held, _failed(error), 2))
            self._give_back(held, error.message, MISTAKEN)
            return None
        try:
            with beating(f"T{held.id}", lambda: _renew(world, held, heart), heart):
                result, code = do(world, held, heart)
        except Stopped:
            self._give_back(held, "its worker was stopped")
            return None
        except AtWork as error:
            self._give_back(held, error.message, BUSY)
            return None
        except SyncError as error:
            return Done(held, _failed(error), _CODES.get(type(error), 4))
        except Exception as error:  # noqa: BLE001 - the outermost shell of a run that nobody watches
            return Done(held, JobResult(JobState.FAILED, outcome="fault", message=fault_of(error)), OUR_FAULT)
        return Done(held, result, code)

    def _note(self, done: Done) -> None:
        if self.once:
            self.done.append(done)

    def _finish(self, done: Done, seconds: float) -> None:
        world, held, result = self.place.opened, done.job, done.result
        with writing(world.database) as tx:
            finish_job(tx, held, result, world.now())
            if result.state is JobState.FAILED:
                _again(tx, world, held, result)
        self._note(done)
        run = f"R{result.run}" if result.run else None
        about = {**_named(held), "run": run, "outcome": result.outcome}
        self.place.say(f"job.{result.state}", **about, seconds=seconds)

    def _give_back(self, held: HeldJob, message: str, later: timedelta = timedelta()) -> None:
        world = self.place.opened
        with writing(world.database) as tx:
            now = world.now()
            give_back(tx, held, now, now + later, message)
        self.place.say("job.given_back", **_named(held), seconds=later.total_seconds() or None)


def _named(held: HeldJob) -> dict[str, str]:
    """Name a job in the log."""
    return {"job": f"T{held.id}", "feed" if held.act is Act.RUN else held.act.value: held.about}


def _again(tx: Connection, world: World, held: HeldJob, result: JobResult) -> None:
    """Let a scheduled run whose source could not be reached be tried again before its next time."""
    planned, failed = failures(tx, held)
    run = run_of(tx, result.run) if result.run else None
    feed = world.workspace.feed_named(held.about)
    if planned is None or run is None or run.code != TryLater.code or feed is None or feed.schedule is None:
        return
    now = world.now()
    following = next_times(feed.schedule, zone_of(world.workspace, feed), now, 1)
    moment = again(failed, now, next(iter(following), None))
    if moment is not None:
        message = f"the source could not be reached by R{run.id}: tried again, {failed} of {len(AGAIN)}"
        enqueue(
            tx, held.act, held.about, by="worker", now=now, planned=planned, not_before=moment, message=message
        )  # fmt: skip


def _failed(error: SyncError) -> JobResult:
    return JobResult(JobState.FAILED, outcome=error.code, message=error.message)


def _renew(world: World, held: HeldJob, heart: Heartbeat) -> None:
    with writing(world.database) as tx:
        renew_job(tx, held, world.now())
    if migration_of(world.database) != HEAD:  # another syncd is here by now: it is given back, and that one does it
        heart.is_to_stop = True
