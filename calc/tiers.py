"""Components that pay rates by how much has been counted.

Every credit adds what it makes of the running total: the payout of the total after it less that of the total before
it, both by the terms, and the quota, of its day. So lines sum to what is earned, whatever the order of the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from calc import inputs
from calc.component import ComponentType, Parts, Shape, Tallied, Terms, closing_of, digits
from calc.literals import amount, percent
from calc.plan import Boundary, Bounds, Method, Prorate, Tiers
from calc.proration import cut_to_days, days_held, targets_of, with_targets
from calc.timeline import IN_FORCE, quota_code, tally_of, with_quotas
from calc.writing import (
    NULL,
    ONE,
    Derived,
    Stages,
    empty,
    greatest,
    kept,
    least,
    minus,
    nothing,
    pairs,
    plus,
    round_to,
    times,
    when,
)
from formula.expression import Call, Column, ColumnType, Expression, Function
from formula.meaning import Cell
from formula.quantity import count, money, rate
from formula.relation import Aggregate, Aggregation, Derive, Join, Running

F = Function
#: Digits of a share of a number that is counted.
_LEAST_RATE_SCALE = 4
#: Whose line it is and by which terms, besides the person.
_POST = ("engagement", "plan", "component", "version", "since")


def _terms(shape: Shape, components: Sequence[Tiers]) -> Terms:
    """Give bounds and rates. One with fewer tiers has empty ones before its last, so that all have as many."""
    many = max(len(one.tiers) for one in components)
    own = [_numbers(shape, one, many) for one in components]
    upto = rate(inputs.SHARE_SCALE) if shape.is_money else count(inputs.SHARE_SCALE)
    bound = upto if shape.bounds is Bounds.QUOTA else count(inputs.AMOUNT_SCALE)
    scale = max((digits(value) for _, rates in own for value in rates), default=0)
    paid = rate(max(scale, _LEAST_RATE_SCALE)) if shape.is_money else money(shape.currency, inputs.AMOUNT_SCALE)
    columns: dict[str, ColumnType] = {f"upto_{nth}": bound for nth in range(1, many)}
    columns |= {f"rate_{nth}": paid for nth in range(1, many + 1)}
    rows: list[dict[str, Cell]] = []
    for bounds, rates in own:
        row: dict[str, Cell] = {f"upto_{nth}": value for nth, value in enumerate(bounds, 1)}
        rows.append(row | {f"rate_{nth}": value for nth, value in enumerate(rates, 1)})
    return Terms(columns, rows)


def _numbers(shape: Shape, component: Tiers, many: int) -> tuple[list[Decimal], list[Decimal]]:
    reading = percent if shape.bounds is Bounds.QUOTA else amount
    bounds = [reading(tier.upto) or Decimal(0) for tier in component.tiers if tier.upto is not None]
    paying = percent if shape.is_money else amount
    rates = [paying(tier.rate) or Decimal(0) for tier in component.tiers]
    short = many - len(rates)
    return bounds + [bounds[-1] if bounds else Decimal(0)] * short, rates[:-1] + [rates[-1]] * (short + 1)


def _earn(stages: Stages, shape: Shape, terms: Terms, tallied: Tallied) -> Parts:
    many = _tiers_of(terms)
    earned_from, counted_from = f"{shape.earned}_start", f"{shape.counted}_start"
    numbered, tally = tally_of(stages, tallied.credits, counted_from)
    running = Running(numbered, (tally,), tallied.order, (("after", "credit"),))
    counted = stages.add("counted_up", running, f"credits, and all of the {shape.counted} up to each")
    taken = (*_POST, *_numbered("rate", many), *_numbered("bound", many - 1), "target", "code")
    if shape.prorate is Prorate.DAYS:
        taken = (*_POST, *_numbered("rate", many), *_numbered("upto", many - 1))
    columns = (("whose", "person"), *pairs(*taken))
    placed = Join(counted, tallied.terms, (("tally", "tally"), ("terms_from", "start")), columns)
    placed_ = stages.add("placed", placed, "with the terms of the day")
    if shape.prorate is Prorate.DAYS:
        placed_ = _of_period(stages, shape, many, tallied, placed_, counted_from)
    before = minus(Column("after"), Column("credit"))
    stepped = stages.more("stepped", placed_, (("before", before),), title="and all before each")
    rule = [name for name in tallied.order if name == "rule"]
    known = ("place", "amount", "currency", "rate", "share", "credit", "before", "after", "target")
    shown: tuple[Derived, ...] = (
        ("person", Column("whose")),
        *kept(*_POST, "tally"),
        ("earned_from", Column(earned_from)),
        *kept("day", "feed", "key", *rule, *known),
        ("exact", when(empty("code"), _added(shape, many))),
        *kept("code"),
    )
    lines = stages.add("lines", Derive(stepped, shown), "what each credit adds")
    values = (
        ("last_day", Aggregation.MAX, "day"),
        ("closing_day", Aggregation.MAX, "day"),
        ("counted", Aggregation.SUM, "credit"),
        ("target", Aggregation.MAX, "target"),
        ("exact", Aggregation.SUM, "exact"),
        ("gaps", Aggregation.COUNT, "code"),
        ("code", Aggregation.MIN, "code"),
    )
    by = ("tally", "since", "earned_from")
    parts = stages.add("parts", Aggregate(lines, by, values), f"earned in each {shape.earned}, before it is rounded")
    return Parts(lines, parts, closing_of(stages, shape, tallied.terms))


def _of_day(stages: Stages, shape: Shape, terms: Terms, assigned: str) -> str:
    """The terms of each day: with bounds in what is counted, where they do not depend on the period."""
    if shape.prorate is Prorate.DAYS:
        return assigned
    source, many = assigned, _tiers_of(terms)
    code: Expression = NULL
    target: Expression = nothing(shape.unit)
    if shape.bounds is Bounds.QUOTA:
        source = with_quotas(stages, source)
        code, target = quota_code(shape.counting.currency), shape.counted_in(Column("quota"))
    bounds = [(f"bound_{nth}", _bound(shape, Column(f"upto_{nth}"), target)) for nth in range(1, many)]
    shown = (*bounds, ("target", target), ("code", code))
    without = (*IN_FORCE, "own_start", *_numbered("upto", many - 1))
    return stages.more("terms_of_day", source, shown, without, "terms of each day")


def _tiers_of(terms: Terms) -> int:
    return sum(name.startswith("rate_") for name in terms.columns)


def _of_period(stages: Stages, shape: Shape, many: int, tallied: Tallied, placed: str, period: str) -> str:
    """The bounds that depend on how much of the period was under the plan."""
    uptos = [(f"bound_{nth}", Column(f"upto_{nth}")) for nth in range(1, many)]
    if shape.bounds is Bounds.QUOTA:
        targets = targets_of(stages, tallied.held, tallied.days, shape.counted)
        source = with_targets(stages, placed, targets, period)
        target: Expression = shape.counted_in(Column("quota"))
        bounds = [(name, _bound(shape, upto, target)) for name, upto in uptos]
        shown = (*bounds, ("target", target), ("code", quota_code(shape.counting.currency)))
        return stages.more("bounded", source, shown, IN_FORCE, "with bounds for the days under the plan")
    held = days_held(stages, tallied.held, tallied.days, shape.counted)
    on = (("tally", "tally"), (period, "from"))
    dated = stages.add("timed_bounds", Join(placed, held, on, (("from", "from"), *pairs("to", "days"))))
    marked = stages.more("marked_bounds", dated, (("one", ONE),))
    cut = [(name, cut_to_days(upto, shape.counting.currency)) for name, upto in uptos]
    shown = (*cut, ("target", nothing(shape.unit)), ("code", NULL))
    return stages.more("bounded", marked, shown, ("from", "to", "days", "one"), "bounds cut to days under the plan")


def _bound(shape: Shape, upto: Column, target: Expression) -> Expression:
    if shape.bounds is Bounds.QUOTA:
        return round_to(times(target, upto), inputs.AMOUNT_SCALE)
    return shape.counted_in(upto)


def _added(shape: Shape, many: int) -> Expression:
    """What a credit adds: the payout of all up to it, less that of all before it."""
    after, before = Column("after"), Column("before")
    if many == 1:
        return _paid(shape, Column("credit"), Column("rate_1"))
    if shape.how[0] == Method.WHOLE:
        paid = (_paid(shape, total, _rate_at(shape, total, many)) for total in (after, before))
        return minus(*paid)
    return plus(
        *(
            _paid(shape, minus(_within_tier(after, nth, many), _within_tier(before, nth, many)), Column(f"rate_{nth}"))
            for nth in range(1, many + 1)
        )
    )


def _within_tier(total: Expression, nth: int, many: int) -> Expression:
    """A total, brought up or down into a tier."""
    if nth < many:
        total = least(total, Column(f"bound_{nth}"))
    return greatest(total, Column(f"bound_{nth - 1}")) if nth > 1 else total


def _rate_at(shape: Shape, total: Expression, many: int) -> Expression:
    reaches = F.AT_MOST if shape.how[1] == Boundary.LOWER else F.LESS
    found: Expression = Column(f"rate_{many}")
    for nth in range(many - 1, 0, -1):
        found = when(Call(reaches, (total, Column(f"bound_{nth}"))), Column(f"rate_{nth}"), found)
    return found


def _paid(shape: Shape, counted: Expression, paid: Expression) -> Expression:
    return times(counted, paid) if shape.is_money else times(paid, counted)


def _numbered(name: str, many: int) -> tuple[str, ...]:
    return tuple(f"{name}_{nth}" for nth in range(1, many + 1))


def _bounds(component: Tiers) -> Bounds | None:
    return component.bounds if len(component.tiers) > 1 else None


TIERS = ComponentType(
    bounds=_bounds,
    counted=lambda component: component.accumulate or component.earned,
    prorate=lambda component: component.prorate if _bounds(component) else Prorate.NONE,
    how=lambda component: (component.method, component.boundary) if _bounds(component) else (),
    terms=_terms,
    of_day=_of_day,
    earn=_earn,
)
