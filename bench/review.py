"""The first page of 20,000 pending changes, beside the bare query of the same rows, in one process.

    .venv/bin/python -m bench.review [ROWS]

Prints: the bare query (100 rows with their people, and how many match by run and kind), what `syncd.seen.changes.queue`
takes, the whole answer as Flask's test client gets it; medians of 15, in milliseconds.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from domain.change import GroupedBy
from domain.rights import EVERYBODY
from store.database import reading
from syncd.seen.changes import Asked, queue
from syncd.world import World, open_world
from tests.scenarios.world import World as Played
from tests.web.conftest import Office

TIMES = 15
BARE = (
    "SELECT * FROM change c JOIN person p ON p.id = person WHERE state = 'pending' ORDER BY c.run, c.id LIMIT 100",
    "SELECT run, kind, count(*) FROM change WHERE state = 'pending' GROUP BY run, kind",
    "SELECT max(id) FROM change",
    "SELECT count(*) FROM change WHERE state = 'held'",
)


def measure(rows: int) -> dict[str, float]:
    """Give the figures, in milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        world = Played(Path(folder) / "workspace")
        world.settings["log_in"] = {"address": "http://127.0.0.1"}
        world.save()
        world.send(
            {"id": f"{n:06}", "name": f"Person {n}", "email": f"p{n}@example.com", "title": "Rep", "team": f"T{n % 40}",
             "hired": "2026-01-01"} for n in range(rows)
        )  # fmt: skip
        if world.call("run").code:
            sys.exit("the run failed")
        office = Office(world)
        office.user("dana", "comp_admin")
        opened = open_world(world.folder, world.today)
        found = {"bare": median(lambda: bare(opened))}
        for by in GroupedBy:
            found[f"queue by {by.value}"] = median(lambda by=by: queue(opened, EVERYBODY, Asked(), by))
        visitor = office.client("dana")
        found["page"] = median(lambda: visitor.get("/changes"))
        office.close()
        opened.database.dispose()
        return {name: round(took * 1000, 1) for name, took in found.items()}


def bare(opened: World) -> None:
    """Ask the database for the same, without anything of ours."""
    with reading(opened.database) as tx:
        for statement in BARE:
            tx.exec_driver_sql(statement).fetchall()


def median(do: Callable[[], object]) -> float:
    """Give the median time of doing something, in seconds."""
    took = []
    for _ in range(TIMES):
        started = time.perf_counter()
        do()
        took.append(time.perf_counter() - started)
    return statistics.median(took)


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000), indent=1))
