"""Overrides: values of ours that hide what sources say, as long as they last."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, Select, or_, select, update

from domain.change import State
from domain.value import Value, digest, from_plain, plain
from store import said_tables, tables
from store.bulk import among
from store.faults import write


@dataclass(frozen=True, slots=True)
class Override:
    """A value of ours for one attribute of somebody; written `O3`.

    until   the first day on which it no longer hides anything; None: until it is ended, or the sources say the same
    change  what sets the value; None where it was the value already
    state   that of the change: it hides nothing before it is applied
    ended   why it is over, where it was ended before its day
    """

    id: int
    person: int
    engagement: str
    attribute: str
    value: Value
    until: date | None
    change: int | None
    by: str
    reason: str
    revision: int
    state: State = State.APPLIED
    ended: str | None = None

    def is_active(self, today: date) -> bool:
        """Tell whether it hides what sources say on a day."""
        return self.state is State.APPLIED and self.ended is None and (self.until is None or today < self.until)


@write("overrides.insert")
def insert_override(tx: Connection, one: Override) -> None:
    """Keep an override, with its id already allocated."""
    tx.execute(
        said_tables.override.insert().values(
            id=one.id, person=one.person, engagement=one.engagement, attribute=one.attribute,
            value=json.dumps(plain(one.value)), until=one.until, change=one.change, by=one.by, reason=one.reason,
            revision=one.revision,
        )
    )  # fmt: skip


@write("overrides.end")
def end_overrides(tx: Connection, ids: Collection[int], revision: int, *, why: str, by: str | None = None) -> int:
    """End overrides that were not ended before: by somebody, or by themselves; gives how many."""
    kept = said_tables.override
    still = update(kept).where(among(tx, kept.c.id, ids), kept.c.ended_revision.is_(None))
    return tx.execute(still.values(ended_revision=revision, ended_why=why, ended_by=by)).rowcount


def overrides(tx: Connection, persons: Iterable[int] | None = None) -> list[Override]:
    """Give all overrides (of some people), in the order they were made."""
    query = _query()
    if persons is not None:
        query = query.where(among(tx, said_tables.override.c.person, list(persons)))
    return [_override(row) for row in tx.execute(query)]


def active_overrides(tx: Connection, today: date) -> dict[tuple[int, str], dict[str, Override]]:
    """Give what hides the sources' values on a day, by person and engagement, and attribute."""
    kept = said_tables.override
    query = _query().where(kept.c.ended_revision.is_(None), or_(kept.c.until.is_(None), kept.c.until > today))
    found: defaultdict[tuple[int, str], dict[str, Override]] = defaultdict(dict)
    for row in tx.execute(query):
        one = _override(row)
        if one.is_active(today):
            found[one.person, one.engagement][one.attribute] = one
    return dict(found)


def override_digest(one: Override) -> str:
    """Give what the audit covers of an override: everything that it says."""
    return digest(one.person, one.engagement, one.attribute, one.value, one.until, one.change, one.by, one.reason)


def _query() -> Select[Any]:
    kept, change = said_tables.override, tables.change
    joined = kept.outerjoin(change, change.c.id == kept.c.change)
    return select(*kept.c, change.c.state).select_from(joined).order_by(kept.c.id)


def _override(row: Row[Any]) -> Override:
    return Override(
        row.id, row.person, row.engagement, row.attribute, from_plain(json.loads(row.value)), row.until, row.change,
        row.by, row.reason, row.revision, State(row.state) if row.state else State.APPLIED, row.ended_why,
    )  # fmt: skip
