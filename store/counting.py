"""How much there is of what people and operators look after: counts by state, and nothing of what is in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from domain.change import State
from store import tables
from store.conflicts import ConflictState
from store.fact_tables import fact_segment
from store.job_tables import job
from store.jobs import Act, JobState
from store.runs import RunState


@dataclass(frozen=True, slots=True)
class LastJob:
    """The newest job about a feed: where it stands, when it ended, and what it came to (`no_access`, `fault`)."""

    about: str
    state: JobState
    finished_at: datetime | None
    outcome: str | None


def count_changes(tx: Connection) -> dict[tuple[str, State], int]:
    """Count changes that wait for a decision, pending and held, by feed and state."""
    change = tables.change
    query = select(change.c.feed, change.c.state, func.count()).where(change.c.state.in_((State.PENDING, State.HELD)))
    found = tx.execute(query.group_by(change.c.feed, change.c.state).order_by(change.c.feed, change.c.state))
    return {(feed, State(state)): count for feed, state, count in found}


def count_questions(tx: Connection) -> int:
    """Count the questions that nobody has answered."""
    query = select(func.count()).where(tables.conflict.c.state == ConflictState.OPEN)
    return tx.execute(query).scalar_one()


def count_quarantine(tx: Connection) -> dict[str, int]:
    """Count the rows that are set aside, by feed."""
    entry = tables.quarantine
    query = select(entry.c.feed, func.count()).where(entry.c.closed_run.is_(None)).group_by(entry.c.feed)
    return {str(row[0]): int(row[1]) for row in tx.execute(query.order_by(entry.c.feed))}


def count_problems(tx: Connection) -> dict[tuple[str, str], int]:
    """Count the problems of the newest run of each feed, by feed and severity."""
    run, problem = tables.run, tables.problem
    newest = select(func.max(run.c.id)).where(~run.c.dry).group_by(run.c.feed)
    joined = problem.join(run, run.c.id == problem.c.run)
    query = select(run.c.feed, problem.c.severity, func.count()).select_from(joined).where(run.c.id.in_(newest))
    found = tx.execute(query.group_by(run.c.feed, problem.c.severity).order_by(run.c.feed, problem.c.severity))
    return {(feed, severity): count for feed, severity, count in found}


def count_runs(tx: Connection) -> dict[tuple[str, RunState], int]:
    """Count all runs that were kept, by feed and what they came to; dry ones are none."""
    run = tables.run
    query = select(run.c.feed, run.c.state, func.count()).where(~run.c.dry).group_by(run.c.feed, run.c.state)
    found = tx.execute(query.order_by(run.c.feed, run.c.state))
    return {(feed, RunState(state)): count for feed, state, count in found}


def count_jobs(tx: Connection) -> dict[JobState, int]:
    """Count jobs by where they stand."""
    found = dict.fromkeys(JobState, 0)
    for state, count in tx.execute(select(job.c.state, func.count()).group_by(job.c.state)):
        found[JobState(state)] = count
    return found


def newest_jobs(tx: Connection) -> dict[str, LastJob]:
    """Give the newest job about each feed."""
    newest = select(func.max(job.c.id)).where(job.c.act == Act.RUN).group_by(job.c.about)
    query = select(job.c.about, job.c.state, job.c.finished_at, job.c.outcome).where(job.c.id.in_(newest))
    return {
        about: LastJob(about, JobState(state), finished, outcome)
        for about, state, finished, outcome in tx.execute(query)
    }


def longest_waiting(tx: Connection) -> datetime | None:
    """Give since when the oldest job that may be done now has waited; None where none waits."""
    return tx.execute(select(func.min(job.c.not_before)).where(job.c.state == JobState.WAITING)).scalar()


def count_participants(tx: Connection) -> int:
    """Count everybody whose add was ever approved."""
    person = tables.person
    return tx.execute(select(func.count()).where(person.c.participant_since.is_not(None))).scalar_one()


def count_facts(tx: Connection) -> int:
    """Count the rows of all facts there are, those that others have replaced, too."""
    return int(tx.execute(select(func.coalesce(func.sum(fact_segment.c.rows), 0))).scalar_one())


def silent_leases(tx: Connection, now: datetime) -> list[str]:
    """Name the runs and jobs that nobody has given a sign of life of since their lease ended."""
    run = tables.run
    silent_runs = select(run.c.id).where(run.c.state == RunState.RUNNING, run.c.lease_until <= now).order_by(run.c.id)
    silent_jobs = select(job.c.id).where(job.c.state == JobState.RUNNING, job.c.lease_until <= now).order_by(job.c.id)
    return [f"R{one}" for one in tx.execute(silent_runs).scalars()] + [
        f"T{one}" for one in tx.execute(silent_jobs).scalars()
    ]
