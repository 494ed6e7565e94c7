"""Every page of the application, with what fills it: what is looked at, checked by axe, and shown in docs/."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import FloatRect, Page, ViewportSize

from tests.web.conftest import Office
from tests.web.pictured_close import under_way
from tests.web.png import smaller
from tests.web.test_jobs import work

#: Where screenshots are written, for somebody to look at; and those of docs/. Neither unless that is asked for.
SHOTS = Path(__file__).parents[2] / "var" / "screenshots"
KEPT = Path(__file__).parents[2] / "docs" / "screenshots"
SIZES: dict[str, ViewportSize] = {
    "desk": {"width": 1280, "height": 800},
    "tablet": {"width": 768, "height": 1024},
}
#: So much of a long page is shown in docs/.
_HIGHEST = 1000

#: How somebody gets to a page: an address, or what they do in the browser.
Act = Callable[[Page, Office], None]
Way = str | Act


@dataclass(frozen=True, slots=True)
class Shot:
    """One page as somebody sees it; `route` and `template` make it, `says` is on it, docs/ show it or not."""

    name: str
    route: str
    template: str
    user: str | None
    way: Way
    says: str
    is_kept: bool = True


def _press(address: str, button: str, *fills: tuple[str, str], ticks: str | None = None) -> Act:
    """Go to a page, type, tick, and press a button."""

    def way(page: Page, office: Office) -> None:
        page.goto(office.address + address)
        for box, text in fills:
            page.fill(box, text)
        for tick in page.locator(ticks).all() if ticks else ():
            tick.check()
        page.click(f"main >> button:text-is('{button}')")

    return way


def _transfer(page: Page, office: Office) -> None:
    page.goto(f"{office.address}/changes/{office.world.one(kind='transfer')['id']}")


def _calculating(page: Page, office: Office) -> None:
    _press("/pay", "Calculate", ("[name=period]", "2026-04"))(page, office)
    page.wait_for_selector("#job:has-text('it waits for a worker')")
    under_way(office, "2026-04: parts calculated", 5, 12)
    page.goto(f"{office.address}/pay/2026-04")


def _deciding(page: Page, office: Office) -> None:
    _press("/changes", "Approve", ticks="#all")(page, office)
    page.wait_for_selector("#job:has-text('it waits for a worker')")
    under_way(office, "decided", 1, 2)
    page.goto(f"{office.address}/jobs/T3")


def _effect_by_job(page: Page, office: Office) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("syncd.seen.effects.PEOPLE", 0)
        _press("/changes", "Pay effect", ticks="#queue [name=id]")(page, office)
        page.wait_for_selector("#effect:has-text('it waits for a worker')")
    work(office.world)
    page.goto(f"{office.address}/changes/effect/T1")


_BOAT = (
    *(("[name=key]", "10302"), ("[name=amount]", "125,50"), ("[name=currency]", "GBP")),
    *(("[name=component]", "commission"), ("[name=reason]", "Towed a boat to Cowes")),
)
_TICKED = "#queue [name=id]"
#: Before a review, in the order in which they are made. Those of one user stand together.
REVIEW = (
    Shot("log_in", "log_in.page", "log_in.html", None, "/log-in", "Password"),
    Shot("home", "home.page", "home.html", "nils", "/", "Nothing here is for you yet"),
    Shot("failed", "", "failed.html", "vera", "/nothing", "There is no such page"),
    Shot("queue", "review.queue", "queue.html", "dana", "/changes", "more are held"),
    Shot("change", "review.change", "change.html", "dana", _transfer, "legal entity"),
    Shot("batch", "review.batch", "batch.html", "dana", "/batches/B5", "decided together, "),
    Shot("questions", "matters.questions", "questions.html", "dana", "/questions", "UK Sales Desk"),
    Shot("holds", "matters.holds", "holds.html", "dana", "/holds", "would end"),
    Shot("rejections", "matters.rejections", "rejections.html", "dana", "/rejections", "agency"),
    Shot("policies", "review.policies", "policies.html", "dana", "/changes/by-policy", "sales.uk"),
    Shot("participants", "people.participants", "participants.html", "dana", "/participants", "Freja Lindqvist"),
    Shot("participant", "people.participant", "participant.html", "dana", "/participants/10102", "Timeline"),
    Shot("units", "units.listed", "units.html", "dana", "/units", "Nordics and Baltics"),
    Shot("unit", "units.one", "unit.html", "dana", "/units/team/Nordics", "Scandinavia"),
    Shot("runs", "runs.runs", "runs.html", "dana", "/runs", "How fresh each feed is"),
    Shot("run", "runs.run", "run.html", "dana", "/runs/R5", "they add up"),
    Shot("quarantine", "matters.quarantine", "quarantine.html", "dana", "/quarantine", "about 95k"),
    Shot("sources", "sources.listed", "sources.html", "dana", "/sources", "agreed to by dana"),
    Shot("source", "sources.one", "source.html", "dana", "/sources/crm", "EmployeeNumber"),
    Shot("checked", "sources.check", "checked.html", "dana", _press("/sources/hr", "Try it"), "cannot be used"),
    Shot("connect", "sources.connect", "connect.html", "dana", _press("/sources/crm", "Agree again"), "Go and agree"),
    Shot("path", "sources.make_path", "path.html", "dana", _press("/sources/crm", "Make a path"), "shown once"),
    Shot("configuration", "configured.page", "configuration.html", "dana", "/configuration", "limits"),
    Shot("api", "spec.page", "api.html", "dana", "/api/", "OpenAPI"),
    Shot("participants_da", "people.participants", "participants.html", "dana", "/participants?lang=da", "den", False),
    Shot("participant_da", "people.participant", "participant.html", "dana", "/participants/10102", "Tidslinje"),
    Shot("unit_da", "units.one", "unit.html", "dana", "/units/team/Nordics", "Overliggende", False),
)  # fmt: skip
#: Before a close.
CLOSE = (
    Shot("questions_none", "matters.questions", "questions.html", "dana", "/questions", "Nothing is asked", False),
    Shot("holds_none", "matters.holds", "holds.html", "dana", "/holds", "No run is held", False),
    Shot("rejections_none", "matters.rejections", "rejections.html", "dana", "/rejections", "is remembered", False),
    Shot("policies_none", "review.policies", "policies.html", "dana", "/changes/by-policy", "No policy", False),
    Shot("pay_runs", "pay_runs.listed", "pay_runs.html", "dana", "/pay", "committed"),
    Shot("pay_run_none", "pay_runs.one", "pay_run.html", "dana", "/pay/2026-05", "not calculated yet", False),
    Shot("pay_run", "pay_runs.one", "pay_run.html", "dana", "/pay/2026-03", "Before it is submitted"),
    Shot("payments", "pay_runs.payments", "payments.html", "dana", "/pay/2026-03/payments", "payees"),
    Shot("results", "results.page", "results.html", "dana", "/results?period=2026-03&by=team", "Amount by amount"),
    Shot("adjustments", "adjustments.listed", "adjustments.html", "dana", "/adjustments", "Southampton"),
    Shot("adjust_none", "adjustments.form", "adjust.html", "dana", "/adjustments/new", "Propose an amount", False),
    Shot("adjust", "adjustments.propose", "adjust.html", "dana",
         _press("/adjustments/new?period=2026-03", "Propose", *_BOAT), "is no amount"),
    Shot("effect", "review.effect", "effect.html", "dana", _press("/changes", "Pay effect", ticks=_TICKED), "as if"),
    Shot("effect_page", "review.effect_by_job", "effect.html", "dana", _effect_by_job, "as if", False),
    Shot("calculating", "pay_runs.one", "pay_run.html", "dana", _calculating, "5 of 12"),
    Shot("job", "jobs.one", "job.html", "dana", _deciding, "1 of 2"),
    Shot("own_pay", "statements.own", "own_pay.html", "signe", "/statements", "committed"),
    Shot("statement", "statements.one", "statement.html", "signe", "/statements/P2/2026-03", "How it came about"),
    Shot("statement_da", "statements.one", "statement.html", "signe", "/statements/P2/2026-03?lang=da", "udbetaling"),
    Shot("own_pay_da", "statements.own", "own_pay.html", "signe", "/statements", "Min aflønning", False),
    Shot("results_da", "results.page", "results.html", "signe", "/results?period=2026-03", "Resultater", False),
)  # fmt: skip


def shoot(page: Page, shot: Shot, size: str) -> None:
    """With SCREENSHOTS=all write down how a page looks; with SCREENSHOTS=docs also, small, what documentation shows."""
    if (asked := os.environ.get("SCREENSHOTS")) not in ("all", "docs"):
        return
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.mouse.move(0, 0)  # what was pressed last is not lit up
    page.screenshot(path=SHOTS / f"{shot.name}-{size}.png", full_page=True)
    if asked == "docs" and size == "desk" and shot.is_kept:
        page.evaluate(_SAME, [_ADDRESS, _PATH])
        high = min(_HIGHEST, page.evaluate(_FILLED))
        seen: FloatRect = {"x": 0, "y": 0, "width": SIZES[size]["width"], "height": high}
        (KEPT / f"{shot.name}.png").write_bytes(
            smaller(page.screenshot(clip=seen, full_page=True, animations="disabled"))
        )


_ADDRESS = "https://pay.fjordmarine.example"
_PATH = "Wy3pZr0cTq8vKx1nBd5hLg"
#: What differs from run to run is always the same in docs/: the address here, and a path that nobody guesses; and no
#: bar to scroll by takes some of the width.
_SAME = """([address, path]) => {
  document.documentElement.style.scrollbarWidth = "none";
  const same = text => text.replaceAll(location.origin, address).replace(/(outbound.)[-\\w]{22}/, `$1${path}`);
  for (const one of document.querySelectorAll("code")) one.textContent = same(one.textContent);
  for (const one of document.querySelectorAll("input")) if (one.value) one.value = same(one.value);
}"""
_FILLED = "Math.ceil(document.body.lastElementChild.getBoundingClientRect().bottom + scrollY) + 12"
