"""Runs: who may write for a feed now, and what each run came to.

A run holds a lease with a token that only grows. Every write of a run begins with `check`, which locks the
run's row until the transaction ends: a run that was taken over writes nothing more, however late it wakes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, RowMapping, Update, delete, func, or_, select, update

from domain.change import State
from domain.errors import LeaseLost, Refused
from domain.hold import PastRead
from store import tables
from store.bulk import insert_missing
from store.erasure_tables import erasure
from store.faults import write
from store.head import allocate
from store.said_tables import apart
from store.user_tables import known_user

#: How long a run may be silent before another process may take its feed over.
LEASE = timedelta(seconds=60)


class RunState(StrEnum):
    """Where a run stands; only `running` is not final."""

    RUNNING = "running"
    COMPLETED = "completed"
    COMPLETED_WITH_ERRORS = "completed_with_errors"
    FAILED = "failed"
    HELD = "held"
    ABANDONED = "abandoned"


FINISHED = (RunState.COMPLETED, RunState.COMPLETED_WITH_ERRORS)
_UNFINISHED = (RunState.FAILED, RunState.ABANDONED)


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write as one run."""

    run: int
    feed: str
    token: int


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run came to.

    as_of     of which day its source said that it speaks
    revision  the one it read everything else at
    hold      (person, why) of all whom the reason for holding is about
    since_run the run that was first held with the same content
    code      of what failed it: its first problem's, or the error's (`domain.errors`)
    shape     what is known of its source's columns by now (`domain.shape`)
    """

    state: RunState
    counters: Mapping[str, int] = field(default_factory=dict)
    full_read: bool | None = None
    complete: bool | None = None
    revision: int | None = None
    mapping_hash: str | None = None
    hold_reason: str | None = None
    hold_digest: str | None = None
    hold: tuple[tuple[int, str], ...] = ()
    since_run: int | None = None
    message: str | None = None
    as_of: date | None = None
    code: str | None = None
    shape: str | None = None


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run as it is kept; what a run that goes on has not come to is None or empty."""

    id: int
    feed: str
    token: int
    state: RunState
    dry: bool
    full_read: bool | None
    complete: bool | None
    today: date
    started_at: datetime
    finished_at: datetime | None
    lease_until: datetime
    revision: int | None
    mapping_hash: str | None
    configuration_hash: str
    counters: dict[str, int]
    hold_reason: str | None
    hold_digest: str | None
    hold: tuple[tuple[int, str], ...]
    since_run: int | None
    released_at: datetime | None
    released_by: str | None
    released_reason: str | None
    message: str | None
    as_of: date | None
    code: str | None
    shape: str | None


@write("runs.begin")
def begin_run(
    tx: Connection,
    feed: str,
    *,
    now: datetime,
    today: date,
    dry: bool,
    configuration_hash: str,
    lease: timedelta = LEASE,
) -> Lease | None:
    """Begin a run of a feed; None while another run of it lives. Dry and real runs do not hinder each other.

    A run whose lease has ended is abandoned, and its feed taken over with a higher token.
    """
    insert_missing(tx, tables.feed, [{"name": feed, "token": 0}])
    expired = update(tables.run).where(
        tables.run.c.feed == feed,
        tables.run.c.state == RunState.RUNNING,
        tables.run.c.lease_until <= now,
    )
    tx.execute(expired.values(state=RunState.ABANDONED, finished_at=now, message="its lease ended, another took over"))
    grown = update(tables.feed).where(tables.feed.c.name == feed).values(token=tables.feed.c.token + 1)
    token = int(tx.execute(grown.returning(tables.feed.c.token)).scalar_one())
    if not dry and _lives(tx, feed):
        return None
    begun = Lease(allocate(tx, "run"), feed, token)
    tx.execute(
        tables.run.insert().values(
            id=begun.run,
            feed=feed,
            token=token,
            state=RunState.RUNNING,
            dry=dry,
            today=today,
            started_at=now,
            lease_until=now + lease,
            configuration_hash=configuration_hash,
            counters="{}",
        )
    )
    return begun


