"""The one clock and the one lock: revisions, and the ids of everything."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select, update

from store import tables
from store.bulk import among
from store.faults import write

_TAKE = (
    update(tables.counter)
    .where(tables.counter.c.name == bindparam("which"))
    .values(value=tables.counter.c.value + bindparam("count"))
    .returning(tables.counter.c.value)
)


@write("head.take_revision")
def take_revision(tx: Connection, now: datetime, act: str) -> int:
    """Take the next revision; the first statement of every transaction that changes what was known.

    Such transactions follow one another from here to their end, so what they read afterwards is current.
    `now` is the wall time that people see, `act` what was done (`approve`, `run`).
    """
    taken = update(tables.head).values(revision=tables.head.c.revision + 1).returning(tables.head.c.revision)
    revision = int(tx.execute(taken).scalar_one())
    tx.execute(tables.revision.insert().values(revision=revision, at=now, act=act))
    return revision


def current_revision(tx: Connection) -> int:
    """Give the newest revision; 0 before the first."""
    return int(tx.execute(select(tables.head.c.revision)).scalar_one())


def revision_at(tx: Connection, instant: datetime) -> int:
    """Give the newest revision that was made up to a moment; 0 where there was none."""
    newest = select(func.max(tables.revision.c.revision)).where(tables.revision.c.at <= instant)
    return tx.execute(newest).scalar() or 0


def moments_of(tx: Connection, revisions: Collection[int]) -> dict[int, datetime]:
    """Give the wall time of revisions, in UTC."""
    revision = tables.revision
    found = tx.execute(select(revision.c.revision, revision.c.at).where(among(tx, revision.c.revision, revisions)))
    return {row.revision: row.at for row in found}


@write("head.allocate")
def allocate(tx: Connection, counter: str, count: int = 1) -> int:
    """Give the first of `count` consecutive ids of a counter; none is given twice, some may be left out.

    The counter stays locked until the transaction ends: whoever takes several takes them by name, in order.
    """
    return int(tx.execute(_TAKE, {"which": counter, "count": count}).scalar_one()) - count + 1
