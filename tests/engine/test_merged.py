"""Transactions and parts of them are of who their owner was on their day, and since a merge of who has the name."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.attributes import NAMED_BY
from domain.merging import ALWAYS, NameOf
from engine.merged import load_merged_names, name_by_day
from engine.mirror import load_kept_names
from engine.population import name_people
from engine.session import Session, open_session

DAY = date(2026, 1, 1)
_DAYS = st.integers(0, 20)
_NAMES = st.sampled_from(["employee_id:E2", "employee_id:E3", "employee_id:E4", "employee_id:X9", "hr:7", "hr:8"])
_SOLD = st.lists(st.tuples(_NAMES, _DAYS, st.none() | _DAYS, st.none() | st.sampled_from(["D1", "D2"])), max_size=12)
_PARTS = st.lists(st.tuples(st.sampled_from(["D1", "D2"]), _NAMES), max_size=5, unique=True)
#: Who has which name today: also P2 and P3, who were merged, where it is looked back.
_TODAY = st.sets(st.tuples(_NAMES, st.integers(1, 5)), max_size=6)


def day(number: int) -> date:
    return DAY + timedelta(days=number)


def whom(names: dict[str, NameOf], today: set[tuple[str, int]], owner: str, when: date) -> int | None:
    """Whom a name names on a day; None: nobody."""
    holders = {person for name, person in today if name == owner}
    name = names.get(owner)
    if name is None:
        return min(holders) if len(holders) == 1 else None
    since, person = [(since, person) for since, person in name.whom if since <= when][-1]
    if since == ALWAYS and person in name.had:
        return person
    holders -= set(name.had)
    if not holders:
        return None if owner.startswith("hr:") else person
    if len(holders) > 1:
        return None
    return person if holders == {name.whom[-1][1]} else min(holders)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sold=_SOLD, parts=_PARTS, today=_TODAY, first=st.integers(1, 20), second=st.integers(1, 20))
def test_each_is_of_who_it_names_on_its_day(
    tmp_path: Path,
    sold: list,  # type: ignore[type-arg]
    parts: list,  # type: ignore[type-arg]
    today: set,  # type: ignore[type-arg]
    first: int,
    second: int,
) -> None:
    """E2 is P1 from one day on; E3 is P2 from another, and with P2 P1 in the end; E4 and a record were always P1."""
    one, other = min(first, second), max(first, second) + 1
    names = {
        "employee_id:E2": NameOf("employee_id:E2", ((ALWAYS, 2), (day(one), 1)), (2,)),
        "employee_id:E3": NameOf("employee_id:E3", ((ALWAYS, 3), (day(one), 2), (day(other), 1)), (3,)),
        "employee_id:E4": NameOf("employee_id:E4", ((ALWAYS, 1),), (2,)),
        "hr:7": NameOf("hr:7", ((ALWAYS, 2), (day(other), 1)), (2,)),
        "hr:8": NameOf("hr:8", ((ALWAYS, 1),), (3,)),
    }
    with open_session(tmp_path) as session:
        _load(session, sold, parts, today)
        load_merged_names(session, list(names.values()))
        name_people(session)
        name_by_day(session, ("date", "booked_on"))
        found = session.rows(
            """SELECT t.key, any_value(n.person), list(p.person ORDER BY p.person) FILTER (s.owner IS NOT NULL)
               FROM transactions t LEFT JOIN names n ON n.owner = t.owner
               LEFT JOIN splits s ON s."of" = t.splits_of LEFT JOIN names p ON p.owner = s.owner
               GROUP BY t.key ORDER BY t.key"""
        )
    expected = []
    for number, (owner, dated, booked, deal) in enumerate(sold):
        when = day(dated if booked is None else min(dated, booked))
        held = [whom(names, today, name, when) for of, name in parts if of == deal]
        held.sort(key=lambda person: (person is None, person))
        expected.append((number, whom(names, today, owner, when), held or None))
    assert found == expected


def _load(session: Session, sold: list, parts: list, today: set) -> None:  # type: ignore[type-arg]
    session.run("CREATE TABLE people (person BIGINT, participant BOOLEAN, name VARCHAR)")
    for name in NAMED_BY:
        session.run(f"ALTER TABLE people ADD COLUMN {name} VARCHAR")
    session.run("CREATE TABLE all_links (id BIGINT, source VARCHAR, key VARCHAR, person BIGINT)")
    for name, person in sorted(today):
        by, _, value = name.partition(":")
        if by == "hr":
            session.rows("INSERT INTO all_links VALUES (1, 'hr', $1, $2)", [value, person])
        else:
            session.rows("INSERT INTO people (person, participant, employee_id) VALUES ($1, true, $2)", [person, value])
    load_kept_names(session, [])
    session.run("CREATE TABLE sold (key BIGINT, owner VARCHAR, date DATE, booked_on DATE, splits_of VARCHAR)")
    session.run('CREATE TABLE parts ("of" VARCHAR, owner VARCHAR, share BIGINT)')
    for number, (owner, dated, booked, deal) in enumerate(sold):
        days = [day(dated), None if booked is None else day(booked)]
        session.rows("INSERT INTO sold VALUES ($1, $2, $3, $4, $5)", [number, owner, *days, deal])
    for deal, owner in parts:
        session.rows("INSERT INTO parts VALUES ($1, $2, 1)", [deal, owner])
    session.run("CREATE VIEW transactions AS FROM sold")
    session.run("CREATE VIEW splits AS FROM parts")
