"""Facts: what happened and what it was worth, as a source tells it; corrected by a newer one, never overwritten.

In words: which fields each kind of fact has, of which type, which of them it cannot be without, and how the shares
of a split are written. What a source sends becomes facts in `syncd.facts.load`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from domain.attributes import AttributeType, UnitKind

#: Digits after the point: of amounts and numbers unless a rule says otherwise, of shares, of rates of exchange.
AMOUNT_SCALE = 4
SHARE_SCALE = 6
RATE_SCALE = 10

#: What a source may say of a fact it has sent before: it is gone.
DELETED = "delete"


class FactKind(StrEnum):
    """What a feed of facts feeds."""

    TRANSACTIONS = "transactions"  #: dated facts that can be credited
    CREDITS = "credits"  #: who has which share of a transaction or a deal
    RATES = "rates"  #: what one unit of a currency was worth in another, from a day on
    TABLES = "tables"  #: rows that mappings look up
    SCORES = "scores"  #: what somebody achieved of a measure that no transaction tells
    UNITS = "units"  #: what one belongs to and rolls up through (`domain.units`)
    MEMBERSHIPS = "memberships"  #: who is in which unit or on which plan: proposed likewise (`domain.member`)
    QUOTAS = "quotas"  #: targets: proposed like any change of a participant (`domain.quota`)


#: Kinds that are proposed like any change of a participant, each with days of its own.
PROPOSED = frozenset((FactKind.MEMBERSHIPS, FactKind.QUOTAS))

#: Kinds whose facts are credited: dated, of somebody, all amounts of one in one currency.
CREDITED = frozenset((FactKind.TRANSACTIONS, FactKind.SCORES))


#: What somebody can be a member of, as what, and what may be agreed for a membership alone.
MEMBER_KINDS = ("plan", "team", "territory", "position", "club")
ROLES = ("primary", "lead", "member", "overlay")
TERMS = ("currency", "draw", "guarantee", "pay_mix", "ramp", "target")


class Code(StrEnum):
    """Why a fact waits in quarantine: what it says is readable, and cannot be placed."""

    OWNER_MISSING = "owner_missing"  #: nobody is named
    OWNER_UNKNOWN = "owner_unknown"  #: no source knows who is named
    DATE_MISSING = "date_missing"
    CURRENCY_MISSING = "currency_missing"  #: no three capitals beside an amount
    TWO_CURRENCIES = "two_currencies"  #: amounts of one transaction in several
    SHARES = "shares"  #: they do not sum to 100 %, or are none
    NAMED_TWICE = "named_twice"  #: two shares of one person
    TWO_RATES = "two_rates"  #: for one day and two currencies
    TWO_SCORES = "two_scores"  #: of one participant, measure, goal and day
    MEASURE_MISSING = "measure_missing"
    SCORE_MISSING = "score_missing"  #: nobody has scored it yet
    TWO_UNITS = "two_units"  #: rows of one unit that share a day
    UNIT_CIRCLE = "unit_circle"  #: a unit that would be above itself


#: Why facts cannot hold beside others, each readable by itself.
BESIDE = {
    FactKind.CREDITS: (Code.SHARES,),
    FactKind.RATES: (Code.TWO_RATES,),
    FactKind.SCORES: (Code.TWO_SCORES,),
    FactKind.UNITS: (Code.TWO_UNITS, Code.UNIT_CIRCLE),
}


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of a kind of fact.

    types   name -> type; numbers have `scale` digits after the point unless a rule says otherwise
    needed  without which nothing can be made of it, each with what to do
    closed  fields whose values come from a closed list
    own     any other name is the company's own: text, or of the type its rule says
    later   fields that the contract has and this version has not
    """

    types: Mapping[str, AttributeType]
    needed: Mapping[str, str]
    scale: int = AMOUNT_SCALE
    closed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    own: bool = False
    later: tuple[str, ...] = ()


_T = AttributeType

