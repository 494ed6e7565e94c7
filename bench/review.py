"""The first page of 20,000 pending changes, beside the bare query of the same rows, in one process.

    .venv/bin/python -m bench.review [ROWS]

Prints: the bare query (100 rows with their people, and how many match by run and kind), what `syncd.seen.changes.queue`
takes, the whole answer as Flask's test client gets it, and how long a real Chromium takes from asking for the page
until it has drawn it (first contentful paint) and loaded it; medians of 15, in milliseconds.
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from playwright.sync_api import sync_playwright
from werkzeug.serving import make_server

from domain.change import GroupedBy
from domain.rights import EVERYBODY
from store.database import reading
from syncd.seen.changes import Asked, queue
from syncd.world import World, open_world
from tests.scenarios.world import World as Played
from tests.web.conftest import PASSWORD, Office, free_port

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
        world.send(
            {"id": f"{n:06}", "name": f"Person {n}", "email": f"p{n}@example.com", "title": "Rep", "team": f"T{n % 40}",
             "hired": "2026-01-01"} for n in range(rows)
        )  # fmt: skip
        if world.call("run").code:
            sys.exit("the run failed")
        office = Office(world, f"http://127.0.0.1:{free_port()}")
        office.open()
        office.user("dana", "comp_admin")
        opened = open_world(world.folder, world.today)
        found = {"bare": median(lambda: bare(opened))}
        for by in GroupedBy:
            found[f"queue by {by.value}"] = median(lambda by=by: queue(opened, EVERYBODY, Asked(), by))
        visitor = office.client("dana")
        found["page"] = median(lambda: visitor.get("/changes"))
        with ThreadPoolExecutor(1) as apart:  # who calls may drive a browser already, and a thread drives only one
            found |= apart.submit(in_browser, office).result()
        office.close()
        opened.database.dispose()
        return {name: round(took * 1000, 1) for name, took in found.items()}


def in_browser(office: Office) -> dict[str, float]:
    """Give what a browser takes for the first page, in seconds: until it is drawn, and until it is loaded."""
    server = make_server("127.0.0.1", int(office.address.rpartition(":")[2]), office.app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    took: dict[str, list[float]] = {"browser draws": [], "browser loads": []}
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
            took["browser draws"].append(drawn / 1000)
            took["browser loads"].append(loaded / 1000)
        browser.close()
    server.shutdown()
    return {name: statistics.median(one) for name, one in took.items()}


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
