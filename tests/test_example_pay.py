"""The sales, quotas and rates of the AdventureWorks example, and what its people must be paid.

What expected_pay.yaml says is counted here once more from the files and in another way than expected_pay.py does it:
line by line in whole numbers and fractions, where it takes sums of months as Decimals.
"""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "examples" / "adventureworks"
WORKSPACE = EXAMPLE / "workspace"
BROUGHT, CORRECTED = (WORKSPACE / "deliveries" / day for day in ("2020-06-01", "2020-06-22"))
SHARED = ROOT.parent / "shared" / "data"

EXPECTED: dict[str, Any] = yaml.safe_load((EXAMPLE / "expected_pay.yaml").read_text(encoding="utf-8"))

Row = dict[str, str]
Earned = dict[tuple[str, str, str], tuple[int, int]]  # employee id, component, period: cents of dollars, of pay


def rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


SALES, QUOTAS, RATES = (rows(BROUGHT / f"{name}.csv") for name in ("sales", "quotas", "rates"))
PEOPLE = {row["Employee ID"]: row for row in rows(WORKSPACE / "snapshots" / "6-2020-05-31" / "people.csv")}


def cents(text: str) -> int:
    whole, _, part = text.partition(".")
    assert len(part) == 2
    return int(whole + part)


def quarter(day: str) -> str:
    return f"{day[:4]}-Q{(int(day[5:7]) + 2) // 3}"


# --- the files


def test_the_lines_are_those_that_two_extractions_and_an_order_agree_on() -> None:
    """Told by the data: 57,851 lines of 3,616 orders, 77,548,570.20 in all, SO43659 for 20,565.60."""
    prices = [cents(row["Sales"]) for row in SALES]
    costs = [cents(row["Cost"]) for row in SALES]
    assert (len(SALES), len({row["Order"] for row in SALES}), sum(prices)) == (57851, 3616, 7754857020)
    assert sum(cents(row["Sales"]) for row in SALES if row["Order"] == "SO43659") == 2056560
    assert sum(price < cost for price, cost in zip(prices, costs, strict=True)) == 20586
    assert sum(prices) - sum(costs) == 99949457
    assert EXPECTED["facts"] == {
        "lines": 57851, "orders": 3616, "below_cost": 20586, "sales": "77548570.20", "margin": "999494.57",
    }  # fmt: skip


def test_lines_are_numbered_within_their_order_which_has_one_day_and_one_seller() -> None:
    orders = defaultdict(list)
    for row in SALES:
        orders[row["Order"]].append(row)
    for lines in orders.values():
        assert [int(line["Line"]) for line in lines] == list(range(1, len(lines) + 1))
        assert len({(line["Date"], line["Employee ID"]) for line in lines}) == 1


def test_everybody_who_sells_is_on_the_roster_and_the_plan_that_day() -> None:
    """The first days of 2017 and 2018 included: nobody's row begins after the first sale."""
    known: dict[str, str] = {}
    for snapshot in sorted((WORKSPACE / "snapshots").iterdir()):
        for row in rows(snapshot / "people.csv"):
            if row["Plan"] and row["Effective"]:
                known[row["Employee ID"]] = min(row["Effective"], known.get(row["Employee ID"], row["Effective"]))
    assert {row["Employee ID"] for row in SALES} == known.keys()
    assert [row for row in SALES if row["Date"] < known[row["Employee ID"]]] == []


def test_a_quarter_has_a_quota_exactly_where_something_was_sold_in_it() -> None:
    sold = {(row["Employee ID"], quarter(row["Date"])) for row in SALES}
    assert {(row["Employee ID"], quarter(row["From"])) for row in QUOTAS} == sold
    assert EXPECTED["quotas"] == {"rows": len(QUOTAS), "people": 17} == {"rows": len(sold), "people": 17}
    for row in QUOTAS:
        first, last = date.fromisoformat(row["From"]), date.fromisoformat(row["To"])
        assert (first.day, first.month % 3, (last + timedelta(days=1)).day) == (1, 1, 1)
        assert quarter(row["From"]) == quarter(row["To"])


