"""What need not be kept any longer, and goes: never anything that was decided, dated, owed or paid."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, select, update

from store import tables
from store.bulk import among
from store.faults import write
from store.job_tables import job
from store.jobs import JobState
from store.outbound_tables import outbound_message, outbound_notification
from store.outbox import EffectState
from store.outbox_tables import effect

_ENDED = (JobState.DONE, JobState.FAILED, JobState.MERGED)
_OVER = effect.c.state.in_((EffectState.SENT, EffectState.DROPPED)) & effect.c.payload.startswith("alert:")


@dataclass(frozen=True, slots=True)
class Removable:
    """What may go: segments by id with their paths and bytes; how many jobs, effects, bad values, messages."""

    segments: tuple[tuple[int, str, int], ...]
    jobs: int
    effects: int
    values: int
    messages: int


def replaced_segments(tx: Connection, feed: str, before: datetime) -> list[tuple[int, str, int]]:
    """Give the segments of a feed of runs that ended before a moment, and before its last complete full read began."""
    segment, run = tables.segment, tables.run
    full = select(tables.feed.c.full_run).where(tables.feed.c.name == feed).scalar_subquery()
    query = (
        select(segment.c.id, segment.c.path, segment.c.bytes)
        .join(run, run.c.id == segment.c.run)
        .where(segment.c.feed == feed, segment.c.run < full, run.c.finished_at < before)
    )
    return [(int(number), str(path), int(size)) for number, path, size in tx.execute(query.order_by(segment.c.id))]


def removable(tx: Connection, segments: Collection[tuple[int, str, int]], before: datetime) -> Removable:
    """Give what may go beside some segments: what ended before a moment."""
    runs = select(tables.run.c.id).where(tables.run.c.finished_at < before)
    values = select(func.count()).where(tables.problem.c.run.in_(runs), tables.problem.c.value.is_not(None))
    return Removable(
        tuple(segments),
        tx.execute(select(func.count()).where(job.c.state.in_(_ENDED), job.c.finished_at < before)).scalar_one(),
        tx.execute(select(func.count()).where(_OVER, effect.c.ended_at < before)).scalar_one(),
        tx.execute(values).scalar_one(),
        tx.execute(select(func.count()).where(outbound_message.c.received_at < before)).scalar_one(),
    )


@write("retention.remove")
def remove(tx: Connection, segments: Collection[int], before: datetime) -> None:
    """Remove segments, jobs, effects and messages that ended or came before a moment, and bad values of such runs.

    Only effects about alerts go: each alert is told once. The keys of others may be asked for again, and are kept.
    """
    tx.execute(delete(tables.segment).where(among(tx, tables.segment.c.id, segments)))
    tx.execute(delete(job).where(job.c.state.in_(_ENDED), job.c.finished_at < before))
    tx.execute(delete(effect).where(_OVER, effect.c.ended_at < before))
    came = select(outbound_message.c.id).where(outbound_message.c.received_at < before)
    tx.execute(delete(outbound_notification).where(outbound_notification.c.message.in_(came)))
    tx.execute(delete(outbound_message).where(outbound_message.c.received_at < before))
    runs = select(tables.run.c.id).where(tables.run.c.finished_at < before)
    tx.execute(update(tables.problem).where(tables.problem.c.run.in_(runs)).values(value=None))
