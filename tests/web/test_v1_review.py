"""What else the queue does, by the API: the pay effect of changes, what was decided together, taking it back."""

from __future__ import annotations

from typing import Any

from domain.rights import Right
from tests.web.conftest import Office, Program
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
