"""The clock: looks at every feed's schedule, and lets a job wait where a time has come.

That a time was looked at and its job are written in one transaction, in which no other clock looks at that schedule.
So two clocks are harmless, and one that was killed anywhere goes on as if it had not been.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from domain.errors import FixFile, TryLater
from domain.schedule import Schedule, due
from store.database import reading, writing
from store.jobs import Act, enqueue
from store.schedules import begin_schedule, move_schedule, schedules
from syncd.configuration.settings import FeedSettings
from syncd.daemon.messenger import Messenger
from syncd.daemon.place import Place
from syncd.daemon.stopping import Stop
from syncd.outbound.catching_up import catch_up
from syncd.timetable import looked_at, meaning_of, zone_of
from syncd.world import World

#: Seconds between two looks at the schedules.
TICK = 10


@dataclass(frozen=True, slots=True)
class Planned:
    """A time that has come: its job, None where one about the feed waits already or the time was skipped."""

    feed: str
    planned: datetime
    job: int | None
    skipped: bool


@dataclass(slots=True)
class Clock:
    """Looks at the schedules until it is told to stop, or once; then `found` is what had come."""

    place: Place
    messenger: Messenger
    once: bool = False
    found: list[Planned] = field(default_factory=list)

    def go(self, stop: Stop) -> None:
        """Look, again and again. A database that cannot be had and mistakes in files are met again at the next look."""
        while True:
            try:
                self._look()
            except (TryLater, FixFile) as error:
                if self.once:
                    raise
                if isinstance(error, TryLater):
                    self.place.troubled(error, "clock.later")
            if self.once or stop.waited(TICK):
                return

    def hurry(self) -> None:
        """Nothing that a clock does takes long."""

    def leave(self) -> None:
        """Nothing of a clock is left half done."""

    def _look(self) -> None:
        found = look(self.place.world())
        if self.once:
            self.found += found
        for one in found:
            what = "time.skipped" if one.skipped else "time.come"
            job = f"T{one.job}" if one.job else None
            self.place.say(what, feed=one.feed, planned=one.planned, job=job)
            if one.job:
                self.messenger.send(one.feed)
        for told in catch_up(self.place.world()):
            self.place.say("outbound.catch_up", feed=told.feed, job=f"T{told.job}")
            self.messenger.send(told.feed)


def look(world: World) -> list[Planned]:
    """Let a job wait for each feed whose time has come; tables before what looks them up, people before their facts."""
    with reading(world.database) as tx:
        known = schedules(tx)
    found = []
    for name in world.workspace.in_order:
        feed = world.workspace.feeds[name]
        if feed.schedule is None:
            continue
        seen = looked_at(world.workspace, feed, known)
        zone = zone_of(world.workspace, feed)
        if seen and due(feed.schedule, zone, feed.missed, seen.until, world.now()) is None:
            continue
        if planned := _plan(world, feed, feed.schedule, zone):
            found.append(planned)
    return found


def _plan(world: World, feed: FeedSettings, schedule: Schedule, zone: ZoneInfo) -> Planned | None:
    """Look again where nobody else does, and write down what has come."""
    with writing(world.database) as tx:
        now = world.now()
        seen = begin_schedule(tx, feed.name, meaning_of(schedule, zone), now)
        found = due(schedule, zone, feed.missed, seen.until, now)
        if found is None:
            return None
        move_schedule(tx, feed.name, found.planned, skipped=not found.runs)
        job = enqueue(tx, Act.RUN, feed.name, by="clock", now=now, planned=found.planned) if found.runs else None
    return Planned(feed.name, found.planned, job, skipped=not found.runs)
