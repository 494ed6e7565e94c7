"""Somebody who owns the database, drops its guards, and writes to what is never to be written to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import Connection, text

from store.database import open_database
from store.proof import findings


@contextmanager
def owning(url: str) -> Iterator[Connection]:
    """Give a transaction that leaves nothing behind unless it is committed."""
    engine = open_database(url)
    with engine.connect() as connection:
        connection.execution_options(syncd_writes=True)
        with connection.begin() as transaction:
            yield connection
            if transaction.is_active:
                transaction.rollback()
    engine.dispose()


def unguard(tx: Connection, *tables: str, against: tuple[str, ...] = ("update", "delete")) -> None:
    """Drop guards of some tables."""
    is_postgres = tx.dialect.name == "postgresql"
    for table in tables:
        for event in against:
            tx.execute(text(f"DROP TRIGGER {table}_{event}{f' ON {table}' if is_postgres else ''}"))


def must_name(tx: Connection, tampered: Mapping[str, tuple[str, str]], names: Mapping[str, str] | None = None) -> None:
    """See that nothing is found, and of each statement that it is: about whom, and in which words.

    `names` stand for what a statement calls by name.
    """
    known = names or {}
    for statement, (about, message) in tampered.items():
        with tx.begin_nested() as tampering:
            assert tx.execute(text(statement.format(**known))).rowcount, statement
            found = list(findings(tx))
            tampering.rollback()
        assert any(one.about == about.format(**known) and message in one.message for one in found), (statement, found)
    assert list(findings(tx)) == []
