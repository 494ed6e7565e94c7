"""Steps and versions: what was decided, and what follows from it, each known from a revision on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, and_, or_, select, update
from sqlalchemy.sql import ColumnElement

from domain.attributes import is_personal
from domain.change import Kind, ends
from domain.step import Step, Version, fold, joined, known_at
from domain.value import Values, decode, encode
from store import tables
from store.bulk import AnyRow, Digested, among, checked, insert_missing, insert_rows, stream
from store.faults import write

#: Whose steps or versions: a person and an engagement.
Engagement = tuple[int, str]


@dataclass(frozen=True, slots=True)
class KnownVersion:
    """A version as it is kept: known from a revision on, until one (None: still)."""

    id: int
    version: Version
    revision_from: int
    revision_to: int | None


#: What a step says, as it is written and as its digest covers it.
STEP_COLUMNS = (
    *("id", "person", "engagement", "start", "end", "sets", "personal", "origin", "opens", "seq", "decision"),
    "revision_from",
)


@write("history.insert_steps")
def insert_steps(tx: Connection, steps: Sequence[Step]) -> str:
    """Insert steps, with ids already allocated; gives the digest of what was written."""
    names = sorted({name for step in steps for name in step.sets})
    insert_missing(tx, tables.attribute, [{"name": name} for name in names])
    rows = Digested(
        (
            *(step.id, step.person, step.engagement, step.start.isoformat(), step.end.isoformat()),
            *(*_apart(step.sets), step.origin, step.opens, step.seq, step.decision, step.revision_from),
        )
        for step in steps
    )
    insert_rows(tx, tables.step, STEP_COLUMNS, rows)
    return rows.digest


@write("history.end_steps")
def end_steps(tx: Connection, ids: Collection[int], revision: int) -> None:
    """Let steps no longer be known from a revision on; the database refuses what ended before."""
    tx.execute(update(tables.step).where(among(tx, tables.step.c.id, ids)).values(revision_to=revision))


@write("history.replace_versions")
def replace_versions(tx: Connection, ended: Collection[int], new: Sequence[Version], revision: int) -> None:
    """End versions and insert those that hold in their place, from a revision on.

    The database refuses two current versions of one engagement that share a day.
    """
    version = tables.version
    tx.execute(update(version).where(among(tx, version.c.id, ended)).values(revision_to=revision))
    columns = (
        *("person", "engagement", "start", "end", "opened", "attributes", "personal"),
        "revision_from",
    )
    rows = (
        (
            *(one.person, one.engagement, one.start.isoformat(), one.end.isoformat(), one.opened.isoformat()),
            *(*_apart(one.attributes), revision),
        )
        for one in new
    )
    insert_rows(tx, version, columns, rows)


def steps_of(
    tx: Connection, persons: Collection[int], *, since: int | None = None
) -> dict[Engagement, tuple[Step, ...]]:
    """Give people's current steps by engagement, with `since` also those that ended after that revision."""
    step = tables.step
    known: ColumnElement[bool] = step.c.revision_to.is_(None)
    if since is not None:
        known = or_(known, step.c.revision_to > since)
    query = select(step).where(among(tx, step.c.person, persons), known)
    found: defaultdict[Engagement, list[Step]] = defaultdict(list)
    for row in tx.execute(query.order_by(step.c.person, step.c.engagement, step.c.start, step.c.seq, step.c.id)).all():
        found[row.person, row.engagement].append(_step(row))
    return {engagement: tuple(steps) for engagement, steps in found.items()}


def filed_days(tx: Connection, feed: str) -> Iterator[tuple[int, str, str]]:
    """Give (person, engagement, day) of what a feed's rows were decided for, where they said the day.

    Not of endings: those are for the newest row of somebody to say, whatever its day.
    """
    step, decision, change = tables.step, tables.decision, tables.change
    query = (
        select(step.c.person, step.c.engagement, change.c.source_effective)
        .join(decision, decision.c.id == step.c.decision)
        .join(change, change.c.id == decision.c.change)
        .where(
            step.c.origin == feed,
            step.c.revision_to.is_(None),
            change.c.source_effective.is_not(None),
            change.c.kind.not_in([Kind.TERMINATION, Kind.REINSTATEMENT]),
        )
        .distinct()
    )
    for row in stream(tx, query):
        yield row.person, row.engagement, row.source_effective.isoformat()


def versions_of(tx: Connection, persons: Collection[int]) -> dict[Engagement, tuple[KnownVersion, ...]]:
    """Give people's current versions by engagement, in order."""
    version = tables.version
    query = select(version).where(among(tx, version.c.person, persons), checked(tx, version.c.revision_to).is_(None))
    found: defaultdict[Engagement, list[KnownVersion]] = defaultdict(list)
    for row in tx.execute(query.order_by(version.c.person, version.c.engagement, version.c.start)).all():
        found[row.person, row.engagement].append(_known(row))
    return {engagement: tuple(versions) for engagement, versions in found.items()}


