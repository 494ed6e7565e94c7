"""The ledger: amounts that a pay run owes, written once, followed only by others.

Whole minor units beside their currency. What was earned and adjusted later under one key sums to what is owed for it;
what people adjusted by hand stands beside it and is never taken back by a calculation.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import groupby

from sqlalchemy import ColumnElement, Connection, and_, func, select

from calc.inputs import RATE_SCALE
from calc.ledger import Booked, Owed
from calc.pay_run import PayRun
from calc.result import LedgerKey, Result, ResultKind
from domain.currency import from_minor_units, minor_units
from formula.quantity import scaled, unscaled
from store.bulk import AnyRow, Plain, among, digest_of, insert_rows, stream
from store.faults import write
from store.head import allocate
from store.ledger_tables import ledger_entry as entry

#: Where money stands that is owed and not yet paid.
DUE = "due"
#: Kinds that follow from a calculation.
_CALCULATED = (ResultKind.EARNED.value, ResultKind.RETRO.value)

_OWED = ("person", "engagement", "plan", "component", "earned_period", "currency", "legal_entity", "payee")
_WRITTEN = (
    *("id", "pay_run", "line", "kind", "account", "person", "engagement", "plan", "plan_version", "component"),
    *("earned_period", "earned_from", "earned_until", "segment", "accounting_period", "calendar"),
    *("amount", "currency", "plan_amount", "plan_currency", "rate", "payee", "legal_entity", "pay_group"),
    *("reason", "cause", "reverses", "revision"),
)
_ALSO = ("payee", "legal_entity", "pay_group", "reason", "cause", "reverses", "revision")


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """An amount as it was committed.

    line               the id of the result it is of
    accounting_period  the pay period that pays it
    reverses           the entry it corrects, if any
    """

    id: int
    pay_run: int
    line: str
    kind: ResultKind
    account: str
    key: LedgerKey
    plan_version: str
    earned_from: date
    earned_until: date
    segment: str | None
    accounting_period: str
    calendar: str
    amount: Decimal
    plan_amount: Decimal
    plan_currency: str
    rate: Decimal | None
    payee: str | None
    legal_entity: str | None
    pay_group: str | None
    reason: str | None
    cause: str | None
    reverses: int | None
    revision: int


@write("ledger.post")
def post(tx: Connection, run: PayRun, results: Sequence[Result], reverses: Mapping[str, int], revision: int) -> None:
    """Write the ledger entries of some results of a pay run; `reverses` gives the entry that a result corrects.

    The database refuses them unless the pay run is approved, and a result of it that was written before.
    """
    first = allocate(tx, "ledger_entry", len(results))
    rows = (
        (
            *(number, run.id, one.id, one.kind.value, DUE, one.key.person, one.key.engagement, one.key.plan),
            *(one.plan_version, one.key.component, one.key.earned_period),
            *(one.earned_from.isoformat(), one.earned_until.isoformat(), one.segment, run.period, run.calendar),
            *(minor_units(one.amount, one.key.currency), one.key.currency),
            *(minor_units(one.plan_amount, one.plan_currency), one.plan_currency),
            *(None if one.rate is None else scaled(one.rate, RATE_SCALE), one.payee, one.legal_entity),
            *(one.pay_group, one.reason, one.cause, reverses.get(one.id), revision),
        )
        for number, one in enumerate(results, first)
    )
    insert_rows(tx, entry, _WRITTEN, rows)


def booked(
    tx: Connection, calendar: str, *, known_at: int, persons: Collection[int] | None = None
) -> tuple[Booked, ...]:
    """Give what was booked up to a revision (for some people), by person, as the newest entry of each describes it."""
    known = _known(calendar, known_at) & entry.c.kind.in_(_CALCULATED)
    if persons is not None:
        known &= among(tx, entry.c.person, persons)
    sums = (
        select(
            func.max(entry.c.id).label("newest"),
            func.sum(entry.c.amount).label("booked"),
            func.sum(entry.c.plan_amount).label("plan_booked"),
        )
        .where(known)
        .group_by(*(entry.c[name] for name in (*_OWED, "plan_currency")))
        .subquery()
    )
    newest = select(entry, sums.c.booked, sums.c.plan_booked).join(sums, sums.c.newest == entry.c.id)
    found: dict[Owed, Booked] = {}
    for row in stream(tx, newest.order_by(entry.c.person, entry.c.id)):
        one = _booked(row)
        if before := found.get(one.owed):  # in another plan currency: the newest describes it
            one = replace(one, amount=before.amount + one.amount)
        found[one.owed] = one
    return tuple(found.values())


def posted_since(tx: Connection, calendar: str, revision: int) -> set[Owed]:
    """Give what anything was posted for after a revision: whatever was calculated at that one does not know of it."""
    newer = (entry.c.calendar == calendar) & (entry.c.revision > revision)
    query = select(*(entry.c[name] for name in _OWED)).where(newer, entry.c.kind.in_(_CALCULATED)).distinct()
    return {_owed(row) for row in stream(tx, query)}


def lines_earned(tx: Connection, calendar: str, start: date, end: date, *, known_at: int) -> frozenset[str]:
    """Give the lines that were booked by a revision as earned, of earned periods that end after `start`, by `end`."""
    known = _known(calendar, known_at) & (entry.c.kind == ResultKind.EARNED.value)
    query = select(entry.c.line).where(known, entry.c.earned_until > start, entry.c.earned_until <= end)
    return frozenset(tx.execute(query).scalars())


def entry_totals(tx: Connection, pay_run: int) -> dict[tuple[str | None, str], Decimal]:
    """Add up a pay run's entries by legal entity and currency."""
    query = (
        select(entry.c.legal_entity, entry.c.currency, func.sum(entry.c.amount))
        .where(entry.c.pay_run == pay_run)
        .group_by(entry.c.legal_entity, entry.c.currency)
    )
    return {(entity, currency): from_minor_units(int(sum_), currency) for entity, currency, sum_ in tx.execute(query)}


