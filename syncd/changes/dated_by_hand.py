"""Quotas or memberships that a person sets over days of their own: one change of one participant, to be decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from domain.attributes import MEMBER, QUOTA
from domain.change import Change, DatedBy, Difference, kind_of
from domain.dated_changes import Period, replaced
from domain.errors import FixFile
from domain.member import is_same, membership_in
from domain.step import FOREVER, Version
from domain.value import Value
from syncd.changes.members_by_hand import members_by_hand, refuse_silent_endings
from syncd.changes.quotas_by_hand import quotas_by_hand
from syncd.configuration.settings import BY_HAND


def dated_by_hand(texts: Sequence[str], first: date, until: date | None) -> dict[str, Value] | None:
    """Read quotas or memberships over `[first, until)`; None where neither is named.

    `FixFile` lists all that is wrong with them.
    """
    if any(text.startswith(QUOTA) for text in texts):
        return quotas_by_hand(texts, first, until)
    if any(text.startswith(MEMBER) for text in texts):
        return members_by_hand(texts, (first, until or FOREVER))
    return None


def dated_change(
    person: int, versions: Sequence[Version], wanted: Mapping[str, Value], period: Period, reason: str
) -> Change:
    """Propose them for one participant, all over the same days. `FixFile` where that cannot be, or changes nothing."""
    during = [one for one in versions if one.start < period[1] and period[0] < one.end]
    days = f"from {period[0]} on" if period[1] == FOREVER else f"from {period[0]} until {period[1]}"
    if not during:
        raise FixFile(f"P{person} is no participant on any day {days}: see `participants --history P{person}`")
    refuse_silent_endings(person, during, wanted, period)
    found = tuple(
        Difference(name, replaced(during, period, name), value)
        for name, value in sorted(wanted.items())
        if not all(_is_so(name, one.attributes.get(name), value) for one in during)
    )
    if not found:
        raise FixFile(f"P{person} has these {_noun(wanted)} already {days}")
    return Change(
        kind=kind_of(found),
        person=person,
        feed=BY_HAND,
        source_key=None,
        engagement=during[0].engagement,
        effective=period[0],
        source_effective=period[0],
        until=None if period[1] == FOREVER else period[1],
        dated_by=DatedBy.ADMIN,
        differences=found,
        corrected=all(one.before is not None for one in found),
        reason=reason,
    )


def _is_so(name: str, held: Value, wanted: Value) -> bool:
    """Tell whether what holds is what is wanted; of a membership its days are those on which it is in force."""
    if name.startswith(MEMBER) and isinstance(held, str) and isinstance(wanted, str):
        return is_same(membership_in(name, held), membership_in(name, wanted))
    return held == wanted


def _noun(wanted: Mapping[str, Value]) -> str:
    return "memberships" if any(name.startswith(MEMBER) for name in wanted) else "quotas"
