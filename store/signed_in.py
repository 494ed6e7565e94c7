"""Who is logged in, by which session or token. Of both only digests are kept; both end, and can be ended."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from domain.rights import Right
from store.faults import write
from store.user_tables import user_session, user_token


@dataclass(frozen=True, slots=True)
class Token:
    """A program's key to act for a user: what it is for, until when. Written `K3`."""

    id: int
    user: int
    prefix: str
    digest: str
    scope: frozenset[Right]
    made_at: datetime
    until: datetime
    ended_at: datetime | None = None


@write("signed_in.begin_session")
def begin_session(tx: Connection, digest: str, user: int, how: str, now: datetime, until: datetime) -> None:
    """Keep that a user is logged in."""
    row = {"digest": digest, "user": user, "how": how, "begun_at": now, "until": until}
    tx.execute(user_session.insert().values(row))


@write("signed_in.end_sessions")
def end_sessions(tx: Connection, user: int, now: datetime, digest: str | None = None) -> int:
    """End a user's sessions, or one of them; gives how many."""
    still = update(user_session).where(user_session.c.user == user, user_session.c.ended_at.is_(None))
    if digest is not None:
        still = still.where(user_session.c.digest == digest)
    return tx.execute(still.values(ended_at=now)).rowcount


def session_user(tx: Connection, digest: str, now: datetime) -> int | None:
    """Give whose session it is; None where it has ended, or there is none."""
    mine = (user_session.c.digest == digest, user_session.c.until > now, user_session.c.ended_at.is_(None))
    return tx.execute(select(user_session.c.user).where(*mine)).scalar_one_or_none()


@write("signed_in.insert_token")
def insert_token(tx: Connection, one: Token) -> None:
    """Keep a token, with its id already allocated."""
    tx.execute(
        user_token.insert().values(
            id=one.id, user=one.user, prefix=one.prefix, digest=one.digest, made_at=one.made_at, until=one.until,
            scope=json.dumps(sorted(one.scope)),
        )
    )  # fmt: skip


@write("signed_in.end_tokens")
def end_tokens(tx: Connection, user: int, now: datetime, ids: Collection[int] | None = None) -> int:
    """End a user's tokens, or some of them; gives how many."""
    still = update(user_token).where(user_token.c.user == user, user_token.c.ended_at.is_(None))
    if ids is not None:
        still = still.where(user_token.c.id.in_(ids))
    return tx.execute(still.values(ended_at=now)).rowcount


def tokens(tx: Connection, *, prefix: str | None = None, ids: Collection[int] | None = None) -> list[Token]:
    """Give all tokens, or those with a prefix or an id; ended ones too."""
    query = select(user_token).order_by(user_token.c.id)
    if prefix is not None:
        query = query.where(user_token.c.prefix == prefix)
    if ids is not None:
        query = query.where(user_token.c.id.in_(ids))
    found = tx.execute(query).mappings()
    return [Token(**{**row, "scope": frozenset(Right(one) for one in json.loads(row["scope"]))}) for row in found]
