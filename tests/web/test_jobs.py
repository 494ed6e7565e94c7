"""What takes long is a job that the database owns: calculating, and deciding many changes, with how far it has come."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

import pytest
from sqlalchemy import Connection

from domain.errors import AtWork, Refused, SyncError
from domain.rights import Right
from store.jobs import HeldJob, note_progress
from syncd.cli import main
from syncd.feeds.lease import Stopped
from tests.faults.story import Killed
from tests.scenarios.closing import DEALS, PayWorld
from tests.scenarios.conftest import paid  # noqa: F401 - a fixture
from tests.scenarios.people import COMPANY, someone
from tests.scenarios.world import World
from tests.web.conftest import Office
from tests.web.test_pay import adjust, pay_office


@pytest.fixture
def pay_run(paid: PayWorld) -> Iterator[Office]:  # noqa: F811 - the fixture
    """A company of which nothing is calculated yet."""
    found = pay_office(paid)
    yield found
    found.close()


def work(world: World) -> list[dict[str, Any]]:
    """Let a worker do all that waits."""
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(io.StringIO()):
        main(["--workspace", str(world.folder), "--today", str(world.today), "worker", "--once", "--json"])
    return list(json.loads(said.getvalue())["jobs"])


def test_a_pay_period_is_calculated_from_its_page(pay_run: Office) -> None:
    dana = pay_run.client("dana")
    assert ">Calculate</button>" in dana.get("/pay/2026-01").text
    page = dana.done("/pay/calculate", {"period": "2026-01"})
    assert "T1</a> Calculate main:2026-01: it waits for a worker" in page
    assert ">Calculate" not in page.split("<main")[1], "one is enough"
    dana.done("/pay/calculate", {"period": "main:2026-01", "group": ""})
    assert "T1</a> Calculate main:2026-01: waiting" in dana.get("/pay").text
    (done,) = work(pay_run.world)
    assert (done["job"], done["state"], done["run"], done["outcome"]) == ("T1", "done", "R3", "completed")
    page = dana.get("/pay/2026-01").text
    assert ("190.00\xa0USD" in page, 'id="job"' in page, "Calculate again" in page) == (True, False, True)
    assert "R3" in page
    (job,) = pay_run.world.call("jobs").document
    assert (job["act"], job["about"], job["asked_by"]) == ("calculate", "main:2026-01", "dana")
    assert "writing results" in job["doing"]


def test_while_it_calculates_a_second_click_is_no_second_job_and_parts_are_counted(
    pay_run: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    dana = pay_run.client("dana")
    seen: list[tuple[int, int | None, str]] = []

    def noted(tx: Connection, held: HeldJob, doing: str, done: int | None, total: int | None) -> None:
        note_progress(tx, held, doing, done, total)
        tx.commit()
        if done and not seen:
            seen.append((done, total, dana.done("/pay/calculate", {"period": "2026-01"})))

    monkeypatch.setattr("syncd.daemon.doing.APART", 0.0)
    monkeypatch.setattr("syncd.daemon.doing.note_progress", noted)
    dana.post("/pay/calculate", {"period": "2026-01"})
    assert len(work(pay_run.world)) == 1
    ((done, total, page),) = seen
    assert f"Calculate main:2026-01: parts calculated: {done} of {total}." in page
    assert f'<progress value="{done}" max="{total}"' in page
    assert "Calculate again" not in page
    assert len(pay_run.world.call("jobs").document) == 1


def test_what_fails_says_what_the_command_says(pay_run: Office) -> None:
    said = pay_run.world.call("calculate", "2026-01", "--group", "UKK")
    assert said.code == 2
    message = str(said.error["message"])
    dana = pay_run.client("dana")
    dana.done("/pay/calculate", {"period": "2026-01", "group": "UKK"})
    (done,) = work(pay_run.world)
    assert (done["state"], done["message"]) == ("failed", message)
    page = dana.get("/pay/2026-01?group=UKK").text
    assert "failed" in page
    assert message.split("'", maxsplit=1)[0] in page
    assert ">Calculate</button>" in page, "it can be asked for again"
    assert "waits for a worker" in dana.done("/pay/calculate", {"period": "2026-01", "group": "UKK"})


def test_what_cannot_be_meant_comes_back(pay_run: Office) -> None:
    dana = pay_run.client("dana")
    told = dana.refused("/pay/calculate", {"period": "2026-99", "group": "US"})
    assert 'value="2026-99"' in told
    assert 'value="US"' in told
    assert "say which pay period" in dana.refused("/pay/calculate", {"period": ""})
    assert pay_run.world.call("jobs").document == []


def test_a_program_lets_a_span_be_calculated_once(pay_run: Office) -> None:
    program = pay_run.program(pay_run.token("dana", Right.CALCULATE, Right.SEE_PAY_RUNS))
    said: Any = program.post("/calculate", {"period": "2026-Q1"}, key="one").json
    assert [(one["id"], one["about"], one["state"]) for one in said["items"]] == [
        (f"T{nth}", f"main:2026-0{nth}", "waiting") for nth in (1, 2, 3)
    ]
    assert program.post("/calculate", {"period": "2026-Q1"}, key="one").json == said
    again: Any = program.post("/calculate", {"period": "2026-02"}).json
    assert [one["id"] for one in again["items"]] == ["T2"]
    assert len(work(pay_run.world)) == 3
    done = program.read("/jobs/T1")
    assert (done["state"], done["run"], done["feed"]) == ("done", "R3", None)
    assert program.read("/pay-runs/2026-01")["totals"] != []
    assert program.post("/calculate", {"period": "soon"}).status_code == 422
    assert program.get("/jobs/T9").status_code == 404


def test_who_may_calculate_what(pay_run: Office) -> None:
    pay_run.user("uma", "comp_admin pay_group=US")
    vera, uma = pay_run.client("vera"), pay_run.client("uma")
    assert vera.post("/pay/calculate", {"period": "2026-01"}).status_code == 403
    assert "Calculate<" not in vera.get("/pay/2026-01").text
    assert "among those you may calculate" in uma.refused("/pay/calculate", {"period": "2026-01"})
    assert "it waits for a worker" in uma.done("/pay/calculate", {"period": "2026-01", "group": "US"})
    pay_run.client("dana").done("/pay/calculate", {"period": "2026-01"})
    assert [uma.get(f"/jobs/{one}").status_code for one in ("T1", "T2", "T3", "X")] == [200, 404, 404, 404]
    assert "T2" not in uma.get("/pay").text
    assert vera.get("/jobs/T2").status_code == 200, "an approver sees how far pay runs have come"


def test_who_lost_the_right_meanwhile_calculates_nothing(pay_run: Office) -> None:
    dana = pay_run.client("dana")
    dana.done("/pay/calculate", {"period": "2026-01"})
    assert pay_run.world.call("users", "take", "dana", "comp_admin").code == 0
    (done,) = work(pay_run.world)
    assert (done["state"], done["run"]) == ("failed", None)


def test_what_is_asked_for_while_it_calculates_knows_what_was_decided_before(
    pay_run: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A calculation that has read what it calculates from is not that of who decides something, and asks then."""
    dana, vera = pay_run.client("dana"), pay_run.client("vera")
    asked: list[str] = []

    def noted(tx: Connection, held: HeldJob, doing: str, done: int | None, total: int | None) -> None:
        note_progress(tx, held, doing, done, total)
        tx.commit()
        if "writing" in doing and not asked:
            asked.append("once")
            adjust(pay_run)
            vera.done("/adjustments/decide", {"id": "A1", "verdict": "approve"})
            dana.post("/pay/calculate", {"period": "2026-01"})

    monkeypatch.setattr("syncd.daemon.doing.note_progress", noted)
    dana.done("/pay/calculate", {"period": "2026-01"})
    work(pay_run.world)
    work(pay_run.world)
    assert "is stale" not in dana.get("/pay/2026-01").text


