"""The newest row of each key; facts in files, in the order of their keys; money to its last digit."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.facts import FactKind
from engine.fact_files import FactWriter
from engine.facts import KnownFacts
from engine.session import Row, Session, open_session
from engine.state import newest
from engine.typed import whole_number
from formula.expression import Type

ROWS = [("001", "a"), ("002", "b"), (" 003", "c")]


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with open_session(tmp_path, keeps_order=False) as session:
        yield session


def segment(session: Session, name: str, rows: list[tuple[str, str]], operation: str = "upsert") -> Path:
    path = session.folder / f"{name}.parquet"
    values = ", ".join(
        f"({nth}::BIGINT, '{name}:{nth}', '{operation}', NULL::VARCHAR, '{key}', '{said}')"
        for nth, (key, said) in enumerate(rows)
    )
    columns = "_row, _place, _op, _native, Id, Said"
    session.run(f"COPY (SELECT * FROM (VALUES {values}) AS r({columns})) TO '{path}' (FORMAT parquet)")  # noqa: S608 - our own names
    return path


def found(session: Session) -> list[Row]:
    return session.rows("SELECT Id, Said, _op FROM brought ORDER BY Id")


def test_where_no_key_stands_twice_every_row_is_the_newest(session):
    paths = [segment(session, "one", ROWS), segment(session, "two", [("004", "d")], "replace")]
    assert newest(session, "brought", paths, ("Id", "Said"), ("Id",)) == 0
    assert [row[:2] for row in found(session)] == [(" 003", "c"), ("001", "a"), ("002", "b"), ("004", "d")]
    assert {row[2] for row in found(session)} == {"upsert"}


def test_of_a_key_that_stands_twice_the_last_row_is(session):
    paths = [segment(session, "one", ROWS), segment(session, "two", [("003", "newer")])]
    assert newest(session, "brought", paths, ("Id", "Said"), ("Id",)) == 1
    assert [row[:2] for row in found(session)] == [("001", "a"), ("002", "b"), ("003", "newer")]


@pytest.mark.parametrize("count", [0, 1, 3, 4, 6, 7])
def test_files_hold_as_many_facts_as_they_may_in_the_order_of_their_keys(session, count):
    keys = [f"k{(number * 5) % 7}'" for number in range(count)]
    values = ", ".join(f"($${key}$$)" for key in keys) or "(NULL)"
    session.run(
        f"""CREATE TEMP TABLE typed AS SELECT false AS _gone, key, 'there' AS _place, true AS _in_scope, key AS stage
            FROM (VALUES {values}) AS v(key) WHERE key IS NOT NULL"""  # noqa: S608 - our own names
    )
    session.run("CREATE TABLE aside AS SELECT 0::BIGINT AS id WHERE false")
    writer = FactWriter(session, "deals", 1, {"stage": Type.TEXT}, has_splits=False, folder=session.folder, rows=3)
    files = writer.write_all(KnownFacts("deals", FactKind.TRANSACTIONS, {}), keeps=False)
    assert [one.rows for one in files] == [3] * (count // 3) + ([count % 3] if count % 3 else [])
    written = [row[0] for one in files for row in session.rows(f"SELECT key FROM read_parquet('{one.path}')")]  # noqa: S608 - our own names
    assert written == sorted(keys)


@pytest.mark.parametrize("scale", [0, 2, 4, 8, 9, 12])
def test_an_amount_is_a_whole_number_of_its_last_digit_however_large_it_is(session, scale):
    for said in ("0", "-0.01", "1234.56", "9999999999.99", "-10000000000", "10000000000.01", "99999999999999.9999"):
        digits = said.partition(".")[2]
        if len(digits) > scale or len(said.partition(".")[0].lstrip("-")) + scale > 18:
            continue
        exact = int(said.replace(".", "")) * 10 ** (scale - len(digits))
        assert session.number(f"SELECT {whole_number('a', scale)} FROM (SELECT '{said}' AS a)") == exact, said  # noqa: S608 - our own names
