"""What the words of a schedule mean: `daily at 02:00`, `weekly on monday at 02:00`, `cron 0 2 * * 1-5`.

Words are read without regard to capitals. Where no time is said it is midnight; `hourly` is at :00.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import time

from domain.problem import Mistake
from domain.schedule import ANY, DAYS, LAST, Days, Schedule
from formula.parse import suggestion
from syncd.configuration.forms import FeedForm
from syncd.configuration.wording import Fault
from syncd.configuration.wording import Path as Keys

_SCHEDULES = (
    "say `hourly`, `hourly at :15`, `daily at 02:00`, `weekly on sunday at 02:00`, `monthly on 1 at 02:00`, "
    "`monthly on last day at 02:00` or `cron 0 2 * * *`"
)
_WORDS = ("hourly", "daily", "weekly", "monthly", "cron")
_MONTHS = {name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}  # noqa: SIM905 - a list of words
_WEEKDAYS = {name: number for number, name in enumerate("sun mon tue wed thu fri sat".split())}  # noqa: SIM905 - as above
_LONGEST_MONTH = 31


@dataclass(frozen=True, slots=True)
class _Field:
    """A field of a cron expression: what it is called, which numbers it has, which names."""

    name: str
    first: int
    last: int
    names: Mapping[str, int]


_CRON = (
    _Field("minute", 0, 59, {}),
    _Field("hour", 0, 23, {}),
    _Field("day of the month", 1, 31, {}),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of the week", 0, 7, _WEEKDAYS),
)

#: A word, and how many characters of the text stand before it.
_Word = tuple[str, int]


class _NotRead(Exception):
    """What is wrong with a schedule, so many characters into it."""

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.message, self.offset = message, offset


def read_schedule(text: str) -> Schedule | Mistake:
    """Give the schedule that a text means, or what is wrong with it and where in the text."""
    words = [(found[0].lower(), found.start()) for found in re.finditer(r"\S+", text)]
    try:
        return _read(text, words)
    except _NotRead as wrong:
        return Mistake((), wrong.message, wrong.offset)


def faults_of_schedules(path: Keys, feed: FeedForm) -> Iterator[Fault]:
    """Yield what is wrong with when a feed at `path` runs, and with how often it is read in full."""
    for key, text in (("full", feed.full), ("schedule", feed.schedule)):
        read = read_schedule(text) if isinstance(text, str) else None
        if isinstance(read, Mistake):
            other = "; here also `true` and `false`" if key == "full" else ""
            yield Fault((*path, key), read.message + other, offset=read.offset)
    if feed.schedule is None:
        for key in ("timezone", "missed"):
            if getattr(feed, key) is not None:
                message = f"`{key}` says something of a `schedule`, and there is none: add one, or leave it out"
                yield Fault((*path, key), message, of_key=True)


def schedule_of(text: str) -> Schedule:
    """Give the schedule of a text without faults."""
    read = read_schedule(text)
    if isinstance(read, Mistake):
        raise ValueError(read.message)  # noqa: TRY004 - of text, not of types
    return read


def _read(text: str, words: list[_Word]) -> Schedule:
    match words:
        case [("hourly", _)]:
            return Schedule(text, _at(range(24), [0]), goes_on=True)
        case [("hourly", _), ("at", _), past]:
            return Schedule(text, _at(range(24), [_past(past)]), goes_on=True)
        case [("hourly", _), *rest]:
            raise _NotRead("after `hourly` comes nothing, or `at :15`", _offset(rest, text))
        case [("daily", _), *rest]:
            return Schedule(text, _time(rest, text))
        case [("weekly", _), ("on", _), day, *rest]:
            return Schedule(text, _time(rest, text), Days(weekdays=frozenset(((_weekday(day), ANY),))))
        case [("monthly", _), ("on", _), ("last", _), ("day", _), *rest]:
            return Schedule(text, _time(rest, text), Days(of_month=frozenset((LAST,))))
        case [("monthly", _), ("on", _), day, *rest]:
            return Schedule(text, _time(rest, text), Days(of_month=frozenset((_monthday(day),)), shortens=True))
        case [("weekly" | "monthly" as word, _), *rest]:
            example = "monday" if word == "weekly" else "1"
            raise _NotRead(f"after `{word}` comes on which day: `{word} on {example}`", _offset(rest, text))
        case [("cron", _), *fields]:
            return _cron(text, fields)
        case [(first, offset), *_] if (meant := suggestion(first, _WORDS)).startswith("; did"):
            raise _NotRead(f"'{text}' is no schedule{meant}", offset)
    raise _NotRead(f"'{text}' is no schedule: {_SCHEDULES}")


def _offset(rest: list[_Word], text: str) -> int:
    return rest[0][1] if rest else max(len(text) - 1, 0)


def _at(hours: range | list[int], minutes: list[int]) -> tuple[time, ...]:
    return tuple(time(hour, minute) for hour in hours for minute in minutes)


def _time(rest: list[_Word], text: str) -> tuple[time, ...]:
    """Read `at 02:00`, or nothing."""
    match rest:
        case []:
            return (time(),)
        case [("at", _), (word, offset)]:
            if found := re.fullmatch(r"([01][0-9]|2[0-3]):([0-5][0-9])", word):
                return (time(int(found[1]), int(found[2])),)
            raise _NotRead(f"'{word}' is no time of day: write hours and minutes, as in `at 02:00`", offset)
    raise _NotRead("here comes nothing more, or a time: `at 02:00`", _offset(rest, text))


def _past(word: _Word) -> int:
    if found := re.fullmatch(r":([0-5][0-9])", word[0]):
        return int(found[1])
    raise _NotRead(f"'{word[0]}' is no minute of every hour: write it like `at :15`", word[1])


def _weekday(word: _Word) -> int:
    if word[0] in DAYS:
        return DAYS.index(word[0])
    meant = suggestion(word[0], DAYS)
    raise _NotRead(f"'{word[0]}' is no day of the week{meant if '; did' in meant else ': write it out'}", word[1])


def _monthday(word: _Word) -> int:
    if word[0].isascii() and word[0].isdigit() and 1 <= int(word[0]) <= _LONGEST_MONTH:
        return int(word[0])
    raise _NotRead(f"'{word[0]}' is no day of a month: write 1 to 31, or `last day`", word[1])


# --- cron


def _cron(text: str, fields: list[_Word]) -> Schedule:
    if len(fields) != len(_CRON):
        raise _NotRead(
            f"cron has five fields (minute, hour, day of the month, month, day of the week), not {len(fields)}",
            _offset(fields, text),
        )
    minutes, hours, days, months, weekdays = (
        frozenset(_items(field, word)) for field, word in zip(_CRON, fields, strict=True)
    )
    is_open = [word.startswith("*") for word, _ in fields]
    chosen = Days(
        of_month=frozenset(day for day, _ in days),
        weekdays=frozenset(((number - 1) % 7, which) for number, which in weekdays),
        months=frozenset(month for month, _ in months),
        is_both=is_open[2] or is_open[4],
    )
    if chosen.is_never:
        raise _NotRead("there is no such day in any year", fields[2][1])
    times = _at(sorted(hour for hour, _ in hours), sorted(minute for minute, _ in minutes))
    return Schedule(text, times, chosen, goes_on=is_open[0] or is_open[1])


def _items(field: _Field, word: _Word) -> Iterator[tuple[int, int]]:
    """Yield what a field lists: (number, which of the month); the second says something of days of the week alone."""
    offset = word[1]
    for part in word[0].split(","):
        yield from _part(field, part, offset)
        offset += len(part) + 1


def _part(field: _Field, part: str, offset: int) -> Iterator[tuple[int, int]]:
    if field.name == "day of the month" and part == "l":
        yield LAST, ANY
        return
    if field.name == "day of the week" and (found := re.fullmatch(r"(\w+)(?:#([1-5])|(?<=[0-7])l)", part)):
        yield _number(field, found[1], offset), int(found[2]) if found[2] else LAST
        return
    span, slash, step = part.partition("/")
    if slash and not (step.isascii() and step.isdigit() and int(step) > 0):
        raise _NotRead(f"'{part}': after `/` comes a number from 1 on", offset)
    if span == "*":
        first, last = field.first, field.last - (field.name == "day of the week")
    elif "-" in span:
        begin, _, end = span.partition("-")
        first, last = _number(field, begin, offset), _number(field, end, offset)
        if last < first:
            raise _NotRead(f"'{span}' ends before it begins", offset)
    else:
        first = _number(field, span, offset)
        last = field.last if slash else first
    for number in range(first, last + 1, int(step) if slash else 1):
        yield number, ANY


def _number(field: _Field, text: str, offset: int) -> int:
    if text in field.names:
        return field.names[text]
    if text.isascii() and text.isdigit() and field.first <= int(text) <= field.last:
        return int(text)
    names = f", or {', '.join(field.names)}" if field.names else ""
    raise _NotRead(f"'{text}' is no {field.name}: {field.first} to {field.last}{names}", offset)
