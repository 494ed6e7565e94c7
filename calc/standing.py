"""How the plans that people are on stand to a calculation: in force and paid by it, or why they pay nothing.

`known_rows` gives the table that compiled plans scan (`calc.inputs.PLAN_ROW`): every plan that was ever published, on
all days there are. A plan that is not in it is nobody's: whoever is on it is set aside, for it may be a slip.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from domain.step import FOREVER
from formula.meaning import Cell, as_date

UNKNOWN_PLAN = "unknown_plan"
PLAN_NOT_IN_FORCE = "plan_not_in_force"
OTHER_CALENDAR = "other_calendar"


@dataclass(frozen=True, slots=True, order=True)
class Holding:
    """A plan on the days `[start, end)` on which a version of it holds; `is_here`: paid by the calendar calculated."""

    plan: str
    start: date
    end: date
    is_here: bool = True


def known_rows(held: Iterable[Holding], published: Collection[str] = ()) -> list[Mapping[str, Cell]]:
    """Give how each plan stands on which days, by plan and day; the `code` is null where the calculation pays it."""
    by_plan: dict[str, list[Holding]] = {plan: [] for plan in published}
    for one in sorted(held):
        by_plan.setdefault(one.plan, []).append(one)
    return [row for plan in sorted(by_plan) for row in _rows(plan, by_plan[plan])]


def pays_nothing(rows: Iterable[Mapping[str, Cell]], plans: Collection[str], start: date, end: date) -> str | None:
    """Give the code by which none of some plans pays anything on `[start, end)`; None where one of them does."""
    own = [row for row in rows if row["plan"] in plans]
    codes = [row["code"] for row in own if as_date(row["start"]) < end and start < as_date(row["end"])]
    if None in codes:
        return None
    known = {row["plan"] for row in own}
    return UNKNOWN_PLAN if set(plans) - known else max(map(str, codes))


def _rows(plan: str, held: Iterable[Holding]) -> Iterator[Mapping[str, Cell]]:
    since = date.min
    for one in held:
        if since < one.start:
            yield _row(plan, since, one.start, PLAN_NOT_IN_FORCE)
        yield _row(plan, one.start, one.end, None if one.is_here else OTHER_CALENDAR)
        since = one.end
    if since < FOREVER:
        yield _row(plan, since, FOREVER, PLAN_NOT_IN_FORCE)


def _row(plan: str, start: date, end: date, code: str | None) -> Mapping[str, Cell]:
    return {"plan": plan, "start": start, "end": end, "code": code}
