"""What `calendars` means: how time is cut, and in which zone."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo, available_timezones

from calc.period import Pay, PayCalendar
from formula.parse import suggestion
from syncd.configuration.forms import CalendarForm, WorkspaceForm
from syncd.configuration.settings import Calendar
from syncd.configuration.wording import Fault
from syncd.configuration.wording import Path as Keys

_MONTH_AND_DAY = re.compile(r"[0-9]{2}-[0-9]{2}")


def faults_of_calendars(form: WorkspaceForm, named: Mapping[str, Collection[str]]) -> Iterator[Fault]:
    """Yield what is wrong with the calendars; `named` has the names in each section, whether they fit or not."""
    has_short, has_long = "calendar" in named[""], "calendars" in named[""]
    if has_short and has_long:
        yield Fault(("calendar",), "`calendar` is short for a `calendars` with one: keep one of the two", of_key=True)
    elif not has_short and not has_long:
        yield Fault((), "no calendar says what day it is: add `calendar: {timezone: ...}`")
    elif has_long and not named["calendars"]:
        yield Fault(("calendars",), "there is no calendar: name at least one, `main: {timezone: ...}`", of_key=True)
    elif len(named["calendars"]) > 1 and "main" not in named["calendars"]:
        yield Fault(("calendars",), "none of several calendars is `main`, which says what day it is: name one so")
    if form.calendar:
        yield from _of_calendar(("calendar",), form.calendar)
    for name, calendar in form.calendars.items():
        yield from _of_calendar(("calendars", name), calendar)


def calendar_of(name: str, form: CalendarForm) -> Calendar:
    """Give the calendar of a form without faults."""
    month, _, day = form.year_starts.partition("-")
    cuts = PayCalendar(name, form.pay, (int(month), int(day)), form.year_named_by)
    if form.pay_starts:
        cuts = replace(cuts, first_day=date.fromisoformat(form.pay_starts))
    return Calendar(cuts, ZoneInfo(form.timezone))


def faults_of_zone(path: Keys, name: str) -> Iterator[Fault]:
    """Yield what is wrong with the name of a time zone at `path`."""
    if not _is_zone(name):
        help_ = meant(name, available_timezones()) or "; write it like 'America/New_York'"
        yield Fault(path, f"there is no time zone '{name}'{help_}")


def is_day(text: str) -> bool:
    """Tell whether a text is a day as YAML files write it: `2026-01-31`."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def meant(name: str, known: Collection[str]) -> str:
    """Suggest one of many, or nothing: they are too many to list."""
    help_ = suggestion(name, known)
    return help_ if "did you mean" in help_ else ""


def _of_calendar(path: Keys, calendar: CalendarForm) -> Iterator[Fault]:
    yield from faults_of_zone((*path, "timezone"), calendar.timezone)
    if not _is_month_and_day(calendar.year_starts):
        yield Fault(
            (*path, "year_starts"),
            f"'{calendar.year_starts}' is no day of every year: write month and day, `01-01`",
        )
    if calendar.pay_starts is not None:
        if not is_day(calendar.pay_starts):
            yield Fault((*path, "pay_starts"), f"'{calendar.pay_starts}' is no day: write it like `2026-01-05`")
        if calendar.pay not in (Pay.WEEKLY, Pay.BIWEEKLY):
            message = f"`pay_starts` means nothing for {calendar.pay.value}: only weeks are counted from a day"
            yield Fault((*path, "pay_starts"), message, of_key=True)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # an absent zone is a KeyError, a folder of zones an OSError
        return False
    return True


def _is_month_and_day(text: str) -> bool:
    # in a common year, so that 29 February, which most years do not have, is refused
    return bool(_MONTH_AND_DAY.fullmatch(text)) and is_day(f"2001-{text}")
