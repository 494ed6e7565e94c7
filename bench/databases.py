"""The queue and the staging on PostgreSQL, beside the same on SQLite.

`python -m bench.databases --people 20000 --jobs 400 --workers 8`. The queue: so many jobs are asked for, a transaction
each, and so many threads take and finish them, as workers do, until none waits; timed inside the process, from the
first request to the last job done. The staging: `syncd run` of a file of people whom nobody knows, `approve --all` of
them, and the next day's file with a tenth of them new, gone or different; each is a process. SQLite syncs fully;
PostgreSQL is a server of our own with its safe settings. No figure is kept unless each job was done once, and both
databases come to the same changes.
"""

from __future__ import annotations

import argparse
import threading
import time
from collections import Counter
from datetime import date
from pathlib import Path

from bench.approval import database
from bench.measure import Figures, Took, figures, keep, run
from bench.people import Read
from bench.workspace import FIRST_DAY, NEXT_DAY, SCRATCH, Company
from store.database import reading, writing
from store.jobs import Act, JobResult, JobState, enqueue, finish_job, jobs, take
from syncd.world import World, open_world

KINDS = ("sqlite", "postgresql")


def main() -> None:
    """Read the arguments, measure, keep the figures."""
    options = argparse.ArgumentParser(prog="python -m bench.databases", description=__doc__)
    options.add_argument("--people", type=int, default=20_000)
    options.add_argument("--jobs", type=int, default=400)
    options.add_argument("--workers", type=int, default=8)
    options.add_argument("--scratch", type=Path, default=SCRATCH, help="where files stand while it lasts")
    chosen = options.parse_args()
    found = measure(chosen.scratch, chosen.people, chosen.jobs, chosen.workers)
    keep(f"databases-{chosen.people}", found)


def measure(scratch: Path, people: int, wanted: int, workers: int) -> Figures:
    """Measure both databases. `RuntimeError` where they do not come to the same, or a job was not done once."""
    programs: Figures = {}
    changes = {}
    for kind in KINDS:
        company = Company(scratch / f"databases-{kind}-{people}", people)
        with database(kind, company):
            took = _staged(company)
            changes[kind] = company.found()
            programs[kind] = {"queue": _queued(company, wanted, workers)} | {
                name: figures([one]) for name, one in took.items()
            }
    if changes["sqlite"] != changes["postgresql"]:
        raise RuntimeError(f"the databases come to different changes: {changes}")
    steps = [name for name in programs["sqlite"] if name != "queue"]
    ratios = {
        name: round(
            programs["postgresql"][name]["seconds"]["median"] / programs["sqlite"][name]["seconds"]["median"], 2
        )
        for name in steps
    }
    queued = {kind: programs[kind]["queue"]["seconds"] for kind in KINDS}
    return {
        "benchmark": "queue and staging on both databases",
        "people": people,
        "jobs": wanted,
        "workers": workers,
        "programs": programs,
        "times_as_long_as": {"sqlite": {"queue": round(queued["postgresql"] / queued["sqlite"], 2)} | ratios},
    }


def _staged(company: Company) -> dict[str, Took]:
    company.begin()
    company.write(Read.FIRST)
    company.arrive(Read.FIRST)
    took = {
        "first read": run(company.syncd("run", "people", "--json", today=FIRST_DAY)),
        "approved": run(company.syncd("approve", "--all", today=FIRST_DAY)),
    }
    company.write(Read.BUSY)
    company.arrive(Read.BUSY)
    return took | {"next day": run(company.syncd("run", "people", "--json", today=NEXT_DAY))}


def _queued(company: Company, wanted: int, workers: int) -> Figures:
    """Let so many jobs be asked for and done by threads, each of which is what a worker does between two runs."""
    world = open_world(company.workspace, date.fromisoformat(NEXT_DAY))
    try:
        began = time.perf_counter()
        for number in range(wanted):
            with writing(world.database) as tx:
                enqueue(tx, Act.RUN, f"feed_{number}", by="bench", now=world.now())
        asked = time.perf_counter()
        threads = [threading.Thread(target=_work, args=(world, f"W{number}")) for number in range(workers)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        seconds = time.perf_counter() - began
        with reading(world.database) as tx:
            known = jobs(tx)
    finally:
        world.database.dispose()
    once = Counter((one.state, one.attempts) for one in known)
    if once != Counter({(JobState.DONE, 1): wanted}):
        raise RuntimeError(f"not every job was done once: {dict(once)}")
    return {
        "seconds": round(seconds, 3),
        "asked_a_second": round(wanted / (asked - began)),
        "done_a_second": round(wanted / (began + seconds - asked)),
    }


def _work(world: World, name: str) -> None:
    while True:
        with writing(world.database) as tx:
            held = take(tx, name, world.now())
        if held is None:
            return
        with writing(world.database) as tx:
            finish_job(tx, held, JobResult(JobState.DONE), world.now())


if __name__ == "__main__":
    main()
