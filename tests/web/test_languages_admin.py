"""Every page is whole in the reader's language, whatever role opens it: of a company where something of all waits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Blueprint, Flask

from domain.rights import Right
from syncd import texts as texts_module
from syncd.catalogue import Said
from syncd.texts import texts_for
from tests.connectors.conftest import _reachable, _salesforce, salesforce  # noqa: F401 - fixtures
from tests.doubles.salesforce.server import Double
from tests.scenarios.closing import DEALS, PayWorld
from tests.scenarios.conftest import world  # noqa: F401 - a fixture
from tests.servers import migrated
from tests.web.conftest import Office, Visitor
from tests.web.test_jobs import work
from tests.web.test_languages import Marked, untold
from tests.web.test_out_of_sight import NAMED, happen
from tests.web.test_sources import org  # noqa: F401 - a fixture

#: What stands on these pages and is nobody's language: names, ids, what a person or a source wrote, words of YAML.
DATA = frozenset(
    ("Annika", "Zeidler", "Bobine", "Quarz", "Cidney", "Uhl", "Ninette", "Vosz", "Quella", "Rottmann", "Zugspitze",
     "dana", "vera", "ops", "pat", "mara", "Gmbh", "hr", "crm", "mappings", "yaml", "people.yaml", "sales.yaml",
     "crm.yaml", "crm.csv", "syncd.yaml", "daily", "EUR", "title", "Lead", "soon", "file", "PDF", "OpenAPI",
     "salesforce", "User", "API", "seen", "phone"),
)  # fmt: skip
#: Every page that is opened by its address: by endpoint, addresses that show it with and without anything on it.
PAGES: dict[str, tuple[str, ...]] = {
    "home.page": ("/",),
    "log_in.page": (),  # of somebody who is not logged in: below
    "review.queue": (
        "/changes", "/changes?text=zzz", "/changes?by=kind", "/changes?by=team", "/changes?after=1&group=9",
    ),
    "review.change": ("/changes/{change}", "/changes/{applied}", "/changes/{rejected}", "/changes/{again}"),
    "review.policies": ("/changes/by-policy",),
    "review.batch": ("/batches/B1", "/batches/B2"),
    "review.effect_by_job": ("/changes/effect/{effect}",),
    "matters.questions": ("/questions",),
    "matters.rejections": ("/rejections", "/rejections?all=1"),
    "matters.holds": ("/holds",),
    "matters.quarantine": ("/quarantine",),
    "runs.runs": ("/runs",),
    "runs.run": ("/runs/R1", "/runs/{bad}", "/runs/{held}", "/runs/{failed}"),
    "sources.listed": ("/sources",),
    "sources.one": ("/sources/hr", "/sources/deals", "/sources/crm"),
    "configured.page": ("/configuration",),
    "jobs.one": ("/jobs/{effect}", "/jobs/{waiting}", "/jobs/{calculated}"),
    "people.participants": ("/participants", "/participants?text=zzz", "/participants?as_of=2020-01-01"),
    "people.participant": ("/participants/P1", "/participants/P2", "/participants/P4"),
    "units.listed": ("/units", "/units?text=zzz"),
    "units.one": ("/units/team/Zugspitze",),
    "pay_runs.listed": ("/pay",),
    "pay_runs.one": ("/pay/2026-01", "/pay/2026-02", "/pay/2026-03"),
    "pay_runs.payments": ("/pay/2026-01/payments", "/pay/2026-03/payments"),
    "results.page": ("/results?period=2026-01", "/results?period=2026-02&by=plan", "/results?period=2026-03"),
    "statements.own": (),  # of a participant: tests.web.test_languages
    "statements.one": ("/statements/P1/2026-01", "/statements/P2/2026-02"),
    "adjustments.listed": ("/adjustments", "/adjustments?period=2026-02"),
    "adjustments.form": ("/adjustments/new",),
    "spec.page": ("/api/",),
}  # fmt: skip
#: Addresses that are no page: files, documents, what leads elsewhere.
NO_PAGES = ("static", "operating.", "v1", "spec.document", "statements.pdf", "statements.sheet", "sources.connected",
            "log_in.to_provider", "log_in.from_provider")  # fmt: skip
#: What somebody is told who asked for what is not there, or may not.
REFUSED = ("/changes/C999", "/batches/B999", "/changes/effect/T999", "/runs/R999", "/sources/nobody", "/jobs/T999",
           "/participants/E99", "/changes?run=x", "/changes?kind=x", "/units/team/Nowhere")  # fmt: skip


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """The company of `opened`, for all that only look."""
    yield from opened(tmp_path_factory.mktemp("marked") / "workspace")


def opened(folder: Path) -> Iterator[Office]:
    """Something of everything, on SQLite: what waits, is held, was refused, paid, adjusted, wrong, and being done."""
    (folder / "var").mkdir(parents=True)
    migrated(f"sqlite:///{folder / 'var' / 'syncd.db'}")
    company = PayWorld(folder)
    company.begin_pay(people=NAMED, deals=DEALS)
    happen(company)
    found = Office(company)
    found.open()
    for name, role in (("dana", "comp_admin"), ("vera", "approver"), ("ops", "operator"), ("pat", "payroll")):
        found.user(name, role)
    found.user("mara", "auditor")
    wait(found, company)
    yield found
    found.close()


def wait(office: Office, company: PayWorld) -> None:
    """Let more wait: a hold, a failed run, a policy's approval, jobs, a configuration that four eyes look at."""
    dana = office.client("dana")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("syncd.seen.effects.PEOPLE", 0)
        waiting = [one["id"] for one in company.pending()]
        assert dana.post("/changes/effect", {"id": waiting, "period": "2026-02"}).status_code == 303
        dana.done("/pay/calculate", {"period": "2026-02"})
        work(company)
    assert company.approve(company.one(kind="link")).code == 0, "of Bob: two sources may disagree about him now"
    company.write("inbox/crm.csv", "id,paid_in\nE2,EUR\nE3,EUR\n")
    company.call("run", "crm")
    company.feed["approve"] = [{"kind": "transfer", "attributes": ["legal_entity"]}]
    company.save()
    company.send_people([{**NAMED[0], "entity": "Gmbh"}, {**NAMED[1], "paid_in": "USD"}, NAMED[2]])
    company.call("run", "people")
    company.sell(("X9", "2026-02-30", "E1", "x"), ("X8", "2026-02-03", "E77", "5"), run=False)
    company.call("run", "sales")
    company.send_people([])
    assert company.call("run", "people").code == 3, "nobody in scope: held"
    (company.folder / "inbox" / "crm.csv").unlink()
    company.call("run", "crm")
    dana.done("/feeds/crm/sync")
    company.settings["four_eyes"] = True
    company.save()
    company.call("run", "sales")
    company.feed["approve"] = [{"kind": "update", "attributes": ["title"]}]
    company.save()


