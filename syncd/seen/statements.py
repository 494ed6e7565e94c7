"""Statements as a user sees them: their own, their team's on the days on which it was theirs, their populations'."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import partial

from calc.hiding import as_seen
from calc.period import Period
from domain.errors import FixFile
from domain.rights import DaysSeen, Sight
from engine.session import open_session
from store.calculations import calculations
from store.database import reading
from store.head import moments_of
from store.named import find_person
from store.people import PersonRow, people_of
from store.sight import pay_in_sight
from syncd.documents import Document
from syncd.pay.documents import explanation_document, statement_document, totals_document
from syncd.pay.explain import Explained
from syncd.pay.explainer import ExplainedPay, explain_pay, is_about
from syncd.pay.results import counting, results_now, standings
from syncd.periods import pay_period_named
from syncd.seen.results import periods_calculated
from syncd.world import World


@dataclass(frozen=True, slots=True)
class StatementSeen:
    """One participant's pay for one pay period, as far as it is in sight.

    hidden    so many amounts are not
    known_at  the moment of the revision that it is calculated at, in the zone of its calendar
    """

    person: PersonRow
    calendar: str
    period: Period
    pay: ExplainedPay
    hidden: int = 0
    known_at: datetime | None = None

    @property
    def label(self) -> str:
        """Name the pay period so that it is found whatever calendars there are."""
        return f"{self.calendar}:{self.period.label}"

    @property
    def document(self) -> Document:
        """The document of `statement`, of what is in sight."""
        at = self.known_at.isoformat(timespec="minutes") if self.known_at is not None else None
        return {**statement_document(self.pay, self.person.name), "hidden": self.hidden, "known_at": at}

    @property
    def explanation(self) -> Document:
        """The document of `explain`, of what is in sight."""
        return explanation_document(self.pay)


@dataclass(frozen=True, slots=True)
class OwnPeriod:
    """A pay period of somebody: under which number, what it came to, by currency, and how far its close has come."""

    person: int
    calendar: str
    period: Period
    state: str
    totals: tuple[tuple[str, Decimal], ...]

    @property
    def label(self) -> str:
        """Name the pay period so that it is found whatever calendars there are."""
        return f"{self.calendar}:{self.period.label}"


def statement_seen(
    world: World, sight: Sight, key: str, period: str, transaction: str | None = None
) -> StatementSeen | None:
    """Give somebody's statement; None where a key names nobody whose pay of that pay period is in sight.

    `FixFile` where it is not calculated.
    """
    calendar, meant = pay_period_named(world.workspace, period)
    with reading(world.database) as tx:
        found = find_person(tx, key)
        seen = pay_in_sight(tx, sight, [one.id for one in found])
        mine = [one for one in found if seen.everything or one.id in seen.persons]
        if not mine:
            return None
        if len(mine) > 1:
            raise FixFile(f"{key!r} names several people: {', '.join(f'P{one.id}' for one in mine)}; say which one")
        person = mine[0]
        standing = standings(tx, calendar.name, meant.label)
    pay = explain_pay(world, person.id, standing, transaction)
    with reading(world.database) as tx:
        revision = pay.standing.calculation.revision
        at = moments_of(tx, [revision]).get(revision)
    local = at.astimezone(world.workspace.calendar.timezone) if at is not None else None
    return _as_seen(StatementSeen(person, calendar.name, meant, pay, known_at=local), seen, transaction)


def own_periods(world: World, persons: Collection[int]) -> list[OwnPeriod]:
    """Give the pay periods of somebody for which their pay was calculated, the newest first.

    `persons` are the numbers they have: of who was merged into them, what was paid under that number.
    """
    found: list[OwnPeriod] = []
    if not persons:
        return found
    with reading(world.database) as tx:
        now = {number for number, row in people_of(tx, persons).items() if row.merged_into is None}
    with open_session(world.workspace.var, keeps_order=False) as session:
        for calendar, period in periods_calculated(world):
            with reading(world.database) as tx:
                known = calculations(tx, calendar, period.label)
                standing = standings(tx, calendar, period.label) if known else ()
            sums: dict[int, dict[str, Decimal]] = {}
            runs: dict[int, set[int]] = {}
            for one in results_now(world, session, standing, persons):
                key = one.result.key
                of = sums.setdefault(key.person, {})
                of[key.currency] = of.get(key.currency, Decimal(0)) + one.result.amount
                runs.setdefault(key.person, set()).add(one.run)
            for person in sorted({*now, *runs}):
                with reading(world.database) as tx:
                    counts = counting(tx, standing, runs.get(person, ()), person, period)
                if counts is not None:
                    totals = tuple(sorted(sums.get(person, {}).items()))
                    found.append(OwnPeriod(person, calendar, period, counts.told, totals))
    return found


def own_document(one: OwnPeriod) -> Document:
    """What one pay period of somebody came to."""
    return {
        "participant": f"P{one.person}",
        "calendar": one.calendar,
        "period": one.period.label,
        "start": str(one.period.start),
        "end": str(one.period.end),
        "state": one.state,
        "totals": totals_document(one.totals),
    }


def person_named(world: World, persons: Collection[int]) -> PersonRow | None:
    """Give who somebody is now, of the numbers they have."""
    with reading(world.database) as tx:
        return next((row for row in people_of(tx, persons).values() if row.merged_into is None), None)


def _as_seen(whole: StatementSeen, seen: DaysSeen, transaction: str | None) -> StatementSeen | None:
    person, period, pay = whole.person, whole.period, whole.pay
    mine = [(one, standing) for one, standing in pay.amounts if _shows(person, one, seen)]
    if not mine and (pay.amounts or not seen.shows(person.id, None, period.start, period.end)):
        return None
    hidden = len(pay.amounts) - len(mine)
    cut = ((_cut(person, one, seen), standing) for one, standing in mine)
    shown = tuple(each for each in cut if transaction is None or is_about(each[0], transaction))
    uncredited = pay.uncredited if seen.everything else None  # it is told of others, too
    return replace(whole, pay=replace(pay, amounts=shown, uncredited=uncredited), hidden=hidden)


def _shows(person: PersonRow, one: Explained, seen: DaysSeen) -> bool:
    return seen.shows(person.id, _post(one), one.period.start, one.period.end)


def _cut(person: PersonRow, one: Explained, seen: DaysSeen) -> Explained:
    """Leave out of an amount's tree the steps of days out of sight: to date counts further back."""
    if seen.everything or person.id in seen.own:
        return one
    return replace(one, steps=as_seen(one.steps, partial(seen.shows, person.id, _post(one))))


def _post(one: Explained) -> str | None:
    """Give the post that an amount is for; what is nothing is of no post of its own."""
    return one.result.key.engagement if one.result is not None else None
