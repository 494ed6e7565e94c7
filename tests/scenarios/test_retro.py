"""What becomes known after a close: adjusted in the next pay run, with its cause, and only once."""

from __future__ import annotations

from sqlalchemy import Engine

from tests.scenarios.books import digests, entries, files, shown
from tests.scenarios.closing import PEOPLE, PLAN, PayWorld, corrected


def test_a_correction_is_adjusted_in_the_next_pay_run_with_its_cause_and_only_once(paid: PayWorld, books: Engine):
    paid.close("2026-01")
    paid.sell(*corrected(("X1", "2026-01-05", "E1", "1000.00")))
    paid.calculate("2026-02")
    (retro,) = [one for one in paid.results("2026-02") if one["kind"] == "retro"]
    assert (retro["participant"], retro["earned_period"], retro["pay_period"]) == ("P1", "2026-01", "2026-02")
    assert retro["amount"] == "120.00"  # 1000 at 10 % and 800 at 20 % less what was booked
    assert "sales X1 corrected: 400.00" in retro["cause"]
    assert paid.calculate("2026-02")["totals"] == paid.calculate("2026-02")["totals"]
    paid.submit("2026-02")
    paid.act("commit", "2026-02", as_="ana")
    kinds = [(one.kind.value, one.key.earned_period, str(one.amount)) for one in entries(books)[3:]]
    assert ("retro", "2026-01", "120.00") in kinds
    posted = next(one for one in entries(books) if one.kind.value == "retro")
    assert posted.reverses == entries(books)[0].id
    paid.on("2026-04-01").calculate("2026-03")
    assert [one for one in paid.results("2026-03") if one["kind"] == "retro"] == []


def test_a_transaction_of_a_closed_period_that_is_taken_back_is_taken_back(paid: PayWorld):
    paid.close("2026-01")
    paid.sell(*corrected(("X3", "2026-01-07", "E2", "0.00")))
    paid.calculate("2026-02")
    assert paid.amounts("2026-02")["P2", "retro", "2026-01"] == "-50.00"


def test_a_move_that_became_known_late_is_adjusted_with_the_change_as_its_cause(paid: PayWorld):
    paid.close("2026-01")
    moved = paid.set("E2", "plans=", start="2026-01-01")
    paid.calculate("2026-02")
    (retro,) = [one for one in paid.results("2026-02") if one["kind"] == "retro"]
    assert (retro["participant"], retro["amount"], retro["reason"]) == ("P2", "-50.00", "no_longer_earned")
    assert moved["id"] in retro["cause"]


def test_another_entity_after_two_corrections_is_because_of_its_change_and_of_nothing_older(paid: PayWorld):
    paid.close("2026-01")
    paid.sell(*corrected(("X3", "2026-01-07", "E2", "200.00")))
    paid.close("2026-02")
    paid.sell(*corrected(("X3", "2026-01-07", "E2", "300.00")))
    paid.on("2026-05-01").close("2026-03")
    moved = paid.set("E2", "legal_entity=Ltd", start="2026-01-01")
    paid.calculate("2026-04")
    causes = {(one["legal_entity"], one["amount"], one["cause"]) for one in paid.results("2026-04")}
    said = f"{moved['id']} (transfer, from 2026-01-01)"
    assert causes == {("Inc", "-30.00", said), ("Ltd", "30.00", said)}


def test_another_plan_version_for_a_closed_period_is_adjusted_with_it_as_the_cause(paid: PayWorld):
    paid.close("2026-01")
    paid.publish(PLAN.replace("rate: 10%", "rate: 12%"), "2026-01-01")
    paid.calculate("2026-02")
    causes = {one["participant"]: one["cause"] for one in paid.results("2026-02") if one["kind"] == "retro"}
    assert causes == dict.fromkeys(("P1", "P2", "P3"), "plan version V1 -> V2")


