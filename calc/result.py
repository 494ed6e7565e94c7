"""What a calculation finds for a participant: one line for each earning, with a lasting id."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from domain.value import digest


class ResultKind(StrEnum):
    """Why an amount is owed."""

    EARNED = "earned"  #: by a component, for an earned period that is due in this pay period
    RETRO = "retro"  #: recomputed less booked, for an earned period that was committed before
    MANUAL = "manual"  #: by a person, with a reason and a second person


class ResultState(StrEnum):
    """Where the money stands."""

    EARNED = "earned"
    HELD = "held"
    DUE = "due"
    COMMITTED = "committed"
    PAID = "paid"
    FORFEITED = "forfeited"


@dataclass(frozen=True, slots=True)
class LedgerKey:
    """What amounts are booked for: everything ever booked under one key sums to what was earned there so far."""

    person: int
    engagement: str
    plan: str
    component: str  #: its id, the one it has had for ever
    earned_period: str  #: the label of its calendar: `2026-03`, `2026-Q1`
    currency: str  #: paid in


@dataclass(frozen=True, slots=True)
class Result:
    """One amount for one participant.

    amount         in `key.currency`, whole minor units of it after the point
    plan_amount    what it was in the plan's currency before the conversion, rounded to its minor unit
    rate           one unit of the plan's currency in the pay currency on the earned period's last day, None: the same
    segment        `2026-03-01..2026-03-15` where an earning is cut (another legal entity, say), else None
    reason         code of why it is nothing, or less than counted
    cause          of a retroactive line: which change, correction or plan version made the difference; of one by hand
                   the adjustment's number and its reason
    """

    kind: ResultKind
    key: LedgerKey
    pay_period: str
    earned_from: date
    earned_until: date
    amount: Decimal
    plan_amount: Decimal
    plan_currency: str
    plan_version: str
    rate: Decimal | None = None
    payee: str | None = None
    legal_entity: str | None = None
    pay_group: str | None = None
    segment: str | None = None
    state: ResultState = ResultState.EARNED
    reason: str | None = None
    cause: str | None = None

    @property
    def id(self) -> str:
        """What holds, comments and disputes hang on: made of what the line is about, not of when it was found."""
        key = self.key
        return "L" + digest(
            self.kind, key.person, key.engagement, key.plan, key.component, key.earned_period, key.currency,
            self.segment, *self._apart(),
        )[:16]  # fmt: skip

    def _apart(self) -> tuple[str | None, ...]:
        """Tell adjustments of one key apart: in each pay run, by whom it owes to whom; by hand, each by its number."""
        match self.kind:
            case ResultKind.EARNED:
                return (None,)
            case ResultKind.RETRO:
                return self.pay_period, self.legal_entity, self.payee
            case ResultKind.MANUAL:
                return self.pay_period, self.cause
