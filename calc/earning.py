"""From what was earned exactly to earnings: capped, rounded once to the plan's currency, and in the currency of pay.

An earned period is cut where the legal entity, the pay group, the payee or the currency of pay changes, and only
there: each segment is an earning of its own. A cap counts up over the earned periods it is `per`, in their order, so
that together they never exceed it. The terms of the last day that counted close a period.
"""

from __future__ import annotations

from collections.abc import Sequence

from calc.component import Parts, Shape
from calc.plan import Rounding, Span
from calc.rates import rates_out_of
from calc.timeline import TALLY, tally_of, together
from calc.writing import (
    NULL,
    Derived,
    Stages,
    empty,
    equal,
    first,
    greatest,
    in_currency,
    kept,
    least,
    minus,
    number,
    pairs,
    present,
    round_to,
    times,
    when,
)
from domain.currency import UNUSUAL, USUAL, minor_digits
from formula.expression import Call, Column, Expression, Function, Literal, call
from formula.quantity import DEAL_CURRENCY, count
from formula.relation import Aggregate, Aggregation, Derive, Join, Running, Within

F = Function
#: What an earning is of, besides its tally and period: where it differs the period is cut.
SEGMENT = ("legal_entity", "pay_currency", "pay_group", "payee")
EARNED = (
    *TALLY, "version", "earned", "earned_from", "earned_until", "segment_from", "segment_until", *SEGMENT, "currency",
    "counted", "to_date", "target", "exact", "before_cap", "plan_amount", "rate", "amount", "code",
)  # fmt: skip
_PERIOD = ("earned_from", "earned_until")
#: What tells the earnings of a tally apart, in the order in which they count towards a cap: no two parts of one period
#: have the same last day.
_ORDER = ("earned_from", "last_day", "earned_until")


def earned_of(
    stages: Stages,
    shapes: Sequence[Shape],
    found: Sequence[Parts],
    assigned: Sequence[str],
    *,
    days: str,
    caps: Sequence[Span],
) -> str:
    """Write the stages from parts to earnings (`EARNED`): of one currency, of all the shapes that count up together.

    `caps` are the periods over which any of them is capped.
    """
    labelled = [_labelled(stages, shape, parts.parts, days) for shape, parts in zip(shapes, found, strict=True)]
    parts = together(stages, "parts_of_all", labelled)
    named = Join(parts, _posts(stages, assigned), pairs("tally", "since"), pairs("until", *SEGMENT))
    earned = _merged(stages, stages.add("posted", named, "with whom it is owed by, and to"))
    within = Within("closing_day", "start", "end")
    terms = pairs(*TALLY, "version", "cap", "cap_per", "round", "day_target")
    closing = together(stages, "closing", [one.closing for one in found])
    closed = stages.add("closed", Join(earned, closing, pairs("tally"), terms, within), "with the terms that close it")
    return _paid(stages, shapes[0], _segmented(stages, _capped(stages, closed, days, caps)))


def _labelled(stages: Stages, shape: Shape, parts: str, days: str) -> str:
    span = str(shape.earned)
    names = (("earned", span), ("earned_until", f"{span}_end"), ("counted_from", f"{shape.counted}_start"))
    joined = Join(parts, days, (("last_day", "day"),), names)
    return stages.add("labelled", joined, f"with the {span} it is earned in")


def _posts(stages: Stages, assigned: Sequence[str]) -> str:
    columns = ("tally", "since", "until", *SEGMENT)
    own = [stages.add("post_rows", Derive(one, kept(*columns))) for one in assigned]
    return stages.add(
        "posts", Aggregate(together(stages, "post_rows", own), columns, ()), "who is paid by whom, and when"
    )


def _merged(stages: Stages, posted: str) -> str:
    values = (
        *((name, Aggregation.SUM, name) for name in ("counted", "exact", "gaps")),
        *((name, Aggregation.MAX, name) for name in ("last_day", "closing_day", "target", "until")),
        *((name, Aggregation.MIN, name) for name in ("since", "counted_from", "earned", "code")),
    )
    by = ("tally", *_PERIOD, *SEGMENT)
    return stages.add("earned_exactly", Aggregate(posted, by, values), "earned, cut where pay changes")


