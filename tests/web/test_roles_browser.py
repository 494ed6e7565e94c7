"""The work of each role in a real Chromium, from log-in to what they came for: manager, payroll, auditor, operator."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.scenarios.closing import DEALS, PEOPLE, PayWorld
from tests.servers import migrated
from tests.web.conftest import Office, free_port, serving
from tests.web.test_browser import _violations, opened, told
from tests.web.test_jobs import work
from tests.web.test_pay_browser import assert_it_fits, log_in

pytestmark = pytest.mark.browser

#: What changes something, in the part of a page that is not the same on each.
_ACTS = "main form[method=post] button:visible, main [formaction]:visible"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """January is committed, February calculated, a change waits; Cid led Ann in January, and Bob from February on.

    On SQLite, for all tests here: how pages look to somebody is the same on both databases.
    """
    folder = tmp_path_factory.mktemp("roles") / "workspace"
    (folder / "var").mkdir(parents=True)
    migrated(f"sqlite:///{folder / 'var' / 'syncd.db'}")
    world = PayWorld(folder)
    world.begin_pay(deals=(*DEALS, ("X7", "2026-02-11", "E2", "300.00")))
    for key, start, end in (("E1", "2026-01-01", "2026-01-31"), ("E2", "2026-02-01", "")):
        until = ("--to", end) if end else ()
        said = world.call("set", key, "manager=E3", "--from", start, *until, "--reason", "x", "--as", "ana")
        assert said.code == 0, said.document
    assert world.approve(as_="ben").code == 0
    world.close("2026-01")
    world.calculate("2026-02")
    world.send_people([*PEOPLE, {**PEOPLE[0], "id": "E9", "name": "Nina"}])
    assert world.call("run", "people").code == 0
    found = Office(world, f"http://127.0.0.1:{free_port()}")
    found.open()
    roles = (("dana", "comp_admin"), ("pat", "payroll"), ("mara", "auditor"), ("olga", "operator"))
    for name, role in roles:
        found.user(name, role)
    found.user("cid", "manager", key="E3")
    yield found
    found.close()


@pytest.fixture(scope="module")
def served(office: Office) -> Iterator[str]:
    """Where its pages are."""
    with serving() as serve:
        yield serve(office.app, office.address)


def rows(page: Page, number: int = 0) -> list[str]:
    """The first cells of a table's rows."""
    return page.locator("main table").nth(number).locator("tbody tr > :first-child").all_inner_texts()


def offered(page: Page) -> list[str]:
    """The pages that the navigation leads to."""
    return page.locator("header nav a").all_inner_texts()


def test_a_manager_reads_the_team_s_statements_on_the_days_led(browser: Browser, served: str) -> None:
    with opened(browser) as page:
        log_in(page, served, "cid")
        assert offered(page) == ["Participants", "Units", "Results"]
        for period, whose, amount in (("2026-01", "Ann P1", "140.00\xa0USD"), ("2026-02", "Bob P2", "30.00\xa0USD")):
            page.click("nav >> text=Results")
            page.select_option("[name=period]", f"main:{period}")
            page.click("main >> button:has-text('Show')")
            page.wait_for_selector(f"h1:has-text('{period}')")
            assert rows(page) == [whose], "who was led in that month, and nobody else"
            page.locator("main table a").first.click()
            page.wait_for_url(f"**/statements/{whose[4:]}/main:{period}")
            assert whose[:3] in page.inner_text("h1")
            assert amount in page.inner_text("main")
        for other in ("P1/2026-02", "P2/2026-01", "P3/2026-01"):
            answer = page.goto(f"{served}/statements/{other}")
            assert answer is not None
            assert answer.status == 404, other
            assert "no such statement among those you see" in page.inner_text("main")


