"""What a feed has landed: its segments in order, its cursor, and the texts that runs were configured by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime

from sqlalchemy import Connection, func, select, update

from domain.value import digest
from store import tables
from store.bulk import insert_missing, insert_rows
from store.faults import write
from store.head import allocate
from store.runs import Lease, RunState, check


@dataclass(frozen=True, slots=True)
class Segment:
    """A file of rows as sent; `path` is relative to var/. What publishing adds is 0 and empty before."""

    path: str
    sha256: str
    rows: int
    bytes: int
    id: int = 0
    feed: str = ""
    run: int = 0
    full_read: bool = False
    revision: int = 0


#: What a run ends in that has compared what it read with the roster.
_SETTLED = (RunState.COMPLETED, RunState.COMPLETED_WITH_ERRORS, RunState.HELD)

_COLUMNS = tuple(field.name for field in fields(Segment))


@write("landing.publish")
def publish_segments(
    tx: Connection,
    lease: Lease,
    revision: int,
    segments: Sequence[Segment],
    *,
    cursor: str | None,
    full_read: bool,
) -> list[Segment]:
    """Make files, which must be safely on disk, part of what a feed has landed; gives them with their ids.

    The feed's cursor moves with them; None leaves it where it is.
    """
    check(tx, lease)
    first = allocate(tx, "segment", len(segments))
    published = [
        replace(
            segment, id=number, feed=lease.feed, run=lease.run, full_read=full_read, revision=revision
        )
        for number, segment in enumerate(segments, first)
    ]  # fmt: skip
    insert_rows(
        tx,
        tables.segment,
        ("id", "feed", "run", "path", "sha256", "rows", "bytes", "full_read", "revision"),
        (
            (one.id, one.feed, one.run, one.path, one.sha256, one.rows, one.bytes, full_read, revision)
            for one in published
        ),
    )
    if cursor is not None:
        moved = update(tables.feed).where(tables.feed.c.name == lease.feed)
        tx.execute(moved.values(cursor=cursor, cursor_revision=revision))
    return published


def segments(tx: Connection, feed: str | None = None, *, since: int = 0) -> list[Segment]:
    """Give the segments (of one feed) published after a revision, in their order."""
    segment = tables.segment
    query = select(*(segment.c[name] for name in _COLUMNS)).order_by(segment.c.id)
    query = query.where(segment.c.revision > since)
    if feed is not None:
        query = query.where(segment.c.feed == feed)
    return [Segment(*row) for row in tx.execute(query)]


def unsettled_segments(tx: Connection, feed: str) -> list[Segment]:
    """Give what runs of a feed landed after the last one that came to a result: nobody has compared it yet."""
    settled = select(func.max(tables.run.c.id)).where(
        tables.run.c.feed == feed, tables.run.c.state.in_(_SETTLED), ~tables.run.c.dry
    )
    last = tx.execute(settled).scalar() or 0
    return [one for one in segments(tx, feed) if one.run > last]


def settled_segments(tx: Connection, feed: str, *, since: int = 0) -> list[Segment]:
    """Give what runs of a feed that came to a result landed after a revision."""
    settled = select(tables.run.c.id).where(
        tables.run.c.feed == feed, tables.run.c.state.in_(_SETTLED), ~tables.run.c.dry
    )
    runs = set(tx.execute(settled).scalars())
    return [one for one in segments(tx, feed, since=since) if one.run in runs]


def cursor_of(tx: Connection, feed: str) -> str | None:
    """Give the cursor after which the next read of a feed goes on; None: read in full."""
    return tx.execute(select(tables.feed.c.cursor).where(tables.feed.c.name == feed)).scalar()


@write("landing.remember_full")
def remember_full(tx: Connection, lease: Lease) -> None:
    """Note this run as the feed's last complete full read."""
    check(tx, lease)
    tx.execute(update(tables.feed).where(tables.feed.c.name == lease.feed).values(full_run=lease.run))


def last_full_run(tx: Connection, feed: str) -> int | None:
    """Give the run of a feed's last complete full read."""
    return tx.execute(select(tables.feed.c.full_run).where(tables.feed.c.name == feed)).scalar()


@write("landing.keep_configuration")
def keep_configuration(tx: Connection, path: str, text: str, now: datetime) -> str:
    """Keep the text of a file that a run uses, once; gives its hash."""
    found = digest(path, text)
    insert_missing(
        tx, tables.configuration, [{"hash": found, "path": path, "text": text, "kept_at": now}]
    )  # fmt: skip
    return found
