"""What a calculation reads: who has which plan when, and transactions as its stages see them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.pay_inputs import load_roster_of_plans
from engine.session import Row, Session, open_session

FROM, UNTIL = "2026-01-01", "9999-12-31"


@pytest.fixture
def session(tmp_path) -> Iterator[Session]:
    with open_session(tmp_path) as opened:
        yield opened


def roster(session: Session, *versions: str, columns: str, since: str = "1") -> list[Row]:
    """Who has which plan when; each version is (person, start, end, status, ..)."""
    session.run(
        f"""CREATE OR REPLACE VIEW versions AS
            SELECT 'main' AS engagement, DATE '{FROM}' AS opened, * REPLACE (start::DATE AS start, "end"::DATE AS "end")
            FROM (VALUES {", ".join(versions)}) v(person, start, "end", status, {columns})"""  # noqa: S608 - of its own values
    )
    session.run(
        f"""CREATE OR REPLACE VIEW people AS
            SELECT DISTINCT person, {since} IS NOT NULL AS participant, {since}::BIGINT AS participant_since
            FROM versions"""  # noqa: S608 - as above
    )
    load_roster_of_plans(session, known_at=5)
    return session.rows('SELECT person, plan, start::TEXT, "end"::TEXT FROM roster ORDER BY ALL')


def test_a_set_of_plans_and_a_single_one_are_exploded_together(session: Session):
    found = roster(session, f"""(1, '{FROM}', '{UNTIL}', NULL, '["a","b"]', 'b')""", columns="plans, plan")
    assert found == [(1, "a", FROM, UNTIL), (1, "b", FROM, UNTIL)]


def test_leaves_and_suspensions_are_employed_days_and_what_follows_an_ending_is_not(session: Session):
    found = roster(
        session,
        f"(1, '{FROM}', '2026-02-01', 'on_leave', 'a')",
        "(1, '2026-02-01', '2026-03-01', 'suspended', 'a')",
        f"(1, '2026-03-01', '{UNTIL}', 'terminated', 'a')",
        columns="plan",
    )
    assert found == [(1, "a", FROM, "2026-03-01")]


@pytest.mark.parametrize(
    ("paid_until", "end"),
    [
        ("NULL", "2026-03-01"),
        ("'2026-02-28'", "2026-03-01"),
        ("'2026-03-31'", "2026-04-01"),
        ("'2026-08-01'", "2026-05-01"),
    ],
)
def test_who_has_left_has_the_plan_until_they_stop_being_paid(session: Session, paid_until: str, end: str):
    """And not beyond the days on which they have left: then they are hired again, and not on the plan."""
    found = roster(
        session,
        f"(1, '{FROM}', '2026-03-01', 'active', 'a', {paid_until})",
        f"(1, '2026-03-01', '2026-05-01', 'terminated', 'a', {paid_until})",
        f"(1, '2026-05-01', '{UNTIL}', 'active', NULL, {paid_until})",
        columns="plan, pay_until",
    )
    assert found == [(1, "a", FROM, end), (1, None, "2026-05-01", UNTIL)]


def test_days_on_which_nothing_differs_that_matters_are_one_row(session: Session):
    found = roster(
        session,
        f"(1, '{FROM}', '2026-02-01', NULL, 'a', 'Rep', 'US')",
        "(1, '2026-02-01', '2026-03-01', NULL, 'a', 'Lead', 'US')",
        "(1, '2026-03-01', '2026-04-01', NULL, 'a', 'Lead', 'DE')",
        f"(1, '2026-04-01', '{UNTIL}', NULL, 'a', 'Lead', 'US')",
        columns="plan, title, legal_entity",
    )
    assert [row[2:] for row in found] == [(FROM, "2026-03-01"), ("2026-03-01", "2026-04-01"), ("2026-04-01", UNTIL)]


def test_who_has_no_plan_or_is_not_eligible_is_there_without_one(session: Session):
    found = roster(
        session,
        f"(1, '{FROM}', '{UNTIL}', NULL, '[]', 'true')",
        f"""(2, '{FROM}', '{UNTIL}', NULL, '["a"]', 'false')""",
        f"(3, '{FROM}', '{UNTIL}', NULL, NULL, NULL)",
        columns="plans, eligible",
    )
    assert found == [(person, None, FROM, UNTIL) for person in (1, 2, 3)]


@pytest.mark.parametrize("since", ["NULL", "6"])
def test_only_who_was_approved_to_earn_by_then(session: Session, since):
    assert roster(session, f"(1, '{FROM}', '{UNTIL}', NULL, 'a')", columns="plan", since=since) == []


def test_paid_in_the_payment_currency_else_in_that_of_the_pay(session: Session):
    roster(
        session,
        f"(1, '{FROM}', '{UNTIL}', NULL, 'a', 'EUR', 'USD')",
        f"(2, '{FROM}', '{UNTIL}', NULL, 'a', NULL, 'USD')",
        f"(3, '{FROM}', '{UNTIL}', NULL, 'a', NULL, NULL)",
        columns="plan, payment_currency, currency",
    )
    assert session.rows("SELECT pay_currency, opened::TEXT FROM roster ORDER BY person") == [
        (currency, "2026-01-01") for currency in ("EUR", "USD", None)
    ]


def test_a_membership_of_its_own_puts_somebody_on_a_plan_beside_the_others(session: Session):
    none = "MAP {}::MAP(VARCHAR, VARCHAR)"
    member = "MAP {'member:plan:b': '- - 2026-02-01..2026-03-01', 'member:team:c': '- - 2026-02-01..2026-03-01'}"
    found = roster(
        session,
        f"(1, '{FROM}', '2026-02-01', NULL, 'a', {none})",
        f"(1, '2026-02-01', '2026-03-01', NULL, 'a', {member})",
        f"(1, '2026-03-01', '{UNTIL}', NULL, 'a', NULL)",
        f"(2, '2026-02-01', '{UNTIL}', NULL, NULL, {member})",
        columns="plan, _members",
    )
    assert found == [(1, "a", FROM, UNTIL), (1, "b", "2026-02-01", "2026-03-01"), (2, "b", "2026-02-01", UNTIL)]
