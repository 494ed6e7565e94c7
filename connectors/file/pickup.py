"""Where files wait to be read, and what can be done with them there: a folder, a server, a bucket.

A name is a path there with `/` between its parts, as `path` is written; a version tells one content of a name from the
next. Errors of every act: `FixAccess` where it is not allowed, `TryLater` where the other side does not answer.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Protocol

from domain.errors import ReadFailed
from domain.problem import Problem

PATTERN = frozenset("*?[")
#: What programs leave beside the files they have open, and what we leave beside those we read.
NOISE = ("~$", ".")


class Pickup(Protocol):
    """One place with files in it. Not safe to share between threads."""

    def names(self) -> list[str]:
        """Name the files that wait, sorted. `FixFile` where the path leads out of where it may."""
        ...

    def fetch(self, name: str, target: Path, most: int) -> tuple[Path, str] | None:
        """Give where a file can be read on this machine (`target`, or where it is), and its version.

        One that is larger than `most` bytes may be cut behind them. None where it changed meanwhile, or is gone.
        """
        ...

    def version(self, name: str) -> str | None:
        """Give what there is under a name now; None: nothing."""
        ...

    def move(self, name: str, target: str, version: str) -> bool:
        """Move exactly that version to a name that nobody has, folders made where there are none; tell whether."""
        ...

    def create(self, name: str, content: bytes) -> bool:
        """Write a small file that was not there, as one act; tell whether it was so."""
        ...

    def content(self, name: str) -> bytes | None:
        """Give a small file; None where there is none."""
        ...

    def remove(self, name: str) -> None:
        """Remove a small file, if it is there."""
        ...

    def close(self) -> None:
        """Let go of a connection; the next act makes another."""
        ...


def has_pattern(path: str) -> bool:
    """Tell whether a path names several files."""
    return any(mark in path for mark in PATTERN)


def is_waiting(name: str, path: str) -> bool:
    """Tell whether a name in the folder of a path is one that the path means."""
    last, wanted = PurePosixPath(name).name, PurePosixPath(path).name
    return fnmatchcase(last, wanted) and (wanted.startswith(NOISE) or not last.startswith(NOISE))


def is_in(name: str, folder: str) -> bool:
    """Tell whether a name lies in a folder, however deep."""
    return PurePosixPath(name).is_relative_to(PurePosixPath(folder))


def no_file(path: str) -> ReadFailed:
    """Say that nothing is there to be read."""
    message = f"no file `{path}` is there: put it in place, or correct `path`"
    return ReadFailed(message, (Problem(None, "no_file", message, place=path),))


def replaced(name: str) -> ReadFailed:
    """Say that a file does not keep still."""
    message = f"{name} changes while it is read: let it be written elsewhere and moved here when complete"
    return ReadFailed(message, (Problem(None, "replaced", message, place=name),))
