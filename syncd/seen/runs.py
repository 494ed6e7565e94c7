"""Runs as a user sees them: what each read came to, what is wrong with its rows, and how fresh each source is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.problem import Problem
from domain.rights import Sight
from store.database import reading
from store.jobs import Act, JobRecord, JobState, jobs
from store.problems import problem_counts, problems_of
from store.runs import RunRecord, newest_finished, newest_runs, run_of, runs_before
from syncd.documents import Document, problem_document
from syncd.feeds.report import BUDGET, counters_of
from syncd.world import World

#: Counters that count no rows.
_BESIDE = ("absent", "proposed")


@dataclass(frozen=True, slots=True)
class Ran:
    """A run with its counters in the order in which they are shown, and how many problems it has."""

    run: RunRecord
    counters: Mapping[str, int]
    problems: int

    @property
    def adds_up(self) -> bool:
        """Whether every row read is in exactly one of the others."""
        return self.counters.get("read", 0) == sum(self.rows.values())

    @property
    def rows(self) -> Mapping[str, int]:
        """What the rows read came to, each counted once."""
        return {name: number for name, number in self.counters.items() if name not in ("read", *_BESIDE)}

    @property
    def beside(self) -> Mapping[str, int]:
        """What is counted beside them: people, and changes that are new."""
        return {name: number for name, number in self.counters.items() if name in _BESIDE}


@dataclass(frozen=True, slots=True)
class Fresh:
    """How fresh a feed is: its last run, whatever it came to, the last one that completed, and the job that waits."""

    feed: str
    name: str
    schedule: str | None
    last: RunRecord | None
    finished: datetime | None
    job: JobRecord | None


def run_page(world: World, sight: Sight, before: int | None = None, limit: int = 50) -> list[Ran]:
    """Give runs, the newest first: those with a smaller id than `before`. They name nobody, so `sight` cuts nothing."""
    del sight
    with reading(world.database) as tx:
        found = runs_before(tx, before, limit)
        counts = problem_counts(tx, [one.id for one in found])
    return [_ran(world, one, counts.get(one.id, 0)) for one in found]


def one_run(
    world: World, sight: Sight | None, wanted: int, after: int = 0, limit: int = 200
) -> tuple[Ran, Sequence[tuple[int, Problem]]] | None:
    """Give a run with a page of its problems; None where there is none.

    Values of rows are for those who see everybody (`sight` of people): to the others a problem says where and what.
    """
    with reading(world.database) as tx:
        found = run_of(tx, wanted)
        if found is None:
            return None
        problems = problems_of(tx, wanted, after, limit)
        count = problem_counts(tx, [wanted]).get(wanted, 0)
    if sight is None or not sight.everybody:
        problems = [
            (seq, replace(one, key=None, value=None, message=f"{one.code}: see it with a role for everybody"))
            for seq, one in problems
        ]
    return _ran(world, found, count), problems


def freshness(world: World, sight: Sight) -> list[Fresh]:
    """Give how fresh each feed is, in the order in which they are read."""
    del sight
    found = []
    with reading(world.database) as tx:
        last = newest_runs(tx)
        waiting = {one.about: one for one in jobs(tx, (JobState.WAITING, JobState.RUNNING), acts=(Act.RUN,))}
        for called in world.workspace.in_order:
            feed = world.workspace.feeds[called]
            done = newest_finished(tx, feed.name)
            finished = done.finished_at if done else None
            schedule = feed.schedule.text if feed.schedule else None
            found.append(Fresh(called, feed.name, schedule, last.get(feed.name), finished, waiting.get(feed.name)))
    return found


def run_document(ran: Ran) -> Document:
    """One run as the contract writes it, without its problems, which are pages of their own."""
    run = ran.run
    return {
        "run": f"R{run.id}",
        "feed": run.feed,
        "outcome": run.state.value,
        **ran.counters,
        "problems": ran.problems,
        "hold": run.hold_reason if run.released_at is None else None,
        "message": run.message,
        "started_at": run.started_at.isoformat(),
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
    }


def run_problem_documents(problems: Sequence[tuple[int, Problem]]) -> list[Document]:
    """The problems of a run."""
    return [problem_document(one) for _, one in problems]


def _ran(world: World, run: RunRecord, problems: int) -> Ran:
    feed = world.workspace.feed_named(run.feed)
    names = counters_of(feed) if feed else tuple(name for name in run.counters if name not in BUDGET)
    return Ran(run, {name: run.counters.get(name, 0) for name in names}, problems)
