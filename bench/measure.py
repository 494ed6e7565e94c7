"""Run programs as processes of their own, and keep what they took.

Seconds are wall time; beside them stand the processor's seconds, which other work on the machine disturbs less, and the
peak of resident memory as the operating system accounts it. Programs that are compared run in turn, A B A B, and a
ratio is the median of the ratios turn by turn.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

RESULTS = Path(__file__).resolve().parent / "results"

#: Figures as JSON has them.
Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Contestant:
    """A program to measure, what puts everything in place before each run, and the exit codes it may end with."""

    name: str
    command: Sequence[str | Path]
    prepare: Callable[[], None] = lambda: None
    codes: tuple[int, ...] = (0,)


@dataclass(frozen=True, slots=True)
class Took:
    """One finished process: wall and processor seconds, peak of memory, what it printed."""

    seconds: float
    cpu: float
    peak_mb: float
    output: str


def run(one: Contestant) -> Took:
    """Run a program once, to its end. `RuntimeError` with its last words where it fails."""
    one.prepare()
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as complaints:
        started = time.perf_counter()
        process = subprocess.Popen(one.command, stdout=output, stderr=complaints)
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in one.codes:
            complaints.seek(0)
            message = f"{one.name} ended with {process.returncode}: {complaints.read()[-2000:]}"
            raise RuntimeError(message)
        output.seek(0)
        return Took(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, output.read())


def compare(contestants: Sequence[Contestant], runs: int) -> dict[str, list[Took]]:
    """Run each so many times, in turn."""
    took: dict[str, list[Took]] = {one.name: [] for one in contestants}
    for number in range(runs):
        for one in contestants:
            took[one.name].append(run(one))
            last = took[one.name][-1]
            print(f"run {number + 1} of {runs}: {one.name}: {last.seconds:.2f} s, {last.peak_mb:,.0f} MB", flush=True)
    return took


def figures(took: Sequence[Took]) -> Figures:
    """Sum up the runs of one program."""
    return {
        "seconds": spread([one.seconds for one in took]),
        "cpu_seconds": spread([one.cpu for one in took]),
        "peak_mb": round(max(one.peak_mb for one in took)),
    }


def spread(values: Sequence[float]) -> Figures:
    """Give the least, the middle and the greatest."""
    return {"min": round(min(values), 3), "median": round(median(values), 3), "max": round(max(values), 3)}


def ratio(ours: Sequence[Took], theirs: Sequence[Took]) -> Figures:
    """Give how many times as long we take, turn by turn."""
    return {
        "seconds": round(median(a.seconds / b.seconds for a, b in zip(ours, theirs, strict=True)), 2),
        "cpu_seconds": round(median(a.cpu / b.cpu for a, b in zip(ours, theirs, strict=True)), 2),
    }


def keep(name: str, found: Figures) -> None:
    """Print figures, and keep them in `bench/results/`."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 30
    text = json.dumps({"machine": {"cores": os.cpu_count(), "memory_gb": memory}, **found}, indent=2)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(text + "\n")
    print(text)