def test_payroll_reads_who_is_paid_what_by_a_committed_run(browser: Browser, served: str) -> None:
    with opened(browser) as page:
        log_in(page, served, "pat")
        assert offered(page) == ["Pay runs"]
        page.click("main >> text=2026-01")
        assert "Committed revision" in " ".join(page.inner_text(".way").split())
        page.click("main >> text=Payee by payee")
        page.wait_for_selector("h1:has-text('Payments')")
        assert "committed · 3 payees" in page.inner_text("h1")
        paid = [one.split("\t") for one in page.locator("main tbody tr").all_inner_texts()]
        assert [(one[0], one[-1]) for one in paid] == [
            ("Ann P1", "140.00\xa0USD"), ("Bob P2", "50.00\xa0USD"), ("Cid P3", "70.00\xa0USD")
        ]  # fmt: skip
        assert page.locator(_ACTS).count() == 0
        assert _violations(page, "payments") == []
        for address in ("/results?period=2026-01", "/statements/P1/2026-01", "/changes", "/participants"):
            answer = page.request.get(served + address)
            assert answer.status == 403, address


def test_an_auditor_reads_everything_and_is_offered_nothing_to_decide(
    browser: Browser, served: str, office: Office
) -> None:
    """On no page that the navigation leads to, nor on those of a change, a run, a pay run, a person, a source."""
    (change,) = office.world.pending()
    inside = (f"/changes/{change['id']}", "/runs/R1", "/pay/2026-01", "/pay/2026-02", "/pay/2026-03",
              "/pay/2026-01/payments", "/statements/P1/2026-01", "/participants/P1", "/sources/hr")  # fmt: skip
    acts: dict[str, dict[str, list[str]]] = {}
    for name in ("mara", "dana"):
        with opened(browser) as page:
            log_in(page, served, name)
            addresses = [str(one.get_attribute("href")) for one in page.locator("header nav a").all()]
            acts[name] = {}
            for address in (*addresses, *inside):
                answer = page.goto(served + address)
                assert answer is not None
                assert answer.status == 200, (name, address)
                acts[name][address] = page.locator(_ACTS).all_inner_texts()
            if name == "mara":
                read_all_of_it(page, served)
    assert {one for buttons in acts["mara"].values() for one in buttons} == {"Pay effect"}, "which decides nothing"
    assert acts["mara"].keys() == acts["dana"].keys(), "an auditor reads what a comp admin reads"
    offering = {address for address, buttons in acts["dana"].items() if {*buttons} - {"Pay effect"}}
    assert {"/changes", inside[0], "/runs", "/pay", "/pay/2026-02", "/pay/2026-03", "/sources/hr"} <= offering


def read_all_of_it(page: Page, served: str) -> None:
    """Go from the queue to the run that proposed it, and from the pay run to a deal of somebody's statement."""
    page.goto(f"{served}/changes")
    assert "Nina" in page.inner_text("#queue")
    assert page.locator("#queue input:visible").count() == 0, "nothing to tick"
    page.click("#queue .group a")
    page.wait_for_selector("h1:has-text('R')")
    assert "they add up" in page.inner_text("main")
    page.click("nav >> text=Pay runs")
    page.click("main >> text=2026-02")
    page.click(".links >> text=Results")
    page.click("main table >> text=Bob")
    page.wait_for_url("**/statements/P2/**")
    assert "inbox/sales.csv" in page.locator("main").text_content()  # type: ignore[operator] # there is one


@pytest.mark.parametrize("scripts", [True, False])
def test_an_operator_syncs_a_feed_and_tries_its_source_and_sees_nobody_s_values(
    browser: Browser, served: str, office: Office, scripts: bool
) -> None:
    with opened(browser, scripts=scripts) as page:
        log_in(page, served, "olga")
        assert offered(page) == ["Runs", "Sources", "Configuration"]
        before = len(office.world.call("jobs").document)
        page.click("[aria-label='Sync people now']")
        assert f"T{before + 1} waits for a worker" in told(page)
        (done,) = work(office.world)
        page.click("nav >> text=Runs")
        page.click(f"main >> text='{done['run']}' >> nth=0")
        page.wait_for_selector(f"h1:has-text('{done['run']}')")
        assert "they add up" in page.inner_text("main")
        seen = page.inner_text("body")
        page.click("nav >> text=Sources")
        page.click("main >> text=hr")
        page.click("button:has-text('Try it')")
        page.wait_for_selector("main:has-text('4 rows')")
        seen += page.inner_text("body")
        assert _violations(page, "checked") == [] if scripts else True
        assert_it_fits(page, "checked")
    assert [name for name in ("Ann", "Bob", "Cid", "Nina") if name in seen] == []
