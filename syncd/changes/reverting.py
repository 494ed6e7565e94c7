"""Revert: changes that take decisions back, proposed by a person and decided like any other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from domain.change import Change, DatedBy, Ending, Kind, State
from domain.revert import kind_undone, undone
from domain.step import Step
from store.audit import Act, record
from store.changes import ChangeFilter, asked_as, changes, insert_changes
from store.database import writing
from store.decisions import Made, decisions_of
from store.head import allocate, take_revision
from store.history import steps_of
from syncd.access.noting import note_refusals
from syncd.changes.differences import differences
from syncd.configuration.settings import BY_HAND
from syncd.world import Actor, World


@dataclass(frozen=True, slots=True)
class Reverting:
    """What is proposed, and the changes that cannot be taken back, each with why."""

    proposed: tuple[Change, ...]
    refused: tuple[tuple[int, str], ...]


def revert(world: World, wanted: ChangeFilter, reason: str, actor: Actor) -> Reverting:
    """Propose the opposite of applied changes, all in one transaction."""
    with writing(world.database) as tx:
        revision = take_revision(tx, world.now(), "revert")
        found = changes(tx, wanted)
        made = decisions_of(tx, [change.id for change in found])
        since = min((one.revision for one in made.values()), default=revision) - 1
        steps = steps_of(tx, {change.person for change in found}, since=since)
        missing = sorted(set(wanted.ids or ()) - {change.id for change in found})
        refused = [(number, "there is no such change") for number in missing]
        opposites: list[tuple[int, Change]] = []
        for change in found:
            history = steps.get((change.person, change.engagement), ())
            opposite = _opposite(change, made.get(change.id), history, reason)
            if isinstance(opposite, Change):
                opposites.append((change.id, opposite))
            else:
                refused.append((change.id, opposite))
        asked = asked_as(tx, {opposite.fingerprint for _, opposite in opposites})
        fresh: dict[str, Change] = {}
        for number, opposite in opposites:
            fingerprint = opposite.fingerprint
            if again := asked.get(fingerprint):
                refused.append((number, f"C{again} asks for exactly that: approve or reject it"))
            elif fingerprint in fresh:
                refused.append((number, "to take back another of these asks for exactly that: decide on it first"))
            else:
                fresh[fingerprint] = opposite
        first = allocate(tx, "change", len(fresh))
        proposed = [replace(one, id=first + nth, baseline=revision) for nth, one in enumerate(fresh.values())]
        insert_changes(tx, None, proposed, author=actor.name)
        acts = [Act("revert", f"C{change.id}", change.fingerprint, reason) for change in proposed]
        record(
            tx, revision, acts, at=world.now(), by=actor.account, for_user=actor.for_user,
            configuration=world.configuration_hash,
        )  # fmt: skip
    note_refusals(world, "revert", [(f"C{one}", told) for one, told in refused], actor)
    return Reverting(tuple(proposed), tuple(refused))


def revert_ids(world: World, ids: Sequence[int], reason: str, actor: Actor) -> Reverting:
    """Propose the opposite of changes by id."""
    return revert(world, ChangeFilter(ids=ids), reason, actor)


def _opposite(change: Change, made: Made | None, history: Sequence[Step], reason: str) -> Change | str:
    decision, revision = (made.id, made.revision) if made else (0, 0)
    current = [step for step in history if step.revision_to is None]
    ended = [step for step in history if step.revision_to == revision]
    found = undone(change, decision, current, ended)
    if isinstance(found, str):
        return found
    different = tuple(differences(found.before, found.after, sorted(found.before.keys() | found.after.keys())).values())
    kind = kind_undone(change, different)
    return Change(
        kind=kind,
        person=change.person,
        feed=BY_HAND,
        source_key=None,
        engagement=change.engagement,
        effective=found.day,
        until=change.until,
        dated_by=DatedBy.ADMIN,
        differences=different,
        corrected=True,
        ending=Ending.ADMIN if kind is Kind.RESCISSION else None,
        state=State.PENDING,
        reason=f"takes back C{change.id}: {reason}",
        reverts=None if kind is Kind.RESCISSION else decision,
    )
