"""Decisions, and the batches they were made in: written once, never changed."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import Connection, select

from domain.value import digest
from store import tables
from store.bulk import NO_ROWS, among, insert_rows
from store.columns import instant_text
from store.faults import write


class Verdict(StrEnum):
    """What was decided of a change."""

    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Batch:
    """Decisions made together; `by` acted for `for_user` where that is somebody else."""

    id: int
    act: str
    by: str
    at: datetime
    for_user: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided of one change: which attributes, in force from when, made known by which revision."""

    id: int
    batch: int
    change: int
    verdict: Verdict
    fields: tuple[str, ...]
    effective: date
    by: str
    at: datetime
    revision: int
    for_user: str | None = None
    reason: str | None = None


class Made(NamedTuple):
    """A decision, and the revision that it made."""

    id: int
    revision: int


@write("decisions.insert_batch")
def insert_batch(tx: Connection, batch: Batch) -> None:
    """Insert a batch, with its id already allocated."""
    tx.execute(
        tables.batch.insert().values(
            id=batch.id,
            act=batch.act,
            by=batch.by,
            for_user=batch.for_user,
            reason=batch.reason,
            at=batch.at,
        )
    )


@write("decisions.insert")
def insert_decisions(tx: Connection, decisions: Sequence[Decision]) -> None:
    """Insert decisions, with ids already allocated, after their batch."""
    columns = (
        *("id", "batch", "change", "verdict", "fields", "effective", "by", "at", "revision", "for_user"),
        "reason",
    )
    rows = (
        (
            *(one.id, one.batch, one.change, one.verdict.value, _names_text(one.fields)),
            *(
                one.effective.isoformat(),
                one.by,
                instant_text(one.at),
                one.revision,
                one.for_user,
                one.reason,
            ),
        )
        for one in decisions
    )
    insert_rows(tx, tables.decision, columns, rows)


def decisions_of(tx: Connection, changes: Collection[int]) -> dict[int, Made]:
    """Give the decisions by which changes were approved, by change."""
    decision = tables.decision
    query = select(decision.c.change, decision.c.id, decision.c.revision).where(
        among(tx, decision.c.change, changes), decision.c.verdict == Verdict.APPROVED
    )
    return {row.change: Made(row.id, row.revision) for row in tx.execute(query)}


def decision_digest(fingerprint: str, effective: date) -> str:
    """Give what the audit covers of a decision: the change as it was decided, in force from the day that counts."""
    return digest(fingerprint, effective)


def batch_digest(
    batch: Batch,
    *,
    steps: str = NO_ROWS,
    ended: Iterable[int] = (),
    rejections: str = NO_ROWS,
    linking: str = "",
) -> str:
    """Give what the audit covers of a batch: itself, and what one transaction wrote of it.

    steps, rejections, linking  the digests of those inserted; `ended` are the steps that are no longer known
    """
    return digest(
        batch.id, batch.act, batch.by, instant_text(batch.at), batch.for_user, batch.reason,
        steps, sorted(ended), rejections, *([linking] if linking else []),
    )  # fmt: skip


@lru_cache(maxsize=1024)  # the same names for each of a million adds
def _names_text(names: tuple[str, ...]) -> str:
    return json.dumps(names, ensure_ascii=False)
