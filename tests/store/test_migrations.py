"""The migrations: up, down and up again with data in the tables, which are as they are declared."""

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, inspect, text

from domain.alert import AlertKind, Cause
from domain.outbound import Notification
from store import tables
from store.alerts import begin_alert
from store.connections import Agreement, ask_agreement, keep_connection
from store.database import HEAD, settings, writing
from store.head import current_revision
from store.history import insert_steps, replace_versions
from store.jobs import Act, enqueue, enqueue_once
from store.outbound import Arrived, Kept, OutboundPath, insert_path, keep_message
from store.outbox import Asked, ask
from store.schedules import begin_schedule
from tests.store.make import NOW, Roster, decided, proposed, step, version


def test_the_newest_migration_is_the_one_we_name(engine):
    with writing(engine) as tx:
        assert ScriptDirectory.from_config(settings(tx)).get_current_head() == HEAD


def test_the_migrations_make_the_tables_as_they_are_declared(engine):
    with writing(engine) as tx:
        command.check(settings(tx))
        assert set(inspect(tx).get_table_names()) == {*tables.metadata.tables, "alembic_version"}


def test_a_column_without_a_migration_is_noticed(engine):
    with writing(engine) as tx:
        tx.execute(text("ALTER TABLE mirror ADD COLUMN unknown TEXT"))
        with pytest.raises(CommandError, match="unknown"):
            command.check(settings(tx))


def test_every_check_is_in_the_database(engine):
    """Alembic compares no checks, so they are compared here."""
    with writing(engine) as tx:
        for table in ("step", "version"):
            found = {check["name"] for check in inspect(tx).get_check_constraints(table)}
            assert found == {f"ck_{table}_days", f"ck_{table}_revisions"}


def test_migrations_go_down_and_up_with_data_in_the_tables(engine, roster: Roster):
    with writing(engine) as tx:
        _fill(tx, roster)
        config: Config = settings(tx)
        command.downgrade(config, "base")
        assert inspect(tx).get_table_names() == ["alembic_version"]
        command.upgrade(config, "head")
        assert current_revision(tx) == 0
        _fill(tx, Roster.begin(tx))


@pytest.mark.parametrize("older", ["0001", "0009", "0017"])
def test_a_database_of_an_older_syncd_is_brought_on_with_all_that_it_holds(engine, roster: Roster, older: str):
    with writing(engine) as tx:
        _fill(tx, roster)
        config: Config = settings(tx)
        command.downgrade(config, older)
        before = _held(tx)
        assert {"version", "step", "change", "person"} <= {name for name, rows in before.items() if rows}
        command.upgrade(config, "head")
        after = _held(tx)
        assert after.pop("counter") > before.pop("counter"), "new tables count, too"
        assert {name: after[name] for name in before} == before
        assert current_revision(tx) == roster.revision


def _held(tx: Connection) -> dict[str, int]:
    """Count the rows of each table."""
    names = set(inspect(tx).get_table_names()) - {"alembic_version"}
    return {name: tx.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one() for name in names}  # noqa: S608


def _fill(tx: Connection, roster: Roster) -> None:
    from store.changes import insert_changes

    insert_changes(tx, roster.lease, [proposed(roster, 1)])
    decision = decided(tx, 1, roster.revision)
    insert_steps(tx, [step(1, roster.people[0], decision, roster.revision)])
    replace_versions(tx, [], [version(roster.people[0], "2026-01-01")], roster.revision)
    ask_agreement(tx, Agreement("digest", "crm", "sealed", "ana", NOW), NOW)
    keep_connection(tx, "crm", "sealed", "ana", NOW)
    begin_schedule(tx, "workers", "hourly UTC", NOW)
    assert enqueue(tx, Act.RUN, "workers", by="clock", now=NOW, planned=NOW) == 1
    assert enqueue_once(tx, Act.CALCULATE, "main:2026-01", "{}", by="dana", now=NOW).id == 2
    assert ask(tx, Asked("email", "ops", "alert:1", "alert:1:ops"), NOW) == 1
    path = OutboundPath(1, "crm", "digest", NOW)
    insert_path(tx, path)
    told = Notification("04l5f000000abcdAAA", "Contact", None)
    assert keep_message(tx, Arrived(path, "00D", "04k", "digest", [told]), NOW) == Kept(1, (told,))
    assert begin_alert(tx, Cause(AlertKind.LATE, "workers"), NOW) == 1
