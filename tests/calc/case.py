"""Worked examples as YAML: a plan, small tables of what goes in, and what must come out.

    about: one sentence
    source: {publisher, url, licence}
    plan: {..}                         # as a file under plans/; more_plans: [..]; later_versions: [{from, plan}]
    fields: {material: money}          # the company's own fields of transactions
    people, quotas, rates, transactions, scores, splits: |     # tables; `to` is a last day
    lines, expected, gaps, differences: |              # what must be found; `all` adds up; `published`: its name there
    per, negative                      # the source prints percentages of this; takes these without their sign
    missing: {name: why}               # figures of the source that no component gives

A person is on the plan from 2025 on where `people` does not say otherwise; nobody knows a name that begins with `?`.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter

from calc.check import Known, check, check_after
from calc.compile import PayForm, VersionInForce, compile_plans
from calc.inputs import SCORED, TRANSACTION, declared_type, score_columns, transaction_columns
from calc.period import Pay, PayCalendar, day_rows
from calc.plan import Plan
from calc.reference import evaluated, results
from domain.attributes import AttributeType
from formula.expression import ColumnType, Type
from formula.quantity import Quantity

FOLDER = Path(__file__).parent / "cases"
NOT_YET = "not_yet"
FAR = date(9999, 12, 31)
START, END = date(2025, 1, 1), date(2027, 1, 1)
CALENDARS = {
    "main": PayCalendar("main"),
    "fiscal": PayCalendar("fiscal", Pay.BIWEEKLY, year_starts=(7, 1)),
}
PLAN = TypeAdapter(Plan)
FEED = "sales"


def texts(document: str) -> Any:
    """Read YAML whose every scalar is text."""
    return yaml.load(document, yaml.BaseLoader)  # noqa: S506  it makes nothing but texts, lists and dictionaries


def plan_of(document: Any, **changes: Any) -> Plan:
    """Read a plan as the loader does; it must be without mistakes."""
    found: Plan = PLAN.validate_python({**(texts(document) if isinstance(document, str) else document), **changes})
    return found


def table(text: str | None) -> list[dict[str, str]]:
    """Read a table of columns between bars; a cell without text is not there."""
    rows = [[cell.strip() for cell in line.split("|")] for line in (text or "").splitlines() if line.strip()]
    if not rows:
        return []
    return [{name: cell for name, cell in zip(rows[0], row, strict=True) if cell} for row in rows[1:]]


def cells(row: dict[str, str], columns: dict[str, ColumnType]) -> dict[str, Any]:
    """Give the cells of a row their types."""
    found: dict[str, Any] = dict.fromkeys(columns)
    for name, kind in columns.items():
        if name in row:
            found[name] = cell(row[name], kind)
    return found


def cell(text: str, kind: ColumnType) -> Any:
    if isinstance(kind, Quantity):
        return Decimal(text.rstrip("%")).scaleb(-2 if text.endswith("%") else 0)
    return date.fromisoformat(text) if kind is Type.DAY else text


@dataclass(frozen=True)
class Case:
    """One worked example."""

    id: str
    document: Any
    offset: int = 0  #: of the numbers of its people
    prefix: str = ""  #: of the names of its plans, people and transactions

    @cached_property
    def columns(self) -> dict[str, ColumnType]:
        own = {name: declared_type(AttributeType(kind), 4) for name, kind in self.document.get("fields", {}).items()}
        if "scores" not in self.document:
            return {**TRANSACTION, **own}
        return transaction_columns([score_columns({"target": declared_type(AttributeType.MONEY, 4), **own})])

    @cached_property
    def versions(self) -> list[VersionInForce]:
        plans = [self.document["plan"], *self.document.get("more_plans", [])]
        later = {one["plan"]["plan"]: one for one in self.document.get("later_versions", [])}
        found = []
        for document in plans:
            newer = later.get(document["plan"])
            end = date.fromisoformat(newer["from"]) if newer else FAR
            found.append(VersionInForce(self._plan(document), 1, START, end))
            if newer:
                found.append(VersionInForce(self._plan(newer["plan"]), 2, end, FAR))
        return found

    def _plan(self, document: Any) -> Plan:
        return plan_of(document, plan=self.prefix + document["plan"])

    @cached_property
    def persons(self) -> dict[str, int]:
        names = [
            row["who"]
            for name in ("people", "quotas", "transactions", "scores", "splits")
            for row in table(self.document.get(name))
            if not row.get("who", "?").startswith("?")
        ]
        return {name: self.offset + number for number, name in enumerate(dict.fromkeys(names), 1)}

    @cached_property
    def form(self) -> PayForm:
        for one in self.versions:
            known = Known(columns=self.columns, rate_feeds=["fx"], calendars=list(CALENDARS))
            assert check(one.plan, known) == ()
        assert check_after(self.versions[-1].plan, [one.plan for one in self.versions[:1]]) == () or self.document.get(
            "more_plans"
        )
        return compile_plans(self.versions, self.columns)

    @cached_property
    def tables(self) -> dict[str, list[dict[str, Any]]]:
        return {
            "transactions": [
                *(self._transaction(row) for row in table(self.document.get("transactions"))),
                *({**self._transaction(row), SCORED: row.get("measure")} for row in table(self.document.get("scores"))),
            ],
            "splits": [
                {
                    "of": self._of(row["of"]),
                    "owner": self._owner(row["who"]),
                    "share": Decimal(row["share"].rstrip("%")).scaleb(-2),
                }
                for row in table(self.document.get("splits"))
            ],
            "names": [{"owner": self._owner(who), "person": person} for who, person in self.persons.items()],
            "roster": [self._post(row) for row in self._people()],
            "quotas": [self._quota(row) for row in table(self.document.get("quotas"))],
            "rates": [
                {
                    "feed": "fx",
                    **{name: row[name] for name in ("base", "quote")},
                    "date": date.fromisoformat(row["date"]),
                    "rate": Decimal(row["rate"]),
                }
                for row in table(self.document.get("rates"))
            ],
            "days": list(day_rows(CALENDARS, START, END)),
        }

    def _people(self) -> list[dict[str, str]]:
        named = table(self.document.get("people"))
        plan = self.document["plan"]["plan"]
        return named or [{"who": who, "plan": plan, "from": START.isoformat()} for who in self.persons]

    def _owner(self, who: str | None) -> str | None:
        return who and f"id:{self.prefix}{who}"

    def _of(self, key: str) -> str:
        return f"{FEED}|{self.prefix}{key}"

    def _transaction(self, row: dict[str, str]) -> dict[str, Any]:
        given = cells(row, self.columns)
        key = self.prefix + row["key"]
        given |= {"feed": FEED, "key": key, "place": f"sales.csv:{row['key']}", "owner": self._owner(row.get("who"))}
        given |= {"splits_of": self._split(row), "currency": row.get("currency", "USD")}
        return given

    def _split(self, row: dict[str, str]) -> str | None:
        known = {one["of"] for one in table(self.document.get("splits"))}
        return next((self._of(name) for name in (row["key"], row.get("deal")) if name in known and name), None)

    def _post(self, row: dict[str, str]) -> dict[str, Any]:
        end = date.fromisoformat(row["to"]) + timedelta(1) if "to" in row else FAR
        start = date.fromisoformat(row["from"])
        return {
            "person": self.persons[row["who"]], "engagement": row.get("engagement", "main"),
            "plan": self.prefix + row["plan"] if "plan" in row else None,
            "start": start, "end": end, "opened": start, "legal_entity": row.get("legal entity"),
            "pay_currency": row.get("pay currency"), "pay_group": None, "payee": None,
        }  # fmt: skip

    def _quota(self, row: dict[str, str]) -> dict[str, Any]:
        first, last = date.fromisoformat(row["from"]), date.fromisoformat(row["to"]) + timedelta(1)
        currency = row.get("currency", "USD")
        return {
            "person": self.persons[row["who"]], "engagement": row.get("engagement", "main"),
            "measure": row["measure"], "start": first, "end": last, "first": first, "last": last,
            "amount": Decimal(row["amount"]), "currency": None if currency == "-" else currency,
        }  # fmt: skip

    @cached_property
    def evaluation(self):
        return evaluated(self.form, self.tables)

    @cached_property
    def results(self):
        return list(results(self.form, self.evaluation, CALENDARS))

    @cached_property
    def amounts(self) -> dict[tuple[str, str, str], str]:
        """What was earned, by who, component and period; segments of one period are added up."""
        names = {person: who for who, person in self.persons.items()}
        found: dict[tuple[str, str, str], Decimal] = {}
        for one in self.results:
            key = one.result.key
            place = names[key.person], key.component, key.earned_period
            found[place] = found.get(place, Decimal(0)) + one.result.amount
        return {place: str(amount) for place, amount in found.items()}

    @cached_property
    def gaps(self) -> dict[str, str]:
        """Why transactions are not credited, by key."""
        rows = self.evaluation.rows[self.form.gaps]
        return {row.values["key"].removeprefix(self.prefix): row.values["code"] for row in rows}

    @cached_property
    def aside(self) -> set[tuple[str, str | None, str]]:
        """Who is set aside: who, component, code."""
        names = {person: who for who, person in self.persons.items()}
        rows = [row.values for row in self.evaluation.rows[self.form.set_aside]]
        return {(names[row["person"]], row["component"], row["code"]) for row in rows}

    @cached_property
    def lines(self) -> list[dict[str, Any]]:
        names = [name for one in self.form.components for name in one.lines]
        return [dict(row.values) for name in names for row in self.evaluation.rows[name]]


@cache
def cases() -> dict[str, Case]:
    """Every worked example, by its id."""
    found = sorted(FOLDER.glob("*.yaml"))
    return {
        file.stem: Case(file.stem, texts(file.read_text(encoding="utf-8")), 1000 * number, f"{file.stem}/")
        for number, file in enumerate(found, 1)
        if file.stem != NOT_YET
    }


@cache
def not_yet() -> dict[str, str]:
    """Published examples that cannot be expressed, and what is missing."""
    found: dict[str, str] = texts((FOLDER / f"{NOT_YET}.yaml").read_text(encoding="utf-8"))
    return found