@write("runs.renew")
def renew(tx: Connection, lease: Lease, now: datetime, length: timedelta = LEASE) -> None:
    """Hold on to a run; `LeaseLost` where another has taken it over."""
    _own(tx, lease, update(tables.run).values(lease_until=now + length))


def check(tx: Connection, lease: Lease) -> None:
    """Make sure that the run may still write, until the transaction ends; `LeaseLost` where it may not."""
    _own(tx, lease, update(tables.run).values(token=lease.token))


@write("runs.finish")
def finish_run(tx: Connection, lease: Lease, result: RunResult, now: datetime) -> None:
    """Write down what a run came to; nothing can be written under its lease any more."""
    ended = update(tables.run).values(
        state=result.state,
        finished_at=now,
        counters=json.dumps(dict(result.counters), separators=(",", ":")),
        full_read=result.full_read,
        complete=result.complete,
        revision=result.revision,
        mapping_hash=result.mapping_hash,
        hold_reason=result.hold_reason,
        hold_digest=result.hold_digest,
        hold=json.dumps(result.hold, separators=(",", ":")) if result.hold_reason else None,
        since_run=result.since_run,
        message=result.message,
        as_of=result.as_of,
        code=result.code,
        shape=result.shape,
    )
    _own(tx, lease, ended)


@write("runs.abandon")
def abandon(tx: Connection, lease: Lease, message: str, now: datetime, sent: Mapping[str, int] | None = None) -> None:
    """Give a run up because of something that is not in its data; `sent` are the counters that hold all the same."""
    known = json.dumps(sent or {}, separators=(",", ":"))
    ended = update(tables.run).values(state=RunState.ABANDONED, finished_at=now, message=message, counters=known)
    _own(tx, lease, ended)


@write("runs.sweep")
def sweep_unfinished(tx: Connection, feed: str) -> None:
    """Remove what runs of a feed that ended without a result left behind.

    These are changes nobody has seen, and people first seen by such a run whom nothing refers to, with their
    links. A link that such a run gave to somebody known before goes too: the next run finds the person again. What
    somebody has ended meanwhile stays.
    """
    run, person, link = tables.run, tables.person, tables.link
    over = select(run.c.id).where(run.c.feed == feed, run.c.state != RunState.RUNNING)
    unfinished = over.where(or_(run.c.state.in_(_UNFINISHED), run.c.dry))
    tx.execute(
        delete(tables.change).where(
            tables.change.c.feed == feed,
            tables.change.c.state == State.PROPOSING,
            tables.change.c.run.in_(over),
        )
    )
    unused = person.c.run.in_(unfinished) & person.c.participant_since.is_(None)
    refer = (tables.change, tables.step, tables.version, tables.rejection, tables.conflict, apart, erasure, known_user)
    for table in refer:
        unused &= ~select(1).where(table.c.person == person.c.id).exists()
    by_others = or_(link.c.run.is_(None), link.c.run.not_in(unfinished), link.c.revision_to.is_not(None))
    unused &= ~select(1).where(link.c.person == person.c.id, by_others).exists()
    doomed = select(person.c.id).where(unused)
    kept = select(person.c.id).where(person.c.run.in_(unfinished), ~unused)
    given = link.c.run.in_(unfinished) & link.c.revision_to.is_(None)
    gone = tx.execute(delete(link).where(given, link.c.person.not_in(kept))).rowcount
    gone += tx.execute(delete(person).where(person.c.id.in_(doomed))).rowcount
    if gone:  # a copy that still has them is of no use
        tx.execute(delete(tables.mirror))


def run_of(tx: Connection, run: int) -> RunRecord | None:
    """Give one run."""
    row = tx.execute(select(tables.run).where(tables.run.c.id == run)).mappings().one_or_none()
    return None if row is None else _record(row)


def runs(tx: Connection, feed: str | None = None) -> list[RunRecord]:
    """Give all runs (of one feed), the oldest first."""
    query = select(tables.run).order_by(tables.run.c.id)
    if feed is not None:
        query = query.where(tables.run.c.feed == feed)
    return [_record(row) for row in tx.execute(query).mappings()]


