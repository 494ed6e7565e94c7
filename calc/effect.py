"""What changes would do to pay: two calculations of one pay period beside one another, participant by participant."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from calc.result import LedgerKey, Result, ResultKind

_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Amount:
    """What of a result its effect is found by: for whom and what, for which days `[earned_from, earned_until)`."""

    key: LedgerKey
    is_committed: bool
    earned_from: date
    earned_until: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Effect:
    """What is owed for one earned period without the changes, and with them; amounts in `key.currency`.

    is_committed  it is of a pay period that is committed: what differs is adjusted in the one that is open
    """

    key: LedgerKey
    is_committed: bool
    before: Decimal
    after: Decimal

    @property
    def difference(self) -> Decimal:
        """What the changes add."""
        return self.after - self.before


def amounts(results: Iterable[Result]) -> tuple[Amount, ...]:
    """Give results as what effects are found by."""
    return tuple(
        Amount(one.key, one.kind is ResultKind.RETRO, one.earned_from, one.earned_until, one.amount) for one in results
    )


def differing(before: Sequence[Amount], after: Sequence[Amount]) -> tuple[tuple[Amount, ...], tuple[Amount, ...]]:
    """Leave out the keys of which both have the same amounts for the same days; of the others both sides are whole."""
    by_key: dict[LedgerKey, tuple[Counter[Amount], Counter[Amount]]] = {}
    for side, several in enumerate((before, after)):
        for one in several:
            by_key.setdefault(one.key, (Counter(), Counter()))[side][one] += 1
    other = {key for key, (one, two) in by_key.items() if one != two}
    return tuple(one for one in before if one.key in other), tuple(one for one in after if one.key in other)


def effects(before: Iterable[Amount], after: Iterable[Amount]) -> tuple[Effect, ...]:
    """Give where two calculations differ, by participant, plan, component and earned period."""
    found: defaultdict[tuple[LedgerKey, bool], list[Decimal]] = defaultdict(lambda: [_NOTHING, _NOTHING])
    for side, several in enumerate((before, after)):
        for one in several:
            found[one.key, one.is_committed][side] += one.amount
    every = (Effect(key, is_committed, *sides) for (key, is_committed), sides in found.items())
    return tuple(sorted((one for one in every if one.difference), key=_order))


def _order(one: Effect) -> tuple[int, str, str, str, str, str, bool]:
    key = one.key
    return key.person, key.engagement, key.plan, key.component, key.earned_period, key.currency, one.is_committed
