"""A role for some of the people: no answer of any page or program names one of the others."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from itertools import product

import pypdfium2
import pytest
from werkzeug.test import TestResponse

from domain.rights import Right
from tests.scenarios.closing import DEALS, PEOPLE, PayWorld
from tests.scenarios.people import Row
from tests.scenarios.world import Document
from tests.servers import migrated
from tests.web.conftest import Office
from tests.web.test_jobs import work

#: Whom the UK's comp admin does not see, and the team that one of them is in alone.
OTHERS = ("Zeidler", "Quarz", "Vosz", "Rottmann", "Zugspitze")
NAMED: tuple[Row, ...] = tuple(
    {**one, "name": name} for one, name in zip(PEOPLE, ("Annika Zeidler", "Bobine Quarz", "Cidney Uhl"), strict=True)
)
#: What a request asks beside its address, where it must, or where it says little otherwise.
ASKED = {
    "results.page": "?period=2026-01", "v1_pay.results": "?period=2026-01", "v1_pay.sums": "?period=2026-01",
    "matters.rejections": "?all=1", "v1.rejections": "?all=true", "v1.conflicts": "?all=true",
    "v1_review.groups": "?by=team",
}  # fmt: skip
#: Which of the routes name whoever is there.
FINDING = frozenset((
    "review.queue", "review.change", "review.batch", "review.effect_by_job", "matters.rejections",
    "people.participants", "people.participant", "units.listed", "units.one", "pay_runs.payments", "results.page",
    "statements.one",
    "statements.pdf", "statements.sheet", "adjustments.listed", "v1.changes", "v1_people.listed", "v1_people.one",
    "v1_people.whole", "v1_pay.payments", "v1_pay.sums", "v1_statements.one", "v1_statements.pdf",
    "v1_statements.sheet", "v1_review.change", "v1_review.batch", "v1_units.listed", "v1_units.members",
))  # fmt: skip
#: What shows nobody: who is logged in, that the program runs, what another host sends back.
OUTSIDE = ("static", "operating.", "log_in.", "sources.connected")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Something of everything about two people of the US, and one of the UK, on SQLite, for all tests here."""
    folder = tmp_path_factory.mktemp("sight") / "workspace"
    (folder / "var").mkdir(parents=True)
    migrated(f"sqlite:///{folder / 'var' / 'syncd.db'}")
    world = PayWorld(folder)
    world.begin_pay(people=NAMED, deals=(*DEALS, ("X7", "2026-02-11", "E2", "300.00")))
    happen(world)
    found = Office(world)
    found.open()
    found.user("dana", "comp_admin")
    found.user("uma", "comp_admin pay_group=UK")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("syncd.seen.effects.PEOPLE", 0)
        waiting = [one["id"] for one in world.pending()]
        assert found.client("dana").post("/changes/effect", {"id": waiting, "period": "2026-02"}).status_code == 303
        work(world)
    yield found
    found.close()


def happen(world: PayWorld) -> None:
    """Both months are calculated, one is committed; all sorts of things wait, were refused, and are held."""
    done(world, "set", "E1", "member:team:Zugspitze=lead", "--from", "2026-01-01", "--reason", "x", "--as", "ana")
    assert world.approve(as_="ben").code == 0
    world.close("2026-01")
    done(world, "adjust", "E2", "2026-02", "25", "USD", "--component", "commission", "--reason", "x", "--as", "ana")
    world.calculate("2026-02")
    done(world, "override", "E2", "legal_entity=Ltd", "--reason", "x", "--as", "ana")
    news: list[Row] = [{**NAMED[0], "id": "E8", "name": "Quella Rottmann", "hired": "soon"},
                       {**NAMED[0], "id": "E9", "name": "Ninette Vosz"}]  # fmt: skip
    world.send_people([NAMED[0], {**NAMED[1], "plans": "", "from": "2026-02-01"}, NAMED[2], *news])
    world.call("run", "people")
    for key in ("E1", "E3"):
        done(world, "set", key, "title=Lead", "--from", "2026-02-01", "--reason", "x", "--as", "ana")
    assert world.reject(world.one(participant="E1"), reason="no").code == 0
    world.settings["sources"]["crm"] = {"kind": "file", "path": "inbox/crm.csv"}
    world.settings["feeds"]["crm"] = {"source": "crm", "into": "participants", "mapping": "mappings/crm.yaml"}
    world.settings["attributes"] = {"payment_currency": {"sources": []}}
    fields = {"employee_id": "id", "payment_currency": "paid_in"}
    world.write("mappings/crm.yaml", json.dumps({"key": "id", "fields": fields}))
    world.write("inbox/crm.csv", "id,paid_in\nE2,EUR\n")
    world.save()
    world.call("run", "crm")