def test_rates_have_no_hole_longer_than_the_plan_allows() -> None:
    days = sorted({row["Date"] for row in RATES})
    assert days[0] < min(row["Date"] for row in SALES)
    assert all(date.fromisoformat(b) - date.fromisoformat(a) <= timedelta(days=5) for a, b in pairwise(days))
    assert {(row["Date"], row["Quote"]) for row in RATES} == {
        (day, quote) for day in days for quote in ("AUD", "CAD", "GBP", "USD")
    }
    paid_in = {row["Pay Currency"] for row in PEOPLE.values() if row["Plan"]}
    assert paid_in == {"AUD", "CAD", "EUR", "GBP", "USD"}
    assert (RATES[0]["Base"], len({row["Base"] for row in RATES})) == ("EUR", 1)


def test_the_correction_is_one_line_of_a_closed_month_with_another_quantity_and_amount() -> None:
    (now,) = rows(CORRECTED / "sales.csv")
    (was,) = (row for row in SALES if (row["Order"], row["Line"]) == (now["Order"], now["Line"]))
    assert {name for name in was if was[name] != now[name]} == {"Quantity", "Sales", "Cost"}
    assert now["Date"][:7] in [month["period"] for month in EXPECTED["months"]]
    like = [row for row in SALES if row["Order"] == now["Order"] and row["Quantity"] == now["Quantity"]]
    assert {(row["Sales"], row["Cost"]) for row in like if row["Product"][:7] == "BK-T79Y"} == {
        (now["Sales"], now["Cost"])
    }


# --- what must be paid


def earned(sales: list[Row], months: list[str]) -> Earned:
    """Each line pays, exactly, what it adds to its quarter so far; months and quarters are then rounded."""
    quotas = {(row["Employee ID"], quarter(row["From"])): cents(row["Amount"]) for row in QUOTAS}
    so_far: dict[tuple[str, str], int] = defaultdict(int)
    exact: dict[tuple[str, str, str], Fraction] = defaultdict(Fraction)
    for row in sales:
        seller, month, ends = row["Employee ID"], row["Date"][:7], quarter(row["Date"])
        if month in months:
            price, quota = cents(row["Sales"]), quotas[seller, ends]
            before = so_far[seller, ends]
            so_far[seller, ends] += price
            exact[seller, "commission", month] += paid_to(before + price, quota) - paid_to(before, quota)
            exact[seller, "margin_share", month] += Fraction(price - cents(row["Cost"]), 20)
    for (seller, ends), total in so_far.items():
        if total >= quotas[seller, ends] and f"{ends[:4]}-{3 * int(ends[-1]):02}" in months:
            exact[seller, "quarter_bonus", ends] = Fraction(250000)
    capped = {key: min(value, Fraction(400000)) if key[1] == "commission" else value for key, value in exact.items()}
    return {key: in_pay(key, round(value)) for key, value in sorted(capped.items()) if round(value)}


def paid_to(total: int, quota: int) -> Fraction:
    """A hundredth of everything, half as much again beyond four fifths of the quota, and again beyond all of it."""
    beyond_four_fifths = max(Fraction(0), total - Fraction(4 * quota, 5))
    return (total + (beyond_four_fifths + max(0, total - quota)) / 2) / 100


def in_pay(key: tuple[str, str, str], dollars: int) -> tuple[int, int]:
    """Convert at the last rates until the end of the month, or of the quarter's last."""
    seller, _, period = key
    currency = PEOPLE[seller]["Pay Currency"]
    month = period if "Q" not in period else f"{period[:4]}-{3 * int(period[-1]):02}"
    last = max(row["Date"] for row in RATES if row["Date"][:7] <= month)
    rates = {row["Quote"]: Fraction(row["Rate"]) for row in RATES if row["Date"] == last} | {"EUR": Fraction(1)}
    return dollars, round(dollars * rates[currency] / rates["USD"])


def declared(results: list[dict[str, str]]) -> Earned:
    return {
        (one["employee_id"], one["component"], one["earned_period"]): (cents(one["dollars"]), cents(one["amount"]))
        for one in results
    }


