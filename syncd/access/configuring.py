"""Saying that the files of the configuration count: one person publishes them, another approves them."""

from __future__ import annotations

from domain.configured import Said, Standing, not_counting, refusal_to_approve, standing
from domain.errors import Refused
from store.configured import files_kept, files_said
from store.database import writing
from store.head import take_revision
from syncd.access.own import must_not_be_paid
from syncd.configured import files_of, say
from syncd.world import Actor, World


def publish(world: World, reason: str, who: Actor) -> Standing:
    """Say that the files are meant as they are; the second time it only says so.

    Errors: `Refused` where they count already, or nobody asks for two people.
    """
    present = files_of(world.workspace)
    with writing(world.database) as tx:
        revision = take_revision(tx, world.now(), "publish configuration")
        now = standing(files_said(tx))
        if now.counts is None or not not_counting(files_kept(tx, now.counts.files), present):
            raise Refused(
                "there is nothing to approve: "
                + ("the files count as they are" if now.counts else "`four_eyes: true` counts from the next run on")
            )
        if now.waits is None or files_kept(tx, now.waits.files).differing(present):
            say(tx, world, Said.PUBLISHED, present, reason, who, revision)
        return standing(files_said(tx))


def approve(world: World, reason: str | None, who: Actor) -> Standing:
    """Let the files count that somebody else published. `Refused` where they cannot, and to who is a participant."""
    present = files_of(world.workspace)
    with writing(world.database) as tx:
        revision = take_revision(tx, world.now(), "approve configuration")
        now = standing(files_said(tx))
        published = files_kept(tx, now.waits.files) if now.waits else None
        if told := refusal_to_approve(now, published, present, who.name):
            raise Refused(told)
        must_not_be_paid(tx, world, who, unless=now.waits.by if now.waits else None)
        say(tx, world, Said.APPROVED, present, reason, who, revision)
        return standing(files_said(tx))
