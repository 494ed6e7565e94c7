"""Outbound messages as they came: the message, and a row for each of its notifications. No value of a record is kept.

They come by secret paths, of which only digests are kept; of one source at most two are good at the same time.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, bindparam, func, select, update

from domain.outbound import Notification
from store.bulk import insert_unknown
from store.columns import instant_text
from store.faults import write
from store.outbound_tables import outbound_message, outbound_notification, outbound_path


class MessageState(StrEnum):
    """What became of a message."""

    KEPT = "kept"
    REFUSED = "refused"  #: it came by a good path from another org: nothing of it is kept but that


@dataclass(frozen=True, slots=True)
class OutboundPath:
    """A secret path: its digest, for which source, since when, and when it ended. Written `W1`."""

    id: int
    source: str
    digest: str
    made_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message that came; `digest` is that of its bytes."""

    path: OutboundPath
    organization: str | None
    action: str | None
    digest: str
    told: Sequence[Notification] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """A message's number, and the notifications of it that had not come before."""

    number: int
    fresh: tuple[Notification, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """Messages of a source by what became of them, the org and the action they named."""

    source: str
    state: MessageState
    organization: str | None
    action: str | None
    messages: int
    last: datetime


# made once: to make them takes as long as what they do
_GOOD = select(outbound_path).where(outbound_path.c.digest == bindparam("shown"), outbound_path.c.ended_at.is_(None))
_OF_MESSAGE = select(outbound_notification.c.notification).where(outbound_notification.c.message == bindparam("which"))
_NOTIFICATION = ("notification", "source", "message", "object", "record")
# as the drivers take it: SQLAlchemy takes as long about it as about all else of a message
_INSERT = """INSERT INTO outbound_message
             (path, source, state, organization, action, digest, notifications, received_at)
             SELECT id, source, ?, ?, ?, ?, ?, ? FROM outbound_path WHERE id = ? AND ended_at IS NULL RETURNING id"""
_INSERTS = {"sqlite": _INSERT, "postgresql": _INSERT.replace("?", "%s")}


@write("outbound.insert_path")
def insert_path(tx: Connection, one: OutboundPath) -> None:
    """Keep a path, with its id already allocated."""
    tx.execute(outbound_path.insert().values(asdict(one)))


@write("outbound.end_path")
def end_path(tx: Connection, number: int, now: datetime) -> int:
    """End a path; gives how many, so a second time gives 0."""
    still = update(outbound_path).where(outbound_path.c.id == number, outbound_path.c.ended_at.is_(None))
    return tx.execute(still.values(ended_at=now)).rowcount


def outbound_paths(tx: Connection) -> list[OutboundPath]:
    """Give all paths, ended ones too, the oldest first."""
    return [OutboundPath(**row) for row in tx.execute(select(outbound_path).order_by(outbound_path.c.id)).mappings()]


def good_path(tx: Connection, digest: str) -> OutboundPath | None:
    """Give the path with a digest; None where there is none, or it has ended."""
    row = tx.execute(_GOOD, {"shown": digest}).mappings().one_or_none()
    return None if row is None else OutboundPath(**row)


@write("outbound.keep")
def keep_message(tx: Connection, arrived: Arrived, now: datetime) -> Kept | None:
    """Keep a message and those of its notifications that are new to its source; None where its path has ended."""
    number = _insert(tx, arrived, MessageState.KEPT, now)
    if number is None:
        return None
    once = {one.id: one for one in arrived.told}
    rows = [
        (one.id, arrived.path.source, number, one.object, one.record)
        for _, one in sorted(once.items())  # in one order, so that two messages never wait for each other
    ]
    if insert_unknown(tx, outbound_notification, _NOTIFICATION, rows) < len(rows):
        fresh = set(tx.execute(_OF_MESSAGE, {"which": number}).scalars())
        return Kept(number, tuple(one for one in once.values() if one.id in fresh))
    return Kept(number, tuple(once.values()))


@write("outbound.refuse")
def keep_refusal(tx: Connection, arrived: Arrived, now: datetime) -> int | None:
    """Keep that another org used a path; gives the number, None where the path has ended."""
    return _insert(tx, arrived, MessageState.REFUSED, now)


def count_messages(tx: Connection, since: datetime | None = None) -> list[Counted]:
    """Count messages, those that came since a moment."""
    one = outbound_message.c
    keys = (one.source, one.state, one.organization, one.action)
    query = select(*keys, func.count(), func.max(one.received_at)).group_by(*keys).order_by(*keys)
    if since is not None:
        query = query.where(one.received_at >= since)
    found = tx.execute(query)
    return [Counted(row[0], MessageState(row[1]), *row[2:]) for row in found]


def named_objects(tx: Connection, since: datetime) -> set[tuple[str, str]]:
    """Give the objects that messages have named since a moment, each with its source."""
    one, message = outbound_notification.c, outbound_message.c
    query = (
        select(one.source, one.object)
        .join(outbound_message, message.id == one.message)
        .where(message.received_at >= since, one.object.is_not(None))
        .distinct()
    )
    return {(str(source), str(name)) for source, name in tx.execute(query)}


def last_used(tx: Connection) -> dict[int, tuple[int, datetime]]:
    """Give of each path that was used how many messages came by it, and when the last one did."""
    one = outbound_message.c
    query = select(one.path, func.count(), func.max(one.received_at)).group_by(one.path)
    return {int(path): (int(count), last) for path, count, last in tx.execute(query)}


def listening(tx: Connection) -> Collection[str]:
    """Name the sources that have a good path."""
    return set(tx.execute(select(outbound_path.c.source).where(outbound_path.c.ended_at.is_(None))).scalars())


def _insert(tx: Connection, arrived: Arrived, state: MessageState, now: datetime) -> int | None:
    said = (state.value, arrived.organization, arrived.action, arrived.digest, len(arrived.told), instant_text(now))
    number = tx.exec_driver_sql(_INSERTS[tx.dialect.name], (*said, arrived.path.id)).scalar_one_or_none()
    return None if number is None else int(number)
