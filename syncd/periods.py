"""Pay periods as a person names them: `2026-03`, `2026-B07`, `2026-Q1`, `weekly:2026-W14`."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import Connection

from calc.pay_run import PayState
from calc.period import NoSuchPeriod, PayCalendar, Period, parse_period
from domain.errors import FixFile
from store.calculations import Calculation, cuts
from store.pay_runs import pay_runs
from syncd.configuration.settings import Workspace


def pay_calendars(workspace: Workspace) -> dict[str, PayCalendar]:
    """Give the calendars by name; the one that is meant where none is named comes first."""
    first = workspace.calendar
    every = (first, *(one for one in workspace.calendars.values() if one.name != first.name))
    return {one.name: one.cuts for one in every}


def pay_periods_named(workspace: Workspace, text: str) -> tuple[PayCalendar, tuple[Period, ...]]:
    """Give the pay periods, in order, that somebody means. `FixFile` where there are none so called."""
    try:
        return parse_period(text, pay_calendars(workspace))
    except NoSuchPeriod as error:
        raise FixFile(f"{error}") from None


def pay_period_named(workspace: Workspace, text: str) -> tuple[PayCalendar, Period]:
    """Give the one pay period that somebody means. `FixFile` for a span of several: they are closed one by one."""
    calendar, periods = pay_periods_named(workspace, text)
    if len(periods) != 1:
        raise FixFile(f"{text} is several pay periods, and each is closed by itself: {_listed(periods)}")
    return calendar, periods[0]


def period_labelled(workspace: Workspace, calendar: str, label: str) -> Period | None:
    """Give the pay period of a calendar with a label; None where the calendar is gone, or cuts time otherwise now."""
    try:
        return pay_period_named(workspace, f"{calendar}:{label}")[1]
    except FixFile:
        return None


def calendar_of(workspace: Workspace, found: Calculation) -> PayCalendar:
    """Give the calendar of a calculation. `FixFile` where it is gone, or cuts time otherwise since."""
    calendar = pay_calendars(workspace).get(found.calendar)
    if calendar is None or found.cut not in (None, calendar.cut):
        then = "is gone" if calendar is None else f"was {found.cut}, and is {calendar.cut}"
        raise FixFile(
            f"calendar '{found.calendar}' of R{found.run}, {found.period}, {then}: put it back, or calculate anew"
        )
    return calendar


def must_cut_as_paid(tx: Connection, workspace: Workspace) -> None:
    """Refuse a calendar that cuts time otherwise than when something was committed: all of it would be earned anew.

    Raises `FixFile`, with what was committed.
    """
    calendars, cut = pay_calendars(workspace), cuts(tx)
    paid: dict[tuple[str, str], list[str]] = defaultdict(list)
    for run in pay_runs(tx):
        if run.state is PayState.COMMITTED and run.calculation in cut:
            paid[run.calendar, cut[run.calculation]].append(f"{run}")
    for (name, then), periods in paid.items():
        now = calendars.get(name)
        if now is None or now.cut != then:
            is_now = "it is gone" if now is None else f"it is {now.cut}"
            raise FixFile(
                f"calendar '{name}' was {then} when {', '.join(periods)} were committed, and now {is_now}: put it "
                "back, and add another calendar for plans that are to be paid otherwise"
            )


def _listed(periods: tuple[Period, ...]) -> str:
    return f"{periods[0].label} to {periods[-1].label}"
