"""Calculations: what a pay period came to, as pinned to one revision; its rows are in listed Parquet files.

A calculation is a run, of a pay period in place of a feed: the same lease, the same token, the same numbers. What it
found becomes known in one transaction that checks the token; a file without its row does not exist.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, select

from store.bulk import among, insert_rows
from store.faults import write
from store.pay_tables import calculation, result_file
from store.runs import Lease, check


@dataclass(frozen=True, slots=True)
class ResultFile:
    """A file of a calculation (`credits`, `lines`, `earned`, `results`, `gaps`, ..); `path` is relative to var/."""

    name: str
    path: str
    sha256: str
    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Uncredited:
    """Transactions nobody got: why, how many, and their amount in their own currency (None: none given)."""

    code: str
    rows: int
    amount: str
    currency: str | None


@dataclass(frozen=True, slots=True)
class Calculation:
    """What one pay period came to.

    run        written `R12`
    plan       of this plan alone; None: of all
    pay_group  of the people of this pay group alone; None: of all
    revision   what was known
    code       which program
    plans      the plan versions that counted, by id
    totals     (currency, amount) of what it found
    digest     of all its files: the same inputs give the same
    cut        how its calendar cut time (`calc.period.PayCalendar.cut`); None: it was not kept yet
    """

    run: int
    calendar: str
    period: str
    plan: str | None
    pay_group: str | None
    revision: int
    code: str
    plans: tuple[int, ...]
    totals: tuple[tuple[str, str], ...]
    uncredited: tuple[Uncredited, ...]
    digest: str
    files: tuple[ResultFile, ...] = ()
    cut: str | None = None

    def path(self, name: str) -> str:
        """Give where the file of a name is, relative to var/."""
        return next(file.path for file in self.files if file.name == name)

    def paths(self, name: str) -> list[str]:
        """Give where the files of a name are: what is large has several, `lines`, `lines-02`, ..."""
        return [file.path for file in self.files if file.name == name or file.name.startswith(f"{name}-")]


_OWN = ("run", "calendar", "period", "plan", "pay_group", "revision", "code", "digest", "cut")
_FILE = ("run", "name", "path", "sha256", "rows", "bytes")


@write("calculations.keep")
def keep_calculation(tx: Connection, lease: Lease, found: Calculation) -> None:
    """Make what a run found, whose files must be safely on disk, what is known of its period."""
    check(tx, lease)
    tx.execute(
        calculation.insert().values(
            **{name: getattr(found, name) for name in _OWN},
            plans=json.dumps(found.plans),
            totals=json.dumps(found.totals),
            uncredited=json.dumps([(one.code, one.rows, one.amount, one.currency) for one in found.uncredited]),
        )
    )
    insert_rows(
        tx,
        result_file,
        _FILE,
        ((found.run, one.name, one.path, one.sha256, one.rows, one.bytes) for one in found.files),
    )


def calculations(tx: Connection, calendar: str | None = None, period: str | None = None) -> list[Calculation]:
    """Give the calculations (of one period of a calendar), the oldest first."""
    query = select(calculation).order_by(calculation.c.run)
    if calendar is not None:
        query = query.where(calculation.c.calendar == calendar)
    if period is not None:
        query = query.where(calculation.c.period == period)
    return _with_files(tx, tx.execute(query).mappings().all())


def calculation_of(tx: Connection, run: int) -> Calculation | None:
    """Give one calculation."""
    found = tx.execute(select(calculation).where(calculation.c.run == run)).mappings().all()
    return next(iter(_with_files(tx, found)), None)


def calculated_runs(tx: Connection) -> set[int]:
    """Give the runs that became calculations: all others left nothing that counts."""
    return set(tx.execute(select(calculation.c.run)).scalars())


def cuts(tx: Connection) -> dict[int, str]:
    """Give how time was cut for each calculation that kept it, by run."""
    query = select(calculation.c.run, calculation.c.cut).where(calculation.c.cut.is_not(None))
    return {int(run): str(cut) for run, cut in tx.execute(query)}


def newest_calculation(
    tx: Connection, calendar: str, period: str, *, plan: str | None = None, pay_group: str | None = None
) -> Calculation | None:
    """Give the newest calculation of exactly this scope."""
    found = [one for one in calculations(tx, calendar, period) if (one.plan, one.pay_group) == (plan, pay_group)]
    return found[-1] if found else None


def _with_files(tx: Connection, rows: Sequence[RowMapping]) -> list[Calculation]:
    files = _files(tx, [row["run"] for row in rows])
    return [
        Calculation(
            **{name: row[name] for name in _OWN},
            plans=tuple(json.loads(row["plans"])),
            totals=tuple((currency, amount) for currency, amount in json.loads(row["totals"])),
            uncredited=tuple(Uncredited(*one) for one in json.loads(row["uncredited"])),
            files=tuple(files[row["run"]]),
        )
        for row in rows
    ]


def _files(tx: Connection, runs: Collection[int]) -> dict[int, list[ResultFile]]:
    query = select(*(result_file.c[name] for name in _FILE)).where(among(tx, result_file.c.run, runs))
    found: defaultdict[int, list[ResultFile]] = defaultdict(list)
    for run, *columns in tx.execute(query.order_by(result_file.c.run, result_file.c.name)):
        found[run].append(ResultFile(*columns))
    return found
