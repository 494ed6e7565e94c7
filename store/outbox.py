"""The outbox: effects outside, each decided in a transaction and sent by a worker after it.

    waiting -> sending -> sent                         the other side has it
                       -> waiting                      it did not go; later again, `TRIES` times at most
                       -> failed                       it never went: a person looks
                       -> unsure                       nobody can tell whether it went: a person says
    waiting, failed, unsure -> dropped                 by a person, with a reason

An effect is what kind it is, whom it goes to, what it is about (`alert:7`: a reference, never a value of a record) and
its idempotency key: asked for twice under one key it is one effect, and who receives it twice can tell by the key. Who
sends holds it by a lease with a token that only grows, and asks `confirm` right before it sends: whoever was silent
past its lease sends nothing more. One whose sender ended without a word may have gone or not; the next sender, who is
told so (`HeldEffect.is_again`), finds out or sends it again under the same key. `now` is by the database's clock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, RowMapping, Update, func, select, update

from domain.errors import LeaseLost, Refused
from store import tables
from store.faults import write
from store.head import allocate
from store.outbox_tables import effect
from store.runs import LEASE

#: How often one is tried before nobody tries any more, and how long after each try but the last comes the next.
TRIES = 8
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=1)


class EffectState(StrEnum):
    """Where an effect stands; see the module."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNSURE = "unsure"
    DROPPED = "dropped"


