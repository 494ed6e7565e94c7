"""Results of a calculation as columns: written whole, read back as `calc.result.Result`.

Amounts are whole minor units of their currency, a rate is a whole number of its last digit. Rows are sorted by
participant, so that those of a few are found without reading the others.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

from calc.inputs import RATE_SCALE
from calc.ledger import order
from calc.result import LedgerKey, Result, ResultKind, ResultState
from domain.currency import from_minor_units, minor_units
from engine.session import Session, listed, quoted, read_files, text
from formula.quantity import scaled, unscaled

#: The table of everything that a calculation found.
RESULTS = "results"
COLUMNS: dict[str, str] = {
    "person": "BIGINT",
    "engagement": "VARCHAR",
    "plan": "VARCHAR",
    "component": "VARCHAR",
    "earned_from": "DATE",
    "earned_until": "DATE",
    "earned_period": "VARCHAR",
    "currency": "VARCHAR",
    "kind": "VARCHAR",
    "segment": "VARCHAR",
    "legal_entity": "VARCHAR",
    "payee": "VARCHAR",
    "pay_group": "VARCHAR",
    "pay_period": "VARCHAR",
    "amount": "BIGINT",
    "plan_amount": "BIGINT",
    "plan_currency": "VARCHAR",
    "plan_version": "VARCHAR",
    "rate": "BIGINT",
    "state": "VARCHAR",
    "reason": "VARCHAR",
    "cause": "VARCHAR",
}
#: What results are sorted by (`calc.ledger.order`).
ORDER = (
    *("person", "engagement", "plan", "component", "earned_from", "earned_period", "currency", "kind"),
    *("segment", "legal_entity", "payee", "cause"),
)
_AS_THEY_ARE = (
    *("earned_from", "earned_until", "segment", "legal_entity", "payee", "pay_group", "pay_period"),
    *("plan_currency", "plan_version", "reason", "cause"),
)
#: How many are given at a time.
BATCH = 10_000


def begin_results(session: Session) -> None:
    """Make the table of results, empty."""
    columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in COLUMNS.items())
    session.run(f"CREATE OR REPLACE TABLE {RESULTS} ({columns})")


def add_results(session: Session, results: Iterable[Result], scratch: Path) -> None:
    """Add results that Python has; they enter through a file in a folder under the session's."""
    path = scratch / "results.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(map(_written, results))
    columns = ", ".join(f"{text(name)}: {text(kind)}" for name, kind in COLUMNS.items())
    session.run(
        f"""INSERT INTO {RESULTS} SELECT * FROM read_csv({text(str(path))}, header = false, auto_detect = false,
            delim = ',', quote = '"', escape = '"', nullstr = '', columns = {{{columns}}})"""
    )


def remove_results(session: Session, persons: Collection[int]) -> None:
    """Remove the results of some people."""
    session.run(f"DELETE FROM {RESULTS} WHERE person IN (SELECT unnest($1::BIGINT[]))", [sorted(persons)])


def in_order(source: str = RESULTS) -> str:
    """Write the query of results in their order: a total one, so that equal results are equal bytes."""
    ordered = ", ".join(f"{name} NULLS FIRST" for name in ORDER)
    return f"SELECT {', '.join(map(quoted, COLUMNS))} FROM {source} ORDER BY {ordered}"


def each_result(session: Session, path: Path, persons: Collection[int] | None = None) -> Iterator[list[Result]]:
    """Give the results of a file in batches, in their order, those of some people."""
    yield from each_result_of(session, read_files([path]), persons)


def each_result_of(
    session: Session, source: str = RESULTS, persons: Collection[int] | None = None
) -> Iterator[list[Result]]:
    """Give the same of a table, or whatever else a query may be from."""
    query = f"SELECT {', '.join(map(quoted, COLUMNS))} FROM {source}"
    if persons is not None:
        query += f" WHERE person IN ({listed(persons)})"
    if persons is not None and len(persons) == 1:  # a cursor of its own, and a sort, take as long as reading them
        yield sorted((_read(*row) for row in session.rows(query)), key=order)
        return
    for batch in session.batches(in_order(f"({query})"), size=BATCH):
        yield [_read(*row) for row in batch]


def _written(one: Result) -> tuple[object, ...]:
    key = one.key
    return (
        *(key.person, key.engagement, key.plan, key.component, one.earned_from, one.earned_until, key.earned_period),
        *(key.currency, one.kind.value, one.segment, one.legal_entity, one.payee, one.pay_group, one.pay_period),
        *(minor_units(one.amount, key.currency), minor_units(one.plan_amount, one.plan_currency), one.plan_currency),
        *(one.plan_version, None if one.rate is None else scaled(one.rate, RATE_SCALE), one.state.value),
        *(one.reason, one.cause),
    )


def _read(*cells: Any) -> Result:  # noqa: ANN401 - a row of `COLUMNS`
    row = dict(zip(COLUMNS, cells, strict=True))
    currency, plan_currency, rate = row["currency"], row["plan_currency"], row["rate"]
    return Result(
        kind=ResultKind(row["kind"]),
        key=LedgerKey(row["person"], row["engagement"], row["plan"], row["component"], row["earned_period"], currency),
        amount=from_minor_units(row["amount"], currency),
        plan_amount=from_minor_units(row["plan_amount"], plan_currency),
        rate=None if rate is None else unscaled(rate, RATE_SCALE),
        state=ResultState(row["state"]),
        **{name: row[name] for name in _AS_THEY_ARE},
    )