@pytest.fixture
def marks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Danish is a language of marks."""
    catalogue = Marked()
    monkeypatch.setattr(texts_module, "_catalogue", lambda _language: catalogue)


@pytest.fixture
def marked(office: Office, marks: None) -> Office:
    """The company that is only looked at, marked."""
    return office


@pytest.fixture
def acting(tmp_path: Path, marks: None) -> Iterator[Office]:
    """One of its own, for who acts, marked."""
    yield from opened(tmp_path / "workspace")


def danish(visitor: Visitor, address: str) -> str:
    answer = visitor.client.get(address, headers={"Accept-Language": "da"}, follow_redirects=True)
    assert answer.status_code == 200, (address, answer.text)
    assert '<html lang="da">' in answer.text, address
    return answer.text


def told(page: str) -> set[str]:
    """What of a page is in no catalogue."""
    return untold(page) - DATA


def named(office: Office) -> dict[str, str]:
    """What the addresses name."""
    company = office.world
    every = {one["id"]: one for state in ("pending", "applied", "rejected") for one in company.changes(state)}
    by = {state: next(name for name, one in every.items() if one["state"] == state)
          for state in ("pending", "applied", "rejected")}  # fmt: skip
    runs = office.program(office.token("dana", Right.SEE_RUNS)).read("/runs")["items"]
    ended = {outcome: next((f"{one['run']}" for one in runs if one["outcome"] == outcome), "R1")
             for outcome in ("held", "failed", "completed_with_errors")}  # fmt: skip
    jobs = {one["act"]: one["id"] for one in company.call("jobs").document}
    return {"change": by["pending"], "applied": by["applied"], "rejected": by["rejected"], "again": by["pending"],
            "held": ended["held"], "failed": ended["failed"], "bad": ended["completed_with_errors"],
            "effect": jobs["pay_effect"], "calculated": jobs["calculate"], "waiting": jobs["run"]}  # fmt: skip


def pages_of(app: Flask) -> set[str]:
    """The endpoints that are opened by an address in a browser."""
    rules = (rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()))
    return {str(rule.endpoint) for rule in rules if not str(rule.endpoint).startswith(NO_PAGES)}


def test_the_pages_that_are_walked_are_all_that_there_are(office: Office) -> None:
    assert pages_of(office.app) == PAGES.keys()
    forgotten = Blueprint("forgotten", __name__)
    forgotten.add_url_rule("/forgotten", view_func=lambda: "new", endpoint="page")
    other = Office(office.world)
    other.app.register_blueprint(forgotten)
    assert pages_of(other.app) - PAGES.keys() == {"forgotten.page"}
    other.close()


def test_every_page_of_an_admin_is_in_their_language(marked: Office) -> None:
    dana, there = marked.client("dana"), named(marked)
    found = {}
    for address in (one for several in PAGES.values() for one in several):
        if words := told(danish(dana, address.format_map(there))):
            found[address] = words
    assert found == {}


@pytest.mark.parametrize("role", ["vera", "ops", "pat", "mara"])
def test_and_of_every_other_role(marked: Office, role: str) -> None:
    visitor, there = marked.client(role), named(marked)
    found = {}
    for address in (one for several in PAGES.values() for one in several):
        answer = visitor.client.get(address.format_map(there), headers={"Accept-Language": "da"}, follow_redirects=True)
        assert '<html lang="da">' in answer.text, address
        if words := told(answer.text):
            found[address] = words
    assert found == {}


def test_what_is_not_there_is_told_in_their_language(marked: Office) -> None:
    dana = marked.client("dana")
    for address in REFUSED:
        answer = dana.client.get(address, headers={"Accept-Language": "da"})
        assert answer.status_code in (404, 422), address
        assert (told(answer.text), 'lang="en"' in answer.text.split("<main")[1].split("<footer")[0]) == (
            set(),
            False,
        ), address


def test_something_of_everything_waits_there(office: Office) -> None:
    """Or the walk would show how empty pages read."""
    dana = office.client("dana")
    for address in ("/changes", "/changes/by-policy", "/questions", "/rejections", "/holds", "/quarantine", "/runs",
                    "/sources", "/pay", "/pay/2026-02", "/adjustments", "/results?period=2026-02"):  # fmt: skip
        assert 'class="empty"' not in re.sub("<ins[^>]*>", "", dana.get(address).text), address
    assert "<ins>" in dana.get("/configuration").text
    assert "<progress" not in dana.get("/jobs/T1").text


def test_what_was_done_and_why_not_is_told_in_their_language(acting: Office) -> None:
    """In the order in which it can be done: each answer is a page with a message."""
    company, there = acting.world, named(acting)
    dana, vera = acting.client("dana"), acting.client("vera")
    for one in (dana, vera):
        one.get("/changes?lang=da")
    change, other = [one["id"] for one in company.changes("pending")][:2]
    (hold,) = {one["run"] for one in company.changes("held")} or {there["held"]}
    question = company.call("conflicts")[0]["id"]
    rejection = company.call("rejections")[0]["id"]
    program = acting.program(acting.token("dana", Right.SEE_ADJUSTMENTS))
    adjustment = next(one["id"] for one in program.read("/adjustments")["items"] if one["state"] == "proposed")
    new = {"key": "P2", "period": "2026-02", "amount": "12", "currency": "USD", "component": "commission"}
    acts: tuple[tuple[Visitor, str, dict[str, object]], ...] = (
        (dana, "/changes/decide", {"id": change}),
        (dana, "/changes/decide", {"id": change, "verdict": "reject"}),
        (dana, "/changes/decide", {"verdict": "approve"}),
        (dana, "/changes/decide", {"id": change, "verdict": "reject", "reason": "x", "scope": "until"}),
        (dana, "/changes/decide", {"id": change, "verdict": "reject", "reason": "x", "until": "soon"}),
        (dana, "/changes/decide", {"id": change, "verdict": "reject", "reason": "x", "until": "9999-12-31"}),
        (dana, "/changes/decide",
         {"id": change, "verdict": "reject", "reason": "x", "scope": "until", "until": "2020-01-01"}),
        (dana, f"/changes/{change}/decide", {"verdict": "reject", "reason": "x"}),
        (dana, "/changes/decide", {"id": other, "verdict": "approve", "into_committed": "1"}),
        (dana, f"/changes/{there['applied']}/revert", {}),
        (dana, f"/changes/{there['applied']}/revert", {"reason": "x"}),
        (dana, "/batches/B1/revert", {"reason": "x"}),
        (dana, "/changes/effect", {}),
        (dana, f"/rejections/{rejection}/forget", {}),
        (dana, f"/rejections/{rejection}/forget", {"reason": "x"}),
        (dana, f"/questions/{question}", {"reason": "x"}),
        (dana, f"/questions/{question}", {"reason": "x", "answer": "other", "value": "USD"}),
        (dana, f"/holds/{hold}/release", {}),
        (dana, f"/holds/{hold}/release", {"reason": "x"}),
        (dana, "/feeds/hr/sync", {}),
        (dana, "/feeds/people/sync", {}),
        (dana, "/feeds/people/sync", {}),
        (dana, "/configuration/publish", {}),
        (dana, "/configuration/publish", {"reason": "x"}),
        (vera, "/configuration/approve", {"reason": "x"}),
        (dana, "/adjustments", {**new, "reason": ""}),
        (dana, "/adjustments", {**new, "reason": "x"}),
        (vera, "/adjustments/decide", {}),
        (vera, "/adjustments/decide", {"id": adjustment, "verdict": "approve"}),
        (dana, "/pay/calculate", {"period": ""}),
        (dana, "/pay/calculate", {"period": "2026-02"}),
        (dana, "/pay/2026-02/submit", {}),
        (dana, "/pay/2026-01/reopen", {"reason": "x"}),
        (vera, "/pay/2026-02/return", {"reason": "x"}),
        (dana, "/sources/hr/check", {}),
        (dana, "/sources/crm/check", {}),
    )  # fmt: skip
    found = {}
    for number, (who, address, form) in enumerate(acts):
        answer = who.client.post(address, data={"csrf_token": who.token, **form}, follow_redirects=True)
        assert '<html lang="da">' in answer.text, address
        if words := told(answer.text):
            found[number, address] = (words, answer.status_code)
    assert found == {}


def test_a_source_that_somebody_agrees_to_is_in_their_language(
    org: tuple[Office, Double],  # noqa: F811 - the fixture
    marks: None,
) -> None:
    office, _ = org
    dana = office.client("dana")
    dana.get("/sources?lang=da")
    found = {}
    for address in ("/sources", "/sources/crm"):
        found[address] = told(danish(dana, address))
    for act in ("connect", "answer", "paths", "check", "paths/W9/end"):
        page = dana.client.post(f"/sources/crm/{act}", data={"csrf_token": dana.token}, follow_redirects=True).text
        found[act] = told(page)
    found["with a path"] = told(danish(dana, "/sources/crm"))
    page = dana.client.post("/sources/crm/paths/W1/end", data={"csrf_token": dana.token}, follow_redirects=True).text
    found["ended"] = told(page)
    assert {name: words for name, words in found.items() if words} == {}


def test_admin_pages_write_days_and_numbers_as_the_reader_does(office: Office) -> None:
    dana = office.client("dana")
    queue, runs = dana.get("/changes?lang=da").text, dana.get("/runs").text
    assert "1. feb. 2026" in queue
    assert "2026-02-01" not in re.sub('value="[^"]*"', "", queue)
    assert re.search(r'<td class="day">\d+\. \w+\.? 2026 \d\d:\d\d</td>', runs)
    assert "tilføjelse" in queue
    assert "Feb 1, 2026" in dana.get("/changes?lang=en").text
    texts = texts_for(["da"])
    assert texts.say(Said("{:,} approved.", (12000,))) == "12.000 godkendt."
    assert texts.sentence("12,000 approved (B2, B3).") == "12.000 godkendt (B2, B3)."
    assert texts.sentence("2026-02 of pay group US is not over: its last day is 2026-02-28, so submit it from "
                          "2026-03-01 on; until then, look at it") == (
        "2026-02 for løngruppe US er ikke forbi: dens sidste dag er 28. feb. 2026, så indsend den fra 1. mar. 2026; "
        "se på den indtil da"
    )  # fmt: skip
    assert texts.sentence("Q12: Choose an answer.") == "Q12: Vælg et svar."
    assert texts.sentence("decide is not among the rights of ann") == "afgøre er ikke blandt rettighederne for ann"
    assert texts.sentence("C7 was not approved: it is stale and no longer waits for a decision.") == (
        "C7 blev ikke godkendt: den er forældet og afventer ikke længere en afgørelse."
    )
    assert texts.sentence("C7 was not approved: who knows why.") is None, "half of it in Danish is nobody's language"
    assert texts.sentence("what no catalogue has") is None
