"""Quotas of one span of time as those of another: last year's, with a factor, day for day by pay periods."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

from domain.change import Change, DatedBy
from domain.dated_changes import Holder, SentDated, judge_dated
from domain.quota import LARGEST, SCALE, Quota, in_force, quotas_in
from domain.rejection import Rejection
from domain.step import Version


@dataclass(frozen=True, slots=True)
class Copying:
    """What is copied: `days` from each bound of a pay period to that of the other span, `measure` None for all."""

    days: Mapping[date, date]
    factor: Decimal
    measure: str | None = None


@dataclass(frozen=True, slots=True)
class CopiedQuotas:
    """Of one participant: what is asked, kept back by a no, there already, and what cannot be copied, with why."""

    asked: tuple[Change, ...] = ()
    suppressed: tuple[Change, ...] = ()
    there: tuple[Quota, ...] = ()
    left: tuple[tuple[Quota, str], ...] = ()


def copied(holder: Holder, copying: Copying, rejections: Sequence[Rejection], today: date, reason: str) -> CopiedQuotas:
    """Copy the quotas that hold to the end of their own days within the span.

    Who has a quota of that measure and line on a day of the new one keeps it: a copy takes nothing's place.
    """
    wanted: list[Quota] = []
    there: list[Quota] = []
    left: list[tuple[Quota, str]] = []
    for quota in _held(holder.versions, copying):
        new = _moved(quota, copying)
        if isinstance(new, str):
            left.append((quota, new))
        elif _has_one(holder.versions, new):
            there.append(new)
        else:
            wanted.append(new)
    judged = judge_dated(holder, [SentDated(one, "", 0, "") for one in wanted], {}, rejections, today)
    left += [
        (one.held, "they are on the roster on none of its days")
        for one in judged.outside
        if isinstance(one.held, Quota)
    ]
    asked, suppressed = (
        tuple(
            replace(one, dated_by=DatedBy.ADMIN, source_key=None, row=None, place=None, reason=reason) for one in some
        )
        for some in (judged.asked, judged.suppressed)
    )
    return CopiedQuotas(asked, suppressed, tuple(there), tuple(left))


def _held(versions: Iterable[Version], copying: Copying) -> list[Quota]:
    """Give the quotas in force on their own last day, of which a day lies in the span."""
    start, end = min(copying.days), max(copying.days)
    return [
        one.quota
        for one in in_force(versions)
        if one.start < one.quota.last <= one.end
        and one.quota.first < end
        and start < one.quota.last
        and copying.measure in (None, one.quota.measure)
    ]


def _moved(quota: Quota, copying: Copying) -> Quota | str:
    """Give the quota of the other span, or why it cannot be one."""
    first, last = copying.days.get(quota.first), copying.days.get(quota.last)
    if first is None or last is None:
        return "its days are no whole pay periods of the span"
    amount = (quota.amount * copying.factor).quantize(Decimal(1).scaleb(-SCALE), ROUND_HALF_EVEN)
    if abs(amount.scaleb(SCALE)) > LARGEST:
        return "with the factor it is larger than a quota can be"
    return replace(quota, amount=amount, first=first, last=last)


def _has_one(versions: Iterable[Version], quota: Quota) -> bool:
    return any(
        held.attribute == quota.attribute
        for one in versions
        if one.start < quota.last and quota.first < one.end
        for held in quotas_in(one.attributes)
    )
