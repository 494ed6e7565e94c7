"""Connections that a person agreed to, and their tokens: sealed by who calls, opaque here.

Whoever renews tokens holds the connection's row by a lease with a token that only grows: one asks at a time, what was
got is kept before it is used, and whoever was silent past its lease keeps nothing more. `now` is by the database's
clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, Update, delete, select, update

from domain.errors import LeaseLost
from store.connection_tables import agreement, connection
from store.faults import write

#: How long one process may take to renew tokens; longer than the other side may take to answer.
RENEWING = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class ConnectionRecord:
    """A connection as it is kept: who agreed when, when its tokens were renewed, until when they are being."""

    source: str
    sealed: str
    token: int
    renewing_until: datetime | None
    by: str
    since: datetime
    renewed_at: datetime


@dataclass(frozen=True, slots=True)
class Agreement:
    """Somebody who was sent to agree to a connection."""

    state: str
    source: str
    sealed: str
    by: str
    until: datetime


@write("connections.ask")
def ask_agreement(tx: Connection, asked: Agreement, now: datetime) -> None:
    """Note that somebody was sent to agree; who did not come back in time is forgotten."""
    tx.execute(delete(agreement).where(agreement.c.until <= now))
    values = {"state": asked.state, "source": asked.source, "sealed": asked.sealed, "by": asked.by}
    tx.execute(agreement.insert().values(**values, until=asked.until))


@write("connections.answer")
def answer_agreement(tx: Connection, state: str, now: datetime) -> Agreement | None:
    """Give who was sent with this, once; None where nobody was, or too long ago."""
    row = tx.execute(select(agreement).where(agreement.c.state == state)).mappings().one_or_none()
    if row is None or tx.execute(delete(agreement).where(agreement.c.state == state)).rowcount != 1:
        return None
    return Agreement(**row) if row["until"] > now else None


@write("connections.keep")
def keep_connection(tx: Connection, source: str, sealed: str, by: str, now: datetime) -> None:
    """Keep the first tokens of a connection, in place of those it had; who is renewing those keeps nothing."""
    known = connection_of(tx, source)
    values = {"sealed": sealed, "by": by, "since": now, "renewed_at": now, "renewing_until": None}
    if known is None:
        tx.execute(connection.insert().values(source=source, token=0, **values))
    else:
        tx.execute(update(connection).where(connection.c.source == source).values(**values, token=known.token + 1))


@write("connections.begin_renewal")
def begin_renewal(tx: Connection, seen: ConnectionRecord, now: datetime) -> int | None:
    """Take the right to renew the tokens that were seen; None where they are others, or somebody else has it."""
    free = connection.c.renewing_until.is_(None) | (connection.c.renewing_until <= now)
    mine = (connection.c.source == seen.source, connection.c.token == seen.token, connection.c.sealed == seen.sealed)
    taken = update(connection).where(*mine, free).values(token=seen.token + 1, renewing_until=now + RENEWING)
    return seen.token + 1 if tx.execute(taken).rowcount == 1 else None


@write("connections.renew")
def renew_connection(tx: Connection, source: str, token: int, sealed: str, now: datetime) -> None:
    """Keep what was got. `LeaseLost` where another has taken over, or somebody agreed anew meanwhile."""
    _own(tx, source, token, update(connection).values(sealed=sealed, renewed_at=now, renewing_until=None))


@write("connections.give_back")
def give_back_connection(tx: Connection, source: str, token: int) -> None:
    """Let others try: nothing was got."""
    _own(tx, source, token, update(connection).values(renewing_until=None))


@write("connections.seal_again")
def seal_again(tx: Connection, seen: ConnectionRecord, sealed: str) -> bool:
    """Keep the same tokens sealed otherwise; False where they are others by now, or being renewed."""
    same = (connection.c.source == seen.source, connection.c.sealed == seen.sealed)
    return tx.execute(update(connection).where(*same).values(sealed=sealed)).rowcount == 1


def connection_of(tx: Connection, source: str) -> ConnectionRecord | None:
    """Give the connection of a source; None where nobody has agreed to one."""
    row = tx.execute(select(connection).where(connection.c.source == source)).mappings().one_or_none()
    return None if row is None else _record(row)


def connections(tx: Connection) -> list[ConnectionRecord]:
    """Give all connections, by their sources."""
    return [_record(row) for row in tx.execute(select(connection).order_by(connection.c.source)).mappings()]


def _own(tx: Connection, source: str, token: int, statement: Update) -> None:
    if tx.execute(statement.where(connection.c.source == source, connection.c.token == token)).rowcount != 1:
        raise LeaseLost(f"the connection of {source} was taken over meanwhile: run again, which uses what is kept")


def _record(row: RowMapping) -> ConnectionRecord:
    return ConnectionRecord(**row)