def done(world: PayWorld, *words: str) -> Document:
    said = world.call(*words)
    assert said.code == 0, said.document
    return dict(said.document)


def walk(office: Office, name: str) -> tuple[dict[str, set[int]], dict[str, set[str]]]:
    """Ask for everything that can be got, whole, as somebody: how each route answered, and whom it named."""
    visitor, program = office.client(name), office.program(office.token(name, *Right))
    statuses: dict[str, set[int]] = {}
    named: dict[str, set[str]] = {}
    there = everything_there(office)
    for rule in office.app.url_map.iter_rules():
        endpoint = str(rule.endpoint)
        if "GET" not in (rule.methods or ()) or endpoint.startswith(OUTSIDE):
            continue
        for values in product(*(there[one] for one in sorted(rule.arguments))):
            address = rule.rule
            for argument, value in zip(sorted(rule.arguments), values, strict=True):
                address = re.sub(rf"<(?:\w+:)?{argument}>", value, address)
            address += ASKED.get(endpoint, "")
            is_program = address.startswith("/api/v1")
            answer = program.get(address.removeprefix("/api/v1")) if is_program else visitor.get(address)
            statuses.setdefault(endpoint, set()).add(answer.status_code)
            text = text_of(answer)
            named.setdefault(endpoint, set()).update(one for one in OTHERS if one in text)
    return statuses, {endpoint: names for endpoint, names in named.items() if names}


def everything_there(office: Office) -> dict[str, list[str]]:
    """What an address may name, by the name of its place in a route: all there is of it."""
    world = office.world
    changes = world.call("changes").document
    batches = {one["batch"] for one in changes if one.get("batch")} or {"B1"}
    runs = [f"R{number}" for number in range(1, 1 + max(int(one["run"][1:]) for one in changes if one["run"]) + 3)]
    return {
        "change_id": [one["id"] for one in changes], "batch_id": sorted(batches), "run_id": runs,
        "job_id": [one["id"] for one in world.call("jobs").document], "source": ["hr", "crm", "deals"],
        "key": ["P1", "P2", "P3", "E9"], "period": ["2026-01"],
        "kind": ["team"], "unit": ["Zugspitze"],
    }  # fmt: skip


def text_of(answer: TestResponse) -> str:
    """All that can be read in an answer, also where it is a file."""
    if answer.data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(answer.data)) as file:
            return "".join(file.read(one).decode(errors="replace") for one in file.namelist())
    if answer.data.startswith(b"%PDF"):
        pages = pypdfium2.PdfDocument(answer.data)
        return "".join(page.get_textpage().get_text_bounded() for page in pages)
    return answer.text


def test_no_answer_names_somebody_out_of_sight(office: Office) -> None:
    statuses, named = walk(office, "uma")
    assert named == {}
    assert 500 not in set().union(*statuses.values())


def test_who_sees_everybody_finds_them_at_these_routes(office: Office) -> None:
    """So that nobody is named to others is no accident: each route answers, and these name who is there."""
    statuses, named = walk(office, "dana")
    assert {endpoint for endpoint, answers in statuses.items() if 200 not in answers} == {
        "home.page", "statements.own"
    }, "which lead on"  # fmt: skip
    assert named.keys() >= FINDING
