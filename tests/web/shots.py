"""Every page of the application, with what fills it: what is looked at, checked by axe, and shown in docs/."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from tests.web.conftest import Office
from tests.web.pictured import under_way
from tests.web.png import smaller

#: Where screenshots are written, for somebody to look at; those of docs/ where that is asked for.
SHOTS = Path(__file__).parents[2] / "var" / "screenshots"
KEPT = Path(__file__).parents[2] / "docs" / "screenshots"
SIZES = {"desk": (1280, 800), "tablet": (768, 1024)}
#: So much of a long page is shown in docs/.
_HIGHEST = 1000

#: How somebody gets to a page: an address, or what they do in the browser.
Way = str | Callable[[Page, Office], None]


@dataclass(frozen=True, slots=True)
class Shot:
    """One page as somebody sees it; `template` is what it is made of, `says` what is on it."""

    name: str
    template: str
    user: str | None
    way: Way
    says: str
    status: int = 200


def _press(address: str, button: str, *fills: tuple[str, str], ticks: str | None = None) -> Way:
    """Go to a page, type, tick, and press a button."""

    def way(page: Page, office: Office) -> None:
        page.goto(office.address + address)
        for box, text in fills:
            page.fill(box, text)
        for box in page.locator(ticks).all() if ticks else ():
            box.check()
        page.click(f"main >> button:text-is('{button}')")

    return way


def _calculating(page: Page, office: Office) -> None:
    _press("/pay", "Calculate", ("[name=period]", "2026-04"))(page, office)  # type: ignore[operator] # a way of ours
    page.wait_for_selector("#job:has-text('it waits for a worker')")
    under_way(office, "main:2026-04: parts calculated", 5, 12)
    page.goto(f"{office.address}/pay/2026-04")


def _deciding(page: Page, office: Office) -> None:
    _press("/changes", "Approve", ticks="#all")(page, office)  # type: ignore[operator] # as above
    page.wait_for_selector("#job:has-text('it waits for a worker')")
    under_way(office, "decided", 1, 2)
    page.reload()


def _refused(page: Page, office: Office) -> None:
    page.goto(f"{office.address}/log-in")
    page.fill("[name=name]", "dana")
    page.fill("[name=password]", "not this one")
    page.click("main >> button")


#: Before a review, in the order in which they are made.
REVIEW = (
    Shot("log_in", "log_in.html", None, "/log-in", "Password"),
    Shot("home", "home.html", "nils", "/", "Nothing here is for you yet"),
    Shot("failed", "failed.html", "vera", "/nothing", "There is no such page", status=404),
    Shot("queue", "queue.html", "dana", "/changes", "more are held"),
    Shot("change", "change.html", "dana", "/changes/C38", "What differs"),
    Shot("batch", "batch.html", "dana", "/batches/B5", "decided together"),
    Shot("questions", "questions.html", "dana", "/questions", "UK Sales Desk"),
    Shot("holds", "holds.html", "dana", "/holds", "would end"),
    Shot("rejections", "rejections.html", "dana", "/rejections", "agency"),
    Shot("policies", "policies.html", "dana", "/changes/by-policy", "sales.uk"),
    Shot("participants", "participants.html", "dana", "/participants", "Freja Lindqvist"),
    Shot("participant", "participant.html", "dana", "/participants/10102", "Timeline"),
    Shot("units", "units.html", "dana", "/units", "Nordics and Baltics"),
    Shot("unit", "unit.html", "dana", "/units/team/Nordics", "Scandinavia"),
    Shot("runs", "runs.html", "dana", "/runs", "How fresh each feed is"),
    Shot("run", "run.html", "dana", "/runs/R5", "they add up"),
    Shot("quarantine", "quarantine.html", "dana", "/quarantine", "about 95k"),
    Shot("sources", "sources.html", "dana", "/sources", "agreed to by dana"),
    Shot("source", "source.html", "dana", "/sources/crm", "EmployeeNumber"),
    Shot("checked", "checked.html", "dana", _press("/sources/hr", "Try it"), "Values that cannot be used"),
    Shot("connect", "connect.html", "dana", _press("/sources/crm", "Agree again"), "Go and agree"),
    Shot("path", "path.html", "dana", _press("/sources/crm", "Make a path"), "shown once"),
    Shot("configuration", "configuration.html", "dana", "/configuration", "limits"),
    Shot("api", "api.html", "dana", "/api/", "OpenAPI"),
    Shot("participant_da", "participant.html", "dana", "/participants/10102?lang=da", "Tidslinje"),
)
#: Before a close.
CLOSE = (
    Shot("pay_runs", "pay_runs.html", "dana", "/pay", "committed"),
    Shot("pay_run", "pay_run.html", "dana", "/pay/2026-03", "Before it is submitted"),
    Shot("payments", "payments.html", "dana", "/pay/2026-03/payments", "payees"),
    Shot("results", "results.html", "dana", "/results?period=2026-03&by=team", "Amount by amount"),
    Shot("adjustments", "adjustments.html", "dana", "/adjustments", "Southampton"),
    Shot("adjust", "adjust.html", "dana", _press("/adjustments/new?period=2026-03", "Propose",
         ("[name=key]", "10302"), ("[name=amount]", "125,50"), ("[name=currency]", "GBP"),
         ("[name=component]", "commission"), ("[name=reason]", "Towed a boat to Cowes")), "125,50", status=422),
    Shot("effect", "queue.html", "dana", _press("/changes", "Pay effect", ticks="#queue [name=id]"), "as known at"),
    Shot("effect_alone", "effect.html", "dana", "", "as known at"),
    Shot("own_pay", "own_pay.html", "signe", "/statements", "committed"),
    Shot("statement", "statement.html", "signe", "/statements/P2/2026-03", "How it came about"),
    Shot("statement_da", "statement.html", "signe", "/statements/P2/2026-03?lang=da", "Sådan"),
    Shot("calculating", "pay_run.html", "dana", _calculating, "5 of 12"),
    Shot("job", "job.html", "dana", _deciding, "1 of 2"),
)  # fmt: skip


def shoot(page: Page, name: str, size: str) -> None:
    """Write down how a page looks; with SCREENSHOTS=docs also, small, among those that documentation shows."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}-{size}.png", full_page=True)
    if os.environ.get("SCREENSHOTS") == "docs" and size == "desk":
        wide, _ = SIZES[size]
        seen = {"x": 0, "y": 0, "width": wide, "height": min(_HIGHEST, page.evaluate(_FILLED))}
        (KEPT / f"{name}.png").write_bytes(smaller(page.screenshot(clip=seen, full_page=True)))  # type: ignore[arg-type] # the four


_FILLED = "Math.ceil(document.body.lastElementChild.getBoundingClientRect().bottom + scrollY) + 12"
