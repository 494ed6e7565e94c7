"""Many rows at once, in a number of statements that does not grow with the rows.

SQLAlchemy's own `executemany` takes twice as long on SQLite and four times as long on PostgreSQL (measured on
200,000 rows of the widest table), so many rows go in by the driver's prepared statement and by COPY.
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    Text,
    UnaryExpression,
    any_,
    false,
    func,
    literal,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.operators import custom_op

#: What goes in by `insert_rows`: days and moments as ISO text, which both drivers take unchanged.
Plain = str | int | bool | None

#: A row whose columns are not told to the type checker.
AnyRow = Row[*tuple[Any, ...]]

_FETCHED = 10_000

_text = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Digested:
    """Rows on their way past, and the digest of all that have: the same rows give the same."""

    def __init__(self, rows: Iterable[tuple[Plain, ...]]) -> None:
        """Take rows as they are written."""
        self._rows, self._hash = rows, hashlib.blake2b(digest_size=16)

    def __iter__(self) -> Iterator[tuple[Plain, ...]]:
        """Give them one after the other."""
        for row in self._rows:
            self._hash.update(_text(row).encode())
            yield row

    @property
    def digest(self) -> str:
        """The digest of what has passed, 32 hexadecimal digits."""
        return self._hash.hexdigest()


#: The digest of no rows.
NO_ROWS = Digested(()).digest


def digest_of(rows: Iterable[tuple[Plain, ...]]) -> str:
    """Give the digest of rows read back in the order in which they were written."""
    digested = Digested(rows)
    deque(digested, maxlen=0)
    return digested.digest


def insert_rows(tx: Connection, table: Table, columns: Sequence[str], rows: Iterable[tuple[Plain, ...]]) -> None:
    """Insert rows whose values stand in the order of `columns`; the database gives what is left out."""
    names = ", ".join(f'"{column}"' for column in columns)
    if tx.dialect.name == "postgresql":
        _copy(tx, f'COPY "{table.name}" ({names}) FROM STDIN', rows)
        return
    given = list(rows)
    if given:
        places = ", ".join("?" * len(columns))
        tx.exec_driver_sql(f'INSERT INTO "{table.name}" ({names}) VALUES ({places})', given)  # noqa: S608 - our own names


def insert_missing(tx: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert the rows that no unique index has yet; the others stay as they are. Gives how many went in."""
    if not rows:
        return 0
    make = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    return tx.execute(make(table).on_conflict_do_nothing(), list(rows)).rowcount


def insert_unknown(tx: Connection, table: Table, columns: Sequence[str], rows: Sequence[tuple[Plain, ...]]) -> int:
    """Insert the rows, in the order of `columns`, that no unique index has yet, all at once. Gives how many went in.

    They are few: of a statement's values, columns times rows, SQLite takes 32,766.
    """
    if not rows:
        return 0
    names = ", ".join(f'"{column}"' for column in columns)
    given: tuple[Any, ...]
    if tx.dialect.name == "postgresql":  # its driver sends a row after the other, each with an answer
        values, given = _unnested(tx, [table.c[name] for name in columns], rows)
    else:  # one statement of many rows takes two thirds as long as one row after the other
        one = f"({', '.join('?' * len(columns))})"
        values, given = f"VALUES {', '.join([one] * len(rows))}", tuple(chain.from_iterable(rows))
    return tx.exec_driver_sql(f'INSERT INTO "{table.name}" ({names}) {values} ON CONFLICT DO NOTHING', given).rowcount


def among(tx: Connection, column: Column[Any], values: Collection[int] | Collection[str]) -> ColumnElement[bool]:
    """Be true where a column has one of many values: one parameter, however many they are."""
    listed = sorted(values)
    if not listed:  # of which kind would they be?
        return false()
    if tx.dialect.name == "postgresql":
        kind = Text() if isinstance(listed[0], str) else BigInteger()
        return column == any_(literal(listed, ARRAY(kind)))
    items = func.json_each(json.dumps(listed)).table_valued("value")
    return column.in_(select(items.c.value))


def checked(tx: Connection, column: Column[Any]) -> ColumnElement[Any]:
    """Give a column that rows are only checked or sorted by, never looked up by.

    SQLite keeps no statistics: beside `among` it would rather look up a state that a million rows are in.
    """
    return column if tx.dialect.name == "postgresql" else UnaryExpression(column, operator=custom_op("+"))


def stream(tx: Connection, query: Select[*tuple[Any, ...]]) -> Iterator[AnyRow]:
    """Give the rows of a query that may be millions, a bounded number in memory at a time."""
    with tx.execute(query.execution_options(yield_per=_FETCHED)) as result:
        for rows in result.partitions():
            yield from rows


def _unnested(
    tx: Connection, columns: Sequence[Column[Any]], rows: Sequence[tuple[Plain, ...]]
) -> tuple[str, tuple[Any, ...]]:
    """Write rows as a query, with its values: a list for a column, or one value that stands in all rows.

    A list takes time per row on both sides. The first column is always listed: it says how many rows there are.
    """
    listed, chosen, lists, single = [], [], [], []
    for number, (column, found) in enumerate(zip(columns, map(list, zip(*rows, strict=True)), strict=True)):
        kind = column.type.compile(tx.dialect)
        if number and found.count(found[0]) == len(found):
            chosen.append(f"%s::{kind}")
            single.append(found[0])
        else:
            chosen.append(f"c{number}")
            listed.append((f"c{number}", f"%s::{kind}[]"))
            lists.append(found)
    names, arrays = (", ".join(one) for one in zip(*listed, strict=True))
    return f"SELECT {', '.join(chosen)} FROM unnest({arrays}) AS u({names})", (*single, *lists)  # noqa: S608


def _copy(tx: Connection, statement: str, rows: Iterable[tuple[Plain, ...]]) -> None:
    dbapi = tx.dialect.loaded_dbapi
    driver: Any = tx.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except dbapi.Error as error:
        raise DBAPIError.instance(
            statement, None, error, dbapi.Error, hide_parameters=True, dialect=tx.dialect
        ) from error
