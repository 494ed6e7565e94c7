"""Whether two calculations read the same: content counts, on the days that count, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from calc import inputs
from calc.inputs import INPUTS
from engine.input_digests import NAMED, input_digests
from engine.pay_inputs import load_rows
from engine.session import Session, open_session

START, END = date(2026, 1, 1), date(2026, 3, 1)
Row = Mapping[str, Any]
Tables = Mapping[str, Sequence[Row]]


def sale(key: str, day: date, **values: Any) -> Row:
    given = {"feed": "sales", "key": key, "place": "a.csv:1", "owner": "employee_id:E1", "date": day, "currency": "USD"}
    return {**dict.fromkeys(INPUTS[inputs.TRANSACTIONS]), **given, "amount": Decimal(100), **values}


def post(until: date, **values: Any) -> Row:
    given = {"person": 1, "engagement": "main", "plan": "reseller", "start": date(2025, 1, 1), "end": until}
    return {**dict.fromkeys(INPUTS[inputs.ROSTER]), **given, "opened": date(2025, 1, 1), **values}


READ: Tables = {
    inputs.TRANSACTIONS: [sale("X1", date(2026, 1, 5), splits_of="sales|X1"), sale("X2", date(2026, 2, 5))],
    inputs.SPLITS: [{"of": "sales|X1", "owner": "employee_id:E2", "share": Decimal(1)}],
    inputs.NAMES: [{"owner": "employee_id:E1", "person": 1}, {"owner": "employee_id:E2", "person": 2}],
    inputs.ROSTER: [post(date(9999, 12, 31))],
    inputs.RATES: [{"feed": "fx", "base": "EUR", "quote": "USD", "date": date(2026, 1, 2), "rate": Decimal("1.1")}],
}


@pytest.fixture
def session(tmp_path) -> Iterator[Session]:
    with open_session(tmp_path) as opened:
        yield opened


def moved(session: Session, **changed: Sequence[Row]) -> list[str]:
    """Which inputs are not the same where some tables hold something else."""
    found = []
    for tables in (READ, {**READ, **changed}):
        for name, columns in INPUTS.items():
            load_rows(session, name, columns, tables.get(name, ()))
        found.append(input_digests(session, START, END, {"date"}))
    return [name for name, one in found[0].items() if found[1][name] != one]


def with_(name: str, *rows: Row) -> dict[str, Sequence[Row]]:
    return {name: [*READ[name], *rows]}


def test_what_is_the_same_in_another_order_and_from_another_place_has_moved_nothing(session: Session):
    again = [{**one, "place": "b.csv:7"} for one in reversed(READ[inputs.TRANSACTIONS])]
    assert moved(session, **{inputs.TRANSACTIONS: again}) == []


LATER: list[dict[str, Sequence[Row]]] = [
    with_(inputs.TRANSACTIONS, sale("X3", END), sale("X4", date(2025, 12, 31))),
    with_(inputs.RATES, {"feed": "fx", "base": "EUR", "quote": "USD", "date": END, "rate": Decimal(2)}),
    with_(inputs.NAMES, {"owner": "employee_id:E9", "person": 9}),
    with_(inputs.SPLITS, {"of": "sales|X9", "owner": "employee_id:E2", "share": Decimal(1)}),
    with_(inputs.ROSTER, post(date(2025, 6, 1)), post(date(9999, 12, 31), start=END)),
    {inputs.ROSTER: [post(date(2026, 4, 1))]},
]


@pytest.mark.parametrize("changed", LATER)
def test_what_lies_outside_of_the_days_has_moved_nothing(session: Session, changed):
    assert moved(session, **changed) == []


WITHIN: list[tuple[str, dict[str, Sequence[Row]]]] = [
    (inputs.TRANSACTIONS, {inputs.TRANSACTIONS: [READ[inputs.TRANSACTIONS][0]]}),
    (inputs.TRANSACTIONS, with_(inputs.TRANSACTIONS, READ[inputs.TRANSACTIONS][1])),  # once more
    (inputs.SPLITS, with_(inputs.SPLITS, {"of": "sales|X1", "owner": "employee_id:E1", "share": Decimal("0.5")})),
    (inputs.NAMES, {inputs.NAMES: [READ[inputs.NAMES][0], {"owner": "employee_id:E2", "person": 3}]}),
    (inputs.ROSTER, {inputs.ROSTER: [post(date(2026, 2, 28))]}),
    (inputs.ROSTER, {inputs.ROSTER: [post(date(9999, 12, 31), legal_entity="Ltd")]}),
    (inputs.RATES, with_(inputs.RATES, {"feed": "fx", "base": "EUR", "quote": "USD", "date": date(2026, 2, 2),
                                        "rate": Decimal(2)})),
    (inputs.QUOTAS, {inputs.QUOTAS: [{"person": 1, "engagement": "main", "measure": "revenue", "start": START,
                                      "end": END, "first": START, "last": END, "amount": Decimal(5),
                                      "currency": None}]}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "changed"), WITHIN)
def test_what_lies_within_the_days_is_named(session: Session, name, changed):
    assert moved(session, **changed) == [NAMED[name]]


def test_a_measure_dated_otherwise_looks_at_its_own_days(session: Session):
    load = {**READ, **with_(inputs.TRANSACTIONS, sale("X5", date(2025, 1, 1), invoiced_on=date(2026, 1, 3)))}
    for name, columns in INPUTS.items():
        load_rows(session, name, columns, load.get(name, ()))
    by_date = input_digests(session, START, END, {"date"})
    assert input_digests(session, START, END, {"date", "invoiced_on"}) != by_date
