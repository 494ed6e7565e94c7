"""Pay runs as they are kept: one row for each pay period and pay group that somebody has begun to close."""

from __future__ import annotations

from dataclasses import fields, replace

from sqlalchemy import Connection, RowMapping, select, update

from calc.pay_run import EVERYBODY, Act, PayRun, PayState
from domain.errors import Refused
from domain.value import digest
from store.faults import write
from store.head import allocate
from store.ledger_tables import pay_run

_COLUMNS = tuple(field.name for field in fields(PayRun))


def pay_runs(tx: Connection, calendar: str | None = None) -> list[PayRun]:
    """Give the pay runs (of a calendar) that somebody has begun to close, in the order of their periods."""
    query = select(pay_run).order_by(pay_run.c.calendar, pay_run.c.start, pay_run.c.pay_group)
    if calendar is not None:
        query = query.where(pay_run.c.calendar == calendar)
    return [_read(row) for row in tx.execute(query).mappings()]


def pay_run_of(tx: Connection, calendar: str, period: str, pay_group: str | None = None) -> PayRun | None:
    """Give the pay run of a pay period and pay group (None: everybody), where somebody has begun to close it."""
    query = select(pay_run).where(
        pay_run.c.calendar == calendar,
        pay_run.c.period == period,
        pay_run.c.pay_group == (pay_group or EVERYBODY),
    )
    row = tx.execute(query).mappings().one_or_none()
    return None if row is None else _read(row)


def committed_pay_runs(tx: Connection, calendar: str, *, known_at: int) -> tuple[PayRun, ...]:
    """Give the pay runs of a calendar that a revision and those before it committed, in the order of their periods."""
    return tuple(
        run for run in pay_runs(tx, calendar) if run.committed is not None and run.committed <= known_at
    )  # fmt: skip


@write("pay_runs.begin")
def begin_pay_run(tx: Connection, run: PayRun) -> PayRun:
    """Keep a pay run that nobody has begun to close yet; gives it with its id."""
    kept = replace(run, id=allocate(tx, "pay_run"))
    tx.execute(pay_run.insert().values(**_values(kept)))
    return kept


@write("pay_runs.move")
def move_pay_run(tx: Connection, before: PayRun, after: PayRun) -> None:
    """Put a pay run where an act leads. `Refused` where somebody else has moved it meanwhile."""
    still = update(pay_run).where(
        pay_run.c.id == before.id,
        pay_run.c.state == before.state.value,
        pay_run.c.digest.is_not_distinct_from(before.digest),
    )
    if tx.execute(still.values(**_values(after))).rowcount != 1:
        raise Refused(f"{before} is no longer {before.state.value}: look at it again")


def act_name(act: Act) -> str:
    """Say how the audit calls what was done with a pay run."""
    return f"{act.value} pay run"


def about(run: PayRun) -> str:
    """Say how the audit names a pay run."""
    return f"{run.calendar}:{run}"


def pay_run_digest(run: PayRun, entries: str) -> str:
    """Give the fingerprint of a pay run as it stands, its ledger entries (`store.ledger.entry_digests`) included."""
    return digest(
        run.calendar, run.period, run.start, run.end, run.pay_group, run.state.value, run.calculation, run.digest,
        run.submitted_by, run.approved_by, run.reason, run.committed, entries,
    )  # fmt: skip


def _values(run: PayRun) -> dict[str, object]:
    return {**{name: getattr(run, name) for name in _COLUMNS}, "state": run.state.value}


def _read(row: RowMapping) -> PayRun:
    return PayRun(**{**row, "state": PayState(row["state"])})
