"""Tiers as a person would work them out, number by number, beside what plans make of them."""

from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import accumulate, pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.calc.case import Case, texts

PLAN = """
plan:
  plan: sales
  currency: USD
  measures: {revenue: {sum: amount}}
  credit: [{to: owner, measure: revenue}]
  components:
    tiers: {type: tiers, measure: revenue, earned: month, accumulate: year}
"""
CENT = Decimal("0.01")


def marginal(total, ladder):
    """Each tier pays its rate on what lies in it; below zero is in the first."""
    paid, lower = Decimal(0), None
    for upto, rate in ladder:
        upper = total if upto is None else min(total, upto)
        start = Decimal(0) if lower is None else lower
        if lower is None or upper > start:
            paid += (upper - start) * rate
        lower = upto
    return paid


def whole(total, ladder, boundary):
    """The tier that is reached pays its rate on everything."""
    for upto, rate in ladder:
        if upto is None or total < upto or (boundary == "lower" and total == upto):
            return total * rate
    raise AssertionError


@st.composite
def ladders(draw):
    uptos = sorted(draw(st.sets(st.integers(1, 60), max_size=3)))
    rates = draw(st.lists(st.integers(0, 400), min_size=len(uptos) + 1, max_size=len(uptos) + 1))
    return [(upto, Decimal(rate).scaleb(-3)) for upto, rate in zip([*map(Decimal, uptos), None], rates, strict=True)]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    ladder=ladders(),
    method=st.sampled_from(["marginal", "whole"]),
    boundary=st.sampled_from(["lower", "upper"]),
    amounts=st.lists(st.one_of(st.integers(-20, 40), st.sampled_from([10, 20, 30])), min_size=1, max_size=8),
)
def test_tiers_pay_what_a_person_works_out(ladder, method, boundary, amounts):
    document = texts(PLAN)
    tiers = [{"rate": f"{rate * 100:f}%", **({"upto": f"{upto}"} if upto else {})} for upto, rate in ladder]
    document["plan"]["components"]["tiers"] |= {"tiers": tiers, "method": method, "boundary": boundary}
    days = [date(2026, 1 + number // 2, 5 + number % 2) for number in range(len(amounts))]
    rows = [
        f"{number} | ann | {day} | {amount}" for number, (day, amount) in enumerate(zip(days, amounts, strict=True))
    ]
    found = Case("naive", {**document, "transactions": "\n".join(["key | who | date | amount", *rows])})
    payout = marginal if method == "marginal" else lambda total, ladder: whole(total, ladder, boundary)
    totals = [Decimal(total) for total in accumulate(amounts, initial=0)]
    lines = [payout(after, ladder) - payout(before, ladder) for before, after in pairwise(totals)]
    assert [one["exact"] for one in sorted(found.lines, key=lambda one: one["day"])] == lines
    months: dict[tuple[str, str, str], Decimal] = {}
    for day, line in zip(days, lines, strict=True):
        label = f"{day:%Y-%m}"
        months["ann", "tiers", label] = months.get(("ann", "tiers", label), Decimal(0)) + line
    expected = {place: str(exact.quantize(CENT, ROUND_HALF_EVEN) + 0) for place, exact in months.items()}
    assert found.amounts == expected
