"""How often a database was begun anew from a copy, and what that copy could not know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from store import tables
from store.faults import write
from store.head import allocate
from store.job_tables import job
from store.jobs import JobState
from store.outbox_tables import epoch
from store.runs import RunState

_MESSAGE = "the database was restored from a copy"


@dataclass(frozen=True, slots=True)
class Epoch:
    """A beginning: when, from a copy that was made when and at which revision, by whom."""

    id: int
    begun: datetime
    revision: int
    made: datetime
    by: str


@write("epochs.begin")
def begin_epoch(tx: Connection, revision: int, made: datetime, by: str, now: datetime) -> int:
    """Begin anew from a copy: runs and jobs under way in it are nobody's, and no token of before is good any more."""
    number = allocate(tx, "epoch")
    tx.execute(epoch.insert().values(id=number, begun=now, revision=revision, made=made, by=by))
    run = tables.run
    under_way = update(run).where(run.c.state == RunState.RUNNING)
    tx.execute(under_way.values(state=RunState.ABANDONED, finished_at=now, message=_MESSAGE))
    tx.execute(update(tables.feed).values(token=tables.feed.c.token + 1))
    taken = update(job).where(job.c.state.in_((JobState.RUNNING, JobState.WAITING)))
    tx.execute(taken.values(state=JobState.MERGED, finished_at=now, message=_MESSAGE, token=job.c.token + 1))
    return number


def epochs(tx: Connection) -> list[Epoch]:
    """Give every beginning from a copy, the oldest first."""
    found = tx.execute(select(epoch).order_by(epoch.c.id)).mappings()
    return [Epoch(**row) for row in found]


def cursors(tx: Connection) -> dict[str, tuple[str | None, int | None]]:
    """Give where each feed goes on, and the revision at which it stopped there."""
    feed = tables.feed
    found = tx.execute(select(feed.c.name, feed.c.cursor, feed.c.cursor_revision).order_by(feed.c.name))
    return {name: (cursor, revision) for name, cursor, revision in found}
