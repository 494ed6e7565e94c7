"""Which files hold a feed's facts, as known at a revision.

What one run found new is some files of facts and, where they replace known ones, a file of the keys replaced. A
generation is everything that was published under one meaning of the feed's mapping: a mapping edit begins another
one, which holds all facts anew, and what was known before stays known in the one before.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace

from sqlalchemy import Connection, Row, func, select

from domain.facts import FactKind
from store.bulk import insert_rows
from store.fact_tables import fact_generation, fact_segment
from store.faults import write
from store.head import allocate
from store.runs import Lease, check


@dataclass(frozen=True, slots=True)
class Generation:
    """The facts of one feed under one meaning.

    name     of the table that a feed of tables feeds
    meaning  the digest of the mapping that made them
    keys     the source's columns that tell them apart
    columns  what the files hold, and how: `{"amount": "money 4", "date": "day"}` (`mapping.facts.written`)
    """

    kind: FactKind
    name: str | None
    meaning: str
    keys: tuple[str, ...]
    columns: Mapping[str, str]
    feed: str = ""
    number: int = 0
    id: int = 0
    run: int = 0
    revision: int = 0


@dataclass(frozen=True, slots=True)
class FactSegment:
    """A file, its `path` relative to var/: facts, or (`replaces`) the keys of earlier ones that no longer hold."""

    path: str
    sha256: str
    rows: int
    bytes: int
    replaces: bool = False
    id: int = 0
    generation: int = 0
    run: int = 0
    revision: int = 0


_GENERATION = tuple(one.name for one in fields(Generation))
_SEGMENT = tuple(one.name for one in fields(FactSegment))


@write("facts.publish")
def publish_facts(
    tx: Connection, lease: Lease, revision: int, generation: Generation, segments: Sequence[FactSegment]
) -> None:
    """Make files, which must be safely on disk, part of what is known of a feed.

    A `generation` without an id begins with them; the one in force is continued.
    """
    check(tx, lease)
    if not generation.id:
        generation = _begin(tx, lease, revision, generation)
    first = allocate(tx, "fact_segment", len(segments))
    rows = (
        replace(one, id=number, generation=generation.id, run=lease.run, revision=revision)
        for number, one in enumerate(segments, first)
    )
    insert_rows(tx, fact_segment, _SEGMENT, (tuple(getattr(one, name) for name in _SEGMENT) for one in rows))


def generation_of(tx: Connection, feed: str, revision: int) -> Generation | None:
    """Give the generation of a feed that is in force as known at a revision; None where it has none yet."""
    table = fact_generation
    query = select(*(table.c[name] for name in _GENERATION)).where(table.c.feed == feed, table.c.revision <= revision)
    row = tx.execute(query.order_by(table.c.number.desc()).limit(1)).one_or_none()
    return None if row is None else _generation(row)


def feeds_with_facts(tx: Connection) -> set[str]:
    """Name the feeds that have ever loaded facts."""
    return set(tx.execute(select(fact_generation.c.feed).distinct()).scalars())


def generations(tx: Connection, revision: int) -> list[Generation]:
    """Give the generation in force of every feed that ever had facts, by feed."""
    table = fact_generation
    newest = (
        select(table.c.feed, func.max(table.c.number).label("number"))
        .where(table.c.revision <= revision)
        .group_by(table.c.feed)
        .subquery()
    )
    joined = table.join(newest, (newest.c.feed == table.c.feed) & (newest.c.number == table.c.number))
    query = select(*(table.c[name] for name in _GENERATION)).select_from(joined).order_by(table.c.feed)
    return [_generation(row) for row in tx.execute(query)]


def fact_segments(tx: Connection, generation: int, revision: int) -> list[FactSegment]:
    """Give the files of a generation that were published up to a revision, in their order."""
    table = fact_segment
    query = select(*(table.c[name] for name in _SEGMENT)).where(
        table.c.generation == generation, table.c.revision <= revision
    )
    return [FactSegment(*row) for row in tx.execute(query.order_by(table.c.id))]


def fact_files(tx: Connection, feed: str) -> set[str]:
    """Give the paths of all files that any generation of a feed holds."""
    joined = fact_segment.join(fact_generation, fact_generation.c.id == fact_segment.c.generation)
    query = select(fact_segment.c.path).select_from(joined).where(fact_generation.c.feed == feed)
    return set(tx.execute(query).scalars())


def _begin(tx: Connection, lease: Lease, revision: int, generation: Generation) -> Generation:
    before = generation_of(tx, lease.feed, revision)
    begun = replace(
        generation,
        id=allocate(tx, "fact_generation"),
        feed=lease.feed,
        number=before.number + 1 if before else 1,
        run=lease.run,
        revision=revision,
    )
    values = {name: getattr(begun, name) for name in _GENERATION}
    written = {"kind": begun.kind.value, "keys": _text(begun.keys), "columns": _text(dict(begun.columns))}
    tx.execute(fact_generation.insert().values(**{**values, **written}))
    return begun


def _generation(row: Row[tuple[object, ...]]) -> Generation:
    values = dict(row._mapping)  # noqa: SLF001 - the name is SQLAlchemy's
    read = {
        "kind": FactKind(values["kind"]),
        "keys": tuple(json.loads(values["keys"])),
        "columns": json.loads(values["columns"]),
    }
    return Generation(**{**values, **read})


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
