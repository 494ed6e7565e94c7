"""Results as a user sees them: what a pay period comes to by person, team, plan and component, and amount by amount.

Everything read here passes the one filter of `store.sight`: of others' pay nothing is seen, and nothing is added up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from calc.period import Period
from domain.rights import DaysSeen, Sight
from engine.session import open_session
from store.calculations import calculations
from store.database import reading
from store.head import current_revision
from store.history import roster
from store.named import find_person
from store.pay_runs import pay_runs
from store.people import people_of
from store.sight import pay_in_sight
from syncd.documents import Document
from syncd.pay.documents import result_document, totals_document
from syncd.pay.results import Standing, StandingResult, results_now, standings
from syncd.periods import pay_period_named, period_labelled
from syncd.world import World


class By(StrEnum):
    """What results are added up by."""

    PARTICIPANT = "participant"
    TEAM = "team"
    PLAN = "plan"
    COMPONENT = "component"


@dataclass(frozen=True, slots=True)
class Which:
    """Which results of a pay period are asked for; None: whatever it is."""

    period: str
    group: str | None = None
    participant: str | None = None
    team: str | None = None
    plan: str | None = None
    component: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One result, with whose it is and their team on the last day of the pay period."""

    shown: StandingResult
    name: str | None
    team: str | None


@dataclass(frozen=True, slots=True)
class Summed:
    """What the results of one participant, team, plan or component come to, by currency."""

    key: str
    label: str
    results: int
    totals: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class ResultsSeen:
    """The results of a pay period that a user sees."""

    calendar: str
    period: Period
    standing: Sequence[Standing]
    lines: Sequence[Line]
    totals: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """Name the pay period so that it is found whatever calendars there are."""
        return f"{self.calendar}:{self.period.label}"


def periods_calculated(world: World) -> list[tuple[str, Period]]:
    """Give every pay period that anything was calculated for, with its calendar, the newest first."""
    with reading(world.database) as tx:
        named = {(one.calendar, one.period) for one in calculations(tx)} | {
            (one.calendar, one.period) for one in pay_runs(tx)
        }
    periods = ((calendar, period_labelled(world.workspace, calendar, label)) for calendar, label in named)
    found = [(calendar, period) for calendar, period in periods if period is not None]
    return sorted(found, key=lambda one: (one[1].start, one[0]), reverse=True)


def results_seen(world: World, sight: Sight, which: Which) -> ResultsSeen:
    """Give the results that are asked for, of those in sight. `FixFile` where the pay period is not calculated."""
    calendar, period = pay_period_named(world.workspace, which.period)
    with reading(world.database) as tx:
        seen = pay_in_sight(tx, sight)
        standing = standings(tx, calendar.name, period.label)
        asked = {one.id for one in find_person(tx, which.participant)} if which.participant else None
    persons = None if seen.everything else set(seen.persons)
    if asked is not None:
        persons = asked if persons is None else persons & asked
    shown: list[StandingResult] = []
    if persons is None or persons:
        with open_session(world.workspace.var, keeps_order=False) as session:
            shown = [one for one in results_now(world, session, standing, persons) if _is_asked(one, which, seen)]
    lines = [one for one in _named(world, period, shown) if which.team in (None, one.team or "")]
    return ResultsSeen(calendar.name, period, standing, lines, _totals(lines))


def summed(lines: Sequence[Line], by: By) -> list[Summed]:
    """Add results up, by name."""
    groups: defaultdict[str, list[Line]] = defaultdict(list)
    for one in lines:
        groups[_group(one, by)].append(one)
    found = [
        Summed(key, (few[0].name or key) if by is By.PARTICIPANT else key, len(few), _totals(few))
        for key, few in groups.items()
    ]
    return sorted(found, key=lambda one: (one.label.casefold(), one.key))


def summed_document(one: Summed, by: By) -> Document:
    """What the results of one participant, team (null: none), plan or component come to."""
    return {
        "by": by.value,
        "key": one.key or None,
        "name": one.label if by is By.PARTICIPANT else None,
        "results": one.results,
        "totals": totals_document(one.totals.items()),
    }


def line_document(one: Line) -> Document:
    """One result as `results` prints it."""
    return result_document(one.shown.result, one.shown.run, one.shown.state.value)


def _is_asked(one: StandingResult, which: Which, seen: DaysSeen) -> bool:
    result, key = one.result, one.result.key
    named = (None, key.component, f"{key.plan}.{key.component}")
    if (
        which.group not in (None, result.pay_group)
        or which.plan not in (None, key.plan)
        or which.component not in named
    ):
        return False
    return seen.shows(key.person, key.engagement, result.earned_from, result.earned_until)


def _named(world: World, period: Period, shown: Collection[StandingResult]) -> list[Line]:
    with reading(world.database) as tx:
        people = people_of(tx, {one.result.key.person for one in shown})
        held = roster(tx, period.last, current_revision(tx), everyone=True) if shown else []
    teams = {(one.version.person, one.version.engagement): one.version.attributes.get("team") for one in held}
    return [
        Line(
            one,
            people[one.result.key.person].name if one.result.key.person in people else None,
            str(team) if (team := teams.get((one.result.key.person, one.result.key.engagement))) else None,
        )
        for one in shown
    ]


def _group(one: Line, by: By) -> str:
    key = one.shown.result.key
    match by:
        case By.PARTICIPANT:
            return f"P{key.person}"
        case By.TEAM:
            return one.team or ""
        case By.PLAN:
            return key.plan
        case By.COMPONENT:
            return f"{key.plan}.{key.component}"


def _totals(lines: Collection[Line]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for one in lines:
        currency = one.shown.result.key.currency
        sums[currency] = sums.get(currency, Decimal(0)) + one.shown.result.amount
    return dict(sorted(sums.items()))
