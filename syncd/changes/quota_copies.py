"""Quotas of one span copied to another, for everybody on the roster: proposed and remembered like any change."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from calc.period import Period
from domain.change import Change, State
from domain.dated_changes import Holder
from domain.errors import FixFile
from domain.quota import Quota
from domain.quota_copies import Copying, copied
from store.audit import Act, record
from store.changes import asked_as, insert_changes
from store.database import writing
from store.head import allocate, take_revision
from store.history import roster, versions_of
from store.rejections import rejections_of
from syncd.configuration.settings import BY_HAND
from syncd.options import person_of
from syncd.periods import pay_periods_named
from syncd.world import Actor, World


@dataclass(frozen=True, slots=True)
class Copies:
    """What a copy came to: changes that wait now, how many waited or were there already, what a no keeps back.

    left  whose quota could not be copied, which one, and why
    """

    proposed: tuple[Change, ...]
    waiting: int
    there: int
    suppressed: tuple[Change, ...]
    left: tuple[tuple[int, Quota, str], ...]


def copying_of(world: World, source: str, target: str, factor: Decimal, measure: str | None) -> Copying:
    """Say which day becomes which. `FixFile` where the two are not as many pay periods of one calendar."""
    (calendar, old), (other, new) = (pay_periods_named(world.workspace, one) for one in (source, target))
    if calendar.name != other.name or len(old) != len(new):
        raise FixFile(
            f"{source} is {len(old)} pay periods of {calendar.name}, and {target} {len(new)} of {other.name}: name two "
            "spans of one calendar that are equally long"
        )
    if factor <= 0:
        raise FixFile("a factor is more than 0, such as 1.05")
    return Copying(dict(zip(_bounds(old), _bounds(new), strict=True)), factor, measure)


def copy_quotas(world: World, copying: Copying, keys: Collection[str], reason: str, who: Actor) -> Copies:
    """Propose the quotas of everybody (or of `keys`) who is on the roster on the first day of the new span."""
    with writing(world.database) as tx:
        revision = take_revision(tx, world.now(), "copy quotas")
        chosen = {person_of(tx, key).id for key in keys}
        first_day = min(copying.days.values())
        on_roster = {
            (one.version.person, one.version.engagement) for one in roster(tx, first_day, revision, everyone=False)
        }
        people = {person for person, _ in on_roster if not keys or person in chosen}
        memory = rejections_of(tx, people)
        asked: list[Change] = []
        suppressed: list[Change] = []
        left: list[tuple[int, Quota, str]] = []
        there = 0
        for (person, post), known in sorted(versions_of(tx, people).items()):
            if (person, post) not in on_roster:
                continue
            holder = Holder(person, post, BY_HAND, tuple(one.version for one in known))
            said = [one for one in memory.get(person, ()) if one.is_about(post)]
            found = copied(holder, copying, said, world.today, reason)
            asked += found.asked
            suppressed += found.suppressed
            left += [(person, quota, why) for quota, why in found.left]
            there += len(found.there)
        waiting = asked_as(tx, [one.fingerprint for one in asked])
        fresh = [one for one in asked if one.fingerprint not in waiting]
        first = allocate(tx, "change", len(fresh)) if fresh else 0
        proposed = tuple(
            replace(one, id=number, baseline=revision, state=State.PENDING) for number, one in enumerate(fresh, first)
        )
        if proposed:
            insert_changes(tx, None, proposed, author=who.name)
            acts = [Act("copy quotas", f"C{one.id}", one.fingerprint, reason) for one in proposed]
            record(
                tx, revision, acts, at=world.now(), by=who.account, for_user=who.for_user,
                configuration=world.configuration_hash,
            )  # fmt: skip
    return Copies(proposed, len(waiting), there, tuple(suppressed), tuple(left))


def _bounds(periods: tuple[Period, ...]) -> list[date]:
    return [*(one.start for one in periods), periods[-1].end]
