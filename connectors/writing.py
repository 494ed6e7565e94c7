"""Writing into another system by jobs: rows known by a key of ours, so that what is written twice is there once.

A connector that can do so has a module `writing` in its folder: `open_writer(settings, roots) -> Writer`, and
`written_at(settings) -> str`, which system that is: what is written to one is not in another. A job is begun, given its
rows, told that they are all there, and only then done, by the other side and in its own time: who asks later asks by
its id. Errors: `FixAccess`, `FixFile`, `TryLater`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum, auto
from pathlib import Path
from typing import Protocol

from connectors.connecting import Keeper


class JobStands(StrEnum):
    """How far the other side has come with a job."""

    GATHERING = auto()  #: it waits for its rows, and nothing of it is done
    WORKING = auto()
    ENDED = auto()  #: done, or given up in the middle: it says what became of which row
    GONE = auto()  #: the other side knows no such job


@dataclass(frozen=True, slots=True)
class Place:
    """Where rows are written: an object, the field that holds our key, and the fields that are filled."""

    object: str
    key: str
    fields: tuple[str, ...]


class Writer(Protocol):
    """One system, opened to be written to."""

    def keep_tokens(self, keeper: Keeper) -> None:
        """See `connectors.connecting.Connects`."""
        ...

    def check(self, place: Place) -> None:
        """Make sure that there is such a place. `FixAccess` names what is not there, or may not be written."""
        ...

    def begin(self, place: Place) -> str:
        """Begin a job; gives its id. One without rows is never done, so that beginning twice does no harm."""
        ...

    def fill(self, job: str, place: Place, rows: Sequence[Mapping[str, str | None]]) -> None:
        """Give a job its rows; None empties a field."""
        ...

    def release(self, job: str, place: Place) -> None:
        """Say that all rows are there: from now on the job is done, whatever becomes of us."""
        ...

    def give_up(self, job: str, place: Place) -> None:
        """Let a job that gathers never be done; one that is gone already is no error."""
        ...

    def stands(self, job: str, place: Place) -> JobStands:
        """Ask how far a job has come."""
        ...

    def became(self, job: str, place: Place, scratch: Path) -> dict[str, str | None]:
        """Give what became of the rows of a job that has ended, by key: None written, "" not looked at, else a code."""
        ...
