"""Last year's quotas copied with a factor: through the same queue, with the same memory."""

from __future__ import annotations

import pytest

from tests.scenarios.people import COMPANY, with_cells
from tests.scenarios.sheets import Q1, Sheets, quota, sheet
from tests.scenarios.world import Answer, World


@pytest.fixture
def held(sheets: Sheets) -> World:
    """Three of the company have a quota of 1000 USD for the first quarter."""
    sheets.run(sheet(3))
    assert sheets.world.approve().code == 0
    return sheets.world


def copy(world: World, source: str = "2026-Q1", target: str = "2026-Q2", **options: str) -> Answer:
    given = [word for name, value in options.items() for word in (f"--{name}", value)]
    return world.call("quotas", "copy", source, target, "--reason", "next quarter", *given)


def test_each_quota_is_proposed_for_the_days_that_correspond(held: World):
    said = copy(held, factor="1.055")
    assert (len(said["proposed"]), said["waiting"], said["there"], said["left"]) == (3, 0, 0, [])
    change = held.pending()[0]
    assert (change["kind"], change["dated_by"], change["effective"]) == ("quota", "admin", "2026-04-01")
    assert change["fields"]["quota:revenue"] == {"before": None, "after": "1055 USD 2026-04-01..2026-07-01"}
    assert held.approve().code == 0
    assert held.roster("2026-05-01")["01001"]["quota:revenue"] == "1055 USD 2026-04-01..2026-07-01"
    assert held.call("audit", "verify").code == 0


def test_asked_once_and_never_in_the_place_of_another(held: World):
    copy(held)
    again = copy(held)
    assert (again["proposed"], again["waiting"]) == ([], 3)
    assert held.approve().code == 0
    over = copy(held, factor="2")
    assert (over["proposed"], over["waiting"], over["there"]) == ([], 0, 3)


def test_a_no_is_remembered(held: World):
    copy(held, participant="01001")
    held.reject()
    said = copy(held)
    assert (len(said["proposed"]), said["suppressed"]) == (2, 1)
    assert len(copy(held, factor="1.1", participant="01001")["proposed"]) == 1


def test_who_has_left_by_then_gets_none(held: World):
    held.run(with_cells(COMPANY, "01001", left="2026-02-28"))
    assert held.approve().code == 0
    assert len(copy(held)["proposed"]) == 2


def test_of_one_measure_alone(held: World):
    assert copy(held, measure="margin")["proposed"] == []


def test_what_is_no_whole_pay_periods_is_said(sheets: Sheets):
    sheets.run([quota(1, "01001", "1000", ("2026-01-10", Q1[1]))])
    assert sheets.world.approve().code == 0
    said = copy(sheets.world)
    assert said["proposed"] == []
    assert [(one["participant"], one["why"]) for one in said["left"]] == [
        ("P1", "its days are no whole pay periods of the span")
    ]


@pytest.mark.parametrize(
    ("target", "factor"), [("2026-04", "1"), ("2026-Q2", "0"), ("2026-Q2", "much"), ("2026-Q9", "1")]
)
def test_a_span_or_a_factor_that_cannot_be_is_a_mistake(held: World, target: str, factor: str):
    assert copy(held, target=target, factor=factor).code == 2
    assert held.pending() == []
