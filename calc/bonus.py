"""Components that pay an amount once so much has been counted.

What counts is the total of the earned period at its end, beside the terms and the quota of the last day of it under
the plan: a bonus is reached or not, no single transaction earns it.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from calc import inputs
from calc.component import ComponentType, Parts, Shape, Tallied, Terms, closing_of
from calc.literals import amount, percent
from calc.plan import Bonus, Bounds, Prorate
from calc.proration import cut_to_days, days_held, targets_of, with_targets
from calc.timeline import IN_FORCE, quota_code, spans_of, with_quotas
from calc.writing import (
    NULL,
    ONE,
    Derived,
    Stages,
    empty,
    in_currency,
    kept,
    nothing,
    number,
    pairs,
    present,
    round_to,
    times,
    when,
)
from formula.expression import Call, Column, Expression, Function
from formula.quantity import count, money, rate
from formula.relation import Aggregate, Aggregation, Derive, Join, Overlap

F = Function


def _terms(shape: Shape, components: Sequence[Bonus]) -> Terms:
    share = rate(inputs.SHARE_SCALE) if shape.is_money else count(inputs.SHARE_SCALE)
    at = share if shape.bounds is Bounds.QUOTA else count(inputs.AMOUNT_SCALE)
    reading = percent if shape.bounds is Bounds.QUOTA else amount
    rows = [
        {"at": reading(one.at) or Decimal(0), "bonus": amount(one.amount, shape.currency) or Decimal(0)}
        for one in components
    ]
    return Terms({"at": at, "bonus": count(inputs.AMOUNT_SCALE)}, rows)


def _earn(stages: Stages, shape: Shape, terms: Terms, tallied: Tallied) -> Parts:  # noqa: ARG001  as its like
    span = str(shape.earned)
    values = (("counted", Aggregation.SUM, "credit"), ("last_day", Aggregation.MAX, "day"))
    summed = stages.add("totals", Aggregate(tallied.credits, ("tally", f"{span}_start"), values), f"all of each {span}")
    totals = stages.more("totals_of", summed, (("earned_from", Column(f"{span}_start")),), (f"{span}_start",))
    cut = stages.add("terms_cut", Overlap(tallied.terms, spans_of(stages, tallied.days, span), (), pairs("from")))
    held = days_held(stages, tallied.held, tallied.days, span)
    on = (("tally", "tally"), ("from", "from"), ("end", "last"))
    last = stages.add("last_terms", Join(cut, held, on, pairs("to", "days")), "the terms of the last day of each")
    taken = ("since", "at", "bonus", "from", "to", "days", "end", *_kept_of_day(shape))
    joined = Join(totals, last, (("tally", "tally"), ("earned_from", "from")), pairs(*taken))
    closed = stages.add("closed_totals", joined, "totals, with the terms that close them")
    judged = _judged(stages, shape, tallied, closed)
    reached = Call(F.AT_MOST, (Column("needed"), Column("counted")))
    nothing_ = number(0, money(shape.currency, inputs.AMOUNT_SCALE))
    columns: tuple[Derived, ...] = (
        *kept("tally", "since", "earned_from", "last_day"),
        ("closing_day", Call(F.LATER, (Column("end"), number(-1, count())))),
        *kept("counted", "target"),
        ("exact", when(empty("code"), when(reached, Column("reward"), nothing_))),
        ("gaps", when(present("code"), number(1, count()), number(0, count()))),
        *kept("code"),
    )
    parts = stages.add("parts", Derive(judged, columns), f"earned in each {span}, before it is rounded")
    return Parts(None, parts, closing_of(stages, shape, tallied.terms))


def _of_day(stages: Stages, shape: Shape, terms: Terms, assigned: str) -> str:  # noqa: ARG001  as its like
    if shape.prorate is Prorate.DAYS or shape.bounds is not Bounds.QUOTA:
        return assigned
    laid = with_quotas(stages, assigned)
    shown = (("target", shape.counted_in(Column("quota"))), ("day_code", quota_code(shape.counting.currency)))
    return stages.more("terms_of_day", laid, shown, (*IN_FORCE, "own_start"), "terms of each day")


def _kept_of_day(shape: Shape) -> tuple[str, ...]:
    return ("target", "day_code") if shape.prorate is Prorate.NONE and shape.bounds is Bounds.QUOTA else ()


def _judged(stages: Stages, shape: Shape, tallied: Tallied, closed: str) -> str:
    """What is needed, and what it rewards: cut to the days under the plan where the component says so."""
    is_cut, of_quota = shape.prorate is Prorate.DAYS, shape.bounds is Bounds.QUOTA
    whole = in_currency(Column("bonus"), shape.currency)
    reward: Expression = cut_to_days(Column("bonus"), shape.currency) if is_cut else whole
    source = stages.more("marked_totals", closed, (("one", ONE),))
    target: Expression = nothing(shape.unit)
    code: Expression = NULL
    if of_quota and is_cut:
        targets = targets_of(stages, tallied.held, tallied.days, str(shape.earned))
        source = with_targets(stages, source, targets, "earned_from")
        target, code = shape.counted_in(Column("quota")), quota_code(shape.counting.currency)
    elif of_quota:
        target, code = Column("target"), Column("day_code")
    if of_quota:
        needed: Expression = round_to(times(target, Column("at")), inputs.AMOUNT_SCALE)
    else:
        needed = cut_to_days(Column("at"), shape.counting.currency) if is_cut else shape.counted_in(Column("at"))
    columns = (("needed", needed), ("reward", reward), ("code", code))
    without = (
        "one",
        "at",
        "bonus",
        "from",
        "until",
        "days",
        *_kept_of_day(shape),
        *(IN_FORCE if of_quota and is_cut else ()),
    )
    return stages.more("judged", source, (*columns, ("target", target)), without, "what is needed, and what it pays")


BONUS = ComponentType(
    bounds=lambda component: component.bounds,
    counted=lambda component: component.earned,
    prorate=lambda component: component.prorate,
    how=lambda _: (),
    terms=_terms,
    of_day=_of_day,
    earn=_earn,
)
