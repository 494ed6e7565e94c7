"""What a participant should have and has not."""

from datetime import date

import pytest

from domain.lacking import USUAL, lacking
from domain.value import Value

DAY = date(2026, 3, 31)
WHOLE: dict[str, Value] = {
    "plan": "gold",
    "team": "East",
    "ote": "100000",
    "payroll_id": "9",
    "manager": "P2",
    "quota:revenue:ramp": "500 USD 2026-01-01..2026-04-01",
}


def lacked(values: dict[str, Value], *, required: tuple[str, ...] = USUAL, day: date = DAY) -> list[str]:
    return list(lacking(values, required, {"revenue"}, day))


def test_who_has_everything_lacks_nothing():
    assert lacked(WHOLE) == []


@pytest.mark.parametrize("name", ["plan", "team", "ote", "payroll_id", "manager"])
def test_each_is_lacked_by_its_name(name: str):
    assert lacked({one: value for one, value in WHOLE.items() if one != name}) == [name]


@pytest.mark.parametrize("several", ["plans", "teams"])
def test_any_of_several_memberships_is_enough(several: str):
    assert lacked({**WHOLE, several.rstrip("s"): None, several: ("East", "West")}) == []


@pytest.mark.parametrize("name", ["plan", "team"])
def test_a_membership_of_its_own_is_enough(name: str):
    held = {f"member:{name}:X": "- - 2026-01-01.."}
    assert lacked({**WHOLE, name: None, **held}) == []
    assert lacked({**WHOLE, name: None, "member:club:X": "- - 2026-01-01.."}) == [name]


def test_a_quota_is_lacked_by_its_measure_once_its_days_are_over():
    assert lacked(WHOLE, day=date(2026, 4, 1)) == ["quota:revenue"]
    assert lacked({**WHOLE, "quota:margin": WHOLE["quota:revenue:ramp"], "quota:revenue:ramp": None}) == [
        "quota:revenue"
    ]


def test_who_is_not_eligible_lacks_nothing():
    assert lacked({"eligible": "false"}) == []
    assert lacked({**WHOLE, "eligible": "true", "team": None}) == ["team"]


def test_what_is_lacked_comes_in_the_order_in_which_it_is_required():
    assert lacked({}, required=("manager", "shirt_size", "quota")) == ["manager", "shirt_size", "quota:revenue"]
