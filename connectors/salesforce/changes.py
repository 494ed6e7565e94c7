"""What changed in an object since a cursor: by queries along its stamp, and by its log of deletions.

The stamp is SystemModstamp, or CreatedDate of what is never changed. A row gets it inside its transaction and is seen
once that has ended. So what is read reaches up to the begin of the read, but the cursor never passes what Salesforce
itself says it has covered (`latestDateCovered`, the begin of the longest transaction that still runs); rows of the
cursor's own moment come again. A window of time that is too much at once is halved.

A record that is written while its result is read comes as it is then, with a stamp later than its place among the
others. Such a stamp is never below what was covered when the read began, and so only one that is says how far we are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from connectors.salesforce.client import Client, Failed, quoted
from connectors.salesforce.describing import Column, Object
from connectors.salesforce.failing import Class
from connectors.salesforce.forms import long_id, moment, written
from domain.errors import CursorExpired, FixFile

MINUTE = timedelta(minutes=1)
#: The window in which we ask what was covered; shorter ones are refused.
LOOK = 2 * MINUTE
#: How far a cursor stays behind where Salesforce does not say what it has covered.
BEHIND = 10 * MINUTE
#: How often a result that was forgotten is asked for again.
LOSSES = 3
#: Ids that are looked up in one query.
AT_ONCE = 50
#: Letters of the names of fields in a query: its address has 16,384 bytes at most, encoded and with headers.
LONGEST = 10_000


@dataclass(frozen=True, slots=True)
class Batch:
    """Some records in the order of the stamps they had; `until` is a moment before which everything has come."""

    records: list[dict[str, Any]]
    until: datetime
    is_last: bool


def covered(client: Client, described: Object) -> datetime:
    """Give up to when everything that was changed can be seen."""
    if not described.tells_changes:
        return client.now - BEHIND
    try:
        said = client.get(
            f"sobjects/{described.name}/updated/", described.name,
            start=_second(client.now - LOOK), end=_second(client.now),
        )  # fmt: skip
    except CursorExpired:  # more ids in two minutes than it lists
        return client.now - BEHIND
    return min(moment(said["latestDateCovered"]), client.now)


def deletions(client: Client, described: Object, since: datetime) -> tuple[list[str], datetime]:
    """Give the ids of records that were deleted since then, and up to when that is known.

    Errors: `CursorExpired` where the log no longer reaches back so far: who is gone is then seen by a full read.
    """
    if not described.tells_changes:
        return [], since
    start = min(since, client.now - LOOK)
    said = client.get(
        f"sobjects/{described.name}/deleted/", described.name, start=_second(start), end=_second(client.now)
    )
    if moment(said["earliestDateAvailable"]) > start:
        raise CursorExpired(f"the log of deleted {described.name} begins later than our last read")
    ids = sorted({long_id(one["id"]) for one in said["deletedRecords"]})
    return ids, min(moment(said["latestDateCovered"]), client.now)


def looked_up(client: Client, described: Object, columns: tuple[Column, ...], ids: list[str]) -> list[dict[str, Any]]:
    """Give records by their ids as they are now, deleted or not; one that is gone for good is not among them."""
    found: list[dict[str, Any]] = []
    names = _names(described, columns)
    for start in range(0, len(ids), AT_ONCE):
        listed = quoted(ids[start : start + AT_ONCE])
        soql = f"SELECT {names} FROM {described.name} WHERE Id IN {listed}"  # noqa: S608 - quoted
        found += client.records(soql, described.name, deleted=described.has_deleted)
    return found


def mark_of(described: Object, record: dict[str, Any]) -> tuple[str, str]:
    """Give what tells a record as it is from how it was: its id and its stamp."""
    return str(record["Id"]), str(record[str(described.stamp)])


@dataclass(slots=True)
class Changes:
    """The records of an object that were changed from one moment to another, both included.

    `ceiling` is up to when everything could be seen when the read began. `brought` are the records that this read has
    brought already, as id and stamp: they do not come twice.
    """

    client: Client
    described: Object
    columns: tuple[Column, ...]
    ceiling: datetime
    brought: frozenset[tuple[str, str]] = frozenset()
    _seen: set[tuple[str, str]] = field(default_factory=set)
    _losses: int = 0

    def between(self, start: datetime, end: datetime) -> Iterator[Batch]:
        """Yield them in batches. Errors: those of the client; `FixFile` where so many fields cannot be asked for."""
        step = max(end - start, MINUTE)
        while True:
            until = min(start + step, end)
            try:
                for batch in self._window(start, until):
                    start = batch.until
                    yield Batch(batch.records, batch.until, batch.is_last and until >= end)
            except Failed as failed:
                step = self._smaller(failed, step)
                continue
            if until >= end:
                return
            start, step = until, step * 2

    def _window(self, start: datetime, end: datetime) -> Iterator[Batch]:
        name = self.described.name
        said = self.client.query(self._query(start, end), name, deleted=self.described.has_deleted)
        while True:
            records = [one for one in said["records"] if self._is_new(one)]
            stamps = (moment(mark_of(self.described, one)[1]) for one in said["records"])
            reached = max(filter(self._is_settled, stamps), default=start)
            if reached > start:
                start, self._seen = reached, {mark for mark in self._seen if moment(mark[1]) >= reached}
            is_done = bool(said["done"])
            yield Batch(records, end if is_done else start, is_done)
            if is_done:
                return
            said = self.client.more(said["nextRecordsUrl"], name)

    def _is_new(self, record: dict[str, Any]) -> bool:
        """Tell whether a record was not brought as it is in this read: the ends of two windows overlap."""
        mark = mark_of(self.described, record)
        if mark in self._seen or mark in self.brought:
            return False
        self._seen.add(mark)
        return True

    def _is_settled(self, stamp: datetime) -> bool:
        return stamp < self.ceiling

    def _smaller(self, failed: Failed, step: timedelta) -> timedelta:
        kind = failed.failure.kind
        if kind is Class.LESS and step > MINUTE:
            return max(step / 2, MINUTE)
        if kind is Class.LOST and self._losses < LOSSES:
            self._losses += 1
            return step
        raise failed.failure.error(self.described.name) from None

    def _query(self, start: datetime, end: datetime) -> str:
        names, stamp = _names(self.described, self.columns), self.described.stamp
        when = f"{stamp} >= {written(start)} AND {stamp} <= {written(end)}"
        return f"SELECT {names} FROM {self.described.name} WHERE {when} ORDER BY {stamp}, Id"  # noqa: S608


def _names(described: Object, columns: tuple[Column, ...]) -> str:
    always = ["Id", str(described.stamp), *(["IsDeleted"] if described.has_deleted else [])]
    names = ", ".join(dict.fromkeys([*(one.path for one in columns), *always]))
    if len(names) > LONGEST:
        raise FixFile(
            f"{described.name} is asked for {len(columns)} fields at once, more than Salesforce takes: land only what "
            "the mapping reads, or map fewer"
        )
    return names


def _second(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}+00:00"
