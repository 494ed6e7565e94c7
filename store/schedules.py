"""How far each schedule was looked at: what came before is planned, or was skipped, and is never looked at again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from store.bulk import AnyRow, insert_missing
from store.faults import write
from store.job_tables import schedule


@dataclass(frozen=True, slots=True)
class Looked:
    """The state of a feed's schedule.

    meaning  what it said when it was looked at; another schedule begins anew
    begun    when it was first looked at
    until    up to when it was looked at
    skipped  the last time that was missed and skipped
    """

    feed: str
    meaning: str
    begun: datetime
    until: datetime
    skipped: datetime | None


@write("schedules.begin")
def begin_schedule(tx: Connection, feed: str, meaning: str, now: datetime) -> Looked:
    """Give how far a feed's schedule was looked at, and let nobody else look until the transaction ends.

    One that is new, or says something else than before, is looked at from now on.
    """
    fresh = {"feed": feed, "meaning": meaning, "begun": now, "looked_until": now}
    insert_missing(tx, schedule, [fresh])
    mine = schedule.c.feed == feed
    row = tx.execute(select(schedule).where(mine).with_for_update()).one()
    if row.meaning == meaning:
        return _looked(row)
    tx.execute(update(schedule).where(mine).values(**fresh, skipped=None))
    return Looked(feed, meaning, now, now, None)


@write("schedules.move")
def move_schedule(tx: Connection, feed: str, planned: datetime, *, skipped: bool) -> None:
    """Write down that a time has been looked at, in the transaction that also lets its job wait."""
    moved = {"looked_until": planned, **({"skipped": planned} if skipped else {})}
    tx.execute(update(schedule).where(schedule.c.feed == feed).values(moved))


def schedules(tx: Connection) -> dict[str, Looked]:
    """Give how far every schedule was looked at, by feed."""
    found = tx.execute(select(schedule).order_by(schedule.c.feed))
    return {row.feed: _looked(row) for row in found}


def _looked(row: AnyRow) -> Looked:
    return Looked(row.feed, row.meaning, row.begun, row.looked_until, row.skipped)
