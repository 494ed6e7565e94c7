"""Rows outside the population that a role was given for are not there: on pages, in the API, for decisions."""

from __future__ import annotations

import pytest

from tests.scenarios.members import Members, member
from tests.scenarios.people import COMPANY, someone, with_cells
from tests.web.conftest import Office

EVERY = ("see_changes", "see_people", "see_runs", "decide")


@pytest.fixture
def parted(office: Office) -> Office:
    """01001, led by 01003, is on the plan `nord`, 01002 on `sud`; a change of each waits, and an add to each plan."""
    world = office.world
    world.use("plans", "manager")
    rows = with_cells(COMPANY, "01001", plans="nord", manager="01003")
    rows = with_cells(rows, "01002", plans="sud")
    world.begin(rows)
    world.on("2026-02-01")
    rows = with_cells(with_cells(rows, "01001", title="Northern"), "01002", title="Southern")
    assert world.run([*rows, someone("02001", plans="nord"), someone("02002", plans="sud")]).code == 0
    office.user("nora", "comp_admin plan=nord")
    office.user("rep", "participant", key="01001")
    office.user("boss", "manager", key="01003")
    return office


def test_a_queue_has_only_the_population(parted: Office) -> None:
    page = parted.client("nora").get("/changes").text
    assert "2 to decide" in page
    assert ("Northern" in page, "02001" in page) == (True, True)
    assert ("Southern" in page, "02002" in page) == (False, False)


def test_a_change_of_others_is_not_there_to_be_seen_or_decided(parted: Office) -> None:
    other = parted.world.one(participant="01002")["id"]
    visitor = parted.client("nora")
    assert visitor.get(f"/changes/{other}").status_code == 404
    refused = visitor.post("/changes/decide", {"id": other, "verdict": "approve"})
    assert (refused.status_code, "tick the changes" in refused.text.lower()) == (422, True)
    program = parted.program(parted.token("nora", *EVERY))
    said = program.post("/changes/approve", {"ids": [other]}).json
    assert said
    assert said["refused"] == [{"id": other, "reason": "there is no such change", "moved": {}}]
    visitor.done("/changes/decide", {"all": "1", "verdict": "approve"})
    assert {one["name"] for one in parted.world.pending()} == {
        one["name"] for one in parted.world.pending() if one["employee_id"] in ("01002", "02002")
    }
    assert len(parted.world.pending()) == 2


def test_participants_of_others_are_not_there(parted: Office) -> None:
    visitor, program = parted.client("nora"), parted.program(parted.token("nora", *EVERY))
    assert "1 on Feb 1, 2026" in visitor.get("/participants").text
    assert visitor.get("/participants/01002").status_code == 404
    assert program.get("/participants/01002").status_code == 404
    assert [one["attributes"]["employee_id"] for one in program.read("/participants")["items"]] == ["01001"]


def test_rejections_and_holds_name_only_the_population(parted: Office) -> None:
    parted.world.reject(reason="not now")
    program = parted.program(parted.token("nora", *EVERY))
    found = [one["id"] for one in program.read("/rejections")["items"]]
    others = [one["id"] for one in parted.world.call("rejections").document if one["id"] not in found]
    assert (len(found), len(others)) == (2, 2)
    for other in others:
        assert program.post(f"/rejections/{other}/forget", {"reason": "x"}).status_code == 404
        assert parted.client("nora").post(f"/rejections/{other}/forget", {"reason": "x"}).status_code == 404
    assert program.post(f"/rejections/{found[0]}/forget", {"reason": "x"}).status_code == 200
    left = {one["id"] for one in parted.world.call("rejections").document}
    assert left == {found[1], *others}, "what is out of sight is remembered still"
    assert program.read("/quarantine")["items"] == []


def test_a_participant_sees_their_own_page_alone(parted: Office) -> None:
    visitor = parted.client("rep")
    assert visitor.get("/participants/01001").status_code == 200
    assert visitor.get("/participants/01002").status_code == 404
    assert visitor.get("/changes").status_code == 403
    assert "1 on" in visitor.get("/participants").text


def test_a_manager_sees_the_team_on_the_days_on_which_they_led_it(parted: Office) -> None:
    parted.world.approve()
    parted.world.set("01001", "manager=01004", start="2026-03-01")
    visitor = parted.client("boss")
    page = visitor.get("/participants/01001").text
    assert "Northern" in page
    assert '<td class="day">2026-03-01</td>' not in page.split("Until (not on)")[0]
    assert visitor.get("/participants/01002").status_code == 404
    assert "0 on Mar 2, 2026" in visitor.get("/participants?as_of=2026-03-02").text
    assert "1 on Feb 2, 2026" in visitor.get("/participants?as_of=2026-02-02").text


def test_a_run_of_everybody_is_not_theirs_to_release_or_ask_for(parted: Office) -> None:
    visitor = parted.client("nora")
    assert visitor.post("/holds/R1/release", {"reason": "x"}).status_code == 403
    assert visitor.post("/feeds/people/sync").status_code == 403


def test_g22_where_nobody_may_decide_changes_wait_and_that_is_told(office: Office) -> None:
    """Nothing is applied by itself; a run says so, and `doctor`."""
    world = office.world
    office.user("ann", "auditor")
    said = world.run([*COMPANY, someone("02001")])
    told = "nobody may decide what is proposed: it waits until `syncd users give NAME comp_admin` says who may"
    assert [(one["severity"], one["code"], one["message"]) for one in said["problems"]] == [
        ("warning", "nobody_decides", told)
    ]
    assert len(world.pending()) == 1
    found = {one["check"]: one for one in world.call("doctor")["checks"]}
    assert found["deciding"]["state"] == "warning"
    office.user("nora", "comp_admin plan=nord")
    again = world.run([*COMPANY, someone("02001"), someone("02002")])
    assert again["problems"][0]["message"].startswith("nobody may decide what is proposed of people outside plan=nord:")
    office.user("vera", "approver")
    assert world.run([*COMPANY, *map(someone, ("02001", "02002", "02003"))])["problems"] == []


def test_a_merge_is_there_for_who_sees_both(parted: Office) -> None:
    """It gives one the records and the pay of the other: a role for one of them is not enough."""
    world = parted.world
    assert world.call("merge", "01002", "01001", "--reason", "twice in HR", "--as", "ana").code == 0
    (merge,) = [one["id"] for one in world.pending() if one["kind"] == "merge"]
    parted.user("sue", "comp_admin plan=sud")
    parted.user("both", "comp_admin plan=sud", "comp_admin plan=nord")
    for name in ("nora", "sue"):
        visitor = parted.client(name)
        assert visitor.get(f"/changes/{merge}").status_code == 404
        assert visitor.post("/changes/decide", {"id": merge, "verdict": "approve"}).status_code == 422
    assert parted.client("both").get(f"/changes/{merge}").status_code == 200
    assert "approved" in parted.client("both").done("/changes/decide", {"id": merge, "verdict": "approve"})


def test_who_is_on_a_plan_by_a_membership_is_in_its_population(parted: Office) -> None:
    members, nora = Members(parted.world), parted.client("nora")
    assert nora.get("/participants/01004").status_code == 404
    members.have(member(1, "nord", Who="01004", Kind="plan"))
    assert nora.get("/participants/01004").status_code == 200
    assert nora.get("/participants/01005").status_code == 404
