"""What the quotas or memberships that a read sends of one person come to: changes to decide, kept back, or nothing.

In: those of the person as sent, the versions of the roster that have a day in them, what was refused before. Out: a
standing for each as sent, and a change for each, so that a further one of the same days leaves those that wait as they
are. A corrected value is the new one over the same days; one taken back is nothing over them. A change says what holds
on every day of its period, whatever was in force on which of them before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from domain.attributes import MEMBER, is_dated
from domain.change import Change, DatedBy, Difference, kind_of
from domain.judge import Standing
from domain.member import Membership, membership_in
from domain.quota import Quota, quota_in
from domain.rejection import Rejection, Scope, hold_back
from domain.step import FOREVER, Step, Version
from domain.value import Value

Period = tuple[date, date]
#: What says days of its own.
Dated = Quota | Membership
#: What was taken back, (attribute, value), and from which day on.
Gone = Mapping[tuple[str, str], date]


@dataclass(frozen=True, slots=True)
class SentDated:
    """One row's quota or membership."""

    held: Dated
    key: str
    row: int
    place: str

    @property
    def period(self) -> Period:
        """Its own days."""
        return self.held.first, self.held.last


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose they are; `versions` are all of the engagement's, none for somebody who is yet to be added."""

    person: int
    engagement: str
    feed: str
    versions: tuple[Version, ...]


@dataclass(frozen=True, slots=True)
class JudgedDated:
    """Standings in the order of what was sent, what is asked and kept back, which rejections end.

    `outside` are those sent of days on which the person is not on the roster at all: they count for nothing.
    """

    standings: tuple[Standing, ...]
    asked: tuple[Change, ...] = ()
    suppressed: tuple[Change, ...] = ()
    agreed: tuple[int, ...] = ()
    outside: tuple[SentDated, ...] = ()


def judge_dated(
    holder: Holder,
    sent: Sequence[SentDated],
    gone: Gone,
    rejections: Sequence[Rejection],
    today: date,
) -> JudgedDated:
    """Judge what is sent of one person; `gone` is on file, and the source took it back.

    No two of those sent share a day and an attribute.
    """
    memory = [one for one in rejections if any(map(is_dated, one.values))]
    outside = {one for one in sent if holder.versions and not _on(holder.versions, one.period)}
    inside = [one for one in sent if one not in outside]
    asked, suppressed = [], []
    changes = _changes(holder, inside, gone)
    for change in changes:
        same_day = [one for one in memory if one.source_effective == change.source_effective]
        open_part, quiet_part = hold_back(change, same_day, today)
        asked.extend([open_part] if open_part else [])
        suppressed.extend([quiet_part] if quiet_part else [])
    return JudgedDated(
        tuple(
            Standing.EXCLUDED if one in outside else _standing(one, holder.versions, asked, suppressed) for one in sent
        ),
        tuple(asked),
        tuple(suppressed),
        tuple(one.id for one in memory if _is_agreed(one, inside, changes)),
        tuple(one for one in sent if one in outside),
    )


def is_on_file(held: Dated, versions: Iterable[Version]) -> bool:
    """Tell whether it holds on each of its own days on which its person is on the roster, and there is one."""
    during = _on(versions, (held.first, held.last))
    return bool(during) and all(one.attributes.get(held.attribute) == held.value for one in during)


def replaced(versions: Iterable[Version], period: Period, attribute: str) -> Value:
    """Give the first value of a period that a change of it would replace."""
    held = (one.attributes.get(attribute) for one in _on(versions, period))
    return next((value for value in held if value is not None), None)


def is_about(change: Change, held: Dated) -> bool:
    """Tell whether a change and a quota or membership are of one attribute and share a day."""
    return held.attribute in change.after and held.first < _end(change) and change.effective < held.last


def said_otherwise(steps: Iterable[Step], feed: str, held: Dated, people: str) -> str | None:
    """Name the other origin that says something else of a membership on one of its days; None where none does.

    Of a day the last current step that says anything counts. Where it is that of `people`, who may have ended it, it is
    they who are named.
    """
    said: dict[Period, Step] = {}
    of_it = [step for step in steps if held.attribute in step.sets]
    cuts = sorted({day for step in of_it for day in (step.start, step.end)})
    for start, end in pairwise(cuts):
        there = [step for step in of_it if step.start <= start < step.end]
        if there and start < held.last and held.first < end:
            said[start, end] = max(there, key=lambda step: (step.start, step.seq))
    others = [one for one in said.values() if one.origin != feed and one.sets[held.attribute] != held.value]
    if any(one.origin == people for one in others):
        return people
    return next((one.origin for one in others if one.sets[held.attribute] is not None), None)


