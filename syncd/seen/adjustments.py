"""Adjustments by hand as a user sees them, and what they may propose and decide: of people in sight alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from domain.errors import FixFile
from domain.rights import DaysSeen, Sight
from store.adjustments import DECIDING, Adjustment, AdjustmentState, adjustments
from store.database import reading
from store.named import find_person
from store.people import people_of
from store.sight import pay_in_sight
from syncd.access.noting import note_refusals
from syncd.pay.adjust import Decided, Wanted, decide, propose
from syncd.periods import pay_period_named
from syncd.world import Actor, World


@dataclass(frozen=True, slots=True)
class AdjustmentShown:
    """An adjustment, and the name of whom it is about."""

    adjustment: Adjustment
    name: str | None

    @property
    def waits(self) -> bool:
        """Whether it is still to decide."""
        return self.adjustment.state is AdjustmentState.PROPOSED


def adjustments_seen(world: World, sight: Sight, period: str | None = None) -> list[AdjustmentShown]:
    """Give adjustments (of a pay period) of people in sight, those that wait first, the newest first."""
    with reading(world.database) as tx:
        if period is None:
            found = adjustments(tx)
        else:
            calendar, meant = pay_period_named(world.workspace, period)
            found = adjustments(tx, calendar.name, meant.label)
        seen = pay_in_sight(tx, sight, {one.person for one in found})
        people = people_of(tx, {one.person for one in found})
    shown = [
        AdjustmentShown(one, people[one.person].name if one.person in people else None)
        for one in reversed(found)
        if _shows(seen, one)
    ]
    return sorted(shown, key=lambda one: not one.waits)


def propose_seen(world: World, sight: Sight, wanted: Wanted, who: Actor) -> Adjustment:
    """Propose one. `FixFile` where it is of nobody in sight, or cannot be meant."""
    with reading(world.database) as tx:
        found = find_person(tx, wanted.key)
        seen = pay_in_sight(tx, sight, [one.id for one in found])
    if seen.everything:
        return propose(world, wanted, who)
    mine = [one for one in found if one.id in seen.persons]
    if len(mine) != 1:
        raise FixFile(f"{'several' if mine else 'nobody'} you see {'are' if mine else 'is'} known as {wanted.key!r}")
    return propose(world, replace(wanted, key=f"P{mine[0].id}"), who, seen)


def decide_seen(
    world: World, sight: Sight, ids: Sequence[int], reason: str | None, who: Actor, *, approves: bool
) -> Decided:
    """Approve or reject those in sight; the others are refused as if they were not there."""
    with reading(world.database) as tx:
        known = {one.id: one for one in adjustments(tx)}
        seen = pay_in_sight(tx, sight, {one.person for one in known.values()})
    state = AdjustmentState.APPROVED if approves else AdjustmentState.REJECTED
    mine = [one for one in ids if one in known and _shows(seen, known[one])]
    outcome = decide(world, mine, state, reason, who) if mine else Decided()
    unseen = [(one, "there is no such adjustment") for one in ids if one not in mine]
    note_refusals(world, DECIDING[state], [(f"A{one}", told) for one, told in unseen], who)
    outcome.refused.extend(unseen)
    return outcome


def _shows(seen: DaysSeen, one: Adjustment) -> bool:
    return seen.shows(one.person, one.engagement, one.earned_from, one.earned_until)
