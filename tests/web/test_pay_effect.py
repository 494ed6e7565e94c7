"""What changes would pay, in a large company: a job works it out, and each sees of it what is in their sight."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from domain.rights import Right
from store.jobs import HeldJob
from syncd.daemon import doing
from syncd.daemon.worker import Worker
from syncd.feeds.lease import Heartbeat
from syncd.pay import trying
from syncd.world import World as Opened
from tests.scenarios.closing import PEOPLE, PayWorld
from tests.scenarios.conftest import paid  # noqa: F401 - a fixture
from tests.web.conftest import Office, Program
from tests.web.test_jobs import work
from tests.web.test_pay import pay_office

SCOPE = (Right.SEE_CHANGES, Right.SEE_PAY, Right.DECIDE)


@pytest.fixture
def large(paid: PayWorld, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:  # noqa: F811 - the fixture
    """Whoever has anybody is large here. Bob (US) and Cid (UK) are to come off the plan."""
    monkeypatch.setattr("syncd.seen.effects.PEOPLE", 0)
    found = pay_office(paid)
    paid.send_people([PEOPLE[0], *({**one, "plans": "", "from": "2026-01-01"} for one in PEOPLE[1:])])
    assert paid.call("run", "people").code == 0
    yield found
    found.close()


def waiting(office: Office) -> list[str]:
    return sorted(one["id"] for one in office.world.pending())


def program(office: Office, name: str = "dana") -> Program:
    return office.program(office.token(name, *SCOPE))


def told(answer: TestResponse) -> Any:
    return answer.json


def test_a_job_works_it_out_and_its_page_looks_by_itself(large: Office) -> None:
    dana, ids = large.client("dana"), waiting(large)
    page = dana.done("/changes/effect", {"id": ids, "period": "2026-01"})
    assert "Pay effect of 2 changes in main:2026-01: it waits for a worker" in page
    (again,) = re.findall(r'id="effect"[^>]+hx-get="([^"]+)" hx-trigger="every 2s"', page)
    assert f'href="{again}">Look again</a>' in page, "without scripts, too"
    assert "Pay effect of 2 changes" in dana.get("/changes").text, "and it is found from the queue"
    dana.done("/changes/effect", {"id": ids, "period": "2026-01"})
    (done,) = work(large.world)
    assert (done["job"], done["state"], done["run"]) == ("T1", "done", None), "asked for twice it is one"
    page = dana.get(again).text
    for said in ("Bob", "Cid", "-50.00\xa0USD", "-70.00\xa0USD", "as known at revision"):
        assert said in page, said
    assert "every 2s" not in page
    assert again in dana.get("/jobs/T1").text
    assert waiting(large) == ids, "nothing of it is approved"
    assert "not calculated" in str(large.world.call("results", "2026-01").error["message"])


def test_a_program_is_given_the_job_and_then_what_it_found(large: Office) -> None:
    dana, ids = program(large), waiting(large)
    answer = dana.post("/changes/effect", {"ids": ids, "period": "2026-01"})
    assert (answer.status_code, told(answer)["id"], told(answer)["act"]) == (202, "T1", "pay_effect")
    early = dana.get("/jobs/T1/effect")
    assert (early.status_code, told(early)["state"]) == (202, "waiting")
    work(large.world)
    found = dana.read("/jobs/T1/effect")
    assert (found["changes"], found["period"], found["hidden"]) == (ids, "2026-01", 0)
    assert [(one["participant"], one["difference"]) for one in found["effects"]] == [("P2", "-50.00"), ("P3", "-70.00")]


def test_it_is_what_is_worked_out_at_once_where_that_is_short(large: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    dana, body = program(large), {"ids": waiting(large), "period": "2026-01"}
    dana.post("/changes/effect", body)
    work(large.world)
    monkeypatch.setattr("syncd.seen.effects.PEOPLE", 2_500)
    at_once = dana.post("/changes/effect", body)
    assert (at_once.status_code, told(at_once)) == (200, dana.read("/jobs/T1/effect"))
    monkeypatch.setattr("syncd.seen.effects.FACTS", 5)
    assert dana.post("/changes/effect", body).status_code == 202, "six deals are more than five"


def test_of_what_a_job_found_each_sees_the_pay_in_their_sight_when_they_look(large: Office) -> None:
    """The role decides that is there when it is read, not the one that was there when it was asked."""
    dana, ids = program(large), waiting(large)
    dana.post("/changes/effect", {"ids": ids, "period": "2026-01"})
    work(large.world)
    large.user("omar", "auditor")
    large.user("uma", "auditor pay_group=US")
    assert program(large, "omar").read("/jobs/T1/effect")["hidden"] == 0, "who sees everybody sees it, too"
    assert program(large, "uma").get("/jobs/T1/effect").status_code == 404, "nor is it there for others"
    assert large.client("uma").get("/changes/effect/T1").status_code == 404
    assert program(large, "uma").get("/jobs/T1").status_code == 404
    assert large.world.call("users", "give", "dana", "auditor", "--for", "pay_group=US").code == 0
    assert large.world.call("users", "take", "dana", "comp_admin").code == 0
    assert "yours to see" in dana.get("/jobs/T1/effect").text, "one of the changes is not"
    assert large.world.call("users", "take", "dana", "auditor", "--for", "pay_group=US").code == 0
    assert dana.get("/jobs/T1/effect").status_code == 403


def test_who_sees_some_of_the_people_is_told_how_much_is_of_others(large: Office) -> None:
    large.user("uma", "auditor pay_group=US")
    uma = program(large, "uma")
    mine = [one["id"] for one in uma.read("/changes?state=pending")["items"]]
    assert len(mine) == 1
    assert uma.post("/changes/effect", {"ids": waiting(large)[1:], "period": "2026-01"}).status_code == 404
    uma.post("/changes/effect", {"ids": mine, "period": "2026-01"})
    work(large.world)
    found = uma.read("/jobs/T1/effect")
    assert ([one["participant"] for one in found["effects"]], found["hidden"]) == (["P2"], 0)


def test_a_difference_of_pay_out_of_sight_is_counted_and_not_told(large: Office) -> None:
    """Who sees the changes of everybody, and the pay of one group."""
    large.user("ida", "service", "auditor pay_group=US")
    ida = large.program(large.token("ida", Right.SEE_CHANGES, Right.SEE_PAY))
    ida.post("/changes/effect", {"ids": waiting(large), "period": "2026-01"})
    work(large.world)
    found = ida.read("/jobs/T1/effect")
    assert ([one["participant"] for one in found["effects"]], found["hidden"]) == (["P2"], 1)
    page = large.client("ida").get("/changes/effect/T1").text
    assert ("1 difference is of pay that is not yours to see" in page, "Cid" in page) == (True, False)
    assert "Bob" not in (large.world.folder / "var" / "tried" / "T1.json").read_text(), "it names nobody"


def test_who_may_not_ask_any_more_is_given_nothing(large: Office) -> None:
    program(large).post("/changes/effect", {"ids": waiting(large), "period": "2026-01"})
    assert large.world.call("users", "take", "dana", "comp_admin").code == 0
    (done,) = work(large.world)
    assert (done["state"], "may not see it any more" in done["message"]) == ("failed", True)
    assert not list((large.world.folder / "var" / "tried").glob("*"))


def test_what_would_not_be_approved_is_told_where_the_answer_would_be(large: Office) -> None:
    dana, ids = program(large), waiting(large)
    dana.post("/changes/effect", {"ids": ids, "period": "2026-01"})
    assert large.world.reject(ids[0], reason="no").code == 0
    (done,) = work(large.world)
    assert done["state"] == "failed"
    answer = dana.get("/jobs/T1/effect")
    assert (answer.status_code, f"{ids[0]}: it is rejected" in answer.text) == (409, True)
    assert "would not be approved" in large.client("dana").get("/changes/effect/T1").text


def test_it_is_kept_for_two_days(large: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    dana, ids = program(large), waiting(large)
    dana.post("/changes/effect", {"ids": ids, "period": "2026-01"})
    work(large.world)
    for days, status in ((1, 200), (3, 404)):
        later = datetime.now(UTC) + timedelta(days=days)
        monkeypatch.setattr("syncd.world.clock", lambda later=later: later)
        assert dana.get("/jobs/T1/effect").status_code == status
    assert "kept for two days" in large.client("dana").get("/changes/effect/T1").text
    monkeypatch.setattr("syncd.feeds.sweep.clock", lambda: later)
    dana.post("/changes/effect", {"ids": ids, "period": "2026-01"})
    work(large.world)
    assert [path.name for path in (large.world.folder / "var" / "tried").iterdir()] == ["T2.json"], (
        "the next one sweeps"
    )


def test_what_a_worker_left_half_written_is_no_answer(large: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    dana, ids = program(large), waiting(large)
    dana.post("/changes/effect", {"ids": ids, "period": "2026-01"})

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(trying, "flush", full)
        (done,) = work(large.world)
    assert (done["state"], done["outcome"]) == ("failed", "fault")
    assert dana.get("/jobs/T1/effect").status_code == 409
    dana.post("/changes/effect", {"ids": ids, "period": "2026-01"})
    work(large.world)
    assert len(dana.read("/jobs/T2/effect")["effects"]) == 2


def test_a_worker_that_is_told_to_stop_gives_it_back(large: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    dana, ids = program(large), waiting(large)
    dana.post("/changes/effect", {"ids": ids, "period": "2026-01"})

    def stopped(world: Opened, held: HeldJob, heart: Heartbeat) -> Any:
        heart.is_to_stop = True
        return doing.do(world, held, heart)

    with monkeypatch.context() as patched:
        patched.setattr("syncd.daemon.worker.do", stopped)
        patched.setattr(Worker, "_give_back", _once(Worker._give_back))
        with pytest.raises(SystemExit):
            work(large.world)
    assert dana.read("/jobs/T1")["state"] == "waiting"
    work(large.world)
    assert len(dana.read("/jobs/T1/effect")["effects"]) == 2


def _once(give_back: Any) -> Any:
    """Give a job back, and end: else the same worker would take it again."""

    def ended(*arguments: Any, **named: Any) -> None:
        give_back(*arguments, **named)
        raise SystemExit

    return ended
