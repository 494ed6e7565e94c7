"""Random plans, people and facts: small, and full of what goes wrong in real ones."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from calc.check import Known, check
from calc.compile import PayForm, VersionInForce, compile_plans
from calc.period import day_rows
from tests.calc.case import CALENDARS, FAR, plan_of

START, END = date(2026, 1, 1), date(2026, 8, 1)
CUT = date(2026, 4, 10)
PEOPLE = (1, 2, 3)
SPANS = ("month", "quarter", "half", "year")
LENGTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}


@dataclass(frozen=True)
class World:
    """Versions of plans, and the tables they are calculated over."""

    versions: tuple[VersionInForce, ...]
    given: dict[str, list[dict[str, Any]]]

    @property
    def tables(self) -> dict[str, list[dict[str, Any]]]:
        known = {row["of"] for row in self.given["splits"]}
        sold = [
            {**row, "splits_of": row["splits_of"] if row["splits_of"] in known else None}
            for row in self.given["transactions"]
        ]
        return {**self.given, "transactions": sold, "names": NAMES, "days": list(day_rows(CALENDARS, START, END))}

    @property
    def form(self) -> PayForm:
        return compile_plans(self.versions)


def percents(low, high):
    return st.integers(low, high).map(lambda number: f"{number / 4}%")


@st.composite
def ladders(draw, bounds, is_money):
    many = draw(st.integers(1, 4))
    size = {"quota": 120, "amount": 4000, "quantity": 40}[bounds]
    uptos = sorted(draw(st.sets(st.integers(1, size), min_size=many - 1, max_size=many - 1)))
    rates = draw(st.lists(st.integers(0, 60), min_size=many, max_size=many))
    tiers = [{"rate": f"{rate / 4}%" if is_money else f"{rate / 4}"} for rate in rates]
    for tier, upto in zip(tiers, uptos, strict=False):
        tier["upto"] = f"{upto}%" if bounds == "quota" else str(upto)
    return tiers


@st.composite
def components(draw, measure, is_money):
    earned = draw(st.sampled_from(SPANS))
    bounds = draw(st.sampled_from(["quota", "amount" if is_money else "quantity"]))
    common = {
        "measure": measure,
        "earned": earned,
        "bounds": bounds,
        "prorate": draw(st.sampled_from(["none", "days"])),
        "round": draw(st.sampled_from(["half_even", "half_up"])),
    }
    if draw(st.booleans()):
        per = draw(st.sampled_from([span for span in SPANS if LENGTHS[span] >= LENGTHS[earned]]))
        common["cap"] = {"amount": str(draw(st.integers(1, 300))), "per": per}
    if draw(st.integers(0, 3)) == 0:
        at = f"{draw(st.integers(1, 150))}%" if bounds == "quota" else str(draw(st.integers(1, 3000)))
        return {"type": "bonus", "at": at, "amount": str(draw(st.integers(1, 500))), **common}
    return {
        "type": "tiers",
        "accumulate": draw(st.sampled_from([span for span in SPANS if LENGTHS[span] >= LENGTHS[earned]])),
        "method": draw(st.sampled_from(["marginal", "whole"])),
        "boundary": draw(st.sampled_from(["lower", "upper"])),
        "tiers": draw(ladders(bounds, is_money)),
        **common,
    }


@st.composite
def plan_documents(draw, name):
    is_money = draw(st.booleans())
    measure = "revenue" if is_money else "pieces"
    money = {"sum": draw(st.sampled_from(["amount", "amount - cost", "amount * 0.333"]))}
    number = draw(st.sampled_from([{"sum": "quantity"}, {"count": "deal"}]))
    measures = {measure: dict(money if is_money else number)}
    if draw(st.booleans()):
        measures[measure]["where"] = "kind == 'deal'"
    if draw(st.booleans()):
        measures[measure]["dated_by"] = "booked_on"
    credit = [{"to": draw(st.sampled_from(["owner", "splits"])), "measure": measure}]
    if draw(st.booleans()):
        credit[0]["share"] = f"{draw(st.integers(1, 100))}%"
    if draw(st.integers(0, 3)) == 0:
        credit.append({"to": "owner", "measure": measure, "share": "12.5%", "where": "quantity > 3"})
    many = draw(st.integers(1, 2))
    return {
        "plan": name,
        "currency": "USD",
        "rates": draw(st.sampled_from([None, {"feed": "fx", "through": "EUR", "max_age": "10 days", "digits": 2}])),
        "measures": measures,
        "credit": credit,
        "components": {f"part{nth}": draw(components(measure, is_money)) for nth in range(many)},
    }


@st.composite
def plans(draw, names=("red", "blue")):
    found = []
    for name in names:
        first = draw(plan_documents(name))
        found.append(VersionInForce(_plan(first), 1, date(2020, 1, 1), CUT))
        second = draw(plan_documents(name)) if draw(st.booleans()) else first
        found.append(VersionInForce(_plan(second), 2, CUT, FAR))
    return tuple(found)


def _plan(document):
    plan = plan_of({key: value for key, value in document.items() if value is not None})
    assert check(plan, Known(rate_feeds=["fx"])) == ()
    return plan


DAYS = st.integers(-20, (END - START).days + 10).map(lambda number: START + timedelta(number))
OWNERS = st.sampled_from([*(f"id:{person}" for person in PEOPLE), "id:nobody", None])


def periods():
    return st.tuples(DAYS, st.integers(1, 250)).map(lambda pair: (pair[0], pair[0] + timedelta(pair[1])))


@st.composite
def rosters(draw):
    rows = []
    for person in PEOPLE:
        cuts = sorted(draw(st.sets(DAYS, min_size=2, max_size=4)))
        for start, end in pairwise(cuts):
            plan = draw(st.sampled_from(["red", "blue", None]))
            rows.append(_post(person, plan, start, end, draw(st.sampled_from([None, "USD", "GBP"]))))
    if draw(st.integers(0, 9)) == 0:
        start, end = draw(periods())
        rows.append(_post(1, "red", start, end, None))
    return rows


def _post(person, plan, start, end, currency):
    return {
        "person": person, "engagement": "main", "plan": plan, "start": start, "end": end, "opened": START,
        "legal_entity": currency and f"{currency} Ltd", "pay_currency": currency, "pay_group": None, "payee": None,
    }  # fmt: skip


@st.composite
def quotas(draw):
    rows = []
    for person in PEOPLE:
        for _ in range(draw(st.integers(0, 3))):
            first, last = draw(periods())
            measure = draw(st.sampled_from(["revenue", "pieces"]))
            currency = draw(st.sampled_from(["USD", "USD", "USD", "EUR", None]))
            rows.append({
                "person": person, "engagement": "main", "measure": measure, "start": first, "end": last,
                "first": first, "last": last, "amount": Decimal(draw(st.integers(-10, 4000))),
                "currency": None if measure == "pieces" else currency,
            })  # fmt: skip
    return rows


@st.composite
def transactions(draw, most=20):
    rows = []
    for number in range(draw(st.integers(0, most))):
        day = draw(DAYS)
        rows.append({
            "feed": "sales", "key": f"{number}", "place": f"sales.csv:{number}", "owner": draw(OWNERS),
            "splits_of": draw(st.sampled_from([f"sales|{number}", "D1", "D2"])),
            "currency": draw(st.sampled_from(["USD", "USD", "EUR", "GBP", "XXX"])),
            "kind": draw(st.sampled_from(["deal", "deal", "service"])), "deal": draw(st.sampled_from(["D1", None])),
            "date": day, "booked_on": draw(st.sampled_from([day, day + timedelta(9), None])),
            "amount": Decimal(draw(st.integers(-300000, 900000))) / 100,
            "cost": Decimal(draw(st.integers(0, 300000))) / 100,
            "quantity": draw(st.sampled_from([Decimal(1), Decimal("2.5"), Decimal(-1), Decimal(7), None])),
        })  # fmt: skip
    return rows


@st.composite
def splits(draw):
    rows = []
    for deal in ("D1", "sales|0", "sales|1"):
        owners = draw(st.lists(OWNERS.filter(bool), max_size=3, unique=True))
        left = Decimal(1)
        for nth, owner in enumerate(owners):
            is_last = nth == len(owners) - 1
            share = left if is_last else left * draw(st.integers(1, 9)) / 10
            share = share.quantize(Decimal("0.000001"))
            rows.append({"of": deal, "owner": owner, "share": share})
            left -= share
    return rows


RATES = st.integers(5000, 15000)


@st.composite
def rates(draw):
    days = draw(st.sets(DAYS, max_size=12))
    return [
        {"feed": "fx", "base": "EUR", "quote": quote, "date": day, "rate": Decimal(draw(RATES)) / 10000}
        for day in sorted(days)
        for quote in draw(st.sampled_from([("USD", "GBP"), ("USD",), ("GBP",)]))
    ]  # fmt: skip


NAMES = [{"owner": f"id:{person}", "person": person} for person in PEOPLE]


@st.composite
def worlds(draw, most=20):
    tables = {
        "transactions": draw(transactions(most)),
        "splits": draw(splits()),
        "roster": draw(rosters()),
        "quotas": draw(quotas()),
        "rates": draw(rates()),
    }
    return World(draw(plans()), tables)
