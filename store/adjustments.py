"""Adjustments by hand: proposed by one person, decided by another; what one says is never changed."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import Connection, RowMapping, select, update

from domain.currency import from_minor_units, minor_units
from domain.errors import Refused
from domain.value import digest
from store.faults import write
from store.ledger_tables import adjustment


class AdjustmentState(StrEnum):
    """What became of a proposed adjustment."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"


#: How the audit calls what was decided.
DECIDING = {AdjustmentState.APPROVED: "approve adjustment", AdjustmentState.REJECTED: "reject adjustment"}


@dataclass(frozen=True, slots=True)
class Adjustment:
    """An amount that a person wants paid (or taken back) in a pay period; written `A3`.

    earned_period  what it is for: the period of the line it corrects, else the pay period itself
    line           the id of the result it corrects, if any
    """

    id: int
    calendar: str
    pay_period: str
    person: int
    engagement: str
    plan: str
    plan_version: str
    component: str
    earned_period: str
    earned_from: date
    earned_until: date
    amount: Decimal
    currency: str
    payee: str | None
    legal_entity: str | None
    pay_group: str | None
    line: str | None
    reason: str
    proposed_by: str
    proposed_at: datetime
    proposed_revision: int
    state: AdjustmentState = AdjustmentState.PROPOSED
    decided_by: str | None = None
    decided_reason: str | None = None
    decided_revision: int | None = None

    @property
    def cause(self) -> str:
        """What its result says of where it comes from."""
        return f"A{self.id}: {self.reason}"


_COLUMNS = tuple(field.name for field in fields(Adjustment))
#: What is written once; the rest is its decision.
_SAID = tuple(name for name in _COLUMNS if name != "state" and not name.startswith("decided"))


@write("adjustments.propose")
def propose_adjustment(tx: Connection, proposed: Adjustment) -> None:
    """Keep a proposed adjustment, with its id already allocated."""
    values = {name: getattr(proposed, name) for name in _COLUMNS}
    amount = minor_units(proposed.amount, proposed.currency)
    tx.execute(adjustment.insert().values({**values, "amount": amount, "state": proposed.state.value}))


@write("adjustments.decide")
def decide_adjustment(
    tx: Connection, number: int, state: AdjustmentState, *, by: str, reason: str | None, revision: int
) -> None:
    """Decide what was proposed, once. `Refused` where it was decided before."""
    waiting = update(adjustment).where(
        adjustment.c.id == number, adjustment.c.state == AdjustmentState.PROPOSED.value
    )  # fmt: skip
    decided = {"state": state.value, "decided_by": by, "decided_reason": reason, "decided_revision": revision}
    if tx.execute(waiting.values(decided)).rowcount != 1:
        raise Refused(f"A{number} is decided already: see `adjust list`")


def adjustment_of(tx: Connection, number: int) -> Adjustment | None:
    """Give one adjustment."""
    row = tx.execute(select(adjustment).where(adjustment.c.id == number)).mappings().one_or_none()
    return None if row is None else _read(row)


def adjustments(tx: Connection, calendar: str | None = None, pay_period: str | None = None) -> list[Adjustment]:
    """Give the adjustments (of a pay period of a calendar), in the order they were proposed."""
    query = select(adjustment).order_by(adjustment.c.id)
    if calendar is not None:
        query = query.where(adjustment.c.calendar == calendar)
    if pay_period is not None:
        query = query.where(adjustment.c.pay_period == pay_period)
    return [_read(row) for row in tx.execute(query).mappings()]


def approved_adjustments(tx: Connection, calendar: str, pay_period: str, *, known_at: int) -> tuple[Adjustment, ...]:
    """Give the adjustments of a pay period that were approved by a revision."""
    return tuple(
        one
        for one in adjustments(tx, calendar, pay_period)
        if one.state is AdjustmentState.APPROVED and (one.decided_revision or 0) <= known_at
    )


def adjustment_digest(one: Adjustment) -> str:
    """Give the fingerprint of what an adjustment says."""
    return digest([getattr(one, name) for name in _SAID])


def _read(row: RowMapping) -> Adjustment:
    amount = from_minor_units(row["amount"], row["currency"])
    return Adjustment(**{**row, "amount": amount, "state": AdjustmentState(row["state"])})
