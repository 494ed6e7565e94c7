"""The servers of the tests do what the tests rely on."""

import os
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from tests.servers import Database, PostgresServer, ServerMissingError, find_programs


def connect(url: str) -> psycopg.Connection:
    return psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))


@pytest.mark.postgres
def test_a_database_is_a_copy_of_its_template_and_alone(postgres_server: PostgresServer) -> None:
    with connect(postgres_server.create_database("model")) as connection:
        connection.execute("CREATE TABLE seen (what text)")
    copies = Database("postgres", postgres_server, "model")
    first, second = copies.fresh(), copies.fresh()
    assert first is not None
    assert second is not None
    with connect(first) as connection:
        connection.execute("INSERT INTO seen VALUES ('here')")
    with connect(second) as connection:
        assert connection.execute("SELECT count(*) FROM seen").fetchone() == (0,)
        copies.drop()  # and whoever is still connected is sent away
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    postgres_server.drop_database("model")
    assert "model" not in postgres_server.made


def test_for_sqlite_the_workspace_has_its_own_database() -> None:
    assert Database("sqlite").fresh() is None


def test_the_programs_named_are_taken_or_missed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with pytest.raises(ServerMissingError, match="apt-get install postgresql"):
        find_programs({"SYNCD_PG_BIN": str(tmp_path)})


def test_nothing_of_this_machine_reaches_a_test(tmp_path_factory: pytest.TempPathFactory) -> None:
    assert [name for name in os.environ if name.startswith("SYNCD_")] == []
    assert Path.home().is_relative_to(tmp_path_factory.getbasetemp())
