"""Remembered noes. What they keep back, and when one ends, `domain.rejection` says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select, update

from domain.attributes import is_personal
from domain.change import Ending, Kind, State
from domain.rejection import Rejection, Scope
from domain.value import decode, encode
from store import tables
from store.bulk import Digested, Plain, among, insert_rows
from store.faults import write


@dataclass(frozen=True, slots=True)
class KeptRejection:
    """A rejection as it is kept: how many changes it keeps back now, and by what it ended."""

    rejection: Rejection
    suppressed: int
    ended_revision: int | None
    ended_why: str | None
    ended_by: str | None


#: What a rejection says, as it is written and as its digest covers it.
REJECTION_COLUMNS = (
    *("id", "change", "person", "kind", "scope", "until", "fields", "personal"),
    *("source_effective", "ending", "by", "reason", "on", "revision"),
)


@write("rejections.insert")
def insert_rejections(tx: Connection, rejections: Sequence[Rejection], revision: int) -> str:
    """Insert rejections, with ids already allocated, as made at a revision; gives the digest of what was written."""
    rows = Digested(_row(one, revision) for one in rejections)
    insert_rows(tx, tables.rejection, REJECTION_COLUMNS, rows)
    return rows.digest


@write("rejections.end")
def end_rejections(tx: Connection, ids: Collection[int], revision: int, *, why: str, by: str | None = None) -> int:
    """End open rejections: forgotten by somebody, or by itself because of `why`; gives how many."""
    rejection = tables.rejection
    still = update(rejection).where(among(tx, rejection.c.id, ids), rejection.c.ended_revision.is_(None))
    return tx.execute(still.values(ended_revision=revision, ended_why=why, ended_by=by)).rowcount


def rejections_of(tx: Connection, persons: Collection[int]) -> dict[int, tuple[Rejection, ...]]:
    """Give people's rejections, ended ones too, in the order they were made."""
    rejection = tables.rejection
    query = _with_post(select(rejection)).where(among(tx, rejection.c.person, persons))
    found: defaultdict[int, list[Rejection]] = defaultdict(list)
    for row in tx.execute(query.order_by(rejection.c.id)):
        found[row.person].append(_rejection(row))
    return {person: tuple(rejections) for person, rejections in found.items()}


def rejections(tx: Connection, *, everything: bool = False) -> list[KeptRejection]:
    """Give the open rejections, with `everything` also those that ended, each with what it keeps back now."""
    rejection, change = tables.rejection, tables.change
    kept_back = (
        select(change.c.rejection, func.count().label("suppressed"))
        .where(change.c.state == State.SUPPRESSED, change.c.rejection.is_not(None))
        .group_by(change.c.rejection)
        .subquery()
    )
    query: Select[Any] = (
        select(rejection, func.coalesce(kept_back.c.suppressed, 0).label("suppressed"))
        .outerjoin(kept_back, kept_back.c.rejection == rejection.c.id)
        .order_by(rejection.c.id)
    )
    query = _with_post(query)
    if not everything:
        query = query.where(rejection.c.ended_revision.is_(None))
    return [
        KeptRejection(_rejection(row), row.suppressed, row.ended_revision, row.ended_why, row.ended_by)
        for row in tx.execute(query)
    ]


def _with_post(query: Select[Any]) -> Select[Any]:
    """Add the post that a rejection is about: that of the change it refused."""
    refused = tables.change.alias("refused")
    return query.add_columns(refused.c.engagement).join(refused, refused.c.id == tables.rejection.c.change)


def _row(one: Rejection, revision: int) -> tuple[Plain, ...]:
    personal = {name: value for name, value in one.values.items() if is_personal(name)}
    rest = {name: value for name, value in one.values.items() if not is_personal(name)}
    return (
        *(one.id, one.change, one.person, one.kind.value, one.scope.value, _day(one.until)),
        *(encode(rest), encode(personal) if personal else None),
        *(_day(one.source_effective), one.ending.value if one.ending else None, one.by, one.reason),
        *(one.on.isoformat(), revision),
    )


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _rejection(row: Row[Any]) -> Rejection:
    return Rejection(
        id=row.id,
        change=row.change,
        person=row.person,
        kind=Kind(row.kind),
        scope=Scope(row.scope),
        values={**decode(row.fields), **decode(row.personal)},
        by=row.by,
        reason=row.reason,
        on=row.on,
        until=row.until,
        source_effective=row.source_effective,
        ending=Ending(row.ending) if row.ending else None,
        ended=row.ended_revision is not None,
        engagement=row.engagement,
    )
