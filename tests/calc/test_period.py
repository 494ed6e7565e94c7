"""Every day lies in exactly one period, and a period has one name."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.inputs import DAY
from calc.period import (
    NamedBy,
    NoSuchPeriod,
    Pay,
    PayCalendar,
    day_rows,
    parse_period,
    pay_period,
    pay_periods,
    span_of,
)
from calc.plan import Span

MAIN = PayCalendar("main")
DAYS = st.dates(date(1990, 1, 1), date(2060, 12, 31))
CALENDARS = st.builds(
    PayCalendar,
    name=st.just("main"),
    pay=st.sampled_from(Pay),
    year_starts=st.dates(date(2001, 1, 1), date(2001, 12, 31)).map(lambda day: (day.month, day.day)),
    named_by=st.sampled_from(NamedBy),
    first_day=DAYS,
)


def labels(periods):
    return [period.label for period in periods]


@given(CALENDARS, DAYS, st.sampled_from(Span))
def test_a_day_lies_in_one_month_quarter_half_and_year_and_the_next_one_begins_where_it_ends(calendar, day, span):
    period = span_of(calendar, span, day)
    assert period.start <= day < period.end
    assert span_of(calendar, span, period.start) == span_of(calendar, span, period.last) == period
    following = span_of(calendar, span, period.end)
    assert following.start == period.end
    assert following.label != period.label


@given(CALENDARS, DAYS)
def test_a_day_lies_in_one_pay_period_which_its_name_finds_again(calendar, day):
    period = pay_period(calendar, day)
    assert period.start <= day < period.end
    assert pay_period(calendar, period.start) == pay_period(calendar, period.last) == period
    assert pay_period(calendar, period.end).start == period.end
    assert parse_period(period.label, {"main": calendar}) == (calendar, (period,))


@given(CALENDARS, DAYS, st.sampled_from(Span))
def test_a_span_means_its_pay_periods_in_order_and_every_pay_period_is_due_in_one_of_each(calendar, day, span):
    period = span_of(calendar, span, day)
    _, found = parse_period(period.label, {"main": calendar})
    assert found == pay_periods(calendar, period.start, period.end)
    assert all(period.start <= one.last < period.end for one in found)
    assert all(one.end == after.start for one, after in pairwise(found))
    before = span_of(calendar, span, period.start - timedelta(1))
    assert before.label != period.label


@given(CALENDARS, DAYS)
def test_pay_periods_of_a_fiscal_year_have_names_of_their_own(calendar, day):
    year = span_of(calendar, Span.YEAR, day)
    periods = pay_periods(calendar, year.start, year.end)
    assert len(set(labels(periods))) == len(periods)
    if calendar.pay is Pay.BIWEEKLY:
        assert labels(periods) == [f"{year.label}-B{number:02}" for number in range(1, len(periods) + 1)]
    if calendar.pay is Pay.WEEKLY:
        assert labels(periods) == [f"{year.label}-W{number:02}" for number in range(1, len(periods) + 1)]


def test_periods_are_named_as_the_contract_says():
    day = date(2026, 3, 14)
    assert span_of(MAIN, Span.MONTH, day).label == "2026-03"
    assert span_of(MAIN, Span.QUARTER, day).label == "2026-Q1"
    assert span_of(MAIN, Span.HALF, day).label == "2026-H1"
    assert span_of(MAIN, Span.YEAR, day).label == "2026"
    assert pay_period(PayCalendar("main", Pay.SEMIMONTHLY), day).label == "2026-03-1"
    assert pay_period(PayCalendar("main", Pay.BIWEEKLY), date(2026, 4, 5)).label == "2026-B07"


@pytest.mark.parametrize(
    ("named_by", "year", "quarter"), [(NamedBy.END, "2027", "2027-Q1"), (NamedBy.START, "2026", "2026-Q1")]
)
def test_a_fiscal_year_is_named_by_the_year_in_which_it_starts_or_ends(named_by, year, quarter):
    calendar = PayCalendar("main", year_starts=(7, 1), named_by=named_by)
    day = date(2026, 8, 15)
    assert span_of(calendar, Span.YEAR, day).label == year
    assert span_of(calendar, Span.QUARTER, day).label == quarter
    assert span_of(calendar, Span.MONTH, day).label == "2026-08"
    assert labels(parse_period(quarter, {"main": calendar})[1]) == ["2026-07", "2026-08", "2026-09"]


def test_a_quarter_of_two_weeks_is_those_that_end_in_it():
    calendar = PayCalendar("main", Pay.BIWEEKLY)
    _, periods = parse_period("2026-Q1", {"main": calendar})
    assert len(periods) in (6, 7)
    assert all(date(2026, 1, 1) <= one.last < date(2026, 4, 1) for one in periods)


def test_of_several_calendars_one_is_named_and_main_is_meant_else():
    weekly = PayCalendar("weekly", Pay.WEEKLY)
    calendars = {"weekly": weekly, "main": MAIN}
    assert parse_period("2026-03", calendars)[0] == MAIN
    assert parse_period("weekly:2026-W14", calendars)[0] == weekly
    with pytest.raises(NoSuchPeriod, match="there is no calendar 'weekyl'; did you mean 'weekly'"):
        parse_period("weekyl:2026-W14", calendars)


@pytest.mark.parametrize(
    "text", ["2026-13", "2026-Q5", "2026-Q0", "2026-H3", "26-03", "2026-3", "2026-B07", "", "0000"]
)
def test_what_names_no_period_is_answered_with_what_does(text):
    with pytest.raises(NoSuchPeriod) as refused:
        parse_period(text, {"main": MAIN})
    assert "write a month 2026-03, a quarter 2026-Q1, a half 2026-H1 or a year 2026" in str(refused.value)


@pytest.mark.parametrize(
    ("pay", "text"), [(Pay.WEEKLY, "2026-W60"), (Pay.BIWEEKLY, "2026-W02"), (Pay.SEMIMONTHLY, "2026-03-3")]
)
def test_what_is_no_pay_period_of_the_calendar_is_refused(pay, text):
    with pytest.raises(NoSuchPeriod):
        parse_period(text, {"main": PayCalendar("main", pay)})


@pytest.mark.parametrize(
    ("day", "paid"),
    [
        ("2026-02-23", "2026-03-06"),
        ("2026-02-27", "2026-03-06"),
        ("2026-02-28", "2026-03-13"),
        ("2026-02-22", "2026-03-06"),
        ("2026-04-14", "2026-04-24"),
    ],
)
def test_weeks_may_start_on_a_saturday(day, paid):
    """Published by murphysheldon05/tsmroofpro (tsm-pay-calendar): paid on the Friday after the week has ended."""
    calendar = PayCalendar("main", Pay.WEEKLY, first_day=date(2026, 2, 21))
    assert pay_period(calendar, date.fromisoformat(day)).last + timedelta(7) == date.fromisoformat(paid)


@given(CALENDARS, st.dates(date(2020, 1, 1), date(2024, 1, 1)), st.integers(1, 800))
def test_each_day_of_a_range_has_a_row_that_says_its_periods(calendar, start, many):
    rows = list(day_rows({"main": calendar}, start, start + timedelta(many)))
    assert [row["day"] for row in rows] == [start + timedelta(number) for number in range(many)]
    assert rows[0].keys() == DAY.keys()
    for day, row in ((start, rows[0]), (start + timedelta(many - 1), rows[-1])):
        assert row["next"] == day + timedelta(1)
        for span in Span:
            period = span_of(calendar, span, day)
            assert (row[f"{span}"], row[f"{span}_start"], row[f"{span}_end"]) == (
                period.label,
                period.start,
                period.end,
            )
