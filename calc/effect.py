"""What changes would do to pay: two calculations of one pay period beside one another, participant by participant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from calc.result import LedgerKey, Result, ResultKind

_NOTHING = Decimal(0)


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


def effects(before: Iterable[Result], after: Iterable[Result]) -> tuple[Effect, ...]:
    """Give where two calculations differ, by participant, plan, component and earned period."""
    found: defaultdict[tuple[LedgerKey, bool], list[Decimal]] = defaultdict(lambda: [_NOTHING, _NOTHING])
    for side, results in enumerate((before, after)):
        for one in results:
            found[one.key, one.kind is ResultKind.RETRO][side] += one.amount
    differing = (Effect(key, is_committed, *amounts) for (key, is_committed), amounts in found.items())
    return tuple(sorted((one for one in differing if one.difference), key=_order))


def _order(one: Effect) -> tuple[int, str, str, str, str, str, bool]:
    key = one.key
    return key.person, key.engagement, key.plan, key.component, key.earned_period, key.currency, one.is_committed
