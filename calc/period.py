"""Pay calendars: which pay period, month, quarter, half and fiscal year a day lies in, and what they are called.

In: a calendar and days, or a person's `PERIOD`. Out: periods `[start, end)` with their labels: months `2026-03`,
quarters `2026-Q1`, halves `2026-H1`, years `2026`; pay periods `2026-03` (monthly), `2026-03-1` and `2026-03-2`
(semimonthly: up to the 15th, and after), `2026-B07` (biweekly), `2026-W14` (weekly). Every day lies in exactly one
of each. Quarters, halves and years are fiscal where the year does not start in January.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from calc.plan import Span
from formula.meaning import Cell
from formula.parse import suggestion


class Pay(StrEnum):
    """How often a calendar pays."""

    WEEKLY = "weekly"
    BIWEEKLY = "biweekly"
    SEMIMONTHLY = "semimonthly"
    MONTHLY = "monthly"


class NamedBy(StrEnum):
    """Which end of a fiscal year gives it its name."""

    START = "start"
    END = "end"


@dataclass(frozen=True, slots=True)
class PayCalendar:
    """How time is cut.

    year_starts  month and day on which a fiscal year begins; months begin on that day of the month (the last one
                 where a month has no such day)
    first_day    of weekly and biweekly pay periods: a day on which one begins; a Monday unless said
    """

    name: str
    pay: Pay = Pay.MONTHLY
    year_starts: tuple[int, int] = (1, 1)
    named_by: NamedBy = NamedBy.END
    first_day: date = date(2001, 1, 1)

    @property
    def cut(self) -> str:
        """How it cuts time, in words: two calendars of one cut have the same periods, called the same."""
        first = date(2001, 1, 1)
        weeks = _WEEKS.get(self.pay)
        since = f" from {first + (self.first_day - first) % timedelta(7 * weeks)}" if weeks else ""
        month, day = self.year_starts
        return f"{self.pay}{since}, years from {month:02}-{day:02}, named by their {self.named_by}"


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A span of time `[start, end)` with its name."""

    start: date
    end: date
    label: str

    @property
    def last(self) -> date:
        """The last day of it."""
        return self.end - timedelta(1)


class NoSuchPeriod(ValueError):
    """What somebody wrote names no period; the message lists what does."""


_MONTHS = {Span.MONTH: 1, Span.QUARTER: 3, Span.HALF: 6, Span.YEAR: 12}
_LETTERS = {Span.QUARTER: "Q", Span.HALF: "H"}
_WEEKS = {Pay.WEEKLY: 1, Pay.BIWEEKLY: 2}
_WEEK_LETTERS = {Pay.WEEKLY: "W", Pay.BIWEEKLY: "B"}
_SEVEN = 7
_TWELVE = 12
#: The last day of the first half of a month that is paid twice.
_MIDDLE = 15
_SPAN = re.compile(r"(\d{4})(?:-(?:([QH])(\d)|(\d{2})))?")
_WEEK = re.compile(r"\d{4}-[WB]\d{2}")
_HALF_MONTH = re.compile(r"\d{4}-\d{2}-[12]")
#: Years in which every period has a label of four digits and a day after.
_YEARS = range(2, 9998)


