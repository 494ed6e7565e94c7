"""What changes that wait would pay: two dry calculations beside one another, as far as the pay is in sight."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from calc.effect import Effect, effects
from calc.pay_run import PayState
from calc.period import PayCalendar, Period, pay_period
from calc.result import Result
from calc.settling import Scope
from domain.change import Kind
from domain.errors import FixFile
from domain.rights import DaysSeen, Sight
from store.changes import ChangeFilter, changes
from store.database import reading
from store.pay_runs import pay_runs
from store.people import people_of
from store.sight import pay_in_sight, persons_seen
from syncd.pay.calculate import calculate
from syncd.periods import pay_calendars, pay_period_named
from syncd.seen.results import periods_calculated
from syncd.show import Progress
from syncd.world import World

#: Of how many changes at once a page asks.
MOST = 500


@dataclass(frozen=True, slots=True)
class EffectSeen:
    """What changes would pay in a pay period, where it differs; of what is not in sight only how much there is.

    names   who the people are, by number
    hidden  so many differences are of pay that is not the user's to see
    """

    changes: Sequence[int]
    calendar: str
    period: Period
    found: Sequence[Effect]
    names: dict[int, str]
    hidden: int


def effect_seen(world: World, sight: Sight, ids: Sequence[int], period: str | None) -> EffectSeen:
    """Calculate a pay period as it is known, and as if changes were approved; nothing of either is kept.

    Without a period: the first one that is paid next, or the earliest change's where that is later. `FixFile` where no
    change is named, or too many, or which of several calendars is meant; `Refused` where one would not be approved, or
    something else was decided meanwhile, or the pay period is being calculated.
    """
    if not 0 < len(ids) <= MOST:
        raise FixFile(f"Tick the changes that are meant, at most {MOST}.")
    calendar, meant = pay_period_named(world.workspace, period) if period else _first_open(world, ids)
    scope, quiet = Scope(calendar, meant), Progress(quiet=True)
    tried = calculate(world, scope, quiet, as_if=ids)
    known = calculate(world, scope, quiet, dry=True, known_at=tried.calculation.revision)
    before, after = known.results or (), tried.results or ()
    with reading(world.database) as tx:
        seen = pay_in_sight(tx, sight, {one.key.person for one in (*before, *after)})
        joining = _joining(tx, sight, ids, world.today)
        every = effects(before, after)
        found = effects(_in_sight(seen, joining, before), _in_sight(seen, joining, after))
        people = people_of(tx, {one.key.person for one in found})
    names = {one.id: one.name or f"P{one.id}" for one in people.values()}
    return EffectSeen(ids, calendar.name, meant, found, names, len(every) - len(found))


def _in_sight(seen: DaysSeen, joining: Collection[int], results: Iterable[Result]) -> Iterable[Result]:
    return (
        one
        for one in results
        if one.key.person in joining
        or seen.shows(one.key.person, one.key.engagement, one.earned_from, one.earned_until)
    )


def _joining(tx: Connection, sight: Sight, ids: Sequence[int], today: date) -> set[int]:
    """Give those in sight whom a change would add: they have no days yet by which their pay could be seen."""
    people = {one.person for one in changes(tx, ChangeFilter(ids=ids)) if one.kind is Kind.ADD}
    known = people_of(tx, people)
    new = {one for one in people if one not in known or known[one].participant_since is None}
    return persons_seen(tx, new, sight, today)


def _first_open(world: World, ids: Sequence[int]) -> tuple[PayCalendar, Period]:
    """Give the pay period that is paid next, or a later one if no change holds before it.

    Next is what follows the last one that is committed (of pay groups the one that is furthest behind); where none is,
    the first one that was calculated, else that of today.
    """
    calendars = pay_calendars(world.workspace)
    if len(calendars) > 1:
        named = ", ".join(f"{name}:{pay_period(one, world.today).label}" for name, one in sorted(calendars.items()))
        raise FixFile(f"Say which pay period is meant: there are several calendars ({named}).")
    ((name, calendar),) = calendars.items()
    with reading(world.database) as tx:
        first = min((one.effective for one in changes(tx, ChangeFilter(ids=ids))), default=world.today)
        until: dict[str | None, date] = {}
        for run in pay_runs(tx, name):
            if run.state is PayState.COMMITTED:
                until[run.pay_group] = max(run.end, until.get(run.pay_group, run.end))
    calculated = [one.start for called, one in periods_calculated(world) if called == name]
    begun = min(calculated, default=pay_period(calendar, world.today).start)
    following = min(until.values()) if until else begun
    return calendar, pay_period(calendar, max(first, following))
