"""Why a booked amount is another one now, in words."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from calc.cause import Counted, Ground, cause

FIRST = Counted(date(2026, 1, 5), "sales", "X1", Decimal("100.00"), "EUR", Decimal("1.1"), Decimal(1), Decimal(5000))
LATER = Counted(date(2026, 1, 9), "sales", "X2", Decimal("30.00"), "EUR", Decimal("1.2"))
BEFORE = Ground((FIRST, LATER), "V1")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"amount": Decimal("80.00")}, "sales X1 corrected: 100.00 EUR -> 80.00 EUR"),
        ({"currency": "USD"}, "sales X1 corrected: 100.00 EUR -> 100.00 USD"),
        ({"day": date(2026, 1, 6)}, "sales X1 corrected: 2026-01-05 -> 2026-01-06"),
        ({"rate": Decimal("1.3")}, "rate of EUR for 2026-01-05: 1.1 -> 1.3"),
        ({"share": Decimal("0.605")}, "share of sales X1: 100 % -> 60.5 %"),
        ({"quota": None}, "quota on 2026-01-05: 5000 -> none"),
    ],
)
def test_what_differs_within_a_transaction_is_said(changed, said):
    assert cause(BEFORE, Ground((replace(FIRST, **changed), LATER), "V1")) == said


def test_the_earliest_transaction_is_named():
    both = (replace(LATER, amount=Decimal(1)), replace(FIRST, amount=Decimal(2)))
    assert cause(BEFORE, Ground(both, "V1")) == "sales X1 corrected: 100.00 EUR -> 2 EUR"


def test_a_correction_says_more_than_a_plan_and_that_more_than_what_was_decided():
    decided = ("C12 (move, from 2026-01-15)", "C14 (plan, from 2026-02-01)")
    assert cause(BEFORE, Ground((replace(FIRST, amount=Decimal(2)),), "V2", decided)).startswith("sales X1 corrected")
    assert cause(BEFORE, Ground((FIRST,), "V2", decided)) == "plan version V1 -> V2"
    assert cause(BEFORE, Ground(BEFORE.counted, "V1", decided)) == ", ".join(decided)
    assert cause(BEFORE, Ground(BEFORE.counted, None, decided)) == ", ".join(decided)
    assert cause(BEFORE, Ground((FIRST,), None, decided[:1])) == f"{decided[0]}; sales X2 no longer counts"


def test_what_somebody_else_owes_now_is_because_of_what_was_decided():
    corrected = Ground((replace(FIRST, amount=Decimal(2)),), "V2", ("C9 (update, from 2026-01-01)",), is_moved=True)
    assert cause(BEFORE, corrected) == "C9 (update, from 2026-01-01)"
    assert cause(BEFORE, replace(corrected, changes=())).startswith("sales X1 corrected")


def test_what_came_and_what_went_is_named():
    assert cause(BEFORE, Ground((FIRST,), "V1")) == "sales X2 no longer counts"
    assert cause(Ground((FIRST,), "V1"), BEFORE) == "sales X2 counts now: 30.00 EUR"


def test_where_nothing_of_it_differs_it_is_said_so():
    assert cause(BEFORE, BEFORE) == "what it is calculated from changed"
