"""Rehires: the memberships of before that each ends, and what of before goes on because nobody says otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from domain.attributes import DERIVED, ENDING_DETAILS, MEMBERSHIPS, PRIMARY, SPELL, is_dated
from domain.change import OPEN, Change, Kind, State
from domain.decide import apply
from domain.rehire import completed
from domain.step import Step
from domain.together import Together
from domain.value import Value
from store.database import reading
from store.history import steps_of
from store.overrides import active_overrides
from syncd.configuration.settings import Workspace
from syncd.world import World

#: What a rehire says in any case, or what is not said by anybody.
_OF_THE_EMPLOYMENT = frozenset(("status", PRIMARY, *SPELL, *ENDING_DETAILS, *DERIVED))


@dataclass(frozen=True, slots=True)
class GoingOn:
    """A value that goes on holding after a rehire; `override` is the one that hides what the source says of it."""

    attribute: str
    value: Value
    override: int | None = None


def with_what_ends(world: World, found: Sequence[Change]) -> list[Change]:
    """Give changes, the rehires among them with the memberships that they end, were those before them approved."""
    people = {one.person for one in found if one.kind is Kind.REHIRE}
    if not people:
        return list(found)
    ours = MEMBERSHIPS - world.workspace.spoken_of
    with reading(world.database) as tx:
        would = {key: Together(steps, 0) for key, steps in steps_of(tx, people).items()}
    given = []
    for one in found:
        together = would.get((one.person, one.engagement))
        given.append(one if together is None else completed(one, together.now(), ours))
        if together is not None and one.state is not State.SUPPRESSED and one.kind is not Kind.LINK:
            together.take(given[-1])
    return given


def going_on(tx: Connection, world: World, found: Iterable[Change]) -> dict[int, tuple[GoingOn, ...]]:
    """Give what of before would go on after the rehires among changes that wait, by change.

    Values that are managed here, quotas that have days still to come, and what an override hides.
    """
    rehires = [one for one in found if one.kind is Kind.REHIRE and one.state in OPEN]
    if not rehires:
        return {}
    steps, hidden = steps_of(tx, {one.person for one in rehires}), active_overrides(tx, world.today)
    told = {}
    for one in rehires:
        key = one.person, one.engagement
        overridden = {name: override.id for name, override in hidden.get(key, {}).items()}
        told[one.id] = tuple(_going_on(one, steps.get(key, ()), world.workspace, overridden))
    return told


def _going_on(
    change: Change, steps: Sequence[Step], workspace: Workspace, overridden: Mapping[str, int]
) -> Iterable[GoingOn]:
    said = (workspace.spoken_of | change.after.keys() | _OF_THE_EMPLOYMENT) - overridden.keys()
    held: dict[str, Value] = {}
    for version in apply(change, steps, 0, 0, 1).versions:
        if version.end > change.effective:
            is_first = version.start <= change.effective
            new = {name: value for name, value in version.attributes.items() if is_first or is_dated(name)}
            held = {**new, **held}
    return (GoingOn(name, held[name], overridden.get(name)) for name in sorted(held.keys() - said))
