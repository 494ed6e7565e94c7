"""What else the queue does, by the API: the pay effect of changes, what was decided together, taking it back."""

from __future__ import annotations

from typing import Any

from domain.rights import Right
from tests.scenarios.people import COMPANY, with_cells
from tests.web.conftest import Office, Program
from tests.web.test_jobs import work
from tests.web.test_review import reviewed  # noqa: F401 - a fixture

REVIEWING = (Right.SEE_CHANGES, Right.DECIDE)


def program(office: Office, name: str = "dana", *scope: Right) -> Program:
    return office.program(office.token(name, *(scope or REVIEWING)))


def approved(office: Office) -> list[str]:
    """Both changes, approved together by a program of dana's."""
    said: Any = program(office).post("/changes/approve", {"all": True}).json
    return [one["id"] for one in said["decided"]]


def test_what_was_decided_together_is_listed_and_taken_back(reviewed: Office) -> None:  # noqa: F811 - the fixture
    ids, dana = approved(reviewed), program(reviewed)
    page = dana.read("/batches/B2?limit=1")
    assert ([one["id"] for one in page["items"]], page["next"]) == (ids[:1], int(ids[0][1:]))
    assert [one["id"] for one in dana.read(f"/batches/B2?after={page['next']}")["items"]] == ids[1:]
    said: Any = dana.post("/batches/B2/revert", {"reason": "the wrong file"}, key="once").json
    assert (len(said["proposed"]), said["refused"]) == (2, [])
    assert dana.post("/batches/B2/revert", {"reason": "the wrong file"}, key="once").json == said
    assert len(reviewed.world.pending()) == 2


def test_one_is_taken_back_alone(reviewed: Office) -> None:  # noqa: F811 - the fixture
    ids, dana = approved(reviewed), program(reviewed)
    said: Any = dana.post("/changes/revert", {"ids": ids[:1], "reason": "too early"}).json
    assert [one["participant"] for one in said["proposed"]] == ["P1"]
    again: Any = dana.post("/changes/revert", {"ids": ids[:1], "reason": "too early"}).json
    assert "asks for exactly that" in again["refused"][0]["reason"]


def test_what_is_out_of_sight_is_not_there(reviewed: Office) -> None:  # noqa: F811 - the fixture
    ids = approved(reviewed)
    reviewed.user("nora", "comp_admin business_unit=Nordics")
    nora = program(reviewed, "nora")
    assert nora.get("/batches/B2").status_code == 404
    assert nora.post("/batches/B2/revert", {"reason": "x"}).status_code == 404
    assert nora.post("/changes/revert", {"ids": ids, "reason": "x"}).status_code == 404
    assert program(reviewed).get("/batches/B99").status_code == 404
    assert (
        program(reviewed, "dana", Right.SEE_CHANGES).post("/changes/revert", {"ids": ids, "reason": "x"}).status_code
        == 403
    )


def test_one_change_and_the_groups_of_those_that_wait(reviewed: Office) -> None:  # noqa: F811 - the fixture
    dana = program(reviewed)
    listed = {one["kind"]: one for one in dana.read("/changes?state=pending")["items"]}
    assert dana.read(f"/changes/{listed['move']['id']}") == {**listed["move"], "batch": None, "reason": None}
    groups = dana.read("/changes/groups?by=kind")["items"]
    assert [(one["group"], one["changes"]) for one in groups] == [("add", 1), ("move", 1)]
    (run,) = dana.read("/changes/groups")["items"]
    assert (run["by"], run["group"], run["kinds"]) == ("run", "R2", {"add": 1, "move": 1})
    assert dana.read("/changes/groups?text=02001")["items"][0]["changes"] == 1
    reviewed.user("nora", "comp_admin business_unit=Nordics")
    nora = program(reviewed, "nora")
    assert nora.get(f"/changes/{listed['move']['id']}").status_code == 404
    assert nora.read("/changes/groups")["items"] == []
    assert [dana.get(f"/changes/{one}").status_code for one in ("C999", "X")] == [404, 404]


