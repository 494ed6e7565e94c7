"""The JSON API: the documents of the command line, tokens, pages, what is done once, what goes wrong."""

from __future__ import annotations

import re
from typing import Any

import pytest
from werkzeug.test import TestResponse

from domain.rights import Right
from tests.scenarios.people import COMPANY, someone, with_cells, without
from tests.web.conftest import Office, Program

MOVED = with_cells(COMPANY, "01001", title="Director", team="West")


def answered(answer: TestResponse) -> Any:
    """The document of an answer."""
    return answer.json


@pytest.fixture
def program(office: Office) -> Program:
    """A comp admin's program, with two changes to decide."""
    office.world.on("2026-02-01")
    office.user("dana", "comp_admin")
    assert office.world.run([*MOVED, someone("02001")]).code == 0
    return office.program(office.token("dana", *Right))


def test_documents_are_those_of_the_command_line(office: Office, program: Program) -> None:
    office.world.run(with_cells(MOVED, "01002", hired="soon"))
    office.world.reject(office.world.one(kind="move"), reason="no")
    for address, command in (("/changes", ["changes"]), ("/conflicts", ["conflicts"]), ("/holds", ["hold", "list"]),
                             ("/rejections", ["rejections"]), ("/quarantine", ["quarantine"]),
                             ("/participants", ["participants"])):  # fmt: skip
        assert program.read(address)["items"] == office.world.call(*command).document, address
    history = office.world.call("participants", "--history", "01001").document
    assert program.read("/participants/01001")["items"] == history


def test_runs_and_their_problems(office: Office, program: Program) -> None:
    said = office.world.run(with_cells(MOVED, "01002", hired="soon"))
    found = program.read("/runs/R3")
    assert {name: found[name] for name in ("run", "feed", "outcome", "read", "errors", "pending")} == {
        name: said[name] for name in ("run", "feed", "outcome", "read", "errors", "pending")
    }
    assert program.read("/runs/R3/problems")["items"] == said["problems"]
    first = program.read("/runs?limit=2")
    assert [one["run"] for one in first["items"]] == ["R3", "R2"]
    assert [one["run"] for one in program.read(f"/runs?before={first['next']}")["items"]] == ["R1"]


def test_pages_go_on_where_the_last_one_ended(office: Office, program: Program) -> None:
    everything, found = office.world.changes(), []
    after: int | None = 0
    while after is not None:
        page = program.read(f"/changes?limit=7&after={after}")
        found += page["items"]
        after = page["next"]
    assert found == everything


def test_decisions(office: Office, program: Program) -> None:
    move, add = office.world.one(kind="move")["id"], office.world.one(kind="add")["id"]
    said = answered(program.post("/changes/approve", {"ids": [move], "fields": ["team"], "reason": "x"}))
    assert said["decided"] == [{"id": move, "state": "applied"}]
    assert (
        answered(program.post("/changes/reject", {"ids": [add], "reason": "no"}))["decided"][0]["state"] == "rejected"
    )
    assert answered(program.post("/changes/approve", {"all": True}))["batch"] == "B4"
    assert office.world.pending() == []
    assert answered(program.post("/rejections/J1/forget", {"reason": "x"})) == {"forgotten": "J1"}
    assert office.world.run(without(COMPANY, *(row["id"] for row in COMPANY[5:]))).code == 3
    assert program.read("/holds")["items"][0]["run"] == "R3"
    waits = len(office.world.changes("held"))
    assert answered(program.post("/holds/R3/release", {"reason": "x"})) == {"released": "R3", "pending": waits}
    assert answered(program.post("/feeds/people/sync")) == {"feed": "people", "job": "T1"}


def test_what_is_asked_twice_with_one_key_is_done_once(office: Office, program: Program) -> None:
    move = office.world.one(kind="move")["id"]
    body = {"ids": [move], "reason": "x"}
    first = program.post("/changes/approve", body, key="one")
    acts = len(office.world.call("audit").document)
    again = program.post("/changes/approve", body, key="one")
    assert (again.status_code, answered(again)) == (200, answered(first))
    assert len(office.world.call("audit").document) == acts
    other = program.post("/changes/approve", {"ids": [move]}, key="one")
    assert other.status_code == 409
    assert "another body" in answered(other)["detail"]


def test_a_key_is_that_of_one_user(office: Office, program: Program) -> None:
    """Somebody else's request with it is another one, and done; whichever token the user shows, it is theirs."""
    office.user("omar", "comp_admin")
    omar = office.program(office.token("omar", *Right))
    move, add = office.world.one(kind="move")["id"], office.world.one(kind="add")["id"]
    body = {"ids": [move], "reason": "x"}
    first = answered(program.post("/changes/approve", body, key="one"))
    other = omar.post("/changes/approve", {"ids": [add], "reason": "x"}, key="one")
    assert (other.status_code, answered(other)["decided"]) == (200, [{"id": add, "state": "applied"}])
    again = office.program(office.token("dana", *Right))
    assert answered(again.post("/changes/approve", body, key="one")) == first
    assert again.post("/changes/approve", {"ids": [add], "reason": "x"}, key="one").status_code == 409


