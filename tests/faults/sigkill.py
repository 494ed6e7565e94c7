"""A command in a process of its own that SIGKILL ends at a write: nothing in it can catch that, or clean up."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Mapping, Sequence
from datetime import datetime

import syncd.world
from store import faults
from syncd.cli import main

#: The commands, imported once in a process without threads that every other one is a fork of: to start takes no time.
_PRELOADED = [__name__, *(f"syncd.commands.{name}" for name in ("run", "review", "pay", "close", "daemon"))]
#: No command takes longer to come to its point, in seconds; one that does has failed.
_AT_MOST = 100


def killed_at(point: str, now: datetime, argv: Sequence[str]) -> None:
    """Give a command, its clock at `now`, to a process that is killed at a point; one that never comes there fails."""
    assert point in faults.FAULT_POINTS, point
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    process = context.Process(target=_command, args=(point, now, list(argv), dict(os.environ)))
    process.start()
    process.join(_AT_MOST)
    if process.exitcode is None:
        process.kill()
        process.join()
        raise AssertionError(f"{argv} neither ended nor came to {point}")
    assert process.exitcode == -signal.SIGKILL, f"{argv} ended with {process.exitcode} before it came to {point}"


def _command(point: str, now: datetime, argv: list[str], environment: Mapping[str, str]) -> None:
    def kill(name: str) -> None:
        if name == point:
            os.kill(os.getpid(), signal.SIGKILL)

    os.environ.clear()
    os.environ.update(environment)
    syncd.world.clock = lambda: now
    faults.arm(kill)
    raise SystemExit(main(argv))
