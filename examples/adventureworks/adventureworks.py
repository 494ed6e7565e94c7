"""What AdventureWorks says about its people: from the two sample sets to one export row per person and day.

In: a folder with `adventureworks_oltp` (Microsoft's install-script tables) and `adventureworks_reseller`
(its sales sample). Out: `read_people`, and `row_on`, a person's row as a human-resources export of that day
would show it. Nothing here is invented; `story.py` adds what is.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

Row = dict[str, str]

COLUMNS = (
    "Employee ID", "Name", "Email", "Title", "Department", "Manager ID", "Territory", "Country",
    "Legal Entity", "Pay Currency", "Plan", "Hourly Rate", "Status", "Hired", "Last Day", "Effective",
)  # fmt: skip

# Quotas and territories run from 2022-05-30, their sales from 2017-07-01: one day in two calendars.
# Hire, department and pay dates were never moved by Microsoft and stay.
SALES_CALENDAR = timedelta(days=1794)

# Where the roster begins: with the sales. Hires, departments and rates are older and hold from that day.
ROSTER_BEGINS = date(2017, 7, 1)

# AdventureWorks gives a country to territories only. Those without one are taken to work at the head office.
HEAD_OFFICE = "US"

# The plan of everybody who ever had a quota. AdventureWorks has no plans, only commission percentages.
PLAN = "reseller"

# hierarchyid, after [MS-SSCLRT]: a step is a prefix, digits (`x`) between fixed bits, and 1 for "step ends".
NODE_STEPS = (("01xx", 0), ("100xx", 4), ("101xxx", 8), ("110xx0x1xxx", 16), ("1110xxx0xxx0x1xxx", 80))


@dataclass(frozen=True, slots=True)
class Spell:
    """A value from its first to its last day, both inclusive; `last` is None while it holds."""

    value: str
    first: date
    last: date | None

    def holds_on(self, day: date) -> bool:
        """Whether the day lies in the spell."""
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True)
class Territory:
    """A sales territory, with what its country decides."""

    name: str
    country: str
    currency: str


@dataclass(frozen=True, slots=True)
class Person:
    """One employee. `sells_from` is the day of the first quota, None for those who never had one."""

    key: str
    name: str
    email: str
    title: str
    manager: str
    hired: date
    sells_from: date | None
    departments: tuple[Spell, ...]
    rates: tuple[Spell, ...]
    territories: tuple[tuple[Spell, Territory], ...]


def read_people(shared: Path) -> tuple[Person, ...]:
    """All 290 employees by key. Raises ValueError where a join is not what README.md says it is."""
    oltp = Tables(shared / "adventureworks_oltp")
    employees = {row["BusinessEntityID"]: row for row in oltp.rows("Employee")}
    sellers = read_sellers(shared)
    emails = _emails(shared / "adventureworks_oltp" / "EmailAddress.csv")
    managers = _managers(employees)
    departments, rates = _departments(oltp), _rates(oltp)
    territories, first_quotas = _territories(oltp), _first_quotas(oltp)
    return tuple(
        Person(
            key=padded(number),
            name=sellers[number]["Salesperson"] if number in sellers else _display_name(row["LoginID"]),
            email=sellers[number]["UPN"] if number in sellers else emails[number],
            title=row["JobTitle"],
            manager=padded(managers[number]) if number in managers else "",
            hired=date.fromisoformat(row["HireDate"]),
            sells_from=first_quotas.get(number),
            departments=departments[number],
            rates=rates[number],
            territories=territories.get(number, ()),
        )
        for number, row in sorted(employees.items(), key=lambda item: int(item[0]))
    )


def row_on(person: Person, day: date) -> Row | None:
    """The person's row as of a day; None before the first day of work, or of selling for those who sell.

    `Effective` is the day from which all of the row holds: the latest start of anything in it, and not
    before ROSTER_BEGINS.
    """
    if day < max(person.hired, person.sells_from or person.hired):
        return None
    department = next(spell for spell in person.departments if spell.holds_on(day))
    rate = next(spell for spell in person.rates if spell.holds_on(day))
    territory = next((where for spell, where in person.territories if spell.holds_on(day)), None)
    head_office = Territory(name="", country=HEAD_OFFICE, currency="USD")
    where = territory or head_office
    starts = [ROSTER_BEGINS, person.hired, person.sells_from or person.hired, department.first, rate.first]
    for spell, _ in person.territories:
        bounds = (spell.first, _next_day(spell.last))
        starts += [bound for bound in bounds if bound is not None and bound <= day]
    cells = (
        person.key, person.name, person.email, person.title, department.value, person.manager, where.name,
        where.country, f"AdventureWorks {where.country}", where.currency, PLAN if person.sells_from else "",
        rate.value, "1", person.hired.isoformat(), "", max(starts).isoformat(),
    )  # fmt: skip
    return dict(zip(COLUMNS, cells, strict=True))


def read_sellers(shared: Path) -> dict[str, Row]:
    """The 18 sales people by BusinessEntityID, joined by national id, which goes no further than here.

    Raises ValueError where a name does not fit the log-in of the employee it is joined to.
    """
    employees = Tables(shared / "adventureworks_oltp").rows("Employee")
    numbers = {row["NationalIDNumber"]: row["BusinessEntityID"] for row in employees}
    logins = {row["BusinessEntityID"]: _login(row["LoginID"]) for row in employees}
    people = piped(shared / "adventureworks_reseller" / "Salesperson.csv")
    sellers = {numbers[row["EmployeeID"]]: row for row in people}
    for number, row in sellers.items():
        first_name = row["Salesperson"].split()[0]
        if logins[number].rstrip("0123456789") != first_name.casefold():
            raise ValueError(f"{row['Salesperson']} is not who logs in as {logins[number]}")
    return sellers


def padded(number: str) -> str:
    """An employee id as five digits: `275` is `00275`."""
    return number.zfill(5)


def node_steps(node: str) -> tuple[int, ...]:
    """The steps of a hierarchyid written in hexadecimal: `5AD6` is /1/1/1/, so (1, 1, 1); the root is ()."""
    bits = "".join(f"{int(digit, 16):04b}" for digit in node)
    steps: list[int] = []
    while "1" in bits:
        for shape, least in NODE_STEPS:
            digits = _digits(bits, shape)
            if digits is not None:
                steps.append(least + int(digits, 2))
                bits = bits[len(shape) + 1 :]
                break
        else:
            raise ValueError(f"hierarchyid {node}: {bits} starts no step that we know")
    return tuple(steps)


def _digits(bits: str, shape: str) -> str | None:
    """The bits at the places of `x`; None where a fixed one, or the 1 that ends a step, is not there."""
    if len(bits) <= len(shape) or bits[len(shape)] != "1":
        return None
    if any(want not in ("x", bit) for bit, want in zip(bits, shape, strict=False)):
        return None
    return "".join(bit for bit, want in zip(bits, shape, strict=False) if want == "x")


def piped(path: Path) -> list[Row]:
    """The rows of a file of the sales sample: names in the first row, `|` between cells."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="|"))


