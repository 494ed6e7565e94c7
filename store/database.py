"""Opening the database, bringing it to the newest tables, and the two kinds of transaction.

SQLite (one host) and PostgreSQL 15 behave alike: one writer after another where a revision is taken, readers
see one moment and write nothing, a lock that is not had within `PATIENCE` is `TryLater`.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DatabaseError, DisconnectionError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from domain.errors import FixFile, Refused, TryLater

if TYPE_CHECKING:
    from alembic.config import Config

#: The newest migration; a test holds it and the folder of migrations together.
HEAD = "0026"

#: How long to wait for another writer, in milliseconds.
PATIENCE = 30_000

#: What ends by itself, or by what is around us, of all that SQLite calls an operational error.
_PASSING = (
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
)
#: What finds the table of the newest migration; to have SQLAlchemy look took longer than many a command.
_HAS_MIGRATION = {
    "sqlite": "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'",
    "postgresql": "SELECT to_regclass('alembic_version')",
}
_FORMS = "write sqlite:///PATH or postgresql://USER@HOST/NAME"
#: For how many seconds a connection is taken to be good after it was used.
QUIET = 1.0
_USED = "used"
_MIGRATING = 7_266_170  # the number of our advisory lock in PostgreSQL; any, as long as it stays


def open_database(url: str) -> Engine:
    """Open `sqlite:///PATH` or `postgresql://..`; connects when first used. `FixFile` for another address."""
    try:
        address = make_url(url)
    except ArgumentError:
        raise FixFile(f"the database address is not a URL: {_FORMS}") from None
    kind = address.get_backend_name()
    if kind == "sqlite":
        engine = create_engine(address, hide_parameters=True)
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if kind == "postgresql":
        options = f"-c timezone=UTC -c lock_timeout={PATIENCE}"
        engine = create_engine(
            address,
            hide_parameters=True,
            pool_recycle=1800,
            isolation_level="READ COMMITTED",
            connect_args={"options": options, "application_name": "syncd", "connect_timeout": 10},
        )
        _look_after_quiet(engine)
        return engine
    raise FixFile(f"{kind} is no database we know: {_FORMS}")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Give a short transaction that commits at its end; an error that passes leaves nothing behind."""
    with _may_be_busy(engine), engine.connect() as connection:
        connection.execution_options(syncd_writes=True)
        with connection.begin():
            yield connection


@contextmanager
def trying(engine: Engine) -> Iterator[Connection]:
    """Give a transaction to write what would be, and read that; nothing of it stays."""
    with _may_be_busy(engine), engine.connect() as connection:
        connection.execution_options(syncd_writes=True)
        with connection.begin() as transaction:
            yield connection
            transaction.rollback()


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Give a transaction that sees one moment from its first read on, and in which every write is refused."""
    with _may_be_busy(engine), engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with connection.begin():
            yield connection


@contextmanager
def asking(engine: Engine) -> Iterator[Connection]:
    """Give a connection for one statement that reads: PostgreSQL is sent that alone, and no begin and end around it."""
    if engine.dialect.name != "postgresql":
        with reading(engine) as tx:
            yield tx
        return
    with _may_be_busy(engine), engine.connect() as connection:
        yield connection.execution_options(isolation_level="AUTOCOMMIT")


def database_time(engine: Engine) -> datetime | None:
    """Give the time by the database's own clock; None for SQLite, which is on this machine."""
    if engine.dialect.name != "postgresql":
        return None
    with reading(engine) as tx:
        theirs: datetime = tx.execute(text("SELECT clock_timestamp()")).scalar_one()
    return theirs


def migrate(engine: Engine) -> None:
    """Bring a database to the newest tables; one that is there already costs a query, no import of alembic.

    Two processes may do this at once. `Refused` where a newer syncd has been here.
    """
    if migration_of(engine) == HEAD:
        return
    with writing(engine) as tx:
        _upgrade(tx)
    engine.dispose()  # what a connection remembers of tables is of those before


def migration_of(engine: Engine) -> str | None:
    """Give the newest migration that a database has; None where it has none. Nothing is changed."""
    with reading(engine) as tx:
        return _migration(tx)


def must_be_at_head(engine: Engine) -> None:
    """Refuse to go on where another syncd has migrated the database meanwhile: what this one writes would be wrong."""
    if (found := migration_of(engine)) != HEAD:
        raise Refused(f"the database is at {found} by now, and this syncd knows {HEAD}: start the one that migrated it")


def settings(tx: Connection) -> Config:
    """Give what alembic's commands need to work on a connection."""
    from alembic.config import Config  # noqa: PLC0415 - 0.3 s that only a new database needs

    given = Config(attributes={"connection": tx})
    given.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return given


def _upgrade(tx: Connection) -> None:
    from alembic import command, util  # noqa: PLC0415 - as above

    if tx.dialect.name == "postgresql":
        tx.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATING})"))
    try:
        command.upgrade(settings(tx), HEAD)
    except util.CommandError:
        found = _migration(tx)
        raise Refused(f"the database is at {found}, which this syncd does not know: use a newer one") from None


def _migration(tx: Connection) -> str | None:
    if tx.execute(text(_HAS_MIGRATION[tx.dialect.name])).scalar() is None:
        return None
    return tx.execute(text("SELECT version_num FROM alembic_version")).scalar()


@contextmanager
def _may_be_busy(engine: Engine) -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        if "not a database" in str(error.orig):
            raise FixFile(f"{engine.url.database} is not a database of ours: put the right file there") from error
        if not isinstance(error, OperationalError):
            raise
        code = getattr(error.orig, "sqlite_errorcode", None)
        if code is not None and code & 0xFF not in _PASSING:
            raise
        where = engine.url.render_as_string(hide_password=True)
        raise TryLater(f"the database {where} is busy or not reachable ({error.orig}): try again") from error


def _look_after_quiet(engine: Engine) -> None:
    """Have a connection that nobody used for a while answer before it is; one that does not is made anew.

    To ask each time, as SQLAlchemy would, takes as long as what most transactions do.
    """

    @event.listens_for(engine, "checkout")
    def look(connection: Any, record: ConnectionPoolEntry, _: object) -> None:  # noqa: ANN401 - the driver's own
        last = record.info.get(_USED)
        if last is None or time.monotonic() - last < QUIET:  # None: it is new
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError(str(error)) from error

    @event.listens_for(engine, "checkin")
    def used(_: object, record: ConnectionPoolEntry) -> None:
        record.info[_USED] = time.monotonic()


def _set_up_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own
    connection.isolation_level = None  # otherwise the driver begins by itself, and never for a SELECT
    for setting in (
        f"busy_timeout = {PATIENCE}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "cache_size = -65536",
        "wal_autocheckpoint = 16384",  # 64 MB: what a big transaction wrote is copied once, not after each of them
    ):
        _set(connection, setting)


def _set(connection: Any, setting: str) -> None:  # noqa: ANN401 - the driver's own
    """Make a setting, which is refused at once, and not waited for, while another process makes it of a new file."""
    until = time.monotonic() + PATIENCE / 1000
    while True:
        try:
            connection.execute(f"PRAGMA {setting}")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() >= until:
                connection.close()  # nobody else knows of it yet
                raise
            time.sleep(0.01)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("syncd_writes", False)
    # of the driver itself: this waits for nothing, and SQLAlchemy takes ten times as long about it
    driver: Any = connection.connection.driver_connection
    driver.execute(f"PRAGMA query_only = {'OFF' if writes else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