def test_why_a_calculation_failed_tells_no_deal_of_somebody_out_of_sight(pay_run: Office, paid: PayWorld) -> None:  # noqa: F811 - the fixture
    """Cid is in the pay group UK."""
    pay_run.user("uma", "comp_admin pay_group=US")
    paid.sell(*DEALS, *((f"D{nth}", "2026-01-20", "E3", "90000000000000.00") for nth in range(11)))
    uma = pay_run.client("uma")
    uma.done("/pay/calculate", {"period": "2026-01", "group": "US"})
    (done,) = work(pay_run.world)
    assert "D0 of P3" in done["message"]
    page = uma.get("/pay/2026-01?group=US").text
    assert ("a number is too large" in page, "P3" in page) == (True, False)


def test_a_program_that_may_calculate_sees_how_far_it_has_come(pay_run: Office) -> None:
    program = pay_run.program(pay_run.token("dana", Right.CALCULATE))
    said: Any = program.post("/calculate", {"period": "2026-01"}).json
    assert program.read(f"/jobs/{said['items'][0]['id']}")["state"] == "waiting"


def test_a_page_that_looks_again_begins_anew_once_it_is_over(pay_run: Office) -> None:
    dana = pay_run.client("dana")
    page = dana.done("/pay/calculate", {"period": "2026-01"})
    (again,) = re.findall(r'hx-get="([^"]+)" hx-trigger="every 2s"', page)
    assert "HX-Refresh" not in dana.get(again).headers
    work(pay_run.world)
    assert dana.get(again).headers["HX-Refresh"] == "true"
    alone = dana.get("/jobs/T1")
    assert ("HX-Refresh" in alone.headers, "every 2s" in alone.text) == (False, False)