def test_a_key_is_that_of_one_route(office: Office, program: Program) -> None:
    """What asks another address is another request, also where the body is the same."""
    move, add = office.world.one(kind="move")["id"], office.world.one(kind="add")["id"]
    body = {"ids": [move], "reason": "x"}
    assert answered(program.post("/changes/approve", body, key="one"))["decided"] == [{"id": move, "state": "applied"}]
    reverted = answered(program.post("/changes/revert", body, key="one"))
    assert [one["participant"] for one in reverted["proposed"]] == ["P1"]
    refused = {"ids": [add], "reason": "x"}
    assert program.post("/changes/reject", refused, key="two").status_code == 200
    for rejection, status in (("J1", 200), ("J9", 404)):
        forgotten = program.post(f"/rejections/{rejection}/forget", {"reason": "x"}, key="two")
        assert forgotten.status_code == status, "each address of a route by itself"


def test_what_was_refused_may_be_sent_again_with_its_key(office: Office, program: Program) -> None:
    assert program.post("/holds/R9/release", {"reason": "x"}, key="two").status_code == 409
    assert office.world.run(without(COMPANY, *(row["id"] for row in COMPANY[5:]))).code == 3
    assert program.post("/holds/R9/release", {"reason": "x"}, key="two").status_code == 409
    assert program.post("/holds/R3/release", {"reason": "x"}, key="three").status_code == 200


@pytest.mark.parametrize("shown", ["", "Basic x", "Bearer ", "Bearer syncd_x_y", "Bearer nonsense"])
def test_without_a_token_nothing_is_answered(office: Office, shown: str) -> None:
    answer = office.app.test_client().get("/api/v1/changes", headers={"Authorization": shown} if shown else {})
    assert answer.status_code == 401
    assert answer.content_type == "application/problem+json"
    assert answered(answer)["title"] == "Log in first"


def test_a_session_is_no_token_and_a_token_no_session(office: Office, program: Program) -> None:
    assert office.client("dana").get("/api/v1/changes").status_code == 401
    assert program.client.get("/changes", headers={"Authorization": f"Bearer {program.token}"}).status_code == 302


def test_a_token_is_for_its_scope_until_it_ends(office: Office, program: Program) -> None:
    narrow = office.program(office.token("dana", "see_changes"))
    assert narrow.get("/changes").status_code == 200
    assert narrow.get("/runs").status_code == 403
    assert narrow.post("/changes/approve", {"all": True}).status_code == 403
    assert office.world.call("users", "revoke", "K2").code == 0
    assert narrow.get("/changes").status_code == 401
    assert office.world.call("users", "revoke", "K2").code == 5
    assert office.world.call("users", "take", "dana", "comp_admin").code == 0
    assert program.get("/changes").status_code == 403


def test_a_token_ends_by_itself(office: Office, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import UTC, datetime, timedelta

    later = datetime.now(UTC) + timedelta(days=91)
    monkeypatch.setattr("syncd.world.clock", lambda: later)
    assert program.get("/changes").status_code == 401


def test_neither_tokens_nor_passwords_are_kept(office: Office, program: Program) -> None:
    from sqlalchemy import create_engine, text

    secret = program.token.split("_", 2)[2]
    engine = create_engine(office.world.database_url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as tx:
        rows = [str(row) for name in ("user_token", "known_user", "user_session", "audit")
                for row in tx.execute(text(f"SELECT * FROM {name}"))]  # noqa: S608  # fmt: skip
    engine.dispose()
    assert rows
    assert not any(secret in row or "correct horse" in row for row in rows)


@pytest.mark.parametrize(
    ("address", "body", "status", "told"),
    [
        ("/changes/approve", {}, 422, "ids"),
        ("/changes/approve", {"ids": ["X"]}, 422, "C12"),
        ("/changes/approve", {"all": True, "colour": "red"}, 422, "colour"),
        ("/changes/reject", {"all": True}, 422, "reason"),
        ("/changes/reject", {"all": True, "reason": "x", "until": "2020-01-01"}, 422, "until"),
        ("/conflicts/Q9/answer", {"reason": "x"}, 422, "one of"),
        ("/conflicts/Q9/answer", {"reason": "x", "new": True}, 404, "no such question"),
        ("/holds/R9/release", {"reason": "x"}, 409, "not held"),
        ("/feeds/nobody/sync", {}, 404, "no such feed"),
        ("/nothing", {}, 404, None),
    ],
)
def test_what_goes_wrong_is_a_problem_document(
    program: Program, address: str, body: object, status: int, told: str | None
) -> None:
    answer = program.post(address, body)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert answered(answer)["status"] == status
    assert told is None or told in answered(answer)["detail"]


def test_the_document_and_its_page_are_there(office: Office, program: Program) -> None:
    visitor = office.client("dana")
    spec = answered(visitor.get("/api/openapi.json"))
    assert spec["openapi"].startswith("3.1")
    described = set(spec["paths"])
    routed = {re.sub(r"<(?:path:)?(\w+)>", r"{\1}", rule.rule) for rule in office.app.url_map.iter_rules()}
    assert described == {rule for rule in routed if rule.startswith("/api/v1")}
    page = visitor.get("/api/").text
    assert all(path in page for path in described)
