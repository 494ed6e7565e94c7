"""What an org holds: objects with fields, records with all their versions, rights, limits, and faults to come.

Time is `now`, which only tests and waiting move on. A version of a record has its SystemModstamp (when it was written)
and its commit (from when others see it); between the two its transaction runs.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

MY_DOMAIN = "acme.my.salesforce.com"
MOVED = "acme2.my.salesforce.com"
MINUTE = timedelta(minutes=1)


class Refused(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, code: str, message: str = "") -> None:
        super().__init__(code)
        self.status, self.code, self.message = status, code, message or code


@dataclass
class Field:
    name: str
    type: str = "string"
    calculated: bool = False
    hidden: bool = False
    parents: tuple[str, ...] = ()
    relationship: str | None = None
    external: bool = False
    readonly: bool = False

    def described(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "type": self.type,
            "calculated": self.calculated,
            "relationshipName": self.relationship,
            "referenceTo": list(self.parents),
            "externalId": self.external,
            "updateable": not (self.calculated or self.readonly or self.name in ("Id", "SystemModstamp", "IsDeleted")),
        }


SYSTEM = (Field("Id", "id"), Field("SystemModstamp", "datetime"), Field("IsDeleted", "boolean"))


@dataclass
class Sobject:
    name: str
    prefix: str
    fields: dict[str, Field]
    in_bulk: bool = True
    tells_changes: bool = True
    readable: bool = True
    rights: tuple[str, ...] = ("createable", "updateable")

    def visible(self) -> dict[str, Field]:
        return {name: one for name, one in self.fields.items() if not one.hidden}


@dataclass(frozen=True)
class Version:
    stamp: datetime
    commit: datetime
    values: dict[str, Any]
    deleted: bool = False
    master: str | None = None


@dataclass
class Fault:
    """What the next requests meet whose method and path have these words, `times` of them."""

    words: tuple[str, ...]
    times: int = 1
    status: int | None = None
    body: bytes = b""
    cut: int | None = None  #: the body ends after so many bytes, the connection too
    stalls: bool = False  #: it does not end there: nothing comes any more until the other side hangs up
    headers: dict[str, str] = field(default_factory=dict)
    after: int = 0  #: so many such requests pass before


@dataclass
class Job:
    id: str
    operation: str
    object: str
    query: str
    version: str
    state: str = "UploadComplete"
    looks: int = 0
    records: list[dict[str, Any]] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    message: str = ""
    external: str = ""
    content: bytes = b""
    failed: list[tuple[dict[str, str], str]] = field(default_factory=list)
    done: list[dict[str, str]] = field(default_factory=list)
    created: list[bool] = field(default_factory=list)


@dataclass
class Family:
    """All that follows from one consent: the refresh token that is good, those that were, and what they opened."""

    live: str
    spent: set[str] = field(default_factory=set)
    access: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Result:
    """What is left of a query's result, by its locator."""

    text: str
    ids: list[str]
    total: int
    deleted: bool
    pages: int = 0


