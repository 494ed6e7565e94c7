"""What tells a worker that there is a job before it would look by itself.

A message says "go and look", and nothing else: who looks finds the job in the database, or finds that it is done. So
one that is lost, late or doubled costs nothing but time.
"""

from __future__ import annotations

import threading
from typing import Protocol


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