class Tables:
    """The tab separated tables without header; their column names are in `columns.json`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names: dict[str, list[str]] = json.loads((folder / "columns.json").read_text(encoding="utf-8"))
        self.names["CountryRegionCurrency"] = ["CountryRegionCode", "CurrencyCode"]  # not listed there
        self.names["Product"] = ["ProductID", "Name", "ProductNumber"]  # nor this; there are more columns

    def rows(self, table: str) -> list[Row]:
        """All rows of a table."""
        names = self.names[table]
        with (self.folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            lines = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            return [dict(zip(names, line, strict=False)) for line in lines]


def _emails(path: Path) -> dict[str, str]:
    """Addresses by BusinessEntityID. Fields end with `+|`, rows with `&|`."""
    records = (record.strip().split("+|") for record in path.read_text(encoding="utf-8").split("&|"))
    return {fields[0]: fields[2] for fields in records if len(fields) > 1}


def _managers(employees: dict[str, Row]) -> dict[str, str]:
    """Each employee's manager: the one whose place in the organisation is the same without the last step."""
    at = {node_steps(row["OrganizationNode"]): number for number, row in employees.items()}
    if len(at) != len(employees):
        raise ValueError("two employees have the same place in the organisation")
    for steps, number in at.items():
        if len(steps) != int(employees[number]["OrganizationLevel"] or 0):
            raise ValueError(f"employee {number}: {steps} is not on the level that OrganizationLevel says")
    return {number: at[steps[:-1]] for steps, number in at.items() if steps}


