"""A rule of a plan: who is on it, and with which terms. It proposes; people decide."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from domain.change import Difference
from domain.member import memberships_in
from domain.value import Value, Values

#: The set that says which plans somebody is on.
PLANS = "plans"


@dataclass(frozen=True, slots=True)
class MembershipRule:
    """Who is on a plan: `who` is a condition over our attributes; `terms` are values that begin with it.

    pilot  a condition like it, while the plan is tried out: of whom alone anything is asked for
    """

    plan: str
    who: str
    terms: Mapping[str, Value] = field(default_factory=dict)
    pilot: str | None = None


def asked_values(
    values: Values, rules: Collection[MembershipRule], fitting: Collection[str], refused: Collection[Difference] = ()
) -> dict[str, Value]:
    """Give the values that rules ask for of somebody: their plans, and the terms of those that begin.

    `fitting` are the plans whose rule they fit. Who is not eligible fits none. Plans without a rule stay as they are;
    a plan that one refused to let begin or end (`refused`: what rejections in force keep back) is not asked for again,
    whatever becomes of the others, nor are its terms.
    """
    held = values.get(PLANS)
    now = set(held) if isinstance(held, tuple) else set[str]()
    before = {*now, *([values["plan"]] if values.get("plan") else [])}
    before |= {one.unit for one in memberships_in(values, ("plan",))}
    wanted = set[str]() if values.get("eligible") == "false" else set(fitting)
    kept_out = {plan for one in refused if one.attribute == PLANS for plan in one.added}
    kept_in = {plan for one in refused if one.attribute == PLANS for plan in one.removed}
    begun = {one.plan for one in rules if one.plan in wanted and one.plan not in before} - kept_out
    over = {one.plan for one in rules if one.plan not in wanted and one.plan in now} - kept_in
    if not begun and not over:
        return {}
    after = tuple(sorted((now | begun) - over)) or None
    terms = {name: value for one in rules if one.plan in begun for name, value in one.terms.items()}
    return {PLANS: after, **{name: value for name, value in terms.items() if values.get(name) != value}}