def runs_before(tx: Connection, before: int | None, limit: int) -> list[RunRecord]:
    """Give a page of runs, the newest first: those with a smaller id than `before`. Dry ones are left out."""
    query = select(tables.run).where(~tables.run.c.dry).order_by(tables.run.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(tables.run.c.id < before)
    return [_record(row) for row in tx.execute(query).mappings()]


def newest_runs(tx: Connection) -> dict[str, RunRecord]:
    """Give the last run of each feed, whatever it came to; a dry one never counts."""
    newest = select(func.max(tables.run.c.id)).where(~tables.run.c.dry).group_by(tables.run.c.feed)
    found = tx.execute(select(tables.run).where(tables.run.c.id.in_(newest))).mappings()
    return {row["feed"]: _record(row) for row in found}


def newest_shape(tx: Connection, feed: str) -> str | None:
    """Give what is known of the columns of a feed's source since its last read; a dry run never counts."""
    run = tables.run
    query = select(run.c.shape).where(run.c.feed == feed, ~run.c.dry, run.c.shape.is_not(None))
    return tx.execute(query.order_by(run.c.id.desc()).limit(1)).scalar()


def any_run(tx: Connection) -> bool:
    """Tell whether anything was ever run."""
    return tx.execute(select(tables.run.c.id).limit(1)).one_or_none() is not None


def newest_finished(tx: Connection, feed: str) -> RunRecord | None:
    """Give the last run of a feed that completed; a dry one never counts."""
    query = (
        select(tables.run)
        .where(tables.run.c.feed == feed, tables.run.c.state.in_(FINISHED), ~tables.run.c.dry)
        .order_by(tables.run.c.id.desc())
        .limit(1)
    )
    row = tx.execute(query).mappings().one_or_none()
    return None if row is None else _record(row)


def past_reads(tx: Connection, feed: str | None = None) -> list[PastRead]:
    """Give the reads (of one feed) that came to a result, as holds see them, the oldest first."""
    run = tables.run
    query = select(run).where(run.c.state.in_((*FINISHED, RunState.HELD)), ~run.c.dry).order_by(run.c.id)
    if feed is not None:
        query = query.where(run.c.feed == feed)
    return [
        PastRead(
            run=row.id,
            feed=row.feed,
            is_held=row.state == RunState.HELD,
            is_released=row.released_at is not None,
            is_whole=bool(row.full_read and row.complete),
            content=row.hold_digest,
            since=row.since_run or row.id,
        )
        for row in tx.execute(query)
    ]


@write("runs.release_hold")
def release_hold(tx: Connection, run: int, by: str, reason: str, now: datetime) -> int:
    """Release a held run and let its changes wait for a decision; gives their number.

    `Refused` where the run is not held, or was released before.
    """
    released = (
        update(tables.run)
        .where(tables.run.c.id == run, tables.run.c.state == RunState.HELD, tables.run.c.released_at.is_(None))
        .values(released_at=now, released_by=by, released_reason=reason)
    )
    if tx.execute(released).rowcount != 1:
        raise Refused(f"R{run} is not held: see `hold list`")
    freed = update(tables.change).where(tables.change.c.run == run, tables.change.c.state == State.HELD)
    return tx.execute(freed.values(state=State.PENDING)).rowcount


def _lives(tx: Connection, feed: str) -> bool:
    living = select(func.count()).where(
        tables.run.c.feed == feed, tables.run.c.state == RunState.RUNNING, ~tables.run.c.dry
    )
    return bool(tx.execute(living).scalar())


def _own(tx: Connection, lease: Lease, statement: Update) -> None:
    """Change the run's row if it is still ours: compare and swap, on both databases."""
    mine = (
        tables.run.c.id == lease.run,
        tables.run.c.token == lease.token,
        tables.run.c.state == RunState.RUNNING,
    )
    if tx.execute(statement.where(*mine)).rowcount != 1:
        raise LeaseLost(f"R{lease.run} of {lease.feed} was taken over by another process: nothing was written")


def _record(row: RowMapping) -> RunRecord:
    read = {
        "state": RunState(row["state"]),
        "counters": json.loads(row["counters"]),
        "hold": tuple((person, why) for person, why in json.loads(row["hold"] or "[]")),
    }
    return RunRecord(**{**row, **read})
