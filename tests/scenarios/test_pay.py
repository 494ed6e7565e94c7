"""Calculating, and what is said of it: results, statements, explanations; with mistakes, corrections and crashes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.found import FILES
from store import faults
from tests.scenarios import selling
from tests.scenarios.paying import JANUARY, amounts, explained, newest, only_row
from tests.scenarios.selling import MOVED, RATES, SALES, calculate, send, send_people
from tests.scenarios.world import World


class Killed(BaseException):
    """The process is gone."""


@pytest.fixture
def world(sellers: World) -> World:
    """The small company, before its first calculation."""
    return sellers


def files(world: World, run: str) -> dict[str, bytes]:
    folder = world.folder / "var" / "results" / run[1:]
    return {path.name: path.read_bytes() for path in folder.glob("*")}


# --- what is calculated


def test_what_everybody_is_owed_is_calculated_in_the_currency_they_are_paid_in(world: World):
    """Rates of the day, the quota of the quarter, a split, two plans, pay in euros for dollars."""
    said = calculate(world, "2026-01")
    assert (said.code, said["state"], said["set_aside"]) == (0, "calculated", [])
    assert amounts(world, "2026-01") == JANUARY
    assert said["totals"] == [{"currency": "EUR", "amount": "105.33"}, {"currency": "USD", "amount": "366.02"}]


def test_every_transaction_is_credited_or_has_a_reason(world: World):
    calculate(world, "2026-01")
    said = calculate(world, "2026-02")
    assert said["uncredited"] == [{"code": "no_plan", "rows": 1, "amount": "700.00", "currency": "USD"}]
    counted = {"landed": 8, "credited": 7, "uncredited": 1, "quarantined": 1, "correcting": 0}
    assert said["transactions"] == counted


def test_a_calculation_that_does_not_tie_out_is_not_written(world: World, monkeypatch: pytest.MonkeyPatch):
    """The guard is shown failing: one row is taken from what is credited."""
    from engine import ties

    real = ties._counted
    monkeypatch.setattr(ties, "_counted", lambda found: f"FROM ({real(found)}) WHERE key <> 'S1'")
    said = calculate(world, "2026-01")
    assert (said.code, "does not tie out" in said.error["message"]) == (5, True)
    assert "landed 4, credited 3, uncredited 0" in said.error["message"]
    assert world.call("results", "2026-01").code == 2
    assert list((world.folder / "var" / "results").glob("*")) == []


def test_what_no_number_can_hold_is_refused_and_nothing_is_written(world: World):
    huge = [(f"H{nth}", "2026-01-11", "01001", "99999999999999", "USD", "") for nth in range(10)]
    send(world, "sales", [*SALES, *huge])
    said = calculate(world, "2026-01")
    assert (said.code, said.error["code"]) == (5, "too_large")
    assert "look for an amount, a quota or a rate that is wrong" in said.error["message"]
    assert world.call("results", "2026-01").code == 2


def test_attainment_goes_on_over_months_and_a_move_between_plans_is_paid_by_both(world: World):
    """Beyond the quota the higher rate; 01003 sold on two plans in one month."""
    send_people(world, MOVED)
    calculate(world, "2026-02")
    assert amounts(world, "2026-02") == [
        ("P1", "reseller", "commission", "2026-02", "444.01", "USD", None),
        ("P3", "direct", "share", "2026-02", "125.00", "USD", None),
        ("P3", "reseller", "commission", "2026-02", "60.00", "USD", None),
    ]


def test_a_cap_cuts_and_says_so(world: World):
    send(world, "sales", [*SALES, ("S10", "2026-02-22", "01001", "60000", "USD", "")])
    calculate(world, "2026-02")
    assert ("P1", "reseller", "commission", "2026-02", "2000.00", "USD", "capped") in amounts(world, "2026-02")
    statement = world.call("statement", "01001", "2026-02").document
    (payout,) = statement["payouts"]
    assert [payout[name] for name in ("earned", "cut_by_caps", "adjusted", "paid")] == [
        "3444.01",
        "1444.01",
        "0.00",
        "2000.00",
    ]


def test_a_quarter_is_due_in_its_last_month(world: World):
    send(world, "sales", [*SALES, ("S10", "2026-03-02", "01001", "1", "USD", "")])
    calculate(world, "2026-03")
    assert amounts(world, "2026-03") == [
        ("P1", "reseller", "club", "2026-Q1", "500.00", "USD", None),
        ("P1", "reseller", "commission", "2026-03", "0.05", "USD", None),
        ("P2", "reseller", "club", "2026-Q1", "0.00", "EUR", "not_reached"),
        ("P3", "reseller", "club", "2026-Q1", "0.00", "USD", "not_reached"),
    ]


def test_who_lacks_a_rate_or_a_quota_is_set_aside_and_the_others_are_paid(world: World):
    send(world, "fx", [one for one in RATES if one[:3] != ("USD", "EUR", "2026-01-28")])
    send(world, "sales", [*SALES, ("S10", "2026-01-11", "01003", "100", "CHF", "")])
    said = calculate(world, "2026-01")
    assert said.code == 1
    assert [(one["participant"], one["code"]) for one in said["set_aside"]] == [("P3", "no_rate")]
    assert amounts(world, "2026-01") == JANUARY
    assert {"code": "no_rate", "rows": 1, "amount": "100.00", "currency": "CHF"} in said["uncredited"]
    (told,) = explained(world, "01003", "2026-01")["amounts"]
    assert (told["id"], told["amount"], told["reason"], told["steps"]["code"]) == (None, "0.00", "no_rate", "no_rate")


def test_of_one_plan_or_one_pay_group_alone(world: World):
    said = calculate(world, "2026-01", "--plan", "direct")
    assert said["totals"] == [{"currency": "EUR", "amount": "33.33"}]
    assert said["uncredited"] == []
    wrong = calculate(world, "2026-01", "--plan", "reseler")
    assert (wrong.code, "did you mean 'reseller'?" in wrong.error["message"]) == (2, True)
    wrong = calculate(world, "2026-01", "--group", "weekly")
    assert (wrong.code, wrong.error["message"]) == (2, "nobody is in a pay group 'weekly'")


def test_a_span_is_calculated_pay_period_by_pay_period(world: World):
    said = calculate(world, "2026-Q1")
    assert [one["period"] for one in said.document] == ["2026-01", "2026-02", "2026-03"]
    assert len(world.call("results", "2026-Q1").document) == len(
        [one for month in ("01", "02", "03") for one in amounts(world, f"2026-{month}")]
    )


def test_nothing_is_calculated_without_an_approved_plan(world: World):
    for name in selling.PLANS:
        world.write(f"plans/{name}.yaml", selling.PLANS[name].replace("currency:", "calendar: other\ncurrency:"))
    world.settings["calendars"]["other"] = {"timezone": "UTC"}
    world.save()
    assert calculate(world, "other:2026-01").code == 2


def test_a_plan_counts_from_the_day_it_was_published_for(world: World):
    """Saving its file pays nobody; two versions in one month pay each their days."""
    text = selling.RESELLER.replace("rate: 3%", "rate: 4%")
    world.write("plans/reseller.yaml", text)
    calculate(world, "2026-01")
    assert amounts(world, "2026-01") == JANUARY
    selling.publish(world, "reseller", "2026-01-20")
    calculate(world, "2026-01")
    assert amounts(world, "2026-01")[:2] == [
        ("P1", "reseller", "commission", "2026-01", "388.02", "USD", None),  # 300.00 + 4 % of 2200.60
        ("P2", "reseller", "commission", "2026-01", "96.00", "EUR", None),
    ]


# --- the same again


def test_a_field_that_is_mapped_since_the_last_read_is_empty_until_the_next(world: World):
    selling.declare_channel(world)
    selling.publish(world, "direct", "2026-01-01")
    calculate(world, "2026-01")
    assert amounts(world, "2026-01") == JANUARY[:2]
    send(world, "sales", SALES)
    calculate(world, "2026-01")
    assert amounts(world, "2026-01") == JANUARY


def test_the_same_inputs_are_the_same_bytes_whatever_came_later(world: World):
    first = calculate(world, "2026-01")
    pinned = str(first["revision"])
    send(world, "sales", only_row(world, ("S1", "2026-01-10", "01001", "99999", "USD", "")))
    send(world, "fx", [("EUR", "USD", "2026-01-20", "2.00")])
    send_people(world, [{**one, "entity": "GB"} for one in MOVED])
    world.set("01002", "plans=", start="2026-01-01")
    world.write("plans/reseller.yaml", selling.RESELLER.replace("3%", "9%"))
    selling.publish(world, "reseller", "2026-01-01")
    assert amounts(world, "2026-01") == JANUARY
    again = calculate(world, "2026-01", "--known-at", pinned)
    assert (again["digest"], again["totals"]) == (first["digest"], first["totals"])
    assert files(world, again["run"]) == files(world, first["run"])
    assert {name.partition(".")[0].partition("-")[0] for name in files(world, first["run"])} == set(FILES)
    assert calculate(world, "2026-01")["digest"] != first["digest"]


def test_a_correction_changes_what_is_calculated_from_then_on(world: World):
    calculate(world, "2026-01")
    send(world, "sales", only_row(world, ("S1", "2026-01-10", "01001", "9000", "USD", "")))
    calculate(world, "2026-01")
    assert amounts(world, "2026-01")[0][4] == "336.02"


def test_a_dry_run_shows_everything_and_keeps_nothing(world: World):
    said = calculate(world, "2026-01", "--dry-run")
    assert [(one["participant"], one["amount"]) for one in said["results"]] == [(row[0], row[4]) for row in JANUARY]
    missing = world.call("results", "2026-01")
    assert (missing.code, "`calculate 2026-01`" in missing.error["message"]) == (2, True)
    assert not (world.folder / "var" / "results").exists()


@pytest.mark.parametrize("words", [("--dry-run",), ()], ids=["dry", "kept"])
def test_a_workspace_may_be_named_from_where_one_stands(world: World, monkeypatch: pytest.MonkeyPatch, words):
    monkeypatch.chdir(world.folder.parent)
    world.folder = Path(world.folder.name)
    assert calculate(world, "2026-01", *words).code == 0


@pytest.mark.parametrize(
    "point", ["calculations.keep", "calculations.keep done", "runs.begin done", "runs.finish", "runs.finish done"]
)
def test_killed_at_a_write_and_called_again_it_is_as_if_never_broken(world: World, point: str, monkeypatch):
    def kill(name: str) -> None:
        if name == point:
            raise Killed(name)

    calculate(world, "2026-02")
    faults.arm(kill)
    with pytest.raises(Killed):
        calculate(world, "2026-01")
    faults.disarm()
    assert world.call("results", "2026-01").code == 2
    _let_leases_end(monkeypatch)
    said = calculate(world, "2026-01")
    assert said.code == 0
    assert amounts(world, "2026-01") == JANUARY
    folders = {path.name for path in (world.folder / "var" / "results").iterdir()}
    assert len(folders) == 2
    assert said["run"][1:] in folders
    assert not list((world.folder / "var" / "tmp").glob("R*"))


def _let_leases_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lease of a killed process ends after a minute."""
    from datetime import UTC, datetime, timedelta

    import syncd.world

    later = datetime.now(UTC) + timedelta(minutes=5)
    monkeypatch.setattr(syncd.world, "clock", lambda: later)


