"""Lines as they are stored: with what their tallies are of beside them, or, by an older calculation, all in one."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from engine.lines import LINE, TALLY, LineFiles, lines_of
from engine.result_columns import written_columns
from engine.session import Session, open_session, write_whole

DAY = date(2026, 1, 5)
#: Of two forms that both have a tally 1: (form, tally, person, engagement, plan, component).
TALLIES = [
    (1, 1, 7, "main", "gold", "commission"),
    (2, 1, 7, "main", "gold", "margin"),
    (1, 2, 8, "A9", "base", "commission"),
]
#: form, tally, person, key, what was counted after it
LINES = [(1, 1, 7, "b", 30_000), (2, 1, 7, "a", 10_000), (1, 2, 8, "c", 50_000)]


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with open_session(tmp_path) as opened:
        yield opened


def stored(session: Session) -> LineFiles:
    """Write the lines as they are written now."""
    columns = [name for name in LINE if name not in ("plan", "component", "engagement", "before")]
    lines = " UNION ALL ".join(
        f"SELECT {form}::BIGINT AS form, {_columns(columns, person, tally, key, after)}"
        for form, tally, person, key, after in LINES
    )
    rows = ", ".join(str(row) for row in TALLIES)
    write_whole(session, lines, session.folder / "lines.parquet")
    tallies = f"SELECT * FROM (VALUES {rows}) t({', '.join(TALLY)})"  # noqa: S608
    write_whole(session, tallies, session.folder / "tallies.parquet")
    return LineFiles([session.folder / "lines.parquet"], [session.folder / "tallies.parquet"])


def older(session: Session) -> LineFiles:
    """Write the same as calculations did before there were files of tallies."""
    of = {(form, tally): rest for form, tally, _, *rest in TALLIES}
    parts = []
    for form, tally, person, key, after in LINES:
        engagement, plan, component = of[form, tally]
        own = {"engagement": engagement, "plan": plan, "component": component}
        columns = [
            f"'{own[name]}' AS {name}" if name in own else _columns([name], person, tally, key, after) for name in LINE
        ]
        parts.append(f"SELECT {', '.join(columns)}")
    write_whole(session, " UNION ALL ".join(parts), session.folder / "older.parquet")
    return LineFiles([session.folder / "older.parquet"], [])


def _columns(names: list[str], person: int, tally: int, key: str, after: int) -> str:
    said = {"person": f"{person}::BIGINT", "tally": f"{tally}::BIGINT", "day": f"DATE '{DAY}'", "key": f"'{key}'"}
    said |= {
        "feed": "'deals'",
        "credit": "10000::BIGINT",
        "after": f"{after}::BIGINT",
        "before": f"{after - 10_000}::BIGINT",
    }
    return ", ".join(f"{said.get(name, 'NULL')} AS {name}" for name in names)


def test_lines_are_read_the_same_whichever_way_they_are_stored(session):
    now, before = (
        session.rows(f"FROM ({files.query(session)}) ORDER BY key") for files in (stored(session), older(session))
    )
    assert now == before
    assert [dict(zip(LINE, row, strict=True))["component"] for row in now] == ["margin", "commission", "commission"]
    assert [dict(zip(LINE, row, strict=True))["before"] for row in now] == [0, 20_000, 40_000]


def test_somebodys_lines_are_the_same_whichever_way_they_are_stored(session):
    names = ("day", "feed", "key", "credit")
    now, before = (lines_of(session, files, 7, names) for files in (stored(session), older(session)))
    told = [(row["plan"], row["component"], row["key"], row["credit"]) for row in now]
    assert told == [("gold", "margin", "a", Decimal(1)), ("gold", "commission", "b", Decimal(1))]
    assert [{name: row[name] for name in ("plan", "component", *names)} for row in now] == before


@pytest.mark.parametrize(
    ("stored_as", "place"),
    [
        ("'in/a.csv:' AS place, 7::BIGINT AS place_row", "in/a.csv:7"),
        ("'Opportunity/006A' AS place, NULL::BIGINT AS place_row", "Opportunity/006A"),
        ("NULL::VARCHAR AS place, NULL::BIGINT AS place_row", None),
        ("'in/a.csv:7' AS place", "in/a.csv:7"),
    ],
)
def test_a_place_is_read_whichever_way_it_is_stored(session, stored_as: str, place: str | None):
    files = stored(session)
    write_whole(
        session,
        f"SELECT * EXCLUDE (place), {stored_as} FROM read_parquet('{files.lines[0]}')",  # noqa: S608 - a path of ours
        session.folder / "placed.parquet",
    )
    placed = LineFiles([session.folder / "placed.parquet"], files.tallies)
    assert session.rows(f"SELECT DISTINCT place FROM ({placed.query(session)})") == [(place,)]  # noqa: S608
    assert {row["place"] for row in lines_of(session, placed, 7, ("day", "feed", "key", "place"))} == {place}


def test_a_calculation_without_lines_gives_none(session):
    assert session.rows(LineFiles([], []).query(session)) == []
    assert lines_of(session, LineFiles([], []), 7, ("day",)) == []
    assert written_columns(LINE).keys() == dict.fromkeys(LINE).keys()
