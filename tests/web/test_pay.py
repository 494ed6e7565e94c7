"""Pay on pages and by programs: what is owed, who sees it, the close with its roles, adjustments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from api import asking
from domain.errors import FixFile
from domain.rights import Right
from store import faults
from syncd.pay.adjust import _amount as adjust_amount
from tests.faults.story import Killed
from tests.scenarios.closing import DEALS, PEOPLE, PayWorld
from tests.scenarios.conftest import paid  # noqa: F401 - a fixture
from tests.scenarios.people import Row
from tests.web.conftest import Office

LED: tuple[Row, ...] = tuple({**one, "boss": "E3" if one["id"] != "E3" else ""} for one in PEOPLE)


def pay_office(world: PayWorld) -> Office:
    """The company of six deals, where people can log in; Cid leads Ann and Bob."""
    found = Office(world)
    found.open()
    found.user("dana", "comp_admin")
    found.user("vera", "approver")
    return found


@pytest.fixture
def office(paid: PayWorld) -> Iterator[Office]:  # noqa: F811 - the fixture
    found = pay_office(paid)
    yield found
    found.close()


@pytest.fixture
def january(office: Office) -> Office:
    """January is calculated."""
    office.world.calculate("2026-01")  # type: ignore[attr-defined] # it is a PayWorld
    return office


def test_without_a_calculation_pages_say_what_to_do_next(office: Office) -> None:
    visitor = office.client("dana")
    for address in ("/pay", "/results", "/adjustments"):
        answer = visitor.get(address)
        assert answer.status_code == 200
        assert 'class="empty"' in answer.text, address
    assert ">Calculate</button>" in visitor.get("/pay/2026-01").text
    assert "syncd calculate 2026-01" in office.client("vera").get("/pay/2026-01").text, "who may not is told who may"
    assert visitor.get("/pay/2026-99").status_code == 404


def test_results_are_added_up_and_lead_to_statements(january: Office) -> None:
    visitor = january.client("dana")
    page = visitor.get("/results?period=2026-01").text
    assert "260.00\xa0USD" in page
    for one in ("Ann", "140.00\xa0USD", "/statements/P1/main:2026-01"):
        assert one in page
    by_plan = visitor.get("/results?period=2026-01&by=component").text
    assert ">reseller.commission</a>" in by_plan
    assert "Nothing" not in by_plan
    assert "No result you see matches" in visitor.get("/results?period=2026-01&plan=none").text
    statement = visitor.get("/statements/E1/2026-01").text
    assert "10% of 400.00" in statement
    assert "inbox/sales.csv:2" in statement


def test_the_api_gives_what_the_commands_print(january: Office) -> None:
    program = january.program(january.token("dana", *Right))
    world = january.world
    assert program.read("/results?period=2026-01")["items"] == world.call("results", "2026-01").document
    first = program.read("/results?period=2026-01&limit=2")
    assert [one["participant"] for one in first["items"]] == ["P1", "P2"]
    rest = program.read(f"/results?period=2026-01&limit=2&after={first['next']}")
    assert ([one["participant"] for one in rest["items"]], rest["next"]) == (["P3"], None)
    assert program.read("/explain/E1/2026-01") == world.call("explain", "E1", "2026-01").document
    said = program.read("/statements/E1/2026-01")
    assert said.pop("hidden") == 0
    assert str(said.pop("known_at")).startswith("20")
    assert said == world.call("statement", "E1", "2026-01").document
    listed = program.read("/pay-runs")["items"]
    assert [(one["period"], one["state"], one["totals"]) for one in listed] == [
        ("2026-01", "calculated", [{"currency": "USD", "amount": "260.00"}])
    ]
    assert program.get("/results?period=2026-02").status_code == 422
    assert program.get("/statements/nobody/2026-01").status_code == 404


def test_one_transaction_is_explained_alone(january: Office) -> None:
    program = january.program(january.token("dana", *Right))
    said = program.read("/explain/E1/2026-01?transaction=X2")
    assert said == january.world.call("explain", "E1", "2026-01", "--transaction", "X2").document


def test_a_pay_run_is_closed_by_two_people(january: Office) -> None:
    dana, vera = january.client("dana"), january.client("vera")
    assert "Submit for approval" in dana.get("/pay/2026-01").text
    assert vera.post("/pay/2026-01/submit").status_code == 403
    assert "2026-01 is submitted" in dana.close("submit", "main:2026-01")
    page = dana.get("/pay/2026-01").text
    assert "dana submitted 2026-01: somebody else has to approve it" in page
    assert ">Approve</button>" not in page, "who submitted it is offered no button for that"
    told = dana.refused("/pay/main:2026-01/approve", {"digest": january_digest(january)})
    assert "dana submitted 2026-01: somebody else has to approve it" in told
    assert "Say why" in vera.refused("/pay/2026-01/return", {"reason": " "})
    assert "meanwhile" in vera.refused("/pay/2026-01/approve", {"digest": "other"})
    assert "Say which results" in vera.refused("/pay/2026-01/approve")
    assert "2026-01 is approved" in vera.close("approve")
    page = vera.get("/pay/2026-01").text
    assert ("Commit to the ledger" in page, "What is wrong" in page) == (False, True), "what vera may do"
    assert "2026-01 is committed" in dana.done("/pay/2026-01/commit")
    page = dana.get("/pay/2026-01").text
    assert "3 entries" in page
    assert 'class="bar"' not in page, "of what is committed there is nothing to do"
    acts = [(one["by"], one["act"]) for one in january.world.call("audit").document]
    assert ("dana", "refuse approve_pay") in acts
    assert ("vera", "approve pay run") in acts
    assert january.world.call("audit", "verify").code == 0


def january_digest(office: Office) -> str:
    return str(office.program(office.token("vera", *Right)).read("/pay-runs/2026-01")["digest"])


def test_submitted_is_what_was_looked_at(january: Office) -> None:
    """Not what was calculated meanwhile: a deal more is in it."""
    dana = january.client("dana")
    program = january.program(january.token("dana", *Right))
    before = dana.digest()
    january.world.sell(*DEALS, ("X9", "2026-01-30", "E2", "90.00"))  # type: ignore[attr-defined] # it is a PayWorld
    january.world.calculate("2026-01")  # type: ignore[attr-defined]
    told = "2026-01 has been calculated again meanwhile: look at the new results"
    assert told in dana.refused("/pay/2026-01/submit", {"digest": before})
    assert "Say which results" in dana.refused("/pay/2026-01/submit")
    said = program.post("/submit", {"period": "2026-01", "digest": before})
    assert (said.status_code, told in said.text) == (409, True)
    assert program.post("/submit", {"period": "2026-01"}).status_code == 422
    assert program.read("/pay-runs/2026-01")["state"] == "calculated"
    assert "2026-01 is submitted" in dana.close("submit")


def test_what_was_returned_says_why_and_may_be_submitted_again(january: Office) -> None:
    dana, vera = january.client("dana"), january.client("vera")
    dana.close("submit")
    assert "Returned: a deal is missing" in vera.done("/pay/2026-01/return", {"reason": "a deal is missing"})
    assert "2026-01 is submitted" in dana.close("submit")
    assert "Open again" not in dana.get("/pay/2026-01").text
    assert "2026-01 is open" in dana.done("/pay/2026-01/reopen", {"reason": "too soon"})


def test_what_was_typed_comes_back_and_stands_in_no_address(january: Office) -> None:
    dana, vera = january.client("dana"), january.client("vera")
    dana.close("submit")
    vera.close("approve")
    dana.done("/pay/2026-01/commit")
    answer = vera.post("/pay/2026-01/return", {"reason": "Ann's bonus"})
    assert (answer.status_code, "Location" in answer.headers) == (409, False)
    assert "never reopened" in answer.text


def test_whose_pay_runs_one_may_approve_is_asked_of_this_pay_run(january: Office) -> None:
    """A right to those of some people is none to that of everybody."""
    january.user("uma", "auditor", "approver pay_group=US", "comp_admin pay_group=UK")
    uma = january.client("uma")
    assert "Submit for approval" not in uma.get("/pay/2026-01").text
    assert uma.post("/pay/2026-01/submit", {"digest": "x"}).status_code == 404
    january.client("dana").close("submit")
    page = uma.get("/pay/2026-01").text
    assert ">Approve</button>" not in page
    assert "somebody else has to" not in page


def test_changes_that_wait_are_those_of_the_people_whom_it_pays(january: Office) -> None:
    world = january.world
    for key, what in (("E3", "title=Lead"), ("E1", "title=Lead"), ("E3", "pay_group=US")):
        assert world.call("set", key, what, "--from", "2026-01-15", "--reason", "x", "--as", "ana").code == 0
    found = {}
    dana = january.client("dana")
    for group in ("", "US", "UK"):
        world.calculate("2026-01", **({"group": group} if group else {}))  # type: ignore[attr-defined]
        page = dana.get(f"/pay/2026-01?group={group}" if group else "/pay/2026-01").text
        told = re.search(r"(\d+) changes? that counts? by then", page)
        found[group] = int(told[1]) if told else 0
    assert found == {"": 3, "US": 2, "UK": 2}, "Ann's, and who would come; both of Cid's"


def test_a_change_shows_what_it_would_pay(january: Office) -> None:
    world = january.world
    gone = {**PEOPLE[1], "plans": "", "from": "2026-01-01"}
    world.send_people([PEOPLE[0], gone, PEOPLE[2]])  # type: ignore[attr-defined] # it is a PayWorld
    assert world.call("run", "people").code == 0
    change = world.one(state="pending")["id"]
    visitor = january.client("dana")
    assert "Pay effect" in visitor.get(f"/changes/{change}").text
    page = visitor.post("/changes/effect", {"id": change, "period": "2026-01"}).text
    for told in ("Bob", "50.00\xa0USD", "-50.00\xa0USD", f"{change} was approved"):
        assert told in page, told
    said = answered(
        january.program(january.token("dana", *Right)).post("/changes/effect", {"ids": [change], "period": "2026-01"})
    )
    assert (said["changes"], said["period"], said["hidden"]) == ([change], "2026-01", 0)
    assert [(one["participant"], one["difference"]) for one in said["effects"]] == [("P2", "-50.00")]
    assert "Tick the changes" in visitor.post("/changes/effect").text
    assert visitor.post("/changes/effect", {"id": change, "period": "soon"}).status_code == 422
    assert world.results("2026-01") != []  # type: ignore[attr-defined] # it is a PayWorld
    assert world.one(state="pending")["id"] == change, "nothing of it is kept"
    january.user("uma", "auditor pay_group=UK")
    assert january.client("uma").post("/changes/effect", {"id": change}).status_code == 422, "Bob is not hers to see"


def test_without_a_period_the_effect_is_of_the_one_that_is_paid_next(january: Office) -> None:
    """Not of the month in which somebody was hired long ago; who sees a group sees what an add to it would pay."""
    world = january.world
    new = {**PEOPLE[0], "id": "E9", "name": "Nina New", "hired": "2019-05-06", "from": "2019-05-06"}
    world.send_people([*PEOPLE, new])  # type: ignore[attr-defined] # it is a PayWorld
    assert world.call("run", "people").code == 0
    change = world.one(state="pending", kind="add")["id"]
    month = "2026-01"  # calculated, and not committed
    assert f"Of {month}" in _text(january.client("dana").post("/changes/effect", {"id": change}).text)
    with asking._ALONE:
        busy = january.client("dana").post("/changes/effect", {"id": change})
    assert (busy.status_code, "try it again in a minute" in busy.text) == (503, True)


def _text(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_the_close_by_programs_is_done_once(january: Office) -> None:
    dana = january.program(january.token("dana", *Right))
    vera = january.program(january.token("vera", *Right))
    body = {"period": "2026-01", "digest": january_digest(january)}
    submitted = answered(dana.post("/submit", body, key="s1"))
    assert (submitted["state"], submitted["submitted_by"]) == ("submitted", "dana")
    assert answered(dana.post("/submit", body, key="s1")) == submitted
    assert dana.post("/approve-results", body).status_code == 409
    assert vera.post("/approve-results", {"period": "2026-01"}).status_code == 422
    assert vera.post("/approve-results", {"period": "2026-01", "digest": "x"}).status_code == 409
    approved = answered(vera.post("/approve-results", body))
    assert approved["approved_by"] == "vera"
    committed = answered(dana.post("/commit", {"period": "2026-01"}))
    assert (committed["state"], committed["entries"]) == ("committed", 3)
    assert vera.post("/return", {"period": "2026-01", "reason": "x"}).status_code == 409
    assert vera.post("/return", {"period": "2026-01"}).status_code == 422


def answered(answer: Any) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json


def test_a_refused_proposal_of_an_adjustment_is_in_the_audit(january: Office) -> None:
    dana, program = january.client("dana"), january.program(january.token("dana", *Right))
    dana.close("submit")
    wanted = {"period": "2026-01", "amount": "5", "currency": "USD", "component": "commission", "reason": "x"}
    assert dana.post("/adjustments", {**wanted, "key": "E1"}).status_code == 409
    assert program.post("/adjustments", {**wanted, "participant": "E1"}).status_code == 409
    acts = [(one["by"], one["act"]) for one in january.world.call("audit").document]
    assert acts.count(("dana", "refuse adjust")) == 2


def test_nobody_approves_their_own_pay(january: Office) -> None:
    january.user("ann", "approver", key="E1")
    january.client("dana").close("submit")
    ann = january.client("ann")
    assert "2026-01 pays ann themselves" in ann.get("/pay/2026-01").text
    assert ">Approve</button>" not in ann.get("/pay/2026-01").text
    told = ann.refused("/pay/2026-01/approve", {"digest": january_digest(january)})
    assert "2026-01 pays ann themselves" in told
    page = january.program(january.token("vera", *Right)).read("/pay-runs/2026-01")
    assert page["state"] == "submitted"


def test_checks_before_a_submit_are_those_of_the_submit(january: Office) -> None:
    dana = january.client("dana")
    assert "In the way" not in dana.get("/pay/2026-01").text
    adjust(january)
    page = dana.get("/pay/2026-01").text
    assert "A1 waits for a decision" in page
    assert "A1 waits for a decision" in dana.refused("/pay/2026-01/submit", {"digest": dana.digest()})
    january.client("vera").done("/adjustments/decide", {"id": "A1", "verdict": "approve"})
    page = dana.get("/pay/2026-01").text
    assert "is stale: adjustments" in page
    assert "is stale: adjustments" in dana.refused("/pay/2026-01/submit", {"digest": dana.digest()})


def adjust(office: Office, **other: str) -> None:
    form = {"key": "E2", "period": "2026-01", "amount": "25.00", "currency": "USD", "component": "commission",
            "reason": "a trade show", **other}  # fmt: skip
    assert "is proposed" in office.client("dana").done("/adjustments", dict(form))


def test_adjustments_are_proposed_by_one_and_decided_by_another(january: Office) -> None:
    dana, vera = january.client("dana"), january.client("vera")
    wrong = dana.post("/adjustments", {"key": "E2", "period": "2026-01", "amount": "much", "currency": "USD",
                                       "component": "commission", "reason": "a trade show"})  # fmt: skip
    assert wrong.status_code == 422
    assert "is no amount" in wrong.text
    assert 'value="a trade show"' in wrong.text, "what was typed comes back"
    adjust(january)
    assert "dana proposed it" in dana.done("/adjustments/decide", {"id": "A1", "verdict": "approve"})
    assert 'value="A1" checked' in vera.refused("/adjustments/decide", {"id": "A1", "verdict": "reject"})
    assert "Say why" in vera.refused("/adjustments/decide", {"id": "A1", "verdict": "reject"})
    assert "1 approved" in vera.done("/adjustments/decide", {"id": "A1", "verdict": "approve"})
    january.world.calculate("2026-01")  # type: ignore[attr-defined] # it is a PayWorld
    assert "75.00\xa0USD" in dana.get("/statements/E2/2026-01").text
    program = january.program(january.token("vera", *Right))
    assert [one["state"] for one in program.read("/adjustments?period=2026-01")["items"]] == ["approved"]


def test_nobody_decides_an_adjustment_of_their_own(january: Office) -> None:
    january.user("bob", "approver", key="E2")
    adjust(january)
    bob = january.program(january.token("bob", *Right))
    said = answered(bob.post("/adjustments/decide", {"ids": ["A1"], "verdict": "approve"}))
    assert said["decided"] == []
    assert "the pay of bob themselves" in said["refused"][0]["reason"]
    dana = january.program(january.token("dana", *Right))
    body = {"participant": "E1", "period": "2026-01", "amount": "5", "currency": "USD", "component": "commission",
            "reason": "x"}  # fmt: skip
    first = answered(dana.post("/adjustments", body, key="a"))
    assert answered(dana.post("/adjustments", body, key="a"))["id"] == first["id"] == "A2"


def test_the_same_request_with_the_same_key_is_done_for_each_user(january: Office) -> None:
    """Two of them propose one adjustment each; neither is told what the other was."""
    january.user("omar", "comp_admin")
    dana, omar = (january.program(january.token(one, *Right)) for one in ("dana", "omar"))
    body = {"participant": "E1", "period": "2026-01", "amount": "5", "currency": "USD", "component": "commission",
            "reason": "x"}  # fmt: skip
    told = [answered(one.post("/adjustments", body, key="a")) for one in (dana, omar, dana, omar)]
    assert [(one["id"], one["proposed_by"]) for one in told] == [("A1", "dana"), ("A2", "omar")] * 2


@pytest.mark.parametrize(
    ("amount", "currency", "told"),
    [
        ("1.250", "USD", "write 1250.00"),  # 1250 to a Dane, 1.25 to others
        ("5.000", "USD", "write 1250.00"),
        ("1.250,50", "USD", "write 1250.00"),
        ("1,250.50", "USD", "write 1250.00"),
        ("1_000.50", "USD", "write 1250.00"),
        ("１２", "USD", "write 1250.00"),  # noqa: RUF001 - full-width digits
        ("١٢", "USD", "write 1250.00"),
        ("1e3", "USD", "write 1250.00"),
        ("1e-99999999", "USD", "write 1250.00"),
        ("NaN", "USD", "write 1250.00"),
        ("5.0", "JPY", "JPY has no digits after the point, write 1250"),
        ("1.2500", "BHD", "write 1250.000"),
        ("-0.00", "USD", "is no amount that can be paid"),
        ("9" * 16, "USD", "is no amount that can be paid"),
    ],
)
def test_an_amount_that_others_read_otherwise_is_refused(amount: str, currency: str, told: str) -> None:
    with pytest.raises(FixFile, match=re.escape(told)):
        adjust_amount(amount, currency)


@pytest.mark.parametrize(("amount", "currency"), [("1250.5", "USD"), ("+5", "JPY"), ("-0.125", "BHD"), ("007", "USD")])
def test_an_amount_as_it_is_written(amount: str, currency: str) -> None:
    assert adjust_amount(amount, currency) == Decimal(amount)


def test_an_amount_with_thousands_is_told_how_to_write_it(january: Office) -> None:
    form = {"key": "E2", "period": "2026-01", "amount": "1.250", "currency": "USD", "component": "commission",
            "reason": "a trade show"}  # fmt: skip
    told = january.client("dana").post("/adjustments", dict(form))
    assert (told.status_code, "write 1250.00" in told.text) == (422, True)
    program = january.program(january.token("dana", *Right))
    assert program.read("/adjustments")["items"] == []


@pytest.mark.parametrize("point", ["adjustments.propose done", "answered.finish", "answered.finish done"])
@pytest.mark.parametrize("nth", [1, 2])
def test_an_adjustment_by_a_program_is_one_wherever_its_process_ends(
    january: Office, monkeypatch: pytest.MonkeyPatch, point: str, nth: int
) -> None:
    """Also between the adjustment and its answer, and where it is sent again after it took too long."""
    body = {"participant": "E1", "period": "2026-01", "amount": "5", "currency": "USD", "component": "commission",
            "reason": "x"}  # fmt: skip
    dana = january.program(january.token("dana", *Right))
    passed = []

    def ended(at: str) -> None:
        passed.extend([at] if at == point else [])
        if at == "answered.give_up" or (at == point and len(passed) == nth):
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("syncd.access.once.LONGEST", timedelta(0))
        faults.arm(ended)
        try:
            with suppress(Killed):
                dana.post("/adjustments", body, key="a")
        finally:
            faults.disarm()
        said = answered(dana.post("/adjustments", body, key="a"))
    assert said["id"] == "A1"
    assert [one["id"] for one in dana.read("/adjustments")["items"]] == ["A1"]


def test_a_nul_is_found_nowhere_and_kept_nowhere(january: Office) -> None:
    dana = january.client("dana")
    pages = {
        "/statements/%00/2026-01": 404, "/pay/%00": 404, "/pay/2026-01?group=%00": 422, "/changes?text=%00": 422,
        "/results?period=2026-01&participant=%00": 422,
    }  # fmt: skip
    assert {address: dana.get(address).status_code for address in pages} == pages
    assert dana.post("/adjustments/decide", {"id": "A1", "verdict": "reject", "reason": "a\0b"}).status_code == 422
    assert january.client().post("/log-in", {"name": "a\0b", "password": "x"}).status_code == 422
    program = january.program(january.token("dana", *Right))
    assert program.get("/explain/E1/2026-01?transaction=%00").status_code == 422
    assert program.get("/statements/%00/2026-01").status_code == 404
    body = {"participant": "E2", "period": "2026-01", "amount": "5", "currency": "USD", "component": "commission",
            "reason": "a\0b"}  # fmt: skip
    assert program.post("/adjustments", body).status_code == 422
    told = program.post("/adjustments/decide", {"ids": ["A\0"], "verdict": "approve"})
    assert (told.status_code, "NUL" in told.text) == (422, True)


def test_a_program_adds_results_up_and_is_told_what_is_in_the_way(january: Office) -> None:
    program = january.program(january.token("dana", *Right))
    sums = program.read("/results/sums?period=2026-01")["items"]
    assert [(one["key"], one["name"], one["totals"]) for one in sums[:1]] == [
        ("P1", "Ann", [{"currency": "USD", "amount": "140.00"}])
    ]
    (all_of_it,) = program.read("/results/sums?period=2026-01&by=component")["items"]
    assert (all_of_it["key"], all_of_it["results"], all_of_it["name"]) == ("reseller.commission", 3, None)
    acts = program.read("/pay-runs/2026-01/acts")
    assert (acts["acts"], acts["refused"]) == (["submit"], None)
    assert all(one["told"] is None for one in acts["checks"])
    assert {one["check"] for one in acts["checks"]} >= {"results", "adjustments", "changes"}
    adjust(january)
    told = {one["check"]: one for one in program.read("/pay-runs/2026-01/acts")["checks"]}
    assert ("A1" in told["adjustments"]["told"], told["adjustments"]["blocks"]) == (True, True)
    january.user("pat", "payroll")
    pat = january.program(january.token("pat", Right.SEE_PAY_RUNS))
    assert pat.read("/pay-runs/2026-01/acts")["checks"] == [], "nothing about single people"
    january.user("uma", "auditor pay_group=UK")
    uma = january.program(january.token("uma", Right.SEE_PAY_RUNS, Right.SEE_PAY))
    assert [one["key"] for one in uma.read("/results/sums?period=2026-01")["items"]] == ["P3"]
    assert uma.get("/pay-runs/2026-01/acts").status_code == 404


def test_a_program_gets_a_statement_as_its_files_and_the_list_of_ones_own(january: Office) -> None:
    january.user("ann", "participant", key="E1")
    ann = january.program(january.token("ann", Right.SEE_PAY))
    (own,) = ann.read("/statements")["items"]
    assert (own["period"], own["state"], own["totals"]) == (
        "2026-01", "calculated", [{"currency": "USD", "amount": "140.00"}]
    )  # fmt: skip
    for kind, begins, media in (("pdf", b"%PDF", "application/pdf"), ("xlsx", b"PK", "spreadsheetml.sheet")):
        answer = ann.get(f"/statements/E1/2026-01/{kind}")
        assert (answer.status_code, answer.data[: len(begins)]) == (200, begins)
        assert answer.headers.getlist("Content-Type")[0].endswith(media)
        assert len(answer.headers.getlist("Content-Type")) == 1
        assert f"statement-P1-2026-01.{kind}" in answer.headers["Content-Disposition"]
        assert ann.get(f"/statements/E2/2026-01/{kind}").status_code == 404
    assert january.program(january.token("dana", Right.SEE_PAY)).read("/statements")["items"] == []