def test_what_a_policy_approved_is_listed_page_by_page(office: Office) -> None:
    world = office.world
    world.use("plans")
    world.feed["approve"] = [{"kind": "update", "attributes": ["title"]}]
    world.save()
    rows = with_cells(COMPANY, "01001", plans="nord")
    world.begin(rows)
    world.on("2026-02-01")
    for key in ("01001", "01002", "01003"):
        rows = with_cells(rows, key, title="Lead")
    assert world.run(with_cells(rows, "01004", team="West"))["applied"] == 3
    office.user("dana", "comp_admin")
    office.user("nora", "comp_admin plan=nord")
    dana = program(office)
    page = dana.read("/changes/by-policy?limit=2")
    rest = dana.read(f"/changes/by-policy?before={page['next']}")
    found = [*page["items"], *rest["items"]]
    assert [one["participant"] for one in found] == ["P3", "P2", "P1"], "the newest first"
    assert (len(page["items"]), rest["next"]) == (2, None)
    assert {(one["reason"], one["batch"], one["state"]) for one in found} == {
        ("policy of feed people", found[0]["batch"], "applied")
    }
    assert found[0]["fields"] == {"title": {"before": "Rep", "after": "Lead"}}
    assert [one["participant"] for one in program(office, "nora").read("/changes/by-policy")["items"]] == ["P1"]


def test_many_are_decided_by_a_job_where_a_program_asks_for_one(reviewed: Office) -> None:  # noqa: F811 - the fixture
    dana = program(reviewed)
    answer = dana.post("/changes/approve", {"all": True, "job": True}, key="once")
    said: Any = answer.json
    assert (answer.status_code, said["id"], said["act"], said["state"]) == (202, "T1", "decide", "waiting")
    again = dana.post("/changes/approve", {"all": True, "job": True}, key="once")
    assert (again.status_code, again.json) == (202, said)
    assert [one["id"] for one in dana.read("/jobs")["items"]] == ["T1"]
    reviewed.user("nora", "comp_admin business_unit=Nordics")
    assert program(reviewed, "nora").read("/jobs")["items"] == []
    work(reviewed.world)
    assert dana.read("/jobs")["items"] == []
    assert dana.read("/jobs/T1")["message"] == "2 approved (B2)."
    assert reviewed.world.pending() == []


def test_everything_about_somebody(reviewed: Office) -> None:  # noqa: F811 - the fixture
    ids = approved(reviewed)
    world = reviewed.world
    assert world.call("override", "01001", "title=Head", "--reason", "agreed").code == 0
    reading = program(reviewed, "dana", Right.SEE_PEOPLE)
    found = reading.read("/participants/01001/portrait")
    versions = reading.read("/participants/01001")["items"]
    assert [{name: one[name] for name in versions[0]} for one in found["timeline"]] == versions
    last = found["timeline"][-1]
    assert last["changed"]["team"]["after"] == "West"
    assert [(one["change"], one["batch"], one["by"], one["feed"]) for one in last["decisions"]] == [
        (ids[0], "B2", "dana", "people")
    ]
    assert [(one["id"], one["state"]) for one in found["overrides"]] == [("O1", "waiting")]
    assert found["overrides"] == world.call("override", "list").document
    assert found["links"] == world.call("links", "01001").document
    assert [one["kind"] for one in found["pending"]] == ["update"]
    reviewed.user("rep", "participant", key="01001")
    own = program(reviewed, "rep", Right.SEE_PEOPLE).read("/participants/01001/portrait")
    assert (own["timeline"], own["pending"], own["overrides"], own["links"]) == (found["timeline"], [], [], [])
    assert program(reviewed, "rep", Right.SEE_PEOPLE).get("/participants/01002/portrait").status_code == 404
    one = reading.read("/participants?text=01002")["items"]
    assert [each["attributes"]["employee_id"] for each in one] == ["01002"]
