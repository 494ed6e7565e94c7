"""How a process that goes on for long ends: it is asked to, it finishes what it does, or gives it back.

SIGTERM, SIGINT and SIGHUP (its terminal is closed) ask. What is being done has `grace` seconds to come to its end; then
it is stopped at its next page or batch of rows and given back; what does not get there within `PATIENCE` is given back
from outside.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Protocol

#: Seconds in which what was asked to stop has to get to where it can.
PATIENCE = 10.0

_SLICE = 0.2  # seconds; a signal is only heard between two of them


@dataclass(slots=True)
class Stop:
    """Whether somebody has asked this process to end, and how often."""

    _asked: threading.Event = field(default_factory=threading.Event)
    times: int = 0

    def ask(self) -> None:
        """Ask; asked twice, nothing more is waited for."""
        self.times += 1
        self._asked.set()

    @property
    def is_asked(self) -> bool:
        """Whether it was asked."""
        return self._asked.is_set()

    def waited(self, seconds: float) -> bool:
        """Wait so long, or until it is asked; tells whether it was."""
        return self._asked.wait(seconds)


class Part(Protocol):
    """One of the things that a process does at the same time."""

    def go(self, stop: Stop) -> None:
        """Do it until it is done or asked to stop."""
        ...

    def hurry(self) -> None:
        """Let what is being done end as soon as it can, without being finished."""
        ...

    def leave(self) -> None:
        """Give back what is being done: the process ends now."""
        ...


@dataclass(slots=True)
class _Running:
    part: Part
    thread: threading.Thread | None = None
    error: BaseException | None = None


def run_parts(parts: Sequence[Part], begun: Callable[[], None], wake: Callable[[], None], grace: float) -> None:
    """Do several things at once, each in a thread, until all are done or somebody asks to stop.

    `begun` is called once it can be asked. An error that ends one of them ends all, and is raised. `wake` lets those
    who wait for a message go on.
    """
    stop = Stop()
    running = [_Running(part) for part in parts]
    with _asked_by_signals(stop):
        begun()
        for one in running:
            one.thread = threading.Thread(target=_go, args=(one, stop, wake), daemon=True)
            one.thread.start()
        _wait(running, lambda: stop.is_asked, None)
        wake()
        if not _wait(running, lambda: stop.times > 1, grace):
            for one in running:
                one.part.hurry()
        if not _wait(running, lambda: False, PATIENCE):
            _leave(running)
    for one in running:
        if one.error is not None:
            raise one.error


def _go(one: _Running, stop: Stop, wake: Callable[[], None]) -> None:
    try:
        one.part.go(stop)
    except BaseException as error:  # noqa: BLE001 - a thread has no caller: `run_parts` raises it
        one.error = error
        stop.ask()
        wake()


def _wait(running: Sequence[_Running], enough: Callable[[], bool], seconds: float | None) -> bool:
    """Wait until all are done (True), or until it is enough, or for so long."""
    until = None if seconds is None else time.monotonic() + seconds
    while alive := [one.thread for one in running if one.thread and one.thread.is_alive()]:
        if enough() or (until is not None and time.monotonic() >= until):
            return False
        alive[0].join(_SLICE)
    return True


def _leave(running: Sequence[_Running]) -> None:
    """End with threads that hang: they may be anywhere, so nothing of this process is tidied up."""
    for one in running:
        if one.thread and one.thread.is_alive():
            one.part.leave()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


@contextmanager
def _asked_by_signals(stop: Stop) -> Iterator[None]:
    """Let SIGTERM, SIGINT and SIGHUP ask, as long as it goes on; not SIGHUP where `nohup` keeps that from it."""

    def heard(_number: int, _frame: FrameType | None) -> None:
        stop.ask()

    asking = [signal.SIGTERM, signal.SIGINT]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        asking.append(signal.SIGHUP)
    before = {number: signal.signal(number, heard) for number in asking}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
