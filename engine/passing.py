"""Running sums of rows that come sorted: each is added to the one before, and only that one is kept.

A window sorts what it sums up, and what is written in the same order is sorted once more; that, and the window itself,
are most of what lines cost. Here rows are sorted once, and summed up as they come. An engine promises no order between
two steps of a query, so every row is held against the one before it, and has a number: where memory is short a join
hands rows on as it has room for them, and who writes them looks whether their numbers are still in order. A row that
does not follow raises (`is_out_of_order`), and the sums are those of windows then, as `relations` has them. So does one
that adds null.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import duckdb
from sqlglot import exp

from engine import text_functions as sql
from engine.quantities import NARROW
from engine.relations import in_order, over, quoted, select, table
from engine.text_functions import Sql
from formula.needs import sources_of
from formula.relation import Derive, Join, Running, Stage

#: The number of a row among those that were summed up.
NTH = "nth:row"

_OUT_OF_ORDER = "a row does not follow the one before it"
_BEFORE, _UP_TO, _UNTIL = "before:", "up to:", "until:"
_SO_FAR = exp.WindowSpec(kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW")


@dataclass(frozen=True, slots=True)
class Passing:
    """A running sum that is made in passing: its stage, and those that its rows go through after it."""

    stage: str
    above: Collection[str]


def passing_of(parts: Sequence[Stage], name: str) -> Passing | None:
    """Find the running sum that the rows of a stage go through last; None where they are put together after it.

    A join above it is taken for one that each of its rows goes through once: their numbers show whether it is.
    """
    stages = {stage.name: stage.relation for stage in parts}
    above: set[str] = set()
    relation = stages.get(name)
    while isinstance(relation, Derive | Join):
        above.add(name)
        name = sources_of(relation)[0]
        relation = stages.get(name)
    return Passing(name, above) if isinstance(relation, Running) and relation.by else None


def summed_in_passing(relation: Running, needed: Sequence[str], source: str, name: str) -> list[tuple[str, exp.Select]]:
    """Give the queries of running sums over groups, each over the one before; rows leave by group and in their order.

    Up to each row everything is summed up, of all groups; less what that was where its group began. Beside what is
    needed they have their number, `NTH`, from 1 on.
    """
    summed = {ours: of for ours, of in relation.sums if ours in needed}
    order = tuple(dict.fromkeys((*relation.by, *relation.order)))
    read = dict.fromkeys((*(one for one in needed if one not in summed), *order, *summed.values()))
    ordered = select([(one, quoted(one)) for one in read], table(source)).order_by(*in_order(order), copy=False)
    lags, follows = _following(order)
    totals = [(f"{_UP_TO}{ours}", _so_far(sql.function("sum", quoted(of)))) for ours, of in summed.items()]
    passed = _and_more(f"{name}+sorted", [*totals, *lags, (NTH, over(sql.function("row_number"), ()))])
    group = ((quoted(f"{_BEFORE}{one}"), quoted(one)) for one in relation.by)
    begins = sql.either(*(exp.NullSafeNEQ(this=before, expression=now) for before, now in group))
    bases = [(f"{_UNTIL}{ours}", _latest(begins, ours, of)) for ours, of in summed.items()]
    held = sql.both(follows, *(sql.present(quoted(of)) for of in summed.values()))
    based = _and_more(f"{name}+passed", bases).where(_must(held), copy=False)

    def up_to(ours: str) -> Sql:
        return sql.cast(exp.Sub(this=quoted(f"{_UP_TO}{ours}"), expression=quoted(f"{_UNTIL}{ours}")), NARROW)

    columns = [(one, up_to(one) if one in summed else quoted(one)) for one in (*needed, NTH)]
    return [
        (f"{name}+sorted", ordered),
        (f"{name}+passed", passed),
        (f"{name}+based", based),
        (name, select(columns, table(f"{name}+based"))),
    ]


def is_out_of_order(error: duckdb.Error) -> bool:
    """Tell whether a query failed since rows did not come as they should, and nothing else."""
    return _OUT_OF_ORDER in str(error)


def _following(order: Sequence[str]) -> tuple[list[tuple[str, Sql]], Sql]:
    """Give the columns of the row before, and whether a row comes after it: the first of all comes after none."""
    lags = [(f"{_BEFORE}{one}", over(sql.function("lag", quoted(one)), ())) for one in order]
    after: Sql | None = None
    for one in reversed(order):
        before, now = quoted(f"{_BEFORE}{one}"), quoted(one)
        larger: Sql = exp.GT(this=now, expression=before)
        if after is not None:
            larger = sql.either(larger, sql.both(exp.EQ(this=now, expression=before), exp.paren(after)))
        after = larger
    is_first = exp.Is(this=quoted(f"{_BEFORE}{order[0]}"), expression=exp.Null())
    follows = exp.Coalesce(this=after, expressions=[is_first])
    return lags, sql.both(sql.present(quoted(order[0])), follows)


def _must(condition: Sql) -> Sql:
    return sql.when((condition, exp.true()), otherwise=sql.function("error", sql.text(_OUT_OF_ORDER)))


def _so_far(value: Sql) -> Sql:
    return over(value, (), (), _SO_FAR)


def _latest(begins: Sql, ours: str, of: str) -> Sql:
    """What everything before the group came to: as it was where the group began."""
    before = exp.Sub(this=quoted(f"{_UP_TO}{ours}"), expression=quoted(of))
    return _so_far(exp.IgnoreNulls(this=exp.LastValue(this=sql.when((begins, before)))))


def _and_more(source: str, columns: Sequence[tuple[str, Sql]]) -> exp.Select:
    more = (exp.alias_(tree, name, quoted=True, copy=False) for name, tree in columns)
    return exp.select(exp.Star(), *more, copy=False).from_(table(source), copy=False)