def roster(tx: Connection, day: date, revision: int, *, everyone: bool) -> list[KnownVersion]:
    """Give all versions that hold on a day as known at a revision; those who left only with `everyone`."""
    version = tables.version
    query = (
        select(version)
        .where(version.c.start <= day, version.c.end > day, _known_at(version, revision))
        .order_by(version.c.person, version.c.engagement)
    )
    found = [_known(row) for row in tx.execute(query)]
    return [one for one in found if everyone or not ends(one.version.attributes)]


def history_of(tx: Connection, person: int, revision: int) -> list[KnownVersion]:
    """Give one person's versions as known at a revision, by engagement and day."""
    version = tables.version
    query = (
        select(version)
        .where(version.c.person == person, _known_at(version, revision))
        .order_by(version.c.engagement, version.c.start)
    )
    return [_known(row) for row in tx.execute(query)]


def every_version_of(tx: Connection, person: int) -> list[tuple[Version, int, int | None]]:
    """Give all versions of somebody that were ever known, each from a revision on, until one."""
    version = tables.version
    rows = tx.execute(select(version).where(version.c.person == person).order_by(version.c.id))
    return [(one.version, one.revision_from, one.revision_to) for one in map(_known, rows)]


def unfolded(tx: Connection) -> Iterator[tuple[int, str, int]]:
    """Yield (person, engagement, revision) where the versions known are not the fold of the steps known.

    Of each engagement the first such revision, of all at which a step or a version of it begins or ends to be known.
    Two versions that differed in what was erased since count as one.
    """
    step, version = tables.step, tables.version
    steps = _by_person(tx, select(step).order_by(step.c.person, step.c.id))
    versions = _by_person(tx, select(version).order_by(version.c.person, version.c.start))
    for person, some, others in _side_by_side(steps, versions):
        for engagement in sorted({row.engagement for row in (*some, *others)}):
            mine = [_step(row) for row in some if row.engagement == engagement]
            known = [_known(row) for row in others if row.engagement == engagement]
            if (revision := _first_unfolded(mine, known)) is not None:
                yield person, engagement, revision


def _first_unfolded(steps: Sequence[Step], versions: Sequence[KnownVersion]) -> int | None:
    spans = [(one.revision_from, one.revision_to) for one in steps]
    spans += [(one.revision_from, one.revision_to) for one in versions]
    for revision in sorted({revision for span in spans for revision in span if revision is not None}):
        known = [
            one.version
            for one in versions
            if one.revision_from <= revision and (one.revision_to is None or one.revision_to > revision)
        ]
        if joined(known) != fold(known_at(steps, revision)):
            return revision
    return None


def _by_person(tx: Connection, query: Select[Any]) -> Iterator[tuple[int, list[AnyRow]]]:
    for person, rows in groupby(stream(tx, query), key=lambda row: int(row.person)):
        yield person, list(rows)


def _side_by_side(
    first: Iterator[tuple[int, list[AnyRow]]], second: Iterator[tuple[int, list[AnyRow]]]
) -> Iterator[tuple[int, list[AnyRow], list[AnyRow]]]:
    """Put the rows of each person in two sorted sequences beside each other; where one has none an empty list."""
    one, other = next(first, None), next(second, None)
    while one or other:
        person = min(side[0] for side in (one, other) if side)
        mine = one[1] if one and one[0] == person else []
        theirs = other[1] if other and other[0] == person else []
        yield person, mine, theirs
        one = next(first, None) if mine else one
        other = next(second, None) if theirs else other


def _known_at(table: Table, revision: int) -> ColumnElement[bool]:
    still = or_(table.c.revision_to.is_(None), table.c.revision_to > revision)
    return and_(table.c.revision_from <= revision, still)


def _apart(values: Values) -> tuple[str, str | None]:
    personal = _personal_among(tuple(values))
    if not personal:
        return encode(values), None
    others = {name: value for name, value in values.items() if name not in personal}
    return encode(others), encode({name: values[name] for name in personal})


@lru_cache(maxsize=1024)  # the same names for each of a million people
def _personal_among(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(filter(is_personal, names))


def _step(row: Row[Any]) -> Step:
    return Step(
        id=row.id,
        person=row.person,
        engagement=row.engagement,
        start=row.start,
        end=row.end,
        sets={**decode(row.sets), **decode(row.personal)},
        origin=row.origin,
        opens=row.opens,
        seq=row.seq,
        decision=row.decision,
        revision_from=row.revision_from,
        revision_to=row.revision_to,
    )


def _known(row: Row[Any]) -> KnownVersion:
    attributes = {**decode(row.attributes), **decode(row.personal)}
    version = Version(row.person, row.engagement, row.start, row.end, row.opened, attributes)
    return KnownVersion(row.id, version, row.revision_from, row.revision_to)
