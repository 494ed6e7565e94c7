"""What a run stands on breaks in its midst: nothing is lost, nothing twice, the rerun equals a run that never broke."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from store import faults
from tests.daemon.operated import Operated
from tests.scenarios.world import Document

#: Where a run, or a decision, writes.
IN_A_RUN = ("landing.publish", "changes.insert", "changes.settle done", "runs.finish")
IN_A_DECISION = ("decisions.insert", "history.insert_steps done", "audit.record")


@contextmanager
def at(point: str, happens: Callable[[], None]) -> Iterator[list[str]]:
    """Let something happen the first time that a write is passed; gives whether it was."""
    passed: list[str] = []

    def once(name: str) -> None:
        if name == point and not passed:
            passed.append(name)
            happens()

    faults.arm(once)
    yield passed
    faults.disarm()


def end_connections(world: Operated) -> Callable[[], None]:
    """What a restart of PostgreSQL does to who is connected."""
    url = make_url(world.database_url).set(drivername="postgresql")

    def ended() -> None:
        with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
            others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> %s"
            connection.execute(others, (url.database, connection.info.backend_pid))

    return ended


@pytest.fixture
def people(world: Operated) -> Operated:
    return with_people(world)


def with_people(world: Operated) -> Operated:
    for key in ("00002", "00003"):
        world.says(100, key)
    world.script_is()
    return world


@pytest.fixture
def unbroken(never_broken: Callable[[Callable[[Operated], object]], Document]) -> Document:
    """Everything after a run that never broke, and an approval of all."""
    seen = never_broken(with_people)
    assert [len(seen[name]) for name in ("participants", "changes", "links")] == [3, 3, 3]
    return seen


@pytest.mark.postgres
@pytest.mark.parametrize("database", ["postgres"], indirect=True)
@pytest.mark.parametrize("point", IN_A_RUN)
def test_postgresql_restarts_in_the_midst_of_a_run(people: Operated, unbroken: Document, point: str) -> None:
    with at(point, end_connections(people)) as passed:
        said = people.do("run", "people")
    assert (said.code, passed) == (4, [point])
    people.clock.lease_ends()
    assert people.do("run", "people").code == 0
    assert people.approve().code == 0
    assert people.everything() == unbroken


@pytest.mark.postgres
@pytest.mark.parametrize("database", ["postgres"], indirect=True)
@pytest.mark.parametrize("point", IN_A_DECISION)
def test_postgresql_restarts_in_the_midst_of_a_decision(people: Operated, unbroken: Document, point: str) -> None:
    assert people.do("run", "people").code == 0
    before = people.everything()
    with at(point, end_connections(people)) as passed:
        said = people.approve()
    assert (said.code, passed) == (4, [point])
    assert people.everything() == before
    assert len(people.approve()["decided"]) == 3
    assert people.everything() == unbroken


#: What PostgreSQL says of two transactions that do not go together, and of two that wait for each other.
NOT_TOGETHER = ("40001", "40P01")


def fails_once(world: Operated, table: str, sqlstate: str) -> None:
    """Let the first row that is inserted into a table fail so; what a sequence has counted is not taken back."""
    url = make_url(world.database_url).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute("CREATE SEQUENCE times")
        raised = sql.Literal(sqlstate)
        connection.execute(
            sql.SQL(
                "CREATE FUNCTION fail_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                "IF nextval('times') = 1 THEN RAISE EXCEPTION USING MESSAGE = 'not together', ERRCODE = {}; END IF; "
                "RETURN NEW; END $$"
            ).format(raised)
        )
        connection.execute(
            sql.SQL("CREATE TRIGGER fails BEFORE INSERT ON {} FOR EACH ROW EXECUTE FUNCTION fail_once()").format(
                sql.Identifier(table)
            )
        )


@pytest.mark.postgres
@pytest.mark.parametrize("database", ["postgres"], indirect=True)
@pytest.mark.parametrize("sqlstate", NOT_TOGETHER)
def test_a_decision_that_does_not_go_together_with_another_is_given_again(
    people: Operated, unbroken: Document, sqlstate: str
) -> None:
    assert people.do("run", "people").code == 0
    before = people.everything()
    fails_once(people, "step", sqlstate)
    assert people.approve().code == 4
    assert people.everything() == before
    assert len(people.approve()["decided"]) == 3
    assert people.everything() == unbroken


@pytest.mark.postgres
@pytest.mark.parametrize("database", ["postgres"], indirect=True)
@pytest.mark.parametrize("table", ["segment", "change"])
def test_a_run_that_does_not_go_together_with_another_is_begun_again_by_itself(
    people: Operated, unbroken: Document, table: str
) -> None:
    people.tick()
    people.later(hours=1)
    people.tick()
    fails_once(people, table, NOT_TOGETHER[0])
    assert [one["state"] for one in people.work()] == ["failed"]
    people.later(minutes=2)
    assert [one["state"] for one in people.work()] == ["done"]
    assert people.approve().code == 0
    assert people.everything() == unbroken


@pytest.mark.postgres
@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_out_of_connections_a_run_is_for_later_and_then_as_if_never_broken(
    people: Operated, unbroken: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a role that may have no connection, and then some."""
    before, url = people.everything(), make_url(people.database_url)
    names = {"role": sql.Identifier(f"few_{url.database}"), "owner": sql.Identifier(str(url.username))}
    admin = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE ROLE {role} LOGIN CONNECTION LIMIT 0 IN ROLE {owner}").format(**names))
        with monkeypatch.context() as patch:
            few = url.set(username=f"few_{url.database}").render_as_string(hide_password=False)
            patch.setenv("SYNCD_DATABASE_URL", few)
            said = people.do("run", "people")
            assert (said.code, said.error["code"]) == (4, "unreachable"), said.document
            assert "busy or not reachable" in said.error["message"]
            connection.execute(sql.SQL("ALTER ROLE {role} CONNECTION LIMIT -1").format(**names))
            assert (people.everything(), people.outcomes(), people.files()) == (before, [], set())
            assert (people.do("run", "people").code, people.approve().code) == (0, 0)
            assert people.everything() == unbroken
        connection.execute(sql.SQL("DROP ROLE {role}").format(**names))


def test_a_disk_that_is_full_while_rows_land_leaves_nothing_and_the_next_run_has_all(
    people: Operated, unbroken: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("engine.session.os.fsync", full)
        assert people.do("run", "--by-worker").code == 0
        people.do("worker", "--once")
    assert (people.pending(), people.cursor) == ([], None)
    assert people.job()["state"] == "failed"
    assert people.files() == set()
    assert (people.do("run", "people").code, people.approve().code) == (0, 0)
    assert people.everything() == unbroken
    assert people.files() == set(people.landed)


@pytest.mark.parametrize("pages", [0, 1, 2])
def test_a_source_that_dies_between_two_pages_is_gone_on_from(people: Operated, unbroken: Document, pages: int) -> None:
    """What came whole stays with its cursor; the changes are those of a read that never broke."""
    people.script_is(page_rows=1, cut_after=pages)
    people.do("run", "people")
    people.script_is(page_rows=1)
    assert people.do("run", "people").code == 0
    assert people.approve().code == 0
    assert people.everything() == unbroken
