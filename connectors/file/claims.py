"""Claims: whoever takes files away after reading them is the only one who reads them.

A claim is a small file beside the one it is of, `.people.csv.claim`, which says who made it. It is made as one act that
fails where it is there. One whose process is gone, or that is older than an hour, is taken over: it is moved away
first, which only one succeeds in.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from uuid import uuid4

from connectors.file.pickup import Pickup
from domain.errors import TryLater

#: How long a claim holds whose maker may still live.
LASTS = timedelta(hours=1)


def _now() -> datetime:
    return datetime.now(UTC)


class Claims:
    """The claims of one reader on files of one place."""

    def __init__(self, pickup: Pickup, now: Callable[[], datetime] = _now) -> None:
        """Nothing is claimed yet."""
        self._pickup, self._now = pickup, now
        self._token = uuid4().hex
        self._made: list[str] = []

    def take(self, names: Sequence[str]) -> None:
        """Claim files, all or none: `TryLater` where another reader has one of them."""
        try:
            for name in names:
                self._take(name)
        except BaseException:
            self.release()
            raise

    def release(self) -> None:
        """Let go of every claim."""
        while self._made:
            self._pickup.remove(self._made.pop())

    def _take(self, name: str) -> None:
        claim = claim_of(name)
        if not self._pickup.create(claim, self._content()):
            version, content = self._pickup.version(claim), self._pickup.content(claim)
            if version is not None and content is not None:
                if not self._is_over(content):
                    raise TryLater(f"{name} is being read by {_maker(content)}: wait until it is done")
                aside = f"{claim}-{uuid4().hex}"
                if self._pickup.move(claim, aside, version):
                    self._pickup.remove(aside)
            if not self._pickup.create(claim, self._content()):
                raise TryLater(f"{name} was claimed by another reader this moment: wait until it is done")
        self._made.append(claim)

    def _content(self) -> bytes:
        said = {"host": socket.gethostname(), "process": os.getpid(), "by": self._token, "at": self._now().isoformat()}
        return json.dumps(said).encode()

    def _is_over(self, content: bytes) -> bool:
        """Tell whether who made a claim is gone, or has had it for too long; what cannot be read was never whole."""
        try:
            said = json.loads(content)
            host, process, at = said["host"], int(said["process"]), datetime.fromisoformat(said["at"])
            if self._now() - at > LASTS:
                return True
        except (ValueError, KeyError, TypeError):
            return True
        return bool(host == socket.gethostname() and not _lives(process))


def claim_of(name: str) -> str:
    """Name the claim of a file."""
    path = PurePosixPath(name)
    return str(path.with_name(f".{path.name}.claim"))


def _maker(content: bytes) -> str:
    said = json.loads(content)
    return f"process {said['process']} of {said['host']}, since {said['at']}"


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