def _capped(stages: Stages, closed: str, days: str, caps: Sequence[Span]) -> str:
    """Count to date, and cut what goes beyond a cap, which counts up over everything of its period."""
    source, tally = tally_of(stages, closed, "counted_from")
    running = Running(source, (tally,), _ORDER, (("to_date", "counted"),))
    source = stages.add("to_date", running, "and counted to date")
    capped: Expression = Column("exact")
    is_complete: Expression = _is_none("gaps")
    if caps:
        starts = tuple((f"{span}_start", f"{span}_start") for span in caps)
        source = stages.add("cap_days", Join(source, days, (("last_day", "day"),), starts))
    for span in caps:
        after, before, gaps = f"after_{span}", f"before_{span}", f"gaps_{span}"
        source, tally = tally_of(stages, source, f"{span}_start")
        running = Running(source, (tally,), _ORDER, ((after, "exact"), (gaps, "gaps")))
        source = stages.add("cap_running", running, f"and all of the {span} up to it")
        source = stages.more("cap_before", source, ((before, minus(Column(after), Column("exact"))),))
        is_of_span = equal(Column("cap_per"), str(span))
        left = minus(least(Column(after), Column("cap")), least(Column(before), Column("cap")))
        capped, is_complete = when(is_of_span, left, capped), when(is_of_span, _is_none(gaps), is_complete)
    return stages.more("capped", source, (("capped", capped), ("is_complete", is_complete)), (), "no more than the cap")


def _is_none(name: str) -> Expression:
    return equal(Column(name), number(0, count()))


def _segmented(stages: Stages, capped: str) -> str:
    """Say which days a segment has, where an earned period has several."""
    by = ("tally", *_PERIOD)
    many = stages.add("segments", Aggregate(capped, by, (("segments", Aggregation.COUNT, "last_day"),)))
    joined = stages.add("segmented", Join(capped, many, pairs(*by), pairs("segments")), "and in how many segments")
    is_cut = Call(F.LESS, (number(1, count()), Column("segments")))
    edges = (
        ("segment_from", when(is_cut, greatest(Column("since"), Column("earned_from")))),
        ("segment_until", when(is_cut, least(Column("until"), Column("earned_until")))),
    )
    return stages.more("cut", joined, edges)


def _paid(stages: Stages, shape: Shape, source: str) -> str:
    """Round to the plan's currency; convert once, at the rate of the earned period's last day, and round again."""
    currency, scale = shape.currency, minor_digits(shape.currency)
    rounded: tuple[Derived, ...] = (
        ("currency", Literal(currency)),
        ("paid_in", first(Column("pay_currency"), currency)),
        ("before_cap", _rounded(Column("exact"), scale)),
        ("plan_amount", when(Column("is_complete"), _rounded(Column("capped"), scale))),
        ("all_target", first(Column("day_target"), Column("target"))),
    )
    whole = stages.more("rounded", source, rounded, (), f"rounded once, to {scale} digits")
    rates = rates_out_of(stages, shape.counting.rates, currency, shape.counting.calendar)
    on = (("paid_in", "currency"), ("earned_until", "next"))
    asked = Join(whole, rates, on, (("pay_rate", "rate"), ("rate_code", "code")), keeps=True)
    rated = stages.add("rated_pay", asked, "with the rate of the last day")
    same = equal(Column("paid_in"), currency)
    free = in_currency(times(Column("plan_amount"), Column("pay_rate")), DEAL_CURRENCY)
    own = in_currency(Column("plan_amount"), DEAL_CURRENCY)
    gap = when(present("code"), Column("code"), first(Column("rate_code"), when(empty("pay_rate"), Literal("no_rate"))))
    code = when(Column("is_complete"), when(same, NULL, gap), first(Column("code"), "no_quota"))
    known = ("counted", "to_date", "exact", "before_cap", "plan_amount")
    columns: tuple[Derived, ...] = (
        *kept(*TALLY, "version", "earned", *_PERIOD, "segment_from", "segment_until", "legal_entity"),
        ("pay_currency", Column("paid_in")),
        *kept("pay_group", "payee", "currency", *known),
        ("target", Column("all_target")),
        ("rate", when(same, NULL, Column("pay_rate"))),
        ("amount", when(same, own, _in_minor_units(free))),
        ("code", code),
    )
    return stages.add("earned", Derive(rated, columns), "what is earned, in the currency of pay")


def _rounded(value: Expression, scale: int) -> Expression:
    up = call(F.ROUND_HALF_UP, value, scale)
    return when(equal(Column("round"), Rounding.HALF_UP.value), up, round_to(value, scale))


def _in_minor_units(value: Expression) -> Expression:
    """Round to what the currency of pay can be paid in."""
    found: Expression = _rounded(value, USUAL)
    for scale, currencies in UNUSUAL.items():
        found = when(call(F.ONE_OF, Column("paid_in"), *currencies), _rounded(value, scale), found)
    return found
