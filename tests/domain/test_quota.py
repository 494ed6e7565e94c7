"""A quota as a value of the dated history, and what quotas come to over days: parts always sum to the whole."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.quota import (
    LARGEST,
    SCALE,
    InForce,
    Quota,
    exact_target,
    in_force,
    quota_in,
    quota_of,
    quotas_in,
    target,
    targets,
    total,
)
from domain.step import FOREVER, Version
from formula.canonical import decimal_text
from tests.domain.person import day

YEAR = (date(2026, 1, 1), date(2027, 1, 1))
AMOUNTS = st.integers(0, 10**12).map(lambda units: Decimal(units).scaleb(-SCALE))
DAYS = st.integers(0, 800).map(lambda number: date(2025, 6, 1) + timedelta(days=number))
PERIODS = st.tuples(DAYS, DAYS).filter(lambda pair: pair[0] < pair[1])


def quota(amount: str = "1200", first: str = "01-01", last: str = "2027-01-01", **parts: str) -> Quota:
    return Quota("revenue", Decimal(amount), parts.get("currency", "USD"), day(first), day(last), parts.get("line"))


def whole(one: Quota) -> InForce:
    return InForce(one, one.first, one.last)


@st.composite
def held_quotas(draw: st.DrawFn) -> list[InForce]:
    """Quotas of one measure and currency, each in force on some of its own days."""
    found = []
    for first, last in draw(st.lists(PERIODS, max_size=4)):
        one = Quota("revenue", draw(AMOUNTS), "USD", first, last)
        start = draw(st.dates(first, last - timedelta(days=1)))
        found.append(InForce(one, start, draw(st.dates(start + timedelta(days=1), last))))
    return found


# --- as a value


@pytest.mark.parametrize(
    ("one", "attribute", "value"),
    [
        (quota("367000.0000", "2017-07-01", "2017-10-01"), "quota:revenue", "367000 USD 2017-07-01..2017-10-01"),
        (quota("0.50", line="ramp up"), "quota:revenue:ramp up", "0.5 USD 2026-01-01..2027-01-01"),
        (quota("-20", line="relief"), "quota:revenue:relief", "-20 USD 2026-01-01..2027-01-01"),
        (Quota("units", Decimal("1E+3"), None, *YEAR), "quota:units", "1000 - 2026-01-01..2027-01-01"),
        (quota("-0", line="base"), "quota:revenue:base", "0 USD 2026-01-01..2027-01-01"),
    ],
)
def test_a_quota_is_one_canonical_text(one: Quota, attribute: str, value: str):
    assert (one.attribute, one.value) == (attribute, value)
    assert quota_in(attribute, value) == one


@given(amount=AMOUNTS, period=PERIODS, line=st.none() | st.sampled_from(["base", "Q1 ramp", "1.a"]))
def test_what_was_written_is_read_back_and_amounts_are_written_as_mappings_write_them(
    amount: Decimal, period: tuple[date, date], line: str | None
):
    one = Quota("units_sold", amount, None, *period, line)
    assert quota_in(one.attribute, one.value) == one
    assert one.value.split(" ")[0] == decimal_text(amount)


def test_quotas_are_found_among_other_values():
    values = {"title": "Rep", "plans": ("a", "b"), quota().attribute: quota().value, "quota:gone": None}
    assert quotas_in(values) == (quota(),)


@pytest.mark.parametrize("value", ["1200 USD", "1.200,5 USD 2026-01-01..2027-01-01", "1 USD 2026-01-01..2026-13-01"])
def test_what_is_no_quota_is_refused(value: str):
    with pytest.raises(ValueError, match=r"no quota|month"):
        quota_in("quota:revenue", value)
    with pytest.raises(ValueError, match="no quota"):
        quota_in("title", quota().value)


# --- from a row


ROW = {"measure": "revenue", "from": "2026-01-01", "until": "2027-01-01", "amount": "1200", "currency": "USD"}


@pytest.mark.parametrize(
    ("cells", "faults"),
    [
        ({"amount": None, "until": ""}, [("until", "missing"), ("amount", "missing")]),
        ({"measure": "Net revenue"}, [("measure", "no_name")]),
        ({"measure": "revenue:ramp"}, [("measure", "no_name")]),
        ({"line": 'ramp "up"'}, [("line", "no_name")]),
        ({"line": "a:b", "amount": "1.00001"}, [("line", "no_name"), ("amount", "too_many_digits")]),
        ({"currency": "usd"}, [("currency", "currency_missing")]),
        ({"currency": "$", "measure": None}, [("measure", "missing"), ("currency", "currency_missing")]),
        ({"amount": "-1"}, [("amount", "below_zero")]),
        ({"amount": "922337203685477.5808"}, [("amount", "too_many_digits")]),
        ({"amount": f"0.{'0' * 40}1"}, [("amount", "too_many_digits")]),
        ({"until": "2026-01-01"}, [("until", "no_days")]),
    ],
)
def test_every_fault_of_a_row_is_told_at_once(cells: dict[str, str | None], faults: list[tuple[str, str]]):
    found = quota_of({**ROW, **cells})
    assert not isinstance(found, Quota)
    assert [(one.field, one.code) for one in found] == faults
    assert all(";" in one.message for one in found), "a message says what to do"


def test_a_row_becomes_a_quota_of_money_or_of_what_is_counted():
    assert quota_of(ROW) == quota()
    assert quota_of({**ROW, "currency": None, "line": ""}) == Quota("revenue", Decimal(1200), None, *YEAR)
    largest = quota_of({**ROW, "amount": "922337203685477.5807"})
    assert isinstance(largest, Quota)
    assert largest.amount.scaleb(SCALE) == LARGEST


def test_nothing_that_is_no_quota_can_be_made():
    with pytest.raises(ValueError, match="below zero"):
        quota("-1")
    with pytest.raises(ValueError, match="single day"):
        quota(first="02-01", last="02-01")


# --- what they come to


def test_the_lines_of_a_measure_add_up_and_currencies_do_not():
    lines = [
        quota("1000", line="base"),
        quota("-200", line="relief"),
        quota("50"),
        Quota("units", Decimal(7), None, *YEAR),
    ]
    assert total(lines) == {"revenue": (Decimal(850), "USD"), "units": (Decimal(7), None)}
    with pytest.raises(ValueError, match="revenue has quotas in USD and in EUR"):
        total([quota(), quota(line="ramp", currency="EUR")])
    with pytest.raises(ValueError, match="do not add up"):
        exact_target([whole(quota()), whole(quota(line="ramp", currency="EUR"))], *YEAR)


def test_a_target_over_days_is_its_share_of_the_quota_rounded_once_half_even():
    held = [whole(quota("365"))]
    assert target(held, *YEAR) == 365
    assert target(held, day("02-01"), day("03-01")) == 28
    assert target(held, day("2025-01-01"), day("2028-01-01")) == 365, "days outside its own count for nothing"
    assert target(held, day("2024-01-01"), day("2025-01-01")) == 0
    half = [whole(quota("0.0001", "01-01", "01-03"))]
    assert [str(target(half, *days)) for days in ((day("01-01"), day("01-02")), (day("01-01"), day("01-03")))] == [
        "0.0000",
        "0.0001",
    ]
    assert str(target([whole(quota("0.0003", "01-01", "01-03"))], day("01-01"), day("01-02"))) == "0.0002"


def test_a_quota_counts_on_the_days_on_which_it_is_in_force_by_its_own_span():
    joined_in_july = InForce(quota("365"), day("07-01"), day("2027-01-01"))
    assert target([joined_in_july], *YEAR) == 184


@given(held=held_quotas(), days=st.lists(DAYS, min_size=2, max_size=6).map(sorted))
def test_the_targets_of_parts_sum_to_the_target_of_the_whole(held: list[InForce], days: list[date]):
    parts = [exact_target(held, *pair) for pair in pairwise(days)]
    assert sum(parts, Fraction(0)) == exact_target(held, days[0], days[-1])
    assert sum(targets(held, days), Decimal(0)) == target(held, days[0], days[-1])
    for part, exact in zip(targets(held, days), parts, strict=True):
        assert abs(Fraction(part) - exact) <= Fraction(1, 10**SCALE), "no part is more than a last digit off"


@given(held=held_quotas())
def test_over_all_days_a_quota_in_force_throughout_comes_to_its_amount(held: list[InForce]):
    every = [whole(one.quota) for one in held]
    assert target(every, date.min, date.max) == sum((one.quota.amount for one in held), Decimal(0))


def test_quotas_in_force_are_put_together_over_the_versions_that_other_values_cut():
    def version(start: str, end: date, **values: str) -> Version:
        return Version(7, "main", day(start), end, day("01-01"), {"title": "Rep", **values})

    year = {"quota:revenue": quota().value}
    other = {"quota:revenue": quota("90", "05-01", "06-01").value}
    versions = [
        version("06-01", FOREVER, **year),
        version("01-01", day("03-01"), **year),
        version("03-01", day("05-01"), **year, **{"quota:revenue:ramp": quota("5", line="ramp").value}),
        version("05-01", day("06-01"), **other),
    ]
    assert in_force(versions) == (
        InForce(quota(), day("01-01"), day("05-01")),
        InForce(quota("90", "05-01", "06-01"), day("05-01"), day("06-01")),
        InForce(quota(), day("06-01"), FOREVER),
        InForce(quota("5", line="ramp"), day("03-01"), day("05-01")),
    )