def span_of(calendar: PayCalendar, span: Span, day: date) -> Period:
    """Give the month, quarter, half or year that a day lies in."""
    return _span(calendar, span, _month_number(calendar, day) // _MONTHS[span])


def pay_period(calendar: PayCalendar, day: date) -> Period:
    """Give the pay period that a day lies in."""
    match calendar.pay:
        case Pay.MONTHLY:
            return span_of(calendar, Span.MONTH, day)
        case Pay.SEMIMONTHLY:
            return _half_month(calendar, day)
        case _:
            return _weeks(calendar, day)


def pay_periods(calendar: PayCalendar, start: date, end: date) -> tuple[Period, ...]:
    """Give the pay periods whose last day lies in `[start, end)`, in order: what falls due there."""
    found = []
    period = pay_period(calendar, start)
    while period.last < end:
        found.append(period)
        period = pay_period(calendar, period.end)
    return tuple(found)


def parse_period(text: str, calendars: Mapping[str, PayCalendar]) -> tuple[PayCalendar, tuple[Period, ...]]:
    """Read `2026-03`, `2026-B07`, `2026-Q1`, `2026`, `CALENDAR:LABEL`: the calendar, and its pay periods in order.

    Where none is named `main` is meant, or the first. Errors: `NoSuchPeriod`.
    """
    name, colon, label = text.strip().rpartition(":")
    if colon and name not in calendars:
        raise NoSuchPeriod(f"there is no calendar '{name}'{suggestion(name, tuple(calendars))}")
    calendar = calendars[name] if colon else calendars.get("main") or next(iter(calendars.values()))
    found = _pay_period_named(calendar, label) or _span_named(calendar, label)
    if not found:
        raise NoSuchPeriod(f"'{label}' is no period of calendar '{calendar.name}': {_allowed(calendar)}")
    return calendar, found


def day_rows(calendars: Mapping[str, PayCalendar], start: date, end: date) -> Iterator[dict[str, Cell]]:
    """Give the rows of `calc.inputs.DAY` for the days of `[start, end)`."""
    for calendar in calendars.values():
        periods = {span: span_of(calendar, span, start) for span in Span}
        day = start
        while day < end:
            for span, period in periods.items():
                if day >= period.end:
                    periods[span] = span_of(calendar, span, day)
            following = day + timedelta(1)
            yield {
                "calendar": calendar.name,
                "day": day,
                "next": following,
                **{f"{span}": period.label for span, period in periods.items()},
                **{f"{span}_start": period.start for span, period in periods.items()},
                **{f"{span}_end": period.end for span, period in periods.items()},
            }
            day = following


def _month_number(calendar: PayCalendar, day: date) -> int:
    """Count the fiscal months before the one of a day, from the fiscal year that begins in the year 0 on."""
    months = day.year * _TWELVE + day.month - calendar.year_starts[0]
    return months - (day < _month_start(calendar, months))


def _month_start(calendar: PayCalendar, number: int) -> date:
    year, month = divmod(number + calendar.year_starts[0] - 1, _TWELVE)
    if year < 1:
        return date.min
    return date(year, month + 1, min(calendar.year_starts[1], monthrange(year, month + 1)[1]))


def _span(calendar: PayCalendar, span: Span, number: int) -> Period:
    """Give the span of a kind by how many of it are before it."""
    length = _MONTHS[span]
    start, end = (_month_start(calendar, (number + after) * length) for after in (0, 1))
    if span is Span.MONTH:
        return Period(start, end, f"{start.year:04}-{start.month:02}")
    year, place = divmod(number * length, _TWELVE)
    label = f"{_year_name(calendar, year):04}"
    return Period(start, end, label if span is Span.YEAR else f"{label}-{_LETTERS[span]}{place // length + 1}")


def _year_name(calendar: PayCalendar, year: int) -> int:
    """Name the fiscal year that begins in a calendar year."""
    return year + (calendar.named_by is NamedBy.END and calendar.year_starts != (1, 1))


def _half_month(calendar: PayCalendar, day: date) -> Period:
    month = span_of(calendar, Span.MONTH, day)
    middle = month.start + timedelta(_MIDDLE)
    if day < middle:
        return Period(month.start, middle, f"{month.label}-1")
    return Period(middle, month.end, f"{month.label}-2")


def _weeks(calendar: PayCalendar, day: date) -> Period:
    """Give the week or two of a day, numbered in the fiscal year in which it ends."""
    length = _WEEKS[calendar.pay] * _SEVEN
    start = calendar.first_day + timedelta((day - calendar.first_day).days // length * length)
    end = start + timedelta(length)
    year = span_of(calendar, Span.YEAR, end - timedelta(1))
    number = ((end - timedelta(1)) - year.start).days // length + 1
    return Period(start, end, f"{year.label}-{_WEEK_LETTERS[calendar.pay]}{number:02}")


def _pay_period_named(calendar: PayCalendar, label: str) -> tuple[Period, ...]:
    match calendar.pay:
        case Pay.MONTHLY:
            return ()  # its months are spans
        case Pay.SEMIMONTHLY:
            fits = _HALF_MONTH.fullmatch(label)
        case _:
            fits = _WEEK.fullmatch(label)
    if not fits or int(label[:4]) not in _YEARS:
        return ()
    months = _span_named(calendar, label[:7] if calendar.pay is Pay.SEMIMONTHLY else label[:4])
    return tuple(period for period in months if period.label == label)


def _span_named(calendar: PayCalendar, label: str) -> tuple[Period, ...]:
    """Give the pay periods of a month, quarter, half or year."""
    fits = _SPAN.fullmatch(label)
    if not fits or int(fits[1]) not in _YEARS:
        return ()
    year, letter, number, month = fits.groups()
    if month:
        months = int(year) * _TWELVE + int(month) - calendar.year_starts[0]
        span = _span(calendar, Span.MONTH, months) if 1 <= int(month) <= _TWELVE else None
    else:
        first = (int(year) - _year_name(calendar, 0)) * _TWELVE
        kind = next((span for span, sign in _LETTERS.items() if sign == letter), Span.YEAR)
        place = int(number or 1) - 1
        inside = 0 <= place < _TWELVE // _MONTHS[kind]
        span = _span(calendar, kind, first // _MONTHS[kind] + place) if inside else None
    return pay_periods(calendar, span.start, span.end) if span else ()


def _allowed(calendar: PayCalendar) -> str:
    """Say how its periods are written."""
    own = {
        Pay.MONTHLY: "a month 2026-03",
        Pay.SEMIMONTHLY: "half a month 2026-03-1 or 2026-03-2, a month 2026-03",
        Pay.BIWEEKLY: "two weeks 2026-B07, a month 2026-03",
        Pay.WEEKLY: "a week 2026-W14, a month 2026-03",
    }[calendar.pay]
    return f"write {own}, a quarter 2026-Q1, a half 2026-H1 or a year 2026"
