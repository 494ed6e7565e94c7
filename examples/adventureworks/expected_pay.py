"""What must be paid, told from the files alone, without syncd: sums by month, and the plan's arithmetic by hand.

    python examples/adventureworks/expected_pay.py

In: a workspace's deliveries and its last people.csv. Out: `expect_pay`, as expected_pay.yaml has it. The plan's
numbers stand here once more, on purpose: plans/reseller.yaml is what is tested.
"""

from __future__ import annotations

import calendar
import csv
import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

Rows = list[dict[str, str]]

CLOSED = ("2020-01", "2020-02", "2020-03")  # committed before the correction comes
NEXT = "2020-04"  # open when it does

# plans/reseller.yaml
TIERS = ((Decimal("0.80"), Decimal("0.010")), (Decimal("1.00"), Decimal("0.015")), (None, Decimal("0.020")))
CAP = Decimal(4000)  # of a month's commission
MARGIN = Decimal("0.05")
BONUS = Decimal(2500)

QUARTER_ENDS = ("03", "06", "09", "12")
CENT = Decimal("0.01")
Key = tuple[str, str, str]  # employee id, component, earned period


@dataclass(frozen=True, slots=True)
class Earning:
    """What a component gives for an earned period, in dollars and in the currency it is paid in."""

    dollars: Decimal
    amount: Decimal
    currency: str
    capped: bool = False


@dataclass(frozen=True, slots=True)
class Books:
    """What is known besides the sales: pay currencies, quotas by quarter, ECB rates by day."""

    currencies: dict[str, str]
    quotas: dict[tuple[str, str], Decimal]
    rates: dict[tuple[str, str], Decimal]

    def earning(self, seller: str, dollars: Decimal, month: str, *, capped: bool = False) -> Earning:
        """Round dollars to the cent, then convert at the last rates of the month, and round again."""
        dollars, currency = dollars.quantize(CENT, ROUND_HALF_EVEN), self.currencies[seller]
        return Earning(dollars, self.paid(dollars, currency, month), currency, capped)

    def paid(self, dollars: Decimal, currency: str, month: str) -> Decimal:
        """Dollars in a currency: both are quoted for one euro."""
        if currency == "USD":
            return dollars
        day = max(day for day, _ in self.rates if day <= last_day(month))
        euros = dollars / self.rates[day, "USD"]
        return (euros * self.rates.get((day, currency), Decimal(1))).quantize(CENT, ROUND_HALF_EVEN)


def expect_pay(workspace: Path) -> dict[str, object]:
    """What the facts are, what each closed month pays, and what the corrected line then changes."""
    first, later = (_rows(path) for path in sorted((workspace / "deliveries").glob("*/sales.csv")))
    people = _rows(max((workspace / "snapshots").iterdir()) / "people.csv")
    quotas, rates = (_rows(next((workspace / "deliveries").glob(f"*/{name}.csv"))) for name in ("quotas", "rates"))
    books = Books(
        {row["Employee ID"]: row["Pay Currency"] for row in people if row["Plan"] == "reseller"},
        {(row["Employee ID"], quarter(row["From"])): Decimal(row["Amount"]) for row in quotas},
        {(row["Date"], row["Quote"]): Decimal(row["Rate"]) for row in rates},
    )
    booked = earned(first, books, CLOSED)
    again = earned(_replaced(first, later), books, (*CLOSED, NEXT))
    due, retro = _due(again, NEXT), _retro(booked, again)
    return {
        "facts": _facts(first),
        "quotas": {"rows": len(quotas), "people": len({row["Employee ID"] for row in quotas})},
        "attainment": [_attainment(first, books, "00275", "2017-Q3")]
        + [_attainment(first, books, seller, "2020-Q1") for seller in sorted(books.currencies)],
        "months": [{"period": month, **_listed(_due(booked, month))} for month in CLOSED],
        "correction": {
            "lines": [[row["Order"], row["Line"]] for row in later],
            "period": NEXT,
            **_listed(due, retro),
            "retro": [_result(key, difference) for key, difference in retro.items()],
        },
    }


def earned(sales: Rows, books: Books, months: tuple[str, ...]) -> dict[Key, Earning]:
    """All earnings of those months that are not zero. The months are from the start of a year on."""
    revenue, margin = _sums(sales)
    found: dict[Key, Earning] = {}
    for seller in books.currencies:
        to_date: dict[str, Decimal] = defaultdict(Decimal)
        for month in months:
            quota = books.quotas[seller, quarter(month)]
            before = to_date[quarter(month)]
            now = to_date[quarter(month)] = before + revenue[seller, month]
            commission = commission_on(now, quota) - commission_on(before, quota)
            found[seller, "commission", month] = books.earning(
                seller, min(commission, CAP), month, capped=commission > CAP
            )
            found[seller, "margin_share", month] = books.earning(seller, MARGIN * margin[seller, month], month)
            if month[5:] in QUARTER_ENDS and now >= quota:
                found[seller, "quarter_bonus", quarter(month)] = books.earning(seller, BONUS, month)
    return {key: earning for key, earning in sorted(found.items()) if earning.dollars}


