"""A real Chromium does an admin's work: from log-in to approval, by keyboard, by mouse, without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page

from api.security import POLICY
from tests.scenarios.people import COMPANY, someone, with_cells
from tests.web.conftest import PASSWORD, Office, Serve, free_port

pytestmark = pytest.mark.browser

_SIZES = {"desk": (1280, 800), "tablet": (768, 1024)}


@pytest.fixture
def served(office: Office, serve: Serve) -> str:
    """Where the office's pages are: a move, an add that came back, a held run and what a policy did are in it."""
    world = office.world
    world.on("2026-02-01")
    office.user("dana", "comp_admin")
    world.run([*COMPANY, someone("02001")])
    world.reject(reason="Not hired yet")
    moved = with_cells(COMPANY, "01001", title="Director", team="West")
    world.run([*with_cells(moved, "01002", hired="soon"), someone("02001", hired="2026-01-20"), someone("02002")])
    office.address = f"http://127.0.0.1:{free_port()}"
    office.open()
    return serve(office.app, office.address)


@contextmanager
def opened(browser: Browser, *, scripts: bool = True, size: str = "desk") -> Iterator[Page]:
    """A page whose every complaint (of the policy, of a script) fails the test."""
    width, height = _SIZES[size]
    context = browser.new_context(java_script_enabled=scripts, viewport={"width": width, "height": height})
    complaints: list[str] = []
    page = context.new_page()
    page.on("console", lambda one: complaints.append(one.text) if _is_complaint(one) else None)
    page.on("pageerror", lambda one: complaints.append(str(one)))
    page.set_default_timeout(15_000)
    try:
        yield page
    finally:
        context.close()
    assert complaints == []


def _is_complaint(one: ConsoleMessage) -> bool:
    """Not that a page asked for in vain is not there, nor that a form comes back."""
    return one.type in ("error", "warning") and not any(status in one.text for status in ("404", "409", "422"))


def log_in(page: Page, served: str) -> None:
    page.goto(f"{served}/")
    page.fill("[name=name]", "dana")
    page.fill("[name=password]", PASSWORD)
    page.click("button:has-text('Log in')")
    page.wait_for_selector(".who")


def told(page: Page) -> str:
    page.wait_for_selector("#told p:not(:has-text('Logged in'))")
    return page.inner_text("#told")


def test_from_log_in_to_approval_by_keyboard_alone(browser: Browser, served: str, office: Office) -> None:
    with opened(browser) as page:
        page.goto(f"{served}/changes")
        page.wait_for_selector("[name=name]:focus")  # a browser gives it with the first frame, after the load
        page.keyboard.type("dana")
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector(".keys:visible")
        page.keyboard.press("j")
        page.keyboard.press("x")
        page.keyboard.press("a")
        assert "1 approved" in told(page)
        assert page.evaluate("document.activeElement.id") == "told", "a reader of the screen hears it"
        page.keyboard.press("j")
        page.keyboard.press("x")
        page.keyboard.press("r")
        page.keyboard.type("not ours")
        page.keyboard.press("Escape")
        page.keyboard.press("r")
        page.wait_for_selector("#told:has-text('1 rejected')")
    states = [one["state"] for one in office.world.changes() if one["run"] == "R3"]
    assert sorted(states) == ["applied", "pending", "rejected"]


def test_keys_go_on_and_back_open_and_search(browser: Browser, served: str, office: Office) -> None:
    """`j` and `k` stay among the changes, Enter opens the one they are at; in a box each key is a letter."""
    with opened(browser) as page:
        log_in(page, served)
        page.wait_for_selector(".keys:visible")  # shown by the script itself: it listens from then on
        ids = page.locator("#queue [name=id]").evaluate_all("all => all.map(one => one.value)")
        assert len(ids) == 3
        went = []
        for key in "jjjjkkkj":
            page.keyboard.press(key)
            went.append(page.evaluate("document.activeElement.value"))
        assert went == [ids[at] for at in (0, 1, 2, 2, 1, 0, 0, 1)]
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/changes/{ids[1]}")
        page.goto(f"{served}/changes")
        page.wait_for_selector(".keys:visible")
        page.keyboard.press("/")
        page.wait_for_selector("#search:focus")
        page.keyboard.type("jxra/k")
        assert page.input_value("#search") == "jxra/k"
        page.keyboard.press("Escape")
        page.wait_for_selector("#search:not(:focus)")
        page.keyboard.press("/")
        page.wait_for_selector("#search:focus")
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type("02002")
        page.keyboard.press("Enter")
        page.wait_for_selector("h1:has-text('1 to decide')")
        assert "02002" in page.inner_text("#queue")
    assert {one["state"] for one in office.world.changes() if one["run"] == "R3"} == {"pending"}


@pytest.mark.parametrize("scripts", [True, False])
def test_by_mouse_with_and_without_scripts(browser: Browser, served: str, office: Office, scripts: bool) -> None:
    with opened(browser, scripts=scripts) as page:
        log_in(page, served)
        page.fill("[name=text]", "02002")
        page.click("button:has-text('Show')")
        assert page.locator("#queue [name=id]").count() == 1
        page.locator("#queue [name=id]").check()
        page.click("#approve")
        assert "1 approved" in told(page)
        page.goto(f"{served}/changes")
        page.locator("#all").check()
        page.fill("#reason", "not ours")
        page.click("#reject")
        assert "2 rejected" in told(page)
        assert "Nothing waits for a decision" in page.inner_text("main")
    assert office.world.pending() == []


@pytest.mark.parametrize("scripts", [True, False])
def test_a_form_that_is_refused_keeps_what_was_typed(browser: Browser, served: str, scripts: bool) -> None:
    with opened(browser, scripts=scripts) as page:
        log_in(page, served)
        box = page.locator("#queue [name=id]").first
        box.check()
        page.fill("#reason", "not ours")
        page.select_option("[name=scope]", "until")
        page.click("#reject")
        assert "until which day" in told(page)
        assert page.input_value("#reason") == "not ours"
        assert page.input_value("[name=scope]") == "until"
        assert page.locator("#queue [name=id]").first.is_checked()
        page.fill("[name=until]", "2026-12-31")
        page.click("#reject")
        page.wait_for_selector("#told:has-text('1 rejected')")


def _violations(page: Page, name: str) -> list[str]:
    """What axe finds wrong; it is put into the page past the policy, which forbids it as it forbids everybody."""
    found = Axe().run(page)
    return [f"{name}: {one['id']}: {one['nodes'][0]['html'][:100]}" for one in found.response["violations"]]


def test_what_the_policy_forbids_is_noticed(browser: Browser, served: str) -> None:
    """So that no complaint means that nothing was done that it forbids."""

    def do_what_it_forbids() -> None:
        with opened(browser) as page:
            log_in(page, served)
            page.evaluate("document.body.append(Object.assign(new Image(), {src: 'http://127.0.0.2/a'}))")
            page.wait_for_timeout(200)

    with pytest.raises(AssertionError, match="Content Security Policy"):
        do_what_it_forbids()
    assert "unsafe" not in POLICY


def test_what_axe_looks_for_is_found(browser: Browser, served: str) -> None:
    with opened(browser) as page:
        log_in(page, served)
        page.evaluate("document.querySelector('main').append(document.createElement('input'))")
        assert any("label" in one for one in _violations(page, "broken"))