def test_two_calculations_of_one_period_do_not_meet(world: World, monkeypatch: pytest.MonkeyPatch):
    """The second is refused while the first is at work, and another period is not."""
    import syncd.pay.calculate

    real: Any = getattr(syncd.pay.calculate, "load")  # noqa: B009 - it is another module's
    seen: list[Any] = []

    def meanwhile(*given: Any) -> None:
        if not seen:
            seen.append(calculate(world, "2026-01"))
            seen.append(calculate(world, "2026-02"))
        real(*given)

    monkeypatch.setattr(syncd.pay.calculate, "load", meanwhile)
    assert calculate(world, "2026-01").code == 0
    assert [one.code for one in seen] == [5, 0]


def test_the_plain_evaluation_finds_what_the_engine_found(world: World):
    """Everybody, every period, adjustments included: it is what a commit looks at."""
    from calc.ledger import unlike
    from syncd.pay.calculated import derived, rederived, statement_totals, totals
    from syncd.world import open_world

    send_people(world, MOVED)
    shell = open_world(world.folder, world.today)
    for period in ("2026-01", "2026-02", "2026-03"):
        found = newest(shell, calculate(world, period)["run"])
        assert unlike(derived(shell, found, range(1, 6)), rederived(shell, found, range(1, 6))) == ()
        assert statement_totals(shell, found) == totals(shell, found)
    shell.database.dispose()


def test_a_folder_that_nobody_knows_is_swept(world: World):
    stray = Path(world.folder / "var" / "results" / "999")
    stray.mkdir(parents=True)
    (stray / "results.parquet").write_bytes(b"half")
    calculate(world, "2026-01")
    assert not stray.exists()
