"""What stands in the way of submitting a pay run: asked before it by who looks, and again by the submit itself."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from calc.pay_run import EVERYBODY, Act, PayRun, in_the_way, refusal, too_early
from calc.settling import Scope
from domain.change import State
from domain.errors import Refused, SyncError
from domain.rights import Population, PopulationKind, Sight
from store.adjustments import AdjustmentState, adjustments
from store.calculations import Calculation, newest_calculation
from store.changes import ChangeFilter, changes
from store.database import reading
from store.head import current_revision
from store.pay_runs import pay_run_of, pay_runs
from store.sight import pay_in_sight
from syncd.facts.known import must_have_feeds
from syncd.pay.adjust import paid_by_nobody
from syncd.pay.staleness import moved
from syncd.periods import must_cut_as_paid
from syncd.world import World


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is looked at before a submit: `told` says what is wrong, None that nothing is.

    blocks  a submit is refused; else it is for a person to judge
    """

    name: str
    told: str | None = None
    blocks: bool = True


def checks(world: World, scope: Scope, by: str) -> list[Check]:
    """Look at everything that a submit by somebody would look at, and at what it would pass over."""
    with reading(world.database) as tx:
        run, revision = kept(tx, scope), current_revision(tx)
        found = [
            Check("state", refusal(run, Act.SUBMIT, by)),
            Check("period", too_early(run, world.today)),
            Check("others", in_the_way(run, pay_runs(tx, run.calendar))),
            Check("adjustments", undecided(tx, run) or unpaid(tx, run, revision)),
            Check("changes", _waiting(tx, scope), blocks=False),
        ]
    return [*found, Check("results", _not_submittable(world, scope))]


def submittable(world: World, scope: Scope) -> Calculation:
    """Give the newest calculation, which ties out, or there would be none. `Refused`: there is none, or it is stale."""
    with reading(world.database) as tx:
        must_have_feeds(tx, world)
        must_cut_as_paid(tx, world.workspace)
        found = newest_of(tx, scope)
    if found is None:
        raise Refused(f"{scope} is not calculated yet: `calculate` it, and look at the results")
    if touched := moved(world, scope, found):
        raise Refused(f"R{found.run} is stale: {', '.join(touched)} changed since; calculate {scope} again")
    return found


def newest_of(tx: Connection, scope: Scope) -> Calculation | None:
    """Give the newest calculation of exactly a pay run."""
    return newest_calculation(tx, scope.calendar.name, scope.period.label, pay_group=scope.pay_group)


def kept(tx: Connection, scope: Scope) -> PayRun:
    """Give the pay run as it is kept, else as one that nobody has begun to close."""
    return pay_run_of(tx, scope.calendar.name, scope.period.label, scope.pay_group) or scope.pay_run


def undecided(tx: Connection, run: PayRun) -> str | None:
    """Say which adjustments of a pay run wait for a decision; None where none does."""
    waiting = [
        f"A{one.id}"
        for one in adjustments(tx, run.calendar, run.period)
        if one.state is AdjustmentState.PROPOSED and run.pay_group in (EVERYBODY, one.pay_group)
    ]
    if not waiting:
        return None
    one = len(waiting) == 1
    return (
        f"{', '.join(waiting)} {'waits' if one else 'wait'} for a decision: approve or reject "
        f"{'it' if one else 'them'} first"
    )


def unpaid(tx: Connection, run: PayRun, revision: int) -> str | None:
    """Say which adjustments no pay run pays; None where each is paid by one."""
    lost = paid_by_nobody(tx, run, known_at=revision)
    named = ", ".join(f"A{one.id} of P{one.person}" for one in lost)
    return f"no pay run of a pay group pays {named}, in none: give them a pay group, calculate again" if lost else None


def _waiting(tx: Connection, scope: Scope) -> str | None:
    """Say how many changes that wait hold on days of the pay period, of people whom the pay run pays or would pay."""
    start, end = scope.period.start, scope.period.end
    waiting = [
        one
        for one in changes(tx, ChangeFilter(states=(State.PENDING, State.HELD)))
        if one.effective < end and (one.until is None or one.until > start)
    ]
    if scope.pay_group is not None:
        group = Population(PopulationKind.PAY_GROUP, scope.pay_group)
        seen = pay_in_sight(tx, Sight(populations=frozenset((group,))), {one.person for one in waiting})
        waiting = [
            one
            for one in waiting
            if one.after.get("pay_group") == scope.pay_group or seen.shows(one.person, None, start, end)
        ]
    many = len(waiting) > 1
    told = f"{len(waiting):,} changes that count by then wait" if many else "1 change that counts by then waits"
    return f"{told} for a decision: what is decided later is adjusted later" if waiting else None


def _not_submittable(world: World, scope: Scope) -> str | None:
    try:
        submittable(world, scope)
    except SyncError as error:
        return error.message
    return None
