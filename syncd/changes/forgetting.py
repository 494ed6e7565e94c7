"""A remembered no is taken back: what it kept away is asked about again by the next run."""

from __future__ import annotations

from domain.errors import Refused
from store.audit import Act, record
from store.database import writing
from store.head import take_revision
from store.rejections import end_rejections
from syncd.world import Actor, World


def forget_rejection(world: World, wanted: int, reason: str, who: Actor) -> None:
    """End a rejection. `Refused` where it is not open."""
    with writing(world.database) as tx:
        revision = take_revision(tx, world.now(), "forget")
        if not end_rejections(tx, [wanted], revision, why=reason, by=who.name):
            raise Refused(f"J{wanted} is not open: see `rejections --all`")
        record(
            tx, revision, [Act("forget", f"J{wanted}", reason=reason)], at=world.now(), by=who.account,
            for_user=who.for_user, configuration=world.configuration_hash,
        )  # fmt: skip
