"""Explained: every amount down to its rows, in words, and a reason for every nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.scenarios.paying import close, explained, newest, nodes, only_row
from tests.scenarios.selling import MOVED, SALES, calculate, send, send_people
from tests.scenarios.world import World


@pytest.fixture
def world(sellers: World) -> World:
    """The small company, before its first calculation."""
    return sellers


# --- explained


def test_an_amount_is_explained_down_to_its_rows(world: World):
    """The rule, the rows with their place, the rate with its day, the plan's line, who decided."""
    calculate(world, "2026-01")
    (told,) = explained(world, "01001", "2026-01")["amounts"]
    assert (told["amount"], told["steps"]["value"], told["steps"]["unit"]) == ("366.02", "366.02", "USD")
    every = nodes(told["steps"])
    (total,) = [one for one in every if one["rule"] == "the sum of 3 lines"]
    assert sum(Decimal(one["value"]) for one in total["inputs"]) == Decimal("366.018")
    places = {row["place"] for one in every for row in one["rows"]}
    assert {f"inbox/sales.csv:{line}" for line in (2, 3, 4)} <= places
    assert {"inbox/people.csv:2", "inbox/quotas.csv:2", "plans/reseller.yaml:10"} <= places
    rules = [one["rule"] for one in every]
    assert "one EUR in USD from 2026-01-19 on" in rules
    assert "rate of tier 1 of reseller.commission, V1" in rules
    assert any(rule.startswith("plan reseller V1, in force from 2026-01-01, published by ann") for rule in rules)
    assert any(rule.startswith("on plan reseller from 2025-01-01; C1, approved by") for rule in rules)
    assert any(rule.startswith("quota of revenue for 2026-01-01 to 2026-03-31; C") for rule in rules)


def test_an_explanation_is_in_words_and_says_nothing_twice(world: World, capsys):
    """What a line adds are rates of amounts; the quota, where tiers end and their rates are told once."""
    from syncd.cli import main

    send(world, "sales", [*SALES, ("S10", "2026-01-28", "01001", "9000", "USD", "")])
    calculate(world, "2026-01")
    (told,) = explained(world, "01001", "2026-01")["amounts"]
    (total,) = [one for one in nodes(told["steps"]) if one["rule"] == "the sum of 4 lines"]
    added = ["3% of 10000.00", "3% of 1200.60", "3% of 8799.40 + 5% of 200.60", "5% of 1000.00"]
    assert [one["rule"] for one in total["inputs"]] == added
    about = [one for one in nodes(told["steps"]) if one["rows"] and one["rows"][0]["feed"] in ("plans", "quotas")]
    rules = [one["rule"].partition(";")[0] for one in about]
    assert sorted(rules[:-1]) == [
        "quota of revenue for 2026-01-01 to 2026-03-31",
        "rate of tier 1 of reseller.commission, V1",
        "rate of tier 2 of reseller.commission, V1",
        "where tier 1 of reseller.commission ends, V1",
    ]
    argv = ["--workspace", str(world.folder), "--today", str(world.today), "explain", "01001", "2026-01"]
    assert main(argv) == 0
    said = capsys.readouterr().out
    assert "20200.60 USD  counted so far, with this one" in said
    assert "3%  rate of tier 1 of reseller.commission, V1" in said
    assert not any(word in said for word in ("bound_", "upto_", "rate_", "min(", " if "))


def test_a_bonus_is_explained_by_one_transaction_too(world: World):
    calculate(world, "2026-03")
    found = {one["component"]: one for one in explained(world, "01001", "2026-03", "--transaction", "S1")["amounts"]}
    (counted,) = [one for one in nodes(found["club"]["steps"]) if one["rule"].startswith("all that is counted")]
    assert (counted["rule"], len(counted["inputs"])) == ("all that is counted: 1 of 4 lines", 1)
    assert world.call("explain", "01001", "2026-03", "--transaction", "S8").code == 2


