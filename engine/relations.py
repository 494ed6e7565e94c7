"""Relations between rows as SQL: joins, periods, shares, running sums, groups.

Each is a query over stages that have a name already, with the columns that are needed of it. Columns of both sides
of a join are told apart as `l` and `r`. The meaning is `formula.evaluate`.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from engine import text_functions as sql
from engine.quantities import NARROW
from engine.text_functions import Sql
from formula.relation import Aggregate, Aggregation, Join, Named, Overlap, Running, Spread

Columns = Sequence[tuple[str, Sql]]


def quoted(name: str, table: str | None = None) -> exp.Column:
    """Name a column."""
    return exp.column(name, table=table, quoted=True)


def table(name: str, alias: str | None = None) -> exp.Table:
    """Name a table or a query above."""
    shown = exp.TableAlias(this=exp.to_identifier(alias)) if alias else None
    return exp.Table(this=exp.to_identifier(name, quoted=True), alias=shown)


def select(columns: Columns, source: exp.Table) -> exp.Select:
    """Give a query of named columns."""
    named = (exp.alias_(tree, name, quoted=True, copy=False) for name, tree in columns)
    return exp.select(*named, copy=False).from_(source, copy=False)


def joined(relation: Join, needed: Sequence[str], left: str, right: str) -> exp.Select:
    """Print a join by what is equal; a period is looked at in the rows that this brings together."""
    agree = _agreeing(relation.on)
    if relation.within is not None:
        day = quoted(relation.within.day, "l")
        agree.append(exp.LTE(this=quoted(relation.within.start, "r"), expression=day))
        agree.append(exp.LT(this=day, expression=quoted(relation.within.end, "r")))
    chosen = select(_sides(needed, relation.columns), table(left, "l"))
    if not agree:
        agree.append(exp.true())
    return _with(chosen, right, agree, side="left" if relation.keeps else None)


def overlapping(relation: Overlap, needed: Sequence[str], left: str, right: str) -> exp.Select:
    """Print the shared periods of rows that agree; a period that is none shares nothing."""
    start, end = relation.start, relation.end
    shared = {
        start: sql.function("greatest", quoted(start, "l"), quoted(start, "r")),
        end: sql.function("least", quoted(end, "l"), quoted(end, "r")),
    }
    agree = _agreeing(relation.on)
    agree += [exp.LT(this=quoted(start, one), expression=quoted(end, other)) for one, other in ("lr", "rl", "ll", "rr")]
    columns = [(name, shared.get(name, tree)) for name, tree in _sides(needed, relation.columns)]
    return _with(select(columns, table(left, "l")), right, agree)


def spread(relation: Spread, needed: Sequence[str], source: str) -> exp.Select:
    """Print a row for each day of its period."""
    length = exp.Sub(this=quoted(relation.end), expression=quoted(relation.start))
    number = sql.function("unnest", sql.function("range", length))
    day = exp.Add(this=quoted(relation.start), expression=sql.cast(number, "INTEGER"))
    columns = [(name, day if name == relation.into else quoted(name)) for name in needed]
    if relation.into not in needed:
        columns.append((relation.into, day))
    return select(columns, table(source))


def running(relation: Running, needed: Sequence[str], source: str) -> exp.Select:
    """Print sums up to and including each row."""
    summed = dict(relation.sums)
    rows = exp.WindowSpec(kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW")

    def up_to(column: str) -> Sql:
        total = over(sql.function("sum", quoted(column)), relation.by, in_order(relation.order), rows)
        return sql.cast(total, NARROW)

    columns = [(name, up_to(summed[name]) if name in summed else quoted(name)) for name in needed]
    return select(columns, table(source))


def aggregated(relation: Aggregate, needed: Sequence[str], source: str) -> exp.Select:
    """Print one row for each group that has rows."""
    values = {name: _aggregate(what, quoted(of)) for name, what, of in relation.values}
    columns = [(name, values.get(name, quoted(name))) for name in needed]
    chosen = select(columns, table(source))
    if not relation.by:
        return chosen.having(exp.GT(this=exp.Count(this=exp.Star()), expression=sql.count(0)), copy=False)
    return chosen.group_by(*map(quoted, relation.by), copy=False)


def over(value: Sql, by: Sequence[str], order: Sequence[exp.Ordered] = (), rows: exp.WindowSpec | None = None) -> Sql:
    """Print a value over the rows of a group."""
    return exp.Window(
        this=value,
        partition_by=[quoted(name) for name in by],
        order=exp.Order(expressions=list(order)) if order else None,
        spec=rows,
    )


def in_order(names: Sequence[str]) -> list[exp.Ordered]:
    """Order rows by columns, the smallest first and nulls last."""
    return [exp.Ordered(this=quoted(name), desc=False, nulls_first=False) for name in names]


def _with(chosen: exp.Select, right: str, agree: Sequence[Sql], side: str | None = None) -> exp.Select:
    chosen.append("joins", exp.Join(this=table(right, "r"), on=sql.both(*agree), side=side))
    return chosen


def _agreeing(on: Sequence[Named]) -> list[Sql]:
    return [sql.same(quoted(mine, "l"), quoted(other, "r")) for mine, other in on]


def _sides(needed: Sequence[str], added: Sequence[Named]) -> list[tuple[str, Sql]]:
    there = dict(added)
    return [(name, quoted(there[name], "r") if name in there else quoted(name, "l")) for name in needed]


def _aggregate(what: Aggregation, column: Sql) -> Sql:
    if what is Aggregation.SUM:
        return sql.cast(sql.function("sum", column), NARROW)
    return sql.function(what.value, column)