def test_a_committed_period_replays_to_the_byte(paid: PayWorld):
    first = paid.close("2026-01")
    pinned = first["revision"]
    paid.sell(*corrected(("X1", "2026-01-05", "E1", "1000.00")))
    paid.set("E2", "legal_entity=Ltd", start="2026-01-01")
    paid.publish(PLAN.replace("rate: 10%", "rate: 12%"), "2026-01-01")
    second = paid.close("2026-02")
    again = paid.calculate("2026-01", known_at=str(pinned))
    assert again["totals"] == [{"currency": "USD", "amount": "260.00"}]
    assert digests(paid)[again["run"]] == first["digest"]
    february = paid.calculate("2026-02", known_at=str(second["revision"]))
    assert digests(paid)[february["run"]] == second["digest"]
    assert files(paid, february["run"]) == files(paid, second["run"])


def test_h19_a_change_into_a_committed_period_is_confirmed_and_adjusted_later(paid: PayWorld):
    """Refused without the confirmation; closed results stay, and the next pay run has the difference."""
    paid.close("2026-01")
    before = digests(paid)
    said = paid.call("set", "E2", "plans=", "--from", "2026-01-01", "--reason", "never was")
    for words in ((said["id"],), ("--all",)):
        refused = paid.call("approve", *words)
        assert (refused.code, refused["decided"]) == (5, [])
        assert "it reaches into 2026-01, committed: with --into-committed" in refused["refused"][0]["reason"]
    assert paid.approve(said["id"]).code == 0
    assert digests(paid) == before
    paid.calculate("2026-02")
    assert ("P2", "retro", "2026-01") in paid.amounts("2026-02")


def test_a_policy_approves_nothing_into_a_committed_period(paid: PayWorld):
    paid.feed["approve"] = [{"kind": "update"}, {"kind": "plan"}, {"kind": "move"}]
    paid.save()
    paid.close("2026-01")
    paid.send_people([{**PEOPLE[0], "name": "Ann B", "from": "2026-01-15"}, *PEOPLE[1:]])
    assert paid.call("run", "people")["runs"][0]["pending"] == 1


def test_a_change_into_a_committed_period_says_so(paid: PayWorld):
    paid.close("2026-01")
    paid.set("E1", "title=Lead", start="2026-01-10", approved=False)
    paid.set("E2", "title=Lead", start="2026-02-10", approved=False)
    assert [one["affects"]["committed_periods"] for one in paid.changes("pending")] == [["2026-01"], []]


def test_of_whom_something_is_missing_nothing_is_taken_back(paid: PayWorld):
    """Without a quota nobody knows what January would be: it stays as it was booked."""
    paid.close("2026-01")
    paid.publish(PLAN.replace("bounds: amount", "bounds: quota").replace("upto: 1000", "upto: 100%"), "2026-02-01")
    said = paid.calculate("2026-02")
    assert {one["participant"] for one in said["set_aside"]} >= {"P1", "P3"}
    assert [one for one in paid.results("2026-02") if one["participant"] in ("P1", "P3")] == []


def test_an_adjustment_may_name_the_committed_line_it_corrects(paid: PayWorld, books: Engine):
    paid.close("2026-01")
    line = next(one for one in paid.results("2026-01") if one["participant"] == "P2")["id"]
    said = paid.act("adjust", "E2", "2026-02", "5", "USD", line=line, reason="a cent short", as_="ana")
    assert (said["earned_period"], said["pay_period"], said["component"]) == ("2026-01", "2026-02", "commission")
    wrong = paid.act("adjust", "E2", "2026-02", "5", "USD", line=line, component="club", reason="r", as_="ana")
    assert (wrong.code, "is of component commission" in wrong.error["message"]) == (2, True)
    other = paid.act("adjust", "E1", "2026-02", "5", "USD", line=line, reason="r", as_="ana")
    assert (other.code, "is no result of P1" in other.error["message"]) == (2, True)
    paid.act("approve", "A1", as_="ben")
    paid.close("2026-02")
    manual = next(one for one in entries(books) if one.kind.value == "manual")
    corrected_ = next(one for one in entries(books) if one.id == manual.reverses)
    assert (corrected_.line, corrected_.kind.value) == (line, "earned")


def test_a_correction_in_quarantine_is_told_as_one(paid: PayWorld, capsys):
    paid.sell(*corrected(("X3", "2026-01-07", "E9", "500.00")), run=False)
    assert paid.call("run", "sales").code == 1
    assert "1 in quarantine (1 of them corrects a known transaction)" in shown(paid, capsys, "calculate", "2026-01")
