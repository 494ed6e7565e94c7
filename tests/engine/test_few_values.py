"""Texts of transactions as numbers: they are read as the texts they stand for, whatever those are."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.few_values import as_text, few_valued, place_file, place_of, place_row, place_text
from engine.session import Row, Session, open_session


@pytest.fixture(scope="module")
def session(tmp_path_factory) -> Iterator[Session]:
    with open_session(tmp_path_factory.mktemp("few")) as opened:
        yield opened


def sold(session: Session, *rows: tuple[str, str, str | None, str | None]) -> str:
    """Give the view of some transactions (feed, key, currency, place) as stages see them."""
    session.run("CREATE OR REPLACE TABLE transactions (feed VARCHAR, key VARCHAR, currency VARCHAR, place VARCHAR)")
    for row in rows:
        session.run("INSERT INTO transactions VALUES ($1, $2, $3, $4)", row)
    session.run("CREATE OR REPLACE VIEW landed AS SELECT NULL::DATE AS date, feed, currency, place FROM transactions")
    return few_valued(session)


def test_feeds_and_currencies_are_ordered_and_read_as_texts(session: Session):
    view = sold(
        session,
        ("shop", "2", "USD", "b"),
        ("a|b", "9", None, "b"),
        ("a|b", "10", "EUR", "b"),
        ("shop", "1", "EUR", "b"),
    )
    query = f"SELECT feed, key, currency, typeof(currency) FROM {view} ORDER BY feed, currency, key"  # noqa: S608
    found = session.rows(query)
    kind = "ENUM('EUR', 'USD')"
    assert found == [
        ("a|b", "10", "EUR", kind), ("a|b", "9", None, kind), ("shop", "1", "EUR", kind), ("shop", "2", "USD", kind),
    ]  # fmt: skip


def test_transactions_without_any_value_are_seen_as_they_are(session: Session):
    view = sold(session, ("shop", "2", None, None))
    query = f"SELECT feed, key, currency, typeof(currency), place FROM {view}"  # noqa: S608
    assert session.rows(query) == [("shop", "2", None, "VARCHAR", None)]


def test_places_in_files_are_numbers(session: Session):
    places = ["in/a.csv:2", "in/a.csv:10000001", "in/b:c.xlsx:7", None]
    view = sold(session, *(("shop", str(nth), "USD", one) for nth, one in enumerate(places)))
    assert told(session, view) == [
        ("in/a.csv:2", "in/a.csv:", 2, "BIGINT"),
        ("in/a.csv:10000001", "in/a.csv:", 10_000_001, "BIGINT"),
        ("in/b:c.xlsx:7", "in/b:c.xlsx:", 7, "BIGINT"),
        (None, None, None, "BIGINT"),
    ]


@pytest.mark.parametrize("other", ["Opportunity/006A", "a.csv:007", "a.csv:", "a.csv:+7", "a.csv:1e2", f"a:{10**12}"])
def test_where_one_place_is_no_row_of_a_file_all_are_texts(session: Session, other: str):
    view = sold(session, ("shop", "1", "USD", "a.csv:7"), ("shop", "2", "USD", other))
    assert told(session, view) == [("a.csv:7", "a.csv:7", None, "VARCHAR"), (other, other, None, "VARCHAR")]


@given(st.lists(st.none() | st.text(st.characters(exclude_characters="\0", codec="utf-8")) | st.builds(
    "{}{}{}".format, st.sampled_from(["a.csv", "ü's", "b:c", ""]), st.sampled_from([":", ""]), st.integers(0, 10**13)
), max_size=5))  # fmt: skip
@example(["a\u0301:1", "👩\u200d👧.csv:12"])
def test_any_place_is_read_as_it_was(session: Session, places: list[str | None]):
    view = sold(session, *(("shop", str(nth), "USD", one) for nth, one in enumerate(places)))
    assert [text for text, *_ in told(session, view)] == places
    whole = place_of(place_file("place"), place_row("place"))
    again = f"SELECT {whole} IS NOT DISTINCT FROM place FROM {view}"  # noqa: S608
    assert [same for (same,) in session.rows(again)] == [True] * len(places)


def told(session: Session, view: str) -> list[Row]:
    """Read places, by their key: as texts, their files and rows, and what they are to the engine."""
    file, row = place_file("place"), place_row("place")
    both = as_text(file, row)
    query = f"SELECT {place_text('place')}, {file}, {row}, typeof(place), {both} FROM {view} ORDER BY key::INT"  # noqa: S608
    found = session.rows(query)
    assert all(text == whole for text, _, _, _, whole in found)
    return [row[:-1] for row in found]
