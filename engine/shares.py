"""Splitting a whole by largest remainder, over columns (`formula.relation.Share`, `formula.exact.parts`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp

from engine import text_functions as sql
from engine.layers import Layers
from engine.quantities import NARROW, Arithmetic, Number, divided_down, of_column, settled
from engine.relations import in_order, over, quoted, select, table
from engine.text_functions import Sql
from formula.expression import ColumnType
from formula.quantity import Quantity
from formula.relation import Share

_WHOLE = exp.WindowSpec(kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end="UNBOUNDED", end_side="FOLLOWING")
_DOWN, _REST, _DOWNS, _SHARES, _RANK = "share:down", "share:rest", "share:downs", "share:shares", "share:rank"


def shared(
    relation: Share, needed: Sequence[str], source: str, name: str, types: Mapping[str, ColumnType], *, wide: bool
) -> list[tuple[str, exp.Select]]:
    """Give the queries of a share, each over the one before; the last one has the columns that are needed."""
    if relation.into not in needed:
        return [(name, select([(one, quoted(one)) for one in needed], table(source)))]
    whole, share = (_number(one, types) for one in (relation.whole, relation.share))
    layers = Layers()
    size = Arithmetic(layers, wide).size(whole)
    product = Arithmetic(layers, wide).product((size, share))
    down, rest = divided_down(Arithmetic(layers, wide), product, 10**share.scale)
    queries = layers.selects(f"{name}+parts", source)
    parts = [(_DOWN, sql.cast(down, NARROW)), (_REST, sql.cast(rest, NARROW))]
    read = (*needed, *relation.by, *relation.order, relation.whole, relation.share)
    kept = [(one, quoted(one)) for one in dict.fromkeys(read) if one != relation.into]
    queries.append((f"{name}+parts", select([*kept, *parts], table(queries[-1][0] if queries else source))))
    ranks = _ranks(relation, wide=wide)
    queries.append((f"{name}+ranks", select([*kept, *_told(parts), *ranks], table(f"{name}+parts"))))
    layers = Layers()
    arithmetic = Arithmetic(layers, wide)
    total = arithmetic.rounded(arithmetic.product((size, of_column(_SHARES, share.scale, is_wide=wide))), whole.scale)
    queries += layers.selects(name, f"{name}+ranks")
    left = exp.Sub(this=settled(total), expression=quoted(_DOWNS))
    more = sql.when((exp.LTE(this=quoted(_RANK), expression=left), sql.count(1)), otherwise=sql.count(0))
    part = exp.Mul(
        this=sql.function("sign", whole.sql), expression=exp.paren(exp.Add(this=quoted(_DOWN), expression=more))
    )
    columns = [(one, part if one == relation.into else quoted(one)) for one in needed]
    queries.append((name, select(columns, table(queries[-1][0]))))
    return queries


def _ranks(relation: Share, *, wide: bool) -> list[tuple[str, Sql]]:
    """What is told of the whole group: the parts rounded down together, the shares together, who is served first.

    All of it in one order, though sums need none: an engine sorts the rows once for each.
    """

    def of_all(value: Sql, rows: exp.WindowSpec | None = _WHOLE) -> Sql:
        largest = exp.Ordered(this=quoted(_REST), desc=True, nulls_first=False)
        return over(value, relation.by, [largest, *in_order(relation.order)], rows)

    shares = of_all(sql.function("sum", quoted(relation.share)))
    return [
        (_DOWNS, of_all(sql.function("sum", quoted(_DOWN)))),
        (_SHARES, shares if wide else sql.cast(shares, NARROW)),
        (_RANK, of_all(sql.function("row_number"), None)),
    ]


def _number(column: str, types: Mapping[str, ColumnType]) -> Number:
    kind = types[column]
    return of_column(column, kind.scale if isinstance(kind, Quantity) else 0)


def _told(columns: Sequence[tuple[str, Sql]]) -> list[tuple[str, Sql]]:
    return [(name, quoted(name)) for name, _ in columns]
