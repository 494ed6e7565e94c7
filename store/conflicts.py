"""Questions that only a person can answer, kept until a person or a read answers them."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, RowMapping, select, update

from domain.match import WHO
from domain.record import Candidate, Conflict
from domain.value import Value, digest, from_plain, plain
from store import tables
from store.bulk import Plain, among, insert_rows
from store.faults import write
from store.runs import Lease, check


class ConflictState(StrEnum):
    """Where a question stands."""

    OPEN = "open"
    ANSWERED = "answered"  #: by a person
    CLOSED = "closed"  #: it no longer arises


@dataclass(frozen=True, slots=True)
class KeptConflict:
    """A question as it is kept; `digest` tells whether the same is asked again.

    Of an answered one: the answer in words (`is P1`), by whom, why, and at which revision.
    """

    id: int
    run: int
    seen_run: int
    feed: str
    conflict: Conflict
    digest: str
    state: ConflictState
    revision: int | None
    answer: str | None = None
    by: str | None = None
    reason: str | None = None


@write("conflicts.insert")
def insert_conflicts(tx: Connection, lease: Lease, asked: Sequence[tuple[int, Conflict]]) -> None:
    """Insert open questions, each under an id already allocated."""
    check(tx, lease)
    columns = (
        *("id", "run", "seen_run", "feed", "source_key", "person", "engagement", "attribute", "kind", "question"),
        *("candidates", "values", "row", "place", "digest", "state"),
    )
    insert_rows(tx, tables.conflict, columns, (_row(lease, number, one) for number, one in asked))


@write("conflicts.see")
def see_conflicts(tx: Connection, ids: Collection[int], run: int) -> None:
    """Note that a run asked questions again that were there before."""
    tx.execute(update(tables.conflict).where(among(tx, tables.conflict.c.id, ids)).values(seen_run=run))


@write("conflicts.close")
def close_conflicts(tx: Connection, ids: Collection[int], revision: int) -> int:
    """Close open questions that no longer arise; gives how many."""
    conflict = tables.conflict
    still = update(conflict).where(among(tx, conflict.c.id, ids), conflict.c.state == ConflictState.OPEN)
    return tx.execute(still.values(state=ConflictState.CLOSED, revision=revision)).rowcount


@write("conflicts.answer")
def answer_conflict(tx: Connection, number: int, answer: str, by: str, reason: str, revision: int) -> int:
    """Close an open question with an answer; gives how many, so a second time gives 0."""
    conflict = tables.conflict
    still = update(conflict).where(conflict.c.id == number, conflict.c.state == ConflictState.OPEN)
    said = {"answer": answer, "by": by, "reason": reason, "revision": revision}
    return tx.execute(still.values(state=ConflictState.ANSWERED, **said)).rowcount


def conflicts(
    tx: Connection,
    *,
    feed: str | None = None,
    state: ConflictState | None = ConflictState.OPEN,
    ids: Collection[int] | None = None,
) -> list[KeptConflict]:
    """Give the questions in a state (None: in any), in the order they were first asked."""
    conflict = tables.conflict
    query = select(conflict).order_by(conflict.c.id)
    if feed is not None:
        query = query.where(conflict.c.feed == feed)
    if state is not None:
        query = query.where(conflict.c.state == state)
    if ids is not None:
        query = query.where(among(tx, conflict.c.id, ids))
    return [_kept(row) for row in tx.execute(query).mappings()]


def dispute_digest(conflict: Conflict) -> str:
    """Give what makes it the same question about a value, whichever feed asks it."""
    return digest(conflict.kind, conflict.person, conflict.engagement, conflict.attribute, conflict.values)


def value_answers(tx: Connection) -> dict[str, Value]:
    """Give what people answered to questions about values, by digest."""
    conflict = tables.conflict
    query = select(conflict.c.digest, conflict.c.answer).where(
        conflict.c.kind == "value", conflict.c.state == ConflictState.ANSWERED
    )
    return {row.digest: from_plain(json.loads(row.answer)) for row in tx.execute(query)}


def conflict_digest(feed: str, conflict: Conflict) -> str:
    """Give what makes it the same question when a feed is read again."""
    if conflict.attribute is not None:
        return dispute_digest(conflict)
    candidates = [(one.person, one.matched_by) for one in conflict.candidates]
    values = () if conflict.kind == WHO else conflict.values
    return digest(
        feed,
        conflict.kind,
        conflict.source_key,
        conflict.person,
        conflict.question,
        candidates,
        values,
    )


def answer_digest(kept: KeptConflict) -> str:
    """Give what the audit covers of an answer: the question as it was asked, and what was said."""
    return digest(conflict_digest(kept.feed, kept.conflict), kept.answer)


def _row(lease: Lease, number: int, asked: Conflict) -> tuple[Plain, ...]:
    candidates = [
        {
            "person": one.person,
            "name": one.name,
            "matched_by": one.matched_by,
            "ids": {name: plain(value) for name, value in sorted(one.ids.items())},
        }
        for one in asked.candidates
    ]
    values = [[name, plain(value)] for name, value in asked.values]
    return (
        *(number, lease.run, lease.run, lease.feed, asked.source_key, asked.person, asked.engagement),
        *(asked.attribute, asked.kind, asked.question, _compact(candidates), _compact(values)),
        *(asked.row, asked.place, conflict_digest(lease.feed, asked), ConflictState.OPEN.value),
    )


def _kept(row: RowMapping) -> KeptConflict:
    candidates = tuple(
        Candidate(
            one["person"],
            one["name"],
            one["matched_by"],
            {name: from_plain(value) for name, value in one["ids"].items()},
        )
        for one in json.loads(row["candidates"])
    )
    asked = Conflict(
        kind=row["kind"],
        question=row["question"],
        source_key=row["source_key"],
        row=row["row"],
        place=row["place"],
        person=row["person"],
        candidates=candidates,
        values=tuple((name, from_plain(value)) for name, value in json.loads(row["values"])),
        engagement=row["engagement"],
        attribute=row["attribute"],
    )
    return KeptConflict(
        row["id"], row["run"], row["seen_run"], row["feed"], asked, row["digest"],
        ConflictState(row["state"]), row["revision"], row["answer"], row["by"], row["reason"],
    )  # fmt: skip


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
