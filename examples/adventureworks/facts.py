"""What AdventureWorks sold and meant to sell, and what its money was worth: sales lines, quotas, rates of exchange.

In: the folder of `adventureworks.read_people`, with `fx_ecb` (the European Central Bank's reference rates) beside
the two samples. Out: the lines of sales.csv, quotas.csv and rates.csv. Nothing here is invented. Each function
raises ValueError where the data are not what README.md says of them: a wrong join would cost somebody money and
nothing else would complain.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from adventureworks import SALES_CALENDAR, Row, Tables, padded, piped, read_sellers

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

SALES_COLUMNS = ("Order", "Line", "Date", "Employee ID", "Territory", "Product", "Quantity", "Sales", "Cost")
QUOTA_COLUMNS = ("Employee ID", "Measure", "From", "To", "Amount", "Currency")
RATE_COLUMNS = ("Date", "Base", "Quote", "Rate")

# The sales table states no currency; Microsoft describes it as US dollars, and so are the quotas.
CURRENCY = "USD"
# What the European Central Bank quotes everything against, and what the payees of the example are paid in besides.
BASE = "EUR"
QUOTED = ("AUD", "CAD", "GBP", "USD")

# Told by two extractions of different people, and of one order by another table (its SubTotal is 20,565.6206).
LINES, ORDERS, SALES = 57851, 3616, Decimal("77548570.20")
KNOWN_ORDER, ITS_SALES = "SO43659", Decimal("20565.60")


@dataclass(frozen=True, slots=True)
class Sale:
    """One line of an order. `line` counts within the order; amounts are US dollars, cost of the whole line."""

    order: str
    line: int
    day: date
    seller: str
    territory: str
    product: str
    quantity: str
    sales: Decimal
    cost: Decimal

    def cells(self) -> list[str]:
        """The line of sales.csv."""
        numbers = [f"{self.sales:.2f}", f"{self.cost:.2f}"]
        return [
            self.order, str(self.line), self.day.isoformat(), self.seller, self.territory, self.product,
            self.quantity, *numbers,
        ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Quota:
    """What somebody was to sell in a quarter, both days inclusive."""

    seller: str
    first: date
    last: date
    amount: Decimal

    def cells(self) -> list[str]:
        """The line of quotas.csv."""
        days = [self.first.isoformat(), self.last.isoformat()]
        return [self.seller, "revenue", *days, f"{self.amount:.2f}", CURRENCY]


def read_sales(shared: Path) -> tuple[Sale, ...]:
    """All lines in the order of their days, orders and line numbers.

    The table numbers no lines: within an order no product stands twice, so they are counted in the order of their
    product keys. A product is named by its ProductNumber, which is in the other sample under the same name.
    """
    folder = shared / "adventureworks_reseller"
    employees = {row["EmployeeKey"]: padded(number) for number, row in read_sellers(shared).items()}
    regions = {row["SalesTerritoryKey"]: row["Region"] for row in piped(folder / "Region.csv")}
    numbers = {row["Name"]: row["ProductNumber"] for row in Tables(shared / "adventureworks_oltp").rows("Product")}
    products = {row["ProductKey"]: numbers[row["Product"]] for row in piped(folder / "Product.csv")}
    orders: dict[str, list[Row]] = defaultdict(list)
    for row in piped(folder / "Sales.csv"):
        orders[row["SalesOrderNumber"]].append(row)
    sales = [
        Sale(
            order=order,
            line=line,
            day=date.fromisoformat(row["OrderDate"].replace("/", "-")),
            seller=employees[row["EmployeeKey"]],
            territory=regions[row["SalesTerritoryKey"]],
            product=products[row["ProductKey"]],
            quantity=row["Quantity"],
            sales=Decimal(row["Sales"]),
            cost=Decimal(row["Cost"]),
        )
        for order, rows in orders.items()
        for line, row in enumerate(sorted(rows, key=lambda row: int(row["ProductKey"])), start=1)
    ]
    _check_sales(sales)
    return tuple(sorted(sales, key=lambda sale: (sale.day, sale.order, sale.line)))


def read_quotas(shared: Path, sales: Sequence[Sale]) -> tuple[Quota, ...]:
    """Quarterly quotas of the 17 who have any, in the calendar of the sales.

    A quarter has a quota exactly where its person sold something in it: 163 of 163. That holds for no other way
    of joining the two samples.
    """
    quotas = []
    for row in Tables(shared / "adventureworks_oltp").rows("SalesPersonQuotaHistory"):
        first = date.fromisoformat(row["QuotaDate"][:10]) - SALES_CALENDAR
        if first != _quarter(first):
            raise ValueError(f"the quota of {row['BusinessEntityID']} from {first} starts in the midst of a quarter")
        last = _quarter(first + timedelta(days=100)) - timedelta(days=1)
        quotas.append(Quota(padded(row["BusinessEntityID"]), first, last, Decimal(row["SalesQuota"])))
    sold = {(sale.seller, _quarter(sale.day)) for sale in sales}
    for seller, first in sorted(sold ^ {(quota.seller, quota.first) for quota in quotas}):
        raise ValueError(f"{seller} has sales without a quota, or a quota without sales, in the quarter of {first}")
    return tuple(sorted(quotas, key=lambda quota: (quota.first, quota.seller)))


def read_rates(shared: Path, first: date, last: date) -> list[list[str]]:
    """The lines of rates.csv: every day of publication from the last one before `first` to `last`."""
    with (shared / "fx_ecb" / "eurofxref-hist.csv").open(encoding="utf-8", newline="") as file:
        published = sorted(csv.DictReader(file), key=lambda row: row["Date"])
    before = max(row["Date"] for row in published if row["Date"] < first.isoformat())
    return list(_rate_lines(row for row in published if before <= row["Date"] <= last.isoformat()))


def _rate_lines(days: Iterator[Row]) -> Iterator[list[str]]:
    for row in days:
        for currency in QUOTED:
            if not row[currency].replace(".", "", 1).isdigit():
                raise ValueError(f"{row['Date']}: {currency} has no rate but {row[currency]!r}")
            yield [row["Date"], BASE, currency, row[currency]]


def _check_sales(sales: Collection[Sale]) -> None:
    """Compare with what others counted in the same table."""
    found = len(sales), len({sale.order for sale in sales}), sum(sale.sales for sale in sales)
    if found != (LINES, ORDERS, SALES):
        raise ValueError(f"lines, orders and sales are {found}, not {(LINES, ORDERS, SALES)}")
    if (known := sum(sale.sales for sale in sales if sale.order == KNOWN_ORDER)) != ITS_SALES:
        raise ValueError(f"{KNOWN_ORDER} sums to {known}, not {ITS_SALES}")
    heads = Counter(order for order, *_ in {(sale.order, sale.day, sale.seller) for sale in sales})
    if twice := sorted(order for order, number in heads.items() if number > 1):
        raise ValueError(f"orders of several days or sellers: {', '.join(twice[:5])}")


def _quarter(day: date) -> date:
    """The first day of a day's quarter."""
    return day.replace(month=day.month - (day.month - 1) % 3, day=1)
