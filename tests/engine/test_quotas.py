"""The quotas of a roster as the columns that a calculation reads."""

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calc.inputs import QUOTA
from domain.quota import LARGEST, SCALE, Quota, in_force
from domain.step import FOREVER, Version
from domain.value import Value, encode
from engine.mirror import VERSIONS, load
from engine.quotas import load_quotas
from engine.session import Session, open_session
from formula.expression import Type
from store.people import VERSION_COLUMNS

FIRST = date(2026, 1, 1)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with open_session(tmp_path_factory.mktemp("engine")) as found:
        yield found


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def load_versions(session: Session, versions: list[Version]) -> None:
    """Make the view `versions` of what the database would hold of them."""
    path = session.folder / "versions.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        write = csv.writer(file)
        for nth, one in enumerate(versions):
            row: tuple[object, ...] = (
                nth,
                one.person,
                one.engagement,
                one.start,
                one.end,
                one.opened,
                encode(one.attributes),
                None,
                1,
                None,
            )
            assert len(row) == len(VERSION_COLUMNS)
            write.writerow(row)
    load(session, VERSIONS, None, path, ("title", "quota:revenue"))


def rows(session: Session) -> list[dict[str, Any]]:
    load_quotas(session)
    found = session.rows("SELECT * FROM quotas ORDER BY ALL")
    return [dict(zip(session.columns("quotas"), row, strict=True)) for row in found]


def version(start: int, end: int | None, *quotas: Quota, person: int = 7) -> Version:
    values: dict[str, Value] = {"title": 'a "quota: of his own"', "plans": ("x", "y")}
    values.update({one.attribute: one.value for one in quotas})
    return Version(person, "main", day(start), FOREVER if end is None else day(end), FIRST, values)


def test_the_columns_are_those_that_plans_scan(session: Session):
    load_versions(session, [])
    assert rows(session) == []
    types = {str(name): str(kind) for name, kind, *_ in session.rows("DESCRIBE quotas")}
    written: dict[object, str] = {Type.TEXT: "VARCHAR", Type.DAY: "DATE"}
    assert types == {name: written.get(kind, "BIGINT") for name, kind in QUOTA.items()}


def test_a_quota_is_a_row_for_the_days_it_is_in_force_with_its_own_span(session: Session):
    year = Quota("revenue", Decimal("1200.5"), "USD", day(0), day(365))
    other = Quota("revenue", Decimal(90), "USD", day(100), day(130))
    load_versions(
        session, [version(0, 50, year), version(50, 100, year), version(100, 130, other), version(130, 365, year)]
    )
    assert rows(session) == [
        {
            "person": 7, "engagement": "main", "measure": "revenue", "start": day(start), "end": day(end),
            "first": one.first, "last": one.last, "amount": int(one.amount * 10**SCALE), "currency": "USD",
        }
        for start, end, one in ((0, 100, year), (100, 130, other), (130, 365, year))
    ]  # fmt: skip


def test_lines_are_rows_of_their_own_though_they_say_the_same(session: Session):
    lines = [Quota("units", Decimal(5), None, day(0), day(9), line) for line in (None, "base", "ramp up")]
    largest = Quota("x", Decimal(LARGEST).scaleb(-SCALE), "JPY", day(0), day(9))
    lowest = Quota("x", Decimal(-LARGEST).scaleb(-SCALE), "JPY", day(0), day(9), "relief")
    load_versions(session, [version(0, 9, *lines, largest, lowest)])
    found = [(one["measure"], one["amount"], one["currency"]) for one in rows(session)]
    assert found == [*[("units", 50000, None)] * 3, ("x", -LARGEST, "JPY"), ("x", LARGEST, "JPY")]


QUOTAS = st.sampled_from(
    [Quota(name, Decimal(amount), None, day(0), day(99), line)
     for name in ("a", "b") for amount in (1, 2) for line in (None, "ramp")]
)  # fmt: skip
HISTORIES = st.lists(
    st.tuples(st.booleans(), st.lists(QUOTAS, max_size=3, unique_by=lambda one: one.attribute)), max_size=6
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=HISTORIES)
def test_they_are_in_force_as_the_domain_says(session: Session, history: list[tuple[bool, list[Quota]]]):
    versions = [version(nth, nth + 1, *held) for nth, (is_employed, held) in enumerate(history) if is_employed]
    load_versions(session, versions)
    held = [
        (one["measure"], one["start"], one["end"], one["first"], one["last"], one["amount"]) for one in rows(session)
    ]
    assert sorted(held) == sorted(
        (one.quota.measure, one.start, one.end, one.quota.first, one.quota.last, int(one.quota.amount) * 10**SCALE)
        for one in in_force(versions)
    )


def test_no_line_makes_a_column_of_the_roster(session: Session):
    load_versions(session, [version(0, 9, Quota("a", Decimal(1), None, day(0), day(9), "A line"))])
    assert not [name for name in session.columns("versions") if name.startswith("quota:")]
