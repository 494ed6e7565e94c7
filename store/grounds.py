"""What an earlier amount stood on: the calculation it was committed from, and what was decided since."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from store.bulk import among
from store.decisions import Verdict
from store.ledger_tables import ledger_entry, pay_run
from store.tables import change, decision


class Decided(NamedTuple):
    """A change that was approved: of which kind, from which day, of which attributes, by which revision."""

    change: int
    kind: str
    effective: date
    fields: tuple[str, ...]
    revision: int


def calculations_of(tx: Connection, entries: Collection[int]) -> dict[int, int]:
    """Give for each of some ledger entries the calculation it was committed from."""
    query = (
        select(ledger_entry.c.id, pay_run.c.calculation)
        .join(pay_run, pay_run.c.id == ledger_entry.c.pay_run)
        .where(among(tx, ledger_entry.c.id, entries))
    )
    return {int(entry): int(run) for entry, run in tx.execute(query)}


def decided_of(tx: Connection, persons: Collection[int], *, known_at: int) -> dict[int, list[Decided]]:
    """Give the changes of people that were approved up to a revision, in the order in which they were."""
    query = (
        select(
            change.c.person, change.c.id, change.c.kind, decision.c.effective, decision.c.fields, decision.c.revision
        )
        .join(decision, decision.c.change == change.c.id)
        .where(
            among(tx, change.c.person, persons),
            decision.c.verdict == Verdict.APPROVED.value,
            decision.c.revision <= known_at,
        )
        .order_by(decision.c.revision, change.c.id)
    )
    found: defaultdict[int, list[Decided]] = defaultdict(list)
    for person, number, kind, effective, fields, revision in tx.execute(query):
        found[person].append(Decided(number, kind, effective, tuple(json.loads(fields)), revision))
    return found


class Ground(NamedTuple):
    """Who decided something, when, by which change, and where a source had said it."""

    decision: int
    batch: int
    change: int
    by: str
    at: datetime
    reason: str | None
    feed: str
    source_key: str | None
    place: str | None


def grounds_of(tx: Connection, decisions: Collection[int]) -> dict[int, Ground]:
    """Give what some decisions stand on."""
    query = (
        select(
            decision.c.id, decision.c.batch, decision.c.change, func.coalesce(decision.c.for_user, decision.c.by),
            decision.c.at, decision.c.reason, change.c.feed, change.c.source_key, change.c.place,
        )
        .join(change, change.c.id == decision.c.change)
        .where(among(tx, decision.c.id, decisions))
    )  # fmt: skip
    return {row[0]: Ground(*row) for row in tx.execute(query)}
