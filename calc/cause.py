"""Why an amount that was booked is another one now: the first thing that differs, in words.

In: what counted for a participant under a component when it was booked, and what counts now. Out: one sentence.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

_SHARES = 100


@dataclass(frozen=True, slots=True)
class Counted:
    """What of one transaction counted.

    amount  in the deal's currency, the whole of it
    rate    of exchange into the plan's currency, None: the same currency
    share   of the credit that is the participant's: 1 is all of it
    quota   in force on that day, None: the component needs none
    """

    day: date
    feed: str
    key: str
    amount: Decimal
    currency: str
    rate: Decimal | None = None
    share: Decimal = Decimal(1)
    quota: Decimal | None = None

    @property
    def name(self) -> str:
        """Name the transaction as `explain` does."""
        return f"{self.feed} {self.key}"


@dataclass(frozen=True, slots=True)
class Ground:
    """What an earning stands on: what counted, under which plan version; `changes` were decided since the booking.

    is_moved  another legal entity or payee, or another currency, has what was booked; that is decided, and not counted
    """

    counted: tuple[Counted, ...]
    plan_version: str | None
    changes: tuple[str, ...] = ()
    is_moved: bool = False


def cause(before: Ground, now: Ground) -> str:
    """Say what made the difference.

    Where somebody else owes it than was booked, what was decided since. Else what differs within one transaction, said
    of the earliest; then another plan version; then what was decided, with the first transaction that came or went.
    """
    if now.is_moved and now.changes:
        return ", ".join(now.changes)
    return (
        _corrected(before.counted, now.counted)
        or _replanned(before.plan_version, now.plan_version)
        or "; ".join(part for part in (", ".join(now.changes), _come_or_gone(before.counted, now.counted)) if part)
        or "what it is calculated from changed"
    )


def _corrected(before: Iterable[Counted], now: Sequence[Counted]) -> str | None:
    known = {(one.feed, one.key): one for one in before}
    for one in sorted(now, key=_order):
        earlier = known.get((one.feed, one.key))
        if earlier is not None and earlier != one:
            return _difference(earlier, one)
    return None


def _difference(before: Counted, now: Counted) -> str:
    if (before.amount, before.currency) != (now.amount, now.currency):
        return f"{now.name} corrected: {before.amount} {before.currency} -> {now.amount} {now.currency}"
    if before.day != now.day:
        return f"{now.name} corrected: {before.day} -> {now.day}"
    if before.rate != now.rate:
        return f"rate of {now.currency} for {now.day}: {_said(before.rate)} -> {_said(now.rate)}"
    if before.share != now.share:
        return f"share of {now.name}: {_percent(before.share)} -> {_percent(now.share)}"
    return f"quota on {now.day}: {_said(before.quota)} -> {_said(now.quota)}"


def _replanned(before: str | None, now: str | None) -> str | None:
    return f"plan version {before} -> {now}" if None not in (before, now) and before != now else None


def _come_or_gone(before: Iterable[Counted], now: Iterable[Counted]) -> str | None:
    old, new = ({(one.feed, one.key): one for one in several} for several in (before, now))
    for one in sorted((*old.values(), *new.values()), key=_order):
        if (one.feed, one.key) not in new:
            return f"{one.name} no longer counts"
        if (one.feed, one.key) not in old:
            return f"{one.name} counts now: {one.amount} {one.currency}"
    return None


def _order(one: Counted) -> tuple[date, str, str]:
    return one.day, one.feed, one.key


def _said(value: Decimal | None) -> str:
    return "none" if value is None else f"{value}"


def _percent(share: Decimal) -> str:
    return f"{(share * _SHARES).normalize():f} %"
