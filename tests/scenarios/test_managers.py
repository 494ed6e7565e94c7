"""Who leads whom: managers who are new themselves, and managers in a circle."""

from __future__ import annotations

from tests.scenarios.people import COMPANY, someone, with_cells
from tests.scenarios.world import World


def test_e36_a_new_manager_of_a_new_hire_is_resolved_in_one_read(company: World):
    """Both are adds; approving the hire alone never leaves an id of nobody."""
    company.use("manager")
    boss, hire = someone("02001"), someone("02002", manager="02001")
    said = company.run([*COMPANY, hire, boss])
    assert (said["pending"], said["problems"]) == (2, [])
    change = next(one for one in company.pending() if one["employee_id"] == "02002")
    assert change["fields"]["manager"]["after"].startswith("P")
    assert company.approve(change).code == 0
    assert company.roster()["02002"]["manager"] == change["fields"]["manager"]["after"]
    assert company.call("participants", "--history", change["fields"]["manager"]["after"]).code == 0


def test_e37_managers_in_a_circle_are_reported_and_neither_is_applied(company: World):
    company.use("manager")
    circle = with_cells(with_cells(COMPANY, "01001", manager="01002"), "01002", manager="01001")
    said = company.run(circle)
    assert said.code == 1
    assert {one["code"] for one in said["problems"]} == {"manager_loop"}
    assert company.pending() == []
