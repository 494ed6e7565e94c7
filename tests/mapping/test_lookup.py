"""A value that stands in a table: found by key and day, by the reference and by the engine alike."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.attributes import STANDARD
from domain.facts import FactKind
from engine.mapped import map_rows, note_rows
from engine.session import Session
from formula.evaluate import evaluate
from mapping.check import check
from mapping.compile import ROWS, MappingForm, compile_mapping
from mapping.problems import problem_of
from mapping.rules import Table
from tests.mapping.worked import mapped_by_engine, mapping_of, rows_of, send

TABLES = {"regions": Table(("Name", "Rank")), "teams": Table(("Team",), is_dated=True)}
REGIONS = [("1", "North", "3"), ("2", "South", None), ("A|B", "Both", "7")]
TEAMS = [
    ("r1", date(2026, 1, 1), date(2026, 2, 1), "East"),
    ("r1", date(2026, 2, 1), date.max, "West"),
    ("r2", date.min, date(2026, 1, 10), "Old"),
]
MAPPING = """
key: K
fields:
  region: {lookup: regions, key: Region, give: Name}
  fte: {lookup: regions, key: {from: [Region]}, give: Rank, empty: absent}
  cost_center: {lookup: regions, key: {from: [A, B], join: '|'}, give: Name, values: {Both: both, North: n}}
  team: {lookup: teams, key: Rep, give: Team, empty: problem}
