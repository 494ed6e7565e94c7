"""Statements: who sees whose, of which days; as page, PDF and workbook; in the reader's language."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pypdfium2
import pytest
from python_calamine import CalamineWorkbook

from domain.rights import DaysSeen, Right
from syncd.documents import Document
from syncd.pay.statement_files import statement_pdf, statement_sheet, sums_of
from syncd.texts import texts_for
from tests.scenarios.closing import DEALS, PEOPLE, PayWorld
from tests.scenarios.conftest import paid  # noqa: F401 - a fixture
from tests.web.conftest import Office


@pytest.fixture
def office(paid: PayWorld) -> Iterator[Office]:  # noqa: F811 - the fixture
    """January and February are calculated; Cid leads Ann in January, and Bob from February on."""
    found = Office(paid)
    found.open()
    for key, start, end in (("E1", "2026-01-01", "2026-01-31"), ("E2", "2026-02-01", "")):
        until = ("--to", end) if end else ()
        said = paid.call("set", key, "manager=E3", "--from", start, *until, "--reason", "x", "--as", "ana")
        assert said.code == 0, said.document
    assert paid.approve(as_="ben").code == 0
    paid.calculate("2026-01")
    paid.calculate("2026-02")
    found.user("ann", "participant", key="E1")
    found.user("cid", "manager", key="E3")
    found.user("uma", "approver pay_group=US")
    found.user("pat", "payroll")
    yield found
    found.close()


def test_a_participant_sees_their_own_pay_alone(office: Office) -> None:
    visitor = office.client("ann")
    own = visitor.get("/statements").text
    assert "140.00\xa0USD" in own
    assert "Results" not in own
    statement = visitor.get("/statements/P1/2026-01").text
    assert "10% of 400.00" in statement
    for address in ("/statements/P2/2026-01", "/statements/P2/2026-01.pdf", "/statements/E3/2026-01.xlsx"):
        assert visitor.get(address).status_code == 404, address
    listed = visitor.get("/results?period=2026-01").text
    assert ("Ann" in listed, "Bob" in listed, "Cid" in listed) == (True, False, False)
    assert "140.00\xa0USD" in listed
    assert visitor.get("/pay").status_code == 403
    assert visitor.get("/adjustments").status_code == 403
    program = office.program(office.token("ann", Right.SEE_PAY))
    assert [one["participant"] for one in program.read("/results?period=2026-01")["items"]] == ["P1"]
    assert program.get("/statements/P3/2026-01").status_code == 404
    assert program.get("/explain/E3/2026-01").status_code == 404
    said = program.read("/explain/E1/2026-01?transaction=X3")
    assert "uncredited" not in said, "what is told of a deal of others is not theirs"


def test_it_is_the_filter_that_keeps_others_out(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it a participant would see everybody: so every read passes it."""
    for module in ("results", "statements"):
        monkeypatch.setattr(f"syncd.seen.{module}.pay_in_sight", lambda *_: DaysSeen(everything=True))
    program = office.program(office.token("ann", Right.SEE_PAY))
    assert {one["participant"] for one in program.read("/results?period=2026-01")["items"]} == {"P1", "P2", "P3"}
    assert program.get("/statements/P3/2026-01").status_code == 200


def test_a_manager_sees_the_team_on_the_days_on_which_it_was_theirs(office: Office) -> None:
    program = office.program(office.token("cid", Right.SEE_PAY))
    seen = {
        period: [one["participant"] for one in program.read(f"/results?period={period}")["items"]]
        for period in ("2026-01", "2026-02")
    }
    assert seen == {"2026-01": ["P1"], "2026-02": []}, "of February nothing is earned but by Ann and Cid"
    assert program.read("/statements/E1/2026-01")["payouts"][0]["paid"] == "140.00"
    assert program.get("/statements/E1/2026-02").status_code == 404
    assert program.get("/statements/E2/2026-01").status_code == 404
    assert program.read("/statements/E2/2026-02")["lines"][0]["reason"] == "no_transactions"
    assert office.client("cid").get("/statements/E1/2026-01").status_code == 200