CLOSED = ["2020-01", "2020-02", "2020-03"]


def test_the_closed_months_are_what_the_lines_add_up_to() -> None:
    found = earned(SALES, CLOSED)
    told = {key: value for month in EXPECTED["months"] for key, value in declared(month["results"]).items()}
    assert found == told
    assert {(seller, period) for seller, component, period in found if component == "quarter_bonus"} == {
        ("00283", "2020-Q1")
    }
    cut = {(key[0], key[2]) for key, (dollars, _) in found.items() if key[1] == "commission" and dollars == 400000}
    assert cut == {(seller, month["period"]) for month in EXPECTED["months"] for seller in month["capped"]} != set()


def test_the_correction_changes_the_closed_months_of_one_person_in_pay() -> None:
    (now,) = rows(CORRECTED / "sales.csv")
    lines = [now if (row["Order"], row["Line"]) == (now["Order"], now["Line"]) else row for row in SALES]
    before, after = earned(SALES, CLOSED), earned(lines, [*CLOSED, "2020-04"])
    told = EXPECTED["correction"]
    assert {key: value for key, value in after.items() if key[2] == "2020-04"} == declared(told["results"])
    assert {
        key: tuple(new - old for old, new in zip(before[key], after[key], strict=True))
        for key in before
        if before[key] != after[key]
    } == declared(told["retro"])
    assert {key[0] for key in declared(told["retro"])} == {now["Employee ID"]}


def test_totals_are_the_sums_of_their_results() -> None:
    for month in (*EXPECTED["months"], EXPECTED["correction"]):
        totals: dict[str, int] = defaultdict(int)
        for one in (*month["results"], *month.get("retro", [])):
            totals[one["currency"]] += cents(one["amount"])
            assert one["currency"] == PEOPLE[one["employee_id"]]["Pay Currency"]
        assert {currency: cents(amount) for currency, amount in month["totals"].items()} == totals


def test_attainment_is_revenue_over_quota() -> None:
    known = EXPECTED["attainment"][0]
    assert known == {
        "employee_id": "00275", "quarter": "2017-Q3", "revenue": "304755.49", "quota": "367000.00", "share": "83.0 %",
    }  # fmt: skip
    for one in EXPECTED["attainment"]:
        place = one["employee_id"], one["quarter"]
        revenue = sum(cents(row["Sales"]) for row in SALES if (row["Employee ID"], quarter(row["Date"])) == place)
        (quota,) = (cents(row["Amount"]) for row in QUOTAS if (row["Employee ID"], quarter(row["From"])) == place)
        share = round(Fraction(1000 * revenue, quota))
        assert (cents(one["revenue"]), cents(one["quota"])) == (revenue, quota)
        assert one["share"] == f"{share // 10}.{share % 10} %"


# --- the script


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the original tables are not on this machine")
def test_make_stops_when_sales_are_given_to_the_wrong_sellers(tmp_path: Path) -> None:
    """Two people under each other's key: names, ids and totals are right, and only the quotas do not fit."""
    shutil.copytree(SHARED, tmp_path / "data", symlinks=True, copy_function=_linked)
    path = tmp_path / "data" / "adventureworks_reseller" / "Salesperson.csv"
    text = path.read_text(encoding="utf-8")
    path.unlink()
    swapped = text.replace("293|", "x|").replace("286|", "293|").replace("x|", "286|")
    assert swapped != text
    path.write_text(swapped, encoding="utf-8")
    run = subprocess.run(
        [sys.executable, str(EXAMPLE / "make.py"), str(tmp_path / "data"), str(tmp_path / "into")],
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    assert run.returncode != 0
    assert "has sales without a quota, or a quota without sales, in the quarter of 2017-07-01" in run.stderr
    assert not (tmp_path / "into").exists()


def _linked(source: str, target: str) -> None:
    Path(target).symlink_to(source)


def test_the_source_of_the_rates_is_named() -> None:
    notice = (EXAMPLE / "NOTICE-ECB.txt").read_text(encoding="utf-8")
    assert "Source: European Central Bank" in notice
    assert "Apache\nLicense 2.0" in notice