def test_an_adjustment_is_explained_by_the_transaction_that_made_it(world: World):
    """Whole, and of what was recomputed that line alone; where it only moved the others, by its cause."""
    close(world, "2026-01")
    send(world, "sales", only_row(world, ("S1", "2026-01-10", "01001", "9000", "USD", "")))
    calculate(world, "2026-02")
    for named in ("S1", "sales:S1"):
        (told,) = explained(world, "01001", "2026-02", "--transaction", named)["amounts"]
        assert (told["kind"], told["earned_period"], told["amount"]) == ("retro", "2026-01", "-30.00")
        assert "shown whole: sales S1 corrected: 10000" in told["steps"]["rule"]
        assert any(one["rule"] == "1 of 3 lines" for one in nodes(told["steps"]))
    (other,) = explained(world, "01001", "2026-02", "--transaction", "S6")["amounts"]
    assert other["kind"] == "earned"


def test_one_transaction_alone_is_explained(world: World):
    calculate(world, "2026-01")
    (told,) = explained(world, "01001", "2026-01", "--transaction", "S3")["amounts"]
    (lines,) = [one for one in nodes(told["steps"]) if "of 3 lines" in one["rule"]]
    assert (lines["rule"], lines["inputs"][0]["value"]) == ("1 of 3 lines", "30.00")
    missing = world.call("explain", "01001", "2026-01", "--transaction", "S99")
    assert (missing.code, "no transaction 'S99'" in missing.error["message"]) == (2, True)
    calculate(world, "2026-02")
    said = explained(world, "01001", "2026-02", "--transaction", "S7")
    assert (said["amounts"], said["uncredited"]) == ([], [{"whose": "P5", "code": "no_plan"}])


@pytest.mark.parametrize(
    ("key", "period", "component", "code"),
    [
        ("01002", "2026-02", "commission", "no_transactions"),
        ("01004", "2026-02", "share", "no_transactions"),
        ("01003", "2026-03", "club", "not_reached"),
    ],
)
def test_every_zero_has_a_reason(world: World, key: str, period: str, component: str, code: str):
    calculate(world, period)
    found = {one["component"]: one for one in explained(world, key, period)["amounts"]}
    assert (Decimal(found[component]["amount"]), found[component]["reason"]) == (Decimal(0), code)
    assert found[component]["steps"]["code"] == code


def test_who_has_no_plan_is_told_so(world: World):
    calculate(world, "2026-01")
    assert explained(world, "01005", "2026-01") == {
        "participant": "P5",
        "period": "2026-01",
        "code": "no_plan",
        "amounts": [],
    }


def test_an_explanation_is_of_what_was_known_then(world: World):
    """What came later does not change it: neither the facts nor the names of who decided."""
    calculate(world, "2026-01")
    before = explained(world, "01001", "2026-01")
    send(world, "sales", only_row(world, ("S1", "2026-01-10", "01001", "9000", "USD", "")))
    world.set("01001", "plans=", start="2026-01-01")
    assert explained(world, "01001", "2026-01") == before


def test_what_differs_from_what_was_stored_is_a_fault_of_ours_and_no_explanation(world: World, capsys):
    """The guard is shown failing: a stored amount is changed behind its back."""
    import duckdb

    from syncd.cli import main

    said = calculate(world, "2026-01")
    path = world.folder / "var" / "results" / said["run"][1:] / "results.parquet"
    connection = duckdb.connect()
    connection.sql("SELECT * REPLACE (amount + 1 AS amount) FROM read_parquet($1)", params=[str(path)]).create("r")
    connection.table("r").write_parquet(str(path))
    connection.close()
    argv = ["--workspace", str(world.folder), "--today", str(world.today), "explain", "01001", "2026-01"]
    assert main(argv) == 70
    assert "366.03 USD, a second calculation says 366.02" in capsys.readouterr().err


