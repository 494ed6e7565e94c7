"""A remembered no: what it keeps back, and what brings the question up again (design 6.6).

Of an add: person, kind and the material values. Of what else begins or ends an employment likewise, and the
date if the source gave one. Of any other change: person, attribute and value (and that date). All but an add
are asked again once source and store have agreed. The day we looked never counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from domain.attributes import MATERIAL
from domain.change import Change, Difference, Earlier, Ending, Kind, State
from domain.step import MAIN
from domain.value import Values


class Scope(StrEnum):
    """How long a no holds."""

    CHANGE = "change"  #: until it changes materially (an add), or until source and store agree (any other)
    UNTIL = "until"  #: until a date, that day included
    GOOD = "good"  #: for good


@dataclass(frozen=True, slots=True)
class Rejection:
    """One remembered no; `values` are what was refused (of one question as a whole: its material values)."""

    id: int
    change: int
    person: int
    kind: Kind
    scope: Scope
    values: Values
    by: str
    reason: str
    on: date
    until: date | None = None
    source_effective: date | None = None
    ending: Ending | None = None
    ended: bool = False
    engagement: str = MAIN

    def is_about(self, post: str) -> bool:
        """Tell whether it is about a post of the person; who is never to be added has none."""
        is_never = self.scope is Scope.GOOD and self.kind is Kind.ADD and self.engagement == MAIN
        return self.kind is Kind.LINK or is_never or self.engagement == post

    def in_force(self, today: date) -> bool:
        """Tell whether it still keeps anything back on a day."""
        return not self.ended and (self.until is None or today <= self.until)


def remember(change: Change, scope: Scope, until: date | None, by: str, reason: str, on: date) -> Rejection:
    """Make the rejection of a change (its id is given when it is stored)."""
    return Rejection(
        id=0,
        change=change.id,
        person=change.person,
        kind=change.kind,
        scope=scope,
        until=until,
        values=_refused(change),
        source_effective=change.source_effective if change.kind is not Kind.ADD else None,
        ending=change.ending,
        by=by,
        reason=reason,
        on=on,
        engagement=change.engagement,
    )


def hold_back(change: Change, memory: Sequence[Rejection], today: date) -> tuple[Change | None, Change | None]:
    """Split a change into what may be asked and what a rejection keeps back (either may be None).

    What is asked although it was rejected before says so in `earlier`, with what has changed since.
    """
    if not memory:
        return change, None
    if _is_one(change.kind, change.after):
        return _as_one(change, memory, today)
    kept_back = {
        item.attribute: rejection
        for item in change.differences
        for rejection in memory
        if rejection.in_force(today) and _is_about(rejection, change, item.attribute)
    }
    asked = tuple(item for item in change.differences if item.attribute not in kept_back)
    quiet = tuple(item for item in change.differences if item.attribute in kept_back)
    suppressed = _suppressed(change, quiet, next(iter(kept_back.values()))) if quiet else None
    if not asked:
        return None, suppressed
    change = replace(change, differences=asked)
    return replace(change, earlier=_history(change, memory)), suppressed


def agreed(memory: Sequence[Rejection], differing: Sequence[Change]) -> tuple[int, ...]:
    """Give the rejections that end because source and store no longer differ about anything they refused.

    That of an add does not, nor one for good.
    """
    questions = {(change.kind, change.ending) for change in differing}
    still = {item.attribute for change in differing for item in change.differences}
    return tuple(
        rejection.id
        for rejection in memory
        if not rejection.ended
        and rejection.kind is not Kind.ADD
        and rejection.scope is not Scope.GOOD
        and not (
            (rejection.kind, rejection.ending) in questions
            if _is_one(rejection.kind, rejection.values)
            else still & rejection.values.keys()
        )
    )


def _is_one(kind: Kind, values: Values) -> bool:
    """Tell whether a change is one question, to be refused as a whole, or one for each attribute."""
    if kind is Kind.TERMINATION:
        return not values.keys().isdisjoint(("status", "termination_date"))
    return kind in (Kind.ADD, Kind.REHIRE, Kind.REINSTATEMENT, Kind.RESCISSION)


def _refused(change: Change) -> Values:
    """Give what a rejection remembers: of a whole question its material values, else every value."""
    if not _is_one(change.kind, change.after):
        return change.after
    if change.kind is Kind.ADD:
        return change.material()
    return {name: value for name, value in change.after.items() if name in MATERIAL}


def _as_one(change: Change, memory: Sequence[Rejection], today: date) -> tuple[Change | None, Change | None]:
    now = _refused(change)
    alike = [one for one in memory if one.kind is change.kind and one.ending == change.ending]
    for one in reversed(alike):
        is_same = one.source_effective in (None, change.source_effective) and one.values == now
        is_never = one.scope is Scope.GOOD and one.kind in (Kind.ADD, Kind.REHIRE)
        if one.in_force(today) and (is_same or is_never):
            return None, _suppressed(change, change.differences, one)
    if not alike:
        return change, None
    latest = max(alike, key=lambda one: one.id)
    changed = tuple(
        f"{name} {latest.values.get(name) or 'nothing'} -> {now.get(name) or 'nothing'}"
        for name in MATERIAL
        if latest.values.get(name) != now.get(name)
    )
    return replace(change, earlier=replace(_earlier(latest), changed=changed)), None


def _is_about(rejection: Rejection, change: Change, attribute: str) -> bool:
    return (
        not _is_one(rejection.kind, rejection.values)
        and attribute in rejection.values
        and rejection.values[attribute] == change.after[attribute]
        and rejection.source_effective in (None, change.source_effective)
    )


def _history(change: Change, memory: Sequence[Rejection]) -> Earlier | None:
    """Name the newest rejection of the same question, though it no longer holds."""
    names = change.after.keys()
    alike = [one for one in memory if not _is_one(one.kind, one.values) and not names.isdisjoint(one.values)]
    return _earlier(max(alike, key=lambda one: one.id)) if alike else None


def _suppressed(change: Change, quiet: tuple[Difference, ...], by: Rejection) -> Change:
    return replace(change, differences=quiet, state=State.SUPPRESSED, earlier=_earlier(by))


def _earlier(rejection: Rejection) -> Earlier:
    return Earlier(rejection.id, rejection.on, rejection.by, rejection.reason)
