"""What changes would do to pay."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from calc.effect import amounts, differing, effects
from calc.result import LedgerKey, Result, ResultKind


def result(person: int, amount: str, kind: ResultKind = ResultKind.EARNED, earned: str = "2026-02") -> Result:
    key = LedgerKey(person, "main", "reseller", "commission", earned, "USD")
    days, paid = (date(2026, 2, 1), date(2026, 3, 1)), Decimal(amount)
    return Result(kind, key, "2026-02", *days, paid, paid, "USD", "V1")


def test_only_what_differs_is_told_by_participant_and_earned_period_open_and_committed_apart():
    before = [result(1, "10"), result(2, "5"), result(3, "7"), result(1, "2", ResultKind.RETRO, "2026-01")]
    after = [result(1, "12.50"), result(2, "5"), result(4, "1"), result(1, "-3", ResultKind.RETRO, "2026-01")]
    found = effects(amounts(before), amounts(after))
    assert [(one.key.person, one.key.earned_period, one.is_committed, one.difference) for one in found] == [
        (1, "2026-01", True, Decimal(-5)),
        (1, "2026-02", False, Decimal("2.50")),
        (3, "2026-02", False, Decimal(-7)),
        (4, "2026-02", False, Decimal(1)),
    ]


def test_segments_of_one_earned_period_are_one_amount():
    assert effects(amounts([result(1, "4"), result(1, "6")]), amounts([result(1, "10")])) == ()


def test_of_what_does_not_differ_nothing_is_kept():
    """Where only the days differ both sides are: who sees some of the days sees a difference."""
    before = amounts([result(1, "10"), result(2, "4"), result(2, "6"), result(3, "7")])
    after = amounts([result(1, "10"), result(2, "10"), result(3, "8")])
    was, then = differing(before, after)
    assert [(one.key.person, one.amount) for one in was] == [(2, Decimal(4)), (2, Decimal(6)), (3, Decimal(7))]
    assert [(one.key.person, one.amount) for one in then] == [(2, Decimal(10)), (3, Decimal(8))]
    assert effects(was, then) == effects(before, after)
