"""Opening, migrating, and the two kinds of transaction."""

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from domain.errors import FixFile, Refused, TryLater
from store import database as opened
from store import tables
from store.database import HEAD, asking, open_database, reading, writing
from store.head import current_revision, take_revision
from tests.servers import Database, migrated
from tests.store.make import NOW

ROOT = Path(__file__).resolve().parents[2]


def test_sqlite_is_opened_safely(tmp_path):
    url = f"sqlite:///{tmp_path / 'a.db'}"
    migrated(url)
    with writing(open_database(url)) as tx:
        found = {
            name: tx.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    full = 2
    assert found == {"journal_mode": "wal", "synchronous": full, "foreign_keys": 1, "busy_timeout": 30_000}


def test_a_new_file_that_another_process_is_about_to_set_up_is_waited_for(tmp_path, monkeypatch):
    """SQLite itself does not wait there: it says at once that the file is locked."""
    other = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waited = []

    def gone(seconds):
        waited.append(seconds)
        other.rollback()

    monkeypatch.setattr("store.database.time.sleep", gone)
    engine = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    with reading(engine) as tx:
        assert tx.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    engine.dispose()
    other.close()
    assert len(waited) == 1


@pytest.mark.parametrize("url", ["roster.db", "mysql://localhost/roster", "duckdb:///a"])
def test_an_address_that_is_none_of_ours_says_what_to_write(url):
    with pytest.raises(FixFile, match="sqlite:///PATH or postgresql://"):
        open_database(url)


def test_the_password_of_a_database_is_never_shown():
    engine = open_database("postgresql://syncd:secret@127.0.0.1:1/roster")
    with pytest.raises(TryLater, match=r"syncd:.{3}@127.0.0.1:1/roster") as raised, reading(engine):
        pass
    assert "secret" not in raised.value.message


def test_a_write_that_fails_leaves_nothing_behind(engine):
    with suppress(ZeroDivisionError), writing(engine) as tx:
        assert take_revision(tx, NOW, "run") / 0
    with reading(engine) as tx:
        assert current_revision(tx) == 0


def test_a_reader_sees_one_moment_and_hinders_no_writer(engine):
    with reading(engine) as tx:
        assert current_revision(tx) == 0
        with writing(engine) as other:
            take_revision(other, NOW, "run")
        assert current_revision(tx) == 0
    with reading(engine) as tx:
        assert current_revision(tx) == 1


def test_a_reader_cannot_write_and_the_next_writer_can(engine):
    with pytest.raises(DBAPIError), reading(engine) as tx:
        take_revision(tx, NOW, "run")
    with writing(engine) as tx:
        assert take_revision(tx, NOW, "run") == 1


def test_a_writer_that_waits_too_long_is_told_to_try_later(url, monkeypatch):
    monkeypatch.setattr(opened, "PATIENCE", 1)
    engine = open_database(url)
    with writing(engine) as tx:
        take_revision(tx, NOW, "run")
        with pytest.raises(TryLater, match="try again"), writing(engine) as other:
            take_revision(other, NOW, "run")
    engine.dispose()


def test_the_values_of_a_statement_do_not_stand_in_its_error(engine):
    with pytest.raises(DBAPIError) as raised, writing(engine) as tx:
        tx.execute(tables.mirror.insert().values(name="Dana Fox", path=None, revision=1))
    assert "Dana Fox" not in str(raised.value).partition("DETAIL")[0]


def test_a_current_database_is_told_without_alembic(url):
    program = (
        "import sys; from store.database import migrate, open_database; "
        f"migrate(open_database({url!r})); print('alembic' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, cwd=ROOT)
    assert told.stdout.strip() == "False"


def test_two_may_migrate_at_once(database: Database, tmp_path):
    url = f"sqlite:///{tmp_path / 'new.db'}"
    if database.server is not None:
        url = database.server.create_database("twice")
    try:
        with ThreadPoolExecutor() as pool:
            list(pool.map(migrated, [url, url]))
        engine = open_database(url)
        with reading(engine) as tx:
            assert current_revision(tx) == 0
        engine.dispose()
    finally:
        if database.server is not None:
            database.server.drop_database("twice")


def test_a_database_of_a_newer_syncd_is_left_alone(engine: Engine, url):
    with writing(engine) as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Refused, match="9999"):
        migrated(url)
    with writing(engine) as tx:
        tx.execute(text(f"UPDATE alembic_version SET version_num = '{HEAD}'"))  # noqa: S608 - our own number
    migrated(url)


@pytest.mark.postgres
@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_a_connection_that_ended_while_nobody_used_it_is_made_anew(url, monkeypatch):
    """A connection used just before is not asked: that the server restarted is then said, once."""
    engine = open_database(url)
    others = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )

    def ended() -> None:
        with reading(engine) as tx:
            assert tx.execute(text("SELECT 1")).scalar_one() == 1
        ending = open_database(url)
        with writing(ending) as tx:
            assert len(tx.execute(others).all()) == 1
        ending.dispose()

    monkeypatch.setattr(opened, "QUIET", 3600.0)
    ended()
    with pytest.raises(TryLater, match="try again"), reading(engine) as tx:
        tx.execute(text("SELECT 1"))
    with reading(engine) as tx:
        assert tx.execute(text("SELECT 1")).scalar_one() == 1
    monkeypatch.setattr(opened, "QUIET", 0.0)
    ended()
    with reading(engine) as tx:
        assert tx.execute(text("SELECT 1")).scalar_one() == 1
    engine.dispose()


def test_one_question_leaves_no_transaction_open_and_the_next_has_one(engine):
    def has_begun(tx: Connection) -> bool:
        driver: Any = tx.connection.driver_connection
        return driver.in_transaction if isinstance(driver, sqlite3.Connection) else driver.info.transaction_status > 0

    with asking(engine) as tx:
        assert current_revision(tx) == 0
        assert has_begun(tx) is (engine.dialect.name == "sqlite"), "which waits for nobody to begin one"
    with suppress(ZeroDivisionError), writing(engine) as tx:
        take_revision(tx, NOW, "run")
        assert has_begun(tx)
        raise ZeroDivisionError
    with reading(engine) as tx:
        assert (current_revision(tx), has_begun(tx)) == (0, True)
