"""What tells a worker that there is a job before it would look by itself.

A message says "go and look", and nothing else: who looks finds the job in the database, or finds that it is done. So
one that is lost, late or doubled costs nothing but time.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Protocol

from domain.value import digest
from syncd.world import World


class Messenger(Protocol):
    """Messages about jobs, from those who let them wait to those who do them."""

    def send(self, about: str) -> None:
        """Say that there is a job about something; that it cannot be said is no error."""
        ...

    def wait(self, seconds: float) -> None:
        """Wait for a message, for so long at most, or until `wake`."""
        ...

    def wake(self) -> None:
        """Let whoever waits here go on at once."""
        ...


class Bell:
    """Messages inside this process. Other processes look by themselves."""

    def __init__(self) -> None:
        """Begin in silence."""
        self._rung = threading.Event()

    def send(self, about: str) -> None:  # noqa: ARG002 - every job is announced by the same bell
        """Ring."""
        self._rung.set()

    def wait(self, seconds: float) -> None:
        """Wait until it rings, or has rung since the last time."""
        self._rung.wait(seconds)
        self._rung.clear()

    def wake(self) -> None:
        """Ring."""
        self._rung.set()


def messenger_of(world: World, said: Callable[[str], None]) -> Messenger:
    """Give what workers of this workspace are told by: Redis where `SYNCD_REDIS_URL` names one.

    Those that name the database in the same way hear one another. `said` is told when Redis is gone or back.
    """
    url = os.environ.get("SYNCD_REDIS_URL")
    if not url:
        return Bell()
    from syncd.daemon.queued import Queued  # noqa: PLC0415 - 0.2 s that only who has Redis needs

    where = world.database.url
    return Queued(url, f"syncd-{digest(where.host, where.port, where.database)[:12]}", said)
