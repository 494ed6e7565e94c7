"""Jobs: what is to be done, by whichever worker takes it first.

A job says "go and run this feed", or what somebody asked for on a page and need not wait for. Of each act about each
thing at most one job waits and one runs. Who takes a job holds it by a lease, with a token that only grows: a worker
that was silent past its lease writes nothing more of it. `now` is the time by the database's clock
(`store.database.database_time`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, RowMapping, Update, and_, bindparam, func, or_, select, update

from domain.errors import LeaseLost
from store import tables
from store.faults import write
from store.head import allocate
from store.job_tables import job
from store.runs import LEASE

#: How many workers may end without a word over one job, before nobody takes it any more.
ATTEMPTS = 3


class Act(StrEnum):
    """What a job says is to be done; what it is about is in `about`."""

    RUN = "run"  #: run a feed, by the name it is kept by
    CALCULATE = "calculate"  #: calculate a pay period, of everybody or a pay group
    DECIDE = "decide"  #: approve or reject many changes
    PAY_EFFECT = "pay_effect"  #: calculate what changes that wait would pay


class JobState(StrEnum):
    """Where a job stands; `waiting` and `running` are not final."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    MERGED = "merged"  #: another one about the same does it


@dataclass(frozen=True, slots=True)
class HeldJob:
    """The right of one worker to do one job; `asked` is what exactly is asked for, as who asked wrote it down."""

    id: int
    act: Act
    about: str
    token: int
    asked: str | None = None