def _departments(oltp: Tables) -> dict[str, tuple[Spell, ...]]:
    names = {row["DepartmentID"]: row["Name"] for row in oltp.rows("Department")}
    return _spells(
        (
            row["BusinessEntityID"],
            Spell(names[row["DepartmentID"]], _day(row["StartDate"]), _day_or_none(row["EndDate"])),
        )
        for row in oltp.rows("EmployeeDepartmentHistory")
    )


def _rates(oltp: Tables) -> dict[str, tuple[Spell, ...]]:
    """Hourly rates as written, each to the day before the next."""
    starts: dict[str, dict[date, str]] = defaultdict(dict)
    for row in oltp.rows("EmployeePayHistory"):
        starts[row["BusinessEntityID"]][_day(row["RateChangeDate"])] = row["Rate"]
    spells: list[tuple[str, Spell]] = []
    for number, rates in starts.items():
        days = sorted(rates)
        ends = [day - timedelta(days=1) for day in days[1:]]
        spells += [(number, Spell(rates[day], day, end)) for day, end in zip(days, [*ends, None], strict=True)]
    return _spells(spells)


def _territories(oltp: Tables) -> dict[str, tuple[tuple[Spell, Territory], ...]]:
    """Territories by person in the sales' calendar: the history, never SalesPerson.TerritoryID."""
    currencies: dict[str, set[str]] = defaultdict(set)
    for row in oltp.rows("CountryRegionCurrency"):
        currencies[row["CountryRegionCode"]].add(row["CurrencyCode"])
    territories = {}
    for row in oltp.rows("SalesTerritory"):
        country = row["CountryRegionCode"]
        known = currencies[country]  # Germany and France are listed with their old money too
        currency = "EUR" if "EUR" in known else min(known)
        territories[row["TerritoryID"]] = Territory(row["Name"], country, currency)
    spells = _spells(
        (
            row["BusinessEntityID"],
            Spell(
                row["TerritoryID"],
                _day(row["StartDate"]) - SALES_CALENDAR,
                _day_or_none(row["EndDate"], SALES_CALENDAR),
            ),
        )
        for row in oltp.rows("SalesTerritoryHistory")
    )
    return {number: tuple((spell, territories[spell.value]) for spell in own) for number, own in spells.items()}


def _first_quotas(oltp: Tables) -> dict[str, date]:
    """The day of each seller's first quota, in the sales' calendar."""
    firsts: dict[str, date] = {}
    for row in oltp.rows("SalesPersonQuotaHistory"):
        day = _day(row["QuotaDate"]) - SALES_CALENDAR
        firsts[row["BusinessEntityID"]] = min(day, firsts.get(row["BusinessEntityID"], day))
    return firsts


def _spells(pairs: Iterable[tuple[str, Spell]]) -> dict[str, tuple[Spell, ...]]:
    """Spells by person, in the order of their days."""
    grouped: dict[str, list[Spell]] = defaultdict(list)
    for number, spell in pairs:
        grouped[number].append(spell)
    return {number: tuple(sorted(own, key=lambda spell: spell.first)) for number, own in grouped.items()}


def _display_name(login_id: str) -> str:
    r"""A name for those of whom only the log-in is known: `adventure-works\ken0` is "Ken (ken0)"."""
    login = _login(login_id)
    return f"{login.rstrip('0123456789').title()} ({login})"


def _login(login_id: str) -> str:
    return login_id.rpartition("\\")[2]


def _day(text: str) -> date:
    """The day of a date or of a time stamp."""
    return date.fromisoformat(text[:10])


def _day_or_none(text: str, back: timedelta = timedelta(0)) -> date | None:
    return _day(text) - back if text else None


def _next_day(day: date | None) -> date | None:
    return None if day is None else day + timedelta(days=1)