FIELDS: dict[FactKind, Fields] = {
    FactKind.TRANSACTIONS: Fields(
        types={
            **dict.fromkeys(
                ("kind", "event", "deal", "customer", "product", "territory", "stage", "reverses"), _T.TEXT
            ),
            **dict.fromkeys(("date", "booked_on", "invoiced_on", "received_on", "cancelled_on"), _T.DATE),
            **dict.fromkeys(("amount", "cost"), _T.MONEY),
            "quantity": _T.DECIMAL,
            "owner": _T.PARTICIPANT,
            "splits": _T.SET,
        },
        needed={"date": "say which day it counts for"},
        closed={"event": ("new", "change", "cancel", "return")},
        own=True,
    ),
    FactKind.CREDITS: Fields(
        types={"transaction": _T.TEXT, "deal": _T.TEXT, "participant": _T.PARTICIPANT, "share": _T.TEXT},
        needed={"participant": "say whose share it is", "share": "say how much, as 60% or 0.6"},
    ),
    FactKind.RATES: Fields(
        types={"base": _T.TEXT, "quote": _T.TEXT, "date": _T.DATE, "rate": _T.DECIMAL},
        needed={
            "base": "say of which currency one unit is meant",
            "quote": "say in which currency it is worth the rate",
            "date": "say from which day on",
            "rate": "say how much it is worth",
        },
        scale=RATE_SCALE,
    ),
    FactKind.TABLES: Fields(
        types={"key": _T.TEXT, "from": _T.DATE, "until": _T.DATE, "parent": _T.TEXT},
        needed={},
        own=True,
    ),
    FactKind.SCORES: Fields(
        types={
            **dict.fromkeys(("measure", "goal"), _T.TEXT),
            "participant": _T.PARTICIPANT,
            "date": _T.DATE,
            "score": _T.DECIMAL,
            "target": _T.MONEY,
        },
        needed={
            "participant": "say whose score it is",
            "measure": "say of which measure, as the plan names it after `score:`",
            "date": "say for which day it counts, such as the last one of its period",
            "score": "say how much was achieved",
        },
        own=True,
    ),
    FactKind.UNITS: Fields(
        types={
            **dict.fromkeys(("unit", "kind", "name", "parent", "parent_kind"), _T.TEXT),
            **dict.fromkeys(("from", "until"), _T.DATE),
        },
        needed={
            "unit": "say its id, by which people and other units name it",
            "kind": "say what it is, such as `kind: {value: team}`",
        },
        closed=dict.fromkeys(("kind", "parent_kind"), tuple(UnitKind)),
    ),
    FactKind.MEMBERSHIPS: Fields(
        types={
            **dict.fromkeys(("kind", "unit", "role", "share", "currency", "pay_mix", "ramp"), _T.TEXT),
            **dict.fromkeys(("draw", "guarantee", "target"), _T.DECIMAL),
            **dict.fromkeys(("from", "until"), _T.DATE),
            "participant": _T.PARTICIPANT,
        },
        needed={
            "participant": "say whose membership it is",
            "kind": "say what one is a member of, such as `kind: {value: team}`",
            "unit": "say the id of the unit, or the plan's name",
            "from": "say from which day on",
        },
        closed={"kind": MEMBER_KINDS, "role": ROLES},
    ),
    FactKind.QUOTAS: Fields(
        types={
            **dict.fromkeys(("measure", "currency", "line"), _T.TEXT),
            **dict.fromkeys(("from", "until"), _T.DATE),
            "participant": _T.PARTICIPANT,
            "amount": _T.DECIMAL,
        },
        needed={
            "participant": "say whose quota it is",
            "measure": "say of which measure, as the plan names it",
            "from": "say from which day on",
            "until": "say until when (the last day with `inclusive: true`)",
            "amount": "say how much",
        },
        later=("team", "unit", "title"),
    ),
}

#: Where one reads what somebody meant to say with a field that there is not.
MEANT = {
    FactKind.TRANSACTIONS: {
        "currency": "say it beside the amount: `amount: {from: Sales, currency: {from: Currency}}`",
        "participant": "whose it is stands in `owner`, shares in `splits`",
    },
}

#: Digits, and perhaps a per cent sign, a space before it; the engine reads by the same.
SHARE = "([0-9]{1,9}(?:[.][0-9]{0,9})?|[.][0-9]{1,9})[ \u00a0\u202f]*(%?)"


def share_of(text: str) -> Decimal | None:
    """Read `60%` or `0.6` as a share of the whole; None where it is none, or has more than six digits after the point.

    A share is more than nothing and at most the whole.
    """
    match = re.fullmatch(SHARE, text)
    if match is None:
        return None
    share = Decimal(match[1]).scaleb(-2 if match[2] else 0)
    exact = share == round(share, SHARE_SCALE)
    return share if exact and 0 < share <= 1 else None


def part_of(member: str) -> tuple[str, Decimal] | None:
    """Read one member of `splits`, `00123=60%`: whose, and which share; None where it is none."""
    name, _, share = member.rpartition("=")
    found = share_of(share.strip(" "))
    return (name.strip(" "), found) if found is not None and name.strip(" ") else None