class Org:
    """One org. `asked` lists every request as (method, path)."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)
        self.objects: dict[str, Sobject] = {}
        self.records: dict[tuple[str, str], list[Version]] = {}
        self.purged: set[tuple[str, str]] = set()
        self.faults: list[Fault] = []
        self.asked: list[tuple[str, str]] = []
        self.jobs: dict[str, Job] = {}
        self.locators: dict[str, Result] = {}
        self.page_sizes: list[int] = [3, 2, 5]
        self.piece: int | None = None  #: records of a piece of a bulk result, less than asked for
        self.refuses: dict[str, list[str]] = {}  #: by external id, what the next writes of it meet
        self.stops_after: int | None = None  #: the next job that writes fails after so many rows
        self.job_looks = 2  #: how often a job is looked at before it is done
        self.keeps = timedelta(days=15)  #: how far back the log of deletions goes
        self.version = "67.0"
        self.instance = MY_DOMAIN
        self.port = 0
        self.used, self.total = 10, 100_000
        self.rights = {"PermissionsModifyAllData": False, "PermissionsViewAllData": True}
        self.tokens: set[str] = set()
        self.families: list[Family] = []
        self.codes: dict[str, tuple[str, str]] = {}  #: challenge and redirect of each code that was given
        self.id_limit = 600_000
        self.numbers = itertools.count(1)

    # --- what happens

    def make(
        self, name: str, prefix: str, *fields: Field, lacks: tuple[str, ...] = (), **more: Any
    ) -> Sobject:  # fmt: skip
        """Let there be an object; `lacks` names what of the usual fields it has not."""
        system = (one for one in SYSTEM if one.name not in lacks)
        found = Sobject(name, prefix, {one.name: one for one in (*system, *fields)}, **more)
        self.objects[name] = found
        return found

    def pass_(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def save(
        self, name: str, record: str | None = None, *, commit: datetime | None = None, at: datetime | None = None,
        **values: Any,
    ) -> str:  # fmt: skip
        """Write a record, seen from `commit` on; gives its id."""
        found = record or self.new_id(name)
        at = at or self.now
        before = self.records.get((name, found), [])
        known = before[-1].values if before else {}
        self.records.setdefault((name, found), []).append(Version(at, commit or at, {**known, **values}))
        return found

    def silently(self, name: str, record: str, **values: Any) -> None:
        """Change what a record shows without touching its SystemModstamp, as a formula does."""
        versions = self.records[name, record]
        last = versions[-1]
        versions[-1] = Version(last.stamp, last.commit, {**last.values, **values}, last.deleted, last.master)

    def delete(self, name: str, *records: str, master: str | None = None, commit: datetime | None = None) -> None:
        for record in records:
            last = self.records[name, record][-1]
            self.records[name, record].append(Version(self.now, commit or self.now, last.values, True, master))

    def undelete(self, name: str, record: str) -> None:
        last = self.records[name, record][-1]
        self.records[name, record].append(Version(self.now, self.now, last.values))

    def purge(self, name: str, *records: str) -> None:
        """Delete records for good: no query shows them any more."""
        for record in records:
            if not self.records[name, record][-1].deleted:
                self.delete(name, record)
            self.purged.add((name, record))

    def new_id(self, name: str) -> str:
        number = next(self.numbers)
        return long(f"{self.objects[name].prefix}{number:012d}")

    # --- what is seen

    def state(self, name: str, record: str) -> Version | None:
        """The version of a record that is seen now."""
        seen = [one for one in self.records.get((name, record), []) if one.commit <= self.now]
        return max(reversed(seen), key=lambda one: (one.commit, one.stamp), default=None)  # of equal ones the last

    def rows(self, name: str, *, deleted: bool) -> list[dict[str, Any]]:
        """The records that a query may see now."""
        found = []
        for kind, record in self.records:
            if kind != name or (name, record) in self.purged:
                continue
            state = self.state(name, record)
            if state is not None and (deleted or not (state.deleted or state.values.get("IsArchived"))):
                found.append(self.row(name, record))
        return found

    def row(self, name: str, record: str) -> dict[str, Any]:
        state = self.state(name, record)
        assert state is not None
        own = {"Id": record, "SystemModstamp": state.stamp, "IsDeleted": state.deleted, "MasterRecordId": state.master}
        return {**dict.fromkeys(self.objects[name].fields), **state.values, **own}

    def live(self, name: str) -> dict[str, dict[str, Any]]:
        """What a person sees in the org now, by id: the visible fields."""
        wanted = self.objects[name].visible().keys() - {"SystemModstamp", "IsDeleted"}
        return {row["Id"]: {one: row[one] for one in wanted} for row in self.rows(name, deleted=False)}

    def covered(self) -> datetime:
        """The begin of the longest transaction that runs, or now."""
        running = [
            one.stamp for versions in self.records.values() for one in versions if one.stamp <= self.now < one.commit
        ]
        return min([*running, self.now])

    # --- faults

    def fail(self, *words: str, **how: Any) -> None:
        self.faults.append(Fault(words, **how))

    def fault_of(self, method: str, path: str) -> Fault | None:
        for one in self.faults:
            if all(word in f"{method} {path}" for word in one.words):
                if one.after:
                    one.after -= 1
                    continue
                one.times -= 1
                if one.times <= 0:
                    self.faults.remove(one)
                return one
        return None

    def count(self, *words: str) -> int:
        """How many requests had these words."""
        return sum(all(word in f"{method} {path}" for word in words) for method, path in self.asked)


def long(short: str) -> str:
    """An id with its three letters that tell capitals from small ones, as Salesforce computes them."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
    suffix = ""
    for start in (0, 5, 10):
        bits = "".join("1" if one.isupper() else "0" for one in reversed(short[start : start + 5]))
        suffix += letters[int(bits, 2)]
    return short + suffix


def stamp(at: datetime) -> str:
    """As the REST API writes a moment."""
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}+0000"
