"""What keeps a row from being a fact, in plain words and with what to do about it."""

from __future__ import annotations

from decimal import Decimal

from domain.facts import SHARE_SCALE, Code, FactKind
from domain.problem import Problem, Severity
from engine.aside import Aside
from mapping.facts import FactForm
from syncd.feeds.pull import Read

#: How many rows that are set aside a run lists, each once; the others are counted.
LISTED = 20_000

_CAPITALS = "write three capital letters such as USD, in the source or with `values`"
_SHARES = "correct them in the source, as 60% or 0.6"


def problem_of(aside: Aside, form: FactForm) -> Problem:
    """Give the problem of a row whose values can be read."""
    rule = form.mapping.rules.get(aside.field or "")
    return Problem(
        row=aside.row,
        code=aside.code,
        message=_said(aside, form),
        severity=Severity.WARNING if aside.code == "repeated_row" else Severity.ERROR,
        place=aside.place,
        key=aside.key,
        field=aside.field,
        column=", ".join(rule.sources) or None if rule else None,
        value=aside.said,
    )


def unreadable_rows(read: Read, limit: int) -> list[Problem]:
    """Give the problems of the first rows that could not even be taken apart."""
    return [
        Problem(reject.row, "unreadable_row", reject.reason, place=f"{name}:{reject.row}", value=reject.raw)
        for name, reject in read.rejects[:limit]
    ]


#: Why a fact that is known cannot hold beside others: the field it is about, what is wrong, what to do.
_BESIDE = {
    Code.TWO_RATES: ("rate", "another row has another rate for that day and these two currencies", "keep one"),
    Code.TWO_SCORES: (
        "score",
        "another row scores the same participant, measure and goal for that day",
        "keep one, or tell them apart by `goal`",
    ),
    Code.TWO_UNITS: (
        "unit",
        "another row, of this feed or another one, speaks of the same unit on one of its days",
        "keep one, or part their days with `from` and `until`",
    ),
    Code.UNIT_CIRCLE: ("parent", "following the parents leads back to this very unit", "correct one of them"),
    Code.SHARES: (
        "share",
        "the shares it belongs to do not sum to 100 %",
        f"{_SHARES}; where several feeds have what it names, say which: FEED:KEY",
    ),
}


def broken_problem(key: str, code: Code, row: int | None, place: str | None) -> Problem:
    """Give the problem of a fact that is known and cannot hold beside others."""
    field, what, remedy = _BESIDE[code]
    message = f"{what}; none of them counts: {remedy}"
    return Problem(row, code, message, place=place, key=key, field=field)


def further_problem(number: int) -> Problem:
    """Say that more rows are set aside than are listed."""
    message = f"{number:,} further rows are set aside and not listed: put right what is listed first, and run again"
    return Problem(None, "further_rows", message, Severity.WARNING)


def _said(aside: Aside, form: FactForm) -> str:
    key, said, field = aside.key, aside.said, aside.field
    match aside.code:
        case "duplicate_key":
            return f"key {key} stands in several rows that differ; keep one of them"
        case "repeated_row":
            return f"key {key} stands in an equal row before; this one counts for nothing"
        case Code.DATE_MISSING:
            return "date is empty, so that it is in no period; fill it in at the source"
        case Code.MEASURE_MISSING:
            return "measure is empty, so that no plan counts it; fill it in at the source"
        case Code.SCORE_MISSING:
            return "score is empty, so that there is nothing to count; fill it in at the source, or leave such rows out"
        case Code.TWO_CURRENCIES:
            return "its amounts are in several currencies; a row has one: correct it in the source"
        case Code.CURRENCY_MISSING:
            return f"{_quoted(said)} is no currency; {_CAPITALS}"
        case Code.OWNER_MISSING:
            return f"{field} is empty, so that nobody can be credited; fill it in at the source"
        case Code.OWNER_UNKNOWN:
            by, _, name = (said or "").partition(":")
            remedy = "correct it, or let a feed bring that person: the row is tried again each time"
            return f"no source knows the {by} {name}; {remedy}"
        case Code.SHARES:
            return f"the shares sum to {_percent(said)}, not 100 %, one that is written twice counted once; {_SHARES}"
        case Code.NAMED_TWICE:
            return f"names {(said or '').partition(':')[2]} twice; give everybody one share, in the source"
        case "not_a_share":
            written = "KEY=60%;KEY=40%" if form.kind is FactKind.TRANSACTIONS else "60% or 0.6"
            return f"{_quoted(said)} is not written as {written}; correct it in the source"
        case "of_nothing":
            return "neither a transaction nor a deal says of what it is a share; fill one in at the source"
        case "no_rate":
            return "rate is empty; fill it in at the source, or leave such rows out with `where`"
        case "not_positive":
            return "a rate is more than nothing; correct it in the source"
        case "no_key":
            return "key is empty, so that the row is never found; fill it in at the source"
        case "no_unit":
            return f"{field} is empty, so that nobody knows which unit it is; fill it in at the source"
        case _:
            return "it holds on no day: `until` is the first day it no longer does; correct it in the source"


def _quoted(said: str | None) -> str:
    return "an empty cell" if said is None else f"'{said}'"


def _percent(millionths: str | None) -> str:
    share = Decimal(millionths or 0).scaleb(2 - SHARE_SCALE)
    return f"{share.normalize():f} %"
