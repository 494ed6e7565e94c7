"""What users do about users, and what they were refused, in the audit."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from store.audit import Act, record
from store.database import writing
from store.head import take_revision
from syncd.world import Actor, World


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


def note_refusals(world: World, act: str, refused: Sequence[tuple[str, str]], who: Actor) -> None:
    """Write down what somebody was refused: of what, and why."""
    if not refused:
        return
    with writing(world.database) as tx:
        revision = begin_act(tx, world, "refuse")
        acts = [Act(f"refuse {act}", about, reason=why) for about, why in refused]
        record(
            tx, revision, acts, at=world.now(), by=who.account, for_user=who.for_user,
            configuration=world.configuration_hash,
        )  # fmt: skip
