"""Every table as open text, a JSON object a row, and back: the same on both databases, so that one becomes the other.

Days are ISO text, moments UTC as `2026-01-31T23:59:59.000000Z`. A copy is read in one moment. It is put back into
tables that a migration has just made; guards against edits and overlap hold for it as for any write.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import islice

from sqlalchemy import Connection, Table, delete, func, inspect, select, text, update

from calc.pay_run import PayState
from domain.errors import Refused
from store.bulk import Plain, insert_rows, stream
from store.columns import instant_text
from store.every_table import metadata
from store.faults import write
from store.ledger_tables import pay_run

_AT_ONCE = 10_000
_MADE_WITH_ROWS = ("head", "counter")  # by the migrations


def table_names() -> list[str]:
    """Name every table that a copy has, those that others refer to first.

    The tokens of connections are left out: one that was renewed since is over, and whoever shows it ends the others.
    """
    return [table.name for table in metadata.sorted_tables if table.info.get("copied", True)]


def columns_of(name: str) -> list[str]:
    """Name the columns of a table."""
    return [column.name for column in _table(name).columns]


def rows_of(tx: Connection, name: str) -> Iterator[dict[str, Plain]]:
    """Give the rows of a table by its key, a bounded number in memory at a time."""
    table = _table(name)
    names = columns_of(name)
    for row in stream(tx, select(table).order_by(*table.primary_key.columns)):
        yield {column: _plain(value) for column, value in zip(names, row, strict=True)}


def is_untouched(tx: Connection) -> bool:
    """Tell whether nothing has happened in a database yet."""
    if not inspect(tx).has_table("head"):
        return True
    others = [name for name in table_names() if name not in _MADE_WITH_ROWS]
    return all(tx.execute(select(func.count()).select_from(_table(name))).scalar() == 0 for name in others)


@write("open_form.clear")
def clear(tx: Connection) -> None:
    """Take away what migrations put into the tables of an untouched database. `Refused` where it is none."""
    if not is_untouched(tx):
        raise Refused("the database is not empty: a copy is put into a place where nothing has happened yet")
    for name in _MADE_WITH_ROWS:
        tx.execute(delete(_table(name)))


@write("open_form.put")
def put(tx: Connection, name: str, columns: Sequence[str], rows: Iterable[Sequence[Plain]]) -> None:
    """Put rows into a table, in their order; the ids that the database gives go on after theirs."""
    given = _before_entries(columns, rows) if name == pay_run.name else map(tuple, rows)
    while several := list(islice(given, _AT_ONCE)):
        insert_rows(tx, _table(name), columns, several)
    generated = [one.name for one in _table(name).columns if one.identity is not None]
    if tx.dialect.name == "postgresql" and generated:
        tx.execute(
            text(f'SELECT setval(pg_get_serial_sequence(:table, :column), max("{generated[0]}")) FROM "{name}"'),  # noqa: S608 - names of our own
            {"table": name, "column": generated[0]},
        )


@write("open_form.finish")
def finish(tx: Connection, columns: Sequence[str], rows: Iterable[Sequence[Plain]]) -> None:
    """Commit the pay runs that were, given as to `put`: the database takes entries of one only before that."""
    for row in rows:
        run = dict(zip(columns, row, strict=True))
        if run["committed"] is not None:
            its = update(pay_run).where(pay_run.c.id == run["id"])
            tx.execute(its.values(state=run["state"], committed=run["committed"]))


def _before_entries(columns: Sequence[str], rows: Iterable[Sequence[Plain]]) -> Iterator[tuple[Plain, ...]]:
    """Yield rows of pay runs as they were when their entries were written."""
    for row in rows:
        run = dict(zip(columns, row, strict=True))
        if run["committed"] is not None:
            run |= {"state": PayState.APPROVED.value, "committed": None}
        yield tuple(run.values())


def _table(name: str) -> Table:
    return metadata.tables[name]


def _plain(value: object) -> Plain:
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, str | int):
        return value
    raise TypeError(f"a column holds {type(value).__name__}, which has no open form")
