"""How often somebody may ask: programs and pages, each user for themselves; ordinary work stays far below."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from api import asking, security
from api.documents import MOST, Paged
from api.security import PAGES, PROGRAMS, Minute, limiter
from domain.rights import Right
from tests.web.conftest import Office, free_port

TEMPLATES = Path(asking.__file__).parent / "templates"


class Clock:
    """Time that passes when it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seconds = 1_000.0
        monkeypatch.setattr("api.security.time.monotonic", lambda: self.seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def narrow(office: Office, monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Office:
    """An office in which each user asks for four pages, two of them to log in, and three times by programs."""
    monkeypatch.setattr(asking, "PROGRAMS", 3)
    monkeypatch.setattr(asking, "PAGES", 4)
    office.user("dana", "comp_admin")
    office.user("eve", "auditor")
    return office


def test_a_program_that_asks_too_often_is_told_when_to_go_on(narrow: Office, clock: Clock) -> None:
    program = narrow.program(narrow.token("dana", Right.SEE_CHANGES))
    other = narrow.program(narrow.token("dana", Right.SEE_CHANGES))
    assert [program.get("/changes").status_code for _ in range(3)] == [200] * 3
    before = len(narrow.world.call("audit").document)
    clock.seconds += 45.5
    answer = program.get("/changes")
    assert (answer.status_code, answer.content_type) == (429, "application/problem+json")
    assert answer.headers["Retry-After"] == "15"
    told: Any = answer.json
    assert (told["title"], told["detail"]) == (
        "Too often", "more than 3 requests within a minute: go on in 15 seconds"
    )  # fmt: skip
    assert other.get("/changes").status_code == 429, "it is the user who is counted, whichever token they show"
    assert program.post("/changes/approve", {"ids": ["C1"]}).status_code == 429
    assert narrow.program(narrow.token("eve", Right.SEE_CHANGES)).get("/changes").status_code == 200
    refused = [one["act"] for one in narrow.world.call("audit").document[before:] if "refuse" in one["act"]]
    assert refused == [], "to wait is no refusal, and the audit never fills with it"
    clock.seconds += 15
    assert program.get("/changes").status_code == 200


def test_who_asks_for_pages_too_often_waits_and_their_programs_do_not(narrow: Office, clock: Clock) -> None:
    program = narrow.program(narrow.token("dana", Right.SEE_CHANGES))
    visitor = narrow.client("dana")
    assert [visitor.get("/changes").status_code for _ in range(3)] == [200, 200, 429]
    answer = visitor.get("/runs")
    assert (answer.headers["Retry-After"], "Too often" in answer.text) == ("60", True)
    assert visitor.get("/static/syncd.css").status_code == 200
    assert program.get("/changes").status_code == 200
    assert narrow.client("eve").get("/changes").status_code == 200
    clock.seconds += 60
    assert visitor.get("/changes").status_code == 200


def test_who_is_not_known_is_counted_by_nobody(narrow: Office) -> None:
    stranger = narrow.program("syncd_none_none")
    assert [stranger.get("/changes").status_code for _ in range(5)] == [401] * 5


def test_a_minute_begins_anew_for_everybody_and_keeps_nothing(clock: Clock) -> None:
    minute = Minute(2)
    for who in ("ann", "bob", "ann"):
        minute.let(who)
    assert (minute.wait("ann"), minute.wait("bob")) == (60, 0)
    clock.seconds += 59.9
    assert minute.wait("ann") == 1
    clock.seconds += 0.1
    minute.let("ann")
    assert minute._asked == {"ann": 1}


def test_ordinary_work_stays_far_below() -> None:
    """Thirty pages that look again by themselves, beside somebody who clicks every second; a company read in pages."""
    every = [
        int(seconds) for page in TEMPLATES.glob("*.html") for seconds in re.findall(r"every (\d+)s", page.read_text())
    ]
    assert every, "there are pages that look again by themselves"
    assert 30 * 60 / min(every) + 60 < PAGES
    assert PROGRAMS * Paged.model_fields["limit"].default >= 500_000, "rows a minute, in pages of the usual size"
    assert PROGRAMS * MOST >= 3_000_000


def test_a_program_that_reads_and_a_person_who_looks_never_wait(office: Office) -> None:
    office.user("dana", "comp_admin")
    program, visitor = office.program(office.token("dana", Right.SEE_CHANGES)), office.client("dana")
    assert {program.get("/changes?limit=1").status_code for _ in range(300)} == {200}
    assert {visitor.get("/changes").status_code for _ in range(150)} == {200}


def test_people_log_in_while_redis_is_gone(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """And tries are counted still, by each process."""
    office.user("dana", "comp_admin")
    limiter.enabled = True  # also when the application is made
    try:
        with monkeypatch.context() as patched:
            patched.setenv("SYNCD_REDIS_URL", f"redis://127.0.0.1:{free_port()}/0")
            patched.setattr(security, "_PATIENCE", 0.2)
            visitor = office.client()
            limiter.enabled = True
            found = [visitor.post("/log-in", {"name": "dana", "password": "wrong"}).status_code for _ in range(11)]
    finally:
        limiter.enabled = True
        limiter._storage_dead = False
        again = Office(office.world)
        again.app.test_client()  # with no Redis, as all that follow; in it one may try as often as one likes
        again.close()
    assert found == [422] * 10 + [429]
