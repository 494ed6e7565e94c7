"""Which of several records of one source speaks for somebody (design 6.1).

A source may keep more than one record of a person: of a conversion, of a rehire, by mistake. On each day one of them
speaks, whatever the order of the rows: the one that says the latest day it holds from, of equals the one that was
linked last. A record that is over says nothing beside one that goes on without a gap.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

#: Who has several records: a person in an engagement.
Whom = tuple[int, str]
#: Where a row stands in a read: its number and its place.
Row = tuple[int, str]


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of the records of somebody in one source.

    link      the greater, the later it was linked; None: it will be, if the link is approved
    begins    the day it says it holds from, else on which they were hired; None where it says neither
    last_day  the last day of work it says
    has_left  it says that they have left; is_gone  it was deleted, or is out of scope
    """

    row: Row
    key: str
    link: int | None
    begins: date | None = None
    last_day: date | None = None
    has_left: bool = False
    is_gone: bool = False

    @property
    def day(self) -> date:
        """The day from which it holds; the first of all where it does not say."""
        return self.begins or date.min

    @property
    def order(self) -> tuple[date, bool, int, str]:
        """Its place among the others: the last one speaks."""
        return self.day, self.link is None, self.link or 0, self.key

    def end(self, today: date) -> date:
        """Give the last day of which it can speak; `date.max` where it goes on."""
        if self.is_gone:
            return date.min
        return self.last_day or (today - timedelta(days=1) if self.has_left else date.max)


@dataclass(frozen=True, slots=True)
class Beside:
    """How a record, or a row of its history, stands beside others of the same person.

    speaks   the key of the record that speaks in its place; None: it speaks itself
    goes_on  another one goes on where it ends, so that its ending is none
    is_over  it says that they have left, or is gone
    follows  another one speaks before it begins: one employment, whatever day it says they were hired on
    until    of a history: the first day from which another record speaks
    """

    speaks: str | None = None
    goes_on: bool = False
    is_over: bool = False
    until: date | None = None
    follows: bool = False


ALONE = Beside()


def speakers(records: Iterable[tuple[Whom, OneOf]], today: date) -> Mapping[Row, Beside]:
    """Say of each linked record of whoever has several how it stands beside the others."""
    theirs: defaultdict[Whom, list[OneOf]] = defaultdict(list)
    for whom, one in records:
        theirs[whom].append(one)
    found: dict[Row, Beside] = {}
    for some in theirs.values():
        linked = [one for one in some if one.link is not None and len(some) > 1]
        own = {one.key: beside_others(one, [other for other in some if other is not one], today) for one in linked}
        found.update((one.row, _heard_of(own[one.key], own)) for one in linked)
    return found


def by_day(rows: Iterable[tuple[Whom, OneOf]], today: date) -> Mapping[Row, Beside]:
    """Say it of the rows of records that are histories.

    A record stands beside the others as its row of today says, else its first one. Where another one speaks in its
    place, or goes on where it ends, its rows are heard until that one begins.
    """
    theirs: defaultdict[tuple[Whom, str], list[OneOf]] = defaultdict(list)
    for whom, one in rows:
        theirs[whom, one.key].append(one)
    now = {record: _in_force(some, today) for record, some in theirs.items()}
    found = speakers([(whom, one) for (whom, _), one in now.items()], today)
    spread: dict[Row, Beside] = {}
    for (whom, key), some in theirs.items():
        own = now[whom, key]
        beside = found.get(own.row)
        if beside is None:
            continue
        others = [other for (who, of), other in now.items() if who == whom and of != key]
        later = [(other.day, other.key) for other in others if other.link is not None and other.order > own.order]
        is_later = any(other.order < own.order and other.day < own.day for other in others)
        beside = replace(beside, follows=is_later or _follows(own, others, today))
        if not later or not (beside.speaks or beside.goes_on):
            spread.update({one.row: beside for one in some})
            continue
        until, speaker = min(later)
        before, since = replace(beside, speaks=None, until=until), replace(beside, speaks=beside.speaks or speaker)
        spread.update({one.row: before if one.day < until else since for one in some})
    return spread


def _in_force(rows: Sequence[OneOf], today: date) -> OneOf:
    """Give the row of a record that holds today, else the one that holds first, from the first day of all."""
    in_order = sorted(rows, key=lambda one: one.day)
    now, last = next((one for one in reversed(in_order) if one.day <= today), in_order[0]), in_order[-1]
    is_to_end = last.day > today and last.has_left and now.last_day is None
    last_day = last.last_day or last.day - timedelta(days=1) if is_to_end else now.last_day
    return replace(now, begins=in_order[0].begins, last_day=last_day)


def _heard_of(beside: Beside, own: Mapping[str, Beside]) -> Beside:
    """Name the record that is heard where the one that speaks in its place is silent itself."""
    speaks = beside.speaks
    while speaks is not None and speaks in own and own[speaks].speaks is not None:
        speaks = own[speaks].speaks
    return replace(beside, speaks=speaks)


def beside_others(one: OneOf, others: Sequence[OneOf], today: date) -> Beside:
    """Say how a record stands beside others of the same person."""
    end, is_over = one.end(today), one.end(today) < today
    begun = [other for other in others if other.begins is None or other.begins <= today]
    if is_over:
        better = [other for other in begun if (other.end(today), other.order) > (end, one.order)]
    else:
        better = [
            other for other in begun if other.link is not None and other.end(today) >= today and other.order > one.order
        ]
    speaker = max(
        (other for other in better if _meets(one, other, today)),
        key=lambda other: (min(other.end(today), today), other.order),
        default=None,
    )
    return Beside(
        speaks=speaker.key if speaker else None,
        goes_on=any(other.end(today) > end and _meets(one, other, today) for other in others),
        is_over=is_over,
        follows=_follows(one, others, today),
    )


def _follows(one: OneOf, others: Iterable[OneOf], today: date) -> bool:
    """Tell whether a record begins on the day after another one ends."""
    ends = {other.end(today) for other in others if not other.is_gone}
    return one.begins is not None and one.begins > date.min and one.begins - timedelta(days=1) in ends


def _meets(one: OneOf, other: OneOf, today: date) -> bool:
    """Tell whether there is no day between the end of a record and the beginning of another one."""
    if one.is_gone or other.begins is None:
        return True
    return other.begins.toordinal() - 1 <= one.end(today).toordinal()
