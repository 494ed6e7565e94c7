"""What was answered to a request that carries an idempotency key: asked again, the same is answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, select, update

from store.bulk import insert_missing
from store.faults import write
from store.user_tables import answered_request


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it is known again: who asked where, with which key; `body` is the digest of what was sent."""

    user: int
    route: str
    key: str
    body: str


@dataclass(frozen=True, slots=True)
class Kept:
    """The digest of what was sent first, and what was answered; None: it is still being done, since `at`."""

    body: str
    status: int | None
    answer: str | None
    at: datetime


@write("answered.begin")
def begin_answer(tx: Connection, asked: Asked, now: datetime, forgotten: datetime) -> Kept | None:
    """Note that a request is being done; gives what is kept where it was asked before. What is older is forgotten."""
    tx.execute(delete(answered_request).where(answered_request.c.at < forgotten))
    found = kept_answer(tx, asked)
    if found is None:
        row = {"user": asked.user, "route": asked.route, "key": asked.key, "body": asked.body, "at": now}
        insert_missing(tx, answered_request, [row])
    return found


@write("answered.finish")
def finish_answer(tx: Connection, asked: Asked, status: int, answer: str) -> bool:
    """Keep what was answered, once; tells whether it was still to be answered."""
    waiting = update(answered_request).where(*_same(asked), answered_request.c.status.is_(None))
    return tx.execute(waiting.values(status=status, answer=answer)).rowcount == 1


@write("answered.give_up")
def give_up_answer(tx: Connection, asked: Asked) -> None:
    """Forget a request that came to nothing, so that it can be sent again."""
    tx.execute(delete(answered_request).where(*_same(asked), answered_request.c.status.is_(None)))


def kept_answer(tx: Connection, asked: Asked) -> Kept | None:
    """Give what is kept of a request."""
    columns = (answered_request.c.body, answered_request.c.status, answered_request.c.answer, answered_request.c.at)
    row = tx.execute(select(*columns).where(*_same(asked))).one_or_none()
    return None if row is None else Kept(*row)


def _same(asked: Asked) -> tuple[ColumnElement[bool], ...]:
    return (
        answered_request.c.user == asked.user,
        answered_request.c.route == asked.route,
        answered_request.c.key == asked.key,
    )
