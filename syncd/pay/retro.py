"""Retroactive adjustments: what earlier earned periods owe now, less all that was booked for them, with its cause."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from calc.ledger import Unknown, is_unknown
from calc.result import Result, ResultKind
from engine.booked import differing, recomputed
from engine.found import Findings
from engine.result_sums import result_people_among
from engine.results import add_results, remove_results
from syncd.pay.causes import with_causes
from syncd.pay.pinned import Pinned
from syncd.world import World


def adjustments(world: World, found: Findings, pinned: Pinned, scratch: Path) -> tuple[Result, ...]:
    """Give the adjustments that fall due in the pay period, each with its cause.

    Of earned periods that something is missing for there are none (`calc.ledger.is_unknown`). Of one plan alone only
    that plan's.
    """
    settling = pinned.settling
    if not settling.booked and not settling.committed:
        return ()
    unknown: defaultdict[int, list[Unknown]] = defaultdict(list)
    for each in found.earnings_aside():
        unknown[each.person].append(each)
    booked = [
        one
        for one in settling.booked
        if settling.is_earlier(one)
        and not is_unknown(unknown.get(one.owed.key.person, ()), one.earned_from, one.earned_until)
    ]
    persons = differing(found.session, booked, scratch)
    if not persons:
        return ()
    mine = [one for one in booked if one.owed.key.person in persons]
    differences = settling.differences(recomputed(found.session, persons), mine)
    return with_causes(world, found, pinned, mine, differences)


def take_off_paid(world: World, found: Findings, pinned: Pinned, scratch: Path) -> None:
    """Leave of what is due only what no other pay run has paid: of people who moved from one pay group to another."""
    persons = result_people_among(found.session, {owed.key.person for owed in pinned.settling.paid})
    if not persons:
        return
    due = pinned.settling.due_now(found.due_of(persons, pinned.scope.period.label))
    differences = [one for one in due if one.kind is ResultKind.RETRO]
    if differences:
        told = with_causes(world, found, pinned, pinned.settling.paid.values(), differences)
        remove_results(found.session, persons)
        add_results(found.session, [*(one for one in due if one.kind is ResultKind.EARNED), *told], scratch)
