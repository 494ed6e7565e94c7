"""Two participants who are one person: one is merged into the other, from a day on.

Whoever is merged ends on that day as a participant; every step of before stays, and so does what was paid. From that
day on their records and ids name the other one. A change of the kind `merge` says so, approved like any other, and is
kept as the attribute `merged_into` in the steps that it wrote: so it is known as of a revision, and can be taken back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from domain.attributes import MERGED_INTO
from domain.change import Change, Kind
from domain.step import Step

#: The first day there is: of who is merged as a whole.
ALWAYS = date.min


class Merged(NamedTuple):
    """That somebody is somebody else from a day on, as said at a revision.

    since   `ALWAYS` where no day of their own is left
    """

    person: int
    into: int
    since: date
    revision: int


@dataclass(frozen=True, slots=True)
class NameOf:
    """Whom a name (`employee_id:E2`, `crm:0058x`) names from which days on, in order; the first one from all days.

    had   those who had it when they were merged, by id: before that it is theirs, whoever has it today
    """

    name: str
    whom: tuple[tuple[date, int], ...]
    had: tuple[int, ...]


def whom(text: object) -> int:
    """Read a person as attributes have them: `P12`."""
    return int(str(text)[1:])


def pair_of(change: Change) -> tuple[int, int, bool]:
    """Give of a merge who is merged into whom, and whether it is one: or it takes one back."""
    said = change.after.get(MERGED_INTO)
    return change.person, whom(said or change.before[MERGED_INTO]), said is not None


def people_in(change: Change) -> tuple[int, ...]:
    """Give whose record a change is about: of a merge both."""
    return pair_of(change)[:2] if change.kind is Kind.MERGE else (change.person,)


def merged_of(person: int, steps: Iterable[Step]) -> Merged | None:
    """Say whom somebody was merged into by their steps known together; None of who is themselves."""
    found = [step for step in steps if step.person == person and step.sets.get(MERGED_INTO)]
    if not found:
        return None
    first = min(found, key=lambda step: step.start)
    begun = min((step.start for step in steps if step.opens), default=first.start)
    since = ALWAYS if first.start <= begun else first.start
    return Merged(person, whom(first.sets[MERGED_INTO]), since, first.revision_from)


def names_by_day(names: Mapping[int, Iterable[str]], merged: Mapping[int, Merged]) -> list[NameOf]:
    """Give whom the names of people who were merged name, by name; whoever they became may have been merged, too.

    A name that both had is that of who was merged first: of days before it still names that one.
    """
    had: defaultdict[str, list[int]] = defaultdict(list)
    for person in sorted(names):
        for name in names[person]:
            had[name].append(person)
    found: dict[str, NameOf] = {}
    for person in sorted(names, key=lambda one: (merged[one].revision, one)):
        for name in names[person]:
            found.setdefault(name, NameOf(name, _by_day(person, merged), tuple(had[name])))
    return [found[name] for name in sorted(found)]


def last_of(person: int, merged: Mapping[int, Merged]) -> int:
    """Give who somebody is in the end."""
    while person in merged:
        person = merged[person].into
    return person


def _by_day(person: int, merged: Mapping[int, Merged]) -> tuple[tuple[date, int], ...]:
    days, one = {ALWAYS}, person
    while one in merged:
        days.add(merged[one].since)
        one = merged[one].into
    found: list[tuple[date, int]] = []
    for day in sorted(days):
        one = person
        while one in merged and merged[one].since <= day:
            one = merged[one].into
        if not found or found[-1][1] != one:
            found.append((day, one))
    return tuple(found)


def cannot_be(
    one: int, other: int, merged: Mapping[int, Merged], erased: Iterable[int], participants: Iterable[int]
) -> str | None:  # fmt: skip
    """Say why two people cannot become one; None where they can."""
    if one == other:
        return f"P{one} is P{one}: name two participants"
    for person in (one, other):
        if person in merged:
            return f"P{person} was merged into P{merged[person].into}: name P{last_of(person, merged)}"
        if person in set(erased):
            return f"P{person} was erased: nothing tells any more whether they are the same"
        if person not in set(participants):
            return f"P{person} is no participant: `link` their record to whoever they are"
    return None