def texts_of(node: Document) -> Iterator[str]:
    yield f"{node['value']} {node['rule']}"
    yield from (str(one["place"]) for one in node["rows"])
    for one in node["inputs"]:
        yield from texts_of(one)


@pytest.fixture
def carried(office: Office) -> Office:
    """Bob, of whose year Cid leads from February on, sells in February, too."""
    office.world.sell(*DEALS, ("X7", "2026-02-12", "E2", "700.00"))  # type: ignore[attr-defined] # it is a PayWorld
    office.world.calculate("2026-02")  # type: ignore[attr-defined]
    return office


def test_of_an_amount_to_date_the_deals_of_days_out_of_sight_are_left_out(carried: Office) -> None:
    cid = carried.program(carried.token("cid", Right.SEE_PAY))
    (line,) = cid.read("/statements/E2/2026-02")["lines"]
    told = list(texts_of(line["steps"]))
    assert "500.00 steps of days that are not yours to see: 1" in told
    assert "inbox/sales.csv:8" in told
    assert "inbox/sales.csv:4" not in told, "a deal of January, when Bob was not in Cid's team"
    assert any(one.startswith("reseller on plan reseller") for one in told), "what holds on the days that are theirs"
    assert "sales.csv:4" not in carried.client("cid").get("/statements/E2/2026-02").text
    assert [cid.read(f"/explain/E2/2026-02?transaction={one}")["amounts"] != [] for one in ("X3", "X7")] == [
        False,
        True,
    ]
    carried.user("bob", "participant", key="E2")
    (own,) = carried.program(carried.token("bob", Right.SEE_PAY)).read("/statements/E2/2026-02")["lines"]
    assert {"500.00 counted before it", "inbox/sales.csv:4"} <= set(texts_of(own["steps"])), "Bob sees all of it"
    text = pdf_text(carried.client("cid").get("/statements/E2/2026-02.pdf").data)
    assert ("steps of days that are not yours to see: 1" in text, "sales.csv:4" in text) == (True, False)
    danish = carried.client("cid").get("/statements/E2/2026-02?lang=da").text
    assert "trin for dage, som du ikke må se: 1" in danish


def test_a_population_is_all_that_an_approver_sees(office: Office) -> None:
    uma = office.program(office.token("uma", *Right))
    assert {one["participant"] for one in uma.read("/results?period=2026-01")["items"]} == {"P1", "P2"}
    assert uma.get("/statements/E3/2026-01").status_code == 404
    assert uma.read("/pay-runs")["items"] == [], "a pay run of everybody is not theirs"
    assert uma.get("/pay-runs/2026-01").status_code == 404
    assert uma.post("/approve-results", {"period": "2026-01", "digest": "x"}).status_code == 404
    office.world.calculate("2026-01", group="US")  # type: ignore[attr-defined] # it is a PayWorld
    assert [one["group"] for one in uma.read("/pay-runs")["items"]] == ["US"]
    assert uma.read("/pay-runs/2026-01?group=US")["totals"][0]["amount"] == "190.00"


def test_payroll_sees_what_is_paid_to_whom_and_no_plan(office: Office) -> None:
    visitor = office.client("pat")
    page = visitor.get("/pay/2026-01").text
    assert "190.00\xa0USD" in page
    assert "Before it is submitted" not in page
    payments = visitor.get("/pay/2026-01/payments").text
    assert "Ann" in payments
    assert "140.00\xa0USD" in payments
    assert "commission" not in page + payments
    for address in ("/results?period=2026-01", "/statements/P1/2026-01", "/adjustments", "/participants", "/changes"):
        assert visitor.get(address).status_code == 403, address
    program = office.program(office.token("pat", *Right))
    found = program.read("/pay-runs/2026-01")
    assert not {"set_aside", "uncredited", "adjustments"} & found.keys()
    first = program.read("/pay-runs/2026-01/payments?limit=1")["items"][0]
    assert (first["payee"], first["amount"], first["currency"]) == ("P1", "140.00", "USD")


