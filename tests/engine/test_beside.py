"""Tables made beside one another: each after what it reads, two at a time, the first failure told."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from engine.beside import Part, made_beside
from engine.session import Session, open_session


@pytest.fixture
def session(tmp_path) -> Iterator[Session]:
    with open_session(tmp_path) as opened:
        yield opened


def test_who_works_beside_has_the_same_settings(tmp_path, monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    with open_session(tmp_path, keeps_order=False, joins_as_written=True) as session, session.beside() as other:
        query = "SELECT name, value FROM duckdb_settings() WHERE name <> 'enable_progress_bar' ORDER BY name"
        assert other.rows(query) == session.rows(query)
        assert other.rows("SELECT current_setting('TimeZone')") == [("UTC",)]


def make_one(session: Session, name: str) -> None:
    session.run(f"CREATE TABLE {name} AS SELECT 1 AS n")


def test_each_is_made_after_what_it_reads_and_told_with_what_is_left(session: Session):
    reads = {"a": [], "b": ["a"], "c": [], "d": ["b", "c"]}
    told = list(made_beside(session, reads, (), make_one))
    assert sorted(name for name, _ in told) == ["a", "b", "c", "d"]
    assert told[-1] == ("d", [])
    after = [name for name, _ in told]
    assert after.index("a") < after.index("b")
    for nth, (_, left) in enumerate(told):
        assert sorted(left) == sorted(after[nth + 1 :])
    assert [session.number(f"SELECT n FROM {name}") for name in reads] == [1, 1, 1, 1]  # noqa: S608


def test_two_are_made_at_once_what_takes_long_first(session: Session):
    both, begun = threading.Barrier(2, timeout=10), []

    def make(_: Session, name: str) -> None:
        begun.append(name)
        if name in ("long", "a"):
            both.wait()

    assert len(list(made_beside(session, {"a": [], "b": [], "long": []}, ("long",), make))) == 3
    assert set(begun[:2]) == {"long", "a"}


def test_what_is_left_to_do_is_done_in_parts_and_then_it_is_made(session: Session):
    both, done = threading.Barrier(2, timeout=10), []

    def part(_: Session) -> None:
        both.wait()
        done.append("part")

    def make(_: Session, name: str) -> list[Part] | None:
        done.append(name)
        return [part, part] if name == "long" else None

    told = list(made_beside(session, {"long": [], "after": ["long"]}, ("long",), make))
    assert done == ["long", "part", "part", "after"]
    assert told == [("long", ["after"]), ("after", [])]


def test_a_part_that_fails_is_told_as_what_it_is_a_part_of(session: Session):
    made = []

    def part(_: Session) -> None:
        raise ValueError("part")

    def make(_: Session, name: str) -> list[Part] | None:
        made.append(name)
        return [part, part] if name == "b" else None

    with pytest.raises(ValueError, match=r"^part$"):
        list(made_beside(session, {"a": [], "b": [], "c": ["b"]}, ("b",), make))
    assert sorted(made) == ["a", "b"]


def test_of_two_failures_the_first_in_order_is_told(session: Session):
    second_failed = threading.Event()

    def make(_: Session, name: str) -> None:
        if name == "b":
            second_failed.set()
            raise ValueError(name)
        second_failed.wait(10)
        raise ValueError(name)

    with pytest.raises(ValueError, match=r"^a$"):
        list(made_beside(session, {"a": [], "b": []}, (), make))


def test_what_comes_before_a_failure_is_still_made_and_what_comes_after_it_is_not(session: Session):
    made = []

    def make(_: Session, name: str) -> None:
        if name == "c":
            raise ValueError(name)
        made.append(name)

    with pytest.raises(ValueError, match=r"^c$"):
        list(made_beside(session, {"a": [], "b": ["a"], "c": [], "d": ["c"], "e": ["b"]}, ("c",), make))
    assert made == ["a", "b"]


def test_who_is_between_two_statements_is_broken_off_in_the_next_one(session: Session):
    begun = threading.Event()

    def make(own: Session, name: str) -> None:
        if name == "endless":
            begun.set()
            time.sleep(0.2)
            own.run("CREATE TABLE endless AS SELECT count(*) FROM range(100000000000) a, range(1000) b")
        begun.wait(10)

    making = made_beside(session, {"endless": [], "a": []}, (), make)
    assert next(making) == ("a", ["endless"])
    making.close()
    assert session.number("SELECT 1") == 1


def test_who_stops_listening_breaks_off_what_is_made(session: Session):
    begun = threading.Event()

    def make(own: Session, name: str) -> None:
        if name == "endless":
            begun.set()
            own.run("CREATE TABLE endless AS SELECT count(*) FROM range(100000000000) a, range(1000) b")
        begun.wait(10)

    making = made_beside(session, {"endless": [], "a": []}, (), make)
    assert next(making) == ("a", ["endless"])
    with pytest.raises(RuntimeError, match="stop"):
        making.throw(RuntimeError("stop"))
    assert session.number("SELECT 1") == 1
