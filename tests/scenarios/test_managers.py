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


def test_a_circle_through_somebody_who_is_led_already_is_noticed_too(company: World):
    """01001 reports to 01002 on the roster; new rows say that 01002 reports to 01001, by way of 01003."""
    company.use("manager")
    led = with_cells(COMPANY, "01001", manager="01002")
    company.run(led)
    assert company.approve().code == 0
    circle = with_cells(with_cells(led, "01002", manager="01003"), "01003", manager="01001", title="Lead")
    said = company.run(circle)
    assert (said.code, said["errors"], {one["field"] for one in said["problems"]}) == (1, 2, {"manager"})
    assert [(one["employee_id"], list(one["fields"])) for one in company.pending()] == [("01003", ["title"])]
    assert "led by" in said["problems"][0]["message"]
    straight = with_cells(led, "01002", manager="01003")
    assert company.run(straight).code == 0
    assert [(one["employee_id"], list(one["fields"])) for one in company.pending()] == [("01002", ["manager"])]
