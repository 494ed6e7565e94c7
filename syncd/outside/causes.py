"""What is amiss now, read from the database: so it does not matter who ran what, nor who looks, nor how often."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection

from calc.pay_run import PayState
from calc.settling import Scope
from domain.alert import AlertKind, Cause, kind_of_failure
from domain.change import State
from domain.errors import FixAccess, SyncError
from domain.hold import waiting
from domain.shape import DRIFT, TOLD_FOR
from store.calculations import calculation_of
from store.changes import open_changes
from store.counting import LastJob, count_changes, count_questions, newest_jobs
from store.database import reading
from store.head import current_revision
from store.jobs import JobState
from store.outbox import EffectState, count_effects
from store.pay_runs import pay_runs
from store.problems import columns_told
from store.runs import RunRecord, RunState, newest_runs, past_reads, runs
from store.schedules import schedules
from syncd.outbound.unexpected import unexpected
from syncd.pay.staleness import moved
from syncd.periods import pay_period_named
from syncd.timetable import is_feed_late
from syncd.world import World

_UNDERWAY = (PayState.SUBMITTED, PayState.APPROVED)


@dataclass(slots=True)
class Watched:
    """What was found out before and holds until something is decided: whether a calculation is stale, by revision."""

    stale: dict[tuple[int, int], tuple[str, ...]] = field(default_factory=dict)


def causes(world: World, watched: Watched) -> list[Cause]:
    """Give every reason there is now to tell somebody, each once."""
    with reading(world.database) as tx:
        found = [
            *_of_feeds(tx, world),
            *_of_holds(tx),
            *_of_effects(tx),
            *unexpected(tx, world),
            *_of_shapes(tx, world),
        ]
    return [*found, *_of_closes(world, watched)]


def digest_of(world: World) -> Cause:
    """Give how much waits for a decision: by feed, questions, held runs."""
    with reading(world.database) as tx:
        counted = count_changes(tx)
        facts: dict[str, str | int] = {
            f"{state.value} changes of {feed}": count for (feed, state), count in counted.items()
        }
        facts |= {"questions": count_questions(tx), "held runs": len(list(_of_holds(tx)))}
    return Cause(AlertKind.DIGEST, "decisions", facts=facts)


def _of_feeds(tx: Connection, world: World) -> Iterator[Cause]:
    last, looked, asked = newest_runs(tx), schedules(tx), newest_jobs(tx)
    for name, feed in world.workspace.feeds.items():
        run, job = last.get(feed.name), asked.get(feed.name)
        if run is not None and run.state is RunState.FAILED:
            facts = {"run": f"R{run.id}", "code": run.code or "unknown"}
            yield Cause(kind_of_failure(run.code), name, facts=facts)
        elif job is not None and _failed_without_run(job, run):
            kind = AlertKind.REFUSED if job.outcome == FixAccess.code else AlertKind.FAILED
            yield Cause(kind, name, facts={"code": job.outcome or "silent"})
        if is_feed_late(world.workspace, feed, looked, last, world.now()):
            yield Cause(AlertKind.LATE, name, facts={"last run": f"R{run.id}" if run else "none"})


def _failed_without_run(job: LastJob, run: RunRecord | None) -> bool:
    """Tell whether a job failed that no run after it has made good."""
    if job.state is not JobState.FAILED or job.finished_at is None:
        return False
    good = run is not None and run.state not in (RunState.FAILED, RunState.ABANDONED)
    return not (good and run is not None and run.started_at >= job.finished_at)


def _of_holds(tx: Connection) -> Iterator[Cause]:
    """Yield the holds that wait for a release; the same content held again is the same cause."""
    holding = {one.run for one in open_changes(tx, None, states=(State.HELD,))}
    if not holding:
        return
    held = {one.run for one in waiting(past_reads(tx), holding)}
    for run in runs(tx):
        if run.id in held:
            yield Cause(AlertKind.HELD, run.feed, f"R{run.id}", {"run": f"R{run.id}", "affected": len(run.hold)})


def _of_shapes(tx: Connection, world: World) -> Iterator[Cause]:
    """Yield the runs that found a source with other columns than before: a day long, each is told once."""
    for (run, feed), told in columns_told(tx, DRIFT, world.now() - TOLD_FOR).items():
        facts: dict[str, str | int] = {code: ", ".join(names) for code, names in told.items()}
        yield Cause(AlertKind.DRIFTED, feed, f"R{run}", {"run": f"R{run}", **facts})


def _of_effects(tx: Connection) -> Iterator[Cause]:
    counted = count_effects(tx)
    facts = {state.value: counted[state] for state in (EffectState.FAILED, EffectState.UNSURE) if counted.get(state)}
    if facts:
        yield Cause(AlertKind.UNSENT, "outbox", facts=facts)


def _of_closes(world: World, watched: Watched) -> Iterator[Cause]:
    """Yield the pay runs that were submitted with results that no longer hold."""
    with reading(world.database) as tx:
        underway = [one for one in pay_runs(tx) if one.state in _UNDERWAY]
        revision = current_revision(tx)
        of = {one.calculation: calculation_of(tx, one.calculation) for one in underway if one.calculation is not None}
    watched.stale = {key: names for key, names in watched.stale.items() if key[1] == revision}
    for one in underway:
        found = of.get(one.calculation or 0)
        if found is None:
            continue
        key = (found.run, revision)
        if key not in watched.stale:
            try:
                calendar, period = pay_period_named(world.workspace, f"{one.calendar}:{one.period}")
                watched.stale[key] = moved(world, Scope(calendar, period, None, one.pay_group or None), found)
            except SyncError as error:  # it cannot even be looked at as the files are now
                watched.stale[key] = (error.code,)
        if watched.stale[key]:
            facts = {"calculation": f"R{found.run}", "changed": ", ".join(watched.stale[key])}
            yield Cause(AlertKind.CLOSE_BLOCKED, f"{one.calendar}:{one}", facts=facts)
