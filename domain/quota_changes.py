"""What the quotas that a read sends of one person come to: changes to decide, kept back, or nothing.

In: the person's quotas as sent, the versions of the roster that have a day in them, what was refused before. Out: a
standing for each quota as sent, and changes of the kind quota: one for each, so that a further measure or line of the
same days leaves those that wait as they are. A corrected amount is the new value over the same days; one taken back is
nothing over them. A change says what holds on every day of its period, whatever was in force on which of them before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from domain.attributes import QUOTA
from domain.change import Change, DatedBy, Difference, Kind
from domain.judge import Standing
from domain.quota import Quota, in_force, quota_in
from domain.rejection import Rejection, Scope, hold_back
from domain.step import Step, Version
from domain.value import Value

Period = tuple[date, date]


@dataclass(frozen=True, slots=True)
class SentQuota:
    """One row's quota."""

    quota: Quota
    key: str
    row: int
    place: str

    @property
    def period(self) -> Period:
        """Its own days."""
        return self.quota.first, self.quota.last


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose quotas they are; `versions` are all of the engagement's, none for somebody who is yet to be added."""

    person: int
    engagement: str
    feed: str
    versions: tuple[Version, ...]


@dataclass(frozen=True, slots=True)
class JudgedQuotas:
    """Standings in the order of what was sent, what is asked and kept back, which rejections end.

    `outside` are those sent of days on which the person is not on the roster at all: they count for nothing.
    """

    standings: tuple[Standing, ...]
    asked: tuple[Change, ...] = ()
    suppressed: tuple[Change, ...] = ()
    agreed: tuple[int, ...] = ()
    outside: tuple[SentQuota, ...] = ()


def judge_quotas(
    holder: Holder,
    sent: Sequence[SentQuota],
    gone: Collection[tuple[str, str]],
    rejections: Sequence[Rejection],
    today: date,
) -> JudgedQuotas:
    """Judge what is sent of one person; `gone` are (attribute, value) on file that the source took back.

    No two of those sent share a day and an attribute.
    """
    memory = [one for one in rejections if one.kind is Kind.QUOTA]
    outside = {one for one in sent if holder.versions and not _on(holder.versions, one.period)}
    inside = [one for one in sent if one not in outside]
    asked, suppressed = [], []
    changes = _changes(holder, inside, gone)
    for change in changes:
        same_day = [one for one in memory if one.source_effective == change.source_effective]
        open_part, quiet_part = hold_back(change, same_day, today)
        asked.extend([open_part] if open_part else [])
        suppressed.extend([quiet_part] if quiet_part else [])
    return JudgedQuotas(
        tuple(Standing.EXCLUDED if one in outside else _standing(one, asked, suppressed) for one in sent),
        tuple(asked),
        tuple(suppressed),
        tuple(one.id for one in memory if _is_agreed(one, inside, changes)),
        tuple(one for one in sent if one in outside),
    )


def is_on_file(quota: Quota, versions: Iterable[Version]) -> bool:
    """Tell whether a quota holds on each of its own days on which its person is on the roster, and there is one."""
    during = _on(versions, (quota.first, quota.last))
    return bool(during) and all(one.attributes.get(quota.attribute) == quota.value for one in during)


def replaced(versions: Iterable[Version], period: Period, attribute: str) -> Value:
    """Give the first value of a period that a change of it would replace."""
    held = (one.attributes.get(attribute) for one in _on(versions, period))
    return next((value for value in held if value is not None), None)


def is_about(change: Change, quota: Quota) -> bool:
    """Tell whether a change and a quota are of one attribute and share a day."""
    until = change.until or date.max
    return quota.attribute in change.after and quota.first < until and change.effective < quota.last


def set_by(steps: Iterable[Step], feed: str) -> set[tuple[str, str]]:
    """Give the quotas (attribute, value) of which the last current step to set them is a feed's own."""
    last: dict[tuple[str, str], str] = {}
    for step in sorted(steps, key=lambda one: one.seq):
        last.update({(name, value): step.origin for name, value in step.sets.items() if isinstance(value, str)})
    return {which for which, origin in last.items() if origin == feed and which[0].startswith(QUOTA)}


def _changes(holder: Holder, sent: Sequence[SentQuota], gone: Collection[tuple[str, str]]) -> list[Change]:
    """Give the changes in order of days: what is sent and not on file, what is gone and on file."""
    found = [
        _change(holder, one.period, one.quota.attribute, one.quota.value, one)
        for one in sent
        if not is_on_file(one.quota, holder.versions)
    ]
    for attribute, value in gone:
        found += [_change(holder, left, attribute, None, None) for left in _left(holder, sent, attribute, value)]
    return sorted(found, key=lambda one: (one.effective, one.until or date.max, *one.after))


def _change(holder: Holder, period: Period, attribute: str, after: Value, sent: SentQuota | None) -> Change:
    before = replaced(holder.versions, period, attribute)
    return Change(
        kind=Kind.QUOTA,
        person=holder.person,
        feed=holder.feed,
        source_key=sent.key if sent else None,
        engagement=holder.engagement,
        effective=period[0],
        source_effective=period[0],
        until=period[1],
        dated_by=DatedBy.SOURCE,
        differences=(Difference(attribute, before, after),),
        corrected=before is not None,
        row=sent.row if sent else None,
        place=sent.place if sent else None,
    )


def _left(holder: Holder, sent: Sequence[SentQuota], attribute: str, value: str) -> Iterator[Period]:
    """Give the days that nothing else takes from a quota: of its own, those of no other on file or sent."""
    quota = quota_in(attribute, value)
    known = [one for one in in_force(holder.versions) if one.quota.attribute == attribute]
    taken = [(one.start, one.end) for one in known if one.quota != quota]
    taken += [one.period for one in sent if one.quota.attribute == attribute]
    left = [(quota.first, quota.last)]
    for start, end in taken:
        left = [part for period in left for part in _without(period, start, end)]
    shown = [(one.start, one.end) for one in known if one.quota == quota]
    return (part for part in left if any(start < part[1] and part[0] < end for start, end in shown))


def _without(period: Period, start: date, end: date) -> Iterator[Period]:
    first, last = period
    if end <= first or last <= start:
        yield period
        return
    if first < start:
        yield first, start
    if end < last:
        yield end, last


def _on(versions: Iterable[Version], period: Period) -> list[Version]:
    """Give the versions that have a day of a period, in order."""
    start, end = period
    return sorted((one for one in versions if one.start < end and start < one.end), key=lambda one: one.start)


def _standing(one: SentQuota, asked: Sequence[Change], suppressed: Sequence[Change]) -> Standing:
    said = {one.quota.attribute: one.quota.value}
    for standing, changes in ((Standing.PENDING, asked), (Standing.SUPPRESSED, suppressed)):
        if any(one.period == (change.effective, change.until) and change.after == said for change in changes):
            return standing
    return Standing.UNCHANGED


def _is_agreed(rejection: Rejection, sent: Sequence[SentQuota], changes: Sequence[Change]) -> bool:
    """Tell whether source and store say the same of what was refused, on its first day."""
    day = rejection.source_effective
    if day is None or rejection.ended or rejection.scope is Scope.GOOD:
        return False
    said = {one.quota.attribute for one in sent if one.quota.first <= day < one.quota.last}
    differs = {name for one in changes if one.effective <= day < (one.until or date.max) for name in one.after}
    return rejection.values.keys() <= said and differs.isdisjoint(rejection.values)
