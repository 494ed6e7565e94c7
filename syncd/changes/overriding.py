"""Override: a value of ours that hides what the sources say of an attribute, and its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import Connection

from domain.attributes import DECISIVE
from domain.change import OPEN, Change, State
from domain.errors import FixFile, Refused
from domain.step import Version, fold, on
from store.audit import Act, record
from store.database import writing
from store.head import allocate, take_revision
from store.overrides import Override, end_overrides, insert_override, override_digest, overrides
from syncd.access.own import must_be_of_others
from syncd.changes.by_hand import (
    change_by_hand,
    propose,
    refuse_enforced,
    refuse_implausible,
    steps_meant,
    values_named,
    with_people,
)
from syncd.changes.differences import differences
from syncd.options import person_of
from syncd.world import Actor, World

_DAY = timedelta(days=1)


def override(
    world: World, key: str, text: str, last: date | None, reason: str, who: Actor, *, post: str | None = None
) -> tuple[Override, Change | None]:
    """Propose an override from today to a last day; None in place of a change where the value is so already.

    Errors: `FixFile` for what cannot be meant, `Refused` where the configuration leaves it to others or one is there,
    and for one that needs no change and would hold at once, of who makes it themselves.
    """
    ((name, _),) = values_named(world, [text]).items()
    until = last + _DAY if last else None
    if until is not None and until <= world.today:
        raise FixFile(f"--to {last} is over: it is {world.today}")
    if name in DECISIVE:
        raise Refused(f"{name} tells who it is, or whether they are employed, and is not overridden: use `set`")
    policy = world.workspace.whose.get(name)
    if policy is not None and policy.is_ours:
        raise Refused(f"{name}: `mode: {policy.mode}` hides what sources say as it is: use `set`")
    with writing(world.database) as tx:
        revision = take_revision(tx, world.now(), "override")
        person = person_of(tx, key)
        wanted = with_people(tx, world, values_named(world, [text]))
        refuse_enforced(world, wanted)
        steps = steps_meant(tx, person.id, post, world.today)
        version = on(fold(steps), world.today)
        if version is None:
            raise FixFile(f"P{person.id} is no participant on {world.today}: see `participants --history {key}`")
        _refuse_second(tx, world, version, name)
        found = differences(version.attributes, wanted, wanted)
        change = None
        if found:
            refuse_implausible(world, version, steps, found, world.today, until)
            change = change_by_hand(person.id, version, found, world.today, until, reason)
            change = propose(tx, world, change, revision, who, "set")
        else:
            must_be_of_others(tx, world, who, [person.id], "override it", f"{name} of P{person.id}")
        one = Override(
            allocate(tx, "override"), person.id, version.engagement, name, wanted[name], until,
            change.id if change else None, who.name, reason, revision, change.state if change else State.APPLIED,
        )  # fmt: skip
        insert_override(tx, one)
        _record(tx, world, revision, Act("override", f"O{one.id}", override_digest(one), reason), who)
    return one, change


def end(world: World, number: int, reason: str, who: Actor) -> Override:
    """End an override. `Refused` where it is over, or of who would end it themselves."""
    with writing(world.database) as tx:
        revision = take_revision(tx, world.now(), "end override")
        one = next((each for each in overrides(tx) if each.id == number), None)
        if one is None:
            raise FixFile(f"there is no O{number}: see `override list --all`")
        must_be_of_others(tx, world, who, [one.person], "end it", f"O{number}")
        if not end_overrides(tx, [number], revision, why=reason, by=who.name):
            raise Refused(f"O{number} is over: {one.ended}")
        _record(tx, world, revision, Act("end override", f"O{number}", override_digest(one), reason), who)
    return replace(one, ended=reason)


def _refuse_second(tx: Connection, world: World, version: Version, name: str) -> None:
    for one in overrides(tx, [version.person]):
        waits = one.state in OPEN and one.ended is None
        is_same = (one.engagement, one.attribute) == (version.engagement, name)
        if is_same and (one.is_active(world.today) or waits):
            raise Refused(f"O{one.id} overrides {name} of P{version.person} already: `override end O{one.id}` first")


def _record(tx: Connection, world: World, revision: int, act: Act, who: Actor) -> None:
    record(
        tx, revision, [act], at=world.now(), by=who.account, for_user=who.for_user,
        configuration=world.configuration_hash,
    )  # fmt: skip