def test_what_nobody_is_credited_with_is_told_to_who_sees_everybody(office: Office) -> None:
    office.world.calculate("2026-01", group="US")  # type: ignore[attr-defined] # it is a PayWorld
    office.user("dana", "comp_admin")
    uma, dana = (office.program(office.token(one, *Right)) for one in ("uma", "dana"))
    assert "uncredited" in dana.read("/pay-runs/2026-01?group=US")
    found = uma.read("/pay-runs/2026-01?group=US")
    assert "set_aside" in found
    assert "uncredited" not in found
    assert "credited" not in office.client("uma").get("/pay/2026-01?group=US").text
    body = {"period": "2026-01", "group": "US", "digest": dana.read("/pay-runs/2026-01?group=US")["digest"]}
    submitted: dict[str, str] = dana.post("/submit", body).json or {}
    assert "uncredited" in submitted
    wanted = {"period": "2026-01", "group": "US", "digest": submitted["digest"]}
    approved: dict[str, str] = uma.post("/approve-results", wanted).json or {}
    assert approved["state"] == "approved"
    assert "uncredited" not in approved


@pytest.mark.parametrize("more", ["participant", "manager", "auditor pay_group=UK"])
def test_own_pay_or_that_of_some_shows_payroll_no_more_of_a_pay_run(office: Office, more: str) -> None:
    office.user("eve", "payroll", more, key="E1")
    program = office.program(office.token("eve", *Right))
    found = program.read("/pay-runs/2026-01")
    assert found["totals"][0]["amount"] == "190.00"
    assert not {"set_aside", "incomplete", "uncredited", "adjustments"} & found.keys()
    assert "Before it is submitted" not in office.client("eve").get("/pay/2026-01").text


def test_pay_is_adjusted_of_days_in_sight_alone(office: Office) -> None:
    said = office.world.call("set", "E1", "pay_group=UK", "--from", "2026-02-01", "--reason", "x", "--as", "ana")
    assert said.code == 0, said.document
    assert office.world.approve(as_="ben").code == 0
    office.user("una", "comp_admin pay_group=US", password=False)
    una = office.program(office.token("una", *Right))
    wanted = {"participant": "E1", "amount": "5", "currency": "USD", "component": "commission", "reason": "x"}
    refused = una.post("/adjustments", {**wanted, "period": "2026-02"})
    assert refused.status_code == 409, refused.text
    assert "2026-02-01 to 2026-02-28 is not yours to adjust" in refused.text
    last = office.world.call("audit")[-1]
    assert (last["by"], last["act"], last["about"]) == ("una", "refuse adjust", "POST /api/v1/adjustments 2026-02")
    assert office.world.call("adjust", "list").document == []
    assert una.post("/adjustments", {**wanted, "period": "2026-01"}).status_code == 200


def test_days_in_sight() -> None:
    march = DaysSeen(days={(1, "A"): [(date_of(3), date_of(4))]}, own=frozenset({3}))
    assert march.shows(1, "A", date_of(3), date_of(4))
    assert march.shows(1, "A", date_of(1), date_of(12)), "part of what it is for"
    assert not march.shows(1, "A", date_of(4), date_of(5))
    assert not march.shows(1, "A", date_of(2), date_of(3))
    assert not march.shows(2, "A", date_of(3), date_of(4))
    assert not march.shows(1, "B", date_of(3), date_of(4)), "another post"
    assert march.shows(1, None, date_of(3), date_of(4)), "in any post"
    assert march.shows(3, "B", date_of(9), date_of(10)), "their own, whichever post"
    assert march.persons == {1, 3}


def date_of(month: int) -> date:
    return date(2026, month, 1)


def test_a_statement_is_a_pdf_that_says_what_the_page_says(office: Office) -> None:
    answer = office.client("ann").get("/statements/P1/2026-01.pdf")
    assert answer.content_type == "application/pdf"
    assert 'filename="statement-P1-2026-01.pdf"' in answer.headers["Content-Disposition"]
    text = pdf_text(answer.data)
    for one in ("Statement 2026-01", "Ann", "140.00 USD", "10% of 400.00", "Not approved yet", "[inbox/sales.csv:2]"):
        assert one in text, one
    assert answer.data == office.client("ann").get("/statements/P1/2026-01.pdf").data, "the same bytes"


def pdf_text(content: bytes) -> str:
    pdf = pypdfium2.PdfDocument(content)
    try:
        found = []
        for page in pdf:
            text = page.get_textpage()
            found.append(text.get_text_range().replace("\xa0", " "))
            text.close()
            page.close()
        return "\n".join(found)
    finally:
        pdf.close()


