"""A statement: one participant, one pay period; what was earned, cut by caps, adjusted, and is paid, with its steps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from calc.result import ResultKind
from domain.currency import minor_digits
from engine.found import ASIDE, EARNINGS
from engine.results import RESULTS
from engine.session import open_session
from engine.statement_sums import Totals
from engine.statement_sums import statement_totals as added_up
from store.calculations import Calculation
from syncd.pay.explain import Explained
from syncd.pay.rederive import scope_of
from syncd.world import World

_NOTHING = Decimal(0)
_SHARE_DIGITS = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Payout:
    """What one legal entity owes a participant in one currency: `paid` is earned, less what caps cut, and adjusted."""

    legal_entity: str | None
    currency: str
    earned: Decimal
    cut_by_caps: Decimal
    adjusted: Decimal

    @property
    def paid(self) -> Decimal:
        """What falls due: nothing is brought forward or kept back yet."""
        return self.earned - self.cut_by_caps + self.adjusted


def payouts(found: Iterable[Explained]) -> list[Payout]:
    """Add up the amounts of a participant, by legal entity and currency."""
    sums: dict[tuple[str, str], Payout] = {}
    for one in found:
        result = one.result
        if result is None:
            continue
        key = (result.legal_entity or "", result.key.currency)
        before = sums.get(key, Payout(result.legal_entity, result.key.currency, _NOTHING, _NOTHING, _NOTHING))
        cut = cut_by_cap(one)
        is_earned = result.kind is ResultKind.EARNED
        sums[key] = Payout(
            before.legal_entity,
            before.currency,
            before.earned + (result.amount + cut if is_earned else _NOTHING),
            before.cut_by_caps + cut,
            before.adjusted + (_NOTHING if is_earned else result.amount),
        )
    return [sums[key] for key in sorted(sums)]


def cut_by_cap(found: Explained) -> Decimal:
    """Give what a cap took of an earning, in the currency of pay."""
    result, values = found.result, found.values
    if result is None or values is None or result.kind is not ResultKind.EARNED:
        return _NOTHING
    cut = Decimal(str(values["before_cap"])) - Decimal(str(values["plan_amount"]))
    unit = Decimal(1).scaleb(-minor_digits(result.key.currency))
    return (cut * (result.rate or Decimal(1))).quantize(unit, rounding=ROUND_HALF_EVEN)


def attainment(found: Explained) -> Decimal | None:
    """Give the share of the target that is counted to date; None where there is none."""
    if found.values is None or not found.values["target"]:
        return None
    counted, target = (Decimal(str(found.values[name])) for name in ("to_date", "target"))
    return (counted / target).quantize(_SHARE_DIGITS, rounding=ROUND_HALF_EVEN)


def statement_totals(world: World, found: Calculation) -> Totals:
    """Add up what the statements of everybody pay, by legal entity and currency."""
    scope, var = scope_of(world, found), world.workspace.var
    earned, aside, results = (var / found.path(name) for name in (EARNINGS, ASIDE, RESULTS))
    due = (scope.period.start, scope.period.end)
    with open_session(var, keeps_order=False) as session:
        return added_up(session, earned, aside, results, due, found.pay_group)
