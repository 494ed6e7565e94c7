"""What a store holds, whom it knows, what it lacks, and what is wrong with it at the moment."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

ACCESS, SECRET, BUCKET, REGION = (
    "AKIAIOSFODNN7EXAMPLE",
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "acme-hr",
    "eu-central-1",
)


@dataclass(frozen=True)
class Object:
    """One content of a key."""

    content: bytes
    parts: int = 0  #: of an upload in parts, whose ETag is no digest of the content

    @property
    def etag(self) -> str:
        digest = hashlib.md5(self.content, usedforsecurity=False).hexdigest()
        return f'"{digest}-{self.parts}"' if self.parts else f'"{digest}"'


@dataclass
class Store:
    """A store at work.

    page    keys that one page of a list has at most
    denied  rights that the key has not
    lacks   conditions it does not know, each with what it does about it: `refuses` or `ignores`
            (`put`, `copy`, `delete`)
    faults  what is wrong with the next requests, in order; `every_fault` with all of them
    ahead   how far its clock is before ours
    asked   what it was asked to do
    """

    buckets: dict[str, dict[str, Object]] = field(default_factory=lambda: {BUCKET: {}})
    secrets: dict[str, str] = field(default_factory=lambda: {ACCESS: SECRET})
    token: str | None = None
    page: int = 1000
    denied: set[str] = field(default_factory=set)
    lacks: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    every_fault: str = ""
    ahead: timedelta = timedelta()
    asked: list[str] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    @property
    def keys(self) -> list[str]:
        """The keys of the bucket."""
        return sorted(self.buckets[BUCKET])

    def put(self, key: str, content: str | bytes = "Id\n1\n", parts: int = 0) -> None:
        self.buckets[BUCKET][key] = Object(content.encode() if isinstance(content, str) else content, parts)

    def text(self, key: str) -> str:
        return self.buckets[BUCKET][key].content.decode()
