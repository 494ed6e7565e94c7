"""When feeds run by themselves: whose clocks a schedule means, what it is known by, and whether its run is late."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from domain.schedule import Schedule, is_late
from store.runs import RunRecord
from store.schedules import Looked
from syncd.configuration.settings import FeedSettings, Workspace


def zone_of(workspace: Workspace, feed: FeedSettings) -> ZoneInfo:
    """Give the zone whose clocks a feed's schedule means."""
    return feed.timezone or workspace.calendar.timezone


def meaning_of(schedule: Schedule, zone: ZoneInfo) -> str:
    """Give what a schedule is known by: another text or zone is another schedule."""
    return f"{' '.join(schedule.text.lower().split())} {zone.key}"


def looked_at(workspace: Workspace, feed: FeedSettings, looked: Mapping[str, Looked]) -> Looked | None:
    """Give how far a feed's schedule was looked at; None where no clock has seen it as it is now."""
    seen = looked.get(feed.name)
    if seen is None or feed.schedule is None:
        return None
    return seen if seen.meaning == meaning_of(feed.schedule, zone_of(workspace, feed)) else None


def is_feed_late(
    workspace: Workspace,
    feed: FeedSettings,
    looked: Mapping[str, Looked],
    last: Mapping[str, RunRecord],
    now: datetime,
) -> bool:
    """Tell whether a time of a feed is over and nothing has begun; a schedule that no clock has seen is never late."""
    seen = looked_at(workspace, feed, looked)
    if seen is None or feed.schedule is None:
        return False
    since = max(moment for moment in (seen.begun, seen.skipped) if moment)
    run = last.get(feed.name)
    return is_late(feed.schedule, zone_of(workspace, feed), since, run.started_at if run else None, now)
