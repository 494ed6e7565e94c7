"""How plans stand: on every day of each plan that was published, and nowhere of one that was not."""

from __future__ import annotations

from datetime import date

from calc.standing import Holding, known_rows, pays_nothing
from domain.step import FOREVER

MARCH, MAY, JUNE = date(2026, 3, 1), date(2026, 5, 1), date(2026, 6, 1)
ROWS = known_rows(
    [Holding("a", MARCH, MAY), Holding("a", MAY, FOREVER), Holding("b", MARCH, MAY, is_here=False)], ["c", "a"]
)


def test_every_day_of_a_published_plan_is_in_one_row():
    assert [tuple(row.values()) for row in ROWS] == [
        ("a", date.min, MARCH, "plan_not_in_force"),
        ("a", MARCH, MAY, None),
        ("a", MAY, FOREVER, None),
        ("b", date.min, MARCH, "plan_not_in_force"),
        ("b", MARCH, MAY, "other_calendar"),
        ("b", MAY, FOREVER, "plan_not_in_force"),
        ("c", date.min, FOREVER, "plan_not_in_force"),
    ]


def test_what_pays_on_any_day_pays_and_what_nobody_knows_goes_before_the_rest():
    assert pays_nothing(ROWS, {"a", "d"}, date(2026, 2, 1), MAY) is None
    assert pays_nothing(ROWS, {"b", "d"}, MARCH, JUNE) == "unknown_plan"
    assert pays_nothing(ROWS, {"b"}, MARCH, date(2026, 4, 1)) == "other_calendar"
    assert pays_nothing(ROWS, {"b", "c"}, MARCH, date(2026, 4, 1)) == "plan_not_in_force"
