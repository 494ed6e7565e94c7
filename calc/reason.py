"""Why somebody gets nothing, or less than was counted: the first gate that was not passed, as one code.

Derived when asked, from what was evaluated for one participant; nothing is kept of those who get nothing.

not_a_participant, no_plan    not on the roster in that period; on it without the plan
no_pay_group, other_pay_group   is closed with none; with another one than is calculated
unknown_plan                  the plan was never published
plan_not_in_force, other_calendar   it holds on other days; another calendar pays it (`calc.standing`)
nothing_due                   no component of the plan is paid in that pay period
no_terms                      the plan has no such component on the days the participant has it
no_rate, rate_too_old, overlapping_plans   transactions wait for it, and nothing else was credited
no_transactions               nothing was credited
no_quota, quota_currency, quota_not_positive, no_rate   set aside: something is missing
nets_to_nothing               what was credited takes itself back
below_threshold               tiers pay nothing on so little
not_reached                   less was counted than the bonus asks for
rounds_to_nothing             less than half of the smallest amount
capped                        the cap, or what of it was left, is lower
"""

from __future__ import annotations

from collections.abc import Mapping

from calc import inputs
from calc.compile import ComponentForm, PayForm
from calc.period import Period
from formula.evaluate import Evaluation
from formula.meaning import Cell, as_date

Values = Mapping[str, Cell]

NOT_A_PARTICIPANT = "not_a_participant"
NO_PLAN = "no_plan"
NOTHING_DUE = "nothing_due"
NO_PAY_GROUP = "no_pay_group"
OTHER_PAY_GROUP = "other_pay_group"
NO_TERMS = "no_terms"
NO_TRANSACTIONS = "no_transactions"
NETS_TO_NOTHING = "nets_to_nothing"
BELOW_THRESHOLD = "below_threshold"
NOT_REACHED = "not_reached"
ROUNDS_TO_NOTHING = "rounds_to_nothing"
CAPPED = "capped"


def reason_of(form: ComponentForm, earned: Values) -> str | None:
    """Say why an earning is nothing, or less than what was counted comes to; None where it is neither."""
    if earned["code"] is not None:
        return str(earned["code"])
    if earned["before_cap"] != earned["plan_amount"]:
        return CAPPED
    if earned["amount"]:
        return None
    if earned["exact"]:
        return ROUNDS_TO_NOTHING
    if form.type == "bonus":
        return NOT_REACHED
    return BELOW_THRESHOLD if earned["counted"] else NETS_TO_NOTHING


def reason_for_nothing(
    form: PayForm, evaluation: Evaluation, person: int, plan: str, component: str, period: Period
) -> str | None:
    """Say why a component gives a participant nothing for an earned period; None where it gives something.

    `evaluation` is of all stages, over everything of that participant.
    """
    own = next(one for one in form.components if (plan, component) in one.of)
    for row in evaluation.rows[own.earned]:
        named = (row.values["person"], row.values["plan"], row.values["component"], row.values["earned"])
        if named == (person, plan, component, period.label):
            return reason_of(own, row.values)
    roster = [row for row in _of(evaluation, inputs.ROSTER, person) if _share_a_day(row, period)]
    if not roster:
        return NOT_A_PARTICIPANT
    held = [row for row in roster if row["plan"] == plan]
    if not held:
        return NO_PLAN
    terms = [
        row
        for name, rows in form.terms.items()
        for row in rows
        if name != inputs.PLANS
        and (row["plan"], row["component"]) == (plan, component)
        and any(_share_a_day(row, _days(one)) for one in held)
    ]
    if not any(_share_a_day(row, period) for row in terms):
        return NO_TERMS
    about = ((None, None), (plan, component))  # of a day, whatever counts it; of this component
    waiting = {
        row["code"]
        for row in _of(evaluation, form.set_aside, person)
        if _share_a_day(row, period) and (row["plan"], row["component"]) in about
    }
    return min(map(str, waiting), default=NO_TRANSACTIONS)


def _of(evaluation: Evaluation, table: str, person: int) -> list[Values]:
    return [row.values for row in evaluation.rows[table] if row.values["person"] == person]


def _days(row: Values) -> Period:
    return Period(as_date(row["start"]), as_date(row["end"]), "")


def _share_a_day(row: Values, period: Period) -> bool:
    return as_date(row["start"]) < period.end and period.start < as_date(row["end"])