def test_a_name_in_a_pdf_is_never_run_as_markup(office: Office) -> None:
    told = {**office.world.call("statement", "E1", "2026-01").document, "name": '#read("/etc/passwd") *bold*'}

    assert '#read("/etc/passwd") *bold*' in pdf_text(statement_pdf(told, texts_for(["en"])))


def test_a_statement_is_a_workbook_with_numbers_and_no_formulas(office: Office) -> None:
    answer = office.client("ann").get("/statements/P1/2026-01.xlsx")
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
    lines = book.get_sheet_by_name("Statement").to_python()
    assert dict(zip(lines[0], lines[1], strict=True))["Amount"] == 140
    sums = book.get_sheet_by_name("Sums").to_python()
    assert sums[1][:2] == ["Inc", "USD"]
    steps = book.get_sheet_by_name("Steps").to_python()
    assert "10% of 400.00" in [row[4] for row in steps]

    told = office.world.call("statement", "E1", "2026-01").document
    told["lines"][0]["cause"] = "=HYPERLINK(1)"
    again = CalamineWorkbook.from_filelike(io.BytesIO(statement_sheet(told, texts_for(["en"]))))
    assert again.get_sheet_by_name("Statement").to_python()[1][-1] == "=HYPERLINK(1)", "a text, no formula"


def test_where_nothing_is_paid_my_pay_stands_where_the_close_does(office: Office, paid: PayWorld) -> None:  # noqa: F811 - the fixture
    office.user("bob", "participant", key="E2")
    office.user("cora", "participant", key="E3")
    office.user("dana", "comp_admin")
    office.user("vera", "approver")
    dana, vera = (office.program(office.token(one, *Right)) for one in ("dana", "vera"))
    for period in ("2026-01", "2026-02"):
        paid.calculate(period, group="US")
        body = {"period": period, "group": "US"}
        body["digest"] = dana.read(f"/pay-runs/{period}?group=US")["digest"]
        assert dana.post("/submit", body).status_code == 200
        assert vera.post("/approve-results", body).status_code == 200
    assert dana.post("/commit", {"period": "2026-01", "group": "US"}).status_code == 200
    bob, cora = office.client("bob"), office.client("cora")
    assert ["submitted" not in bob.get("/statements").text, "approved" in bob.get("/statements").text] == [True, True]
    states = {
        name: re.findall(r'class="state (\w+)"', one.get("/statements").text)
        for name, one in (("bob", bob), ("cora", cora))
    }
    assert states == {"bob": ["approved", "committed"], "cora": ["calculated", "calculated"]}
    for one, key, told in ((bob, "E2", "approved"), (cora, "E3", "calculated")):
        assert f'class="state {told}"' in one.get(f"/statements/{key}/2026-02").text


@pytest.mark.parametrize(("before", "after", "state"), [("US", "UK", "committed"), ("UK", "US", "calculated")])
def test_who_was_moved_back_dated_stands_alike_in_my_pay_and_on_the_statement(
    paid: PayWorld,  # noqa: F811 - the fixture
    before: str,
    after: str,
    state: str,
) -> None:
    """Nothing is due to Eve: what counts is the calculation that knew her in its pay group, wherever she is now."""
    eve = {"id": "E5", "name": "Eve", "plans": "reseller", "entity": "Inc", "hired": "2025-06-01"}

    def put(group: str, start: str) -> None:
        paid.send_people([*PEOPLE, {**eve, "group": group, "from": start}])
        assert paid.call("run", "people").code == 0
        assert paid.approve().code == 0

    put(before, "2025-06-01")
    paid.calculate("2026-02", group="UK")
    paid.close("2026-02", group="US")
    put(after, "2026-02-01")
    if after == "UK":
        paid.calculate("2026-02", group="UK")
    office = Office(paid)
    office.open()
    office.user("eve", "participant", key="E5")
    visitor = office.client("eve")
    told = [
        re.findall(r'class="state (\w+)"', visitor.get(address).text)
        for address in ("/statements", "/statements/E5/2026-02")
    ]
    office.close()
    assert told == [[state], [state]]


