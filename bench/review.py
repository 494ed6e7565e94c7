"""The first page of 20,000 pending changes, beside the bare query of the same rows, in one process.

    .venv/bin/python -m bench.review --changes 20000

Measures, in turn: the bare query (100 rows with their people, and how many match by run and kind), what
`syncd.seen.changes.queue` takes for each way to group them, and the whole answer as Flask's test client gets it; then
how long a real Chromium takes from asking for the page until it has drawn it (first contentful paint) and loaded it.
To reach: the whole answer in `TIMES_THE_QUERY` times the bare query, drawn within `DRAWN_WITHIN` milliseconds.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from statistics import median

from playwright.sync_api import sync_playwright
from werkzeug.serving import make_server

from bench.measure import Figures, keep, spread
from domain.change import GroupedBy
from domain.rights import EVERYBODY
from store.database import reading
from syncd.seen.changes import Asked, queue
from syncd.world import World, open_world
from tests.scenarios.world import World as Played
from tests.web.conftest import PASSWORD, Office, free_port

TIMES = 15
#: To reach with 20,000: how many times the bare query the whole answer takes, and milliseconds until it is drawn.
TIMES_THE_QUERY, DRAWN_WITHIN = 3, 300
BARE = (
    "SELECT * FROM change c JOIN person p ON p.id = person WHERE state = 'pending' ORDER BY c.run, c.id LIMIT 100",
    "SELECT run, kind, count(*) FROM change WHERE state = 'pending' GROUP BY run, kind",
    "SELECT max(id) FROM change",
    "SELECT count(*) FROM change WHERE state = 'held'",
)


def main() -> None:
    """Read the arguments, measure, keep the figures."""
    options = argparse.ArgumentParser(prog="python -m bench.review", description=__doc__)
    options.add_argument("--changes", type=int, default=20_000)
    chosen = options.parse_args()
    keep(f"review-{chosen.changes}", measure(chosen.changes))


def measure(changes: int) -> Figures:
    """Measure the first page of so many. `RuntimeError` where it does not show them."""
    with tempfile.TemporaryDirectory() as folder:
        world = Played(Path(folder) / "workspace")
        world.send(
            {"id": f"{n:06}", "name": f"Person {n}", "email": f"p{n}@example.com", "title": "Rep", "team": f"T{n % 40}",
             "hired": "2026-01-01"} for n in range(changes)
        )  # fmt: skip
        if world.call("run").code:
            raise RuntimeError("the run failed")
        office = Office(world, f"http://127.0.0.1:{free_port()}")
        office.open()
        office.user("dana", "comp_admin")
        opened, visitor = open_world(world.folder, world.today), office.client("dana")
        if f"{changes:,}" not in visitor.get("/changes").text:
            raise RuntimeError(f"the page does not say that {changes:,} wait")
        ways: dict[str, Callable[[], object]] = {"bare query": lambda: bare(opened)}
        ways |= {f"queue by {by.value}": partial(queue, opened, EVERYBODY, Asked(), by) for by in GroupedBy}
        ways["whole answer"] = lambda: visitor.get("/changes")
        took = [in_turn(ways) for _ in range(TIMES)]
        with ThreadPoolExecutor(1) as apart:  # who calls may drive a browser already, and a thread drives only one
            browser = apart.submit(in_browser, office).result()
        office.close()
        opened.database.dispose()
    ours = [name for name in ways if name != "bare query"]
    return {
        "benchmark": "the first page of what is pending, sqlite",
        "changes": changes,
        "runs": TIMES,
        "programs": {name: {"milliseconds": spread([one[name] for one in took])} for name in ways},
        "browser": {name: {"milliseconds": spread(one)} for name, one in browser.items()},
        "times_as_long_as": {
            "bare query": {name: round(median(one[name] / one["bare query"] for one in took), 2) for name in ours}
        },
        "to_reach": {"times_as_long_as": {"bare query": {"whole answer": TIMES_THE_QUERY}}, "drawn": DRAWN_WITHIN},
    }


def in_turn(ways: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """Do each of some things once; gives milliseconds."""
    took = {}
    for name, do in ways.items():
        started = time.perf_counter()
        do()
        took[name] = (time.perf_counter() - started) * 1000
    return took


def in_browser(office: Office) -> dict[str, list[float]]:
    """Give what a browser takes for the first page, in milliseconds: until it is drawn, and until it is loaded."""
    server = make_server("127.0.0.1", int(office.address.rpartition(":")[2]), office.app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    took: dict[str, list[float]] = {"drawn": [], "loaded": []}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(f"{office.address}/log-in")
        page.fill("[name=name]", "dana")
        page.fill("[name=password]", PASSWORD)
        page.click("button:has-text('Log in')")
        page.wait_for_selector(".who")
        for _ in range(TIMES):
            page.goto(f"{office.address}/changes", wait_until="load")
            # awaited inside the page: its policy lets nobody ask again and again from outside
            drawn, loaded = page.evaluate(
                """async () => {
                    const drawn = () => performance.getEntriesByName('first-contentful-paint')[0];
                    while (!drawn()) await new Promise((seen) => requestAnimationFrame(seen));
                    return [drawn().startTime, performance.getEntriesByType('navigation')[0].loadEventEnd];
                }"""
            )
            took["drawn"].append(drawn)
            took["loaded"].append(loaded)
        browser.close()
    server.shutdown()
    return took


def bare(opened: World) -> None:
    """Ask the database for the same, without anything of ours."""
    with reading(opened.database) as tx:
        for statement in BARE:
            tx.exec_driver_sql(statement).fetchall()


if __name__ == "__main__":
    main()
