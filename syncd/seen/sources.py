"""Sources as a user sees them: what is read from each, how fresh it is, who agreed to it, how its messages come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.opening import is_agreed_to
from domain.errors import FixFile
from domain.rights import Sight
from domain.schedule import next_times
from store.connections import ConnectionRecord, connections
from store.database import reading
from store.outbound import Counted, OutboundPath, count_messages, last_used, outbound_paths
from syncd.configuration.settings import FeedSettings
from syncd.documents import Document
from syncd.outbound.paths import expecting
from syncd.seen.mappings import mapping_document
from syncd.seen.runs import Fresh, freshness
from syncd.timetable import zone_of
from syncd.world import World

#: How many of the times at which a feed runs by itself are told.
_TIMES = 3


@dataclass(frozen=True, slots=True)
class FeedSeen:
    """What is read from a source for one purpose: how fresh it is, when it runs next, what is made of its rows."""

    feed: FeedSettings
    fresh: Fresh
    next: Sequence[datetime]
    mapping: Document


@dataclass(frozen=True, slots=True)
class PathSeen:
    """A secret path: how many messages came by it, and when the last one did. The secret itself nobody knows."""

    path: OutboundPath
    messages: int
    last: datetime | None


@dataclass(frozen=True, slots=True)
class SourceSeen:
    """A source.

    is_agreed_to  a person has to agree to it in the browser
    connection    who did, and when its tokens were renewed; None where nobody has
    paths         by which its outbound messages come; None where none are expected
    messages      what came, by org and action
    """

    name: str
    kind: str
    feeds: Sequence[FeedSeen]
    is_agreed_to: bool
    connection: ConnectionRecord | None
    paths: Sequence[PathSeen] | None
    messages: Sequence[Counted]


def sources(world: World, sight: Sight) -> list[SourceSeen]:
    """Give every source that a feed reads, or results are written to, by name."""
    fresh = {one.name: one for one in freshness(world, sight)}
    feeds = [world.workspace.feeds[called] for called in world.workspace.in_order]
    expected = expecting(world)
    with reading(world.database) as tx:
        agreed = {one.source: one for one in connections(tx)}
        used, paths, counted = last_used(tx), outbound_paths(tx), count_messages(tx)
    found = []
    written = [one.source for one in world.workspace.write_back.values()]
    known = {source.name: source for source in (*written, *(feed.source for feed in feeds))}
    for name, source in sorted(known.items()):
        own = [feed for feed in feeds if feed.source.name == name]
        by = [PathSeen(one, *used.get(one.id, (0, None))) for one in paths if one.source == name]
        found.append(
            SourceSeen(
                name,
                source.kind,
                [_feed(world, feed, fresh[feed.name]) for feed in own],
                is_agreed_to(source.kind, source.settings),
                agreed.get(name),
                by if name in expected or by else None,
                [one for one in counted if one.source == name],
            )
        )
    return found


def source_named(world: World, sight: Sight, name: str) -> SourceSeen | None:
    """Give one source; None where there is none of that name."""
    return next((one for one in sources(world, sight) if one.name == name), None)


def path_of(seen: SourceSeen, number: int) -> PathSeen:
    """Give one of a source's paths. `FixFile` where it is another's, or none."""
    for one in seen.paths or ():
        if one.path.id == number:
            return one
    raise FixFile(f"{seen.name} has no path W{number}")


def source_document(seen: SourceSeen) -> Document:
    """A source as the API gives it; nothing of it is secret."""
    connection = seen.connection
    return {
        "source": seen.name,
        "kind": seen.kind,
        "agreed_to": seen.is_agreed_to,
        "connection": {
            "by": connection.by,
            "since": connection.since.isoformat(),
            "renewed": connection.renewed_at.isoformat(),
        }
        if connection
        else None,
        "feeds": [
            {
                "feed": one.fresh.feed,
                "stream": one.feed.stream,
                "into": one.feed.into.value,
                "schedule": one.fresh.schedule,
                "next": [moment.isoformat() for moment in one.next],
                "completed": one.fresh.finished.isoformat() if one.fresh.finished else None,
                "mapping": one.mapping,
            }
            for one in seen.feeds
        ],
        "paths": None if seen.paths is None else [path_document(one) for one in seen.paths],
    }


def path_document(seen: PathSeen) -> Document:
    """A secret path as the API gives it."""
    path = seen.path
    return {
        "id": f"W{path.id}",
        "source": path.source,
        "made": path.made_at.isoformat(),
        "ended": path.ended_at.isoformat() if path.ended_at else None,
        "messages": seen.messages,
        "last": seen.last.isoformat() if seen.last else None,
    }


def _feed(world: World, feed: FeedSettings, fresh: Fresh) -> FeedSeen:
    zone = zone_of(world.workspace, feed)
    times = next_times(feed.schedule, zone, world.now(), _TIMES) if feed.schedule else ()
    return FeedSeen(feed, fresh, times, mapping_document(world.workspace, feed))
