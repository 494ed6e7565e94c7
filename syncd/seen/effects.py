"""What changes that wait would pay: two dry calculations beside one another, as far as the pay is in sight."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from calc.effect import Effect, effects
from calc.pay_run import EVERYBODY, PayState
from calc.period import PayCalendar, Period, pay_period
from calc.result import Result
from calc.settling import Scope
from domain.errors import FixFile
from domain.rights import DaysSeen, Sight
from store.changes import ChangeFilter, changes
from store.database import reading
from store.pay_runs import pay_runs
from store.people import people_of
from store.sight import pay_in_sight
from syncd.pay.calculate import calculate
from syncd.periods import pay_calendars, pay_period_named
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

    Without a period: the first one from the earliest change on that is not committed. `FixFile` where no change is
    named, or too many; `Refused` where one would not be approved, or the pay period is being calculated.
    """
    if not 0 < len(ids) <= MOST:
        raise FixFile(f"Tick the changes that are meant, at most {MOST}.")
    calendar, meant = pay_period_named(world.workspace, period) if period else _first_open(world, ids)
    scope, quiet = Scope(calendar, meant), Progress(quiet=True)
    after = calculate(world, scope, quiet, as_if=ids).results or ()
    before = calculate(world, scope, quiet, dry=True).results or ()
    with reading(world.database) as tx:
        seen = pay_in_sight(tx, sight, {one.key.person for one in (*before, *after)})
        every = effects(before, after)
        found = effects(_in_sight(seen, before), _in_sight(seen, after))
        people = people_of(tx, {one.key.person for one in found})
    names = {one.id: one.name or f"P{one.id}" for one in people.values()}
    return EffectSeen(ids, calendar.name, meant, found, names, len(every) - len(found))


def _in_sight(seen: DaysSeen, results: Iterable[Result]) -> Iterable[Result]:
    return (one for one in results if seen.shows(one.key.person, one.key.engagement, one.earned_from, one.earned_until))


def _first_open(world: World, ids: Sequence[int]) -> tuple[PayCalendar, Period]:
    """Give the first pay period from the earliest of some changes on that is not committed for everybody."""
    calendar = next(iter(pay_calendars(world.workspace).values()))
    with reading(world.database) as tx:
        first = min((one.effective for one in changes(tx, ChangeFilter(ids=ids))), default=world.today)
        closed = {
            one.period
            for one in pay_runs(tx, calendar.name)
            if one.state is PayState.COMMITTED and one.pay_group == EVERYBODY
        }
    found = pay_period(calendar, first)
    while found.label in closed:
        found = pay_period(calendar, found.end)
    return calendar, found
