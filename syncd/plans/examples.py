"""Worked examples of a plan: what goes in, what must come out, beside the plan's file as `NAME.test.yaml`.

```yaml
# plans/reseller.test.yaml         tests plans/reseller.yaml as it is saved
tests:
- about: Ann reaches her quota in January
  quotas: |
    who | measure | from       | to         | amount
    ann | revenue | 2026-01-01 | 2026-03-31 | 20000
  transactions: |
    key | who | date       | amount
    1   | ann | 2026-01-15 | 25000
  expected: |
    who | component  | period  | amount
    ann | commission | 2026-01 | 850.00
```
Tables have their columns between bars; a cell without text is nothing, `to` is a last day. Further tables: `people`
(who, plan, from, to, pay currency, legal entity; else everybody is on the plan all the time), `splits` (of, who,
share), `rates` (date, base, quote, rate). A transaction is in the plan's currency unless it says another; a company's
own fields are columns like the others. Whose name begins with `?` nobody knows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import ClassVar

from calc import inputs
from calc.compile import VersionInForce, compile_plans
from calc.period import PayCalendar, day_rows
from calc.plan import Plan
from calc.reference import evaluated, results
from domain.step import FOREVER
from formula.expression import ColumnType, Type
from formula.meaning import Cell
from formula.parse import suggestion
from formula.quantity import Quantity
from syncd.configuration.document import Keys

_STRICT: dict[str, str | Callable[[str], str]] = {"extra": "forbid"}
_FEED = "example"
#: What is found where nothing is earned: no amount, no reason.
_NOTHING: tuple[Decimal | None, str | None] = (None, None)
_TABLES: Mapping[str, tuple[str, ...]] = {
    "people": ("who", "plan", "from", "to", "pay currency", "legal entity", "engagement"),
    "quotas": ("who", "measure", "from", "to", "amount", "currency", "engagement"),
    "splits": ("of", "who", "share"),
    "rates": ("date", "base", "quote", "rate"),
    "expected": ("who", "component", "period", "amount", "reason"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One worked example, as it is written."""

    __pydantic_config__: ClassVar[dict[str, str | Callable[[str], str]]] = _STRICT

    about: str
    transactions: str
    expected: str
    people: str | None = None
    quotas: str | None = None
    splits: str | None = None
    rates: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """The file: `tests: [..]`."""

    __pydantic_config__: ClassVar[dict[str, str | Callable[[str], str]]] = _STRICT

    tests: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Wrong:
    """A cell or a column that cannot be read: in which table of the example, and what to do."""

    path: Keys
    message: str


@dataclass(frozen=True, slots=True)
class Expected:
    """What an example says of one amount, and what the plan gives; `found` is None where it gives none."""

    who: str
    component: str
    period: str
    expected: Decimal
    found: Decimal | None
    reason: str | None = None
    expected_reason: str | None = None

    @property
    def holds(self) -> bool:
        """Whether both are the same; an amount of zero and none are."""
        return (self.found or Decimal(0)) == self.expected and self.expected_reason in (None, self.reason)


Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class ReadExample:
    """An example over a plan, its tables read."""

    plan: Plan
    columns: Mapping[str, ColumnType]
    calendar: PayCalendar
    tables: Mapping[str, tuple[Row, ...]]

    def outcome(self) -> list[Expected]:
        """Evaluate the plan plainly over the example."""
        persons = {name: number for number, name in enumerate(self._names(), 1)}
        version = VersionInForce(self.plan, 1, date.min + timedelta(366), FOREVER)
        form = compile_plans([version], self.columns, calendar=self.calendar.name)
        found = evaluated(form, self._inputs(persons))
        amounts: dict[tuple[str, str, str], tuple[Decimal, str | None]] = {}
        named = {number: name for name, number in persons.items()}
        for one in results(form, found, {self.calendar.name: self.calendar}):
            key = (named[one.result.key.person], one.result.key.component, one.result.key.earned_period)
            before = amounts.get(key, (Decimal(0), None))
            amounts[key] = (before[0] + one.result.amount, one.result.reason)
        return [
            Expected(*key, Decimal(row["amount"]), amount, reason, row.get("reason"))
            for row in self.tables["expected"]
            for key in [(row["who"], row["component"], row["period"])]
            for amount, reason in [amounts.get(key, _NOTHING)]
        ]

    def _names(self) -> list[str]:
        every = [
            row["who"]
            for name in ("people", "quotas", "transactions", "splits")
            for row in self.tables[name]
            if "who" in row
        ]
        return [name for name in dict.fromkeys(every) if not name.startswith("?")]

    def _inputs(self, persons: Mapping[str, int]) -> dict[str, list[dict[str, Cell]]]:
        days = [_day(row["date"]) for name in ("transactions", "rates") for row in self.tables[name] if "date" in row]
        first, last = (date(one.year, 1, 1) for one in (min(days), max(days)))
        start, end = date(first.year - 1, 1, 1), date(last.year + 2, 1, 1)
        posts = self.tables["people"] or tuple({"who": who} for who in persons)
        return {
            inputs.TRANSACTIONS: [self._transaction(row) for row in self.tables["transactions"]],
            inputs.SPLITS: [
                {"of": f"{_FEED}|{row['of']}", "owner": _owner(row["who"]), "share": _number(row["share"])}
                for row in self.tables["splits"]
            ],
            inputs.NAMES: [{"owner": _owner(who), "person": person} for who, person in persons.items()],
            inputs.ROSTER: [self._post(row, persons) for row in posts],
            inputs.QUOTAS: [self._quota(row, persons) for row in self.tables["quotas"]],
            inputs.RATES: [
                {
                    "feed": self.plan.rates.feed if self.plan.rates else _FEED,
                    **{name: row[name] for name in ("base", "quote")},
                    "date": _day(row["date"]),
                    "rate": _number(row["rate"]),
                }
                for row in self.tables["rates"]
            ],
            inputs.DAYS: list(day_rows({self.calendar.name: self.calendar}, start, end)),
        }

    def _transaction(self, row: Row) -> dict[str, Cell]:
        given: dict[str, Cell] = {name: _cell(row.get(name), kind) for name, kind in self.columns.items()}
        known = {one["of"] for one in self.tables["splits"]}
        own = {"feed": _FEED, "key": row["key"], "place": None, "owner": _owner(row.get("who"))}
        split = f"{_FEED}|{row['key']}" if row["key"] in known else None
        return {**given, **own, "splits_of": split, "currency": row.get("currency", self.plan.currency)}

    def _post(self, row: Row, persons: Mapping[str, int]) -> dict[str, Cell]:
        start = _day(row["from"]) if "from" in row else date(1900, 1, 1)
        return {
            "person": persons[row["who"]],
            "engagement": row.get("engagement", "main"),
            "plan": row.get("plan", self.plan.plan),
            "start": start,
            "end": _day(row["to"]) + timedelta(1) if "to" in row else FOREVER,
            "opened": start,
            "legal_entity": row.get("legal entity"),
            "pay_currency": row.get("pay currency"),
            "pay_group": None,
            "payee": None,
        }

    def _quota(self, row: Row, persons: Mapping[str, int]) -> dict[str, Cell]:
        first, last = _day(row["from"]), _day(row["to"]) + timedelta(1)
        currency = row.get("currency", self.plan.currency)
        return {
            "person": persons[row["who"]],
            "engagement": row.get("engagement", "main"),
            "measure": row["measure"],
            "start": first,
            "end": last,
            "first": first,
            "last": last,
            "amount": _number(row["amount"]),
            "currency": None if currency == "-" else currency,
        }