#: What is neither sent nor given up by a person.
OPEN = (EffectState.WAITING, EffectState.SENDING, EffectState.FAILED, EffectState.UNSURE)
_FOR_A_PERSON = (EffectState.WAITING, EffectState.FAILED, EffectState.UNSURE)


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants outside: its kind, whom it goes to, what it is about, and its idempotency key."""

    kind: str
    target: str
    payload: str
    key: str


@dataclass(frozen=True, slots=True)
class HeldEffect:
    """The right of one sender to send one effect; `is_again`: somebody else has begun to and may have."""

    id: int
    asked: Asked
    token: int
    attempts: int
    is_again: bool


@dataclass(frozen=True, slots=True)
class EffectRecord:
    """An effect as it is kept; what has not happened is None.

    receipt  what the other side said of it, where it says anything
    code     of what kept it from being sent the last time (`domain.errors`)
    by       who dropped it, or let it be sent again, for which `reason`
    """

    id: int
    kind: str
    target: str
    payload: str
    key: str
    state: EffectState
    asked_at: datetime
    not_before: datetime
    token: int
    attempts: int
    worker: str | None
    lease_until: datetime | None
    ended_at: datetime | None
    receipt: str | None
    code: str | None
    by: str | None
    reason: str | None


@write("outbox.ask")
def ask(tx: Connection, wanted: Asked, now: datetime) -> int | None:
    """Let an effect wait, in the transaction that decides it; None where one with its key was asked for before."""
    _alone(tx)
    if tx.execute(select(effect.c.id).where(effect.c.key == wanted.key)).one_or_none() is not None:
        return None
    number = allocate(tx, "effect")
    tx.execute(
        effect.insert().values(
            id=number, kind=wanted.kind, target=wanted.target, payload=wanted.payload, key=wanted.key,
            state=EffectState.WAITING, asked_at=now, not_before=now, token=0, attempts=0,
        )
    )  # fmt: skip
    return number


@write("outbox.take")
def take_effect(
    tx: Connection, kinds: Collection[str], worker: str, now: datetime, lease: timedelta = LEASE
) -> HeldEffect | None:
    """Take the effect of some kinds that has waited longest of those that may be sent now; None where there is none.

    One whose sender was silent past its lease is among them; after `TRIES` of those nobody takes it: it is unsure.
    """
    _alone(tx)
    silent = (effect.c.state == EffectState.SENDING) & (effect.c.lease_until <= now)
    tired = update(effect).where(silent, effect.c.attempts >= TRIES)
    tx.execute(tired.values(state=EffectState.UNSURE, ended_at=now, code="silent"))
    due = (effect.c.state == EffectState.WAITING) & (effect.c.not_before <= now)
    found = select(effect).where(due | silent, effect.c.kind.in_(kinds)).order_by(effect.c.id).limit(1)
    row = tx.execute(found).mappings().one_or_none()
    if row is None:
        return None
    held = HeldEffect(
        row["id"],
        Asked(row["kind"], row["target"], row["payload"], row["key"]),
        row["token"] + 1,
        row["attempts"] + 1,
        row["state"] == EffectState.SENDING,
    )
    taken = update(effect).where(effect.c.id == held.id).values(
        state=EffectState.SENDING, token=held.token, attempts=held.attempts, worker=worker, lease_until=now + lease,
    )  # fmt: skip
    tx.execute(taken)
    return held


@write("outbox.confirm")
def confirm(tx: Connection, held: HeldEffect, now: datetime, length: timedelta = LEASE) -> None:
    """Make sure, right before it is sent, that it is still ours to send. `LeaseLost` where it is not."""
    _own(tx, held, update(effect).values(lease_until=now + length))


@write("outbox.finish")
def finish_effect(tx: Connection, held: HeldEffect, receipt: str | None, now: datetime) -> None:
    """Write down that the other side has it. `LeaseLost` where another sender has taken it."""
    _own(tx, held, update(effect).values(state=EffectState.SENT, ended_at=now, receipt=receipt, code=None))


@write("outbox.put_off")
def put_off(tx: Connection, held: HeldEffect, code: str, now: datetime) -> EffectState:
    """Write down that it did not go: it is tried again later, or never where it was tried often enough."""
    if held.attempts >= TRIES:
        _own(tx, held, update(effect).values(state=EffectState.FAILED, ended_at=now, code=code))
        return EffectState.FAILED
    pause = min(_FIRST_PAUSE * 2 ** (held.attempts - 1), _LONGEST_PAUSE)
    _own(tx, held, update(effect).values(state=EffectState.WAITING, not_before=now + pause, code=code))
    return EffectState.WAITING


@write("outbox.give_up")
def give_up(tx: Connection, held: HeldEffect, code: str, now: datetime) -> None:
    """Write down that it did not go, and that no further try will help."""
    _own(tx, held, update(effect).values(state=EffectState.FAILED, ended_at=now, code=code))


@write("outbox.again")
def send_again(tx: Connection, number: int, by: str, reason: str, now: datetime) -> None:
    """Let one that failed, or of which nobody knows, be sent once more under the same key. `Refused` for others."""
    again = {"state": EffectState.WAITING, "not_before": now, "attempts": 0, "ended_at": None}
    _by_a_person(tx, number, {**again, "by": by, "reason": reason})


@write("outbox.drop")
def drop(tx: Connection, number: int, by: str, reason: str, now: datetime) -> None:
    """Let one never be sent (any more). `Refused` where it is sent, or being sent."""
    _by_a_person(tx, number, {"state": EffectState.DROPPED, "ended_at": now, "by": by, "reason": reason})


@write("outbox.doubt")
def doubt_all(tx: Connection, now: datetime) -> int:
    """Let nobody send what waits: a copy of the database cannot know what was sent after it was made."""
    open_ones = effect.c.state.in_((EffectState.WAITING, EffectState.SENDING))
    doubted = {"state": EffectState.UNSURE, "ended_at": now, "code": "restored", "token": effect.c.token + 1}
    return tx.execute(update(effect).where(open_ones).values(doubted)).rowcount


def effects(
    tx: Connection, states: Collection[EffectState] = tuple(EffectState), limit: int | None = None
) -> list[EffectRecord]:
    """Give effects in some states, the newest `limit` of them, the oldest first."""
    query = select(effect).where(effect.c.state.in_(states)).order_by(effect.c.id.desc()).limit(limit)
    return [_record(row) for row in tx.execute(query).mappings()][::-1]


def effect_of(tx: Connection, number: int) -> EffectRecord | None:
    """Give one effect."""
    row = tx.execute(select(effect).where(effect.c.id == number)).mappings().one_or_none()
    return None if row is None else _record(row)


def count_effects(tx: Connection) -> dict[EffectState, int]:
    """Count effects by where they stand."""
    query = select(effect.c.state, func.count()).group_by(effect.c.state)
    return Counter({EffectState(state): count for state, count in tx.execute(query)})


def _alone(tx: Connection) -> None:
    """Let nobody else ask for or take an effect until the transaction ends."""
    tx.execute(select(tables.counter.c.value).where(tables.counter.c.name == "effect").with_for_update())


def _own(tx: Connection, held: HeldEffect, statement: Update) -> None:
    mine = (effect.c.id == held.id, effect.c.token == held.token, effect.c.state == EffectState.SENDING)
    if tx.execute(statement.where(*mine)).rowcount != 1:
        raise LeaseLost(f"E{held.id} was taken over by another sender: nothing is sent from here")


def _by_a_person(tx: Connection, number: int, values: dict[str, object]) -> None:
    its = update(effect).where(effect.c.id == number, effect.c.state.in_(_FOR_A_PERSON)).values(values)
    if tx.execute(its).rowcount != 1:
        raise Refused(f"E{number} is no effect that waits, failed or is unsure: see `outbox`")


def _record(row: RowMapping) -> EffectRecord:
    return EffectRecord(**{**row, "state": EffectState(row["state"])})
