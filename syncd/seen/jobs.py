"""Jobs as a user sees them: how far what they asked for has come."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from calc.settling import Scope
from domain.rights import Right, Sight
from formula.evaluate import TooLarge
from store.database import reading
from store.jobs import Act, JobRecord, JobState, job_of, jobs, newest_job
from syncd.access.signing_in import SignedIn
from syncd.catalogue import Said, told
from syncd.changes.deciding import Deciding
from syncd.daemon.asking import about_of
from syncd.documents import Document
from syncd.pay.trying import Trying
from syncd.world import World

_OPEN = (JobState.WAITING, JobState.RUNNING)


@dataclass(frozen=True, slots=True)
class JobSeen:
    """A job, with what it does in words.

    period, group  of a calculation: which pay run it is of
    """

    job: JobRecord
    what: Said
    period: str | None = None
    group: str | None = None

    @property
    def share(self) -> int | None:
        """Give how much is done in whole percents, rounded down; None where nothing is counted."""
        return 100 * (self.job.done or 0) // self.job.total if self.job.total else None


def job_seen(world: World, who: SignedIn, number: int) -> JobSeen | None:
    """Give one job; None where there is none, or it is not for who asks."""
    with reading(world.database) as tx:
        found = job_of(tx, number)
    return _seen(found) if found is not None and _is_for(found, who) else None


def review_underway(world: World, who: SignedIn) -> list[JobSeen]:
    """Give the jobs of the review queue that run just now, or wait to: those that somebody asked for, or all."""
    return jobs_underway(world, who, (Act.DECIDE, Act.PAY_EFFECT))


def jobs_underway(world: World, who: SignedIn, acts: Collection[Act] = tuple(Act)) -> list[JobSeen]:
    """Give the jobs of some acts that run just now, or wait to, as far as they are for who asks."""
    with reading(world.database) as tx:
        found = jobs(tx, _OPEN, acts=acts)
    return [_seen(one) for one in found if _is_for(one, who)]


def calculations_underway(world: World, sight: Sight) -> list[JobSeen]:
    """Give the jobs that calculate pay runs in sight just now, or wait to."""
    with reading(world.database) as tx:
        found = [_seen(one) for one in jobs(tx, _OPEN, acts=(Act.CALCULATE,))]
    return [one for one in found if sight.has_pay_group(one.group)]


def calculating(world: World, scope: Scope) -> JobSeen | None:
    """Give the job that calculates a pay run, or the newest that did where it failed; None where there is neither."""
    with reading(world.database) as tx:
        found = newest_job(tx, Act.CALCULATE, about_of(scope))
    return _seen(found) if found is not None and (found.is_open or found.state is JobState.FAILED) else None


def job_document(one: JobRecord) -> Document:
    """One job as `syncd jobs --json` and the API have it."""
    return {
        "id": f"T{one.id}",
        "act": one.act.value,
        "feed": one.about if one.act is Act.RUN else None,
        "about": one.about,
        "state": one.state.value,
        "asked_by": one.asked_by,
        "asked_at": _text(one.asked_at),
        "planned": _text(one.planned),
        "not_before": _text(one.not_before) if one.state is JobState.WAITING else None,
        "begun": _text(one.started_at),
        "ended": _text(one.finished_at),
        "doing": one.doing,
        "done": one.done,
        "total": one.total,
        "worker": one.worker,
        "attempts": one.attempts,
        "run": f"R{one.run}" if one.run else None,
        "outcome": one.outcome,
        "message": one.message,
    }


def _seen(job: JobRecord) -> JobSeen:
    match job.act:
        case Act.RUN:
            return JobSeen(job, Said(told("Run {}"), (job.about,)))
        case Act.CALCULATE:
            asked = json.loads(job.asked or "{}")
            return JobSeen(
                _without_deals(job), Said(told("Calculate {}"), (job.about,)), asked["period"], asked["group"]
            )
        case Act.DECIDE:
            deciding = Deciding.read(job.asked or "{}")
            approves = deciding.verdict == "approve"
            text = told("Approve {:,} changes") if approves else told("Reject {:,} changes")
            return JobSeen(job, Said(text, (len(deciding.ids),)))
        case Act.PAY_EFFECT:
            trying = Trying.read(job.asked or "{}")
            what = Said(told("Pay effect of {:,} changes in {}"), (len(trying.ids), trying.period))
            if len(trying.ids) == 1:
                what = Said(told("Pay effect of {} in {}"), (f"C{trying.ids[0]}", trying.period))
            return JobSeen(_without_deals(job), what)


def _without_deals(job: JobRecord) -> JobRecord:
    """Leave out whose deal kept a pay run from being calculated: who sees the pay run may not see that."""
    return replace(job, message=job.message.partition(TooLarge.FIRST)[0]) if job.message else job


def _is_for(job: JobRecord, who: SignedIn) -> bool:
    """Tell whether somebody may see a job: what a page of theirs shows, or what they asked for themselves."""
    is_own = job.asked_by == who.user.name
    if job.act is Act.CALCULATE:
        rights = (Right.SEE_PAY_RUNS, *((Right.CALCULATE,) if is_own else ()))
        return any(sight.has_pay_group(_seen(job).group) for right in rights if (sight := who.sight(right)) is not None)
    if job.act is Act.PAY_EFFECT:
        needed = [who.sight(right) for right in (Right.SEE_CHANGES, Right.SEE_PAY)]
        return all(one is not None and (is_own or one.everybody) for one in needed)
    sight = who.sight(Right.SEE_RUNS if job.act is Act.RUN else Right.SEE_CHANGES)
    return sight is not None and (job.act is Act.RUN or sight.everybody or is_own)


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
