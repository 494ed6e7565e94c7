"""A row is known again while other feeds name the same people: whose a name was is not touched when another has it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from domain.merging import ALWAYS, NameOf
from engine.merged import load_merged_names
from engine.said import Sayer, Saying, Shared
from engine.session import Session, open_session
from engine.unchanged import Remembered, load_doubtful, recognise, remember

TODAY = date(2026, 6, 1)
#: Whom the CRM names as the manager of one and of the other, and somebody else.
BOSS, CHIEF, THIRD = 5, 6, 3


_ROWS = (
    """CREATE TABLE landed AS SELECT nth::BIGINT AS _row, '' AS _place, 'upsert' AS _op, NULL::VARCHAR AS _native,
              nth::VARCHAR AS id FROM (VALUES (1), (2)) rows(nth)""",
    "CREATE VIEW sent AS FROM landed",
    "CREATE VIEW remaining AS FROM landed WHERE false",
    """CREATE VIEW keys AS SELECT _row, _place, id AS _key, 'main' AS _engagement, NULL::VARCHAR AS _effective
       FROM landed""",
    "CREATE VIEW links AS SELECT id AS key, _row AS person FROM landed",
    """CREATE VIEW versions AS SELECT _row AS person, 'main' AS engagement, DATE '2020-01-01' AS start,
              DATE '9999-12-31' AS "end" FROM landed""",
    "CREATE TABLE heard AS SELECT _row AS person, 7::UBIGINT AS digest, false AS several FROM landed",
    """CREATE TABLE said AS FROM (VALUES (1::BIGINT, 'main', 'P5'), (2::BIGINT, 'main', 'P6'))
       s(person, engagement, "said:0:manager")""",
    "CREATE TABLE open_matters (person BIGINT)",
    "CREATE TABLE people (person BIGINT, participant BOOLEAN, email VARCHAR)",
)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """Two rows that change nothing, of people whose managers another source names by e-mail."""
    with open_session(tmp_path) as opened:
        for statement in _ROWS:
            opened.run(statement)
        yield opened


def known_again(session: Session, people: list[tuple[int, str]], touched: int, names: list[NameOf]) -> int:
    """Remember the rows, let people have e-mails by which they are named, and count the rows that are known again."""
    saying = Saying((Sayer("crm", {"manager": "email"}),), {"manager": Shared(beside=(0,), others=(0,))})
    target, doubtful = session.folder / "unchanged.parquet", session.folder / "touched.csv"
    recognise(session, Remembered(None, "u", ("id",), (), {}, saying), TODAY)
    remember(session, Remembered(None, "u", ("id",), (), {}, saying), TODAY, target)
    for person, email in people:
        session.run("INSERT INTO people VALUES ($1, true, $2)", [person, email])
    load_merged_names(session, names)
    doubtful.write_text(f"{touched}\n", encoding="ascii")
    load_doubtful(session, doubtful)
    return recognise(session, Remembered(target, "u", ("id",), (), {}, saying), TODAY)


def test_who_is_not_touched_is_named_as_before(session: Session):
    people = [(BOSS, "boss@example.com"), (CHIEF, "chief@example.com"), (THIRD, "third@example.com")]
    assert known_again(session, people, THIRD, []) == 2


def test_an_e_mail_that_somebody_else_has_too_by_now_names_them(session: Session):
    people = [(BOSS, "boss@example.com"), (CHIEF, "chief@example.com"), (THIRD, "boss@example.com")]
    assert known_again(session, people, THIRD, []) == 1


def test_a_name_that_came_by_a_merge_is_that_of_who_has_it_by_now(session: Session):
    merged = NameOf("email:old@example.com", ((ALWAYS, 4), (date(2026, 1, 1), BOSS)), (4,))
    people = [(BOSS, "boss@example.com"), (CHIEF, "chief@example.com"), (THIRD, "old@example.com")]
    assert known_again(session, people, THIRD, [merged]) == 1
