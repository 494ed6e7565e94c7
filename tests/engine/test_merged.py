"""Transactions and parts of them name, by their day, who their owner was then."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.merging import ALWAYS, NameOf
from engine.merged import load_merged_names, name_by_day
from engine.session import Session, open_session

DAY = date(2026, 1, 1)
_DAYS = st.integers(0, 20)
_NAMES = st.sampled_from(["E1", "E2", "E3", "X9"])
_SOLD = st.lists(st.tuples(_NAMES, _DAYS, st.none() | _DAYS, st.none() | st.sampled_from(["D1", "D2"])), max_size=12)
_PARTS = st.lists(st.tuples(st.sampled_from(["D1", "D2"]), _NAMES), max_size=5, unique=True)


def day(number: int) -> date:
    return DAY + timedelta(days=number)


def whom(names: dict[str, NameOf], owner: str, when: date) -> str:
    """Whom a name names on a day, by its number where that is another one than at first."""
    if owner not in names:
        return owner
    since, person = [(since, person) for since, person in names[owner].whom if since <= when][-1]
    return owner if since == ALWAYS else f"P{person}"


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sold=_SOLD, parts=_PARTS, first=st.integers(1, 20), second=st.integers(1, 20))
def test_each_names_who_it_is_on_its_day(tmp_path: Path, sold: list, parts: list, first: int, second: int) -> None:  # type: ignore[type-arg]
    """E2 is P1 from one day on; E3 is P2 from another, and with P2 P1 in the end."""
    one, other = min(first, second), max(first, second) + 1
    names = {
        "E2": NameOf("E2", ((ALWAYS, 2), (day(one), 1))),
        "E3": NameOf("E3", ((ALWAYS, 3), (day(one), 2), (day(other), 1))),
    }
    with open_session(tmp_path) as session:
        _load(session, sold, parts)
        load_merged_names(session, list(names.values()))
        name_by_day(session, ("date", "booked_on"))
        found = session.rows(
            """SELECT t.key, t.owner, list(s.owner ORDER BY s.owner) FILTER (s.owner IS NOT NULL)
               FROM transactions t LEFT JOIN splits s ON s."of" = t.splits_of GROUP BY ALL ORDER BY t.key"""
        )
    expected = []
    for number, (owner, dated, booked, deal) in enumerate(sold):
        when = day(dated if booked is None else min(dated, booked))
        held = sorted(whom(names, name, when) for of, name in parts if of == deal)
        expected.append((number, whom(names, owner, when), held or None))
    assert found == expected


def _load(session: Session, sold: list, parts: list) -> None:  # type: ignore[type-arg]
    session.run("CREATE TABLE people (person BIGINT, participant BOOLEAN, name VARCHAR)")
    for name in ("employee_id", "partner_id", "vendor_id", "universal_id", "email"):
        session.run(f"ALTER TABLE people ADD COLUMN {name} VARCHAR")
    session.run("CREATE TABLE sold (key BIGINT, owner VARCHAR, date DATE, booked_on DATE, splits_of VARCHAR)")
    session.run('CREATE TABLE parts ("of" VARCHAR, owner VARCHAR, share BIGINT)')
    for number, (owner, dated, booked, deal) in enumerate(sold):
        days = [day(dated), None if booked is None else day(booked)]
        session.rows("INSERT INTO sold VALUES ($1, $2, $3, $4, $5)", [number, owner, *days, deal])
    for deal, owner in parts:
        session.rows("INSERT INTO parts VALUES ($1, $2, 1)", [deal, owner])
    session.run("CREATE VIEW transactions AS FROM sold")
    session.run("CREATE VIEW splits AS FROM parts")
