"""Policies: what needs no person, and whom four eyes refuse."""

from __future__ import annotations

import pytest

from domain.attributes import STANDARD, has_pay_effect, is_paid_by
from domain.change import Change, DatedBy, Difference, Kind
from domain.policy import Policy, needs_another
from domain.value import as_day


def change(kind: Kind = Kind.UPDATE, **values: str) -> Change:
    differences = tuple(Difference(name, None, value) for name, value in sorted(values.items()))
    day = as_day("2026-01-05")
    assert day
    return Change(kind, 1, "people", "1", day, DatedBy.OBSERVED, differences)


@pytest.mark.parametrize(
    ("policy", "allowed"),
    [
        (Policy(Kind.UPDATE), True),
        (Policy(Kind.MOVE), False),
        (Policy(Kind.UPDATE, ("title", "email")), True),
        (Policy(Kind.UPDATE, ("title",)), False),
        (Policy(Kind.UPDATE, values={"title": ("Rep", "Lead")}), True),
        (Policy(Kind.UPDATE, values={"title": ("Rep",)}), False),
        (Policy(Kind.UPDATE, values={"team": ("West",)}), True),  # it does not touch that
        (Policy(Kind.UPDATE, no_pay_effect=True), False),  # a quota may be for a title
    ],
)
def test_a_policy_allows_what_it_says_and_nothing_else(policy: Policy, allowed: bool):
    assert policy.allows(change(title="Lead", email="a@b.c")) is allowed


def test_what_pay_never_reads_has_no_pay_effect():
    assert Policy(Kind.UPDATE, no_pay_effect=True).allows(change(email="a@b.c", shirt_size="M"))
    assert not Policy(Kind.UPDATE, no_pay_effect=True).allows(change(email="a@b.c"), {"email", "people"})
    assert not Policy(Kind.UPDATE, no_pay_effect=True).allows(change(primary="true"))
    assert {name for name in STANDARD if not has_pay_effect(name)} >= {"name", "email", "locale"}
    assert all(has_pay_effect(name) for name in (*STANDARD, "quota:revenue") if is_paid_by(name))


@pytest.mark.parametrize(
    ("by", "refused"), [("dana", "proposed it"), ("DANA", "proposed it"), ("e@x.org", "own record"), ("eve", None)]
)
def test_four_eyes_are_two_people(by: str, refused: str | None):
    told = needs_another(by, "dana", [None, "E@x.org"])
    assert (told is None) if refused is None else refused in str(told)