def test_an_outline_is_the_same_derived_from_written_credits(world: World):
    """Quicker, for pages: of few lines all is told, of the others the row and what it added."""
    from syncd.pay.explainer import explaining
    from syncd.world import open_world

    send_people(world, MOVED)
    shell = open_world(world.folder, world.today)
    for period in ("2026-01", "2026-02", "2026-03"):
        with explaining(shell, newest(shell, calculate(world, period)["run"])) as explainer:
            for person in range(1, 6):
                full, quick = explainer.explain(person), explainer.outline(person, detailed=1)
                assert [one.result for one in quick] == [one.result for one in full]
                assert [one.steps.code for one in quick] == [one.steps.code for one in full]
                assert [_lines_of(one.steps) for one in quick] == [_lines_of(one.steps) for one in full]
    shell.database.dispose()


def _lines_of(node: Any) -> list[tuple[Any, ...]]:
    """The value and the place of everything that a sum is of."""
    if node.rule.startswith("the sum of"):
        return [(one.value, one.rows) for one in node.inputs]
    return [line for one in node.inputs for line in _lines_of(one)]


def test_results_may_show_what_each_transaction_added(world: World):
    calculate(world, "2026-01")
    first = world.call("results", "2026-01", "--participant", "01001", "--lines")[0]
    names = ("credit", "before", "after", "exact")
    assert [tuple(one[name] for name in names) for one in first["lines"]] == [
        ("10000", "0", "10000", "300"),
        ("1200.6", "10000", "11200.6", "36.018"),
        ("1000", "11200.6", "12200.6", "30"),
    ]
    assert [one["transaction"]["place"] for one in first["lines"]] == [f"inbox/sales.csv:{row}" for row in (2, 3, 4)]


def test_a_statement_adds_up_and_reads_well(world: World, capsys):
    from syncd.cli import main

    calculate(world, "2026-01")
    said = world.call("statement", "01002", "2026-01").document
    (payout,), (line,) = said["payouts"], said["lines"]
    assert (payout["legal_entity"], payout["currency"], payout["paid"]) == ("DE", "EUR", "72.00")
    assert (line["counted"], line["target"], line["attainment"]) == ("3000", "20000", "15%")
    argv = ["--workspace", str(world.folder), "--today", str(world.today), "statement", "01002", "2026-01"]
    assert main(argv) == 0
    assert "paid                        72.00" in capsys.readouterr().out


def test_what_a_cap_leaves_is_told_with_what_counted_towards_it(world: World):
    send(world, "sales", only_row(world, ("S1", "2026-01-10", "01001", "100000", "USD", "")))
    calculate(world, "2026-01")
    steps = explained(world, "01001", "2026-01")["amounts"][0]["steps"]
    assert (steps["value"], steps["code"]) == ("2000.00", "capped")
    told = {one["rule"]: one["value"] for one in steps["inputs"]}
    assert told["counted towards the cap of the month before it"] == "0.00"
    assert told["and with it"] == steps["inputs"][0]["value"]


def test_a_share_says_whose_it_is(world: World):
    calculate(world, "2026-01")
    found = explained(world, "01001", "2026-01", "--transaction", "S3")
    rules = [one["rule"] for each in found["amounts"] for one in nodes(each["steps"])]
    assert "share of employee_id:01001" in rules
    assert "share as given" not in rules


def test_what_was_decided_by_hand_stands_in_no_file(world: World):
    world.set("01001", "quota:revenue=30000 USD", start="2026-01-01", to="2026-03-31")
    calculate(world, "2026-01")
    found = explained(world, "01001", "2026-01")
    rows = [row for each in found["amounts"] for one in nodes(each["steps"]) for row in one["rows"]]
    assert [row for row in rows if row["feed"] == "by hand"] == []


def test_a_transaction_in_quarantine_is_said_to_wait_and_why(world: World):
    calculate(world, "2026-01")
    for name in ("S9", "sales:S9"):
        said = world.call("explain", "01001", "2026-01", "--transaction", name)
        assert said.code == 2
        assert "in quarantine since R" in said.error["message"]
        assert "no source knows the employee_id 09999" in said.error["message"]
