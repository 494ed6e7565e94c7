"""A month by itself: many feeds, several workers, another file of each feed every day; memory must stay where it is.

`python -m bench.soak --feeds 50 --people 4000 --workers 8 --days 30`. Every feed has people of its own. A day is: each
file is replaced, of which one person in twenty has another title; a job waits for each feed; the workers, processes of
their own that go on for the whole month, do them; a policy applies what changed. Days follow one another as fast as
they are done. SQLite, or what `SYNCD_DATABASE_URL` names, which must be empty.

There is no peer. No figure is kept unless every job was done and every person has the title of the last day. Memory is
what the workers have resident at the end of a day, together; `growth` is its median over the last third of the days,
after the median over the third before: near 1 where it is steady.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.measure import Figures, keep, spread
from bench.workspace import ROOT, SCRATCH
from store.database import reading
from store.jobs import JobState, jobs
from syncd.daemon.asking import ask_runs
from syncd.world import World, actor, open_world

_MAPPING = """\
key: id
fields: {employee_id: id, name: name, title: title}
"""
#: One in so many has another title each day.
_EVERY = 20
#: No day takes longer, in seconds.
_AT_MOST = 3_600


@dataclass(frozen=True, slots=True)
class Month:
    """What is soaked: a workspace in a folder, so many feeds of so many people each."""

    folder: Path
    feeds: int
    people: int

    @property
    def names(self) -> list[str]:
        """What its feeds are called."""
        return [f"feed_{number:02}" for number in range(self.feeds)]

    def begin(self) -> None:
        """Make the workspace anew, with everybody in it and approved."""
        shutil.rmtree(self.folder, ignore_errors=True)
        for name in ("inbox", "mappings"):
            (self.folder / name).mkdir(parents=True)
        by_itself = [{"kind": "update", "attributes": ["title"]}]
        feed = {"into": "participants", "mapping": "mappings/people.yaml", "full": True, "approve": by_itself}
        settings = {
            "version": 1,
            "calendars": {"main": {"timezone": "UTC"}},
            "sources": {name: {"kind": "file", "path": f"inbox/{name}.csv"} for name in self.names},
            "feeds": {name: {**feed, "source": name} for name in self.names},
        }
        (self.folder / "syncd.yaml").write_text(json.dumps(settings))
        (self.folder / "mappings" / "people.yaml").write_text(_MAPPING)
        self.arrive(0)
        for command in (("run",), ("approve", "--all", "--reason", "first load")):
            line = [sys.executable, "-P", "-m", "syncd", "--workspace", self.folder, *command]
            subprocess.run(line, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)

    def arrive(self, day: int) -> None:
        """Let each source have the file of a day."""
        for number, name in enumerate(self.names):
            whole = self.folder / "inbox" / f"{name}.csv"
            part = whole.with_suffix(".part")
            with part.open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(("id", "name", "title"))
                for one in range(self.people):
                    writer.writerow((f"{number:02}{one:07}", f"Person {number} {one}", title(one, day)))
            part.replace(whole)

    def wrong(self, day: int) -> int:
        """Count who has not the title of a day, or is there twice, from the command line itself."""
        line = [sys.executable, "-P", "-m", "syncd", "--workspace", self.folder, "participants", "--json"]
        said = json.loads(subprocess.run(line, cwd=ROOT, check=True, capture_output=True, text=True).stdout)
        titles = {one["attributes"]["employee_id"]: one["attributes"]["title"] for one in said}
        wanted = {f"{n:02}{one:07}": title(one, day) for n in range(self.feeds) for one in range(self.people)}
        otherwise = sum(titles.get(key) != value for key, value in wanted.items()) + len(titles.keys() - wanted.keys())
        return otherwise + len(said) - len(titles)


def title(one: int, day: int) -> str:
    """Give the title that somebody has on a day: that of the last day on which it was their turn."""
    return f"Rep {(day + one) // _EVERY}"


def main() -> None:
    """Read the arguments, measure, keep the figures."""
    options = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    options.add_argument("--feeds", type=int, default=50)
    options.add_argument("--people", type=int, default=4_000, help="in each feed")
    options.add_argument("--workers", type=int, default=8)
    options.add_argument("--days", type=int, default=30)
    options.add_argument("--scratch", type=Path, default=SCRATCH, help="where files stand while it lasts")
    chosen = options.parse_args()
    month = Month(chosen.scratch / "soak", chosen.feeds, chosen.people)
    keep(f"soak-{chosen.feeds}x{chosen.people}", measure(month, chosen.workers, chosen.days))


def measure(month: Month, workers: int, days: int) -> Figures:
    """Replay so many days. `RuntimeError` where a job was not done, a worker ended, or somebody has another title."""
    month.begin()
    seconds, resident = [], []
    world = open_world(month.folder, None)
    try:
        with ExitStack() as stack:
            processes = [stack.enter_context(_worker(month.folder)) for _ in range(workers)]
            for day in range(1, days + 1):
                month.arrive(day)
                began = time.perf_counter()
                ask_runs(world, month.names, actor(None))
                _wait(world, processes)
                seconds.append(time.perf_counter() - began)
                resident.append(sum(map(_resident_mb, processes)))
                print(f"day {day} of {days}: {seconds[-1]:.1f} s, {resident[-1]:,.0f} MB", flush=True)
        with reading(world.database) as tx:
            states = Counter(one.state for one in jobs(tx))
    finally:
        world.database.dispose()
    if states != Counter({JobState.DONE: days * month.feeds}):
        raise RuntimeError(f"not every job was done: {dict(states)}")
    if wrong := month.wrong(days):
        raise RuntimeError(f"{wrong} people have not the title of the last day")
    third = max(days // 3, 1)
    return {
        "benchmark": "a month by itself",
        "feeds": month.feeds,
        "people": month.people * month.feeds,
        "workers": workers,
        "days": days,
        "seconds_a_day": spread(seconds),
        "resident_mb": spread(resident),
        "growth": round(median(resident[-third:]) / median(resident[-2 * third : -third] or resident), 3),
    }


@contextmanager
def _worker(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    line = [sys.executable, "-P", "-m", "syncd", "--workspace", folder, "worker"]
    with subprocess.Popen(line, cwd=ROOT, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)


def _wait(world: World, processes: Sequence[subprocess.Popen[bytes]]) -> None:
    until = time.monotonic() + _AT_MOST
    while time.monotonic() < until:
        if any(one.poll() is not None for one in processes):
            raise RuntimeError("a worker ended")
        with reading(world.database) as tx:
            if not jobs(tx, (JobState.WAITING, JobState.RUNNING), 1):
                return
        time.sleep(0.2)
    raise RuntimeError(f"a day took more than {_AT_MOST} seconds")


def _resident_mb(process: subprocess.Popen[bytes]) -> float:
    pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


if __name__ == "__main__":
    main()
