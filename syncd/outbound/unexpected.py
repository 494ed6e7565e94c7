"""Messages that nobody expects: of another org, of an action that is not named, about an object that no feed reads.

They are seen from what was kept, for as long as one came within the last days; none of it holds a message up.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import Connection

from connectors.salesforce.forms import long_id
from domain.alert import AlertKind, Cause
from store.outbound import MessageState, count_messages, named_objects
from syncd.outbound.paths import expecting, feeds_about
from syncd.world import World

#: For how long one that came is told of.
RECENT = timedelta(days=3)


def unexpected(tx: Connection, world: World) -> Iterator[Cause]:
    """Yield each reason to look at an org's messages: ids of its set-up, names of its objects, and counts."""
    expected, since = expecting(world), world.now() - RECENT
    for one in count_messages(tx, since) if expected else ():
        said = expected.get(one.source)
        if said is None:
            continue
        if one.state is MessageState.REFUSED:
            org = one.organization or "none"
            facts: dict[str, str | int] = {"organization": org, "refused messages": one.messages}
            yield Cause(AlertKind.UNEXPECTED, one.source, f"organization {org}", facts)
        elif one.action not in {long_id(action) for action in said.actions}:
            action = one.action or "none"
            facts = {"action": action, "messages": one.messages}
            yield Cause(AlertKind.UNEXPECTED, one.source, f"action {action}", facts)
    for source, name in sorted(named_objects(tx, since)) if expected else ():
        if source in expected and not feeds_about(world, source, frozenset((name,))):
            yield Cause(AlertKind.UNEXPECTED, source, f"object {name}", {"object": name})
