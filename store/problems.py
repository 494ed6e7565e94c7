"""Problems of each run, and the quarantine: rows set aside until a later read brings them right."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import Connection, func, select, update

from domain.problem import Problem, Severity
from store import tables
from store.bulk import among, insert_missing, insert_rows
from store.faults import write
from store.head import allocate
from store.runs import Lease, check


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A row set aside; `key` is its place where it has no key."""

    id: int
    feed: str
    key: str
    place: str | None
    code: str
    message: str
    since_run: int


_COLUMNS = tuple(field.name for field in fields(Quarantined))


@write("problems.insert")
def insert_problems(tx: Connection, lease: Lease, problems: Sequence[Problem]) -> None:
    """Write down problems of a run, after those it has already."""
    check(tx, lease)
    problem = tables.problem
    count = tx.execute(select(func.count()).where(problem.c.run == lease.run)).scalar_one()
    columns = (
        *(
            "run",
            "seq",
            "severity",
            "code",
            "row",
            "place",
            "key",
            "field",
            "column_name",
            "value",
            "message",
        ),
    )
    rows = (
        (
            *(lease.run, seq, one.severity.value, one.code, one.row, one.place, one.key, one.field),
            *(one.column, one.value, one.message),
        )
        for seq, one in enumerate(problems, count + 1)
    )
    insert_rows(tx, problem, columns, rows)


@write("problems.open_quarantine")
def open_quarantine(tx: Connection, lease: Lease, problems: Sequence[Problem]) -> None:
    """Set aside the rows that problems are about; one that is set aside for the same code stays as it is."""
    check(tx, lease)
    first = allocate(tx, "quarantine", len(problems))
    rows = [
        {
            "id": number,
            "feed": lease.feed,
            "key": one.key or one.place or "",
            "place": one.place,
            "code": one.code,
            "message": one.message,
            "since_run": lease.run,
        }
        for number, one in enumerate(problems, first)
    ]
    insert_missing(tx, tables.quarantine, rows)


@write("problems.close_quarantine")
def close_quarantine(tx: Connection, lease: Lease, ids: Collection[int]) -> int:
    """Take rows out of quarantine that a run brought right; gives how many."""
    check(tx, lease)
    entry = tables.quarantine
    still = update(entry).where(among(tx, entry.c.id, ids), entry.c.closed_run.is_(None))
    return tx.execute(still.values(closed_run=lease.run)).rowcount


def quarantine(tx: Connection, feed: str | None = None) -> list[Quarantined]:
    """Give what is set aside now (of one feed), in the order it was."""
    entry = tables.quarantine
    query = select(*(entry.c[name] for name in _COLUMNS)).order_by(entry.c.id)
    query = query.where(entry.c.closed_run.is_(None))
    if feed is not None:
        query = query.where(entry.c.feed == feed)
    return [Quarantined(*row) for row in tx.execute(query)]


def problems_of(tx: Connection, run: int, after: int = 0, limit: int | None = None) -> list[tuple[int, Problem]]:
    """Give the problems of a run with their numbers, those with a greater one than `after`, at most `limit`."""
    problem = tables.problem
    query = select(problem).where(problem.c.run == run, problem.c.seq > after).order_by(problem.c.seq).limit(limit)
    return [
        (
            row.seq,
            Problem(
                row.row, row.code, row.message, place=row.place, key=row.key, field=row.field,
                column=row.column_name, value=row.value, severity=Severity(row.severity),
            ),
        )
        for row in tx.execute(query)
    ]  # fmt: skip


def columns_told(
    tx: Connection, codes: Collection[str], since: datetime
) -> dict[tuple[int, str], dict[str, list[str]]]:
    """Give, by run and feed, the columns that problems with some codes name, by code: of runs that ended since then."""
    problem, run = tables.problem, tables.run
    ended = tx.execute(select(run.c.id, run.c.feed).where(run.c.finished_at >= since, ~run.c.dry)).all()
    feeds = {row.id: row.feed for row in ended}
    query = select(problem.c.run, problem.c.code, problem.c.column_name).where(
        among(tx, problem.c.run, feeds), problem.c.code.in_(codes), problem.c.column_name.is_not(None)
    )
    found: dict[tuple[int, str], dict[str, list[str]]] = {}
    for row in tx.execute(query.order_by(problem.c.run, problem.c.seq)):
        found.setdefault((row.run, feeds[row.run]), {}).setdefault(row.code, []).append(row.column_name)
    return found


def problem_counts(tx: Connection, runs: Collection[int]) -> dict[int, int]:
    """Give how many problems each of some runs has."""
    problem = tables.problem
    query = select(problem.c.run, func.count()).where(among(tx, problem.c.run, runs)).group_by(problem.c.run)
    return {int(run): int(number) for run, number in tx.execute(query)}
