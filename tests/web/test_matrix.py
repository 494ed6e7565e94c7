"""Every route and every role: what the matrix of rights says is what is answered."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from flask import Blueprint
from sqlalchemy import text
from werkzeug.routing import Rule

from api.rights import NEEDS, Anyone
from domain.rights import MAY, Right, Role
from store.database import HEAD, open_database, writing
from tests.scenarios.people import COMPANY
from tests.scenarios.world import World
from tests.servers import migrated
from tests.web.conftest import Office, Program, Visitor

#: What stands in an address where a route names something: nothing that is there.
NOBODY = {"change_id": "C999", "question": "Q999", "rejection": "J999", "run": "R999", "run_id": "R999",
          "feed": "nobody", "key": "P999", "filename": "syncd.css",
          "period": "2026-01", "source": "nobody", "path_id": "W999", "batch_id": "B999", "job_id": "T999",
          "kind": "team", "unit": "none"}  # fmt: skip
REFUSED = 403


@pytest.fixture(scope="module")
def staffed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An office with a user for each role, on SQLite: what a route needs is the same on both databases."""
    folder = tmp_path_factory.mktemp("matrix") / "workspace"
    (folder / "var").mkdir(parents=True)
    migrated(f"sqlite:///{folder / 'var' / 'syncd.db'}")
    found = Office(World(folder))
    found.open()
    found.world.begin(COMPANY[:3])
    for role in Role:
        found.user(role.value, role.value, key="P1")
    found.user("nobody")
    yield found
    found.close()
    shutil.rmtree(folder)


def routes(office: Office) -> list[tuple[str, str, str]]:
    """Each route as (endpoint, method, address)."""
    return [
        (str(rule.endpoint), method, _address(rule))
        for rule in office.app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def _address(rule: Rule) -> str:
    address = rule.rule
    for name, word in NOBODY.items():
        address = address.replace(f"<path:{name}>", word).replace(f"<{name}>", word)
    assert "<" not in address, address
    return address


def test_every_route_stands_in_the_matrix_and_nothing_else_does(staffed: Office) -> None:
    assert {endpoint for endpoint, _, _ in routes(staffed)} == NEEDS.keys()


def test_a_route_without_an_entry_answers_nobody(staffed: Office) -> None:
    other = Office(staffed.world)
    app = other.app
    forgotten = Blueprint("forgotten", __name__)
    forgotten.add_url_rule("/forgotten", view_func=lambda: "secret", endpoint="page")
    app.register_blueprint(forgotten)
    answer = app.test_client().get("/forgotten")
    other.close()
    assert (answer.status_code, "secret" in answer.text) == (REFUSED, False)


@pytest.mark.parametrize("role", [*Role, None])
def test_each_role_enters_exactly_what_is_theirs(staffed: Office, role: Role | None) -> None:
    name = role.value if role else "nobody"
    visitor = staffed.client(name)
    program = staffed.program(staffed.token(name, *Right))
    wrong = []
    for endpoint, method, address in routes(staffed):
        need = NEEDS[endpoint]
        if endpoint.startswith("log_in."):
            continue
        may = not isinstance(need, Right) or (role is not None and need in MAY[role])
        answered = _ask(visitor, program, method, address)
        if (answered != REFUSED) != may:
            wrong.append((endpoint, answered))
    assert wrong == []


def test_who_is_not_logged_in_enters_nothing(staffed: Office) -> None:
    visitor, program = staffed.client(), staffed.program("syncd_none_none")
    for endpoint, method, address in routes(staffed):
        if NEEDS[endpoint] is Anyone.AT_ALL:
            continue
        answered = _ask(visitor, program, method, address)
        assert answered in ((401,) if endpoint.startswith("v1") else (302,)), endpoint


def _ask(visitor: Visitor, program: Program, method: str, address: str) -> int:
    if address.startswith("/api/v1"):
        inside = address.removeprefix("/api/v1")
        return (program.get(inside) if method == "GET" else program.post(inside)).status_code
    return (visitor.get(address) if method == "GET" else visitor.post(address)).status_code


def test_nothing_that_names_a_person_gets_into_the_audit_by_a_refusal(staffed: Office) -> None:
    """It is never emptied: whoever is erased would stay there."""
    program = staffed.program(staffed.token("operator", *Right))
    assert program.get("/participants/ann@example.com").status_code == REFUSED
    asked = {"ids": ["C12", "ann"], "reason": "Ann asked"}
    assert program.post("/changes/approve", asked).status_code == REFUSED
    told_of = staffed.client("operator").post("/changes/C7/decide", {"participant": "E1", "id": "C7"})
    assert told_of.status_code == REFUSED
    told = [one["about"] for one in staffed.world.call("audit").document if one["act"].startswith("refuse")][-3:]
    assert told == [
        "GET /api/v1/participants/<key>",
        "POST /api/v1/changes/approve C12",
        "POST /changes/<change_id>/decide C7 C7",
    ]


def test_pages_of_an_older_syncd_answer_no_more(staffed: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """A newer one has migrated the database: what this one writes would be wrong."""
    monkeypatch.setattr("syncd.daemon.place._ASKED_AGAIN", 0.0)
    visitor, database = staffed.client("comp_admin"), open_database(staffed.world.database_url)
    assert visitor.get("/changes").status_code == 200
    with writing(database) as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    answer = visitor.get("/changes")
    assert (answer.status_code, "this syncd knows" in answer.text) == (409, True)
    assert visitor.client.get("/readyz").status_code == 503
    with writing(database) as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": HEAD})
    assert visitor.get("/changes").status_code == 200
    database.dispose()


def test_what_is_refused_is_in_the_audit(staffed: Office) -> None:
    assert staffed.client("auditor").post("/changes/decide").status_code == REFUSED
    last = staffed.world.call("audit")[-1]
    assert (last["by"], last["act"], last["about"]) == ("auditor", "refuse decide", "POST /changes/decide")
    assert "not among the rights of auditor" in last["reason"]
    assert staffed.world.call("audit", "verify").code == 0
