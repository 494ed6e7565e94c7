"""What waits beside changes, as far as a user sees it: questions, remembered noes, held runs, bad rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from domain.rights import Sight
from store.conflicts import ConflictState, KeptConflict, conflicts
from store.database import reading
from store.people import PersonRow, people_of
from store.problems import Quarantined, quarantine
from store.rejections import KeptRejection, rejections
from store.sight import persons_seen
from syncd.changes.holding import HeldRun, held_runs
from syncd.options import feed_named
from syncd.world import World


@dataclass(frozen=True, slots=True)
class Remembered:
    """Rejections with the people they are about."""

    rejections: Sequence[KeptRejection]
    people: Mapping[int, PersonRow]


def questions(world: World, sight: Sight, *, everything: bool = False) -> list[KeptConflict]:
    """Give open questions, with `everything` those that were answered or closed too.

    One about who a record is belongs to nobody yet: it is for those who see everybody.
    """
    with reading(world.database) as tx:
        found = conflicts(tx, state=None if everything else ConflictState.OPEN)
        seen = _seen(tx, world, sight, {one.conflict.person for one in found if one.conflict.person is not None})
    return [one for one in found if sight.everybody or one.conflict.person in seen]


def remembered(world: World, sight: Sight, *, everything: bool = False) -> Remembered:
    """Give remembered rejections, with `everything` those that ended too."""
    with reading(world.database) as tx:
        found = rejections(tx, everything=everything)
        seen = _seen(tx, world, sight, {one.rejection.person for one in found})
        kept = [one for one in found if one.rejection.person in seen]
        return Remembered(kept, people_of(tx, {one.rejection.person for one in kept}))


def holds(world: World, sight: Sight) -> list[HeldRun]:
    """Give held runs; of whom each is about, those somebody sees."""
    with reading(world.database) as tx:
        found = held_runs(tx)
        seen = _seen(tx, world, sight, {person for one in found for person, _, _ in one.affected})
    return [replace(one, affected=tuple(row for row in one.affected if row[0] in seen)) for one in found]


def bad_rows(world: World, sight: Sight, feed: str | None = None) -> list[Quarantined]:
    """Give bad rows that no later read has brought right: for those who see everybody, as nobody knows whose they are.

    `FixFile` where there is no such feed.
    """
    kept = feed_named(world, feed).name if feed is not None else None
    if not sight.everybody:
        return []
    with reading(world.database) as tx:
        return quarantine(tx, kept)


def _seen(tx: Connection, world: World, sight: Sight, persons: set[int]) -> set[int]:
    return persons_seen(tx, persons, sight, world.today)