def test_files_say_what_the_page_says_of_caps_and_of_what_is_left_out(office: Office) -> None:
    told = office.world.call("statement", "E1", "2026-01").document
    payout = told["payouts"][0]
    payout |= {"earned": "150.00", "cut_by_caps": "10.00", "paid": "140.00"}
    told["lines"][0] |= {"cut_by_caps": "10.00", "attainment": "104.5%"}
    told |= {"hidden": 2, "known_at": "2026-03-01T10:00+01:00"}
    english = texts_for(["en"])
    assert sums_of(payout) == [("earned", Decimal(150)), ("cut_by_caps", Decimal(-10)), ("paid", Decimal(140))]
    text = pdf_text(statement_pdf(told, english))
    for one in ("-10.00 USD", "2 amounts are for days that are not yours to see.", "Mar 1, 2026 10:00"):
        assert one in text, one
    assert "104,5 %" in pdf_text(statement_pdf(told, texts_for(["da"])))
    book = CalamineWorkbook.from_filelike(io.BytesIO(statement_sheet(told, english)))
    about = book.get_sheet_by_name("About").to_python()
    assert about[0] == ["Statement 2026-01", "Ann"]
    assert {"Participant": "P1", "State": "calculated", "Revision of": "Mar 1, 2026 10:00"}.items() <= {
        row[0]: row[1] for row in about
    }.items()
    assert ["2 amounts are for days that are not yours to see.", ""] in about
    heads, amounts = book.get_sheet_by_name("Sums").to_python()
    assert amounts[heads.index("Cut by caps")] == -10
    assert sum(Decimal(str(one)) for one in amounts[2:6]) == amounts[6], "they add up as they stand"
    heads, line = book.get_sheet_by_name("Statement").to_python()
    assert line[heads.index("Cut by caps")] == -10


def test_a_statement_in_danish(office: Office) -> None:
    visitor = office.client("ann")
    page = visitor.get("/statements/P1/2026-01?lang=da").text
    assert '<html lang="da">' in page
    for one in ("Opgørelse", "140,00\xa0USD", "afrundet én gang, til nærmeste lige, til 2 decimaler", "af 400,00",
                "Ikke godkendt endnu", "1. jan. 2026"):  # fmt: skip
        assert one in page, one
    assert 'lang="en"' not in page.split("<main")[1].split("</main>")[0], "every step has a text"
    assert "Min aflønning" in visitor.get("/statements").text, "what was chosen is remembered"
    text = pdf_text(visitor.get("/statements/P1/2026-01.pdf").data)
    assert "Opgørelse 2026-01" in text
    assert "140,00 USD" in text
    assert "Adgangskode" in office.client().get("/log-in?lang=da").text
    assert '<html lang="da">' in visitor.get("/api/").text, "so is every other page"


def test_the_browser_says_which_language_and_which_numbers(office: Office) -> None:
    visitor = office.client("ann")
    for accepted, said in (
        ("da-DK,en;q=0.5", "140,00\xa0USD"),
        ("de-DE,en-GB;q=0.8", "140.00\xa0USD"),
        ("x", "Statement"),
    ):
        answer = visitor.client.get("/statements/P1/2026-01", headers={"Accept-Language": accepted})
        assert said in answer.text, accepted
    british = visitor.client.get("/statements/P1/2026-01", headers={"Accept-Language": "en-GB"}).text
    assert "1 Jan 2026" in british


@pytest.mark.parametrize(
    "name", ["李雷", "\ufeffAnn", "An\x07n", "Ann\x00", "عمر", "Ann \U0001f600", "\ud800Ann", "\uffff"]
)
def test_no_name_is_in_the_way_of_a_pdf(name: str) -> None:
    bare = {"name": name, "participant": "P1", "period": "2026-01", "state": "committed", "run": "K1", "revision": 7,
            "code": None, "lines": [], "payouts": []}  # fmt: skip
    made = statement_pdf(bare, texts_for(["en"]))
    assert made.startswith(b"%PDF")
    assert "Statement 2026-01" in pdf_text(made)
    assert ("Ann" in pdf_text(made)) is ("An" in name)
