"""What was applied of a feed: lately, for the limits that add up over several runs, and of which records."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from datetime import datetime

from sqlalchemy import Connection, select

from domain.change import Kind, State
from domain.hold import Applied
from store import tables
from store.bulk import stream
from store.changes import ChangeFilter, matching
from store.decisions import Verdict


def applied_since(tx: Connection, feed: str, moment: datetime) -> Iterator[Applied]:
    """Give what was applied of a feed since a moment, in the order in which it was decided."""
    change, decision = tables.change, tables.decision
    query = (
        select(
            change.c.person, change.c.kind, change.c.effective, change.c.fields, change.c.personal, change.c.engagement
        )
        .join(decision, decision.c.change == change.c.id)
        .where(change.c.feed == feed, decision.c.verdict == Verdict.APPROVED, decision.c.at >= moment)
        .order_by(decision.c.id)
    )
    for row in stream(tx, query):
        said = {**json.loads(row.fields), **json.loads(row.personal or "{}")}
        values = {name: item["after"] for name, item in said.items()}
        yield Applied(row.person, Kind(row.kind), row.effective, values, row.engagement)


def holders_of(tx: Connection, feed: str, keys: Collection[str] | None) -> list[tuple[str, int, str]]:
    """Give of which people and posts changes were applied for records of a feed: (source key, person, engagement).

    Of records with these keys, or of all.
    """
    change = tables.change
    query = select(change.c.source_key, change.c.person, change.c.engagement).distinct()
    wanted = ChangeFilter(feed=feed, states=(State.APPLIED,), source_keys=keys)
    found = matching(tx, query, wanted).where(change.c.source_key.is_not(None))
    return sorted((row.source_key, row.person, row.engagement) for row in tx.execute(found))
