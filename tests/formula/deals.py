"""Deals and terms, and relations over them."""

from datetime import date
from decimal import Decimal

from formula.evaluate import evaluate
from formula.expression import ColumnType, Expression, Type
from formula.meaning import Cell
from formula.quantity import count, money, rate
from formula.relation import (
    Derive,
    Scan,
    Stage,
)

Row = dict[str, Cell]

DEALS: dict[str, ColumnType] = {
    "id": Type.WHOLE,
    "who": Type.TEXT,
    "day": Type.DAY,
    "amount": money("USD", 2),
    "share": rate(3),
}
TERMS: dict[str, ColumnType] = {
    "who": Type.TEXT,
    "start": Type.DAY,
    "end": Type.DAY,
    "rate": rate(4),
    "rank": count(0),
}
TYPES = {"deals": DEALS, "terms": TERMS}
SCANS = (
    Stage("deals_", Scan("deals", tuple((name, name) for name in DEALS)), "deals"),
    Stage("terms_", Scan("terms", tuple((name, name) for name in TERMS)), "terms"),
)


def day(number: int) -> date:
    return date(2026, 1, number)


def deal(number: int, amount: str | None, *, who: str | None = "ann", on: int = 5, share: str | None = None) -> Row:
    return {
        "id": number,
        "who": who,
        "day": day(on),
        "amount": None if amount is None else Decimal(amount),
        "share": None if share is None else Decimal(share),
    }


def term(start: int, end: int, of: str = "0.03", *, who: str | None = "ann", rank: int = 1) -> Row:
    return {"who": who, "start": day(start), "end": day(end), "rate": Decimal(of), "rank": Decimal(rank)}


def found(relation, deals=(), terms=(), column=None, **more):
    rows = evaluate((*SCANS, Stage("made", relation)), {"deals": deals, "terms": terms}, TYPES)
    return rows if column is None else [row[column] for row in rows]


ON = (("who", "who"),)
RATE = (("rate", "rate"),)


def derived(how: Expression, source: str = "deals_"):
    return Derive(source, (("made", how),))
