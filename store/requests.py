"""How many requests runs have sent to their sources, as far as those say: of a day they may take only so many."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, select

from store.bulk import stream
from store.tables import run


def requests_sent(tx: Connection, feeds: Collection[str], since: datetime) -> tuple[int, int]:
    """Add up what runs of these feeds have sent that began since a moment: dry ones too, whatever they came to.

    Gives that, and how many requests the source allows of a day, as it said last; 0 where it said nothing.
    """
    query = select(run.c.started_at, run.c.counters).where(run.c.feed.in_(feeds)).order_by(run.c.id.desc())
    sent = allowed = 0
    for row in stream(tx, query):
        if row.started_at < since:  # they begin in the order of their ids: no need for those before
            break
        counters = json.loads(row.counters)
        sent += counters.get("requests_sent", 0)
        allowed = allowed or counters.get("requests_allowed", 0)
    return sent, allowed
