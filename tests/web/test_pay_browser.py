"""A real Chromium does the month's close, and a rep reads the statement: with scripts and without."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import Connection

from store.jobs import HeldJob, note_progress
from syncd.daemon.messenger import Bell
from syncd.daemon.place import Place
from syncd.daemon.stopping import Stop
from syncd.daemon.worker import Worker
from syncd.world import open_world
from tests.scenarios.closing import PEOPLE, PayWorld
from tests.scenarios.conftest import paid  # noqa: F401 - a fixture
from tests.web.conftest import PASSWORD, Office, Serve, free_port
from tests.web.test_browser import _SIZES, _violations, opened, told
from tests.web.test_jobs import work

pytestmark = pytest.mark.browser


@pytest.fixture
def served(paid: PayWorld, serve: Serve) -> Iterator[str]:  # noqa: F811 - the fixture
    """Where the pages are: January is calculated, an adjustment waits, a rep and a manager look."""
    office = Office(paid, f"http://127.0.0.1:{free_port()}")
    office.open()
    said = paid.call("set", "E1", "manager=E3", "--from", "2026-01-01", "--reason", "x", "--as", "ana")
    assert said.code == 0
    assert paid.approve(as_="ben").code == 0
    paid.calculate("2026-01")
    for name, role, key in (("dana", "comp_admin", None), ("vera", "approver", None), ("ann", "participant", "E1")):
        office.user(name, role, key=key)
    yield serve(office.app, office.address)
    office.close()


def log_in(page: Page, served: str, name: str) -> None:
    page.goto(f"{served}/log-in")
    page.fill("[name=name]", name)
    page.fill("[name=password]", PASSWORD)
    page.click("button:has-text('Log in')")
    page.wait_for_selector(".who")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_month_is_closed_by_clicks_and_paid(
    browser: Browser,
    served: str,
    paid: PayWorld,  # noqa: F811 - the fixture
    scripts: bool,
) -> None:
    """Submitted by one, returned once, approved by a second, committed by a third; the rep sees what is paid."""
    Office(paid).user("omar", "comp_admin")
    submit, approve, commit = "Submit for approval", "Approve", "Commit to the ledger"

    def press(name: str, button: str, told_of_it: str, reason: str = "") -> list[str]:
        """Log in, go to the month, press a button; give the buttons that somebody is offered then."""
        with opened(browser, scripts=scripts) as page:
            log_in(page, served, name)
            page.click("nav >> text=Pay runs")
            page.click("main >> text=2026-01")
            if reason:
                page.fill("[name=reason]", reason)
            page.click(f"main >> button:text-is('{button}')")
            assert f"2026-01 is {told_of_it}" in told(page)
            assert reason in page.inner_text("main")
            return page.locator("main .acts button").all_inner_texts()

    assert approve not in press("dana", submit, "submitted"), "by who submitted it"
    press("vera", "Return", "returned", "one deal is wrong")
    press("dana", submit, "submitted")
    assert commit not in press("vera", approve, "approved"), "that is a comp admin's"
    assert press("omar", commit, "committed") == [], "what is committed stays"
    with opened(browser, scripts=scripts) as page:
        log_in(page, served, "ann")
        page.click("nav >> text=My pay")
        ((period, _, state, amount),) = [one.split("\t") for one in page.locator("main tbody tr").all_inner_texts()]
        assert (period, state, amount) == ("2026-01", "committed", "140.00\xa0USD")
        page.click("main >> text=2026-01")
        assert "committed" in page.inner_text("h1")
    acts = {(one["by"], one["act"]) for one in paid.call("audit").document}
    closed = {("dana", "submit"), ("vera", "return"), ("vera", "approve"), ("omar", "commit")}
    assert {(who, f"{act} pay run") for who, act in closed} <= acts


def assert_it_fits(page: Page, name: str) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"), f"{name} is too wide"


@pytest.mark.parametrize("size", _SIZES)
def test_every_state_of_a_job_and_of_a_pay_run_is_free_of_violations(
    browser: Browser,
    served: str,
    paid: PayWorld,  # noqa: F811 - the fixture
    monkeypatch: pytest.MonkeyPatch,
    size: str,
) -> None:
    """As it waits, failed and is done; as it is calculated, submitted, returned, approved and committed."""
    found: list[str] = []
    monkeypatch.setattr("syncd.seen.effects.PEOPLE", 0)

    def look(page: Page, name: str, address: str, says: str) -> None:
        page.goto(served + address)
        assert says in page.inner_text("main"), (name, says)
        found.extend(_violations(page, name))
        assert_it_fits(page, name)

    with opened(browser, size=size) as page:
        log_in(page, served, "dana")
        for period in ("2026-02", "2026-99"):
            page.goto(f"{served}/pay")
            page.fill("[name=period]", period)
            page.press("[name=period]", "Enter")
            page.wait_for_selector("#told p:not(:has-text('Logged in'))")
        found += _violations(page, "pay_runs_refused")
        look(page, "calculating", "/pay/2026-02", "it waits for a worker")
        look(page, "pay_runs_underway", "/pay", "T1 Calculate main:2026-02: waiting")
        look(page, "job_waits", "/jobs/T1", "it waits for a worker")
        work(paid)
        look(page, "job_done", "/jobs/T1", "completed")
        page.goto(f"{served}/pay/2026-02?group=none")
        page.click("button:has-text('Calculate')")
        work(paid)
        look(page, "job_failed", "/jobs/T2", "nobody is in a pay group")
        look(page, "pay_run_failed", "/pay/2026-02?group=none", "failed")
        paid.send_people([{**one, "plans": "", "from": "2026-02-01"} for one in PEOPLE])
        assert paid.call("run", "people").code == 0
        page.goto(f"{served}/changes")
        page.locator("#queue [name=id]").first.check()
        page.click("button:has-text('Pay effect')")
        page.wait_for_selector("#effect:has-text('it waits for a worker')")
        found += _violations(page, "effect_waits_in_place")
        look(page, "effect_waits", "/changes/effect/T3", "it waits for a worker")
        work(paid)
        look(page, "effect_found", "/changes/effect/T3", "as known at revision")
        look(page, "job_of_effect", "/jobs/T3", "What it would pay")
        assert paid.reject(reason="not so").code == 0
        office = Office(paid)
        dana, vera = office.client("dana"), office.client("vera")
        for who, act, says in (
            (dana, "submit", "Submitted by dana"), (vera, "return", "one deal is wrong"),
            (dana, "submit", "Submitted by dana"), (vera, "approve", "Approved by vera"), (dana, "commit", "entries"),
        ):  # fmt: skip
            who.close(act, reason="one deal is wrong")
            look(page, f"pay_run_{act}", "/pay/2026-01", says)
        office.close()
    assert found == []


def tab_to(page: Page, what: str) -> None:
    """Press Tab until what is focused says something; whoever does must see where they are."""
    for _ in range(60):
        page.keyboard.press("Tab")
        here = page.evaluate(_HERE)
        if what in here["text"]:
            assert here["seen"], f"{what}: nothing shows that it has the focus, or it is not in the window"
            return
    pytest.fail(f"no Tab leads to {what}")


_HERE = """() => {
  const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
  const marked = (style.outlineStyle !== "none" && style.outlineWidth !== "0px") || style.boxShadow !== "none";
  const inside = box.top >= 0 && box.left >= 0 && box.bottom <= innerHeight + 1 && box.right <= innerWidth + 1;
  return { text: (one.innerText || one.name || one.value || "").trim(), seen: marked && inside };
}"""


@pytest.mark.parametrize("size", _SIZES)
def test_a_pay_period_is_calculated_and_submitted_by_keyboard_alone(
    browser: Browser,
    served: str,
    paid: PayWorld,  # noqa: F811 - the fixture
    size: str,
) -> None:
    """A page that looks by itself every two seconds takes the focus from nobody."""
    with opened(browser, size=size) as page:
        log_in(page, served, "dana")
        for stop, there in (("Pay runs", "h1:has-text('Pay runs')"), ("2026-01", "h1:has-text('Pay run 2026-01')"),
                            ("Calculate again", "#job")):  # fmt: skip
            tab_to(page, stop)
            page.keyboard.press("Enter")
            page.wait_for_selector(there)
        tab_to(page, "T1")
        for _ in range(2):
            with page.expect_response(lambda answer: "then=page" in answer.url):
                pass
        assert page.evaluate("document.activeElement.id") == "T1", "and what was focused still is"
        page.keyboard.press("Enter")
        page.wait_for_url("**/jobs/T1")
        tab_to(page, "The pay run")
        page.keyboard.press("Enter")
        page.wait_for_selector("h1:has-text('Pay run 2026-01')")
        work(paid)
        page.wait_for_selector("button:has-text('Calculate again')")
        tab_to(page, "Submit for approval")
        page.keyboard.press("Enter")
        assert "2026-01 is submitted" in told(page)


@pytest.mark.parametrize("scripts", [True, False])
def test_an_approver_returns_and_approves_by_keyboard_alone(
    browser: Browser,
    served: str,
    paid: PayWorld,  # noqa: F811 - the fixture
    scripts: bool,
) -> None:
    """From log-in to result: what is submitted goes back with a reason, comes again, and is approved."""
    office = Office(paid)
    dana = office.client("dana")
    dana.close("submit")
    with opened(browser, scripts=scripts) as page:
        page.goto(f"{served}/log-in")
        page.wait_for_selector("[name=name]:focus")
        page.keyboard.type("vera")
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector("h1:has-text('Changes')")

        def go_to_the_pay_run() -> None:
            for stop, there in (("Pay runs", "Pay runs"), ("2026-01", "Pay run 2026-01")):
                tab_to(page, stop)
                page.keyboard.press("Enter")
                page.wait_for_selector(f"h1:has-text('{there}')")

        go_to_the_pay_run()
        tab_to(page, "reason")
        page.keyboard.type("one deal is wrong")
        tab_to(page, "Return")
        page.keyboard.press("Enter")
        assert "2026-01 is returned" in told(page)
        assert "one deal is wrong" in page.inner_text("main")
        dana.close("submit")
        go_to_the_pay_run()
        tab_to(page, "Approve")
        page.keyboard.press("Enter")
        assert "2026-01 is approved" in told(page)
    office.close()
    acts = [one["act"] for one in paid.call("audit").document if one["by"] == "vera"]
    assert [one for one in acts if one.endswith("pay run")] == ["return pay run", "approve pay run"]


def ask_effect(page: Page, served: str) -> None:
    """Tick the only change of the queue, and ask what it would pay."""
    log_in(page, served, "dana")
    page.goto(f"{served}/changes")
    page.locator("#queue [name=id]").check()
    page.click("button:has-text('Pay effect')")


@pytest.mark.parametrize("scripts", [True, False])
def test_what_a_change_would_pay_is_shown_before_it_is_approved(
    browser: Browser,
    served: str,
    paid: PayWorld,  # noqa: F811 - the fixture
    scripts: bool,
) -> None:
    """In place with scripts, as a page of its own without; from the queue and from the change's own page."""
    gone = {**PEOPLE[1], "plans": "", "from": "2026-01-01"}
    paid.send_people([PEOPLE[0], gone, PEOPLE[2]])
    assert paid.call("run", "people").code == 0
    with opened(browser, scripts=scripts) as page:
        ask_effect(page, served)
        page.wait_for_selector("#effect table")
        assert "-50.00\xa0USD" in page.inner_text("#effect")
        assert page.url.endswith("/changes") is scripts
        if scripts:
            assert page.locator("#queue [name=id]").is_checked(), "the page stays as it was"
            assert _violations(page, "effect") == []
        page.goto(f"{served}/changes/{paid.one()['id']}")
        page.fill("[name=period]", "2026-01")
        page.click("button:has-text('Pay effect')")
        page.wait_for_selector("#effect table")
        assert "Bob" in page.inner_text("#effect")
    assert len(paid.pending()) == 1