def count_entries(tx: Connection, pay_run: int) -> int:
    """Count a pay run's entries."""
    return tx.execute(select(func.count()).where(entry.c.pay_run == pay_run)).scalar_one()


def entry_digests(tx: Connection, pay_run: int | None = None) -> dict[int, str]:
    """Give the digest of the entries of each pay run (of one of them), all columns, in the order they were written."""
    query = select(*(entry.c[name] for name in _WRITTEN)).order_by(entry.c.pay_run, entry.c.id)
    if pay_run is not None:
        query = query.where(entry.c.pay_run == pay_run)
    runs = groupby(stream(tx, query), key=lambda row: int(row.pay_run))
    return {run: digest_of(map(_plain, rows)) for run, rows in runs}


def newest_of_lines(tx: Connection, lines: Collection[str]) -> dict[str, int]:
    """Give the newest entry of each of some lines, by the line's id; those never committed are left out."""
    if not lines:
        return {}
    query = select(entry.c.line, func.max(entry.c.id)).where(among(tx, entry.c.line, lines)).group_by(entry.c.line)
    return {str(line): int(newest) for line, newest in tx.execute(query)}


def entry_of_line(tx: Connection, line: str) -> LedgerEntry | None:
    """Give the newest entry of a line; None where it was never committed."""
    query = select(entry).where(entry.c.line == line).order_by(entry.c.id.desc()).limit(1)
    row = tx.execute(query).one_or_none()
    return None if row is None else _read(row)


def ledger_entries(tx: Connection, *, pay_run: int | None = None, person: int | None = None) -> list[LedgerEntry]:
    """Give ledger entries (of a pay run, of a participant) in the order they were written."""
    query = select(entry).order_by(entry.c.id)
    if pay_run is not None:
        query = query.where(entry.c.pay_run == pay_run)
    if person is not None:
        query = query.where(entry.c.person == person)
    return [_read(row) for row in tx.execute(query)]


def _plain(row: AnyRow) -> tuple[Plain, ...]:
    return tuple(value.isoformat() if isinstance(value, date) else value for value in row)


def _known(calendar: str, known_at: int) -> ColumnElement[bool]:
    return and_(entry.c.calendar == calendar, entry.c.revision <= known_at)


def _owed(row: AnyRow) -> Owed:
    return Owed(_key(row), row.legal_entity, row.payee)


def _key(row: AnyRow) -> LedgerKey:
    return LedgerKey(row.person, row.engagement, row.plan, row.component, row.earned_period, row.currency)


def _booked(row: AnyRow) -> Booked:
    return Booked(
        _owed(row),
        from_minor_units(int(row.booked), row.currency),
        from_minor_units(int(row.plan_booked), row.plan_currency),
        *(row.plan_currency, row.plan_version, row.pay_group, row.earned_from, row.earned_until, row.id),
    )


def _read(row: AnyRow) -> LedgerEntry:
    return LedgerEntry(
        *(row.id, row.pay_run, row.line, ResultKind(row.kind), row.account, _key(row), row.plan_version),
        *(row.earned_from, row.earned_until, row.segment, row.accounting_period, row.calendar),
        amount=from_minor_units(row.amount, row.currency),
        plan_amount=from_minor_units(row.plan_amount, row.plan_currency),
        plan_currency=row.plan_currency,
        rate=None if row.rate is None else unscaled(row.rate, RATE_SCALE),
        **{name: getattr(row, name) for name in _ALSO},
    )