def read_example(
    example: Example, plan: Plan, columns: Mapping[str, ColumnType], calendar: PayCalendar
) -> ReadExample | tuple[Wrong, ...]:
    """Read an example's tables, or say everything that is wrong with them."""
    known = {**_TABLES, "transactions": ("key", "who", *columns)}
    tables = {name: _table(getattr(example, name)) for name in known}
    wrong = [one for name, rows in tables.items() for one in _wrong(name, rows, known[name], columns)]
    if not tables["transactions"] and not wrong:
        wrong.append(Wrong(("transactions",), "there is no transaction: write at least one"))
    components = {component.was or name for name, component in plan.components.items()} | plan.components.keys()
    named = (row.get("component", "") for row in tables["expected"])
    wrong += [
        Wrong(("expected",), f"the plan has no component '{name}'{suggestion(name, components)}")
        for name in dict.fromkeys(named)
        if name not in components
    ]
    return tuple(wrong) or ReadExample(plan, columns, calendar, tables)


def _table(text: str | None) -> tuple[Row, ...]:
    """Read a table; a cell without text is not there."""
    rows = [[cell.strip() for cell in line.split("|")] for line in (text or "").splitlines() if line.strip()]
    if not rows:
        return ()
    return tuple({name: cell for name, cell in zip(rows[0], row, strict=False) if cell} for row in rows[1:])


#: Without which a row of a table says nothing.
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "people": ("who",),
    "quotas": ("who", "measure", "from", "to", "amount"),
    "splits": ("of", "who", "share"),
    "rates": ("date", "base", "quote", "rate"),
    "expected": ("who", "component", "period", "amount"),
    "transactions": ("key", "date"),
}
_DAYS = ("from", "to", "date")
_NUMBERS = ("amount", "share", "rate")


def _wrong(
    name: str, rows: tuple[Row, ...], known: tuple[str, ...], columns: Mapping[str, ColumnType]
) -> Iterator[Wrong]:
    for nth, row in enumerate(rows, 1):
        for column in row.keys() - set(known):
            yield Wrong((name,), f"row {nth}: there is no column '{column}' here{suggestion(column, known)}")
        for column in _NEEDED[name]:
            if column not in row:
                yield Wrong((name,), f"row {nth}: '{column}' is empty")
        for column, text in row.items():
            kind = columns.get(column) if name == "transactions" else None
            is_day = kind is Type.DAY or (kind is None and column in _DAYS)
            is_number = isinstance(kind, Quantity) or (kind is None and column in _NUMBERS)
            if is_day and not _is(_day, text):
                yield Wrong((name,), f"row {nth}: '{text}' is no day: write it like 2026-01-31")
            if is_number and not _is(_number, text):
                yield Wrong((name,), f"row {nth}: '{text}' is no number: write it like 1200.50 or 60%")


def _is(reading: Callable[[str], object], text: str) -> bool:
    try:
        reading(text)
    except (ValueError, InvalidOperation):
        return False
    return True


def _cell(text: str | None, kind: ColumnType) -> Cell:
    if text is None:
        return None
    if isinstance(kind, Quantity):
        return _number(text)
    return _day(text) if kind is Type.DAY else text


def _number(text: str) -> Decimal:
    value = Decimal(text.removesuffix("%"))
    return value.scaleb(-2) if text.endswith("%") else value


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _owner(who: str | None) -> str | None:
    return None if who is None else f"id:{who}"
