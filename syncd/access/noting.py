"""What users do about users, and what they were refused, in the audit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from store.audit import Act, record
from store.database import writing
from store.head import take_revision
from syncd.world import Actor, World

_FEW = 20
#: Names under which somebody is named, or a value given.
_PERSONAL = frozenset(("key", "participant", "person", "into", "record", "is", "answer", "value", "values", "amount"))
#: What an act may be said to be about where it was refused: numbers of ours, periods. All else may be personal.
_OURS = re.compile(r"[A-Z][0-9]{1,18}|([A-Za-z0-9_-]+:)?[0-9]{4}(-[A-Z]?[0-9]{1,2})?")


def begin_act(tx: Connection, world: World, act: str) -> int:
    """Take the revision of an act; the first statement of its transaction."""
    return take_revision(tx, world.now(), act)


def note(tx: Connection, world: World, revision: int, act: Act, who: Actor) -> None:
    """Write an act down, in its transaction."""
    record(
        tx, revision, [act], at=world.now(), by=who.account, for_user=who.for_user,
        configuration=world.configuration_hash,
    )  # fmt: skip


def note_alone(world: World, act: Act, who: Actor) -> None:
    """Write down what changed nothing else: a log-in that failed, something refused."""
    with writing(world.database) as tx:
        note(tx, world, begin_act(tx, world, act.act), act, who)


def ours(given: Iterable[tuple[str, object]]) -> list[str]:
    """Give a few numbers of ours (`C12`) and periods, of what was given under some names; nothing that names a person.

    The audit is never emptied, so what is personal must not get into it: an id of somebody looks like one of ours.
    """
    listed = ((name, one) for name, some in given for one in (some if isinstance(some, tuple | list) else (some,)))
    return [str(one) for name, one in listed if name not in _PERSONAL and _OURS.fullmatch(str(one))][:_FEW]


def note_refusals(world: World, act: str, refused: Sequence[tuple[str, str]], who: Actor) -> None:
    """Write down what somebody was refused: of what, and why."""
    if not refused:
        return
    with writing(world.database) as tx:
        note_refused(tx, world, begin_act(tx, world, "refuse"), act, refused, who)


def note_refused(
    tx: Connection, world: World, revision: int, act: str, refused: Iterable[tuple[str, str]], who: Actor
) -> None:
    """Write the same down in the transaction of what was done beside it."""
    record(
        tx, revision, [Act(f"refuse {act}", about, reason=why) for about, why in refused], at=world.now(),
        by=who.account, for_user=who.for_user, configuration=world.configuration_hash,
    )  # fmt: skip