@dataclass(frozen=True, slots=True)
class JobResult:
    """What a job came to: the run that it made and what that came to, or why there is none."""

    state: JobState
    run: int | None = None
    outcome: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class JobRecord:
    """A job as it is kept; what has not happened is None.

    planned     the time of the schedule that asked for it
    not_before  nobody takes it earlier
    attempts    how often it was taken and neither finished nor given back
    asked       what exactly is asked for, where `about` does not say it all
    doing       what is done just now, or was last; `done` of `total`, where it is counted
    """

    id: int
    act: Act
    about: str
    state: JobState
    asked_at: datetime
    asked_by: str
    planned: datetime | None
    not_before: datetime
    token: int
    attempts: int
    worker: str | None
    started_at: datetime | None
    lease_until: datetime | None
    finished_at: datetime | None
    run: int | None
    outcome: str | None
    message: str | None
    asked: str | None = None
    doing: str | None = None
    done: int | None = None
    total: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether it waits or runs."""
        return self.state in _OPEN


_OPEN = (JobState.WAITING, JobState.RUNNING)
_WAITS = select(job.c.id).where(
    job.c.act == bindparam("what"), job.c.about == bindparam("whom"), job.c.state == JobState.WAITING
)


@write("jobs.enqueue")
def enqueue(
    tx: Connection,
    act: Act,
    about: str,
    *,
    by: str,
    now: datetime,
    planned: datetime | None = None,
    not_before: datetime | None = None,
    message: str | None = None,
    asked: str | None = None,
) -> int | None:
    """Let a job wait, from now or `not_before` on; None where one about the same waits already, which will do.

    That one waits no longer than this one would have, and is the one that was planned, if it was not planned itself.
    """
    _alone(tx)
    earliest = not_before or now
    if (waits := _waiting(tx, act, about)) is not None:
        tx.execute(update(job).where(job.c.id == waits, job.c.not_before > earliest).values(not_before=earliest))
        if planned is not None:
            tx.execute(update(job).where(job.c.id == waits, job.c.planned.is_(None)).values(planned=planned))
        return None
    number = allocate(tx, "job")
    tx.execute(
        job.insert().values(
            id=number, act=act, about=about, state=JobState.WAITING, asked_at=now, asked_by=by, planned=planned,
            not_before=earliest, token=0, attempts=0, message=message, asked=asked,
        )
    )  # fmt: skip
    return number


@write("jobs.enqueue_once")
def enqueue_once(tx: Connection, act: Act, about: str, asked: str, *, by: str, now: datetime) -> JobRecord:
    """Let a job wait that somebody asks for, or give the one about the same that waits: one is enough.

    One that runs is enough where exactly the same was asked: it may have read already what it works on.
    """
    _alone(tx)
    is_waiting = job.c.state == JobState.WAITING
    will_do = or_(is_waiting, and_(job.c.state == JobState.RUNNING, job.c.asked == asked))
    same = select(job.c.id).where(job.c.act == act, job.c.about == about, will_do)
    there = tx.execute(same.order_by(is_waiting.desc(), job.c.id).limit(1)).scalar_one_or_none()
    number = there or enqueue(tx, act, about, by=by, now=now, asked=asked)
    return _record(tx.execute(select(job).where(job.c.id == number)).mappings().one())


@write("jobs.take")
def take(tx: Connection, worker: str, now: datetime, lease: timedelta = LEASE) -> HeldJob | None:
    """Take the job that has waited longest, of those that may be done now; None where there is none.

    Jobs whose worker was silent past its lease wait again before that.
    """
    _alone(tx)
    _take_back(tx, now)
    other = job.alias()
    runs = select(1).where(other.c.act == job.c.act, other.c.about == job.c.about, other.c.state == JobState.RUNNING)
    free = select(job).where(job.c.state == JobState.WAITING, job.c.not_before <= now, ~runs.exists())
    row = tx.execute(free.order_by(job.c.id).limit(1)).mappings().one_or_none()
    if row is None:
        return None
    held = HeldJob(row["id"], Act(row["act"]), row["about"], row["token"] + 1, row["asked"])
    taken = update(job).where(job.c.id == held.id).values(
        state=JobState.RUNNING, token=held.token, attempts=job.c.attempts + 1, worker=worker, started_at=now,
        lease_until=now + lease, message=None, doing=None, done=None, total=None,
    )  # fmt: skip
    tx.execute(taken)
    return held


@write("jobs.renew")
def renew_job(tx: Connection, held: HeldJob, now: datetime, length: timedelta = LEASE) -> None:
    """Hold on to a job; `LeaseLost` where another worker has taken it."""
    _own(tx, held, update(job).values(lease_until=now + length))


@write("jobs.progress")
def note_progress(tx: Connection, held: HeldJob, doing: str, done: int | None, total: int | None) -> None:
    """Write down how far a job has come. `LeaseLost` as above."""
    _own(tx, held, update(job).values(doing=doing, done=done, total=total))


@write("jobs.finish")
def finish_job(tx: Connection, held: HeldJob, result: JobResult, now: datetime) -> None:
    """Write down what a job came to. `LeaseLost` where another worker has taken it."""
    ended = update(job).values(
        state=result.state, finished_at=now, run=result.run, outcome=result.outcome, message=result.message
    )
    _own(tx, held, ended)


@write("jobs.give_back")
def give_back(tx: Connection, held: HeldJob, now: datetime, not_before: datetime, message: str) -> None:
    """Let somebody else do a job, or do it later; this was no attempt. `LeaseLost` as above.

    Where another one about the same waits, that one does it.
    """
    _alone(tx)
    _own(tx, held, update(job).values(attempts=job.c.attempts - 1))
    _wait_again(tx, held.id, (held.act, held.about), now, not_before, message)


def is_waiting(tx: Connection, act: Act, about: str) -> bool:
    """Tell whether a job waits, which whoever takes it begins after this moment."""
    return _waiting(tx, act, about) is not None


def jobs(
    tx: Connection,
    states: Collection[JobState] = tuple(JobState),
    limit: int | None = None,
    acts: Collection[Act] = tuple(Act),
) -> list[JobRecord]:
    """Give jobs of some acts in some states, the newest `limit` of them, the oldest first."""
    wanted = (job.c.state.in_(states), job.c.act.in_(acts))
    query = select(job).where(*wanted).order_by(job.c.id.desc()).limit(limit)
    return [_record(row) for row in tx.execute(query).mappings()][::-1]


def job_of(tx: Connection, number: int) -> JobRecord | None:
    """Give one job; None where there is none."""
    found = tx.execute(select(job).where(job.c.id == number)).mappings().one_or_none()
    return _record(found) if found is not None else None


def newest_job(tx: Connection, act: Act, about: str) -> JobRecord | None:
    """Give the newest job about something; None where there was none."""
    mine = select(job).where(job.c.act == act, job.c.about == about).order_by(job.c.id.desc()).limit(1)
    found = tx.execute(mine).mappings().one_or_none()
    return _record(found) if found is not None else None


def failures(tx: Connection, held: HeldJob) -> tuple[datetime | None, int]:
    """Give the time of the schedule that a job is for, and how many jobs for it have failed, this one too."""
    planned = tx.execute(select(job.c.planned).where(job.c.id == held.id)).scalar()
    same = (job.c.act == held.act, job.c.about == held.about, job.c.planned == planned)
    failed = select(func.count()).where(*same, job.c.state == JobState.FAILED)
    return planned, int(tx.execute(failed).scalar_one()) if planned else 0


def _alone(tx: Connection) -> None:
    """Let nobody else ask for or take a job until the transaction ends: so neither sees half of what the other does."""
    tx.execute(select(tables.counter.c.value).where(tables.counter.c.name == "job").with_for_update())


def _take_back(tx: Connection, now: datetime) -> None:
    silent = select(job).where(job.c.state == JobState.RUNNING, job.c.lease_until <= now).order_by(job.c.id)
    for row in tx.execute(silent).mappings().all():
        if row["attempts"] >= ATTEMPTS:
            message = f"{row['attempts']} workers ended over it without a word; the last one was {row['worker']}"
            failed = {"state": JobState.FAILED, "finished_at": now, "message": message}
            tx.execute(update(job).where(job.c.id == row["id"]).values(failed))
            continue
        message = f"{row['worker']} was silent past its lease"
        _wait_again(tx, row["id"], (row["act"], row["about"]), now, now, message)


def _wait_again(
    tx: Connection, number: int, what: tuple[str, str], now: datetime, not_before: datetime, message: str
) -> None:
    other = _waiting(tx, *what)
    if other is None:
        again = {"state": JobState.WAITING, "lease_until": None, "not_before": not_before, "message": message}
    else:
        again = {"state": JobState.MERGED, "finished_at": now, "message": f"{message}; T{other} does it"}
    tx.execute(update(job).where(job.c.id == number).values(again))


def _waiting(tx: Connection, act: str, about: str) -> int | None:
    return tx.execute(_WAITS, {"what": act, "whom": about}).scalar_one_or_none()


def _own(tx: Connection, held: HeldJob, statement: Update) -> None:
    mine = (job.c.id == held.id, job.c.token == held.token, job.c.state == JobState.RUNNING)
    if tx.execute(statement.where(*mine)).rowcount != 1:
        raise LeaseLost(f"T{held.id} ({held.act} {held.about}) was taken over by another worker: nothing was written")


def _record(row: RowMapping) -> JobRecord:
    return JobRecord(**{**row, "act": Act(row["act"]), "state": JobState(row["state"])})
