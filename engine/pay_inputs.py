"""What a calculation reads of people, terms and time, as the tables of `calc.inputs`.

In: the views `people` and `versions` of `engine.mirror`, at the revision the calculation is pinned to. Transactions,
splits, rates and names come from `engine.facts`, quotas from `engine.quotas`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from calc.inputs import NAMES, ROSTER, ROSTER_ROW, TRANSACTIONS
from domain.attributes import MEMBER
from engine.mirror import MEMBERS
from engine.session import Session, quoted, text
from formula.expression import ColumnType, Type
from formula.quantity import Quantity, scaled, unscaled

#: A value of a row that comes from Python.
Value = str | int | bool | date | Decimal | None

#: What may differ between two rows of one person under one plan.
_SAME = ("person", "engagement", "plan", "opened", "legal_entity", "pay_currency", "pay_group", "payee")

#: How a set is written: a JSON list of texts.
_TEXTS = '["VARCHAR"]'


def pay_groups(session: Session) -> tuple[str, ...]:
    """Give the pay groups that anybody is ever in, by name."""
    rows = session.rows(f"SELECT DISTINCT pay_group FROM {ROSTER} WHERE pay_group IS NOT NULL ORDER BY pay_group")
    return tuple(str(name) for (name,) in rows)


def largest_transaction(session: Session, kinds: Mapping[str, ColumnType], start: date, end: date) -> str | None:
    """Name the transaction dated in `[start, end)` with the largest amount, and whose it is; None where there is none.

    `kinds` are the types of its columns.
    """
    columns = {name: kinds[name] for name in ("feed", "key", "owner", "amount", "currency")}
    names = ", ".join(f"t.{quoted(name)}" for name in columns)
    query = f"""SELECT {names}, n.person FROM {TRANSACTIONS} t LEFT JOIN {NAMES} n ON n.owner = t.owner
                WHERE t.amount IS NOT NULL AND t.date >= $1 AND t.date < $2
                ORDER BY abs(t.amount::HUGEINT) DESC, t.feed, t.key LIMIT 1"""
    for row in read_rows(session, query, {**columns, "person": Type.WHOLE}, [start, end]):
        whose = row["owner"] if row["person"] is None else f"P{row['person']}"
        amount = Decimal(str(row["amount"]))
        whole = f"{amount.normalize():f}"
        return f"{row['feed']} {row['key']} of {whose or 'nobody'}: {whole} {row['currency']}"
    return None


def load_roster_of_plans(session: Session, *, known_at: int) -> int:
    """Make the table `roster`: who has which plan on which days; give the number of its rows.

    Only people approved to earn, on days on which they are employed (on leave and suspended too), and after that until
    `pay_until`; a row without a plan has the days on which somebody has none, or is not eligible. Paid in
    `payment_currency`, else the `currency` of the pay, else (null) the plan's. Neighbouring days on which nothing
    differs that matters for pay are one row.
    """
    has = frozenset(session.columns("versions"))
    named = f"list_distinct(list_concat({_set(has, 'plans')}, [{_text(has, 'plan')}], {_member_of(has, 'plan')}))"
    plans = f"CASE WHEN {_text(has, 'eligible')} IS DISTINCT FROM 'false' THEN {named} END"
    paid_until = f"{_text(has, 'pay_until')}::DATE"
    session.run(
        f"""
        CREATE OR REPLACE TABLE {ROSTER} AS
        WITH employed AS (
            SELECT v.person, engagement, start, opened,
                   if(v.status = 'terminated', least("end", {paid_until} + 1), "end") AS "end",
                   {_text(has, "legal_entity")} AS legal_entity,
                   coalesce({_text(has, "payment_currency")}, {_text(has, "currency")}) AS pay_currency,
                   {_text(has, "pay_group")} AS pay_group, {_text(has, "payee")} AS payee, {plans} AS plans
            FROM versions v JOIN people p ON p.person = v.person
            WHERE p.participant AND p.participant_since <= $1
              AND (v.status IS DISTINCT FROM 'terminated' OR start <= {paid_until})
        ),
        held AS (
            SELECT * EXCLUDE (plans), unnest(CASE WHEN len(plans) > 0 THEN plans ELSE [NULL] END) AS plan
            FROM employed
        ),
        cut AS (
            SELECT *, start IS DISTINCT FROM lag("end") OVER (PARTITION BY {", ".join(_SAME)} ORDER BY start) AS is_new
            FROM held
        ),
        numbered AS (SELECT *, sum(is_new::INT) OVER (PARTITION BY {", ".join(_SAME)} ORDER BY start) AS nth FROM cut)
        SELECT {", ".join(_aggregated(name) for name in ROSTER_ROW)}
        FROM numbered GROUP BY {", ".join(_SAME)}, nth ORDER BY person, engagement, plan NULLS FIRST, start
        """,
        [known_at],
    )
    return session.number(f"SELECT count(*) FROM {ROSTER}")


def load_rows(
    session: Session, name: str, columns: Mapping[str, ColumnType], rows: Iterable[Mapping[str, Value]]
) -> None:
    """Make a table of some rows that Python has, a few thousand at most: quantities at their scale, days as days."""
    given = list(rows)
    declared = ", ".join(f"{quoted(column)} {_declared(kind)}" for column, kind in columns.items())
    session.run(f"CREATE OR REPLACE TABLE {quoted(name)} ({declared})")
    if not given:
        return
    parts = ", ".join(f"unnest(${nth}::{_declared(kind)}[])" for nth, kind in enumerate(columns.values(), 1))
    values = [[_held(row[column], kind) for row in given] for column, kind in columns.items()]
    session.run(f"INSERT INTO {quoted(name)} SELECT {parts}", values)


def read_rows(
    session: Session, query: str, columns: Mapping[str, ColumnType], parameters: Sequence[object] = ()
) -> list[dict[str, Value]]:
    """Give the rows of a query that has these columns, in its order, as the reference evaluation holds them."""
    cells: list[Sequence[Any]] = list(zip(*session.rows(query, parameters), strict=True))
    if not cells:
        return []
    for nth, kind in enumerate(columns.values()):
        if isinstance(kind, Quantity):
            unit = unscaled(1, kind.scale)
            cells[nth] = [cell * unit if isinstance(cell, int) else cell for cell in cells[nth]]
    return [dict(zip(columns, row, strict=True)) for row in zip(*cells, strict=True)]


def _aggregated(name: str) -> str:
    edges = {"start": "min(start) AS start", "end": 'max("end") AS "end"'}
    return edges.get(name, name)


def _text(has: frozenset[str], attribute: str) -> str:
    """Write an attribute that nobody may ever have had."""
    return quoted(attribute) if attribute in has else "NULL::VARCHAR"


def _set(has: frozenset[str], attribute: str) -> str:
    if attribute not in has:
        return "[]::VARCHAR[]"
    return f"coalesce(from_json({quoted(attribute)}, {text(_TEXTS)}), []::VARCHAR[])"


def _member_of(has: frozenset[str], kind: str) -> str:
    """Write the units of a kind, or plans, that memberships of their own name."""
    if MEMBERS not in has:
        return "[]::VARCHAR[]"
    prefix = f"{MEMBER}{kind}:"
    those = f"list_filter(map_keys({MEMBERS}), lambda one: starts_with(one, {text(prefix)}))"
    return f"coalesce(list_transform({those}, lambda one: one[{len(prefix) + 1}:]), []::VARCHAR[])"


def _declared(kind: ColumnType) -> str:
    if isinstance(kind, Quantity) or kind is Type.WHOLE:
        return "BIGINT"
    return "DATE" if kind is Type.DAY else "BOOLEAN" if kind is Type.BOOL else "VARCHAR"


def _held(value: Value, kind: ColumnType) -> Value:
    return scaled(value, kind.scale) if isinstance(kind, Quantity) and isinstance(value, Decimal) else value
