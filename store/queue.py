"""The review queue: changes in groups, page by page. Where a page ends its last group and id are the place to go on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from domain.change import Change, GroupedBy, Kind
from store import change_rows, tables
from store.changes import ChangeFilter, matching
from store.sight import member


@dataclass(slots=True)
class Group:
    """Changes that belong together: the run's number, the kind, the team (empty: none); how many of each kind."""

    name: str
    kinds: Counter[Kind] = field(default_factory=Counter)


def queue_page(
    tx: Connection, wanted: ChangeFilter, by: GroupedBy, after: tuple[str, int] | None, limit: int
) -> list[tuple[str, Change]]:
    """Give changes with their groups, by group and id, those that come after a place."""
    change, group = tables.change, _group(tx, wanted, by)
    query = matching(tx, select(tables.change, group.label("grouped")), wanted)
    if after is not None:
        name: str | int = int(after[0]) if by is GroupedBy.RUN else after[0]
        query = query.where(or_(group > name, and_(group == name, change.c.id > after[1])))
    rows = tx.execute(query.order_by(group, change.c.id).limit(limit))
    return [(str(row.grouped), change_rows.change_of(row)) for row in rows]


def queue_groups(tx: Connection, wanted: ChangeFilter, by: GroupedBy) -> list[Group]:
    """Give the groups of everything that is asked for, in order."""
    group = _group(tx, wanted, by)
    query = matching(tx, select(group.label("grouped"), tables.change.c.kind, func.count().label("number")), wanted)
    found: dict[str, Group] = {}
    for name, kind, number in tx.execute(query.group_by(group, tables.change.c.kind).order_by(group)):
        found.setdefault(str(name), Group(str(name))).kinds[Kind(kind)] += number
    return list(found.values())


def decided_by(tx: Connection, wanted: ChangeFilter, by: str, before: int | None, limit: int) -> list[Change]:
    """Give the changes that somebody (a policy) decided, the newest first: those with a smaller id than `before`."""
    change, batch = tables.change, tables.batch
    query = matching(tx, select(tables.change).join(batch, batch.c.id == change.c.batch), wanted)
    query = query.where(batch.c.by == by).order_by(change.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(change.c.id < before)
    return [change_rows.change_of(row) for row in tx.execute(query)]


def newest_change(tx: Connection) -> int:
    """Give the greatest id of a change; 0 where there is none."""
    return tx.execute(select(func.max(tables.change.c.id))).scalar() or 0


def still_there(tx: Connection, wanted: ChangeFilter, ids: list[int]) -> list[int]:
    """Give those of some ids that match, in their order."""
    query = matching(tx, select(tables.change.c.id), replace(wanted, ids=ids))
    found = set(tx.execute(query).scalars())
    return [one for one in ids if one in found]


def _group(tx: Connection, wanted: ChangeFilter, by: GroupedBy) -> ColumnElement[str]:
    change, version = tables.change, tables.version
    if by is GroupedBy.RUN:
        return change.c.run
    if by is GroupedBy.KIND:
        return change.c.kind
    today = version.c.start <= wanted.day, version.c.end > wanted.day, version.c.revision_to.is_(None)
    same = version.c.person == change.c.person, version.c.engagement == change.c.engagement
    now = select(member(tx, version.c.attributes, "team")).where(*same, *today).limit(1).correlate(change)
    return func.coalesce(member(tx, change.c.fields, "team", "after"), now.scalar_subquery(), "")
