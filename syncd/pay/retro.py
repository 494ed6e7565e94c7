"""Retroactive adjustments: what earlier earned periods owe now, less all that was booked for them, with its cause."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path

from calc import ledger
from calc.ledger import Booked, Owed, Unknown, is_unknown
from calc.pay_run import is_committed
from calc.period import pay_period
from calc.result import Result, ResultKind
from engine.booked import differing, recomputed
from engine.found import Findings
from engine.result_sums import result_people_among
from engine.results import add_results, remove_results
from syncd.pay.causes import with_causes
from syncd.pay.pinned import Pinned
from syncd.world import World

_ONE = timedelta(1)


def adjustments(world: World, found: Findings, pinned: Pinned, scratch: Path) -> tuple[Result, ...]:
    """Give the adjustments that fall due in the pay period, each with its cause.

    Of earned periods that something is missing for there are none (`calc.ledger.is_unknown`). Of one plan alone only
    that plan's.
    """
    if not pinned.booked and not pinned.committed:
        return ()
    unknown: defaultdict[int, list[Unknown]] = defaultdict(list)
    for each in found.earnings_aside():
        unknown[each.person].append(each)
    booked = [
        one
        for one in pinned.booked
        if is_earlier(pinned, one)
        and not is_unknown(unknown.get(one.owed.key.person, ()), one.earned_from, one.earned_until)
    ]
    persons = differing(found.session, booked, scratch)
    if not persons:
        return ()
    mine = [one for one in booked if one.owed.key.person in persons]
    differences = differences_of(pinned, recomputed(found.session, persons), mine)
    return with_causes(world, found, pinned, mine, differences)


def differences_of(pinned: Pinned, earned: Iterable[Result], booked: Sequence[Booked]) -> tuple[Result, ...]:
    """Give what some people are owed of what they earned in earlier pay periods, less what is booked of it.

    Of a pay run that is not committed nothing is, but for what another one has paid before somebody moved.
    """
    known = {one.owed for one in booked}
    standing = (
        one for one in earned if is_paid(pinned, one) or Owed(one.key, one.legal_entity, one.payee) in known
    )  # fmt: skip
    return ledger.adjustments(standing, booked, pinned.scope.period.label, pay_group=pinned.scope.pay_group)


def take_off_paid(world: World, found: Findings, pinned: Pinned, scratch: Path) -> None:
    """Leave of what is due only what no other pay run has paid: of people who moved from one pay group to another."""
    persons = result_people_among(found.session, {owed.key.person for owed in pinned.paid})
    if not persons:
        return
    due = due_now(pinned, found.due_of(persons, pinned.scope.period.label))
    differences = [one for one in due if one.kind is ResultKind.RETRO]
    if differences:
        told = with_causes(world, found, pinned, pinned.paid.values(), differences)
        remove_results(found.session, persons)
        add_results(found.session, [*(one for one in due if one.kind is ResultKind.EARNED), *told], scratch)


def due_now(pinned: Pinned, due: Sequence[Result]) -> tuple[Result, ...]:
    """Give what the pay run owes of all that is due of some people, in whatever pay group."""
    group = pinned.scope.pay_group
    own = tuple(one for one in due if group in (None, one.pay_group))
    if not pinned.paid:
        return own
    others = (one for one in due if group not in (None, one.pay_group) and is_paid(pinned, one))
    return ledger.still_due(own, others, pinned.paid, pinned.lines, pinned.scope.period.label)


def is_earlier(pinned: Pinned, one: Booked) -> bool:
    """Tell whether a booked amount is of an earlier pay period, and of the plan that is calculated."""
    paid = pay_period(pinned.scope.calendar, one.earned_until - _ONE)
    return paid.end <= pinned.scope.period.start and pinned.scope.plan in (None, one.owed.key.plan)


def is_paid(pinned: Pinned, one: Result) -> bool:
    """Tell whether the pay run that an earning was due in is committed."""
    paid = pay_period(pinned.scope.calendar, one.earned_until - _ONE)
    return is_committed(pinned.committed, paid.label, one.pay_group)
