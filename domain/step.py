"""Steps and their fold: how decisions become a history in which every value is dated.

A step is what one decision set, from a day (until a day): only the attributes it touched. Steps are never
edited; they end in knowledge (`revision_to`). Versions are the fold of the steps that are known: at each cut
the later (start, seq, revision) wins per attribute, and when a bounded step ends, what is beneath shows
again. So back-dated, bounded, future, corrected and rescinded values need no rule of their own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from domain.value import Value, Values

#: The post of whoever has one alone.
MAIN = "main"
#: The end of a period that has none; itself never a day anyone is employed on.
FOREVER = date.max


@dataclass(frozen=True, slots=True)
class Step:
    """What one decision set over `[start, end)`.

    opens          it starts an employment (add, rehire): a version exists only where such a step is in force
    seq            order among one person's steps: a later decision wins over an earlier one of the same start
    revision_from  the revision that made it known
    revision_to    the first revision that no longer holds it, None: it is current
    """

    id: int
    person: int
    engagement: str
    start: date
    end: date
    sets: Values
    origin: str
    opens: bool
    seq: int
    decision: int
    revision_from: int
    revision_to: int | None = None

    def __post_init__(self) -> None:
        """Refuse a period without a day."""
        if self.start >= self.end:
            message = f"a step needs at least one day: {self.start} to {self.end}"
            raise ValueError(message)


@dataclass(frozen=True, slots=True)
class Version:
    """All values of one engagement over `[start, end)`; `opened` is the first day of that employment."""

    person: int
    engagement: str
    start: date
    end: date
    opened: date
    attributes: Values


def fold(steps: Iterable[Step]) -> tuple[Version, ...]:
    """Give the versions of one person's engagement, in order, none overlapping, neighbours never equal.

    Takes steps of one person and one engagement, all of them known together (at one revision).
    """
    ordered = sorted(steps, key=lambda step: (step.start, step.seq, step.revision_from, step.id))
    cuts = sorted({day for step in ordered for day in (step.start, step.end)})
    versions: list[Version] = []
    for start, end in pairwise(cuts):
        in_force = [step for step in ordered if step.start <= start < step.end]
        openings = [step.start for step in in_force if step.opens]
        if not openings:
            continue
        attributes: dict[str, Value] = {}
        for step in in_force:
            attributes.update(step.sets)
        values = {name: value for name, value in sorted(attributes.items()) if value is not None}
        versions.append(Version(ordered[0].person, ordered[0].engagement, start, end, openings[-1], values))
    return joined(versions)


def joined(versions: Iterable[Version]) -> tuple[Version, ...]:
    """Give versions in order as fewer: neighbours that are equal become one."""
    found: list[Version] = []
    for version in versions:
        if found and _continues(found[-1], version):
            found[-1] = replace(version, start=found[-1].start)
        else:
            found.append(version)
    return tuple(found)


def on(versions: Iterable[Version], day: date) -> Version | None:
    """Give the version in force on a day."""
    return next((version for version in versions if version.start <= day < version.end), None)


def known_at(steps: Iterable[Step], revision: int) -> tuple[Step, ...]:
    """Keep the steps known at a revision (that revision included)."""
    return tuple(
        step
        for step in steps
        if step.revision_from <= revision and (step.revision_to is None or step.revision_to > revision)
    )


def timeline(versions: Iterable[Version], attribute: str, start: date, end: date) -> list[tuple[date, Value]]:
    """Give the values of an attribute over `[start, end)`: (first day, value) at each change."""
    found: list[tuple[date, Value]] = []
    day = start
    for version in sorted(versions, key=lambda version: version.start):
        if version.end <= start or version.start >= end:
            continue
        if version.start > day:
            _append(found, day, None)
        _append(found, max(version.start, start), version.attributes.get(attribute))
        day = version.end
    if day < end:
        _append(found, day, None)
    return found


def _continues(earlier: Version, later: Version) -> bool:
    return earlier.end == later.start and earlier.opened == later.opened and earlier.attributes == later.attributes


def _append(found: list[tuple[date, Value]], day: date, value: Value) -> None:
    if not found or found[-1][1] != value:
        found.append((day, value))
