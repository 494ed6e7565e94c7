"""Bulk approval, beside a bare `executemany` of the rows that it writes, on SQLite and PostgreSQL.

`python -m bench.approval --people 200000 --database postgresql`. A tenth of the people have a pending change: half of
them other values, a quarter are new, a quarter gone (20,000 changes of 200,000 people). Ours is `approve`, as the
command line calls it; beside it `peers/executemany.py` writes the same rows in as many transactions into a copy of the
same database. Both are timed inside their process, from the first statement to the last commit, as starting Python is
no part of approving; SQLite syncs fully, PostgreSQL is a server of our own with its safe settings. Caches are warm.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

from bench.measure import Contestant, Figures, compare, keep, run, spread
from bench.people import Read
from bench.workspace import NEXT_DAY, ROOT, SCRATCH, Company

BARE = ROOT / "bench" / "peers" / "executemany.py"
URL = "SYNCD_DATABASE_URL"


def main() -> None:
    """Read the arguments, measure, keep the figures."""
    options = argparse.ArgumentParser(prog="python -m bench.approval", description=__doc__)
    options.add_argument("--people", type=int, default=200_000)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    options.add_argument("--scratch", type=Path, default=SCRATCH, help="where files stand while it lasts")
    options.add_argument("--approve", type=Path, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.approve:
        print(json.dumps(_approve(chosen.approve)))
        return
    company = Company(chosen.scratch / f"approval-{chosen.people}", chosen.people)
    with database(chosen.database, company) as place:
        keep(f"approval-{chosen.database}-{chosen.people}", measure(company, place, chosen.runs))


@dataclass(frozen=True, slots=True)
class Sqlite:
    """The workspace's own database: put back with the workspace."""

    company: Company

    @property
    def url(self) -> str:
        """Where it is."""
        return f"sqlite:///{self.company.workspace.resolve() / 'var' / 'syncd.db'}"

    def keep(self) -> None:
        """Remember it as it is."""
        self.company.keep()

    def restore(self) -> None:
        """Put it back."""
        self.company.restore()


@dataclass(frozen=True, slots=True)
class Postgres:
    """A database of a server of our own: put back from a copy that the server keeps."""

    server: Any
    url: str

    def keep(self) -> None:
        """Remember it as it is."""
        self.server.create_database("kept", "bench")

    def restore(self) -> None:
        """Put it back."""
        self.server.drop_database("bench")
        self.server.create_database("bench", "kept")


@contextmanager
def database(kind: str, company: Company) -> Iterator[Sqlite | Postgres]:
    """Give the database that the workspace uses from now on."""
    if kind == "sqlite":
        yield Sqlite(company)
        return
    from tests import servers  # noqa: PLC0415 - only where one is asked for

    unsafe, servers.UNSAFE = servers.UNSAFE, ()  # what the tests turn off is part of what is measured
    try:
        with servers.postgres(os.environ) as server:
            place = Postgres(server, server.create_database("bench"))
            os.environ[URL] = place.url
            yield place
    finally:
        servers.UNSAFE = unsafe
        os.environ.pop(URL, None)


def measure(company: Company, place: Sqlite | Postgres, runs: int) -> Figures:
    """Measure the approval of a day's changes."""
    company.steady()
    truth = company.write(Read.BUSY)
    company.arrive(Read.BUSY)
    run(company.syncd("run", "people", "--json", today=NEXT_DAY))
    place.keep()
    rows = company.folder / "rows.json"
    ours = Contestant(
        "approve", [sys.executable, "-m", "bench.approval", "--approve", company.workspace], place.restore
    )
    first = json.loads(run(ours).output)
    run(Contestant("collect", [sys.executable, BARE, "collect", place.url, str(first["base"]), rows]))
    bare = Contestant("executemany", [sys.executable, BARE, "write", place.url, rows], place.restore)
    took = {name: [json.loads(one.output) for one in many] for name, many in compare([ours, bare], runs).items()}
    expected = truth.changed + truth.added + truth.removed
    if any(one["decided"] != expected for one in took["approve"]):
        message = f"{took['approve']} were decided, not {expected}"
        raise RuntimeError(message)
    return {
        "benchmark": f"bulk approval, {place.url.partition(':')[0].partition('+')[0]}",
        "people": company.people,
        "changes": expected,
        "rows": took["executemany"][-1]["rows"],
        "transactions": took["executemany"][-1]["transactions"],
        "runs": runs,
        "cache": "warm",
        "programs": {name: _figures(many) for name, many in took.items()},
        "times_as_long_as": {"executemany": _ratio(took["approve"], took["executemany"])},
    }


def _approve(workspace: Path) -> dict[str, float]:
    """Approve all that is pending, and time it."""
    from domain.change import State  # noqa: PLC0415 - the process that only measures stays small
    from store.changes import ChangeFilter, change_ids  # noqa: PLC0415 - as above
    from store.database import reading  # noqa: PLC0415 - as above
    from store.head import current_revision  # noqa: PLC0415 - as above
    from syncd.changes.decide import Approval, approve  # noqa: PLC0415 - as above
    from syncd.world import actor, open_world  # noqa: PLC0415 - as above

    world = open_world(workspace, date.fromisoformat(NEXT_DAY))
    with reading(world.database) as tx:
        base, ids = current_revision(tx), change_ids(tx, ChangeFilter(states=(State.PENDING,)))
    started = time.perf_counter(), time.process_time()
    outcome = approve(world, ids, Approval(), actor("bench"))
    took = time.perf_counter() - started[0], time.process_time() - started[1]
    return {"seconds": took[0], "cpu": took[1], "decided": len(outcome.decided), "base": base}


def _figures(took: list[Mapping[str, float]]) -> Figures:
    return {name: spread([one[key] for one in took]) for name, key in (("seconds", "seconds"), ("cpu_seconds", "cpu"))}


def _ratio(ours: list[Mapping[str, float]], theirs: list[Mapping[str, float]]) -> Figures:
    turns = list(zip(ours, theirs, strict=True))
    return {
        "seconds": round(median(a["seconds"] / b["seconds"] for a, b in turns), 2),
        "cpu_seconds": round(median(a["cpu"] / b["cpu"] for a, b in turns), 2),
    }


if __name__ == "__main__":
    main()
