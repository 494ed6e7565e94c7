"""What falls due to somebody and is not committed yet: a pay run holds it, or their last pay is only calculated."""

from __future__ import annotations

from collections.abc import Sequence

from calc.pay_run import PayState
from calc.result import ResultState
from domain.change import ends
from domain.errors import FixFile
from domain.step import Version
from engine.session import Session
from store.calculations import calculations
from store.database import reading
from store.pay_runs import pay_runs
from syncd.pay.results import results_now, standings
from syncd.periods import pay_period_named
from syncd.world import World


def due_to(world: World, session: Session, person: int, versions: Sequence[Version]) -> str | None:
    """Say which pay period holds an amount of somebody that is not in the ledger; None where none does.

    One that somebody has begun to close, or one that ends after they left: an older one that was only calculated was a
    trial, and would stand in the way for ever.
    """
    with reading(world.database) as tx:
        closing = {(one.calendar, one.period) for one in pay_runs(tx) if one.state is not PayState.COMMITTED}
        counted = {(one.calendar, one.period) for one in calculations(tx)}
    left = min((one.start for one in versions if ends(one.attributes)), default=None)
    for calendar, label in sorted(counted):
        try:
            _, period = pay_period_named(world.workspace, f"{calendar}:{label}")
        except FixFile:  # of a calendar that is no longer there: nothing of it can be paid
            continue
        if (calendar, label) not in closing and (left is None or period.end <= left):
            continue
        with reading(world.database) as tx:
            standing = standings(tx, calendar, label)
        found = results_now(world, session, standing, [person])
        if any(one.state is not ResultState.COMMITTED and one.result.amount for one in found):
            return f"{label} has an amount of theirs that is not committed"
    return None
