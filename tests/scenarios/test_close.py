"""The close of a pay period: submitted, approved by somebody else, committed once and for ever, adjusted later."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, text

from store.database import writing
from syncd.pay import calculated
from tests.scenarios.books import JANUARY, entries, refused, shown
from tests.scenarios.closing import DEALS, PEOPLE, PLAN, PayWorld, corrected

# --- from calculated to committed


def test_a_period_is_submitted_approved_and_committed(paid: PayWorld, books: Engine):
    calculated_ = paid.calculate("2026-01")
    assert paid.amounts("2026-01") == JANUARY
    said = paid.act("submit", "2026-01", as_="ana")
    assert (said.code, said["state"], said["run"], said["submitted_by"]) == (0, "submitted", calculated_["run"], "ana")
    assert said["digest"]
    totals = [(one["legal_entity"], one["currency"], one["amount"]) for one in said["totals"]]
    assert totals == [("Inc", "USD", "190.00"), ("Ltd", "USD", "70.00")]
    assert (said["entries"], said["set_aside"]) == (0, [])
    assert paid.act("approve-results", "2026-01", as_="ben")["state"] == "approved"
    done = paid.act("commit", "2026-01", as_="ana")
    assert (done.code, done["state"], done["entries"], done["digest"]) == (0, "committed", 3, said["digest"])
    found = {(f"P{one.key.person}", one.kind.value, one.key.earned_period): str(one.amount) for one in entries(books)}
    assert found == JANUARY
    assert {one["state"] for one in paid.results("2026-01")} == {"committed"}
    acts = [one["act"] for one in paid.call("audit").document[-3:]]
    assert acts == ["submit pay run", "approve pay run", "commit pay run"]
    assert paid.call("audit", "verify").code == 0


def test_an_entry_says_what_it_is_of(paid: PayWorld, books: Engine):
    paid.close("2026-01")
    first = entries(books)[0]
    said = paid.results("2026-01")[0]
    assert (first.line, first.account, first.accounting_period, first.calendar) == (
        said["id"],
        "due",
        "2026-01",
        "main",
    )
    assert (first.legal_entity, first.pay_group, first.plan_version) == ("Inc", "US", said["plan_version"])
    assert (first.key.plan, first.key.component, first.key.currency) == ("reseller", "commission", "USD")
    assert (str(first.plan_amount), first.plan_currency, first.rate) == ("140.00", "USD", None)


def test_nobody_approves_what_they_submitted(paid: PayWorld):
    paid.calculate("2026-01")
    paid.act("submit", "2026-01", as_="ana")
    refused(paid.act("approve-results", "2026-01", as_="ana"), "ana submitted 2026-01", "somebody else")


def test_an_act_out_of_its_turn_is_refused_with_what_comes_next(paid: PayWorld):
    refused(paid.act("submit", "2026-01", as_="ana"), "not calculated yet")
    refused(paid.act("approve-results", "2026-01", as_="ana"), "not submitted")
    refused(paid.act("commit", "2026-01", as_="ana"), "is open")
    paid.calculate("2026-01")
    paid.act("submit", "2026-01", as_="ana")
    refused(paid.act("commit", "2026-01", as_="ana"), "is submitted", "approve-results")


def test_twice_has_one_effect(paid: PayWorld, books: Engine):
    paid.calculate("2026-01")
    for command, who in (("submit", "ana"), ("approve-results", "ben"), ("commit", "ana")):
        first = paid.act(command, "2026-01", as_=who)
        again = paid.act(command, "2026-01", as_=who)
        assert (again.code, again.document) == (first.code, first.document) == (0, first.document)
    assert len(entries(books)) == 3


def test_two_commits_at_once_have_one_effect(paid: PayWorld, books: Engine):
    paid.calculate("2026-01")
    paid.submit("2026-01")
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda who: paid.process("commit", "2026-01", "--as", who), ("ana", "ben")))
    assert [(one.code, one["state"], one["entries"]) for one in answers] == [(0, "committed", 3)] * 2
    assert len(entries(books)) == 3
    assert [one["act"] for one in paid.call("audit").document].count("commit pay run") == 1


def test_what_was_returned_is_calculated_and_submitted_again(paid: PayWorld):
    paid.calculate("2026-01")
    paid.act("submit", "2026-01", as_="ana")
    assert paid.act("return", "2026-01", as_="ben").code == 2
    said = paid.act("return", "2026-01", reason="X3 is wrong", as_="ben")
    assert (said.code, said["state"], said["reason"]) == (0, "returned", "X3 is wrong")
    refused(paid.act("approve-results", "2026-01", as_="ben"), "is returned", "calculate it again")
    paid.sell(*corrected(("X3", "2026-01-07", "E2", "600.00")))
    paid.close("2026-01")
    assert paid.amounts("2026-01")["P2", "earned", "2026-01"] == "60.00"


def test_an_approved_pay_run_may_be_reopened_and_a_committed_one_never(paid: PayWorld):
    paid.calculate("2026-01")
    paid.submit("2026-01")
    said = paid.act("reopen", "2026-01", reason="too early", as_="ana")
    assert (said["state"], said["submitted_by"], said["approved_by"]) == ("open", None, None)
    refused(paid.act("commit", "2026-01", as_="ana"), "is open")
    paid.close("2026-01")
    refused(paid.act("reopen", "2026-01", reason="oh no", as_="ana"), "never reopened", "adjusted in the next pay run")
    refused(paid.act("submit", "2026-01", as_="ana"), "is committed")


def test_a_span_is_closed_one_pay_period_at_a_time(paid: PayWorld):
    said = paid.act("submit", "2026-Q1", as_="ana")
    assert (said.code, "each is closed by itself: 2026-01 to 2026-03" in said.error["message"]) == (2, True)


# --- what may not be submitted


def test_a_period_that_is_not_over_is_looked_at_and_not_submitted(paid: PayWorld):
    """It would block those before it, and count what is still to come as adjustments."""
    paid.on("2026-01-31").calculate("2026-01")
    refused(paid.act("submit", "2026-01", as_="ana"), "2026-01 is not over", "from 2026-02-01 on")
    assert paid.on("2026-02-01").act("submit", "2026-01", as_="ana").code == 0


def test_stale_results_are_not_submitted(paid: PayWorld):
    paid.calculate("2026-01")
    paid.sell(*corrected(("X3", "2026-01-07", "E2", "600.00")))
    refused(paid.act("submit", "2026-01", as_="ana"), "is stale", "calculate 2026-01 again")
    paid.calculate("2026-01")
    assert paid.act("submit", "2026-01", as_="ana").code == 0


def test_a_change_of_the_roster_or_of_a_plan_makes_them_stale_too(paid: PayWorld):
    paid.calculate("2026-01")
    paid.set("E1", "legal_entity=Ltd", start="2026-01-10")
    refused(paid.act("submit", "2026-01", as_="ana"), "is stale")
    paid.calculate("2026-01")
    paid.publish(PLAN.replace("20%", "25%"), "2026-01-01")
    refused(paid.act("submit", "2026-01", as_="ana"), "is stale")


def test_what_they_do_not_read_leaves_them_fresh(paid: PayWorld):
    """Another revision is no staleness: a title, a person nobody has approved, the same file again."""
    paid.calculate("2026-01")
    paid.set("E1", "title=Senior", start="2026-01-10")
    paid.sell(*DEALS)
    paid.send_people([*PEOPLE, {**PEOPLE[0], "id": "E4", "name": "Dee"}])
    assert paid.call("run", "people").code == 0
    assert paid.act("submit", "2026-01", as_="ana").code == 0


def test_results_of_one_plan_alone_are_not_submitted(paid: PayWorld):
    paid.calculate("2026-01", plan="reseller")
    refused(paid.act("submit", "2026-01", as_="ana"), "not calculated yet")


def test_set_aside_people_are_listed_and_not_paid(paid: PayWorld, books: Engine):
    quota = PLAN.replace("bounds: amount", "bounds: quota").replace("upto: 1000", "upto: 100%")
    paid.publish(quota, "2026-01-01")
    paid.calculate("2026-01")
    said = paid.act("submit", "2026-01", as_="ana")
    assert {(one["participant"], one["code"]) for one in said["set_aside"]} == {
        (f"P{number}", "no_quota") for number in (1, 2, 3)
    }
    paid.act("approve-results", "2026-01", as_="ben")
    assert paid.act("commit", "2026-01", as_="ana")["entries"] == 0
    assert entries(books) == []


# --- what a commit looks at


def test_results_that_were_changed_on_disk_are_not_committed(paid: PayWorld, books: Engine):
    paid.calculate("2026-01")
    paid.submit("2026-01")
    (path,) = paid.folder.glob("var/results/*/results.parquet")
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + b"?")
    refused(paid.act("commit", "2026-01", as_="ana"), "not what was approved", "was changed")
    path.unlink()
    refused(paid.act("commit", "2026-01", as_="ana"), "is gone")
    path.write_bytes(whole)
    assert paid.act("commit", "2026-01", as_="ana").code == 0
    assert len(entries(books)) == 3


def test_a_second_calculation_that_differs_blocks(paid: PayWorld, books: Engine, monkeypatch: pytest.MonkeyPatch):
    paid.calculate("2026-01")
    paid.submit("2026-01")
    real = calculated.rederived
    monkeypatch.setattr(calculated, "rederived", lambda *given: real(*given)[1:])
    refused(paid.act("commit", "2026-01", as_="ana"), "a second calculation of 3 participants differs", "says nothing")
    assert entries(books) == []


@pytest.mark.parametrize("book", ["totals", "statement_totals"])
def test_books_that_do_not_agree_leave_nothing_behind(paid: PayWorld, books: Engine, monkeypatch, book: str):
    paid.calculate("2026-01")
    paid.submit("2026-01")
    real = getattr(calculated, book)

    def a_cent_less(*given: Any) -> Any:
        found = real(*given)
        first = min(found)
        return {**found, first: found[first] - type(found[first])("0.01")}

    with monkeypatch.context() as patch:
        patch.setattr(calculated, book, a_cent_less)
        refused(paid.act("commit", "2026-01", as_="ana"), "the books do not agree", "Inc, USD", "ledger 190.00")
    assert entries(books) == []
    assert paid.act("commit", "2026-01", as_="ana").code == 0


def test_the_ledger_cannot_be_changed_past_every_check_of_ours(paid: PayWorld, books: Engine):
    paid.close("2026-01")
    for statement in ("UPDATE ledger_entry SET amount = 1", "DELETE FROM ledger_entry"):
        with pytest.raises(Exception, match="ledger_entry is never"), writing(books) as tx:
            tx.execute(text(statement))


def test_what_is_committed_has_no_hole(paid: PayWorld):
    paid.close("2026-01")
    paid.on("2026-05-01").calculate("2026-03")
    refused(paid.act("submit", "2026-03", as_="ana"), "nothing is committed from 2026-02-01 until 2026-03-01")


def test_what_was_posted_meanwhile_blocks_a_commit_that_does_not_know_of_it(paid: PayWorld, monkeypatch):
    """Two pay runs calculated beside one another would post one adjustment twice."""
    paid.close("2026-01")
    paid.sell(*corrected(("X1", "2026-01-05", "E1", "1000.00")))
    monkeypatch.setattr("syncd.pay.close.in_the_way", lambda *_: None)
    paid.on("2026-04-01").calculate("2026-02")
    paid.calculate("2026-03")
    for period in ("2026-02", "2026-03"):
        paid.submit(period)
    assert paid.act("commit", "2026-02", as_="ana").code == 0
    refused(paid.act("commit", "2026-03", as_="ana"), "was committed for P1", "calculate it again")


# --- pay groups


def test_pay_groups_are_closed_each_by_itself(paid: PayWorld, books: Engine):
    done = paid.close("2026-01", group="US")
    assert (done["group"], done["entries"]) == ("US", 2)
    refused(paid.act("submit", "2026-01", as_="ana"), "not calculated yet")
    paid.calculate("2026-01")
    refused(paid.act("submit", "2026-01", as_="ana"), "for everybody, or pay group by pay group")
    assert paid.close("2026-01", group="UK")["entries"] == 1
    assert sorted((one.pay_group, str(one.amount)) for one in entries(books)) == [
        ("UK", "70.00"), ("US", "140.00"), ("US", "50.00"),
    ]  # fmt: skip


# --- by hand


def test_an_approved_adjustment_is_part_of_its_pay_run(paid: PayWorld, books: Engine):
    given = ("E2", "2026-01", "-10.00", "USD", "--component", "commission", "--reason", "paid in cash")
    assert paid.act("adjust", *given, as_="ana").code == 0
    paid.calculate("2026-01")
    refused(paid.act("submit", "2026-01", as_="ana"), "A1 waits for a decision: approve or reject it first")
    paid.act("approve", "A1", as_="ben")
    refused(paid.act("submit", "2026-01", as_="ana"), "is stale")
    paid.calculate("2026-01")
    assert paid.amounts("2026-01") == JANUARY | {("P2", "manual", "2026-01"): "-10.00"}
    said = paid.act("submit", "2026-01", as_="ana")
    assert [one["id"] for one in said["adjustments"]] == ["A1"]
    refused(paid.act("adjust", *given, as_="ana"), "2026-01 is submitted")
    paid.act("approve-results", "2026-01", as_="ben")
    assert paid.act("commit", "2026-01", as_="ana")["entries"] == 4
    manual = next(one for one in entries(books) if one.kind.value == "manual")
    assert (str(manual.amount), manual.cause) == ("-10.00", "A1: paid in cash")
    paid.close("2026-02")
    assert [one for one in paid.results("2026-02") if one["kind"] != "earned"] == []


def test_what_is_said_to_a_person_names_what_is_paid_and_what_is_not(paid: PayWorld, capsys):
    from syncd.cli import main

    paid.calculate("2026-01")
    argv = ["--workspace", str(paid.folder), "--today", str(paid.today), "submit", "2026-01", "--as", "ana"]
    assert main(argv) == 0
    said = capsys.readouterr().out
    assert "2026-01 is submitted by ana" in said
    assert "190.00" in said


def test_a_newer_calculation_than_the_submitted_one_is_calculated_and_says_so(paid: PayWorld, capsys):
    first = paid.calculate("2026-01")
    paid.act("submit", "2026-01", as_="ana")
    newer = paid.calculate("2026-01")
    assert (newer["state"], newer["closing"]) == ("calculated", first["run"])
    assert f"{first['run']} is the one submitted; `return` it to use" in shown(paid, capsys, "calculate", "2026-01")
    paid.act("return", "2026-01", reason="again", as_="ben")
    assert paid.calculate("2026-01")["closing"] is None


def test_what_was_calculated_names_its_pay_group_and_adds_up(paid: PayWorld, capsys):
    deals = [("X3", "2026-01-07", "E2", "") if one[0] == "X3" else one for one in DEALS]
    paid.sell(*deals, ("X8", "2026-01-08", "E9", "5.00"), run=False)
    paid.call("run", "sales")
    said = shown(paid, capsys, "calculate", "2026-01", "--group", "US")
    assert said.startswith("2026-01 of pay group US: R")
    counts = [int(word) for word in said.splitlines()[1].split() if word.isdigit()]
    assert counts[0] == sum(counts[1:4]), said