@pytest.mark.parametrize("scripts", [True, False])
def test_in_a_large_company_a_job_works_it_out_and_the_page_waits(
    browser: Browser,
    served: str,
    paid: PayWorld,  # noqa: F811 - the fixture
    monkeypatch: pytest.MonkeyPatch,
    scripts: bool,
) -> None:
    monkeypatch.setattr("syncd.seen.effects.PEOPLE", 0)
    paid.send_people([PEOPLE[0], {**PEOPLE[1], "plans": "", "from": "2026-01-01"}, PEOPLE[2]])
    assert paid.call("run", "people").code == 0
    with opened(browser, scripts=scripts) as page:
        ask_effect(page, served)
        page.wait_for_selector("#effect:has-text('it waits for a worker')")
        assert page.url.endswith("/changes") is scripts
        work(paid)
        if not scripts:
            page.click("text=Look again")
        page.wait_for_selector("#effect table")
        assert "-50.00\xa0USD" in page.inner_text("#effect")
        if scripts:
            assert page.locator("#queue [name=id]").is_checked(), "the page stays as it was"


def test_the_steps_open_by_keyboard(browser: Browser, served: str) -> None:
    with opened(browser) as page:
        log_in(page, served, "ann")
        page.goto(f"{served}/statements/P1/2026-01")
        deal = page.locator("text=amount as given").first
        assert not deal.is_visible()
        for _ in range(8):
            for one in page.locator("ul.tree details:not([open]) > summary:visible").all()[:1]:
                one.focus()
                page.keyboard.press("Enter")
        assert deal.is_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_enter_in_the_reason_decides_nothing(browser: Browser, served: str, paid: PayWorld, scripts: bool) -> None:  # noqa: F811 - the fixture
    said = paid.call("adjust", "E2", "2026-01", "25", "USD", "--component", "commission", "--reason", "a prize")
    assert said.code == 0, said.document
    with opened(browser, scripts=scripts) as page:
        log_in(page, served, "vera")
        page.goto(f"{served}/adjustments")
        page.check("[name=id]")
        page.fill("[name=reason]", "not agreed")
        page.press("[name=reason]", "Enter")
        assert paid.call("adjust", "list")[0]["state"] == "proposed"
        page.click("button:has-text('Reject')")
        assert "1 rejected" in told(page)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_pay_period_is_calculated_at_a_browser(browser: Browser, served: str, paid: PayWorld, scripts: bool) -> None:  # noqa: F811 - the fixture
    """With scripts the page looks by itself, and shows the results once they are there."""
    with opened(browser, scripts=scripts) as page:
        log_in(page, served, "dana")
        page.click("nav >> text=Pay runs")
        page.fill("[name=period]", "2026-02")
        page.press("[name=period]", "Enter")
        assert "T1 will calculate it" in told(page)
        assert "it waits for a worker" in page.inner_text("#job")
        if scripts:
            assert _violations(page, "calculating") == []
        work(paid)
        if not scripts:
            page.reload()
        page.wait_for_selector("button:has-text('Calculate again')")
        assert page.locator("#job").count() == 0
        assert "Submit for approval" in page.inner_text("main")