def commission_on(revenue: Decimal, quota: Decimal) -> Decimal:
    """Commission for a quarter's revenue to date: each tier pays its rate on what lies in it."""
    total, lower = Decimal(0), Decimal(0)
    for share, rate in TIERS:
        upper = revenue if share is None else min(revenue, share * quota)
        total += max(upper - lower, Decimal(0)) * rate
        lower = max(upper, lower)
    return total


def _sums(sales: Rows) -> tuple[dict[tuple[str, str], Decimal], dict[tuple[str, str], Decimal]]:
    """Revenue, and margin, by seller and month."""
    revenue: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    margin: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in sales:
        place = row["Employee ID"], row["Date"][:7]
        revenue[place] += Decimal(row["Sales"])
        margin[place] += Decimal(row["Sales"]) - Decimal(row["Cost"])
    return revenue, margin


def _replaced(sales: Rows, later: Rows) -> Rows:
    """The lines as they stand after those of a later file."""
    known = {(row["Order"], row["Line"]): row for row in sales}
    return list((known | {(row["Order"], row["Line"]): row for row in later}).values())


def _facts(sales: Rows) -> dict[str, object]:
    amounts = [(Decimal(row["Sales"]), Decimal(row["Cost"])) for row in sales]
    return {
        "lines": len(sales),
        "orders": len({row["Order"] for row in sales}),
        "below_cost": sum(price < cost for price, cost in amounts),
        "sales": str(sum(price for price, _ in amounts)),
        "margin": str(sum(price - cost for price, cost in amounts)),
    }


def _attainment(sales: Rows, books: Books, seller: str, name: str) -> dict[str, object]:
    own = (row for row in sales if row["Employee ID"] == seller and quarter(row["Date"]) == name)
    revenue, quota = sum((Decimal(row["Sales"]) for row in own), Decimal(0)), books.quotas[seller, name]
    share = f"{100 * revenue / quota:.1f} %"
    return {"employee_id": seller, "quarter": name, "revenue": str(revenue), "quota": str(quota), "share": share}


def _due(found: dict[Key, Earning], month: str) -> dict[Key, Earning]:
    """What falls due in a month: its own earnings, and those of the quarter that ends with it."""
    names = {month, quarter(month)} if month[5:] in QUARTER_ENDS else {month}
    return {key: earning for key, earning in found.items() if key[2] in names}


def _retro(booked: dict[Key, Earning], again: dict[Key, Earning]) -> dict[Key, Earning]:
    """Recomputed less booked, where it is not zero, for every earning of the closed months."""
    found = {}
    for key in sorted(booked.keys() | {key for key in again if key[2] != NEXT}):
        one = booked.get(key) or again[key]
        nothing = Earning(Decimal(0), Decimal(0), one.currency)
        was, now = booked.get(key, nothing), again.get(key, nothing)
        if was.amount != now.amount:
            found[key] = Earning(now.dollars - was.dollars, now.amount - was.amount, one.currency)
    return found


def _listed(due: dict[Key, Earning], retro: dict[Key, Earning] | None = None) -> dict[str, object]:
    """A month's earnings; their totals by currency, with the differences that are paid beside them."""
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for earning in (*due.values(), *(retro or {}).values()):
        totals[earning.currency] += earning.amount
    return {
        "totals": {currency: str(amount) for currency, amount in sorted(totals.items())},
        "capped": [seller for (seller, *_), earning in due.items() if earning.capped],
        "results": [_result(key, earning) for key, earning in due.items()],
    }


def _result(key: Key, earning: Earning) -> dict[str, object]:
    seller, component, period = key
    return {
        "employee_id": seller, "component": component, "earned_period": period,
        "dollars": str(earning.dollars), "amount": str(earning.amount), "currency": earning.currency,
    }  # fmt: skip


def quarter(day: str) -> str:
    """`2020-02-10`, or `2020-02`, is in `2020-Q1`."""
    return f"{day[:4]}-Q{(int(day[5:7]) + 2) // 3}"


def last_day(month: str) -> str:
    """The last day of `2020-02`."""
    year, number = int(month[:4]), int(month[5:])
    return date(year, number, calendar.monthrange(year, number)[1]).isoformat()


def _rows(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    print(json.dumps(expect_pay(Path(__file__).resolve().parent / "workspace"), indent=1))
