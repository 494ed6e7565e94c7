"""What a calculation reads: the tables that compiled plans scan, their columns and types.

The engine loads them as known at one revision; the reference evaluation gets the same columns of a few people. Every
day is a `Type.DAY`, every period half-open with 9999-12-31 for no end, every person a `Type.WHOLE` (P12 is 12).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from domain.attributes import AttributeType
from formula.expression import ColumnType, Type
from formula.quantity import DEAL_CURRENCY, Quantity, count, money, rate

#: Scales: of amounts, of shares and rates of tiers, of rates of exchange, of attainment.
AMOUNT_SCALE = 4
SHARE_SCALE = 6
RATE_SCALE = 10

TRANSACTIONS = "transactions"
SPLITS = "splits"
NAMES = "names"
ROSTER = "roster"
QUOTAS = "quotas"
RATES = "rates"
TERMS = "terms"
DAYS = "days"
PLANS = "plans"

#: What every transaction has. `owner` names a person as the source does, with by what: `employee_id:00123`,
#: `crm:0058x` (a link); `splits_of` is what its splits are found by, null where it has none; `currency` is of all its
#: money.
TRANSACTION: Mapping[str, ColumnType] = {
    **dict.fromkeys(("feed", "key", "place", "owner", "splits_of", "currency"), Type.TEXT),
    **dict.fromkeys(("kind", "event", "deal", "customer", "product", "territory", "stage", "reverses"), Type.TEXT),
    **dict.fromkeys(("date", "booked_on", "invoiced_on", "received_on", "cancelled_on"), Type.DAY),
    **dict.fromkeys(("amount", "cost"), money(DEAL_CURRENCY, AMOUNT_SCALE)),
    "quantity": count(AMOUNT_SCALE),
}

#: What a score is credited by, beside what it shares with transactions: the column that says of which measure it is,
#: null for a transaction (no field of a company has such a name), and what it has.
SCORED = "score:measure"
SCORE: Mapping[str, ColumnType] = {SCORED: Type.TEXT, "goal": Type.TEXT, "score": count(AMOUNT_SCALE)}

#: What tells the scores of one feed apart, whatever their keys: there is one of each.
SCORE_OF: Mapping[str, ColumnType] = {
    **dict.fromkeys(("participant", "measure", "goal"), Type.TEXT),
    "date": Type.DAY,
}

#: Parts of a whole: `of` is a deal or one transaction (`feed|key`); shares of one `of` sum to 1.
SPLIT: Mapping[str, ColumnType] = {"of": Type.TEXT, "owner": Type.TEXT, "share": rate(SHARE_SCALE)}

#: Whom a name names: every person a source knows, once for each id and link. A name of two people is not here.
NAME: Mapping[str, ColumnType] = {"owner": Type.TEXT, "person": Type.WHOLE}

#: The days on which a participant has a plan: one row for each engagement, plan and version of the person.
#: Only people approved to earn, on days on which they are employed; `opened` is the first day of that employment. A
#: row without a plan says that the participant has none on these days; without a pay currency it is the plan's.
ROSTER_ROW: Mapping[str, ColumnType] = {
    "person": Type.WHOLE,
    "engagement": Type.TEXT,
    "plan": Type.TEXT,
    "start": Type.DAY,
    "end": Type.DAY,
    "opened": Type.DAY,
    "legal_entity": Type.TEXT,
    "pay_currency": Type.TEXT,
    "pay_group": Type.TEXT,
    "payee": Type.TEXT,
}

#: How each plan that was ever published stands on which days: the `code` says why it pays nothing, null where it does
#: (`calc.standing`). It comes with the plans, as their terms do.
PLAN_ROW: Mapping[str, ColumnType] = {"plan": Type.TEXT, "start": Type.DAY, "end": Type.DAY, "code": Type.TEXT}

#: A decided quota, on the days on which it is in force; `first` and `last` are its own span `[first, last)`, over which
#: `amount` is the whole. `currency` is null for a measure that is no money. Those of one day (lines) add up.
QUOTA: Mapping[str, ColumnType] = {
    "person": Type.WHOLE,
    "engagement": Type.TEXT,
    "measure": Type.TEXT,
    "start": Type.DAY,
    "end": Type.DAY,
    "first": Type.DAY,
    "last": Type.DAY,
    "amount": count(AMOUNT_SCALE),
    "currency": Type.TEXT,
}

#: What one unit of `base` was worth in `quote`, from a day on: as published, not spread.
RATE: Mapping[str, ColumnType] = {
    "feed": Type.TEXT,
    "base": Type.TEXT,
    "quote": Type.TEXT,
    "date": Type.DAY,
    "rate": rate(RATE_SCALE),
}

#: A day of a calendar, the one after it, and each period it lies in: its label, first day, first day after
#: (`calc.period.day_rows`). What is dated outside of them is not calculated.
DAY: Mapping[str, ColumnType] = {
    "calendar": Type.TEXT,
    "day": Type.DAY,
    "next": Type.DAY,
    **{f"{span}": Type.TEXT for span in ("month", "quarter", "half", "year")},
    **{f"{span}_{edge}": Type.DAY for span in ("month", "quarter", "half", "year") for edge in ("start", "end")},
}


#: What every calculation scans besides the terms of its plans.
INPUTS: Mapping[str, Mapping[str, ColumnType]] = {
    TRANSACTIONS: TRANSACTION,
    SPLITS: SPLIT,
    NAMES: NAME,
    ROSTER: ROSTER_ROW,
    QUOTAS: QUOTA,
    RATES: RATE,
    DAYS: DAY,
}


def declared_type(kind: AttributeType, scale: int) -> ColumnType:
    """Give the type that a company's own field of a transaction has in formulas."""
    match kind:
        case AttributeType.DATE:
            return Type.DAY
        case AttributeType.MONEY:
            return money(DEAL_CURRENCY, scale)
        case AttributeType.DECIMAL:
            return count(scale)
        case AttributeType.WHOLE:
            return count(0)
        case _:
            return Type.TEXT


def transaction_columns(feeds: Iterable[Mapping[str, ColumnType]]) -> dict[str, ColumnType]:
    """Give the columns that transactions of several feeds have together: the usual ones, and each feed's own.

    A number has the most digits that any of them gives it. Where two feeds do not mean the same by a name, the first
    one does, and the other says nothing there.
    """
    found = dict(TRANSACTION)
    for columns in feeds:
        for name, kind in columns.items():
            known = found.setdefault(name, kind)
            if is_same_kind(known, kind) and isinstance(known, Quantity) and isinstance(kind, Quantity):
                found[name] = replace(known, scale=max(known.scale, kind.scale))
    return found


def score_columns(columns: Mapping[str, ColumnType]) -> dict[str, ColumnType]:
    """Give the columns that scores of a feed have where they are credited beside transactions."""
    own = {name: kind for name, kind in columns.items() if name not in ("participant", "measure")}
    return {"owner": Type.TEXT, **SCORE, **own}


def is_same_kind(one: ColumnType, other: ColumnType) -> bool:
    """Tell whether two columns can stand for one another, whatever their digits."""
    if isinstance(one, Quantity) and isinstance(other, Quantity):
        return one.is_like(other)
    return one == other
