"""Results as short as they can be said, for tests of what is booked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from calc.ledger import Booked, Owed
from calc.result import LedgerKey, Result, ResultKind

JANUARY = (date(2026, 1, 1), date(2026, 2, 1))


def key(person: int = 1, earned_period: str = "2026-01", **values: Any) -> LedgerKey:
    """What a commission in dollars is booked for."""
    return replace(LedgerKey(person, "main", "reseller", "commission", earned_period, "USD"), **values)


def earned(amount: str, *, about: LedgerKey | None = None, **values: Any) -> Result:
    """What was earned in January, in the plan's own currency."""
    first, until = JANUARY
    given: dict[str, Any] = {"pay_period": "2026-01", "plan_amount": Decimal(amount), "legal_entity": "Inc", **values}
    return Result(
        ResultKind.EARNED, about or key(), earned_from=first, earned_until=until, amount=Decimal(amount),
        plan_currency="USD", plan_version="V1", **given,
    )  # fmt: skip


def booked_from(*posted: Result) -> tuple[Booked, ...]:
    """What stands in the books after results were posted one after the other."""
    found: dict[Owed, Booked] = {}
    for number, one in enumerate(posted, 1):
        if one.kind is ResultKind.MANUAL:
            continue
        owed = Owed(one.key, one.legal_entity, one.payee)
        before = found.get(owed)
        found[owed] = Booked(
            owed,
            one.amount + (before.amount if before else 0),
            one.plan_amount + (before.plan_amount if before else 0),
            one.plan_currency, one.plan_version, one.pay_group, one.earned_from, one.earned_until, number,
        )  # fmt: skip
    return tuple(found.values())
