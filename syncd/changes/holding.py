"""Held runs: which there are, whom they are about, and letting their changes be decided."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from domain.change import State
from domain.hold import released_with, waiting
from store.audit import Act, record
from store.changes import contradicted_by, mark, open_changes
from store.database import writing
from store.head import take_revision
from store.people import PersonRow, people_of
from store.runs import RunRecord, past_reads, release_hold, runs
from syncd.world import Actor, World


@dataclass(frozen=True, slots=True)
class HeldRun:
    """A run whose changes wait for its release; `affected` are the people that the reason is about, each with why."""

    run: RunRecord
    affected: tuple[tuple[int, PersonRow | None, str], ...]


def held_runs(tx: Connection) -> list[HeldRun]:
    """Give the runs that are held now, the oldest first."""
    held = {one.run for one in waiting(past_reads(tx), _holding(tx))}
    found = [one for one in runs(tx) if one.id in held]
    known = people_of(tx, {person for one in found for person, _ in one.hold})
    return [HeldRun(one, tuple((person, known.get(person), why) for person, why in one.hold)) for one in found]


def release(world: World, run: int, reason: str, who: Actor) -> int:
    """Let the changes of a held run be decided; gives how many wait now.

    It counts for exactly this content, and changes no limit. `Refused` where the run is not held.
    """
    with writing(world.database) as tx:
        revision = take_revision(tx, world.now(), "release")
        chosen = released_with(past_reads(tx), run, _holding(tx))
        freed = sum(release_hold(tx, one.run, who.name, reason, world.now()) for one in chosen)
        mark(tx, contradicted_by(tx, chosen[-1].run), State.SUPERSEDED, expected=(State.PENDING,))
        act = Act("release hold", f"R{run}", chosen[0].content or "", reason)
        record(
            tx, revision, [act], at=world.now(), by=who.account, for_user=who.for_user,
            configuration=world.configuration_hash,
        )  # fmt: skip
    return freed


def _holding(tx: Connection) -> set[int]:
    """Give the runs that have a held change."""
    return {one.run for one in open_changes(tx, None, states=(State.HELD,))}
