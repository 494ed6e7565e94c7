"""What operators are told: each cause once, from when it was first seen until it is over.

The facts of an alert are names, numbers and codes; a value of a record is never among them.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, select, update

from domain.alert import AlertKind, Cause
from store import tables
from store.faults import write
from store.head import allocate
from store.outbox_tables import alert


@dataclass(frozen=True, slots=True)
class AlertRecord:
    """An alert as it is kept; `over`: since when its cause is no more."""

    id: int
    kind: AlertKind
    about: str
    cause: str
    facts: Mapping[str, str | int]
    since: datetime
    over: datetime | None


@write("alerts.begin")
def begin_alert(tx: Connection, found: Cause, now: datetime, *, over: datetime | None = None) -> int | None:
    """Keep a cause that was not there before; None where it is known. One that is `over` at once lasts for nobody."""
    tx.execute(select(tables.counter.c.value).where(tables.counter.c.name == "alert").with_for_update())
    known = select(alert.c.id).where(alert.c.cause == found.name, alert.c.over.is_(None))
    if tx.execute(known).one_or_none() is not None:
        return None
    number = allocate(tx, "alert")
    tx.execute(
        alert.insert().values(
            id=number, kind=found.kind.value, about=found.about, cause=found.name,
            facts=json.dumps(dict(found.facts), sort_keys=True), since=now, over=over,
        )
    )  # fmt: skip
    return number


@write("alerts.end")
def end_alerts(tx: Connection, causes: Collection[str], now: datetime) -> int:
    """Write down that causes are no more; one that comes back is told again."""
    still = update(alert).where(alert.c.cause.in_(causes), alert.c.over.is_(None))
    return tx.execute(still.values(over=now)).rowcount


def open_alerts(tx: Connection) -> list[AlertRecord]:
    """Give the alerts whose causes last, the oldest first."""
    query = select(alert).where(alert.c.over.is_(None)).order_by(alert.c.id)
    return [_record(row) for row in tx.execute(query).mappings()]


def alert_of(tx: Connection, number: int) -> AlertRecord | None:
    """Give one alert."""
    row = tx.execute(select(alert).where(alert.c.id == number)).mappings().one_or_none()
    return None if row is None else _record(row)


def _record(row: RowMapping) -> AlertRecord:
    return AlertRecord(**{**row, "kind": AlertKind(row["kind"]), "facts": json.loads(row["facts"])})