def set_by(steps: Iterable[Step], feed: str) -> set[tuple[str, str]]:
    """Give the (attribute, value) with days of their own of which the last current step to set them is a feed's own."""
    last: dict[tuple[str, str], str] = {}
    for step in sorted(steps, key=lambda one: one.seq):
        last.update({(name, value): step.origin for name, value in step.sets.items() if isinstance(value, str)})
    return {which for which, origin in last.items() if origin == feed and is_dated(which[0])}


def _changes(holder: Holder, sent: Sequence[SentDated], gone: Gone) -> list[Change]:
    """Give the changes in order of days: what is sent and not on file, what is gone and on file."""
    found = [
        _change(holder, _lacking(one, holder.versions), one.held.attribute, one.held.value, one)
        for one in sent
        if not is_on_file(one.held, holder.versions)
    ]
    for (attribute, value), since in gone.items():
        left = _left(holder, sent, attribute, value, since)
        found += [_change(holder, one, attribute, None, None) for one in left]
    return sorted(found, key=lambda one: (one.effective, _end(one), *one.after))


def _lacking(sent: SentDated, versions: Iterable[Version]) -> Period:
    """Give the days that a change of one sent is about: all of its own, or those since it ended alone.

    A rehire ends memberships (`domain.rehire`): of the days before nothing is asked again.
    """
    during = _on(versions, sent.period)
    held = [one.attributes.get(sent.held.attribute) for one in during]
    at = held.index(None) if None in held else 0
    is_over = at > 0 and set(held[:at]) == {sent.held.value} and set(held[at:]) == {None}
    return (during[at].start, sent.held.last) if is_over else sent.period


def _change(holder: Holder, period: Period, attribute: str, after: Value, sent: SentDated | None) -> Change:
    before = replaced(holder.versions, period, attribute)
    difference = Difference(attribute, before, after)
    return Change(
        kind=kind_of([difference]),
        person=holder.person,
        feed=holder.feed,
        source_key=sent.key if sent else None,
        engagement=holder.engagement,
        effective=period[0],
        source_effective=period[0],
        until=None if period[1] == FOREVER else period[1],
        dated_by=DatedBy.SOURCE,
        differences=(difference,),
        corrected=before is not None,
        row=sent.row if sent else None,
        place=sent.place if sent else None,
    )


def _left(holder: Holder, sent: Sequence[SentDated], attribute: str, value: str, since: date) -> Iterator[Period]:
    """Give the days since one that nothing else takes from it: of its own, those of no other on file or sent."""
    was = membership_in(attribute, value) if attribute.startswith(MEMBER) else quota_in(attribute, value)
    known = [(one.attributes.get(attribute), one.start, one.end) for one in holder.versions]
    taken = [(start, end) for other, start, end in known if other not in (None, value)]
    taken += [one.period for one in sent if one.held.attribute == attribute]
    left = [*_without((was.first, was.last), date.min, since)]
    for start, end in taken:
        left = [part for period in left for part in _without(period, start, end)]
    shown = [(start, end) for other, start, end in known if other == value]
    return (part for part in left if any(start < part[1] and part[0] < end for start, end in shown))


def _end(change: Change) -> date:
    return change.until or FOREVER


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


def _standing(
    one: SentDated, versions: Iterable[Version], asked: Sequence[Change], suppressed: Sequence[Change]
) -> Standing:
    said, period = {one.held.attribute: one.held.value}, _lacking(one, versions)
    for standing, changes in ((Standing.PENDING, asked), (Standing.SUPPRESSED, suppressed)):
        if any(period == (change.effective, _end(change)) and change.after == said for change in changes):
            return standing
    return Standing.UNCHANGED


def _is_agreed(rejection: Rejection, sent: Sequence[SentDated], changes: Sequence[Change]) -> bool:
    """Tell whether source and store say the same of what was refused, on its first day."""
    day = rejection.source_effective
    if day is None or rejection.ended or rejection.scope is Scope.GOOD:
        return False
    said = {one.held.attribute for one in sent if one.held.first <= day < one.held.last}
    differs = {name for one in changes if one.effective <= day < _end(one) for name in one.after}
    return rejection.values.keys() <= said and differs.isdisjoint(rejection.values)