@pytest.mark.parametrize(("scripts", "size"), [(True, "desk"), (True, "tablet"), (False, "desk")])
def test_many_changes_are_approved_by_a_job_whose_page_counts(
    browser: Browser,
    served: str,
    paid: PayWorld,  # noqa: F811 - the fixture
    monkeypatch: pytest.MonkeyPatch,
    scripts: bool,
    size: str,
) -> None:
    monkeypatch.setattr("api.review.AT_ONCE", 1)
    monkeypatch.setattr("syncd.changes.decide.AT_ONCE", 1)
    monkeypatch.setattr("syncd.daemon.doing.APART", 0.0)
    paid.send_people([{**one, "plans": "", "from": "2026-02-01"} for one in PEOPLE])
    assert paid.call("run", "people").code == 0
    reached, looked = threading.Event(), threading.Event()

    def noted(tx: Connection, held: HeldJob, doing: str, done: int | None, total: int | None) -> None:
        note_progress(tx, held, doing, done, total)
        if done == 2:
            tx.commit()
            reached.set()
            assert looked.wait(60)

    monkeypatch.setattr("syncd.daemon.doing.note_progress", noted)
    with opened(browser, scripts=scripts, size=size) as page:
        log_in(page, served, "dana")
        page.locator("#all").check()
        page.click("#approve")
        page.wait_for_selector("#job:has-text('it waits for a worker')")
        worker = threading.Thread(target=_work, args=(paid,))
        worker.start()
        assert reached.wait(60)
        if not scripts:
            page.click("text=Look again")
        page.wait_for_selector("#job:has-text('2 of 3')")
        assert page.locator("#job progress").get_attribute("value") == "2"
        if scripts:
            assert _violations(page, "job") == []
            assert_it_fits(page, "job")
        looked.set()
        worker.join()
        if not scripts:
            page.click("text=Look again")
        page.wait_for_selector("#job:has-text('3 approved')")
    assert paid.pending() == []


def _work(world: PayWorld) -> None:
    """Let a worker do all that waits, in a thread: what a process sets up for signals stays out of it."""
    opened_world = open_world(world.folder, world.today)
    Worker(Place(opened_world, world.today, "worker"), Bell(), once=True).go(Stop())
    opened_world.database.dispose()