# --- many changes


@pytest.fixture
def many(office: Office, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Five people wait to be added; two at once is many, and one after the other is decided."""
    office.world.on("2026-02-01")
    office.user("dana", "comp_admin")
    office.user("nora", "comp_admin business_unit=Nordics")
    assert office.world.run([*COMPANY, *(someone(f"0200{nth}") for nth in range(5))]).code == 0
    monkeypatch.setattr("api.review.AT_ONCE", 2)
    monkeypatch.setattr("syncd.changes.decide.AT_ONCE", 1)
    monkeypatch.setattr("syncd.daemon.doing.APART", 0.0)
    return office


def test_many_are_decided_by_a_job_that_counts(many: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    dana = many.client("dana")
    seen: list[Any] = []

    def noted(tx: Connection, held: HeldJob, doing: str, done: int | None, total: int | None) -> None:
        note_progress(tx, held, doing, done, total)
        tx.commit()
        if done == 3:
            seen.extend((dana.get("/jobs/T1").text, dana.get("/changes").text, len(many.world.pending())))

    monkeypatch.setattr("syncd.daemon.doing.note_progress", noted)
    page = dana.done("/changes/decide", {"all": "1", "verdict": "approve", "reason": "first load"})
    assert "Approve 5 changes: it waits for a worker" in page
    dana.done("/changes/decide", {"all": "1", "verdict": "approve", "reason": "first load"})
    (done,) = work(many.world)
    assert (done["job"], done["state"]) == ("T1", "done")
    job, queue, waiting = seen
    assert "Approve 5 changes: decided: 3 of 5." in job
    assert "3 of 5" in queue
    assert waiting == 2, "what is told is what is so"
    assert "5 approved (B2)." in dana.get("/jobs/T1").text
    assert many.world.pending() == []
    last = many.world.call("audit")[-1]
    assert (last["act"], last["by"], last["reason"]) == ("approve", "dana", "first load")
    assert many.world.call("audit", "verify").code == 0


def test_many_are_rejected_with_reason_and_scope_by_a_job(many: Office) -> None:
    dana = many.client("dana")
    form: dict[str, object] = {
        "all": "1",
        "verdict": "reject",
        "reason": "not ours",
        "scope": "until",
        "until": "2026-12-31",
    }
    assert "Reject 5 changes" in dana.done("/changes/decide", form)
    assert "Say why" in dana.refused("/changes/decide", {"all": "1", "verdict": "reject"}), "before it is a job"
    work(many.world)
    assert "5 rejected (B2)." in dana.get("/jobs/T1").text
    assert {(one["reason"], one["until"]) for one in many.world.call("rejections").document} == {
        ("not ours", "2026-12-31")
    }


def test_what_was_decided_meanwhile_is_told_and_noted(many: Office) -> None:
    dana = many.client("dana")
    dana.done("/changes/decide", {"all": "1", "verdict": "approve"})
    first = many.world.pending()[0]
    many.world.reject(first, reason="no")
    work(many.world)
    page = dana.get("/jobs/T1").text
    assert "4 approved (B3)." in page
    assert f"{first['id']} was not approved: it is rejected and no longer waits for a decision." in page
    noted = [(one["act"], one["about"], one["by"]) for one in many.world.call("audit").document]
    assert noted.count(("refuse approve", first["id"], "dana")) == 1


@pytest.mark.parametrize(("error", "noted"), [(Refused, True), (AtWork, False)])
def test_what_only_has_to_wait_is_no_refusal(
    many: Office, monkeypatch: pytest.MonkeyPatch, error: type[SyncError], *, noted: bool
) -> None:
    """By a program, on a page, at a command line and in a job alike; what was refused is in the audit."""

    def busy(*_given: object, **_more: object) -> None:
        raise error("another process is deciding")

    dana, program = many.client("dana"), many.program(many.token("dana", Right.SEE_CHANGES, Right.DECIDE))
    one = many.world.pending()[0]["id"]
    dana.done("/changes/decide", {"all": "1", "verdict": "approve"})
    before = len(many.world.call("audit").document)
    monkeypatch.setattr("syncd.changes.deciding.approve", busy)
    assert program.post("/changes/approve", {"ids": [one]}).status_code == 409
    assert "another process is deciding" in dana.refused(f"/changes/{one}/decide", {"verdict": "approve"})
    said = many.world.call("approve", one, "--as", "dana")
    assert (said.code, said.error["code"]) == (5, "refused")
    work(many.world)
    (job,) = many.world.call("jobs").document
    assert (job["state"], "another process is deciding" in job["message"]) == ("failed" if noted else "waiting", True)
    acts = [found["act"] for found in many.world.call("audit").document[before:] if "refuse" in found["act"]]
    assert acts == (["refuse decide", "refuse decide", "refuse approve", "refuse decide"] if noted else [])


def test_who_lost_the_right_meanwhile_decides_nothing(many: Office) -> None:
    many.client("dana").done("/changes/decide", {"all": "1", "verdict": "approve"})
    assert many.world.call("users", "take", "dana", "comp_admin").code == 0
    (done,) = work(many.world)
    assert (done["state"], "may not decide any more" in done["message"]) == ("failed", True)
    assert len(many.world.pending()) == 5
    last = many.world.call("audit")[-1]
    assert (last["by"], last["act"], last["about"]) == ("dana", "refuse decide", "T1")
    assert last["reason"] == done["message"]


def test_whose_decisions_one_sees(many: Office) -> None:
    many.client("dana").done("/changes/decide", {"all": "1", "verdict": "approve"})
    assert many.client("nora").get("/jobs/T1").status_code == 404
    many.user("omar", "auditor")
    assert "Approve 5 changes" in many.client("omar").get("/changes").text


def test_a_worker_that_ends_halfway_is_followed_by_another(many: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    many.client("dana").done("/changes/decide", {"all": "1", "verdict": "approve"})

    def ended(_tx: Connection, _held: HeldJob, _doing: str, done: int | None, _total: int | None) -> None:
        if done == 2:
            raise Killed

    with monkeypatch.context() as patched:
        patched.setattr("syncd.daemon.doing.note_progress", ended)
        with pytest.raises(Killed):
            work(many.world)
    assert len(many.world.pending()) == 3
    assert work(many.world) == [], "until its lease ends"
    from datetime import UTC, datetime, timedelta

    later = datetime.now(UTC) + timedelta(minutes=2)
    monkeypatch.setattr("syncd.world.clock", lambda: later)
    assert [one["state"] for one in work(many.world)] == ["done"]
    assert many.world.pending() == []
    assert "5 approved (B2, B3)." in many.client("dana").get("/jobs/T1").text


def test_every_batch_of_what_several_workers_decided_is_told(many: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who takes back the only batch they are told of would take back a part of what they decided."""
    many.client("dana").done("/changes/decide", {"all": "1", "verdict": "approve"})
    ends = [2]

    def stopped(_tx: Connection, _held: HeldJob, _doing: str, done: int | None, _total: int | None) -> None:
        if done in ends:
            ends.clear()
            raise Stopped("its process ends")

    monkeypatch.setattr("syncd.daemon.doing.note_progress", stopped)
    work(many.world)
    page = many.client("dana").get("/jobs/T1").text
    assert ("B2" in page, "B3" in page) == (True, True)


def test_nothing_is_lost_on_the_way_into_a_job() -> None:
    from datetime import date

    from domain.rejection import Scope
    from syncd.changes.decide import Approval, Rejecting
    from syncd.changes.deciding import Deciding

    for how in (
        Approval("because", ("team", "title"), date(2026, 2, 1), into_committed=True, atomic=True),
        Approval(None),
        Rejecting("no", Scope.UNTIL, date(2026, 12, 31), ("team",)),
        Rejecting("no", Scope.GOOD),
    ):
        one = Deciding(7, (1, 2, 3, 9, 11, 12), how)
        assert Deciding.read(one.text) == one


def test_what_moved_is_told_with_its_values_where_it_is_not_kept() -> None:
    """A job's message stays for ninety days, and some of the values may be personal: erasing would not reach them."""
    from syncd.changes.decide import Outcome, Refusal
    from syncd.changes.told import TOLD, outcome_lines

    refused = [Refusal(nth, "it has moved", {"name": ("Ann", "Anna")}) for nth in range(1, TOLD + 3)]
    told, lines = outcome_lines(Outcome(refused=refused), "approved", with_values=False)
    assert (told, lines[0]) == (None, "C1 was not approved: it has moved. What moved: name.")
    assert (len(lines), lines[-1]) == (TOLD + 1, "2 more were not approved.")
    _, shown = outcome_lines(Outcome(refused=refused), "approved", with_values=True)
    assert shown[0].endswith("What moved: name was Ann and is Anna now.")
