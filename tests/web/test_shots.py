"""Every page as it looks: in a real Chromium, by axe and the policy, at a desk and on a tablet; and shown in docs/."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request, template_rendered
from jinja2 import Template
from playwright.sync_api import Browser, Page

from api.app import BLUEPRINTS
from tests.connectors.conftest import _salesforce, salesforce  # noqa: F401 - fixtures
from tests.doubles.salesforce.server import Double
from tests.web.conftest import Office, Serve
from tests.web.pictured import review
from tests.web.pictured_close import close
from tests.web.png import smaller
from tests.web.shots import CLOSE, KEPT, REVIEW, SIZES, Shot, shoot
from tests.web.test_browser import _violations, opened
from tests.web.test_pay_browser import log_in

ROOT = Path(__file__).parents[2]
#: Routes of pages that answer with no page: they send on, or give a file.
NO_PAGES = frozenset(
    (
        *("log_in.to_provider", "log_in.from_provider", "sources.connected"),
        *("statements.pdf", "statements.sheet", "spec.document"),
    )
)


@contextmanager
def rendered(app: Flask) -> Iterator[list[tuple[str, str]]]:
    """Which route was answered by which template, as long as this is entered."""
    found: list[tuple[str, str]] = []

    def note(_app: Flask, template: Template, **_: Any) -> None:
        found.append((request.endpoint or "", str(template.name)))

    with template_rendered.connected_to(note, app):
        yield found


def look(browser: Browser, office: Office, shots: tuple[Shot, ...]) -> list[str]:
    """Look at pages one after the other, each user logged in once; give whatever is wrong with them."""
    wrong: list[str] = []
    with rendered(office.app) as made:
        for user, theirs in groupby(shots, attrgetter("user")):
            with opened(browser) as page:
                if user:
                    log_in(page, office.address, user)  # and what is told of that is read
                for shot in theirs:
                    made.clear()
                    go(page, office, shot)
                    answered = [one for one in made if one[0] != "jobs.one" or shot.route == "jobs.one"]
                    if answered[-1:] != [(shot.route, shot.template)]:  # but for a job's page that looks again
                        wrong.append(f"{shot.name}: not by {shot.route} and {shot.template}, but {made}")
                    for size in SIZES:
                        wrong += [f"{shot.name} on a {size}: {one}" for one in complaints(page, shot, size)]
    return wrong


def go(page: Page, office: Office, shot: Shot) -> None:
    """Get to a page, at a desk."""
    page.set_viewport_size(SIZES["desk"])
    if isinstance(shot.way, str):
        page.goto(office.address + shot.way)
    else:
        shot.way(page, office)
    page.wait_for_selector(f"main:has-text('{shot.says}')")


def complaints(page: Page, shot: Shot, size: str) -> Iterator[str]:
    """Write down how a page looks at a size; give what axe finds there, and whether it is wider than the window."""
    page.set_viewport_size(SIZES[size])
    shoot(page, shot, size)
    yield from _violations(page, shot.name)
    wide = page.evaluate("[document.documentElement, document.querySelector('main')].map(one => one.scrollWidth)")
    if max(wide) > page.evaluate("document.documentElement.clientWidth"):
        yield f"it is too wide: {wide}"


@pytest.mark.browser
def test_pages_of_a_review(browser: Browser, serve: Serve, tmp_path: Path, salesforce: Double) -> None:  # noqa: F811 - the fixture
    with review(tmp_path / "workspace", salesforce) as office:
        serve(office.app, office.address)
        assert look(browser, office, REVIEW) == []


@pytest.mark.browser
def test_pages_of_a_close(browser: Browser, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.review.AT_ONCE", 1)
    with close(tmp_path / "workspace") as office:
        serve(office.app, office.address)
        assert look(browser, office, CLOSE) == []


@pytest.mark.browser
def test_a_smaller_picture_shows_the_same(browser: Browser) -> None:
    with opened(browser) as page:
        page.set_content(
            "<h1 style='color: #b3261e'>Changes</h1><p>7 to decide <progress value=3 max=7></progress></p>"
        )
        png = page.screenshot()
        small = smaller(png)
        pictures = [f"data:image/png;base64,{b64encode(one).decode()}" for one in (png, small)]
        assert 0 < page.evaluate(_APART, pictures) < 16
        assert len(small) < len(png)


#: By how much two pictures differ at most, in red, green or blue of a point.
_APART = """async addresses => {
  const [one, other] = await Promise.all(addresses.map(async address => {
    const picture = new Image();
    picture.src = address;
    await picture.decode();
    const [width, height] = [picture.naturalWidth, picture.naturalHeight];
    const drawn = Object.assign(document.createElement("canvas"), { width, height }).getContext("2d");
    drawn.drawImage(picture, 0, 0);
    return drawn.getImageData(0, 0, width, height).data;
  }));
  return one.reduce((most, value, at) => Math.max(most, Math.abs(value - other[at])), one.length - other.length);
}"""


def test_every_page_is_in_a_shot() -> None:
    """Every template that is a page, every route that gives one: a page that is added is looked at from then on."""
    templates = ROOT / "api" / "templates"
    pages = {one.name for one in templates.glob("*.html") if "{% extends 'base.html' %}" in one.read_text("utf-8")}
    assert {shot.template for shot in (*REVIEW, *CLOSE)} == pages
    app = Flask(__name__)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    routes = {
        one.endpoint
        for one in app.url_map.iter_rules()
        if "GET" in (one.methods or ()) and not one.rule.startswith("/api/v1") and one.endpoint != "static"
    }
    shown = {shot.route for shot in (*REVIEW, *CLOSE)}
    assert routes - NO_PAGES - shown == set()
    assert routes >= NO_PAGES


def test_docs_show_every_shot_and_no_other() -> None:
    """What docs/screenshots holds is made by the tests here, and some page of docs/ leads to it."""
    names = [shot.name for shot in (*REVIEW, *CLOSE) if shot.is_kept]
    assert len(names) == len({*names})
    texts = "".join(one.read_text("utf-8") for one in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")))
    assert {one.stem for one in KEPT.iterdir()} == {*names} == {*re.findall(r"screenshots/(\w+)\.png\)", texts)}
