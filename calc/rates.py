"""Rates of exchange on each day: as published they hold from their day on, until the next one or until too old.

Columns of what comes out: `currency`, `day`, `next` (the day after), `rate` of that currency into the plan's, or out of
it; `code` says why there is none. A currency on days before its first rate is not there at all.
"""

from __future__ import annotations

from calc import inputs
from calc.literals import days
from calc.plan import Rates
from calc.writing import (
    NULL,
    ONE,
    Derived,
    Stages,
    days_between,
    empty,
    equal,
    every,
    first,
    greatest,
    kept,
    least,
    number,
    pairs,
    plus,
    ratio,
    when,
)
from formula.expression import Call, Column, Expression, Function, Literal
from formula.quantity import count, rate
from formula.relation import Aggregate, Aggregation, Derive, Join, Running, Scan, Spread, Union, Where

F = Function
NO_RATE = "no_rate"
RATE_TOO_OLD = "rate_too_old"


def rates_into(stages: Stages, rates: Rates | None, currency: str, calendar: str) -> str:
    """Write the stages that say what one unit of each currency is in the plan's, each day; its own is one."""
    return _with_own(stages, _quoted(stages, rates, currency, calendar, out=False), currency, calendar, "into")


def rates_out_of(stages: Stages, rates: Rates | None, currency: str, calendar: str) -> str:
    """Write the stages that say what one unit of the plan's currency is in each other, each day; its own is one."""
    return _with_own(stages, _quoted(stages, rates, currency, calendar, out=True), currency, calendar, "out_of")


def days_of(stages: Stages, calendar: str) -> str:
    """Write the stage of the days that are calculated, with their periods in a calendar."""
    everything = stages.add("calendars", Scan(inputs.DAYS, pairs(*inputs.DAY)), "days of every calendar")
    return stages.add(
        "calendar_days", Where(everything, equal(Column("calendar"), calendar)), f"days of calendar {calendar}"
    )


def _quoted(stages: Stages, rates: Rates | None, currency: str, calendar: str, *, out: bool) -> str | None:
    """Rates between the plan's currency and others, without its own."""
    if rates is None:
        return None
    daily = _daily(stages, rates, calendar)
    if rates.through is None:
        here, there = ("base", "quote") if out else ("quote", "base")
        own = every(equal(Column(here), currency), _not(equal(Column(there), currency)))
        picked = stages.add("quoted", Where(daily, own), f"rates quoted {'from' if out else 'into'} {currency}")
        renamed = (("currency", Column(there)), *kept("day", "rate", "code"))
        return stages.add("quoted_rates", Derive(picked, renamed))
    return _crossed(stages, daily, rates.through, currency, calendar, out=out)


def _crossed(stages: Stages, daily: str, through: str, currency: str, calendar: str, *, out: bool) -> str:
    """One quotation over the other, both for one unit of `through`."""
    base = every(equal(Column("base"), through), _not(equal(Column("quote"), through)))
    per_one = stages.add("quoted", Where(daily, base), f"what one {through} was worth")
    renamed = stages.add("per_one", Derive(per_one, (("currency", Column("quote")), *kept("day", "rate", "code"))))
    itself = stages.add("itself", Derive(days_of(stages, calendar), _own(through)), f"one {through} is one {through}")
    all_ = stages.add("quotations", Union((renamed, itself)), f"what one {through} was worth, itself included")
    plans = stages.add("plan_quotation", Where(all_, equal(Column("currency"), currency)), f"of {currency}")
    others = stages.add("other_quotations", Where(all_, _not(equal(Column("currency"), currency))), "of the others")
    both = stages.add(
        "both_quotations",
        Join(others, plans, (("day", "day"),), (("plan_rate", "rate"), ("plan_code", "code"))),
    )
    parts = (Column("rate"), Column("plan_rate"))
    crossed = ratio(*(parts if out else parts[::-1]), inputs.RATE_SCALE)
    columns: tuple[Derived, ...] = (
        *kept("currency", "day"),
        ("rate", crossed),
        ("code", first(Column("code"), Column("plan_code"))),
    )
    title = f"the rate {'out of' if out else 'into'} {currency}: one quotation over the other"
    return stages.add("quoted_rates", Derive(both, columns), title)


def _daily(stages: Stages, rates: Rates, calendar: str) -> str:
    """Published rates on each day on which they hold."""
    scan = stages.add("all_rates", Scan(inputs.RATES, pairs(*inputs.RATE)), "rates as published")
    own = stages.add("published", Where(scan, equal(Column("feed"), rates.feed)), f"rates of {rates.feed}")
    marked = stages.add("published_one", Derive(own, (*kept("base", "quote", "date", "rate"), ("one", ONE))))
    nth = stages.add("published_nth", Running(marked, ("base", "quote"), ("date",), (("nth", "one"),)))
    following = (*kept("base", "quote", "date", "rate"), ("next_nth", plus(Column("nth"), ONE)))
    asked = stages.add("published_next", Derive(nth, following))
    on = (("base", "base"), ("quote", "quote"), ("next_nth", "nth"))
    until = stages.add("published_until", Join(asked, nth, on, (("until", "date"),), keeps=True), "until the next one")
    edges = (("first", Aggregation.MIN, "day"), ("after", Aggregation.MAX, "next"))
    window = stages.add("window", Aggregate(days_of(stages, calendar), (), edges), "the days that are calculated")
    placed = stages.add("published_placed", Join(until, window, (), pairs("first", "after")))
    shown: tuple[Derived, ...] = (
        *kept("base", "quote", "date", "rate"),
        ("start", greatest(Column("date"), Column("first"))),
        ("end", least(first(Column("until"), Column("after")), Column("after"))),
    )
    spread = stages.add(
        "published_days", Spread(stages.add("published_cut", Derive(placed, shown)), "start", "end", "day")
    )
    age = Call(F.LESS, (number(days(rates.max_age) or 0, count()), days_between("date", "day")))
    aged: tuple[Derived, ...] = (
        *kept("base", "quote", "day"),
        ("rate", when(age, NULL, Column("rate"))),
        ("code", when(age, Literal(RATE_TOO_OLD), NULL)),
    )
    return stages.add("rates_of_day", Derive(spread, aged), f"on each day, at most {rates.max_age} old")


def _with_own(stages: Stages, quoted: str | None, currency: str, calendar: str, how: str) -> str:
    days_ = days_of(stages, calendar)
    own = stages.add("own_rate", Derive(days_, _own(currency)), f"one {currency} is one {currency}")
    known = own if quoted is None else stages.add(f"rates_{how}", Union((quoted, own)))
    dated = stages.add("rates_dated", Join(known, days_, (("day", "day"),), pairs("next")))
    code = first(Column("code"), when(empty("rate"), Literal(NO_RATE), NULL))
    columns: tuple[Derived, ...] = (*kept("currency", "day", "next", "rate"), ("code", code))
    return stages.add(
        f"{how}_{currency}", Derive(dated, columns), f"rates {how.replace('_', ' ')} {currency}, each day"
    )


def _own(currency: str) -> tuple[Derived, ...]:
    return (
        ("currency", Literal(currency)),
        *kept("day"),
        ("rate", number(1, rate(inputs.RATE_SCALE))),
        ("code", NULL),
    )


def _not(condition: Expression) -> Call:
    return Call(F.NOT, (condition,))