effective: Day
"""


def load(session: Session) -> dict[str, list[dict[str, Any]]]:
    session.run('CREATE OR REPLACE TABLE "table:regions" (lookup VARCHAR, "Name" VARCHAR, "Rank" VARCHAR)')
    for row in REGIONS:
        session.run('INSERT INTO "table:regions" VALUES ($1, $2, $3)', list(row))
    session.run('CREATE OR REPLACE TABLE "table:teams" (lookup VARCHAR, "from" DATE, "until" DATE, "Team" VARCHAR)')
    for team in TEAMS:
        session.run('INSERT INTO "table:teams" VALUES ($1, $2, $3, $4)', list(team))
    return {
        "table:regions": [dict(zip(("lookup", "Name", "Rank"), row, strict=True)) for row in REGIONS],
        "table:teams": [dict(zip(("lookup", "from", "until", "Team"), row, strict=True)) for row in TEAMS],
    }


def form_of(text: str = MAPPING) -> MappingForm:
    mapping = mapping_of(text)
    assert check(mapping, STANDARD, tables=TABLES) == ()
    return compile_mapping(mapping, STANDARD, tables=TABLES)


def looked_up(session: Session, *sent: dict[str, str | None]) -> list[dict[str, Any]]:
    form, rows, tables = form_of(), rows_of(sent), load(session)
    said = evaluate(form.stages, {ROWS: rows, **tables})
    send(session, form, rows)
    found = mapped_by_engine(session, form)
    assert found == said
    return found


def test_a_value_is_found_by_its_key_and_by_the_day_of_the_row(session):
    sent: list[dict[str, str | None]] = [
        {"K": "a", "Region": " 1 ", "A": "A", "B": "B", "Rep": "r1", "Day": "2026-01-31"},
        {"K": "b", "Region": "2", "A": None, "B": None, "Rep": "r1", "Day": "2026-02-01"},
        {"K": "c", "Region": "9", "A": "1", "B": None, "Rep": "r2", "Day": "2026-01-10"},
        {"K": "d", "Region": None, "A": "x", "B": None, "Rep": None, "Day": "2026-01-10"},
        {"K": "e", "Region": "1", "A": None, "B": None, "Rep": "r1", "Day": None},
    ]
    found = looked_up(session, *sent)
    assert [(one["region"], one["region__note"]) for one in found] == [
        ("North", None), ("South", None), (None, "not_found"), (None, None), ("North", None),
    ]  # fmt: skip
    assert [(one["fte"], one["fte__note"]) for one in found] == [
        ("3", None), (None, "silent"), (None, "not_found"), (None, "silent"), ("3", None),
    ]  # fmt: skip
    assert [(one["cost_center"], one["cost_center__note"]) for one in found] == [
        ("both", None), (None, None), ("n", None), (None, "not_found"), (None, None),
    ]  # fmt: skip
    assert [(one["team"], one["team__note"]) for one in found] == [
        ("East", None), ("West", None), (None, "not_found"), (None, "missing"), (None, "not_found"),
    ]  # fmt: skip
    map_rows(session, form_of(), "sent", "mapped")
    notes = [note for note in note_rows(session, form_of(), "sent", "mapped") if note.row == 4]
    assert [problem_of(note, form_of()).message for note in notes if note.field == "region"] == [
        "'9' is not in the table regions; correct it in the source, or add it to the table"
    ]
    assert [(note.value, note.column) for note in notes if note.field == "region"] == [("9", "Region")]


CELLS = st.sampled_from([None, "", "1", "2", " 2", "A", "B", "r1", "r2", "x"])
DAYS = st.sampled_from([None, "2025-12-31", "2026-01-09", "2026-01-31", "2026-02-01", "soon"])


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(cells=st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS, DAYS), min_size=1, max_size=12))
def test_the_engine_finds_what_the_reference_finds(session, cells):
    names = ("Region", "A", "B", "Rep", "Day")
    looked_up(session, *({"K": str(number), **dict(zip(names, row, strict=True))} for number, row in enumerate(cells)))


def test_a_form_knows_what_it_looks_up_and_its_meaning_is_that_of_the_question():
    form = form_of()
    assert form.tables == ("regions", "teams")
    assert form.reads == ("A", "B", "Day", "K", "Region", "Rep")
    assert form.meaning != form_of(MAPPING.replace("give: Name}", "give: Rank}")).meaning
    assert form.meaning != form_of(MAPPING.replace("key: Rep", "key: A")).meaning


@pytest.mark.parametrize(
    ("rule", "kind", "expected"),
    [
        ("{lookup: region, key: R, give: Name}", None, "there is no table 'region'; did you mean 'regions'?"),
        ("{lookup: regions, give: Name}", None, "says nothing of what it looks up in 'regions': add `key`, a column"),
        ("{lookup: regions, key: R}", None, "says nothing of what 'regions' gives: add `give`, a column of the table"),
        ("{lookup: regions, key: R, give: Nme}", None, "the table 'regions' has no 'Nme'; did you mean 'Name'?"),
        ("{lookup: regions, key: {value: x}, give: Name}", None, "is the name of a column, or a list of names"),
        (
            "{lookup: regions, key: R, give: Name, from: R}",
            None,
            "`from` already says where the value is; keep one of them",
        ),
        ("{lookup: teams, key: R, give: Team}", None, "nothing says of which day a row is: map `effective`"),
        ("{lookup: teams, key: R, give: Team}", FactKind.RATES, "nothing says of which day a row is: map `date`"),
        (
            "{lookup: teams, key: R, give: Team}",
            FactKind.CREDITS,
            "of which day a row is: look it up where there is a day",
        ),
        ("{lookup: regions, key: R, give: Name}", FactKind.TABLES, "a table cannot look up another one"),
    ],
)
def test_a_question_that_cannot_be_asked_is_told_so(rule: str, kind: FactKind | None, expected: str):
    field = {None: "title", FactKind.RATES: "base", FactKind.CREDITS: "deal", FactKind.TABLES: "Name"}[kind]
    mapping = mapping_of(f"{{key: K, fields: {{{field}: {rule}}}}}")
    said = [one.message for one in check(mapping, STANDARD, kind=kind, tables=TABLES)]
    assert any(expected in message for message in said), said


def test_a_day_cannot_be_looked_up_where_it_would_be_found_by_it():
    mapping = mapping_of("{key: K, fields: {title: T}, effective: {lookup: teams, key: R, give: Team}}")
    assert "this is the day they would be found by" in check(mapping, STANDARD, tables=TABLES)[0].message
