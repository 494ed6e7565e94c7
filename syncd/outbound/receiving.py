"""A message arrives: it is kept, with a job for each feed that reads what it names, before it is acknowledged.

All of that is one transaction. So a message that was acknowledged is looked at whatever happens next, and one that was
not comes again and finds nothing of itself. The job is an early increment (`domain.outbound` says when): what a
message holds of a record is as of its sending, and is never used.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum

from connectors.salesforce import messages
from connectors.salesforce.forms import long_id
from domain.outbound import looks_at
from store.database import writing
from store.jobs import Act, enqueue, is_waiting
from store.outbound import Arrived, Kept, OutboundPath, keep_message, keep_refusal
from store.runs import newest_runs
from syncd.outbound.paths import expecting, feeds_about
from syncd.world import World

#: The largest message that is taken, in bytes.
LARGEST = messages.LARGEST


class Unkept(StrEnum):
    """Why a message is not kept, as whoever sent it is told."""

    PATH = "nobody is expected here"  #: the path has ended
    ORGANIZATION = "this is not the organization that is expected here"  #: that it came is kept, and nothing else


def receive(world: World, path: OutboundPath, body: bytes) -> Kept | Unkept:
    """Keep a message that came by a path.

    Errors: `ReadFailed` where it is no message, `TryLater` where it cannot be kept now.
    """
    message, expected = messages.read_message(body), expecting(world).get(path.source)
    digest = hashlib.sha256(body).hexdigest()
    if expected is None or message.organization != long_id(expected.organization):
        with writing(world.database) as tx:
            refused = keep_refusal(tx, Arrived(path, message.organization, message.action, digest), world.now())
        return Unkept.PATH if refused is None else Unkept.ORGANIZATION
    with writing(world.database) as tx:
        kept = keep_message(tx, _arrived(path, message, digest), world.now())
        if kept is None:
            return Unkept.PATH
        feeds = feeds_about(world, path.source, frozenset(one.object for one in kept.fresh))
        if unasked := [feed.name for feed in feeds if not is_waiting(tx, Act.RUN, feed.name)]:
            last, now = newest_runs(tx), world.now()
            for name in unasked:
                soon = looks_at(now, last[name].started_at if name in last else None)
                enqueue(tx, Act.RUN, name, by=path.source, now=now, not_before=soon)
    return kept


def _arrived(path: OutboundPath, message: messages.OutboundMessage, digest: str) -> Arrived:
    return Arrived(path, message.organization, message.action, digest, message.notifications)
