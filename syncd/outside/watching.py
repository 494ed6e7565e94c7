"""Who is told of what: each new cause is an alert, with an effect for everyone who asked to be told of its kind.

Both are written in one transaction. A cause that lasts is no second alert, however often it is looked at and by how
many; one that is over and comes back is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from domain.alert import AlertKind, Cause
from domain.schedule import Missed, due
from store.alerts import begin_alert, end_alerts, open_alerts
from store.database import reading, writing
from store.outbox import Asked, ask
from store.schedules import begin_schedule, move_schedule, schedules
from syncd.configuration.settings import Channel, Mail
from syncd.outside.causes import Watched, causes, digest_of
from syncd.timetable import meaning_of
from syncd.world import World

#: How the schedule of a digest is kept: no feed has such a name.
_DIGEST = "alerts: "


def watch(world: World, watched: Watched) -> list[str]:
    """Write down what is new and what is over, and let it be told; gives the names of the new causes."""
    if not world.workspace.alerts:
        return []
    found = {one.name: one for one in causes(world, watched)}
    with reading(world.database) as tx:
        known = {one.cause for one in open_alerts(tx)}
    fresh = [one for name, one in found.items() if name not in known]
    over = known - found.keys()
    if fresh or over:
        with writing(world.database) as tx:
            end_alerts(tx, over, world.now())
            fresh = [one for one in fresh if _tell(tx, world, one, _who(world, one.kind))]
    return [one.name for one in fresh] + _digests(world)


def _who(world: World, kind: AlertKind) -> list[str]:
    return [name for name, channel in world.workspace.alerts.items() if kind in channel.of]


def _tell(tx: Connection, world: World, found: Cause, who: Sequence[str], over: datetime | None = None) -> bool:
    """Keep an alert and what is sent of it; False where somebody else has meanwhile."""
    number = begin_alert(tx, found, world.now(), over=over)
    if number is None:
        return False
    for name in who:
        kind = kind_of(world.workspace.alerts[name])
        ask(tx, Asked(kind, name, f"alert:{number}", f"alert:{number}:{name}"), world.now())
    return True


def kind_of(channel: Channel) -> str:
    """Give the kind of the effects by which a channel is told."""
    return "email" if isinstance(channel.way, Mail) else "webhook"


def _digests(world: World) -> list[str]:
    """Tell those whose time has come how much waits for a decision; a time that was missed is made up for, once."""
    zone, told = world.workspace.calendar.timezone, []
    with reading(world.database) as tx:
        looked = schedules(tx)
    for name, channel in world.workspace.alerts.items():
        schedule = channel.digest
        if schedule is None:
            continue
        kept, meaning = f"{_DIGEST}{name}", meaning_of(schedule, zone)
        seen = looked.get(kept)
        if seen and seen.meaning == meaning and due(schedule, zone, Missed.CATCH_UP, seen.until, world.now()) is None:
            continue
        content = digest_of(world)
        with writing(world.database) as tx:
            now = world.now()
            begun = begin_schedule(tx, kept, meaning, now)
            come = due(schedule, zone, Missed.CATCH_UP, begun.until, now)
            if come is None:
                continue
            move_schedule(tx, kept, come.planned, skipped=False)
            which = Cause(content.kind, content.about, f"{name}:{come.planned:%Y-%m-%dT%H:%MZ}", content.facts)
            _tell(tx, world, which, [name], over=now)
            told.append(which.name)
    return told
