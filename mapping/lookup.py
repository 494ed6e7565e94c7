"""How a mapping looks something up: what it asks for, and the row of a table that says it.

A table is the input `table:<name>`: for each key and day at most one row, with `lookup` (its key), `from` and
`until` (days, half-open, always there) and its columns, all text. Where its rows hold over days, the row of a record's
own day counts.
"""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from collections.abc import Sequence

from domain.facts import FactKind
from formula.expression import Column, Expression, Function, call
from formula.relation import Derive, Join, Scan, Stage, Within
from mapping.attribute import asked_column, found_column, hit_column, put_together
from mapping.rules import Resolved, Table, key_of

_DAY = "asked:day"
_DAYS = {
    **dict.fromkeys((FactKind.TRANSACTIONS, FactKind.RATES, FactKind.SCORES), "date"),
    **dict.fromkeys((FactKind.MEMBERSHIPS, FactKind.QUOTAS, FactKind.UNITS), "from"),
}

Columns = tuple[tuple[str, Expression], ...]


def day_of(kind: FactKind | None) -> str | None:
    """Name the rule that says of which day a record is; None where nothing does."""
    return "_effective" if kind is None else _DAYS.get(kind)


def table_input(name: str) -> str:
    """Name the input that holds the rows of a table."""
    return f"table:{name}"


def lookup_stages(
    asking: Sequence[Resolved], tables: MappingOf[str, Table], day: Expression | None, source: str, carried: Columns
) -> tuple[list[Stage], Columns]:
    """Give the stages that look things up over `source`, and the columns there are after them."""
    if not asking:
        return [], carried
    asked: Columns = tuple((asked_column(one.name), put_together(key_of(one.rule))) for one in asking)
    if day is not None:
        asked += ((_DAY, call(Function.AS_DAY, day)),)
    stages = [Stage("asked", Derive(source, (*carried, *asked)))]
    found: list[str] = []
    for one in asking:
        name, rule = one.name, one.rule
        is_dated = day is not None and tables[str(rule.lookup)].is_dated
        edges = (("from", "from"), ("until", "until")) if is_dated else ()
        rows = Scan(table_input(str(rule.lookup)), (("lookup", "lookup"), *edges, ("give", str(rule.give))))
        table = Stage(f"in:{name}", rows)
        join = Join(
            left=stages[-1].name,
            right=table.name,
            on=((asked_column(name), "lookup"),),
            columns=((hit_column(name), "lookup"), (found_column(name), "give")),
            within=Within(_DAY, "from", "until") if is_dated else None,
            keeps=True,
        )
        stages += [table, Stage(f"found:{name}", join)]
        found += [asked_column(name), hit_column(name), found_column(name)]
    return stages, (*carried, *((name, Column(name)) for name in found))
