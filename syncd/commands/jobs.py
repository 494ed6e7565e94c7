"""`jobs`, `schedules`: what was done by itself, what waits, and when what comes next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from domain.schedule import Schedule, next_times
from store.database import reading
from store.jobs import JobRecord, JobState, jobs
from store.runs import RunRecord, newest_runs
from store.schedules import Looked, schedules
from syncd import show
from syncd.configuration.settings import FeedSettings
from syncd.documents import Document
from syncd.options import as_json
from syncd.seen.jobs import job_document
from syncd.timetable import is_feed_late, looked_at, zone_of
from syncd.world import World, open_world

_SHOWN = 50


@click.command("jobs")
@click.option("--state", type=click.Choice([state.value for state in JobState]), help="only in this state")
@click.option("--limit", type=click.IntRange(1), default=_SHOWN, show_default=True, help="the newest so many")
@as_json
@click.pass_obj
def jobs_command(place: tuple[Path, Any], state: str | None, limit: int, as_json: bool) -> int:  # noqa: FBT001 - click's
    """List jobs, the newest last: who asked for them, when, and what they came to."""
    world = open_world(*place)
    with reading(world.database) as tx:
        found = jobs(tx, (JobState(state),) if state else tuple(JobState), limit)
    if as_json:
        show.answer([job_document(one) for one in found])
        return 0
    zone = world.workspace.calendar.timezone
    columns = ("id", "act", "about", "state", "planned", "begun", "ended", "run", "came to")
    show.table("Jobs", columns, [_job_row(one, zone) for one in found])
    return 0


def _job_row(one: JobRecord, zone: ZoneInfo) -> tuple[str | None, ...]:
    moments = (_shown(moment, zone) for moment in (one.planned, one.started_at, one.finished_at))
    came_to = " ".join(text for text in (one.outcome, one.message) if text)
    return (
        f"T{one.id}",
        one.act.value,
        one.about,
        one.state.value,
        *moments,
        f"R{one.run}" if one.run else None,
        came_to,
    )


@dataclass(frozen=True, slots=True)
class _Planned:
    """When a feed runs by itself: the schedule, its zone, its last run, the next times, whether it is late."""

    feed: str
    settings: FeedSettings
    schedule: Schedule
    zone: ZoneInfo
    last: RunRecord | None
    next: list[datetime]
    looked: Looked | None
    late: bool


@click.command("schedules")
@as_json
@click.pass_obj
def schedules_command(place: tuple[Path, Any], as_json: bool) -> int:  # noqa: FBT001 - click passes options so
    """List when each feed runs by itself: its last run, the next three times, and whether it is late."""
    world = open_world(*place)
    with reading(world.database) as tx:
        looked, last = schedules(tx), newest_runs(tx)
    found = [
        _planned(world, name, feed, feed.schedule, looked, last)
        for name, feed in world.workspace.feeds.items()
        if feed.schedule is not None
    ]
    if as_json:
        show.answer([_schedule_document(one) for one in found])
        return 0
    rows = [
        (
            one.feed,
            one.schedule.text,
            one.zone.key,
            f"R{one.last.id} {one.last.state.value}, {_shown(one.last.started_at, one.zone)}" if one.last else None,
            ", ".join(_shown(moment, one.zone) or "" for moment in one.next),
            "LATE" if one.late else "no" if one.looked else "no clock has run yet",
        )
        for one in found
    ]
    show.table("Schedules", ("feed", "schedule", "zone", "last run", "next", "late"), rows)
    return 0


def _planned(
    world: World,
    name: str,
    feed: FeedSettings,
    schedule: Schedule,
    looked: Mapping[str, Looked],
    last: Mapping[str, RunRecord],
) -> _Planned:
    zone, now = zone_of(world.workspace, feed), world.now()
    seen, late = looked_at(world.workspace, feed, looked), is_feed_late(world.workspace, feed, looked, last, now)
    return _Planned(name, feed, schedule, zone, last.get(feed.name), next_times(schedule, zone, now), seen, late)


def _schedule_document(one: _Planned) -> Document:
    last = one.last
    return {
        "feed": one.feed,
        "schedule": one.schedule.text,
        "timezone": one.zone.key,
        "missed": one.settings.missed.value,
        "last_run": f"R{last.id}" if last else None,
        "last_outcome": last.state.value if last else None,
        "last_begun": _text(last.started_at) if last else None,
        "next": [moment.astimezone(one.zone).isoformat() for moment in one.next],
        "late": one.late,
        "clock_has_run": one.looked is not None,
        "skipped": _text(one.looked.skipped) if one.looked else None,
    }


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


def _shown(moment: datetime | None, zone: ZoneInfo) -> str | None:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" if moment is not None else None
