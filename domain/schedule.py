"""When something that is to happen now and then is due, in the zone whose clocks it is written for.

```yaml
schedule: daily at 02:00      # hourly [at :MM], weekly on DAY, monthly on N | last day [at HH:MM], cron EXPR
missed: catch_up              # or skip
full: weekly on sunday        # by days alone
```

Where clocks are put forward, a time that does not exist is the next moment that does; where they are put back, one
that exists twice is the first of the two. So what is written for a time of day happens once on each of its days. What
is written for every hour, or for every few minutes, follows the hours as they pass: none is left out, none repeated.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import islice
from zoneinfo import ZoneInfo

DAYS = tuple(name.lower() for name in calendar.day_name)
EVERY_MONTH = frozenset(range(1, 13))

#: In place of a day's number: the last one of its month; the last such weekday of its month; any of them.
LAST = -1
ANY = 0

#: How long after its time something may begin and be on time.
LATE = timedelta(minutes=5)
#: After how long a run is tried again whose source could not be reached: the first time, the second, the third.
AGAIN = (timedelta(minutes=2), timedelta(minutes=10), timedelta(minutes=30))

_LOOK_AHEAD = timedelta(days=50 * 366)  # the 29th of February that is a Sunday comes every 28 years, or 40
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)


class Missed(StrEnum):
    """What becomes of times at which nobody looked at the clock."""

    CATCH_UP = "catch_up"  #: of all that were missed the last one is made up for, once
    SKIP = "skip"  #: the next one is waited for


@dataclass(frozen=True, slots=True)
class Days:
    """Some days of the year.

    of_month   by number; `LAST`: the last one
    weekdays   (Monday is 0, which of the month: 1 to 5, `LAST` or `ANY`)
    is_both    they have to be on both lists; otherwise on one of them
    shortens   a number that a month does not have means its last day
    """

    of_month: frozenset[int] = frozenset(range(1, 32))
    weekdays: frozenset[tuple[int, int]] = frozenset((number, ANY) for number in range(7))
    months: frozenset[int] = EVERY_MONTH
    is_both: bool = True
    shortens: bool = False

    def has(self, day: date) -> bool:
        """Tell whether a day is one of them."""
        if day.month not in self.months:
            return False
        length = calendar.monthrange(day.year, day.month)[1]
        is_last = day.day == length
        numbered = day.day in self.of_month or (is_last and LAST in self.of_month)
        if self.shortens and is_last:
            numbered = numbered or any(number > length for number in self.of_month)
        week = LAST if day.day + 7 > length else ANY
        named = bool(self.weekdays & {(day.weekday(), which) for which in (ANY, week, (day.day + 6) // 7)})
        return numbered and named if self.is_both else numbered or named

    @property
    def is_never(self) -> bool:
        """Tell whether there is no such day: the 30th of February."""
        first = date(2000, 1, 1)
        return not any(self.has(first + _DAY * number) for number in range(_LOOK_AHEAD.days))


@dataclass(frozen=True, slots=True)
class Schedule:
    """Times of day on some days, as `text` says.

    times     hours and minutes as a clock on the wall shows them, ascending
    goes_on   they are written for the hours as they pass, rather than for times of the day
    """

    text: str
    times: tuple[time, ...]
    days: Days = Days()
    goes_on: bool = False

    def after(self, moment: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        """Yield every moment after one at which it is due, ascending, in UTC."""
        first, last = _local(moment, zone).date() - _DAY, moment
        for number in range(_LOOK_AHEAD.days):
            for found in self._on(first + _DAY * number, zone):
                if found > last:
                    yield found
                    last = found

    def latest(self, since: datetime, until: datetime, zone: ZoneInfo) -> datetime | None:
        """Give the last moment at which it was due, after `since` and not after `until`; None where there is none."""
        day, first = _local(until, zone).date(), _local(since, zone).date() - _DAY
        while day >= first:
            for found in reversed(self._on(day, zone)):
                if since < found <= until:
                    return found
            day -= _DAY
        return None

    def _on(self, day: date, zone: ZoneInfo) -> list[datetime]:
        """Give the moments of a day, ascending."""
        if not self.days.has(day):
            return []
        walls = [datetime.combine(day, one) for one in self.times]
        if not self.goes_on:
            return sorted({_first(wall, zone) for wall in walls})
        both = {_moment(wall, zone, fold) for wall in walls for fold in (0, 1)}
        known = set(walls)
        return sorted(one for one in both if _local(one, zone) in known)


@dataclass(frozen=True, slots=True)
class Due:
    """A time that has come. `runs` False: it was missed, and is skipped."""

    planned: datetime
    runs: bool


def due(schedule: Schedule, zone: ZoneInfo, missed: Missed, since: datetime, now: datetime) -> Due | None:
    """Give what has come after the last time that was looked at; None where nothing has.

    Of several times the last one stands for all of them.
    """
    planned = schedule.latest(since, now, zone)
    if planned is None:
        return None
    return Due(planned, runs=missed is Missed.CATCH_UP or now - planned <= LATE)


def again(failed: int, now: datetime, following: datetime | None) -> datetime | None:
    """Give when a scheduled run is tried again whose source could not be reached `failed` times in a row.

    None: it waits for the next time of its schedule (`following`), for that is no later, or it was tried often enough.
    """
    if not 1 <= failed <= len(AGAIN):
        return None
    moment = now + AGAIN[failed - 1]
    return moment if following is None or moment < following else None


def next_times(schedule: Schedule, zone: ZoneInfo, now: datetime, number: int = 3) -> list[datetime]:
    """Give the next times, in UTC."""
    return list(islice(schedule.after(now, zone), number))


def is_late(schedule: Schedule, zone: ZoneInfo, since: datetime, begun: datetime | None, now: datetime) -> bool:
    """Tell whether a time after `since` is well over, and nothing has begun at it or later; `begun` is the last one."""
    planned = schedule.latest(since, now - LATE, zone)
    return planned is not None and (begun is None or begun < planned)


def is_due(schedule: Schedule, last: date | None, today: date) -> bool:
    """Tell whether a day of the schedule has come after `last`, today included; without one, always."""
    if last is None:
        return True
    return any(schedule.days.has(today - _DAY * number) for number in range(min((today - last).days, _LOOK_AHEAD.days)))


def _first(wall: datetime, zone: ZoneInfo) -> datetime:
    """Give the moment at which a clock first shows a time; where it never does, the next moment."""
    while _local(_moment(wall, zone, 0), zone) != wall:
        wall += _MINUTE
    return _moment(wall, zone, 0)


def _moment(wall: datetime, zone: ZoneInfo, fold: int) -> datetime:
    return wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)
