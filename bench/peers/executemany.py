"""The rows of an approval, written by the driver's bare `executemany`: same tables, triggers, transactions, durability.

`collect URL BASE FILE` keeps what was written after revision BASE. `write URL FILE` writes that into a database that is
as it was before, one transaction for each revision, and prints the seconds from the first BEGIN to the last COMMIT.
SQLite is opened as the program opens it: WAL, synchronous FULL, foreign keys on.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from pathlib import Path
from typing import Any

import psycopg

#: What each transaction writes, in an order that foreign keys and triggers allow: a table, its rows that belong to a
#: revision, and how they are written where they are no new rows.
WRITES = (
    ("revision", "SELECT * FROM revision WHERE revision = ?", ""),
    ("batch", "SELECT * FROM batch WHERE ? = (SELECT min(revision) FROM decision WHERE batch = batch.id)", ""),
    ("decision", "SELECT * FROM decision WHERE revision = ?", ""),
    ("step", "SELECT revision_to, id FROM step WHERE revision_to = ?", "SET revision_to = ?"),
    ("step", "SELECT * FROM step WHERE revision_from = ?", ""),
    ("version", "SELECT revision_to, id FROM version WHERE revision_to = ?", "SET revision_to = ?"),
    ("version", "SELECT * FROM version WHERE revision_from = ?", ""),
    (
        "change",
        "SELECT state, batch, decided_revision, id FROM change WHERE decided_revision = ?",
        "SET state = ?, batch = ?, decided_revision = ?",
    ),
    (
        "person",
        "SELECT participant_since, changed, id FROM person WHERE changed = ?",
        "SET participant_since = ?, changed = ?",
    ),
    ("audit", "SELECT * FROM audit WHERE revision = ?", ""),
    ("head", "SELECT revision, 1 FROM revision WHERE revision = ?", "SET revision = ?"),
)


def main(work: str, url: str, *arguments: str) -> None:
    """Do one of the two."""
    if work == "collect":
        base, file = arguments
        Path(file).write_text(json.dumps(_collected(_open(url), int(base)), default=str))
    else:
        connection = _open(url)
        print(json.dumps(_written(connection, json.loads(Path(arguments[0]).read_text()))))


def _collected(connection: Any, base: int) -> list[list[tuple[str, list[Any]]]]:  # noqa: ANN401 - of either driver
    cursor = connection.cursor()
    revisions = cursor.execute(
        _marked(connection, "SELECT revision FROM revision WHERE revision > ?"), (base,)
    ).fetchall()
    transactions = []
    for revision in sorted(revisions):
        statements = []
        for table, query, change in WRITES:
            rows = cursor.execute(_marked(connection, query), revision).fetchall()
            names = ", ".join(f'"{column[0]}"' for column in cursor.description)
            places = ", ".join("?" * len(cursor.description))
            new = f"INSERT INTO {table} ({names}) VALUES ({places})"
            statements.append((f"UPDATE {table} {change} WHERE id = ?" if change else new, rows))
        transactions.append(statements)
    return transactions


def _written(connection: Any, transactions: list[list[tuple[str, list[Any]]]]) -> dict[str, float]:  # noqa: ANN401 - as above
    marked = [[(_marked(connection, statement), rows) for statement, rows in one if rows] for one in transactions]
    cursor = connection.cursor()
    started = time.perf_counter(), time.process_time()
    for statements in marked:
        cursor.execute("BEGIN IMMEDIATE" if isinstance(connection, sqlite3.Connection) else "BEGIN")
        for statement, rows in statements:
            cursor.executemany(statement, rows)
        cursor.execute("COMMIT")
    took = time.perf_counter() - started[0], time.process_time() - started[1]
    count = sum(len(rows) for statements in marked for _, rows in statements)
    return {"seconds": took[0], "cpu": took[1], "rows": count, "transactions": len(marked)}


def _open(url: str) -> Any:  # noqa: ANN401 - as above
    if not url.startswith("sqlite:///"):
        return psycopg.connect(url.replace("postgresql+psycopg:", "postgresql:"), autocommit=True)
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    for setting in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "cache_size = -65536"):
        connection.execute(f"PRAGMA {setting}")
    return connection


def _marked(connection: Any, statement: str) -> str:  # noqa: ANN401 - as above
    return statement if isinstance(connection, sqlite3.Connection) else statement.replace("?", "%s")


if __name__ == "__main__":
    main(*sys.argv[1:])
