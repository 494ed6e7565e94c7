"""What changes that wait would pay, as far as the pay is in sight: worked out at once, or by a job where it is long."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from calc.effect import Amount, Effect, effects
from calc.pay_run import PayState
from calc.period import PayCalendar, Period, pay_period
from domain.change import Kind
from domain.errors import FixFile
from domain.rights import DaysSeen, Right, Sight
from store.changes import ChangeFilter, changes
from store.counting import count_facts, count_participants
from store.database import reading
from store.jobs import Act, JobState
from store.pay_runs import pay_runs
from store.people import people_of
from store.sight import pay_in_sight, persons_seen
from syncd.access.signing_in import SignedIn
from syncd.documents import Document
from syncd.pay.documents import as_if_document
from syncd.pay.trying import Tried, Trying, kept, try_changes
from syncd.periods import pay_calendars, pay_period_named
from syncd.seen.changes import chosen
from syncd.seen.jobs import JobSeen, job_seen
from syncd.seen.results import periods_calculated
from syncd.show import QUIET
from syncd.world import World

#: Of how many changes at once a page asks.
MOST = 500
#: Of so many people, and so many rows of facts, a pay period is calculated while a reader waits; of more by a job.
PEOPLE, FACTS = 2_500, 100_000


#: What is said where there is nothing to be told of what a job found.
GONE = "there is no such answer for you: it is kept for two days, and told while all of its changes are yours to see"


@dataclass(frozen=True, slots=True)
class EffectSeen:
    """What changes would pay in a pay period, where it differs; of what is not in sight only how much there is.

    revision  what was known when it was worked out
    names     who the people are, by number
    hidden    so many differences are of pay that is not the user's to see
    """

    changes: Sequence[int]
    calendar: str
    period: Period
    revision: int
    found: Sequence[Effect]
    names: dict[int, str]
    hidden: int


def effect_asked(world: World, user: int, ids: Sequence[int], period: str | None) -> Trying:
    """Say what exactly is asked for: of which pay period, where none is named.

    That is the first one that is paid next, or the earliest change's where that is later. `FixFile` where no change is
    named, or too many, or which of several calendars is meant.
    """
    if not 0 < len(ids) <= MOST:
        raise FixFile(f"Tick the changes that are meant, at most {MOST}.")
    calendar, meant = pay_period_named(world.workspace, period) if period else _first_open(world, ids)
    return Trying(user, tuple(ids), f"{calendar.name}:{meant.label}")


def takes_long(world: World) -> bool:
    """Tell whether there is so much to calculate that a job does it."""
    with reading(world.database) as tx:
        return count_participants(tx) > PEOPLE or count_facts(tx) > FACTS


def effect_now(world: World, sight: Sight, asked: Trying) -> EffectSeen:
    """Work it out while a reader waits. Errors are those of `try_changes`."""
    return _as_seen(world, sight, try_changes(world, asked, QUIET))


def effect_by_job(world: World, who: SignedIn, number: int) -> tuple[JobSeen, EffectSeen | None] | None:
    """Give a job that works it out, with what it found, to who may ask that now; it has found nothing yet, or failed.

    None where there is no such job for them, or what it found is there no more.
    """
    seen, mine, pay = job_seen(world, who, number), who.sight(Right.SEE_CHANGES), who.sight(Right.SEE_PAY)
    if seen is None or seen.job.act is not Act.PAY_EFFECT or mine is None or pay is None:
        return None
    if seen.job.state is not JobState.DONE:
        return seen, None
    tried = kept(world, seen.job.id, seen.job.finished_at)
    if tried is None or len(chosen(world, mine, tried.changes)) < len(tried.changes):
        return None
    return seen, _as_seen(world, pay, tried)


def effect_document(seen: EffectSeen) -> Document:
    """What changes would pay, as `calculate --as-if` writes it."""
    return {
        **as_if_document(seen.changes, seen.found),
        "calendar": seen.calendar,
        "period": seen.period.label,
        "revision": seen.revision,
        "hidden": seen.hidden,
    }


def _as_seen(world: World, sight: Sight, tried: Tried) -> EffectSeen:
    calendar, period = pay_period_named(world.workspace, f"{tried.calendar}:{tried.period}")
    with reading(world.database) as tx:
        seen = pay_in_sight(tx, sight, {one.key.person for one in (*tried.before, *tried.after)})
        joining = _joining(tx, sight, tried.changes, world.today)
        every = effects(tried.before, tried.after)
        found = effects(_in_sight(seen, joining, tried.before), _in_sight(seen, joining, tried.after))
        people = people_of(tx, {one.key.person for one in found})
    names = {one.id: one.name or f"P{one.id}" for one in people.values()}
    hidden = max(0, len(every) - len(found))
    return EffectSeen(tried.changes, calendar.name, period, tried.revision, found, names, hidden)


def _in_sight(seen: DaysSeen, joining: Collection[int], amounts: Iterable[Amount]) -> Iterable[Amount]:
    return (
        one
        for one in amounts
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
