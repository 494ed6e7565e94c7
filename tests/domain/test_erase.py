"""When somebody may be erased, and what facts go on naming them by."""

from __future__ import annotations

from datetime import date

from domain.erase import Name, in_the_way, names_another, names_held, still_here
from domain.step import FOREVER, Version

TODAY = date(2026, 3, 20)


def version(start: str, end: date = FOREVER, engagement: str = "main", **values: str) -> Version:
    first = date.fromisoformat(start)
    return Version(1, engagement, first, end, first, values)


def test_who_works_or_will_is_here_and_who_left_is_not() -> None:
    gone = version("2026-03-11", status="terminated")
    before = version("2025-01-01", date(2026, 3, 11), status="active")
    assert still_here([before, gone], TODAY) is None
    assert still_here([before, version("2026-03-11", status="on_leave")], TODAY)
    coming = still_here(
        [before, version("2026-03-11", date(2026, 5, 1), status="terminated"), version("2026-05-01")], TODAY
    )
    assert coming is not None
    assert "2026-05-01" in coming
    second = still_here([gone, version("2026-01-01", engagement="second")], TODAY)
    assert second is not None
    assert "(second)" in second


def test_who_is_still_paid_is_here_until_the_last_day_of_it() -> None:
    for day, is_here in (("2026-03-19", False), ("2026-03-20", True), ("2026-06-30", True)):
        assert bool(still_here([version("2026-03-11", status="terminated", pay_until=day)], TODAY)) is is_here


def test_what_is_undecided_is_in_the_way_by_its_number() -> None:
    assert in_the_way([], [], []) is None
    assert in_the_way([3], [4], [5]) == "C3 waits, Q4 is not answered, A5 is not decided: decide that first"
    assert in_the_way([], [], [], [6]) == "D6 is neither sent nor dropped: decide that first"


def test_an_id_that_names_somebody_erased_is_nobody_elses() -> None:
    kept = {"employee_id:E1": 1}
    told = names_another(kept, {"employee_id": "E1"}, 4)
    assert told is not None
    assert "P1, who was erased" in told
    assert names_another(kept, {"employee_id": "E1"}, 1) is None
    assert names_another(kept, {"employee_id": "E2", "email": None, "partner_id": "E1"}, 4) is None


def test_names_hold_from_the_revision_at_which_they_were_known_until_another_was() -> None:
    was = (version("2026-01-01", employee_id="E1"), 3, 7)
    now = (version("2026-01-01", employee_id="E9"), 7, None)
    held = names_held([was, now], {"employee_id": "E9", "email": "ann@x"}, ["employee_id"])
    assert held == [Name("employee_id:E9", 0, 3), Name("employee_id:E1", 3, 7), Name("employee_id:E9", 7, None)]


def test_of_several_posts_the_primary_one_says_the_name_and_else_the_last() -> None:
    first = (version("2026-01-01", employee_id="E1", primary="true"), 2, 9)
    second = (version("2026-02-01", engagement="b", employee_id="E2"), 2, 9)
    assert Name("employee_id:E1", 2, 9) in names_held([first, second], {}, ["employee_id"])
    plain = (version("2026-01-01", employee_id="E1"), 2, 9)
    assert Name("employee_id:E2", 2, 9) in names_held([plain, second], {}, ["employee_id"])
