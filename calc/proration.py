"""What becomes of a target, a bound or an amount that held for a part of its time only, by calendar days.

A target of a period is what its quotas come to there: of each its amount, times the days on which it is in force and
under the plan, over the days of its own span. Rounded once, half-even, to the digits of an amount.
"""

from __future__ import annotations

from calc import inputs
from calc.timeline import IN_FORCE, quota_lines, spans_of
from calc.writing import ONE, Stages, days_between, in_currency, pairs, ratio, round_to, times
from formula.expression import Column, Expression
from formula.relation import Aggregate, Aggregation, Join, Overlap

#: Digits to which each quota's share of a target is kept before they are added up.
_KEPT = 6


def targets_of(stages: Stages, held: str, days: str, span: str) -> str:
    """Write the stages of the targets of each tally's periods: `tally, from` and `IN_FORCE`."""
    key = ("person", "engagement", "measure")
    added = ("first", "last", "amount", "currency")
    there = stages.add("held_quotas", Overlap(held, quota_lines(stages), pairs(*key), pairs(*added)), "quotas held")
    cut = stages.add("cut_quotas", Overlap(there, spans_of(stages, days, span), (), pairs("from")), f"in each {span}")
    counted = stages.more("quota_days_held", cut, (("days", days_between("start", "end")),))
    by = ("tally", "from", *added)
    summed = stages.add("quota_shares", Aggregate(counted, by, (("days", Aggregation.SUM, "days"),)), "days of each")
    marked = stages.more("quota_marked", summed, (("one", ONE),))
    part = ratio(times(Column("amount"), Column("days")), days_between("first", "last"), _KEPT)
    shares = stages.more("quota_amounts", marked, (("part", times(Column("one"), part)),), title="what each comes to")
    values = (
        ("quota", Aggregation.SUM, "part"),
        ("quota_currency", Aggregation.MIN, "currency"),
        ("other_currency", Aggregation.MAX, "currency"),
        ("lines", Aggregation.COUNT, "amount"),
        ("currencies", Aggregation.COUNT, "currency"),
    )
    together = stages.add("targets_exact", Aggregate(shares, ("tally", "from"), values))
    rounded = round_to(Column("quota"), inputs.AMOUNT_SCALE)
    return stages.more("targets", together, (("quota", rounded),), ("quota",), f"the target of each {span}")


def days_held(stages: Stages, held: str, days: str, span: str) -> str:
    """Write the stages of how much of each period a tally was held: `tally, from, to, days, last` (day after)."""
    cut = Overlap(held, spans_of(stages, days, span), (), pairs("from", "to"))
    pieces = stages.add("held_spans", cut, f"in each {span}")
    counted = stages.more("held_days", pieces, (("days", days_between("start", "end")),), title="days of it")
    values = (("days", Aggregation.SUM, "days"), ("last", Aggregation.MAX, "end"))
    return stages.add("days_held", Aggregate(counted, ("tally", "from", "to"), values), "days under the plan")


def cut_to_days(amount: Expression, currency: str | None) -> Expression:
    """Cut a number to the `days` held of a period `from`, `to`; `one` is what it counts, where that is no money."""
    part = ratio(times(amount, Column("days")), days_between("from", "to"), inputs.AMOUNT_SCALE)
    return times(in_currency(ONE, currency) if currency is not None else Column("one"), part)


def with_targets(stages: Stages, source: str, targets: str, period: str) -> str:
    """Write the stage that puts the target of its period beside each row."""
    on = (("tally", "tally"), (period, "from"))
    return stages.add(
        "targeted", Join(source, targets, on, pairs(*IN_FORCE), keeps=True), "with the target of its time"
    )
