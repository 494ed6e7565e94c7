"""Retroactive adjustments: what earlier earned periods owe now, less all that was booked for them, with its cause."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from calc import ledger
from calc.ledger import Booked
from calc.pay_run import is_committed
from calc.period import pay_period
from calc.result import Result
from engine.booked import differing, recomputed
from engine.found import Findings
from syncd.pay.causes import with_causes
from syncd.pay.pinned import Pinned
from syncd.world import World

_ONE = timedelta(1)


def adjustments(world: World, found: Findings, pinned: Pinned, scratch: Path) -> tuple[Result, ...]:
    """Give the adjustments that fall due in the pay period, each with its cause.

    Of people for whom something is missing there are none: what is not known is not taken back. Of one plan alone only
    that plan's.
    """
    if not pinned.booked and not pinned.committed:
        return ()
    aside = {person for person, _ in found.people_aside()}
    booked = [one for one in pinned.booked if is_earlier(pinned, one) and one.owed.key.person not in aside]
    persons = differing(found.session, booked, scratch)
    if not persons:
        return ()
    committed = (one for one in recomputed(found.session, persons) if is_paid(pinned, one))
    mine = [one for one in booked if one.owed.key.person in persons]
    differences = ledger.adjustments(
        committed, mine, pinned.scope.period.label, pay_group=pinned.scope.pay_group
    )  # fmt: skip
    return with_causes(world, found, pinned, mine, differences)


def is_earlier(pinned: Pinned, one: Booked) -> bool:
    """Tell whether a booked amount is of an earlier pay period, and of the plan that is calculated."""
    paid = pay_period(pinned.scope.calendar, one.earned_until - _ONE)
    return paid.end <= pinned.scope.period.start and pinned.scope.plan in (None, one.owed.key.plan)


def is_paid(pinned: Pinned, one: Result) -> bool:
    """Tell whether the pay run that an earning was due in is committed."""
    paid = pay_period(pinned.scope.calendar, one.earned_until - _ONE)
    return is_committed(pinned.committed, paid.label, one.pay_group)
