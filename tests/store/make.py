"""What tests of the store put into it, as short as it can be said."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

from domain.change import Change, DatedBy, Difference, Kind
from domain.step import FOREVER, Step, Version
from domain.value import Value
from store.decisions import Batch, Decision, Verdict, insert_batch, insert_decisions
from store.head import allocate, take_revision
from store.people import LinkRow, PersonRow, insert_links, insert_people
from store.runs import Lease, begin_run

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TODAY = date(2026, 3, 1)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Roster:
    """A run under way, the revision at which it named people, and their ids."""

    lease: Lease
    revision: int
    people: tuple[int, int, int]

    @classmethod
    def begin(cls, tx: Connection) -> "Roster":
        """Ann, Bob and Cid of the feed `workers`, linked as hr:W1 to hr:W3."""
        revision = take_revision(tx, NOW, "run")
        lease = begun(tx)
        first = allocate(tx, "person", 3)
        people = (first, first + 1, first + 2)
        rows = [
            PersonRow(person, "employee", name=name, employee_id=f"E{number}", email=f"{name.lower()}@example.com")
            for number, (person, name) in enumerate(zip(people, ("Ann", "Bob", "Cid"), strict=True), 1)
        ]
        insert_people(tx, lease, rows, revision)
        links = [LinkRow("hr", f"W{number}", person, "match") for number, person in enumerate(people, 1)]
        insert_links(tx, lease, links, revision)
        return cls(lease, revision, people)


def begun(tx: Connection, feed: str = "workers", now: datetime = NOW, *, dry: bool = False) -> Lease:
    """A run of a feed."""
    lease = begin_run(tx, feed, now=now, today=TODAY, dry=dry, configuration_hash="c0")
    assert lease is not None
    return lease


def proposed(roster: Roster, number: int, **values: Any) -> Change:
    """A move of Ann to a team named after the change's id."""
    given: dict[str, Any] = {
        "id": number,
        "kind": Kind.MOVE,
        "person": roster.people[0],
        "feed": "workers",
        "source_key": "W1",
        "effective": TODAY,
        "dated_by": DatedBy.OBSERVED,
        "differences": (Difference("team", "east", f"team {number}"),),
        "baseline": roster.revision,
    }
    return Change(**{**given, **values})


def decided(tx: Connection, change: int, revision: int) -> int:
    """An approval of a change, in a batch of its own."""
    batch, decision = allocate(tx, "batch"), allocate(tx, "decision")
    insert_batch(tx, Batch(batch, "approve", "dana", NOW))
    insert_decisions(tx, [Decision(decision, batch, change, Verdict.APPROVED, ("team",), TODAY, "dana", NOW, revision)])
    return decision


def step(number: int, person: int, decision: int, revision: int, **values: Any) -> Step:
    """A step that opens an employment this year."""
    given: dict[str, Any] = {
        "engagement": "main",
        "start": date(2026, 1, 1),
        "end": FOREVER,
        "sets": {"status": "active", "name": "Ann"},
        "origin": "add",
        "opens": True,
        "seq": 1,
    }
    return Step(id=number, person=person, decision=decision, revision_from=revision, **{**given, **values})


def version(person: int, start: str, end: str = "9999-12-31", **attributes: Value) -> Version:
    """A version of the engagement `main`."""
    first = date.fromisoformat(start)
    return Version(person, "main", first, date.fromisoformat(end), first, attributes or {"team": "east"})


def count(tx: Connection, table: str) -> int:
    """How many rows a table has."""
    return int(tx.execute(text(f'SELECT count(*) FROM "{table}"')).scalar_one())  # noqa: S608 - our own tables
