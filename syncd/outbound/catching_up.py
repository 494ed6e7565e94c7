"""What no message told: a source that was not listened to for a day has given its messages up.

So a feed whose source is listened to is read at least once a day, message or none, and again some time after a read
that failed. It does not matter why nothing came: we were down, the proxy was, or the org's queue.
"""

from __future__ import annotations

from dataclasses import dataclass

from domain.outbound import must_catch_up
from store.database import reading, writing
from store.jobs import Act, enqueue
from store.outbound import listening
from store.runs import RunRecord, RunState, newest_runs
from syncd.outbound.paths import expecting
from syncd.world import World


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """A feed that is read for what may not have been told, and the job that waits for a worker."""

    feed: str
    job: int


def catch_up(world: World) -> list[CaughtUp]:
    """Let a job wait for each feed that was told nothing, and not read, for too long; one never read is left alone."""
    expected = expecting(world)
    if not expected:
        return []
    with reading(world.database) as tx:
        heard, last = listening(tx), newest_runs(tx)
    due = [
        feed.name
        for feed in world.workspace.feeds.values()
        if feed.source.name in expected and feed.source.name in heard and _is_due(world, last.get(feed.name))
    ]
    found = []
    for name in due:
        with writing(world.database) as tx:
            job = enqueue(tx, Act.RUN, name, by="clock", now=world.now())
        found += [CaughtUp(name, job)] if job is not None else []
    return found


def _is_due(world: World, run: RunRecord | None) -> bool:
    if run is None:
        return False
    has_failed = run.state in (RunState.FAILED, RunState.ABANDONED)
    return must_catch_up(world.now(), run.started_at, has_failed=has_failed)
