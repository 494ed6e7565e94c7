"""One participant's pay period explained in a running process, beside reading the same stored lines and nothing else.

`python -m bench.explain --transactions 1000000`, on the workspace of `bench.pay` with the same number, its newest
calculation. The participant is the one who has nearest to a thousand lines. Explained is what `Explainer.outline`
gives: the period derived again in exact decimals from all that counts up to it, equal to the stored number, or there is
no explanation. The peer is a bare query for the participant's lines, on the same engine connection.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date

from bench.measure import Figures, keep, run, spread
from bench.pay import TODAY, PayYear, asked
from engine.found import LINES
from engine.session import read_files
from store.calculations import calculations
from store.database import reading
from syncd.pay.explainer import explaining
from syncd.world import open_world

LINES_WANTED = 1_000


def main() -> None:
    """Read the arguments, measure, keep the figures."""
    year, runs = asked("bench.explain", __doc__, transactions=1_000_000, people=20_000, runs=15)
    keep(f"explain-{year.transactions}", measure(year, runs))


def measure(year: PayYear, runs: int) -> Figures:
    """Explain a participant so many times, in turn with the bare query; the first, which prepares, is not counted."""
    year.make()
    world = open_world(year.workspace, date.fromisoformat(TODAY))
    try:
        with reading(world.database) as tx:
            known = calculations(tx)
        if not known:
            run(year.calculate())
            with reading(world.database) as tx:
                known = calculations(tx)
        newest = max(known, key=lambda one: one.run)
        with explaining(world, newest) as explainer:
            source = read_files(world.workspace.var / path for path in newest.paths(LINES))
            nearest = (
                f"SELECT person, count(*) FROM {source} GROUP BY person ORDER BY abs(count(*) - $1), person LIMIT 1"
            )
            ((person, lines),) = explainer.session.rows(nearest, [LINES_WANTED])
            bare = f"SELECT * FROM {source} WHERE person = $1 ORDER BY day, feed, key"
            explainer.outline(int(str(person)))
            ours, theirs = [], []
            for _ in range(runs):
                ours.append(_took(lambda: explainer.outline(int(str(person)))))
                theirs.append(_took(lambda: explainer.session.rows(bare, [person])))
    finally:
        world.database.dispose()
    return {
        "benchmark": "explain one participant's period in a running process",
        "transactions": year.transactions,
        "lines": lines,
        "runs": runs,
        "programs": {"syncd": _figures(ours), "the bare query": _figures(theirs)},
    }


def _took(act: Callable[[], object]) -> tuple[float, float]:
    """Give the milliseconds that something took: wall, processor."""
    started, used = time.perf_counter(), time.process_time()
    act()
    return 1000 * (time.perf_counter() - started), 1000 * (time.process_time() - used)


def _figures(took: list[tuple[float, float]]) -> Figures:
    return {
        "milliseconds": spread([wall for wall, _ in took]),
        "cpu_milliseconds": spread([cpu for _, cpu in took]),
    }


if __name__ == "__main__":
    main()
