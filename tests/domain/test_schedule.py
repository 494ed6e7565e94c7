"""When something is due: by the words people write, through every change of clocks, as cron has it."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim
from hypothesis import given
from hypothesis import strategies as st

from domain.problem import Mistake
from domain.schedule import Due, Missed, Schedule, again, due, is_due, is_late, next_times
from syncd.configuration.schedules import read_schedule, schedule_of

COPENHAGEN = ZoneInfo("Europe/Copenhagen")  # forward 2026-03-29 at 02:00, back 2026-10-25 at 03:00
NEW_YORK = ZoneInfo("America/New_York")  # forward 2026-03-08 at 02:00, back 2026-11-01 at 02:00
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")  # by half an hour
APIA = ZoneInfo("Pacific/Apia")  # had no 30 December 2011
MINUTE = timedelta(minutes=1)


def at(text: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def told(text: str, zone: ZoneInfo, since: str, number: int = 3) -> list[str]:
    """The next times as the clocks of the zone show them, with how far these are from UTC."""
    found = next_times(schedule_of(text), zone, at(since, zone), number)
    return [one.astimezone(zone).isoformat(timespec="minutes") for one in found]


@pytest.mark.parametrize(
    ("text", "since", "expected"),
    [
        ("hourly", "2026-01-05 12:00", ["2026-01-05T13:00", "2026-01-05T14:00"]),
        ("hourly at :15", "2026-01-05 12:20", ["2026-01-05T13:15", "2026-01-05T14:15"]),
        ("daily at 02:00", "2026-01-05 02:00", ["2026-01-06T02:00", "2026-01-07T02:00"]),
        ("daily at 02:00", "2026-01-05 01:59:59", ["2026-01-05T02:00", "2026-01-06T02:00"]),
        ("daily", "2026-01-05 12:00", ["2026-01-06T00:00", "2026-01-07T00:00"]),
        ("weekly on monday at 02:00", "2026-01-05 12:00", ["2026-01-12T02:00", "2026-01-19T02:00"]),
        ("Weekly  on Sunday", "2026-01-05 12:00", ["2026-01-11T00:00", "2026-01-18T00:00"]),
        ("monthly on 1 at 02:00", "2026-01-05 12:00", ["2026-02-01T02:00", "2026-03-01T02:00"]),
        ("monthly on 31 at 23:59", "2028-01-31 23:59", ["2028-02-29T23:59", "2028-03-31T23:59"]),
        ("monthly on last day at 02:00", "2026-01-31 12:00", ["2026-02-28T02:00", "2026-03-31T02:00"]),
        ("cron 0 2 * * 1-5", "2026-01-09 12:00", ["2026-01-12T02:00", "2026-01-13T02:00"]),
        ("cron 30 6 L * *", "2026-02-01 12:00", ["2026-02-28T06:30", "2026-03-31T06:30"]),
        ("cron 0 9 * * fri#3", "2026-01-01 12:00", ["2026-01-16T09:00", "2026-02-20T09:00"]),
        ("cron 0 9 * * 5L", "2026-01-01 12:00", ["2026-01-30T09:00", "2026-02-27T09:00"]),
        ("cron 0 0 13 * fri", "2026-02-07 12:00", ["2026-02-13T00:00", "2026-02-20T00:00"]),
        ("cron 0 0 29 2 *", "2026-01-01 12:00", ["2028-02-29T00:00", "2032-02-29T00:00"]),
        ("cron 20/20 8 * jan *", "2026-01-31 08:30", ["2026-01-31T08:40", "2027-01-01T08:20"]),
    ],
)
def test_words_mean_what_they_say(text: str, since: str, expected: list[str]) -> None:
    assert [one[:16] for one in told(text, NEW_YORK, since, 2)] == expected


# --- clocks that change


@pytest.mark.parametrize(
    ("zone", "since", "expected"),
    [
        (COPENHAGEN, "2026-03-28 12:00", ["2026-03-29T03:00+02:00", "2026-03-30T02:30+02:00"]),
        (NEW_YORK, "2026-03-07 12:00", ["2026-03-08T03:00-04:00", "2026-03-09T02:30-04:00"]),
        (COPENHAGEN, "2026-10-24 12:00", ["2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00"]),
    ],
)
def test_a_time_that_does_not_exist_is_the_next_moment_that_does_and_one_that_exists_twice_the_first(
    zone: ZoneInfo, since: str, expected: list[str]
) -> None:
    assert told("daily at 02:30", zone, since, 2) == expected


def test_what_is_due_at_several_times_that_do_not_exist_is_due_once() -> None:
    found = told("cron 0,15,30 2 * * *", COPENHAGEN, "2026-03-28 12:00")
    assert found == ["2026-03-29T03:00+02:00", "2026-03-30T02:00+02:00", "2026-03-30T02:15+02:00"]


@pytest.mark.parametrize("text", ["hourly at :15", "cron 15 * * * *"])
def test_every_hour_is_every_hour_that_passes(text: str) -> None:
    forward = told(text, NEW_YORK, "2026-03-08 01:00")
    assert forward == ["2026-03-08T01:15-05:00", "2026-03-08T03:15-04:00", "2026-03-08T04:15-04:00"]
    back = told(text, NEW_YORK, "2026-11-01 01:00")
    assert back == ["2026-11-01T01:15-04:00", "2026-11-01T01:15-05:00", "2026-11-01T02:15-05:00"]


def test_a_change_of_half_an_hour_and_a_day_that_never_was() -> None:
    assert told("daily at 02:10", LORD_HOWE, "2026-10-03 12:00", 1) == ["2026-10-04T02:30+11:00"]
    found = told("daily at 02:00", APIA, "2011-12-28 12:00")
    assert found == ["2011-12-29T02:00-10:00", "2011-12-31T00:00+14:00", "2011-12-31T02:00+14:00"]


# --- against another's cron

NUMBERS = {"minute": (0, 59), "hour": (0, 23), "day": (1, 31), "month": (1, 12), "weekday": (0, 7)}


@st.composite
def fields(draw: st.DrawFn, name: str) -> str:
    """A field of a cron expression: open, stepped, a number, a span, a list."""
    first, last = NUMBERS[name]
    one = st.integers(first, last).map(str)
    two = st.lists(st.integers(first, last), min_size=2, max_size=2, unique=True)
    span = two.map(lambda found: f"{min(found)}-{max(found)}")
    step = st.integers(1, 9).map(lambda number: f"/{number}")
    single = st.one_of(one, span, st.builds(str.__add__, span, step), st.builds(str.__add__, one, step))
    choices = [st.just("*"), st.builds(str.__add__, st.just("*"), step), single]
    choices.append(st.lists(single, min_size=2, max_size=3).map(",".join))
    if name == "weekday":
        choices += [st.sampled_from(["mon", "mon-fri", "1#1", "5#3", "0L", "7L", "sun,5L"])]
    if name == "day":
        choices += [st.sampled_from(["L", "1,L"])]
    return draw(st.one_of(choices))


crons = st.tuples(*(fields(name) for name in NUMBERS)).map(" ".join)
zones = st.sampled_from([COPENHAGEN, NEW_YORK, LORD_HOWE])
#: Days around the changes of clocks, the ends of months, a leap day; and any other.
moments = st.one_of(
    st.sampled_from(["2026-03-07", "2026-03-28", "2026-10-03", "2026-10-24", "2026-10-31", "2028-02-27", "2026-12-30"]),
    st.dates(date(2020, 1, 1), date(2030, 12, 31)).map(str),
).map(lambda day: datetime.fromisoformat(f"{day}T12:00:00+00:00"))


@given(crons, zones, moments)
def test_cron_is_as_cronsim_has_it(text: str, zone: ZoneInfo, since: datetime) -> None:
    """Less the repetitions that it has where several times are not there, and what it lacks beside half an hour."""
    read = read_schedule(f"cron {text}")
    if isinstance(read, Mistake):
        assert "no such day" in read.message
        return
    theirs = (one.astimezone(UTC) for one in CronSim(text, since.astimezone(zone)))
    expected = [one for one in sorted(set(islice(theirs, 30))) if not _is_beside_half_an_hour(one, zone)]
    ours = [one for one in next_times(read, zone, since, 30) if not _is_beside_half_an_hour(one, zone)]
    assert ours[:5] == expected[:5]


def _is_beside_half_an_hour(moment: datetime, zone: ZoneInfo) -> bool:
    """Tell whether clocks were changed by half an hour within the hour before: `:30` is there then, and it has none."""
    before, after = ((moment - ago).astimezone(zone).utcoffset() for ago in (timedelta(hours=1), timedelta()))
    return before is not None and after is not None and abs(after - before) == timedelta(minutes=30)


@given(crons, zones, moments, st.integers(0, 40 * 24 * 60))
def test_the_latest_time_is_the_last_of_those_after(text: str, zone: ZoneInfo, since: datetime, minutes: int) -> None:
    read = read_schedule(f"cron {text}")
    if isinstance(read, Mistake):
        return
    until = since + minutes * MINUTE
    latest = read.latest(since, until, zone)
    passed = [one for one in islice(read.after(latest - MINUTE if latest else since, zone), 2) if one <= until]
    assert passed == ([latest] if latest else [])


@given(st.dates(date(2020, 1, 1), date(2040, 12, 31)), st.integers(1, 31))
def test_a_month_has_one_such_day_however_short_it_is(day: date, number: int) -> None:
    days = schedule_of(f"monthly on {number}").days
    length = calendar.monthrange(day.year, day.month)[1]
    found = [n for n in range(1, length + 1) if days.has(day.replace(day=n))]
    assert found == [min(number, length)]


# --- a clock that looks now and then

DAILY = schedule_of("daily at 02:00")


def due_after(missed: Missed, since: str, now: str, schedule: Schedule = DAILY) -> Due | None:
    return due(schedule, COPENHAGEN, missed, at(since, COPENHAGEN), at(now, COPENHAGEN))


@pytest.mark.parametrize("missed", Missed)
def test_a_time_is_due_once_it_has_come_and_once_only(missed: Missed) -> None:
    planned = at("2026-01-06 02:00", COPENHAGEN)
    assert due_after(missed, "2026-01-05 02:00", "2026-01-06 01:59:59") is None
    assert due_after(missed, "2026-01-05 02:00", "2026-01-06 02:00") == Due(planned, runs=True)
    assert due_after(missed, "2026-01-05 02:00", "2026-01-06 02:05") == Due(planned, runs=True)
    assert due_after(missed, "2026-01-06 02:00", "2026-01-06 02:05") is None


def test_missed_times_are_caught_up_once_or_skipped() -> None:
    planned = at("2026-01-09 02:00", COPENHAGEN)
    assert due_after(Missed.CATCH_UP, "2026-01-05 02:00", "2026-01-09 09:00") == Due(planned, runs=True)
    assert due_after(Missed.SKIP, "2026-01-05 02:00", "2026-01-09 09:00") == Due(planned, runs=False)


def test_a_clock_that_was_off_for_years_looks_at_the_last_time_only() -> None:
    every_minute = schedule_of("cron * * * * *")
    found = due_after(Missed.CATCH_UP, "1990-01-01 00:00", "2026-01-05 09:00:30", every_minute)
    assert found == Due(at("2026-01-05 09:00", COPENHAGEN), runs=True)


@pytest.mark.parametrize(
    ("now", "begun", "late"),
    [
        ("2026-01-06 02:00", None, False),
        ("2026-01-06 02:04", None, False),
        ("2026-01-06 02:05", None, True),
        ("2026-01-06 02:05", "2026-01-05 02:00", True),
        ("2026-01-06 02:05", "2026-01-06 02:00", False),
        ("2026-01-07 02:01", "2026-01-05 02:00", True),  # the day before was never made up for
        ("2026-01-07 02:01", "2026-01-06 02:00", False),
    ],
)
def test_late_is_what_has_not_begun_well_after_its_time(now: str, begun: str | None, late: bool) -> None:
    since, moment = at("2026-01-05 12:00", COPENHAGEN), at(now, COPENHAGEN)
    assert is_late(DAILY, COPENHAGEN, since, at(begun, COPENHAGEN) if begun else None, moment) is late


# --- how often a read is full


@pytest.mark.parametrize(
    ("text", "last", "today", "expected"),
    [
        ("weekly on sunday", None, "2026-01-05", True),
        ("weekly on sunday", "2026-01-04", "2026-01-04", False),
        ("weekly on sunday", "2026-01-04", "2026-01-10", False),
        ("weekly on sunday", "2026-01-04", "2026-01-12", True),
        ("daily", "2026-01-04", "2026-01-05", True),
        ("monthly on 31", "2026-01-31", "2026-02-27", False),
        ("monthly on 31", "2026-01-31", "2026-02-28", True),
        ("monthly on last day", "2026-01-31", "2026-02-28", True),
        ("cron 0 2 * * 1-5", "2026-01-09", "2026-01-11", False),
        ("cron 0 2 * * 1-5", "2026-01-09", "2026-01-12", True),
    ],
)
def test_a_full_read_is_due_when_one_of_its_days_has_come(
    text: str, last: str | None, today: str, expected: bool
) -> None:
    since = date.fromisoformat(last) if last else None
    assert is_due(schedule_of(text), since, date.fromisoformat(today)) is expected


def test_what_cannot_be_reached_is_tried_again_at_growing_distance_before_the_next_time() -> None:
    now = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
    hour = now + timedelta(hours=1)
    minutes = [one and (one - now) / timedelta(minutes=1) for one in (again(number, now, hour) for number in range(5))]
    assert minutes == [None, 2, 10, 30, None]
    assert again(2, now, now + timedelta(minutes=10)) is None
    assert again(1, now, None) == now + timedelta(minutes=2)
